#include "sim/measure/calibrate_fit.h"

#include <math.h>

#define SWEEPS 4000U
#define SAME 1e-3 /* counts of whole steps, but for what begins and ends a slice */

static int alike(const struct sim_fit *fit, uint32_t a, uint32_t b)
{
    for (uint32_t row = 0; row < fit->rows; row++)
        if (fabs(fit->count[row][a] - fit->count[row][b]) > SAME)
            return 0;
    return 1;
}

static int charged(const struct sim_fit *fit, uint32_t column)
{
    for (uint32_t row = 0; row < fit->rows; row++)
        if (fabs(fit->count[row][column]) > SAME)
            return 1;
    return 0;
}

void sim_fit_group(struct sim_fit *fit)
{
    for (uint32_t column = 0; column < fit->columns; column++) {
        fit->group[column] = column;
        fit->size[column] = 0;
        if (!charged(fit, column))
            continue;
        for (uint32_t other = 0; other < column; other++)
            if (fit->group[other] == other && alike(fit, column, other)) {
                fit->group[column] = other;
                break;
            }
        fit->size[fit->group[column]]++;
    }
    for (uint32_t column = 0; column < fit->columns; column++)
        if (fit->size[fit->group[column]] > 0)
            fit->size[column] = fit->size[fit->group[column]];
}

double sim_fit_composed(const struct sim_fit *fit, uint32_t row, const double *cost)
{
    double sum = 0;
    for (uint32_t column = 0; column < fit->columns; column++)
        sum += fit->count[row][column] * cost[column];
    return sum;
}

/* One step of coordinate descent: the best value of a column while the others stay. */
static void improve(const struct sim_fit *fit, const double *time, uint32_t column, double *sum,
                    double *cost)
{
    double up = 0, down = 0;
    for (uint32_t row = 0; row < fit->rows; row++) {
        double count = fit->count[row][column];
        if (count == 0 || !(time[row] > 0))
            continue;
        double weight = 1 / (time[row] * time[row]);
        up += weight * count * (time[row] - sum[row]);
        down += weight * count * count;
    }
    double value = down > 0 ? cost[column] + up / down : 0;
    double change = (value > 0 ? value : 0) - cost[column];
    if (change == 0)
        return;
    cost[column] += change;
    for (uint32_t row = 0; row < fit->rows; row++)
        sum[row] += fit->count[row][column] * change;
}

void sim_fit_solve(const struct sim_fit *fit, const double *time, double *cost)
{
    double sum[SIM_FIT_ROWS] = {0};
    for (uint32_t column = 0; column < fit->columns; column++)
        cost[column] = 0;
    for (uint32_t sweep = 0; sweep < SWEEPS; sweep++)
        for (uint32_t column = 0; column < fit->columns; column++)
            if (fit->group[column] == column && fit->size[column] > 0)
                improve(fit, time, column, sum, cost);
    for (uint32_t column = fit->columns; column-- > 0;)
        if (fit->size[column] > 0)
            cost[column] = cost[fit->group[column]] / fit->size[column];
}
