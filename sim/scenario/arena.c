#include "sim/scenario/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES 16384U

struct sim_arena_chunk {
    struct sim_arena_chunk *next; /* owns */
    size_t used, bytes;
    _Alignas(16) unsigned char memory[];
};

static struct sim_arena_chunk *add_chunk(struct sim_arena *arena, size_t bytes)
{
    size_t room = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
    struct sim_arena_chunk *chunk = calloc(1, sizeof *chunk + room);
    if (chunk == NULL)
        return NULL;
    chunk->bytes = room;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    return chunk;
}

void *sim_arena_take(struct sim_arena *arena, size_t bytes)
{
    struct sim_arena_chunk *chunk = arena->chunks;
    if (bytes > SIZE_MAX / 2)
        return NULL;
    bytes = (bytes + 15) & ~(size_t)15;
    if (chunk == NULL || chunk->bytes - chunk->used < bytes)
        chunk = add_chunk(arena, bytes);
    if (chunk == NULL)
        return NULL;
    void *memory = chunk->memory + chunk->used;
    chunk->used += bytes;
    return memory;
}

char *sim_arena_copy(struct sim_arena *arena, const char *text, size_t length)
{
    char *copy = sim_arena_take(arena, length + 1);
    if (copy != NULL)
        memcpy(copy, text, length);
    return copy;
}

void sim_arena_fini(struct sim_arena *arena)
{
    while (arena->chunks != NULL) {
        struct sim_arena_chunk *chunk = arena->chunks;
        arena->chunks = chunk->next;
        free(chunk);
    }
}
