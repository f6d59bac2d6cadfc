#define _GNU_SOURCE
#include "sim/machine/cores.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include "sim/machine/fault.h"
#include "sim/machine/futex.h"
#include "sim/space.h"

#define HOST_STACK_BYTES ((size_t)512 << 10)
#define IDLE_SPIN_NS 50000U /* about what a sleep and a wake across CPUs cost together */

#define GO 1U
#define LEAVE 2U

/* ---- contexts ------------------------------------------------------------------------------ */

static slip_status_t cores_context_init(void *context, struct slip_context *saved,
                                        const struct slip_context_start *start, uint64_t *area)
{
    struct cores_machine *machine = context;
    pthread_mutex_lock(&machine->lock);
    slip_status_t status = sim_fiber_create(&machine->real.machine, &machine->fibers,
                                            sizeof(struct sim_fiber), start, saved, area);
    pthread_mutex_unlock(&machine->lock);
    return status;
}

static void drop_fiber(struct cores_machine *machine, struct sim_fiber *fiber)
{
    pthread_mutex_lock(&machine->lock);
    sim_fiber_destroy(&machine->fibers, fiber);
    pthread_mutex_unlock(&machine->lock);
}

static void cores_context_fini(void *context, struct slip_context *saved)
{
    struct cores_machine *machine = context;
    struct sim_fiber *fiber = saved->state[0];
    saved->state[0] = NULL;
    if (fiber != NULL && !fiber->boot)
        drop_fiber(machine, fiber);
}

static void cores_context_switch(void *context, struct slip_context *from, struct slip_context *to,
                                 struct slip_space *space)
{
    struct sim_fiber *self = from->state[0], *next = to->state[0];
    (void)context;
    (void)space; /* all of them are in the one address space of the host */
    next->flow.cpu = self->flow.cpu;
    sim_flow_now = &next->flow;
    sim_context_switch(&self->context, &next->context);
}

/* A kernel that is destroyed in the middle of its life may drop a space before its threads. */
static void cores_space_destroy(void *context, struct slip_space *space)
{
    struct cores_machine *machine = context;
    struct sim_space *gone = sim_space_of(space);
    if (atomic_load_explicit(&gone->stacks, memory_order_relaxed) != 0) {
        pthread_mutex_lock(&machine->lock);
        sim_fibers_leave(machine->fibers, gone);
        pthread_mutex_unlock(&machine->lock);
    }
    sim_common_space_destroy(context, space);
}

static const struct slip_machine_ops cores_ops = {
    .version = SLIP_MACHINE_VERSION,
    .size = sizeof(struct slip_machine_ops),
    SIM_COMMON_OPS,
    SIM_REAL_OPS,
    .watch = sim_real_watch,
    .context_init = cores_context_init,
    .context_fini = cores_context_fini,
    .context_switch = cores_context_switch,
    .space_destroy = cores_space_destroy,
};

/* ---- the host's threads -------------------------------------------------------------------- */

static struct cores_cpu *cpu_of(const struct sim_flow *flow)
{
    return (struct cores_cpu *)flow->cpu;
}

/* Out of whatever flow this is, to where the host's thread began. */
static void leave(struct sim_real *machine, struct sim_flow *flow)
{
    (void)machine;
    struct cores_cpu *cpu = cpu_of(flow);
    sim_flow_now = NULL;
    sim_context_switch(&((struct sim_fiber *)flow)->context, &cpu->host);
}

static void run_cpu(void *argument)
{
    struct sim_fiber *boot = argument;
    struct sim_real *machine = (struct sim_real *)boot->flow.machine;
    sim_cpu_run(&machine->machine, boot->flow.cpu);
    sim_real_cpu_over(machine);
    leave(machine, &boot->flow);
}

/* Not inlined: a thread-local is set on one side of the switch only. */
static __attribute__((noinline)) void enter(struct cores_cpu *cpu)
{
    sim_flow_now = &cpu->boot.flow;
    sim_context_switch(&cpu->host, &cpu->boot.context);
}

static void *host_main(void *argument)
{
    struct cores_cpu *cpu = argument;
    struct cores_machine *machine = (struct cores_machine *)cpu->boot.flow.machine;
    prctl(PR_SET_TIMERSLACK, 1UL); /* else each armed time comes 50 us late */
    /* release() wakes; what was set up before it is seen here. */
    while (atomic_load_explicit(&machine->go, memory_order_acquire) == 0)
        sim_futex_wait(&machine->go, 0, NULL);
    if (atomic_load_explicit(&machine->go, memory_order_acquire) == LEAVE)
        return NULL;
    struct sim_fault_stack fault_stack;
    sim_fault_stack_take(&fault_stack);
    sim_context_adopt(&cpu->host);
    enter(cpu);
    sim_fault_stack_give(&fault_stack);
    return NULL;
}

static void release(struct cores_machine *machine, unsigned what)
{
    atomic_store_explicit(&machine->go, what, memory_order_release);
    sim_futex_wake(&machine->go, INT32_MAX);
}

static void join_all(struct cores_machine *machine)
{
    for (uint32_t i = 0; i < machine->real.machine.cpus; i++) {
        if (machine->cpus[i].started)
            pthread_join(machine->cpus[i].thread, NULL);
        machine->cpus[i].started = 0;
    }
}

/* ---- making one ---------------------------------------------------------------------------- */

static int start_host(struct cores_cpu *cpu)
{
    pthread_attr_t attr;
    sigset_t before;
    char name[16];
    int failed = pthread_attr_init(&attr);
    if (failed)
        return failed;
    pthread_attr_setstacksize(&attr, HOST_STACK_BYTES);
    sim_real_block_signals(&before);
    failed = pthread_create(&cpu->thread, &attr, host_main, cpu);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    if (failed)
        return failed;
    cpu->started = 1;
    snprintf(name, sizeof name, "cpu %u", cpu->real.cpu.index);
    pthread_setname_np(cpu->thread, name);
    if (sim_real_pin(cpu->thread, cpu->real.host_cpu) != 0)
        cpu->real.host_cpu = -1;
    return 0;
}

static void cores_destroy(struct sim_machine *context)
{
    struct cores_machine *machine = (struct cores_machine *)context;
    release(machine, LEAVE);
    join_all(machine);
    while (machine->fibers != NULL)
        drop_fiber(machine, machine->fibers);
    for (uint32_t i = 0; i < context->cpus; i++)
        sim_fiber_unboot(&machine->cpus[i].boot);
    pthread_mutex_destroy(&machine->lock);
    sim_real_fini(&machine->real);
    free(machine);
}

static struct cores_machine *make_machine(uint32_t cpus)
{
    struct cores_machine *machine = calloc(1, sizeof *machine);
    if (machine == NULL)
        return NULL;
    machine->cpus =
        sim_real_init(&machine->real, &sim_machine_cores, &cores_ops, cpus, sizeof *machine->cpus);
    if (machine->cpus == NULL) {
        free(machine);
        return NULL;
    }
    machine->real.idle_spin_ns = IDLE_SPIN_NS;
    machine->real.leave = leave;
    pthread_mutex_init(&machine->lock, NULL);
    return machine;
}

static int start_cpu(struct cores_machine *machine, uint32_t index, char *error, size_t error_bytes)
{
    struct cores_cpu *cpu = &machine->cpus[index];
    if (sim_fiber_boot(&cpu->boot, &machine->real.machine, &cpu->real.cpu, run_cpu) != 0) {
        snprintf(error, error_bytes, "machine cores: the host has no memory for CPU %u of %u",
                 index, machine->real.machine.cpus);
        return -1;
    }
    int status = start_host(cpu);
    if (status != 0)
        snprintf(error, error_bytes,
                 "machine cores: the host gives no thread for CPU %u of %u (%s)", index,
                 machine->real.machine.cpus, strerror(status));
    return status;
}

static struct sim_machine *cores_create(const struct sim_machine_options *options, char *error,
                                        size_t error_bytes)
{
    struct cores_machine *machine = make_machine(options->cpus);
    int made = machine != NULL && machine->real.machine.memory != NULL;
    if (!made)
        snprintf(error, error_bytes, "machine cores: the host has no memory for it");
    else
        made = sim_real_place(&machine->real, options->host_cpus, error, error_bytes) == 0;
    for (uint32_t i = 0; made && i < options->cpus; i++)
        made = start_cpu(machine, i, error, error_bytes) == 0;
    if (made)
        return &machine->real.machine;
    if (machine != NULL)
        cores_destroy(&machine->real.machine);
    return NULL;
}

static int cores_run(struct sim_machine *context, struct k_kernel *kernel)
{
    struct cores_machine *machine = (struct cores_machine *)context;
    sim_real_begin(&machine->real, kernel);
    release(machine, GO);
    int hung = sim_real_wait(&machine->real);
    join_all(machine);
    return hung;
}

const struct sim_machine_kind sim_machine_cores = {
    .name = "cores",
    .about = "a simulated CPU is a pinned thread of the host; real time, at full speed",
    .exact_time = 0,
    .dear_clock = 1,
    .takes_host_cpus = 1,
    .create = cores_create,
    .destroy = cores_destroy,
    .run = cores_run,
    .post = sim_real_post,
    .expect = sim_real_expect,
};
