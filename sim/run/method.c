#include "sim/run/method.h"

#include <inttypes.h>
#include <stdio.h>

#include "sim/measure/interval.h"
#include "sim/role/role.h"

uint32_t sim_method_clients(const struct sim_plan *plan, uint64_t *in_flight)
{
    uint32_t threads = 0;
    *in_flight = 0;
    for (uint32_t i = 0; i < plan->process_count; i++) {
        const struct sim_plan_process *process = &plan->processes[i];
        const struct sim_role *role = process->role == NULL ? NULL : sim_role_find(process->role);
        if (role == NULL || !role->bounded)
            continue;
        uint32_t here = process->count * process->threads;
        threads += here;
        for (uint32_t j = 0; j < process->link_count; j++)
            *in_flight += (uint64_t)here * process->links[j].count * process->links[j].depth;
    }
    return threads;
}

static uint32_t at_least(uint32_t value, uint32_t least)
{
    return value < least ? least : value;
}

static void choose_by_time(const struct sim_run_options *options, struct sim_result *result)
{
    struct sim_method_result *method = &result->method;
    method->duration_ns = options->duration_ns != 0   ? options->duration_ns
                          : sim_result_billed(result) ? SIM_METHOD_DURATION_COSTS_NS
                          : result->machine.exact     ? SIM_METHOD_DURATION_EXACT_NS
                                                      : SIM_METHOD_DURATION_NS;
    if (method->slices == 0) {
        method->slices = SIM_METHOD_SLICES;
        if (method->duration_ns / method->slices < SIM_RUN_SLICE_NS_MIN)
            method->slices = at_least((uint32_t)(method->duration_ns / SIM_RUN_SLICE_NS_MIN),
                                      SIM_RUN_SLICES_MIN);
        else if (method->duration_ns / method->slices > SIM_METHOD_SLICE_NS_MAX)
            method->slices = (uint32_t)(method->duration_ns / SIM_METHOD_SLICE_NS_MAX);
        if (method->slices > SIM_METHOD_SLICES_MAX)
            method->slices = SIM_METHOD_SLICES_MAX;
    }
    method->slice_ns = method->duration_ns / method->slices;
    if (method->slice_ns == 0)
        method->slice_ns = 1;
    method->warmup_ns = method->slice_ns / 5;
    if (method->warmup_ns < SIM_METHOD_WARMUP_NS_MIN && !result->machine.exact)
        method->warmup_ns = SIM_METHOD_WARMUP_NS_MIN;
    if (method->warmup_ns > SIM_METHOD_WARMUP_NS_MAX)
        method->warmup_ns = SIM_METHOD_WARMUP_NS_MAX;
}

/* Of a window that ends before what began in it, the rate is right, but all that was asked in it was
 * asked in the same state of the queues. */
static void judge_responses(struct sim_result *result)
{
    const struct sim_method_result *method = &result->method;
    for (uint32_t i = 0; i < result->design_count && method->slice_ns != 0; i++) {
        const struct sim_design_result *design = &result->designs[i];
        if (!(design->response.p50 > (double)method->slice_ns))
            continue;
        sim_result_add(result, &result->warnings,
                       "%s: half of all responses take more than %.3g ms, which is longer than a "
                       "slice of %.3g ms: response times are those of the beginning; ten responses "
                       "a slice take a duration of %.3g s",
                       design->design, design->response.p50 / 1e6, (double)method->slice_ns / 1e6,
                       10 * design->response.p50 * method->slices / 1e9);
        return;
    }
}

void sim_method_judge(struct sim_result *result)
{
    const struct sim_method_result *method = &result->method;
    judge_responses(result);
    if (method->slice_ns == 0 || method->slice_ns >= SIM_RUN_SLICE_NS_MIN)
        return;
    for (uint32_t i = 0; i < result->design_count; i++) {
        const struct sim_design_result *design = &result->designs[i];
        if (design->slice_count == 0 || design->ops / design->slice_count >= SIM_RUN_SLICE_OPS_MIN)
            continue;
        sim_result_add(result, &result->warnings,
                       "slices of %.3g ms with %" PRIu64 " operations are short: %u slices of %u "
                       "ms take --duration %ums",
                       (double)method->slice_ns / 1e6, design->ops / design->slice_count,
                       method->slices, SIM_RUN_SLICE_NS_MIN / 1000000,
                       method->slices * (SIM_RUN_SLICE_NS_MIN / 1000000));
        return;
    }
}

static void choose_by_ops(const struct sim_plan *plan, const struct sim_run_options *options,
                          struct sim_result *result)
{
    struct sim_method_result *method = &result->method;
    uint64_t in_flight;
    uint32_t clients = sim_method_clients(plan, &in_flight);
    method->ops = options->ops;
    if (method->slices == 0) {
        method->slices = SIM_METHOD_SLICES;
        if (method->ops / method->slices < SIM_RUN_SLICE_OPS_MIN)
            method->slices =
                at_least((uint32_t)(method->ops / SIM_RUN_SLICE_OPS_MIN), SIM_RUN_SLICES_MIN);
    }
    if (method->ops < method->slices)
        method->slices = (uint32_t)method->ops;
    method->slice_ops = method->ops / method->slices;
    /* Enough for everyone to have had everything in flight twice. */
    uint64_t warm = method->slice_ops / 5;
    method->warmup_ops =
        (warm < SIM_METHOD_WARMUP_OPS_MAX ? warm : SIM_METHOD_WARMUP_OPS_MAX) + 2 * in_flight;
    if (method->slices < SIM_RUN_SLICES_MIN)
        sim_result_add(result, &result->warnings,
                       "%" PRIu64 " operations make %u slice%s: an interval takes at least %u",
                       method->ops, method->slices, method->slices == 1 ? "" : "s",
                       SIM_RUN_SLICES_MIN);
    else if (method->slice_ops < SIM_RUN_SLICE_OPS_MIN)
        sim_result_add(result, &result->warnings,
                       "slices of %" PRIu64 " operations are short: %u slices of %u take --ops %u",
                       method->slice_ops, method->slices, SIM_RUN_SLICE_OPS_MIN,
                       method->slices * SIM_RUN_SLICE_OPS_MIN);
    if (method->slice_ops < clients)
        sim_result_add(result, &result->warnings,
                       "slices of %" PRIu64 " operations leave some of %u clients without one",
                       method->slice_ops, clients);
}

static const char *ordinal(uint32_t number)
{
    uint32_t last = number % 10;
    if (last == 0 || last > 3 || number / 10 % 10 == 1)
        return "th";
    return last == 1 ? "st" : last == 2 ? "nd" : "rd";
}

/* How the interval of so many slices is made. */
static void tell_interval(struct sim_result *result, uint32_t slices)
{
    struct sim_method_result *method = &result->method;
    double coverage;
    char text[128];
    uint32_t low = sim_interval_trim(slices, &coverage) + 1;
    uint32_t high = slices - low + 1;
    int seeds = sim_result_billed(result);
    if (slices == 0) {
        method->interval = "";
        return;
    }
    snprintf(text, sizeof text, "%.0f%%, the %u%s to the %u%s of %u %s by size", coverage * 100,
             low, ordinal(low), high, ordinal(high), slices, seeds ? "seeds" : "slices");
    method->interval = slices >= 2 ? sim_result_copy(result, text)
                       : seeds     ? "one seed, none"
                                   : "one slice, none";
}

/* Designs that come late in a round may have a slice less: what holds for all is told. */
void sim_method_cut(struct sim_result *result)
{
    uint32_t least = result->method.slices;
    for (uint32_t i = 0; i < result->design_count; i++)
        if (result->designs[i].slice_count < least)
            least = result->designs[i].slice_count;
    tell_interval(result, least);
}

void sim_method_choose(const struct sim_plan *plan, const struct sim_run_options *options,
                       struct sim_result *result)
{
    struct sim_method_result *method = &result->method;
    uint64_t in_flight;
    method->slices = options->slices;
    if (method->slices == 0 && sim_result_billed(result))
        method->slices = SIM_METHOD_SEEDS;
    if (plan->raw) {
        method->slices = 1;
    } else if (sim_method_clients(plan, &in_flight) == 0) {
        if (method->slices == 0)
            method->slices = SIM_RUN_SLICES_MIN;
        if (options->ops != 0 || options->duration_ns != 0)
            sim_result_add(result, &result->warnings,
                           "no client role measures here: the bodies end by themselves, whatever "
                           "--duration and --ops say");
    } else if (options->ops != 0) {
        choose_by_ops(plan, options, result);
    } else {
        choose_by_time(options, result);
    }

    tell_interval(result, method->slices);
}

uint64_t sim_method_ops(const struct sim_method_result *method, uint32_t slice)
{
    if (method->ops == 0)
        return 0;
    return method->ops / method->slices + (slice < method->ops % method->slices);
}
