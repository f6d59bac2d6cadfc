#include "sim/cli/plan_open.h"
#include "sim/cli/plan_print.h"
#include "sim/cli/verbs.h"
#include "sim/cli/verdicts.h"
#include "sim/report/table.h"

static int check_scenario(const struct sim_paper *paper, const struct sim_cli *cli)
{
    struct sim_plan *plan = sim_cli_plan_open(cli, NULL);
    if (plan == NULL)
        return SIM_EXIT_USAGE;
    sim_paper_text(paper, SIM_INK_TITLE, plan->name);
    printf(": ");
    sim_paper_wrap(paper, SIM_INK_PLAIN, sim_paper_columns(plan->name) + 2, 2, plan->about);
    printf("%s, hash %s\n\n", plan->path, plan->hash);
    sim_plan_print_parameters(paper, plan);
    printf("\n");
    sim_plan_print(paper, plan);
    sim_plan_free(plan);
    return SIM_EXIT_OK;
}

static int check(const struct sim_cli *cli)
{
    struct sim_paper paper;
    sim_paper_init(&paper, stdout, cli->color);
    if (cli->operand_count == 0 && cli->design_count == 0)
        return sim_cli_wrong("check needs a SCENARIO, or --design NAME, or both");
    if (cli->operand_count == 0 && cli->setting_count > 0)
        return sim_cli_wrong("-D and --cpus set parameters of a scenario, and none is named");
    int status = SIM_EXIT_OK;
    if (cli->operand_count > 0)
        status = check_scenario(&paper, cli);
    if (status == SIM_EXIT_OK && cli->operand_count > 0 && cli->design_count > 0)
        printf("\n");
    if (status == SIM_EXIT_OK && cli->design_count > 0)
        status = sim_verdicts_rows(&paper, cli);
    return status;
}

const struct sim_verb sim_verb_check = {
    .name = "check",
    .operands = "[SCENARIO]",
    .about = "a scenario resolved; or a design, by probes and tests",
    .more =
        "With a scenario: reads it and prints the resolved plan: parameters, processes, threads, "
        "who connects to whom, devices, and what it needs of a design. Nothing runs. With "
        "--design: runs the probes (what the design can and cannot do) and the conformance "
        "tests (what every design must do) and prints a row for each; fails if a test does.",
    .options = SIM_OPTION(SETTING) | SIM_OPTION(CPUS) | SIM_OPTION(DESIGN) | SIM_OPTION(COLOR) |
               SIM_OPTION(NO_PROGRESS),
    .operands_max = 1,
    .run = check,
};
