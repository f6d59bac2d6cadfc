#include "sim/run/billing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PS_PER_NS 1000.0
#define WEIGHT_ONE ((uint64_t)1 << 16) /* of a bill that stands for itself */
#define BEYOND_LEAST 10U               /* requests beyond a rank that is told, but for the middle */

struct ranked {
    uint64_t total, weight;
    uint64_t index; /* in bills: among equals, the order of the run */
};

struct sim_billing {
    struct sim_bill *bills;
    struct ranked *ranked;
    uint64_t count, room;
    struct sim_bill_lock *locks;
    uint32_t lock_count, lock_room;
    uint64_t requests, total, sum[SIM_BILL_COUNT];
    uint64_t hash, events;
    uint32_t slices;
    int little;
};

static void *checked(void *memory)
{
    if (memory == NULL) {
        fputs("slipway: the host has no memory left for the bills of a run\n", stderr);
        abort();
    }
    return memory;
}

struct sim_billing *sim_billing_create(void)
{
    struct sim_billing *billing = checked(calloc(1, sizeof *billing));
    billing->hash = 0xcbf29ce484222325;
    billing->little = 1;
    return billing;
}

void sim_billing_destroy(struct sim_billing *billing)
{
    if (billing == NULL)
        return;
    free(billing->bills);
    free(billing->ranked);
    free(billing->locks);
    free(billing);
}

/* ---- adding ------------------------------------------------------------------------------------ */

/* The same number from the same hashes in the same order, on any host. */
static uint64_t roll(uint64_t hash, uint64_t value)
{
    for (int i = 0; i < 8; i++, value >>= 8)
        hash = (hash ^ (value & 0xff)) * 0x100000001b3;
    return hash;
}

static int adds_up(const uint64_t *parts, uint64_t total)
{
    for (uint32_t i = 0; i < SIM_BILL_COUNT; i++) {
        if (parts[i] > total)
            return 0;
        total -= parts[i];
    }
    return total == 0;
}

static void add_bills(struct sim_billing *billing, const struct sim_bills *bills)
{
    if (billing->count + bills->count > billing->room) {
        billing->room = billing->count + bills->count;
        billing->bills = checked(realloc(billing->bills, billing->room * sizeof *billing->bills));
        billing->ranked =
            checked(realloc(billing->ranked, billing->room * sizeof *billing->ranked));
    }
    uint64_t weight = bills->count == 0 || bills->requests <= bills->count
                          ? WEIGHT_ONE
                          : bills->requests * WEIGHT_ONE / bills->count;
    for (uint64_t i = 0; i < bills->count; i++) {
        uint64_t at = billing->count++;
        billing->bills[at] = bills->bill[i];
        billing->ranked[at] = (struct ranked){bills->bill[i].total, weight, at};
    }
}

static void add_lock(struct sim_billing *billing, const struct sim_bill_lock *lock)
{
    for (uint32_t i = 0; i < billing->lock_count; i++) {
        struct sim_bill_lock *known = &billing->locks[i];
        if (strcmp(known->name, lock->name) != 0)
            continue;
        known->waits += lock->waits;
        known->wait_ps += lock->wait_ps;
        known->moves += lock->moves;
        known->move_ps += lock->move_ps;
        return;
    }
    if (billing->lock_count == billing->lock_room) {
        billing->lock_room = billing->lock_room == 0 ? 16 : billing->lock_room * 2;
        billing->locks =
            checked(realloc(billing->locks, billing->lock_room * sizeof *billing->locks));
    }
    billing->locks[billing->lock_count++] = *lock;
}

const char *sim_billing_add(struct sim_billing *billing, const struct sim_bills *bills)
{
    billing->slices++;
    billing->requests += bills->requests;
    billing->total += bills->total;
    for (uint32_t i = 0; i < SIM_BILL_COUNT; i++)
        billing->sum[i] += bills->sum[i];
    add_bills(billing, bills);
    for (uint32_t i = 0; i < bills->locks; i++)
        add_lock(billing, &bills->lock[i]);
    billing->hash = roll(billing->hash, bills->hash);
    billing->events += bills->events;
    billing->little &= bills->little != 0;
    if (!bills->little)
        return "Little's law does not hold on the trace of the run: its bills are not to be "
               "trusted";
    if (!adds_up(bills->sum, bills->total))
        return "the bills of all requests do not add up to their response times";
    for (uint64_t i = 0; i < bills->count; i++)
        if (!adds_up(bills->bill[i].part, bills->bill[i].total))
            return "the bill of a request does not add up to its response time";
    return NULL;
}

/* ---- writing ----------------------------------------------------------------------------------- */

static int compare_ranked(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    if (a->total != b->total)
        return a->total < b->total ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static void write_parts(struct sim_result *result, struct sim_bill_result *to, const uint64_t *ps,
                        uint64_t total, double over)
{
    to->response_ns = (double)total / over / PS_PER_NS;
    to->parts = sim_result_take(result, SIM_BILL_COUNT * sizeof *to->parts);
    to->part_count = SIM_BILL_COUNT;
    for (uint32_t i = 0; i < SIM_BILL_COUNT; i++)
        to->parts[i] = (struct sim_part_result){sim_result_copy(result, sim_bill_name(i)),
                                                (double)ps[i] / over / PS_PER_NS};
}

/* The bill at a rank, in percent, of those that are sorted. */
static const struct sim_bill *at_rank(const struct sim_billing *billing, uint64_t percent)
{
    uint64_t all = 0, below = 0, i = 0;
    for (uint64_t j = 0; j < billing->count; j++)
        all += billing->ranked[j].weight;
    /* At least so much of the weight lies at or below it. */
    for (; i + 1 < billing->count; i++) {
        below += billing->ranked[i].weight;
        if (below * 100 >= all * percent)
            break;
    }
    return &billing->bills[billing->ranked[i].index];
}

static int compare_locks(const void *left, const void *right)
{
    const struct sim_bill_lock *a = left, *b = right;
    if (a->wait_ps != b->wait_ps)
        return a->wait_ps > b->wait_ps ? -1 : 1;
    if (a->move_ps != b->move_ps)
        return a->move_ps > b->move_ps ? -1 : 1;
    return strcmp(a->name, b->name);
}

static void write_locks(const struct sim_billing *billing, struct sim_result *result,
                        struct sim_attribution_result *to)
{
    if (billing->lock_count == 0)
        return;
    qsort(billing->locks, billing->lock_count, sizeof *billing->locks, compare_locks);
    to->lock_count =
        billing->lock_count < SIM_RESULT_LOCKS ? billing->lock_count : SIM_RESULT_LOCKS;
    to->locks = sim_result_take(result, to->lock_count * sizeof *to->locks);
    for (uint32_t i = 0; i < to->lock_count; i++) {
        const struct sim_bill_lock *lock = &billing->locks[i];
        to->locks[i] = (struct sim_lock_result){.name = sim_result_copy(result, lock->name),
                                                .waits = lock->waits,
                                                .moves = lock->moves,
                                                .wait_ns = (double)lock->wait_ps / PS_PER_NS,
                                                .move_ns = (double)lock->move_ps / PS_PER_NS};
    }
}

void sim_billing_write(const struct sim_billing *billing, struct sim_result *result,
                       struct sim_design_result *design)
{
    struct sim_attribution_result *to = &design->attribution;
    char hash[17];
    if (billing->slices == 0)
        return;
    snprintf(hash, sizeof hash, "%016" PRIx64, billing->hash);
    design->hash = sim_result_copy(result, hash);
    design->events = billing->events;
    design->little = billing->little;
    to->requests = billing->requests;
    write_locks(billing, result, to);
    if (billing->requests == 0)
        return;
    write_parts(result, &to->mean, billing->sum, billing->total, (double)billing->requests);
    if (billing->count == 0)
        return;
    qsort(billing->ranked, billing->count, sizeof *billing->ranked, compare_ranked);
    const struct sim_bill *middle = at_rank(billing, 50);
    write_parts(result, &to->p50, middle->part, middle->total, 1);
    if (billing->requests / 100 < BEYOND_LEAST)
        return;
    const struct sim_bill *late = at_rank(billing, 99);
    write_parts(result, &to->p99, late->part, late->total, 1);
}
