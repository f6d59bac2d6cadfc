/* A resolved scenario in words: its parameters, who runs, who connects to whom, and what all that
 * needs of a design. Reads the plan only. */
#ifndef SIM_CLI_PLAN_PRINT_H
#define SIM_CLI_PLAN_PRINT_H

#include "sim/report/paper.h"
#include "sim/scenario/plan.h"

/* Name, value, range and help of each parameter. */
void sim_plan_print_parameters(const struct sim_paper *paper, const struct sim_plan *plan);

/* Processes, links, devices, load, and needs. */
void sim_plan_print(const struct sim_paper *paper, const struct sim_plan *plan);

#endif
