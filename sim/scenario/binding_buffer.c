/* Buffers of bodies: registered memory of the process, to lend, to share, and to look into. */
#include <string.h>
#include <lauxlib.h>
#include <slipway/sim.h>
#include <slipway/slipway.h>
#include "sim/scenario/body.h"

/* The memory is the process's own and registered, not made by the kernel together with its handle:
 * so it stays valid whatever the body does with the handle. It goes with the process. */
int sim_buffer_push(lua_State *L, const char *name, uint64_t length)
{
    struct sim_lua_buffer *buffer = lua_newuserdatauv(L, sizeof *buffer, 0);
    slip_status_t status = SLIP_NO_QUOTA;
    if (length == 0 || length > SLIP_BUFFER_BYTES_MAX)
        return luaL_error(L, "%s: accepted are 1 to 4294967296 bytes", name);
    void *address = sim_alloc(length);
    if (address != NULL)
        status = slip_buffer_register(address, length, &buffer->handle);
    if (status != SLIP_OK) {
        sim_free(address);
        return sim_result(L, name, status);
    }
    buffer->address = address;
    buffer->length = length;
    luaL_setmetatable(L, SIM_BUFFER_TYPE);
    return 1;
}

static struct sim_lua_buffer *check_buffer(lua_State *L)
{
    return luaL_checkudata(L, 1, SIM_BUFFER_TYPE);
}

static uint64_t check_range(lua_State *L, const struct sim_lua_buffer *buffer, lua_Integer offset,
                            lua_Integer length)
{
    if (offset < 0 || length < 0 || (uint64_t)offset > buffer->length ||
        (uint64_t)length > buffer->length - (uint64_t)offset)
        luaL_error(L, "offset %d, length %d is outside of a buffer of %d bytes", (int)offset,
                   (int)length, (int)buffer->length);
    return (uint64_t)offset;
}

static int buffer_string(lua_State *L)
{
    struct sim_lua_buffer *buffer = check_buffer(L);
    lua_Integer offset = luaL_optinteger(L, 2, 0);
    lua_Integer length = luaL_optinteger(L, 3, (lua_Integer)buffer->length - offset);
    check_range(L, buffer, offset, length);
    lua_pushlstring(L, (const char *)buffer->address + offset, (size_t)length);
    return 1;
}

static int buffer_set(lua_State *L)
{
    struct sim_lua_buffer *buffer = check_buffer(L);
    size_t length;
    lua_Integer offset = luaL_checkinteger(L, 2);
    const char *text = luaL_checklstring(L, 3, &length);
    check_range(L, buffer, offset, (lua_Integer)length);
    memcpy(buffer->address + offset, text, length);
    return 0;
}

static int buffer_length(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)check_buffer(L)->length);
    return 1;
}

static int buffer_handle(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)check_buffer(L)->handle);
    return 1;
}

/* ---- lending ------------------------------------------------------------------------------------ */

static uint64_t field_number(lua_State *L, int field, uint64_t absent)
{
    int is_integer = 1;
    lua_rawgeti(L, -1, field);
    uint64_t number = lua_isnil(L, -1) ? absent : (uint64_t)lua_tointegerx(L, -1, &is_integer);
    if (!lua_isnil(L, -1) && !is_integer)
        luaL_error(L, "lend = { buffer, offset, length }: offset and length are whole numbers");
    lua_pop(L, 1);
    return number;
}

_Static_assert(SLIP_LEND_READ == 1 && SLIP_LEND_WRITE == 2, "the order of the rights' names");

/* lend = buffer, or { buffer, offset, length } where the buffer may be the token of a request that
 * lends (with onward = true). */
int sim_argument_lend(lua_State *L, int index, struct slip_lend *lend)
{
    static const char *const rights[] = {"read", "write", "read write", NULL};
    uint64_t right = (uint64_t)sim_argument_choice(L, index, "right", rights, 2) + 1;
    int type = sim_argument_option(L, index, "lend");
    *lend = (struct slip_lend){.right = right};
    if (type == LUA_TNIL) {
        lua_pop(L, 1);
        return 0;
    }
    const struct sim_lua_buffer *buffer = luaL_testudata(L, -1, SIM_BUFFER_TYPE);
    if (buffer != NULL) {
        lend->buffer = buffer->handle;
        lend->length = buffer->length;
    } else if (type == LUA_TTABLE) {
        lua_rawgeti(L, -1, 1);
        buffer = luaL_testudata(L, -1, SIM_BUFFER_TYPE);
        lend->buffer = buffer != NULL ? buffer->handle : (uint64_t)lua_tointeger(L, -1);
        lua_pop(L, 1);
        lend->offset = field_number(L, 2, 0);
        lend->length = field_number(L, 3, buffer != NULL ? buffer->length - lend->offset : 0);
    } else {
        luaL_argerror(L, index, "lend is a buffer, or { buffer, offset, length }");
    }
    lua_pop(L, 1);
    return 1;
}

void sim_binding_buffer(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"string", buffer_string}, {"set", buffer_set}, {"handle", buffer_handle}, {NULL, NULL}};
    sim_binding_type(L, SIM_BUFFER_TYPE, methods);
    luaL_getmetatable(L, SIM_BUFFER_TYPE);
    lua_pushcfunction(L, buffer_length);
    lua_setfield(L, -2, "__len");
    lua_pop(L, 1);
}
