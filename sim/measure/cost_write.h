/* A cost file, written: the counterpart of sim_costs_parse, which reads back what stands here.
 *
 * Texts of a draft may come from the host (the name of its processor), so what a cost file does not
 * accept in them is left out. Values are nanoseconds with three digits behind the point, which is a
 * file's resolution; what is less than a picosecond is written free.
 */
#ifndef SIM_MEASURE_COST_WRITE_H
#define SIM_MEASURE_COST_WRITE_H

#include "sim/machine/cost.h"

#define SIM_COST_DRAFTS ((uint32_t)SLIP_COST_COUNT + (uint32_t)SIM_COST_COUNT)
#define SIM_COST_SOURCE_BYTES 512
#define SIM_COST_UNCERTAINTY_MAX 1000U /* percent that a file can state */

struct sim_cost_line {
    double ns;          /* of one unit of amount; below a picosecond: free */
    double uncertainty; /* percent, rounded up */
    int absent;         /* 1: no such line; only isolation may be */
    char source[SIM_COST_SOURCE_BYTES];
};

struct sim_cost_draft {
    char head[512];  /* comment in front, lines separated by \n; "" for none */
    char about[256]; /* one line */
    struct sim_shape shape;
    uint32_t words_free;
    struct sim_cost_line line[SIM_COST_DRAFTS]; /* the kernel's costs, then the machine's */
};

/* "entry": the name of the n-th line. */
const char *sim_cost_draft_name(uint32_t index);

/* The text, freed by the caller; NULL without memory. */
char *sim_cost_write(const struct sim_cost_draft *draft);

#endif
