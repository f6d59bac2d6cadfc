#include <criterion/criterion.h>

#include <signal.h>
#include <string.h>
#include "sim/blocks.h"
#include "sim/poison.h"
#include "sim/space.h"

static struct sim_reserves reserves;
static struct sim_space *space;
static struct sim_blocks blocks;

static void set_up(void)
{
    sim_reserves_init(&reserves);
    space = sim_space_create(&reserves, (uint64_t)8 << 20);
    sim_blocks_init(&blocks, space);
}

static void tear_down(void)
{
    sim_blocks_fini(&blocks);
    sim_space_destroy(space);
    sim_reserves_fini(&reserves);
}

TestSuite(blocks, .init = set_up, .fini = tear_down);

static int filled_with(const unsigned char *memory, unsigned char value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (memory[i] != value)
            return 0;
    return 1;
}

Test(blocks, every_size_is_zeroed_aligned_and_inside)
{
    for (size_t bytes = 0; bytes < 70000; bytes = bytes < 300 ? bytes + 1 : bytes * 9 / 8) {
        unsigned char *memory = sim_blocks_take(&blocks, bytes);
        cr_assert_not_null(memory);
        cr_assert_eq((uintptr_t)memory % 16, 0);
        cr_assert(sim_space_contains(space, (uintptr_t)memory));
        cr_assert(filled_with(memory, 0, bytes));
        cr_assert_eq(sim_blocks_size(memory), bytes);
        cr_assert(sim_blocks_own(&blocks, memory));
        memset(memory, 0xff, bytes);
        sim_blocks_give(&blocks, memory);
        memory = sim_blocks_take(&blocks, bytes);
        cr_assert(filled_with(memory, 0, bytes));
        sim_blocks_give(&blocks, memory);
    }
    cr_assert_eq(blocks.used_bytes, 0);
}

Test(blocks, neighbours_do_not_overlap)
{
    enum { COUNT = 500 };
    unsigned char *memory[COUNT];
    size_t bytes[COUNT];
    for (uint32_t i = 0; i < COUNT; i++) {
        bytes[i] = (i * 37) % 2000;
        memory[i] = sim_blocks_take(&blocks, bytes[i]);
        memset(memory[i], (int)(i & 255), bytes[i]);
    }
    for (uint32_t i = 0; i < COUNT; i += 3)
        sim_blocks_give(&blocks, memory[i]);
    for (uint32_t i = 0; i < COUNT; i += 3) {
        memory[i] = sim_blocks_take(&blocks, bytes[i]);
        memset(memory[i], (int)(i & 255), bytes[i]);
    }
    uint64_t sum = 0;
    for (uint32_t i = 0; i < COUNT; i++) {
        cr_assert(filled_with(memory[i], (unsigned char)i, bytes[i]), "block %u", i);
        sum += bytes[i];
    }
    cr_assert_eq(blocks.used_bytes, sum);
}

Test(blocks, a_freed_block_is_used_again)
{
    for (uint32_t i = 0; i < 100000; i++)
        sim_blocks_give(&blocks, sim_blocks_take(&blocks, 1000));
    cr_assert_eq(blocks.taken_bytes, 64 << 10);
}

Test(blocks, a_long_block_gives_its_pages_back)
{
    void *small = sim_blocks_take(&blocks, 10);
    uint64_t before = atomic_load(&space->taken);
    void *memory = sim_blocks_take(&blocks, 1 << 20);
    cr_assert_not_null(memory);
    cr_assert_geq(atomic_load(&space->taken), before + (1 << 20));
    sim_blocks_give(&blocks, memory);
    cr_assert_eq(atomic_load(&space->taken), before);
    cr_assert_eq(blocks.taken_bytes, 64 << 10);
    sim_blocks_give(&blocks, small);
}

Test(blocks, no_room_is_null_and_harms_nobody)
{
    cr_assert_null(sim_blocks_take(&blocks, (size_t)100 << 20));
    cr_assert_null(sim_blocks_take(&blocks, SIZE_MAX));
    cr_assert_not_null(sim_blocks_take(&blocks, 1));
    uint32_t count = 0;
    while (sim_blocks_take(&blocks, 30000) != NULL)
        count++;
    cr_assert_gt(count, space->length / 40000);
    cr_assert_null(sim_blocks_take(&blocks, 30000));
    cr_assert_not_null(sim_blocks_take(&blocks, 1));
}

Test(blocks, freeing_twice_is_caught, .signal = SIGILL, .disabled = SIM_ADDRESS_SANITIZER)
{
    void *memory = sim_blocks_take(&blocks, 100);
    sim_blocks_give(&blocks, memory);
    sim_blocks_give(&blocks, memory);
}

#if SIM_ADDRESS_SANITIZER
Test(blocks, the_sanitizer_sees_both_ends_and_what_was_freed)
{
    for (size_t bytes = 1; bytes < 40000; bytes = bytes * 3 + 1) {
        char *memory = sim_blocks_take(&blocks, bytes);
        cr_assert(__asan_address_is_poisoned(memory - 1));
        cr_assert(__asan_address_is_poisoned(memory + bytes));
        cr_assert_null(__asan_region_is_poisoned(memory, bytes));
        sim_blocks_give(&blocks, memory);
        if (bytes < 8000)
            cr_assert(__asan_address_is_poisoned(memory));
    }
}
#endif
