/* Drawing: each distribution has its mean, its variance and its ends, the same on every host. */
#include <math.h>
#include <criterion/criterion.h>
#include "sim/role/draw.h"

#define DRAWS 4000000

struct moments {
    double mean, variance;
    int64_t low, high;
};

static struct moments moments_of(const struct sim_value *value, int count)
{
    struct sim_random random;
    struct sim_draw draw = sim_draw_of(value);
    struct moments moments = {0, 0, INT64_MAX, INT64_MIN};
    double sum = 0, squares = 0;
    sim_random_init(&random, 11);
    for (int i = 0; i < count; i++) {
        int64_t number = sim_draw_next(&draw, &random);
        moments.low = number < moments.low ? number : moments.low;
        moments.high = number > moments.high ? number : moments.high;
        sum += (double)number;
        squares += (double)number * (double)number;
    }
    moments.mean = sum / count;
    moments.variance = squares / count - moments.mean * moments.mean;
    return moments;
}

static struct sim_value exponential(double mean)
{
    return (struct sim_value){.kind = SIM_VALUE_EXPONENTIAL, .mean = (uint64_t)(mean * 65536)};
}

/* The host's logarithm is the judge here, and nowhere else. */
Test(draw, an_exponential_is_minus_the_logarithm_of_a_uniform_draw)
{
    struct sim_random random, same;
    sim_random_init(&random, 5);
    same = random;
    for (int i = 0; i < 100000; i++) {
        uint64_t u = sim_random_next(&same) | 1;
        double expected = -log((double)(u >> 11) * 0x1p-53 + (double)(u & 2047) * 0x1p-64);
        double drawn = (double)sim_draw_exponential(&random) * 0x1p-56;
        if (u >> 62 != 3) /* near 1 the host's doubles are the coarser ones */
            cr_assert(fabs(drawn - expected) < 1e-14 + 4e-16 * expected, "%.17g is not %.17g",
                      drawn, expected);
        else
            cr_assert(fabs(drawn - expected) < 1e-13);
    }
}

Test(draw, the_same_seed_gives_the_same_exponentials_everywhere)
{
    struct sim_random random;
    struct sim_value value = exponential(1e6);
    struct sim_draw draw = sim_draw_of(&value);
    uint64_t sum = 0;
    sim_random_init(&random, 1);
    for (int i = 0; i < 1000; i++)
        sum = sum * 31 + (uint64_t)sim_draw_next(&draw, &random) % 1000003;
    cr_assert_eq(sum, UINT64_C(17188410618712042590), "%lu", sum);
}

Test(draw, an_exponential_has_its_mean_and_variance, .timeout = 60)
{
    static const double means[] = {20, 10000, 1e9, 12345.678};
    for (int i = 0; i < 4; i++) {
        struct sim_value value = exponential(means[i]);
        struct moments got = moments_of(&value, DRAWS);
        /* Three standard errors of so many draws; the error of the method is far below. */
        cr_expect(fabs(got.mean / means[i] - 1) < 3 / sqrt(DRAWS), "mean %g of %g", got.mean,
                  means[i]);
        cr_expect(fabs(got.variance / means[i] / means[i] - 1) < 3 * sqrt(8.0 / DRAWS) + 1e-3,
                  "variance %g of %g", got.variance, means[i]);
        cr_expect_geq(got.low, 0);
        cr_expect(got.high > 10 * means[i] && got.high < 45 * means[i]);
    }
}

Test(draw, parts_of_a_unit_are_kept_where_draws_are_added_up)
{
    struct sim_random random;
    struct sim_value value = exponential(0.25), whole = {.low = 3, .high = 3};
    struct sim_draw draw = sim_draw_of(&value), three = sim_draw_of(&whole);
    uint64_t sum = 0;
    sim_random_init(&random, 2);
    for (int i = 0; i < 1000000; i++)
        sum += sim_draw_fine(&draw, &random);
    cr_assert(fabs((double)sum / 65536 / 1e6 / 0.25 - 1) < 0.005);
    cr_assert_eq(sim_draw_fine(&three, &random), 3 << 16);
}

Test(draw, the_longest_exponential_does_not_overflow)
{
    struct sim_random random;
    struct sim_value value = exponential((double)SIM_VALUE_MEAN_MAX);
    struct sim_draw draw = sim_draw_of(&value);
    sim_random_init(&random, 3);
    for (int i = 0; i < 100000; i++) {
        int64_t number = sim_draw_next(&draw, &random);
        cr_assert(number >= 0 && number <= 45 * SIM_VALUE_MEAN_MAX);
    }
}

Test(draw, two_points_come_in_their_shares)
{
    struct sim_value value = {
        .kind = SIM_VALUE_TWO_POINT, .low = 100, .high = 5, .share = (UINT64_C(1) << 32) / 4};
    struct moments got = moments_of(&value, 1000000);
    cr_assert(got.low == 5 && got.high == 100);
    cr_assert(fabs(got.mean - (100 * 0.25 + 5 * 0.75)) < 0.2, "%g", got.mean);
    value.share = 0;
    got = moments_of(&value, 1000);
    cr_assert(got.low == 5 && got.high == 5);
    value.share = UINT64_C(1) << 32;
    got = moments_of(&value, 1000);
    cr_assert(got.low == 100 && got.high == 100);
}

Test(draw, a_list_goes_round_and_draws_nothing)
{
    static const int64_t list[] = {7, -1, 4};
    struct sim_value value = {.kind = SIM_VALUE_LIST, .list = list, .count = 3};
    struct sim_draw draw = sim_draw_of(&value), other = draw;
    struct sim_random random, before;
    sim_random_init(&random, 4);
    before = random;
    for (int i = 0; i < 10; i++)
        cr_assert_eq(sim_draw_next(&draw, &random), list[i % 3]);
    cr_assert_eq(sim_draw_next(&other, &random), 7, "each drawer has a place of its own");
    cr_assert_eq(random.state, before.state);
}

Test(draw, the_range_of_a_value_is_known)
{
    static const int64_t list[] = {7, -1, 4}, one[] = {5, 5};
    struct sim_value value = {.low = 3, .high = 3};
    int64_t low, high;
    cr_assert(sim_value_constant(&value));
    value = (struct sim_value){.kind = SIM_VALUE_LIST, .list = list, .count = 3};
    sim_value_range(&value, &low, &high);
    cr_assert(low == -1 && high == 7 && !sim_value_constant(&value));
    value = (struct sim_value){.kind = SIM_VALUE_LIST, .list = one, .count = 2};
    cr_assert(sim_value_constant(&value));
    value = (struct sim_value){.kind = SIM_VALUE_TWO_POINT, .low = 9, .high = 2};
    sim_value_range(&value, &low, &high);
    cr_assert(low == 2 && high == 9);
    value = exponential(3);
    sim_value_range(&value, &low, &high);
    cr_assert(low == 0 && high == INT64_MAX);
}
