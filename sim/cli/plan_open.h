/* The plan of a command line: its scenario with its settings, and the word `cpus`. */
#ifndef SIM_CLI_PLAN_OPEN_H
#define SIM_CLI_PLAN_OPEN_H

#include "sim/cli/options.h"

/* Loads the scenario that is the first operand with the settings of the command line and, where
 * `more` is not NULL, one more, which takes the place of a setting of its name. The value `cpus` of
 * a parameter that is a number stands for the number of CPUs. NULL after a message. */
struct sim_plan *sim_cli_plan_open(const struct sim_cli *cli, const struct sim_setting *more);

/* The parameter of that name, or NULL. */
const struct sim_parameter *sim_cli_parameter(const struct sim_plan *plan, const char *name);

#endif
