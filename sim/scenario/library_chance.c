#include <lauxlib.h>
#include <lualib.h>
#include "sim/scenario/sandbox.h"

/* Exact on every host; what comes from the host's mathematics library is left out. */
static const char *const kept[] = {"abs", "ceil",       "floor", "fmod",       "huge",
                                   "max", "maxinteger", "min",   "mininteger", "modf",
                                   "pi",  "sqrt",       "type",  "tointeger",  "ult"};

static struct sim_sandbox *with_chance(lua_State *L, const char *name)
{
    struct sim_sandbox *box = sim_sandbox_of(L);
    if (box->phase != SIM_PHASE_BODY)
        luaL_error(L, "%s() is for bodies: outside of them nothing is left to chance", name);
    return box;
}

static int push_draw(lua_State *L, struct sim_sandbox *box, int64_t low, int64_t high)
{
    lua_pushinteger(L, sim_random_between(&box->random, low, high));
    return 1;
}

static int math_random(lua_State *L)
{
    struct sim_sandbox *box = with_chance(L, "math.random");
    int count = lua_gettop(L);
    if (count == 0) {
        lua_pushnumber(L, (lua_Number)(sim_random_next(&box->random) >> 11) * 0x1p-53);
        return 1;
    }
    lua_Integer low = count == 1 ? 1 : luaL_checkinteger(L, 1);
    lua_Integer high = luaL_checkinteger(L, count == 1 ? 1 : 2);
    if (count == 1 && high == 0)
        return push_draw(L, box, LUA_MININTEGER, LUA_MAXINTEGER);
    luaL_argcheck(L, low <= high, count == 1 ? 1 : 2, "interval is empty");
    return push_draw(L, box, low, high);
}

static int math_randomseed(lua_State *L)
{
    return luaL_error(L, "math.randomseed is left out: the seed of the run decides");
}

void sim_library_chance(lua_State *L)
{
    luaL_requiref(L, LUA_MATHLIBNAME, luaopen_math, 0);
    lua_newtable(L);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        lua_getfield(L, -2, kept[i]);
        lua_setfield(L, -2, kept[i]);
    }
    lua_pushcfunction(L, math_random);
    lua_setfield(L, -2, "random");
    lua_pushcfunction(L, math_randomseed);
    lua_setfield(L, -2, "randomseed");
    sim_sandbox_strict(L, "a function of math", 0);
    lua_setglobal(L, LUA_MATHLIBNAME);
    lua_settop(L, 0);
}
