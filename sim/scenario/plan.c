#include "sim/scenario/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <lauxlib.h>
#include <slipway/kernel.h>
#include "sim/kernel_options.h"
#include "sim/machine/cost.h"
#include "sim/scenario/build.h"
#include "sim/scenario/host.h"
#include "sim/scenario/sandbox.h"

#define MAKE_BYTES_DEFAULT ((int64_t)64 << 20)
#define MAKE_BYTES_MAX ((int64_t)64 << 30)
#define ABOUT_BYTES_MAX 200U

/* ---- parts that have no wiring ---------------------------------------------------------------- */

void sim_build_name(const struct sim_fields *fields, const char *key, const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > SIM_PLAN_NAME_BYTES_MAX ||
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != length)
        sim_fields_fail(fields, key, "'%s' is no name: 1 to 24 letters, digits, '_' and '-'", name);
}

const char *sim_build_text(struct sim_builder *builder, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    lua_pushvfstring(builder->L, format, arguments);
    va_end(arguments);
    const char *copy = sim_loader_copy(builder->L, builder->script, lua_tostring(builder->L, -1));
    lua_pop(builder->L, 1);
    return copy;
}

static void build_about(struct sim_builder *builder)
{
    const char *about = sim_fields_text(&builder->root, "about");
    if (about != NULL && (strlen(about) > ABOUT_BYTES_MAX || strchr(about, '\n') != NULL))
        sim_fields_fail(&builder->root, "about", "about is one line of at most %d bytes",
                        (int)ABOUT_BYTES_MAX);
    builder->plan->about = about != NULL ? about : "";
}

/* The CPUs are what the table says, but where the file does not declare the parameter, the user
 * has the last word. */
static void build_machine(struct sim_builder *builder)
{
    static const char *const keys[] = {"cpus", "costs"};
    struct sim_parameter *cpus = builder->script->parameters;
    lua_State *L = builder->L;
    for (uint32_t i = 0; i < builder->script->parameter_count; i++)
        if (strcmp(builder->script->parameters[i].name, "cpus") == 0)
            cpus = &builder->script->parameters[i];
    int type = lua_getfield(L, builder->root.index, "machine");
    int64_t count = cpus->number;
    if (type == LUA_TTABLE) {
        struct sim_fields fields =
            sim_fields_open(L, builder->script, -1, &builder->root, "machine", "machine");
        sim_fields_only(&fields, keys, 2);
        builder->plan->costs = sim_fields_text(&fields, "costs");
        if (builder->plan->costs != NULL && builder->plan->costs[0] == 0)
            sim_fields_fail(
                &fields, "costs",
                "costs is empty: accepted are the name of a preset, as \"" SIM_COSTS_DEFAULT
                "\", and the path of a cost file");
        int64_t written = sim_fields_number(&fields, "cpus", count, 1, K_CPUS_MAX, SIM_UNIT_NONE);
        count = builder->script->cpus_declared || !cpus->given ? written : count;
    } else if (type != LUA_TNIL) {
        sim_fields_fail(&builder->root, "machine",
                        "machine is a table: { cpus = n, costs = \"...\" }");
    }
    lua_pop(L, 1);
    if (count < 1 || count > K_CPUS_MAX)
        sim_fields_fail(&builder->root, "machine",
                        "cpus = %d is out of range: accepted are 1 to %d", (int)count, K_CPUS_MAX);
    builder->plan->cpus = (uint32_t)count;
    if (!builder->script->cpus_declared) {
        cpus->number = count;
        cpus->shown = sim_build_text(builder, "%d", (int)count);
    }
}

/* ---- the kernel's options --------------------------------------------------------------------- */

/* A value as the parser takes it, on top of the stack: numbers are times. */
static void push_option(const struct sim_fields *fields, const char *name)
{
    lua_State *L = fields->L;
    char shown[32];
    int type = lua_getfield(L, fields->index, name);
    if (type == LUA_TBOOLEAN) {
        lua_pushstring(L, lua_toboolean(L, -1) ? "on" : "off");
    } else if (type == LUA_TNUMBER && lua_isinteger(L, -1) && lua_tointeger(L, -1) >= 0) {
        lua_Integer time = lua_tointeger(L, -1);
        if (time % 1000 == 0)
            sim_units_show(time, SIM_UNIT_TIME, shown);
        else /* there is no unit for nanoseconds */
            snprintf(shown, sizeof shown, "%lld.%03dus", (long long)(time / 1000),
                     (int)(time % 1000));
        lua_pushstring(L, shown);
    } else if (type == LUA_TSTRING && strchr(lua_tostring(L, -1), ',') == NULL) {
        return;
    } else {
        sim_library_text_of(L, -1);
        sim_fields_fail(fields, name,
                        "%s = %s is no value: accepted are texts, true and false, and times", name,
                        lua_tostring(L, -1));
    }
    lua_remove(L, -2);
}

/* kernel = { locking = "big", idle = 2*us } becomes "idle=2us,locking=big". */
static void build_kernel(struct sim_builder *builder)
{
    lua_State *L = builder->L;
    struct sim_kernel_options options;
    const char **names;
    char error[512];
    int type = lua_getfield(L, builder->root.index, "kernel");
    builder->plan->kernel = "";
    if (type != LUA_TNIL && type != LUA_TTABLE)
        sim_fields_fail(&builder->root, "kernel",
                        "kernel is a table of options: { locking = \"big\" }");
    if (type == LUA_TTABLE) {
        struct sim_fields fields =
            sim_fields_open(L, builder->script, -1, &builder->root, "kernel", "kernel");
        uint32_t count = sim_fields_keys(&fields, &names, SIM_PLAN_ENTRIES_MAX);
        for (uint32_t i = 0; i < count; i++) {
            push_option(&fields, names[i]);
            const char *one = sim_build_text(builder, "%s=%s", names[i], lua_tostring(L, -1));
            if (sim_kernel_options_parse(one, &options, error, sizeof error) != 0)
                sim_fields_fail(&fields, names[i], "%s", error);
            builder->plan->kernel =
                i == 0 ? one : sim_build_text(builder, "%s,%s", builder->plan->kernel, one);
            lua_pop(L, 1);
        }
    }
    lua_pop(L, 1);
}

/* ---- the whole ----------------------------------------------------------------------------------- */

static const char *hash_of(struct sim_builder *builder)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */
    for (size_t i = 0; i < builder->script->length; i++)
        hash = (hash ^ (unsigned char)builder->script->text[i]) * 0x100000001b3;
    char text[17] = "";
    for (int i = 0; i < 16; i++)
        text[i] = digits[hash >> (60 - 4 * i) & 15];
    return sim_loader_copy(builder->L, builder->script, text);
}

void sim_plan_build(lua_State *L, struct sim_loader *loader)
{
    static const char *const keys[] = {"about",     "machine", "kernel", "devices",
                                       "processes", "expect",  "raw"};
    struct sim_script *script = loader->script;
    struct sim_builder builder = {.L = L, .script = script};
    if (!lua_istable(L, -1))
        sim_sandbox_fail(L, 0, "the file must end with return { ... }: it returned %s",
                         lua_isnil(L, -1) ? "nothing" : luaL_typename(L, -1));
    luaL_checkstack(L, 32, "scenario");
    builder.plan = sim_loader_take(L, script, sizeof *builder.plan);
    builder.root = sim_fields_open(L, script, -1, NULL, NULL, "the scenario");
    sim_fields_only(&builder.root, keys, sizeof keys / sizeof keys[0]);
    struct sim_plan *plan = builder.plan;
    plan->script = script;
    plan->name = script->name;
    plan->path = script->path;
    plan->text = script->text;
    plan->hash = hash_of(&builder);
    plan->raw = script->raw = sim_fields_flag(&builder.root, "raw", 0);
    int expect = sim_fields_type(&builder.root, "expect");
    if (expect != LUA_TNIL && expect != LUA_TFUNCTION)
        sim_fields_fail(&builder.root, "expect",
                        "expect is a function of the result: "
                        "function(r) ... end");
    plan->has_expect = expect == LUA_TFUNCTION;
    build_about(&builder);
    build_machine(&builder);
    build_kernel(&builder);
    sim_build_devices(&builder);
    sim_build_processes(&builder);
    sim_build_sizes(&builder);
    plan->parameters = script->parameters;
    plan->parameter_count = script->parameter_count;
    loader->plan = plan;
}

static int load(lua_State *L)
{
    struct sim_loader *loader = lua_touserdata(L, 1);
    lua_settop(L, 0);
    sim_script_push(L, loader->script);
    sim_params_finish(L, loader);
    sim_plan_build(L, loader);
    return 0;
}

struct sim_plan *sim_plan_load(const char *name_or_path, const struct sim_setting *settings,
                               uint32_t count, char *error, size_t error_bytes)
{
    struct sim_loader loader = {.settings = settings, .setting_count = count};
    struct sim_sandbox box;
    loader.script = sim_find_script(name_or_path, error, error_bytes);
    if (loader.script == NULL)
        return NULL;
    int status = LUA_ERRMEM;
    if (sim_host_open(&box, loader.script, SIM_PHASE_LOAD) == 0) {
        box.loader = &loader;
        status = sim_sandbox_run(&box, load, &loader);
        if (status != LUA_OK)
            sim_sandbox_describe(&box, status, error, error_bytes);
        sim_sandbox_close(&box);
    } else {
        snprintf(error, error_bytes, "%s: the host has no memory left", loader.script->path);
    }
    if (status == LUA_OK)
        return loader.plan;
    sim_script_free(loader.script);
    return NULL;
}

void sim_plan_free(struct sim_plan *plan)
{
    if (plan != NULL)
        sim_script_free(plan->script);
}
