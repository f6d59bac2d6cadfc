/* params{}: the parameters of a scenario, declared by the file and set by the user. */
#include <stdlib.h>
#include <string.h>
#include <lauxlib.h>
#include <slipway/kernel.h>
#include "sim/scenario/loader.h"
#include "sim/scenario/sandbox.h"
#include "sim/scenario/source.h"
#include "sim/scenario/spell.h"
#include "sim/scenario/text.h"

#define PARAMETERS_MAX 64U
#define NAME_BYTES_MAX 31U

enum state { OPEN, RESOLVING, RESOLVED };

/* A parameter on its way. */
struct draft {
    struct sim_parameter *parameter;
    enum state state;
    int computed; /* its default is a function */
    int written;  /* 1: found in the text, at `part` */
    struct sim_source_part part;
    enum sim_unit unit;
    uint32_t line;
};

/* All of them; in the script's arena, since Lua code may keep what points here. */
struct drafts {
    struct sim_loader *loader;
    struct draft *draft;
    uint32_t count;
};

static _Noreturn void fail(lua_State *L, const struct draft *draft, const char *what)
{
    sim_sandbox_fail(L, draft->line, "parameter '%s' %s", draft->parameter->name, what);
}

/* ---- values -------------------------------------------------------------------------------- */

static void push_value(lua_State *L, const struct sim_parameter *parameter)
{
    if (parameter->kind == SIM_PARAMETER_NUMBER)
        lua_pushinteger(L, parameter->number);
    else
        lua_pushstring(L, parameter->text);
}

static uint32_t choice_count(const struct sim_parameter *parameter)
{
    uint32_t count = 0;
    while (parameter->choices[count] != NULL)
        count++;
    return count;
}

static void check_number(lua_State *L, const struct draft *draft, const char *given)
{
    const struct sim_parameter *parameter = draft->parameter;
    char value[32], low[32], high[32];
    if (parameter->number >= parameter->low && parameter->number <= parameter->high)
        return;
    sim_units_show(parameter->number, draft->unit, value);
    sim_units_show(parameter->low, draft->unit, low);
    sim_units_show(parameter->high, draft->unit, high);
    sim_sandbox_fail(L, draft->line, "parameter '%s' = %s is out of range: accepted are %s to %s",
                     parameter->name, given != NULL ? given : value, low, high);
}

static void check_choice(lua_State *L, const struct draft *draft)
{
    const struct sim_parameter *parameter = draft->parameter;
    uint32_t count = choice_count(parameter);
    char out[512];
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(parameter->choices[i], parameter->text) == 0)
            return;
    sim_spell_explain(out, sizeof out, parameter->text, parameter->choices, count);
    sim_sandbox_fail(L, draft->line, "parameter '%s' = '%s' is no choice: %s", parameter->name,
                     parameter->text, out);
}

static void check_value(lua_State *L, const struct draft *draft, const char *given)
{
    switch (draft->parameter->kind) {
    case SIM_PARAMETER_NUMBER:
        check_number(L, draft, given);
        break;
    case SIM_PARAMETER_CHOICE:
        check_choice(L, draft);
        break;
    case SIM_PARAMETER_PATH:
        break;
    }
}

/* Takes the value at the top of the stack as the parameter's default. */
static void take_default(lua_State *L, struct drafts *drafts, struct draft *draft)
{
    struct sim_parameter *parameter = draft->parameter;
    int is_integer;
    if (parameter->kind == SIM_PARAMETER_NUMBER) {
        parameter->number = lua_tointegerx(L, -1, &is_integer);
        if (!is_integer || lua_type(L, -1) != LUA_TNUMBER)
            fail(L, draft, "has a default that is no whole number, but low and high are");
    } else {
        if (lua_type(L, -1) != LUA_TSTRING)
            fail(L, draft, "has a default that is no string");
        parameter->text = sim_loader_copy(L, drafts->loader->script, lua_tostring(L, -1));
    }
    lua_pop(L, 1);
    check_value(L, draft, NULL);
    draft->state = RESOLVED;
}

static void take_setting(lua_State *L, struct drafts *drafts, struct draft *draft,
                         const char *value)
{
    struct sim_parameter *parameter = draft->parameter;
    if (parameter->kind != SIM_PARAMETER_NUMBER) {
        parameter->text = sim_loader_copy(L, drafts->loader->script, value);
    } else if (sim_units_parse(value, &parameter->number) != 0) {
        char low[32], high[32];
        sim_units_show(parameter->low, draft->unit, low);
        sim_units_show(parameter->high, draft->unit, high);
        sim_sandbox_fail(L, draft->line,
                         "parameter '%s' = '%s' is no whole number: accepted are %s to %s, with "
                         "the suffixes " SIM_UNITS_ACCEPTED,
                         parameter->name, value, low, high);
    }
    check_value(L, draft, value);
    parameter->given = 1;
    draft->state = RESOLVED;
}

/* ---- declarations: { default, low, high, help }, { default, { choices }, help }, { "", help } - */

static const char *copy_text(lua_State *L, struct drafts *drafts, struct draft *draft, int field,
                             const char *what)
{
    if (lua_rawgeti(L, -1, field) != LUA_TSTRING)
        fail(L, draft, what);
    const char *copy = sim_loader_copy(L, drafts->loader->script, lua_tostring(L, -1));
    lua_pop(L, 1);
    return copy;
}

static int64_t bound(lua_State *L, struct draft *draft, int field)
{
    int is_integer;
    lua_rawgeti(L, -1, field);
    int64_t value = lua_tointegerx(L, -1, &is_integer);
    if (!is_integer || lua_type(L, -1) != LUA_TNUMBER)
        fail(L, draft, "needs whole numbers as low and high: { default, low, high, \"help\" }");
    lua_pop(L, 1);
    return value;
}

static void read_choices(lua_State *L, struct drafts *drafts, struct draft *draft)
{
    lua_rawgeti(L, -1, 2);
    lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
    if (count < 1 || count > 64)
        fail(L, draft, "needs 1 to 64 choices, all strings");
    const char **choices =
        sim_loader_take(L, drafts->loader->script, ((size_t)count + 1) * sizeof *choices);
    for (lua_Integer i = 0; i < count; i++)
        choices[i] = copy_text(L, drafts, draft, (int)i + 1, "has a choice that is no string");
    lua_pop(L, 1);
    draft->parameter->choices = choices;
}

/* Reads the declaration at the top of the stack, but for its default. */
static void read_declaration(lua_State *L, struct drafts *drafts, struct draft *draft)
{
    struct sim_parameter *parameter = draft->parameter;
    lua_Integer fields = 0, expected;
    if (!lua_istable(L, -1))
        fail(L, draft,
             "must be declared as { default, low, high, \"help\" }, "
             "{ default, { choices }, \"help\" } or { \"\", \"help\" }");
    for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1))
        fields++;
    lua_rawgeti(L, -1, 1);
    draft->computed = lua_isfunction(L, -1);
    int second = lua_rawgeti(L, -2, 2);
    lua_pop(L, 2);
    if (second == LUA_TTABLE) {
        parameter->kind = SIM_PARAMETER_CHOICE;
        read_choices(L, drafts, draft);
        expected = 3;
    } else if (second == LUA_TNUMBER) {
        parameter->kind = SIM_PARAMETER_NUMBER;
        parameter->low = bound(L, draft, 2);
        parameter->high = bound(L, draft, 3);
        if (parameter->low > parameter->high)
            fail(L, draft, "has a low above its high");
        expected = 4;
    } else {
        parameter->kind = SIM_PARAMETER_PATH;
        expected = 2;
    }
    parameter->help = copy_text(L, drafts, draft, (int)expected,
                                "needs a text that explains it as its last entry");
    if (fields != expected)
        fail(L, draft,
             "has an entry too many: { default, low, high, \"help\" }, "
             "{ default, { choices }, \"help\" } or { \"\", \"help\" }");
}

/* ---- defaults that are functions ------------------------------------------------------------ */

/* Resolves a parameter; the declarations are at index 1, the table p at index 2. */
static void resolve(lua_State *L, struct drafts *drafts, struct draft *draft)
{
    if (draft->state == RESOLVED)
        return;
    if (draft->state == RESOLVING)
        fail(L, draft, "has a default that needs itself");
    draft->state = RESOLVING;
    luaL_checkstack(L, 8, "parameters");
    lua_getfield(L, 1, draft->parameter->name);
    lua_rawgeti(L, -1, 1);
    lua_replace(L, -2);
    if (draft->computed) {
        lua_pushvalue(L, 2);
        lua_call(L, 1, 1);
    }
    take_default(L, drafts, draft);
}

/* p.name while the defaults are computed. Upvalues: the drafts, the declarations. */
static int resolve_name(lua_State *L)
{
    struct drafts *drafts = lua_touserdata(L, lua_upvalueindex(1));
    const char *name = luaL_checkstring(L, 2);
    lua_settop(L, 2);
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_insert(L, 1); /* the declarations, p, the name */
    for (uint32_t i = 0; i < drafts->count; i++)
        if (strcmp(drafts->draft[i].parameter->name, name) == 0) {
            resolve(L, drafts, &drafts->draft[i]);
            push_value(L, drafts->draft[i].parameter);
            return 1;
        }
    sim_sandbox_explain(L, 1, name);
    return luaL_error(L, "'%s' is not a parameter: %s", name, lua_tostring(L, -1));
}

static void resolve_all(lua_State *L, struct drafts *drafts)
{
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushlightuserdata(L, drafts);
    lua_pushvalue(L, 1);
    lua_pushcclosure(L, resolve_name, 2);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, 2);
    for (uint32_t i = 0; i < drafts->count; i++)
        resolve(L, drafts, &drafts->draft[i]);
    for (uint32_t i = 0; i < drafts->count; i++) {
        struct sim_parameter *parameter = drafts->draft[i].parameter;
        char number[32];
        parameter->shown = parameter->text;
        if (parameter->kind == SIM_PARAMETER_NUMBER) {
            sim_units_show(parameter->number, drafts->draft[i].unit, number);
            parameter->shown = sim_loader_copy(L, drafts->loader->script, number);
        }
    }
}

/* ---- the drafts in the author's order -------------------------------------------------------- */

static int compare_drafts(const void *left, const void *right)
{
    const struct draft *a = left, *b = right;
    if (a->written != b->written)
        return b->written - a->written;
    if (a->written && a->part.name != b->part.name)
        return a->part.name < b->part.name ? -1 : 1;
    return strcmp(a->parameter->name, b->parameter->name);
}

static void check_name(lua_State *L)
{
    size_t length, good;
    if (lua_type(L, -2) != LUA_TSTRING)
        luaL_error(L, "params: each parameter has a name, as in clients = { 4, 1, 100, \"help\" }");
    const char *name = lua_tolstring(L, -2, &length);
    good = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
    if (length == 0 || good != length || length > NAME_BYTES_MAX)
        luaL_error(L, "params: '%s' is no name: 1 to 31 letters, digits and underscores", name);
}

/* A draft for each declaration of the table at index 1. */
static void make_drafts(lua_State *L, struct drafts *drafts)
{
    struct sim_script *script = drafts->loader->script;
    struct sim_source_part all, *within = NULL;
    uint32_t called = (uint32_t)sim_sandbox_of(L)->params_line;
    if (sim_source_find(script->text, NULL, "params", &all))
        within = &all;
    drafts->draft = sim_loader_take(L, script, (PARAMETERS_MAX + 1) * sizeof *drafts->draft);
    for (lua_pushnil(L); lua_next(L, 1) != 0; lua_pop(L, 1)) {
        struct draft *draft = &drafts->draft[drafts->count];
        check_name(L);
        if (drafts->count == PARAMETERS_MAX)
            luaL_error(L, "params: more than 64 parameters");
        draft->parameter = sim_loader_take(L, script, sizeof *draft->parameter);
        draft->parameter->name = sim_loader_copy(L, script, lua_tostring(L, -2));
        draft->line = called;
        if (within != NULL &&
            sim_source_find(script->text, within, draft->parameter->name, &draft->part)) {
            draft->written = 1;
            draft->line = sim_source_line(script->text, draft->part.name);
            draft->unit = sim_source_unit(script->text, &draft->part);
        }
        drafts->count++;
    }
    qsort(drafts->draft, drafts->count, sizeof *drafts->draft, compare_drafts);
    for (uint32_t i = 0; i < drafts->count; i++) {
        lua_getfield(L, 1, drafts->draft[i].parameter->name);
        read_declaration(L, drafts, &drafts->draft[i]);
        lua_pop(L, 1);
    }
}

static void apply_settings(lua_State *L, struct drafts *drafts)
{
    const struct sim_loader *loader = drafts->loader;
    const char *names[PARAMETERS_MAX + 1];
    char out[512];
    for (uint32_t i = 0; i < drafts->count; i++)
        names[i] = drafts->draft[i].parameter->name;
    for (uint32_t i = 0; i < loader->setting_count; i++) {
        const struct sim_setting *setting = &loader->settings[i];
        struct draft *draft = NULL;
        for (uint32_t j = 0; j < drafts->count; j++)
            if (strcmp(names[j], setting->name) == 0)
                draft = &drafts->draft[j];
        if (draft == NULL) {
            sim_spell_explain(out, sizeof out, setting->name, names, drafts->count);
            sim_sandbox_fail(L, 0, "there is no parameter '%s': %s", setting->name, out);
        }
        take_setting(L, drafts, draft, setting->value);
    }
}

/* What exists in every scenario, where the file does not declare it: put in front. */
static void add_cpus(lua_State *L, struct drafts *drafts)
{
    struct sim_loader *loader = drafts->loader;
    for (uint32_t i = 0; i < drafts->count; i++)
        if (strcmp(drafts->draft[i].parameter->name, "cpus") == 0) {
            loader->script->cpus_declared = 1;
            return;
        }
    struct sim_parameter *cpus = sim_loader_take(L, loader->script, sizeof *cpus);
    *cpus = (struct sim_parameter){.name = "cpus",
                                   .help = "simulated CPUs",
                                   .number = 1,
                                   .low = 1,
                                   .high = K_CPUS_MAX,
                                   .kind = SIM_PARAMETER_NUMBER};
    memmove(drafts->draft + 1, drafts->draft, drafts->count * sizeof *drafts->draft);
    drafts->draft[0] = (struct draft){.parameter = cpus, .state = RESOLVED};
    drafts->count++;
}

/* ---- the Lua function ------------------------------------------------------------------------ */

static void push_resolved(lua_State *L, const struct sim_script *script)
{
    lua_createtable(L, 0, (int)script->parameter_count);
    for (uint32_t i = 0; i < script->parameter_count; i++) {
        push_value(L, &script->parameters[i]);
        lua_setfield(L, -2, script->parameters[i].name);
    }
    sim_sandbox_strict(L, "a parameter", SIM_STRICT_CONSTANT);
}

/* Declares what the table at index 1, the only thing on the stack, says. */
static void declare(lua_State *L, struct sim_loader *loader)
{
    struct sim_script *script = loader->script;
    struct drafts *drafts = sim_loader_take(L, script, sizeof *drafts);
    drafts->loader = loader;
    make_drafts(L, drafts);
    add_cpus(L, drafts);
    apply_settings(L, drafts);
    resolve_all(L, drafts);
    struct sim_parameter *parameters =
        sim_loader_take(L, script, drafts->count * sizeof *parameters);
    for (uint32_t i = 0; i < drafts->count; i++)
        parameters[i] = *drafts->draft[i].parameter;
    script->parameters = parameters;
    script->parameter_count = drafts->count;
}

int sim_params_call(lua_State *L)
{
    struct sim_sandbox *box = sim_sandbox_of(L);
    lua_Debug caller;
    if (box->phase != SIM_PHASE_LOAD)
        return luaL_error(L, "params{} is called once, while the file loads");
    if (box->params_line > 0)
        return luaL_error(L, "params{} is called once; it was called on line %d", box->params_line);
    if (!lua_istable(L, 1) || lua_gettop(L) != 1)
        return luaL_error(L, "params takes one table: params { name = { ... }, ... }");
    box->params_line = 1;
    if (lua_getstack(L, 1, &caller) && lua_getinfo(L, "l", &caller) && caller.currentline > 0)
        box->params_line = caller.currentline;
    if (box->loader != NULL)
        declare(L, box->loader);
    lua_settop(L, 0);
    push_resolved(L, box->script);
    return 1;
}

void sim_params_finish(lua_State *L, struct sim_loader *loader)
{
    if (loader->script->parameters != NULL)
        return;
    if (sim_sandbox_of(L)->params_line > 0)
        luaL_error(L, "params{} failed, and the file went on");
    lua_pushcfunction(L, sim_params_call);
    lua_newtable(L);
    lua_call(L, 1, 0);
}
