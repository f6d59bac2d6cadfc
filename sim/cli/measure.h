/* What run, compare and rerun share: they measure a plan over some designs, ask its expectations
 * and the probes, print, and write. */
#ifndef SIM_CLI_MEASURE_H
#define SIM_CLI_MEASURE_H

#include "sim/cli/options.h"
#include "sim/measure/result.h"
#include "sim/run/run.h"

struct sim_task {
    const struct sim_cli *cli;
    const struct sim_plan *plan;
    const struct sim_design *const *designs; /* of a raw plan: one, NULL */
    uint32_t design_count;
    struct sim_run_options options;
    const struct sim_result *before; /* the result that is repeated, or NULL */
};

/* An exit code; whatever it is, everything is told and written. */
int sim_task_run(const struct sim_task *task);

/* The amount of detail that -q and -v ask for. */
int sim_task_detail(const struct sim_cli *cli);

/* The options of a run that come from the command line. */
void sim_task_options(const struct sim_cli *cli, struct sim_run_options *options);

#endif
