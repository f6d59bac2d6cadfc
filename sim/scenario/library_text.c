#define _GNU_SOURCE /* memmem: linear, whatever is looked for */
#include <string.h>
#include <lauxlib.h>
#include <lualib.h>
#include "sim/scenario/sandbox.h"

#define FORMAT_ARGUMENTS_MAX 100

/* Lua's own loops as often as it is told, even where nothing grows. */
static int string_rep(lua_State *L)
{
    size_t length, between;
    const char *text = luaL_checklstring(L, 1, &length);
    lua_Integer count = luaL_checkinteger(L, 2);
    const char *separator = luaL_optlstring(L, 3, "", &between);
    if (count <= 0 || length + between == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    if ((uint64_t)count > sim_sandbox_of(L)->bytes_max / (length + between))
        return luaL_error(L, "not enough memory: string.rep makes too long a text");
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    while (count-- > 0) {
        luaL_addlstring(&buffer, text, length);
        if (count > 0)
            luaL_addlstring(&buffer, separator, between);
    }
    luaL_pushresult(&buffer);
    return 1;
}

static int string_find(lua_State *L)
{
    static const char magic[] = "^$*+?.([%-";
    size_t length, wanted;
    const char *text = luaL_checklstring(L, 1, &length);
    const char *what = luaL_checklstring(L, 2, &wanted);
    lua_Integer from = luaL_optinteger(L, 3, 1);
    if (!lua_toboolean(L, 4) && strpbrk(what, magic) != NULL)
        return luaL_error(L, "string.find takes no patterns: give true as its fourth argument to "
                             "look for the text as it is");
    if (from < 0)
        from = -from > (lua_Integer)length ? 1 : (lua_Integer)length + from + 1;
    if (from < 1)
        from = 1;
    if (from > (lua_Integer)length + 1)
        return lua_pushnil(L), 1;
    const char *found = memmem(text + from - 1, length - (size_t)(from - 1), what, wanted);
    if (found == NULL)
        return lua_pushnil(L), 1;
    lua_pushinteger(L, found - text + 1);
    lua_pushinteger(L, found - text + (lua_Integer)wanted);
    return 2;
}

/* Puts in place of what has an address the text that tostring gives for it. */
static int string_format(lua_State *L)
{
    const char *format = luaL_checkstring(L, 1);
    int argument = 1, count = lua_gettop(L);
    luaL_argcheck(L, count <= FORMAT_ARGUMENTS_MAX, count, "too many arguments");
    for (const char *at = format; (at = strchr(at, '%')) != NULL; at++) {
        at++;
        if (*at == '%')
            continue;
        argument++;
        at += strspn(at, "-+ #0123456789.");
        if (*at == 'p')
            return luaL_error(L, "string.format has no %%p here: nothing shows an address");
        if (*at == 's' && argument <= count) {
            sim_library_text_of(L, argument);
            lua_replace(L, argument);
        }
        if (*at == 0)
            break;
        lua_settop(L, count);
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, count, 1);
    return 1;
}

static int no_patterns(lua_State *L)
{
    return luaL_error(L, "string.%s is left out: one match of a pattern can take for ever",
                      lua_tostring(L, lua_upvalueindex(1)));
}

void sim_library_text(lua_State *L)
{
    static const char *const patterns[] = {"match", "gmatch", "gsub"};
    luaL_requiref(L, LUA_STRLIBNAME, luaopen_string, 0);
    lua_pushnil(L);
    lua_setfield(L, -2, "dump");
    lua_pushcfunction(L, string_rep);
    lua_setfield(L, -2, "rep");
    lua_pushcfunction(L, string_find);
    lua_setfield(L, -2, "find");
    lua_getfield(L, -1, "format");
    lua_pushcclosure(L, string_format, 1);
    lua_setfield(L, -2, "format");
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        lua_pushstring(L, patterns[i]);
        lua_pushcclosure(L, no_patterns, 1);
        lua_setfield(L, -2, patterns[i]);
    }
    sim_sandbox_strict(L, "a function of string", 0);
    lua_setglobal(L, LUA_STRLIBNAME);
    luaL_requiref(L, LUA_UTF8LIBNAME, luaopen_utf8, 0);
    sim_sandbox_strict(L, "a function of utf8", 0);
    lua_setglobal(L, LUA_UTF8LIBNAME);
}
