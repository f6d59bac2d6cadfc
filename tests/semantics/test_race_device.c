/* Devices at work on memory while requests end and buffers are revoked; interrupts while they are
 * bound, unbound and acknowledged. */
#include "tests/semantics/explore.h"

enum cell { PORT, REQUEST, MINE, INTERRUPT, ENDPOINT, STATUS, OTHER, DONE, BITS };

#define TOLD 1000

static void tell(uint32_t cell, slip_status_t status)
{
    put(cell, (uint64_t)(TOLD + (int64_t)status));
}

static int told_now(uint32_t cell, slip_status_t status)
{
    return get(cell) == (uint64_t)(TOLD + (int64_t)status);
}

/* ---- a pin and the end of the request -------------------------------------------------------------- */

static void hold_with_lend(void)
{
    slip_handle_t endpoint = new_endpoint(1), port = new_port(2), link = connection(endpoint, port);
    void *memory;
    struct slip_lend lend = {new_buffer(4096, &memory), 0, 8, SLIP_LEND_READ};
    struct slip_message m = empty();
    slip_request_t mine = 0;
    EXPECT_OK(slip_endpoint_submit_request(link, &m, &lend, 1, SLIP_NEVER, &mine));
    EXPECT_OK(poll_endpoint(endpoint, &m));
    put(PORT, port);
    put(REQUEST, m.request);
    put(MINE, mine);
}

static void reply_it(uint64_t unused)
{
    (void)unused;
    race_meet();
    tell(STATUS, slip_request_reply(get(REQUEST), SLIP_OK, 0));
    race_leave();
}

static void cancel_it(uint64_t unused)
{
    (void)unused;
    race_meet();
    tell(OTHER, slip_request_cancel(get(MINE)));
    race_leave();
}

static void end_pin(uint64_t unused)
{
    (void)unused;
    race_meet();
    device_end();
    race_leave();
}

static void three_ends(void)
{
    struct slip_completion c = {.key = 0};
    race_root();
    hold_with_lend();
    EXPECT_OK(device_begin_request(get(REQUEST), SLIP_LEND_READ));
    drop(thread_on(0, end_pin, 0));
    drop(thread_on(1, reply_it, 0));
    drop(thread_on(2, cancel_it, 0));
    race_wait(3);
    EXPECT_EQ(poll_port(get(PORT), &c), 1);
    EXPECT_EQ(c.status, told_now(STATUS, SLIP_OK) ? SLIP_OK : SLIP_CANCELLED);
    EXPECT(told_now(STATUS, SLIP_OK) != told_now(OTHER, SLIP_OK));
}

Test(race, the_end_of_a_pin_a_reply_and_a_cancel)
{
    race(&(struct race){.root = three_ends, .actors = 3, .seeds = 300});
}

static void begin_pin(uint64_t unused)
{
    (void)unused;
    race_meet();
    tell(STATUS, device_begin_request(get(REQUEST), SLIP_LEND_READ));
    race_leave();
}

static void begin_and_cancel(void)
{
    struct slip_completion c = {.key = 0};
    race_root();
    hold_with_lend();
    drop(thread_on(0, begin_pin, 0));
    drop(thread_on(1, cancel_it, 0));
    race_wait(2);
    EXPECT(told_now(OTHER, SLIP_OK));
    if (told_now(STATUS, SLIP_OK)) {
        EXPECT_EQ(poll_port(get(PORT), &c), 0);
        device_end();
    } else {
        EXPECT(told_now(STATUS, SLIP_STALE));
    }
    EXPECT_EQ(poll_port(get(PORT), &c), 1);
    EXPECT_EQ(c.status, SLIP_CANCELLED);
}

Test(race, the_begin_of_a_pin_and_a_cancel)
{
    race(&(struct race){.root = begin_and_cancel, .actors = 2});
}

/* ---- a pin and revoking ------------------------------------------------------------------------------- */

static void revoke_it(uint64_t buffer)
{
    race_meet();
    EXPECT_OK(slip_buffer_revoke(buffer, SLIP_NEVER));
    put(DONE, 1);
    race_leave();
}

static void end_and_revoke(void)
{
    void *memory;
    race_root();
    slip_handle_t buffer = new_buffer(4096, &memory);
    EXPECT_OK(device_begin_buffer(buffer, SLIP_LEND_READ));
    drop(thread_on(0, end_pin, 0));
    drop(thread_on(1, revoke_it, buffer));
    race_wait(2);
    EXPECT_EQ(get(DONE), 1);
}

Test(race, the_end_of_a_pin_and_revoking)
{
    race(&(struct race){.root = end_and_revoke, .actors = 2});
}

static void begin_on_share(uint64_t share)
{
    race_meet();
    tell(STATUS, device_begin_buffer(share, SLIP_LEND_READ));
    race_leave();
}

static void poll_revoke(uint64_t buffer)
{
    race_meet();
    tell(OTHER, slip_buffer_revoke(buffer, 0));
    race_leave();
}

static void begin_and_revoke(void)
{
    void *memory;
    race_root();
    slip_handle_t buffer = new_buffer(4096, &memory), share = 0;
    EXPECT_OK(slip_buffer_share(buffer, SLIP_RIGHT_READ, &share));
    drop(thread_on(0, begin_on_share, share));
    drop(thread_on(1, poll_revoke, buffer));
    race_wait(2);
    int begun = told_now(STATUS, SLIP_OK);
    EXPECT(begun || told_now(STATUS, SLIP_STALE));
    EXPECT(told_now(OTHER, begun ? SLIP_WOULD_BLOCK : SLIP_OK));
    if (begun)
        device_end();
    EXPECT_OK(slip_buffer_unregister(buffer, 0));
}

Test(race, the_begin_of_a_pin_and_revoking)
{
    race(&(struct race){.root = begin_and_revoke, .actors = 2});
}

/* ---- interrupts ---------------------------------------------------------------------------------------- */

static void fire_it(uint64_t bits)
{
    race_meet();
    fire((uint32_t)bits);
    race_leave();
}

static void new_interrupt(void)
{
    slip_handle_t interrupt = 0;
    EXPECT_OK(slip_interrupt_create(SCENE_LINE, &interrupt));
    put(INTERRUPT, interrupt);
    put(ENDPOINT, new_endpoint(0));
}

/* Bits of the pulse that is there, or 0. */
static uint64_t pulse(void)
{
    struct slip_message m;
    return poll_endpoint(get(ENDPOINT), &m) == SLIP_OK ? m.word[0] : 0;
}

/* What the line has to say once it is bound here. */
static uint64_t bits_at_bind(void)
{
    EXPECT_OK(slip_interrupt_bind(get(INTERRUPT), get(ENDPOINT), 1));
    return pulse();
}

static void bind_it(uint64_t unused)
{
    (void)unused;
    race_meet();
    EXPECT_OK(slip_interrupt_bind(get(INTERRUPT), get(ENDPOINT), 1));
    race_leave();
    struct slip_message m = empty();
    EXPECT_OK(slip_endpoint_wait(get(ENDPOINT), &m, SLIP_NEVER));
    put(BITS, m.word[0]);
}

static void fire_and_bind(void)
{
    race_root();
    new_interrupt();
    drop(thread_on(0, fire_it, 4));
    drop(thread_on(1, bind_it, 0));
    race_wait(2);
    EXPECT_EQ(get(BITS), 4);
}

Test(race, an_interrupt_and_binding_it)
{
    race(&(struct race){.root = fire_and_bind, .actors = 2});
}

static void unbind_it(uint64_t unused)
{
    (void)unused;
    uint32_t withdrawn = 0;
    race_meet();
    EXPECT_OK(slip_interrupt_unbind(get(INTERRUPT), &withdrawn));
    put(DONE, withdrawn);
    race_leave();
}

static void fire_and_unbind(void)
{
    race_root();
    new_interrupt();
    EXPECT_EQ(bits_at_bind(), 0);
    drop(thread_on(0, fire_it, 4));
    drop(thread_on(1, unbind_it, 0));
    race_wait(2);
    EXPECT_EQ(pulse(), 0);
    EXPECT_EQ(bits_at_bind(), get(DONE) ? 0 : 4); /* withdrawn, or still to come */
}

Test(race, an_interrupt_and_unbinding_it)
{
    race(&(struct race){.root = fire_and_unbind, .actors = 2});
}

static void acknowledge_it(uint64_t unused)
{
    (void)unused;
    race_meet();
    EXPECT_OK(slip_interrupt_acknowledge(get(INTERRUPT)));
    race_leave();
}

static void fire_and_acknowledge(void)
{
    race_root();
    new_interrupt();
    EXPECT_OK(slip_interrupt_bind(get(INTERRUPT), get(ENDPOINT), 1));
    while (pulse() == 0)
        fire(1);
    drop(thread_on(0, fire_it, 4));
    drop(thread_on(1, acknowledge_it, 0));
    race_wait(2);
    EXPECT_EQ(pulse() & 4, 4);
}

Test(race, an_interrupt_and_acknowledging_the_last_one)
{
    race(&(struct race){.root = fire_and_acknowledge, .actors = 2});
}

static void drive_it(uint64_t unused)
{
    (void)unused;
    struct slip_message m = empty();
    EXPECT_OK(slip_interrupt_bind(get(INTERRUPT), get(ENDPOINT), 1));
    race_meet();
    EXPECT_OK(slip_endpoint_wait(get(ENDPOINT), &m, SLIP_NEVER));
    put(BITS, m.word[0]);
    race_leave();
}

static void fire_and_wait(void)
{
    race_root();
    new_interrupt();
    drop(thread_on(0, fire_it, 4));
    drop(thread_on(1, drive_it, 0));
    race_wait(2);
    EXPECT_EQ(get(BITS), 4);
}

Test(race, an_interrupt_and_waiting_for_it)
{
    race(&(struct race){.root = fire_and_wait, .actors = 2});
}

static void fire_and_close(void)
{
    race_root();
    new_interrupt();
    slip_handle_t port = new_port(1);
    EXPECT_OK(slip_interrupt_bind(get(INTERRUPT), port, 1));
    drop(thread_on(0, fire_it, 4));
    drop(thread_on(1, unbind_it, 0));
    race_wait(2);
    struct slip_completion c;
    EXPECT_EQ(poll_port(port, &c), 0);
    EXPECT_EQ(bits_at_bind(), get(DONE) ? 0 : 4);
}

Test(race, an_interrupt_of_a_port_and_unbinding_it)
{
    race(&(struct race){.root = fire_and_close, .actors = 2});
}

static void create_it(uint64_t unused)
{
    (void)unused;
    slip_handle_t interrupt = 0;
    race_meet();
    EXPECT_OK(slip_interrupt_create(SCENE_LINE, &interrupt));
    put(INTERRUPT, interrupt);
    race_leave();
}

static void fire_and_create(void)
{
    race_root();
    drop(thread_on(0, fire_it, 4));
    drop(thread_on(1, create_it, 0));
    race_wait(2);
    put(ENDPOINT, new_endpoint(0));
    EXPECT_EQ(bits_at_bind(), 4);
}

Test(race, an_interrupt_and_making_its_object)
{
    race(&(struct race){.root = fire_and_create, .actors = 2});
}
