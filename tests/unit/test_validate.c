#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include "sim/run/head.h"
#include "sim/run/validate.h"
#include "tests/unit/scenario_text.h"

extern const struct sim_design *const sim_design_table[]; /* generated; NULL ends */

#define ECHO                                                                                       \
    "processes = { pong = { role = \"echo_server\", serves = \"echo\" },"                          \
    " ping = { role = \"client\", connects = \"echo\" } } }"

static void differs(const char *text, const char *word)
{
    char why[512] = "";
    struct sim_plan *plan = scenario_good(text);
    cr_assert_eq(sim_validate_differs(plan, why, sizeof why), 1);
    cr_assert_not_null(strstr(why, word), "'%s' lacks '%s'", why, word);
    sim_plan_free(plan);
}

Test(validate, the_same_on_both_machines_is_compared)
{
    char why[512] = "";
    struct sim_plan *plan = scenario_good("return { about = \"a\", " ECHO);
    cr_assert_eq(sim_validate_differs(plan, why, sizeof why), 0, "%s", why);
    sim_plan_free(plan);
}

Test(validate, what_the_machines_do_differently_is_not_compared)
{
    char many[512];
    snprintf(many, sizeof many, "return { about = \"a\", machine = { cpus = %u }, " ECHO,
             sim_head_cpus() + 1);
    differs(many, "CPUs");
    differs(
        "return { about = \"a\", devices = { clock = { kind = \"timer\", period = 1*ms } }, " ECHO,
        "'clock'");
}

Test(validate, wrong_costs_are_told_before_anything_runs)
{
    char error[1024] = "";
    struct sim_plan *plan = scenario_good("return { about = \"a\", " ECHO);
    struct sim_validation *found = calloc(1, sizeof *found);
    const struct sim_validate_options options = {.costs = "x", .costs_text = "nonsense"};
    cr_assert_eq(sim_validate(plan, NULL, 0, &options, found, error, sizeof error), SIM_RUN_WRONG);
    cr_assert_not_null(strstr(error, "x:1"), "%s", error);
    free(found);
    sim_plan_free(plan);
}

Test(validate, what_fails_beside_the_slices_fails_each_design_and_not_the_command_line)
{
    char error[1024] = "";
    const struct sim_design *design = sim_design_table[0];
    struct sim_plan *plan = scenario_good("return { about = \"a\", " ECHO);
    struct sim_plan *beside =
        scenario_good("return { about = \"a\", raw = true, processes = { one = {"
                      " waits = true, body = function(me) error(\"no\") end } } }");
    struct sim_validation *found = calloc(1, sizeof *found);
    const struct sim_validate_options options = {
        .costs = "skylake-64", .duration_ns = 5000000, .ping_pong = beside, .rendezvous = design};
    cr_assert_eq(sim_validate(plan, &design, 1, &options, found, error, sizeof error),
                 SIM_RUN_FAILED);
    cr_assert_not_null(strstr(found->row[0].failure, "beside the slices: "), "%s",
                       found->row[0].failure);
    free(found);
    sim_plan_free(beside);
    sim_plan_free(plan);
}
