/* Comparing designs by their slices.
 *
 * The slices of a round follow each other closely, so what the host does meanwhile meets them alike:
 * a ratio is taken within each round, and the median of these ratios, with its interval, is the
 * ratio of the designs. The first design runs twice in each round; the ratio of a design to itself
 * ought to be 1, and how far its interval reaches from 1 is the noise floor of this very run.
 */
#ifndef SIM_MEASURE_COMPARE_H
#define SIM_MEASURE_COMPARE_H

#include <stdint.h>
#include "sim/measure/result.h"

/* The ratio of slices to those of the base in the same rounds. Rounds that lack one are left out;
 * NaN if none is left. */
struct sim_estimate sim_compare_ratio(const double *slices, const double *base, uint32_t rounds);

/* The noise floor, relative: 0.03 is 3%. NaN for no rounds. */
double sim_compare_noise(const double *first, const double *again, uint32_t rounds);

/* 1 if a ratio cannot be told from 1: it is inside of the noise floor, or its interval holds 1. */
int sim_compare_same(const struct sim_estimate *ratio, double noise_floor);

#endif
