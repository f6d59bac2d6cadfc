/* Scripts on the host: a sandbox in the host's memory, bounded in instructions and in time. */
#ifndef SIM_SCENARIO_HOST_H
#define SIM_SCENARIO_HOST_H

#include "sim/scenario/loader.h"
#include "sim/scenario/sandbox.h"

/* What a file may run while it loads, and what its function expect may. A loop that never ends is
 * found within a second or so. */
#define SIM_HOST_INSTRUCTIONS ((uint64_t)10000000)

/* Opens a state for a script. 0; or -1 if the host has no memory. */
int sim_host_open(struct sim_sandbox *box, const struct sim_script *script, enum sim_phase phase);

/* Frees a script, with the plan that was made of it. */
void sim_script_free(struct sim_script *script);

#endif
