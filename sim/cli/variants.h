/* The runs that a command line asks for: one, or one for each value that --vary or scale names. */
#ifndef SIM_CLI_VARIANTS_H
#define SIM_CLI_VARIANTS_H

#include "sim/cli/measure.h"

struct sim_variants {
    const char *name; /* "" where nothing varies */
    uint32_t count;
    struct sim_variant list[SIM_CLI_VALUES_MAX];
    char *texts[SIM_CLI_VALUES_MAX]; /* that the variants' options point to */
};

/* Loads the scenario once for each value of --vary, or once. Every value is checked before anything
 * runs. 0, or SIM_EXIT_USAGE after a message. */
int sim_variants_open(struct sim_variants *variants, const struct sim_cli *cli);

/* The same for each number of CPUs of cli->cpu_list. */
int sim_variants_open_cpus(struct sim_variants *variants, const struct sim_cli *cli);

void sim_variants_close(struct sim_variants *variants);

#endif
