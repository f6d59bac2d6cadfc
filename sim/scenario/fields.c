#include "sim/scenario/fields.h"

#include <stdarg.h>
#include <string.h>
#include <lauxlib.h>
#include "sim/scenario/sandbox.h"
#include "sim/scenario/spell.h"

static uint32_t line_of(const struct sim_fields *fields, const char *key)
{
    const char *text = fields->script->text;
    struct sim_source_part part;
    if (!fields->written)
        return 0;
    if (key != NULL && sim_source_find(text, &fields->part, key, &part))
        return sim_source_line(text, part.name);
    return sim_source_line(text, fields->part.name);
}

void sim_fields_fail(const struct sim_fields *fields, const char *key, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *message = lua_pushvfstring(fields->L, format, arguments);
    va_end(arguments);
    sim_sandbox_fail(fields->L, line_of(fields, key), "%s: %s", fields->what, message);
}

struct sim_fields sim_fields_open(lua_State *L, struct sim_script *script, int index,
                                  const struct sim_fields *parent, const char *key,
                                  const char *what)
{
    struct sim_fields fields = {L, script, lua_absindex(L, index), what, 0, {0, 0, 0}};
    const char *text = script->text;
    if (parent == NULL)
        fields.written = sim_source_result(text, &fields.part);
    else
        fields.written =
            sim_source_find(text, parent->written ? &parent->part : NULL, key, &fields.part);
    if (!fields.written && parent != NULL) { /* made by a loop: the nearest place around it */
        fields.written = parent->written;
        fields.part = parent->part;
    }
    return fields;
}

void sim_fields_only(const struct sim_fields *fields, const char *const *names, uint32_t count)
{
    lua_State *L = fields->L;
    char out[512];
    for (lua_pushnil(L); lua_next(L, fields->index) != 0; lua_pop(L, 1)) {
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL;
        uint32_t i = 0;
        while (key != NULL && i < count && strcmp(names[i], key) != 0)
            i++;
        if (key == NULL || i == count) {
            sim_spell_explain(out, sizeof out, key == NULL ? "" : key, names, count);
            if (key == NULL)
                sim_fields_fail(fields, NULL, "holds a value without a name: %s", out);
            sim_fields_fail(fields, key, "knows no '%s': %s", key, out);
        }
    }
}

int sim_fields_type(const struct sim_fields *fields, const char *key)
{
    int type = lua_getfield(fields->L, fields->index, key);
    lua_pop(fields->L, 1);
    return type;
}

int64_t sim_fields_number(const struct sim_fields *fields, const char *key, int64_t absent,
                          int64_t low, int64_t high, enum sim_unit unit)
{
    lua_State *L = fields->L;
    char from[32], to[32], shown[32];
    int is_integer, type = lua_getfield(L, fields->index, key);
    int64_t value = lua_tointegerx(L, -1, &is_integer);
    if (type == LUA_TNIL) {
        lua_pop(L, 1);
        return absent;
    }
    sim_units_show(low, unit, from);
    sim_units_show(high, unit, to);
    if (type != LUA_TNUMBER || !is_integer) {
        sim_library_text_of(L, -1);
        sim_fields_fail(fields, key, "%s = %s is no whole number: accepted are %s to %s", key,
                        lua_tostring(L, -1), from, to);
    }
    sim_units_show(value, unit, shown);
    if (value < low || value > high)
        sim_fields_fail(fields, key, "%s = %s is out of range: accepted are %s to %s", key, shown,
                        from, to);
    lua_pop(L, 1);
    return value;
}

/* ---- numbers that are drawn ------------------------------------------------------------------ */

static void check_value(const struct sim_fields *fields, const char *key, const char *what,
                        const struct sim_value *value, int64_t low, int64_t high,
                        enum sim_unit unit, int endless)
{
    char from[32], to[32], shown[32];
    int64_t least, greatest;
    int exponential = value->kind == SIM_VALUE_EXPONENTIAL;
    sim_value_range(value, &least, &greatest);
    if (exponential && !endless)
        sim_fields_fail(fields, key,
                        "%s is exponential, which has no greatest number: accepted are a number, "
                        "uniform, two_point and list",
                        what);
    if (exponential) /* what counts is its mean, rounded up */
        least = greatest = (int64_t)((value->mean + 65535) >> 16);
    sim_units_show(low, unit, from);
    sim_units_show(high, unit, to);
    sim_units_show(least < low ? least : greatest, unit, shown);
    if (least < low || greatest > high)
        sim_fields_fail(fields, key, "%s = %s%s is out of range: accepted are %s to %s", what,
                        exponential         ? "exponential with mean "
                        : least == greatest ? ""
                                            : "a distribution with ",
                        shown, from, to);
}

struct sim_value sim_fields_value_top(const struct sim_fields *fields, const char *key,
                                      const char *what, int64_t low, int64_t high,
                                      enum sim_unit unit, int endless)
{
    lua_State *L = fields->L;
    char from[32], to[32];
    int is_integer;
    const struct sim_lua_value *drawn = luaL_testudata(L, -1, SIM_VALUE_TYPE);
    struct sim_value value = {.low = lua_tointegerx(L, -1, &is_integer)};
    value.high = value.low;
    if (drawn != NULL) {
        value = drawn->value;
        int64_t *copy = sim_loader_take(L, fields->script, value.count * sizeof *copy + 1);
        for (uint32_t i = 0; i < value.count; i++)
            copy[i] = drawn->list[i];
        value.list = copy;
    } else if (!is_integer || lua_type(L, -1) != LUA_TNUMBER) {
        int number = lua_type(L, -1) == LUA_TNUMBER;
        sim_units_show(low, unit, from);
        sim_units_show(high, unit, to);
        sim_library_text_of(L, -1);
        sim_fields_fail(fields, key,
                        "%s = %s is no whole number%s: accepted are %s to %s, uniform(low, high), "
                        "%stwo_point(a, b, percent of a), list{ ... }",
                        what, lua_tostring(L, -1), number ? "" : " and no distribution", from, to,
                        endless ? "exponential(mean), " : "");
    }
    check_value(fields, key, what, &value, low, high, unit, endless);
    return value;
}

struct sim_value sim_fields_value(const struct sim_fields *fields, const char *key, int64_t absent,
                                  int64_t low, int64_t high, enum sim_unit unit, int endless)
{
    lua_State *L = fields->L;
    struct sim_value value = {.low = absent, .high = absent};
    if (lua_getfield(L, fields->index, key) != LUA_TNIL)
        value = sim_fields_value_top(fields, key, key, low, high, unit, endless);
    lua_pop(L, 1);
    return value;
}

int sim_fields_flag(const struct sim_fields *fields, const char *key, int absent)
{
    lua_State *L = fields->L;
    int type = lua_getfield(L, fields->index, key), value = lua_toboolean(L, -1);
    lua_pop(L, 1);
    if (type == LUA_TNIL)
        return absent;
    if (type != LUA_TBOOLEAN)
        sim_fields_fail(fields, key, "%s is a %s: accepted are true and false", key,
                        lua_typename(L, type));
    return value;
}

const char *sim_fields_text(const struct sim_fields *fields, const char *key)
{
    lua_State *L = fields->L;
    const char *copy = NULL;
    int type = lua_getfield(L, fields->index, key);
    if (type == LUA_TSTRING)
        copy = sim_loader_copy(L, fields->script, lua_tostring(L, -1));
    else if (type != LUA_TNIL)
        sim_fields_fail(fields, key, "%s is a %s: it takes a string", key, lua_typename(L, type));
    lua_pop(L, 1);
    return copy;
}

uint32_t sim_fields_choice(const struct sim_fields *fields, const char *key, uint32_t absent,
                           const char *const *names, uint32_t count)
{
    char out[512];
    const char *text = sim_fields_text(fields, key);
    if (text == NULL)
        return absent;
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(names[i], text) == 0)
            return i;
    sim_spell_explain(out, sizeof out, text, names, count);
    sim_fields_fail(fields, key, "%s = '%s' is unknown: %s", key, text, out);
}

uint32_t sim_fields_keys(const struct sim_fields *fields, const char ***keys, uint32_t most)
{
    lua_State *L = fields->L;
    uint32_t count = 0;
    for (lua_pushnil(L); lua_next(L, fields->index) != 0; lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            sim_fields_fail(fields, NULL, "holds a value without a name: write name = { ... }");
        count++;
    }
    if (count > most)
        sim_fields_fail(fields, NULL, "holds %d entries: at most %d", (int)count, (int)most);
    const char **names = sim_loader_take(L, fields->script, ((size_t)count + 1) * sizeof *names);
    count = 0;
    for (lua_pushnil(L); lua_next(L, fields->index) != 0; lua_pop(L, 1)) {
        const char *name = sim_loader_copy(L, fields->script, lua_tostring(L, -2));
        uint32_t at = count++;
        for (; at > 0 && strcmp(names[at - 1], name) > 0; at--)
            names[at] = names[at - 1];
        names[at] = name;
    }
    *keys = names;
    return count;
}
