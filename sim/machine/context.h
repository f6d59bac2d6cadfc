/* User-space contexts: a stack and a saved place on it, switched without the host's help.
 *
 * The switch itself is Boost.Context's assembly, called from C; this file adds what the address
 * sanitizer (which stack is in use) and the thread sanitizer (which flow is it) have to be told.
 *
 *   adopted   the flow that calls, with the stack that it has
 *   made      on a stack of its own; `entry` must not return
 *
 * Valgrind is told of each stack, if its header was there when this was built.
 *
 * A context belongs to whoever switches to it; several host threads may do so one after the other.
 */
#ifndef SIM_MACHINE_CONTEXT_H
#define SIM_MACHINE_CONTEXT_H

#include <stddef.h>
#include <stdint.h>

struct sim_context {
    void *saved; /* where it goes on, while it is not running */
    void (*entry)(void *argument);
    void *argument;
    const void *stack_low; /* adopted: found out at the first switch away */
    size_t stack_bytes;
    void *fake_stack; /* address sanitizer's */
    void *fiber;      /* thread sanitizer's */
    unsigned valgrind_stack;
    int adopted;
    int begun; /* 1: it was switched to, or adopted */
};

void sim_context_adopt(struct sim_context *context);

/* Is there room for one more? The thread sanitizer ends the program at some 8,000: short of that the
 * answer is 0, and is told once. Elsewhere there always is. */
int sim_context_room(void);

void sim_context_make(struct sim_context *context, uint64_t stack_low, uint64_t stack_bytes,
                      void (*entry)(void *argument), void *argument);

/* Goes on in `to`; returns when somebody switches back to `from`, which is the flow that calls. */
void sim_context_switch(struct sim_context *from, struct sim_context *to);

/* Forgets a context that is not running and never will. The stack is the caller's. */
void sim_context_drop(struct sim_context *context);

#endif
