/* What the parties of a process that serve one endpoint keep in common: handles, by badge and
 * number, and messages that wait for one (slipway/design_kit.h has what designs call).
 *
 *   heap of the process -root-> list of tables, one per endpoint -> handles, messages put aside
 *
 * The lock of a table is a spin lock of the host, held for a search and never across a system call;
 * so it is free again soon, whatever the simulated kernel does with the thread that has it.
 */
#ifndef SIM_KEPT_H
#define SIM_KEPT_H

#include <slipway/design_kit.h>

/* Inside of a simulated thread: the table of an endpoint that this process serves, made if it is
 * the first party that asks; NULL if the heap is used up. */
struct sim_kept *sim_kept_open(slip_handle_t endpoint);

/* The last party closes what was kept. */
void sim_kept_close(struct sim_kept *kept);

#endif
