/* The interval of a median, and what is compared with it. */
#include <math.h>
#include <criterion/criterion.h>
#include "sim/measure/compare.h"
#include "sim/measure/interval.h"

Test(interval, coverage_is_that_of_the_binomial)
{
    double coverage;
    cr_assert_eq(sim_interval_trim(5, &coverage), 0);
    cr_assert_float_eq(coverage, 1 - 2.0 / 32, 1e-12);
    cr_assert_eq(sim_interval_trim(8, &coverage), 0);
    cr_assert_eq(sim_interval_trim(9, &coverage), 1);
    cr_assert_float_eq(coverage, 1 - 2.0 * (1 + 9) / 512, 1e-12);
    cr_assert_eq(sim_interval_trim(20, &coverage), 5);
    cr_assert_geq(coverage, SIM_INTERVAL_COVERAGE);
    for (uint32_t n = 6; n < 2000; n++) {
        cr_assert_lt(sim_interval_trim(n, &coverage), (n + 1) / 2);
        cr_assert_geq(coverage, SIM_INTERVAL_COVERAGE);
    }
}

Test(interval, none_one_and_many)
{
    const double values[] = {5, 1, 4, 2, 3, 100, 0};
    struct sim_estimate estimate = sim_interval_median(values, 0);
    cr_assert(isnan(estimate.median) && isnan(estimate.low) && isnan(estimate.high));
    estimate = sim_interval_median(values, 1);
    cr_assert(estimate.median == 5 && isnan(estimate.low) && isnan(estimate.high));
    estimate = sim_interval_median(values, 4);
    cr_assert_eq(estimate.median, 3);
    estimate = sim_interval_median(values, 7);
    cr_assert(estimate.median == 3 && estimate.low == 0 && estimate.high == 100);
}

Test(interval, outliers_at_both_ends_are_left_out)
{
    const double values[] = {10, 11, 12, 13, 14, 15, 16, 1000, -1000};
    struct sim_estimate estimate = sim_interval_median(values, 9);
    cr_assert(estimate.median == 13 && estimate.low == 10 && estimate.high == 16);
}

Test(interval, what_is_not_known_is_left_out)
{
    const double values[] = {NAN, 2, NAN, 1, 3};
    cr_assert_eq(sim_interval_median(values, 5).median, 2);
}

Test(compare, ratios_are_taken_within_rounds)
{
    /* The host gets slower and slower; the ratio stays. */
    const double base[] = {100, 80, 60, 40, 20}, twice[] = {200, 160, 120, 80, 40};
    struct sim_estimate ratio = sim_compare_ratio(twice, base, 5);
    cr_assert(ratio.median == 2 && ratio.low == 2 && ratio.high == 2);
    cr_assert_eq(sim_compare_noise(base, base, 5), 0);
}

Test(compare, a_missing_slice_takes_its_round_with_it)
{
    const double base[] = {100, NAN, 0, 100}, other[] = {50, 50, 50, NAN};
    cr_assert_eq(sim_compare_ratio(other, base, 4).median, 0.5);
    cr_assert(isnan(sim_compare_noise(base, base, 0)));
}

Test(compare, the_noise_floor_is_how_far_a_design_is_from_itself)
{
    const double first[] = {100, 100, 100, 100, 100}, again[] = {97, 100, 101, 99, 102};
    double floor = sim_compare_noise(first, again, 5);
    cr_assert_float_eq(floor, 0.03, 1e-9);
    struct sim_estimate inside = {1.025, 1.02, 1.03}, outside = {1.2, 1.1, 1.3};
    struct sim_estimate unsure = {1.2, 0.9, 1.3}, unknown = {NAN, NAN, NAN};
    cr_assert(sim_compare_same(&inside, floor));
    cr_assert(sim_compare_same(&unsure, floor));
    cr_assert_not(sim_compare_same(&outside, floor));
    cr_assert_not(sim_compare_same(&unknown, floor));
    cr_assert_not(sim_compare_same(&outside, NAN));
}
