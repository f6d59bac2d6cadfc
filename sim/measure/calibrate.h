/* What the steps of the simulated kernel cost on this host, as a cost file for the model machine.
 *
 * Small loops of system calls run on the machine `cores` in short slices that take turns, with a
 * probe of line transfer beside them. What a loop is composed of comes from the model machine
 * (sim/measure/calibrate_loop.h). From both follow the costs:
 *
 *   on one CPU     least squares over all loops (sim/measure/calibrate_fit.h)
 *   on two CPUs    one cost after the other: the value at which the model's run of a loop takes the
 *                  time that was measured
 *
 * Nothing is adjusted beyond that. Each number says how it was found, and the rows say how far the
 * loops composed of these costs are from the loops as they were measured.
 */
#ifndef SIM_MEASURE_CALIBRATE_H
#define SIM_MEASURE_CALIBRATE_H

#include "sim/measure/cost_write.h"
#include "sim/measure/calibrate_line.h"
#include "sim/measure/calibrate_loop.h"

#define SIM_CALIBRATE_WARNINGS 48U
#define SIM_CALIBRATE_ROUNDS_MIN 5U
#define SIM_CALIBRATE_ROUNDS_MAX 400U

struct sim_calibrate_options {
    uint64_t duration_ns;   /* 0: two seconds; at least SIM_CALIBRATE_ROUNDS_MIN slices of each */
    int (*stopped)(void);   /* asked between slices: 1 ends it; or NULL */
    const char *version;    /* of the program, for the head of the file */
    const char *cpu, *host; /* of the host: its CPU's name, and its system */
};

struct sim_calibration_row {
    double median, low, high; /* nanoseconds of a round, with quartiles; NaN: not measured */
    double composed;          /* the model's time at the costs found; NaN: not known */
};

struct sim_calibration {
    struct sim_cost_draft draft;
    struct sim_calibration_row row[SIM_LOOP_COUNT];
    uint32_t rounds;             /* slices of each loop */
    uint32_t cpus;               /* that the host lets this program use */
    struct sim_line_states line; /* of one line, one way, between two CPUs */
    char warning[SIM_CALIBRATE_WARNINGS][320];
    uint32_t warnings;
};

enum sim_calibrate_outcome { SIM_CALIBRATE_OK, SIM_CALIBRATE_FAILED, SIM_CALIBRATE_STOPPED };

/* HOST. FAILED with a message. */
enum sim_calibrate_outcome sim_calibrate(const struct sim_calibrate_options *options,
                                         struct sim_calibration *calibration, char *error,
                                         size_t error_bytes);

#endif
