#include "sim/cli/measure.h"

#include <stdlib.h>
#include <string.h>
#include "sim/check/probe.h"
#include "sim/cli/output.h"
#include "sim/cli/signals.h"
#include "sim/report/json.h"
#include "sim/report/progress.h"
#include "sim/report/text_set.h"
#include "sim/run/settle.h"

/* ---- steps --------------------------------------------------------------------------------- */

static void on_progress(void *argument, double done, const char *part)
{
    sim_progress_update(argument, done, part);
}

/* What the scenario itself expects. 1 if some expectation did not hold. */
static int ask_expectations(const struct sim_plan *plan, struct sim_result *result)
{
    int failed = 0;
    for (uint32_t i = 0; i < result->design_count; i++) {
        char error[1024] = "";
        char *text = sim_json_expect(result, i);
        if (text != NULL && sim_plan_expect(plan, text, error, sizeof error) == 0) {
            free(text);
            continue;
        }
        free(text);
        failed = 1;
        sim_result_add(result, &result->designs[i].failures, "%s",
                       error[0] != 0 ? error : "no memory for the scenario's expect function");
    }
    return failed;
}

static void ask_probes(const struct sim_task *task, struct sim_result *result,
                       struct sim_progress *progress)
{
    for (uint32_t i = 0; i < result->design_count && !sim_cli_stopped(); i++) {
        if (task->designs[i] == NULL)
            continue;
        struct sim_verdict verdicts[SIM_PROBES_MAX];
        sim_progress_update(progress, 1, "probes");
        uint32_t count = sim_probe_all(task->designs[i], verdicts, SIM_PROBES_MAX);
        struct sim_design_result *design = &result->designs[i];
        design->probes = sim_result_take(result, (count + 1) * sizeof *design->probes);
        for (uint32_t j = 0; j < count; j++)
            design->probes[design->probe_count++] =
                (struct sim_probe_result){sim_result_copy(result, verdicts[j].name),
                                          sim_result_copy(result, verdicts[j].verdict)};
    }
}

/* Probes know the design alone, so what they found holds for every value. */
static void copy_probes(const struct sim_result *from, struct sim_result *to)
{
    for (uint32_t i = 0; i < to->design_count && i < from->design_count; i++) {
        const struct sim_design_result *known = &from->designs[i];
        struct sim_design_result *design = &to->designs[i];
        design->probes = sim_result_take(to, (known->probe_count + 1) * sizeof *design->probes);
        for (uint32_t j = 0; j < known->probe_count; j++)
            design->probes[design->probe_count++] =
                (struct sim_probe_result){sim_result_copy(to, known->probes[j].name),
                                          sim_result_copy(to, known->probes[j].verdict)};
    }
}

static int print_and_write(const struct sim_task *task, const struct sim_result_set *set,
                           struct sim_output *output)
{
    const struct sim_cli *cli = task->cli;
    struct sim_paper out, err;
    sim_paper_init(&out, stdout, cli->color);
    sim_paper_init(&err, stderr, cli->color);
    char *text = sim_json_write_set(set);
    if (text == NULL) {
        sim_output_drop(output);
        sim_cli_wrong("no memory for the document");
        return SIM_EXIT_FAILED;
    }
    /* First what was asked to be kept: a reader of stdout may go away in the middle. */
    int status = sim_output_write(output, text);
    if (sim_cli_given(cli, SIM_OPTION(JSON))) {
        puts(text);
        sim_text_set_failures(&err, set);
    } else {
        sim_text_set(&out, set, (enum sim_text_detail)sim_task_detail(cli));
    }
    fflush(stdout);
    if (!sim_cli_given(cli, SIM_OPTION(QUIET)))
        sim_text_set_warnings(&err, set);
    free(text);
    return status;
}

/* ---- all of it ----------------------------------------------------------------------------- */

int sim_task_detail(const struct sim_cli *cli)
{
    return sim_cli_given(cli, SIM_OPTION(QUIET))     ? SIM_TEXT_QUIET
           : sim_cli_given(cli, SIM_OPTION(VERBOSE)) ? SIM_TEXT_VERBOSE
                                                     : SIM_TEXT_NORMAL;
}

void sim_task_options(const struct sim_cli *cli, struct sim_run_options *options)
{
    options->machine = cli->machine;
    options->host_cpus = cli->host_cpus;
    options->seed = cli->seed;
    options->duration_ns = cli->duration_ns;
    options->ops = cli->ops;
    options->costs = cli->costs;
    options->kernel = cli->kernel;
    options->flags = sim_cli_given(cli, SIM_OPTION(DETERMINISM)) ? SIM_RUN_CHECK_DETERMINISM : 0;
}

/* Measures the n-th variant; `first` is the first one's result, or NULL. */
static enum sim_run_outcome measure(const struct sim_task *task, uint32_t index,
                                    const struct sim_result *first, struct sim_result *result,
                                    char *error, size_t error_bytes)
{
    const struct sim_cli *cli = task->cli;
    const struct sim_variant *variant = &task->variants[index];
    struct sim_progress progress;
    char about[64], value[24] = "";
    if (task->name[0] != 0)
        snprintf(value, sizeof value, ", %.10s=%.10s", task->name, variant->value);
    if (task->design_count > 1)
        snprintf(about, sizeof about, "%.20s%s, %u designs", variant->plan->name, value,
                 task->design_count);
    else
        snprintf(about, sizeof about, "%.31s%s", variant->plan->name, value);
    int silent =
        sim_cli_given(cli, SIM_OPTION(QUIET)) || sim_cli_given(cli, SIM_OPTION(NO_PROGRESS));
    sim_progress_begin(&progress, cli->color, silent, about);
    struct sim_run_options options = variant->options;
    options.verb = task->verb;
    options.progress = on_progress;
    options.progress_argument = &progress;
    enum sim_run_outcome outcome = sim_compare(variant->plan, task->designs, task->design_count,
                                               &options, result, error, error_bytes);
    if (outcome == SIM_RUN_OK || outcome == SIM_RUN_FAILED) {
        if (ask_expectations(variant->plan, result))
            outcome = SIM_RUN_FAILED;
        if (first != NULL)
            copy_probes(first, result);
        else if (!task->scale)
            ask_probes(task, result, &progress);
    }
    sim_progress_end(&progress);
    return outcome;
}

/* Measures all variants, until one cannot run at all or somebody interrupts. */
static enum sim_run_outcome measure_all(const struct sim_task *task, struct sim_result_set *set,
                                        char *error, size_t error_bytes)
{
    enum sim_run_outcome worst = SIM_RUN_OK;
    for (uint32_t i = 0; i < task->count && worst != SIM_RUN_INTERRUPTED; i++) {
        const struct sim_result *first = i > 0 ? set->results[0] : NULL;
        struct sim_result *result = sim_result_create();
        enum sim_run_outcome outcome = measure(task, i, first, result, error, error_bytes);
        if (outcome == SIM_RUN_WRONG) {
            sim_result_destroy(result);
            return outcome;
        }
        sim_result_set_add(set, task->variants[i].value, result, task->variants[i].before);
        /* A signal between two runs ends the next one before it begins. */
        if (outcome == SIM_RUN_INTERRUPTED || (int)outcome > (int)worst)
            worst = outcome;
        if (i + 1 < task->count && sim_cli_stopped())
            worst = SIM_RUN_INTERRUPTED;
    }
    return worst;
}

/* What is wrong with any of the runs, before the first one begins. */
static int check_all(const struct sim_task *task)
{
    char error[1024] = "";
    int wrong = 0;
    for (uint32_t i = 0; i < task->count && !wrong; i++) {
        struct sim_run_options options = task->variants[i].options;
        struct sim_result *texts = sim_result_create();
        struct sim_costs *costs;
        wrong = sim_settle(task->variants[i].plan, task->design_count, &options, &costs, texts,
                           error, sizeof error);
        sim_costs_free(costs);
        sim_result_destroy(texts);
    }
    return wrong ? sim_cli_wrong("%s", error) : 0;
}

int sim_task_run(const struct sim_task *task)
{
    struct sim_output output;
    int status = check_all(task);
    if (status == 0)
        status = sim_output_open(&output, task->cli->output);
    if (status != 0)
        return status;
    char error[1024] = "";
    struct sim_result_set set;
    sim_result_set_init(&set);
    set.name = task->name;
    set.scale = task->scale;
    sim_cli_watch_signals();
    enum sim_run_outcome outcome = measure_all(task, &set, error, sizeof error);
    sim_cli_drop_signals();
    if (outcome == SIM_RUN_WRONG) {
        sim_output_drop(&output);
        sim_cli_wrong("%s", error);
        status = SIM_EXIT_USAGE;
    } else {
        status = print_and_write(task, &set, &output);
        status = outcome != SIM_RUN_OK ? (int)outcome : status;
    }
    for (uint32_t i = 0; i < set.count; i++)
        set.before[i] = NULL; /* of whoever made the task */
    sim_result_set_fini(&set);
    return status;
}
