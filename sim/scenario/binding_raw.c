/* System calls of raw scenarios: ports, buffers, handles, interrupts, threads, by their C names. */
#include <string.h>
#include <lauxlib.h>
#include <slipway/slipway.h>
#include "sim/scenario/body.h"
#include "sim/scenario/spell.h"

#define RIGHTS 8U /* in the order of their bits */

static int number_result(lua_State *L, const char *name, slip_status_t status, uint64_t number)
{
    if (status != SLIP_OK)
        return sim_result(L, name, status);
    lua_pushinteger(L, (lua_Integer)number);
    return 1;
}

/* ---- ports -------------------------------------------------------------------------------------------- */

static int port_create(lua_State *L)
{
    slip_handle_t port = 0;
    sim_body_of(L, "port_create", SIM_USE_RAW);
    slip_status_t status = slip_port_create(sim_argument_small(L, 1), &port);
    return number_result(L, "port_create", status, port);
}

/* port_post(port, { key, status, result }) */
static int port_post(lua_State *L)
{
    static const char *const options[] = {"key", "status", "result", NULL};
    sim_body_of(L, "port_post", SIM_USE_RAW);
    lua_settop(L, 2);
    sim_argument_options(L, 2, options);
    int64_t status = (int64_t)sim_argument_number(L, 2, "status", 0);
    luaL_argcheck(L, status >= INT32_MIN && status <= INT32_MAX, 2, "status out of range");
    return sim_result(L, "port_post",
                      slip_port_post(sim_argument_handle(L, 1), sim_argument_number(L, 2, "key", 0),
                                     (slip_status_t)status,
                                     sim_argument_number(L, 2, "result", 0)));
}

static void push_completion(lua_State *L, const struct slip_completion *completion)
{
    static const char *const sources[] = {"", "request", "post", "interrupt", "endpoint"};
    uint32_t source = completion->source <= SLIP_SOURCE_ENDPOINT ? completion->source : 0;
    lua_createtable(L, 0, 6);
    lua_pushinteger(L, (lua_Integer)completion->key);
    lua_setfield(L, -2, "key");
    lua_pushinteger(L, completion->status);
    lua_setfield(L, -2, "status");
    lua_pushinteger(L, (lua_Integer)completion->result);
    lua_setfield(L, -2, "result");
    lua_pushstring(L, sources[source]);
    lua_setfield(L, -2, "source");
    lua_pushinteger(L, (lua_Integer)completion->badge);
    lua_setfield(L, -2, "badge");
    lua_pushinteger(L, (lua_Integer)completion->request);
    lua_setfield(L, -2, "request");
}

/* port_wait(port, least, most, deadline): a list; with the status where it holds fewer than asked
 * for; nil and the status where it is empty. */
static int port_wait(lua_State *L)
{
    uint32_t count = 0;
    sim_body_of(L, "port_wait", SIM_USE_RAW);
    lua_settop(L, 4);
    slip_handle_t port = sim_argument_handle(L, 1);
    uint32_t least = lua_isnoneornil(L, 2) ? 1 : sim_argument_small(L, 2);
    uint32_t most = lua_isnoneornil(L, 3) ? least : sim_argument_small(L, 3);
    luaL_argcheck(L, least >= 1 && least <= most, 2, "at least 1, and no more than the most");
    luaL_argcheck(L, most <= SLIP_PORT_DEPTH_MAX, 3, "at most 65536");
    struct slip_completion *completions = lua_newuserdatauv(L, most * sizeof *completions, 0);
    slip_status_t status =
        slip_port_wait(port, completions, least, most, sim_argument_time(L, 4), &count);
    if (count == 0)
        return sim_result(L, "port_wait", status);
    lua_createtable(L, (int)count, 0);
    for (uint32_t i = 0; i < count; i++) {
        push_completion(L, &completions[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    if (status == SLIP_OK)
        return 1;
    lua_pushinteger(L, status);
    return 2;
}

/* port_cancel(port, key, { discard }) */
static int port_cancel(lua_State *L)
{
    static const char *const options[] = {"discard", NULL};
    uint32_t count = 0;
    sim_body_of(L, "port_cancel", SIM_USE_RAW);
    lua_settop(L, 3);
    sim_argument_options(L, 3, options);
    sim_argument_option(L, 3, "discard");
    uint32_t flags = lua_toboolean(L, -1) ? SLIP_CANCEL_DISCARD : 0;
    slip_status_t status = slip_port_cancel(sim_argument_handle(L, 1),
                                            (uint64_t)luaL_checkinteger(L, 2), flags, &count);
    return number_result(L, "port_cancel", status, count);
}

/* port_attach(port, endpoint, key, "level", "edge" or "once") */
static int port_attach(lua_State *L)
{
    static const char *const modes[] = {"level", "edge", "once", NULL};
    sim_body_of(L, "port_attach", SIM_USE_RAW);
    int mode = luaL_checkoption(L, 4, "level", modes);
    return sim_result(L, "port_attach",
                      slip_port_attach(sim_argument_handle(L, 1), sim_argument_handle(L, 2),
                                       (uint64_t)luaL_checkinteger(L, 3),
                                       mode == 0   ? SLIP_ATTACH_LEVEL
                                       : mode == 1 ? SLIP_ATTACH_EDGE
                                                   : SLIP_ATTACH_ONCE));
}

static int port_detach(lua_State *L)
{
    uint32_t withdrawn = 0;
    sim_body_of(L, "port_detach", SIM_USE_RAW);
    slip_status_t status =
        slip_port_detach(sim_argument_handle(L, 1), sim_argument_handle(L, 2), &withdrawn);
    return number_result(L, "port_detach", status, withdrawn);
}

/* ---- handles and buffers ------------------------------------------------------------------------------- */

/* A list of names of rights, as "post"; nothing is none. */
static uint32_t check_rights(lua_State *L, int index)
{
    static const char *const names[RIGHTS] = {"send", "receive", "post",   "wait",
                                              "read", "write",   "manage", "bind"};
    uint32_t rights = 0;
    luaL_checktype(L, index, LUA_TTABLE);
    for (lua_Integer i = 1; lua_rawgeti(L, index, i) != LUA_TNIL; i++) {
        const char *name = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
        uint32_t bit = 0;
        while (bit < RIGHTS && strcmp(names[bit], name) != 0)
            bit++;
        if (bit == RIGHTS) {
            char out[256];
            sim_spell_explain(out, sizeof out, name, names, RIGHTS);
            luaL_argerror(L, index, lua_pushfstring(L, "no right '%s': %s", name, out));
        }
        rights |= 1U << bit;
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return rights;
}

/* handle_duplicate(handle, { rights }, badge) */
static int handle_duplicate(lua_State *L)
{
    slip_handle_t copy = 0;
    sim_body_of(L, "handle_duplicate", SIM_USE_RAW);
    slip_status_t status = slip_handle_duplicate(sim_argument_handle(L, 1), check_rights(L, 2),
                                                 (uint64_t)luaL_optinteger(L, 3, 0), &copy);
    return number_result(L, "handle_duplicate", status, copy);
}

static int handle_close(lua_State *L)
{
    sim_body_of(L, "handle_close", SIM_USE_RAW);
    return sim_result(L, "handle_close", slip_handle_close(sim_argument_handle(L, 1)));
}

static int buffer_create(lua_State *L)
{
    sim_body_of(L, "buffer_create", SIM_USE_RAW);
    return sim_buffer_push(L, "buffer_create", (uint64_t)luaL_checkinteger(L, 1));
}

static int buffer_unregister(lua_State *L)
{
    sim_body_of(L, "buffer_unregister", SIM_USE_RAW);
    return sim_result(L, "buffer_unregister",
                      slip_buffer_unregister(sim_argument_handle(L, 1), sim_argument_time(L, 2)));
}

/* buffer_share(buffer, { "read", "write" }) */
static int buffer_share(lua_State *L)
{
    slip_handle_t share = 0;
    sim_body_of(L, "buffer_share", SIM_USE_RAW);
    slip_status_t status = slip_buffer_share(sim_argument_handle(L, 1), check_rights(L, 2), &share);
    return number_result(L, "buffer_share", status, share);
}

static int buffer_revoke(lua_State *L)
{
    sim_body_of(L, "buffer_revoke", SIM_USE_RAW);
    return sim_result(L, "buffer_revoke",
                      slip_buffer_revoke(sim_argument_handle(L, 1), sim_argument_time(L, 2)));
}

/* buffer_read(buffer, offset, length) */
static int buffer_read(lua_State *L)
{
    sim_body_of(L, "buffer_read", SIM_USE_RAW);
    lua_settop(L, 3);
    lua_Integer offset = luaL_checkinteger(L, 2), length = luaL_checkinteger(L, 3);
    luaL_argcheck(L, offset >= 0, 2, "out of range");
    luaL_argcheck(L, length >= 0 && length <= (lua_Integer)SLIP_BUFFER_BYTES_MAX, 3,
                  "out of range");
    luaL_Buffer buffer;
    char *bytes = luaL_buffinitsize(L, &buffer, (size_t)length);
    slip_status_t status =
        slip_buffer_read(sim_argument_handle(L, 1), (uint64_t)offset, bytes, (size_t)length);
    if (status != SLIP_OK)
        return sim_result(L, "buffer_read", status);
    luaL_pushresultsize(&buffer, (size_t)length);
    return 1;
}

/* buffer_write(buffer, offset, text) */
static int buffer_write(lua_State *L)
{
    size_t length;
    sim_body_of(L, "buffer_write", SIM_USE_RAW);
    lua_Integer offset = luaL_checkinteger(L, 2);
    const char *text = luaL_checklstring(L, 3, &length);
    luaL_argcheck(L, offset >= 0, 2, "out of range");
    return sim_result(L, "buffer_write",
                      slip_buffer_write(sim_argument_handle(L, 1), (uint64_t)offset, text, length));
}

/* ---- interrupts ----------------------------------------------------------------------------------------- */

/* interrupt_bind(interrupt, endpoint or port, key) */
static int interrupt_bind(lua_State *L)
{
    sim_body_of(L, "interrupt_bind", SIM_USE_RAW);
    return sim_result(L, "interrupt_bind",
                      slip_interrupt_bind(sim_argument_handle(L, 1), sim_argument_handle(L, 2),
                                          (uint64_t)luaL_checkinteger(L, 3)));
}

static int interrupt_unbind(lua_State *L)
{
    uint32_t withdrawn = 0;
    sim_body_of(L, "interrupt_unbind", SIM_USE_RAW);
    slip_status_t status = slip_interrupt_unbind(sim_argument_handle(L, 1), &withdrawn);
    return number_result(L, "interrupt_unbind", status, withdrawn);
}

static int interrupt_acknowledge(lua_State *L)
{
    sim_body_of(L, "interrupt_acknowledge", SIM_USE_RAW);
    return sim_result(L, "interrupt_acknowledge",
                      slip_interrupt_acknowledge(sim_argument_handle(L, 1)));
}

/* ---- threads, clock, console ------------------------------------------------------------------------------ */

/* thread_priority(priority): what the effective one was. */
static int thread_priority(lua_State *L)
{
    uint32_t effective = 0;
    sim_body_of(L, "thread_priority", SIM_USE_RAW);
    slip_status_t status = slip_thread_priority(SLIP_SELF, sim_argument_small(L, 1), &effective);
    return number_result(L, "thread_priority", status, effective);
}

/* thread_affinity(cpu), or nothing for any CPU */
static int thread_affinity(lua_State *L)
{
    sim_body_of(L, "thread_affinity", SIM_USE_RAW);
    uint32_t cpu = lua_isnoneornil(L, 1) ? SLIP_CPU_ANY : sim_argument_small(L, 1);
    return sim_result(L, "thread_affinity", slip_thread_affinity(SLIP_SELF, cpu));
}

static int thread_checkpoint(lua_State *L)
{
    sim_body_of(L, "thread_checkpoint", SIM_USE_RAW);
    slip_thread_checkpoint();
    return 0;
}

static int process_exit(lua_State *L)
{
    sim_body_of(L, "process_exit", SIM_USE_RAW);
    slip_process_exit(sim_argument_small(L, 1));
    return 0;
}

static int debug_print(lua_State *L)
{
    size_t length;
    sim_body_of(L, "debug_print", SIM_USE_RAW);
    const char *text = luaL_checklstring(L, 1, &length);
    return sim_result(L, "debug_print", slip_debug_write(text, length));
}

/* The calls that are plain functions of every body also go by their C names. */
static void add_names(lua_State *L)
{
    static const char *const names[][2] = {{"clock_now", "now"},
                                           {"thread_compute", "compute"},
                                           {"thread_sleep_until", "sleep_until"},
                                           {"thread_yield", "yield"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        lua_getglobal(L, names[i][1]);
        lua_setglobal(L, names[i][0]);
    }
}

void sim_binding_raw(lua_State *L)
{
    static const luaL_Reg functions[] = {{"port_create", port_create},
                                         {"port_post", port_post},
                                         {"port_wait", port_wait},
                                         {"port_cancel", port_cancel},
                                         {"port_attach", port_attach},
                                         {"port_detach", port_detach},
                                         {"handle_duplicate", handle_duplicate},
                                         {"handle_close", handle_close},
                                         {"buffer_create", buffer_create},
                                         {"buffer_unregister", buffer_unregister},
                                         {"buffer_share", buffer_share},
                                         {"buffer_revoke", buffer_revoke},
                                         {"buffer_read", buffer_read},
                                         {"buffer_write", buffer_write},
                                         {"interrupt_bind", interrupt_bind},
                                         {"interrupt_unbind", interrupt_unbind},
                                         {"interrupt_acknowledge", interrupt_acknowledge},
                                         {"thread_priority", thread_priority},
                                         {"thread_affinity", thread_affinity},
                                         {"thread_checkpoint", thread_checkpoint},
                                         {"process_exit", process_exit},
                                         {"debug_print", debug_print},
                                         {NULL, NULL}};
    lua_pushglobaltable(L);
    luaL_setfuncs(L, functions, 0);
    lua_pop(L, 1);
    add_names(L);
}
