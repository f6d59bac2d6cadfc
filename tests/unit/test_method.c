/* How durations and operations are cut into slices; which handles a process gets. */
#include <string.h>
#include <criterion/criterion.h>
#include "sim/run/handles.h"
#include "sim/run/method.h"

static const struct sim_plan_endpoint endpoints[] = {
    {.name = "a", .index = 1, .process = 0, .depth = 8},
    {.name = "b", .index = 1, .process = 1, .depth = 8},
    {.name = "b", .index = 2, .process = 1, .depth = 8},
};
static const struct sim_plan_link links[] = {
    {.name = "b", .first = 1, .count = 2, .depth = 4},
    {.name = "a", .first = 0, .count = 1, .depth = 1},
};
static const struct sim_plan_process processes[] = {
    {.name = "one",
     .role = "echo_server",
     .count = 1,
     .threads = 1,
     .serves = 0,
     .device = UINT32_MAX},
    {.name = "two", .role = "file_server", .count = 2, .threads = 3, .serves = 1, .device = 0},
    {.name = "load",
     .role = "client",
     .count = 2,
     .threads = 2,
     .serves = UINT32_MAX,
     .device = UINT32_MAX,
     .links = links,
     .link_count = 2,
     .bounded = 1},
};
static const struct sim_plan plan = {
    .processes = processes, .process_count = 3, .endpoints = endpoints, .endpoint_count = 3};

static struct sim_result *choose(uint64_t duration_ns, uint64_t ops)
{
    struct sim_result *result = sim_result_create();
    struct sim_run_options options = {.duration_ns = duration_ns, .ops = ops};
    sim_method_choose(&plan, &options, result);
    return result;
}

Test(method, a_second_makes_ten_slices)
{
    struct sim_result *result = choose(0, 0);
    cr_assert_eq(result->method.duration_ns, 1000000000);
    cr_assert_eq(result->method.slices, 10);
    cr_assert_eq(result->method.slice_ns, 100000000);
    cr_assert_gt(result->method.warmup_ns, 0);
    cr_assert_eq(result->warnings.count, 0);
    sim_result_destroy(result);
}

Test(method, a_short_duration_makes_fewer_slices_and_then_shorter_ones)
{
    struct sim_result *result = choose(30000000, 0);
    cr_assert_eq(result->method.slices, 6);
    cr_assert_eq(result->method.slice_ns, 5000000);
    cr_assert_eq(result->warnings.count, 0);
    sim_result_destroy(result);
    result = choose(10000000, 0);
    cr_assert_eq(result->method.slices, SIM_RUN_SLICES_MIN);
    cr_assert_eq(result->method.slice_ns, 2000000);
    cr_assert_eq(result->warnings.count, 0);

    /* Whether that is too short is known when it is known how many operations fit in. */
    sim_result_designs(result, 1);
    result->designs[0].slice_count = SIM_RUN_SLICES_MIN;
    result->designs[0].ops = SIM_RUN_SLICES_MIN * SIM_RUN_SLICE_OPS_MIN;
    sim_method_judge(result);
    cr_assert_eq(result->warnings.count, 0);
    result->designs[0].ops--;
    sim_method_judge(result);
    cr_assert_eq(result->warnings.count, 1);
    sim_result_destroy(result);
}

Test(method, time_from_costs_has_seeds_in_place_of_slices)
{
    struct sim_result *result = sim_result_create();
    struct sim_run_options options = {.ops = 0};
    result->costs.name = "skylake-64";
    result->machine.exact = 1;
    sim_method_choose(&plan, &options, result);
    cr_assert_eq(result->method.duration_ns, 20000000);
    cr_assert_eq(result->method.slices, 5);
    cr_assert_eq(result->method.slice_ns, 4000000);
    cr_assert_not_null(strstr(result->method.interval, "5 seeds"));
    options.ops = 10000;
    sim_method_choose(&plan, &options, result);
    cr_assert_eq(result->method.slices, 5);
    cr_assert_eq(result->method.slice_ops, 2000);
    sim_result_destroy(result);
}

Test(method, operations_of_the_slices_sum_to_what_was_asked_for)
{
    static const uint64_t asked[] = {1, 3, 7, 499, 500, 1003, 100001};
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        struct sim_result *result = choose(0, asked[i]);
        uint64_t sum = 0;
        for (uint32_t n = 0; n < result->method.slices; n++)
            sum += sim_method_ops(&result->method, n);
        cr_assert_eq(sum, asked[i]);
        cr_assert_eq(result->warnings.count > 0, asked[i] < 500, "%llu",
                     (unsigned long long)asked[i]);
        cr_assert_geq(result->method.slice_ops, 1);
        sim_result_destroy(result);
    }
}

Test(method, clients_and_what_they_keep_in_flight)
{
    uint64_t in_flight;
    cr_assert_eq(sim_method_clients(&plan, &in_flight), 4);
    cr_assert_eq(in_flight, 4 * (2 * 4 + 1));
}

Test(method, a_raw_plan_runs_once)
{
    struct sim_plan raw = plan;
    struct sim_result *result = sim_result_create();
    struct sim_run_options options = {.slices = 7};
    raw.raw = 1;
    sim_method_choose(&raw, &options, result);
    cr_assert_eq(result->method.slices, 1);
    sim_result_destroy(result);
}

Test(handles, each_place_says_what_belongs_there)
{
    cr_assert_eq(sim_handle_count(&processes[0]), 2);
    cr_assert_eq(sim_handle_count(&processes[1]), 2 + 3);
    cr_assert_eq(sim_handle_count(&processes[2]), 1 + 2 * 3);
    cr_assert_eq(sim_handle_place(&processes[1], 1, 0).kind, SIM_HANDLE_CONTROL);
    cr_assert_eq(sim_handle_place(&processes[1], 1, 1).kind, SIM_HANDLE_SERVED);
    cr_assert_eq(sim_handle_place(&processes[1], 1, 4).kind, SIM_HANDLE_INTERRUPT);
    cr_assert_eq(sim_handle_place(&processes[1], 1, 4).thread, 2);
    static const uint32_t expected[] = {1, 2, 0, 1, 2, 0};
    for (uint32_t i = 0; i < 6; i++) {
        struct sim_handle_place place = sim_handle_place(&processes[2], 1, 1 + i);
        cr_assert_eq(place.kind, SIM_HANDLE_LINK);
        cr_assert_eq(place.thread, i / 3);
        cr_assert_eq(place.endpoint, expected[i]);
    }
}

Test(handles, instances_are_numbered_where_there_are_several)
{
    char name[SLIP_NAME_BYTES_MAX + 1];
    sim_handle_name(&processes[0], 1, name);
    cr_assert_str_eq(name, "one");
    sim_handle_name(&processes[1], 2, name);
    cr_assert_str_eq(name, "two[2]");
}
