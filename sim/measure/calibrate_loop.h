/* Small loops of system calls, each of which isolates some steps of the kernel.
 *
 * The same loop runs on two machines. On `cores` it takes the host's time. On `model`, with a cost
 * file in which one cost is more than the others, it tells how often that cost is charged in a
 * round; so what a loop is composed of is never written down by hand, and stays right when the kernel
 * changes.
 *
 *   sim_loop_nth -> sim_loop_host, sim_loop_model: nanoseconds of a round
 */
#ifndef SIM_MEASURE_CALIBRATE_LOOP_H
#define SIM_MEASURE_CALIBRATE_LOOP_H

#include <stddef.h>
#include <stdint.h>
#include "sim/machine/cost.h"

struct sim_loop {
    const char *name;   /* "null call" */
    const char *what;   /* of a round, in a few words */
    uint32_t cpus;      /* that it runs on */
    uint32_t rounds;    /* of a slice on the host: a few hundred microseconds */
    const char *kernel; /* options of the kernel on the model machine, like the host's behaviour */
    void (*root)(void); /* first process; its argument is a struct sim_loop_slice */
};

enum sim_loop_name {
    SIM_LOOP_NULL,
    SIM_LOOP_LOOKUP,
    SIM_LOOP_POST_WAIT,
    SIM_LOOP_SEND_WAIT,
    SIM_LOOP_SEND_WAIT_64,
    SIM_LOOP_READ_64,
    SIM_LOOP_READ_4K,
    SIM_LOOP_READ_64K,
    SIM_LOOP_YIELD,
    SIM_LOOP_PORTS,
    SIM_LOOP_PORTS_TIMED,
    SIM_LOOP_CALL,
    SIM_LOOP_CALL_64,
    SIM_LOOP_CALL_SPACES,
    SIM_LOOP_MAP_1,
    SIM_LOOP_MAP_16,
    SIM_LOOP_ONE_CPU, /* those above run on one CPU */
    SIM_LOOP_MAP_16_SHARED = SIM_LOOP_ONE_CPU,
    SIM_LOOP_CALL_CPUS,
    SIM_LOOP_POST_BUSY,
    SIM_LOOP_PREEMPT,
    SIM_LOOP_WAKE_SLEEPER,
    SIM_LOOP_TIMER,
    SIM_LOOP_COUNT
};

const struct sim_loop *sim_loop_nth(uint32_t index);

/* HOST. One slice on `cores`, or on `model` with these costs: *ns gets nanoseconds of a round. 0; or
 * -1 and a message. */
int sim_loop_host(const struct sim_loop *loop, double *ns, char *error, size_t error_bytes);
int sim_loop_model(const struct sim_loop *loop, const struct sim_costs *costs, double *ns,
                   char *error, size_t error_bytes);

/* Inside: what a loop's root is given. */
struct sim_loop_slice {
    uint32_t rounds;
    slip_time_t patience; /* nanoseconds of work beside a wake until it counts as failed */
    double ns;            /* out */
    uint32_t failed;      /* out: calls that went wrong */
};

#endif
