/* Medians, and how sure they are, of figures that follow no distribution known. */
#ifndef BENCH_HARNESS_ORDER_H
#define BENCH_HARNESS_ORDER_H

#include <stdint.h>

struct bench_order {
    double median, low, high; /* the interval holds the median with at least 95 %, from 6 on */
    uint32_t count;           /* of the figures; 0: the others mean nothing */
};

/* Sorts the values. */
struct bench_order bench_order(double *values, uint32_t count);

#endif
