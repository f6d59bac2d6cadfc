#include "sim/measure/interval.h"

#include <math.h>
#include <stdlib.h>

static int compare_values(const void *a, const void *b)
{
    const double *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

uint32_t sim_interval_trim(uint32_t count, double *coverage)
{
    /* term: chance of exactly k heads; from the middle of a large n it may start at 0, which only
     * widens the interval. */
    double term = ldexp(1, -(int)count), outside = term;
    uint32_t trim = 0;
    *coverage = count == 0 ? 0 : 1 - 2 * outside;
    while (trim + 1 < (count + 1) / 2) {
        term *= (double)(count - trim) / (double)(trim + 1);
        if (1 - 2 * (outside + term) < SIM_INTERVAL_COVERAGE)
            break;
        outside += term;
        trim++;
        *coverage = 1 - 2 * outside;
    }
    return trim;
}

struct sim_estimate sim_interval_median(const double *values, uint32_t count)
{
    struct sim_estimate estimate = {NAN, NAN, NAN};
    double *sorted = malloc((count + 1) * sizeof *sorted);
    uint32_t n = 0;
    if (sorted == NULL)
        return estimate;
    for (uint32_t i = 0; i < count; i++)
        if (!isnan(values[i]))
            sorted[n++] = values[i];
    if (n > 0) {
        double coverage;
        uint32_t trim = sim_interval_trim(n, &coverage);
        qsort(sorted, n, sizeof *sorted, compare_values);
        estimate.median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
        if (n > 1) { /* of one value nothing is known but itself */
            estimate.low = sorted[trim];
            estimate.high = sorted[n - 1 - trim];
        }
    }
    free(sorted);
    return estimate;
}
