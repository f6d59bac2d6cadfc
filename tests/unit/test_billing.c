/* Bills of slices put together: the request at a rank with parts that add up, locks by name, and one
 * hash of all event streams; bills that cannot be right are named. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <criterion/criterion.h>
#include "sim/run/billing.h"

#define ENTRY SLIP_COST_entry

static struct sim_result *result;
static struct sim_design_result *design;
static struct sim_billing *billing;

static void begin(void)
{
    result = sim_result_create();
    sim_result_designs(result, 1);
    design = &result->designs[0];
    billing = sim_billing_create();
}

static void end(void)
{
    sim_billing_destroy(billing);
    sim_result_destroy(result);
}

/* A request of `entry` + `waited` picoseconds. */
static struct sim_bill bill(uint64_t entry, uint64_t waited)
{
    struct sim_bill made = {.total = entry + waited};
    made.part[ENTRY] = entry;
    made.part[SIM_BILL_queueing] = waited;
    return made;
}

static struct sim_bills bills_of(const struct sim_bill *list, uint64_t count)
{
    struct sim_bills bills = {
        .bill = list, .count = count, .requests = count, .little = 1, .hash = 1, .events = 10};
    for (uint64_t i = 0; i < count; i++) {
        bills.total += list[i].total;
        for (uint32_t j = 0; j < SIM_BILL_COUNT; j++)
            bills.sum[j] += list[i].part[j];
    }
    return bills;
}

static double part(const struct sim_bill_result *of, const char *name)
{
    for (uint32_t i = 0; i < of->part_count; i++)
        if (strcmp(of->parts[i].name, name) == 0)
            return of->parts[i].ns;
    cr_assert_fail("there is no part '%s'", name);
    return NAN;
}

Test(billing, the_request_at_a_rank_is_told_with_its_own_parts, .init = begin, .fini = end)
{
    static struct sim_bill list[2000];
    for (uint64_t i = 0; i < 2000; i++) /* in no order of time */
        list[i] = bill(1500, (i * 7 % 2000) * 1000);
    struct sim_bills first = bills_of(list, 1000), second = bills_of(list + 1000, 1000);
    cr_assert_null(sim_billing_add(billing, &first));
    cr_assert_null(sim_billing_add(billing, &second));
    sim_billing_write(billing, result, design);
    const struct sim_attribution_result *to = &design->attribution;
    cr_assert_eq(to->requests, 2000);
    cr_assert_eq(to->p50.response_ns, 1.5 + 999);
    cr_assert_eq(part(&to->p50, "entry"), 1.5);
    cr_assert_eq(part(&to->p50, "queueing"), 999);
    cr_assert_eq(part(&to->p50, "lock_wait"), 0);
    cr_assert_eq(to->p99.response_ns, 1.5 + 1979);
    cr_assert_float_eq(to->mean.response_ns, 1.5 + 999.5, 1e-9);
    cr_assert_float_eq(part(&to->mean, "queueing"), 999.5, 1e-9);
    cr_assert_eq(to->p50.part_count, SIM_BILL_COUNT);
    cr_assert_eq(design->events, 20);
    cr_assert_eq(design->little, 1);
}

Test(billing, a_sample_stands_for_the_requests_that_it_was_taken_from, .init = begin, .fini = end)
{
    /* One slice of 30 quick requests, all kept; one of 3000 slow ones, of which 10 are kept. */
    struct sim_bill quick[30], slow[10];
    for (int i = 0; i < 30; i++)
        quick[i] = bill(1000, 0);
    for (int i = 0; i < 10; i++)
        slow[i] = bill(1000, 9000);
    struct sim_bills first = bills_of(quick, 30), second = bills_of(slow, 10);
    second.requests = 3000;
    second.total *= 300;
    for (uint32_t i = 0; i < SIM_BILL_COUNT; i++)
        second.sum[i] *= 300;
    cr_assert_null(sim_billing_add(billing, &first));
    cr_assert_null(sim_billing_add(billing, &second));
    sim_billing_write(billing, result, design);
    cr_assert_eq(design->attribution.p50.response_ns, 10);
    cr_assert_float_eq(design->attribution.mean.response_ns, (30 + 30000.0) / 3030, 1e-9);
}

Test(billing, a_late_rank_needs_ten_requests_beyond, .init = begin, .fini = end)
{
    struct sim_bill list[999];
    for (int i = 0; i < 999; i++)
        list[i] = bill(1000, 0);
    struct sim_bills bills = bills_of(list, 999);
    cr_assert_null(sim_billing_add(billing, &bills));
    sim_billing_write(billing, result, design);
    cr_assert_eq(design->attribution.p50.response_ns, 1);
    cr_assert(isnan(design->attribution.p99.response_ns));
}

Test(billing, nothing_billed_is_nothing_told, .init = begin, .fini = end)
{
    sim_billing_write(billing, result, design);
    cr_assert_eq(design->attribution.requests, 0);
    cr_assert_str_eq(design->hash, "");
    struct sim_bills none = {.little = 1, .hash = 7, .events = 3};
    cr_assert_null(sim_billing_add(billing, &none));
    sim_billing_write(billing, result, design);
    cr_assert_eq(strlen(design->hash), 16);
    cr_assert(isnan(design->attribution.p50.response_ns));
}

Test(billing, locks_of_one_name_are_one_and_the_worst_comes_first, .init = begin, .fini = end)
{
    struct sim_bill one = bill(1000, 0);
    struct sim_bill_lock locks[20];
    struct sim_bills bills = bills_of(&one, 1);
    memset(locks, 0, sizeof locks);
    for (int i = 0; i < 20; i++) {
        snprintf(locks[i].name, sizeof locks[i].name, "run queue %d", i);
        locks[i].wait_ps = (uint64_t)i * 1000;
        locks[i].waits = 1;
    }
    bills.lock = locks;
    bills.locks = 20;
    cr_assert_null(sim_billing_add(billing, &bills));
    cr_assert_null(sim_billing_add(billing, &bills));
    sim_billing_write(billing, result, design);
    const struct sim_attribution_result *to = &design->attribution;
    cr_assert_eq(to->lock_count, SIM_RESULT_LOCKS);
    cr_assert_str_eq(to->locks[0].name, "run queue 19");
    cr_assert_eq(to->locks[0].waits, 2);
    cr_assert_eq(to->locks[0].wait_ns, 38);
}

Test(billing, the_hash_depends_on_the_order_of_slices, .init = begin, .fini = end)
{
    struct sim_bill one = bill(1000, 0);
    struct sim_bills a = bills_of(&one, 1), b = bills_of(&one, 1);
    a.hash = 11;
    b.hash = 12;
    cr_assert_null(sim_billing_add(billing, &a));
    cr_assert_null(sim_billing_add(billing, &b));
    sim_billing_write(billing, result, design);
    const char *forth = design->hash;
    struct sim_billing *other = sim_billing_create(), *again = sim_billing_create();
    cr_assert_null(sim_billing_add(other, &b));
    cr_assert_null(sim_billing_add(other, &a));
    sim_billing_write(other, result, design);
    cr_assert_str_neq(design->hash, forth);
    cr_assert_null(sim_billing_add(again, &a));
    cr_assert_null(sim_billing_add(again, &b));
    sim_billing_write(again, result, design);
    cr_assert_str_eq(design->hash, forth);
    sim_billing_destroy(other);
    sim_billing_destroy(again);
}

Test(billing, what_cannot_be_right_is_named, .init = begin, .fini = end)
{
    struct sim_bill one = bill(1000, 500);
    struct sim_bills bills = bills_of(&one, 1);
    bills.little = 0;
    cr_assert_not_null(strstr(sim_billing_add(billing, &bills), "Little"));
    bills.little = 1;
    one.part[ENTRY]++;
    cr_assert_not_null(strstr(sim_billing_add(billing, &bills), "of a request"));
    one.part[ENTRY]--;
    bills.sum[ENTRY]--;
    cr_assert_not_null(strstr(sim_billing_add(billing, &bills), "of all requests"));
    bills.sum[ENTRY] = UINT64_MAX;
    cr_assert_not_null(sim_billing_add(billing, &bills));
    sim_billing_write(billing, result, design);
    cr_assert_eq(design->little, 0);
}
