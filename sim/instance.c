#include "sim/instance.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/machine/fault.h"
#include "sim/machine/flow.h"
#include "sim/machine/host_cpus.h"
#include "sim/machine/image.h"
#include "sim/memory.h"
#include "sim/kernel_options.h"
#include "sim/machine/cost.h"

#define DEFAULT_MACHINE "threads"
#define WAITS_MAX 256U /* threads in calls that a message about a hang looks at */

struct sim_instance {
    struct sim_machine *machine; /* owns */
    struct k_kernel *kernel;     /* owns */
    void *argument;
    uint64_t quota;
    struct sim_costs *costs;           /* owns; NULL on machines without */
    struct sim_kernel_options options; /* of the kernel */
    slip_time_t elapsed;
    struct sim_inbox_item stop;
    atomic_int stopped; /* 1: the item was posted, and may be in an inbox for ever */
};

/* ---- text ---------------------------------------------------------------------------------- */

/* Where a message grows, cut at the end of its room. */
struct text {
    char *to;
    size_t room, used;
};

static void __attribute__((format(printf, 2, 3))) append(struct text *text, const char *format, ...)
{
    if (text->used + 1 >= text->room)
        return;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text->to + text->used, text->room - text->used, format, arguments);
    va_end(arguments);
    if (length > 0)
        text->used += (size_t)length;
    if (text->used >= text->room)
        text->used = text->room - 1;
}

static struct text text_in(char *to, size_t room)
{
    if (room > 0)
        to[0] = 0;
    return (struct text){.to = to, .room = room};
}

/* ---- making one ---------------------------------------------------------------------------- */

static const char *machine_name(const struct sim_options *options)
{
    return options->machine != NULL ? options->machine : DEFAULT_MACHINE;
}

/* The CPUs that there will be, or 0 and a message. */
static uint32_t count_cpus(const struct sim_options *options, char *error, size_t error_bytes)
{
    struct text text = text_in(error, error_bytes);
    uint32_t count = 0;
    if (options->host_cpus == NULL)
        return options->cpus != 0 ? options->cpus : 1;
    if (!sim_machine_find(machine_name(options))->takes_host_cpus) {
        append(&text,
               "host CPUs '%.100s': the machine %s does not choose by a list; there is: cores",
               options->host_cpus, machine_name(options));
        return 0;
    }
    int *cpus = sim_host_cpus_read(options->host_cpus, &count, error, error_bytes);
    free(cpus);
    if (cpus == NULL)
        return 0;
    if (options->cpus == 0 || options->cpus == count)
        return count;
    append(&text,
           "host CPUs '%.100s': there are %u simulated CPUs and %u in the list; accepted: as "
           "many",
           options->host_cpus, options->cpus, count);
    return 0;
}

int sim_options_check(const struct sim_options *options, char *error, size_t error_bytes)
{
    struct text text = text_in(error, error_bytes);
    uint32_t flags = K_CONFIG_ALL;
    if (sim_machine_find(machine_name(options)) == NULL) {
        append(&text, "machine: there is no '%s'; there are:", machine_name(options));
        for (uint32_t i = 0; sim_machine_nth(i) != NULL; i++)
            append(&text, " %s", sim_machine_nth(i)->name);
        return -1;
    }
    if (options->cpus > K_CPUS_MAX) {
        append(&text, "cpus: %u is too many; accepted: 1 to %u (0 is the default, 1)",
               options->cpus, K_CPUS_MAX);
        return -1;
    }
    if (count_cpus(options, error, error_bytes) == 0)
        return -1;
    if (options->flags & ~flags) {
        append(&text, "flags: %#x has bits that mean nothing; accepted: %#x", options->flags,
               flags);
        return -1;
    }
    if (options->stack_bytes != 0 && options->stack_bytes < K_STACK_BYTES_LEAST) {
        append(&text, "stack_bytes: %llu is too little; accepted: %u or more (0 is a default)",
               (unsigned long long)options->stack_bytes, K_STACK_BYTES_LEAST);
        return -1;
    }
    return 0;
}

static int make_kernel(struct sim_instance *instance, const struct sim_options *options,
                       char *error, size_t error_bytes)
{
    struct text text = text_in(error, error_bytes);
    struct k_config config = {.cpus = instance->machine->cpus,
                              .flags = options->flags | instance->options.flags,
                              .slice_ns = instance->options.slice_ns,
                              .quota = options->quota,
                              .stack_bytes = options->stack_bytes};
    slip_status_t status = k_kernel_create(&instance->machine->base, &config, &instance->kernel);
    if (status == SLIP_OK)
        return 0;
    append(&text, "the kernel cannot be made: %s (%s)", slip_status_text(status),
           slip_status_name(status));
    return -1;
}

/* Costs belong to machines that simulate time; kernel options to all, but for those that only such a
 * machine can act on. */
static int read_options(struct sim_instance *instance, const struct sim_machine_kind *kind,
                        const struct sim_options *options, const struct sim_instance_extra *extra,
                        char *error, size_t error_bytes)
{
    const char *text = options->kernel == NULL ? "" : options->kernel;
    if (sim_kernel_options_parse(text, &instance->options, error, error_bytes) != 0)
        return -1;
    if (kind->bills != NULL && extra->costs != NULL)
        return 0;
    if (kind->bills != NULL) {
        const char *name = options->costs == NULL ? SIM_COSTS_DEFAULT : options->costs;
        instance->costs = sim_costs_load(name, error, error_bytes);
        return instance->costs == NULL ? -1 : 0;
    }
    if (options->costs == NULL && !instance->options.isolation &&
        instance->options.idle_exit_ps < 0)
        return 0;
    snprintf(error, error_bytes,
             "machine %s: costs, and the kernel options isolation=on and idle=TIME, are for "
             "machines that simulate time; there is: model",
             kind->name);
    return -1;
}

/* One that is not finished, or has run. */
static void drop(struct sim_instance *instance)
{
    if (instance->kernel != NULL)
        k_kernel_destroy(instance->kernel);
    if (instance->machine != NULL)
        instance->machine->kind->destroy(instance->machine);
    if (instance->costs != NULL)
        sim_costs_free(instance->costs);
    free(instance);
}

struct sim_instance *sim_instance_create(const struct sim_options *options,
                                         const struct sim_choice *choice, char *error,
                                         size_t error_bytes)
{
    struct sim_instance_extra extra = {.choice = choice};
    return sim_instance_create_with(options, &extra, error, error_bytes);
}

struct sim_instance *sim_instance_create_with(const struct sim_options *options,
                                              const struct sim_instance_extra *extra, char *error,
                                              size_t error_bytes)
{
    struct text text = text_in(error, error_bytes);
    if (sim_options_check(options, error, error_bytes) != 0)
        return NULL;
    const struct sim_machine_kind *kind = sim_machine_find(machine_name(options));
    struct sim_instance *instance = calloc(1, sizeof *instance);
    if (instance == NULL) {
        append(&text, "the host has no memory");
        return NULL;
    }
    sim_image_refresh();
    instance->argument = options->argument;
    instance->quota = options->quota;
    if (read_options(instance, kind, options, extra, error, error_bytes) != 0) {
        drop(instance);
        return NULL;
    }
    struct sim_machine_options make = {.cpus = count_cpus(options, error, error_bytes),
                                       .seed = options->seed != 0 ? options->seed : 1,
                                       .costs =
                                           extra->costs != NULL ? extra->costs : instance->costs,
                                       .kernel = &instance->options,
                                       .log = extra->log,
                                       .choice = extra->choice,
                                       .host_cpus = options->host_cpus};
    instance->machine = kind->create(&make, error, error_bytes);
    if (instance->machine == NULL || make_kernel(instance, options, error, error_bytes) != 0) {
        drop(instance);
        return NULL;
    }
    instance->machine->instance = instance;
    instance->machine->kernel = instance->kernel;
    instance->machine->explains = getenv("SLIPWAY_EXPLAIN") != NULL;
    return instance;
}

void sim_instance_destroy(struct sim_instance *instance)
{
    if (instance != NULL)
        drop(instance);
}

/* ---- running ------------------------------------------------------------------------------- */

static void describe_thread(void *argument, const struct k_thread_info *thread)
{
    struct text *text = argument;
    append(text, "\n  process '%s' (%llu), thread %llu: %s", thread->process,
           (unsigned long long)thread->process_id, (unsigned long long)thread->id, thread->state);
    if (thread->object_id != 0)
        append(text, " on %s %llu", thread->object, (unsigned long long)thread->object_id);
    if (thread->holder_id != 0)
        append(text, ", held by thread %llu", (unsigned long long)thread->holder_id);
}

/* Who waits for whom, as far as calls tell. */
struct waits {
    uint64_t thread[WAITS_MAX], holder[WAITS_MAX];
    uint32_t count;
};

static void note_wait(void *argument, const struct k_thread_info *thread)
{
    struct waits *waits = argument;
    if (thread->holder_id == 0 || waits->count == WAITS_MAX)
        return;
    waits->thread[waits->count] = thread->id;
    waits->holder[waits->count++] = thread->holder_id;
}

static uint64_t holder_of(const struct waits *waits, uint64_t thread)
{
    for (uint32_t i = 0; i < waits->count; i++)
        if (waits->thread[i] == thread)
            return waits->holder[i];
    return 0;
}

/* Follows the calls from each thread: one that comes back to itself is in a cycle. */
static void describe_cycle(struct sim_instance *instance, struct text *text)
{
    struct waits waits = {.count = 0};
    k_kernel_each_thread(instance->kernel, note_wait, &waits);
    for (uint32_t i = 0; i < waits.count; i++) {
        uint64_t thread = waits.thread[i];
        for (uint32_t hops = 0; hops < waits.count && thread != 0; hops++) {
            thread = holder_of(&waits, thread);
            if (thread != waits.thread[i])
                continue;
            append(text, "\n  a cycle of calls: thread %llu", (unsigned long long)thread);
            do {
                thread = holder_of(&waits, thread);
                append(text, " waits for %llu", (unsigned long long)thread);
            } while (thread != waits.thread[i]);
            return;
        }
    }
}

static int report_hang(struct sim_instance *instance, struct text *text)
{
    const struct sim_machine *machine = instance->machine;
    const char *why = machine->kind->why == NULL ? "" : machine->kind->why(machine);
    if (why[0] != 0) {
        append(text, "%s", why);
        return 1;
    }
    append(text, "the run hangs: every thread waits, no timer is armed, and no device is at work");
    k_kernel_each_thread(instance->kernel, describe_thread, text);
    describe_cycle(instance, text);
    return 1;
}

static int run_guarded(struct sim_machine *machine, struct k_kernel *kernel)
{
    struct sim_fault_stack stack;
    sim_fault_begin();
    sim_fault_stack_take(&stack);
    int hung = machine->kind->run(machine, kernel);
    sim_fault_stack_give(&stack);
    sim_fault_end();
    return hung;
}

int sim_instance_run(struct sim_instance *instance, void (*root)(void), char *error,
                     size_t error_bytes)
{
    struct sim_machine *machine = instance->machine;
    struct text text = text_in(error, error_bytes);
    slip_status_t status = k_kernel_start(instance->kernel, "root", root, instance->quota);
    if (status != SLIP_OK) {
        append(&text, "the first process cannot be started: %s (%s)%s", slip_status_text(status),
               slip_status_name(status),
               status == SLIP_NO_QUOTA
                   ? "; or the host gives no memory, addresses or threads: see ulimit -v and -u"
                   : "");
        return 1;
    }
    slip_time_t begun = machine->base.ops->now(machine->base.context);
    int hung = run_guarded(machine, instance->kernel);
    instance->elapsed = machine->base.ops->now(machine->base.context) - begun;
    if (hung)
        return report_hang(instance, &text);
    const char *broken = k_kernel_check(instance->kernel);
    if (broken != NULL) {
        append(&text, "the kernel is broken after the run: %s", broken);
        return 1;
    }
    uint64_t leaks = k_kernel_leaks(instance->kernel);
    if (leaks != 0) {
        append(&text, "%llu kernel objects were not given back", (unsigned long long)leaks);
        return 1;
    }
    return 0;
}

static void stop_now(struct sim_inbox_item *item, struct k_kernel *kernel, uint32_t cpu)
{
    (void)item;
    k_kernel_kill_all(kernel, cpu);
}

void sim_instance_stop(struct sim_instance *instance)
{
    struct sim_machine *machine = instance->machine;
    if (atomic_exchange_explicit(&instance->stopped, 1, memory_order_relaxed))
        return;
    instance->stop.call = stop_now;
    machine->kind->post(machine, 0, &instance->stop);
}

/* ---- asking -------------------------------------------------------------------------------- */

struct k_kernel *sim_instance_kernel(struct sim_instance *instance)
{
    return instance->kernel;
}

struct sim_machine *sim_instance_machine(struct sim_instance *instance)
{
    return instance->machine;
}

void *sim_instance_argument(struct sim_instance *instance)
{
    return instance->argument;
}

void sim_instance_counters(struct sim_instance *instance, struct sim_counters *counters)
{
    *counters = (struct sim_counters){.elapsed = instance->elapsed};
    k_kernel_counters(instance->kernel, &counters->kernel);
    k_kernel_memory(instance->kernel, &counters->memory);
    counters->processes = atomic_load_explicit(
        &sim_memory_reserves(instance->machine->memory)->spaces_made, memory_order_relaxed);
    /* Of a run that hung, what is left in the kernel is no leak. */
    if (k_kernel_halted(instance->kernel))
        counters->leaks = k_kernel_leaks(instance->kernel);
}

__attribute__((noinline)) struct sim_instance *sim_instance_current(void)
{
    return sim_flow_now == NULL ? NULL : sim_flow_now->machine->instance;
}

void sim_name(slip_handle_t handle, const char *name)
{
    struct sim_machine *machine = sim_flow_of_thread("sim_name")->machine;
    if (machine->kind->name_object != NULL)
        machine->kind->name_object(machine, k_handle_number(machine->kernel, handle), name);
}
