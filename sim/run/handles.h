/* Which handles a process of a slice gets, and in which order: what root sends and its child takes
 * must agree, so both ask here.
 *
 *   control | served endpoint, if any | per thread: interrupt, if it has a device; a link to each
 *   endpoint of each link of the plan
 */
#ifndef SIM_RUN_HANDLES_H
#define SIM_RUN_HANDLES_H

#include <slipway/types.h>
#include "sim/scenario/plan.h"

enum sim_handle_kind {
    SIM_HANDLE_CONTROL,
    SIM_HANDLE_SERVED,
    SIM_HANDLE_INTERRUPT,
    SIM_HANDLE_LINK
};

struct sim_handle_place {
    enum sim_handle_kind kind;
    uint32_t thread;   /* of the process, from 0; 0 for what all threads share */
    uint32_t endpoint; /* LINK: index in plan.endpoints */
};

/* Handles of one process; and those of each of its threads, which follow the shared ones. */
uint32_t sim_handle_count(const struct sim_plan_process *process);
uint32_t sim_handle_count_shared(const struct sim_plan_process *process);
uint32_t sim_handle_count_thread(const struct sim_plan_process *process);

/* What is at a place below sim_handle_count, for an instance from 1. */
struct sim_handle_place sim_handle_place(const struct sim_plan_process *process, uint32_t instance,
                                         uint32_t place);

/* The name of an instance: "client", or "client[2]" where there are several. */
void sim_handle_name(const struct sim_plan_process *process, uint32_t instance,
                     char name[SLIP_NAME_BYTES_MAX + 1]);

/* The name of an endpoint of the plan: "files", or "files[2]". */
void sim_handle_endpoint_name(const struct sim_plan *plan, uint32_t endpoint,
                              char name[SLIP_NAME_BYTES_MAX + 1]);

#endif
