/* What each simulated CPU has on every machine: a word that asks for its attention, an inbox, an
 * armed time.
 *
 *   word   KICK and INBOX say that there is something to look at; SLEEP that the CPU waits in
 *          the host, and has to be woken
 *   inbox  a list that anyone pushes to and the CPU takes as a whole; called oldest first
 *
 * Whoever gives a CPU something to do sets the word after that, and wakes it if it sleeps and
 * nobody else has told it yet. The CPU looks at its word at each entry, in idle and in compute.
 */
#ifndef SIM_MACHINE_CPU_H
#define SIM_MACHINE_CPU_H

#include <stdatomic.h>
#include "sim/machine/machine.h"

#define SIM_CPU_KICK 1U
#define SIM_CPU_INBOX 2U
#define SIM_CPU_SLEEP 4U
#define SIM_CPU_PENDING (SIM_CPU_KICK | SIM_CPU_INBOX)

struct sim_cpu {
    uint32_t index;       /* fixed */
    atomic_uint word;     /* SIM_CPU_x; setting (release at least) pairs with taking (acquire) */
    struct k_cpu *kernel; /* the kernel's part of it, for its traps; set before it runs a thread */
    _Atomic(struct sim_inbox_item *) inbox; /* newest first; push releases, take acquires */
    atomic_ullong deadline; /* armed time or SLIP_NEVER; written on this CPU, read by whoever looks
                               for a hang */
};

void sim_cpu_init(struct sim_cpu *cpu, uint32_t index);

/* Runs the kernel on this CPU, whose boot context calls it, until the last process is gone. */
void sim_cpu_run(struct sim_machine *machine, struct sim_cpu *cpu);

/* Pushes an item. Lock-free; the caller sets the word next. ANY host thread. */
void sim_cpu_push(struct sim_cpu *cpu, struct sim_inbox_item *item);

/* Makes the entries of kernel.h that are due on this CPU: inbox items, a kick, the timer. 1 if
 * there were any. On that CPU, where an INTERRUPT may come. */
int sim_cpu_poll(struct sim_machine *machine, struct sim_cpu *cpu);

/* Is there anything for sim_cpu_poll to do, not counting the timer? */
static inline int sim_cpu_pending(const struct sim_cpu *cpu)
{
    return (atomic_load_explicit(&cpu->word, memory_order_relaxed) & SIM_CPU_PENDING) != 0;
}

static inline slip_time_t sim_cpu_deadline(const struct sim_cpu *cpu)
{
    return atomic_load_explicit(&cpu->deadline, memory_order_relaxed);
}

#endif
