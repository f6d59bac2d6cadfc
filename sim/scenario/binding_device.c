/* The device of a body: starting its operations, and collecting their answers. */
#include <string.h>
#include <lauxlib.h>
#include <slipway/slipway.h>
#include "sim/scenario/body.h"

/* Is there an answer to hand out? Collects those that are there; when there are no more, the
 * interrupt is acknowledged, and one that came meanwhile fires again. */
int sim_device_event(struct sim_body *body)
{
    const struct sim_role_context *context = body->context;
    if (body->answer_at < body->answer_count)
        return 1;
    body->answer_at = body->answer_count = 0;
    if (!body->collecting)
        return 0;
    body->answer_count =
        context->device_kind->collect(context->queue, body->answers, SIM_BODY_BATCH);
    if (body->answer_count < SIM_BODY_BATCH) {
        body->collecting = 0;
        slip_interrupt_acknowledge(context->interrupt);
    }
    return body->answer_count > 0;
}

/* Where the data of a read or write is: what a request lends, or a buffer of this process. In raw
 * scenarios a request is its token, and the kernel knows how much it lends. */
static void check_region(lua_State *L, int index, struct sim_region *region)
{
    if (sim_sandbox_of(L)->body->context->plan->raw && lua_isinteger(L, index)) {
        *region = (struct sim_region){SIM_REGION_REQUEST, (uint64_t)lua_tointeger(L, index), 0,
                                      SLIP_BUFFER_BYTES_MAX, SLIP_LEND_READ | SLIP_LEND_WRITE};
        return;
    }
    const struct sim_lua_event *request = luaL_testudata(L, index, SIM_EVENT_TYPE);
    const struct sim_lua_buffer *buffer = luaL_testudata(L, index, SIM_BUFFER_TYPE);
    if (request != NULL && request->open && request->event.region.kind != SIM_REGION_NONE)
        *region = request->event.region;
    else if (buffer != NULL)
        *region = (struct sim_region){SIM_REGION_BUFFER, buffer->handle, 0, buffer->length,
                                      SLIP_LEND_READ | SLIP_LEND_WRITE};
    else
        luaL_argerror(L, index,
                      request == NULL ? "a request that lends memory, or a buffer"
                      : request->open ? "this request lends no memory"
                                      : "this request is over");
}

static int start(lua_State *L, const char *name, struct sim_device_operation *operation, int tag)
{
    struct sim_body *body = sim_sandbox_of(L)->body;
    operation->tag = lua_isnoneornil(L, tag) ? ++body->key : (uint64_t)luaL_checkinteger(L, tag);
    slip_status_t status = sim_body_submit_device(L, operation);
    if (status != SLIP_OK)
        return sim_result(L, name, status);
    lua_pushinteger(L, (lua_Integer)operation->tag);
    return 1;
}

/* device.open(path, flags, key) */
static int device_open(lua_State *L)
{
    static const char *const names[] = {"read", "write", "read write", "create", NULL};
    static const uint64_t flags[] = {
        SIM_DEVICE_OPEN_READ, SIM_DEVICE_OPEN_WRITE, SIM_DEVICE_OPEN_READ | SIM_DEVICE_OPEN_WRITE,
        SIM_DEVICE_OPEN_READ | SIM_DEVICE_OPEN_WRITE | SIM_DEVICE_OPEN_CREATE};
    struct sim_device_operation operation = {.kind = SIM_DEVICE_OPEN};
    size_t length;
    sim_body_of(L, "device.open", SIM_USE_BODY);
    const char *path = luaL_checklstring(L, 1, &length);
    luaL_argcheck(L, length < sizeof operation.path, 1, "a path of at most 255 bytes");
    memcpy(operation.path, path, length);
    operation.flags = flags[luaL_checkoption(L, 2, "read", names)];
    return start(L, "device.open", &operation, 3);
}

static int simple(lua_State *L, const char *name, enum sim_device_operation_kind kind)
{
    struct sim_device_operation operation = {.kind = kind};
    sim_body_of(L, name, SIM_USE_BODY);
    operation.file = (uint64_t)luaL_checkinteger(L, 1);
    return start(L, name, &operation, 2);
}

static int device_stat(lua_State *L)
{
    return simple(L, "device.stat", SIM_DEVICE_STAT);
}

static int device_close(lua_State *L)
{
    return simple(L, "device.close", SIM_DEVICE_CLOSE);
}

static int transfer(lua_State *L, const char *name, enum sim_device_operation_kind kind)
{
    struct sim_device_operation operation = {.kind = kind};
    sim_body_of(L, name, SIM_USE_BODY);
    lua_Integer offset = luaL_checkinteger(L, 2), length = luaL_checkinteger(L, 3);
    luaL_argcheck(L, offset >= 0, 2, "out of range");
    check_region(L, 4, &operation.region);
    luaL_argcheck(L, length >= 0 && (uint64_t)length <= operation.region.length, 3,
                  "longer than the memory");
    operation.file = (uint64_t)luaL_checkinteger(L, 1);
    operation.offset = (uint64_t)offset;
    operation.length = (uint64_t)length;
    return start(L, name, &operation, 5);
}

/* device.read(file, offset, length, request or buffer, key) */
static int device_read(lua_State *L)
{
    return transfer(L, "device.read", SIM_DEVICE_READ);
}

static int device_write(lua_State *L)
{
    return transfer(L, "device.write", SIM_DEVICE_WRITE);
}

/* device.collect(): the answers that are there, a list; for raw scenarios, which have no me:next. */
static int device_collect(lua_State *L)
{
    const struct sim_role_context *context = sim_body_of(L, "device.collect", SIM_USE_RAW)->context;
    struct sim_device_answer answers[SIM_BODY_BATCH];
    uint32_t count = context->device_kind->collect(context->queue, answers, SIM_BODY_BATCH);
    lua_createtable(L, (int)count, 0);
    for (uint32_t i = 0; i < count; i++) {
        lua_createtable(L, 0, 3);
        lua_pushinteger(L, (lua_Integer)answers[i].tag);
        lua_setfield(L, -2, "key");
        lua_pushinteger(L, answers[i].status);
        lua_setfield(L, -2, "status");
        lua_pushinteger(L, (lua_Integer)answers[i].result);
        lua_setfield(L, -2, "result");
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

void sim_device_push(lua_State *L, const struct sim_body *body)
{
    static const luaL_Reg functions[] = {{"open", device_open},
                                         {"stat", device_stat},
                                         {"read", device_read},
                                         {"write", device_write},
                                         {"close", device_close},
                                         {"collect", device_collect},
                                         {NULL, NULL}};
    lua_newtable(L);
    luaL_setfuncs(L, functions, 0);
    lua_pushstring(L, body->context->file_name);
    lua_setfield(L, -2, "file");
    sim_sandbox_strict(L, "a part of me.device", SIM_STRICT_CONSTANT);
}
