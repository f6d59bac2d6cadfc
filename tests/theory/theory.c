#include "tests/theory/theory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/instance.h"

#define SETTINGS_MAX 16U

extern const struct sim_design *const sim_design_table[]; /* generated; NULL ends */

static int wrong;

void theory_wrong(const char *file, int line, const char *claim)
{
    wrong = 1;
    fprintf(stderr, "%s:%d: does not hold: %s: ", file, line, claim);
}

void theory_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

int theory_end(void)
{
    return wrong;
}

static _Noreturn void give_up(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

struct sim_plan *theory_load(const char *scenario, const char *const *settings)
{
    struct sim_setting list[SETTINGS_MAX];
    char names[SETTINGS_MAX][64], path[1024], error[1024] = "";
    uint32_t count = 0;
    const char *source = getenv("SLIPWAY_SOURCE");
    snprintf(path, sizeof path, "%s/scenarios/%s.lua", source != NULL ? source : ".", scenario);
    for (; settings[count] != NULL && count < SETTINGS_MAX; count++) {
        size_t length = strcspn(settings[count], "=");
        snprintf(names[count], sizeof names[count], "%.*s", (int)length, settings[count]);
        list[count] = (struct sim_setting){names[count], settings[count] + length + 1};
    }
    struct sim_plan *plan = sim_plan_load(path, list, count, error, sizeof error);
    if (plan == NULL)
        give_up(scenario, error);
    return plan;
}

static const struct sim_design *find_design(const char *name)
{
    uint32_t i = 0;
    while (sim_design_table[i] != NULL && strcmp(sim_design_table[i]->name, name) != 0)
        i++;
    if (sim_design_table[i] == NULL)
        give_up(name, "no such design");
    return sim_design_table[i];
}

static void copy_found(const struct sim_design_result *from, struct theory_found *to)
{
    const struct sim_bill_result *mean = &from->attribution.mean;
    *to = (struct theory_found){.response = mean->response_ns,
                                .ops_per_s = from->ops_per_s.median,
                                .requests = from->attribution.requests,
                                .recorded = from->response};
    for (uint32_t i = 0; i < mean->part_count && i < SIM_BILL_COUNT; i++)
        to->part[i] = mean->parts[i].ns;
    if (!from->little)
        give_up(from->design, "Little's law does not hold");
}

void theory_measure(const struct sim_plan *plan, const char *design,
                    const struct sim_run_options *options, struct theory_found *found)
{
    const struct sim_design *designs[] = {find_design(design)};
    struct sim_run_options mine = *options;
    struct sim_result *result = sim_result_create();
    char error[1024] = "";
    mine.machine = "model";
    mine.slices = mine.slices == 0 ? 1 : mine.slices;
    if (sim_compare(plan, designs, 1, &mine, result, error, sizeof error) != SIM_RUN_OK) {
        for (uint32_t i = 0; result->design_count > 0 && i < result->designs[0].failures.count; i++)
            fprintf(stderr, "%s\n", result->designs[0].failures.text[i]);
        give_up(plan->name, error);
    }
    copy_found(&result->designs[0], found);
    sim_result_destroy(result);
}

void theory_run(const struct theory_program *program, struct sim_bills *bills)
{
    char error[1024] = "";
    struct sim_options options = {.machine = "model",
                                  .cpus = program->cpus,
                                  .costs = program->costs,
                                  .kernel = program->kernel,
                                  .argument = program->argument};
    struct sim_instance *instance = sim_instance_create(&options, NULL, error, sizeof error);
    if (instance == NULL || sim_instance_run(instance, program->root, error, sizeof error) != 0)
        give_up("run", error);
    struct sim_machine *machine = sim_instance_machine(instance);
    *bills = *machine->kind->bills(machine);
    bills->bill = NULL;
    bills->lock = NULL;
    bills->count = bills->locks = 0;
    sim_instance_destroy(instance);
}
