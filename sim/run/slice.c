/* The host's side of a slice: what is prepared before the first process starts, and what is read
 * when the last one is gone. */
#include "sim/run/slice.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "sim/role/random.h"
#include "sim/run/handles.h"
#include "sim/scenario/script.h"

uint32_t sim_slice_links(const struct sim_plan_process *process)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < process->link_count; i++)
        count += process->links[i].count;
    return count;
}

int sim_slice_gates(const struct sim_plan_process *process)
{
    /* A server must answer before all are ready: others may need it to connect. */
    return process->serves == UINT32_MAX;
}

void sim_slice_fail(struct sim_slice *slice, const struct sim_slice_process *process,
                    const char *what, slip_status_t status, uint64_t code)
{
    if (atomic_exchange(&slice->failure.claimed, 1) != 0)
        return;
    slice->failure.what = what;
    slice->failure.process = process;
    slice->failure.status = status;
    slice->failure.code = code;
}

/* ---- tables -------------------------------------------------------------------------------- */

static int records(const struct sim_plan_process *process)
{
    const struct sim_role *role = process->role == NULL ? NULL : sim_role_find(process->role);
    return role != NULL && role->bounded;
}

/* Recorders are large and mostly untouched; pages that nobody wrote cost nothing. */
static int take_recorders(struct sim_slice *slice)
{
    if (slice->recorder_count == 0)
        return 0;
    void *memory = mmap(NULL, slice->recorder_count * sizeof *slice->recorders,
                        PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return 1;
    slice->recorders = memory;
    return 0;
}

/* Counts everything, and allocates the tables for it. */
static int take_tables(struct sim_slice *slice)
{
    const struct sim_plan *plan = slice->options.plan;
    size_t handles = 0, links = 0;
    for (uint32_t i = 0; i < plan->process_count; i++) {
        const struct sim_plan_process *process = &plan->processes[i];
        uint32_t threads = process->count * process->threads;
        slice->process_count += process->count;
        slice->thread_count += threads;
        if (sim_slice_gates(process))
            slice->gated += threads;
        else
            slice->serving += threads;
        if (records(process))
            slice->recorder_count += threads;
        handles += (size_t)process->count * sim_handle_count(process);
        links += (size_t)threads * sim_slice_links(process);
    }
    slice->processes = calloc(slice->process_count, sizeof *slice->processes);
    slice->threads = calloc(slice->thread_count, sizeof *slice->threads);
    slice->groups = calloc(plan->process_count, sizeof *slice->groups);
    slice->requested = calloc((size_t)plan->process_count * 2, sizeof *slice->requested);
    slice->devices = calloc(plan->device_count + 1, sizeof *slice->devices);
    slice->endpoints = calloc(plan->endpoint_count + 1, sizeof *slice->endpoints);
    slice->ready = calloc(slice->gated + 1, sizeof *slice->ready);
    slice->handles = calloc(handles + 1, sizeof *slice->handles);
    slice->links = calloc(links + 1, sizeof(struct sim_link *));
    return slice->processes == NULL || slice->threads == NULL || slice->groups == NULL ||
           slice->devices == NULL || slice->endpoints == NULL || slice->ready == NULL ||
           slice->requested == NULL || slice->handles == NULL || slice->links == NULL ||
           take_recorders(slice) != 0;
}

static void fill_thread(struct sim_slice *slice, struct sim_slice_thread *thread, uint32_t index,
                        struct sim_recorder **recorder)
{
    const struct sim_plan *plan = slice->options.plan;
    const struct sim_plan_process *process = thread->process->plan;
    struct sim_role_context *context = &thread->context;
    uint32_t number = (uint32_t)(thread - slice->threads);
    thread->slice = slice;
    thread->handles = thread->process->handles + sim_handle_count_shared(process) +
                      (size_t)index * sim_handle_count_thread(process);
    context->plan = plan;
    context->process = process;
    context->instance = thread->process->instance;
    context->thread = index;
    context->number = number;
    context->seed =
        sim_random_seed_thread(slice->options.seed, process->name, context->instance, index);
    context->link_count = sim_slice_links(process);
    context->file_name = "";
    context->control = &slice->control;
    uint32_t device = sim_dataset_device(plan, process);
    if (device != UINT32_MAX) {
        context->dataset = slice->options.datasets[device];
        context->file_name = context->dataset == NULL ? "" : context->dataset->file_name;
    }
    if (process->device != UINT32_MAX)
        thread->queue = slice->devices[process->device].queues++;
    if (records(process)) {
        (*recorder)->window = &slice->window;
        context->recorder = (*recorder)++;
    }
}

static void fill_tables(struct sim_slice *slice)
{
    const struct sim_plan *plan = slice->options.plan;
    struct sim_slice_process *process = slice->processes;
    struct sim_slice_thread *thread = slice->threads;
    struct sim_recorder *recorder = slice->recorders;
    slip_handle_t *handles = slice->handles;
    struct sim_link **links = slice->links;
    uint32_t unfinished = 0;
    for (uint32_t i = 0; i < plan->process_count; i++) {
        const struct sim_plan_process *from = &plan->processes[i];
        snprintf(slice->groups[i].name, sizeof slice->groups[i].name, "%s", from->name);
        if (from->bounded)
            unfinished += from->count * from->threads;
        for (uint32_t n = 0; n < from->count; n++, process++) {
            process->plan = from;
            process->instance = n + 1;
            process->threads = thread;
            process->handles = handles;
            process->handle_count = sim_handle_count(from);
            handles += process->handle_count;
            for (uint32_t t = 0; t < from->threads; t++, thread++) {
                thread->process = process;
                fill_thread(slice, thread, t, &recorder);
                thread->links = links;
                links += thread->context.link_count;
            }
        }
    }
    atomic_init(&slice->unfinished, unfinished);
}

/* ---- machine and devices --------------------------------------------------------------------- */

/* What counts as completed is what those have whose load is the measure: the clients, or, where
 * there is no client role, every bounded body. */
static uint64_t count_operations(void *argument, uint64_t *requested)
{
    const struct sim_slice *slice = argument;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < slice->thread_count; i++) {
        const struct sim_slice_thread *thread = &slice->threads[i];
        requested[thread->process->plan - slice->options.plan->processes] +=
            __atomic_load_n(&thread->party.requested, __ATOMIC_RELAXED);
        if (slice->recorder_count == 0 ? thread->process->plan->bounded
                                       : thread->context.recorder != NULL)
            sum += __atomic_load_n(&thread->party.completed, __ATOMIC_RELAXED);
    }
    return sum;
}

/* A file is the host's own where time is real, and a simulated disk with its contents elsewhere. */
static const struct sim_device_kind *device_kind(const struct sim_plan_device *device,
                                                 const struct sim_machine *machine)
{
    int simulated = machine->kind->post_at != NULL;
    if (strcmp(device->kind, "file") == 0)
        return simulated ? &sim_device_disk : &sim_device_file;
    return strcmp(device->kind, "host_file") == 0 ? &sim_device_file
                                                  : sim_device_find(device->kind);
}

static int tune_device(const struct sim_slice *slice, const struct sim_plan_device *from,
                       uint32_t index, struct sim_device *device)
{
    struct sim_device_tuning tuning = {
        .seed = sim_random_seed(slice->options.seed, ((uint64_t)1 << 32) + index),
        .service = from->tuned ? &from->service : NULL,
        .channels = from->channels,
        .bytes_per_s = from->bytes_per_s < 0 ? SIM_DISK_BYTES_PER_S : (uint64_t)from->bytes_per_s,
        .interrupt_cpu = from->cpu,
        .poll_ns = from->poll_ns,
        .period_ns = from->period_ns,
        .first_ns = from->first_ns};
    return device->kind->tune == NULL ? 0 : device->kind->tune(device, &tuning);
}

static int take_device(struct sim_slice *slice, uint32_t index, uint32_t line, char *error,
                       size_t error_bytes)
{
    const struct sim_plan_device *from = &slice->options.plan->devices[index];
    struct sim_slice_device *device = &slice->devices[index];
    struct sim_machine *machine = sim_instance_machine(slice->instance);
    const struct sim_device_kind *kind = device_kind(from, machine);
    if (kind == NULL) {
        snprintf(error, error_bytes, "device '%s': kind '%s' is unknown", from->name, from->kind);
        return 1;
    }
    if (machine->kind->post_at != NULL && !kind->simulated) {
        snprintf(error, error_bytes,
                 "device '%s': kind %s works in the host's time, and that of machine %s is "
                 "simulated; accepted there: file or disk, a simulated disk with the same contents",
                 from->name, from->kind, machine->kind->name);
        return 1;
    }
    device->line = line;
    device->device = kind->create(machine, device->dataset == NULL ? "" : device->dataset->root,
                                  device->queues, line, error, error_bytes);
    if (device->device == NULL)
        return 1;
    if (tune_device(slice, from, index, device->device) == 0)
        return 0;
    snprintf(error, error_bytes, "device '%s': the host has no memory for its channels",
             from->name);
    return 1;
}

static int take_devices(struct sim_slice *slice, char *error, size_t error_bytes)
{
    const struct sim_plan *plan = slice->options.plan;
    uint32_t line = 0;
    for (uint32_t i = 0; i < plan->device_count; i++) {
        struct sim_slice_device *device = &slice->devices[i];
        device->dataset = slice->options.datasets[i];
        if (device->queues != 0 && line + device->queues > K_LINES_MAX) {
            snprintf(error, error_bytes,
                     "%u threads drive devices, each with an interrupt line of its own: at most %u",
                     line + device->queues, K_LINES_MAX);
            return 1;
        }
        if (device->queues != 0 && take_device(slice, i, line, error, error_bytes) != 0)
            return 1;
        line += device->queues;
    }
    return 0;
}

static int take_instance(struct sim_slice *slice, char *error, size_t error_bytes)
{
    const struct sim_plan *plan = slice->options.plan;
    struct sim_options options = {
        .machine = slice->options.machine,
        .cpus = slice->options.cpus,
        .host_cpus = slice->options.host_cpus,
        .seed = slice->options.seed,
        .flags = sim_machine_find(slice->options.machine)->dear_clock ? 0 : K_CONFIG_ACCOUNT_TIME,
        .kernel = slice->options.kernel,
        .argument = slice,
    };
    const struct sim_instance_extra extra = {.costs = slice->options.costs,
                                             .log = slice->options.log};
    for (uint32_t i = 0; i < plan->process_count; i++)
        if (plan->processes[i].body != 0)
            options.stack_bytes = SIM_SCRIPT_STACK_BYTES;
    slice->instance = sim_instance_create_with(&options, &extra, error, error_bytes);
    if (slice->instance == NULL)
        return 1;
    sim_window_init(&slice->window, sim_instance_kernel(slice->instance),
                    &sim_instance_machine(slice->instance)->base, slice->groups,
                    plan->process_count, slice->recorder_count);
    if (slice->recorder_count == 0)
        atomic_init(&slice->window.clients, atomic_load(&slice->unfinished));
    slice->window.operations = count_operations;
    slice->window.opened_requested = slice->requested;
    slice->window.closed_requested = slice->requested + plan->process_count;
    slice->window.argument = slice;
    return 0;
}

struct sim_slice *sim_slice_create(const struct sim_slice_options *options, char *error,
                                   size_t error_bytes)
{
    struct sim_slice *slice = calloc(1, sizeof *slice);
    if (slice == NULL) {
        snprintf(error, error_bytes, "the host has no memory left for a run");
        return NULL;
    }
    slice->options = *options;
    slice->control.ops = options->ops;
    slice->control.warmup_ops = options->warmup_ops;
    slice->control.warmup_ns = options->warmup_ns;
    slice->control.measure_ns = options->measure_ns;
    atomic_init(&slice->control.released, SLIP_NEVER);
    pthread_mutex_init(&slice->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&slice->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (take_tables(slice) != 0) {
        snprintf(error, error_bytes, "the host has no memory left for %u simulated threads",
                 slice->thread_count);
        sim_slice_destroy(slice);
        return NULL;
    }
    fill_tables(slice);
    if (take_instance(slice, error, error_bytes) != 0 ||
        take_devices(slice, error, error_bytes) != 0) {
        sim_slice_destroy(slice);
        return NULL;
    }
    return slice;
}

static void drop_machine(struct sim_slice *slice)
{
    /* A device waits for what the host still does, so it goes before the memory that it may write
     * to. */
    for (uint32_t i = 0; slice->devices != NULL && i < slice->options.plan->device_count; i++)
        if (slice->devices[i].device != NULL) {
            slice->devices[i].device->kind->destroy(slice->devices[i].device);
            slice->devices[i].device = NULL;
        }
    if (slice->instance != NULL)
        sim_instance_destroy(slice->instance);
    slice->instance = NULL;
}

void sim_slice_destroy(struct sim_slice *slice)
{
    if (slice == NULL)
        return;
    drop_machine(slice);
    if (slice->recorders != NULL)
        munmap(slice->recorders, slice->recorder_count * sizeof *slice->recorders);
    free(slice->processes);
    free(slice->threads);
    free(slice->groups);
    free(slice->requested);
    free(slice->devices);
    free(slice->endpoints);
    free(slice->ready);
    free(slice->handles);
    free(slice->links);
    pthread_cond_destroy(&slice->changed);
    pthread_mutex_destroy(&slice->lock);
    free(slice);
}

/* ---- running --------------------------------------------------------------------------------- */

static void *host_main(void *argument)
{
    struct sim_slice *slice = argument;
    slice->outcome =
        sim_instance_run(slice->instance, sim_slice_root, slice->error, sizeof slice->error);
    pthread_mutex_lock(&slice->lock);
    slice->ended = 1;
    pthread_cond_signal(&slice->changed);
    pthread_mutex_unlock(&slice->lock);
    return NULL;
}

int sim_slice_start(struct sim_slice *slice, char *error, size_t error_bytes)
{
    int failed = pthread_create(&slice->host, NULL, host_main, slice);
    if (failed != 0)
        snprintf(error, error_bytes, "the host starts no thread for a run: %s", strerror(failed));
    return failed != 0;
}

int sim_slice_watch(struct sim_slice *slice, slip_time_t wait_ns)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    uint64_t ns = (uint64_t)until.tv_nsec + wait_ns;
    until.tv_sec += (time_t)(ns / 1000000000);
    until.tv_nsec = (long)(ns % 1000000000);
    pthread_mutex_lock(&slice->lock);
    while (!slice->ended &&
           pthread_cond_timedwait(&slice->changed, &slice->lock, &until) != ETIMEDOUT)
        ;
    int ended = slice->ended;
    pthread_mutex_unlock(&slice->lock);
    return ended;
}

uint64_t sim_slice_work(struct sim_slice *slice)
{
    uint64_t work = 0;
    for (uint32_t i = 0; i < slice->thread_count; i++) {
        const struct sim_slice_thread *thread = &slice->threads[i];
        if (atomic_load_explicit(&thread->ready, memory_order_acquire))
            work += 1 + __atomic_load_n(&thread->party.completed, __ATOMIC_RELAXED);
    }
    if (slice->options.design == NULL) {
        struct k_counters counters;
        k_kernel_counters(sim_instance_kernel(slice->instance), &counters);
        work += counters.requests + counters.messages + counters.completions;
    }
    return work;
}

void sim_slice_stop(struct sim_slice *slice)
{
    slice->stopped = 1;
    atomic_store(&slice->control.stop, 1);
}

void sim_slice_kill(struct sim_slice *slice)
{
    slice->stopped = 1;
    sim_instance_stop(slice->instance);
}

void sim_slice_join(struct sim_slice *slice)
{
    pthread_join(slice->host, NULL);
    sim_instance_counters(slice->instance, &slice->counters);
}

const struct sim_bills *sim_slice_bills(const struct sim_slice *slice)
{
    struct sim_machine *machine = sim_instance_machine(slice->instance);
    return machine->kind->bills == NULL ? NULL : machine->kind->bills(machine);
}

/* ---- what it found --------------------------------------------------------------------------- */

uint64_t sim_slice_measured(const struct sim_slice *slice)
{
    uint64_t measured = 0;
    for (uint32_t i = 0; i < slice->recorder_count; i++)
        measured += slice->recorders[i].measured;
    if (slice->recorder_count == 0)
        measured = slice->window.closed_completed - slice->window.opened_completed;
    return measured;
}

double sim_slice_rate(const struct sim_slice *slice)
{
    uint64_t measured = sim_slice_measured(slice), in_time = 0;
    slip_time_t first = UINT64_MAX, last = 0;
    for (uint32_t i = 0; i < slice->recorder_count; i++) {
        const struct sim_recorder *recorder = &slice->recorders[i];
        in_time += recorder->in_time;
        if (recorder->measured == 0)
            continue;
        if (recorder->first < first)
            first = recorder->first;
        if (recorder->last > last)
            last = recorder->last;
    }
    if (slice->recorder_count == 0) {
        first = slice->window.opened_at;
        last = slice->window.closed_at;
    }
    if (measured == 0 || last <= first)
        return NAN;
    /* By time, what is completed while the last operations drain is left out. */
    if (slice->control.measure_ns != 0 && in_time != 0 && !slice->stopped)
        return (double)in_time * 1e9 / (double)slice->control.measure_ns;
    /* What the warm-up had in flight is part of what was done meanwhile. */
    if (in_time > measured)
        measured = in_time;
    return (double)measured * 1e9 / (double)(last - first);
}
