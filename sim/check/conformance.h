/* Conformance: what every design has to do alike, whatever it can do besides.
 *
 * 10,000 operations at depths from 1 to 64 over one server and over three, each completed exactly
 * once, with its own key, status, result and words, lent memory read and written right; deadlines
 * of the wait; leaving in the middle; serving and connecting at once. Most rows are run on the
 * scripted machine under several seeds, and on the threads machine.
 */
#ifndef SIM_CHECK_CONFORMANCE_H
#define SIM_CHECK_CONFORMANCE_H

#include "sim/check/probe.h"

#define SIM_CONFORMANCE_MAX 32U

/* HOST. Runs all tests on a design, up to max; how many rows there are. A row's verdict is "pass"
 * or "FAILED", and ok says the same. */
uint32_t sim_conformance_all(const struct sim_design *design, struct sim_verdict *rows,
                             uint32_t max);

#endif
