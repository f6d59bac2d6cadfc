/* Copies that fault: whose memory it is decides who hears of it, and nobody else loses anything. */
#include "tests/semantics/support.h"

enum cell { ENDPOINT, STATUS };

#define TOLD 1000

static void tell(slip_status_t status)
{
    put(STATUS, (uint64_t)(TOLD + (int64_t)status));
}

static int told_now(slip_status_t status)
{
    return get(STATUS) == (uint64_t)(TOLD + (int64_t)status);
}

/* ---- the sender's memory ------------------------------------------------------------------------ */

static void call_from_nowhere(uint64_t bytes)
{
    struct slip_message m = {.area = {.data = faulting_page(), .capacity = bytes}};
    uint64_t from = bytes > SLIP_MESSAGE_BYTES_INLINE ? (uintptr_t)&m : (uintptr_t)faulting_page();
    tell((slip_status_t)raw(SLIP_CALL_endpoint_call, get(ENDPOINT), slip_tag(bytes, 0, 0, 0), from,
                            0, SLIP_NEVER, 0));
}

static void send_from_nowhere(uint64_t bytes)
{
    struct slip_message m = {.area = {.data = faulting_page(), .capacity = bytes}};
    uint64_t from = bytes > SLIP_MESSAGE_BYTES_INLINE ? (uintptr_t)&m : (uintptr_t)faulting_page();
    tell((slip_status_t)raw(SLIP_CALL_endpoint_send, get(ENDPOINT), slip_tag(bytes, 0, 0, 0), from,
                            SLIP_NEVER, 0, 0));
}

static void good_call(uint64_t unused)
{
    (void)unused;
    EXPECT_OK(call_word(get(ENDPOINT), 7));
}

/* The bad one is queued first, and a good one behind it. */
static void poisoned_queue(void (*bad)(uint64_t), uint64_t bytes)
{
    char room[1000];
    struct slip_message m = {.area = {.data = room, .capacity = sizeof room}};
    put(ENDPOINT, new_endpoint(0));
    put(STATUS, 0);
    drop(thread_at(TOP, bad, bytes));
    drop(thread_at(ABOVE, good_call, 0));
    EXPECT_OK(slip_endpoint_wait(get(ENDPOINT), &m, 0));
    EXPECT_EQ(m.word[0], 7);
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
    EXPECT(told_now(SLIP_BAD_ADDRESS));
}

static void queued(void)
{
    poisoned_queue(call_from_nowhere, 8);
    poisoned_queue(call_from_nowhere, 1000);
    poisoned_queue(send_from_nowhere, 8);
    poisoned_queue(send_from_nowhere, 1000);
}

Test(fault, of_a_queued_sender_is_its_own_and_the_receiver_takes_the_next)
{
    scene(1, queued);
}

static void wait_for_good(uint64_t unused)
{
    (void)unused;
    char room[1000];
    struct slip_message m = {.area = {.data = room, .capacity = sizeof room}};
    EXPECT_OK(slip_endpoint_wait(get(ENDPOINT), &m, SLIP_NEVER));
    EXPECT_EQ(m.word[0], 7);
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
}

static void poisoned_receiver(void (*bad)(uint64_t), uint64_t bytes)
{
    put(ENDPOINT, new_endpoint(1));
    put(STATUS, 0);
    drop(thread_at(ABOVE, wait_for_good, 0));
    drop(thread_at(ABOVE, bad, bytes));
    EXPECT(told_now(SLIP_BAD_ADDRESS));
    EXPECT_OK(call_word(get(ENDPOINT), 7));
}

static void waited_for(void)
{
    poisoned_receiver(call_from_nowhere, 8);
    poisoned_receiver(call_from_nowhere, 1000);
    poisoned_receiver(send_from_nowhere, 8);
    poisoned_receiver(send_from_nowhere, 1000);
}

Test(fault, of_a_sender_does_not_disturb_a_receiver_that_waits)
{
    scene(1, waited_for);
}

static void wait_nowhere(uint64_t unused)
{
    (void)unused;
    tell(raw(SLIP_CALL_endpoint_wait, get(ENDPOINT), (uintptr_t)faulting_page(), SLIP_NEVER, 0, 0,
             0));
}

static void one_of_two(void)
{
    put(ENDPOINT, new_endpoint(0));
    put(STATUS, 0);
    drop(thread_at(ABOVE, wait_nowhere, 0));
    drop(thread_at(ABOVE, wait_for_good, 0));
    EXPECT_OK(call_word(get(ENDPOINT), 7));
    EXPECT(told_now(SLIP_BAD_ADDRESS));
}

Test(fault, of_a_receiver_that_waits_is_its_own_and_the_next_one_takes_the_call)
{
    scene(1, one_of_two);
}

/* ---- a reply's memory --------------------------------------------------------------------------- */

static void reply_from_nowhere(void)
{
    struct slip_message m, answer = {.area = {.data = faulting_page()}, .bytes = 8};
    struct slip_message wide = {.area = {.data = faulting_page()}, .bytes = 1000};
    put(ENDPOINT, new_endpoint(0));
    drop(thread_at(ABOVE, good_call, 0));
    EXPECT_OK(slip_endpoint_wait(get(ENDPOINT), &m, 0));
    EXPECT_EQ(raw(SLIP_CALL_request_reply, m.request, slip_message_tag(&answer, NULL), 0,
                  (uintptr_t)faulting_page(), 0, 0),
              SLIP_BAD_ADDRESS);
    EXPECT_STATUS(slip_request_reply_message(m.request, SLIP_OK, 0, &wide), BAD_ADDRESS);
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0)); /* it stayed held */
}

Test(fault, of_a_reply_is_the_servers_and_the_request_stays_held)
{
    scene(1, reply_from_nowhere);
}

/* With a window for long replies that is no memory of its own. */
static void call_with_no_window(uint64_t address)
{
    struct slip_message m = {
        .area = {.word = {7}, .data = (void *)(uintptr_t)address, .capacity = 1000}, .words = 1};
    tell(slip_endpoint_call(get(ENDPOINT), &m, NULL, NULL, SLIP_NEVER));
}

static void reply_to_nowhere(void)
{
    char room[1000] = {0};
    struct slip_message m, wide = {.area = {.data = room}, .bytes = sizeof room};
    put(ENDPOINT, new_endpoint(0));
    drop(thread_at(ABOVE, call_with_no_window, (uintptr_t)sim_argument()));
    EXPECT_OK(slip_endpoint_wait(get(ENDPOINT), &m, 0));
    EXPECT_OK(slip_request_reply_message(m.request, SLIP_OK, 0, &wide));
    EXPECT(told_now(SLIP_BAD_ADDRESS));
}

Test(fault, of_the_window_for_a_reply_is_the_callers)
{
    scene(1, reply_to_nowhere);
}

/* ---- pulses ------------------------------------------------------------------------------------- */

static void pulse_stays(void)
{
    slip_handle_t interrupt = 0, endpoint = new_endpoint(0);
    struct slip_message m = empty();
    EXPECT_OK(slip_interrupt_create(SCENE_LINE, &interrupt));
    EXPECT_OK(slip_interrupt_bind(interrupt, endpoint, 5));
    fire(6);
    EXPECT_EQ(raw(SLIP_CALL_endpoint_wait, endpoint, (uintptr_t)faulting_page(), 0, 0, 0, 0),
              SLIP_BAD_ADDRESS);
    EXPECT_STATUS(slip_interrupt_acknowledge(interrupt), STALE); /* it was not taken */
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT(m.badge == 5 && m.word[0] == 6 && m.word[1] == 1);
    EXPECT_OK(slip_interrupt_acknowledge(interrupt));
}

Test(fault, of_a_receiver_leaves_a_pulse_where_it_was)
{
    scene(1, pulse_stays);
}

static void port_pulse_stays(void)
{
    slip_handle_t interrupt = 0, port = new_port(1);
    struct slip_completion c = {.key = 0};
    uint32_t taken = 9;
    EXPECT_OK(slip_interrupt_create(SCENE_LINE, &interrupt));
    EXPECT_OK(slip_interrupt_bind(interrupt, port, 5));
    fire(6);
    EXPECT_STATUS(slip_port_wait(port, faulting_page(), 1, 8, 0, &taken), BAD_ADDRESS);
    EXPECT_EQ(taken, 0);
    EXPECT_STATUS(slip_interrupt_acknowledge(interrupt), STALE);
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT(c.key == 5 && c.result == (6 | (uint64_t)1 << 32));
    EXPECT_OK(slip_interrupt_acknowledge(interrupt));
}

Test(fault, of_a_port_wait_leaves_an_interrupt_what_it_had_to_say)
{
    scene(1, port_pulse_stays);
}
