#include "process.h"

#include "check.h"
#include "config.h"
#include "hook.h"
#include "instance.h"
#include "sched.h"
#include "thread.h"

static void close_process(struct k_cpu *cpu, struct k_object *object);
static void free_process(struct k_cpu *cpu, struct k_object *object);

const struct k_object_type k_process_type = {
    .name = "process",
    .holder_right = 0,
    .close = close_process,
    .free = free_process,
};

static void set_up(struct k_cpu *cpu, struct k_process *process, struct k_process *creator,
                   const char *name, uint64_t quota)
{
    uint32_t length = 0;
    for (; length < SLIP_NAME_BYTES_MAX && name[length] != 0; length++)
        process->name[length] = name[length];
    process->name[length] = 0;
    process->id = 1 + atomic_fetch_add_explicit(&cpu->kernel->process_ids, 1, memory_order_relaxed);
    process->creator = creator;
    k_quota_init(&process->quota, creator == NULL ? NULL : &creator->quota, quota);
    k_handle_table_init(&process->handles, &process->quota);
    atomic_store_explicit(&process->start_handle, 0, memory_order_relaxed);
    k_list_init(&process->threads);
    k_list_init(&process->buffers);
    k_list_init(&process->waiters);
    k_list_init(&process->orphans);
    k_list_init(&process->reap_link);
    k_lock_init(&process->orphans_lock, K_RANK_ORPHANS);
    process->thread_count = process->visitors = process->reap_left = 0;
    process->code = 0;
    process->reap_stage = process->reap_handle = 0;
    /* Release: who finds it neither new nor gone (`describes` in statistics.c, by an acquire) finds it
     * set up. */
    atomic_store_explicit(&process->state, K_PROCESS_CREATED, memory_order_release);
}

slip_status_t k_process_create(struct k_cpu *cpu, struct k_process *creator, const char *name,
                               uint64_t quota, struct k_process **out)
{
    struct k_kernel *kernel = cpu->kernel;
    uint64_t own = kernel->processes.item_bytes;
    if (creator != NULL && k_quota_charge(cpu, &creator->quota, quota) != SLIP_OK)
        return SLIP_NO_QUOTA;
    struct k_process *process = k_pool_get(&kernel->processes, cpu);
    if (process != NULL) {
        set_up(cpu, process, creator, name, quota);
        if (k_quota_charge(cpu, &process->quota, own) == SLIP_OK &&
            cpu->ops->space_create(cpu->machine, &process->space, quota, process->name) ==
                SLIP_OK) {
            k_object_init(cpu, &process->object, &k_process_type, K_RANK_PROCESS,
                          creator == NULL ? NULL : &creator->object);
            atomic_fetch_add_explicit(&kernel->process_count, 1, memory_order_relaxed);
            atomic_fetch_add_explicit(&kernel->processes_made, 1, memory_order_relaxed);
            k_count(&k_counters_now(cpu)->allocations, 1);
            *out = process;
            return SLIP_OK;
        }
        atomic_store_explicit(&process->state, K_PROCESS_NEW, memory_order_relaxed);
        k_pool_put(&kernel->processes, cpu, process);
    }
    if (creator != NULL)
        k_quota_uncharge(cpu, &creator->quota, quota);
    return SLIP_NO_QUOTA;
}

/* Nobody can start it any more, so it would stay for ever. */
static void close_process(struct k_cpu *cpu, struct k_object *object)
{
    struct k_process *process = K_PROCESS(object);
    /* The last holder has gone; pairs with the store and the load in k_process_unbegin. */
    atomic_thread_fence(memory_order_seq_cst);
    if (k_process_state(process) == K_PROCESS_CREATED)
        k_process_kill(cpu, process, SLIP_EXIT_KILLED);
}

static void free_process(struct k_cpu *cpu, struct k_object *object)
{
    struct k_process *process = K_PROCESS(object);
    struct k_kernel *kernel = cpu->kernel;
    K_ASSERT(kernel, k_process_state(process) == K_PROCESS_GONE);
    k_lock_take(cpu, &kernel->reap_lock);
    k_counters_add(&kernel->gone, &process->counters);
    k_counters_clear(&process->counters); /* the item may be in use again before it is set up */
    k_lock_drop(cpu, &kernel->reap_lock);
    k_quota_uncharge(cpu, &process->quota, kernel->processes.item_bytes);
    k_pool_put(&kernel->processes, cpu, process);
}

slip_status_t k_process_begin(struct k_cpu *cpu, struct k_process *process)
{
    slip_status_t status = SLIP_ALREADY;
    k_lock_take(cpu, &process->object.lock);
    if (k_process_state(process) == K_PROCESS_CREATED) {
        atomic_store_explicit(&process->state, K_PROCESS_STARTED, memory_order_release);
        atomic_fetch_add_explicit(&cpu->kernel->begun_count, 1, memory_order_relaxed);
        process->visitors++;
        status = SLIP_OK;
    }
    k_lock_drop(cpu, &process->object.lock);
    return status;
}

void k_process_unbegin(struct k_cpu *cpu, struct k_process *process)
{
    k_lock_take(cpu, &process->object.lock);
    /* Others may have started threads in it meanwhile: then it has begun, with them. */
    if (k_process_state(process) == K_PROCESS_STARTED && process->thread_count == 0) {
        atomic_store_explicit(&process->state, K_PROCESS_CREATED, memory_order_seq_cst);
        atomic_fetch_sub_explicit(&cpu->kernel->begun_count, 1, memory_order_relaxed);
    }
    k_lock_drop(cpu, &process->object.lock);
    k_process_leave(cpu, process);
    /* Its last handle may have gone while it was STARTED, and then nobody killed it: either this
     * sees that none is left, or close_process sees CREATED. */
    if (atomic_load_explicit(&process->object.holders, memory_order_seq_cst) == 0)
        close_process(cpu, &process->object);
}

slip_status_t k_process_visit(struct k_cpu *cpu, struct k_process *process)
{
    k_lock_take(cpu, &process->object.lock);
    int begun = k_process_state(process) == K_PROCESS_STARTED;
    if (begun)
        process->visitors++;
    k_lock_drop(cpu, &process->object.lock);
    return begun ? SLIP_OK : SLIP_ALREADY;
}

void k_process_leave(struct k_cpu *cpu, struct k_process *process)
{
    k_lock_take(cpu, &process->object.lock);
    process->visitors--;
    k_lock_drop(cpu, &process->object.lock);
    atomic_fetch_add_explicit(&cpu->kernel->reap_events, 1, memory_order_seq_cst);
}

void k_process_kill(struct k_cpu *cpu, struct k_process *process, uint64_t code)
{
    k_lock_take(cpu, &process->object.lock);
    int alive = k_process_state(process) < K_PROCESS_DYING;
    if (alive) {
        if (k_process_state(process) == K_PROCESS_CREATED)
            atomic_fetch_add_explicit(&cpu->kernel->begun_count, 1, memory_order_relaxed);
        process->code = code;
        process->reap_left = process->thread_count; /* no more will join */
        /* Its threads see it at their next step at the latest (k_thread_doomed); those that are
         * blocked are woken by the reaper. Counted first: see k_hot_reaping. */
        atomic_fetch_add_explicit(&cpu->kernel->reap_count, 1, memory_order_seq_cst);
        atomic_store_explicit(&process->state, K_PROCESS_DYING, memory_order_seq_cst);
    }
    k_lock_drop(cpu, &process->object.lock);
    if (!alive)
        return;
    k_trace(cpu, SLIP_TRACE_process_dead, process->id, code);
    k_reaper_add(cpu, process);
}

void k_process_thread_gone(struct k_cpu *cpu, struct k_process *process, struct k_thread *thread)
{
    k_lock_take(cpu, &process->object.lock);
    k_list_remove(&thread->process_link);
    k_counters_add(&process->counters, &thread->counters);
    K_PUBLISH(process->thread_count, process->thread_count - 1);
    int last = process->thread_count == 0;
    k_lock_drop(cpu, &process->object.lock);
    atomic_fetch_add_explicit(&cpu->kernel->reap_events, 1, memory_order_seq_cst);
    if (last)
        k_process_kill(cpu, process, 0);
    k_object_unref(cpu, &thread->object);
}

slip_status_t k_process_wait(struct k_cpu *cpu, struct k_process *process, slip_time_t deadline,
                             uint64_t *code)
{
    struct k_kernel *kernel = cpu->kernel;
    struct k_thread *self = cpu->current;
    int32_t outcome = K_OUTCOME_AGAIN;
    while (outcome == K_OUTCOME_AGAIN) {
        k_lock_take(cpu, &process->object.lock);
        int gone = k_process_state(process) == K_PROCESS_GONE;
        *code = process->code;
        if (gone || deadline == 0) {
            k_lock_drop(cpu, &process->object.lock);
            return gone ? SLIP_OK : SLIP_WOULD_BLOCK;
        }
        k_list_push_tail(&process->waiters, &self->wait.link);
        k_wait_begin(cpu, K_WAIT_PROCESS, &process->object);
        k_lock_drop(cpu, &process->object.lock);
        outcome = k_wait_block(cpu, deadline, NULL);
        cpu = k_cpu_now(kernel);
        k_lock_take(cpu, &process->object.lock);
        k_list_remove(&self->wait.link);
        /* Ready wins over late. */
        if (outcome == SLIP_TIMED_OUT && k_process_state(process) == K_PROCESS_GONE)
            outcome = K_OUTCOME_AGAIN;
        k_lock_drop(cpu, &process->object.lock);
    }
    return outcome == K_OUTCOME_KILLED ? SLIP_CANCELLED : (slip_status_t)outcome;
}
