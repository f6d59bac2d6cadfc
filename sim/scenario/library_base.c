#include <string.h>
#include <lauxlib.h>
#include <lualib.h>
#include "sim/scenario/loader.h"
#include "sim/scenario/sandbox.h"

/* Plain Lua's, without what reaches the host or tells where things lie. */
static const char *const kept[] = {"error",  "getmetatable", "ipairs", "rawequal", "rawget",
                                   "rawlen", "rawset",       "select", "tonumber", "type"};

/* ---- text of values ------------------------------------------------------------------------ */

const char *sim_library_text_of(lua_State *L, int index)
{
    index = lua_absindex(L, index);
    if (luaL_callmeta(L, index, "__tostring")) {
        if (!lua_isstring(L, -1))
            luaL_error(L, "__tostring must return a string");
        return lua_tostring(L, -1);
    }
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
    case LUA_TSTRING:
    case LUA_TBOOLEAN:
    case LUA_TNIL:
        return luaL_tolstring(L, index, NULL);
    default: /* all that has an address */
        if (luaL_getmetafield(L, index, "__name") == LUA_TSTRING)
            return lua_tostring(L, -1);
        return lua_pushstring(L, luaL_typename(L, index));
    }
}

static int base_tostring(lua_State *L)
{
    luaL_checkany(L, 1);
    sim_library_text_of(L, 1);
    return 1;
}

/* ---- errors -------------------------------------------------------------------------------- */

static int finish_call(lua_State *L, int status, lua_KContext skip)
{
    if (status == LUA_OK || status == LUA_YIELD)
        return lua_gettop(L) - (int)skip;
    sim_sandbox_check(L);
    lua_pushboolean(L, 0);
    lua_pushvalue(L, -2);
    return 2;
}

static int base_pcall(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_pushboolean(L, 1);
    lua_insert(L, 1);
    int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, finish_call);
    return finish_call(L, status, 0);
}

static int base_xpcall(lua_State *L)
{
    int count = lua_gettop(L);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushboolean(L, 1);
    lua_pushvalue(L, 1);
    lua_rotate(L, 3, 2); /* function, handler, true, function, arguments */
    int status = lua_pcallk(L, count - 2, LUA_MULTRET, 2, 2, finish_call);
    return finish_call(L, status, 2);
}

/* As Lua's, but a status makes a message of its own. */
static int base_assert(lua_State *L)
{
    luaL_checkany(L, 1);
    if (lua_toboolean(L, 1))
        return lua_gettop(L);
    lua_settop(L, 2);
    if (lua_isnil(L, 2))
        return luaL_error(L, "assertion failed");
    return lua_error(L);
}

static int base_setmetatable(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argexpected(L, lua_isnil(L, 2) || lua_istable(L, 2), 2, "nil or table");
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
        return luaL_error(L, "cannot change a protected metatable");
    if (lua_istable(L, 2)) {
        lua_pushliteral(L, "__gc");
        if (lua_rawget(L, 2) != LUA_TNIL)
            return luaL_error(L, "there are no finalizers (__gc) in a scenario");
    }
    lua_settop(L, 2);
    lua_setmetatable(L, 1);
    return 1;
}

/* ---- coroutines: they catch errors as pcall does ------------------------------------------- */

static int guarded(lua_State *L)
{
    int count = lua_gettop(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, count, LUA_MULTRET);
    sim_sandbox_check(L);
    return lua_gettop(L);
}

static void guard(lua_State *L, const char *name)
{
    lua_getfield(L, -1, name);
    lua_pushcclosure(L, guarded, 1);
    lua_setfield(L, -2, name);
}

/* ---- expectations -------------------------------------------------------------------------- */

/* The text of a line of the file, without the blanks around it. */
static void push_line(lua_State *L, const struct sim_script *script, int line)
{
    const char *start = script->text, *end;
    for (int i = 1; i < line && start != NULL; i++) {
        start = strchr(start, '\n');
        start = start == NULL ? NULL : start + 1;
    }
    if (start == NULL)
        start = "";
    start += strspn(start, " \t");
    end = start + strcspn(start, "\r\n");
    while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    lua_pushlstring(L, start, (size_t)(end - start) < 200 ? (size_t)(end - start) : 200);
}

static int base_expect(lua_State *L)
{
    struct sim_sandbox *box = sim_sandbox_of(L);
    lua_Debug caller;
    if (box->phase == SIM_PHASE_LOAD)
        return luaL_error(L, "expect() is for bodies and for the function expect of the scenario");
    luaL_checkany(L, 1);
    if (lua_toboolean(L, 1))
        return 0;
    lua_settop(L, 2);
    luaL_where(L, 1);
    lua_pushliteral(L, "failed: ");
    if (lua_isnil(L, 2)) {
        int known = lua_getstack(L, 1, &caller) && lua_getinfo(L, "l", &caller);
        push_line(L, box->script, known ? caller.currentline : 0);
    } else {
        sim_library_text_of(L, 2);
    }
    lua_concat(L, 3);
    return lua_error(L);
}

/* ---- the globals --------------------------------------------------------------------------- */

static const luaL_Reg ours[] = {{"tostring", base_tostring},
                                {"pcall", base_pcall},
                                {"xpcall", base_xpcall},
                                {"assert", base_assert},
                                {"setmetatable", base_setmetatable},
                                {"expect", base_expect},
                                {NULL, NULL}};

void sim_library_base(lua_State *L)
{
    int globals = lua_gettop(L) + 1, chosen = globals + 1;
    luaL_requiref(L, LUA_GNAME, luaopen_base, 0);
    lua_newtable(L);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        lua_getfield(L, globals, kept[i]);
        lua_setfield(L, chosen, kept[i]);
    }
    luaL_setfuncs(L, ours, 0);
    luaL_requiref(L, LUA_COLIBNAME, luaopen_coroutine, 0);
    guard(L, "resume");
    guard(L, "close");
    sim_sandbox_strict(L, "a function of coroutine", 0);
    lua_setfield(L, chosen, LUA_COLIBNAME);
    for (lua_pushnil(L); lua_next(L, globals) != 0; lua_pop(L, 1)) {
        lua_pushvalue(L, -2);
        lua_pushnil(L);
        lua_rawset(L, globals);
    }
    for (lua_pushnil(L); lua_next(L, chosen) != 0; lua_pop(L, 1)) {
        lua_pushvalue(L, -2);
        lua_pushvalue(L, -2);
        lua_rawset(L, globals);
    }
    lua_settop(L, globals - 1);
}
