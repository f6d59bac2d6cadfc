#include <criterion/criterion.h>

#include "config.h"
#include "fake_machine.h"
#include "port.h"
#include "seeded.h"

#define THINGS 8
#define TABLE_QUOTA ((uint64_t)1 << 20)

static struct fake_machine fake;
static struct k_cpu *cpu;
static struct k_quota quota;
static struct k_handle_table table;
static struct k_object things[THINGS];
static uint32_t closed, freed;

static void close_thing(struct k_cpu *on, struct k_object *object)
{
    (void)on;
    (void)object;
    closed++;
}

static void free_thing(struct k_cpu *on, struct k_object *object)
{
    (void)on;
    (void)object;
    freed++;
}

static const struct k_object_type thing_type = {"thing", 0, close_thing, free_thing};
static const struct k_object_type other_type = {"other", 0, close_thing, free_thing};

static void set_up(void)
{
    fake_init(&fake, 1, 0);
    cpu = fake_cpu(&fake);
    k_quota_init(&quota, NULL, TABLE_QUOTA);
    k_handle_table_init(&table, &quota);
    for (int i = 0; i < THINGS; i++)
        k_object_init(cpu, &things[i], &thing_type, K_RANK_PORT, NULL);
}

static void tear_down(void)
{
    uint32_t from = 0;
    while (!k_handle_close_some(cpu, &table, &from, 100))
        ;
    k_handle_table_fini(&table, cpu);
    cr_assert_eq(quota.used, 0);
    for (int i = 0; i < THINGS; i++)
        k_object_unref(cpu, &things[i]);
    cr_assert_eq(freed, THINGS, "a reference of a handle was not given back");
    fake_fini(&fake);
}

TestSuite(handle, .init = set_up, .fini = tear_down);

static struct k_capability capability(int thing, uint32_t rights, uint64_t badge)
{
    struct k_capability made = {.object = &things[thing], .rights = rights, .badge = badge};
    k_capability_hold(&made);
    return made;
}

static slip_handle_t open_one(int thing, uint32_t rights, uint64_t badge)
{
    struct k_capability made = capability(thing, rights, badge);
    slip_handle_t handle = SLIP_NO_HANDLE;
    cr_assert_eq(k_handle_open(cpu, &table, &made, &handle), SLIP_OK);
    cr_assert_neq(handle, SLIP_NO_HANDLE);
    return handle;
}

/* Looks up and drops: the status, and what was found if it is OK. */
static slip_status_t look(slip_handle_t handle, uint32_t rights, struct k_capability *found)
{
    struct k_capability got;
    slip_status_t status = k_handle_look_up(cpu, &table, handle, &thing_type, rights, &got);
    if (status != SLIP_OK)
        return status;
    *found = got;
    k_capability_drop(cpu, &got);
    return SLIP_OK;
}

static slip_status_t status_of(slip_handle_t handle)
{
    struct k_capability found;
    return look(handle, 0, &found);
}

Test(handle, names_its_object_with_rights_and_badge)
{
    slip_handle_t handle = open_one(3, SLIP_RIGHT_SEND | SLIP_RIGHT_READ, 77);
    struct k_capability found;
    cr_assert_eq(look(handle, SLIP_RIGHT_SEND, &found), SLIP_OK);
    cr_assert_eq(found.object, &things[3]);
    cr_assert_eq(found.rights, SLIP_RIGHT_SEND | SLIP_RIGHT_READ);
    cr_assert_eq(found.badge, 77);
    cr_assert_null(found.port);
}

Test(handle, is_checked_before_its_type_and_that_before_its_rights)
{
    struct k_capability found;
    slip_handle_t handle = open_one(0, SLIP_RIGHT_SEND, 0);
    cr_assert_eq(k_handle_look_up(cpu, &table, handle + 1, &other_type, SLIP_RIGHT_POST, &found),
                 SLIP_BAD_HANDLE);
    cr_assert_eq(k_handle_look_up(cpu, &table, handle, &other_type, SLIP_RIGHT_POST, &found),
                 SLIP_WRONG_TYPE);
    cr_assert_eq(k_handle_look_up(cpu, &table, handle, &thing_type, SLIP_RIGHT_POST, &found),
                 SLIP_NO_RIGHT);
    cr_assert_eq(look(handle, SLIP_RIGHT_SEND | SLIP_RIGHT_POST, &found), SLIP_NO_RIGHT,
                 "all the rights are needed");
    cr_assert_eq(atomic_load(&things[0].references), 2, "a look-up that fails keeps nothing");
}

Test(handle, a_look_up_holds_a_reference_until_it_is_dropped)
{
    struct k_capability found;
    slip_handle_t handle = open_one(0, 0, 0);
    cr_assert_eq(k_handle_look_up(cpu, &table, handle, NULL, 0, &found), SLIP_OK);
    cr_assert_eq(k_handle_close(cpu, &table, handle), SLIP_OK);
    cr_assert_eq(closed, 1);
    cr_assert_eq(atomic_load(&things[0].references), 2);
    k_capability_drop(cpu, &found);
    cr_assert_eq(atomic_load(&things[0].references), 1);
}

Test(handle, one_that_was_closed_never_names_what_comes_after)
{
    slip_handle_t old = open_one(0, 0, 0);
    for (int i = 0; i < 1000; i++) {
        cr_assert_eq(k_handle_close(cpu, &table, old), SLIP_OK);
        slip_handle_t next = open_one(1, 0, 0);
        cr_assert_eq((uint32_t)next, (uint32_t)old, "the place is used again");
        cr_assert_eq(status_of(old), SLIP_BAD_HANDLE);
        cr_assert_eq(k_handle_close(cpu, &table, old), SLIP_BAD_HANDLE);
        old = next;
    }
}

Test(handle, no_handle_and_made_up_ones_are_bad)
{
    struct sim_random random;
    uint64_t seed = seeded(&random, "handle");
    slip_handle_t mine = open_one(0, 0, 0);
    cr_assert_eq(status_of(SLIP_NO_HANDLE), SLIP_BAD_HANDLE);
    cr_assert_eq(status_of(UINT64_MAX), SLIP_BAD_HANDLE);
    cr_assert_eq(status_of(mine & UINT32_MAX), SLIP_BAD_HANDLE, "generation 0 is nobody's");
    /* Numbers at the ends of the range, and of the chunks. */
    for (uint64_t bit = 0; bit < 32; bit++)
        for (uint64_t step = 0; step < 130; step++) {
            uint64_t generation = (uint64_t)1 << 32;
            uint64_t below = (((uint64_t)1 << bit) - step) & UINT32_MAX;
            uint64_t above = (((uint64_t)1 << bit) + step) & UINT32_MAX;
            if (below != (mine & UINT32_MAX))
                cr_assert_eq(status_of(generation | below), SLIP_BAD_HANDLE);
            if (above != (mine & UINT32_MAX))
                cr_assert_eq(status_of(generation | above), SLIP_BAD_HANDLE);
        }
    for (int i = 0; i < 100000; i++) {
        slip_handle_t made_up = sim_random_next(&random);
        made_up = i % 2 ? made_up : made_up & 0x0000000f0000007f;
        cr_assert(made_up == mine || status_of(made_up) == SLIP_BAD_HANDLE, "seed %lu", seed);
        cr_assert(made_up == mine || k_handle_close(cpu, &table, made_up) == SLIP_BAD_HANDLE);
    }
}

Test(handle, a_full_quota_refuses_one_more_and_changes_nothing)
{
    struct k_capability one = capability(0, 0, 0);
    slip_handle_t handle = 5;
    quota.limit = quota.used;
    cr_assert_eq(k_handle_open(cpu, &table, &one, &handle), SLIP_NO_QUOTA);
    cr_assert_eq(k_handle_reserve(cpu, &table, 1), SLIP_NO_QUOTA);
    cr_assert_eq(table.live + table.made + table.reserved, 0);
    quota.limit = TABLE_QUOTA;
    fake.pages_left = 0;
    cr_assert_eq(k_handle_open(cpu, &table, &one, &handle), SLIP_NO_QUOTA);
    cr_assert_eq(quota.used, 0, "what the machine did not give is not charged");
    fake.pages_left = TABLE_QUOTA;
    cr_assert_eq(k_handle_open(cpu, &table, &one, &handle), SLIP_OK);
}

Test(handle, growing_keeps_the_old_ones)
{
    enum { MANY = 2000 };
    static slip_handle_t handles[MANY];
    for (uint64_t i = 0; i < MANY; i++)
        handles[i] = open_one((int)(i % THINGS), 0, i);
    for (uint64_t i = 0; i < MANY; i++) {
        struct k_capability found;
        cr_assert_eq(look(handles[i], 0, &found), SLIP_OK);
        cr_assert_eq(found.object, &things[i % THINGS]);
        cr_assert_eq(found.badge, i);
    }
}

Test(handle, one_in_transit_is_nobodys_and_comes_back_or_goes)
{
    struct k_capability out;
    slip_handle_t handle = open_one(2, SLIP_RIGHT_SEND, 9);
    cr_assert_eq(k_handle_detach(cpu, &table, handle, &out), SLIP_OK);
    cr_assert(out.object == &things[2] && out.badge == 9 && out.rights == SLIP_RIGHT_SEND);
    cr_assert_eq(status_of(handle), SLIP_BAD_HANDLE);
    cr_assert_eq(k_handle_close(cpu, &table, handle), SLIP_BAD_HANDLE);
    cr_assert_eq(k_handle_detach(cpu, &table, handle, &out), SLIP_BAD_HANDLE);
    k_handle_restore(cpu, &table, handle);
    cr_assert_eq(status_of(handle), SLIP_OK);
    cr_assert_eq(k_handle_detach(cpu, &table, handle, &out), SLIP_OK);
    k_handle_forget(cpu, &table, handle);
    cr_assert_eq(status_of(handle), SLIP_BAD_HANDLE);
    cr_assert_eq(closed, 0, "its hold goes on with the message");
    k_capability_close(cpu, &out);
    cr_assert_eq(closed, 1);
}

Test(handle, places_that_are_promised_are_there)
{
    for (int i = 0; i < 60; i++)
        open_one(0, 0, 0);
    cr_assert_eq(k_handle_reserve(cpu, &table, 4), SLIP_OK);
    quota.limit = quota.used; /* no more pages: places are what is in the first chunk */
    struct k_capability one = capability(1, 0, 0);
    slip_handle_t handle;
    while (k_handle_open(cpu, &table, &one, &handle) == SLIP_OK)
        one = capability(1, 0, 0);
    for (int i = 0; i < 4; i++) {
        struct k_capability kept = capability(2, 0, 0);
        k_handle_open_reserved(cpu, &table, &kept, &handle);
        cr_assert_eq(status_of(handle), SLIP_OK);
    }
    cr_assert_eq(k_handle_reserve(cpu, &table, 1), SLIP_NO_QUOTA);
    k_capability_close(cpu, &one);
}

Test(handle, promises_that_are_given_back_can_be_used_by_others)
{
    cr_assert_eq(k_handle_reserve(cpu, &table, 1U << K_HANDLE_FIRST), SLIP_OK);
    quota.limit = quota.used;
    struct k_capability one = capability(1, 0, 0);
    slip_handle_t handle;
    cr_assert_eq(k_handle_open(cpu, &table, &one, &handle), SLIP_NO_QUOTA);
    k_handle_unreserve(cpu, &table, 1U << K_HANDLE_FIRST);
    cr_assert_eq(k_handle_open(cpu, &table, &one, &handle), SLIP_OK);
}

Test(handle, a_connection_holds_its_port_as_well)
{
    struct k_process *process = fake_process(&fake, NULL, FAKE_QUOTA);
    struct k_port *port;
    cr_assert_eq(k_port_create(cpu, process, 1, 0, &port), SLIP_OK);
    struct k_capability connection = {.object = &things[0], .port = port}, found;
    slip_handle_t handle;
    k_capability_hold(&connection);
    cr_assert_eq(k_handle_open(cpu, &table, &connection, &handle), SLIP_OK);
    k_object_unref(cpu, &port->object);
    cr_assert_eq(look(handle, 0, &found), SLIP_OK);
    cr_assert_eq(found.port, port);
    cr_assert_eq(atomic_load(&port->object.references), 1);
    cr_assert_eq(k_handle_close(cpu, &table, handle), SLIP_OK);
    cr_assert_eq(atomic_load(&port->object.references), 0);
}

Test(handle, a_generation_that_wraps_is_never_zero)
{
    slip_handle_t handle = open_one(0, 0, 0);
    cr_assert_eq(k_handle_close(cpu, &table, handle), SLIP_OK);
    struct k_handle_entry *entries = atomic_load(&table.chunk[K_HANDLE_FIRST]);
    atomic_store(&entries[(uint32_t)handle - 1].word, (uint64_t)UINT32_MAX << 32);
    handle = open_one(0, 0, 0);
    cr_assert_eq(handle >> 32, UINT32_MAX);
    cr_assert_eq(k_handle_close(cpu, &table, handle), SLIP_OK);
    cr_assert_eq(open_one(0, 0, 0) >> 32, 1);
}

Test(handle, another_epoch_reaches_live_ones_only)
{
    struct k_capability found;
    slip_handle_t handle = open_one(0, SLIP_RIGHT_READ, 0);
    k_handle_renew(cpu, &table, handle, 12);
    cr_assert_eq(look(handle, 0, &found), SLIP_OK);
    cr_assert_eq(found.epoch, 12);
    cr_assert_eq(found.rights, SLIP_RIGHT_READ);
    cr_assert_eq(k_handle_close(cpu, &table, handle), SLIP_OK);
    k_handle_renew(cpu, &table, handle, 13);
    handle = open_one(0, 0, 0);
    cr_assert_eq(look(handle, 0, &found), SLIP_OK);
    cr_assert_eq(found.epoch, 0);
}

Test(handle, the_reaper_closes_all_in_steps)
{
    uint32_t from = 0, steps = 0;
    for (int i = 0; i < 100; i++)
        open_one(0, 0, 0);
    while (!k_handle_close_some(cpu, &table, &from, 16)) {
        steps++;
        cr_assert_leq(closed, 16 * steps, "a step is bounded");
    }
    cr_assert_eq(table.live, 0);
    cr_assert_eq(atomic_load(&things[0].references), 1);
}

/* What a table should hold, by handle. */
struct model {
    slip_handle_t handle;
    int thing;
    enum { ABSENT, LIVE, TRANSIT } state;
};

static void step_model(struct sim_random *random, struct model *one)
{
    struct k_capability moved;
    switch (one->state) {
    case ABSENT:
        one->thing = (int)sim_random_below(random, THINGS);
        one->handle = open_one(one->thing, 0, 0);
        one->state = LIVE;
        return;
    case LIVE:
        if (sim_random_below(random, 2)) {
            cr_assert_eq(k_handle_close(cpu, &table, one->handle), SLIP_OK);
            one->state = ABSENT;
        } else {
            cr_assert_eq(k_handle_detach(cpu, &table, one->handle, &moved), SLIP_OK);
            one->state = TRANSIT;
        }
        return;
    case TRANSIT:
        if (sim_random_below(random, 2)) {
            k_handle_restore(cpu, &table, one->handle);
            one->state = LIVE;
        } else {
            k_handle_forget(cpu, &table, one->handle);
            k_capability_close(cpu, &(struct k_capability){.object = &things[one->thing]});
            one->state = ABSENT;
        }
        return;
    }
}

Test(handle, a_table_is_what_a_plain_map_would_be)
{
    enum { MODELS = 150 };
    struct sim_random random;
    uint64_t seed = seeded(&random, "handle");
    struct model models[MODELS] = {{0}};
    for (int step = 0; step < 20000; step++) {
        struct model *one = &models[sim_random_below(&random, MODELS)];
        step_model(&random, one);
        const struct model *any = &models[sim_random_below(&random, MODELS)];
        struct k_capability found;
        slip_status_t status = look(any->handle, 0, &found);
        cr_assert_eq(status, any->state == LIVE ? SLIP_OK : SLIP_BAD_HANDLE, "seed %lu, step %d",
                     seed, step);
        cr_assert(status != SLIP_OK || found.object == &things[any->thing]);
    }
    for (int i = 0; i < MODELS; i++)
        if (models[i].state == TRANSIT)
            k_handle_restore(cpu, &table, models[i].handle);
}
