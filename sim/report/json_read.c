#include "sim/report/json.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "sim/report/document.h"
#include "sim/report/json_bill.h"
#include "sim/report/json_part.h"

/* Where the reader is, and the first thing that was wrong. */
struct reader {
    struct sim_result *result;
    char *error;
    size_t error_bytes;
    int failed;
};

__attribute__((format(printf, 2, 3))) static void wrong(struct reader *reader, const char *format,
                                                        ...)
{
    if (reader->failed)
        return;
    reader->failed = 1;
    va_list list;
    va_start(list, format);
    vsnprintf(reader->error, reader->error_bytes, format, list);
    va_end(list);
}

static void read_fields(struct reader *reader, const char *where, const json_t *object,
                        void *structure, const struct sim_document_field *fields)
{
    const char *expected = NULL;
    const char *name = sim_document_read(object, reader->result, structure, fields, &expected);
    if (name != NULL)
        wrong(reader, "%s%s%s: expected %s", where, where[0] != 0 ? "." : "", name, expected);
}

/* A part of an object that must be an object itself if it is there; NULL if it is not. */
static json_t *read_object(struct reader *reader, const char *where, const json_t *object,
                           const char *name)
{
    json_t *value = json_object_get(object, name);
    if (value != NULL && !json_is_object(value)) {
        wrong(reader, "%s%s%s: expected an object", where, where[0] != 0 ? "." : "", name);
        return NULL;
    }
    return value;
}

static void read_part(struct reader *reader, const char *where, const json_t *object,
                      const char *name, void *structure, const struct sim_document_field *fields)
{
    char path[128];
    const json_t *value = read_object(reader, where, object, name);
    snprintf(path, sizeof path, "%s%s%s", where, where[0] != 0 ? "." : "", name);
    if (value != NULL)
        read_fields(reader, path, value, structure, fields);
}

static json_t *read_array(struct reader *reader, const char *where, const json_t *object,
                          const char *name)
{
    json_t *value = json_object_get(object, name);
    if (value != NULL && !json_is_array(value)) {
        wrong(reader, "%s%s%s: expected an array", where, where[0] != 0 ? "." : "", name);
        return NULL;
    }
    return value;
}

static double *read_figures(struct reader *reader, const char *where, const json_t *object,
                            const char *name, uint32_t *count)
{
    const json_t *array = read_array(reader, where, object, name);
    uint32_t size = (uint32_t)json_array_size(array);
    double *values = sim_result_take(reader->result, (size + 1) * sizeof *values);
    for (uint32_t i = 0; i < size; i++) {
        const json_t *value = json_array_get(array, i);
        if (!json_is_number(value) && !json_is_null(value))
            wrong(reader, "%s.%s[%u]: expected a number or null", where, name, i);
        values[i] = json_is_number(value) ? json_number_value(value) : NAN;
    }
    *count = size;
    return values;
}

static const char *read_text(struct reader *reader, const char *where, const json_t *value)
{
    if (!json_is_string(value)) {
        wrong(reader, "%s: expected a text", where);
        return "";
    }
    return sim_result_copy(reader->result, json_string_value(value));
}

static void read_texts(struct reader *reader, const char *where, const json_t *object,
                       const char *name, struct sim_result_texts *list)
{
    const json_t *array = read_array(reader, where, object, name);
    for (size_t i = 0; i < json_array_size(array); i++)
        sim_result_add(reader->result, list, "%s",
                       read_text(reader, name, json_array_get(array, i)));
}

/* ---- the head ------------------------------------------------------------------------------ */

static void read_parameters(struct reader *reader, const json_t *document)
{
    json_t *values = read_object(reader, "", document, "parameters");
    const json_t *shown = read_object(reader, "", document, "parameters_shown");
    const json_t *given = read_array(reader, "", document, "parameters_given");
    struct sim_result *result = reader->result;
    result->parameters =
        sim_result_take(result, (json_object_size(values) + 1) * sizeof *result->parameters);
    for (void *at = json_object_iter(values); at != NULL; at = json_object_iter_next(values, at)) {
        struct sim_result_parameter *parameter = &result->parameters[result->parameter_count++];
        const json_t *value = json_object_iter_value(at);
        char number[32] = "";
        parameter->name = sim_result_copy(result, json_object_iter_key(at));
        if (json_is_integer(value)) {
            parameter->kind = SIM_PARAMETER_NUMBER;
            parameter->number = json_integer_value(value);
            snprintf(number, sizeof number, "%lld", (long long)parameter->number);
            parameter->text = "";
        } else {
            parameter->kind = SIM_PARAMETER_CHOICE;
            parameter->text = read_text(reader, "parameters", value);
        }
        const json_t *own = json_object_get(shown, parameter->name);
        parameter->shown = own != NULL      ? read_text(reader, "parameters_shown", own)
                           : number[0] != 0 ? sim_result_copy(result, number)
                                            : parameter->text;
        for (size_t i = 0; i < json_array_size(given); i++) {
            const char *name = json_string_value(json_array_get(given, i));
            parameter->given |= name != NULL && strcmp(name, parameter->name) == 0;
        }
    }
}

static void read_head(struct reader *reader, const json_t *document)
{
    struct sim_result *result = reader->result;
    const json_t *verb = json_object_get(document, "verb");
    if (verb != NULL)
        result->verb = read_text(reader, "verb", verb);
    read_part(reader, "", document, "scenario", result, sim_document_scenario);
    read_part(reader, "", document, "machine", result, sim_document_machine);
    read_part(reader, "", document, "host", result, sim_document_host);
    read_part(reader, "", document, "costs", &result->costs, sim_document_costs);
    read_part(reader, "", document, "determinism", &result->determinism, sim_document_determinism);
    read_part(reader, "", document, "load", &result->load, sim_document_load);
    read_part(reader, "", document, "method", &result->method, sim_document_method);
    read_part(reader, "", document, "handover_ns", &result->handover, sim_document_handover);
    read_fields(reader, "", document, result, sim_document_head);
    read_parameters(reader, document);
    result->noise_slices =
        read_figures(reader, "", document, "noise_slices", &result->noise_slice_count);
    read_texts(reader, "", document, "warnings", &result->warnings);
}

/* ---- designs ------------------------------------------------------------------------------- */

static void read_per_op(struct reader *reader, const char *where, const json_t *object,
                        struct sim_per_op *per_op)
{
    const char *expected = NULL;
    const json_t *value = read_object(reader, where, object, "per_op");
    const char *name = sim_document_per_op_read(value, per_op, &expected);
    if (name != NULL)
        wrong(reader, "%s.per_op.%s: expected %s", where, name, expected);
}

static void read_processes(struct reader *reader, const char *where, const json_t *object,
                           struct sim_design_result *design)
{
    json_t *value = read_object(reader, where, object, "processes");
    design->processes =
        sim_result_take(reader->result, (json_object_size(value) + 1) * sizeof *design->processes);
    for (void *at = json_object_iter(value); at != NULL; at = json_object_iter_next(value, at)) {
        struct sim_process_result *process = &design->processes[design->process_count++];
        char path[128];
        snprintf(path, sizeof path, "%.40s.processes.%.40s", where, json_object_iter_key(at));
        process->name = sim_result_copy(reader->result, json_object_iter_key(at));
        process->busy = process->ready = process->blocked = process->waiting = NAN;
        if (!json_is_object(json_object_iter_value(at))) {
            wrong(reader, "%s: expected an object", path);
            return;
        }
        read_fields(reader, path, json_object_iter_value(at), process, sim_document_process);
        read_per_op(reader, path, json_object_iter_value(at), &process->per_op);
        if (json_object_get(json_object_iter_value(at), "response_ns") != NULL)
            read_part(reader, path, json_object_iter_value(at), "response_ns", &process->response,
                      sim_document_response);
    }
}

static void read_probes(struct reader *reader, const char *where, const json_t *object,
                        struct sim_design_result *design)
{
    json_t *value = read_object(reader, where, object, "probes");
    design->probes =
        sim_result_take(reader->result, (json_object_size(value) + 1) * sizeof *design->probes);
    for (void *at = json_object_iter(value); at != NULL; at = json_object_iter_next(value, at)) {
        struct sim_probe_result *probe = &design->probes[design->probe_count++];
        probe->name = sim_result_copy(reader->result, json_object_iter_key(at));
        probe->verdict = read_text(reader, "probes", json_object_iter_value(at));
    }
}

static void read_design(struct reader *reader, uint32_t index, const json_t *object)
{
    struct sim_design_result *design = &reader->result->designs[index];
    char where[32];
    snprintf(where, sizeof where, "designs[%u]", index);
    if (!json_is_object(object) || !json_is_string(json_object_get(object, "design"))) {
        wrong(reader, "%s: expected an object that names a design", where);
        return;
    }
    read_fields(reader, where, object, design, sim_document_design);
    read_part(reader, where, object, "ops_per_s", &design->ops_per_s, sim_document_estimate);
    read_part(reader, where, object, "response_ns", &design->response, sim_document_response);
    read_part(reader, where, object, "memory", &design->memory, sim_document_memory);
    read_part(reader, where, object, "ratio", &design->ratio, sim_document_estimate);
    const json_t *rate = json_object_get(object, "ops_per_s");
    design->slices = read_figures(reader, where, rate, "slices", &design->slice_count);
    read_per_op(reader, where, object, &design->per_op);
    read_processes(reader, where, object, design);
    read_probes(reader, where, object, design);
    read_texts(reader, where, object, "failures", &design->failures);
    char problem[256];
    if (sim_json_attribution_read(json_object_get(object, "attribution"), reader->result,
                                  &design->attribution, problem, sizeof problem) != 0)
        wrong(reader, "%s.%s", where, problem);
    const json_t *why = read_array(reader, where, object, "why");
    for (size_t i = 0; i < json_array_size(why) && i < SIM_WHY_LINES; i++)
        design->why[design->why_count++] = read_text(reader, "why", json_array_get(why, i));
}

/* ---- documents ----------------------------------------------------------------------------- */

static struct sim_result *read_document(const json_t *document, char *error, size_t error_bytes)
{
    struct reader reader = {sim_result_create(), error, error_bytes, 0};
    const char *schema = json_string_value(json_object_get(document, "schema"));
    const json_t *scenario = json_object_get(document, "scenario");
    const json_t *designs = json_object_get(document, "designs");
    if (schema == NULL)
        wrong(&reader, "no result of slipway: it has no text \"schema\"; accepted: %s",
              SIM_RESULT_SCHEMA);
    else if (strcmp(schema, SIM_RESULT_SCHEMA) != 0)
        wrong(&reader, "schema '%s' is not known; accepted: %s", schema, SIM_RESULT_SCHEMA);
    else if (!json_is_string(json_object_get(scenario, "name")) ||
             !json_is_string(json_object_get(scenario, "text")))
        wrong(&reader, "scenario: expected an object with the texts \"name\" and \"text\"");
    else if (!json_is_array(designs))
        wrong(&reader, "designs: expected an array");
    if (!reader.failed) {
        read_head(&reader, document);
        sim_result_designs(reader.result, (uint32_t)json_array_size(designs));
        for (uint32_t i = 0; i < reader.result->design_count && !reader.failed; i++)
            read_design(&reader, i, json_array_get(designs, i));
    }
    if (!reader.failed)
        return reader.result;
    sim_result_destroy(reader.result);
    return NULL;
}

struct sim_result *sim_json_read_object(const json_t *document, struct sim_result **before,
                                        char *error, size_t error_bytes)
{
    if (before != NULL)
        *before = NULL;
    struct sim_result *result = read_document(document, error, error_bytes);
    const json_t *old = json_object_get(document, "before");
    if (result != NULL && before != NULL && old != NULL) {
        *before = read_document(old, error, error_bytes);
        if (*before == NULL) {
            sim_result_destroy(result);
            result = NULL;
        }
    }
    return result;
}

json_t *sim_json_parse(const char *text, size_t bytes, char *error, size_t error_bytes)
{
    json_error_t problem;
    json_t *document = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &problem);
    if (document == NULL)
        snprintf(error, error_bytes,
                 "no JSON: line %d, column %d: %s; accepted: what -o or --json wrote", problem.line,
                 problem.column, problem.text);
    return document;
}

struct sim_result *sim_json_read(const char *text, size_t bytes, struct sim_result **before,
                                 char *error, size_t error_bytes)
{
    if (before != NULL)
        *before = NULL;
    json_t *document = sim_json_parse(text, bytes, error, error_bytes);
    if (document == NULL)
        return NULL;
    struct sim_result *result = sim_json_read_object(document, before, error, error_bytes);
    json_decref(document);
    return result;
}
