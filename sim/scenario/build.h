/* From the table that a scenario returns to a plan: what the files that do it share. */
#ifndef SIM_SCENARIO_BUILD_H
#define SIM_SCENARIO_BUILD_H

#include <lua.h>
#include "sim/role/role.h"
#include "sim/scenario/fields.h"
#include "sim/scenario/loader.h"

#define SIM_PLAN_ENTRIES_MAX 1024U  /* processes, devices or links that a scenario writes down */
#define SIM_PLAN_THREADS_MAX 65536U /* of all processes together */
#define SIM_PLAN_NAME_BYTES_MAX 24U /* leaves room for "[1234]" in a process's name */

struct sim_builder {
    lua_State *L;
    struct sim_script *script;
    struct sim_plan *plan;
    struct sim_fields root;        /* the table that the file returned */
    struct sim_fields all;         /* its `processes` */
    struct sim_fields *fields;     /* of each process */
    const struct sim_role **roles; /* of each process; NULL for a body */
    struct sim_plan_process *processes;
    struct sim_plan_endpoint *endpoints;
    struct sim_plan_device *devices;
};

/* Raises an error unless the name is 1 to 24 letters, digits, '_' or '-'. */
void sim_build_name(const struct sim_fields *fields, const char *key, const char *name);

/* Pushes a text in the manner of Lua's own formats, and copies it to the arena. */
const char *sim_build_text(struct sim_builder *builder, const char *format, ...);

/* Fill builder->processes: names, roles, endpoints; then links and all that depends on who serves
 * what. */
void sim_build_processes(struct sim_builder *builder);

/* Fills what a role takes beyond the wiring. */
void sim_build_role(struct sim_builder *builder, uint32_t index);
/* The keys that a role accepts beyond the wiring; how many were added. */
uint32_t sim_build_role_keys(const struct sim_role *role, const char **keys);

/* Sets the depth of each endpoint and the quota of each process. */
void sim_build_sizes(struct sim_builder *builder);

/* Reads the scenario's devices into the plan. */
void sim_build_devices(struct sim_builder *builder);

#endif
