/* Options of the kernel from several places are one text, in which each name stands once. */
#include <string.h>
#include <criterion/criterion.h>
#include "sim/run/settle.h"

static void joins(const char *first, const char *then, const char *expected)
{
    struct sim_result *result = sim_result_create();
    cr_expect_str_eq(sim_settle_kernel(first, then, result), expected);
    /* A text that is put behind itself stays as it is: so a result can be repeated. */
    cr_expect_str_eq(sim_settle_kernel(expected, expected, result), expected);
    sim_result_destroy(result);
}

Test(settle, the_last_value_of_a_kernel_option_wins_in_the_first_one_s_place)
{
    joins(NULL, NULL, "");
    joins("", NULL, "");
    joins("locking=big", NULL, "locking=big");
    joins(NULL, "locking=big", "locking=big");
    joins("locking=big,idle=poll", "locking=object", "locking=object,idle=poll");
    joins("idle=poll", "locking=big,locking=object", "idle=poll,locking=object");
    joins("idle=poll", "idle=2us,wake=same", "idle=2us,wake=same");
    joins("wake=same", "wak=idle", "wake=same,wak=idle");
    joins(",,idle=poll,", ",", "idle=poll");
}

Test(settle, time_from_costs_is_a_property_of_the_machine)
{
    cr_expect_eq(sim_settle_billed("threads"), 0);
    cr_expect_eq(sim_settle_billed("scripted"), 0);
    cr_expect_eq(sim_settle_billed("nowhere"), 0);
    cr_expect_eq(sim_settle_billed("model"), 1);
}
