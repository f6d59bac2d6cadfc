/* Calibrating, for the verbs that do it: with the host's names, and until somebody interrupts. */
#ifndef SIM_CLI_CALIBRATION_H
#define SIM_CLI_CALIBRATION_H

#include "sim/measure/calibrate.h"

/* SIGINT and SIGTERM are noted from the first on, and put back by the second. */
void sim_cli_watch_signals(void);
void sim_cli_drop_signals(void);
/* 1 after one of them. */
int sim_cli_stopped(void);

/* `duration_ns` of 0 is the default. FAILED with a message. */
enum sim_calibrate_outcome sim_cli_calibrate(uint64_t duration_ns, struct sim_calibration *found,
                                             char *error, size_t error_bytes);

#endif
