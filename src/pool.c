#include "pool.h"

#include "check.h"
#include "hook.h"

/* Fields of one pool item, aligned so that neighbours share no line. */
#define ITEM_ALIGN 64U

static uint64_t chunk_bytes(const struct k_pool *pool, uint32_t chunk)
{
    uint64_t bytes = ((uint64_t)K_POOL_FIRST << chunk) * pool->item_bytes;
    return (bytes + SLIP_PAGE_BYTES - 1) / SLIP_PAGE_BYTES * SLIP_PAGE_BYTES;
}

void k_pool_init(struct k_pool *pool, const char *name, uint64_t item_bytes)
{
    k_lock_init(&pool->lock, K_RANK_POOL);
    pool->name = name;
    pool->item_bytes = (item_bytes + ITEM_ALIGN - 1) / ITEM_ALIGN * ITEM_ALIGN;
    pool->free = NULL;
    pool->made = pool->used = pool->used_peak = 0;
    pool->pages_bytes = 0;
    for (uint32_t i = 0; i < K_POOL_CHUNKS; i++)
        atomic_init(&pool->chunk[i], NULL);
}

void k_pool_fini(struct k_pool *pool, struct k_cpu *cpu)
{
    for (uint32_t i = 0; i < K_POOL_CHUNKS; i++) {
        char *pages = atomic_load_explicit(&pool->chunk[i], memory_order_relaxed);
        if (pages != NULL)
            cpu->ops->pages_put(cpu->machine, pages, chunk_bytes(pool, i));
    }
}

/* Makes one more item. Items are carved one at a time, so an untouched chunk costs no memory. */
static struct k_pool_item *carve(struct k_pool *pool, struct k_cpu *cpu)
{
    uint32_t chunk = k_pool_chunk_of(pool->made);
    if (chunk >= K_POOL_CHUNKS)
        return NULL;
    char *pages = atomic_load_explicit(&pool->chunk[chunk], memory_order_relaxed);
    if (pages == NULL) {
        pages = cpu->ops->pages_get(cpu->machine, chunk_bytes(pool, chunk));
        if (pages == NULL)
            return NULL;
        K_PUBLISH(pool->pages_bytes, pool->pages_bytes + chunk_bytes(pool, chunk));
        /* Pairs with the acquire in k_pool_at. */
        atomic_store_explicit(&pool->chunk[chunk], pages, memory_order_release);
    }
    struct k_pool_item *item =
        (void *)(pages + (pool->made - k_pool_items_before(chunk)) * pool->item_bytes);
    item->index = pool->made;
    /* Release: statistics that see the count find the item. */
    __atomic_store_n(&pool->made, pool->made + 1, __ATOMIC_RELEASE);
    return item;
}

void *k_pool_get(struct k_pool *pool, struct k_cpu *cpu)
{
    k_lock_take(cpu, &pool->lock);
    struct k_pool_item *item = pool->free;
    if (item != NULL)
        pool->free = item->next_free;
    else
        item = carve(pool, cpu);
    if (item != NULL) {
        K_PUBLISH(item->in_use, 1);
        K_PUBLISH(pool->used, pool->used + 1);
        if (pool->used > pool->used_peak)
            K_PUBLISH(pool->used_peak, pool->used);
    }
    k_lock_drop(cpu, &pool->lock);
    return item;
}

void k_pool_put(struct k_pool *pool, struct k_cpu *cpu, void *pointer)
{
    struct k_pool_item *item = pointer;
    k_lock_take(cpu, &pool->lock);
    K_REQUIRE(cpu->kernel, item->in_use);
    K_PUBLISH(item->in_use, 0);
    item->next_free = pool->free;
    pool->free = item;
    K_PUBLISH(pool->used, pool->used - 1);
    k_lock_drop(cpu, &pool->lock);
}
