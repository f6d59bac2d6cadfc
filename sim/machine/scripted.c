#include "sim/machine/scripted.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "sim/memory.h"
#include "sim/poison.h"
#include "sim/space.h"

#define BOOT_STACK_BYTES ((size_t)512 << 10)
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

static void run_thread(void *argument)
{
    struct scripted_flow *flow = argument;
    sim_start_run(&flow->start);
}

static void drop_flow(struct scripted_machine *machine, struct scripted_flow *flow)
{
    if (flow->last != NULL)
        flow->last->next = flow->next;
    else
        machine->flows = flow->next;
    if (flow->next != NULL)
        flow->next->last = flow->last;
    sim_context_drop(&flow->context);
    sim_stack_fini(&flow->stack);
    free(flow);
}

static slip_status_t scripted_context_init(void *context, struct slip_context *saved,
                                           const struct slip_context_start *start, uint64_t *area)
{
    struct scripted_machine *machine = context;
    *saved = (struct slip_context){0};
    if (start == NULL) { /* a CPU's boot context: the flow that calls */
        saved->state[0] = sim_flow_now;
        return SLIP_OK;
    }
    if (!sim_context_room())
        return SLIP_NO_QUOTA;
    struct scripted_flow *flow = calloc(1, sizeof *flow);
    if (flow == NULL)
        return SLIP_NO_QUOTA;
    flow->flow =
        (struct sim_flow){.machine = &machine->machine, .space = sim_space_of(start->space)};
    flow->start = *start;
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

static void scripted_context_fini(void *context, struct slip_context *saved)
{
    struct scripted_flow *flow = saved->state[0];
    saved->state[0] = NULL;
    if (flow != NULL && !flow->boot)
        drop_flow(context, flow);
}

static void scripted_context_switch(void *context, struct slip_context *from,
                                    struct slip_context *to, struct slip_space *space)
{
    struct scripted_machine *machine = context;
    struct scripted_flow *self = from->state[0], *next = to->state[0];
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
        for (struct scripted_flow *flow = machine->flows; flow != NULL; flow = flow->next)
            if (flow->flow.space == gone)
                sim_stack_fini(&flow->stack);
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
    struct scripted_flow *boot = argument;
    struct scripted_machine *machine = (struct scripted_machine *)boot->flow.machine;
    k_kernel_cpu_run(machine->machine.kernel, boot->flow.cpu->index);
    scripted_stopped(machine);
}

static int make_cpu(struct scripted_machine *machine, uint32_t index)
{
    struct scripted_cpu *cpu = &machine->cpus[index];
    sim_cpu_init(&cpu->cpu, index);
    cpu->boot_stack = mmap(NULL, BOOT_STACK_BYTES, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (cpu->boot_stack == MAP_FAILED) {
        cpu->boot_stack = NULL;
        return -1;
    }
    cpu->boot.flow = (struct sim_flow){.machine = &machine->machine, .cpu = &cpu->cpu};
    cpu->boot.boot = 1;
    sim_context_make(&cpu->boot.context, (uintptr_t)cpu->boot_stack, BOOT_STACK_BYTES, run_cpu,
                     &cpu->boot);
    cpu->flow = &cpu->boot;
    cpu->state = SCRIPTED_RUNNING;
    cpu->place = index;
    machine->running.cpu[machine->running.count++] = index;
    return 0;
}

static void scripted_destroy(struct sim_machine *context)
{
    struct scripted_machine *machine = (struct scripted_machine *)context;
    for (struct scripted_flow *flow = machine->flows, *next; flow != NULL; flow = next) {
        next = flow->next;
        drop_flow(machine, flow);
    }
    for (uint32_t i = 0; machine->cpus != NULL && i < machine->machine.cpus; i++) {
        struct scripted_cpu *cpu = &machine->cpus[i];
        if (cpu->boot_stack == NULL)
            continue;
        sim_context_drop(&cpu->boot.context);
        sim_unpoison((uintptr_t)cpu->boot_stack, BOOT_STACK_BYTES);
        munmap(cpu->boot_stack, BOOT_STACK_BYTES);
    }
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
