/* CPUs of the host that this program may use, in the order in which simulated CPUs should take them:
 * one of each core first, then their siblings, since two siblings share what one core can do.
 */
#ifndef SIM_MACHINE_TOPOLOGY_H
#define SIM_MACHINE_TOPOLOGY_H

#include <stdint.h>

/* The list, owned by the caller, who frees it; *count gets its length, at least 1. NULL if the host
 * has no memory. */
int *sim_topology_cpus(uint32_t *count);

#endif
