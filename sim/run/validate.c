#include "sim/run/validate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "sim/measure/calibrate_loop.h"
#include "sim/measure/interval.h"
#include "sim/run/head.h"

#define DURATION_NS 200000000U
#define SLICE_NS 25000000U /* of cores; more of them rather than longer ones */
                           /* the model's slice is so many times shorter: simulating is slow */
#define HARNESS_SLICE_NS 10000000U
#define MODEL_OPS 4000U   /* of a slice of the model, which does not vary as a host does */
#define REST_LEAST 0.1    /* of a response: with less, what is left is noise */
#define MODEL_NS 1000000U /* but so long at the least */
#define APART_MOST 100.0  /* of the bare loop's time by the costs, here; or the reverse */
#define BARE_SLICES 5U    /* the fastest counts: the host may take a CPU away in one of them */

int sim_validate_differs(const struct sim_plan *plan, char *why, size_t bytes)
{
    uint32_t cpus = sim_head_cpus();
    if (plan->raw)
        snprintf(why, bytes, "its bodies make system calls themselves, and nothing is measured");
    else if (plan->device_count > 0)
        snprintf(why, bytes,
                 "the device '%s' (%s) takes the host's time on cores and a simulated device's on "
                 "model",
                 plan->devices[0].name, plan->devices[0].kind);
    else if (plan->cpus > cpus)
        snprintf(why, bytes,
                 "it takes %u CPUs, and this program may use %u of the host: cores would run them "
                 "in turns",
                 plan->cpus, cpus);
    else
        return 0;
    return 1;
}

/* ---- one slice --------------------------------------------------------------------------------- */

struct slice {
    double op, p50; /* ns */
};

static enum sim_run_outcome run_slice(const struct sim_plan *plan, const struct sim_design *design,
                                      const struct sim_run_options *options, struct slice *slice,
                                      char *error, size_t error_bytes)
{
    struct sim_result *result = sim_result_create();
    enum sim_run_outcome outcome =
        sim_compare(plan, &design, 1, options, result, error, error_bytes);
    *slice = (struct slice){NAN, NAN};
    if (outcome == SIM_RUN_OK) {
        slice->op = 1e9 / result->designs[0].ops_per_s.median;
        slice->p50 = result->designs[0].response.p50;
    } else if (outcome == SIM_RUN_FAILED) {
        const struct sim_result_texts *failures = &result->designs[0].failures;
        snprintf(error, error_bytes, "%s", failures->count > 0 ? failures->text[0] : "it failed");
    }
    sim_result_destroy(result);
    return outcome;
}

struct rounds {
    double cores[SIM_VALIDATE_ROUNDS_MAX], model[SIM_VALIDATE_ROUNDS_MAX];
    double cores_p50[SIM_VALIDATE_ROUNDS_MAX], model_p50[SIM_VALIDATE_ROUNDS_MAX];
};

/* ---- rounds ------------------------------------------------------------------------------------ */

struct beside {
    double bare[SIM_VALIDATE_ROUNDS_MAX], model[SIM_VALIDATE_ROUNDS_MAX];
    double harness[SIM_VALIDATE_ROUNDS_MAX];
};

struct task {
    const struct sim_plan *plan;
    const struct sim_validate_options *options;
    struct sim_run_options cores, model;
    uint32_t rounds;
    struct beside *beside;
    double composed; /* the bare loop on the model */
};

static void prepare(struct task *task, struct sim_result *texts)
{
    const struct sim_validate_options *options = task->options;
    uint64_t duration = options->duration_ns > 0 ? options->duration_ns : DURATION_NS;
    uint64_t rounds = duration / SLICE_NS;
    task->rounds = rounds < SIM_VALIDATE_ROUNDS_MIN   ? SIM_VALIDATE_ROUNDS_MIN
                   : rounds > SIM_VALIDATE_ROUNDS_MAX ? SIM_VALIDATE_ROUNDS_MAX
                                                      : (uint32_t)rounds;
    uint64_t slice = duration / task->rounds;
    task->cores = (struct sim_run_options){.verb = "validate",
                                           .machine = "cores",
                                           .kernel = options->kernel,
                                           .duration_ns = slice,
                                           .slices = 1};
    task->model = task->cores;
    task->model.machine = "model";
    task->model.costs = options->costs;
    task->model.costs_text = options->costs_text;
    char *kernel = sim_result_take(texts, 1024);
    snprintf(kernel, 1024, "%s%s%s", SIM_VALIDATE_IDLE, options->kernel != NULL ? "," : "",
             options->kernel != NULL ? options->kernel : "");
    task->model.kernel = kernel;
}

/* One design in one round, first where time is real. */
static enum sim_run_outcome run_both(struct task *task, const struct sim_design *design,
                                     uint32_t round, struct rounds *rounds, char *error,
                                     size_t error_bytes)
{
    struct slice cores, model = {NAN, NAN};
    task->cores.seed = task->model.seed = task->options->seed + round;
    enum sim_run_outcome outcome =
        run_slice(task->plan, design, &task->cores, &cores, error, error_bytes);
    double enough = fmin(fmax(cores.op * MODEL_OPS, MODEL_NS), (double)task->cores.duration_ns);
    task->model.duration_ns = (slip_time_t)enough;
    if (outcome == SIM_RUN_OK)
        outcome = run_slice(task->plan, design, &task->model, &model, error, error_bytes);
    rounds->cores[round] = cores.op;
    rounds->model[round] = model.op;
    rounds->cores_p50[round] = cores.p50;
    rounds->model_p50[round] = model.p50;
    return outcome;
}

/* The bare loop, and the harness around it, while the host is as it is in this round. */
static enum sim_run_outcome run_beside(struct task *task, uint32_t round, char *error,
                                       size_t error_bytes)
{
    const struct sim_loop *loop = sim_loop_nth(SIM_LOOP_CALL_SPACES);
    const struct sim_validate_options *options = task->options;
    struct sim_run_options harness = {
        .verb = "validate", .machine = "cores", .duration_ns = HARNESS_SLICE_NS, .slices = 1};
    struct beside *beside = task->beside;
    struct slice slice;
    beside->bare[round] = beside->harness[round] = NAN;
    beside->model[round] = task->composed;
    if (options->ping_pong == NULL || options->rendezvous == NULL)
        return SIM_RUN_OK;
    if (sim_loop_host(loop, &beside->bare[round], error, error_bytes) != 0)
        return SIM_RUN_FAILED;
    enum sim_run_outcome outcome =
        run_slice(options->ping_pong, options->rendezvous, &harness, &slice, error, error_bytes);
    beside->harness[round] = slice.p50 - beside->bare[round];
    return outcome;
}

static int compose(struct task *task, char *error, size_t error_bytes)
{
    const struct sim_validate_options *options = task->options;
    struct sim_costs *costs =
        options->costs_text != NULL
            ? sim_costs_parse(options->costs, options->costs_text, error, error_bytes)
            : sim_costs_load(options->costs, error, error_bytes);
    int failed = costs == NULL || sim_loop_model(sim_loop_nth(SIM_LOOP_CALL_SPACES), costs,
                                                 &task->composed, error, error_bytes) != 0;
    sim_costs_free(costs);
    return failed ? -1 : 0;
}

/* With costs that have nothing to do with this host a slice of the model holds thousands of times
 * what one of cores does and takes minutes, or holds nothing at all. */
static enum sim_run_outcome refuse_apart(const struct task *task, char *error, size_t error_bytes)
{
    double bare = INFINITY, slice;
    for (uint32_t i = 0; i < BARE_SLICES; i++, bare = fmin(bare, slice))
        if (sim_loop_host(sim_loop_nth(SIM_LOOP_CALL_SPACES), &slice, error, error_bytes) != 0)
            return SIM_RUN_FAILED;
    if (task->composed * APART_MOST >= bare && task->composed <= bare * APART_MOST)
        return SIM_RUN_OK;
    snprintf(
        error, error_bytes,
        "--costs %s: these are not the costs of this host: with them a call and its reply take "
        "%.0f ns, and here %.0f; accepted: up to %.0f times as fast or as slow; slipway "
        "calibrate -o FILE writes those of this host",
        task->options->costs, task->composed, bare, APART_MOST);
    return SIM_RUN_WRONG;
}

static struct sim_estimate without(const struct rounds *rounds, const struct beside *beside,
                                   uint32_t count)
{
    double error[SIM_VALIDATE_ROUNDS_MAX];
    for (uint32_t i = 0; i < count; i++) {
        double cores = rounds->cores_p50[i], rest = cores - beside->harness[i];
        error[i] = rest > REST_LEAST * cores ? rounds->model_p50[i] / rest - 1 : NAN;
    }
    return sim_interval_median(error, count);
}

static struct sim_validate_figure figure(const double *cores, const double *model, uint32_t count)
{
    double error[SIM_VALIDATE_ROUNDS_MAX];
    for (uint32_t i = 0; i < count; i++)
        error[i] = model[i] / cores[i] - 1;
    return (struct sim_validate_figure){sim_interval_median(cores, count),
                                        sim_interval_median(model, count),
                                        sim_interval_median(error, count)};
}

static int stopped(const struct sim_validate_options *options)
{
    return options->stopped != NULL && options->stopped();
}

/* The host did not run what is measured beside all of them. */
static enum sim_run_outcome fail_all(struct sim_validation *found, const char *error)
{
    for (uint32_t i = 0; i < found->count; i++)
        if (found->row[i].failure[0] == 0)
            snprintf(found->row[i].failure, sizeof found->row[i].failure, "beside the slices: %s",
                     error);
    return SIM_RUN_FAILED;
}

/* All designs in turns; one that fails is left out from there on. */
static enum sim_run_outcome run_rounds(struct task *task, const struct sim_design *const designs[],
                                       struct sim_validation *found, struct rounds *rounds,
                                       char *error, size_t error_bytes)
{
    const struct sim_validate_options *options = task->options;
    enum sim_run_outcome worst = SIM_RUN_OK;
    for (uint32_t round = 0; round < task->rounds; round++) {
        enum sim_run_outcome around = run_beside(task, round, error, error_bytes);
        if (around == SIM_RUN_FAILED)
            return fail_all(found, error);
        if (around != SIM_RUN_OK)
            return around;
        for (uint32_t i = 0; i < found->count; i++) {
            struct sim_validate_row *row = &found->row[i];
            if (options->progress != NULL)
                options->progress(options->progress_argument,
                                  (round + (double)i / found->count) / task->rounds, row->design);
            if (stopped(options))
                return SIM_RUN_INTERRUPTED;
            if (row->failure[0] != 0)
                continue;
            enum sim_run_outcome outcome =
                run_both(task, designs[i], round, &rounds[i], error, error_bytes);
            if (outcome == SIM_RUN_WRONG || outcome == SIM_RUN_INTERRUPTED)
                return outcome;
            if (outcome == SIM_RUN_FAILED) {
                snprintf(row->failure, sizeof row->failure, "%s", error);
                worst = outcome;
            } else {
                row->rounds = round + 1;
            }
        }
    }
    return worst;
}

enum sim_run_outcome sim_validate(const struct sim_plan *plan,
                                  const struct sim_design *const designs[], uint32_t count,
                                  const struct sim_validate_options *options,
                                  struct sim_validation *found, char *error, size_t error_bytes)
{
    struct task task = {.plan = plan, .options = options};
    struct sim_result *texts = sim_result_create();
    uint32_t done = 0;
    memset(found, 0, sizeof *found);
    found->cpus = plan->cpus;
    found->count = count < SIM_VALIDATE_DESIGNS ? count : SIM_VALIDATE_DESIGNS;
    struct rounds *rounds = sim_result_take(texts, found->count * sizeof *rounds);
    for (uint32_t i = 0; i < found->count; i++)
        found->row[i].design = designs[i]->name;
    prepare(&task, texts);
    task.beside = sim_result_take(texts, sizeof *task.beside);
    enum sim_run_outcome outcome = SIM_RUN_WRONG;
    if (compose(&task, error, error_bytes) == 0)
        outcome = refuse_apart(&task, error, error_bytes);
    if (outcome == SIM_RUN_FAILED)
        fail_all(found, error);
    else if (outcome == SIM_RUN_OK)
        outcome = run_rounds(&task, designs, found, rounds, error, error_bytes);
    for (uint32_t i = 0; i < found->count; i++) {
        struct sim_validate_row *row = &found->row[i];
        row->op = figure(rounds[i].cores, rounds[i].model, row->rounds);
        row->p50 = figure(rounds[i].cores_p50, rounds[i].model_p50, row->rounds);
        row->error_bare = without(&rounds[i], task.beside, row->rounds);
        done = row->rounds > done ? row->rounds : done;
    }
    found->harness = sim_interval_median(task.beside->harness, done);
    found->bare = figure(task.beside->bare, task.beside->model, done);
    sim_result_destroy(texts);
    return outcome;
}
