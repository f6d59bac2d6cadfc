/* How a duration or a number of operations is cut into slices.
 *
 * At least SIM_RUN_SLICES_MIN slices, by default SIM_METHOD_SLICES: an interval of the median needs
 * nine to leave out the outliers at both ends. A slice is no shorter than it must be to mean
 * something, as long as that leaves enough of them. Where time comes from a cost file, nothing of
 * the host is in a slice, so there are SIM_METHOD_SEEDS of them, with a seed each.
 */
#ifndef SIM_RUN_METHOD_H
#define SIM_RUN_METHOD_H

#include "sim/run/run.h"

#define SIM_METHOD_SLICES 10U
#define SIM_METHOD_SLICES_MAX 1000U
#define SIM_METHOD_SLICE_NS_MAX 200000000U     /* so that a run that is interrupted has seen all */
#define SIM_METHOD_DURATION_NS 1000000000U     /* per design, where nothing is asked for */
#define SIM_METHOD_DURATION_EXACT_NS 5000000U  /* the same, of simulated time ... */
#define SIM_METHOD_DURATION_COSTS_NS 20000000U /* ... and of time from costs */
#define SIM_METHOD_SEEDS 5U                    /* in place of slices where time comes from costs */
#define SIM_METHOD_WARMUP_NS_MIN 2000000U      /* on machines with real time */
#define SIM_METHOD_WARMUP_NS_MAX 50000000U
#define SIM_METHOD_WARMUP_OPS_MAX 5000U /* beside what it takes to fill all links twice */

/* Fills method from the options. The plan tells what a load is: where no client role measures, a
 * slice lasts as long as its bodies do. Adds warnings. */
void sim_method_choose(const struct sim_plan *plan, const struct sim_run_options *options,
                       struct sim_result *result);

/* Adds a warning if slices turned out to be too short to mean something, when the designs of the
 * result are filled: shorter than SIM_RUN_SLICE_NS_MIN, and with too few operations in them; or
 * shorter than a response. */
void sim_method_judge(struct sim_result *result);

/* When the designs of a result that was interrupted are filled: the method's interval is that of the
 * slices that were taken. */
void sim_method_cut(struct sim_result *result);

/* Measured operations of the n-th slice: they sum to what was asked for. 0 by time. */
uint64_t sim_method_ops(const struct sim_method_result *method, uint32_t slice);

/* Client threads of the plan, and the sum of what they keep in flight. */
uint32_t sim_method_clients(const struct sim_plan *plan, uint64_t *in_flight);

#endif
