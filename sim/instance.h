/* One running simulation: a machine, a kernel on it, and its host memory. sim_run is a thin wrapper
 * over this; the scenario runner, the devices and the tests use it as it is.
 */
#ifndef SIM_INSTANCE_H
#define SIM_INSTANCE_H

#include <slipway/sim.h>
#include "sim/machine/machine.h"

struct sim_costs;
struct sim_event_log;
struct sim_instance;

/* What the scenario runner hands to a machine beside the options; zero is none in each field. */
struct sim_instance_extra {
    const struct sim_choice *choice; /* scripted: who goes next */
    const struct sim_costs *costs; /* model: in place of sim_options.costs; outlives the instance */
    struct sim_event_log *log;     /* model: gets the event stream; outlives the run */
};

/* HOST. 0 if the options are right, else -1 and a message that names the option and what is
 * accepted. */
int sim_options_check(const struct sim_options *options, char *error, size_t error_bytes);

/* HOST. Makes machine and kernel. On failure NULL, and a message in error that names the option
 * and what is accepted. `choice` is for the scripted machine, else NULL. */
struct sim_instance *sim_instance_create(const struct sim_options *options,
                                         const struct sim_choice *choice, char *error,
                                         size_t error_bytes);

/* HOST. The same with all that there is; `extra` is borrowed during the call. */
struct sim_instance *sim_instance_create_with(const struct sim_options *options,
                                              const struct sim_instance_extra *extra, char *error,
                                              size_t error_bytes);

/* HOST. Runs `root` as the first process until all is over. 0; or 1 if it hung, leaked or failed
 * the invariant walk, with a message in error. */
int sim_instance_run(struct sim_instance *instance, void (*root)(void), char *error,
                     size_t error_bytes);

void sim_instance_destroy(struct sim_instance *instance);

struct k_kernel *sim_instance_kernel(struct sim_instance *instance);
struct sim_machine *sim_instance_machine(struct sim_instance *instance);
void *sim_instance_argument(struct sim_instance *instance);
/* HOST, after a run: filled as sim_options.counters is. */
void sim_instance_counters(struct sim_instance *instance, struct sim_counters *counters);

/* Inside of a simulated thread: what a handle names has this name in reports. */
void sim_name(slip_handle_t handle, const char *name);

/* Inside of a simulated thread: its instance. NULL on any other host thread. */
struct sim_instance *sim_instance_current(void);

/* ANY host thread, a signal watcher's for one: ends the run. Every process but the first is
 * killed. Idempotent. */
void sim_instance_stop(struct sim_instance *instance);

#endif
