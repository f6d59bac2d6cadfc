#include "sim/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/blocks.h"

#if SIM_SYSTEM_ALLOCATOR
#define HAVE_ARENAS 0
#else
#define HAVE_ARENAS 1
#include <jemalloc/jemalloc.h>
#endif

/* Blocks of a process up to this sum come without an arena. */
#define BLOCKS_BEFORE_ARENA ((uint64_t)48 << 10)

#define ARENA_UNKNOWN (-1) /* nobody asked yet */
#define ARENA_NONE (-2)    /* there is none to be had: blocks only */

struct sim_memory {
    struct sim_reserves reserves;
    int arena;
    atomic_ullong asked_bytes;
};

struct sim_heap {
    struct sim_space *space;
#if HAVE_ARENAS
    extent_hooks_t hooks;
#endif
    pthread_mutex_t lock;
    atomic_int arena; /* written under lock; release, read with acquire */
    atomic_ullong extents_bytes;
    _Atomic(void *) root;
    /* lock */
    struct sim_blocks blocks;
};

/* ---- arenas -------------------------------------------------------------------------------- */

#if HAVE_ARENAS

/* No cache of a host thread may hold memory of a process: it would outlive it. */
static int arena_flags(int arena)
{
    return MALLOCX_ARENA((unsigned)arena) | MALLOCX_TCACHE_NONE;
}

static struct sim_heap *heap_of_hooks(extent_hooks_t *hooks)
{
    return (struct sim_heap *)((char *)hooks - offsetof(struct sim_heap, hooks));
}

static void *extent_alloc(extent_hooks_t *hooks, void *wanted, size_t size, size_t alignment,
                          bool *zero, bool *commit, unsigned arena)
{
    (void)arena;
    struct sim_heap *heap = heap_of_hooks(hooks);
    if (wanted != NULL)
        return NULL;
    uint64_t address = sim_space_take(heap->space, size, alignment);
    if (address == 0)
        return NULL;
    atomic_fetch_add_explicit(&heap->extents_bytes, size, memory_order_relaxed);
    *zero = true;
    *commit = true;
    return (void *)(uintptr_t)address;
}

static bool extent_dalloc(extent_hooks_t *hooks, void *address, size_t size, bool committed,
                          unsigned arena)
{
    (void)committed;
    (void)arena;
    struct sim_heap *heap = heap_of_hooks(hooks);
    atomic_fetch_sub_explicit(&heap->extents_bytes, size, memory_order_relaxed);
    sim_space_give(heap->space, (uintptr_t)address, size);
    return false;
}

static void extent_destroy(extent_hooks_t *hooks, void *address, size_t size, bool committed,
                           unsigned arena)
{
    extent_dalloc(hooks, address, size, committed, arena);
}

/* A range of addresses is one thing or two as the allocator likes: nothing to do, no objection. */
static bool extent_split(extent_hooks_t *hooks, void *address, size_t size, size_t size_a,
                         size_t size_b, bool committed, unsigned arena)
{
    (void)hooks;
    (void)address;
    (void)size;
    (void)size_a;
    (void)size_b;
    (void)committed;
    (void)arena;
    return false;
}

static bool extent_merge(extent_hooks_t *hooks, void *a, size_t size_a, void *b, size_t size_b,
                         bool committed, unsigned arena)
{
    (void)hooks;
    (void)a;
    (void)size_a;
    (void)b;
    (void)size_b;
    (void)committed;
    (void)arena;
    return false;
}

static int arena_create(extent_hooks_t *hooks)
{
    unsigned arena;
    size_t bytes = sizeof arena;
    int failed = hooks == NULL
                     ? mallctl("arenas.create", &arena, &bytes, NULL, 0)
                     : mallctl("arenas.create", &arena, &bytes, (void *)&hooks, sizeof(void *));
    return failed ? ARENA_NONE : (int)arena;
}

static void arena_destroy(int arena)
{
    char name[48];
    snprintf(name, sizeof name, "arena.%d.destroy", arena);
    mallctl(name, NULL, NULL, NULL, 0);
}

static uint64_t arena_figure(int arena, const char *what)
{
    char name[64];
    size_t value = 0, bytes = sizeof value;
    snprintf(name, sizeof name, "stats.arenas.%d.%s", arena, what);
    return mallctl(name, &value, &bytes, NULL, 0) == 0 ? value : 0;
}

static void arena_refresh(void)
{
    uint64_t epoch = 1;
    size_t bytes = sizeof epoch;
    mallctl("epoch", &epoch, &bytes, &epoch, bytes);
}

static uint64_t arena_allocated(int arena)
{
    return arena_figure(arena, "small.allocated") + arena_figure(arena, "large.allocated");
}

#endif

/* ---- the kernel's pages -------------------------------------------------------------------- */

struct sim_memory *sim_memory_create(void)
{
    struct sim_memory *memory = calloc(1, sizeof *memory);
    if (memory == NULL)
        return NULL;
#if HAVE_ARENAS
    memory->arena = arena_create(NULL);
    if (memory->arena < 0) {
        free(memory);
        return NULL;
    }
#endif
    sim_reserves_init(&memory->reserves);
    return memory;
}

void sim_memory_destroy(struct sim_memory *memory)
{
#if HAVE_ARENAS
    arena_destroy(memory->arena);
#endif
    sim_reserves_fini(&memory->reserves);
    free(memory);
}

struct sim_reserves *sim_memory_reserves(struct sim_memory *memory)
{
    return &memory->reserves;
}

void *sim_memory_pages_get(struct sim_memory *memory, uint64_t bytes)
{
    if (bytes == 0 || bytes > SIZE_MAX / 2)
        return NULL;
#if HAVE_ARENAS
    void *pages =
        mallocx(bytes, arena_flags(memory->arena) | MALLOCX_ZERO | MALLOCX_ALIGN(SIM_RANGE_PAGE));
#else
    void *pages = aligned_alloc(SIM_RANGE_PAGE, sim_round_up(bytes, SIM_RANGE_PAGE));
    if (pages != NULL)
        memset(pages, 0, bytes);
#endif
    if (pages != NULL)
        atomic_fetch_add_explicit(&memory->asked_bytes, bytes, memory_order_relaxed);
    return pages;
}

void sim_memory_pages_put(struct sim_memory *memory, void *pages, uint64_t bytes)
{
    if (pages == NULL)
        return;
    atomic_fetch_sub_explicit(&memory->asked_bytes, bytes, memory_order_relaxed);
#if HAVE_ARENAS
    dallocx(pages, arena_flags(memory->arena));
#else
    free(pages);
#endif
}

void sim_memory_figures(struct sim_memory *memory, struct sim_memory_figures *figures)
{
    figures->asked_bytes = atomic_load_explicit(&memory->asked_bytes, memory_order_relaxed);
#if HAVE_ARENAS
    arena_refresh();
    figures->allocated_bytes = arena_allocated(memory->arena);
    figures->resident_bytes = arena_figure(memory->arena, "resident");
#else
    figures->allocated_bytes = figures->resident_bytes = figures->asked_bytes;
#endif
}

/* ---- heaps --------------------------------------------------------------------------------- */

struct sim_heap *sim_heap_of(struct sim_space *space)
{
    struct sim_heap *heap = atomic_load_explicit(&space->heap, memory_order_acquire);
    if (heap != NULL)
        return heap;
    heap = calloc(1, sizeof *heap);
    if (heap == NULL)
        return NULL;
    heap->space = space;
    pthread_mutex_init(&heap->lock, NULL);
    atomic_init(&heap->arena, ARENA_UNKNOWN);
    sim_blocks_init(&heap->blocks, space);
#if HAVE_ARENAS
    heap->hooks = (extent_hooks_t){.alloc = extent_alloc,
                                   .dalloc = extent_dalloc,
                                   .destroy = extent_destroy,
                                   .split = extent_split,
                                   .merge = extent_merge};
#endif
    struct sim_heap *other = NULL;
    if (atomic_compare_exchange_strong_explicit(&space->heap, &other, heap, memory_order_acq_rel,
                                                memory_order_acquire))
        return heap;
    pthread_mutex_destroy(&heap->lock);
    free(heap);
    return other;
}

_Atomic(void *) *sim_heap_root(struct sim_heap *heap)
{
    return &heap->root;
}

void sim_heap_destroy(struct sim_heap *heap)
{
    if (heap == NULL)
        return;
    atomic_store_explicit(&heap->space->heap, NULL, memory_order_relaxed);
#if HAVE_ARENAS
    int arena = atomic_load_explicit(&heap->arena, memory_order_relaxed);
    if (arena >= 0)
        arena_destroy(arena);
#endif
    sim_blocks_fini(&heap->blocks);
    pthread_mutex_destroy(&heap->lock);
    free(heap);
}

/* NULL also where the blocks have reached their bound and an arena can be had. */
static void *take_block(struct sim_heap *heap, size_t bytes, uint64_t bound)
{
    void *memory = NULL;
    pthread_mutex_lock(&heap->lock);
    if (bytes <= bound && heap->blocks.used_bytes <= bound - bytes)
        memory = sim_blocks_take(&heap->blocks, bytes);
    pthread_mutex_unlock(&heap->lock);
    return memory;
}

#if HAVE_ARENAS

/* The arena of a heap, made now if need be; below 0 if there is none. */
static int heap_arena(struct sim_heap *heap)
{
    int arena = atomic_load_explicit(&heap->arena, memory_order_acquire);
    if (arena != ARENA_UNKNOWN)
        return arena;
    pthread_mutex_lock(&heap->lock);
    arena = atomic_load_explicit(&heap->arena, memory_order_relaxed);
    if (arena == ARENA_UNKNOWN) {
        arena = arena_create(&heap->hooks);
        atomic_store_explicit(&heap->arena, arena, memory_order_release);
    }
    pthread_mutex_unlock(&heap->lock);
    return arena;
}

static int is_block(struct sim_heap *heap, const void *memory)
{
    pthread_mutex_lock(&heap->lock);
    int own = sim_blocks_own(&heap->blocks, memory);
    pthread_mutex_unlock(&heap->lock);
    return own;
}

/* The allocator answers a size beyond all classes with undefined behaviour. */
static void *take_from_arena(struct sim_heap *heap, int arena, size_t bytes, int more_flags)
{
    if (bytes > heap->space->length)
        return NULL;
    return mallocx(bytes == 0 ? 1 : bytes, arena_flags(arena) | more_flags);
}

#endif

void *sim_heap_take(struct sim_heap *heap, size_t bytes)
{
#if HAVE_ARENAS
    void *memory = take_block(heap, bytes, BLOCKS_BEFORE_ARENA);
    if (memory != NULL)
        return memory;
    int arena = heap_arena(heap);
    if (arena >= 0)
        return take_from_arena(heap, arena, bytes, MALLOCX_ZERO);
#endif
    return take_block(heap, bytes, UINT64_MAX);
}

void sim_heap_give(struct sim_heap *heap, void *memory)
{
    if (memory == NULL)
        return;
#if HAVE_ARENAS
    int arena = atomic_load_explicit(&heap->arena, memory_order_acquire);
    if (arena >= 0 && !is_block(heap, memory)) {
        dallocx(memory, arena_flags(arena));
        return;
    }
#endif
    pthread_mutex_lock(&heap->lock);
    sim_blocks_give(&heap->blocks, memory);
    pthread_mutex_unlock(&heap->lock);
}

static void *move(struct sim_heap *heap, void *memory, size_t bytes)
{
    void *place = sim_heap_take(heap, bytes);
    size_t old = sim_blocks_size(memory);
    if (place == NULL) /* to become smaller never fails: Lua relies on it */
        return bytes <= old ? memory : NULL;
    memcpy(place, memory, old < bytes ? old : bytes);
    sim_heap_give(heap, memory);
    return place;
}

void *sim_heap_realloc(void *heap, void *memory, size_t old_bytes, size_t new_bytes)
{
    struct sim_heap *own = heap;
    if (new_bytes == 0) {
        sim_heap_give(own, memory);
        return NULL;
    }
#if HAVE_ARENAS
    int arena = heap_arena(own);
    if (arena >= 0) {
        if (memory == NULL)
            return take_from_arena(own, arena, new_bytes, 0);
        if (new_bytes > own->space->length)
            return NULL;
        if (!is_block(own, memory)) {
            void *place = rallocx(memory, new_bytes, arena_flags(arena));
            return place == NULL && new_bytes <= old_bytes ? memory : place;
        }
    }
#else
    (void)old_bytes; /* blocks know their size */
#endif
    return memory == NULL ? take_block(own, new_bytes, UINT64_MAX) : move(own, memory, new_bytes);
}

void sim_heap_figures(struct sim_heap *heap, struct sim_heap_figures *figures)
{
    pthread_mutex_lock(&heap->lock);
    figures->used_bytes = heap->blocks.used_bytes;
    figures->taken_bytes = heap->blocks.taken_bytes;
    pthread_mutex_unlock(&heap->lock);
    int arena = atomic_load_explicit(&heap->arena, memory_order_acquire);
    figures->has_arena = arena >= 0;
    figures->taken_bytes += atomic_load_explicit(&heap->extents_bytes, memory_order_relaxed);
#if HAVE_ARENAS
    if (arena >= 0) {
        arena_refresh();
        figures->used_bytes += arena_allocated(arena);
    }
#endif
}
