/* Histograms: exact where small, within one percent where large, and honest about the tail. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>
#include "sim/measure/histogram.h"

static struct sim_histogram *make(void)
{
    struct sim_histogram *histogram = calloc(1, sizeof *histogram);
    cr_assert_not_null(histogram);
    return histogram;
}

Test(histogram, every_magnitude_is_kept_to_one_percent)
{
    for (int shift = 0; shift < 64; shift++)
        for (uint64_t add = 0; add < 3; add++) {
            struct sim_histogram *histogram = make();
            uint64_t value = ((uint64_t)1 << shift) + add * (((uint64_t)1 << shift) / 3);
            /* Ends far away, so that the answer is not clamped to them. */
            sim_histogram_add(histogram, 0);
            for (int i = 0; i < 30; i++)
                sim_histogram_add(histogram, value);
            for (int i = 0; i < 30; i++)
                sim_histogram_add(histogram, UINT64_MAX);
            double got = sim_histogram_percentile(histogram, 0.5);
            cr_assert_leq(fabs(got - (double)value), (double)value / 100, "%llu: %g",
                          (unsigned long long)value, got);
            free(histogram);
        }
}

Test(histogram, small_values_are_exact)
{
    struct sim_histogram *histogram = make();
    for (uint64_t value = 0; value < 128; value++)
        sim_histogram_add(histogram, value);
    cr_assert_eq(sim_histogram_percentile(histogram, 0.5), 63);
    cr_assert_eq(sim_histogram_percentile(histogram, 0.25), 31);
    cr_assert_eq(sim_histogram_max(histogram), 127);
    free(histogram);
}

Test(histogram, a_percentile_needs_ten_samples_beyond_it)
{
    struct sim_histogram *histogram = make();
    for (int i = 0; i < 999; i++)
        sim_histogram_add(histogram, 100);
    cr_assert(isnan(sim_histogram_percentile(histogram, 0.99)), "nine samples beyond");
    sim_histogram_add(histogram, 100);
    cr_assert_eq(sim_histogram_percentile(histogram, 0.99), 100);
    cr_assert(isnan(sim_histogram_percentile(histogram, 0.999)));
    cr_assert_eq(sim_histogram_percentile(histogram, 0.9), 100);
    free(histogram);
}

Test(histogram, an_empty_one_knows_nothing)
{
    struct sim_histogram *histogram = make();
    cr_assert(isnan(sim_histogram_percentile(histogram, 0.5)));
    cr_assert(isnan(sim_histogram_max(histogram)));
    free(histogram);
}

Test(histogram, merging_is_adding_all)
{
    struct sim_histogram *all = make(), *merged = make(), *parts[3];
    uint64_t value = 1;
    for (int i = 0; i < 3; i++)
        parts[i] = make();
    for (int i = 0; i < 3000; i++) {
        value = value * 6364136223846793005U + 1442695040888963407U;
        sim_histogram_add(all, value >> (i % 60));
        sim_histogram_add(parts[i % 3], value >> (i % 60));
    }
    for (int i = 0; i < 3; i++) {
        sim_histogram_merge(merged, parts[i]);
        memset(parts[i], 0, sizeof *parts[i]);
        sim_histogram_merge(merged, parts[i]); /* an empty one changes nothing */
        free(parts[i]);
    }
    cr_assert_eq(memcmp(all, merged, sizeof *all), 0);
    free(all);
    free(merged);
}
