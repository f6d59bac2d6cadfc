#include "sim/report/document.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(part, name, member)                                                                   \
    {                                                                                              \
        name, SIM_DOCUMENT_TEXT, offsetof(struct part, member)                                     \
    }
#define U32(part, name, member)                                                                    \
    {                                                                                              \
        name, SIM_DOCUMENT_U32, offsetof(struct part, member)                                      \
    }
#define U64(part, name, member)                                                                    \
    {                                                                                              \
        name, SIM_DOCUMENT_U64, offsetof(struct part, member)                                      \
    }
#define FLAG(part, name, member)                                                                   \
    {                                                                                              \
        name, SIM_DOCUMENT_FLAG, offsetof(struct part, member)                                     \
    }
#define FIGURE(part, name, member)                                                                 \
    {                                                                                              \
        name, SIM_DOCUMENT_FIGURE, offsetof(struct part, member)                                   \
    }
#define END                                                                                        \
    {                                                                                              \
        NULL, SIM_DOCUMENT_END, 0                                                                  \
    }

const struct sim_document_field sim_document_scenario[] = {
    TEXT(sim_result, "name", scenario.name),   TEXT(sim_result, "path", scenario.path),
    TEXT(sim_result, "about", scenario.about), TEXT(sim_result, "text", scenario.text),
    TEXT(sim_result, "hash", scenario.hash),   END,
};

const struct sim_document_field sim_document_machine[] = {
    TEXT(sim_result, "kind", machine.kind),
    U32(sim_result, "cpus", machine.cpus),
    FLAG(sim_result, "exact", machine.exact),
    TEXT(sim_result, "host_cpus", machine.host_cpus),
    FLAG(sim_result, "host_cpus_given", machine.host_cpus_given),
    END,
};

const struct sim_document_field sim_document_host[] = {
    TEXT(sim_result, "cpu", host.cpu),
    TEXT(sim_result, "kernel", host.kernel),
    U32(sim_result, "cpus", host.cpus),
    TEXT(sim_result, "version", host.version),
    END,
};

const struct sim_document_field sim_document_head[] = {
    U64(sim_result, "seed", seed),
    TEXT(sim_result, "kernel_options", kernel_options),
    FIGURE(sim_result, "noise_floor", noise_floor),
    FLAG(sim_result, "interrupted", interrupted),
    END,
};

const struct sim_document_field sim_document_handover[] = {
    FIGURE(sim_handover_result, "same_cpu", same_cpu),
    FIGURE(sim_handover_result, "other_cpu", other_cpu),
    END,
};

const struct sim_document_field sim_document_costs[] = {
    TEXT(sim_costs_result, "name", name),
    TEXT(sim_costs_result, "about", about),
    TEXT(sim_costs_result, "hash", hash),
    TEXT(sim_costs_result, "text", text),
    U32(sim_costs_result, "sockets", sockets),
    U32(sim_costs_result, "clusters", clusters),
    U32(sim_costs_result, "cores", cores),
    U32(sim_costs_result, "threads", threads),
    U32(sim_costs_result, "sockets_added", sockets_added),
    END,
};

const struct sim_document_field sim_document_determinism[] = {
    FLAG(sim_determinism_result, "checked", checked),
    FLAG(sim_determinism_result, "same", same),
    TEXT(sim_determinism_result, "first_difference", difference),
    END,
};

const struct sim_document_field sim_document_lock[] = {
    TEXT(sim_lock_result, "name", name),         U64(sim_lock_result, "waits", waits),
    FIGURE(sim_lock_result, "wait_ns", wait_ns), U64(sim_lock_result, "moves", moves),
    FIGURE(sim_lock_result, "move_ns", move_ns), END,
};

const struct sim_document_field sim_document_load[] = {
    TEXT(sim_load_result, "model", model),
    U32(sim_load_result, "clients", clients),
    U32(sim_load_result, "threads", threads),
    U32(sim_load_result, "depth", depth),
    U64(sim_load_result, "bytes", bytes),
    TEXT(sim_load_result, "file", file),
    END,
};

const struct sim_document_field sim_document_method[] = {
    U32(sim_method_result, "slices", slices),
    U64(sim_method_result, "slice_ns", slice_ns),
    U64(sim_method_result, "slice_ops", slice_ops),
    U64(sim_method_result, "duration_ns", duration_ns),
    U64(sim_method_result, "ops", ops),
    U64(sim_method_result, "warmup_ns", warmup_ns),
    U64(sim_method_result, "warmup_ops", warmup_ops),
    TEXT(sim_method_result, "interval", interval),
    END,
};

const struct sim_document_field sim_document_estimate[] = {
    FIGURE(sim_estimate, "median", median),
    FIGURE(sim_estimate, "low", low),
    FIGURE(sim_estimate, "high", high),
    END,
};

const struct sim_document_field sim_document_response[] = {
    U64(sim_response_result, "count", count),
    FIGURE(sim_response_result, "p50", p50),
    FIGURE(sim_response_result, "p90", p90),
    FIGURE(sim_response_result, "p99", p99),
    FIGURE(sim_response_result, "p999", p999),
    FIGURE(sim_response_result, "max", max),
    END,
};

const struct sim_document_field sim_document_memory[] = {
    U64(sim_memory_result, "kernel_bytes_per_client", kernel_bytes_per_client),
    U64(sim_memory_result, "kernel_bytes_peak", kernel_bytes_peak),
    END,
};

const struct sim_document_field sim_document_process[] = {
    U32(sim_process_result, "instances", instances),
    U32(sim_process_result, "threads", threads),
    U32(sim_process_result, "workers", workers),
    U64(sim_process_result, "requests", requests),
    U64(sim_process_result, "messages", messages),
    U64(sim_process_result, "completions", completions),
    FIGURE(sim_process_result, "busy", busy),
    FIGURE(sim_process_result, "ready", ready),
    FIGURE(sim_process_result, "blocked", blocked),
    FIGURE(sim_process_result, "waiting", waiting),
    END,
};

const struct sim_document_field sim_document_design[] = {
    TEXT(sim_design_result, "design", design),
    TEXT(sim_design_result, "about", about),
    TEXT(sim_design_result, "origin", origin),
    U64(sim_design_result, "ops", ops),
    FIGURE(sim_design_result, "measured_s", measured_s),
    U32(sim_design_result, "workers", workers),
    U64(sim_design_result, "lost", lost),
    U64(sim_design_result, "verified_bytes", verified_bytes),
    U64(sim_design_result, "mismatches", mismatches),
    U64(sim_design_result, "errors", errors),
    U64(sim_design_result, "leaks", leaks),
    FLAG(sim_design_result, "same", same),
    TEXT(sim_design_result, "hash", hash),
    U64(sim_design_result, "events", events),
    FLAG(sim_design_result, "little", little),
    END,
};

/* ---- texts --------------------------------------------------------------------------------- */

/* Bytes of the UTF-8 character at `text`, 0 if it is none. */
static size_t character(const unsigned char *text)
{
    size_t bytes = text[0] < 0x80   ? 1
                   : text[0] < 0xc2 ? 0
                   : text[0] < 0xe0 ? 2
                   : text[0] < 0xf0 ? 3
                   : text[0] < 0xf5 ? 4
                                    : 0;
    for (size_t i = 1; i < bytes; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    /* Overlong forms, surrogates, and what lies beyond the last character. */
    if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
        (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f))
        return 0;
    return bytes;
}

json_t *sim_document_text(const char *text)
{
    json_t *string = json_string(text);
    if (string != NULL)
        return string;
    char *clean = malloc(strlen(text) * 3 + 1);
    if (clean == NULL)
        return NULL;
    size_t length = 0;
    while (*text != 0) {
        size_t bytes = character((const unsigned char *)text);
        memcpy(clean + length, bytes > 0 ? text : "\xef\xbf\xbd", bytes > 0 ? bytes : 3);
        length += bytes > 0 ? bytes : 3;
        text += bytes > 0 ? bytes : 1;
    }
    string = json_stringn(clean, length);
    free(clean);
    return string;
}

/* ---- writing ------------------------------------------------------------------------------- */

static json_t *figure(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *value_of(const char *at, enum sim_document_type type)
{
    switch (type) {
    case SIM_DOCUMENT_TEXT:
        return sim_document_text(*(const char *const *)(const void *)at);
    case SIM_DOCUMENT_U32:
        return json_integer(*(const uint32_t *)(const void *)at);
    case SIM_DOCUMENT_U64:
        return json_integer((json_int_t)(*(const uint64_t *)(const void *)at));
    case SIM_DOCUMENT_FLAG:
        return json_boolean(*(const int *)(const void *)at);
    case SIM_DOCUMENT_FIGURE:
        return figure(*(const double *)(const void *)at);
    case SIM_DOCUMENT_END:
        break;
    }
    return NULL;
}

void sim_document_write(json_t *object, const void *structure,
                        const struct sim_document_field *fields)
{
    for (; fields->type != SIM_DOCUMENT_END; fields++)
        json_object_set_new(object, fields->name,
                            value_of((const char *)structure + fields->offset, fields->type));
}

json_t *sim_document_per_op_write(const struct sim_per_op *per_op)
{
    json_t *object = json_object();
    const struct sim_per_op_field *field;
    for (uint32_t i = 0; (field = sim_per_op_field(i)) != NULL; i++)
        json_object_set_new(
            object, field->name,
            figure(*(const double *)(const void *)((const char *)per_op + field->offset)));
    return object;
}

/* ---- reading ------------------------------------------------------------------------------- */

static const char *read_figure(const json_t *value, double *figure_out)
{
    if (json_is_null(value))
        *figure_out = NAN;
    else if (json_is_number(value))
        *figure_out = json_number_value(value);
    else
        return "a number or null";
    return NULL;
}

static const char *read_count(const json_t *value, uint64_t most, uint64_t *count)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        (uint64_t)json_integer_value(value) > most)
        return "a whole number from 0";
    *count = (uint64_t)json_integer_value(value);
    return NULL;
}

/* What was expected, or NULL if the value was that. */
static const char *read_value(const json_t *value, struct sim_result *result, char *at,
                              enum sim_document_type type)
{
    uint64_t count;
    const char *expected;
    switch (type) {
    case SIM_DOCUMENT_TEXT:
        if (!json_is_string(value))
            return "a text";
        *(const char **)(void *)at = sim_result_copy(result, json_string_value(value));
        return NULL;
    case SIM_DOCUMENT_U32:
        expected = read_count(value, UINT32_MAX, &count);
        if (expected == NULL)
            *(uint32_t *)(void *)at = (uint32_t)count;
        return expected;
    case SIM_DOCUMENT_U64:
        return read_count(value, INT64_MAX, (uint64_t *)(void *)at);
    case SIM_DOCUMENT_FLAG:
        if (!json_is_boolean(value))
            return "true or false";
        *(int *)(void *)at = json_is_true(value);
        return NULL;
    case SIM_DOCUMENT_FIGURE:
        return read_figure(value, (double *)(void *)at);
    case SIM_DOCUMENT_END:
        break;
    }
    return NULL;
}

const char *sim_document_read(const json_t *object, struct sim_result *result, void *structure,
                              const struct sim_document_field *fields, const char **expected)
{
    for (; fields->type != SIM_DOCUMENT_END; fields++) {
        const json_t *value = json_object_get(object, fields->name);
        if (value == NULL)
            continue;
        *expected = read_value(value, result, (char *)structure + fields->offset, fields->type);
        if (*expected != NULL)
            return fields->name;
    }
    return NULL;
}

const char *sim_document_per_op_read(const json_t *object, struct sim_per_op *per_op,
                                     const char **expected)
{
    const struct sim_per_op_field *field;
    for (uint32_t i = 0; (field = sim_per_op_field(i)) != NULL; i++) {
        const json_t *value = json_object_get(object, field->name);
        double *at = (double *)(void *)((char *)per_op + field->offset);
        *at = NAN;
        *expected = value == NULL ? NULL : read_figure(value, at);
        if (*expected != NULL)
            return field->name;
    }
    return NULL;
}
