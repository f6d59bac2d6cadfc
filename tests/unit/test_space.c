#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>
#include "sim/space.h"

#define MIB ((uint64_t)1 << 20)

static void *at(uint64_t address)
{
    return (void *)(uintptr_t)address;
}

static int all_zero(const unsigned char *memory, uint64_t bytes)
{
    for (uint64_t i = 0; i < bytes; i++)
        if (memory[i] != 0)
            return 0;
    return 1;
}

/* Mappings that the host keeps for this program. */
static uint32_t mappings(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    uint32_t lines = 0;
    for (int c; (c = fgetc(maps)) != EOF;)
        lines += c == '\n';
    fclose(maps);
    return lines;
}

Test(space, ten_thousand_cost_no_mappings)
{
    enum { COUNT = 10000 };
    static struct sim_space *spaces[COUNT];
    struct sim_reserves reserves;
    sim_reserves_init(&reserves);
    uint32_t before = mappings();
    for (uint32_t i = 0; i < COUNT; i++) {
        spaces[i] = sim_space_create(&reserves, 256 * MIB);
        cr_assert_not_null(spaces[i]);
        cr_assert_geq(spaces[i]->length, 256 * MIB);
    }
    cr_assert_leq(mappings(), before + 200);
    cr_assert_eq(atomic_load(&reserves.spaces_made), COUNT);
    for (uint32_t i = 0; i < COUNT; i++)
        sim_space_destroy(spaces[i]);
    sim_reserves_fini(&reserves);
}

Test(space, spaces_do_not_overlap)
{
    struct sim_reserves reserves;
    struct sim_space *a, *b;
    sim_reserves_init(&reserves);
    a = sim_space_create(&reserves, MIB);
    b = sim_space_create(&reserves, MIB);
    cr_assert(a->base + a->length <= b->base || b->base + b->length <= a->base);
    cr_assert(sim_space_contains(a, a->base) && sim_space_contains(a, a->base + a->length - 1));
    cr_assert_not(sim_space_contains(a, a->base + a->length));
    cr_assert_not(sim_space_contains(a, a->base - 1));
    sim_space_destroy(a);
    sim_space_destroy(b);
    sim_reserves_fini(&reserves);
}

Test(space, refuses_a_size_that_no_host_has)
{
    struct sim_reserves reserves;
    sim_reserves_init(&reserves);
    cr_assert_null(sim_space_create(&reserves, 0));
    cr_assert_null(sim_space_create(&reserves, UINT64_MAX));
    cr_assert_null(sim_space_create(&reserves, (uint64_t)1 << 60));
    sim_reserves_fini(&reserves);
}

Test(space, what_is_taken_is_zero_and_counted)
{
    struct sim_reserves reserves;
    sim_reserves_init(&reserves);
    struct sim_space *space = sim_space_create(&reserves, MIB);
    uint64_t first = sim_space_take(space, 10000, SIM_RANGE_PAGE);
    cr_assert(sim_space_contains(space, first));
    cr_assert_eq(atomic_load(&space->taken), 3 * SIM_RANGE_PAGE);
    cr_assert(all_zero(at(first), 12288));
    memset(at(first), 0xa5, 12288);
    sim_space_give(space, first, 10000);
    cr_assert_eq(atomic_load(&space->taken), 0);
    cr_assert_eq(sim_space_take(space, 12288, SIM_RANGE_PAGE), first);
    cr_assert(all_zero(at(first), 12288));
    sim_space_destroy(space);
    sim_reserves_fini(&reserves);
}

Test(space, the_next_owner_sees_nothing_of_the_last)
{
    struct sim_reserves reserves;
    sim_reserves_init(&reserves);
    struct sim_space *space = sim_space_create(&reserves, MIB);
    uint64_t base = space->base, bytes = space->length;
    uint64_t low = sim_space_stack_take(space, 64 << 10);
    memset(at(low + SIM_GUARD_BYTES), 1, (64 << 10) - SIM_GUARD_BYTES);
    sim_space_destroy(space);
    space = sim_space_create(&reserves, MIB);
    cr_assert_eq(space->base, base);
    cr_assert(all_zero(at(base), bytes));
    memset(at(base), 1, bytes);
    sim_space_destroy(space);
    sim_reserves_fini(&reserves);
}

Test(space, room_ends_and_comes_back)
{
    struct sim_reserves reserves;
    sim_reserves_init(&reserves);
    struct sim_space *space = sim_space_create(&reserves, MIB);
    uint32_t count = 0;
    uint64_t address[1024];
    while (count < 1024 && (address[count] = sim_space_take(space, 64 << 10, 65536)) != 0)
        count++;
    cr_assert_eq(count, space->length / (64 << 10));
    while (count > 0)
        sim_space_give(space, address[--count], 64 << 10);
    cr_assert_eq(sim_space_take(space, space->length, SIM_RANGE_PAGE), space->base);
    sim_space_destroy(space);
    sim_reserves_fini(&reserves);
}

Test(space, guard_pages_are_known_to_the_byte)
{
    struct sim_reserves reserves;
    sim_reserves_init(&reserves);
    struct sim_space *space = sim_space_create(&reserves, 4 * MIB);
    uint64_t bytes = 100 << 10; /* no power of two: places of 128 KiB */
    cr_assert_eq(sim_space_guarded(space, space->base, space->length), 0);
    uint64_t a = sim_space_stack_take(space, bytes), b = sim_space_stack_take(space, bytes);
    cr_assert_eq(a % (128 << 10), 0);
    cr_assert_eq(sim_space_guarded(space, a, 1), 1);
    cr_assert_eq(sim_space_guarded(space, a + SIM_GUARD_BYTES - 1, 1), 1);
    cr_assert_eq(sim_space_guarded(space, a + SIM_GUARD_BYTES, bytes - SIM_GUARD_BYTES), 0);
    cr_assert_eq(sim_space_guarded(space, a + SIM_GUARD_BYTES, b - a - SIM_GUARD_BYTES), 0);
    cr_assert_eq(sim_space_guarded(space, a + SIM_GUARD_BYTES, b - a - SIM_GUARD_BYTES + 1), 1);
    cr_assert_eq(sim_space_guarded(space, b - 1, 2), 1);
    cr_assert_eq(sim_space_guarded(space, b, 0), 0);
    cr_assert_eq(sim_space_guarded(space, space->base - 1, 1), 0);
    cr_assert_eq(sim_space_guarded(space, b + SIM_GUARD_BYTES, UINT64_MAX - b), 0);
    sim_space_stack_give(space, b, bytes);
    cr_assert_eq(sim_space_guarded(space, b, bytes), 0);
    memset(at(b), 1, bytes); /* may be touched again */
    sim_space_stack_give(space, a, bytes);
    sim_space_destroy(space);
    sim_reserves_fini(&reserves);
}

Test(space, a_stack_of_another_size_has_no_guard)
{
    struct sim_reserves reserves;
    sim_reserves_init(&reserves);
    struct sim_space *space = sim_space_create(&reserves, 4 * MIB);
    uint64_t a = sim_space_stack_take(space, 64 << 10), b = sim_space_stack_take(space, 512 << 10);
    cr_assert_eq(sim_space_guarded(space, a, 1), 1);
    cr_assert_eq(sim_space_guarded(space, b, 512 << 10), 0);
    memset(at(b), 1, 512 << 10);
    sim_space_stack_give(space, b, 512 << 10);
    sim_space_destroy(space); /* with a stack in it */
    sim_reserves_fini(&reserves);
}
