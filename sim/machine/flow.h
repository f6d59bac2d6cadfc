/* A flow of control of a machine, and which one the calling host thread is.
 *
 * There is one flow for each simulated thread and one for each CPU's boot context. A machine that
 * runs flows on host threads of their own sets sim_flow_now once in each; one that switches flows
 * on a host thread sets it at each switch. So the trap, and whoever else is called from simulated
 * code, finds machine and CPU through one thread-local.
 *
 * It is read anew in each call, by functions that do not switch between reading and using it, since
 * a flow may go on under another host thread after a switch.
 */
#ifndef SIM_MACHINE_FLOW_H
#define SIM_MACHINE_FLOW_H

#include "sim/machine/cpu.h"

struct sim_space;
struct sim_stack;

struct sim_flow {
    struct sim_machine *machine;
    struct sim_space *space; /* of its process; NULL in a boot context */
    int at_once; /* its traps enter the kernel without more ado; 0: see trap_with_care */
    const struct sim_stack *stack; /* NULL in a boot context, or where nobody asks */
    struct sim_cpu *cpu;           /* that it is on; meaningless while it is on none */
};

extern _Thread_local struct sim_flow *sim_flow_now __attribute__((tls_model("initial-exec")));

/* A new flow for a thread of that process. */
struct sim_flow sim_flow_make(struct sim_machine *machine, const struct slip_space *space);

/* The flow of a simulated thread that calls `function`; ends the program with a message if this
 * is none. */
struct sim_flow *sim_flow_of_thread(const char *function);

/* The address space of a simulated process as the machine keeps it. */
static inline struct sim_space *sim_space_of(const struct slip_space *space)
{
    return space->state;
}

#endif
