#include "sim/measure/result.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sim_result_block {
    struct sim_result_block *next;
    max_align_t memory[];
};

static void *checked(void *memory)
{
    if (memory == NULL) {
        fputs("slipway: the host has no memory left for the result\n", stderr);
        abort();
    }
    return memory;
}

static const struct sim_estimate unknown = {NAN, NAN, NAN};

struct sim_result *sim_result_create(void)
{
    struct sim_result *result = checked(calloc(1, sizeof *result));
    result->verb = "";
    result->scenario.name = result->scenario.path = result->scenario.about = "";
    result->scenario.text = result->scenario.hash = "";
    result->machine.kind = result->machine.host_cpus = "";
    result->host.cpu = result->host.kernel = result->host.version = "";
    result->load.model = result->load.file = "";
    result->costs.name = result->costs.about = result->costs.hash = result->costs.text = "";
    result->kernel_options = result->determinism.difference = "";
    result->method.interval = "";
    result->handover.same_cpu = result->handover.other_cpu = NAN;
    result->noise_floor = NAN;
    return result;
}

void sim_result_destroy(struct sim_result *result)
{
    if (result == NULL)
        return;
    struct sim_result_block *block = result->store;
    while (block != NULL) {
        struct sim_result_block *next = block->next;
        free(block);
        block = next;
    }
    free(result);
}

void *sim_result_take(struct sim_result *result, size_t bytes)
{
    struct sim_result_block *block = checked(calloc(1, sizeof *block + bytes));
    block->next = result->store;
    result->store = block;
    return block->memory;
}

const char *sim_result_copy(struct sim_result *result, const char *text)
{
    size_t bytes = text == NULL ? 1 : strlen(text) + 1;
    char *copy = sim_result_take(result, bytes);
    if (text != NULL)
        memcpy(copy, text, bytes);
    return copy;
}

void sim_result_add(struct sim_result *result, struct sim_result_texts *texts, const char *format,
                    ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    char *text = sim_result_take(result, (size_t)length + 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);

    const char **list = sim_result_take(result, (texts->count + 1) * sizeof *list);
    if (texts->count > 0)
        memcpy(list, texts->text, texts->count * sizeof *list);
    list[texts->count++] = text;
    texts->text = list;
}

int sim_result_billed(const struct sim_result *result)
{
    return result->costs.name[0] != 0;
}

static void clear_per_op(struct sim_per_op *per_op)
{
    const struct sim_per_op_field *field;
    for (uint32_t i = 0; (field = sim_per_op_field(i)) != NULL; i++)
        *(double *)((char *)per_op + field->offset) = NAN;
}

void sim_result_designs(struct sim_result *result, uint32_t count)
{
    result->designs = sim_result_take(result, count * sizeof *result->designs);
    result->design_count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct sim_design_result *design = &result->designs[i];
        design->design = design->about = design->origin = design->hash = "";
        design->attribution.p50.response_ns = design->attribution.p99.response_ns = NAN;
        design->attribution.mean.response_ns = NAN;
        design->ops_per_s = design->ratio = unknown;
        design->response = (struct sim_response_result){0, NAN, NAN, NAN, NAN, NAN};
        clear_per_op(&design->per_op);
    }
}

const struct sim_per_op_field *sim_per_op_field(uint32_t index)
{
#define FIELD(name)                                                                                \
    {                                                                                              \
#name, offsetof(struct sim_per_op, name)                                                   \
    }
    static const struct sim_per_op_field fields[] = {
        FIELD(system_calls), FIELD(switches),    FIELD(wakes),       FIELD(direct_switches),
        FIELD(copied_bytes), FIELD(allocations), FIELD(requests),    FIELD(messages),
        FIELD(completions),  FIELD(lock_waits),  FIELD(preemptions), FIELD(migrations),
    };
#undef FIELD
    return index < sizeof fields / sizeof fields[0] ? &fields[index] : NULL;
}
