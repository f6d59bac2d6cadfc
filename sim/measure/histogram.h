/* Histograms of 64-bit values: log-linear buckets, so that every value is kept to better than one
 * percent, whatever its size, in a fixed amount of memory.
 *
 * Below 128 each value has a bucket of its own; above, each power of two is cut into 128. Adding is
 * a few instructions and never allocates; histograms of many threads are merged afterwards. A
 * histogram of zeros is an empty one, so large arrays of them can come from calloc and cost memory
 * only where they are used.
 */
#ifndef SIM_MEASURE_HISTOGRAM_H
#define SIM_MEASURE_HISTOGRAM_H

#include <stdint.h>

#define SIM_HISTOGRAM_BITS 7
#define SIM_HISTOGRAM_BUCKETS ((64 - SIM_HISTOGRAM_BITS + 1) << SIM_HISTOGRAM_BITS)

/* A percentile is known only with so many samples beyond it. */
#define SIM_HISTOGRAM_BEYOND 10U

struct sim_histogram {
    uint64_t count;
    uint64_t low, high;                     /* least and greatest value; exact */
    uint64_t bucket[SIM_HISTOGRAM_BUCKETS]; /* low's to high's may be in use */
};

void sim_histogram_add(struct sim_histogram *histogram, uint64_t value);

/* Adds all of `from`, which stays as it is. */
void sim_histogram_merge(struct sim_histogram *into, const struct sim_histogram *from);

/* The value that `share` (0 to 1) of all samples do not exceed, within one percent; NaN if fewer
 * than SIM_HISTOGRAM_BEYOND samples lie beyond it. */
double sim_histogram_percentile(const struct sim_histogram *histogram, double share);

/* The greatest value, exact; NaN if there is none. */
double sim_histogram_max(const struct sim_histogram *histogram);

#endif
