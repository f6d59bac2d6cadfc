/* A flow on a context of its own, which the machine switches without the host: a simulated thread's,
 * with its stack in the space of its process, or a CPU's boot context. The machines scripted, model
 * and cores have their flows in this form; what more one needs, it puts behind it.
 *
 * The list is the machine's, and whoever may run at the same time is kept out by the machine.
 */
#ifndef SIM_MACHINE_FIBER_H
#define SIM_MACHINE_FIBER_H

#include "sim/machine/common.h"
#include "sim/machine/context.h"
#include "sim/machine/flow.h"

struct sim_fiber {
    struct sim_flow flow; /* first */
    struct sim_context context;
    struct slip_context_start start;
    struct sim_stack stack;
    int boot; /* 1: of a CPU, which has it inside */
    struct sim_fiber *next, *last;
};

/* The entry context_init of a machine's table. `bytes`: of the struct that has a fiber first; it is
 * zeroed. With start == NULL the flow that calls is adopted. */
slip_status_t sim_fiber_create(struct sim_machine *machine, struct sim_fiber **list, size_t bytes,
                               const struct slip_context_start *start, struct slip_context *saved,
                               uint64_t *area);

/* Frees one that was created, with its stack. */
void sim_fiber_destroy(struct sim_fiber **list, struct sim_fiber *fiber);

/* A space goes before the threads that are left in it: their stacks are its. */
void sim_fibers_leave(struct sim_fiber *list, const struct sim_space *space);

/* A CPU's boot context, with a stack of the host's: runs `run` with the fiber when it is switched to
 * first. 0, or -1 if the host has no memory. */
int sim_fiber_boot(struct sim_fiber *fiber, struct sim_machine *machine, struct sim_cpu *cpu,
                   void (*run)(void *fiber));
void sim_fiber_unboot(struct sim_fiber *fiber);

#endif
