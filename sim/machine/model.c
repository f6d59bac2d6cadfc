#include "sim/machine/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include "sim/memory.h"
#include "sim/poison.h"
#include "sim/space.h"

#define BOOT_STACK_BYTES ((size_t)64 << 10)
#define BOOT_STACK_SANITIZED_BYTES ((size_t)512 << 10)

static size_t boot_stack_bytes(void)
{
    return SIM_ADDRESS_SANITIZER || SIM_THREAD_SANITIZER ? BOOT_STACK_SANITIZED_BYTES
                                                         : BOOT_STACK_BYTES;
}

static uint32_t model_cpu_current(void *context)
{
    const struct model_machine *machine = context;
    return machine->inside ? machine->current : 0;
}

/* ---- contexts ------------------------------------------------------------------------------ */

static void run_thread(void *argument)
{
    struct model_flow *flow = argument;
    sim_start_run(&flow->start);
}

static void drop_flow(struct model_machine *machine, struct model_flow *flow)
{
    if (flow->last != NULL)
        flow->last->next = flow->next;
    else
        machine->flows = flow->next;
    if (flow->next != NULL)
        flow->next->last = flow->last;
    model_flow_gone(machine, flow);
    sim_context_drop(&flow->context);
    sim_stack_fini(&flow->stack);
    free(flow);
}

static struct model_flow *make_flow(struct model_machine *machine,
                                    const struct slip_context_start *start)
{
    struct model_flow *flow = calloc(1, sizeof *flow);
    if (flow == NULL)
        return NULL;
    flow->flow =
        (struct sim_flow){.machine = &machine->machine, .space = sim_space_of(start->space)};
    flow->start = *start;
    return flow;
}

static slip_status_t model_context_init(void *context, struct slip_context *saved,
                                        const struct slip_context_start *start, uint64_t *area)
{
    struct model_machine *machine = context;
    *saved = (struct slip_context){0};
    if (start == NULL) { /* a CPU's boot context: the flow that calls */
        saved->state[0] = sim_flow_now;
        return SLIP_OK;
    }
    if (!sim_context_room())
        return SLIP_NO_QUOTA;
    struct model_flow *flow = make_flow(machine, start);
    if (flow == NULL)
        return SLIP_NO_QUOTA;
    slip_status_t status = sim_stack_init(&flow->stack, flow->flow.space, start->stack_bytes);
    if (status != SLIP_OK) {
        free(flow);
        return status;
    }
    flow->flow.stack = &flow->stack;
    sim_context_make(&flow->context, flow->stack.usable_low, flow->stack.usable_bytes, run_thread,
                     flow);
    flow->next = machine->flows;
    if (flow->next != NULL)
        flow->next->last = flow;
    machine->flows = flow;
    *area = flow->stack.area;
    saved->state[0] = flow;
    return SLIP_OK;
}

static void model_context_fini(void *context, struct slip_context *saved)
{
    struct model_flow *flow = saved->state[0];
    saved->state[0] = NULL;
    if (flow != NULL && !flow->boot)
        drop_flow(context, flow);
}

static void model_context_switch(void *context, struct slip_context *from, struct slip_context *to,
                                 struct slip_space *space)
{
    struct model_machine *machine = context;
    struct model_flow *self = from->state[0], *next = to->state[0];
    struct model_cpu *cpu = model_now(machine);
    (void)space;     /* all of them are in the one address space of the host */
    if (!next->boot) /* a boot context only looks for what runs next */
        model_pay(machine, cpu, next);
    next->flow.cpu = &cpu->cpu;
    cpu->flow = next;
    model_jump(&self->context, next);
}

/* A kernel that is destroyed in the middle of its life may drop a space before its threads. */
static void model_space_destroy(void *context, struct slip_space *space)
{
    struct model_machine *machine = context;
    struct sim_space *gone = sim_space_of(space);
    if (atomic_load_explicit(&gone->stacks, memory_order_relaxed) != 0)
        for (struct model_flow *flow = machine->flows; flow != NULL; flow = flow->next)
            if (flow->flow.space == gone)
                sim_stack_fini(&flow->stack);
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
    struct model_flow *boot = argument;
    struct model_machine *machine = (struct model_machine *)boot->flow.machine;
    k_kernel_cpu_run(machine->machine.kernel, boot->flow.cpu->index);
    model_stopped(machine);
}

static int make_cpu(struct model_machine *machine, uint32_t index)
{
    struct model_cpu *cpu = &machine->cpus[index];
    sim_cpu_init(&cpu->cpu, index);
    cpu->kick_at = MODEL_NEVER;
    cpu->where = sim_shape_place(&machine->costs->shape, machine->machine.cpus, index);
    cpu->boot_stack = mmap(NULL, boot_stack_bytes(), PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (cpu->boot_stack == MAP_FAILED)
        cpu->boot_stack = NULL;
    if (cpu->boot_stack == NULL)
        return -1;
    cpu->boot.flow = (struct sim_flow){.machine = &machine->machine, .cpu = &cpu->cpu};
    cpu->boot.boot = 1;
    sim_context_make(&cpu->boot.context, (uintptr_t)cpu->boot_stack, boot_stack_bytes(), run_cpu,
                     &cpu->boot);
    cpu->flow = &cpu->boot;
    cpu->state = MODEL_RUNNING;
    return 0;
}

static void model_destroy(struct sim_machine *context)
{
    struct model_machine *machine = (struct model_machine *)context;
    while (machine->flows != NULL)
        drop_flow(machine, machine->flows);
    for (uint32_t i = 0; machine->cpus != NULL && i < machine->machine.cpus; i++) {
        struct model_cpu *cpu = &machine->cpus[i];
        free(cpu->arrivals);
        if (cpu->boot_stack == NULL)
            continue;
        sim_context_drop(&cpu->boot.context);
        sim_unpoison((uintptr_t)cpu->boot_stack, boot_stack_bytes());
        munmap(cpu->boot_stack, boot_stack_bytes());
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
