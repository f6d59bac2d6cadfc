/* What run, compare, scale and rerun share: they measure a plan over some designs, once or for each
 * of several values, ask its expectations and the probes, print, and write. */
#ifndef SIM_CLI_MEASURE_H
#define SIM_CLI_MEASURE_H

#include "sim/cli/options.h"
#include "sim/measure/result_set.h"
#include "sim/run/run.h"

/* One of the runs of a task. */
struct sim_variant {
    const char *value; /* of what varies; "" */
    struct sim_plan *plan;
    struct sim_run_options options;
    struct sim_result *before; /* the result that is repeated, or NULL */
};

struct sim_task {
    const struct sim_cli *cli;
    const char *verb;
    const char *name; /* what varies: "locking"; "" if nothing does */
    int scale;        /* 1: a table of scaling, and no probes */
    const struct sim_variant *variants;
    uint32_t count;
    const struct sim_design *const *designs; /* of a raw plan: one, NULL */
    uint32_t design_count;
};

/* An exit code; whatever it is, everything is told and written. */
int sim_task_run(const struct sim_task *task);

/* The amount of detail that -q and -v ask for. */
int sim_task_detail(const struct sim_cli *cli);

/* The options of a run that come from the command line. */
void sim_task_options(const struct sim_cli *cli, struct sim_run_options *options);

#endif
