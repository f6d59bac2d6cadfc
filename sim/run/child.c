/* Every process of a slice but the first: takes its handles, starts its threads, and runs its role
 * or its body in each. */
#include "sim/run/slice.h"

#include "sim/run/handles.h"
#include "sim/scenario/script.h"

#define CHILD_EXIT_SETUP 3U /* of a process that could not be set up; its slice says why */

static void child_fail(const struct sim_slice_process *process, const char *what,
                       slip_status_t status)
{
    sim_slice_fail(process->threads[0].slice, process, what, status, 0);
    slip_process_exit(CHILD_EXIT_SETUP);
}

/* Takes what root sends to the start handle; which process this is comes first. */
static struct sim_slice_process *child_take(struct sim_slice *slice)
{
    slip_handle_t start = slip_start_handle();
    struct slip_message message;
    message.area.capacity = 0;
    slip_status_t status = slip_endpoint_wait(start, &message, SLIP_NEVER);
    if (status != SLIP_OK || message.request == 0) {
        sim_slice_fail(slice, NULL, "first message", status, 0);
        slip_process_exit(CHILD_EXIT_SETUP);
    }
    struct sim_slice_process *process = &slice->processes[message.word[0]];
    for (uint32_t count = 0; count < process->handle_count;) {
        status = slip_endpoint_wait(start, &message, SLIP_NEVER);
        if (status != SLIP_OK)
            child_fail(process, "take handles", status);
        for (uint32_t i = 0; i < message.handles && count < process->handle_count; i++)
            process->handles[count++] = message.handle[i];
    }
    (void)slip_handle_close(start);
    return process;
}

/* Opens a link to each endpoint of each link of the plan. */
static slip_status_t child_connect(struct sim_slice_thread *thread, const slip_handle_t *handles)
{
    const struct sim_plan_process *plan = thread->process->plan;
    uint32_t count = 0;
    for (uint32_t i = 0; i < plan->link_count; i++)
        for (uint32_t j = 0; j < plan->links[i].count; j++, count++) {
            slip_status_t status = sim_party_connect(&thread->party, handles[count],
                                                     plan->links[i].depth, &thread->links[count]);
            if (status != SLIP_OK)
                return status;
        }
    return SLIP_OK;
}

/* Makes what the role or body speaks through. */
static void child_prepare(struct sim_slice_thread *thread)
{
    struct sim_slice_process *process = thread->process;
    struct sim_slice *slice = thread->slice;
    struct sim_role_context *context = &thread->context;
    const slip_handle_t *next = thread->handles;
    if (process->plan->serves != UINT32_MAX)
        context->served = process->handles[1];
    if (process->plan->device != UINT32_MAX) {
        struct sim_device *device = slice->devices[process->plan->device].device;
        context->interrupt = *next++;
        context->device_kind = device->kind;
        context->queue = device->kind->queue(device, thread->queue);
    }
    context->endpoints = next;
    if (slice->options.design == NULL)
        return;

    slip_status_t status = sim_party_init(&thread->party, slice->options.design);
    if (status != SLIP_OK)
        child_fail(process, "memory for the design", status);
    context->party = &thread->party;
    if (context->served != SLIP_NO_HANDLE &&
        (status = sim_party_serve(&thread->party, context->served)) != SLIP_OK)
        child_fail(process, "serve", status);
    if ((status = child_connect(thread, next)) != SLIP_OK)
        child_fail(process, "connect", status);
    context->links = thread->links;
    if (context->interrupt != SLIP_NO_HANDLE &&
        (status = sim_party_device(&thread->party, context->interrupt, 0)) != SLIP_OK)
        child_fail(process, "bind the device", status);
}

/* Tells root, and waits for the start of all where this thread is one of those that begin. */
static void child_ready(struct sim_slice_thread *thread)
{
    struct slip_message message = {.words = 0};
    slip_handle_t control = thread->process->handles[0];
    slip_status_t status;
    atomic_store_explicit(&thread->ready, 1, memory_order_release);
    if (sim_slice_gates(thread->process->plan))
        status = slip_endpoint_call(control, &message, NULL, NULL, SLIP_NEVER);
    else
        status = slip_endpoint_send(control, &message, SLIP_NEVER);
    if (status != SLIP_OK)
        child_fail(thread->process, "start", status);
}

/* A bounded thread has done its part. The counters of its process are wanted until the window is
 * closed, so it stays until the last one is through. */
static void child_finish(struct sim_slice_thread *thread)
{
    struct sim_slice *slice = thread->slice;
    thread->finished = 1;
    if (atomic_fetch_sub_explicit(&slice->unfinished, 1, memory_order_acq_rel) != 1)
        (void)slip_thread_sleep_until(SLIP_NEVER);
    slip_process_exit(0);
}

static void child_thread(uint64_t number)
{
    struct sim_slice *slice = sim_argument();
    struct sim_slice_thread *thread = &slice->threads[number];
    const struct sim_plan_process *plan = thread->process->plan;
    child_prepare(thread);
    child_ready(thread);
    if (plan->body != 0)
        sim_script_run_body(&thread->context);
    else
        sim_role_find(plan->role)->run(&thread->context);
    if (plan->bounded && slice->recorder_count == 0)
        sim_window_leave(&slice->window, slip_clock_now());
    if (thread->context.party != NULL)
        sim_party_fini(&thread->party);
    if (plan->bounded)
        child_finish(thread);
}

void sim_slice_child(void)
{
    struct sim_slice *slice = sim_argument();
    struct sim_slice_process *process = child_take(slice);
    const struct sim_plan_process *plan = process->plan;
    uint32_t first = process->threads[0].context.number;
    for (uint32_t i = 1; i < plan->threads; i++) {
        slip_status_t status = slip_thread_start(SLIP_SELF, child_thread, first + i, plan->priority,
                                                 sim_plan_cpu(plan, process->instance, i), NULL);
        if (status != SLIP_OK)
            child_fail(process, "start a thread", status);
    }
    child_thread(first);
}
