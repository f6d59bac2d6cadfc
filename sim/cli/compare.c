#include "sim/cli/designs.h"
#include "sim/cli/measure.h"
#include "sim/cli/verbs.h"

static int compare_plan(const struct sim_cli *cli, const struct sim_plan *plan)
{
    if (plan->raw)
        return sim_cli_wrong("the bodies of '%s' make the system calls themselves: there is no "
                             "design to exchange; it can be run: slipway run %s",
                             plan->name, cli->operands[0]);
    struct sim_designs designs;
    int status = sim_designs_open(&designs, cli->designs, cli->design_count);
    if (status == 0) {
        struct sim_task task = {.cli = cli,
                                .plan = plan,
                                .designs = designs.list,
                                .design_count = designs.count,
                                .options.verb = "compare"};
        sim_task_options(cli, &task.options);
        status = sim_task_run(&task);
    }
    sim_designs_close(&designs);
    return status;
}

static int compare(const struct sim_cli *cli)
{
    char error[1024];
    if (cli->design_count == 1)
        return sim_cli_wrong("compare needs two designs or more; for one: slipway run %s --design "
                             "%s",
                             cli->operands[0], cli->designs[0]);
    struct sim_plan *plan =
        sim_plan_load(cli->operands[0], cli->settings, cli->setting_count, error, sizeof error);
    if (plan == NULL)
        return sim_cli_wrong("%s", error);
    int status = compare_plan(cli, plan);
    sim_plan_free(plan);
    return status;
}

const struct sim_verb sim_verb_compare = {
    .name = "compare",
    .operands = "SCENARIO",
    .about = "the same over several designs, side by side, with reasons",
    .more =
        "Runs a scenario over several designs (default: all of them), in short slices that take "
        "turns, and prints them side by side: what each costs, how it differs from the first, "
        "and why. The noise floor is what the first design differs from itself by in the same "
        "run; a difference below it is 'same'. docs/SCENARIOS.md says what each column is.",
    .options = SIM_OPTION(SETTING) | SIM_OPTION(CPUS) | SIM_OPTION(MACHINE) | SIM_OPTION(SEED) |
               SIM_OPTION(DESIGN) | SIM_OPTION(DURATION) | SIM_OPTION(OPS) | SIM_OPTION(JSON) |
               SIM_OPTION(OUTPUT) | SIM_OPTION(QUIET) | SIM_OPTION(VERBOSE) | SIM_OPTION(COLOR) |
               SIM_OPTION(NO_PROGRESS),
    .operands_min = 1,
    .operands_max = 1,
    .run = compare,
};
