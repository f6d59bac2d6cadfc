/* Sets of results: what dominates, speed-up, documents of several results, and tables that stay
 * within 80 columns, whose figures add up. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>
#include "sim/report/json.h"
#include "sim/report/text_bill.h"
#include "sim/report/text_set.h"

static const char *const parts[] = {"entry", "copy_byte", "line_socket", "lock_wait", "queueing"};
#define PARTS 5U

static void fill_bill(struct sim_result *result, struct sim_bill_result *bill, const double *ns)
{
    bill->parts = sim_result_take(result, PARTS * sizeof *bill->parts);
    bill->part_count = PARTS;
    bill->response_ns = 0;
    for (uint32_t i = 0; i < PARTS; i++) {
        bill->parts[i] = (struct sim_part_result){parts[i], ns[i]};
        bill->response_ns += ns[i];
    }
}

static struct sim_result *made(uint32_t cpus, uint32_t designs, double rate, const double *ns)
{
    static const char *const names[] = {"rendezvous", "send-port", "send-endpoint", "submit-port"};
    struct sim_result *result = sim_result_create();
    result->verb = "scale";
    result->scenario.name = "sample";
    result->scenario.text = "return {}";
    result->machine.kind = "model";
    result->machine.cpus = cpus;
    result->machine.exact = 1;
    result->seed = 1;
    result->load.model = "closed loop";
    result->method.slices = 5;
    result->method.slice_ns = 4000000;
    result->noise_floor = 0;
    result->kernel_options = "locking=big,idle=poll";
    result->costs = (struct sim_costs_result){
        "skylake-64", "one", "0123456789abcdef", "text\n", 4, 1, 16, 2, 2};
    sim_result_add(result, &result->warnings, "a warning");
    sim_result_designs(result, designs);
    for (uint32_t i = 0; i < designs; i++) {
        struct sim_design_result *design = &result->designs[i];
        design->design = names[i % 4];
        design->ops_per_s = (struct sim_estimate){rate, rate, rate};
        design->response.p50 = design->response.p99 = 1234;
        design->hash = "00112233445566aa";
        design->events = 123456789;
        design->little = 1;
        design->attribution.requests = 5000;
        fill_bill(result, &design->attribution.p50, ns);
        fill_bill(result, &design->attribution.p99, ns);
        fill_bill(result, &design->attribution.mean, ns);
        design->attribution.locks = sim_result_take(result, 2 * sizeof(struct sim_lock_result));
        design->attribution.lock_count = 2;
        design->attribution.locks[0] =
            (struct sim_lock_result){"endpoint files", 10, 20, 3000.5, 40};
        design->attribution.locks[1] = (struct sim_lock_result){"run queue 3", 1, 2, 3, 400};
    }
    return result;
}

static const double waits[PARTS] = {0.333, 0.333, 0.333, 70.001, 10};
static const double moves[PARTS] = {1, 0, 60.25, 3, 2};
static const double queues[PARTS] = {1, 0, 20, 30, 123456.789};
static const double mixed[PARTS] = {1, 0, 20, 30, 100};

static struct sim_result_set *scale_set(uint32_t designs)
{
    static struct sim_result_set set;
    sim_result_set_init(&set);
    set.name = "cpus";
    set.scale = 1;
    sim_result_set_add(&set, "1", made(1, designs, 1000, waits), NULL);
    sim_result_set_add(&set, "2", made(2, designs, 1900, moves), NULL);
    sim_result_set_add(&set, "256", made(256, designs, 2500, queues), NULL);
    sim_result_set_add(&set, "512", made(512, designs, 2500, mixed), NULL);
    return &set;
}

static __attribute__((noinline)) char *
printed(void (*print)(const struct sim_paper *paper, void *argument), void *argument)
{
    char *text;
    size_t bytes;
    struct sim_paper paper = {.file = open_memstream(&text, &bytes), .width = SIM_PAPER_WIDTH};
    print(&paper, argument);
    fclose(paper.file);
    return text;
}

static void print_set(const struct sim_paper *paper, void *argument)
{
    sim_text_set(paper, argument, SIM_TEXT_NORMAL);
}

static void print_attribution(const struct sim_paper *paper, void *argument)
{
    sim_text_attribution(paper, argument, SIM_TEXT_NORMAL);
}

static void is_narrow(const char *text)
{
    for (const char *line = text; *line != 0;) {
        size_t length = strcspn(line, "\n");
        cr_expect_leq(length, SIM_PAPER_WIDTH, "%.*s", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

Test(result_set, a_lock_is_named_where_waiting_for_it_or_moving_it_dominates)
{
    struct sim_result_set *set = scale_set(1);
    struct sim_dominant most = sim_result_dominant(&set->results[0]->designs[0]);
    cr_assert_str_eq(most.name, "lock_wait");
    cr_assert_str_eq(most.lock->name, "endpoint files");
    cr_assert_float_eq(most.share, 70.001 / 81, 1e-6);
    most = sim_result_dominant(&set->results[1]->designs[0]);
    cr_assert_str_eq(most.name, "line_socket");
    cr_assert_str_eq(most.lock->name, "run queue 3");
    most = sim_result_dominant(&set->results[2]->designs[0]);
    cr_assert_str_eq(most.name, "queueing");
    cr_assert_null(most.lock);
    most = sim_result_dominant_cost(&set->results[2]->designs[0]);
    cr_assert_str_eq(most.name, "lock_wait");
    sim_result_set_fini(set);
}

Test(result_set, speed_up_is_over_the_first_result)
{
    struct sim_result_set *set = scale_set(2);
    cr_assert_eq(sim_result_speed_up(set, 0, 1), 1);
    cr_assert_float_eq(sim_result_speed_up(set, 2, 1), 2.5, 1e-9);
    set->results[0]->designs[1].ops_per_s.median = NAN;
    cr_assert(isnan(sim_result_speed_up(set, 2, 1)));
    sim_result_set_fini(set);
}

Test(result_set, the_table_of_scaling_has_a_row_for_each_design_and_number_of_cpus)
{
    struct sim_result_set *set = scale_set(4);
    char *text = printed(print_set, set);
    is_narrow(text);
    static const char *const expected[] = {"speed-up",
                                           "2.50x",
                                           "lock wait: endpoint",
                                           "queueing\n",
                                           "queueing; 20% lock",
                                           "2 sockets more than the file has",
                                           "seeds 1 to 5",
                                           "MODELLED",
                                           "kernel    locking=big",
                                           "cpus = 1, 2, 256, 512"};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        cr_expect_not_null(strstr(text, expected[i]), "lacks '%s':\n%s", expected[i], text);
    free(text);
    sim_result_set_fini(set);
}

Test(result_set, the_table_of_what_varies_has_a_group_for_each_value)
{
    for (uint32_t designs = 1; designs <= 4; designs++) {
        struct sim_result_set *set = scale_set(designs);
        set->scale = 0;
        char *text = printed(print_set, set);
        is_narrow(text);
        cr_expect_not_null(strstr(text, designs > 1 ? "ops/s against" : "ratio"));
        cr_expect_not_null(strstr(text, "00112233445566aa"));
        free(text);
        sim_result_set_fini(set);
    }
}

/* Adds up the figures of each column of a table of attribution. */
static void adds_up(const char *text)
{
    double sums[16] = {0};
    const char *at = strstr(text, "entry");
    while (at != NULL && *at != 0) {
        int used = 0, response = strncmp(at, "response", 8) == 0;
        at += strlen("line socket");
        for (int column = 0; *at != '\n'; column++) {
            double value;
            cr_assert_eq(sscanf(at, "%lf%n", &value, &used), 1, "%s", at);
            at += used;
            if (response)
                cr_expect_float_eq(value, sums[column], 1e-6, "%s", text);
            sums[column] += value;
        }
        if (response)
            return;
        at++;
    }
}

Test(result_set, the_figures_of_an_attribution_add_up_as_they_are_printed)
{
    const double *const lists[] = {waits, moves, queues};
    for (uint32_t i = 0; i < 3; i++)
        for (uint32_t designs = 1; designs <= 4; designs++) {
            struct sim_result *result = made(1, designs, 1000, lists[i]);
            char *text = printed(print_attribution, result);
            is_narrow(text);
            adds_up(text);
            cr_expect_not_null(strstr(text, "endpoint files"));
            free(text);
            sim_result_destroy(result);
        }
}

Test(result_set, designs_that_do_not_fit_side_by_side_are_printed_below)
{
    static const double large[PARTS] = {1e9, 2e9, 3e9, 4e9, 5e10};
    struct sim_result *result = made(1, 12, 1000, large);
    char *text = printed(print_attribution, result);
    is_narrow(text);
    uint32_t tables = 0;
    for (const char *at = text; (at = strstr(at, "ns spent on")) != NULL; at++)
        tables++;
    cr_expect_gt(tables, 1);
    free(text);
    sim_result_destroy(result);
}

Test(result_set, a_document_of_several_results_is_read_again)
{
    struct sim_result_set *set = scale_set(2), again;
    char error[512], *text = sim_json_write_set(set);
    cr_assert_eq(sim_json_read_set(text, strlen(text), &again, error, sizeof error), 0, "%s",
                 error);
    cr_assert_eq(again.count, 4);
    cr_assert_eq(again.scale, 1);
    cr_assert_str_eq(again.name, "cpus");
    cr_assert_str_eq(again.values[2], "256");
    const struct sim_design_result *design = &again.results[0]->designs[1];
    cr_assert_str_eq(design->hash, "00112233445566aa");
    cr_assert_eq(design->attribution.p50.parts[3].ns, 70.001);
    cr_assert_str_eq(design->attribution.locks[1].name, "run queue 3");
    cr_assert_str_eq(again.results[1]->costs.text, "text\n");
    cr_assert_str_eq(again.results[1]->kernel_options, "locking=big,idle=poll");
    char *text_again = sim_json_write_set(&again);
    cr_assert_str_eq(text, text_again);
    free(text);
    free(text_again);
    sim_result_set_fini(&again);
    sim_result_set_fini(set);
}

static void refuses(const char *old, const char *new_text, const char *message)
{
    struct sim_result_set *set = scale_set(1), again;
    char error[512] = "", *text = sim_json_write_set(set), *at = strstr(text, old);
    cr_assert_not_null(at, "the document has no %s", old);
    size_t bytes = strlen(text) + strlen(new_text) + 1;
    char *changed = malloc(bytes);
    snprintf(changed, bytes, "%.*s%s%s", (int)(at - text), text, new_text, at + strlen(old));
    cr_expect_neq(sim_json_read_set(changed, strlen(changed), &again, error, sizeof error), 0,
                  "%s was taken", new_text);
    cr_expect_not_null(strstr(error, message), "the message is '%s'", error);
    cr_expect_eq(again.count, 0);
    free(changed);
    free(text);
    sim_result_set_fini(set);
}

Test(result_set, what_is_wrong_in_a_document_is_named)
{
    refuses("\"varied\": {", "\"varied\": 4, \"more\": {", "varied.name");
    refuses("\"name\": \"cpus\"", "\"name\": 4", "varied.name");
    refuses("\"values\": [", "\"values\": [ 4,", "results");
    refuses("\"1\",", "1,", "results[0]");
    refuses("\"results\": [", "\"results\": [ 4,", "results");
    refuses("\"parts_ns\": {", "\"parts_ns\": 4, \"more\": {",
            "results[0]: designs[0].attribution.p50.parts_ns");
    refuses("\"entry\": ", "\"entry\": \"x\", \"more\": ", "attribution.p50.parts_ns.entry");
    refuses("\"waits\": 10", "\"waits\": -1", "attribution.locks[0].waits");
    refuses("\"requests\": 5000", "\"requests\": \"x\"", "attribution.requests");
    refuses("\"sockets\": 4", "\"sockets\": \"x\"", "costs.sockets");
}
