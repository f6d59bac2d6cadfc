#include <criterion/criterion.h>

#include <pthread.h>
#include <string.h>
#include "sim/memory.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)

static struct sim_memory *memory;
static struct sim_space *space;

static void set_up(void)
{
    memory = sim_memory_create();
    space = sim_space_create(sim_memory_reserves(memory), 64 * MIB);
}

static void tear_down(void)
{
    sim_heap_destroy(atomic_load(&space->heap));
    sim_space_destroy(space);
    sim_memory_destroy(memory);
}

TestSuite(memory, .init = set_up, .fini = tear_down);

static int all_zero(const unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (bytes[i] != 0)
            return 0;
    return 1;
}

Test(memory, kernel_pages_are_zeroed_aligned_and_counted)
{
    struct sim_memory_figures figures;
    for (uint32_t turn = 0; turn < 3; turn++) {
        unsigned char *pages = sim_memory_pages_get(memory, 20 * KIB);
        cr_assert_eq((uintptr_t)pages % SIM_RANGE_PAGE, 0);
        cr_assert(all_zero(pages, 20 * KIB));
        memset(pages, 0xee, 20 * KIB);
        sim_memory_figures(memory, &figures);
        cr_assert_eq(figures.asked_bytes, 20 * KIB);
        cr_assert_geq(figures.allocated_bytes, 20 * KIB);
        cr_assert_leq(figures.allocated_bytes, 40 * KIB);
        sim_memory_pages_put(memory, pages, 20 * KIB);
    }
    sim_memory_figures(memory, &figures);
    cr_assert_eq(figures.asked_bytes, 0);
    cr_assert_eq(figures.allocated_bytes, 0);
    cr_assert_null(sim_memory_pages_get(memory, UINT64_MAX));
    cr_assert_null(sim_memory_pages_get(memory, 0));
}

Test(memory, a_heap_lies_in_its_space)
{
    struct sim_heap *heap = sim_heap_of(space);
    cr_assert_eq(sim_heap_of(space), heap);
    for (size_t bytes = 1; bytes < 4 * MIB; bytes *= 3) {
        unsigned char *block = sim_heap_take(heap, bytes);
        cr_assert_not_null(block);
        cr_assert(sim_space_contains(space, (uintptr_t)block));
        cr_assert(sim_space_contains(space, (uintptr_t)block + bytes - 1));
        cr_assert(all_zero(block, bytes));
        memset(block, 1, bytes);
        if (bytes % 2)
            sim_heap_give(heap, block);
    }
}

Test(memory, a_small_heap_has_no_arena)
{
    struct sim_heap_figures figures;
    struct sim_heap *heap = sim_heap_of(space);
    void *block = sim_heap_take(heap, 1000);
    sim_heap_figures(heap, &figures);
    cr_assert_eq(figures.has_arena, 0);
    cr_assert_eq(figures.used_bytes, 1000);
    cr_assert_eq(figures.taken_bytes, atomic_load(&space->taken));
    sim_heap_give(heap, block);
    sim_heap_figures(heap, &figures);
    cr_assert_eq(figures.used_bytes, 0);
}

Test(memory, figures_are_exact)
{
    enum { COUNT = 200 };
    void *block[COUNT];
    struct sim_heap_figures before, full, after;
    struct sim_heap *heap = sim_heap_of(space);
    sim_heap_give(heap, sim_heap_take(heap, MIB)); /* large enough for an arena, if there are any */
    sim_heap_figures(heap, &before);
    cr_assert_eq(before.used_bytes, 0);
    for (uint32_t i = 0; i < COUNT; i++)
        block[i] = sim_heap_take(heap, 8 * KIB);
    sim_heap_figures(heap, &full);
    cr_assert_eq(full.used_bytes, COUNT * 8 * KIB);
    cr_assert_eq(full.taken_bytes, atomic_load(&space->taken));
    for (uint32_t i = 0; i < COUNT; i++)
        sim_heap_give(heap, block[i]);
    sim_heap_figures(heap, &after);
    cr_assert_eq(after.used_bytes, 0);
}

Test(memory, resizing_keeps_the_bytes)
{
    struct sim_heap *heap = sim_heap_of(space);
    static const size_t sizes[] = {10, 100, 40000, 60, 300000, 299000, 1, 5000};
    unsigned char *block = sim_heap_take(heap, 5); /* a block, which has to move */
    size_t old = 5;
    memset(block, 7, old);
    for (uint32_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        block = sim_heap_realloc(heap, block, old, sizes[i]);
        cr_assert_not_null(block);
        for (size_t k = 0; k < (old < sizes[i] ? old : sizes[i]); k++)
            cr_assert_eq(block[k], 7);
        memset(block, 7, sizes[i]);
        old = sizes[i];
    }
    cr_assert_null(sim_heap_realloc(heap, block, old, 0));
    cr_assert_null(sim_heap_realloc(heap, NULL, 0, 0));
    cr_assert_null(sim_heap_realloc(heap, NULL, 4, SIZE_MAX));
    struct sim_heap_figures figures;
    sim_heap_figures(heap, &figures);
    cr_assert_eq(figures.used_bytes, 0);
}

Test(memory, no_room_is_null_and_harms_nobody)
{
    struct sim_heap *heap = sim_heap_of(space);
    cr_assert_null(sim_heap_take(heap, 512 * MIB));
    cr_assert_null(sim_heap_take(heap, SIZE_MAX));
    uint32_t count = 0;
    void *last = NULL;
    for (void *block; (block = sim_heap_take(heap, MIB)) != NULL; count++)
        last = block;
    cr_assert_gt(count, 40);
    cr_assert_null(sim_heap_realloc(heap, last, MIB, 8 * MIB));
    unsigned char *smaller = sim_heap_realloc(heap, last, MIB, 10); /* never fails */
    cr_assert_not_null(smaller);
    sim_heap_give(heap, smaller);
}

/* Each heap that needs more than a few blocks asks for an arena, of which the host's allocator has
 * some four thousand; all the same each heap works. */
Test(memory, more_heaps_than_arenas, .timeout = 60)
{
    enum { COUNT = 4300 };
    static struct sim_space *spaces[COUNT];
    for (uint32_t i = 0; i < COUNT; i++) {
        spaces[i] = sim_space_create(sim_memory_reserves(memory), MIB);
        unsigned char *block = sim_heap_realloc(sim_heap_of(spaces[i]), NULL, 0, 3000);
        cr_assert_not_null(block, "heap %u", i);
        cr_assert(sim_space_contains(spaces[i], (uintptr_t)block));
        block[2999] = 1;
    }
    struct sim_heap_figures figures;
    sim_heap_figures(sim_heap_of(spaces[COUNT - 1]), &figures);
    cr_assert_eq(figures.has_arena, 0);
    for (uint32_t i = 0; i < COUNT; i++) {
        sim_heap_destroy(atomic_load(&spaces[i]->heap));
        sim_space_destroy(spaces[i]);
    }
}

static void *use_heap(void *argument)
{
    struct sim_heap *heap = argument;
    uint64_t random = (uintptr_t)&heap;
    void *held[16] = {0};
    for (uint32_t i = 0; i < 20000; i++) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        uint32_t slot = (uint32_t)(random >> 60);
        size_t bytes = 1 + (random >> 33) % 6000;
        sim_heap_give(heap, held[slot]);
        held[slot] = sim_heap_take(heap, bytes);
        if (held[slot] != NULL)
            memset(held[slot], 1, bytes);
    }
    for (uint32_t slot = 0; slot < 16; slot++)
        sim_heap_give(heap, held[slot]);
    return NULL;
}

Test(memory, threads_of_one_process_share_a_heap)
{
    pthread_t threads[4];
    struct sim_heap *heap = sim_heap_of(space);
    for (uint32_t i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, use_heap, heap);
    for (uint32_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    struct sim_heap_figures figures;
    sim_heap_figures(heap, &figures);
    cr_assert_eq(figures.used_bytes, 0);
}

Test(memory, outside_of_a_simulated_thread_there_is_no_heap)
{
    cr_assert_null(sim_heap_current());
}
