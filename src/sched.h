/* The scheduler: per-CPU run queues, fixed priorities, and the switch.
 *
 * Switch protocol. A blocked thread may be made ready at once, but its context is not run until it
 * is saved: as long as `on_cpu` is set it is only ever put into the queue of the CPU that has it.
 * The context that was switched to clears the mark as its first act. No lock is held across a
 * switch, and afterwards the CPU may be another one: functions that can block return it.
 *
 * A CPU with nothing to run idles on the context that blocked last, so that no switch is needed if
 * that one wakes next; after a thread's end it idles on its boot context.
 */
#ifndef K_SCHED_H
#define K_SCHED_H

#include "thread.h"

/* Makes a thread that is claimed, or new, ready; kicks its CPU if that has to look. */
void k_sched_ready(struct k_cpu *cpu, struct k_thread *thread);

/* The running thread has blocked (its state says so): runs others until it is ready and chosen.
 * `hand`, if not NULL, is woken and runs next if it may and nothing better is ready. Returns the
 * CPU that it continues on. */
struct k_cpu *k_sched_block(struct k_cpu *cpu, struct k_thread *hand);

/* May a thread that was just woken run on this CPU at once, in place of what runs? */
int k_sched_may_hand(const struct k_cpu *cpu, const struct k_thread *hand);

/* The running thread goes behind its equals. */
struct k_cpu *k_sched_yield(struct k_cpu *cpu);

/* Is something better ready than what runs, or is the running thread on a CPU that it may not be
 * on? */
int k_sched_preempting(struct k_cpu *cpu);

/* The running thread, not blocked, lets better ones go first. */
struct k_cpu *k_sched_preempt(struct k_cpu *cpu);

/* The running thread is DEAD: does not return. */
_Noreturn void k_sched_exit(struct k_cpu *cpu);

/* Effective priority of a thread changed: its place in a run queue follows. */
void k_sched_reprioritize(struct k_cpu *cpu, struct k_thread *thread);

/* A thread that is ready waits for a CPU that runs something else: one that idles, and that it may
 * run on, is told to take it. */
void k_sched_offer(struct k_cpu *cpu, const struct k_thread *thread);

/* The thread that this CPU was on was made ready before it had left: it may go elsewhere now. */
void k_sched_left(struct k_cpu *cpu, struct k_thread *thread);

/* The affinity of a thread changed: if it is in the queue of another CPU, it leaves that. */
void k_sched_retie(struct k_cpu *cpu, struct k_thread *thread);

/* The first act of every context: the one that was left may run elsewhere. */
void k_sched_arrive(struct k_cpu *cpu);

/* The loop of a boot context; returns when the kernel has halted. */
void k_sched_run(struct k_cpu *cpu);

/* What runs from here on has a whole slice before others of its priority. */
void k_sched_begin_slice(struct k_cpu *cpu);

/* The time in the state that a thread leaves is added up. */
void k_sched_account(struct k_cpu *cpu, struct k_thread *thread);

/* A thread enters a state; keeps times if the kernel does. */
void k_sched_enter_state(struct k_cpu *cpu, struct k_thread *thread, enum k_thread_state state);

#endif
