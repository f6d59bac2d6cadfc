#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sim/cli/designs.h"
#include "sim/cli/measure.h"
#include "sim/cli/output.h"
#include "sim/cli/verbs.h"
#include "sim/machine/machine.h"
#include "sim/report/json.h"

/* ---- the scenario's text, as a file again -------------------------------------------------- */

struct copy {
    char folder[256], path[512];
};

static void copy_drop(const struct copy *copy)
{
    unlink(copy->path);
    rmdir(copy->folder);
}

/* Writes the text that the document holds to a file of the scenario's name. 0, or -1. */
static int copy_make(struct copy *copy, const struct sim_result *result)
{
    const char *place = getenv("TMPDIR");
    snprintf(copy->folder, sizeof copy->folder,
             "%.200s/slipway-"
             "XX"
             "XX"
             "XX",
             place != NULL && place[0] != 0 ? place : "/tmp");
    if (mkdtemp(copy->folder) == NULL)
        return -1;
    snprintf(copy->path, sizeof copy->path, "%s/%.200s.lua", copy->folder, result->scenario.name);
    FILE *file = fopen(copy->path, "we");
    int failed = file == NULL || fputs(result->scenario.text, file) < 0;
    failed |= file != NULL && fclose(file) != 0;
    if (failed)
        copy_drop(copy);
    return failed ? -1 : 0;
}

/* The plan that the document was made from: its text with its parameters. */
static struct sim_plan *load(const struct sim_result *result)
{
    struct sim_setting *settings = calloc(result->parameter_count + 1, sizeof *settings);
    struct copy copy;
    char error[1024];
    uint32_t count = 0;
    if (strchr(result->scenario.name, '/') != NULL || settings == NULL ||
        copy_make(&copy, result) != 0) {
        sim_cli_wrong("cannot write the scenario's text to a temporary file; TMPDIR says where");
        free(settings);
        return NULL;
    }
    for (uint32_t i = 0; i < result->parameter_count; i++) {
        const struct sim_result_parameter *parameter = &result->parameters[i];
        if (parameter->shown[0] != 0) /* an empty path is the default */
            settings[count++] = (struct sim_setting){parameter->name, parameter->shown};
    }
    struct sim_plan *plan = sim_plan_load(copy.path, settings, count, error, sizeof error);
    copy_drop(&copy);
    free(settings);
    if (plan == NULL)
        sim_cli_wrong("the scenario in the file: %s", error);
    return plan;
}

/* ---- running it ---------------------------------------------------------------------------- */

/* What repeats a result, as one of the runs of a task. 0, or SIM_EXIT_USAGE after a message. */
static int repeat_one(const struct sim_cli *cli, struct sim_result *before, const char *value,
                      struct sim_variant *variant)
{
    if (sim_machine_find(before->machine.kind) == NULL)
        return sim_cli_wrong("%s: it was made on the machine '%s', which this build does not have",
                             cli->operands[0], before->machine.kind);
    if (before->design_count == 0)
        return sim_cli_wrong("%s: it holds no designs, so there is nothing to repeat",
                             cli->operands[0]);
    *variant = (struct sim_variant){
        .value = value,
        .before = before,
        .options = {.machine = before->machine.kind,
                    .cpus = before->machine.cpus,
                    .host_cpus = before->machine.host_cpus_given ? before->machine.host_cpus : NULL,
                    .seed = before->seed,
                    .duration_ns = before->method.duration_ns,
                    .ops = before->method.ops,
                    .kernel = before->kernel_options,
                    .flags = before->determinism.checked ? SIM_RUN_CHECK_DETERMINISM : 0}};
    if (sim_result_billed(before)) {
        variant->options.costs = before->costs.name;
        variant->options.costs_text = before->costs.text;
    }
    variant->plan = load(before);
    return variant->plan == NULL ? SIM_EXIT_USAGE : 0;
}

static int repeat_designs(struct sim_task *task, const struct sim_result *before)
{
    const struct sim_cli *cli = task->cli;
    struct sim_designs designs = {0};
    const char **names = calloc(before->design_count + 1, sizeof *names);
    uint32_t count = cli->design_count > 0 ? cli->design_count : before->design_count;
    for (uint32_t i = 0; names != NULL && i < before->design_count; i++)
        names[i] = before->designs[i].design;
    int status =
        names == NULL
            ? sim_cli_wrong("no memory")
            : sim_designs_open(&designs, cli->design_count > 0 ? cli->designs : names, count);
    if (status == 0) {
        task->designs = designs.list;
        task->design_count = designs.count;
        status = sim_task_run(task);
    }
    sim_designs_close(&designs);
    free(names);
    return status;
}

static int repeat(const struct sim_cli *cli, const struct sim_result_set *old)
{
    static const struct sim_design *const none[] = {NULL};
    struct sim_variant variants[SIM_RESULT_SET_MAX] = {0};
    struct sim_task task = {
        .cli = cli, .verb = "rerun", .name = old->name, .scale = old->scale, .variants = variants};
    int status = 0;
    for (uint32_t i = 0; status == 0 && i < old->count; i++) {
        status = repeat_one(cli, old->results[i], old->values[i], &variants[i]);
        task.count += status == 0;
    }
    if (status == 0 && variants[0].plan != NULL && variants[0].plan->raw) {
        task.designs = none;
        task.design_count = 1;
        status = sim_task_run(&task);
    } else if (status == 0) {
        status = repeat_designs(&task, old->results[0]);
    }
    for (uint32_t i = 0; i < task.count; i++)
        sim_plan_free(variants[i].plan);
    return status;
}

static int rerun(const struct sim_cli *cli)
{
    size_t bytes;
    char error[512];
    struct sim_result_set old;
    char *text = sim_output_read(cli->operands[0], &bytes);
    if (text == NULL)
        return SIM_EXIT_USAGE;
    int failed = sim_json_read_set(text, bytes, &old, error, sizeof error);
    free(text);
    if (failed)
        return sim_cli_wrong("%s: %s", cli->operands[0], error);
    int status = repeat(cli, &old);
    sim_result_set_fini(&old);
    return status;
}

const struct sim_verb sim_verb_rerun = {
    .name = "rerun",
    .operands = "FILE",
    .about = "repeat a result and print old beside new",
    .more =
        "Repeats what a file that -o or --json wrote holds: the scenario's text, its "
        "parameters, the seed, the machine, the costs, the kernel's options, the designs and the "
        "duration; then prints the old figures beside the new ones. A design that was loaded from "
        "a shared object is named "
        "again with --design.",
    .options = SIM_OPTION(DESIGN) | SIM_OPTION(JSON) | SIM_OPTION(OUTPUT) | SIM_OPTION(QUIET) |
               SIM_OPTION(VERBOSE) | SIM_OPTION(COLOR) | SIM_OPTION(NO_PROGRESS),
    .operands_min = 1,
    .operands_max = 1,
    .run = rerun,
};
