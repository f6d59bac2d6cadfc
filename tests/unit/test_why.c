/* Reasons: from counters alone, three at most, the heaviest first. */
#include <string.h>
#include <criterion/criterion.h>
#include "sim/measure/why.h"

static struct sim_result *pair(void)
{
    struct sim_result *result = sim_result_create();
    sim_result_designs(result, 2);
    for (uint32_t i = 0; i < 2; i++) {
        struct sim_design_result *design = &result->designs[i];
        design->per_op.switches = 2;
        design->per_op.wakes = 2;
        design->per_op.system_calls = 2;
        design->per_op.copied_bytes = 64;
        design->process_count = 1;
        design->processes = sim_result_take(result, sizeof *design->processes);
        *design->processes = (struct sim_process_result){
            .name = "server", .busy = 0.5, .ready = 0, .blocked = 0, .waiting = 0.5};
    }
    result->designs[1].ratio = (struct sim_estimate){0.5, 0.4, 0.6};
    return result;
}

Test(why, the_same_needs_no_reason)
{
    struct sim_result *result = pair();
    result->designs[1].per_op.switches = 4;
    result->designs[1].same = 1;
    sim_why(result, 1);
    cr_assert_eq(result->designs[1].why_count, 0);
    sim_result_destroy(result);
}

Test(why, no_difference_is_said)
{
    struct sim_result *result = pair();
    sim_why(result, 1);
    cr_assert_eq(result->designs[1].why_count, 1);
    cr_assert_not_null(strstr(result->designs[1].why[0], "no counter differs"));
    sim_result_destroy(result);
}

Test(why, what_points_the_way_of_the_result_comes_first)
{
    struct sim_result *result = pair();
    result->designs[1].per_op.switches = 1.5;   /* fewer, and yet slower */
    result->designs[1].per_op.system_calls = 3; /* more */
    sim_why(result, 1);
    cr_assert_eq(result->designs[1].why_count, 2);
    cr_assert_str_eq(result->designs[1].why[0],
                     "1.00 more system calls per operation: 3.00, not 2.00");
    cr_assert_str_eq(result->designs[1].why[1],
                     "0.50 fewer switches per operation: 1.50, not 2.00");
    sim_result_destroy(result);
}

Test(why, wakes_that_follow_the_switches_get_no_line)
{
    struct sim_result *result = pair();
    struct sim_design_result *design = &result->designs[1];
    design->per_op.switches = 4;
    design->per_op.wakes = 4.1;
    sim_why(result, 1);
    cr_assert_eq(design->why_count, 1);
    cr_assert_not_null(strstr(design->why[0], "switches"));
    design->per_op.wakes = 3;
    sim_why(result, 1);
    cr_assert_eq(design->why_count, 2);
    sim_result_destroy(result);
}

Test(why, three_lines_at_most_and_one_of_them_about_time)
{
    struct sim_result *result = pair();
    struct sim_design_result *design = &result->designs[1];
    design->per_op.switches = 4;
    design->per_op.wakes = 4;
    design->per_op.system_calls = 4;
    design->per_op.copied_bytes = 640;
    design->workers = 16;
    design->processes->busy = 1;
    design->processes->waiting = 0;
    sim_why(result, 1);
    cr_assert_eq(design->why_count, SIM_WHY_LINES);
    uint32_t times = 0;
    for (uint32_t i = 0; i < design->why_count; i++) {
        times += strstr(design->why[i], "of the time") != NULL;
        cr_assert_leq(strlen(design->why[i]), 72);
    }
    cr_assert_leq(times, 1);
    sim_result_destroy(result);
}

Test(why, threads_and_shares_of_time)
{
    struct sim_result *result = pair();
    struct sim_design_result *design = &result->designs[1];
    design->workers = 16;
    design->processes->busy = 0.9;
    design->processes->waiting = 0.1;
    sim_why(result, 1);
    cr_assert_eq(design->why_count, 2);
    cr_assert_str_eq(design->why[0], "16 threads of the design's own, not none");
    cr_assert_str_eq(design->why[1], "server: busy 90% of the time, not 50%");
    sim_result_destroy(result);
}

Test(why, a_design_without_a_ratio_has_no_reason)
{
    struct sim_result *result = pair();
    result->designs[1].ratio = (struct sim_estimate){NAN, NAN, NAN};
    sim_why(result, 1);
    cr_assert_eq(result->designs[1].why_count, 0);
    sim_result_destroy(result);
}
