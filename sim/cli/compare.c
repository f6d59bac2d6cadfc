#include "sim/cli/designs.h"
#include "sim/cli/variants.h"
#include "sim/cli/verbs.h"

static int compare_variants(const struct sim_cli *cli, const struct sim_variants *variants)
{
    const struct sim_plan *plan = variants->list[0].plan;
    if (plan->raw)
        return sim_cli_wrong("the bodies of '%s' make the system calls themselves: there is no "
                             "design to exchange; it can be run: slipway run %s",
                             plan->name, cli->operands[0]);
    struct sim_designs designs;
    int status = sim_designs_open(&designs, cli->designs, cli->design_count);
    if (status == 0) {
        const struct sim_task task = {.cli = cli,
                                      .verb = "compare",
                                      .name = variants->name,
                                      .variants = variants->list,
                                      .count = variants->count,
                                      .designs = designs.list,
                                      .design_count = designs.count};
        status = sim_task_run(&task);
    }
    sim_designs_close(&designs);
    return status;
}

static int compare(const struct sim_cli *cli)
{
    struct sim_variants variants;
    if (cli->design_count == 1 && cli->vary == NULL)
        return sim_cli_wrong("compare needs two designs or more, or --vary; for one: slipway run "
                             "%s --design %s",
                             cli->operands[0], cli->designs[0]);
    int status = sim_variants_open(&variants, cli);
    if (status == 0)
        status = compare_variants(cli, &variants);
    sim_variants_close(&variants);
    return status;
}

const struct sim_verb sim_verb_compare = {
    .name = "compare",
    .operands = "SCENARIO",
    .about = "the same over several designs, with the reasons",
    .more =
        "Runs a scenario over several designs (default: all of them), in short slices that take "
        "turns, and prints them side by side: what each costs, how it differs from the first, "
        "and why. The noise floor is what the first design differs from itself by in the same "
        "run; a difference below it is 'same'. --vary repeats all of it for each value of a "
        "parameter or an option of the kernel, and prints one table. docs/SCENARIOS.md says what "
        "each column is.",
    .options = SIM_OPTION(SETTING) | SIM_OPTION(CPUS) | SIM_OPTION(MACHINE) | SIM_OPTION(COSTS) |
               SIM_OPTION(KERNEL) | SIM_OPTION(VARY) | SIM_OPTION(SEED) | SIM_OPTION(DESIGN) |
               SIM_OPTION(DURATION) | SIM_OPTION(OPS) | SIM_OPTION(JSON) | SIM_OPTION(OUTPUT) |
               SIM_OPTION(QUIET) | SIM_OPTION(VERBOSE) | SIM_OPTION(COLOR) |
               SIM_OPTION(NO_PROGRESS),
    .operands_min = 1,
    .operands_max = 1,
    .run = compare,
};
