/* Interrupts: binding, merging, masking, and who hears them. */
#include "tests/semantics/support.h"

static slip_handle_t new_interrupt(void)
{
    slip_handle_t interrupt = SLIP_NO_HANDLE;
    EXPECT_OK(slip_interrupt_create(SCENE_LINE, &interrupt));
    return interrupt;
}

/* ---- IN-1: making ---------------------------------------------------------------------------------- */

static void not_the_first(void)
{
    slip_handle_t interrupt;
    EXPECT_STATUS(slip_interrupt_create(3, &interrupt), NO_RIGHT);
}

static void making(void)
{
    slip_handle_t interrupt = new_interrupt(), other = 0;
    EXPECT_STATUS(slip_interrupt_create(SCENE_LINE, &other), ALREADY);
    EXPECT_STATUS(slip_interrupt_create(K_LINES_MAX, &other), BAD_ARGUMENT);
    EXPECT_STATUS(slip_interrupt_create(UINT32_MAX, &other), BAD_ARGUMENT);
    drop(interrupt);
    drop(new_interrupt()); /* the line is free again */
    reap(process_at(ABOVE, "driver", not_the_first, SLIP_NO_HANDLE));
}

Test(interrupt, only_the_first_process_makes_one_and_each_line_has_one)
{
    scene(1, making);
}

/* ---- IN-2, IN-3, IN-6: at an endpoint ---------------------------------------------------------------- */

static void pulse(void)
{
    slip_handle_t interrupt = new_interrupt(), endpoint = new_endpoint(0);
    struct slip_message m = empty();
    EXPECT_OK(slip_interrupt_bind(interrupt, endpoint, 99));
    EXPECT_STATUS(poll_endpoint(endpoint, &m), WOULD_BLOCK);
    fire(1);
    fire(4);
    fire(1);
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT(m.flags == SLIP_GOT_PULSE && m.badge == 99 && m.request == 0 && m.words == 2);
    EXPECT(m.word[0] == 5 && m.word[1] == 3); /* one pulse: merged bits, and how many */
    fire(2);
    EXPECT_STATUS(poll_endpoint(endpoint, &m), WOULD_BLOCK); /* masked until acknowledged */
    EXPECT_OK(slip_interrupt_acknowledge(interrupt));
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT(m.word[0] == 2 && m.word[1] == 1);
    EXPECT_OK(slip_interrupt_acknowledge(interrupt));
    EXPECT_STATUS(slip_interrupt_acknowledge(interrupt), STALE);
    EXPECT_STATUS(poll_endpoint(endpoint, &m), WOULD_BLOCK);
    fire(8);
    EXPECT_STATUS(slip_interrupt_acknowledge(interrupt), STALE); /* pending, not taken */
    EXPECT_OK(poll_endpoint(endpoint, &m));
}

Test(interrupt, arrives_as_one_merged_pulse_and_stays_masked_until_acknowledged)
{
    scene(1, pulse);
}

static void drive(uint64_t interrupt)
{
    struct slip_message m = empty();
    EXPECT_OK(slip_interrupt_bind(interrupt, get(1), 5));
    EXPECT_OK(slip_endpoint_wait(get(1), &m, SLIP_NEVER));
    EXPECT(m.flags == SLIP_GOT_PULSE && m.badge == 5 && m.word[0] == 16);
    put(0, 1);
}

static void wakes(void)
{
    put(1, new_endpoint(0));
    drop(thread_at(ABOVE, drive, new_interrupt()));
    EXPECT_EQ(get(0), 0);
    fire(16);
    EXPECT_EQ(get(0), 1);
}

Test(interrupt, wakes_a_thread_in_an_open_wait)
{
    scene(1, wakes);
}

static void before_messages(void)
{
    slip_handle_t interrupt = new_interrupt(), endpoint = new_endpoint(4);
    struct slip_message m;
    EXPECT_OK(slip_interrupt_bind(interrupt, endpoint, 5));
    EXPECT_OK(send_word(endpoint, 1));
    fire(1);
    m = empty();
    EXPECT_OK(slip_endpoint_receive(endpoint, &m, SLIP_FROM_BADGE, 0, 0));
    EXPECT_EQ(m.flags, 0); /* a closed wait does not take pulses */
    EXPECT_OK(send_word(endpoint, 2));
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_EQ(m.flags, SLIP_GOT_PULSE);
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_EQ(m.word[0], 2);
}

Test(interrupt, a_pulse_comes_before_messages_and_in_open_waits_only)
{
    scene(1, before_messages);
}

/* ---- IN-4: at a port; before it was bound -------------------------------------------------------------- */

static void at_port(void)
{
    slip_handle_t interrupt = new_interrupt(), port = new_port(1);
    struct slip_completion c;
    EXPECT_OK(slip_interrupt_bind(interrupt, port, 88));
    EXPECT_OK(
        slip_port_post(port, 1, SLIP_OK, 0)); /* the port is full, the interrupt has its own */
    fire(1);
    fire(2);
    EXPECT_EQ(poll_port(port, &c), 2);
    fire(4);
    EXPECT_EQ(poll_port(port, &c), 0);
    EXPECT_OK(slip_interrupt_acknowledge(interrupt));
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT(c.key == 88 && c.source == SLIP_SOURCE_INTERRUPT && c.status == SLIP_OK);
    EXPECT_EQ(c.result, (uint64_t)1 << 32 | 4);
}

Test(interrupt, arrives_at_a_port_in_a_slot_of_its_own)
{
    scene(1, at_port);
}

static void fired_before(void)
{
    struct slip_message m;
    fire(1);
    slip_handle_t interrupt = new_interrupt(), endpoint = new_endpoint(0);
    fire(2);
    EXPECT_OK(slip_interrupt_bind(interrupt, endpoint, 5));
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_EQ(m.word[0], 3);
}

Test(interrupt, what_fired_before_it_was_bound_arrives_at_once)
{
    scene(1, fired_before);
}

/* ---- IN-5: unbinding, closing --------------------------------------------------------------------------- */

static void unbinding(void)
{
    slip_handle_t interrupt = new_interrupt(), endpoint = new_endpoint(0), port = new_port(1);
    struct slip_message m;
    struct slip_completion c;
    uint32_t withdrawn = 9;
    EXPECT_STATUS(slip_interrupt_unbind(interrupt, &withdrawn), STALE);
    EXPECT_OK(slip_interrupt_bind(interrupt, endpoint, 5));
    EXPECT_STATUS(slip_interrupt_bind(interrupt, endpoint, 5), ALREADY);
    EXPECT_STATUS(slip_interrupt_bind(interrupt, port, 5), ALREADY);
    EXPECT_OK(slip_interrupt_unbind(interrupt, &withdrawn));
    EXPECT_EQ(withdrawn, 0);
    EXPECT_OK(slip_interrupt_bind(interrupt, endpoint, 5));
    fire(1);
    EXPECT_OK(slip_interrupt_unbind(interrupt, &withdrawn));
    EXPECT_EQ(withdrawn, 1);
    EXPECT_STATUS(poll_endpoint(endpoint, &m), WOULD_BLOCK);
    EXPECT_OK(slip_interrupt_bind(interrupt, port, 6));
    EXPECT_EQ(poll_port(port, &c), 0); /* what was withdrawn is gone */
    fire(2);
    EXPECT_OK(slip_interrupt_unbind(interrupt, &withdrawn));
    EXPECT_EQ(withdrawn, 1);
    EXPECT_EQ(poll_port(port, &c), 0);
}

Test(interrupt, unbinding_withdraws_what_is_pending_and_says_so)
{
    scene(1, unbinding);
}

static void targets(void)
{
    slip_handle_t interrupt = new_interrupt(), endpoint = new_endpoint(0), port = new_port(1);
    slip_handle_t send = copy_of(endpoint, SLIP_RIGHT_SEND, 0);
    slip_handle_t post = copy_of(port, SLIP_RIGHT_POST, 0);
    slip_handle_t none = copy_of(interrupt, 0, 0);
    EXPECT_STATUS(slip_interrupt_bind(interrupt, ~endpoint, 5), BAD_HANDLE);
    EXPECT_STATUS(slip_interrupt_bind(interrupt, interrupt, 5), WRONG_TYPE);
    EXPECT_STATUS(slip_interrupt_bind(interrupt, send, 5), NO_RIGHT);
    EXPECT_STATUS(slip_interrupt_bind(interrupt, post, 5), NO_RIGHT);
    EXPECT_STATUS(slip_interrupt_bind(none, endpoint, 5), NO_RIGHT);
    EXPECT_STATUS(slip_interrupt_unbind(none, NULL), NO_RIGHT);
    EXPECT_STATUS(slip_interrupt_acknowledge(none), NO_RIGHT);
    EXPECT_STATUS(slip_interrupt_acknowledge(port), WRONG_TYPE);
    drop(none);
    EXPECT_OK(slip_interrupt_bind(interrupt, endpoint, 5));
    drop(endpoint);
    fire(1); /* to nobody */
    EXPECT_OK(slip_interrupt_unbind(interrupt, NULL));
    EXPECT_OK(slip_interrupt_bind(interrupt, port, 5));
    drop(interrupt); /* unbinds */
    fire(1);
    struct slip_completion c;
    EXPECT_EQ(poll_port(port, &c), 0);
}

Test(interrupt, is_bound_to_what_can_be_received_from_and_closing_unbinds)
{
    scene(1, targets);
}

/* ---- IN-7: who bound it ------------------------------------------------------------------------------------ */

static void drive_queue(uint64_t number)
{
    struct slip_message m = empty();
    EXPECT_OK(slip_interrupt_bind(get(10), get(11), 5));
    EXPECT_OK(slip_endpoint_wait(get(11), &m, SLIP_NEVER));
    EXPECT_EQ(m.flags, SLIP_GOT_PULSE);
    EXPECT_OK(slip_interrupt_acknowledge(get(10)));
    put(0, number);
}

static void serve_other(uint64_t number)
{
    struct slip_message m = empty();
    EXPECT_OK(slip_endpoint_wait(get(11), &m, SLIP_NEVER));
    put(1, number + m.flags);
}

static void to_the_binder(void)
{
    put(10, new_interrupt());
    put(11, new_endpoint(0));
    drop(thread_at(ABOVE, drive_queue, 1));
    drop(thread_at(TOP, serve_other, 2)); /* better, and not the one who bound it */
    fire(1);
    EXPECT(get(0) == 1 && get(1) == 0);
    fire(1); /* the binder is dead by now: anybody */
    EXPECT_EQ(get(1), 2 + SLIP_GOT_PULSE);
}

Test(interrupt, a_pulse_goes_to_the_thread_that_bound_it_as_long_as_that_lives)
{
    scene(1, to_the_binder);
}

static void bind_and_end(uint64_t interrupt)
{
    EXPECT_OK(slip_interrupt_bind(interrupt, get(11), 5));
    fire(1);
}

static void pending_when_binder_ends(void)
{
    put(11, new_endpoint(0));
    drop(thread_at(ABOVE, serve_other, 2));
    drop(thread_at(ABOVE, bind_and_end, new_interrupt()));
    give_way();
    EXPECT_EQ(get(1), 2 + SLIP_GOT_PULSE);
}

Test(interrupt, a_pulse_that_waits_for_a_thread_that_ends_goes_to_another_one)
{
    scene(1, pending_when_binder_ends);
}
