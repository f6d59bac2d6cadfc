/* System calls of raw scenarios: endpoints and requests, by their C names. */
#include <string.h>
#include <lauxlib.h>
#include <slipway/slipway.h>
#include "sim/scenario/body.h"

/* ---- messages ------------------------------------------------------------------------------------ */

static const char *const send_options[] = {"handles", "deadline", "data", "fail_full", NULL};
static const char *const submit_options[] = {
    "handles", "deadline", "fail_full", "cooperative", "lend", "right", "key", "onward", NULL};
static const char *const call_options[] = {"handles", "deadline", "data",   "cooperative", "lend",
                                           "right",   "capacity", "onward", NULL};
static const char *const reply_options[] = {"handles", "deadline", "data", "capacity", NULL};

static uint32_t flag(lua_State *L, int options, const char *name, uint32_t bit)
{
    sim_argument_option(L, options, name);
    uint32_t flags = lua_toboolean(L, -1) ? bit : 0;
    lua_pop(L, 1);
    return flags;
}

/* Fills a message from a list of words and a table of options. What it points to stays on the
 * stack. */
static void read_message(lua_State *L, int words, int options, const char *const *names,
                         struct slip_message *m)
{
    size_t length;
    *m = (struct slip_message){0};
    sim_argument_options(L, options, names);
    m->words = sim_argument_words(L, words, m->word, SLIP_MESSAGE_WORDS);
    if (sim_argument_option(L, options, "handles") != LUA_TNIL) {
        luaL_argcheck(L, lua_istable(L, -1), options, "handles is a list of handles");
        m->handles = sim_argument_words(L, lua_gettop(L), m->handle, SLIP_MESSAGE_HANDLES);
    }
    m->flags = flag(L, options, "fail_full", SLIP_SEND_FAIL_FULL) |
               flag(L, options, "cooperative", SLIP_SEND_COOPERATIVE);
    if (sim_argument_option(L, options, "data") != LUA_TNIL) {
        const char *data = lua_tolstring(L, -1, &length);
        luaL_argcheck(L, data != NULL, options, "data is a string");
        luaL_argcheck(L, m->words == 0, words, "words and data exclude each other");
        luaL_argcheck(L, length > 0 && length <= SLIP_MESSAGE_BYTES_MAX, options,
                      "data is 1 to 65536 bytes");
        memcpy(&m->area.data, &data, sizeof data); /* only read: it is sent */
        m->bytes = (uint32_t)length;
    }
}

/* Room for a long message, kept on the stack. */
static void *take_window(lua_State *L, lua_Integer capacity)
{
    luaL_argcheck(L, capacity >= 0 && capacity <= SLIP_MESSAGE_BYTES_MAX, 1,
                  "capacity is 0 to 65536 bytes");
    return capacity > 0 ? lua_newuserdatauv(L, (size_t)capacity, 0) : NULL;
}

static slip_time_t read_deadline(lua_State *L, int options)
{
    sim_argument_option(L, options, "deadline");
    slip_time_t deadline = sim_argument_time(L, -1);
    lua_pop(L, 1);
    return deadline;
}

/* lend, with onward = true where the buffer is the token of a request that is held. */
static struct slip_lend *read_lend(lua_State *L, int options, struct slip_lend *lend)
{
    if (!sim_argument_lend(L, options, lend))
        return NULL;
    lend->right |= flag(L, options, "onward", SLIP_LEND_ONWARD);
    return lend;
}

static void set_integer(lua_State *L, const char *name, uint64_t value)
{
    lua_pushinteger(L, (lua_Integer)value);
    lua_setfield(L, -2, name);
}

static void push_lent(lua_State *L, const struct slip_message *m)
{
    lua_createtable(L, (int)m->lends, 0);
    for (uint32_t i = 0; i < m->lends && i < SLIP_MESSAGE_LENDS; i++) {
        lua_createtable(L, 0, 2);
        set_integer(L, "length", m->area.lent[i].length);
        set_integer(L, "right", m->area.lent[i].right);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "lent");
}

/* Pushes what was received. */
static void push_message(lua_State *L, const struct slip_message *m)
{
    static const struct {
        const char *name;
        uint32_t bit;
    } flags[] = {{"call", SLIP_GOT_CALL},       {"submit", SLIP_GOT_SUBMIT},
                 {"pulse", SLIP_GOT_PULSE},     {"cancel", SLIP_GOT_CANCEL},
                 {"replied", SLIP_GOT_REPLIED}, {"stale", SLIP_GOT_STALE}};
    lua_createtable(L, SLIP_MESSAGE_WORDS, 8);
    for (uint32_t i = 0; i < m->words && i < SLIP_MESSAGE_WORDS; i++) {
        lua_pushinteger(L, (lua_Integer)m->word[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_createtable(L, (int)m->handles, 0);
    for (uint32_t i = 0; i < m->handles && i < SLIP_MESSAGE_HANDLES; i++) {
        lua_pushinteger(L, (lua_Integer)m->handle[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "handle");
    push_lent(L, m);
    set_integer(L, "badge", m->badge);
    set_integer(L, "request", m->request);
    set_integer(L, "bytes", m->bytes);
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        lua_pushboolean(L, (m->flags & flags[i].bit) != 0);
        lua_setfield(L, -2, flags[i].name);
    }
    if (m->bytes > SLIP_MESSAGE_BYTES_INLINE && m->bytes <= m->area.capacity) {
        lua_pushlstring(L, m->area.data, m->bytes);
        lua_setfield(L, -2, "data");
    }
}

/* What a wait gives: the message; or nil, the status, and what is known all the same (the bytes
 * that are needed; that the reply stands). */
static int wait_result(lua_State *L, const char *name, slip_status_t status,
                       const struct slip_message *m)
{
    if (status == SLIP_OK) {
        push_message(L, m);
        return 1;
    }
    if (status == SLIP_TOO_LONG) {
        lua_pushnil(L);
        lua_pushinteger(L, status);
        lua_pushinteger(L, m->bytes);
        return 3;
    }
    int count = sim_result(L, name, status);
    lua_pushboolean(L, (m->flags & SLIP_GOT_REPLIED) != 0);
    return count + 1;
}

/* ---- endpoints ------------------------------------------------------------------------------------ */

static int handle_result(lua_State *L, const char *name, slip_status_t status, slip_handle_t handle)
{
    if (status != SLIP_OK)
        return sim_result(L, name, status);
    lua_pushinteger(L, (lua_Integer)handle);
    return 1;
}

static int endpoint_create(lua_State *L)
{
    slip_handle_t endpoint = 0;
    sim_body_of(L, "endpoint_create", SIM_USE_RAW);
    slip_status_t status = slip_endpoint_create(sim_argument_small(L, 1), &endpoint);
    return handle_result(L, "endpoint_create", status, endpoint);
}

/* endpoint_connect(endpoint, port, badge) */
static int endpoint_connect(lua_State *L)
{
    slip_handle_t connection = 0;
    sim_body_of(L, "endpoint_connect", SIM_USE_RAW);
    slip_status_t status = slip_endpoint_connect_badged(
        sim_argument_handle(L, 1), lua_isnoneornil(L, 2) ? 0 : sim_argument_handle(L, 2),
        (uint64_t)luaL_optinteger(L, 3, 0), &connection);
    return handle_result(L, "endpoint_connect", status, connection);
}

/* endpoint_send(endpoint, words, { handles, deadline, data, fail_full }) */
static int endpoint_send(lua_State *L)
{
    struct slip_message m;
    sim_body_of(L, "endpoint_send", SIM_USE_RAW);
    slip_handle_t endpoint = sim_argument_handle(L, 1);
    lua_settop(L, 3);
    read_message(L, 2, 3, send_options, &m);
    return sim_result(L, "endpoint_send", slip_endpoint_send(endpoint, &m, read_deadline(L, 3)));
}

/* endpoint_submit(connection, words, { key, lend, right, handles, deadline, ... }) */
static int endpoint_submit(lua_State *L)
{
    struct slip_message m;
    struct slip_lend lend;
    slip_request_t request = 0;
    sim_body_of(L, "endpoint_submit", SIM_USE_RAW);
    slip_handle_t connection = sim_argument_handle(L, 1);
    lua_settop(L, 3);
    read_message(L, 2, 3, submit_options, &m);
    uint64_t key = sim_argument_number(L, 3, "key", 0);
    slip_status_t status = slip_endpoint_submit_request(connection, &m, read_lend(L, 3, &lend), key,
                                                        read_deadline(L, 3), &request);
    return handle_result(L, "endpoint_submit", status, request);
}

/* endpoint_call(endpoint, words, { lend, right, handles, deadline, data, capacity, ... }): the
 * reply, with its status; that may be the server's own, so none raises an error. */
static int endpoint_call(lua_State *L)
{
    struct slip_message m;
    struct slip_lend lend;
    uint64_t result = 0;
    sim_body_of(L, "endpoint_call", SIM_USE_RAW);
    slip_handle_t endpoint = sim_argument_handle(L, 1);
    lua_settop(L, 3);
    read_message(L, 2, 3, call_options, &m);
    lua_Integer capacity = (lua_Integer)sim_argument_number(L, 3, "capacity", 0);
    luaL_argcheck(L, m.bytes == 0 || capacity == 0 || capacity >= (lua_Integer)m.bytes, 3,
                  "the reply goes where the data is: a capacity of at least its length");
    if (capacity > 0) { /* one window carries the data there and back */
        const void *data = m.area.data;
        m.area.data = take_window(L, capacity);
        for (uint32_t i = 0; i < m.bytes; i++)
            ((char *)m.area.data)[i] = ((const char *)data)[i];
        m.area.capacity = (uint64_t)capacity;
    }
    struct slip_lend *lent = read_lend(L, 3, &lend);
    slip_status_t status = slip_endpoint_call(endpoint, &m, lent, &result, read_deadline(L, 3));
    push_message(L, &m);
    set_integer(L, "status", (uint64_t)(int64_t)status);
    set_integer(L, "result", result);
    return 1;
}

/* endpoint_wait(endpoint, deadline, capacity) */
static int endpoint_wait(lua_State *L)
{
    struct slip_message m = {0};
    sim_body_of(L, "endpoint_wait", SIM_USE_RAW);
    lua_settop(L, 3);
    m.area.capacity = (uint64_t)luaL_optinteger(L, 3, 0);
    m.area.data = take_window(L, (lua_Integer)m.area.capacity);
    slip_status_t status =
        slip_endpoint_wait(sim_argument_handle(L, 1), &m, sim_argument_time(L, 2));
    return wait_result(L, "endpoint_wait", status, &m);
}

/* endpoint_receive(endpoint, "badge" or "request", from, deadline, capacity) */
static int endpoint_receive(lua_State *L)
{
    static const char *const kinds[] = {"badge", "request", NULL};
    struct slip_message m = {0};
    sim_body_of(L, "endpoint_receive", SIM_USE_RAW);
    lua_settop(L, 5);
    int kind = luaL_checkoption(L, 2, NULL, kinds);
    m.area.capacity = (uint64_t)luaL_optinteger(L, 5, 0);
    m.area.data = take_window(L, (lua_Integer)m.area.capacity);
    slip_status_t status = slip_endpoint_receive(
        sim_argument_handle(L, 1), &m, kind == 0 ? SLIP_FROM_BADGE : SLIP_FROM_REQUEST,
        (uint64_t)luaL_checkinteger(L, 3), sim_argument_time(L, 4));
    return wait_result(L, "endpoint_receive", status, &m);
}

static void push_short_message(lua_State *L, const struct slip_short_message *m)
{
    lua_createtable(L, (int)m->words, 2);
    for (uint32_t i = 0; i < m->words; i++) {
        lua_pushinteger(L, (lua_Integer)m->word[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_pushinteger(L, (lua_Integer)m->badge);
    lua_setfield(L, -2, "badge");
    lua_pushinteger(L, (lua_Integer)m->bytes);
    lua_setfield(L, -2, "bytes");
}

/* endpoint_wait_batch(endpoint, least, most, deadline): a list; with the status where it holds fewer
 * than asked for; nil and the status where it is empty, TOO_LONG where something else is next. */
static int endpoint_wait_batch(lua_State *L)
{
    uint32_t count = 0;
    sim_body_of(L, "endpoint_wait_batch", SIM_USE_RAW);
    lua_settop(L, 4);
    slip_handle_t endpoint = sim_argument_handle(L, 1);
    uint32_t least = lua_isnoneornil(L, 2) ? 1 : sim_argument_small(L, 2);
    uint32_t most = lua_isnoneornil(L, 3) ? least : sim_argument_small(L, 3);
    luaL_argcheck(L, least >= 1 && least <= most, 2, "at least 1, and no more than the most");
    luaL_argcheck(L, most <= SLIP_MESSAGE_BATCH_MAX, 3, "at most 256");
    struct slip_short_message *messages = lua_newuserdatauv(L, most * sizeof *messages, 0);
    slip_status_t status =
        slip_endpoint_wait_batch(endpoint, messages, least, most, sim_argument_time(L, 4), &count);
    if (count == 0 && status != SLIP_TOO_LONG)
        return sim_result(L, "endpoint_wait_batch", status);
    if (count == 0) /* no fault of the caller's: something else is next */
        lua_pushnil(L);
    else
        lua_createtable(L, (int)count, 0);
    for (uint32_t i = 0; i < count; i++) {
        push_short_message(L, &messages[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    if (status == SLIP_OK)
        return 1;
    lua_pushinteger(L, status);
    return 2;
}

static slip_status_t check_answer(lua_State *L, int index)
{
    lua_Integer answer = luaL_optinteger(L, index, SLIP_OK);
    luaL_argcheck(L, answer <= 0 && answer >= INT32_MIN, index, "a status is OK or below 0");
    return (slip_status_t)answer;
}

/* endpoint_reply_wait(endpoint, request, status, result, words, { handles, data, ... }) */
static int endpoint_reply_wait(lua_State *L)
{
    struct slip_message m;
    sim_body_of(L, "endpoint_reply_wait", SIM_USE_RAW);
    lua_settop(L, 6);
    read_message(L, 5, 6, reply_options, &m);
    lua_Integer capacity = (lua_Integer)sim_argument_number(L, 6, "capacity", 0);
    if (capacity > 0) {
        luaL_argcheck(L, m.bytes == 0, 6, "data and capacity exclude each other here");
        m.area.data = take_window(L, capacity);
        m.area.capacity = (uint64_t)capacity;
    }
    slip_status_t status = slip_endpoint_reply_wait(
        sim_argument_handle(L, 1), (slip_request_t)luaL_checkinteger(L, 2), check_answer(L, 3),
        (uint64_t)luaL_optinteger(L, 4, 0), &m, read_deadline(L, 6));
    return wait_result(L, "endpoint_reply_wait", status, &m);
}

/* ---- requests -------------------------------------------------------------------------------------- */

/* request_reply(request, status, result, words, { handles, data }) */
static int request_reply(lua_State *L)
{
    static const char *const options[] = {"handles", "data", NULL};
    struct slip_message m;
    sim_body_of(L, "request_reply", SIM_USE_RAW);
    slip_request_t request = (slip_request_t)luaL_checkinteger(L, 1);
    slip_status_t answer = check_answer(L, 2);
    uint64_t result = (uint64_t)luaL_optinteger(L, 3, 0);
    lua_settop(L, 5);
    read_message(L, 4, 5, options, &m);
    int plain = m.words == 0 && m.handles == 0 && m.bytes == 0;
    return sim_result(L, "request_reply",
                      plain ? slip_request_reply(request, answer, result)
                            : slip_request_reply_message(request, answer, result, &m));
}

static int request_cancel(lua_State *L)
{
    sim_body_of(L, "request_cancel", SIM_USE_RAW);
    return sim_result(L, "request_cancel",
                      slip_request_cancel((slip_request_t)luaL_checkinteger(L, 1)));
}

/* request_read(request, offset, length, lend) */
static int request_read(lua_State *L)
{
    sim_body_of(L, "request_read", SIM_USE_RAW);
    lua_settop(L, 4);
    lua_Integer offset = luaL_checkinteger(L, 2), length = luaL_checkinteger(L, 3);
    luaL_argcheck(L, offset >= 0, 2, "out of range");
    luaL_argcheck(L, length >= 0 && length <= (lua_Integer)SLIP_BUFFER_BYTES_MAX, 3,
                  "out of range");
    luaL_Buffer buffer;
    char *bytes = luaL_buffinitsize(L, &buffer, (size_t)length);
    slip_status_t status = slip_request_read_lend((slip_request_t)luaL_checkinteger(L, 1),
                                                  (uint32_t)luaL_optinteger(L, 4, 0),
                                                  (uint64_t)offset, bytes, (size_t)length);
    if (status != SLIP_OK)
        return sim_result(L, "request_read", status);
    luaL_pushresultsize(&buffer, (size_t)length);
    return 1;
}

/* request_write(request, offset, text, lend) */
static int request_write(lua_State *L)
{
    size_t length;
    sim_body_of(L, "request_write", SIM_USE_RAW);
    lua_Integer offset = luaL_checkinteger(L, 2);
    const char *text = luaL_checklstring(L, 3, &length);
    luaL_argcheck(L, offset >= 0, 2, "out of range");
    return sim_result(L, "request_write",
                      slip_request_write_lend((slip_request_t)luaL_checkinteger(L, 1),
                                              (uint32_t)luaL_optinteger(L, 4, 0), (uint64_t)offset,
                                              text, length));
}

static int request_pass(lua_State *L)
{
    sim_body_of(L, "request_pass", SIM_USE_RAW);
    return sim_result(
        L, "request_pass",
        slip_request_pass((slip_request_t)luaL_checkinteger(L, 1), sim_argument_handle(L, 2)));
}

void sim_binding_endpoint(lua_State *L)
{
    static const luaL_Reg functions[] = {{"endpoint_create", endpoint_create},
                                         {"endpoint_connect", endpoint_connect},
                                         {"endpoint_send", endpoint_send},
                                         {"endpoint_submit", endpoint_submit},
                                         {"endpoint_call", endpoint_call},
                                         {"endpoint_wait", endpoint_wait},
                                         {"endpoint_receive", endpoint_receive},
                                         {"endpoint_wait_batch", endpoint_wait_batch},
                                         {"request_reply", request_reply},
                                         {"endpoint_reply_wait", endpoint_reply_wait},
                                         {"request_cancel", request_cancel},
                                         {"request_read", request_read},
                                         {"request_write", request_write},
                                         {"request_pass", request_pass},
                                         {NULL, NULL}};
    lua_pushglobaltable(L);
    luaL_setfuncs(L, functions, 0);
    lua_pop(L, 1);
}
