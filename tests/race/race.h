/* For race tests: plain programs, because they are meant for the thread sanitizer, under which
 * Criterion does not run. A claim that fails ends the program with its place. */
#ifndef TESTS_RACE_RACE_H
#define TESTS_RACE_RACE_H

#include <stdio.h>
#include <stdlib.h>

#define RACE_EXPECT(claim)                                                                         \
    do {                                                                                           \
        if (!(claim)) {                                                                            \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #claim);             \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
