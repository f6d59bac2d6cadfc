/* The reaper: takes dead processes apart, one bounded step at a time. */
#include "check.h"
#include "buffer.h"
#include "config.h"
#include "endpoint.h"
#include "hook.h"
#include "instance.h"
#include "process.h"
#include "sched.h"
#include "thread.h"

/* What is left to do; a process goes through all, in this order. */
enum stage { THREADS, ORPHANS, HANDLES, BUFFERS, FINISH };

void k_reaper_add(struct k_cpu *cpu, struct k_process *process)
{
    struct k_kernel *kernel = cpu->kernel;
    k_object_ref(&process->object); /* the reaper's */
    k_lock_take(cpu, &kernel->reap_lock);
    k_list_push_tail(&kernel->reap, &process->reap_link);
    k_lock_drop(cpu, &kernel->reap_lock);
}

/* Kills threads, each once; done when all are disposed of, and nobody brings more. */
static int reap_threads(struct k_cpu *cpu, struct k_process *process, int *progress)
{
    for (uint32_t i = 0; i < K_REAP_STEP; i++) {
        struct k_thread *victim = NULL;
        k_lock_take(cpu, &process->object.lock);
        struct k_list *link = k_list_head(&process->threads);
        int none = link == NULL && process->visitors == 0;
        if (link != NULL && process->reap_left > 0) {
            process->reap_left--;
            victim = K_CONTAINER(link, struct k_thread, process_link);
            k_object_ref(&victim->object);
            /* To the tail: those in front of it are the ones that are left. */
            k_list_remove(link);
            k_list_push_tail(&process->threads, link);
        }
        k_lock_drop(cpu, &process->object.lock);
        if (victim == NULL)
            return none;
        k_thread_kill(cpu, victim);
        k_object_unref(cpu, &victim->object);
        *progress = 1;
    }
    return 0;
}

/* Ends the requests that it holds. */
static int reap_orphans(struct k_cpu *cpu, struct k_process *process, int *progress)
{
    for (uint32_t i = 0; i < K_REAP_STEP; i++) {
        k_lock_take(cpu, &process->orphans_lock);
        struct k_list *link = k_list_head(&process->orphans);
        struct k_request *request =
            link == NULL ? NULL : K_CONTAINER(link, struct k_request, hold_link);
        uint32_t generation = request == NULL ? 0 : K_REQUEST_GENERATION(k_request_word(request));
        k_lock_drop(cpu, &process->orphans_lock);
        if (request == NULL)
            return 1;
        if (k_request_end(cpu, request, generation, 1U << K_REQUEST_HELD, SLIP_PEER_CLOSED, 0,
                          NULL) != SLIP_OK)
            return 0; /* somebody else ends it, and takes it out of the list */
        *progress = 1;
    }
    return 0;
}

/* Ends access to its buffers; done when no device is at work on one. */
static int reap_buffers(struct k_cpu *cpu, struct k_process *process, int *progress)
{
    for (uint32_t i = 0; i < K_REAP_STEP; i++) {
        k_lock_take(cpu, &process->object.lock);
        struct k_list *link = k_list_head(&process->buffers);
        struct k_buffer *buffer =
            link == NULL ? NULL : K_CONTAINER(link, struct k_buffer, process_link);
        uint32_t pins = 0;
        if (buffer != NULL) {
            k_buffer_revoke(buffer, 1);
            pins = K_BUFFER_PINS(atomic_load_explicit(&buffer->word, memory_order_seq_cst));
            /* Without pins nobody comes near its memory again; its last reference frees the rest. */
            if (pins == 0)
                k_list_remove(&buffer->process_link);
        }
        k_lock_drop(cpu, &process->object.lock);
        if (buffer == NULL)
            return 1;
        if (pins != 0)
            return 0;
        *progress = 1;
    }
    return 0;
}

/* Handles in cycles (an endpoint in its own queue, by way of others) keep each other alive; when no
 * process is left to reach them, they are closed as well. Processes that were never started may be
 * among them: those die with it, and are reaped. */
static void close_unreachable(struct k_cpu *cpu)
{
    struct k_pool *pool = &cpu->kernel->endpoints;
    for (uint32_t i = 0; i < pool->made; i++) {
        struct k_endpoint *endpoint = k_pool_at(pool, i);
        if (!endpoint->object.item.in_use || !k_object_ref_live(&endpoint->object))
            continue;
        k_endpoint_type.close(cpu, &endpoint->object);
        k_object_unref(cpu, &endpoint->object);
    }
}

static void halt(struct k_cpu *cpu)
{
    struct k_kernel *kernel = cpu->kernel;
    close_unreachable(cpu);
    atomic_store_explicit(&kernel->halted, 1, memory_order_release);
    for (uint32_t i = 0; i < kernel->config.cpus; i++)
        if (i != cpu->index)
            cpu->ops->kick(cpu->machine, i);
}

static void finish(struct k_cpu *cpu, struct k_process *process)
{
    struct k_kernel *kernel = cpu->kernel;
    k_handle_table_fini(&process->handles, cpu);
    cpu->ops->space_destroy(cpu->machine, &process->space);
    k_quota_close(cpu, &process->quota);
    k_lock_take(cpu, &process->object.lock);
    atomic_store_explicit(&process->state, K_PROCESS_GONE, memory_order_release);
    for (struct k_list *link; (link = k_list_pop_head(&process->waiters)) != NULL;) {
        struct k_thread *waiter = K_CONTAINER(link, struct k_thread, wait.link);
        if (k_wait_claim(waiter))
            k_wait_wake(cpu, waiter, K_OUTCOME_AGAIN);
    }
    k_lock_drop(cpu, &process->object.lock);
    k_object_unref(cpu, &process->object); /* the reaper's */
    int last = atomic_fetch_sub_explicit(&kernel->process_count, 1, memory_order_acq_rel) == 1;
    int idle = atomic_fetch_sub_explicit(&kernel->begun_count, 1, memory_order_acq_rel) == 1;
    if (last)
        halt(cpu);
    else if (idle)
        close_unreachable(cpu);
}

/* One step; 1 when the process is gone. */
static int step(struct k_cpu *cpu, struct k_process *process, int *progress)
{
    int done = 0;
    switch ((enum stage)process->reap_stage) {
    case THREADS:
        done = reap_threads(cpu, process, progress);
        break;
    case ORPHANS:
        done = reap_orphans(cpu, process, progress);
        break;
    case HANDLES:
        done = k_handle_close_some(cpu, &process->handles, &process->reap_handle, K_REAP_STEP);
        *progress = 1;
        break;
    case BUFFERS:
        done = reap_buffers(cpu, process, progress);
        break;
    case FINISH:
        finish(cpu, process);
        *progress = 1;
        return 1;
    }
    if (done) {
        process->reap_stage++;
        *progress = 1;
    }
    return 0;
}

int k_reaper_step(struct k_cpu *cpu)
{
    struct k_kernel *kernel = cpu->kernel;
    int progress = 0;
    uint32_t waiting = atomic_load_explicit(&kernel->reap_count, memory_order_acquire);
    /* Those that wait for a thread or a device are passed, each once. */
    for (uint32_t i = 0; i < waiting && i < K_REAP_STEP && !progress; i++) {
        k_lock_take(cpu, &kernel->reap_lock);
        struct k_list *link = k_list_pop_head(&kernel->reap);
        k_lock_drop(cpu, &kernel->reap_lock);
        if (link == NULL)
            break;
        struct k_process *process = K_CONTAINER(link, struct k_process, reap_link);
        unsigned events = atomic_load_explicit(&kernel->reap_events, memory_order_seq_cst);
        if (step(cpu, process, &progress)) {
            atomic_fetch_sub_explicit(&kernel->reap_count, 1, memory_order_relaxed);
            break;
        }
        k_lock_take(cpu, &kernel->reap_lock);
        k_list_push_tail(&kernel->reap, &process->reap_link);
        k_lock_drop(cpu, &kernel->reap_lock);
        /* What it waits for may have happened on a CPU that did not find it in the list. */
        if (atomic_load_explicit(&kernel->reap_events, memory_order_seq_cst) != events)
            progress = 1;
    }
    return progress;
}
