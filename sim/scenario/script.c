#include "sim/scenario/script.h"

#include <stdlib.h>
#include <string.h>
#include <lauxlib.h>
#include "sim/scenario/host.h"
#include "sim/scenario/loader.h"
#include "sim/scenario/text.h"

void *sim_loader_take(lua_State *L, struct sim_script *script, size_t bytes)
{
    void *memory = sim_arena_take(&script->arena, bytes);
    if (memory == NULL)
        luaL_error(L, "the host has no memory left");
    return memory;
}

char *sim_loader_copy(lua_State *L, struct sim_script *script, const char *text)
{
    char *copy = sim_arena_copy(&script->arena, text, strlen(text));
    if (copy == NULL)
        luaL_error(L, "the host has no memory left");
    return copy;
}

void sim_script_push(lua_State *L, const struct sim_script *script)
{
    lua_pushfstring(L, "@%s", script->base);
    int failed = luaL_loadbufferx(L, script->text, script->length, lua_tostring(L, -1), "t");
    lua_remove(L, -2);
    if (failed)
        lua_error(L);
    lua_call(L, 0, 1);
}

void sim_script_free(struct sim_script *script)
{
    sim_arena_fini(&script->arena);
    free(script);
}

uint64_t sim_script_failures(const struct sim_script *script, char *first, size_t bytes)
{
    /* Pairs with the release in the body that failed: the message is there before the count. */
    uint64_t failures = atomic_load_explicit(&script->failures, memory_order_acquire);
    struct sim_text text;
    if (first != NULL) {
        sim_text_init(&text, first, bytes);
        if (failures > 0)
            sim_text_add(&text, script->first);
    }
    return failures;
}

void sim_script_failures_clear(struct sim_script *script)
{
    atomic_store(&script->failures, 0);
    atomic_store(&script->claimed, 0);
}
