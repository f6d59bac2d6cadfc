/* Random streams: repeatable, apart from each other, uniform. */
#include <criterion/criterion.h>
#include "sim/role/random.h"

Test(random, a_seed_always_gives_the_same_stream)
{
    struct sim_random a, b;
    sim_random_init(&a, 7);
    sim_random_init(&b, 7);
    for (int i = 0; i < 1000; i++)
        cr_assert_eq(sim_random_next(&a), sim_random_next(&b));
}

Test(random, neighbouring_seeds_share_nothing)
{
    struct sim_random a, b;
    int same = 0;
    sim_random_init(&a, sim_random_seed(1, 0));
    sim_random_init(&b, sim_random_seed(1, 1));
    for (int i = 0; i < 1000; i++)
        same += sim_random_next(&a) == sim_random_next(&b);
    cr_assert_eq(same, 0);
}

Test(random, below_stays_below_and_reaches_everything_evenly)
{
    struct sim_random random;
    uint32_t hits[10] = {0};
    sim_random_init(&random, 3);
    for (int i = 0; i < 100000; i++) {
        uint64_t draw = sim_random_below(&random, 10);
        cr_assert_lt(draw, 10);
        hits[draw]++;
    }
    for (int i = 0; i < 10; i++)
        cr_assert(hits[i] > 9500 && hits[i] < 10500, "%d was drawn %u times", i, hits[i]);
    for (int i = 0; i < 100; i++)
        cr_assert_eq(sim_random_below(&random, 1), 0);
}

Test(random, below_a_bound_over_half_of_all_words_is_even_too)
{
    struct sim_random random;
    uint64_t bound = UINT64_C(3) << 62;
    int low = 0;
    sim_random_init(&random, 4);
    for (int i = 0; i < 30000; i++) {
        uint64_t draw = sim_random_below(&random, bound);
        cr_assert_lt(draw, bound);
        low += draw < bound / 3;
    }
    cr_assert(low > 9500 && low < 10500, "%d of 30000 in the lowest third", low);
}

Test(random, values_include_both_ends_of_any_range)
{
    struct sim_random random;
    int seen[3] = {0};
    sim_random_init(&random, 5);
    for (int i = 0; i < 1000; i++) {
        int64_t draw = sim_random_between(&random, -1, 1);
        cr_assert(draw >= -1 && draw <= 1);
        seen[draw + 1] = 1;
    }
    cr_assert(seen[0] && seen[1] && seen[2]);
    int negative = 0;
    for (int i = 0; i < 1000; i++)
        negative += sim_random_between(&random, INT64_MIN, INT64_MAX) < 0;
    cr_assert(negative > 400 && negative < 600);
}

Test(random, a_constant_draws_nothing)
{
    struct sim_random random, before;
    sim_random_init(&random, 6);
    before = random;
    cr_assert_eq(sim_random_between(&random, 42, 42), 42);
    cr_assert_eq(random.state, before.state);
}

Test(random, the_stream_of_a_thread_depends_on_its_name_instance_and_number_alone)
{
    uint64_t seed = sim_random_seed_thread(7, "client", 2, 1);
    cr_assert_eq(seed, sim_random_seed_thread(7, "client", 2, 1));
    cr_assert_neq(seed, sim_random_seed_thread(8, "client", 2, 1));
    cr_assert_neq(seed, sim_random_seed_thread(7, "clienu", 2, 1));
    cr_assert_neq(seed, sim_random_seed_thread(7, "clien", 2, 1));
    cr_assert_neq(seed, sim_random_seed_thread(7, "client", 1, 2));
    cr_assert_neq(seed, sim_random_seed_thread(7, "client", 2, 0));
}
