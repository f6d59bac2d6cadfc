#define _GNU_SOURCE
#include "sim/machine/threads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/machine/clock.h"
#include "sim/machine/futex.h"
#include "sim/machine/topology.h"
#include "sim/memory.h"

#define BOOT_STACK_BYTES ((size_t)512 << 10)
#define PARK_SPIN_NS 2000U /* only where the host does not let us pin */

static uint32_t threads_cpu_current(void *machine)
{
    (void)machine;
    return sim_flow_now == NULL ? 0 : sim_flow_now->cpu->index;
}

static const struct slip_machine_ops threads_ops = {
    .version = SLIP_MACHINE_VERSION,
    .size = sizeof(struct slip_machine_ops),
    SIM_COMMON_OPS,
    .cpu_current = threads_cpu_current,
    .now = threads_now,
    .timer_arm = threads_timer_arm,
    .context_init = threads_context_init,
    .context_fini = threads_context_fini,
    .context_switch = threads_context_switch,
    .idle = threads_idle,
    .kick = threads_kick,
    .relax = threads_relax,
    .space_destroy = threads_space_destroy,
    .compute = threads_compute,
};

/* ---- making one ---------------------------------------------------------------------------- */

static void run_cpu(struct threads_flow *flow)
{
    struct threads_machine *machine = (struct threads_machine *)flow->flow.machine;
    k_kernel_cpu_run(machine->machine.kernel, flow->flow.cpu->index);
    if (atomic_fetch_sub_explicit(&machine->running, 1, memory_order_acq_rel) == 1) {
        atomic_store_explicit(&machine->over, 1, memory_order_release);
        sim_futex_wake(&machine->over, 1);
    }
}

static int start_cpu(struct threads_machine *machine, uint32_t index, const int *hosts,
                     uint32_t host_count)
{
    struct threads_cpu *cpu = &machine->cpus[index];
    struct threads_flow *boot = &cpu->boot;
    pthread_attr_t attr;
    boot->flow = (struct sim_flow){.machine = &machine->machine, .cpu = &cpu->cpu};
    boot->body = run_cpu;
    snprintf(boot->name, sizeof boot->name, "cpu %u", index);
    cpu->host_cpu = hosts[index % host_count];
    cpu->shared =
        host_count == 1 || machine->machine.cpus > index + host_count || index >= host_count;
    int failed = pthread_attr_init(&attr);
    if (failed)
        return failed;
    pthread_attr_setstacksize(&attr, BOOT_STACK_BYTES);
    failed = threads_flow_start(boot, &attr);
    pthread_attr_destroy(&attr);
    if (!failed && threads_flow_pin(boot, cpu->host_cpu) != 0) {
        cpu->host_cpu = -1;
        machine->spin_ns = host_count > 1 ? PARK_SPIN_NS : 0;
    }
    return failed;
}

static void threads_destroy(struct sim_machine *context)
{
    struct threads_machine *machine = (struct threads_machine *)context;
    for (uint32_t i = 0; i < machine->machine.cpus; i++)
        threads_flow_end(&machine->cpus[i].boot);
    while (machine->flows != NULL) {
        struct slip_context left = {.state = {machine->flows}};
        threads_context_fini(machine, &left);
    }
    if (machine->machine.memory != NULL)
        sim_memory_destroy(machine->machine.memory);
    pthread_mutex_destroy(&machine->lock);
    free(machine->cpus);
    free(machine);
}

static struct threads_machine *make_machine(uint32_t cpus)
{
    struct threads_machine *machine = calloc(1, sizeof *machine);
    if (machine == NULL)
        return NULL;
    machine->cpus = aligned_alloc(_Alignof(struct threads_cpu), cpus * sizeof *machine->cpus);
    if (machine->cpus == NULL) {
        free(machine);
        return NULL;
    }
    memset(machine->cpus, 0, cpus * sizeof *machine->cpus);
    machine->machine = (struct sim_machine){
        .base = {.context = machine, .ops = &threads_ops},
        .kind = &sim_machine_threads,
        .memory = sim_memory_create(),
        .cpus = cpus,
    };
    machine->start_ns = sim_clock_ns();
    pthread_mutex_init(&machine->lock, NULL);
    for (uint32_t i = 0; i < cpus; i++) {
        sim_cpu_init(&machine->cpus[i].cpu, i);
        machine->cpus[i].boot.joined = 1;
    }
    return machine;
}

static struct sim_machine *threads_create(const struct sim_machine_options *options, char *error,
                                          size_t error_bytes)
{
    uint32_t host_count = 0;
    int *hosts = sim_topology_cpus(&host_count);
    struct threads_machine *machine = make_machine(options->cpus);
    if (hosts == NULL || machine == NULL || machine->machine.memory == NULL) {
        snprintf(error, error_bytes, "machine threads: the host has no memory for it");
        goto failed;
    }
    for (uint32_t i = 0; i < options->cpus; i++) {
        int status = start_cpu(machine, i, hosts, host_count);
        if (status != 0) {
            snprintf(error, error_bytes,
                     "machine threads: the host gives no thread for CPU %u of %u (%s)", i,
                     options->cpus, strerror(status));
            goto failed;
        }
    }
    free(hosts);
    return &machine->machine;

failed:
    free(hosts);
    if (machine != NULL)
        threads_destroy(&machine->machine);
    return NULL;
}

/* ---- running ------------------------------------------------------------------------------- */

static int threads_run(struct sim_machine *context, struct k_kernel *kernel)
{
    struct threads_machine *machine = (struct threads_machine *)context;
    machine->machine.kernel = kernel;
    atomic_store_explicit(&machine->running, machine->machine.cpus, memory_order_relaxed);
    for (uint32_t i = 0; i < machine->machine.cpus; i++)
        sim_park_release(&machine->cpus[i].boot.park, SIM_PARK_GO);
    while (atomic_load_explicit(&machine->over, memory_order_acquire) == 0)
        sim_futex_wait(&machine->over, 0, NULL);
    int hung = (int)atomic_load_explicit(&machine->stopping, memory_order_acquire);
    if (hung)
        threads_flow_end_all(machine, NULL);
    for (uint32_t i = 0; i < machine->machine.cpus; i++)
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
    .post = threads_post,
    .expect = threads_expect,
};
