/* Numbers as people write them: "64KiB", "10ms", "1000". Sizes are in bytes, times in nanoseconds;
 * what a number counts is known to whoever asks. Pure functions, shared with the command line.
 */
#ifndef SIM_SCENARIO_UNITS_H
#define SIM_SCENARIO_UNITS_H

#include <stddef.h>
#include <stdint.h>

#define SIM_UNITS_ACCEPTED "KiB MiB us ms s"

enum sim_unit { SIM_UNIT_NONE, SIM_UNIT_BYTES, SIM_UNIT_TIME };

/* X(name, value, unit): each is a constant in Lua and a suffix on the command line. */
#define SIM_UNIT_MAP(X)                                                                            \
    X("KiB", 1024, SIM_UNIT_BYTES)                                                                 \
    X("MiB", 1048576, SIM_UNIT_BYTES)                                                              \
    X("us", 1000, SIM_UNIT_TIME)                                                                   \
    X("ms", 1000000, SIM_UNIT_TIME)                                                                \
    X("s", 1000000000, SIM_UNIT_TIME)

/* Reads a whole number with an optional suffix; decimals are fine where the value comes out whole
 * ("1.5KiB"). 0; or -1 if it is no such number or does not fit, and *value is untouched. */
int sim_units_parse(const char *text, int64_t *value);

/* Writes a value in the largest suffix of its unit that divides it, so that sim_units_parse gives
 * it back. `out` has room for 32 bytes. */
void sim_units_show(int64_t value, enum sim_unit unit, char *out);

#endif
