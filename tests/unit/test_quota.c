#include <criterion/criterion.h>

#include "fake_machine.h"
#include "seeded.h"

static struct fake_machine fake;
static struct k_cpu *cpu;

static void set_up(void)
{
    fake_init(&fake, 1, 0);
    cpu = fake_cpu(&fake);
}

static void tear_down(void)
{
    fake_fini(&fake);
}

TestSuite(quota, .init = set_up, .fini = tear_down);

Test(quota, charges_up_to_the_limit_and_no_further)
{
    struct k_quota quota;
    k_quota_init(&quota, NULL, 100);
    cr_assert_eq(k_quota_charge(cpu, &quota, 60), SLIP_OK);
    cr_assert_eq(k_quota_charge(cpu, &quota, 41), SLIP_NO_QUOTA);
    cr_assert_eq(quota.used, 60, "what fails changes nothing");
    cr_assert_eq(k_quota_charge(cpu, &quota, 40), SLIP_OK);
    cr_assert_eq(k_quota_charge(cpu, &quota, 1), SLIP_NO_QUOTA);
    cr_assert_eq(k_quota_charge(cpu, &quota, 0), SLIP_OK);
}

Test(quota, a_huge_charge_does_not_wrap)
{
    struct k_quota quota;
    k_quota_init(&quota, NULL, UINT64_MAX);
    cr_assert_eq(k_quota_charge(cpu, &quota, 10), SLIP_OK);
    cr_assert_eq(k_quota_charge(cpu, &quota, UINT64_MAX), SLIP_NO_QUOTA);
    cr_assert_eq(k_quota_charge(cpu, &quota, UINT64_MAX - 10), SLIP_OK);
    cr_assert_eq(quota.used, UINT64_MAX);
}

Test(quota, remembers_the_most_that_was_used)
{
    struct k_quota quota;
    k_quota_init(&quota, NULL, 100);
    k_quota_charge(cpu, &quota, 70);
    k_quota_uncharge(cpu, &quota, 50);
    k_quota_charge(cpu, &quota, 20);
    cr_assert_eq(quota.used, 40);
    cr_assert_eq(quota.used_peak, 70);
}

Test(quota, giving_back_more_than_was_taken_panics)
{
    static struct k_quota quota;
    k_quota_init(&quota, NULL, 100);
    k_quota_charge(cpu, &quota, 5);
    cr_assert_str_eq(FAKE_PANICS(&fake, k_quota_uncharge(cpu, &quota, 6)),
                     "broken: quota->used >= bytes");
#if K_CHECK_LOCKS
    cpu->held_count = 0;
#endif
}

Test(quota, closing_gives_the_unused_part_to_the_parent)
{
    struct k_quota parent, child;
    k_quota_init(&parent, NULL, 100);
    k_quota_charge(cpu, &parent, 50);
    k_quota_init(&child, &parent, 50);
    k_quota_charge(cpu, &child, 20);
    k_quota_close(cpu, &child);
    cr_assert_eq(parent.used, 20, "what others still hold stays charged");
    k_quota_uncharge(cpu, &child, 15);
    cr_assert_eq(parent.used, 5);
    k_quota_uncharge(cpu, &child, 5);
    cr_assert_eq(parent.used, 0);
}

Test(quota, what_comes_back_late_passes_all_that_are_gone)
{
    struct k_quota quotas[4];
    for (int i = 0; i < 4; i++) {
        k_quota_init(&quotas[i], i == 0 ? NULL : &quotas[i - 1], 100 - (uint64_t)i);
        if (i > 0)
            k_quota_charge(cpu, &quotas[i - 1], quotas[i].limit);
    }
    k_quota_charge(cpu, &quotas[3], 30);
    for (int i = 3; i > 0; i--)
        k_quota_close(cpu, &quotas[i]);
    cr_assert_eq(quotas[0].used, 30);
    k_quota_uncharge(cpu, &quotas[3], 30);
    for (int i = 0; i < 4; i++)
        cr_assert_eq(quotas[i].used, 0);
}

#define CHILDREN 8

/* What a parent should have charged: the limits of children that live, and what is left in those
 * that are gone. */
static uint64_t expected(const struct k_quota children[], const int born[])
{
    uint64_t sum = 0;
    for (int i = 0; i < CHILDREN; i++)
        if (born[i])
            sum += children[i].gone ? children[i].used : children[i].limit;
    return sum;
}

Test(quota, no_sum_ever_exceeds_the_first)
{
    struct sim_random random;
    uint64_t seed = seeded(&random, "quota");
    struct k_quota parent, children[CHILDREN];
    int born[CHILDREN] = {0};
    k_quota_init(&parent, NULL, 1000);
    for (int step = 0; step < 20000; step++) {
        int i = (int)sim_random_below(&random, CHILDREN);
        uint64_t bytes = sim_random_below(&random, 200);
        if (!born[i]) {
            born[i] = k_quota_charge(cpu, &parent, bytes) == SLIP_OK;
            k_quota_init(&children[i], &parent, bytes);
        } else if (!children[i].gone && sim_random_below(&random, 4) == 0) {
            k_quota_close(cpu, &children[i]);
        } else if (!children[i].gone && sim_random_below(&random, 2)) {
            k_quota_charge(cpu, &children[i], bytes);
        } else {
            k_quota_uncharge(cpu, &children[i],
                             bytes < children[i].used ? bytes : children[i].used);
            if (children[i].gone && children[i].used == 0)
                born[i] = 0;
        }
        cr_assert_eq(parent.used, expected(children, born), "seed %lu, step %d", seed, step);
        cr_assert_leq(parent.used, 1000);
    }
}
