#include "bench/harness/order.h"

#include <math.h>
#include <stdlib.h>

#define OUTSIDE 0.025 /* at most, on either side */

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* How many of the least values lie below the interval, and as many of the greatest above it: as many
 * as may be. So few values or fewer are under the median as often as a fair coin falls so seldom: with
 * n throws, in the sum of (n over k) / 2^n of all cases. */
static uint32_t left_out(uint32_t n)
{
    uint32_t out = 0;
    double below = 0, log_ways = 0;
    for (uint32_t k = 0; k < n / 2; k++) {
        below += exp(log_ways - n * log(2.0));
        if (below > OUTSIDE)
            break;
        out = k;
        log_ways += log((double)(n - k)) - log((double)(k + 1));
    }
    return out;
}

struct bench_order bench_order(double *values, uint32_t count)
{
    struct bench_order order = {.count = count};
    if (count == 0)
        return order;
    qsort(values, count, sizeof *values, compare);
    uint32_t out = left_out(count);
    order.median = (values[(count - 1) / 2] + values[count / 2]) / 2;
    order.low = values[out];
    order.high = values[count - 1 - out];
    return order;
}
