#include <criterion/criterion.h>

#include <stdlib.h>
#include "sim/range.h"

#define BASE 0x100000000U
#define PAGES(n) ((uint64_t)(n)*SIM_RANGE_PAGE)

Test(range, takes_the_lowest_place)
{
    struct sim_range range;
    cr_assert_eq(sim_range_init(&range, BASE, PAGES(10)), 0);
    cr_assert_eq(sim_range_take(&range, 1, SIM_RANGE_PAGE), BASE);
    cr_assert_eq(sim_range_take(&range, PAGES(2), SIM_RANGE_PAGE), BASE + PAGES(1));
    sim_range_give(&range, BASE, 1);
    cr_assert_eq(sim_range_take(&range, PAGES(1), SIM_RANGE_PAGE), BASE);
    cr_assert_eq(sim_range_free_bytes(&range), PAGES(7));
    sim_range_fini(&range);
}

Test(range, refuses_what_does_not_fit)
{
    struct sim_range range;
    cr_assert_eq(sim_range_init(&range, BASE, PAGES(4)), 0);
    cr_assert_eq(sim_range_take(&range, 0, SIM_RANGE_PAGE), 0);
    cr_assert_eq(sim_range_take(&range, PAGES(5), SIM_RANGE_PAGE), 0);
    cr_assert_eq(sim_range_take(&range, UINT64_MAX, SIM_RANGE_PAGE), 0);
    cr_assert_eq(sim_range_take(&range, PAGES(4), SIM_RANGE_PAGE), BASE);
    cr_assert_eq(sim_range_take(&range, 1, SIM_RANGE_PAGE), 0);
    sim_range_fini(&range);
}

Test(range, aligns_and_uses_the_gap_before)
{
    struct sim_range range;
    cr_assert_eq(sim_range_init(&range, BASE + PAGES(1), PAGES(40)), 0);
    cr_assert_eq(sim_range_take(&range, PAGES(8), PAGES(8)), BASE + PAGES(8));
    cr_assert_eq(sim_range_take(&range, PAGES(7), SIM_RANGE_PAGE), BASE + PAGES(1));
    cr_assert_eq(sim_range_take(&range, PAGES(8), PAGES(8)), BASE + PAGES(16));
    sim_range_fini(&range);
}

Test(range, grows_together_whatever_the_order)
{
    enum { COUNT = 64 };
    static const uint32_t strides[] = {1, 3, 5, 7, 13, 63};
    for (uint32_t s = 0; s < sizeof strides / sizeof *strides; s++) {
        struct sim_range range;
        cr_assert_eq(sim_range_init(&range, BASE, PAGES(COUNT)), 0);
        for (uint32_t i = 0; i < COUNT; i++)
            cr_assert_eq(sim_range_take(&range, PAGES(1), SIM_RANGE_PAGE), BASE + PAGES(i));
        for (uint32_t i = 0; i < COUNT; i++)
            sim_range_give(&range, BASE + PAGES(i * strides[s] % COUNT), PAGES(1));
        cr_assert_eq(range.count, 1);
        cr_assert_eq(sim_range_take(&range, PAGES(COUNT), SIM_RANGE_PAGE), BASE);
        sim_range_fini(&range);
    }
}

Test(range, takes_back_parts_of_what_was_taken)
{
    struct sim_range range;
    cr_assert_eq(sim_range_init(&range, BASE, PAGES(8)), 0);
    cr_assert_eq(sim_range_take(&range, PAGES(8), SIM_RANGE_PAGE), BASE);
    sim_range_give(&range, BASE + PAGES(3), PAGES(2));
    cr_assert_eq(sim_range_take(&range, PAGES(3), SIM_RANGE_PAGE), 0);
    cr_assert_eq(sim_range_take(&range, PAGES(2), SIM_RANGE_PAGE), BASE + PAGES(3));
    sim_range_fini(&range);
}

/* Against a map of pages that is too simple to be wrong. */
Test(range, agrees_with_a_map_of_pages)
{
    enum { COUNT = 200, STEPS = 20000, HELD = 32 };
    struct {
        uint64_t address, pages;
    } held[HELD] = {0};
    unsigned char used[COUNT] = {0};
    struct sim_range range;
    uint64_t random = 7, used_pages = 0;
    cr_assert_eq(sim_range_init(&range, BASE, PAGES(COUNT)), 0);
    for (uint32_t step = 0; step < STEPS; step++) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        uint32_t slot = (uint32_t)(random >> 40) % HELD;
        uint64_t want = 1 + (random >> 33) % 12, align = (uint64_t)1 << (random >> 60) % 4;
        if (held[slot].pages != 0) {
            sim_range_give(&range, held[slot].address, PAGES(held[slot].pages));
            for (uint64_t i = 0; i < held[slot].pages; i++)
                used[(held[slot].address - BASE) / SIM_RANGE_PAGE + i] = 0;
            used_pages -= held[slot].pages;
            held[slot].pages = 0;
            continue;
        }
        uint64_t expected = 0;
        for (uint64_t at = 0; at + want <= COUNT && expected == 0; at += align) {
            uint64_t clear = 0;
            while (clear < want && !used[at + clear])
                clear++;
            expected = clear == want ? BASE + PAGES(at) : 0;
        }
        held[slot].address = sim_range_take(&range, PAGES(want), PAGES(align));
        cr_assert_eq(held[slot].address, expected, "step %u", step);
        if (expected == 0)
            continue;
        held[slot].pages = want;
        used_pages += want;
        for (uint64_t i = 0; i < want; i++)
            used[(expected - BASE) / SIM_RANGE_PAGE + i] = 1;
    }
    cr_assert_eq(sim_range_free_bytes(&range), PAGES(COUNT - used_pages));
    sim_range_fini(&range);
}
