/* The designs that a command line names: of the library, or shared objects that are loaded. */
#ifndef SIM_CLI_DESIGNS_H
#define SIM_CLI_DESIGNS_H

#include <slipway/design.h>
#include "sim/cli/options.h"

struct sim_designs {
    const struct sim_design **list;
    uint32_t count;
    void **loaded; /* what each was loaded from; NULL for those of the library */
};

/* Finds those named, or all of the library if none is. 0, or SIM_EXIT_USAGE after a message. */
int sim_designs_open(struct sim_designs *designs, const char *const *names, uint32_t count);
void sim_designs_close(struct sim_designs *designs);

#endif
