/* What is reckoned from slices: rows, claims, verdicts. */
#include "bench/harness/run.h"

#include <criterion/criterion.h>
#include <string.h>
#include "bench/harness/host.h"

#define ROUNDS 7U

static const struct bench_case cases[] = {
    {.name = "ours", .unit = "ns", .cpus = 2},
    {.name = "peer", .unit = "ns", .cpus = 2, .ours = "ours"},
};
static const struct bench_program program = {.name = "program", .cases = cases, .case_count = 2};
static struct bench_slice slices[2 * BENCH_ROUNDS_MAX];

/* Ours takes 20 to 26, the peer always 10; all lines are near, and nobody is in the way. */
static struct bench_run a_run(void)
{
    struct bench_run run = {
        .program = &program, .rounds = ROUNDS, .slices = slices, .cpus = 2, .pinned = 1};
    memset(slices, 0, sizeof slices);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        slices[i] = (struct bench_slice){.figure = 20 + i, .probe = 100};
        slices[BENCH_ROUNDS_MAX + i] = (struct bench_slice){.figure = 10, .probe = 100};
    }
    return run;
}

static enum bench_verdict judge(const struct bench_run *run, struct bench_claim claim)
{
    struct bench_order found = bench_claim_of(run, &claim);
    return bench_verdict(&claim, &found);
}

Test(order, the_interval_leaves_out_as_many_as_a_fair_coin_allows)
{
    double few[] = {5, 1, 4, 2, 3}, more[21];
    struct bench_order order = bench_order(few, 5);
    cr_assert(order.low == 1 && order.median == 3 && order.high == 5 && order.count == 5);
    for (uint32_t i = 0; i < 21; i++)
        more[i] = 21 - i;
    order = bench_order(more, 21); /* 5 or fewer heads of 21: 1.3 %; 6 or fewer: 3.9 % */
    cr_assert(order.low == 6 && order.median == 11 && order.high == 16);
    cr_assert_eq(bench_order(more, 0).count, 0);
}

Test(run, a_row_has_its_failed_and_far_and_cut_slices)
{
    struct bench_run run = a_run();
    slices[1].figure = BENCH_FAILED;
    slices[2].probe = BENCH_FAR_NS + 1;
    slices[3].cut = BENCH_CUT_STEAL;
    struct bench_row row = bench_row_of(&run, 0);
    cr_assert(row.state == BENCH_MEASURED && row.failed == 1 && row.far == 1 && row.cut == 1);
    cr_assert_eq(row.order.count, ROUNDS - 1);
    for (uint32_t i = 0; i < ROUNDS; i++)
        slices[i].figure = BENCH_NOT_INSTALLED;
    cr_assert_eq(bench_row_of(&run, 0).state, BENCH_STATE_NOT_INSTALLED);
}

Test(run, a_peer_has_the_ratio_of_ours_to_it)
{
    struct bench_run run = a_run();
    struct bench_order ratio = bench_ratio_of(&run, 1);
    cr_assert(ratio.count == ROUNDS && ratio.low == 2 && ratio.median == 2.3 && ratio.high == 2.6);
    cr_assert_eq(bench_ratio_of(&run, 0).count, 0);
}

Test(run, neither_near_with_far_nor_cut_slices_are_compared_and_busy_rounds_only_where_allowed)
{
    struct bench_run run = a_run();
    struct bench_claim any = {"ours", "peer", 3, 0, 0}, quiet = {"ours", "peer", 3, 0, 1};
    slices[0].probe = BENCH_FAR_NS + 1;
    cr_assert_eq(bench_claim_of(&run, &any).count, ROUNDS - 1);
    slices[BENCH_ROUNDS_MAX].probe = BENCH_FAR_NS + 1; /* both are far now */
    cr_assert_eq(bench_claim_of(&run, &any).count, ROUNDS);
    slices[2].cut = BENCH_CUT_OTHERS;
    slices[BENCH_ROUNDS_MAX + 3].cut = BENCH_CUT_STEAL;
    run.taken[4] = BENCH_QUIET;
    run.taken[5] = -1; /* not known */
    cr_assert_eq(bench_claim_of(&run, &any).count, ROUNDS - 2);
    cr_assert_eq(bench_claim_of(&run, &quiet).count, ROUNDS - 4);
}

Test(run, a_verdict_is_given_only_where_the_whole_interval_lies_on_one_side)
{
    struct bench_run run = a_run();
    cr_assert_eq(judge(&run, (struct bench_claim){"ours", "peer", 2.6, 0, 0}), BENCH_MET);
    cr_assert_eq(judge(&run, (struct bench_claim){"ours", "peer", 2.5, 0, 0}), BENCH_CANNOT_TELL);
    cr_assert_eq(judge(&run, (struct bench_claim){"ours", "peer", 2.1, 0, 0}), BENCH_CANNOT_TELL);
    cr_assert_eq(judge(&run, (struct bench_claim){"ours", "peer", 1.9, 0, 0}), BENCH_MISSED);
    cr_assert_eq(judge(&run, (struct bench_claim){"ours", "peer", 0, 2, 0}), BENCH_MET);
    cr_assert_eq(judge(&run, (struct bench_claim){"ours", "peer", 0, 2.7, 0}), BENCH_MISSED);
    cr_assert_eq(judge(&run, (struct bench_claim){"ours", NULL, 30, 0, 0}), BENCH_MET);
    cr_assert_eq(judge(&run, (struct bench_claim){"ours", "peer", 0, 0, 0}), BENCH_NO_TARGET);
    for (uint32_t i = 0; i < ROUNDS; i++)
        slices[i].figure = BENCH_FAILED;
    cr_assert_eq(judge(&run, (struct bench_claim){"ours", "peer", 3, 0, 0}), BENCH_CANNOT_TELL);
}

Test(run, nothing_is_claimed_of_rows_that_want_more_cpus_than_there_are)
{
    struct bench_run run = a_run();
    run.cpus = 1;
    cr_assert_eq(bench_ratio_of(&run, 1).count, 0);
    cr_assert_eq(judge(&run, (struct bench_claim){"ours", "peer", 3, 0, 0}), BENCH_CANNOT_TELL);
    cr_assert_eq(judge(&run, (struct bench_claim){"ours", NULL, 30, 0, 0}), BENCH_CANNOT_TELL);
}

Test(host, a_slice_is_cut_by_a_tick_of_steal_or_by_more_of_others_than_rounding_makes)
{
    struct bench_host before = {.busy_s = 100, .own_s = 10}, after = before;
    cr_assert_eq(bench_host_cut(&before, &after), BENCH_UNCUT);
    after.busy_s += 0.5; /* it was we */
    after.own_s += 0.5;
    cr_assert_eq(bench_host_cut(&before, &after), BENCH_UNCUT);
    after.busy_s += 1000;
    cr_assert_eq(bench_host_cut(&before, &after), BENCH_CUT_OTHERS);
    after.steal_s += 0.01;
    cr_assert_eq(bench_host_cut(&before, &after), BENCH_CUT_STEAL);
}
