/* Reading the table that a scenario returns: each field checked, and each error with its line, what
 * was found, and what is accepted.
 */
#ifndef SIM_SCENARIO_FIELDS_H
#define SIM_SCENARIO_FIELDS_H

#include <stdint.h>
#include <lua.h>
#include "sim/scenario/loader.h"
#include "sim/scenario/source.h"

/* A table on the Lua stack, and where it is written. */
struct sim_fields {
    lua_State *L;
    struct sim_script *script;
    int index;        /* on the stack, absolute */
    const char *what; /* "process 'client'", for messages; lives while this does */
    int written;      /* 1: `part` is where the table is in the text */
    struct sim_source_part part;
};

/* Raises an error about one field of the table, or about the table itself (key NULL). */
_Noreturn void sim_fields_fail(const struct sim_fields *fields, const char *key, const char *format,
                               ...);

/* Describes the table at `index` of the stack, which is field `key` of `parent`; parent NULL is the
 * whole file. */
struct sim_fields sim_fields_open(lua_State *L, struct sim_script *script, int index,
                                  const struct sim_fields *parent, const char *key,
                                  const char *what);

/* Every key of the table is one of `count` names; anything else is an error. */
void sim_fields_only(const struct sim_fields *fields, const char *const *names, uint32_t count);

/* The type of a field, LUA_TNIL if it is not there. */
int sim_fields_type(const struct sim_fields *fields, const char *key);

/* A whole number from low to high; `absent` if the field is not there. */
int64_t sim_fields_number(const struct sim_fields *fields, const char *key, int64_t absent,
                          int64_t low, int64_t high, enum sim_unit unit);

/* A whole number from low to high, or a distribution whose every number is one; `absent`, a constant,
 * if the field is not there. Exponentials, which have no greatest number, are taken only if `endless`
 * is not 0, and if their mean is from low to high. */
struct sim_value sim_fields_value(const struct sim_fields *fields, const char *key, int64_t absent,
                                  int64_t low, int64_t high, enum sim_unit unit, int endless);

/* The same of the Lua value on top of the stack, which is `what` ("think", "word 2 of send"). */
struct sim_value sim_fields_value_top(const struct sim_fields *fields, const char *key,
                                      const char *what, int64_t low, int64_t high,
                                      enum sim_unit unit, int endless);

/* 0 or 1. */
int sim_fields_flag(const struct sim_fields *fields, const char *key, int absent);

/* A string, copied to the arena; NULL if the field is not there. */
const char *sim_fields_text(const struct sim_fields *fields, const char *key);

/* A string, one of the names: its index; `absent` if the field is not there. */
uint32_t sim_fields_choice(const struct sim_fields *fields, const char *key, uint32_t absent,
                           const char *const *names, uint32_t count);

/* The string keys of the table, sorted, copied to the arena. How many. An error if there are
 * others, or more than most. */
uint32_t sim_fields_keys(const struct sim_fields *fields, const char ***keys, uint32_t most);

#endif
