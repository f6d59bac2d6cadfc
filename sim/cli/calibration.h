/* Calibrating, for the verbs that do it: with the host's names, and until somebody interrupts. */
#ifndef SIM_CLI_CALIBRATION_H
#define SIM_CLI_CALIBRATION_H

#include "sim/measure/calibrate.h"

/* `duration_ns` of 0 is the default. FAILED with a message. */
enum sim_calibrate_outcome sim_cli_calibrate(uint64_t duration_ns, struct sim_calibration *found,
                                             char *error, size_t error_bytes);
/* What is to be said if it was STOPPED. */
extern const char sim_cli_calibrate_stopped[];

#endif
