/* The host's own shape, in the terms of a modelled processor: sockets, clusters of cores that share
 * a last-level cache, cores, hardware threads.
 */
#ifndef SIM_MACHINE_TOPOLOGY_HOST_H
#define SIM_MACHINE_TOPOLOGY_HOST_H

#include "sim/machine/cost.h"

/* HOST. A host that does not tell is one socket of as many cores as this program may use. A shape
 * that is not the same everywhere is rounded up. */
void sim_topology_shape(struct sim_shape *shape);

/* HOST. What lies between two of the host's CPUs: SIM_COST_line_sibling to SIM_COST_line_remote. */
enum sim_cost_name sim_topology_distance(int host_cpu, int other);

#endif
