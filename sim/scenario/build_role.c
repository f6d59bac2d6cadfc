/* What the roles take beyond the wiring. */
#include <string.h>
#include <lauxlib.h>
#include <slipway/design.h>
#include "sim/scenario/build.h"
#include "sim/scenario/sandbox.h"

#define TIME_MAX_NS ((int64_t)3600 * 1000000000)
#define CLIENT_BYTES_MAX ((int64_t)256 << 20)
#define READ_BYTES_DEFAULT 4096
#define ECHO_BYTES_DEFAULT 8

/* X(role, key) */
#define ROLE_KEY_MAP(X)                                                                            \
    X("client", "op")                                                                              \
    X("client", "bytes")                                                                           \
    X("client", "order")                                                                           \
    X("client", "verify")                                                                          \
    X("client", "send")                                                                            \
    X("client", "think")                                                                           \
    X("client", "pause")                                                                           \
    X("client", "arrival")                                                                         \
    X("echo_server", "service")                                                                    \
    X("file_server", "service")                                                                    \
    X("pipeline_stage", "service")

uint32_t sim_build_role_keys(const struct sim_role *role, const char **keys)
{
    static const struct {
        const char *role, *key;
    } known[] = {
#define ROLE_KEY_ROW(role, key) {role, key},
        ROLE_KEY_MAP(ROLE_KEY_ROW)
#undef ROLE_KEY_ROW
    };
    uint32_t count = 0;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].role, role->name) == 0)
            keys[count++] = known[i].key;
    return count;
}

/* ---- what a client does ---------------------------------------------------------------------------- */

static const char *const op_names[] = {"read", "write", "echo"};
static const enum sim_op ops[] = {SIM_OP_READ, SIM_OP_WRITE, SIM_OP_ECHO};

/* The role that serves a link; NULL for a body. */
static const char *server_role(struct sim_builder *builder, const struct sim_plan_link *link)
{
    return builder->processes[builder->endpoints[link->first].process].role;
}

/* What a client asks of a server when it does not say. */
static enum sim_op natural_op(const char *role)
{
    if (role == NULL)
        return SIM_OP_NONE;
    return strcmp(role, "file_server") == 0 ? SIM_OP_READ : SIM_OP_ECHO;
}

static enum sim_op read_op(struct sim_builder *builder, uint32_t index)
{
    const struct sim_fields *fields = &builder->fields[index];
    const struct sim_plan_process *process = &builder->processes[index];
    int send = sim_fields_type(fields, "send") != LUA_TNIL;
    uint32_t written = sim_fields_choice(fields, "op", UINT32_MAX, op_names, 3);
    if (send && written != UINT32_MAX)
        sim_fields_fail(fields, "op", "has op and send: accepted is one of them");
    if (send)
        return SIM_OP_SEND;
    enum sim_op op =
        written == UINT32_MAX ? natural_op(server_role(builder, &process->links[0])) : ops[written];
    if (op == SIM_OP_NONE)
        sim_fields_fail(fields, "connects",
                        "needs op or send: '%s' is served by a body, which has "
                        "a protocol of its own",
                        process->links[0].name);
    return op;
}

/* Files are read and written at file servers, echoes are for the others; a body may speak
 * either protocol. */
static void check_servers(struct sim_builder *builder, uint32_t index)
{
    const struct sim_plan_process *process = &builder->processes[index];
    for (uint32_t i = 0; i < process->link_count; i++) {
        const char *role = server_role(builder, &process->links[i]);
        int file = role != NULL && strcmp(role, "file_server") == 0;
        int wants_file = process->op == SIM_OP_READ || process->op == SIM_OP_WRITE;
        if (role != NULL && file != wants_file)
            sim_fields_fail(&builder->fields[index], "op",
                            "asks '%s', served by the role %s, for "
                            "what that does not do: accepted %s",
                            process->links[i].name, role,
                            file ? "are op = \"read\" and \"write\""
                                 : "are op = \"echo\" and send = { ... }");
    }
}

/* Fields that an operation has no use for would be ignored in silence. */
static void check_useless(const struct sim_fields *fields, enum sim_op op)
{
    static const struct {
        const char *key, *why;
        unsigned useful; /* bits: 1 << op */
    } rules[] = {
        {"bytes", "bytes is for read, write and echo",
         1U << SIM_OP_READ | 1U << SIM_OP_WRITE | 1U << SIM_OP_ECHO},
        {"order", "order is for read and write", 1U << SIM_OP_READ | 1U << SIM_OP_WRITE},
        {"verify", "verify is for read, write and echo",
         1U << SIM_OP_READ | 1U << SIM_OP_WRITE | 1U << SIM_OP_ECHO},
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (!(rules[i].useful >> op & 1) && sim_fields_type(fields, rules[i].key) != LUA_TNIL)
            sim_fields_fail(fields, rules[i].key, "%s", rules[i].why);
}

static void read_send(struct sim_builder *builder, uint32_t index)
{
    const struct sim_fields *fields = &builder->fields[index];
    struct sim_plan_process *process = &builder->processes[index];
    lua_State *L = builder->L;
    lua_getfield(L, fields->index, "send");
    if (!lua_istable(L, -1) || lua_rawlen(L, -1) < 1 || lua_rawlen(L, -1) > SIM_OPERATION_WORDS)
        sim_fields_fail(fields, "send",
                        "send is a list of 1 to %d words, each a whole number or a distribution",
                        SIM_OPERATION_WORDS);
    process->send_words = (uint32_t)lua_rawlen(L, -1);
    for (uint32_t i = 0; i < process->send_words; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        process->send[i] = sim_fields_value_top(
            fields, "send", sim_build_text(builder, "word %d of send", (int)i + 1), INT64_MIN,
            INT64_MAX, SIM_UNIT_NONE, 1);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

/* bytes: what is read and written has one size, for its checksums are of blocks; echoes may vary. */
static void read_bytes(struct sim_builder *builder, uint32_t index)
{
    const struct sim_fields *fields = &builder->fields[index];
    struct sim_plan_process *process = &builder->processes[index];
    int64_t least, most;
    if (process->op == SIM_OP_ECHO) {
        process->size = sim_fields_value(fields, "bytes", ECHO_BYTES_DEFAULT, 0, CLIENT_BYTES_MAX,
                                         SIM_UNIT_BYTES, 0);
        sim_value_range(&process->size, &least, &most);
        process->bytes = (uint64_t)most;
        return;
    }
    process->bytes = (uint64_t)sim_fields_number(fields, "bytes", READ_BYTES_DEFAULT, 1,
                                                 CLIENT_BYTES_MAX, SIM_UNIT_BYTES);
    process->size.low = process->size.high = (int64_t)process->bytes;
}

static struct sim_value read_time(const struct sim_fields *fields, const char *key)
{
    return sim_fields_value(fields, key, 0, 0, TIME_MAX_NS, SIM_UNIT_TIME, 1);
}

/* arrival = every(gap) or poisson(rate): an open loop. */
static void read_arrival(struct sim_builder *builder, uint32_t index)
{
    static const char *const closed[] = {"think", "pause"};
    const struct sim_fields *fields = &builder->fields[index];
    struct sim_plan_process *process = &builder->processes[index];
    lua_State *L = builder->L;
    int64_t low, high;
    if (lua_getfield(L, fields->index, "arrival") == LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
    for (int i = 0; i < 2; i++)
        if (sim_fields_type(fields, closed[i]) != LUA_TNIL)
            sim_fields_fail(fields, closed[i],
                            "has %s and arrival: accepted is one of them, for operations that "
                            "arrive wait for no other",
                            closed[i]);
    if (luaL_testudata(L, -1, SIM_ARRIVAL_TYPE) == NULL) {
        sim_library_text_of(L, -1);
        sim_fields_fail(fields, "arrival",
                        "arrival = %s says not when: accepted are every(gap), a time between two "
                        "operations, and poisson(rate), so many a second",
                        lua_tostring(L, -1));
    }
    lua_getiuservalue(L, -1, 1);
    process->gap = sim_fields_value_top(fields, "arrival", "the gap of arrival", 0, TIME_MAX_NS,
                                        SIM_UNIT_TIME, 1);
    sim_value_range(&process->gap, &low, &high);
    if (high == 0)
        sim_fields_fail(fields, "arrival",
                        "arrival with gaps of 0 alone would stop time: accepted are gaps of which "
                        "some are above 0");
    process->open = 1;
    lua_pop(L, 2);
}

static void build_client(struct sim_builder *builder, uint32_t index)
{
    static const char *const orders[] = {"random", "sequential"};
    const struct sim_fields *fields = &builder->fields[index];
    struct sim_plan_process *process = &builder->processes[index];
    process->op = read_op(builder, index);
    check_servers(builder, index);
    check_useless(fields, process->op);
    if (process->op == SIM_OP_SEND) {
        read_send(builder, index);
    } else {
        read_bytes(builder, index);
        process->sequential = sim_fields_choice(fields, "order", 0, orders, 2) == 1;
        process->verify = sim_fields_flag(fields, "verify", process->op == SIM_OP_READ);
    }
    process->think = read_time(fields, "think");
    process->pause = read_time(fields, "pause");
    read_arrival(builder, index);
}

void sim_build_role(struct sim_builder *builder, uint32_t index)
{
    const struct sim_role *role = builder->roles[index];
    const char *keys[16];
    if (strcmp(role->name, "client") == 0) {
        build_client(builder, index);
        return;
    }
    for (uint32_t i = 0; i < sim_build_role_keys(role, keys); i++)
        if (strcmp(keys[i], "service") == 0)
            builder->processes[index].service = read_time(&builder->fields[index], "service");
}
