/* Documents: what is written is read again, what is not known is null, what is wrong is named. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/report/json.h"

static char error[512];

static struct sim_result *sample(void)
{
    struct sim_result *result = sim_result_create();
    result->verb = "compare";
    result->scenario.name = "sample";
    result->scenario.text = "return {} -- \xff \"quoted\"\n";
    result->parameters = sim_result_take(result, sizeof *result->parameters);
    result->parameter_count = 1;
    result->parameters[0] =
        (struct sim_result_parameter){"block", SIM_PARAMETER_NUMBER, 65536, "", "64KiB", 1};
    result->seed = INT64_MAX;
    result->machine.kind = "threads";
    result->noise_floor = 0.03;
    sim_result_add(result, &result->warnings, "a warning");
    sim_result_designs(result, 2);
    for (uint32_t i = 0; i < 2; i++) {
        struct sim_design_result *design = &result->designs[i];
        design->design = i == 0 ? "first" : "second";
        design->slices = sim_result_take(result, 2 * sizeof(double));
        design->slices[0] = 1.5;
        design->slices[1] = NAN;
        design->slice_count = 2;
        design->response.count = 12;
        design->response.p50 = 1234.5;
        design->response.p99 = INFINITY;
        design->processes = sim_result_take(result, sizeof *design->processes);
        design->process_count = 1;
        design->processes[0].name = "server";
        design->processes[0].requests = 12;
        design->probes = sim_result_take(result, sizeof *design->probes);
        design->probe_count = 1;
        design->probes[0] = (struct sim_probe_result){"forge", "refused"};
    }
    result->designs[1].why[0] = "a reason";
    result->designs[1].why_count = 1;
    sim_result_add(result, &result->designs[1].failures, "a failure");
    return result;
}

static struct sim_result *read(const char *text, struct sim_result **before)
{
    return sim_json_read(text, strlen(text), before, error, sizeof error);
}

/* Replaces the first `old` in a document and reads it: it must be refused, with `message`. */
static void refuses(const char *old, const char *new_text, const char *message)
{
    struct sim_result *result = sample();
    char *text = sim_json_write(result, NULL), *at = strstr(text, old);
    cr_assert_not_null(at, "the document has no %s", old);
    size_t bytes = strlen(text) + strlen(new_text) + 1;
    char *changed = malloc(bytes);
    snprintf(changed, bytes, "%.*s%s%s", (int)(at - text), text, new_text, at + strlen(old));
    cr_assert_null(read(changed, NULL), "%s was taken", new_text);
    cr_assert_not_null(strstr(error, message), "the message is '%s'", error);
    free(changed);
    free(text);
    sim_result_destroy(result);
}

Test(json, what_is_written_is_read_again)
{
    struct sim_result *result = sample(), *before;
    char *text = sim_json_write(result, result);
    struct sim_result *again = read(text, &before);
    cr_assert_not_null(again, "%s", error);
    cr_assert_not_null(before);
    char *text_again = sim_json_write(again, before);
    cr_assert_str_eq(text, text_again);
    cr_assert_eq(again->seed, (uint64_t)INT64_MAX);
    cr_assert_eq(again->parameters[0].given, 1);
    cr_assert_str_eq(again->parameters[0].shown, "64KiB");
    cr_assert_str_eq(again->designs[1].why[0], "a reason");
    cr_assert_str_eq(again->designs[1].failures.text[0], "a failure");
    cr_assert_eq(again->designs[0].processes[0].requests, 12);
    free(text);
    free(text_again);
    sim_result_destroy(again);
    sim_result_destroy(before);
    sim_result_destroy(result);
}

Test(json, what_is_not_known_is_null)
{
    struct sim_result *result = sample();
    char *text = sim_json_write(result, NULL);
    cr_assert_not_null(strstr(text, "\"p99\": null"));
    cr_assert_not_null(strstr(text, "\"p50\": 1234.5"));
    cr_assert_null(strstr(text, "nan"));
    cr_assert_null(strstr(text, "inf\n"));
    struct sim_result *again = read(text, NULL);
    cr_assert(isnan(again->designs[0].response.p99));
    cr_assert(isnan(again->designs[0].slices[1]));
    free(text);
    sim_result_destroy(again);
    sim_result_destroy(result);
}

Test(json, what_expect_sees_has_one_design_and_the_head)
{
    struct sim_result *result = sample();
    char *text = sim_json_expect(result, 1);
    cr_assert_not_null(strstr(text, "\"design\": \"second\""));
    cr_assert_null(strstr(text, "\"design\": \"first\""));
    cr_assert_not_null(strstr(text, "\"process\": {"));
    cr_assert_not_null(strstr(text, "\"exact\": false"));
    cr_assert_not_null(strstr(text, "\"seed\""));
    free(text);
    sim_result_destroy(result);
}

Test(json, what_is_wrong_is_named)
{
    refuses("\"slipway.result/1\"", "\"slipway.result/2\"", "accepted: slipway.result/1");
    refuses("\"schema\"", "\"scheme\"", "schema");
    refuses("\"name\": \"sample\"", "\"name\": 4", "scenario");
    refuses("\"designs\": [", "\"designs\": 1, \"more\": [", "designs");
    refuses("\"seed\": 9223372036854775807", "\"seed\": -1", "seed: expected a whole number");
    refuses("\"seed\": 9223372036854775807", "\"seed\": 1.5", "seed: expected a whole number");
    refuses("\"noise_floor\": 0.03", "\"noise_floor\": \"low\"", "noise_floor: expected a number");
    refuses("\"p50\": 1234.5", "\"p50\": [1]", "designs[0].response_ns.p50");
    refuses("\"slices\": [\n          1.5", "\"slices\": [\n \"x\"", "slices[0]");
    refuses("\"requests\": 12", "\"requests\": {}", "designs[0].processes.server.requests");
    refuses("\"why\": []", "\"why\": {}", "designs[0].why: expected an array");
    refuses("\"seed\"", "\"seed\": 1, \"seed\"", "no JSON: line");
}

Test(json, names_that_came_later_may_be_absent)
{
    const char *text = "{\"schema\": \"slipway.result/1\", \"scenario\": {\"name\": \"a\", "
                       "\"text\": \"\"}, \"designs\": [{\"design\": \"x\"}]}";
    struct sim_result *result = read(text, NULL);
    cr_assert_not_null(result, "%s", error);
    cr_assert_eq(result->design_count, 1);
    cr_assert(isnan(result->designs[0].ops_per_s.median));
    sim_result_destroy(result);
}
