/* Which CPUs of the host the simulated ones run on, as people write and read it: "0,2,4-7" is six of
 * them in that order, "3-3" is one. Without such a list, the order is that of
 * sim/machine/topology.h.
 */
#ifndef SIM_MACHINE_HOST_CPUS_H
#define SIM_MACHINE_HOST_CPUS_H

#include <stddef.h>
#include <stdint.h>

#define SIM_HOST_CPUS_TEXT 8192 /* enough for K_CPUS_MAX of them */

/* Those of the list, or, if it is NULL, all that this program may use. Owned by the caller, who
 * frees it; *count gets its length, at least 1. NULL and a message in error that says what is
 * accepted, if the list is malformed, or names a CPU twice, or one that is absent, offline or not
 * ours. */
int *sim_host_cpus_read(const char *list, uint32_t *count, char *error, size_t error_bytes);

/* "0, 2, 4-7"; ends with "..." if there is no room for all. */
void sim_host_cpus_write(const int *cpus, uint32_t count, char *text, size_t text_bytes);

/* 1 if the host lets this program choose CPUs for its threads. Changes nothing. */
int sim_host_cpus_may_pin(void);
/* What is to be said if it does not. */
extern const char sim_host_cpus_unpinned[];

#endif
