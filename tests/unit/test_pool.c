#include <criterion/criterion.h>

#include <string.h>
#include "fake_machine.h"
#include "seeded.h"

struct thing {
    struct k_pool_item item;
    uint64_t mark;
    char rest[100];
};

static struct fake_machine fake;
static struct k_pool pool;

static void set_up(void)
{
    fake_init(&fake, 1, 0);
    k_pool_init(&pool, "thing", sizeof(struct thing));
}

static void tear_down(void)
{
    k_pool_fini(&pool, fake_cpu(&fake));
    fake_fini(&fake);
}

TestSuite(pool, .init = set_up, .fini = tear_down);

static struct thing *get(void)
{
    return k_pool_get(&pool, fake_cpu(&fake));
}

static void put(struct thing *thing)
{
    k_pool_put(&pool, fake_cpu(&fake), thing);
}

Test(pool, takes_no_page_before_the_first_item)
{
    uint64_t before = fake.pages_out;
    cr_assert_eq(pool.pages_bytes, 0);
    struct thing *thing = get();
    cr_assert_not_null(thing);
    cr_assert_gt(fake.pages_out, before);
    cr_assert_eq(pool.pages_bytes, fake.pages_out - before);
}

Test(pool, a_new_item_is_zeroed_and_on_lines_of_its_own)
{
    for (int i = 0; i < 100; i++) {
        static const char zeroes[100];
        struct thing *thing = get();
        cr_assert_eq((uintptr_t)thing % 64, 0);
        cr_assert(thing->mark == 0 && memcmp(thing->rest, zeroes, sizeof(zeroes)) == 0);
        thing->mark = 1;
        memset(thing->rest, 0xff, sizeof(thing->rest));
    }
}

Test(pool, an_item_that_comes_back_is_the_next_one_and_keeps_what_it_had)
{
    struct thing *thing = get();
    thing->mark = 42;
    uint32_t index = thing->item.index;
    put(thing);
    struct thing *again = get();
    cr_assert_eq(again, thing);
    cr_assert_eq(again->mark, 42);
    cr_assert_eq(again->item.index, index);
}

Test(pool, an_index_finds_its_item_in_use_or_not)
{
    struct thing *things[300];
    for (uint32_t i = 0; i < 300; i++) {
        things[i] = get();
        cr_assert_eq(things[i]->item.index, i);
    }
    for (uint32_t i = 0; i < 300; i += 3)
        put(things[i]);
    for (uint32_t i = 0; i < 300; i++)
        cr_assert_eq(k_pool_at(&pool, i), things[i]);
}

Test(pool, an_index_that_never_was_finds_nothing)
{
    cr_assert_null(k_pool_at(&pool, 0));
    get();
    cr_assert_null(k_pool_at(&pool, K_POOL_FIRST));
    cr_assert_null(k_pool_at(&pool, UINT32_MAX - 1));
}

Test(pool, growing_moves_nothing)
{
    struct thing *first = get();
    first->mark = 7;
    for (int i = 0; i < 5000; i++)
        cr_assert_not_null(get());
    cr_assert_eq(first->mark, 7);
    cr_assert_eq(k_pool_at(&pool, 0), first);
}

Test(pool, says_no_without_memory_and_goes_on_when_there_is_some)
{
    for (uint32_t i = 0; i < K_POOL_FIRST; i++)
        cr_assert_not_null(get());
    uint64_t left = fake.pages_left;
    fake.pages_left = 0;
    cr_assert_null(get());
    cr_assert_eq(pool.used, K_POOL_FIRST);
    fake.pages_left = left;
    cr_assert_not_null(get());
}

Test(pool, counts_what_is_used_now_and_at_the_most)
{
    struct thing *a = get(), *b = get();
    put(a);
    put(b);
    get();
    cr_assert_eq(pool.used, 1);
    cr_assert_eq(pool.used_peak, 2);
}

Test(pool, giving_an_item_back_twice_panics)
{
    struct thing *thing = get();
    put(thing);
    cr_assert_str_eq(FAKE_PANICS(&fake, put(thing)), "misused: item->in_use");
    /* The lock is still held by who panicked. */
    atomic_store(&pool.lock.word, 0);
#if K_CHECK_LOCKS
    fake_cpu(&fake)->held_count = 0;
#endif
}

Test(pool, no_two_users_ever_have_the_same_item)
{
    enum { MOST = 500 };
    struct sim_random random;
    uint64_t seed = seeded(&random, "pool");
    struct thing *mine[MOST];
    uint32_t count = 0;
    for (uint64_t step = 1; step < 20000; step++) {
        if (count < MOST && sim_random_below(&random, 2)) {
            mine[count] = get();
            cr_assert(mine[count]->item.in_use);
            mine[count++]->mark = step;
        } else if (count > 0) {
            uint32_t which = (uint32_t)sim_random_below(&random, count);
            put(mine[which]);
            mine[which] = mine[--count];
        }
        cr_assert_eq(pool.used, count, "seed %lu, step %lu", seed, step);
    }
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t j = 0; j < i; j++)
            cr_assert_neq(mine[i]->mark, mine[j]->mark, "seed %lu", seed);
}
