/* The verbs of the command, one file each; main.c has the table of them in the order of the help. */
#ifndef SIM_CLI_VERBS_H
#define SIM_CLI_VERBS_H

#include "sim/cli/options.h"

extern const struct sim_verb sim_verb_run;
extern const struct sim_verb sim_verb_compare;
extern const struct sim_verb sim_verb_scale;
extern const struct sim_verb sim_verb_list;
extern const struct sim_verb sim_verb_check;
extern const struct sim_verb sim_verb_costs;
extern const struct sim_verb sim_verb_calibrate;
extern const struct sim_verb sim_verb_validate;
extern const struct sim_verb sim_verb_show;
extern const struct sim_verb sim_verb_rerun;
extern const struct sim_verb sim_verb_abi;
extern const struct sim_verb sim_verb_version;
extern const struct sim_verb sim_verb_help;

#endif
