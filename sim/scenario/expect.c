/* What a scenario expects of its result. The function sees the names of the JSON; a name that is
 * not there is an error, null is nil, and so are figures of time where time is not exact. */
#include <stdio.h>
#include <string.h>
#include <jansson.h>
#include <lauxlib.h>
#include "sim/scenario/host.h"

#define DEPTH_MAX 32

struct expectation {
    const struct sim_script *script;
    json_t *result;
    int exact;
};

/* Is this a figure of time? */
static int is_time(const char *key)
{
    static const char *const names[] = {"busy", "blocked", "waiting", "ready", "noise_floor"};
    static const char *const ends[] = {"_ns", "_s"};
    size_t length = strlen(key);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(key, names[i]) == 0)
            return 1;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (length > strlen(ends[i]) && strcmp(key + length - strlen(ends[i]), ends[i]) == 0)
            return 1;
    return 0;
}

/* Upvalue 1: the keys that are there and nil. */
static int missing(lua_State *L)
{
    if (lua_type(L, 2) != LUA_TSTRING)
        return 0;
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
        return 0;
    sim_sandbox_explain(L, 1, lua_tostring(L, 2));
    return luaL_error(L, "the result has no '%s' here: %s", lua_tostring(L, 2),
                      lua_tostring(L, -1));
}

static void push_json(lua_State *L, json_t *value, int exact, int depth);

static void push_object(lua_State *L, json_t *object, int exact, int depth)
{
    const char *key;
    json_t *value;
    lua_createtable(L, 0, (int)json_object_size(object));
    lua_newtable(L); /* what is nil */
    json_object_foreach(object, key, value)
    {
        if (json_is_null(value) || (!exact && is_time(key))) {
            lua_pushboolean(L, 1);
            lua_setfield(L, -2, key);
        } else {
            push_json(L, value, exact, depth + 1);
            lua_setfield(L, -3, key);
        }
    }
    lua_createtable(L, 0, 2);
    lua_insert(L, -2);
    lua_pushcclosure(L, missing, 1);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
}

static void push_json(lua_State *L, json_t *value, int exact, int depth)
{
    if (depth > DEPTH_MAX)
        luaL_error(L, "the result is nested too deeply");
    luaL_checkstack(L, 8, "the result is nested too deeply");
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        push_object(L, value, exact, depth);
        break;
    case JSON_ARRAY:
        lua_createtable(L, (int)json_array_size(value), 0);
        for (size_t i = 0; i < json_array_size(value); i++) {
            push_json(L, json_array_get(value, i), exact, depth + 1);
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
        break;
    case JSON_STRING:
        lua_pushlstring(L, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        lua_pushinteger(L, json_integer_value(value));
        break;
    case JSON_REAL:
        lua_pushnumber(L, json_real_value(value));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        lua_pushboolean(L, json_is_true(value));
        break;
    case JSON_NULL:
        lua_pushnil(L);
        break;
    }
}

/* On the host's stderr: what a scenario prints about its result is for whoever reads along. */
static int print(lua_State *L)
{
    int count = lua_gettop(L);
    for (int i = 1; i <= count; i++) {
        size_t length;
        sim_library_text_of(L, i);
        const char *value = lua_tolstring(L, -1, &length);
        if (i > 1)
            fputc('\t', stderr);
        fwrite(value, 1, length, stderr);
        lua_pop(L, 1);
    }
    fputc('\n', stderr);
    return 0;
}

static int check(lua_State *L)
{
    const struct expectation *expectation = lua_touserdata(L, 1);
    struct sim_sandbox *box = sim_sandbox_of(L);
    lua_settop(L, 0);
    sim_script_push(L, expectation->script);
    lua_getfield(L, 1, "expect");
    if (!lua_isfunction(L, -1))
        return 0;
    box->phase = SIM_PHASE_EXPECT;
    box->instructions = 0;
    lua_pushcfunction(L, print);
    lua_setglobal(L, "print");
    push_object(L, expectation->result, expectation->exact, 0);
    lua_pushboolean(L, expectation->exact);
    lua_setfield(L, -2, "exact");
    lua_pushliteral(L, "processes");
    if (lua_rawget(L, -2) == LUA_TTABLE)
        lua_setfield(L, -2, "process");
    else
        lua_pop(L, 1);
    lua_call(L, 1, 0);
    return 0;
}

static int check_result(const struct sim_plan *plan, json_t *result, char *error,
                        size_t error_bytes)
{
    json_t *exact = json_object_get(result, "exact");
    struct expectation expectation = {plan->script, result,
                                      json_is_true(exact) || json_number_value(exact) != 0};
    struct sim_sandbox box;
    if (sim_host_open(&box, plan->script, SIM_PHASE_LOAD) != 0) {
        snprintf(error, error_bytes, "%s: the host has no memory left", plan->path);
        return 1;
    }
    int status = sim_sandbox_run(&box, check, &expectation);
    if (status != LUA_OK)
        sim_sandbox_describe(&box, status, error, error_bytes);
    sim_sandbox_close(&box);
    return status != LUA_OK;
}

int sim_plan_expect(const struct sim_plan *plan, const char *result_json, char *error,
                    size_t error_bytes)
{
    json_error_t wrong;
    if (!plan->has_expect)
        return 0;
    json_t *result = json_loads(result_json, 0, &wrong);
    if (!json_is_object(result)) {
        snprintf(error, error_bytes, "%s: the result is no JSON object: %s", plan->path,
                 result == NULL ? wrong.text : "another kind of value");
        json_decref(result);
        return 1;
    }
    int failed = check_result(plan, result, error, error_bytes);
    json_decref(result);
    return failed;
}
