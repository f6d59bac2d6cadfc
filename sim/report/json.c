#include "sim/report/json.h"

#include <math.h>
#include <string.h>
#include "sim/report/document.h"
#include "sim/report/json_bill.h"
#include "sim/report/json_part.h"

/* ---- parts --------------------------------------------------------------------------------- */

static json_t *part(const void *structure, const struct sim_document_field *fields)
{
    json_t *object = json_object();
    sim_document_write(object, structure, fields);
    return object;
}

static json_t *texts(const char *const *text, uint32_t count)
{
    json_t *array = json_array();
    for (uint32_t i = 0; i < count; i++)
        json_array_append_new(array, sim_document_text(text[i]));
    return array;
}

static json_t *figures(const double *values, uint32_t count)
{
    json_t *array = json_array();
    for (uint32_t i = 0; i < count; i++)
        json_array_append_new(array, isfinite(values[i]) ? json_real(values[i]) : json_null());
    return array;
}

static void add_parameters(json_t *document, const struct sim_result *result)
{
    json_t *values = json_object(), *shown = json_object(), *given = json_array();
    for (uint32_t i = 0; i < result->parameter_count; i++) {
        const struct sim_result_parameter *parameter = &result->parameters[i];
        json_object_set_new(values, parameter->name,
                            parameter->kind == SIM_PARAMETER_NUMBER
                                ? json_integer((json_int_t)parameter->number)
                                : sim_document_text(parameter->text));
        json_object_set_new(shown, parameter->name, sim_document_text(parameter->shown));
        if (parameter->given)
            json_array_append_new(given, sim_document_text(parameter->name));
    }
    json_object_set_new(document, "parameters", values);
    json_object_set_new(document, "parameters_shown", shown);
    json_object_set_new(document, "parameters_given", given);
}

static json_t *processes(const struct sim_design_result *design)
{
    json_t *object = json_object();
    for (uint32_t i = 0; i < design->process_count; i++) {
        const struct sim_process_result *process = &design->processes[i];
        json_t *row = part(process, sim_document_process);
        json_object_set_new(row, "per_op", sim_document_per_op_write(&process->per_op));
        if (process->response.count != 0)
            json_object_set_new(row, "response_ns",
                                part(&process->response, sim_document_response));
        json_object_set_new(object, process->name, row);
    }
    return object;
}

static json_t *probes(const struct sim_design_result *design)
{
    json_t *object = json_object();
    for (uint32_t i = 0; i < design->probe_count; i++)
        json_object_set_new(object, design->probes[i].name,
                            sim_document_text(design->probes[i].verdict));
    return object;
}

static json_t *design_object(const struct sim_design_result *design)
{
    json_t *object = part(design, sim_document_design);
    json_t *rate = part(&design->ops_per_s, sim_document_estimate);
    json_object_set_new(rate, "slices", figures(design->slices, design->slice_count));
    json_object_set_new(object, "ops_per_s", rate);
    json_object_set_new(object, "response_ns", part(&design->response, sim_document_response));
    json_object_set_new(object, "per_op", sim_document_per_op_write(&design->per_op));
    json_object_set_new(object, "processes", processes(design));
    json_object_set_new(object, "memory", part(&design->memory, sim_document_memory));
    json_object_set_new(object, "failures", texts(design->failures.text, design->failures.count));
    json_object_set_new(object, "ratio", part(&design->ratio, sim_document_estimate));
    json_object_set_new(object, "why", texts(design->why, design->why_count));
    json_object_set_new(object, "probes", probes(design));
    json_object_set_new(object, "attribution", sim_json_attribution_write(&design->attribution));
    if (design->hash[0] == 0) { /* no event stream: nothing is known of it */
        json_object_del(object, "hash");
        json_object_del(object, "events");
        json_object_del(object, "little");
    }
    return object;
}

/* ---- documents ----------------------------------------------------------------------------- */

static json_t *document(const struct sim_result *result)
{
    json_t *object = json_object();
    json_object_set_new(object, "schema", json_string(SIM_RESULT_SCHEMA));
    json_object_set_new(object, "verb", sim_document_text(result->verb));
    json_object_set_new(object, "scenario", part(result, sim_document_scenario));
    add_parameters(object, result);
    sim_document_write(object, result, sim_document_head);
    json_object_set_new(object, "machine", part(result, sim_document_machine));
    json_object_set_new(object, "host", part(result, sim_document_host));
    if (sim_result_billed(result))
        json_object_set_new(object, "costs", part(&result->costs, sim_document_costs));
    if (result->determinism.checked)
        json_object_set_new(object, "determinism",
                            part(&result->determinism, sim_document_determinism));
    json_object_set_new(object, "load", part(&result->load, sim_document_load));
    json_object_set_new(object, "method", part(&result->method, sim_document_method));
    json_object_set_new(object, "handover_ns", part(&result->handover, sim_document_handover));
    json_object_set_new(object, "noise_slices",
                        figures(result->noise_slices, result->noise_slice_count));
    json_object_set_new(object, "warnings", texts(result->warnings.text, result->warnings.count));
    json_t *designs = json_array();
    for (uint32_t i = 0; i < result->design_count; i++)
        json_array_append_new(designs, design_object(&result->designs[i]));
    json_object_set_new(object, "designs", designs);
    return object;
}

char *sim_json_print(json_t *object)
{
    /* Picoseconds of a response of some minutes still come out exactly. */
    char *text = json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    json_decref(object);
    return text;
}

json_t *sim_json_document(const struct sim_result *result, const struct sim_result *before)
{
    json_t *object = document(result);
    if (before != NULL)
        json_object_set_new(object, "before", document(before));
    return object;
}

char *sim_json_write(const struct sim_result *result, const struct sim_result *before)
{
    return sim_json_print(sim_json_document(result, before));
}

char *sim_json_expect(const struct sim_result *result, uint32_t design)
{
    json_t *object = document(result);
    json_object_del(object, "designs");
    json_t *own = design_object(&result->designs[design]);
    json_object_update(object, own);
    json_object_set(object, "process", json_object_get(own, "processes"));
    json_object_set_new(object, "exact", json_boolean(result->machine.exact));
    json_object_set_new(object, "cpus", json_integer(result->machine.cpus));
    json_decref(own);
    return sim_json_print(object);
}
