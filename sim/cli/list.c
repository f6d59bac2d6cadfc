#include "sim/cli/verbs.h"

#include <stdlib.h>
#include "sim/check/probe.h"
#include "sim/cli/designs.h"
#include "sim/cli/plan_print.h"
#include "sim/cli/verdicts.h"
#include "sim/kernel_options.h"
#include "sim/machine/machine.h"
#include "sim/report/table.h"
#include "sim/role/role.h"

static void list_row(struct sim_table *table, const char *name, const char *about)
{
    sim_table_cell(table, SIM_INK_PLAIN, "%s", name);
    sim_table_cell(table, SIM_INK_PLAIN, "%s", about);
}

static struct sim_table *list_table(const struct sim_column columns[2])
{
    return sim_table_create(columns, 2);
}

static void list_scenarios(const struct sim_paper *paper)
{
    static const struct sim_column columns[] = {{"scenario", SIM_TABLE_LEFT, NULL},
                                                {"what it is", SIM_TABLE_WRAP, NULL}};
    struct sim_table *table = list_table(columns);
    const char *name, *about;
    for (uint32_t i = 0; (name = sim_scenario_name(i, &about)) != NULL; i++)
        list_row(table, name, about);
    sim_table_print(table, paper, 0);
}

static int list_designs(const struct sim_paper *paper)
{
    static const struct sim_column columns[] = {{"design", SIM_TABLE_LEFT, NULL},
                                                {"what it is", SIM_TABLE_WRAP, NULL}};
    struct sim_designs designs;
    int status = sim_designs_open(&designs, NULL, 0);
    struct sim_table *table = list_table(columns);
    for (uint32_t i = 0; status == 0 && i < designs.count; i++) {
        sim_table_cell(table, SIM_INK_PLAIN, "%s", designs.list[i]->name);
        sim_table_cell(table, SIM_INK_PLAIN, "%s (%s)", designs.list[i]->about,
                       designs.list[i]->origin);
    }
    printf("\n");
    sim_table_print(table, paper, 0);
    sim_designs_close(&designs);
    return status;
}

static void list_machines(const struct sim_paper *paper)
{
    static const struct sim_column columns[] = {{"machine", SIM_TABLE_LEFT, NULL},
                                                {"what it is", SIM_TABLE_WRAP, NULL}};
    struct sim_table *table = list_table(columns);
    const struct sim_machine_kind *kind;
    for (uint32_t i = 0; (kind = sim_machine_nth(i)) != NULL; i++)
        list_row(table, kind->name, kind->about);
    printf("\n");
    sim_table_print(table, paper, 0);
}

static void list_roles(const struct sim_paper *paper)
{
    static const struct sim_column columns[] = {{"role", SIM_TABLE_LEFT, NULL},
                                                {"what it is", SIM_TABLE_WRAP, NULL}};
    struct sim_table *table = list_table(columns);
    const struct sim_role *role;
    for (uint32_t i = 0; (role = sim_role_nth(i)) != NULL; i++)
        list_row(table, role->name, role->about);
    printf("\n");
    sim_table_print(table, paper, 0);
}

static void list_kernel_options(const struct sim_paper *paper)
{
    static const struct sim_column columns[] = {{"kernel option", SIM_TABLE_LEFT, NULL},
                                                {"values", SIM_TABLE_LEFT, NULL},
                                                {"default", SIM_TABLE_LEFT, NULL},
                                                {"what it is", SIM_TABLE_WRAP, NULL}};
    struct sim_table *table = sim_table_create(columns, 4);
    const char *name, *values, *initial, *text;
    for (uint32_t i = 0; (name = sim_kernel_option(i, &values, &initial, &text)) != NULL; i++) {
        list_row(table, name, values);
        list_row(table, initial, text);
    }
    printf("\n");
    sim_table_print(table, paper, 0);
}

static int list_everything(const struct sim_paper *paper)
{
    list_scenarios(paper);
    int status = list_designs(paper);
    list_machines(paper);
    list_roles(paper);
    list_kernel_options(paper);
    printf("\n");
    sim_paper_wrap(
        paper, SIM_INK_PLAIN, 0, 0,
        "A design can also be a shared object: --design ./mine.so. An option of the kernel is "
        "set with -K NAME=VALUE. Parameters of a "
        "scenario: slipway list SCENARIO. What each design can do: slipway list "
        "--probes.");
    return status;
}

static int list_parameters(const struct sim_paper *paper, const char *name)
{
    char error[1024];
    struct sim_plan *plan = sim_plan_load(name, NULL, 0, error, sizeof error);
    if (plan == NULL)
        return sim_cli_wrong("%s", error);
    sim_paper_text(paper, SIM_INK_TITLE, plan->name);
    printf(": ");
    sim_paper_wrap(paper, SIM_INK_PLAIN, sim_paper_columns(plan->name) + 2, 0, plan->about);
    printf("%s\n\n", plan->path);
    sim_plan_print_parameters(paper, plan);
    printf("\nSet one with -D NAME=VALUE; the suffixes KiB MiB us ms s are known, and\n"
           "the word cpus for the number of CPUs.\n");
    sim_plan_free(plan);
    return SIM_EXIT_OK;
}

static int list(const struct sim_cli *cli)
{
    struct sim_paper paper;
    sim_paper_init(&paper, stdout, cli->color);
    if (sim_cli_given(cli, SIM_OPTION(PROBES))) {
        if (cli->operand_count > 0)
            return sim_cli_wrong("list --probes is about designs, not about the scenario '%s'",
                                 cli->operands[0]);
        return sim_verdicts_table(&paper, cli);
    }
    if (cli->design_count > 0)
        return sim_cli_wrong("--design goes with list --probes only");
    return cli->operand_count > 0 ? list_parameters(&paper, cli->operands[0])
                                  : list_everything(&paper);
}

const struct sim_verb sim_verb_list = {
    .name = "list",
    .operands = "[SCENARIO]",
    .about = "scenarios, designs, machines, roles; or parameters",
    .more =
        "Lists the scenarios that can be found, the designs, machines, roles and options of the "
        "kernel. With a "
        "scenario, prints its parameters: value, what is accepted, and what each is. With "
        "--probes, runs the probes on every design (or those of --design) and prints what each "
        "can and cannot do.",
    .options =
        SIM_OPTION(PROBES) | SIM_OPTION(DESIGN) | SIM_OPTION(COLOR) | SIM_OPTION(NO_PROGRESS),
    .operands_max = 1,
    .run = list,
};
