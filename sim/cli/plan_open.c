#include "sim/cli/plan_open.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CPUS "cpus"

const struct sim_parameter *sim_cli_parameter(const struct sim_plan *plan, const char *name)
{
    for (uint32_t i = 0; i < plan->parameter_count; i++)
        if (strcmp(plan->parameters[i].name, name) == 0)
            return &plan->parameters[i];
    return NULL;
}

static int is_word(const struct sim_setting *setting)
{
    return strcmp(setting->value, CPUS) == 0 && strcmp(setting->name, CPUS) != 0;
}

/* Loads what is there without the word, to know how many CPUs there are and which parameters are
 * numbers, and writes the number in its place. 0, or -1 and a message in error. */
static int resolve_word(const char *scenario, struct sim_setting *settings, uint32_t count,
                        char number[16], char *error, size_t error_bytes)
{
    struct sim_setting *others = calloc(count + 1, sizeof *others);
    uint32_t kept = 0;
    if (others == NULL) {
        snprintf(error, error_bytes, "no memory for the settings");
        return -1;
    }
    for (uint32_t i = 0; i < count; i++)
        if (!is_word(&settings[i]))
            others[kept++] = settings[i];
    struct sim_plan *plan = sim_plan_load(scenario, others, kept, error, error_bytes);
    free(others);
    if (plan == NULL)
        return -1;
    snprintf(number, 16, "%u", plan->cpus);
    for (uint32_t i = 0; i < count; i++) {
        const struct sim_parameter *parameter = sim_cli_parameter(plan, settings[i].name);
        if (is_word(&settings[i]) && parameter != NULL && parameter->kind == SIM_PARAMETER_NUMBER)
            settings[i].value = number;
    }
    sim_plan_free(plan);
    return 0;
}

struct sim_plan *sim_cli_plan_open(const struct sim_cli *cli, const struct sim_setting *more)
{
    struct sim_setting *settings = calloc(cli->setting_count + 1, sizeof *settings);
    struct sim_plan *plan = NULL;
    char error[1024] = "no memory for the settings", number[16];
    uint32_t count = 0;
    int word = 0;
    for (uint32_t i = 0; settings != NULL && i < cli->setting_count; i++)
        if (more == NULL || strcmp(cli->settings[i].name, more->name) != 0)
            settings[count++] = cli->settings[i];
    if (settings != NULL && more != NULL)
        settings[count++] = *more;
    for (uint32_t i = 0; i < count; i++)
        word |= is_word(&settings[i]);
    if (settings != NULL && (!word || resolve_word(cli->operands[0], settings, count, number, error,
                                                   sizeof error) == 0))
        plan = sim_plan_load(cli->operands[0], settings, count, error, sizeof error);
    free(settings);
    if (plan == NULL)
        sim_cli_wrong("%s", error);
    return plan;
}
