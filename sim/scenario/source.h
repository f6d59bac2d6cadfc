/* Where things are written in the text of a Lua file, for messages that name a line and for lists
 * in the order of the author. It knows names, braces, strings and comments, and nothing else of
 * the language; what is made by code rather than written down is not found, and then a message
 * names the nearest place around it.
 */
#ifndef SIM_SCENARIO_SOURCE_H
#define SIM_SCENARIO_SOURCE_H

#include <stddef.h>
#include <stdint.h>
#include "sim/scenario/units.h"

/* A part of a text: the table behind "name =", braces included, or the value up to its comma. */
struct sim_source_part {
    size_t name;  /* offset of the name */
    size_t start; /* offset of the value */
    size_t end;   /* offset behind the value */
};

/* Finds `name = value` (or `name { ... }`, a call) inside of the braces of `within`, or anywhere if
 * that is NULL. 1 if found, else 0. */
int sim_source_find(const char *text, const struct sim_source_part *within, const char *name,
                    struct sim_source_part *part);

/* Finds the table that the file returns: the last `return { ... }` outside of braces. 1 or 0. */
int sim_source_result(const char *text, struct sim_source_part *part);

/* The line of an offset, from 1. */
uint32_t sim_source_line(const char *text, size_t offset);

/* The unit that the constants written in a part suggest. */
enum sim_unit sim_source_unit(const char *text, const struct sim_source_part *part);

#endif
