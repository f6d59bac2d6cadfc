/* Processes, endpoints and links: the wiring of a plan, by name. */
#include <string.h>
#include <lauxlib.h>
#include <slipway/types.h>
#include "sim/scenario/build.h"
#include "sim/scenario/sandbox.h"
#include "sim/scenario/spell.h"

#define COUNT_MAX 65536
#define THREADS_MAX 1024
#define KEYS_MAX 24U

/* ---- role or body ------------------------------------------------------------------------------ */

static const struct sim_role *read_role(struct sim_builder *builder,
                                        const struct sim_fields *fields)
{
    const char *names[64];
    uint32_t count = 0;
    const struct sim_role *role;
    const char *name = sim_fields_text(fields, "role");
    if (name == NULL)
        return NULL;
    for (; count < 64 && (role = sim_role_nth(count)) != NULL; count++)
        names[count] = role->name;
    role = sim_role_find(name);
    if (role == NULL) {
        char out[512];
        sim_spell_explain(out, sizeof out, name, names, count);
        sim_fields_fail(fields, "role", "role '%s' is unknown: %s", name, out);
    }
    if (builder->plan->raw)
        sim_fields_fail(fields, "role",
                        "role '%s' needs a design, and raw = true has none: "
                        "accepted is body = a function",
                        name);
    return role;
}

static void read_kind(struct sim_builder *builder, uint32_t index)
{
    const struct sim_fields *fields = &builder->fields[index];
    int body = sim_fields_type(fields, "body"), role = sim_fields_type(fields, "role");
    if (body != LUA_TNIL && role != LUA_TNIL)
        sim_fields_fail(fields, "body", "has a role and a body: accepted is one of them");
    if (body == LUA_TNIL && role == LUA_TNIL)
        sim_fields_fail(fields, NULL, "has neither a role nor a body: accepted is one of them");
    if (body != LUA_TNIL && body != LUA_TFUNCTION)
        sim_fields_fail(fields, "body", "body is a %s: it takes a function",
                        lua_typename(builder->L, body));
    builder->roles[index] = read_role(builder, fields);
    if (builder->roles[index] != NULL)
        builder->processes[index].role = builder->roles[index]->name;
    else
        builder->processes[index].body = (int)index + 1;
}

static void check_keys(struct sim_builder *builder, uint32_t index)
{
    const struct sim_role *role = builder->roles[index];
    const char *keys[KEYS_MAX];
    uint32_t count = 0;
    keys[count++] = role != NULL ? "role" : "body";
    keys[count++] = "count";
    keys[count++] = "threads";
    keys[count++] = "cpu";
    keys[count++] = "place";
    keys[count++] = "priority";
    if (role == NULL || role->bounded)
        keys[count++] = "waits";
    if (role == NULL || role->serves)
        keys[count++] = "serves";
    if (role == NULL || role->connects)
        keys[count++] = "connects";
    if (role == NULL || role->device)
        keys[count++] = "device";
    if (role != NULL)
        count += sim_build_role_keys(role, keys + count);
    sim_fields_only(&builder->fields[index], keys, count);
}

/* A role says of serves, connects and device: 0 must not, 1 must, 2 may. */
static void check_wiring(const struct sim_fields *fields, const struct sim_role *role)
{
    static const char *const keys[] = {"serves", "connects", "device"};
    if (role == NULL)
        return;
    const int rules[] = {role->serves, role->connects, role->device};
    for (int i = 0; i < 3; i++)
        if (rules[i] == 1 && sim_fields_type(fields, keys[i]) == LUA_TNIL)
            sim_fields_fail(fields, NULL, "needs %s: the role %s cannot do without", keys[i],
                            role->name);
}

/* ---- what every process has ---------------------------------------------------------------------- */

static int read_bounded(struct sim_builder *builder, uint32_t index)
{
    const struct sim_fields *fields = &builder->fields[index];
    const struct sim_role *role = builder->roles[index];
    int waits = sim_fields_flag(fields, "waits", role != NULL && role->bounded);
    if (role != NULL && !waits && role->bounded)
        sim_fields_fail(fields, "waits", "waits = false: the end of a %s is always awaited",
                        role->name);
    return waits;
}

/* place = "pairs", "spread" or "one", all of them from `cpu` on. */
static void read_place(struct sim_builder *builder, uint32_t index)
{
    static const char *const names[] = {"one", "pairs", "spread"};
    static const enum sim_place places[] = {SIM_PLACE_ONE, SIM_PLACE_PAIRS, SIM_PLACE_SPREAD};
    struct sim_plan_process *process = &builder->processes[index];
    uint32_t written = sim_fields_choice(&builder->fields[index], "place", UINT32_MAX, names, 3);
    process->cpus = builder->plan->cpus;
    if (written == UINT32_MAX)
        return;
    process->place = places[written];
    if (process->place == SIM_PLACE_ONE && process->cpu == SLIP_CPU_ANY)
        process->cpu = 0;
}

static void read_common(struct sim_builder *builder, uint32_t index)
{
    const struct sim_fields *fields = &builder->fields[index];
    struct sim_plan_process *process = &builder->processes[index];
    process->count = (uint32_t)sim_fields_number(fields, "count", 1, 1, COUNT_MAX, SIM_UNIT_NONE);
    process->threads =
        (uint32_t)sim_fields_number(fields, "threads", 1, 1, THREADS_MAX, SIM_UNIT_NONE);
    process->priority = (uint32_t)sim_fields_number(fields, "priority", SLIP_PRIORITY_DEFAULT, 0,
                                                    SLIP_PRIORITY_MAX, SIM_UNIT_NONE);
    process->cpu = (uint32_t)sim_fields_number(fields, "cpu", SLIP_CPU_ANY, 0,
                                               builder->plan->cpus - 1, SIM_UNIT_NONE);
    read_place(builder, index);
    process->bounded = read_bounded(builder, index);
    process->serves = UINT32_MAX;
    process->device = UINT32_MAX;
}

static void read_device(struct sim_builder *builder, uint32_t index)
{
    const struct sim_plan *plan = builder->plan;
    const struct sim_fields *fields = &builder->fields[index];
    char out[512];
    const char *name = sim_fields_text(fields, "device");
    if (name == NULL)
        return;
    for (uint32_t i = 0; i < plan->device_count; i++)
        if (strcmp(plan->devices[i].name, name) == 0) {
            builder->processes[index].device = i;
            return;
        }
    const char **names =
        sim_loader_take(builder->L, builder->script, plan->device_count * sizeof *names + 1);
    for (uint32_t i = 0; i < plan->device_count; i++)
        names[i] = plan->devices[i].name;
    sim_spell_explain(out, sizeof out, name, names, plan->device_count);
    sim_fields_fail(fields, "device", "device '%s' is not among the devices: %s", name, out);
}

/* ---- endpoints ------------------------------------------------------------------------------------ */

static void read_serves(struct sim_builder *builder, uint32_t index)
{
    struct sim_plan *plan = builder->plan;
    struct sim_plan_process *process = &builder->processes[index];
    const char *name = sim_fields_text(&builder->fields[index], "serves");
    if (name == NULL)
        return;
    sim_build_name(&builder->fields[index], "serves", name);
    for (uint32_t i = 0; i < plan->endpoint_count; i++)
        if (strcmp(builder->endpoints[i].name, name) == 0)
            sim_fields_fail(&builder->fields[index], "serves",
                            "serves '%s', which process '%s' serves already", name,
                            builder->processes[builder->endpoints[i].process].name);
    process->serves = plan->endpoint_count;
    for (uint32_t i = 0; i < process->count; i++)
        builder->endpoints[plan->endpoint_count++] =
            (struct sim_plan_endpoint){.name = name, .index = i + 1, .process = index};
}

/* ---- links ---------------------------------------------------------------------------------------- */

/* own = true: instance i of the client to instance i of the server; with fewer servers, by turns. */
static void resolve_own(struct sim_builder *builder, uint32_t index, struct sim_plan_link *link,
                        const struct sim_plan_process *server)
{
    uint32_t clients = builder->processes[index].count;
    if (clients % server->count != 0)
        sim_fields_fail(&builder->fields[index], "connects",
                        "connects to '%s' with own = true, but its count = %d is no multiple of "
                        "count = %d of process '%s'",
                        link->name, (int)clients, (int)server->count, server->name);
    link->own = server->count;
    link->count = 1;
}

static void resolve_link(struct sim_builder *builder, uint32_t index, struct sim_plan_link *link)
{
    const struct sim_plan *plan = builder->plan;
    char out[512];
    for (uint32_t i = 0; i < plan->process_count; i++) {
        const struct sim_plan_process *server = &builder->processes[i];
        if (server->serves == UINT32_MAX ||
            strcmp(builder->endpoints[server->serves].name, link->name) != 0)
            continue;
        link->first = server->serves;
        link->count = server->count;
        if (link->own != 0)
            resolve_own(builder, index, link, server);
        return;
    }
    uint32_t count = 0;
    const char **names =
        sim_loader_take(builder->L, builder->script, plan->process_count * sizeof *names + 1);
    for (uint32_t i = 0; i < plan->process_count; i++)
        if (builder->processes[i].serves != UINT32_MAX)
            names[count++] = builder->endpoints[builder->processes[i].serves].name;
    sim_spell_explain(out, sizeof out, link->name, names, count);
    sim_fields_fail(&builder->fields[index], "connects",
                    "connects to '%s', which nobody serves: %s", link->name, out);
}

/* connects = { name = { depth = n } }, the table at the top of the stack. */
static struct sim_plan_link *read_link_table(struct sim_builder *builder, uint32_t index,
                                             uint32_t *count)
{
    static const char *const keys[] = {"depth", "own"};
    const struct sim_fields *parent = &builder->fields[index];
    lua_State *L = builder->L;
    const char **names;
    struct sim_fields all = sim_fields_open(L, builder->script, -1, parent, "connects",
                                            sim_build_text(builder, "%s: connects", parent->what));
    *count = sim_fields_keys(&all, &names, SIM_PLAN_ENTRIES_MAX);
    struct sim_plan_link *links = sim_loader_take(L, builder->script, *count * sizeof *links + 1);
    for (uint32_t i = 0; i < *count; i++) {
        if (lua_getfield(L, all.index, names[i]) != LUA_TTABLE)
            sim_fields_fail(&all, names[i], "'%s' is no table: %s = { depth = n }", names[i],
                            names[i]);
        struct sim_fields fields =
            sim_fields_open(L, builder->script, -1, &all, names[i], all.what);
        sim_fields_only(&fields, keys, 2);
        links[i].name = names[i];
        links[i].own = (uint32_t)sim_fields_flag(&fields, "own", 0);
        links[i].depth =
            (uint32_t)sim_fields_number(&fields, "depth", 1, 1, SLIP_PORT_DEPTH_MAX, SIM_UNIT_NONE);
        lua_pop(L, 1);
    }
    return links;
}

static void read_links(struct sim_builder *builder, uint32_t index)
{
    struct sim_plan_process *process = &builder->processes[index];
    struct sim_plan_link *links = NULL;
    lua_State *L = builder->L;
    int type = lua_getfield(L, builder->fields[index].index, "connects");
    if (type == LUA_TSTRING) {
        links = sim_loader_take(L, builder->script, sizeof *links);
        *links = (struct sim_plan_link){
            .name = sim_loader_copy(L, builder->script, lua_tostring(L, -1)), .depth = 1};
        process->link_count = 1;
    } else if (type == LUA_TTABLE) {
        links = read_link_table(builder, index, &process->link_count);
    } else if (type != LUA_TNIL) {
        sim_fields_fail(&builder->fields[index], "connects",
                        "connects is a %s: accepted are \"name\" and { name = { depth = n } }",
                        luaL_typename(L, -1));
    }
    lua_pop(L, 1);
    for (uint32_t i = 0; links != NULL && i < process->link_count; i++)
        resolve_link(builder, index, &links[i]);
    process->links = links;
    /* One wait for requests and completions needs the endpoint in the thread's own port, and an
     * endpoint is attached to one port. */
    if (!builder->plan->raw && process->threads > 1 && process->link_count > 0 &&
        process->serves != UINT32_MAX)
        sim_fields_fail(&builder->fields[index], "threads",
                        "serves and connects with %d threads: accepted is 1; take count = %d",
                        (int)process->threads, (int)process->threads);
}

/* ---- all of them ------------------------------------------------------------------------------------ */

/* Leaves the table of each process on the stack, for the fields to refer to. */
static void open_processes(struct sim_builder *builder)
{
    lua_State *L = builder->L;
    const char **names;
    if (lua_getfield(L, builder->root.index, "processes") != LUA_TTABLE)
        sim_fields_fail(&builder->root, "processes",
                        "needs processes, a table: processes = { name = { ... } }");
    builder->all =
        sim_fields_open(L, builder->script, -1, &builder->root, "processes", "processes");
    uint32_t count = sim_fields_keys(&builder->all, &names, SIM_PLAN_ENTRIES_MAX);
    if (count == 0)
        sim_fields_fail(&builder->all, NULL, "is empty: accepted is at least one process");
    luaL_checkstack(L, (int)count + 32, "processes");
    builder->processes = sim_loader_take(L, builder->script, count * sizeof *builder->processes);
    builder->fields = sim_loader_take(L, builder->script, count * sizeof *builder->fields);
    builder->roles = sim_loader_take(L, builder->script, count * sizeof(void *));
    for (uint32_t i = 0; i < count; i++) {
        sim_build_name(&builder->all, names[i], names[i]);
        if (lua_getfield(L, builder->all.index, names[i]) != LUA_TTABLE)
            sim_fields_fail(&builder->all, names[i], "'%s' is no table: %s = { role = ... }",
                            names[i], names[i]);
        builder->processes[i].name = names[i];
        builder->fields[i] = sim_fields_open(L, builder->script, -1, &builder->all, names[i],
                                             sim_build_text(builder, "process '%s'", names[i]));
    }
    builder->plan->processes = builder->processes;
    builder->plan->process_count = count;
}

static void check_totals(struct sim_builder *builder)
{
    const struct sim_plan *plan = builder->plan;
    uint64_t threads = 0;
    int bounded = 0;
    for (uint32_t i = 0; i < plan->process_count; i++) {
        threads += (uint64_t)plan->processes[i].count * plan->processes[i].threads;
        bounded |= plan->processes[i].bounded;
    }
    if (threads > SIM_PLAN_THREADS_MAX)
        sim_fields_fail(&builder->all, NULL, "has %d threads in all: at most %d", (int)threads,
                        (int)SIM_PLAN_THREADS_MAX);
    if (!bounded)
        sim_fields_fail(&builder->all, NULL,
                        "nothing would ever end the run: at least one process "
                        "is a client or a body with waits = true");
}

void sim_build_processes(struct sim_builder *builder)
{
    open_processes(builder);
    uint32_t count = builder->plan->process_count, endpoints = 0;
    for (uint32_t i = 0; i < count; i++) {
        read_kind(builder, i);
        check_keys(builder, i);
        check_wiring(&builder->fields[i], builder->roles[i]);
        read_common(builder, i);
        read_device(builder, i);
        endpoints += builder->processes[i].count;
    }
    check_totals(builder);
    builder->endpoints =
        sim_loader_take(builder->L, builder->script, endpoints * sizeof *builder->endpoints);
    builder->plan->endpoints = builder->endpoints;
    for (uint32_t i = 0; i < count; i++)
        read_serves(builder, i);
    for (uint32_t i = 0; i < count; i++)
        read_links(builder, i);
    for (uint32_t i = 0; i < count; i++)
        if (builder->roles[i] != NULL)
            sim_build_role(builder, i);
}
