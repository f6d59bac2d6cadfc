/* Why one design is faster than another, as far as counters can tell.
 *
 * Each line is a difference that was counted: calls, switches, wakes and copied bytes per
 * operation, threads, and the shares of time that each process was busy, blocked in a call, or
 * waiting. At most SIM_WHY_LINES, those that differ most first, with preference for a difference
 * that points the way of the result (the slower one does more). It never guesses: two designs that
 * differ in no counter get a line that says so.
 */
#ifndef SIM_MEASURE_WHY_H
#define SIM_MEASURE_WHY_H

#include "sim/measure/result.h"

/* Fills why and why_count of result->designs[index] against designs[0]. `same` and `ratio` must be
 * there; a pair that is the same gets no line. */
void sim_why(struct sim_result *result, uint32_t index);

#endif
