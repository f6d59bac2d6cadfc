#include "scenario_text.h"

#define HEAD                                                                                       \
    "return { processes = { a = { role = 'client', connects = 'x' },\n"                            \
    "  b = { role = 'echo_server', serves = 'x' } },\n"                                            \
    "expect = function(r)\n"

static const char result[] =
    "{ \"design\": \"submit-port\", \"errors\": 0, \"exact\": false, \"nothing\": null,"
    "  \"per_op\": { \"switches\": 2.5 }, \"ops_per_s\": { \"median\": 10 },"
    "  \"processes\": { \"b\": { \"requests\": 7, \"busy\": 0.5 } } }";

static int expect(const char *body, const char *json, char error[1024])
{
    char text[2048];
    snprintf(text, sizeof text, HEAD "%s\nend }\n", body);
    struct sim_plan *plan = scenario_good(text);
    error[0] = 0;
    int failed = sim_plan_expect(plan, json, error, 1024);
    sim_plan_free(plan);
    return failed;
}

static void holds(const char *body)
{
    char error[1024];
    cr_assert_eq(expect(body, result, error), 0, "%s", error);
}

static void fails(const char *body, const char *message)
{
    char error[1024];
    cr_assert_eq(expect(body, result, error), 1, "%s", body);
    cr_assert_not_null(strstr(error, message), "%s", error);
}

Test(scenario_expect, sees_the_names_of_the_json)
{
    holds("expect(r.design == 'submit-port'); expect(r.errors == 0)");
    holds("expect(r.per_op.switches == 2.5); expect(r.process.b.requests == 7)");
    holds("expect(r.process == r.processes); expect(r.nothing == nil)");
}

Test(scenario_expect, a_failure_names_the_line_and_the_text)
{
    fails("expect(r.errors == 1)", "test.lua:4: failed: expect(r.errors == 1)");
    fails("expect(r.errors == 1, 'too few')", "test.lua:4: failed: too few");
}

Test(scenario_expect, times_are_there_only_where_they_are_exact)
{
    char error[1024];
    holds("expect(r.exact == false); expect(r.ops_per_s == nil); expect(r.process.b.busy == nil)");
    cr_assert_eq(expect("expect(r.exact); expect(r.ops_per_s.median == 10)",
                        "{ \"exact\": 1, \"ops_per_s\": { \"median\": 10 } }", error),
                 0, "%s", error);
}

Test(scenario_expect, a_misspelt_name_is_an_error)
{
    fails("expect(r.erors == nil)", "the result has no 'erors' here: did you mean 'errors'?");
    fails("expect(r.process.c == nil)", "accepted: b");
}

Test(scenario_expect, an_endless_function_ends)
{
    fails("while true do end", "test.lua:4: still going on after");
}

Test(scenario_expect, parameters_are_the_resolved_ones)
{
    static const struct sim_setting setting = {"n", "3"};
    char error[1024];
    struct sim_plan *plan = scenario_load("local p = params { n = { 1, 1, 9, 'x' } }\n" HEAD
                                          "expect(p.n == 3)\nend }\n",
                                          &setting, 1, error);
    cr_assert_not_null(plan, "%s", error);
    cr_assert_eq(sim_plan_expect(plan, result, error, sizeof error), 0, "%s", error);
    sim_plan_free(plan);
}

Test(scenario_expect, no_function_expects_nothing)
{
    char error[1024];
    struct sim_plan *plan = scenario_good("return { processes = {\n"
                                          "  a = { role = 'client', connects = 'x' },\n"
                                          "  b = { role = 'echo_server', serves = 'x' } } }\n");
    cr_assert_eq(plan->has_expect, 0);
    cr_assert_eq(sim_plan_expect(plan, "not json", error, sizeof error), 0);
    sim_plan_free(plan);
}

Test(scenario_expect, what_is_no_result_is_told)
{
    char error[1024];
    cr_assert_eq(expect("", "[1, 2]", error), 1);
    cr_assert_not_null(strstr(error, "is no JSON object"), "%s", error);
    cr_assert_eq(expect("", "{", error), 1);
}
