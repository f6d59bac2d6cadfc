/* How long a line takes from one CPU of the host to another: two pinned threads hand a word to and
 * fro, and half of a round is one way.
 *
 * On a virtual machine this has two states, several times apart, as the host moves its CPUs between
 * groups of cores that share a cache. So it is asked beside each slice that takes two CPUs.
 */
#ifndef SIM_MEASURE_CALIBRATE_LINE_H
#define SIM_MEASURE_CALIBRATE_LINE_H

#include <stdint.h>

/* HOST. Nanoseconds one way, the median of some chunks; NaN where threads cannot be pinned to these
 * CPUs. Takes about a millisecond. */
double sim_line_measure(int host_cpu, int other);

/* Two states of values that were measured one after the other. */
struct sim_line_states {
    int two;          /* 0: all are near, within a factor of two */
    double near, far; /* medians of each */
    double border;    /* between them */
    uint32_t near_count, far_count;
};

struct sim_line_states sim_line_states(const double *values, uint32_t count);

#endif
