/* What the slices of one design add up to. */
#ifndef SIM_RUN_TALLY_H
#define SIM_RUN_TALLY_H

#include "sim/measure/result.h"
#include "sim/run/slice.h"

struct sim_tally;

/* HOST. `rounds` is how many slices there will be at the most. Ends the program without memory. */
struct sim_tally *sim_tally_create(const struct sim_plan *plan, uint32_t rounds);
void sim_tally_destroy(struct sim_tally *tally);

/* HOST, after sim_slice_join. Adds all of a slice. NULL, or what is wrong with its bills. */
const char *sim_tally_add(struct sim_tally *tally, const struct sim_slice *slice, uint32_t round);

/* Operations per second of each round; NaN for those that were not, or not wholly, run. */
const double *sim_tally_rates(const struct sim_tally *tally);

/* Writes everything but ratio, same, why and probes. */
void sim_tally_write(const struct sim_tally *tally, struct sim_result *result,
                     struct sim_design_result *design);

/* HOST, after sim_slice_join. Adds to `failures`, once each, why a slice failed. How many reasons
 * there were. */
uint32_t sim_slice_explain(const struct sim_slice *slice, struct sim_result *result,
                           struct sim_result_texts *failures);

#endif
