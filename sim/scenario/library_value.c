/* Distributions: numbers that a scenario writes down to be drawn later. While a file loads each
 * function makes a distribution; in a body it draws one number at once. */
#include <lauxlib.h>
#include "sim/scenario/sandbox.h"

#define FINE 65536.0        /* struct sim_value keeps means in parts of 2^16 */
#define SHARE 4294967296.0  /* and shares in parts of 2^32 */
#define SECOND 1000000000.0 /* in nanoseconds */

/* ---- making ------------------------------------------------------------------------------------ */

static struct sim_lua_value *push_value(lua_State *L, struct sim_value value)
{
    struct sim_lua_value *made =
        lua_newuserdatauv(L, sizeof *made + value.count * sizeof made->list[0], 0);
    made->value = value;
    made->value.list = made->list;
    made->draw = sim_draw_of(&made->value);
    luaL_setmetatable(L, SIM_VALUE_TYPE);
    return made;
}

static int draw(lua_State *L, struct sim_draw *from)
{
    struct sim_sandbox *box = sim_sandbox_of(L);
    if (box->phase != SIM_PHASE_BODY)
        luaL_error(L, "drawing is for bodies: outside of them nothing is left to chance");
    lua_pushinteger(L, sim_draw_next(from, &box->random));
    return 1;
}

static int make(lua_State *L, struct sim_value value)
{
    struct sim_draw once = sim_draw_of(&value);
    if (sim_sandbox_of(L)->phase == SIM_PHASE_BODY)
        return draw(L, &once);
    push_value(L, value);
    return 1;
}

static int uniform(lua_State *L)
{
    lua_Integer low = luaL_checkinteger(L, 1), high = luaL_checkinteger(L, 2);
    luaL_argcheck(L, low <= high, 2, "interval is empty");
    return make(L, (struct sim_value){.low = low, .high = high});
}

static struct sim_value exponential_of(lua_State *L, double mean, const char *accepted)
{
    /* Written so that what is no number at all fails, too. */
    luaL_argcheck(L, mean > 0 && mean <= (double)SIM_VALUE_MEAN_MAX, 1, accepted);
    uint64_t fine = (uint64_t)(mean * FINE + 0.5);
    luaL_argcheck(L, fine > 0, 1, accepted);
    return (struct sim_value){.kind = SIM_VALUE_EXPONENTIAL, .mean = fine};
}

static int exponential(lua_State *L)
{
    return make(L, exponential_of(L, luaL_checknumber(L, 1),
                                  "a mean above 0 and up to 4398046511104 is accepted"));
}

static int two_point(lua_State *L)
{
    lua_Integer one = luaL_checkinteger(L, 1), other = luaL_checkinteger(L, 2);
    lua_Number percent = luaL_checknumber(L, 3);
    luaL_argcheck(L, percent >= 0 && percent <= 100, 3,
                  "two_point(a, b, percent of a): 0 to 100 percent are accepted");
    return make(L, (struct sim_value){.kind = SIM_VALUE_TWO_POINT,
                                      .low = one,
                                      .high = other,
                                      .share = (uint64_t)(percent * SHARE / 100 + 0.5)});
}

/* list{ ... }: it has a place of its own, so it stays a distribution in a body, too. */
static int list(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Unsigned count = lua_rawlen(L, 1);
    luaL_argcheck(L, count >= 1 && count <= SIM_VALUE_LIST_MAX, 1,
                  "list{ ... } takes 1 to 4096 whole numbers");
    struct sim_lua_value *made =
        push_value(L, (struct sim_value){.kind = SIM_VALUE_LIST, .count = (uint32_t)count});
    for (lua_Unsigned i = 0; i < count; i++) {
        int is_integer;
        lua_rawgeti(L, 1, (lua_Integer)i + 1);
        made->list[i] = lua_tointegerx(L, -1, &is_integer);
        if (!is_integer || lua_type(L, -1) != LUA_TNUMBER)
            luaL_error(L, "list: entry %d is a %s, no whole number", (int)i + 1,
                       luaL_typename(L, -1));
        lua_pop(L, 1);
    }
    return 1;
}

/* ---- arrivals ------------------------------------------------------------------------------------ */

/* Makes an arrival of the distribution of gaps on top of the stack. */
static int push_arrival(lua_State *L)
{
    lua_newuserdatauv(L, 0, 1);
    luaL_setmetatable(L, SIM_ARRIVAL_TYPE);
    lua_insert(L, -2);
    lua_setiuservalue(L, -2, 1);
    return 1;
}

/* poisson(rate): so many a second, in the mean. */
static int poisson(lua_State *L)
{
    lua_Number rate = luaL_checknumber(L, 1);
    luaL_argcheck(L, rate > 0 && rate <= SECOND, 1,
                  "poisson(rate): a rate above 0 and up to 1000000000 a second is accepted");
    push_value(L, exponential_of(L, SECOND / rate, "poisson(rate): the rate is too low"));
    return push_arrival(L);
}

/* every(time), or every(distribution of times). */
static int every(lua_State *L)
{
    int is_integer;
    lua_Integer gap = lua_tointegerx(L, 1, &is_integer);
    lua_settop(L, 1);
    if (luaL_testudata(L, 1, SIM_VALUE_TYPE) != NULL)
        return push_arrival(L);
    luaL_argcheck(L, is_integer && lua_type(L, 1) == LUA_TNUMBER, 1,
                  "every(gap): a time in nanoseconds or a distribution of times is accepted");
    push_value(L, (struct sim_value){.low = gap, .high = gap});
    return push_arrival(L);
}

/* ---- drawing -------------------------------------------------------------------------------------- */

/* A distribution, called: one draw. */
static int value_call(lua_State *L)
{
    struct sim_lua_value *value = luaL_checkudata(L, 1, SIM_VALUE_TYPE);
    return draw(L, &value->draw);
}

/* draw(x): one draw of a distribution; a number is itself, so that a body need not know which of
 * them its scenario has. */
static int draw_any(lua_State *L)
{
    struct sim_lua_value *value = luaL_testudata(L, 1, SIM_VALUE_TYPE);
    if (value != NULL)
        return draw(L, &value->draw);
    if (lua_type(L, 1) != LUA_TNUMBER)
        luaL_argerror(L, 1, "a number or a distribution is accepted");
    lua_settop(L, 1);
    return 1;
}

static void add_type(lua_State *L, const char *type, lua_CFunction call)
{
    luaL_newmetatable(L, type);
    if (call != NULL) {
        lua_pushcfunction(L, call);
        lua_setfield(L, -2, "__call");
    }
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}

void sim_library_value(lua_State *L)
{
    static const luaL_Reg functions[] = {{"uniform", uniform},     {"exponential", exponential},
                                         {"two_point", two_point}, {"list", list},
                                         {"poisson", poisson},     {"every", every},
                                         {"draw", draw_any},       {NULL, NULL}};
    add_type(L, SIM_VALUE_TYPE, value_call);
    add_type(L, SIM_ARRIVAL_TYPE, NULL);
    lua_pushglobaltable(L);
    luaL_setfuncs(L, functions, 0);
    lua_settop(L, 0);
}
