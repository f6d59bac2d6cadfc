/* What designs can and cannot do, as tables. */
#ifndef SIM_CLI_VERDICTS_H
#define SIM_CLI_VERDICTS_H

#include "sim/cli/options.h"

/* All probes of the designs that the command line names, or of all: a row for each design. */
int sim_verdicts_table(const struct sim_paper *paper, const struct sim_cli *cli);

/* All probes and conformance tests of those designs, a row for each, with what was seen. Failed if
 * a conformance test did. */
int sim_verdicts_rows(const struct sim_paper *paper, const struct sim_cli *cli);

#endif
