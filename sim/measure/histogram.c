#include "sim/measure/histogram.h"

#include <math.h>

#define SUB ((uint64_t)1 << SIM_HISTOGRAM_BITS)

static uint32_t bucket_of(uint64_t value)
{
    if (value < SUB)
        return (uint32_t)value;
    uint32_t shift = 63 - (uint32_t)__builtin_clzll(value) - SIM_HISTOGRAM_BITS;
    return ((shift + 1) << SIM_HISTOGRAM_BITS) + (uint32_t)((value >> shift) - SUB);
}

/* The middle of a bucket: what stands for every value in it. */
static double bucket_value(uint32_t bucket)
{
    if (bucket < SUB)
        return bucket;
    uint32_t shift = (bucket >> SIM_HISTOGRAM_BITS) - 1;
    double first = ldexp((double)(SUB + (bucket & (SUB - 1))), (int)shift);
    return first + (ldexp(1, (int)shift) - 1) / 2;
}

void sim_histogram_add(struct sim_histogram *histogram, uint64_t value)
{
    if (histogram->count == 0 || value < histogram->low)
        histogram->low = value;
    if (value > histogram->high)
        histogram->high = value;
    histogram->count++;
    histogram->bucket[bucket_of(value)]++;
}

void sim_histogram_merge(struct sim_histogram *into, const struct sim_histogram *from)
{
    if (from->count == 0)
        return;
    if (into->count == 0 || from->low < into->low)
        into->low = from->low;
    if (from->high > into->high)
        into->high = from->high;
    into->count += from->count;
    uint32_t last = bucket_of(from->high);
    for (uint32_t i = bucket_of(from->low); i <= last; i++)
        into->bucket[i] += from->bucket[i];
}

double sim_histogram_percentile(const struct sim_histogram *histogram, double share)
{
    double wanted = ceil(share * (double)histogram->count);
    uint64_t rank = wanted < 1 ? 1 : (uint64_t)wanted;
    if (rank > histogram->count || histogram->count - rank < SIM_HISTOGRAM_BEYOND)
        return NAN;
    uint64_t seen = 0;
    uint32_t i = bucket_of(histogram->low);
    while (seen + histogram->bucket[i] < rank)
        seen += histogram->bucket[i++];
    double value = bucket_value(i);
    if (value < (double)histogram->low)
        value = (double)histogram->low;
    if (value > (double)histogram->high)
        value = (double)histogram->high;
    return value;
}

double sim_histogram_max(const struct sim_histogram *histogram)
{
    return histogram->count == 0 ? NAN : (double)histogram->high;
}
