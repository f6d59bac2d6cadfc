/* Which operation a body works for (sim/activity.h), found out from what it does with its links.
 *
 * A submit of a body whose load is measured begins an activity, and the completion ends it. Any other
 * submit is for whatever the thread works for, a request that it has taken; when the completion is
 * handed out, or the device's answer, it works for that again. So a body says nothing of activities,
 * and where nothing is billed, nothing is kept.
 */
#include <lauxlib.h>
#include "sim/activity.h"
#include "sim/scenario/body.h"

enum kind { OWN, ONWARD, DEVICE };

/* Pushes the table of a link's operations, or the device's. */
static void push_table(lua_State *L, enum kind kind, uint32_t link)
{
    static const char *const names[] = {"slipway.own", "slipway.onward", "slipway.device"};
    luaL_getsubtable(L, LUA_REGISTRYINDEX, names[kind]);
    if (lua_rawgeti(L, -1, (lua_Integer)link) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, (lua_Integer)link);
    }
    lua_remove(L, -2);
}

static void keep(lua_State *L, enum kind kind, uint32_t link, uint64_t key, uint64_t activity)
{
    if (activity == 0)
        return;
    sim_sandbox_of(L)->body->billed = 1;
    push_table(L, kind, link);
    lua_pushinteger(L, (lua_Integer)activity);
    lua_rawseti(L, -2, (lua_Integer)key);
    lua_pop(L, 1);
}

/* The activity of an operation, which is forgotten; 0 if there is none. */
static uint64_t recall(lua_State *L, enum kind kind, uint32_t link, uint64_t key)
{
    if (!sim_sandbox_of(L)->body->billed)
        return 0;
    push_table(L, kind, link);
    lua_rawgeti(L, -1, (lua_Integer)key);
    uint64_t activity = (uint64_t)lua_tointeger(L, -1);
    lua_pushnil(L);
    lua_rawseti(L, -3, (lua_Integer)key);
    lua_pop(L, 2);
    return activity;
}

static uint32_t number_of(const struct sim_body *body, const struct sim_link *link)
{
    uint32_t number = 0;
    while (number < body->context->link_count && body->context->links[number] != link)
        number++;
    return number;
}

int sim_body_measured(const struct sim_role_context *context)
{
    return context->process->bounded && sim_plan_load_model(context->plan)[0] == 0;
}

slip_status_t sim_body_submit(lua_State *L, struct sim_link *link,
                              const struct sim_operation *operation)
{
    const struct sim_body *body = sim_sandbox_of(L)->body;
    uint64_t activity = sim_activity_now();
    int own = body->measured && (activity == 0 || body->context->process->serves == UINT32_MAX);
    if (own)
        activity = sim_activity_begin();
    slip_status_t status = sim_link_submit(link, operation);
    if (status == SLIP_OK)
        keep(L, own ? OWN : ONWARD, number_of(body, link), operation->key, activity);
    else if (own)
        sim_activity_end(activity, 0);
    return status;
}

slip_status_t sim_body_submit_device(lua_State *L, const struct sim_device_operation *operation)
{
    const struct sim_role_context *context = sim_sandbox_of(L)->body->context;
    uint64_t activity = sim_activity_now();
    slip_status_t status = context->device_kind->submit(context->queue, operation);
    if (status == SLIP_OK)
        keep(L, DEVICE, 0, operation->tag, activity);
    return status;
}

void sim_body_takes(lua_State *L, const struct sim_event *event)
{
    const struct sim_body *body = sim_sandbox_of(L)->body;
    switch (event->kind) {
    case SIM_REQUEST:
        sim_activity_resume(event->activity);
        return;
    case SIM_DEVICE:
        sim_activity_resume(recall(L, DEVICE, 0, event->key));
        return;
    case SIM_COMPLETION:
        break;
    }
    uint32_t link = number_of(body, event->link);
    uint64_t own = recall(L, OWN, link, event->key);
    if (own != 0)
        sim_activity_end(own, event->status == SLIP_OK);
    else
        sim_activity_resume(recall(L, ONWARD, link, event->key));
}
