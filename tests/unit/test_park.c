#include <criterion/criterion.h>

#include <pthread.h>
#include <stdlib.h>
#include "sim/machine/park.h"

#define ROUNDS 20000

struct pair {
    struct sim_park park[2];
    uint64_t turns; /* whoever was released last */
    uint32_t spin_ns;
};

static void *answer(void *argument)
{
    struct pair *pair = argument;
    while (sim_park_wait(&pair->park[1], pair->spin_ns) == SIM_PARK_GO) {
        pair->turns++;
        sim_park_release(&pair->park[0], SIM_PARK_GO);
    }
    return NULL;
}

static void play(uint32_t spin_ns)
{
    struct pair pair = {.spin_ns = spin_ns};
    pthread_t other;
    sim_park_init(&pair.park[0]);
    sim_park_init(&pair.park[1]);
    pthread_create(&other, NULL, answer, &pair);
    for (uint64_t i = 0; i < ROUNDS; i++) {
        cr_assert_eq(pair.turns, i);
        sim_park_release(&pair.park[1], SIM_PARK_GO);
        cr_assert_eq(sim_park_wait(&pair.park[0], spin_ns), SIM_PARK_GO);
    }
    sim_park_release(&pair.park[1], SIM_PARK_LEAVE);
    pthread_join(other, NULL);
    cr_assert_eq(pair.turns, ROUNDS);
}

Test(park, no_release_is_lost)
{
    play(0);
}

Test(park, no_release_is_lost_with_a_spin)
{
    play(2000);
}

Test(park, a_release_before_the_wait_counts)
{
    struct sim_park park;
    sim_park_init(&park);
    sim_park_release(&park, SIM_PARK_GO);
    cr_assert_eq(sim_park_wait(&park, 0), SIM_PARK_GO);
}

Test(park, leave_stays)
{
    struct sim_park park;
    sim_park_init(&park);
    sim_park_release(&park, SIM_PARK_GO);
    sim_park_release(&park, SIM_PARK_LEAVE);
    sim_park_release(&park, SIM_PARK_GO);
    cr_assert_eq(sim_park_wait(&park, 0), SIM_PARK_LEAVE);
    cr_assert_eq(sim_park_wait(&park, 0), SIM_PARK_LEAVE);
}
