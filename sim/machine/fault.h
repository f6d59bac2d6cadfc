/* A simulated thread that runs over the end of its stack hits the guard page below it. The host's
 * answer to that is a signal that says nothing, so while a run goes on, the signal is caught: if the
 * address is in the guard of the thread that runs, a message names it, and then the program dies of
 * the signal as it would have. Any other fault is left to whoever would have got it.
 *
 * The handler needs a stack of its own, one for each thread of the host that runs simulated threads.
 * Sanitizers bring their own handler, which tells more; in their builds this does nothing. On the
 * machine threads there are as many stacks of handlers to have as threads, so it goes without.
 */
#ifndef SIM_MACHINE_FAULT_H
#define SIM_MACHINE_FAULT_H

#include <signal.h>

struct sim_fault_stack {
    void *memory; /* NULL: this one set up nothing */
    stack_t before;
};

/* Around a run, by whoever begins it; several may go on at once. */
void sim_fault_begin(void);
void sim_fault_end(void);

/* On a thread of the host, around what it runs. Where there is no memory for it, a fault is silent. */
void sim_fault_stack_take(struct sim_fault_stack *stack);
void sim_fault_stack_give(struct sim_fault_stack *stack);

#endif
