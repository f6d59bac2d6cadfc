/* Loads where time is modelled: arrivals, queues and priorities come out as they must, and every
 * operation is billed for the work that was done for it. Costs are zero unless a test says. */
#include "scenario_text.h"

#include <math.h>
#include "sim/measure/result.h"
#include "sim/run/run.h"

extern const struct sim_design *const sim_design_table[]; /* generated; NULL ends */

static const struct sim_design *design_of(const char *name)
{
    for (uint32_t i = 0; sim_design_table[i] != NULL; i++)
        if (strcmp(sim_design_table[i]->name, name) == 0)
            return sim_design_table[i];
    cr_assert_fail("no design %s", name);
    return NULL;
}

static struct sim_result *measure(const struct sim_plan *plan, const char *design, uint64_t ops)
{
    const struct sim_design *only = design_of(design);
    const struct sim_run_options options = {.machine = "model", .ops = ops, .seed = 1};
    struct sim_result *result = sim_result_create();
    char error[1024] = "";
    enum sim_run_outcome outcome =
        sim_compare(plan, &only, 1, &options, result, error, sizeof error);
    cr_assert_eq(outcome, SIM_RUN_OK, "%s: %s%s", design, error,
                 result->design_count > 0 && result->designs[0].failures.count > 0
                     ? result->designs[0].failures.text[0]
                     : "");
    return result;
}

/* A scenario of the tree with settings, which NULL ends. */
static struct sim_result *run_file(const char *name, const struct sim_setting *settings,
                                   const char *design, uint64_t ops)
{
    char path[512], error[1024];
    uint32_t count = 0;
    while (settings[count].name != NULL)
        count++;
    struct sim_plan *plan =
        sim_plan_load(scenario_path(path, name), settings, count, error, sizeof error);
    cr_assert_not_null(plan, "%s", error);
    struct sim_result *result = measure(plan, design, ops);
    sim_plan_free(plan);
    return result;
}

static struct sim_result *run_text(const char *text, const char *design, uint64_t ops)
{
    struct sim_plan *plan = scenario_good(text);
    struct sim_result *result = measure(plan, design, ops);
    sim_plan_free(plan);
    return result;
}

static double part(const struct sim_result *result, const char *name)
{
    const struct sim_bill_result *mean = &result->designs[0].attribution.mean;
    for (uint32_t i = 0; i < mean->part_count; i++)
        if (strcmp(mean->parts[i].name, name) == 0)
            return mean->parts[i].ns;
    cr_assert_fail("no part %s", name);
    return 0;
}

/* ---- priority inversion ----------------------------------------------------------------------- */

static void inverted(const char *servers, const char *inherit, const char *design, double expected)
{
    const struct sim_setting settings[] = {
        {"servers", servers}, {"inherit", inherit}, {NULL, NULL}};
    struct sim_result *result = run_file("scenarios/inversion.lua", settings, design, 20);
    const struct sim_response_result *response = &result->designs[0].response;
    cr_expect(response->p50 == expected && response->max == expected, "%s, %s, %s: %g to %g",
              servers, inherit, design, response->p50, response->max);
    sim_result_destroy(result);
}

/* 70 us of what low has asked for are left, 20 us are its own; middle computes for 1 ms. */
Test(role_loads, high_waits_for_the_current_request_or_for_all_of_middle, .timeout = 60)
{
    static const char *const chain[] = {"1", "2"};
    for (int i = 0; i < 2; i++) {
        inverted(chain[i], "inherit", "rendezvous", 90000);
        inverted(chain[i], "none", "rendezvous", 1090000);
        inverted(chain[i], "inherit", "submit-port", 1090000); /* a submit raises nobody */
    }
}

/* ---- queues ------------------------------------------------------------------------------------- */

static void queue_is(const struct sim_setting *settings, uint64_t ops, double mean, double within)
{
    struct sim_result *result = run_file("scenarios/queue.lua", settings, "submit-port", ops);
    double got = result->designs[0].attribution.mean.response_ns;
    cr_expect(fabs(got / mean - 1) < within, "%s=%s: %g instead of %g", settings[0].name,
              settings[0].value, got, mean);
    sim_result_destroy(result);
}

Test(role_loads, queues_are_as_long_as_theory_says, .timeout = 120)
{
    const struct sim_setting random[] = {{"percent", "50"}, {NULL, NULL}},
                             constant[] = {{"shape", "constant"}, {"percent", "50"}, {NULL, NULL}},
                             servers[] = {{"servers", "4"}, {"percent", "60"}, {NULL, NULL}},
                             closed[] = {{"load", "closed"},
                                         {"clients", "8"},
                                         {"think", "50us"},
                                         {NULL, NULL}};
    queue_is(random, 100000, 20000, 0.03);
    queue_is(constant, 100000, 15000, 0.02);
    queue_is(servers, 100000, 11794, 0.02); /* 10 us + 0.2870 / (4 * 0.4) * 10 us */
    queue_is(closed, 100000, 36026, 0.02);
}

Test(role_loads, fixed_arrivals_at_a_constant_server_never_wait)
{
    const struct sim_setting settings[] = {
        {"load", "fixed"}, {"shape", "constant"}, {"percent", "80"}, {NULL, NULL}};
    struct sim_result *result = run_file("scenarios/queue.lua", settings, "submit-port", 1000);
    cr_expect_eq(result->designs[0].response.max, 10000);
    cr_expect_str_eq(result->load.model, "open loop");
    sim_result_destroy(result);
}

/* Two milliseconds of work are asked for in each: the n-th was due after n ms and is done after 2n + 1,
 * however late it began. */
Test(role_loads, an_overloaded_open_loop_measures_from_when_operations_were_due)
{
    static const char text[] =
        "return { machine = { cpus = 2, costs = 'free' }, processes = {\n"
        "  server = { role = 'echo_server', serves = 'x', service = 2*ms, cpu = 0 },\n"
        "  client = { role = 'client', connects = 'x', send = { 0 }, arrival = every(1*ms),\n"
        "             cpu = 1 } } }";
    struct sim_result *result = run_text(text, "submit-port", 50);
    uint64_t last = result->method.warmup_ops + result->method.slice_ops;
    cr_expect_eq(result->designs[0].response.max, (double)(last + 1) * 1e6, "%g",
                 result->designs[0].response.max);
    sim_result_destroy(result);
}

/* ---- bills ---------------------------------------------------------------------------------------- */

static void serves(const char *text, double service)
{
    for (uint32_t i = 0; sim_design_table[i] != NULL; i++) {
        struct sim_result *result = run_text(text, sim_design_table[i]->name, 200);
        const struct sim_design_result *design = &result->designs[0];
        cr_expect_eq(design->attribution.requests, 200, "%s", sim_design_table[i]->name);
        cr_expect(fabs(part(result, "service") - service) < 0.01, "%s: %g",
                  sim_design_table[i]->name, part(result, "service"));
        sim_result_destroy(result);
    }
}

Test(role_loads, a_request_is_billed_for_the_service_of_each_stage, .timeout = 60)
{
    serves("return { machine = { cpus = 1 }, processes = {\n"
           "  a = { role = 'pipeline_stage', serves = 'a', connects = 'b', service = 3*us },\n"
           "  b = { role = 'pipeline_stage', serves = 'b', connects = 'c', service = 4*us },\n"
           "  c = { role = 'echo_server', serves = 'c', service = 5*us },\n"
           "  client = { role = 'client', connects = 'a', think = 1*us } } }",
           12000);
}

Test(role_loads, bodies_bill_what_they_do_for_a_request_to_that_request, .timeout = 60)
{
    serves("local function back(me) while true do local r = me:next()\n"
           "  compute(2*us) r:reply(OK) end end\n"
           "local function front(me) local back, asked = me:link('back'), {}\n"
           "  while true do local e = me:next()\n"
           "    if e.kind == 'completion' then compute(1*us) asked[e.key]:reply(e.status)\n"
           "    else compute(4*us) asked[back:submit({})] = e end end end\n"
           "return { machine = { cpus = 2 }, processes = {\n"
           "  back = { body = back, serves = 'back' },\n"
           "  front = { body = front, serves = 'front', connects = 'back' },\n"
           "  client = { role = 'client', connects = 'front', send = { 1 } } } }",
           7000);
}

Test(role_loads, operations_of_awaited_bodies_are_billed_where_there_is_no_client, .timeout = 60)
{
    static const char text[] =
        "local function server(me) while true do local r = me:next()\n"
        "  compute(6*us) r:reply(OK) end end\n"
        "local function client(me) local x = me:link('x')\n"
        "  for i = 1, 30 do x:submit({ i }) compute(1*us) me:next() end end\n"
        "return { machine = { cpus = 2 }, processes = {\n"
        "  server = { body = server, serves = 'x' },\n"
        "  client = { body = client, connects = 'x', waits = true } } }";
    struct sim_result *result = run_text(text, "submit-port", 1);
    cr_expect_geq(result->designs[0].attribution.requests, 30);
    cr_expect(part(result, "service") >= 6000 && part(result, "service") <= 7000, "%g",
              part(result, "service"));
    sim_result_destroy(result);
}

/* ---- streams -------------------------------------------------------------------------------------- */

Test(role_loads, one_more_process_changes_nobodys_draws)
{
    static const char alone[] =
        "return { machine = { cpus = 4, costs = 'free' }, processes = {\n"
        "  server = { role = 'echo_server', serves = 'x', service = exponential(5*us), cpu = 0 },\n"
        "  client = { role = 'client', connects = 'x', send = { 0 }, pause = exponential(9*us),\n"
        "             cpu = 1 } } }",
                      beside[] = "return { machine = { cpus = 4, costs = 'free' }, processes = {\n"
                                 "  a = { body = function(me) while true do sleep_until(now() + "
                                 "uniform(1, 9) * us) end end,\n"
                                 "        cpu = 2 },\n"
                                 "  server = { role = 'echo_server', serves = 'x', service = "
                                 "exponential(5*us), cpu = 0 },\n"
                                 "  client = { role = 'client', connects = 'x', send = { 0 }, "
                                 "pause = exponential(9*us),\n"
                                 "             cpu = 1 } } }";
    struct sim_result *one = run_text(alone, "submit-port", 500);
    struct sim_result *other = run_text(beside, "submit-port", 500);
    cr_expect_eq(one->designs[0].response.max, other->designs[0].response.max);
    cr_expect_eq(one->designs[0].attribution.mean.response_ns,
                 other->designs[0].attribution.mean.response_ns);
    sim_result_destroy(one);
    sim_result_destroy(other);
}
