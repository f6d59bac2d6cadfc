/* The first process of a slice: makes the endpoints and the other processes, hands each what it
 * needs, and lets go of it; sleeps while the load runs; then takes everything down. */
#include "sim/run/slice.h"

#include "sim/run/handles.h"

#define CONTROL_DEPTH 64U
#define CONTROL_KEY UINT64_MAX

struct root {
    struct sim_slice *slice;
    slip_handle_t control; /* endpoint: threads tell that they are ready */
    slip_handle_t port;    /* ends of processes, and control */
};

/* Reports name an endpoint as the scenario does: "files", or "files[2]" where there are several. */
static void root_name(const struct sim_plan *plan, uint32_t index, slip_handle_t endpoint)
{
    char name[SLIP_NAME_BYTES_MAX + 1];
    sim_handle_endpoint_name(plan, index, name);
    sim_name(endpoint, name);
}

static slip_status_t root_open(struct root *root)
{
    const struct sim_plan *plan = root->slice->options.plan;
    slip_status_t status = slip_endpoint_create(CONTROL_DEPTH, &root->control);
    if (status == SLIP_OK)
        status = slip_port_create(root->slice->process_count, &root->port);
    if (status == SLIP_OK)
        status = slip_port_attach(root->port, root->control, CONTROL_KEY, SLIP_ATTACH_LEVEL);
    for (uint32_t i = 0; status == SLIP_OK && i < plan->endpoint_count; i++) {
        status = slip_endpoint_create(plan->endpoints[i].depth, &root->slice->endpoints[i]);
        if (status == SLIP_OK)
            root_name(plan, i, root->slice->endpoints[i]);
    }
    return status;
}

/* The handle that belongs at a place of a process's list. */
static slip_status_t root_make(struct root *root, const struct sim_slice_process *process,
                               uint32_t place, slip_handle_t *handle)
{
    struct sim_slice *slice = root->slice;
    struct sim_handle_place what = sim_handle_place(process->plan, process->instance, place);
    const struct sim_slice_thread *thread = &process->threads[what.thread];
    const struct sim_plan_process *plan = process->plan;
    switch (what.kind) {
    case SIM_HANDLE_CONTROL:
        return slip_handle_duplicate(root->control, SLIP_RIGHT_SEND, 0, handle);
    case SIM_HANDLE_SERVED:
        return slip_handle_duplicate(slice->endpoints[plan->serves + process->instance - 1],
                                     SLIP_RIGHT_RECEIVE | SLIP_RIGHT_SEND, 0, handle);
    case SIM_HANDLE_INTERRUPT:
        return slip_interrupt_create(slice->devices[plan->device].line + thread->queue, handle);
    case SIM_HANDLE_LINK:
        /* The badge names a client thread to every server, so it is unique over the whole run. */
        return slip_handle_duplicate(slice->endpoints[what.endpoint], SLIP_RIGHT_SEND,
                                     thread->context.number + 1, handle);
    }
    return SLIP_BAD_ARGUMENT;
}

/* Sends a process its handles; each message waits until the one before was taken. */
static slip_status_t root_hand_over(struct root *root, const struct sim_slice_process *process,
                                    slip_handle_t connection)
{
    /* The child takes this one and never answers, so it ends when the process is gone. */
    struct slip_message life = {.words = 1};
    life.word[0] = (uint64_t)(process - root->slice->processes);
    slip_status_t status = slip_endpoint_submit(connection, &life, NULL, life.word[0], SLIP_NEVER);

    struct slip_message message = {.words = 0};
    for (uint32_t place = 0; status == SLIP_OK && place < process->handle_count; place++) {
        status = root_make(root, process, place, &message.handle[message.handles]);
        if (status != SLIP_OK)
            break;
        message.handles++;
        if (message.handles == SLIP_MESSAGE_HANDLES || place + 1 == process->handle_count) {
            status = slip_endpoint_send(connection, &message, SLIP_NEVER);
            message.handles = 0;
        }
    }
    return status;
}

/* The endpoint that a process gets as its start handle, and root's end of it. Root must not keep
 * the right to receive, or the endpoint would outlive the process. */
static slip_status_t root_bootstrap(struct root *root, slip_handle_t *start,
                                    slip_handle_t *connection)
{
    slip_handle_t endpoint, sender;
    slip_status_t status = slip_endpoint_create(1, &endpoint);
    if (status != SLIP_OK)
        return status;
    status = slip_handle_duplicate(endpoint, SLIP_RIGHT_RECEIVE, 0, start);
    if (status == SLIP_OK) {
        status = slip_handle_duplicate(endpoint, SLIP_RIGHT_SEND, 0, &sender);
        if (status == SLIP_OK) {
            status = slip_endpoint_connect(sender, root->port, connection);
            (void)slip_handle_close(sender);
        }
        if (status != SLIP_OK)
            (void)slip_handle_close(*start);
    }
    (void)slip_handle_close(endpoint);
    return status;
}

static slip_status_t root_start(struct root *root, struct sim_slice_process *process)
{
    char name[SLIP_NAME_BYTES_MAX + 1];
    sim_handle_name(process->plan, process->instance, name);
    slip_status_t status = slip_process_create_quota(name, process->plan->quota, &process->handle);
    if (status != SLIP_OK)
        return status;
    process->created = 1;
    slip_handle_t start = SLIP_NO_HANDLE, connection = SLIP_NO_HANDLE;
    status = root_bootstrap(root, &start, &connection);
    if (status != SLIP_OK)
        return status;
    status = slip_process_start_on(process->handle, sim_slice_child, start, process->plan->priority,
                                   sim_plan_cpu(process->plan, process->instance, 0));
    if (status != SLIP_OK) {
        (void)slip_handle_close(start);
        return status;
    }
    return root_hand_over(root, process, connection);
}

static int root_start_all(struct root *root)
{
    struct sim_slice *slice = root->slice;
    for (uint32_t i = 0; i < slice->process_count; i++) {
        slip_status_t status = root_start(root, &slice->processes[i]);
        if (status != SLIP_OK) {
            sim_slice_fail(slice, &slice->processes[i], "start", status, 0);
            return 1;
        }
    }
    for (uint32_t i = 0; i < slice->options.plan->endpoint_count; i++)
        (void)slip_handle_close(slice->endpoints[i]);
    return 0;
}

/* Takes what threads have told. */
static void root_drain(struct root *root, uint32_t *waiting, uint32_t *serving)
{
    struct slip_message message;
    message.area.capacity = 0;
    while (slip_endpoint_wait(root->control, &message, 0) == SLIP_OK) {
        if (message.request != 0)
            root->slice->ready[(*waiting)++] = message.request;
        else
            (*serving)++;
    }
}

/* A process is gone: 1 if that ends the run. */
static int root_gone(struct root *root, struct sim_slice_process *process)
{
    struct sim_slice *slice = root->slice;
    process->gone = 1;
    (void)slip_process_wait_code(process->handle, SLIP_NEVER, &process->code);
    if (process->code != 0) {
        sim_slice_fail(slice, process, "exit code", SLIP_OK, process->code);
        return 1;
    }
    if (!process->plan->bounded)
        return 0;
    /* It may have ended by a call of its own, before its threads were through. */
    for (uint32_t i = 0; i < process->plan->threads; i++) {
        if (process->threads[i].finished)
            continue;
        process->threads[i].finished = 1;
        atomic_fetch_sub_explicit(&slice->unfinished, 1, memory_order_acq_rel);
        if (slice->recorder_count == 0)
            sim_window_leave(&slice->window, slip_clock_now());
    }
    return atomic_load_explicit(&slice->unfinished, memory_order_acquire) == 0;
}

/* Waits for the next thing to happen: 1 if it ends the run. */
static int root_next(struct root *root, uint32_t *waiting, uint32_t *serving)
{
    struct slip_completion completion;
    uint32_t count;
    slip_status_t status = slip_port_wait(root->port, &completion, 1, 1, SLIP_NEVER, &count);
    if (status != SLIP_OK) {
        sim_slice_fail(root->slice, NULL, "wait", status, 0);
        return 1;
    }
    if (completion.source == SLIP_SOURCE_REQUEST)
        return root_gone(root, &root->slice->processes[completion.key]);
    root_drain(root, waiting, serving);
    return 0;
}

/* Lets all go that wait for the start. None of them may keep the CPU before the last one was told; nor
 * later, when there is something for this thread to do: till then it sleeps. */
static void release(struct sim_slice *slice, uint32_t waiting)
{
    (void)slip_thread_priority(SLIP_SELF, SLIP_PRIORITY_MAX, NULL);
    for (uint32_t i = 0; i < waiting; i++)
        (void)slip_request_reply(slice->ready[i], SLIP_OK, 0);
    atomic_store_explicit(&slice->control.released, slip_clock_now(), memory_order_relaxed);
}

/* Lets the load run, and returns when it is over. */
static void root_run(struct root *root)
{
    struct sim_slice *slice = root->slice;
    uint32_t waiting = 0, serving = 0;
    int over = 0;
    while (!over && (waiting < slice->gated || serving < slice->serving))
        over = root_next(root, &waiting, &serving);
    if (over)
        return;
    if (slice->recorder_count == 0)
        sim_window_open(&slice->window, slip_clock_now());
    release(slice, waiting);
    while (!over)
        over = root_next(root, &waiting, &serving);
}

static void root_end(struct root *root)
{
    struct sim_slice *slice = root->slice;
    for (uint32_t i = 0; i < slice->process_count; i++)
        if (slice->processes[i].created && !slice->processes[i].gone)
            (void)slip_process_kill(slice->processes[i].handle);
    for (uint32_t i = 0; i < slice->process_count; i++)
        if (slice->processes[i].created && !slice->processes[i].gone)
            (void)slip_process_wait(slice->processes[i].handle, SLIP_NEVER);
}

void sim_slice_root(void)
{
    struct sim_slice *slice = sim_argument();
    struct root root = {.slice = slice};
    struct k_memory_info memory;
    k_kernel_memory(sim_instance_kernel(slice->instance), &memory);
    slice->kernel_bytes_before = memory.kernel_bytes_used;

    /* Above the others, so that setting up and taking down are not drawn out by the load. */
    slip_status_t status = slip_thread_priority(SLIP_SELF, SLIP_PRIORITY_MAX, NULL);
    if (status == SLIP_OK)
        status = root_open(&root);
    if (status != SLIP_OK)
        sim_slice_fail(slice, NULL, "endpoints", status, 0);
    else if (root_start_all(&root) == 0)
        root_run(&root);
    root_end(&root);
}
