#include "sim/cli/variants.h"

#include <stdlib.h>
#include <string.h>
#include "sim/cli/plan_open.h"
#include "sim/kernel_options.h"
#include "sim/scenario/spell.h"

#define NAMES_MAX 96U

void sim_variants_close(struct sim_variants *variants)
{
    for (uint32_t i = 0; i < variants->count; i++) {
        sim_plan_free(variants->list[i].plan);
        free(variants->texts[i]);
    }
    variants->count = 0;
}

/* Adds a run; its text is owned from here on. 0, or SIM_EXIT_USAGE after a message. */
static int add(struct sim_variants *variants, const struct sim_cli *cli, const char *value,
               const struct sim_setting *setting, char *text)
{
    struct sim_variant *variant = &variants->list[variants->count];
    *variant = (struct sim_variant){.value = value};
    variants->texts[variants->count++] = text;
    sim_task_options(cli, &variant->options);
    variant->plan = sim_cli_plan_open(cli, setting);
    return variant->plan == NULL ? SIM_EXIT_USAGE : 0;
}

/* ---- --vary -------------------------------------------------------------------------------- */

static int refuse_unknown(const struct sim_cli *cli, const struct sim_plan *plan)
{
    const char *names[NAMES_MAX], *name;
    char explained[2048];
    uint32_t count = 0;
    for (uint32_t i = 0; i < plan->parameter_count && count < NAMES_MAX; i++)
        names[count++] = plan->parameters[i].name;
    for (uint32_t i = 0; count < NAMES_MAX && (name = sim_kernel_option(i, NULL, NULL, NULL)); i++)
        names[count++] = name;
    sim_spell_explain(explained, sizeof explained, cli->vary, names, count);
    return sim_cli_wrong("--vary %s: '%s' has no such parameter, nor has the kernel such an "
                         "option: %s",
                         cli->vary, plan->name, explained);
}

/* What varies must not be set by another option too. */
static int refuse_set(const struct sim_cli *cli)
{
    for (uint32_t i = 0; i < cli->setting_count; i++)
        if (strcmp(cli->settings[i].name, cli->vary) == 0)
            return sim_cli_wrong("--vary %s: it is set to '%s' as well; give one of the two",
                                 cli->vary, cli->settings[i].value);
    size_t length = strlen(cli->vary);
    for (const char *at = cli->kernel; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, cli->vary, length) == 0 && at[length] == '=')
            return sim_cli_wrong("--vary %s: -K sets it as well; give one of the two", cli->vary);
    }
    return 0;
}

static int add_kernel(struct sim_variants *variants, const struct sim_cli *cli, const char *value)
{
    const char *before = cli->kernel == NULL ? "" : cli->kernel;
    size_t bytes = strlen(before) + strlen(cli->vary) + strlen(value) + 3;
    struct sim_kernel_options parsed;
    char error[512], *text = malloc(bytes);
    if (text == NULL)
        return sim_cli_wrong("no memory for the command line");
    snprintf(text, bytes, "%s=%s", cli->vary, value);
    if (sim_kernel_options_parse(text, &parsed, error, sizeof error) != 0) {
        int status = sim_cli_wrong("--vary %s: %s", text, error);
        free(text);
        return status;
    }
    snprintf(text, bytes, "%s%s%s=%s", before, before[0] != 0 ? "," : "", cli->vary, value);
    int status = add(variants, cli, value, NULL, text);
    variants->list[variants->count - 1].options.kernel = text;
    return status;
}

static int add_all(struct sim_variants *variants, const struct sim_cli *cli, int of_kernel)
{
    int status = 0;
    for (uint32_t i = 0; status == 0 && i < cli->value_count; i++) {
        const struct sim_setting setting = {cli->vary, cli->values[i]};
        status = of_kernel ? add_kernel(variants, cli, cli->values[i])
                           : add(variants, cli, cli->values[i], &setting, NULL);
    }
    return status;
}

int sim_variants_open(struct sim_variants *variants, const struct sim_cli *cli)
{
    *variants = (struct sim_variants){.name = ""};
    if (cli->vary == NULL)
        return add(variants, cli, "", NULL, NULL);
    int status = refuse_set(cli);
    if (status != 0)
        return status;
    struct sim_plan *plan = sim_cli_plan_open(cli, NULL);
    if (plan == NULL)
        return SIM_EXIT_USAGE;
    int of_plan = sim_cli_parameter(plan, cli->vary) != NULL;
    int of_kernel = sim_kernel_options_has(cli->vary);
    if (of_plan && of_kernel)
        status = sim_cli_wrong("--vary %s: '%s' has a parameter of this name, and the kernel an "
                               "option; set one with -D or -K and vary another",
                               cli->vary, plan->name);
    else if (!of_plan && !of_kernel)
        status = refuse_unknown(cli, plan);
    sim_plan_free(plan);
    variants->name = cli->vary;
    return status != 0 ? status : add_all(variants, cli, of_kernel);
}

/* ---- scale --------------------------------------------------------------------------------- */

int sim_variants_open_cpus(struct sim_variants *variants, const struct sim_cli *cli)
{
    *variants = (struct sim_variants){.name = "cpus"};
    for (uint32_t i = 0; i < cli->cpu_count; i++) {
        char *text = malloc(16);
        if (text == NULL)
            return sim_cli_wrong("no memory for the command line");
        snprintf(text, 16, "%u", cli->cpu_list[i]);
        const struct sim_setting setting = {"cpus", text};
        int status = add(variants, cli, text, &setting, text);
        if (status != 0)
            return status;
        const struct sim_plan *plan = variants->list[i].plan;
        if (plan->cpus != cli->cpu_list[i])
            return sim_cli_wrong("'%s' does not scale: its machine has %u CPUs, whatever the "
                                 "parameter cpus says",
                                 plan->name, plan->cpus);
    }
    return 0;
}
