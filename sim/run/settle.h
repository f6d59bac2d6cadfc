/* The options of a run without gaps: defaults filled in, contradictions refused, the cost file read
 * and the kernel's options of scenario and command line put together. */
#ifndef SIM_RUN_SETTLE_H
#define SIM_RUN_SETTLE_H

#include "sim/machine/cost.h"
#include "sim/run/run.h"

/* HOST. Settles the options of a run of `designs` designs. *costs gets the cost file, the caller's
 * to free, or NULL where the machine takes none. Texts that are made belong to the result. 0; or 1
 * and a message. */
int sim_settle(const struct sim_plan *plan, uint32_t designs, struct sim_run_options *options,
               struct sim_costs **costs, struct sim_result *result, char *error,
               size_t error_bytes);

/* "a=1,b=2" and "b=3" are "a=1,b=3": of each name the last value, in the order in which they were
 * first named. Either may be NULL. The text belongs to the result. */
const char *sim_settle_kernel(const char *first, const char *then, struct sim_result *result);

/* Does time come from a cost file on the machine of that name? */
int sim_settle_billed(const char *machine);

#endif
