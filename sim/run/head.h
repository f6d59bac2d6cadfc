/* What a result says before any figure: the scenario, its parameters, the host, the load. */
#ifndef SIM_RUN_HEAD_H
#define SIM_RUN_HEAD_H

#include "sim/role/dataset.h"
#include "sim/run/run.h"

/* Fills all of it from the plan and the options, which have no zeros left. */
void sim_head_fill(const struct sim_plan *plan, const struct sim_run_options *options,
                   struct sim_result *result);

/* CPUs that this program may use. */
uint32_t sim_head_cpus(void);

#endif
