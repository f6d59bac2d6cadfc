#define _GNU_SOURCE
#include "sim/machine/threads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOOT_STACK_BYTES ((size_t)512 << 10)
#define IDLE_SPIN_NS 2000U /* below what a sleep and a wake cost together */
#define PARK_SPIN_NS 2000U /* only where the host does not let us pin */

static const struct slip_machine_ops threads_ops = {
    .version = SLIP_MACHINE_VERSION,
    .size = sizeof(struct slip_machine_ops),
    SIM_COMMON_OPS,
    SIM_REAL_OPS,
    .context_init = threads_context_init,
    .context_fini = threads_context_fini,
    .context_switch = threads_context_switch,
    .space_destroy = threads_space_destroy,
};

/* ---- making one ---------------------------------------------------------------------------- */

static void run_cpu(struct threads_flow *flow)
{
    struct sim_real *machine = (struct sim_real *)flow->flow.machine;
    sim_cpu_run(&machine->machine, flow->flow.cpu);
    sim_real_cpu_over(machine);
}

static void leave(struct sim_real *machine, struct sim_flow *flow)
{
    (void)machine;
    threads_flow_leave((struct threads_flow *)flow);
}

static int start_cpu(struct threads_machine *machine, uint32_t index)
{
    struct threads_cpu *cpu = &machine->cpus[index];
    struct threads_flow *boot = &cpu->boot;
    pthread_attr_t attr;
    boot->flow = (struct sim_flow){.machine = &machine->real.machine, .cpu = &cpu->real.cpu};
    boot->body = run_cpu;
    snprintf(boot->name, sizeof boot->name, "cpu %u", index);
    int failed = pthread_attr_init(&attr);
    if (failed)
        return failed;
    pthread_attr_setstacksize(&attr, BOOT_STACK_BYTES);
    failed = threads_flow_start(boot, &attr);
    pthread_attr_destroy(&attr);
    if (!failed && threads_flow_pin(boot, cpu->real.host_cpu) != 0) {
        cpu->real.host_cpu = -1;
        machine->spin_ns = cpu->real.shared ? 0 : PARK_SPIN_NS;
    }
    return failed;
}

static void threads_destroy(struct sim_machine *context)
{
    struct threads_machine *machine = (struct threads_machine *)context;
    for (uint32_t i = 0; i < context->cpus; i++)
        threads_flow_end(&machine->cpus[i].boot);
    while (machine->flows != NULL) {
        struct slip_context left = {.state = {machine->flows}};
        threads_context_fini(machine, &left);
    }
    pthread_mutex_destroy(&machine->lock);
    sim_real_fini(&machine->real);
    free(machine);
}

static struct threads_machine *make_machine(uint32_t cpus)
{
    struct threads_machine *machine = calloc(1, sizeof *machine);
    if (machine == NULL)
        return NULL;
    machine->cpus = sim_real_init(&machine->real, &sim_machine_threads, &threads_ops, cpus,
                                  sizeof *machine->cpus);
    if (machine->cpus == NULL) {
        free(machine);
        return NULL;
    }
    machine->real.idle_spin_ns = IDLE_SPIN_NS;
    machine->real.leave = leave;
    pthread_mutex_init(&machine->lock, NULL);
    for (uint32_t i = 0; i < cpus; i++)
        machine->cpus[i].boot.joined = 1;
    return machine;
}

static struct sim_machine *threads_create(const struct sim_machine_options *options, char *error,
                                          size_t error_bytes)
{
    struct threads_machine *machine = make_machine(options->cpus);
    if (machine == NULL || machine->real.machine.memory == NULL) {
        snprintf(error, error_bytes, "machine threads: the host has no memory for it");
        goto failed;
    }
    if (sim_real_place(&machine->real, NULL, error, error_bytes) != 0)
        goto failed;
    for (uint32_t i = 0; i < options->cpus; i++) {
        int status = start_cpu(machine, i);
        if (status != 0) {
            snprintf(error, error_bytes,
                     "machine threads: the host gives no thread for CPU %u of %u (%s)", i,
                     options->cpus, strerror(status));
            goto failed;
        }
    }
    return &machine->real.machine;

failed:
    if (machine != NULL)
        threads_destroy(&machine->real.machine);
    return NULL;
}

/* ---- running ------------------------------------------------------------------------------- */

static int threads_run(struct sim_machine *context, struct k_kernel *kernel)
{
    struct threads_machine *machine = (struct threads_machine *)context;
    sim_real_begin(&machine->real, kernel);
    for (uint32_t i = 0; i < context->cpus; i++)
        sim_park_release(&machine->cpus[i].boot.park, SIM_PARK_GO);
    int hung = sim_real_wait(&machine->real);
    if (hung)
        threads_flow_end_all(machine, NULL);
    for (uint32_t i = 0; i < context->cpus; i++)
        threads_flow_end(&machine->cpus[i].boot);
    return hung;
}

const struct sim_machine_kind sim_machine_threads = {
    .name = "threads",
    .about = "a simulated thread is a thread of the host; real time",
    .exact_time = 0,
    .create = threads_create,
    .destroy = threads_destroy,
    .run = threads_run,
    .post = sim_real_post,
    .expect = sim_real_expect,
};
