/* What a result says before any figure: the scenario, its parameters, the host, the load. */
#ifndef SIM_RUN_HEAD_H
#define SIM_RUN_HEAD_H

#include "sim/machine/cost.h"
#include "sim/role/dataset.h"
#include "sim/run/run.h"

/* Fills all of it from the plan, the options, which have no zeros left, and the cost file, if any. */
void sim_head_fill(const struct sim_plan *plan, const struct sim_run_options *options,
                   const struct sim_costs *costs, struct sim_result *result);

/* Fills what it says of the host. */
void sim_head_host(struct sim_result *result);

/* CPUs that this program may use. */
uint32_t sim_head_cpus(void);

#endif
