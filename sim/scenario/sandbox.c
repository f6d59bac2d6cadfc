#include "sim/scenario/sandbox.h"

#include <string.h>
#include <lauxlib.h>
#include <slipway/status.h>
#include "sim/scenario/body.h"
#include "sim/scenario/loader.h"
#include "sim/scenario/spell.h"
#include "sim/scenario/text.h"
#include "sim/scenario/units.h"

#define HOOK_INSTRUCTIONS 1000
#define NAMES_MAX 128U

/* ---- memory -------------------------------------------------------------------------------- */

/* Where memory ran out: Lua itself does not say. Only looks, for nothing can be allocated here. */
static void note_line(struct sim_sandbox *box)
{
    lua_Debug record;
    for (int level = 0; box->L != NULL && lua_getstack(box->L, level, &record); level++) {
        lua_getinfo(box->L, "l", &record);
        if (record.currentline > 0) {
            box->line = record.currentline;
            return;
        }
    }
}

static void *allocate(void *argument, void *old, size_t old_bytes, size_t bytes)
{
    struct sim_sandbox *box = argument;
    if (old == NULL)
        old_bytes = 0; /* Lua passes the type of the object instead */
    if (old == NULL && bytes == 0)
        return NULL;
    int over = bytes > old_bytes && bytes - old_bytes > box->bytes_max - box->bytes;
    void *block = over ? NULL : box->resize(box->memory, old, old_bytes, bytes);
    if (bytes > 0 && block == NULL) {
        if (bytes > old_bytes) {
            note_line(box);
            return NULL;
        }
        block = old; /* Lua relies on shrinking, so the block stays as long as it is */
    }
    box->bytes = box->bytes - old_bytes + bytes;
    return block;
}

/* ---- bounds -------------------------------------------------------------------------------- */

void sim_sandbox_end(lua_State *L, const char *why)
{
    struct sim_sandbox *box = sim_sandbox_of(L);
    struct sim_text text;
    if (!box->over) {
        sim_text_init(&text, box->why, sizeof box->why);
        luaL_where(L, 0);
        if (lua_tostring(L, -1)[0] == 0) { /* in a C function: the line that called it */
            lua_pop(L, 1);
            luaL_where(L, 1);
        }
        sim_text_add(&text, lua_tostring(L, -1));
        lua_pop(L, 1);
        sim_text_add(&text, why);
        box->over = 1;
    }
    lua_pushstring(L, box->why);
    lua_error(L);
    __builtin_unreachable();
}

void sim_sandbox_check(lua_State *L)
{
    if (sim_sandbox_of(L)->over)
        sim_sandbox_end(L, "");
}

static void check_instructions(lua_State *L, struct sim_sandbox *box)
{
    if (box->instructions_max == 0 || box->instructions <= box->instructions_max)
        return;
    char why[64];
    struct sim_text text;
    sim_text_init(&text, why, sizeof why);
    sim_text_add(&text,
                 box->phase == SIM_PHASE_EXPECT ? "still going on after " : "still loading after ");
    sim_text_add_number(&text, (int64_t)box->instructions_max);
    sim_text_add(&text, " instructions");
    sim_sandbox_end(L, why);
}

void sim_sandbox_spend(lua_State *L, uint64_t instructions)
{
    struct sim_sandbox *box = sim_sandbox_of(L);
    box->instructions += instructions;
    check_instructions(L, box);
}

static void hook(lua_State *L, lua_Debug *record)
{
    (void)record;
    struct sim_sandbox *box = sim_sandbox_of(L);
    sim_sandbox_check(L);
    sim_sandbox_spend(L, HOOK_INSTRUCTIONS);
    if (box->tick != NULL)
        box->tick(box, L);
}

/* ---- messages ------------------------------------------------------------------------------ */

void sim_sandbox_fail(lua_State *L, uint32_t line, const char *format, ...)
{
    const struct sim_script *script = sim_sandbox_of(L)->script;
    va_list arguments;
    if (line > 0)
        lua_pushfstring(L, "%s:%d: ", script->base, (int)line);
    else
        lua_pushfstring(L, "%s: ", script->base);
    va_start(arguments, format);
    lua_pushvfstring(L, format, arguments);
    va_end(arguments);
    lua_concat(L, 2);
    lua_error(L);
    __builtin_unreachable();
}

/* Pushes the line of the innermost function that is Lua, where level 0 is the message handler. */
static void push_where(lua_State *L)
{
    lua_Debug record;
    for (int level = 1; lua_getstack(L, level, &record); level++) {
        luaL_where(L, level);
        if (lua_tostring(L, -1)[0] != 0)
            return;
        lua_pop(L, 1);
    }
    lua_pushliteral(L, "");
}

/* Gives an error a text and a line, where it has none. */
static int describe_object(lua_State *L)
{
    const struct sim_script *script = sim_sandbox_of(L)->script;
    if (lua_type(L, 1) == LUA_TSTRING) {
        if (strncmp(lua_tostring(L, 1), script->base, strlen(script->base)) == 0)
            return 1;
        push_where(L);
        lua_insert(L, 1);
        lua_concat(L, 2);
        return 1;
    }
    push_where(L);
    int is_integer;
    lua_Integer number = lua_tointegerx(L, 1, &is_integer);
    if (is_integer && number < 0 && number >= INT32_MIN)
        lua_pushfstring(L, "%s, %s", slip_status_name((int32_t)number),
                        slip_status_text((int32_t)number));
    else
        lua_pushfstring(L, "error with a value of type %s", luaL_typename(L, 1));
    lua_concat(L, 2);
    return 1;
}

void sim_sandbox_describe(struct sim_sandbox *box, int status, char *out, size_t bytes)
{
    const struct sim_script *script = box->script;
    const char *what = box->why;
    struct sim_text text;
    if (!box->over && box->L == NULL)
        what = "out of memory";
    else if (!box->over)
        what = lua_type(box->L, -1) == LUA_TSTRING ? lua_tostring(box->L, -1) : "unknown error";
    sim_text_init(&text, out, bytes);
    sim_text_add(&text, script->path);
    if (!box->over && status == LUA_ERRMEM && box->line > 0) {
        sim_text_add(&text, ":");
        sim_text_add_number(&text, box->line);
    }
    size_t base = strlen(script->base);
    if (strncmp(what, script->base, base) == 0 && what[base] == ':')
        what += base; /* the whole path instead of its last part */
    else
        sim_text_add(&text, ": ");
    sim_text_add(&text, what);
    if (box->over || status != LUA_ERRMEM)
        return;
    sim_text_add(&text, ": the state of a script has ");
    sim_text_add_number(&text, (int64_t)(box->bytes_max >> 20));
    sim_text_add(&text, " MiB");
}

int sim_sandbox_run(struct sim_sandbox *box, lua_CFunction function, void *argument)
{
    lua_State *L = box->L;
    lua_settop(L, 0);
    lua_pushcfunction(L, describe_object);
    lua_pushcfunction(L, function);
    lua_pushlightuserdata(L, argument);
    return lua_pcall(L, 1, 0, 1);
}

/* ---- names that must exist ----------------------------------------------------------------- */

/* The string keys of a table in order, so that of two equally near ones it is always the same. */
static uint32_t sorted_names(lua_State *L, int index, const char *names[NAMES_MAX])
{
    uint32_t count = 0;
    index = lua_absindex(L, index);
    for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING || count == NAMES_MAX)
            continue;
        const char *name = lua_tostring(L, -2); /* the table keeps it */
        uint32_t at = count++;
        for (; at > 0 && strcmp(names[at - 1], name) > 0; at--)
            names[at] = names[at - 1];
        names[at] = name;
    }
    return count;
}

const char *sim_sandbox_explain(lua_State *L, int index, const char *word)
{
    const char *names[NAMES_MAX];
    char out[512];
    uint32_t count = sorted_names(L, index, names);
    sim_spell_explain(out, sizeof out, word, names, count);
    return lua_pushstring(L, out);
}

static const char *const absent[] = {"io",         "os",   "debug",         "package",
                                     "require",    "load", "dofile",        "loadfile",
                                     "loadstring", "warn", "collectgarbage"};

static int global_missing(lua_State *L)
{
    const char *names[NAMES_MAX], *nearest;
    if (lua_type(L, 2) != LUA_TSTRING)
        return 0;
    const char *name = lua_tostring(L, 2);
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
        if (strcmp(name, absent[i]) == 0)
            return luaL_error(L, "there is no '%s' here: a scenario reaches nothing of the host",
                              name);
    nearest = sim_spell_nearest(name, names, sorted_names(L, 1, names));
    if (nearest == NULL)
        return luaL_error(L, "nothing is called '%s'", name);
    return luaL_error(L, "nothing is called '%s', did you mean '%s'?", name, nearest);
}

static int key_missing(lua_State *L)
{
    const char *what = lua_tostring(L, lua_upvalueindex(1));
    if (lua_type(L, 2) != LUA_TSTRING)
        return 0;
    sim_sandbox_explain(L, 1, lua_tostring(L, 2));
    return luaL_error(L, "'%s' is not %s: %s", lua_tostring(L, 2), what, lua_tostring(L, -1));
}

static int key_constant(lua_State *L)
{
    const char *what = lua_tostring(L, lua_upvalueindex(1));
    if (lua_type(L, 2) != LUA_TSTRING)
        return luaL_error(L, "%s cannot be set here", what);
    return luaL_error(L, "'%s' cannot be set: it holds %s", lua_tostring(L, 2), what);
}

void sim_sandbox_strict(lua_State *L, const char *what, int flags)
{
    lua_createtable(L, 0, 3);
    lua_pushstring(L, what);
    lua_pushcclosure(L, key_missing, 1);
    lua_setfield(L, -2, "__index");
    if (flags & SIM_STRICT_CONSTANT) {
        lua_pushstring(L, what);
        lua_pushcclosure(L, key_constant, 1);
        lua_setfield(L, -2, "__newindex");
    }
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
}

/* ---- open and close ------------------------------------------------------------------------ */

static void push_constants(lua_State *L)
{
    static const struct {
        const char *name;
        lua_Integer value;
    } constants[] = {
#define STATUS_ROW(name, number, fault, text) {#name, number},
        SLIP_STATUS_MAP(STATUS_ROW)
#undef STATUS_ROW
#define UNIT_ROW(name, value, unit) {name, value},
            SIM_UNIT_MAP(UNIT_ROW)
#undef UNIT_ROW
    };
    for (size_t i = 0; i < sizeof constants / sizeof constants[0]; i++) {
        lua_pushinteger(L, constants[i].value);
        lua_setglobal(L, constants[i].name);
    }
}

static int open_libraries(lua_State *L)
{
    sim_library_base(L);
    sim_library_table(L);
    sim_library_text(L);
    sim_library_chance(L);
    sim_library_value(L);
    push_constants(L);
    sim_binding_common(L);
    lua_pushcfunction(L, sim_params_call);
    lua_setglobal(L, "params");
    lua_pushglobaltable(L);
    lua_createtable(L, 0, 2);
    lua_pushcfunction(L, global_missing);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    return 0;
}

int sim_sandbox_open(struct sim_sandbox *box)
{
    box->bytes = 0;
    box->instructions = 0;
    box->params_line = 0;
    box->line = 0;
    box->over = 0;
    box->L = lua_newstate(allocate, box);
    if (box->L == NULL)
        return -1;
    *(struct sim_sandbox **)lua_getextraspace(box->L) = box;
    if (sim_sandbox_run(box, open_libraries, NULL) != LUA_OK) {
        sim_sandbox_close(box);
        return -1;
    }
    lua_sethook(box->L, hook, LUA_MASKCOUNT, HOOK_INSTRUCTIONS);
    return 0;
}

void sim_sandbox_close(struct sim_sandbox *box)
{
    if (box->L != NULL)
        lua_close(box->L);
    box->L = NULL;
}
