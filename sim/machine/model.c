#include "sim/machine/model.h"

#include <stdio.h>
#include <stdlib.h>
#include "sim/memory.h"
#include "sim/space.h"

static uint32_t model_cpu_current(void *context)
{
    const struct model_machine *machine = context;
    return machine->inside ? machine->current : 0;
}

/* ---- contexts ------------------------------------------------------------------------------ */

static slip_status_t model_context_init(void *context, struct slip_context *saved,
                                        const struct slip_context_start *start, uint64_t *area)
{
    struct model_machine *machine = context;
    return sim_fiber_create(&machine->machine, &machine->fibers, sizeof(struct model_flow), start,
                            saved, area);
}

static void drop_fiber(struct model_machine *machine, struct sim_fiber *fiber)
{
    model_flow_gone(machine, (struct model_flow *)fiber);
    sim_fiber_destroy(&machine->fibers, fiber);
}

static void model_context_fini(void *context, struct slip_context *saved)
{
    struct model_machine *machine = context;
    struct sim_fiber *fiber = saved->state[0];
    saved->state[0] = NULL;
    if (fiber != NULL && !fiber->boot)
        drop_fiber(machine, fiber);
}

static void model_context_switch(void *context, struct slip_context *from, struct slip_context *to,
                                 struct slip_space *space)
{
    struct model_machine *machine = context;
    struct model_flow *self = from->state[0], *next = to->state[0];
    struct model_cpu *cpu = model_now(machine);
    (void)space;           /* all of them are in the one address space of the host */
    if (!next->fiber.boot) /* a boot context only looks for what runs next */
        model_pay(machine, cpu, next);
    next->fiber.flow.cpu = &cpu->cpu;
    cpu->flow = next;
    model_jump(&self->fiber.context, next);
}

/* A kernel that is destroyed in the middle of its life may drop a space before its threads. */
static void model_space_destroy(void *context, struct slip_space *space)
{
    struct model_machine *machine = context;
    struct sim_space *gone = sim_space_of(space);
    if (atomic_load_explicit(&gone->stacks, memory_order_relaxed) != 0)
        sim_fibers_leave(machine->fibers, gone);
    sim_common_space_destroy(context, space);
}

static const struct slip_machine_ops model_ops = {
    .version = SLIP_MACHINE_VERSION,
    .size = sizeof(struct slip_machine_ops),
    SIM_COMMON_OPS,
    .cpu_current = model_cpu_current,
    .now = model_clock,
    .timer_arm = model_timer_arm,
    .context_init = model_context_init,
    .context_fini = model_context_fini,
    .context_switch = model_context_switch,
    .idle = model_idle,
    .kick = model_kick,
    .relax = model_relax,
    .space_destroy = model_space_destroy,
    .compute = model_compute,
    .charge = model_charge,
    .line = model_line,
    .lock_wait = model_lock_wait,
    .lock_pass = model_lock_pass,
    .trace = model_trace,
};

/* ---- making one ---------------------------------------------------------------------------- */

static void run_cpu(void *argument)
{
    struct sim_fiber *boot = argument;
    struct model_machine *machine = (struct model_machine *)boot->flow.machine;
    sim_cpu_run(&machine->machine, boot->flow.cpu);
    model_stopped(machine);
}

static int make_cpu(struct model_machine *machine, uint32_t index)
{
    struct model_cpu *cpu = &machine->cpus[index];
    sim_cpu_init(&cpu->cpu, index);
    cpu->kick_at = MODEL_NEVER;
    cpu->where = sim_shape_place(&machine->costs->shape, machine->machine.cpus, index);
    if (sim_fiber_boot(&cpu->boot.fiber, &machine->machine, &cpu->cpu, run_cpu) != 0)
        return -1;
    cpu->flow = &cpu->boot;
    cpu->state = MODEL_RUNNING;
    return 0;
}

static void model_destroy(struct sim_machine *context)
{
    struct model_machine *machine = (struct model_machine *)context;
    while (machine->fibers != NULL)
        drop_fiber(machine, machine->fibers);
    for (uint32_t i = 0; machine->cpus != NULL && i < machine->machine.cpus; i++) {
        free(machine->cpus[i].arrivals);
        sim_fiber_unboot(&machine->cpus[i].boot.fiber);
    }
    if (machine->machine.memory != NULL)
        sim_memory_destroy(machine->machine.memory);
    model_bill_fini(machine);
    free(machine->heap);
    free(machine->places);
    free(machine->cpus);
    free(machine);
}

static void fill_costs(struct model_machine *machine, const struct sim_kernel_options *kernel)
{
    const struct sim_costs *costs = machine->costs;
    for (uint32_t i = 0; i < SLIP_COST_COUNT; i++)
        machine->kernel_ps[i] = costs->kernel[i].ps;
    for (uint32_t i = 0; i < SIM_COST_COUNT; i++)
        machine->machine_ps[i] = costs->machine[i].ps;
    if (kernel->isolation) {
        uint64_t both = costs->machine[SIM_COST_isolation].ps;
        machine->gate_ps[SLIP_COST_exit] = both / 2;
        machine->gate_ps[SLIP_COST_entry] = both - both / 2;
    }
    if (kernel->idle_exit_ps >= 0)
        machine->kernel_ps[SLIP_COST_idle_exit] = (uint64_t)kernel->idle_exit_ps;
    machine->poll = (kernel->flags & K_CONFIG_IDLE_POLL) != 0;
}

static int fill_machine(struct model_machine *machine, const struct sim_machine_options *options)
{
    machine->machine = (struct sim_machine){
        .base = {.context = machine, .ops = &model_ops, .modelled = 1},
        .kind = &sim_machine_model,
        .memory = sim_memory_create(),
        .poll = model_trap,
        .cpus = options->cpus,
    };
    machine->costs = options->costs;
    machine->log = options->log;
    machine->hash = options->seed;
    fill_costs(machine, options->kernel);
    machine->cpus = calloc(options->cpus, sizeof *machine->cpus);
    if (machine->machine.memory == NULL || machine->cpus == NULL || model_heap_init(machine) != 0)
        return -1;
    for (uint32_t i = 0; i < options->cpus; i++)
        if (make_cpu(machine, i) != 0)
            return -1;
    return 0;
}

static struct sim_machine *model_create(const struct sim_machine_options *options, char *error,
                                        size_t error_bytes)
{
    if (options->kernel->isolation && options->costs->machine[SIM_COST_isolation].value == NULL) {
        snprintf(error, error_bytes,
                 "kernel option isolation=on: the costs %s have none for 'isolation'",
                 options->costs->name);
        return NULL;
    }
    struct model_machine *machine = calloc(1, sizeof *machine);
    if (machine != NULL && fill_machine(machine, options) == 0)
        return &machine->machine;
    snprintf(error, error_bytes, "machine model: the host has no memory for %u CPUs",
             options->cpus);
    if (machine != NULL)
        model_destroy(&machine->machine);
    return NULL;
}

static int model_run(struct sim_machine *context, struct k_kernel *kernel)
{
    struct model_machine *machine = (struct model_machine *)context;
    machine->machine.kernel = kernel;
    machine->outer = sim_flow_now;
    machine->inside = 1;
    machine->current = 0;
    machine->here = machine->cpus;
    sim_context_adopt(&machine->host);
    model_jump(&machine->host, machine->cpus[0].flow);
    machine->inside = 0;
    machine->here = NULL;
    return machine->ended;
}

static void model_name(struct sim_machine *context, uint64_t number, const char *text)
{
    sim_name_add(&((struct model_machine *)context)->names, number, text);
}

static const char *model_why(const struct sim_machine *context)
{
    return ((const struct model_machine *)context)->why;
}

const struct sim_machine_kind sim_machine_model = {
    .name = "model",
    .about = "all CPUs on one host thread, simulated time from a cost file; deterministic",
    .exact_time = 1,
    .create = model_create,
    .destroy = model_destroy,
    .run = model_run,
    .post = model_post,
    .expect = model_expect,
    .post_at = model_post_at,
    .bills = model_bills,
    .why = model_why,
    .activity = &model_activity,
    .name_object = model_name,
};
