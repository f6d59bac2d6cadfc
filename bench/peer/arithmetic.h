/* What the host's CPUs give to programs that share nothing at all.
 *
 * Two CPUs of a guest may be two threads of one core of the host; then even arithmetic on both is not
 * twice that on one, and neither steal nor a line's way tells. Whatever is said to scale is to be
 * compared with this. */
#ifndef BENCH_PEER_ARITHMETIC_H
#define BENCH_PEER_ARITHMETIC_H

#include <stdint.h>

/* Steps per microsecond of all of so many pinned threads, at most BENCH_CPUS_MAX, each of which does
 * so many in registers; BENCH_FAILED if the host refuses. */
double peer_arithmetic(uint32_t cpus, uint32_t steps);

#endif
