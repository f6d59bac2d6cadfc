#include "scenario_text.h"

#include <dirent.h>
#include <slipway/types.h>

static const struct sim_plan_process *process(const struct sim_plan *plan, const char *name)
{
    for (uint32_t i = 0; i < plan->process_count; i++)
        if (strcmp(plan->processes[i].name, name) == 0)
            return &plan->processes[i];
    cr_assert_fail("no process %s", name);
    return NULL;
}

static struct sim_plan *load(const char *name, const struct sim_setting *settings, uint32_t count)
{
    char path[512], error[1024];
    struct sim_plan *plan =
        sim_plan_load(scenario_path(path, name), settings, count, error, sizeof error);
    cr_assert_not_null(plan, "%s", error);
    return plan;
}

Test(scenario_plan, file_read_is_wired_as_written)
{
    static const struct sim_setting settings[] = {{"clients", "3"},
                                                  {"depth", "5"},
                                                  {"servers", "2"},
                                                  {"block", "1KiB"},
                                                  {"order", "sequential"}};
    struct sim_plan *plan = load("scenarios/file_read.lua", settings, 5);
    const struct sim_plan_process *client = process(plan, "client");
    const struct sim_plan_process *server = process(plan, "server");
    cr_assert_str_eq(plan->name, "file_read");
    cr_assert_eq(plan->endpoint_count, 2);
    cr_assert_str_eq(plan->endpoints[1].name, "files");
    cr_assert_eq(plan->endpoints[1].index, 2);
    cr_assert_eq(plan->endpoints[0].depth, 15, "the depths of all links to it");
    cr_assert_eq(server->serves, 0);
    cr_assert_eq(server->count, 2);
    cr_assert_eq(server->bounded, 0);
    cr_assert_str_eq(plan->devices[server->device].kind, "file");
    cr_assert_eq(plan->devices[0].make_bytes, 64 << 20);
    cr_assert_eq(client->count, 3);
    cr_assert_eq(client->serves, UINT32_MAX);
    cr_assert_eq(client->device, UINT32_MAX);
    cr_assert_eq(client->cpu, SLIP_CPU_ANY);
    cr_assert_eq(client->priority, SLIP_PRIORITY_DEFAULT);
    cr_assert_eq(client->bounded, 1);
    cr_assert_eq(client->op, SIM_OP_READ);
    cr_assert_eq(client->bytes, 1024);
    cr_assert_eq(client->sequential, 1);
    cr_assert_eq(client->verify, 1);
    cr_assert_eq(client->link_count, 1);
    cr_assert_eq(client->links[0].first, 0);
    cr_assert_eq(client->links[0].count, 2);
    cr_assert_eq(client->links[0].depth, 5);
    cr_assert_eq(plan->has_expect, 1);
    cr_assert_eq(strlen(plan->hash), 16);
    sim_plan_free(plan);
}

Test(scenario_plan, bodies_and_words_of_a_protocol)
{
    struct sim_plan *plan = load("scenarios/cache.lua", NULL, 0);
    const struct sim_plan_process *client = process(plan, "client");
    cr_assert_null(process(plan, "store")->role);
    cr_assert_neq(process(plan, "store")->body, 0);
    cr_assert_eq(process(plan, "store")->threads, 8);
    cr_assert_eq(process(plan, "auditor")->bounded, 0);
    cr_assert_eq(process(plan, "auditor")->priority, 200);
    cr_assert_eq(client->op, SIM_OP_SEND);
    cr_assert_eq(client->send_words, 2);
    cr_assert_eq(client->send[0].low, 1);
    cr_assert_eq(client->send[0].high, 1);
    cr_assert_eq(client->send[1].low, 1);
    cr_assert_eq(client->send[1].high, 1000);
    sim_plan_free(plan);
}

Test(scenario_plan, raw_scenarios_say_so)
{
    struct sim_plan *plan = load("scenarios/raw_port.lua", NULL, 0);
    cr_assert_eq(plan->raw, 1);
    cr_assert_eq(process(plan, "client")->bounded, 1);
    cr_assert_eq(process(plan, "server")->bounded, 0);
    sim_plan_free(plan);
}

Test(scenario_plan, what_a_client_asks_follows_from_who_serves)
{
    struct sim_plan *plan =
        scenario_good("return { devices = { d = { kind = 'file' } }, processes = {\n"
                      "  a = { role = 'client', connects = 'x' },\n"
                      "  b = { role = 'client', connects = 'y' },\n"
                      "  x = { role = 'file_server', serves = 'x', device = 'd' },\n"
                      "  y = { role = 'pipeline_stage', serves = 'y' } } }\n");
    cr_assert_eq(process(plan, "a")->op, SIM_OP_READ);
    cr_assert_eq(process(plan, "b")->op, SIM_OP_ECHO);
    sim_plan_free(plan);
}

Test(scenario_plan, servers_may_connect_in_a_circle)
{
    struct sim_plan *plan = scenario_good(
        "return { processes = {\n"
        "  a = { role = 'pipeline_stage', serves = 'x', connects = 'y' },\n"
        "  b = { role = 'pipeline_stage', serves = 'y', connects = 'x' },\n"
        "  c = { role = 'client', connects = { x = { depth = 3 }, y = { depth = 2 } } } } }\n");
    cr_assert_eq(plan->endpoint_count, 2);
    cr_assert_eq(plan->endpoints[0].depth, 4);
    cr_assert_eq(plan->endpoints[1].depth, 3);
    sim_plan_free(plan);
}

Test(scenario_plan, more_operations_than_an_endpoint_queues_are_refused)
{
    static const struct sim_setting settings[] = {{"clients", "10000"}, {"depth", "256"}};
    char path[512], error[1024] = "";
    cr_assert_null(sim_plan_load(scenario_path(path, "scenarios/file_read.lua"), settings, 2, error,
                                 sizeof error));
    cr_assert_not_null(strstr(error, "2560000"), "%s", error);
    cr_assert_not_null(strstr(error, "at most 65536"), "%s", error);
}

Test(scenario_plan, quotas_grow_with_what_is_asked)
{
    static const struct sim_setting deep = {"depth", "256"};
    struct sim_plan *small = load("scenarios/file_read.lua", NULL, 0);
    struct sim_plan *large = load("scenarios/file_read.lua", &deep, 1);
    cr_assert_gt(process(large, "client")->quota, process(small, "client")->quota);
    cr_assert_geq(process(small, "client")->quota, 8U * 4096 + (256U << 10));
    sim_plan_free(small);
    sim_plan_free(large);
}

/* A plan of a server and a client with these further keys. */
static struct sim_plan *pair(const char *server, const char *client)
{
    char text[2048];
    snprintf(text, sizeof text,
             "return { machine = { cpus = 4 }, processes = {\n"
             "  server = { role = 'echo_server', serves = 'x', %s },\n"
             "  client = { role = 'client', %s } } }\n",
             server, client);
    return scenario_good(text);
}

Test(scenario_plan, times_words_and_sizes_may_be_distributions)
{
    struct sim_plan *plan =
        pair("service = exponential(10*us)",
             "connects = 'x', bytes = list{ 16, 64, 0 }, think = uniform(1*us, 3*us), "
             "pause = two_point(5, 7, 12.5)");
    const struct sim_plan_process *client = process(plan, "client"),
                                  *server = process(plan, "server");
    cr_assert_eq(server->service.kind, SIM_VALUE_EXPONENTIAL);
    cr_assert_eq(server->service.mean, UINT64_C(10000) << 16);
    cr_assert_eq(client->size.kind, SIM_VALUE_LIST);
    cr_assert(client->size.count == 3 && client->size.list[1] == 64);
    cr_assert_eq(client->bytes, 64, "the most, for which there must be room");
    cr_assert_eq(client->think.low, 1000);
    cr_assert_eq(client->think.high, 3000);
    cr_assert_eq(client->pause.kind, SIM_VALUE_TWO_POINT);
    cr_assert_eq(client->pause.share, UINT64_C(1) << 29);
    cr_assert_eq(client->open, 0);
    cr_assert_str_eq(sim_plan_load_model(plan), "closed loop");
    sim_plan_free(plan);
}

Test(scenario_plan, arrivals_make_an_open_loop)
{
    struct sim_plan *plan = pair("count = 1", "connects = 'x', arrival = poisson(4)");
    cr_assert_eq(process(plan, "client")->open, 1);
    cr_assert_eq(process(plan, "client")->gap.mean, UINT64_C(250000000) << 16);
    cr_assert_str_eq(sim_plan_load_model(plan), "open loop");
    sim_plan_free(plan);
    plan = pair("count = 1", "connects = 'x', send = { 1 }, arrival = every(10*us)");
    cr_assert_eq(process(plan, "client")->gap.low, 10000);
    cr_assert_eq(process(plan, "client")->gap.high, 10000);
    sim_plan_free(plan);
    plan = pair("count = 1", "connects = 'x', send = { 1 }, arrival = every(list{ 0, 9 })");
    cr_assert_eq(process(plan, "client")->gap.list[1], 9);
    sim_plan_free(plan);
}

Test(scenario_plan, places_give_each_thread_a_cpu)
{
    struct sim_plan *plan = pair("count = 6, threads = 2, place = 'pairs'",
                                 "count = 2, threads = 3, connects = 'x', place = 'spread'");
    const struct sim_plan_process *client = process(plan, "client"),
                                  *server = process(plan, "server");
    for (uint32_t i = 0; i < 6; i++)
        for (uint32_t t = 0; t < 2; t++)
            cr_assert_eq(sim_plan_cpu(server, i + 1, t), i % 4);
    for (uint32_t i = 0; i < 2; i++)
        for (uint32_t t = 0; t < 3; t++)
            cr_assert_eq(sim_plan_cpu(client, i + 1, t), (i * 3 + t) % 4);
    sim_plan_free(plan);
    plan = pair("place = 'one', count = 2", "connects = 'x', place = 'pairs', cpu = 3, count = 3");
    cr_assert_eq(sim_plan_cpu(process(plan, "server"), 2, 0), 0);
    cr_assert_eq(sim_plan_cpu(process(plan, "client"), 1, 0), 3);
    cr_assert_eq(sim_plan_cpu(process(plan, "client"), 2, 0), 0, "round, from there on");
    sim_plan_free(plan);
    plan = pair("cpu = 2, count = 2", "connects = 'x'");
    cr_assert_eq(sim_plan_cpu(process(plan, "server"), 2, 0), 2);
    cr_assert_eq(sim_plan_cpu(process(plan, "client"), 1, 0), SLIP_CPU_ANY);
    sim_plan_free(plan);
}

Test(scenario_plan, own_links_lead_to_the_server_of_the_same_number)
{
    struct sim_plan *plan =
        pair("count = 3", "count = 6, connects = { x = { depth = 5, own = true } }");
    const struct sim_plan_link *link = &process(plan, "client")->links[0];
    cr_assert_eq(link->count, 1);
    for (uint32_t i = 1; i <= 6; i++)
        cr_assert_eq(sim_plan_endpoint(link, i, 0), (i - 1) % 3);
    for (uint32_t i = 0; i < 3; i++)
        cr_assert_eq(plan->endpoints[i].depth, 10, "of the two clients that it has");
    sim_plan_free(plan);
    plan = pair("count = 3", "connects = 'x'");
    cr_assert_eq(sim_plan_endpoint(&process(plan, "client")->links[0], 1, 2), 2);
    sim_plan_free(plan);
}

Test(scenario_plan, options_of_the_kernel_and_costs_are_texts)
{
    struct sim_plan *plan = scenario_good(
        "return { machine = { costs = 'haswell-64' },\n"
        "  kernel = { locking = 'big', fast_path = false, idle = 2*us, slice = 1500 },\n"
        "  processes = { a = { body = function(me) end, waits = true } } }\n");
    cr_assert_str_eq(plan->costs, "haswell-64");
    cr_assert_str_eq(plan->kernel, "fast_path=off,idle=2us,locking=big,slice=1.500us");
    sim_plan_free(plan);
    plan = pair("count = 1", "connects = 'x'");
    cr_assert_null(plan->costs);
    cr_assert_str_eq(plan->kernel, "");
    sim_plan_free(plan);
}

Test(scenario_plan, every_scenario_of_the_tree_loads)
{
    char path[512], file[1024], error[1024];
    struct dirent *entry;
    int count = 0;
    DIR *folder = opendir(scenario_path(path, "scenarios"));
    cr_assert_not_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        size_t length = strlen(entry->d_name);
        if (length < 4 || strcmp(entry->d_name + length - 4, ".lua") != 0)
            continue;
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        struct sim_plan *plan = sim_plan_load(file, NULL, 0, error, sizeof error);
        cr_assert_not_null(plan, "%s", error);
        cr_assert_neq(plan->about[0], 0, "%s says what it is about", entry->d_name);
        sim_plan_free(plan);
        count++;
    }
    closedir(folder);
    cr_assert_geq(count, 10);
}

Test(scenario_plan, the_first_scenario_of_the_document_loads)
{
    static char document[65536];
    char path[512];
    FILE *file = fopen(scenario_path(path, "docs/SCENARIOS.md"), "r");
    cr_assert_not_null(file);
    document[fread(document, 1, sizeof document - 1, file)] = 0;
    fclose(file);
    char *start = strstr(document, "-- ask.lua"),
         *end = start == NULL ? NULL : strstr(start, "```");
    cr_assert_not_null(end);
    *end = 0;
    struct sim_plan *plan = scenario_good(start);
    cr_assert_eq(process(plan, "client")->count, 3);
    cr_assert_eq(process(plan, "server")->service.low, 20000);
    sim_plan_free(plan);
}

/* The first line of each file says what the message must hold. */
Test(scenario_plan, every_bad_scenario_is_told_apart)
{
    char path[512], file[1024], line[512], error[1024];
    struct dirent *entry;
    int count = 0;
    DIR *folder = opendir(scenario_path(path, "tests/scenarios_bad"));
    cr_assert_not_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        size_t length = strlen(entry->d_name);
        if (length < 4 || strcmp(entry->d_name + length - 4, ".lua") != 0)
            continue;
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        FILE *text = fopen(file, "r");
        cr_assert(text != NULL && fgets(line, sizeof line, text) != NULL);
        fclose(text);
        line[strcspn(line, "\n")] = 0;
        cr_assert_eq(strncmp(line, "-- expect: ", 11), 0, "%s", entry->d_name);
        struct sim_plan *plan = sim_plan_load(file, NULL, 0, error, sizeof error);
        cr_assert_null(plan, "%s", entry->d_name);
        cr_assert_not_null(strstr(error, line + 11), "%s: expected %s", error, line + 11);
        cr_assert_not_null(strstr(error, entry->d_name), "%s: names no file", error);
        count++;
    }
    closedir(folder);
    cr_assert_geq(count, 90);
}
