/* Sending: what a sender and a receiver see of one-way messages. */
#include "tests/semantics/support.h"

#include <string.h>

/* ---- EP-1: making one ------------------------------------------------------------------------ */

static void depths(void)
{
    slip_handle_t endpoint = 5;
    EXPECT_STATUS(slip_endpoint_create(SLIP_ENDPOINT_DEPTH_MAX + 1, &endpoint), BAD_ARGUMENT);
    EXPECT_STATUS(slip_endpoint_create(UINT32_MAX, &endpoint), BAD_ARGUMENT);
    EXPECT_EQ(endpoint, SLIP_NO_HANDLE);
    drop(new_endpoint(0)); /* the first handle brings the table */
    uint64_t before = scene_process().used;
    drop(new_endpoint(SLIP_ENDPOINT_DEPTH_MAX));
    EXPECT_EQ(scene_process().used, before);
    endpoint = new_endpoint(100);
    uint64_t deep = scene_process().used;
    drop(new_endpoint(1000));
    EXPECT_EQ(scene_process().used, deep);
    EXPECT(deep > before);
}

Test(endpoint, takes_depths_up_to_the_limit_and_charges_its_creator)
{
    scene(1, depths);
}

/* ---- EP-3, EP-4: the queue ------------------------------------------------------------------- */

static void queueing(void)
{
    slip_handle_t endpoint = new_endpoint(3);
    struct slip_message m;
    EXPECT_STATUS(poll_endpoint(endpoint, &m), WOULD_BLOCK);
    for (uint64_t i = 1; i <= 3; i++)
        EXPECT_OK(send_word(endpoint, i));
    for (uint64_t i = 1; i <= 3; i++) {
        EXPECT_OK(poll_endpoint(endpoint, &m));
        EXPECT_EQ(m.word[0], i);
        EXPECT(m.words == 1 && m.bytes == 8 && m.request == 0 && m.flags == 0 && m.handles == 0);
    }
    EXPECT_STATUS(poll_endpoint(endpoint, &m), WOULD_BLOCK);
}

Test(endpoint, a_message_queues_and_is_taken_in_order)
{
    scene(1, queueing);
}

static void full(void)
{
    slip_handle_t endpoint = new_endpoint(1);
    struct slip_message m = word(1), refused = word(2);
    EXPECT_OK(slip_endpoint_send(endpoint, &m, 0));
    refused.flags = SLIP_SEND_FAIL_FULL;
    EXPECT_STATUS(slip_endpoint_send(endpoint, &refused, SLIP_NEVER), FULL);
    refused.flags = 0;
    EXPECT_STATUS(slip_endpoint_send(endpoint, &refused, 0), WOULD_BLOCK);
    EXPECT_STATUS(slip_endpoint_send(endpoint, &refused, 1), TIMED_OUT);
    EXPECT_STATUS(slip_endpoint_send(endpoint, &refused, slip_clock_now() + 1000), TIMED_OUT);
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_EQ(m.word[0], 1);
    EXPECT_STATUS(poll_endpoint(endpoint, &m), WOULD_BLOCK);
}

Test(endpoint, a_full_queue_refuses_or_blocks_as_the_sender_chose)
{
    scene(1, full);
}

/* Once it runs it is no better than root, so that it comes after what is queued already. */
static void send_then_note(uint64_t endpoint)
{
    EXPECT_OK(slip_thread_priority(SLIP_SELF, SLIP_PRIORITY_DEFAULT, NULL));
    EXPECT_OK(send_word(endpoint, 2));
    put(0, 1);
}

static void blocked_sender_goes_on(void)
{
    slip_handle_t endpoint = new_endpoint(1);
    EXPECT_OK(send_word(endpoint, 1));
    drop(thread_at(ABOVE, send_then_note, endpoint));
    give_way();
    EXPECT_EQ(get(0), 0);
    struct slip_message m;
    EXPECT_OK(poll_endpoint(endpoint, &m)); /* a place: the sender's message takes it */
    EXPECT_EQ(m.word[0], 1);
    give_way();
    EXPECT_EQ(get(0), 1);
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_EQ(m.word[0], 2);
}

Test(endpoint, a_blocked_sender_is_let_in_when_a_place_falls_free)
{
    scene(1, blocked_sender_goes_on);
}

static void rendezvous(void)
{
    slip_handle_t endpoint = new_endpoint(0);
    struct slip_message m = word(1);
    EXPECT_STATUS(slip_endpoint_send(endpoint, &m, 0), WOULD_BLOCK);
    drop(thread_at(ABOVE, send_then_note, endpoint));
    give_way();
    EXPECT_EQ(get(0), 0);
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_EQ(m.word[0], 2);
    give_way();
    EXPECT_EQ(get(0), 1);
}

Test(endpoint, a_send_to_depth_zero_waits_for_its_receiver)
{
    scene(1, rendezvous);
}

static void take_one(uint64_t endpoint)
{
    struct slip_message m = empty();
    EXPECT_OK(slip_endpoint_wait(endpoint, &m, SLIP_NEVER));
    put(1, m.word[0]);
}

static void handed_over(void)
{
    slip_handle_t endpoint = new_endpoint(0);
    struct slip_message m = word(9);
    drop(thread_at(ABOVE, take_one, endpoint));
    EXPECT_OK(slip_endpoint_send(endpoint, &m, 0));
    EXPECT_EQ(get(1), 9);
}

Test(endpoint, a_waiting_receiver_takes_a_message_at_once)
{
    scene(1, handed_over);
}

/* ---- EP-5: blocked, and then not ------------------------------------------------------------- */

static void send_with_handle(uint64_t endpoint)
{
    slip_handle_t port = new_port(1);
    struct slip_message m = carrying(port);
    EXPECT_STATUS(slip_endpoint_send(endpoint, &m, slip_clock_now() + 1000), TIMED_OUT);
    EXPECT_OK(slip_port_post(port, 1, SLIP_OK, 0)); /* still ours */
    drop(port);
    put(0, 1);
}

static void blocked_until_late(void)
{
    slip_handle_t endpoint = new_endpoint(0);
    struct slip_message m = empty();
    drop(thread_at(ABOVE, send_with_handle, endpoint));
    slip_thread_sleep_until(slip_clock_now() + 100000);
    while (get(0) == 0)
        slip_thread_yield();
    EXPECT_STATUS(slip_endpoint_wait(endpoint, &m, 0), WOULD_BLOCK);
}

Test(endpoint, a_send_that_times_out_moves_nothing_and_is_never_seen)
{
    scene(1, blocked_until_late);
}

static void send_for_ever(void)
{
    send_word(slip_start_handle(), 1);
    put(0, 1);
}

static void blocked_until_killed(void)
{
    slip_handle_t endpoint = new_endpoint(0);
    struct slip_message m;
    slip_handle_t sender =
        process_at(ABOVE, "sender", send_for_ever, copy_of(endpoint, SLIP_RIGHT_SEND, 3));
    kill_and_reap(sender);
    EXPECT_EQ(get(0), 0);
    EXPECT_STATUS(poll_endpoint(endpoint, &m), WOULD_BLOCK);
}

Test(endpoint, a_send_whose_thread_is_killed_is_never_seen)
{
    scene(1, blocked_until_killed);
}

/* ---- EP-6: queued, and the sender dies ------------------------------------------------------- */

static void send_port_and_die(void)
{
    slip_handle_t port = new_port(1);
    EXPECT_OK(slip_port_post(port, 77, SLIP_OK, 0));
    struct slip_message m = {.word = {5}, .words = 1, .handle = {port}, .handles = 1};
    EXPECT_OK(slip_endpoint_send(slip_start_handle(), &m, 0));
    EXPECT_STATUS(slip_handle_close(port), BAD_HANDLE);
}

static void sender_dies(void)
{
    slip_handle_t endpoint = new_endpoint(1);
    struct slip_message m;
    struct slip_completion c;
    reap(process_at(ABOVE, "sender", send_port_and_die, copy_of(endpoint, SLIP_RIGHT_SEND, 3)));
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT(m.word[0] == 5 && m.badge == 3 && m.handles == 1);
    EXPECT_EQ(poll_port(m.handle[0], &c), 1);
    EXPECT_EQ(c.key, 77);
    drop(m.handle[0]);
}

Test(endpoint, a_queued_message_outlives_its_sender_with_badge_and_handles)
{
    scene(1, sender_dies);
}

/* ---- EP-7: long messages --------------------------------------------------------------------- */

static void take_long(uint64_t endpoint)
{
    static const uint32_t sizes[] = {65, 4096, 65536};
    char *room = sim_alloc(SLIP_MESSAGE_BYTES_MAX);
    for (uint32_t i = 0; i < 3; i++) {
        struct slip_message m = {.area = {.data = room, .capacity = SLIP_MESSAGE_BYTES_MAX}};
        EXPECT_OK(slip_endpoint_wait(endpoint, &m, SLIP_NEVER));
        EXPECT(m.bytes == sizes[i] && m.words == 0);
        EXPECT(room[0] == (char)sizes[i] && room[sizes[i] - 1] == 'z');
    }
    sim_free(room);
    put(0, 1);
}

static void long_sends(void)
{
    static const uint32_t sizes[] = {65, 4096, 65536};
    slip_handle_t endpoint = new_endpoint(1);
    char *text = sim_alloc(SLIP_MESSAGE_BYTES_MAX + 1);
    struct slip_message m = {.area = {.data = text}, .bytes = 65};
    EXPECT_STATUS(slip_endpoint_send(endpoint, &m, SLIP_NEVER), TOO_LONG); /* nobody waits */
    m.flags = SLIP_SEND_FAIL_FULL;
    EXPECT_STATUS(slip_endpoint_send(endpoint, &m, SLIP_NEVER), TOO_LONG);
    m.flags = 0;
    drop(thread_at(ABOVE, take_long, endpoint));
    for (uint32_t i = 0; i < 3; i++) {
        memset(text, 'z', sizes[i]);
        text[0] = (char)sizes[i];
        m.bytes = sizes[i];
        EXPECT_OK(slip_endpoint_send(endpoint, &m, SLIP_NEVER));
    }
    m.bytes = SLIP_MESSAGE_BYTES_MAX + 1;
    EXPECT_STATUS(slip_endpoint_send(endpoint, &m, SLIP_NEVER), TOO_LONG);
    EXPECT_EQ(get(0), 1);
    sim_free(text);
}

Test(endpoint, a_long_send_goes_only_to_a_receiver_that_takes_it_at_once)
{
    scene(1, long_sends);
}

static void send_long_blocking(uint64_t endpoint)
{
    char text[100] = "blocked";
    struct slip_message m = {.area = {.data = text}, .bytes = sizeof text};
    EXPECT_OK(slip_endpoint_send(endpoint, &m, SLIP_NEVER));
}

static void long_blocked(void)
{
    slip_handle_t endpoint = new_endpoint(0);
    char room[100];
    struct slip_message m = {.area = {.data = room, .capacity = sizeof room}};
    drop(thread_at(ABOVE, send_long_blocking, endpoint));
    EXPECT_OK(slip_endpoint_wait(endpoint, &m, 0));
    EXPECT(m.bytes == 100 && memcmp(room, "blocked", 8) == 0);
}

Test(endpoint, a_long_send_that_waits_at_depth_zero_is_copied_from_its_sender)
{
    scene(1, long_blocked);
}

/* ---- EP-18: closing -------------------------------------------------------------------------- */

static void send_to_closed(uint64_t endpoint)
{
    EXPECT_STATUS(send_word(endpoint, 2), PEER_CLOSED);
    put(0, 1);
}

static void closed_endpoint(void)
{
    slip_handle_t receive = new_endpoint(1);
    slip_handle_t send = copy_of(receive, SLIP_RIGHT_SEND, 0);
    slip_handle_t other = copy_of(receive, SLIP_RIGHT_RECEIVE, 0);
    EXPECT_OK(send_word(send, 1));
    drop(thread_at(ABOVE, send_to_closed, send));
    drop(receive);
    EXPECT_EQ(get(0), 0); /* another one can receive */
    drop(other);
    EXPECT_EQ(get(0), 1);
    EXPECT_STATUS(send_word(send, 3), PEER_CLOSED);
    EXPECT_STATUS(call_word(send, 3), PEER_CLOSED);
    slip_handle_t port = new_port(1);
    slip_handle_t link = connection(send, port);
    EXPECT_STATUS(submit_key(link, 3), PEER_CLOSED);
    EXPECT_STATUS(submit_key(link, 3), PEER_CLOSED); /* and the slot came back */
}

Test(endpoint, is_closed_when_nobody_can_receive_from_it_any_more)
{
    scene(1, closed_endpoint);
}

static void wait_for_close(uint64_t endpoint)
{
    struct slip_message m = empty();
    EXPECT_STATUS(slip_endpoint_wait(endpoint, &m, SLIP_NEVER), PEER_CLOSED);
    count(0);
}

static void closing_wakes_receivers(void)
{
    slip_handle_t endpoint = new_endpoint(1);
    drop(thread_at(ABOVE, wait_for_close, endpoint));
    drop(thread_at(ABOVE, wait_for_close, endpoint));
    drop(endpoint);
    EXPECT_EQ(get(0), 2);
    EXPECT_EQ(scene_objects("endpoint"), 0);
}

Test(endpoint, closing_wakes_all_who_wait_to_receive)
{
    scene(1, closing_wakes_receivers);
}
