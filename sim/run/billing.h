/* What the slices of one design were billed for, put together.
 *
 * A machine that bills time tells of each slice: bills of single requests (of all, or an even sample
 * of them), sums over all, what happened at each lock, and the hash of the event stream. Here the
 * bills of all slices become one population, each with the weight of the requests that it stands
 * for, and the requests at two ranks of it are told with all of their parts.
 *
 *   sim_billing_create -> sim_billing_add for each slice in order -> sim_billing_write
 *   -> sim_billing_destroy
 */
#ifndef SIM_RUN_BILLING_H
#define SIM_RUN_BILLING_H

#include "sim/machine/bill.h"
#include "sim/measure/result.h"

struct sim_billing;

/* Ends the program without memory, and so do the others. */
struct sim_billing *sim_billing_create(void);
void sim_billing_destroy(struct sim_billing *billing);

/* Adds a slice; nothing of `bills` is kept. NULL, or what is wrong with them: a phrase. */
const char *sim_billing_add(struct sim_billing *billing, const struct sim_bills *bills);

/* Writes attribution, hash, events and little of a design. */
void sim_billing_write(const struct sim_billing *billing, struct sim_result *result,
                       struct sim_design_result *design);

#endif
