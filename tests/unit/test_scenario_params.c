#include "scenario_text.h"

#define REST                                                                                       \
    "\nreturn { processes = { a = { role = 'client', connects = 'x', count = p.n or 1 },\n"        \
    "  b = { role = 'echo_server', serves = 'x' } } }\n"

static const struct sim_parameter *find(const struct sim_plan *plan, const char *name)
{
    for (uint32_t i = 0; i < plan->parameter_count; i++)
        if (strcmp(plan->parameters[i].name, name) == 0)
            return &plan->parameters[i];
    cr_assert_fail("no parameter %s", name);
    return NULL;
}

static const char declared[] = "local p = params {\n"
                               "  n    = { 4, 1, 100, 'instances' },\n"
                               "  size = { 4*KiB, 0, 1*MiB, 'bytes' },\n"
                               "  mode = { 'slow', { 'fast', 'slow' }, 'how' },\n"
                               "  file = { '', 'what' },\n"
                               "  twice = { function(p) return p.n * 2 end, 0, 1000, 'more' },\n"
                               "}" REST;

Test(scenario_params, defaults_hold)
{
    struct sim_plan *plan = scenario_good(declared);
    cr_assert_eq(plan->parameter_count, 6);
    cr_assert_eq(find(plan, "n")->number, 4);
    cr_assert_eq(find(plan, "n")->low, 1);
    cr_assert_eq(find(plan, "n")->high, 100);
    cr_assert_str_eq(find(plan, "n")->help, "instances");
    cr_assert_eq(find(plan, "n")->given, 0);
    cr_assert_str_eq(find(plan, "size")->shown, "4KiB");
    cr_assert_eq(find(plan, "mode")->kind, SIM_PARAMETER_CHOICE);
    cr_assert_str_eq(find(plan, "mode")->text, "slow");
    cr_assert_str_eq(find(plan, "mode")->choices[0], "fast");
    cr_assert_null(find(plan, "mode")->choices[2]);
    cr_assert_eq(find(plan, "file")->kind, SIM_PARAMETER_PATH);
    cr_assert_eq(find(plan, "twice")->number, 8);
    sim_plan_free(plan);
}

Test(scenario_params, come_in_the_order_of_the_author)
{
    static const char *const order[] = {"cpus", "n", "size", "mode", "file", "twice"};
    struct sim_plan *plan = scenario_good(declared);
    for (uint32_t i = 0; i < 6; i++)
        cr_assert_str_eq(plan->parameters[i].name, order[i]);
    sim_plan_free(plan);
}

Test(scenario_params, settings_replace_defaults)
{
    static const struct sim_setting settings[] = {
        {"n", "7"}, {"size", "64KiB"}, {"mode", "fast"}, {"file", "/tmp/x"}, {"n", "8"}};
    char error[1024];
    struct sim_plan *plan = scenario_load(declared, settings, 5, error);
    cr_assert_not_null(plan, "%s", error);
    cr_assert_eq(find(plan, "n")->number, 8, "the last one counts");
    cr_assert_eq(find(plan, "n")->given, 1);
    cr_assert_eq(find(plan, "size")->number, 65536);
    cr_assert_str_eq(find(plan, "mode")->text, "fast");
    cr_assert_str_eq(find(plan, "file")->text, "/tmp/x");
    cr_assert_eq(find(plan, "twice")->number, 16, "a default that is a function sees them");
    cr_assert_eq(plan->processes[0].count, 8);
    sim_plan_free(plan);
}

static void refused(const char *name, const char *value, const char *message)
{
    const struct sim_setting setting = {name, value};
    char error[1024];
    struct sim_plan *plan = scenario_load(declared, &setting, 1, error);
    cr_assert_null(plan, "%s = %s", name, value);
    cr_assert_not_null(strstr(error, message), "%s", error);
}

Test(scenario_params, wrong_settings_are_refused_with_what_is_accepted)
{
    refused("m", "1", "there is no parameter 'm': did you mean 'mode'? accepted: cpus, n, size");
    refused("n", "0", "test.lua:2: parameter 'n' = 0 is out of range: accepted are 1 to 100");
    refused("n", "1.5", "no whole number");
    refused("n", "", "no whole number");
    refused("size", "2MiB",
            "test.lua:3: parameter 'size' = 2MiB is out of range: accepted are 0 to "
            "1MiB");
    refused("mode", "fats", "did you mean 'fast'? accepted: fast, slow");
    refused("cpus", "1025", "accepted are 1 to 1024");
    refused("n", "500", "parameter 'n' = 500");
}

Test(scenario_params, a_function_out_of_range_is_refused)
{
    const struct sim_setting setting = {"n", "2"};
    char error[1024];
    struct sim_plan *plan = scenario_load("local p = params { n = { 1, 1, 2, 'x' },\n"
                                          "m = { function(p) return p.n end, 1, 1, 'y' } }" REST,
                                          &setting, 1, error);
    cr_assert_null(plan);
    cr_assert_not_null(strstr(error, "parameter 'm' = 2 is out of range"), "%s", error);
}

Test(scenario_params, cpus_exist_in_every_scenario)
{
    static const struct sim_setting four = {"cpus", "4"};
    char error[1024];
    static const char text[] = "local p = {}" REST;
    struct sim_plan *plan = scenario_load(text, &four, 1, error);
    cr_assert_not_null(plan, "%s", error);
    cr_assert_eq(plan->cpus, 4);
    cr_assert_eq(plan->parameter_count, 1);
    cr_assert_str_eq(plan->parameters[0].shown, "4");
    sim_plan_free(plan);
    plan = scenario_good(text);
    cr_assert_eq(plan->cpus, 1);
    sim_plan_free(plan);
}

Test(scenario_params, the_user_sets_cpus_that_the_file_writes_down)
{
    static const struct sim_setting four = {"cpus", "4"};
    static const char text[] = "return { machine = { cpus = 2 }, processes = {\n"
                               "  a = { role = 'client', connects = 'x', cpu = 1 },\n"
                               "  b = { role = 'echo_server', serves = 'x' } } }\n";
    char error[1024];
    struct sim_plan *plan = scenario_good(text);
    cr_assert_eq(plan->cpus, 2);
    cr_assert_str_eq(plan->parameters[0].shown, "2");
    sim_plan_free(plan);
    plan = scenario_load(text, &four, 1, error);
    cr_assert_not_null(plan, "%s", error);
    cr_assert_eq(plan->cpus, 4);
    sim_plan_free(plan);
}
