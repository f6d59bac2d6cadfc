/* Options whose value is a list: -K, --vary, and the --cpus of scale. Each function prints a message
 * and returns SIM_EXIT_USAGE where the value is not right. */
#ifndef SIM_CLI_LISTS_H
#define SIM_CLI_LISTS_H

#include "sim/cli/options.h"

/* Adds "name=value" to cli->kernel, checked. */
int sim_cli_take_kernel(struct sim_cli *cli, const char *text);

/* "NAME=a,b,c", cut up in place into cli->vary and cli->values. */
int sim_cli_take_vary(struct sim_cli *cli, char *text);

/* "1,2,4..256": numbers, and from..to, which doubles. Into cli->cpu_list. */
int sim_cli_take_cpu_list(struct sim_cli *cli, const char *text);

/* Fills cli->cpu_list as from..to does. */
void sim_cli_double_cpus(struct sim_cli *cli, uint32_t from, uint32_t to);

#endif
