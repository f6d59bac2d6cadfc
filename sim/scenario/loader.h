/* What the files of this folder share about a script: the loaded file, and the state of loading it
 * on the host.
 *
 * The arena owns the script itself, the plan that is made of it, and every name in both; it goes
 * with sim_plan_free.
 */
#ifndef SIM_SCENARIO_LOADER_H
#define SIM_SCENARIO_LOADER_H

#include <stdatomic.h>
#include <lua.h>
#include "sim/scenario/arena.h"
#include "sim/scenario/plan.h"

#define SIM_SCRIPT_FAILURE_BYTES 512

struct sim_script {
    struct sim_arena arena;
    /* constant once loaded */
    const char *path; /* as a user would name it, for messages */
    const char *base; /* the last part of it, which is what Lua puts into messages */
    const char *name; /* base without ".lua" */
    const char *text;
    size_t length;
    struct sim_parameter *parameters;
    uint32_t parameter_count;
    int cpus_declared; /* 1: by the file, 0: added */
    int raw;
    /* atomic: written by failing bodies; claimed is taken before first is written, failures is
     * counted (release) after it */
    atomic_int claimed;
    atomic_uint_least64_t failures;
    char first[SIM_SCRIPT_FAILURE_BYTES];
};

struct sim_loader {
    struct sim_script *script; /* being filled */
    const struct sim_setting *settings;
    uint32_t setting_count;
    struct sim_plan *plan; /* out */
};

/* Memory of the script's arena; raises a Lua error if there is none. */
void *sim_loader_take(lua_State *L, struct sim_script *script, size_t bytes);
char *sim_loader_copy(lua_State *L, struct sim_script *script, const char *text);

/* Loads the text and calls it: pushes what it returns. Raises its errors. */
void sim_script_push(lua_State *L, const struct sim_script *script);

/* The Lua function params{}: while the host loads, declares and resolves; later, gives back what
 * was resolved. */
int sim_params_call(lua_State *L);

/* Declares what exists in every scenario, where the file did not call params{}. */
void sim_params_finish(lua_State *L, struct sim_loader *loader);

/* Makes loader->plan of the table on top of the stack. Raises errors. */
void sim_plan_build(lua_State *L, struct sim_loader *loader);

/* Reads the file of a scenario, by name or by path, into a new script. NULL, and a message. */
struct sim_script *sim_find_script(const char *name_or_path, char *error, size_t error_bytes);

#endif
