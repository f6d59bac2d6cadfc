#include <string.h>
#include <lauxlib.h>
#include <lualib.h>
#include "sim/scenario/sandbox.h"

#define MOVE_MAX 1000000 /* elements that one table.move copies */

/* ---- keys in order ------------------------------------------------------------------------- */

enum rank { NUMBERS, STRINGS, BOOLEANS };

/* A key of a table, with what is needed to compare it; the key itself is in a Lua table beside. */
struct key {
    enum rank rank;
    int is_float;
    lua_Integer index; /* of the key in that table */
    lua_Integer integer;
    lua_Number number;
    const char *text;
    size_t length;
};

static void key_read(lua_State *L, int index, struct key *key)
{
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        key->rank = NUMBERS;
        key->is_float = !lua_isinteger(L, index);
        key->integer = lua_tointeger(L, index);
        key->number = lua_tonumber(L, index);
        break;
    case LUA_TSTRING:
        key->rank = STRINGS;
        key->text = lua_tolstring(L, index, &key->length);
        break;
    case LUA_TBOOLEAN:
        key->rank = BOOLEANS;
        key->integer = lua_toboolean(L, index);
        break;
    default:
        luaL_error(L, "a %s as a key has no order that is the same in every run",
                   luaL_typename(L, index));
    }
}

static int key_before(const struct key *a, const struct key *b)
{
    if (a->rank != b->rank)
        return a->rank < b->rank;
    if (a->rank == STRINGS) {
        size_t common = a->length < b->length ? a->length : b->length;
        int order = memcmp(a->text, b->text, common);
        return order != 0 ? order < 0 : a->length < b->length;
    }
    if (a->rank == NUMBERS && (a->is_float || b->is_float))
        return a->number < b->number;
    return a->integer < b->integer;
}

static void sift_down(struct key *keys, size_t root, size_t count)
{
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && key_before(&keys[child], &keys[child + 1]))
            child++;
        if (!key_before(&keys[root], &keys[child]))
            return;
        struct key spare = keys[root];
        keys[root] = keys[child];
        keys[child] = spare;
    }
}

static void sort_keys(struct key *keys, size_t count)
{
    for (size_t root = count / 2; root-- > 0;)
        sift_down(keys, root, count);
    for (size_t end = count; end-- > 1;) {
        struct key spare = keys[0];
        keys[0] = keys[end];
        keys[end] = spare;
        sift_down(keys, 0, end);
    }
}

/* Pushes a list of the keys of the table at `index`, in order. */
static void push_sorted(lua_State *L, int index)
{
    lua_Integer count = 0;
    lua_newtable(L);
    int found = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
        lua_pushvalue(L, -2);
        lua_rawseti(L, found, ++count);
    }
    sim_sandbox_spend(L, (uint64_t)count * 4);
    struct key *keys = lua_newuserdatauv(L, ((size_t)count + 1) * sizeof *keys, 0);
    for (lua_Integer i = 0; i < count; i++) {
        lua_rawgeti(L, found, i + 1);
        keys[i] = (struct key){.index = i + 1};
        key_read(L, -1, &keys[i]);
        lua_pop(L, 1);
    }
    sort_keys(keys, (size_t)count);
    lua_createtable(L, (int)count, 0);
    for (lua_Integer i = 0; i < count; i++) {
        lua_rawgeti(L, found, keys[i].index);
        lua_rawseti(L, -2, i + 1);
    }
    lua_replace(L, found);
    lua_settop(L, found);
}

/* Upvalues: the table, its keys in order, how many were passed. */
static int pairs_step(lua_State *L)
{
    lua_Integer at = lua_tointeger(L, lua_upvalueindex(3));
    for (;;) {
        lua_settop(L, 0);
        if (lua_rawgeti(L, lua_upvalueindex(2), ++at) == LUA_TNIL)
            return 1;
        lua_pushvalue(L, -1);
        if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
            break; /* else it was removed on the way */
    }
    lua_pushinteger(L, at);
    lua_replace(L, lua_upvalueindex(3));
    return 2;
}

static int base_pairs(lua_State *L)
{
    luaL_checkany(L, 1);
    if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_call(L, 1, 3);
        return 3;
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_pushvalue(L, 1);
    push_sorted(L, 1);
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, pairs_step, 3);
    return 1;
}

/* The first key behind the given one, by order. */
static int base_next(lua_State *L)
{
    struct key given = {0}, best = {0}, other = {0};
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    int first = lua_isnil(L, 2), found = 0;
    uint64_t count = 0;
    if (!first)
        key_read(L, 2, &given);
    lua_pushnil(L); /* 3: the best key so far */
    for (lua_pushnil(L); lua_next(L, 1) != 0; lua_pop(L, 1), count++) {
        key_read(L, -2, &other);
        if ((!first && !key_before(&given, &other)) || (found && !key_before(&other, &best)))
            continue;
        best = other;
        found = 1;
        lua_pushvalue(L, -2);
        lua_replace(L, 3);
    }
    sim_sandbox_spend(L, count);
    lua_settop(L, 3);
    if (!found)
        return 1;
    lua_pushvalue(L, 3);
    lua_rawget(L, 1);
    return 2;
}

/* ---- lists --------------------------------------------------------------------------------- */

static lua_Integer list_length(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    return (lua_Integer)lua_rawlen(L, 1);
}

static int table_insert(lua_State *L)
{
    lua_Integer end = list_length(L) + 1, at = end;
    if (lua_gettop(L) == 3)
        at = luaL_checkinteger(L, 2);
    else if (lua_gettop(L) != 2)
        return luaL_error(L, "table.insert takes a table, maybe a position, and a value");
    luaL_argcheck(L, at >= 1 && at <= end, 2, "position out of bounds");
    sim_sandbox_spend(L, (uint64_t)(end - at));
    for (lua_Integer i = end; i > at; i--) {
        lua_rawgeti(L, 1, i - 1);
        lua_rawseti(L, 1, i);
    }
    lua_rawseti(L, 1, at);
    return 0;
}

static int table_remove(lua_State *L)
{
    lua_Integer end = list_length(L), at = luaL_optinteger(L, 2, end);
    luaL_argcheck(L, (at >= 1 && at <= end + 1) || (end == 0 && at == 0), 2,
                  "position out of bounds");
    lua_rawgeti(L, 1, at);
    sim_sandbox_spend(L, (uint64_t)(end > at ? end - at : 0));
    for (; at < end; at++) {
        lua_rawgeti(L, 1, at + 1);
        lua_rawseti(L, 1, at);
    }
    if (at >= 1) {
        lua_pushnil(L);
        lua_rawseti(L, 1, at);
    }
    return 1;
}

static int table_move(lua_State *L)
{
    lua_Integer from = luaL_checkinteger(L, 2), last = luaL_checkinteger(L, 3);
    lua_Integer to = luaL_checkinteger(L, 4), count = 0;
    int target = lua_isnoneornil(L, 5) ? 1 : 5;
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checktype(L, target, LUA_TTABLE);
    if (last >= from && (__builtin_sub_overflow(last, from, &count) || ++count > MOVE_MAX ||
                         to > LUA_MAXINTEGER - count))
        return luaL_argerror(L, 3, "too many elements to move");
    sim_sandbox_spend(L, (uint64_t)count);
    /* Else it would copy over its own source. */
    int upwards = to <= from || to > last || !lua_rawequal(L, 1, target);
    for (lua_Integer n = 0; n < count; n++) {
        lua_Integer i = upwards ? n : count - 1 - n;
        lua_rawgeti(L, 1, from + i);
        lua_rawseti(L, target, to + i);
    }
    lua_pushvalue(L, target);
    return 1;
}

/* ---- sort: merges runs that grow by two, so equal elements keep their order ------------------ */

#define LIST 1
#define LESS 2
#define SPARE 3

static int is_less(lua_State *L, lua_Integer i, lua_Integer j)
{
    lua_settop(L, SPARE);
    if (lua_isnil(L, LESS)) {
        lua_rawgeti(L, LIST, i);
        lua_rawgeti(L, LIST, j);
        size_t work = 1 + lua_rawlen(L, -1) / 16; /* of a string: its bytes */
        sim_sandbox_spend(L, work);
        return lua_compare(L, -2, -1, LUA_OPLT);
    }
    lua_pushvalue(L, LESS);
    lua_rawgeti(L, LIST, i);
    lua_rawgeti(L, LIST, j);
    lua_call(L, 2, 1);
    return lua_toboolean(L, -1);
}

static void merge(lua_State *L, lua_Integer low, lua_Integer middle, lua_Integer high)
{
    lua_Integer left = low, right = middle;
    for (lua_Integer at = low; at < high; at++) {
        int take_right = left == middle || (right < high && is_less(L, right, left));
        lua_rawgeti(L, LIST, take_right ? right++ : left++);
        lua_rawseti(L, SPARE, at);
    }
    for (lua_Integer at = low; at < high; at++) {
        lua_rawgeti(L, SPARE, at);
        lua_rawseti(L, LIST, at);
    }
}

static int table_sort(lua_State *L)
{
    lua_Integer count = list_length(L);
    if (!lua_isnoneornil(L, LESS))
        luaL_checktype(L, LESS, LUA_TFUNCTION);
    lua_settop(L, LESS);
    lua_createtable(L, (int)count, 0);
    for (lua_Integer run = 1; run < count; run *= 2) {
        sim_sandbox_spend(L, (uint64_t)count);
        for (lua_Integer low = 1; low + run <= count; low += 2 * run)
            merge(L, low, low + run, low + 2 * run <= count ? low + 2 * run : count + 1);
    }
    return 0;
}

/* ---- the library --------------------------------------------------------------------------- */

static const luaL_Reg ours[] = {{"insert", table_insert},
                                {"remove", table_remove},
                                {"move", table_move},
                                {"sort", table_sort},
                                {NULL, NULL}};

void sim_library_table(lua_State *L)
{
    luaL_requiref(L, LUA_TABLIBNAME, luaopen_table, 0);
    luaL_setfuncs(L, ours, 0);
    sim_sandbox_strict(L, "a function of table", 0);
    lua_setglobal(L, LUA_TABLIBNAME);
    lua_pushcfunction(L, base_pairs);
    lua_setglobal(L, "pairs");
    lua_pushcfunction(L, base_next);
    lua_setglobal(L, "next");
}
