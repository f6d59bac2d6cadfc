#include "sim/machine/scripted.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/memory.h"
#include "sim/space.h"

#define CHOICE_CPUS_MAX 64U
#define STICKINESS_KINDS 6U

static uint32_t scripted_cpu_current(void *context)
{
    const struct scripted_machine *machine = context;
    return machine->inside ? machine->current : 0;
}

static slip_time_t scripted_now(void *context)
{
    const struct scripted_machine *machine = context;
    return machine->clock;
}

static void scripted_timer_arm(void *context, uint32_t cpu, slip_time_t deadline)
{
    struct scripted_machine *machine = context;
    atomic_store_explicit(&machine->cpus[cpu].cpu.deadline, deadline, memory_order_relaxed);
}

/* ---- contexts ------------------------------------------------------------------------------ */

static slip_status_t scripted_context_init(void *context, struct slip_context *saved,
                                           const struct slip_context_start *start, uint64_t *area)
{
    struct scripted_machine *machine = context;
    return sim_fiber_create(&machine->machine, &machine->fibers, sizeof(struct sim_fiber), start,
                            saved, area);
}

static void scripted_context_fini(void *context, struct slip_context *saved)
{
    struct scripted_machine *machine = context;
    struct sim_fiber *fiber = saved->state[0];
    saved->state[0] = NULL;
    if (fiber != NULL && !fiber->boot)
        sim_fiber_destroy(&machine->fibers, fiber);
}

static void scripted_context_switch(void *context, struct slip_context *from,
                                    struct slip_context *to, struct slip_space *space)
{
    struct scripted_machine *machine = context;
    struct sim_fiber *self = from->state[0], *next = to->state[0];
    struct scripted_cpu *cpu = &machine->cpus[machine->current];
    (void)space; /* all of them are in the one address space of the host */
    next->flow.cpu = &cpu->cpu;
    cpu->flow = next;
    scripted_jump(&self->context, next);
}

/* A kernel that is destroyed in the middle of its life may drop a space before its threads. */
static void scripted_space_destroy(void *context, struct slip_space *space)
{
    struct scripted_machine *machine = context;
    struct sim_space *gone = sim_space_of(space);
    if (atomic_load_explicit(&gone->stacks, memory_order_relaxed) != 0)
        sim_fibers_leave(machine->fibers, gone);
    sim_common_space_destroy(context, space);
}

static const struct slip_machine_ops scripted_ops = {
    .version = SLIP_MACHINE_VERSION,
    .size = sizeof(struct slip_machine_ops),
    SIM_COMMON_OPS,
    .cpu_current = scripted_cpu_current,
    .now = scripted_now,
    .timer_arm = scripted_timer_arm,
    .context_init = scripted_context_init,
    .context_fini = scripted_context_fini,
    .context_switch = scripted_context_switch,
    .idle = scripted_idle,
    .watch = scripted_watch,
    .kick = scripted_kick,
    .relax = scripted_relax,
    .space_destroy = scripted_space_destroy,
    .compute = scripted_compute,
    .charge = scripted_charge,
    .line = scripted_line,
    .lock_wait = scripted_lock_wait,
    .lock_pass = scripted_lock_pass,
    .trace = scripted_trace,
};

/* ---- making one ---------------------------------------------------------------------------- */

static void run_cpu(void *argument)
{
    struct sim_fiber *boot = argument;
    struct scripted_machine *machine = (struct scripted_machine *)boot->flow.machine;
    sim_cpu_run(&machine->machine, boot->flow.cpu);
    scripted_stopped(machine);
}

static int make_cpu(struct scripted_machine *machine, uint32_t index)
{
    struct scripted_cpu *cpu = &machine->cpus[index];
    sim_cpu_init(&cpu->cpu, index);
    if (sim_fiber_boot(&cpu->boot, &machine->machine, &cpu->cpu, run_cpu) != 0)
        return -1;
    cpu->flow = &cpu->boot;
    cpu->state = SCRIPTED_RUNNING;
    cpu->place = index;
    machine->running.cpu[machine->running.count++] = index;
    return 0;
}

static void scripted_destroy(struct sim_machine *context)
{
    struct scripted_machine *machine = (struct scripted_machine *)context;
    while (machine->fibers != NULL)
        sim_fiber_destroy(&machine->fibers, machine->fibers);
    for (uint32_t i = 0; machine->cpus != NULL && i < machine->machine.cpus; i++)
        sim_fiber_unboot(&machine->cpus[i].boot);
    if (machine->machine.memory != NULL)
        sim_memory_destroy(machine->machine.memory);
    free(machine->running.cpu);
    free(machine->relaxed.cpu);
    free(machine->cpus);
    free(machine);
}

static int fill_machine(struct scripted_machine *machine, const struct sim_machine_options *options)
{
    uint32_t cpus = options->cpus;
    machine->machine = (struct sim_machine){
        .base = {.context = machine, .ops = &scripted_ops, .modelled = 1},
        .kind = &sim_machine_scripted,
        .memory = sim_memory_create(),
        .cpus = cpus,
    };
    machine->choice = options->choice;
    machine->random = options->seed;
    machine->stickiness = (uint32_t)(options->seed % STICKINESS_KINDS);
    machine->next_due = SLIP_NEVER;
    machine->cpus = calloc(cpus, sizeof *machine->cpus);
    machine->running.cpu = calloc(cpus, sizeof *machine->running.cpu);
    machine->relaxed.cpu = calloc(cpus, sizeof *machine->relaxed.cpu);
    if (machine->machine.memory == NULL || machine->cpus == NULL || machine->running.cpu == NULL ||
        machine->relaxed.cpu == NULL)
        return -1;
    for (uint32_t i = 0; i < cpus; i++)
        if (make_cpu(machine, i) != 0)
            return -1;
    return 0;
}

static struct sim_machine *scripted_create(const struct sim_machine_options *options, char *error,
                                           size_t error_bytes)
{
    if (options->choice != NULL && options->cpus > CHOICE_CPUS_MAX) {
        snprintf(error, error_bytes,
                 "machine scripted: %u CPUs, but a choice picks from a set of at most %u",
                 options->cpus, CHOICE_CPUS_MAX);
        return NULL;
    }
    struct scripted_machine *machine = calloc(1, sizeof *machine);
    if (machine != NULL && fill_machine(machine, options) == 0)
        return &machine->machine;
    snprintf(error, error_bytes, "machine scripted: the host has no memory for it");
    if (machine != NULL)
        scripted_destroy(&machine->machine);
    return NULL;
}

static int scripted_run(struct sim_machine *context, struct k_kernel *kernel)
{
    struct scripted_machine *machine = (struct scripted_machine *)context;
    machine->machine.kernel = kernel;
    machine->outer = sim_flow_now;
    machine->inside = 1;
    machine->current = 0;
    sim_context_adopt(&machine->host);
    scripted_jump(&machine->host, machine->cpus[0].flow);
    machine->inside = 0;
    return machine->hung;
}

const struct sim_machine_kind sim_machine_scripted = {
    .name = "scripted",
    .about =
        "all CPUs on one host thread; a list, a seed or a test picks who goes on; logical time",
    .exact_time = 1,
    .create = scripted_create,
    .destroy = scripted_destroy,
    .run = scripted_run,
    .post = scripted_post,
    .expect = scripted_expect,
};
