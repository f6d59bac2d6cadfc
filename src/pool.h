/* Typed pools: items of one size, found by index, that are never unmapped while the kernel lives.
 *
 * So a pointer to an item always points to an item of that type, maybe a later one: whoever holds a
 * stale pointer or index may look at its generation or try to take a reference. Items are zeroed
 * once, when their chunk is made; what must survive reuse is up to the type. Chunks double in size,
 * so an index is found in two loads.
 */
#ifndef K_POOL_H
#define K_POOL_H

#include "cpu.h"
#include "lock.h"

#define K_POOL_FIRST 32U  /* items in the first chunk; a power of two */
#define K_POOL_CHUNKS 22U /* so 32 * (2^22 - 1) items at the most */

struct k_pool {
    struct k_lock lock;
    const char *name;
    uint64_t item_bytes;
    /* lock */
    void *free; /* list through the first word of `links` */
    uint32_t made, used;
    uint32_t used_peak;
    uint64_t pages_bytes;
    /* written under lock before `made` grows; read by anyone who has an index below it */
    _Atomic(char *) chunk[K_POOL_CHUNKS];
};

/* Each item begins with this; the type's struct has it as its first member. */
struct k_pool_item {
    struct k_pool_item *next_free;
    uint32_t index;
    uint32_t in_use;
};

void k_pool_init(struct k_pool *pool, const char *name, uint64_t item_bytes);

/* Gives the chunks back to the machine. */
void k_pool_fini(struct k_pool *pool, struct k_cpu *cpu);

/* An item, or NULL if the machine has no memory. Charging a quota is the caller's. */
void *k_pool_get(struct k_pool *pool, struct k_cpu *cpu);
void k_pool_put(struct k_pool *pool, struct k_cpu *cpu, void *item);

static inline uint64_t k_pool_items_before(uint32_t chunk)
{
    return (uint64_t)K_POOL_FIRST * (((uint64_t)1 << chunk) - 1);
}

static inline uint32_t k_pool_chunk_of(uint32_t index)
{
    return 31U - (uint32_t)__builtin_clz(index / K_POOL_FIRST + 1);
}

/* The item of an index, in use or not; NULL for an index that never was. */
static inline void *k_pool_at(struct k_pool *pool, uint32_t index)
{
    uint32_t chunk = k_pool_chunk_of(index);
    if (chunk >= K_POOL_CHUNKS)
        return NULL;
    char *pages = atomic_load_explicit(&pool->chunk[chunk], memory_order_acquire);
    return pages == NULL ? NULL : pages + (index - k_pool_items_before(chunk)) * pool->item_bytes;
}

#endif
