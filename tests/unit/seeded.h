/* Chance for tests: a stream whose seed is printed, so that a failure can be repeated with
 * SLIPWAY_TEST_SEED=<number>. */
#ifndef TESTS_UNIT_SEEDED_H
#define TESTS_UNIT_SEEDED_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "sim/role/random.h"

static inline uint64_t seeded(struct sim_random *random, const char *test)
{
    const char *given = getenv("SLIPWAY_TEST_SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    fprintf(stderr, "%s: SLIPWAY_TEST_SEED=%lu\n", test, seed);
    sim_random_init(random, seed);
    return seed;
}

#endif
