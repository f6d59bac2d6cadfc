/* Links and events: how bodies talk, over whatever design was chosen. */
#include <string.h>
#include <lauxlib.h>
#include <slipway/design.h>
#include "sim/activity.h"
#include "sim/scenario/body.h"
#include "sim/scenario/spell.h"

#define LINK_TYPE "link"

struct lua_link {
    struct sim_link *link;
};

/* ---- links ---------------------------------------------------------------------------------------- */

/* Pushes the link of that number, always the same object. */
static void push_link(lua_State *L, struct sim_body *body, uint32_t number)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, "slipway.links");
    if (lua_rawgeti(L, -1, (lua_Integer)number) == LUA_TNIL) {
        struct lua_link *link = lua_newuserdatauv(L, sizeof *link, 0);
        link->link = body->context->links[number];
        luaL_setmetatable(L, LINK_TYPE);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -4, (lua_Integer)number);
        lua_remove(L, -2);
    }
    lua_remove(L, -2);
}

static int link_submit(lua_State *L)
{
    static const char *const options[] = {"key", "lend", "right", "deadline", NULL};
    struct lua_link *link = luaL_checkudata(L, 1, LINK_TYPE);
    struct sim_body *body = sim_body_of(L, "submit", SIM_USE_LINK);
    struct sim_operation operation = {0};
    lua_settop(L, 3);
    operation.words = sim_argument_words(L, 2, operation.word, SIM_OPERATION_WORDS);
    sim_argument_options(L, 3, options);
    sim_argument_lend(L, 3, &operation.lend);
    if (operation.lend.buffer == 0)
        operation.lend = (struct slip_lend){0};
    operation.key = sim_argument_number(L, 3, "key", body->key + 1);
    body->key += operation.key == body->key + 1;
    sim_argument_option(L, 3, "deadline");
    operation.deadline = sim_argument_time(L, -1);
    slip_status_t status = sim_body_submit(L, link->link, &operation);
    if (status != SLIP_OK)
        return sim_result(L, "submit", status);
    lua_pushinteger(L, (lua_Integer)operation.key);
    return 1;
}

static int link_cancel(lua_State *L)
{
    struct lua_link *link = luaL_checkudata(L, 1, LINK_TYPE);
    sim_body_of(L, "cancel", SIM_USE_LINK);
    slip_status_t status = sim_link_cancel(link->link, (uint64_t)luaL_checkinteger(L, 2));
    if (status != SLIP_BAD_OPERATION)
        return sim_result(L, "cancel", status);
    lua_pushnil(L); /* what the design cannot do is an outcome */
    lua_pushinteger(L, status);
    return 2;
}

/* me:link(name, i) */
static int me_link(lua_State *L)
{
    struct sim_body *body = sim_body_of(L, "me:link", SIM_USE_LINK);
    const struct sim_plan_process *process = body->context->process;
    const char *name = luaL_checkstring(L, 2);
    lua_Integer index = luaL_optinteger(L, 3, 1);
    uint32_t number = 0;
    for (uint32_t i = 0; i < process->link_count; i++) {
        const struct sim_plan_link *link = &process->links[i];
        if (strcmp(link->name, name) == 0) {
            if (index < 1 || index > link->count)
                return luaL_error(L, "link '%s' %d is out of range: accepted are 1 to %d", name,
                                  (int)index, (int)link->count);
            push_link(L, body, number + (uint32_t)index - 1);
            return 1;
        }
        number += link->count;
    }
    lua_newtable(L);
    for (uint32_t i = 0; i < process->link_count; i++) {
        lua_pushboolean(L, 1);
        lua_setfield(L, -2, process->links[i].name);
    }
    return luaL_error(L, "process '%s' has no link '%s': %s", process->name, name,
                      sim_sandbox_explain(L, -1, name));
}

/* ---- events ------------------------------------------------------------------------------------------ */

static void push_event(lua_State *L, const struct sim_event *event)
{
    sim_body_takes(L, event);
    struct sim_lua_event *object = lua_newuserdatauv(L, sizeof *object, 0);
    object->event = *event;
    object->open = event->kind == SIM_REQUEST;
    luaL_setmetatable(L, SIM_EVENT_TYPE);
}

/* A wait that nothing can end is a mistake in the file, not a matter of handles. */
static void check_sources(lua_State *L, const struct sim_plan_process *process)
{
    if (process->serves == UINT32_MAX && process->link_count == 0 && process->device == UINT32_MAX)
        luaL_error(L,
                   "me:next: nothing can come to process '%s', which does not serve or connect and "
                   "has no device; sleep_until(t) waits for a time",
                   process->name);
}

/* Hands out what was taken, or waits. */
static int me_next(lua_State *L)
{
    struct sim_body *body = sim_body_of(L, "me:next", SIM_USE_LINK);
    slip_time_t deadline = sim_argument_time(L, 2);
    check_sources(L, body->context->process);
    for (;;) {
        if (sim_device_event(body)) {
            const struct sim_device_answer *answer = &body->answers[body->answer_at++];
            push_event(L, &(struct sim_event){.kind = SIM_DEVICE,
                                              .key = answer->tag,
                                              .status = answer->status,
                                              .result = answer->result});
            return 1;
        }
        if (body->event_at < body->event_count) {
            const struct sim_event *event = &body->events[body->event_at++];
            if (event->kind != SIM_DEVICE) {
                push_event(L, event);
                return 1;
            }
            body->collecting = 1;
            continue;
        }
        body->event_at = body->event_count = 0;
        slip_status_t status = sim_party_next(body->context->party, body->events, SIM_BODY_BATCH,
                                              deadline, &body->event_count);
        if (status != SLIP_OK) {
            body->event_count = 0;
            return sim_result(L, "me:next", status);
        }
    }
}

static struct sim_lua_event *check_request(lua_State *L, const char *name)
{
    struct sim_lua_event *object = luaL_checkudata(L, 1, SIM_EVENT_TYPE);
    sim_body_of(L, name, SIM_USE_LINK);
    if (object->event.kind != SIM_REQUEST)
        luaL_error(L, "%s: this event is no request", name);
    return object;
}

/* e:reply(status, result) */
static int event_reply(lua_State *L)
{
    struct sim_lua_event *object = check_request(L, "reply");
    lua_Integer answer = luaL_optinteger(L, 2, SLIP_OK);
    uint64_t result = (uint64_t)luaL_optinteger(L, 3, 0);
    luaL_argcheck(L, answer <= 0 && answer >= INT32_MIN, 2, "a status is OK or below 0");
    if (!object->open) /* the number may stand for another request by now */
        return sim_result(L, "reply", SLIP_STALE);
    object->open = 0;
    sim_activity_resume(object->event.activity);
    return sim_result(L, "reply",
                      sim_party_reply(sim_sandbox_of(L)->body->context->party,
                                      object->event.request, (slip_status_t)answer, result));
}

/* e:read(offset, length) */
static int event_read(lua_State *L)
{
    struct sim_lua_event *object = check_request(L, "read");
    lua_Integer offset = luaL_optinteger(L, 2, 0);
    lua_Integer length = luaL_optinteger(L, 3, (lua_Integer)object->event.region.length - offset);
    luaL_argcheck(L, offset >= 0, 2, "out of range");
    luaL_argcheck(L, length >= 0 && (uint64_t)length <= object->event.region.length, 3,
                  "out of range");
    if (!object->open)
        return sim_result(L, "read", SLIP_STALE);
    luaL_Buffer buffer;
    char *bytes = luaL_buffinitsize(L, &buffer, (size_t)length);
    slip_status_t status =
        sim_region_read(&object->event.region, (uint64_t)offset, bytes, (size_t)length);
    if (status != SLIP_OK)
        return sim_result(L, "read", status);
    luaL_pushresultsize(&buffer, (size_t)length);
    return 1;
}

/* e:write(offset, text) */
static int event_write(lua_State *L)
{
    struct sim_lua_event *object = check_request(L, "write");
    size_t length;
    lua_Integer offset = luaL_checkinteger(L, 2);
    const char *text = luaL_checklstring(L, 3, &length);
    luaL_argcheck(L, offset >= 0, 2, "out of range");
    if (!object->open)
        return sim_result(L, "write", SLIP_STALE);
    return sim_result(L, "write",
                      sim_region_write(&object->event.region, (uint64_t)offset, text, length));
}

static int push_number(lua_State *L, uint64_t number)
{
    lua_pushinteger(L, (lua_Integer)number);
    return 1;
}

static int push_event_link(lua_State *L, const struct sim_link *link)
{
    struct sim_body *body = sim_sandbox_of(L)->body;
    for (uint32_t i = 0; i < body->context->link_count; i++)
        if (body->context->links[i] == link) {
            push_link(L, body, i);
            return 1;
        }
    return 0;
}

/* Fields; upvalue 1 is the table of methods. */
static int event_index(lua_State *L)
{
    static const char *const kinds[] = {"", "request", "completion", "device"};
    static const char *const names[] = {"badge", "key",   "kind",   "length", "link",
                                        "read",  "reply", "result", "status", "write"};
    const struct sim_lua_event *object = luaL_checkudata(L, 1, SIM_EVENT_TYPE);
    const struct sim_event *event = &object->event;
    int request = event->kind == SIM_REQUEST;
    if (lua_isinteger(L, 2)) {
        lua_Unsigned word = (lua_Unsigned)lua_tointeger(L, 2) - 1;
        return request && word < event->words ? push_number(L, event->word[word]) : 0;
    }
    const char *name = luaL_checkstring(L, 2);
    if (strcmp(name, "kind") == 0)
        return lua_pushstring(L, kinds[event->kind]), 1;
    if (strcmp(name, "badge") == 0)
        return request ? push_number(L, event->badge) : 0;
    if (strcmp(name, "length") == 0)
        return request ? push_number(L, event->region.length) : 0;
    if (strcmp(name, "key") == 0)
        return request ? 0 : push_number(L, event->key);
    if (strcmp(name, "status") == 0)
        return request ? 0 : push_number(L, (uint64_t)(int64_t)event->status);
    if (strcmp(name, "result") == 0)
        return request ? 0 : push_number(L, event->result);
    if (strcmp(name, "link") == 0)
        return event->kind == SIM_COMPLETION ? push_event_link(L, event->link) : 0;
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
        return 1;
    char out[256];
    sim_spell_explain(out, sizeof out, name, names, sizeof names / sizeof names[0]);
    return luaL_error(L, "an event has no '%s': %s", name, out);
}

static int event_words(lua_State *L)
{
    const struct sim_lua_event *object = luaL_checkudata(L, 1, SIM_EVENT_TYPE);
    return push_number(L, object->event.kind == SIM_REQUEST ? object->event.words : 0);
}

/* ---- me -------------------------------------------------------------------------------------------- */

static int me_buffer(lua_State *L)
{
    sim_body_of(L, "me:buffer", SIM_USE_LINK);
    return sim_buffer_push(L, "me:buffer", (uint64_t)luaL_checkinteger(L, 2));
}

void sim_binding_link(lua_State *L)
{
    static const luaL_Reg link_methods[] = {
        {"submit", link_submit}, {"cancel", link_cancel}, {NULL, NULL}};
    static const luaL_Reg event_methods[] = {
        {"reply", event_reply}, {"read", event_read}, {"write", event_write}, {NULL, NULL}};
    sim_binding_type(L, LINK_TYPE, link_methods);
    luaL_newmetatable(L, SIM_EVENT_TYPE);
    lua_newtable(L);
    luaL_setfuncs(L, event_methods, 0);
    lua_pushcclosure(L, event_index, 1);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, event_words);
    lua_setfield(L, -2, "__len");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}

/* A handle per name, or a list of them where a link leads to several endpoints. */
static void push_handles(lua_State *L, const struct sim_role_context *context)
{
    const struct sim_plan_process *process = context->process;
    uint32_t number = 0;
    lua_newtable(L);
    for (uint32_t i = 0; i < process->link_count; i++) {
        const struct sim_plan_link *link = &process->links[i];
        if (link->count > 1)
            lua_createtable(L, (int)link->count, 0);
        for (uint32_t j = 0; j < link->count; j++) {
            lua_pushinteger(L, (lua_Integer)context->endpoints[number++]);
            if (link->count > 1)
                lua_rawseti(L, -2, (lua_Integer)j + 1);
        }
        lua_setfield(L, -2, link->name);
    }
    if (process->serves != UINT32_MAX) {
        lua_pushinteger(L, (lua_Integer)context->served);
        lua_setfield(L, -2, context->plan->endpoints[process->serves].name);
    }
    if (process->device != UINT32_MAX) { /* its interrupt */
        lua_pushinteger(L, (lua_Integer)context->interrupt);
        lua_setfield(L, -2, context->plan->devices[process->device].name);
    }
    sim_sandbox_strict(L, "a handle of this process", SIM_STRICT_CONSTANT);
}

void sim_binding_me(lua_State *L, struct sim_body *body)
{
    static const luaL_Reg methods[] = {
        {"next", me_next}, {"link", me_link}, {"buffer", me_buffer}, {NULL, NULL}};
    const struct sim_role_context *context = body->context;
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    lua_pushstring(L, context->process->name);
    lua_setfield(L, -2, "name");
    lua_pushinteger(L, (lua_Integer)context->number + 1);
    lua_setfield(L, -2, "number");
    lua_pushinteger(L, (lua_Integer)context->instance);
    lua_setfield(L, -2, "instance");
    lua_pushinteger(L, (lua_Integer)context->thread + 1);
    lua_setfield(L, -2, "thread");
    if (context->plan->raw) {
        push_handles(L, context);
        lua_setfield(L, -2, "handle");
    }
    if (context->queue != NULL) {
        sim_device_push(L, body);
        lua_setfield(L, -2, "device");
    }
    sim_sandbox_strict(L, "a part of me", SIM_STRICT_CONSTANT);
}
