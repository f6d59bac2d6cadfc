/* What the parts of a calibration share while it goes on; only they include this.
 *
 *   sim_slices_take -> sim_derive_one_cpu -> sim_derive_cpus
 */
#ifndef SIM_MEASURE_CALIBRATE_WORK_H
#define SIM_MEASURE_CALIBRATE_WORK_H

#include "sim/measure/calibrate.h"
#include "sim/measure/calibrate_fit.h"

#define SIM_RESAMPLES 40U

struct sim_calibrate_work {
    const struct sim_calibrate_options *options;
    struct sim_calibration *out;
    double time[SIM_LOOP_COUNT][SIM_CALIBRATE_ROUNDS_MAX];
    double line[SIM_CALIBRATE_ROUNDS_MAX]; /* probed beside the loops on two CPUs */
    int host_cpu[2];                       /* under the first two simulated CPUs */
    char *error;
    size_t error_bytes;
};

/* Measures all loops, in turns. */
enum sim_calibrate_outcome sim_slices_take(struct sim_calibrate_work *work);

/* Fill their costs of the draft. 0, or -1 after a message. */
int sim_derive_one_cpu(struct sim_calibrate_work *work);
int sim_derive_cpus(struct sim_calibrate_work *work);

/* The median of some of n values: of those that `pick` numbers, or the first n if it is NULL. NaN
 * for none. */
double sim_work_median(const double *values, uint32_t n, const uint32_t *pick);
/* The value that a share of them lies below: 0.25 is the lower quartile. */
double sim_work_quantile(const double *values, uint32_t n, double share);

/* The model's time of a loop at the draft's costs; NaN after a message. */
double sim_work_composed(struct sim_calibrate_work *work, enum sim_loop_name loop);

void sim_work_warn(struct sim_calibration *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void sim_work_source(struct sim_calibration *out, uint32_t place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
