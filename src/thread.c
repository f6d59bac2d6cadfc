#include "thread.h"

#include "check.h"
#include "config.h"
#include "hook.h"
#include "hot.h"
#include "inherit.h"
#include "instance.h"
#include "interrupt.h"
#include "process.h"
#include "sched.h"

static void free_thread(struct k_cpu *cpu, struct k_object *object);

const struct k_object_type k_thread_type = {
    .name = "thread",
    .holder_right = 0,
    .close = NULL,
    .free = free_thread,
};

uint64_t k_thread_bytes(const struct k_kernel *kernel)
{
    return kernel->threads.item_bytes + kernel->requests.item_bytes + kernel->config.stack_bytes;
}

/* First in the kernel, on the thread's own context. */
static void begin(void *argument)
{
    struct k_thread *thread = argument;
    struct k_cpu *cpu = k_cpu_now(thread->kernel);
    k_sched_arrive(cpu);
    for (;;) {
        if (k_thread_doomed(thread))
            k_thread_exit(cpu);
        /* Something better may have come while it was switched to: see k_hot_switch. */
        if (!k_sched_preempting(cpu))
            break;
        cpu = k_sched_preempt(cpu);
    }
    k_kernel_unlock(cpu);
    k_charge(cpu, SLIP_COST_exit, 1);
}

static void set_up(struct k_thread *thread, struct k_process *process,
                   const struct k_thread_start *start)
{
    thread->process = process;
    thread->entry = start->entry;
    thread->argument = start->argument;
    k_list_init(&thread->process_link);
    k_list_init(&thread->run_link);
    atomic_store_explicit(&thread->queued, 0, memory_order_relaxed);
    k_list_init(&thread->holds);
    k_request_init(thread->request);
    K_PUBLISH(thread->request->caller, thread);
    thread->request->client = process->id;
    k_wait_init(&thread->wait);
    thread->cargo.count = 0;
    thread->pending = NULL;
    thread->wait.kept = NULL;
    atomic_store_explicit(&thread->wait.call, NULL, memory_order_relaxed);
    thread->wait.reply_got = 0;
    thread->since = 0;
    k_counters_clear(&thread->counters);
    atomic_store_explicit(&thread->waits_at, NULL, memory_order_relaxed);
    atomic_store_explicit(&thread->state, K_THREAD_NEW, memory_order_relaxed);
    atomic_store_explicit(&thread->on_cpu, 0, memory_order_relaxed);
    atomic_store_explicit(&thread->affinity, start->cpu, memory_order_relaxed);
    atomic_store_explicit(&thread->base, start->priority, memory_order_relaxed);
    atomic_store_explicit(&thread->effective, start->priority, memory_order_relaxed);
    atomic_store_explicit(&thread->killed, 0, memory_order_relaxed);
    atomic_store_explicit(&thread->bound, 0, memory_order_relaxed);
}

static slip_status_t make_context(struct k_cpu *cpu, struct k_thread *thread)
{
    struct slip_context_start start = {.space = &thread->process->space,
                                       .stack_bytes = cpu->kernel->config.stack_bytes,
                                       .first = begin,
                                       .first_argument = thread,
                                       .entry = thread->entry,
                                       .argument = thread->argument,
                                       .name = thread->process->name};
    return cpu->ops->context_init(cpu->machine, &thread->context, &start, &thread->area);
}

/* Joins the process, unless that is dying. */
static slip_status_t join(struct k_cpu *cpu, struct k_thread *thread)
{
    struct k_process *process = thread->process;
    slip_status_t status = SLIP_ALREADY;
    k_lock_take(cpu, &process->object.lock);
    if (k_process_state(process) == K_PROCESS_STARTED) {
        k_list_push_tail(&process->threads, &thread->process_link);
        K_PUBLISH(process->thread_count, process->thread_count + 1);
        k_object_ref(&thread->object); /* the process's */
        status = SLIP_OK;
    }
    k_lock_drop(cpu, &process->object.lock);
    return status;
}

slip_status_t k_thread_create(struct k_cpu *cpu, struct k_process *process,
                              const struct k_thread_start *start, struct k_thread **out)
{
    struct k_kernel *kernel = cpu->kernel;
    uint64_t bytes = k_thread_bytes(kernel);
    if (k_quota_charge(cpu, &process->quota, bytes) != SLIP_OK)
        return SLIP_NO_QUOTA;
    slip_status_t status = SLIP_NO_QUOTA;
    struct k_thread *thread = k_pool_get(&kernel->threads, cpu);
    struct k_request *request = thread == NULL ? NULL : k_pool_get(&kernel->requests, cpu);
    if (request == NULL)
        goto no_memory;
    thread->kernel = kernel;
    thread->request = request;
    set_up(thread, process, start);
    status = make_context(cpu, thread);
    if (status != SLIP_OK)
        goto no_memory;
    k_object_init(cpu, &thread->object, &k_thread_type, K_RANK_THREAD, &process->object);
    struct k_cpu *first = start->cpu == SLIP_CPU_ANY ? cpu : &kernel->cpus[start->cpu];
    atomic_store_explicit(&thread->cpu, first, memory_order_relaxed);
    k_count(&k_counters_now(cpu)->allocations, 2);
    status = join(cpu, thread);
    if (status != SLIP_OK) {
        cpu->ops->context_fini(cpu->machine, &thread->context);
        k_object_unref(cpu, &thread->object);
        return status;
    }
    k_sched_ready(cpu, thread);
    *out = thread;
    return SLIP_OK;

no_memory:
    if (request != NULL)
        k_pool_put(&kernel->requests, cpu, request);
    if (thread != NULL)
        k_pool_put(&kernel->threads, cpu, thread);
    k_quota_uncharge(cpu, &process->quota, bytes);
    return status;
}

static void free_thread(struct k_cpu *cpu, struct k_object *object)
{
    struct k_thread *thread = K_THREAD(object);
    struct k_process *process = thread->process;
    struct k_kernel *kernel = cpu->kernel;
    k_pool_put(&kernel->requests, cpu, thread->request);
    k_pool_put(&kernel->threads, cpu, thread);
    k_quota_uncharge(cpu, &process->quota, k_thread_bytes(kernel));
}

_Noreturn void k_thread_exit(struct k_cpu *cpu)
{
    struct k_thread *thread = cpu->current;
    k_request_orphan_all(cpu, thread);
    k_inherit_run(cpu);
    k_trace(cpu, SLIP_TRACE_thread_dead, thread->object.id, thread->process->id);
    k_sched_exit(cpu);
}

void k_thread_dispose(struct k_cpu *cpu, struct k_thread *thread)
{
    cpu->ops->context_fini(cpu->machine, &thread->context);
    if (atomic_load_explicit(&thread->bound, memory_order_relaxed))
        k_interrupt_binder_gone(cpu, thread);
    k_process_thread_gone(cpu, thread->process, thread);
}

int k_thread_doomed(const struct k_thread *thread)
{
    return atomic_load_explicit(&thread->killed, memory_order_seq_cst) != 0 ||
           k_process_state(thread->process) >= K_PROCESS_DYING;
}

void k_thread_unkeep(struct k_thread *thread)
{
    struct k_object *kept = thread->wait.kept;
    thread->wait.kept = NULL;
    if (kept != NULL)
        k_object_unref(k_hot_cpu(thread), kept);
}

void k_thread_kill(struct k_cpu *cpu, struct k_thread *thread)
{
    atomic_store_explicit(&thread->killed, 1, memory_order_seq_cst);
    atomic_thread_fence(memory_order_seq_cst); /* pairs with the one in k_wait_block */
    if (k_wait_claim(thread)) {
        k_wait_wake(cpu, thread, K_OUTCOME_KILLED);
        return;
    }
    uint64_t word = k_request_word(thread->request);
    uint32_t from = 1U << K_REQUEST_QUEUED | 1U << K_REQUEST_HELD;
    uint32_t out = from | 1U << K_REQUEST_MOVING;
    if ((out & 1U << K_REQUEST_STATE(word)) != 0 &&
        k_request_end(cpu, thread->request, K_REQUEST_GENERATION(word), from, SLIP_CANCELLED, 0,
                      NULL) == SLIP_OK)
        return;
    /* It runs, or is about to: somebody else woke it. Where it comes to another CPU it looks after
     * the fence in k_hot_come_to; where it stays, nothing but this makes it look in time. */
    const struct k_cpu *on = k_hot_cpu(thread);
    if (on != cpu && k_thread_state(thread) != K_THREAD_DEAD)
        cpu->ops->kick(cpu->machine, on->index);
}
