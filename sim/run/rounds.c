/* The rounds of a comparison: every design has its turn in each, the first one a second turn. */
#include <inttypes.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/machine/event_log.h"
#include "sim/measure/compare.h"
#include "sim/measure/handover.h"
#include "sim/measure/why.h"
#include "sim/role/random.h"
#include "sim/run/head.h"
#include "sim/run/method.h"
#include "sim/run/run.h"
#include "sim/run/settle.h"
#include "sim/run/slice.h"
#include "sim/run/tally.h"
#include "sim/scenario/script.h"

#define WATCH_NS 20000000U    /* how often a slice is looked at */
#define LOOK_NS 1000000000U   /* how often its work is counted */
#define STALL_NS 30000000000U /* no operation of any kind ended: it hangs */

/* Raised from signal handlers; taken back when the comparison that it was meant for has ended. */
static atomic_uint interrupts;

struct turn {
    const struct sim_design *design;
    struct sim_tally *tally;
    struct sim_result_texts *failures; /* of its design */
    int dead;                          /* 1: it failed in a way that it would in every round */
};

struct comparison {
    const struct sim_plan *plan;
    struct sim_run_options options; /* no zeros left */
    struct sim_costs *costs;        /* owns; NULL where time does not come from costs */
    struct sim_result *result;
    struct sim_dataset **datasets;
    struct turn *turns; /* one per design, then the second turn of the first one, if any */
    uint32_t turn_count, design_count;
    uint32_t done;   /* turns of all rounds so far */
    uint32_t failed; /* slices */
    char *error;
    size_t error_bytes;
};

void sim_run_interrupt(void)
{
    atomic_fetch_add(&interrupts, 1);
}

static slip_time_t host_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (slip_time_t)now.tv_sec * 1000000000U + (slip_time_t)now.tv_nsec;
}

/* ---- one slice --------------------------------------------------------------------------------- */

/* How much of a slice is done, by what can be seen from outside: 0 to 1. */
static double slice_part(const struct comparison *comparison, const struct sim_slice *slice,
                         slip_time_t elapsed)
{
    const struct sim_method_result *method = &comparison->result->method;
    double all;
    if (slice->control.ops != 0) {
        uint64_t measured = 0;
        for (uint32_t i = 0; i < slice->recorder_count; i++)
            measured += __atomic_load_n(&slice->recorders[i].measured, __ATOMIC_RELAXED);
        return fmin(1, (double)measured / (double)slice->control.ops);
    }
    /* Simulated time is not to be seen from outside. */
    if (comparison->result->machine.exact)
        return 0;
    all = (double)(method->slice_ns + method->warmup_ns);
    return all > 0 ? fmin(1, (double)elapsed / all) : 0;
}

static void tell_progress(const struct comparison *comparison, const struct turn *turn, double part)
{
    const struct sim_run_options *options = &comparison->options;
    if (options->progress == NULL)
        return;
    double all = (double)comparison->turn_count * comparison->result->method.slices;
    options->progress(options->progress_argument, (comparison->done + part) / all,
                      turn->design == NULL ? "raw" : turn->design->name);
}

/* Waits for the end of a slice, and hurries it up where it is interrupted or hangs. 1 if it hung. */
static int attend(struct comparison *comparison, const struct turn *turn, struct sim_slice *slice)
{
    slip_time_t start = host_now(), looked = start, worked = start, stopped = 0;
    uint64_t work = 0;
    int killed = 0, hung = 0;
    while (!sim_slice_watch(slice, WATCH_NS)) {
        slip_time_t now = host_now();
        uint32_t asked = atomic_load(&interrupts);
        tell_progress(comparison, turn, slice_part(comparison, slice, now - start));
        if (now - looked > LOOK_NS) {
            uint64_t work_now = sim_slice_work(slice);
            worked = work_now != work ? now : worked;
            work = work_now;
            looked = now;
        }
        if (asked > 0 && stopped == 0) {
            sim_slice_stop(slice);
            stopped = now;
        }
        hung |= !killed && now - worked > STALL_NS;
        if (!killed && (hung || asked > 1 || (stopped != 0 && now - stopped > SIM_RUN_GRACE_NS))) {
            sim_slice_kill(slice);
            killed = 1;
        }
    }
    return hung;
}

/* Adds what a slice found to its design. */
static void judge(struct comparison *comparison, struct turn *turn, struct sim_slice *slice,
                  int hung)
{
    struct sim_result *result = comparison->result;
    uint32_t reasons = sim_slice_explain(slice, result, turn->failures);
    if (hung) {
        sim_result_add(result, turn->failures, "no operation ended for %u s, and it was given up",
                       (unsigned)(STALL_NS / 1000000000U));
        reasons++;
    }
    if (reasons > 0)
        comparison->failed++;
    /* What hangs, leaks or does not even start would do so in every round. */
    if (hung || slice->outcome != 0 || (reasons > 0 && sim_slice_measured(slice) == 0))
        turn->dead = 1;
}

/* Makes a slice and starts it. NULL if that failed; the message is in comparison->error. */
static struct sim_slice *start_slice(struct comparison *comparison, const struct turn *turn,
                                     uint32_t round, struct sim_event_log *log)
{
    const struct sim_method_result *method = &comparison->result->method;
    const struct sim_slice_options options = {
        .plan = comparison->plan,
        .design = turn->design,
        .datasets = comparison->datasets,
        .machine = comparison->options.machine,
        .costs = comparison->costs,
        .kernel = comparison->options.kernel,
        .log = log,
        .cpus = comparison->options.cpus,
        .host_cpus = comparison->options.host_cpus,
        /* The designs of a round meet the same load. */
        .seed = comparison->costs != NULL ? comparison->options.seed + round
                                          : sim_random_seed(comparison->options.seed, round),
        .ops = sim_method_ops(method, round),
        .warmup_ops = method->warmup_ops,
        .measure_ns = method->slice_ns,
        .warmup_ns = method->warmup_ns,
    };
    if (comparison->plan->script != NULL)
        sim_script_failures_clear(comparison->plan->script);
    struct sim_slice *slice =
        sim_slice_create(&options, comparison->error, comparison->error_bytes);
    if (slice != NULL && sim_slice_start(slice, comparison->error, comparison->error_bytes) != 0) {
        sim_slice_destroy(slice);
        return NULL;
    }
    return slice;
}

/* 0, or 1 if the slice could not even be made. */
static int run_slice(struct comparison *comparison, struct turn *turn, uint32_t round,
                     struct sim_event_log *log)
{
    struct sim_slice *slice = start_slice(comparison, turn, round, log);
    if (slice == NULL)
        return 1;
    int hung = attend(comparison, turn, slice);
    sim_slice_join(slice);
    judge(comparison, turn, slice, hung);
    const char *wrong = sim_tally_add(turn->tally, slice, round);
    /* Of a run that was cut off, what is open stays unbilled. */
    if (wrong != NULL && slice->outcome == 0 && !slice->stopped) {
        sim_result_add(comparison->result, turn->failures, "%s", wrong);
        comparison->failed++;
    }
    sim_slice_destroy(slice);
    return 0;
}

/* The same slice once more, for its events alone. 0, or 1 if it could not be made. */
static int repeat_slice(struct comparison *comparison, struct turn *turn, uint32_t round,
                        struct sim_event_log *log)
{
    struct sim_slice *slice = start_slice(comparison, turn, round, log);
    if (slice == NULL)
        return 1;
    (void)attend(comparison, turn, slice);
    sim_slice_join(slice);
    sim_slice_destroy(slice);
    return 0;
}

/* Runs a slice twice and compares what happened. 0, or 1 if it could not be made. */
static int check_slice(struct comparison *comparison, struct turn *turn, uint32_t round)
{
    struct sim_result *result = comparison->result;
    struct sim_event_log *first = sim_event_log_create(), *again = sim_event_log_create();
    int failed = first == NULL || again == NULL;
    char text[SIM_SLICE_TEXT_BYTES] = "";
    if (failed)
        snprintf(comparison->error, comparison->error_bytes,
                 "the host has no room for the events of two runs: TMPDIR says where");
    failed = failed || run_slice(comparison, turn, round, first) != 0 ||
             repeat_slice(comparison, turn, round, again) != 0;
    /* What was cut off ended at some time of the host. */
    if (!failed && atomic_load(&interrupts) == 0 &&
        sim_event_log_differ(first, again, text, sizeof text) != 0) {
        if (result->determinism.same)
            result->determinism.difference = sim_result_copy(result, text);
        result->determinism.same = 0;
        sim_result_add(result, turn->failures, "two runs with seed %" PRIu64 " differ: %s",
                       comparison->options.seed + round, text);
        comparison->failed++;
    }
    sim_event_log_destroy(first);
    sim_event_log_destroy(again);
    return failed;
}

/* ---- all of them ------------------------------------------------------------------------------- */

/* 0, or 1 if the first slice could not be made. */
static int run_rounds(struct comparison *comparison)
{
    struct sim_result *result = comparison->result;
    for (uint32_t round = 0; round < result->method.slices; round++)
        for (uint32_t i = 0; i < comparison->turn_count; i++, comparison->done++) {
            struct turn *turn = &comparison->turns[i];
            if (atomic_load(&interrupts) != 0) {
                result->interrupted = 1;
                return 0;
            }
            if (turn->dead)
                continue;
            tell_progress(comparison, turn, 0);
            int failed = result->determinism.checked ? check_slice(comparison, turn, round)
                                                     : run_slice(comparison, turn, round, NULL);
            if (!failed)
                continue;
            if (comparison->done == 0)
                return 1;
            /* The host ran short of something in the middle of it. */
            sim_result_add(result, turn->failures, "%s", comparison->error);
            comparison->failed++;
            turn->dead = 1;
        }
    if (atomic_load(&interrupts) != 0)
        result->interrupted = 1;
    return 0;
}

static void conclude(struct comparison *comparison)
{
    struct sim_result *result = comparison->result;
    const struct turn *turns = comparison->turns;
    uint32_t rounds = result->method.slices;
    const double *first = sim_tally_rates(turns[0].tally);
    for (uint32_t i = 0; i < comparison->design_count; i++)
        sim_tally_write(turns[i].tally, result, &result->designs[i]);
    if (result->interrupted)
        sim_method_cut(result);
    sim_method_judge(result);
    if (comparison->turn_count > comparison->design_count) {
        const double *again = sim_tally_rates(turns[comparison->design_count].tally);
        result->noise_floor = sim_compare_noise(first, again, rounds);
        result->noise_slices = sim_result_take(result, rounds * sizeof *result->noise_slices);
        for (uint32_t i = 0; i < rounds; i++)
            if (!isnan(again[i]))
                result->noise_slices[result->noise_slice_count++] = again[i];
    }
    if (result->machine.exact)
        result->noise_floor = 0;
    for (uint32_t i = 1; i < comparison->design_count; i++) {
        struct sim_design_result *design = &result->designs[i];
        design->ratio = sim_compare_ratio(sim_tally_rates(turns[i].tally), first, rounds);
        design->same = sim_compare_same(&design->ratio, result->noise_floor);
        sim_why(result, i);
    }
}

/* ---- making ready ------------------------------------------------------------------------------ */

static int take_datasets(struct comparison *comparison)
{
    const struct sim_plan *plan = comparison->plan;
    comparison->datasets = calloc(plan->device_count + 1, sizeof(struct sim_dataset *));
    if (comparison->datasets == NULL) {
        snprintf(comparison->error, comparison->error_bytes, "the host has no memory left");
        return 1;
    }
    for (uint32_t i = 0; i < plan->device_count; i++) {
        if (strcmp(plan->devices[i].kind, "timer") == 0)
            continue; /* it has no file */
        comparison->datasets[i] = sim_dataset_create(plan, i, comparison->options.seed,
                                                     comparison->error, comparison->error_bytes);
        if (comparison->datasets[i] == NULL)
            return 1;
    }
    return 0;
}

static int take_turns(struct comparison *comparison, const struct sim_design *const designs[])
{
    struct sim_result *result = comparison->result;
    uint32_t count = comparison->design_count;
    comparison->turns = calloc(count + 1, sizeof *comparison->turns);
    if (comparison->turns == NULL) {
        snprintf(comparison->error, comparison->error_bytes, "the host has no memory left");
        return 1;
    }
    comparison->turn_count = count > 1 && !result->machine.exact ? count + 1 : count;
    sim_result_designs(result, count);
    for (uint32_t i = 0; i < comparison->turn_count; i++) {
        struct turn *turn = &comparison->turns[i];
        uint32_t index = i < count ? i : 0;
        turn->design = designs[index];
        turn->tally = sim_tally_create(comparison->plan, result->method.slices);
        turn->failures = &result->designs[index].failures;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct sim_design *design = designs[i];
        struct sim_design_result *to = &result->designs[i];
        to->design = design == NULL ? "raw" : sim_result_copy(result, design->name);
        to->about = design == NULL ? "" : sim_result_copy(result, design->about);
        to->origin = design == NULL ? "" : sim_result_copy(result, design->origin);
    }
    return 0;
}

static void drop(struct comparison *comparison)
{
    for (uint32_t i = 0; comparison->turns != NULL && i < comparison->turn_count; i++)
        sim_tally_destroy(comparison->turns[i].tally);
    free(comparison->turns);
    for (uint32_t i = 0; comparison->datasets != NULL && i < comparison->plan->device_count; i++)
        sim_dataset_destroy(comparison->datasets[i]);
    free(comparison->datasets);
    sim_costs_free(comparison->costs);
}

enum sim_run_outcome sim_compare(const struct sim_plan *plan,
                                 const struct sim_design *const designs[], uint32_t count,
                                 const struct sim_run_options *options, struct sim_result *result,
                                 char *error, size_t error_bytes)
{
    struct comparison comparison = {.plan = plan,
                                    .options = *options,
                                    .result = result,
                                    .design_count = count,
                                    .error = error,
                                    .error_bytes = error_bytes};
    enum sim_run_outcome outcome = SIM_RUN_WRONG;
    if (sim_settle(plan, count, &comparison.options, &comparison.costs, result, error,
                   error_bytes) == 0 &&
        take_datasets(&comparison) == 0) {
        sim_head_fill(plan, &comparison.options, comparison.costs, result);
        sim_method_choose(plan, &comparison.options, result);
        if (strcmp(comparison.options.machine, "threads") == 0)
            result->handover = sim_handover_measure();
        if (take_turns(&comparison, designs) == 0 && run_rounds(&comparison) == 0) {
            conclude(&comparison);
            outcome = result->interrupted      ? SIM_RUN_INTERRUPTED
                      : comparison.failed != 0 ? SIM_RUN_FAILED
                                               : SIM_RUN_OK;
        }
    }
    drop(&comparison);
    atomic_store(&interrupts, 0);
    return outcome;
}
