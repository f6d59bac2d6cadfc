/* Documents of several results: "varied" says what differs between them, "results" holds them, each
 * a whole document. */
#include "sim/report/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "sim/report/document.h"
#include "sim/report/json_part.h"

/* ---- writing ------------------------------------------------------------------------------- */

static json_t *figure(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *dominant(struct sim_dominant most)
{
    if (most.name == NULL)
        return json_null();
    json_t *object = json_object();
    json_object_set_new(object, "name", sim_document_text(most.name));
    json_object_set_new(object, "lock",
                        most.lock != NULL ? sim_document_text(most.lock->name) : json_null());
    json_object_set_new(object, "share", figure(most.share));
    return object;
}

/* The table of slipway scale as rows; all of it follows from the results. */
static json_t *scaling(const struct sim_result_set *set)
{
    json_t *rows = json_array();
    for (uint32_t i = 0; i < set->count; i++)
        for (uint32_t j = 0; j < set->results[i]->design_count; j++) {
            const struct sim_design_result *design = &set->results[i]->designs[j];
            json_t *row = json_object();
            json_object_set_new(row, "design", sim_document_text(design->design));
            json_object_set_new(row, "cpus", json_integer(set->results[i]->machine.cpus));
            json_object_set_new(row, "ops_per_s", figure(design->ops_per_s.median));
            json_object_set_new(row, "speed_up", figure(sim_result_speed_up(set, i, j)));
            json_object_set_new(row, "p50_ns", figure(design->response.p50));
            json_object_set_new(row, "p99_ns", figure(design->response.p99));
            json_object_set_new(row, "dominant", dominant(sim_result_dominant(design)));
            json_object_set_new(row, "dominant_cost", dominant(sim_result_dominant_cost(design)));
            json_array_append_new(rows, row);
        }
    return rows;
}

char *sim_json_write_set(const struct sim_result_set *set)
{
    if (set->count == 1 && set->name[0] == 0)
        return sim_json_write(set->results[0], set->before[0]);
    json_t *object = json_object(), *varied = json_object();
    json_t *values = json_array(), *results = json_array();
    for (uint32_t i = 0; i < set->count; i++) {
        json_array_append_new(values, sim_document_text(set->values[i]));
        json_array_append_new(results, sim_json_document(set->results[i], set->before[i]));
    }
    json_object_set_new(object, "schema", json_string(SIM_RESULT_SCHEMA));
    json_object_set_new(object, "verb",
                        sim_document_text(set->count > 0 ? set->results[0]->verb : ""));
    json_object_set_new(varied, "name", sim_document_text(set->name));
    json_object_set_new(varied, "values", values);
    json_object_set_new(object, "varied", varied);
    if (set->scale)
        json_object_set_new(object, "scale", scaling(set));
    json_object_set_new(object, "results", results);
    return sim_json_print(object);
}

/* ---- reading ------------------------------------------------------------------------------- */

static int read_results(const json_t *document, const json_t *values, struct sim_result_set *set,
                        char *error, size_t error_bytes)
{
    const json_t *results = json_object_get(document, "results");
    size_t count = json_array_size(values);
    if (!json_is_array(values) || count == 0 || count > SIM_RESULT_SET_MAX) {
        snprintf(error, error_bytes, "varied.values: expected an array of 1 to %u texts",
                 SIM_RESULT_SET_MAX);
        return -1;
    }
    if (!json_is_array(results) || json_array_size(results) != count) {
        snprintf(error, error_bytes, "results: expected an array of as many as varied.values");
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        char problem[384];
        struct sim_result *before = NULL, *result = NULL;
        const char *value = json_string_value(json_array_get(values, i));
        if (value == NULL)
            snprintf(problem, sizeof problem, "expected a text as its value");
        else
            result =
                sim_json_read_object(json_array_get(results, i), &before, problem, sizeof problem);
        if (result == NULL) {
            snprintf(error, error_bytes, "results[%zu]: %s", i, problem);
            return -1;
        }
        sim_result_set_add(set, value, result, before);
    }
    return 0;
}

static int read_set(const json_t *document, struct sim_result_set *set, char *error,
                    size_t error_bytes)
{
    const json_t *varied = json_object_get(document, "varied");
    const char *name = json_string_value(json_object_get(varied, "name"));
    if (varied == NULL) {
        struct sim_result *before, *result;
        result = sim_json_read_object(document, &before, error, error_bytes);
        if (result == NULL)
            return -1;
        sim_result_set_add(set, "", result, before);
        return 0;
    }
    const char *schema = json_string_value(json_object_get(document, "schema"));
    if (schema == NULL || strcmp(schema, SIM_RESULT_SCHEMA) != 0) {
        snprintf(error, error_bytes, "schema: accepted: %s", SIM_RESULT_SCHEMA);
        return -1;
    }
    if (name == NULL || name[0] == 0) {
        snprintf(error, error_bytes, "varied.name: expected a text");
        return -1;
    }
    set->scale = json_object_get(document, "scale") != NULL;
    if (read_results(document, json_object_get(varied, "values"), set, error, error_bytes) != 0)
        return -1;
    set->name = sim_result_copy(set->results[0], name);
    return 0;
}

int sim_json_read_set(const char *text, size_t bytes, struct sim_result_set *set, char *error,
                      size_t error_bytes)
{
    sim_result_set_init(set);
    json_t *document = sim_json_parse(text, bytes, error, error_bytes);
    if (document == NULL)
        return -1;
    int failed = read_set(document, set, error, error_bytes);
    json_decref(document);
    if (failed)
        sim_result_set_fini(set);
    return failed;
}
