/* What bodies call as plain functions: time, printing; and how arguments and results travel. */
#include <string.h>
#include <lauxlib.h>
#include <slipway/slipway.h>
#include "sim/scenario/body.h"
#include "sim/scenario/spell.h"
#include "sim/scenario/text.h"

struct sim_body *sim_body_of(lua_State *L, const char *name, enum sim_use use)
{
    struct sim_sandbox *box = sim_sandbox_of(L);
    struct sim_body *body = box->body;
    if (body == NULL || box->phase != SIM_PHASE_BODY) {
        luaL_error(L, "%s() is for bodies: the file itself has no clock, no chance and no calls",
                   name);
        return NULL;
    }
    const struct sim_role_context *context = body->context;
    if (use == SIM_USE_RAW && !context->plan->raw)
        luaL_error(L, "%s() is for scenarios with raw = true: others use links", name);
    if (use == SIM_USE_LINK && context->plan->raw)
        luaL_error(L,
                   "%s() is for scenarios with a design: with raw = true, bodies make system "
                   "calls",
                   name);
    body->quiet = 0;
    if (context->process->bounded && atomic_load(&context->control->stop)) {
        body->stopped = 1;
        sim_sandbox_end(L, "stopped");
    }
    return body;
}

/* ---- arguments ---------------------------------------------------------------------------------- */

slip_time_t sim_argument_time(lua_State *L, int index)
{
    int is_integer;
    if (lua_isnoneornil(L, index))
        return SLIP_NEVER;
    lua_Integer time = lua_tointegerx(L, index, &is_integer);
    if (is_integer)
        return time < 0 ? 0 : (slip_time_t)time;
    lua_Number number = luaL_checknumber(L, index);
    if (number >= 0x1p63)
        return SLIP_NEVER;
    return number > 0 ? (slip_time_t)number : 0;
}

int sim_argument_option(lua_State *L, int index, const char *name)
{
    if (lua_isnoneornil(L, index)) {
        lua_pushnil(L);
        return LUA_TNIL;
    }
    return lua_getfield(L, index, name);
}

void sim_argument_options(lua_State *L, int index, const char *const *names)
{
    if (lua_isnoneornil(L, index))
        return;
    luaL_checktype(L, index, LUA_TTABLE);
    lua_createtable(L, 0, 8);
    for (; *names != NULL; names++) {
        lua_pushboolean(L, 1);
        lua_setfield(L, -2, *names);
    }
    for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            luaL_argerror(L, index, "options are written name = value");
        lua_pushvalue(L, -2);
        if (lua_rawget(L, -4) == LUA_TNIL) {
            const char *name = lua_tostring(L, -3);
            const char *help = sim_sandbox_explain(L, -4, name);
            luaL_argerror(L, index, lua_pushfstring(L, "unknown option '%s': %s", name, help));
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

uint64_t sim_argument_number(lua_State *L, int index, const char *name, uint64_t absent)
{
    int is_integer = 1;
    if (sim_argument_option(L, index, name) != LUA_TNIL)
        absent = (uint64_t)lua_tointegerx(L, -1, &is_integer);
    if (!is_integer)
        luaL_error(L, "%s is a %s, no whole number", name, luaL_typename(L, -1));
    lua_pop(L, 1);
    return absent;
}

int sim_argument_choice(lua_State *L, int index, const char *name, const char *const *names,
                        int absent)
{
    char out[256];
    uint32_t count = 0;
    if (sim_argument_option(L, index, name) == LUA_TNIL) {
        lua_pop(L, 1);
        return absent;
    }
    const char *value = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    for (; names[count] != NULL; count++)
        if (strcmp(names[count], value) == 0) {
            lua_pop(L, 1);
            return (int)count;
        }
    sim_spell_explain(out, sizeof out, value, names, count);
    return luaL_error(L, "%s = '%s' is unknown: %s", name, value, out);
}

uint32_t sim_argument_words(lua_State *L, int index, uint64_t *words, uint32_t most)
{
    if (lua_isnoneornil(L, index))
        return 0;
    luaL_checktype(L, index, LUA_TTABLE);
    lua_Unsigned count = lua_rawlen(L, index);
    if (count > most)
        luaL_argerror(L, index,
                      lua_pushfstring(L, "%d entries, at most %d", (int)count, (int)most));
    for (lua_Unsigned i = 0; i < count; i++) {
        int is_integer;
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        words[i] = (uint64_t)lua_tointegerx(L, -1, &is_integer);
        if (!is_integer)
            luaL_argerror(L, index,
                          lua_pushfstring(L, "entry %d is a %s, no whole number", (int)i + 1,
                                          luaL_typename(L, -1)));
        lua_pop(L, 1);
    }
    return (uint32_t)count;
}

slip_handle_t sim_argument_handle(lua_State *L, int index)
{
    const struct sim_lua_buffer *buffer = luaL_testudata(L, index, SIM_BUFFER_TYPE);
    return buffer != NULL ? buffer->handle : (slip_handle_t)luaL_checkinteger(L, index);
}

uint32_t sim_argument_small(lua_State *L, int index)
{
    lua_Integer number = luaL_checkinteger(L, index);
    luaL_argcheck(L, number >= 0 && number <= UINT32_MAX, index, "out of range");
    return (uint32_t)number;
}

/* ---- results ------------------------------------------------------------------------------------ */

int sim_result(lua_State *L, const char *name, slip_status_t status)
{
    if (status == SLIP_OK) {
        lua_pushboolean(L, 1);
        return 1;
    }
    if (slip_status_fault(status)[0] == 'c')
        return luaL_error(L, "%s: %s, %s", name, slip_status_name(status),
                          slip_status_text(status));
    lua_pushnil(L);
    lua_pushinteger(L, status);
    return 2;
}

/* ---- functions ---------------------------------------------------------------------------------- */

static int now(lua_State *L)
{
    sim_body_of(L, "now", SIM_USE_BODY);
    lua_pushinteger(L, (lua_Integer)slip_clock_now());
    return 1;
}

static int compute(lua_State *L)
{
    sim_body_of(L, "compute", SIM_USE_BODY);
    luaL_checknumber(L, 1);
    slip_time_t duration = sim_argument_time(L, 1);
    luaL_argcheck(L, duration != SLIP_NEVER, 1, "a time in nanoseconds");
    slip_thread_compute(duration);
    return 0;
}

static int sleep_until(lua_State *L)
{
    sim_body_of(L, "sleep_until", SIM_USE_BODY);
    luaL_checknumber(L, 1);
    slip_thread_sleep_until(sim_argument_time(L, 1));
    return 0;
}

static int yield(lua_State *L)
{
    sim_body_of(L, "yield", SIM_USE_BODY);
    slip_thread_yield();
    return 0;
}

static int print(lua_State *L)
{
    char line[SLIP_PRINT_BYTES_MAX];
    struct sim_text text;
    int count = lua_gettop(L);
    sim_body_of(L, "print", SIM_USE_BODY);
    sim_text_init(&text, line, sizeof line - 1);
    for (int i = 1; i <= count; i++) {
        size_t length;
        sim_library_text_of(L, i);
        const char *value = lua_tolstring(L, -1, &length);
        if (i > 1)
            sim_text_add(&text, "\t");
        sim_text_add_part(&text, value, length);
        lua_pop(L, 1);
    }
    line[text.length++] = '\n';
    slip_debug_write(line, text.length);
    return 0;
}

void sim_binding_type(lua_State *L, const char *type, const luaL_Reg *methods)
{
    luaL_newmetatable(L, type);
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    lua_pushfstring(L, "a method of a %s", type);
    lua_insert(L, -2);
    sim_sandbox_strict(L, lua_tostring(L, -2), SIM_STRICT_CONSTANT);
    lua_setfield(L, -3, "__index");
    lua_pop(L, 1);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}

void sim_binding_common(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"now", now},     {"compute", compute}, {"sleep_until", sleep_until},
        {"yield", yield}, {"print", print},     {NULL, NULL}};
    lua_pushglobaltable(L);
    luaL_setfuncs(L, functions, 0);
    lua_pop(L, 1);
    sim_binding_buffer(L);
    sim_binding_link(L);
    sim_binding_raw(L);
    sim_binding_endpoint(L);
}
