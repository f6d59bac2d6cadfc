#include "sim/machine/threads.h"

#include <sched.h>
#include "sim/machine/clock.h"
#include "sim/machine/futex.h"

#define IDLE_SPIN_NS 2000U /* below what a sleep and a wake cost together */
#define COMPUTE_SLICE_NS 5000U
#define ASLEEP_MASK UINT32_MAX
#define ASLEEP_WOKE ((uint64_t)1 << 32)

static struct threads_machine *machine_of(void *context)
{
    return context;
}

slip_time_t threads_now(void *context)
{
    return sim_clock_ns() - machine_of(context)->start_ns;
}

void threads_timer_arm(void *context, uint32_t index, slip_time_t deadline)
{
    atomic_store_explicit(&machine_of(context)->cpus[index].cpu.deadline, deadline,
                          memory_order_relaxed);
}

/* ---- telling a CPU ------------------------------------------------------------------------- */

/* Release: what the CPU is to look at was written before. Only the first one to tell a CPU that
 * sleeps has to wake it. */
static void tell(struct sim_cpu *cpu, unsigned what)
{
    unsigned old = atomic_fetch_or_explicit(&cpu->word, what, memory_order_seq_cst);
    if (old == SIM_CPU_SLEEP)
        sim_futex_wake(&cpu->word, 1);
}

void threads_kick(void *context, uint32_t index)
{
    tell(&machine_of(context)->cpus[index].cpu, SIM_CPU_KICK);
}

void threads_post(struct sim_machine *context, uint32_t index, struct sim_inbox_item *item)
{
    struct sim_cpu *cpu = &machine_of(context)->cpus[index].cpu;
    sim_cpu_push(cpu, item);
    tell(cpu, SIM_CPU_INBOX);
}

/* When the last answer is called off without a post, someone has to look whether this is a hang. A
 * CPU that says so itself looks when it falls asleep. */
void threads_expect(struct sim_machine *context, int count)
{
    struct threads_machine *machine = machine_of(context);
    int before = atomic_fetch_add_explicit(&machine->expected, count, memory_order_seq_cst);
    if (before + count == 0 && sim_flow_now == NULL)
        threads_kick(machine, 0);
}

void threads_stop(struct threads_machine *machine)
{
    atomic_store_explicit(&machine->stopping, 1, memory_order_seq_cst);
    for (uint32_t i = 0; i < machine->machine.cpus; i++)
        tell(&machine->cpus[i].cpu, SIM_CPU_KICK);
    atomic_store_explicit(&machine->over, 1, memory_order_release);
    sim_futex_wake(&machine->over, 1);
}

/* ---- idle ---------------------------------------------------------------------------------- */

static int is_due(struct threads_machine *machine, const struct sim_cpu *cpu)
{
    slip_time_t deadline = sim_cpu_deadline(cpu);
    return deadline != SLIP_NEVER && deadline <= threads_now(machine);
}

/* A spin helps where somebody else can run meanwhile who has something for this CPU. */
static void spin(struct threads_machine *machine, struct threads_cpu *cpu)
{
    if (cpu->shared || (machine->machine.cpus == 1 &&
                        atomic_load_explicit(&machine->expected, memory_order_relaxed) == 0))
        return;
    uint64_t end = sim_clock_ns() + IDLE_SPIN_NS;
    while (!sim_cpu_pending(&cpu->cpu) && sim_clock_ns() < end)
        sim_clock_pause();
}

static int nothing_to_come(struct threads_machine *machine)
{
    if (atomic_load_explicit(&machine->expected, memory_order_seq_cst) != 0)
        return 0;
    for (uint32_t i = 0; i < machine->machine.cpus; i++) {
        struct sim_cpu *cpu = &machine->cpus[i].cpu;
        if ((atomic_load_explicit(&cpu->word, memory_order_seq_cst) & SIM_CPU_PENDING) != 0 ||
            sim_cpu_deadline(cpu) != SLIP_NEVER)
            return 0;
    }
    return 1;
}

/* The last CPU that falls asleep looks whether anything can wake one of them. A CPU counts itself
 * awake before it takes what it was told; so if the count was complete before and after the look,
 * and none woke in between, nothing was overlooked. */
static void fall_asleep(struct threads_machine *machine)
{
    uint64_t asleep = 1 + atomic_fetch_add_explicit(&machine->asleep, 1, memory_order_seq_cst);
    if ((asleep & ASLEEP_MASK) == machine->machine.cpus && nothing_to_come(machine) &&
        atomic_load_explicit(&machine->asleep, memory_order_seq_cst) == asleep)
        threads_stop(machine);
}

static void sleep_on_word(struct threads_machine *machine, struct sim_cpu *cpu)
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

void threads_idle(void *context, uint32_t index)
{
    struct threads_machine *machine = context;
    struct threads_cpu *cpu = &machine->cpus[index];
    if (sim_cpu_poll(&machine->machine, &cpu->cpu))
        return;
    spin(machine, cpu);
    unsigned old = atomic_fetch_or_explicit(&cpu->cpu.word, SIM_CPU_SLEEP, memory_order_seq_cst);
    if ((old & SIM_CPU_PENDING) == 0 && !is_due(machine, &cpu->cpu)) {
        fall_asleep(machine);
        sleep_on_word(machine, &cpu->cpu);
        atomic_fetch_add_explicit(&machine->asleep, ASLEEP_WOKE - 1, memory_order_seq_cst);
    }
    atomic_fetch_and_explicit(&cpu->cpu.word, ~SIM_CPU_SLEEP, memory_order_relaxed);
    if (atomic_load_explicit(&machine->stopping, memory_order_seq_cst))
        threads_flow_leave((struct threads_flow *)sim_flow_now);
    sim_cpu_poll(&machine->machine, &cpu->cpu);
}

/* ---- spending time ------------------------------------------------------------------------- */

/* Who is waited for may need this very CPU of the host. */
void threads_relax(void *context)
{
    (void)context;
    sim_clock_pause();
    if (sim_flow_now == NULL)
        return;
    struct threads_cpu *cpu = (struct threads_cpu *)sim_flow_now->cpu;
    if (++cpu->relaxes % (cpu->shared ? 16 : 1024) == 0)
        sched_yield();
}

slip_time_t threads_compute(void *context, uint32_t index, slip_time_t duration)
{
    struct threads_machine *machine = context;
    struct sim_cpu *cpu = &machine->cpus[index].cpu;
    slip_time_t start = threads_now(machine), now = start;
    slip_time_t end = duration > SLIP_NEVER - start ? SLIP_NEVER : start + duration;
    for (;;) {
        sim_cpu_poll(&machine->machine, cpu);
        if (now >= end || k_kernel_preempting(machine->machine.kernel, index))
            return now - start;
        slip_time_t until = end - now < COMPUTE_SLICE_NS ? end : now + COMPUTE_SLICE_NS;
        if (sim_cpu_deadline(cpu) < until)
            until = sim_cpu_deadline(cpu);
        do
            now = threads_now(machine);
        while (now < until && !sim_cpu_pending(cpu));
    }
}
