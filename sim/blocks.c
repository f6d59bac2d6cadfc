#include "sim/blocks.h"

#include <string.h>
#include "sim/poison.h"
#include "sim/space.h"

#define CHUNK_BYTES ((uint64_t)64 << 10)
#define HEAD_BYTES 16U /* in front of each block, and the least poison behind it */
#define CLASS_MAX ((uint64_t)8 << 10)
#define LONG_CLASS UINT32_MAX

struct sim_block { /* in front of the memory; HEAD_BYTES long */
    uint32_t class;
    uint32_t magic;
    uint64_t bytes;
};

struct sim_chunk { /* at the start of each piece of space that blocks lie in */
    struct sim_chunk *next, *last;
    uint64_t length, used;
};

/* Long blocks have a chunk for themselves, so that giving them back gives pages back. */
#define CHUNK_HEAD 32U
#define BLOCK_MAGIC 0x5b10c4edU
#define FREED_MAGIC 0xf4eedb10U

#if SIM_ADDRESS_SANITIZER
#define TAIL_BYTES HEAD_BYTES
#else
#define TAIL_BYTES 0U
#endif

_Static_assert(sizeof(struct sim_block) == HEAD_BYTES, "heads keep the alignment");
_Static_assert(sizeof(struct sim_chunk) == CHUNK_HEAD, "chunks keep the alignment");

/* Classes: 16 to 128 by 16, then four to each doubling. */
static uint64_t class_bytes(uint32_t class)
{
    if (class < 8)
        return ((uint64_t) class + 1) * 16;
    uint32_t doubling = (class - 8) / 4, step = (class - 8) % 4 + 1;
    return ((uint64_t)128 << doubling) / 4 * (4 + step);
}

static uint32_t class_for(uint64_t bytes)
{
    if (bytes <= 128)
        return bytes == 0 ? 0 : (uint32_t)((bytes - 1) / 16);
    uint32_t top = 63U - (uint32_t)__builtin_clzll(bytes - 1); /* 2^top < bytes <= 2^(top + 1) */
    return 8 + (top - 7) * 4 + (uint32_t)((bytes - 1) >> (top - 2) & 3);
}

void sim_blocks_init(struct sim_blocks *blocks, struct sim_space *space)
{
    memset(blocks, 0, sizeof *blocks);
    blocks->space = space;
}

void sim_blocks_fini(struct sim_blocks *blocks)
{
    while (blocks->chunks != NULL) {
        struct sim_chunk *chunk = blocks->chunks;
        blocks->chunks = chunk->next;
        sim_unpoison((uintptr_t)chunk, chunk->length);
    }
}

static struct sim_chunk *add_chunk(struct sim_blocks *blocks, uint64_t bytes)
{
    uint64_t address = sim_space_take(blocks->space, bytes, SIM_RANGE_PAGE);
    if (address == 0)
        return NULL;
    struct sim_chunk *chunk = (struct sim_chunk *)(uintptr_t)address;
    chunk->length = sim_round_up(bytes, SIM_RANGE_PAGE);
    chunk->used = CHUNK_HEAD;
    blocks->taken_bytes += chunk->length;
    sim_poison(address + CHUNK_HEAD, chunk->length - CHUNK_HEAD);
    return chunk;
}

/* The newest chunk stays in front as long as it has room, whatever long ones come. */
static void link_chunk(struct sim_blocks *blocks, struct sim_chunk *chunk)
{
    struct sim_chunk *front = blocks->chunks;
    if (chunk->length != CHUNK_BYTES && front != NULL) {
        chunk->last = front;
        chunk->next = front->next;
        front->next = chunk;
    } else {
        chunk->last = NULL;
        chunk->next = front;
        blocks->chunks = chunk;
    }
    if (chunk->next != NULL)
        chunk->next->last = chunk;
}

static void drop_chunk(struct sim_blocks *blocks, struct sim_chunk *chunk)
{
    if (chunk->last != NULL)
        chunk->last->next = chunk->next;
    else
        blocks->chunks = chunk->next;
    if (chunk->next != NULL)
        chunk->next->last = chunk->last;
    uint64_t length = chunk->length;
    blocks->taken_bytes -= length;
    sim_unpoison((uintptr_t)chunk, length);
    sim_space_give(blocks->space, (uintptr_t)chunk, length);
}

static struct sim_block *take_free(struct sim_blocks *blocks, uint32_t class)
{
    struct sim_block *block = blocks->free[class].first;
    if (block == NULL)
        return NULL;
    void **link = (void **)(block + 1);
    sim_unpoison((uintptr_t)block, HEAD_BYTES + class_bytes(class));
    blocks->free[class].first = *link;
    if (blocks->free[class].first == NULL)
        blocks->free[class].last = NULL;
    memset(link, 0, class_bytes(class));
    return block;
}

static struct sim_block *carve(struct sim_blocks *blocks, uint32_t class)
{
    uint64_t room = HEAD_BYTES + class_bytes(class);
    struct sim_chunk *chunk = blocks->chunks;
    if (chunk == NULL || chunk->length != CHUNK_BYTES || chunk->length - chunk->used < room) {
        chunk = add_chunk(blocks, CHUNK_BYTES);
        if (chunk == NULL)
            return NULL;
        link_chunk(blocks, chunk);
    }
    struct sim_block *block = (struct sim_block *)((char *)chunk + chunk->used);
    chunk->used += room;
    sim_unpoison((uintptr_t)block, room);
    return block;
}

static struct sim_block *take_long(struct sim_blocks *blocks, uint64_t bytes)
{
    uint64_t room = sim_round_up(CHUNK_HEAD + HEAD_BYTES + bytes + TAIL_BYTES, SIM_RANGE_PAGE);
    /* Not the length of a common chunk: that is how the two are told apart. */
    struct sim_chunk *chunk = add_chunk(blocks, room == CHUNK_BYTES ? room + 1 : room);
    if (chunk == NULL)
        return NULL;
    link_chunk(blocks, chunk);
    struct sim_block *block = (struct sim_block *)((char *)chunk + CHUNK_HEAD);
    sim_unpoison((uintptr_t)block, HEAD_BYTES + bytes);
    return block;
}

void *sim_blocks_take(struct sim_blocks *blocks, size_t bytes)
{
    if (bytes > blocks->space->length)
        return NULL;
    uint64_t needed = bytes + TAIL_BYTES;
    uint32_t class = needed > CLASS_MAX ? LONG_CLASS : class_for(needed);
    struct sim_block *block;
    if (class == LONG_CLASS) {
        block = take_long(blocks, bytes);
    } else {
        block = take_free(blocks, class);
        if (block == NULL)
            block = carve(blocks, class);
    }
    if (block == NULL)
        return NULL;
    *block = (struct sim_block){.class = class, .magic = BLOCK_MAGIC, .bytes = bytes};
    blocks->used_bytes += bytes;
    char *memory = (char *)(block + 1);
    if (class != LONG_CLASS)
        sim_poison((uintptr_t)memory + bytes, class_bytes(class) - bytes);
    sim_poison((uintptr_t)block, HEAD_BYTES);
    return memory;
}

void sim_blocks_give(struct sim_blocks *blocks, void *memory)
{
    if (memory == NULL)
        return;
    struct sim_block *block = (struct sim_block *)memory - 1;
    sim_unpoison((uintptr_t)block, HEAD_BYTES);
    if (block->magic != BLOCK_MAGIC) /* freed twice, or never taken: fault as a bad pointer does */
        __builtin_trap();
    uint32_t class = block->class;
    blocks->used_bytes -= block->bytes;
    if (class == LONG_CLASS) {
        drop_chunk(blocks, (struct sim_chunk *)((char *)block - CHUNK_HEAD));
        return;
    }
    block->magic = FREED_MAGIC;
    sim_unpoison((uintptr_t)memory, sizeof(void *));
    *(void **)memory = NULL;
    if (blocks->free[class].last != NULL) {
        void **link = (void **)(blocks->free[class].last + 1);
        sim_unpoison((uintptr_t)link, sizeof *link);
        *link = block;
        sim_poison((uintptr_t)link, sizeof *link);
    } else {
        blocks->free[class].first = block;
    }
    blocks->free[class].last = block;
    sim_poison((uintptr_t)block, HEAD_BYTES + class_bytes(class));
}

size_t sim_blocks_size(const void *memory)
{
    const struct sim_block *block = (const struct sim_block *)memory - 1;
    sim_unpoison((uintptr_t)block, HEAD_BYTES);
    size_t bytes = block->bytes;
    sim_poison((uintptr_t)block, HEAD_BYTES);
    return bytes;
}

int sim_blocks_own(const struct sim_blocks *blocks, const void *memory)
{
    for (const struct sim_chunk *chunk = blocks->chunks; chunk != NULL; chunk = chunk->next)
        if ((uintptr_t)memory - (uintptr_t)chunk < chunk->length)
            return 1;
    return 0;
}
