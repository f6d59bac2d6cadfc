#define _GNU_SOURCE
#include "sim/machine/real.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "sim/machine/clock.h"
#include "sim/machine/futex.h"
#include "sim/machine/host_cpus.h"
#include "sim/memory.h"

#define POLLS_BETWEEN_LOOKS 16U /* of the word between two looks at the clock */
#define COMPUTE_SLICE_NS 5000U
#define ASLEEP_MASK UINT32_MAX
#define ASLEEP_WOKE ((uint64_t)1 << 32)

static struct sim_real *machine_of(void *context)
{
    return context;
}

uint32_t sim_real_cpu_current(void *context)
{
    (void)context;
    return sim_flow_now == NULL ? 0 : sim_flow_now->cpu->index;
}

slip_time_t sim_real_now(void *context)
{
    return sim_clock_ns() - machine_of(context)->start_ns;
}

void sim_real_timer_arm(void *context, uint32_t index, slip_time_t deadline)
{
    atomic_store_explicit(&machine_of(context)->cpus[index]->cpu.deadline, deadline,
                          memory_order_relaxed);
}

/* ---- telling a CPU ------------------------------------------------------------------------- */

/* What the CPU is to look at was written before: the acquire of sim_cpu_poll sees it. In one order with
 * the look for a hang (fall_asleep) and with SLEEP (sim_real_idle): either this finds it and wakes,
 * or the CPU finds what it was told and stays awake. Only the first one to tell a CPU that sleeps has
 * to wake it. */
static void tell(struct sim_cpu *cpu, unsigned what)
{
    unsigned old = atomic_fetch_or_explicit(&cpu->word, what, memory_order_seq_cst);
    if (old == SIM_CPU_SLEEP)
        sim_futex_wake(&cpu->word, 1);
}

void sim_real_kick(void *context, uint32_t index)
{
    tell(&machine_of(context)->cpus[index]->cpu, SIM_CPU_KICK);
}

void sim_real_post(struct sim_machine *context, uint32_t index, struct sim_inbox_item *item)
{
    struct sim_cpu *cpu = &((struct sim_real *)context)->cpus[index]->cpu;
    sim_cpu_push(cpu, item);
    tell(cpu, SIM_CPU_INBOX);
}

/* When the last answer is called off without a post, someone has to look whether this is a hang. A
 * CPU that says so itself looks when it falls asleep. */
void sim_real_expect(struct sim_machine *context, int count)
{
    struct sim_real *machine = (struct sim_real *)context;
    int before = atomic_fetch_add_explicit(&machine->expected, count, memory_order_seq_cst);
    if (before + count == 0 && sim_flow_now == NULL)
        sim_real_kick(machine, 0);
}

static void stop(struct sim_real *machine)
{
    atomic_store_explicit(&machine->stopping, 1, memory_order_seq_cst);
    for (uint32_t i = 0; i < machine->machine.cpus; i++)
        tell(&machine->cpus[i]->cpu, SIM_CPU_KICK);
    atomic_store_explicit(&machine->over, 1, memory_order_release);
    sim_futex_wake(&machine->over, 1);
}

/* ---- idle ---------------------------------------------------------------------------------- */

static int is_due(struct sim_real *machine, const struct sim_cpu *cpu)
{
    slip_time_t deadline = sim_cpu_deadline(cpu);
    return deadline != SLIP_NEVER && deadline <= sim_real_now(machine);
}

/* A spin helps where somebody else can run meanwhile who has something for this CPU. */
static int spin_helps(const struct sim_real *machine, const struct sim_real_cpu *cpu)
{
    return !cpu->shared && (machine->machine.cpus > 1 ||
                            atomic_load_explicit(&machine->expected, memory_order_relaxed) != 0);
}

/* 1 as soon as the word is another one or there is something to do; 0 after a while. */
static int spin(struct sim_real *machine, struct sim_real_cpu *cpu, const atomic_uint *word,
                unsigned value)
{
    uint64_t end = 0;
    do {
        for (uint32_t i = 0; i < POLLS_BETWEEN_LOOKS; i++) {
            if (atomic_load_explicit(word, memory_order_relaxed) != value ||
                sim_cpu_pending(&cpu->cpu))
                return 1;
            sim_clock_pause();
        }
        if (is_due(machine, &cpu->cpu))
            return 1;
        if (end == 0) /* the first turns are over before the clock is read */
            end = sim_clock_ns() + machine->idle_spin_ns;
    } while (sim_clock_ns() < end);
    return 0;
}

int sim_real_watch(void *context, uint32_t index, const _Atomic uint32_t *word, uint32_t value)
{
    struct sim_real *machine = context;
    struct sim_real_cpu *cpu = machine->cpus[index];
    if (sim_cpu_poll(&machine->machine, &cpu->cpu))
        return 1;
    if (!spin_helps(machine, cpu) || !spin(machine, cpu, word, value))
        return 0;
    sim_cpu_poll(&machine->machine, &cpu->cpu);
    return 1;
}

static int nothing_to_come(struct sim_real *machine)
{
    if (atomic_load_explicit(&machine->expected, memory_order_seq_cst) != 0)
        return 0;
    for (uint32_t i = 0; i < machine->machine.cpus; i++) {
        struct sim_cpu *cpu = &machine->cpus[i]->cpu;
        if ((atomic_load_explicit(&cpu->word, memory_order_seq_cst) & SIM_CPU_PENDING) != 0 ||
            sim_cpu_deadline(cpu) != SLIP_NEVER)
            return 0;
    }
    return 1;
}

/* The last CPU that falls asleep looks whether anything can wake one of them. A CPU counts itself
 * awake before it takes what it was told; so if the count was complete before and after the look,
 * and none woke in between, nothing was overlooked. */
static void fall_asleep(struct sim_real *machine)
{
    uint64_t asleep = 1 + atomic_fetch_add_explicit(&machine->asleep, 1, memory_order_seq_cst);
    if ((asleep & ASLEEP_MASK) == machine->machine.cpus && nothing_to_come(machine) &&
        atomic_load_explicit(&machine->asleep, memory_order_seq_cst) == asleep)
        stop(machine);
}

static void sleep_on_word(struct sim_real *machine, struct sim_cpu *cpu)
{
    slip_time_t deadline = sim_cpu_deadline(cpu);
    if (deadline == SLIP_NEVER) {
        sim_futex_wait(&cpu->word, SIM_CPU_SLEEP, NULL);
        return;
    }
    uint64_t at = machine->start_ns + deadline;
    if (at < deadline)
        at = INT64_MAX;
    struct timespec host = {.tv_sec = (time_t)(at / 1000000000U),
                            .tv_nsec = (long)(at % 1000000000U)};
    sim_futex_wait(&cpu->word, SIM_CPU_SLEEP, &host);
}

void sim_real_idle(void *context, uint32_t index)
{
    struct sim_real *machine = context;
    struct sim_real_cpu *cpu = machine->cpus[index];
    if (sim_cpu_poll(&machine->machine, &cpu->cpu))
        return;
    static const atomic_uint nothing;
    if (machine->machine.base.ops->watch == NULL && spin_helps(machine, cpu))
        spin(machine, cpu, &nothing, 0);
    /* From here on whoever tells this CPU something wakes it: tell. */
    unsigned old = atomic_fetch_or_explicit(&cpu->cpu.word, SIM_CPU_SLEEP, memory_order_seq_cst);
    if ((old & SIM_CPU_PENDING) == 0 && !is_due(machine, &cpu->cpu)) {
        fall_asleep(machine);
        sleep_on_word(machine, &cpu->cpu);
        atomic_fetch_add_explicit(&machine->asleep, ASLEEP_WOKE - 1, memory_order_seq_cst);
    }
    atomic_fetch_and_explicit(&cpu->cpu.word, ~SIM_CPU_SLEEP, memory_order_relaxed);
    if (atomic_load_explicit(&machine->stopping, memory_order_seq_cst))
        machine->leave(machine, sim_flow_now);
    sim_cpu_poll(&machine->machine, &cpu->cpu);
}

/* ---- spending time ------------------------------------------------------------------------- */

/* Who is waited for may need this very CPU of the host. */
void sim_real_relax(void *context)
{
    (void)context;
    sim_clock_pause();
    if (sim_flow_now == NULL)
        return;
    struct sim_real_cpu *cpu = (struct sim_real_cpu *)sim_flow_now->cpu;
    if (++cpu->relaxes % (cpu->shared ? 16 : 1024) == 0)
        sched_yield();
}

slip_time_t sim_real_compute(void *context, uint32_t index, slip_time_t duration)
{
    struct sim_real *machine = context;
    struct sim_cpu *cpu = &machine->cpus[index]->cpu;
    slip_time_t start = sim_real_now(machine), now = start;
    slip_time_t end = duration > SLIP_NEVER - start ? SLIP_NEVER : start + duration;
    for (;;) {
        sim_cpu_poll(&machine->machine, cpu);
        if (now >= end || k_kernel_preempting(machine->machine.kernel, index))
            return now - start;
        slip_time_t until = end - now < COMPUTE_SLICE_NS ? end : now + COMPUTE_SLICE_NS;
        if (sim_cpu_deadline(cpu) < until)
            until = sim_cpu_deadline(cpu);
        do
            now = sim_real_now(machine);
        while (now < until && !sim_cpu_pending(cpu));
    }
}

/* ---- making one ------------------------------------------------------------------------------ */

void *sim_real_init(struct sim_real *machine, const struct sim_machine_kind *kind,
                    const struct slip_machine_ops *ops, uint32_t cpus, size_t cpu_bytes)
{
    char *all = aligned_alloc(_Alignof(struct sim_real_cpu), cpus * cpu_bytes);
    machine->cpus = calloc(cpus, sizeof(struct sim_real_cpu *));
    if (all == NULL || machine->cpus == NULL) {
        free(machine->cpus);
        free(all);
        return NULL;
    }
    memset(all, 0, cpus * cpu_bytes);
    machine->machine = (struct sim_machine){.base = {.context = machine, .ops = ops},
                                            .kind = kind,
                                            .memory = sim_memory_create(),
                                            .cpus = cpus};
    machine->start_ns = sim_clock_ns();
    for (uint32_t i = 0; i < cpus; i++) {
        machine->cpus[i] = (struct sim_real_cpu *)(void *)(all + i * cpu_bytes);
        sim_cpu_init(&machine->cpus[i]->cpu, i);
    }
    return all;
}

void sim_real_fini(struct sim_real *machine)
{
    if (machine->machine.memory != NULL)
        sim_memory_destroy(machine->machine.memory);
    free(machine->cpus[0]);
    free(machine->cpus);
}

/* ---- the life of a run --------------------------------------------------------------------- */

void sim_real_begin(struct sim_real *machine, struct k_kernel *kernel)
{
    machine->machine.kernel = kernel;
    atomic_store_explicit(&machine->running, machine->machine.cpus, memory_order_relaxed);
}

void sim_real_cpu_over(struct sim_real *machine)
{
    if (atomic_fetch_sub_explicit(&machine->running, 1, memory_order_acq_rel) != 1)
        return;
    atomic_store_explicit(&machine->over, 1, memory_order_release);
    sim_futex_wake(&machine->over, 1);
}

int sim_real_wait(struct sim_real *machine)
{
    while (atomic_load_explicit(&machine->over, memory_order_acquire) == 0)
        sim_futex_wait(&machine->over, 0, NULL);
    return (int)atomic_load_explicit(&machine->stopping, memory_order_acquire);
}

/* ---- the host's CPUs ----------------------------------------------------------------------- */

int sim_real_place(struct sim_real *machine, const char *host_cpus, char *error, size_t error_bytes)
{
    uint32_t cpus = machine->machine.cpus, all, count;
    int *allowed = sim_host_cpus_read(NULL, &all, error, error_bytes);
    int *hosts = sim_host_cpus_read(host_cpus, &count, error, error_bytes);
    for (uint32_t i = 0; allowed != NULL && hosts != NULL && i < cpus; i++) {
        machine->cpus[i]->host_cpu = hosts[i % count];
        /* The only CPU of a host is shared with everything else. */
        machine->cpus[i]->shared = all == 1 || cpus > i + count || i >= count;
    }
    int failed = allowed == NULL || hosts == NULL;
    free(allowed);
    free(hosts);
    return failed ? -1 : 0;
}

void sim_real_block_signals(void *before)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
    sigset_t blocked;
    sigfillset(&blocked);
    for (uint32_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&blocked, faults[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, before);
}

int sim_real_pin(unsigned long thread, int host_cpu)
{
    size_t bytes = CPU_ALLOC_SIZE(host_cpu + 1);
    cpu_set_t *set = CPU_ALLOC(host_cpu + 1);
    if (set == NULL)
        return -1;
    CPU_ZERO_S(bytes, set);
    CPU_SET_S((size_t)host_cpu, bytes, set);
    int failed = pthread_setaffinity_np(thread, bytes, set);
    CPU_FREE(set);
    return failed;
}
