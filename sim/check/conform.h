/* Between the files of the conformance tests; conformance.h is what others see. */
#ifndef SIM_CHECK_CONFORM_H
#define SIM_CHECK_CONFORM_H

#include "sim/check/conformance.h"
#include "sim/check/scene.h"

#define SIM_CONFORM_OPERATIONS 10000U
#define SIM_CONFORM_DEPTH_MAX 64U

/* The server of all tests: what it answers follows from the words, and of what is lent it reads one
 * word and writes another. */
void sim_conform_answer(struct sim_actor *actor, const struct sim_event *event);
uint64_t sim_conform_result(const uint64_t word[]);
slip_status_t sim_conform_status(const uint64_t word[]);

/* The words of the operation with that key. */
void sim_conform_fill(uint64_t key, uint64_t word[]);

/* Exactly once: many operations, and what they bring back. Adds its rows; how many. */
uint32_t sim_conform_once(const struct sim_design *design, struct sim_verdict *rows, uint32_t max);

/* The edges: deadlines, depth, cancel, leaving, serving and connecting at once. */
uint32_t sim_conform_edges(const struct sim_design *design, struct sim_verdict *rows, uint32_t max);

#endif
