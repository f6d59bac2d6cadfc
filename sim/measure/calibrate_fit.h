/* Least squares with costs that are not negative: what the steps must cost so that loops composed of
 * them take the times that were measured.
 *
 * Each loop counts by its relative error, since the shortest ones say as much as the longest. Where
 * two costs are charged together in every loop, no measurement tells them apart: they get equal
 * shares, and the caller can ask which they are.
 */
#ifndef SIM_MEASURE_CALIBRATE_FIT_H
#define SIM_MEASURE_CALIBRATE_FIT_H

#include <stdint.h>

#define SIM_FIT_ROWS 32U
#define SIM_FIT_COLUMNS 40U

struct sim_fit {
    uint32_t rows, columns;
    double count[SIM_FIT_ROWS][SIM_FIT_COLUMNS]; /* how often a row's loop is charged a column */
    /* Filled by sim_fit_group. */
    uint32_t group[SIM_FIT_COLUMNS]; /* first column that is charged alike, maybe itself */
    uint32_t size[SIM_FIT_COLUMNS];  /* columns in its group; 0: charged nowhere */
};

/* Finds columns that are charged alike. */
void sim_fit_group(struct sim_fit *fit);

/* cost[column] from time[row]; rows with a time that is not above 0 are left out. */
void sim_fit_solve(const struct sim_fit *fit, const double *time, double *cost);

/* What a row is composed of, at these costs. */
double sim_fit_composed(const struct sim_fit *fit, uint32_t row, const double *cost);

#endif
