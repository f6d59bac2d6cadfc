#include <string.h>
#include "sim/cli/designs.h"
#include "sim/cli/lists.h"
#include "sim/cli/plan_open.h"
#include "sim/cli/variants.h"
#include "sim/cli/verbs.h"
#include "sim/machine/machine.h"
#include "sim/run/head.h"
#include "sim/run/settle.h"

#define DEFAULT_MACHINE "model"
#define DEFAULT_CPUS 64U /* where CPUs are simulated; elsewhere as many as the host has */

/* CPUs where none are asked for: 1, 2, 4, ... as far as the scenario and the machine go. */
static int default_cpus(struct sim_cli *cli)
{
    struct sim_plan *plan = sim_cli_plan_open(cli, NULL);
    if (plan == NULL)
        return SIM_EXIT_USAGE;
    const struct sim_parameter *cpus = sim_cli_parameter(plan, "cpus");
    uint32_t most = sim_settle_billed(cli->machine) ? DEFAULT_CPUS : sim_head_cpus();
    uint32_t least = 1;
    if (cpus != NULL && cpus->high < most)
        most = (uint32_t)cpus->high;
    if (cpus != NULL && cpus->low > least)
        least = (uint32_t)cpus->low;
    sim_cli_double_cpus(cli, least, most > least ? most : least);
    sim_plan_free(plan);
    return 0;
}

static int scale_variants(const struct sim_cli *cli, const struct sim_variants *variants)
{
    const struct sim_plan *plan = variants->list[0].plan;
    struct sim_task task = {.cli = cli,
                            .verb = "scale",
                            .name = variants->name,
                            .scale = 1,
                            .variants = variants->list,
                            .count = variants->count};
    struct sim_designs designs;
    if (plan->raw)
        return sim_cli_wrong("the bodies of '%s' make the system calls themselves, and are not "
                             "measured: nothing to scale; it can be run: slipway run %s",
                             plan->name, cli->operands[0]);
    int status = sim_designs_open(&designs, cli->designs, cli->design_count);
    if (status == 0) {
        task.designs = designs.list;
        task.design_count = designs.count;
        status = sim_task_run(&task);
    }
    sim_designs_close(&designs);
    return status;
}

static int scale(const struct sim_cli *given)
{
    struct sim_cli cli = *given; /* texts and lists stay the caller's */
    struct sim_variants variants;
    if (!sim_cli_given(&cli, SIM_OPTION(MACHINE)) && sim_machine_find(DEFAULT_MACHINE) != NULL)
        cli.machine = DEFAULT_MACHINE;
    for (uint32_t i = 0; i < cli.setting_count; i++)
        if (strcmp(cli.settings[i].name, "cpus") == 0)
            return sim_cli_wrong("-D cpus=%s: scale sets the number of CPUs itself; say which with "
                                 "--cpus, as --cpus 1,2,4..64",
                                 cli.settings[i].value);
    int status = cli.cpu_count > 0 ? 0 : default_cpus(&cli);
    if (status != 0)
        return status;
    status = sim_variants_open_cpus(&variants, &cli);
    if (status == 0)
        status = scale_variants(&cli, &variants);
    sim_variants_close(&variants);
    return status;
}

const struct sim_verb sim_verb_scale = {
    .name = "scale",
    .operands = "SCENARIO",
    .about = "the same on more and more CPUs: speed-up, and its end",
    .more =
        "Runs a scenario once for each number of CPUs, over several designs (default: all of "
        "them), and prints throughput, speed-up over the first number, response times and what "
        "most of the time was spent on, with the name of the lock if it is one. --cpus takes a "
        "list of such numbers, on every machine: 1,2,4..256 is 1 2 4 8 ... 256 (default: up to 64 "
        "where CPUs are simulated, else up to those of the host). The load for "
        "each CPU is the scenario's business: "
        "-D clients=cpus makes a client per CPU.",
    .options = SIM_OPTION(SETTING) | SIM_OPTION(CPUS) | SIM_OPTION(MACHINE) | SIM_OPTION(COSTS) |
               SIM_OPTION(KERNEL) | SIM_OPTION(SEED) | SIM_OPTION(DESIGN) | SIM_OPTION(DURATION) |
               SIM_OPTION(OPS) | SIM_OPTION(JSON) | SIM_OPTION(OUTPUT) | SIM_OPTION(QUIET) |
               SIM_OPTION(VERBOSE) | SIM_OPTION(COLOR) | SIM_OPTION(NO_PROGRESS),
    .operands_min = 1,
    .operands_max = 1,
    .run = scale,
};
