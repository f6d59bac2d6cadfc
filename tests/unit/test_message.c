#include <criterion/criterion.h>

#include <string.h>
#include "endpoint.h"
#include "fake_machine.h"
#include "message.h"
#include "seeded.h"

static struct fake_machine fake;
static struct k_cpu *cpu;
static struct k_thread *self;
static struct slip_message_area *area;

static void set_up(void)
{
    fake_init(&fake, 1, 0);
    self = fake_start(&fake);
    cpu = fake_cpu(&fake);
    area = fake_memory(self->process, sizeof(*area));
}

static void tear_down(void)
{
    fake_fini(&fake);
}

TestSuite(message, .init = set_up, .fini = tear_down);

static slip_status_t decode(uint64_t tag, struct k_parcel *parcel)
{
    return k_parcel_decode(cpu, self, tag, (uintptr_t)area, parcel);
}

/* A handle of the thread's process, to an endpoint that nothing else holds. */
static slip_handle_t open_endpoint(void)
{
    struct k_endpoint *endpoint;
    slip_handle_t handle;
    cr_assert_eq(k_endpoint_create(cpu, self->process, 0, &endpoint), SLIP_OK);
    struct k_capability one = {.object = &endpoint->object, .rights = SLIP_RIGHT_RECEIVE};
    k_capability_hold(&one);
    cr_assert_eq(k_handle_open(cpu, &self->process->handles, &one, &handle), SLIP_OK);
    k_object_unref(cpu, &endpoint->object);
    return handle;
}

static int is_live(slip_handle_t handle)
{
    struct k_capability found;
    if (k_handle_look_up(cpu, &self->process->handles, handle, NULL, 0, &found) != SLIP_OK)
        return 0;
    k_capability_drop(cpu, &found);
    return 1;
}

Test(message, a_tag_is_taken_apart)
{
    struct k_parcel parcel;
    cr_assert_eq(decode(slip_tag(24, 3, 2, SLIP_SEND_FAIL_FULL), &parcel), SLIP_OK);
    cr_assert_eq(parcel.bytes, 24);
    cr_assert_eq(parcel.handles, 3);
    cr_assert_eq(parcel.lends, 2);
    cr_assert_eq(parcel.flags, SLIP_SEND_FAIL_FULL);
    cr_assert_eq(parcel.thread, self);
    cr_assert_eq(parcel.address, (uintptr_t)area);
}

Test(message, address_0_is_the_thread_s_own_area)
{
    struct k_parcel parcel;
    cr_assert_eq(k_parcel_decode(cpu, self, 0, 0, &parcel), SLIP_OK);
    cr_assert_eq(parcel.address, self->area);
}

Test(message, every_count_beyond_its_limit_is_refused)
{
    struct k_parcel parcel;
    area->data = fake_memory(self->process, SLIP_MESSAGE_BYTES_MAX);
    cr_assert_eq(decode(slip_tag(SLIP_MESSAGE_BYTES_MAX, 0, 0, 0), &parcel), SLIP_OK);
    cr_assert_eq(decode(slip_tag(SLIP_MESSAGE_BYTES_MAX + 1, 0, 0, 0), &parcel), SLIP_TOO_LONG);
    cr_assert_eq(decode(slip_tag(0xfffff, 0, 0, 0), &parcel), SLIP_TOO_LONG);
    cr_assert_eq(decode(slip_tag(0, SLIP_MESSAGE_HANDLES + 1, 0, 0), &parcel), SLIP_BAD_ARGUMENT);
    cr_assert_eq(decode(slip_tag(0, 0, SLIP_MESSAGE_LENDS + 1, 0), &parcel), SLIP_BAD_ARGUMENT);
    cr_assert_eq(decode(slip_tag(0, 0, 0, 4), &parcel), SLIP_BAD_ARGUMENT, "no such flag");
    cr_assert_eq(decode(slip_tag(0, 0, 0, 8), &parcel), SLIP_BAD_ARGUMENT);
}

Test(message, an_area_or_long_bytes_outside_of_the_process_are_refused)
{
    struct k_parcel parcel;
    uint64_t end = self->process->space.base + self->process->space.length;
    cr_assert_eq(k_parcel_decode(cpu, self, 0, end - sizeof(*area), &parcel), SLIP_OK);
    cr_assert_eq(k_parcel_decode(cpu, self, 0, end - sizeof(*area) + 8, &parcel), SLIP_BAD_ADDRESS);
    area->data = NULL;
    cr_assert_eq(decode(slip_tag(64, 0, 0, 0), &parcel), SLIP_OK, "inline: data is not looked at");
    cr_assert_eq(decode(slip_tag(65, 0, 0, 0), &parcel), SLIP_BAD_ADDRESS);
    area->data = (void *)(uintptr_t)(end - 65);
    cr_assert_eq(decode(slip_tag(65, 0, 0, 0), &parcel), SLIP_OK);
    cr_assert_eq(parcel.data, end - 65);
    cr_assert_eq(decode(slip_tag(66, 0, 0, 0), &parcel), SLIP_BAD_ADDRESS);
}

Test(message, no_tag_makes_the_decoder_accept_what_it_may_not)
{
    struct sim_random random;
    uint64_t seed = seeded(&random, "message");
    area->data = fake_memory(self->process, 1024);
    for (int i = 0; i < 100000; i++) {
        struct k_parcel parcel;
        if (decode(sim_random_next(&random), &parcel) != SLIP_OK)
            continue;
        cr_assert(parcel.bytes <= SLIP_MESSAGE_BYTES_MAX &&
                      parcel.handles <= SLIP_MESSAGE_HANDLES && parcel.lends <= SLIP_MESSAGE_LENDS,
                  "seed %lu", seed);
    }
}

/* Loads these handles as the cargo of a message. */
static slip_status_t load(const slip_handle_t handles[], uint32_t count, struct k_cargo *cargo)
{
    struct k_parcel parcel;
    memcpy(area->handle, handles, count * sizeof(handles[0]));
    cr_assert_eq(decode(slip_tag(0, count, 0, 0), &parcel), SLIP_OK);
    return k_cargo_load(cpu, &parcel, cargo);
}

Test(message, handles_are_loaded_all_or_none)
{
    struct k_cargo cargo;
    slip_handle_t handles[4] = {open_endpoint(), open_endpoint(), 12345, open_endpoint()};
    cr_assert_eq(load(handles, 4, &cargo), SLIP_BAD_HANDLE);
    cr_assert_eq(cargo.count, 0);
    cr_assert(is_live(handles[0]) && is_live(handles[1]) && is_live(handles[3]));
}

Test(message, the_same_handle_twice_is_refused)
{
    struct k_cargo cargo;
    slip_handle_t handle = open_endpoint(), handles[2] = {handle, handle};
    cr_assert_eq(load(handles, 2, &cargo), SLIP_BAD_HANDLE);
    cr_assert(is_live(handle));
}

Test(message, cargo_that_returns_is_where_it_was)
{
    struct k_cargo cargo;
    slip_handle_t handles[2] = {open_endpoint(), open_endpoint()};
    cr_assert_eq(load(handles, 2, &cargo), SLIP_OK);
    cr_assert(!is_live(handles[0]) && !is_live(handles[1]));
    k_cargo_return(cpu, self->process, &cargo);
    cr_assert(is_live(handles[0]) && is_live(handles[1]));
    cr_assert_eq(cargo.count, 0);
    k_cargo_return(cpu, self->process, &cargo);
}

Test(message, cargo_that_arrives_is_the_receiver_s_and_no_longer_the_sender_s)
{
    struct k_process *receiver = fake_process(&fake, self->process, 1 << 20);
    struct k_cargo cargo;
    struct k_capability found;
    slip_handle_t handles[2] = {open_endpoint(), open_endpoint()}, theirs[4];
    cr_assert_eq(load(handles, 2, &cargo), SLIP_OK);
    cr_assert_eq(k_handle_reserve(cpu, &receiver->handles, 2), SLIP_OK);
    k_cargo_depart(cpu, self->process, &cargo);
    k_cargo_unload(cpu, receiver, &cargo, theirs);
    for (int i = 0; i < 2; i++) {
        cr_assert(!is_live(handles[i]));
        cr_assert_eq(k_handle_look_up(cpu, &receiver->handles, theirs[i], &k_endpoint_type,
                                      SLIP_RIGHT_RECEIVE, &found),
                     SLIP_OK);
        k_capability_drop(cpu, &found);
    }
    cr_assert_eq(self->process->handles.live, 0);
}

Test(message, cargo_that_nobody_gets_is_closed)
{
    struct k_cargo cargo;
    slip_handle_t handle = open_endpoint();
    uint32_t before = fake.kernel->endpoints.used;
    cr_assert_eq(load(&handle, 1, &cargo), SLIP_OK);
    k_cargo_depart(cpu, self->process, &cargo);
    k_cargo_close(cpu, &cargo);
    cr_assert_eq(fake.kernel->endpoints.used, before - 1);
}

/* Opens a window for so much, with this capacity for long messages. */
static slip_status_t window(uint32_t bytes, uint32_t handles, uint64_t capacity)
{
    uint64_t data;
    area->data = fake_memory(self->process, 512);
    area->capacity = capacity;
    return k_window_open(cpu, self, (uintptr_t)area, bytes, handles, &data);
}

Test(message, a_window_takes_what_it_has_room_for)
{
    cr_assert_eq(window(64, 0, 0), SLIP_OK, "inline words need no capacity");
    cr_assert_eq(window(65, 0, 64), SLIP_TOO_LONG);
    cr_assert_eq(window(65, 0, 65), SLIP_OK);
    area->capacity = UINT64_MAX;
    area->data = (void *)(uintptr_t)(self->process->space.base + self->process->space.length - 64);
    uint64_t data;
    cr_assert_eq(k_window_open(cpu, self, (uintptr_t)area, 65, 0, &data), SLIP_BAD_ADDRESS);
}

Test(message, a_window_promises_places_for_handles_only_if_the_rest_fits)
{
    struct k_handle_table *table = &self->process->handles;
    cr_assert_eq(window(65, 4, 0), SLIP_TOO_LONG);
    cr_assert_eq(table->reserved, 0);
    cr_assert_eq(window(0, 4, 0), SLIP_OK);
    cr_assert_eq(table->reserved, 4);
    k_handle_unreserve(cpu, table, 4);
    self->process->quota.limit = self->process->quota.used;
    while (k_handle_reserve(cpu, table, 1) == SLIP_OK)
        ;
    cr_assert_eq(window(0, 1, 0), SLIP_NO_QUOTA);
}
