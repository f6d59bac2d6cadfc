/* The median of a few slices and an interval for it, without assuming how they are distributed.
 *
 * The interval runs between two order statistics: the chance that the true median lies outside of
 * the k-th smallest and the k-th largest of n independent values is twice that of fewer than k heads
 * in n throws of a coin. The narrowest pair with at least 95% is taken; where even the smallest and
 * the largest value do not reach that (n of 5 gives 93.8%), they are the interval.
 */
#ifndef SIM_MEASURE_INTERVAL_H
#define SIM_MEASURE_INTERVAL_H

#include <stdint.h>
#include "sim/measure/result.h"

#define SIM_INTERVAL_COVERAGE 0.95

/* NaN in all three for no values; values that are NaN are left out. */
struct sim_estimate sim_interval_median(const double *values, uint32_t count);

/* How many values of n lie outside of the interval at each end, and what it covers (0 to 1). */
uint32_t sim_interval_trim(uint32_t count, double *coverage);

#endif
