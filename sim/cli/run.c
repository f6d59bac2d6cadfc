#include "sim/cli/designs.h"
#include "sim/cli/variants.h"
#include "sim/cli/verbs.h"

#define DEFAULT_DESIGN "submit-port"

static int run_variants(const struct sim_cli *cli, const struct sim_variants *variants)
{
    static const char *const by_default[] = {DEFAULT_DESIGN};
    const struct sim_plan *plan = variants->list[0].plan;
    struct sim_task task = {.cli = cli,
                            .verb = "run",
                            .name = variants->name,
                            .variants = variants->list,
                            .count = variants->count,
                            .design_count = 1};
    if (plan->raw) {
        static const struct sim_design *const none[] = {NULL};
        if (cli->design_count > 0)
            return sim_cli_wrong(
                "--design %s: the bodies of '%s' make the system calls themselves; "
                "there is no design to choose",
                cli->designs[0], plan->name);
        task.designs = none;
        return sim_task_run(&task);
    }
    struct sim_designs designs;
    int named = cli->design_count > 0;
    int status = sim_designs_open(&designs, named ? cli->designs : by_default, 1);
    if (status == 0) {
        task.designs = designs.list;
        status = sim_task_run(&task);
    }
    sim_designs_close(&designs);
    return status;
}

static int run(const struct sim_cli *cli)
{
    struct sim_variants variants;
    if (cli->design_count > 1)
        return sim_cli_wrong("run takes one design, not %u; to set them side by side: slipway "
                             "compare %s",
                             cli->design_count, cli->operands[0]);
    int status = sim_variants_open(&variants, cli);
    if (status == 0)
        status = run_variants(cli, &variants);
    sim_variants_close(&variants);
    return status;
}

const struct sim_verb sim_verb_run = {
    .name = "run",
    .operands = "SCENARIO",
    .about = "run a scenario over one design and measure it",
    .more = "Runs a scenario, found by name or by path, over one design (default: " DEFAULT_DESIGN
            "), and prints what it cost: operations per second, response times, system calls, "
            "switches and copies per operation, and what each process did. Where time is modelled "
            "it also prints what the time of a request was spent on. -D NAME=cpus sets a number to "
            "the number of CPUs. Ctrl-C ends the run and still prints what was measured.",
    .options = SIM_OPTION(SETTING) | SIM_OPTION(CPUS) | SIM_OPTION(MACHINE) | SIM_OPTION(COSTS) |
               SIM_OPTION(KERNEL) | SIM_OPTION(VARY) | SIM_OPTION(DETERMINISM) | SIM_OPTION(SEED) |
               SIM_OPTION(DESIGN) | SIM_OPTION(DURATION) | SIM_OPTION(OPS) | SIM_OPTION(JSON) |
               SIM_OPTION(OUTPUT) | SIM_OPTION(QUIET) | SIM_OPTION(VERBOSE) | SIM_OPTION(COLOR) |
               SIM_OPTION(NO_PROGRESS),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
