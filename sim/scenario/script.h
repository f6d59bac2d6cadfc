/* A loaded scenario file, and what its bodies need while they run.
 *
 * The file runs once on the host, where it is resolved into a plan, once more for `expect`, and
 * once in each thread of each process that has a body: in a Lua state of that thread's own, with
 * the same resolved parameters, in the memory of its process. So the states share nothing, and
 * bodies may use the locals of their file.
 */
#ifndef SIM_SCENARIO_SCRIPT_H
#define SIM_SCENARIO_SCRIPT_H

#include <stddef.h>
#include <stdint.h>
#include "sim/role/role.h"

struct sim_script;

/* The stack that a thread needs to run a body: Lua nests calls 200 deep at the most. The runner
 * gives at least this to each thread of a plan that has bodies. */
#define SIM_SCRIPT_STACK_BYTES ((uint64_t)512 << 10)

/* The memory of one Lua state, and what its process sets aside for it. */
#define SIM_SCRIPT_STATE_BYTES ((uint64_t)7 << 20)
#define SIM_SCRIPT_HEAP_BYTES ((uint64_t)8 << 20)

/* Inside of a simulated thread. Runs the body of context->process in this thread, and returns when
 * it has ended, or when the run is to stop. If the body fails, the process exits with code 1 and
 * this does not return. */
void sim_script_run_body(struct sim_role_context *context);

/* ANY host thread, or inside. How many bodies have failed since the script was loaded or the count
 * was cleared; a run in which one did has failed. `first`, if not NULL, gets the message of the
 * first one, with file and line. */
uint64_t sim_script_failures(const struct sim_script *script, char *first, size_t bytes);

/* HOST. Forgets the failures, before another run of the same plan. */
void sim_script_failures_clear(struct sim_script *script);

#endif
