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

static int repeat_plan(const struct sim_cli *cli, const struct sim_plan *plan,
                       const struct sim_result *before)
{
    static const struct sim_design *const none[] = {NULL};
    struct sim_task task = {.cli = cli, .plan = plan, .before = before};
    task.options = (struct sim_run_options){.verb = "rerun",
                                            .machine = before->machine.kind,
                                            .cpus = before->machine.cpus,
                                            .seed = before->seed,
                                            .duration_ns = before->method.duration_ns,
                                            .ops = before->method.ops};
    if (plan->raw) {
        task.designs = none;
        task.design_count = 1;
        return sim_task_run(&task);
    }
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
        task.designs = designs.list;
        task.design_count = designs.count;
        status = sim_task_run(&task);
    }
    sim_designs_close(&designs);
    free(names);
    return status;
}

static int repeat(const struct sim_cli *cli, const struct sim_result *before)
{
    if (sim_machine_find(before->machine.kind) == NULL)
        return sim_cli_wrong("%s: it was made on the machine '%s', which this build does not have",
                             cli->operands[0], before->machine.kind);
    if (before->design_count == 0)
        return sim_cli_wrong("%s: it holds no designs, so there is nothing to repeat",
                             cli->operands[0]);
    struct sim_plan *plan = load(before);
    if (plan == NULL)
        return SIM_EXIT_USAGE;
    int status = repeat_plan(cli, plan, before);
    sim_plan_free(plan);
    return status;
}

static int rerun(const struct sim_cli *cli)
{
    size_t bytes;
    char error[512];
    char *text = sim_output_read(cli->operands[0], &bytes);
    if (text == NULL)
        return SIM_EXIT_USAGE;
    struct sim_result *before = sim_json_read(text, bytes, NULL, error, sizeof error);
    free(text);
    if (before == NULL)
        return sim_cli_wrong("%s: %s", cli->operands[0], error);
    int status = repeat(cli, before);
    sim_result_destroy(before);
    return status;
}

const struct sim_verb sim_verb_rerun = {
    .name = "rerun",
    .operands = "FILE",
    .about = "repeat a result and print old beside new",
    .more = "Repeats what a file that -o or --json wrote holds: the scenario's text, its "
            "parameters, the seed, the machine, the designs and the duration; then prints the old "
            "figures beside the new ones. A design that was loaded from a shared object is named "
            "again with --design.",
    .options = SIM_OPTION(DESIGN) | SIM_OPTION(JSON) | SIM_OPTION(OUTPUT) | SIM_OPTION(QUIET) |
               SIM_OPTION(VERBOSE) | SIM_OPTION(COLOR) | SIM_OPTION(NO_PROGRESS),
    .operands_min = 1,
    .operands_max = 1,
    .run = rerun,
};
