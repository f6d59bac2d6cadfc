/* What a kernel tells of its processes and threads. Reads words that others write, so it takes no
 * lock and may be called at any time. */
#include <slipway/kernel.h>

#include "counters.h"
#include "endpoint.h"
#include "hook.h"
#include "instance.h"
#include "process.h"
#include "thread.h"

static int in_use(const struct k_pool_item *item)
{
    return __atomic_load_n(&item->in_use, __ATOMIC_RELAXED) != 0;
}

/* Is this a thread whose counters are its own: set up, and not added to its process yet? */
static int counts(const struct k_thread *thread)
{
    enum k_thread_state state = k_thread_state(thread);
    return in_use(&thread->object.item) && state != K_THREAD_NEW && state != K_THREAD_DEAD;
}

static uint32_t made(const struct k_pool *pool)
{
    return __atomic_load_n(&pool->made, __ATOMIC_ACQUIRE);
}

/* Sums the counters of all threads by their process's place in the pool. */
static void sum_threads(struct k_kernel *kernel, struct k_counters *sums, uint32_t count)
{
    uint32_t threads = made(&kernel->threads);
    for (uint32_t i = 0; i < threads; i++) {
        struct k_thread *thread = k_pool_at(&kernel->threads, i);
        if (!counts(thread))
            continue;
        uint32_t index = thread->process->object.item.index;
        if (index < count)
            k_counters_add(&sums[index], &thread->counters);
    }
}

static void describe(struct k_process *process, const struct k_counters *threads,
                     struct k_process_info *info)
{
    *info = (struct k_process_info){
        .name = process->name,
        .id = process->id,
        .threads = __atomic_load_n(&process->thread_count, __ATOMIC_RELAXED),
        .handles = __atomic_load_n(&process->handles.live, __ATOMIC_RELAXED),
        .quota = __atomic_load_n(&process->quota.limit, __ATOMIC_RELAXED),
        .used = __atomic_load_n(&process->quota.used, __ATOMIC_RELAXED),
        .used_peak = __atomic_load_n(&process->quota.used_peak, __ATOMIC_RELAXED),
        .counters = *threads};
    k_counters_add(&info->counters, &process->counters);
}

/* Has a block a process in it that can be told of? */
static int describes(const struct k_process *process)
{
    enum k_process_state state = k_process_state(process);
    return in_use(&process->object.item) && state != K_PROCESS_NEW && state != K_PROCESS_GONE;
}

void k_kernel_each_process(struct k_kernel *kernel,
                           void (*visit)(void *argument, const struct k_process_info *process),
                           void *argument)
{
    const struct slip_machine *machine = &kernel->machine;
    uint32_t count = made(&kernel->processes);
    uint64_t bytes = (count * sizeof(struct k_counters) + SLIP_PAGE_BYTES - 1) / SLIP_PAGE_BYTES *
                     SLIP_PAGE_BYTES;
    struct k_counters *sums = machine->ops->pages_get(machine->context, bytes);
    if (sums == NULL)
        return;
    sum_threads(kernel, sums, count);
    for (uint32_t i = 0; i < count; i++) {
        struct k_process *process = k_pool_at(&kernel->processes, i);
        if (!describes(process))
            continue;
        struct k_process_info info;
        describe(process, &sums[i], &info);
        visit(argument, &info);
    }
    machine->ops->pages_put(machine->context, sums, bytes);
}

void k_kernel_counters(struct k_kernel *kernel, struct k_counters *counters)
{
    *counters = (struct k_counters){0};
    k_counters_add(counters, &kernel->gone);
    for (uint32_t i = 0; i < kernel->config.cpus; i++)
        k_counters_add(counters, &kernel->cpus[i].counters);
    uint32_t count = made(&kernel->processes);
    for (uint32_t i = 0; i < count; i++) {
        struct k_process *process = k_pool_at(&kernel->processes, i);
        if (in_use(&process->object.item))
            k_counters_add(counters, &process->counters);
    }
    uint32_t threads = made(&kernel->threads);
    for (uint32_t i = 0; i < threads; i++) {
        struct k_thread *thread = k_pool_at(&kernel->threads, i);
        if (counts(thread))
            k_counters_add(counters, &thread->counters);
    }
}

static const char *state_name(const struct k_thread *thread)
{
    static const char *const waits[] = {
        [K_WAIT_NONE] = "blocked",
        [K_WAIT_CALL] = "blocked in call",
        [K_WAIT_RECEIVE] = "blocked in wait",
        [K_WAIT_SEND] = "blocked in send",
        [K_WAIT_PORT] = "blocked in port wait",
        [K_WAIT_PROCESS] = "blocked in process wait",
        [K_WAIT_PINS] = "blocked on a device",
        [K_WAIT_SLEEP] = "asleep",
    };
    switch (k_thread_state(thread)) {
    case K_THREAD_NEW:
        return "new";
    case K_THREAD_READY:
        return "ready";
    case K_THREAD_RUNNING:
        return "running";
    case K_THREAD_BLOCKED:
        return waits[thread->wait.kind];
    case K_THREAD_DEAD:
        break;
    }
    return "dead";
}

static struct k_thread_info thread_info(const struct k_thread *thread)
{
    const struct k_object *object = thread->wait.object;
    const struct k_thread *holder =
        atomic_load_explicit(&thread->request->server, memory_order_relaxed);
    int in_call = thread->wait.kind == K_WAIT_CALL;
    return (struct k_thread_info){.process = thread->process->name,
                                  .process_id = thread->process->id,
                                  .id = thread->object.id,
                                  .state = state_name(thread),
                                  .object = object == NULL ? "" : object->type->name,
                                  .object_id = object == NULL ? 0 : object->id,
                                  .priority =
                                      atomic_load_explicit(&thread->base, memory_order_relaxed),
                                  .effective = k_thread_effective(thread),
                                  .holder_id = in_call && holder != NULL ? holder->object.id : 0};
}

void k_kernel_each_thread(struct k_kernel *kernel,
                          void (*visit)(void *argument, const struct k_thread_info *thread),
                          void *argument)
{
    uint32_t threads = made(&kernel->threads);
    for (uint32_t i = 0; i < threads; i++) {
        struct k_thread *thread = k_pool_at(&kernel->threads, i);
        if (!in_use(&thread->object.item) || k_thread_state(thread) == K_THREAD_DEAD)
            continue;
        struct k_thread_info info = thread_info(thread);
        visit(argument, &info);
    }
}

int k_kernel_thread_on(struct k_kernel *kernel, uint32_t cpu, struct k_thread_info *thread)
{
    const struct k_thread *current = kernel->cpus[cpu].current;
    if (current == NULL)
        return 0;
    *thread = thread_info(current);
    return 1;
}

/* ---- who is busy? --------------------------------------------------------------------------- */

/* The thread on whose context a CPU idles was handed its wake, which shows nowhere else. */
static int is_handed(const struct k_cpu *cpu)
{
    const struct k_thread *thread = __atomic_load_n(&cpu->current, __ATOMIC_RELAXED);
    return thread != NULL &&
           atomic_load_explicit(&thread->wait.spot, memory_order_acquire) == K_SPOT_HANDED;
}

static int is_busy(const struct k_cpu *cpu, int priority)
{
    /* Before the rest: a wake that was taken over since leaves a CPU that is not idle. */
    if (is_handed(cpu) || atomic_load_explicit(&cpu->run_top, memory_order_acquire) >= priority)
        return 1;
    if (atomic_load_explicit(&cpu->idle, memory_order_acquire))
        return 0;
    /* -1: between two threads, or about to see to what one left. */
    const struct k_thread *now = atomic_load_explicit(&cpu->running, memory_order_acquire);
    int running = now == NULL ? -1 : (int)k_thread_effective(now);
    return running < 0 || running >= priority;
}

/* If no CPU but `self` is busy: what is another number when one was in between; else 0. */
static uint64_t calm(struct k_kernel *kernel, const struct k_cpu *self, int priority)
{
    struct k_counters counters;
    k_kernel_counters(kernel, &counters);
    uint64_t stamp = 1 + counters.switches;
    for (uint32_t i = 0; i < kernel->config.cpus; i++) {
        const struct k_cpu *cpu = &kernel->cpus[i];
        if (cpu != self && is_busy(cpu, priority))
            return 0;
        stamp += atomic_load_explicit(&cpu->rests, memory_order_acquire);
    }
    return stamp;
}

int k_kernel_busy_elsewhere(struct k_kernel *kernel, uint32_t cpu, uint32_t priority)
{
    const struct k_cpu *self = &kernel->cpus[cpu];
    /* One look passes the CPUs in turn, and a wake may pass it the other way. What it passed was
     * running somewhere at the second look, or has run by then; a thief takes a third one. */
    uint64_t first = calm(kernel, self, (int)priority);
    return first == 0 || calm(kernel, self, (int)priority) != first ||
           calm(kernel, self, (int)priority) != first;
}
