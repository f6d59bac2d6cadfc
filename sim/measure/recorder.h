/* What a client notes while it runs, and the window that is measured.
 *
 * Each client thread has a recorder of its own, so noting costs no shared line; the window is one
 * per run. The first operation that a client submits after its warm-up opens the window (the
 * counters of all processes are read then), the last client that ends closes it.
 */
#ifndef SIM_MEASURE_RECORDER_H
#define SIM_MEASURE_RECORDER_H

#include <stdatomic.h>
#include <slipway/status.h>
#include <slipway/types.h>
#include "sim/measure/histogram.h"

struct sim_window; /* one per run: opened once, closed once; sim/measure/window.h */

struct sim_recorder {
    struct sim_window *window;
    struct sim_histogram response; /* nanoseconds of each measured operation */
    uint64_t measured;             /* operations submitted after the warm-up and completed */
    uint64_t in_time;    /* completed in the time that the rate is of, whenever submitted */
    uint64_t errors;     /* completions with a status that was not expected */
    uint64_t mismatches; /* blocks whose checksum was wrong */
    uint64_t verified_bytes;
    slip_time_t first, last; /* first measured submit, last measured completion */
    /* The first of its errors, for the one who reports them. */
    const char *trouble;          /* what it was about, a literal: "open"; NULL if there was none */
    slip_status_t trouble_status; /* OK: the result was wrong */
    uint32_t trouble_link;        /* number of the link, from 0 */
};

/* The time on the run's clock, as slip_clock_now has it, but without a system call: what a client
 * does for the sake of the measurement must not be counted in it. */
slip_time_t sim_recorder_now(const struct sim_recorder *recorder);

/* The client begins to measure (its warm-up is over): `now` is the submit time of the first measured
 * operation. May be called in each client; the first call opens the window. */
void sim_recorder_begin(struct sim_recorder *recorder, slip_time_t now);

/* One measured operation is done. */
void sim_recorder_operation(struct sim_recorder *recorder, slip_time_t submitted,
                            slip_time_t completed);

/* An operation, measured or of the warm-up, is done in the time that the rate is of. */
void sim_recorder_in_time(struct sim_recorder *recorder);

/* The client has nothing outstanding any more. Called once by each client that has a recorder; the
 * last call closes the window. */
void sim_recorder_end(struct sim_recorder *recorder, slip_time_t now);

#endif
