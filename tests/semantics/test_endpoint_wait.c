/* Waiting at an endpoint: what comes first, what stays, and closed waits. */
#include "tests/semantics/support.h"

#include <string.h>

/* ---- EP-13: order ---------------------------------------------------------------------------- */

static void send_two_at(uint64_t endpoint, uint32_t priority)
{
    EXPECT_OK(slip_thread_priority(SLIP_SELF, priority, NULL));
    EXPECT_OK(send_word(endpoint, priority));
    EXPECT_OK(send_word(endpoint, priority + 1));
}

static void priority_then_arrival(void)
{
    static const uint64_t wanted[] = {90, 91, 60, 61, 30, 31};
    slip_handle_t endpoint = new_endpoint(8);
    struct slip_message m;
    send_two_at(endpoint, 60);
    send_two_at(endpoint, 30);
    send_two_at(endpoint, 90);
    for (uint32_t i = 0; i < 6; i++) {
        EXPECT_OK(poll_endpoint(endpoint, &m));
        EXPECT_EQ(m.word[0], wanted[i]);
    }
}

Test(endpoint, the_best_priority_is_taken_first_and_among_equals_the_oldest)
{
    scene(1, priority_then_arrival);
}

static void call_as(uint64_t what)
{
    EXPECT_OK(call_word(get(0), what));
    count(1);
}

static void send_as(uint64_t what)
{
    EXPECT_OK(send_word(get(0), what));
    count(1);
}

/* A queued message, a blocked sender and a caller: one order for all, and callers take no place. */
static void mixed_order(void)
{
    slip_handle_t endpoint = new_endpoint(1);
    struct slip_message m;
    put(0, endpoint);
    EXPECT_OK(send_word(endpoint, 100));
    drop(thread_at(ABOVE, call_as, 150));
    drop(thread_at(ABOVE + 1, send_as, 151)); /* the queue is full: blocked */
    drop(thread_at(ABOVE + 2, call_as, 152));
    EXPECT_EQ(get(1), 0);
    slip_request_t request[2];
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_EQ(m.word[0], 152);
    request[0] = m.request;
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_EQ(m.word[0], 151);
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_EQ(m.word[0], 150);
    request[1] = m.request;
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_EQ(m.word[0], 100);
    EXPECT_OK(slip_request_reply(request[0], SLIP_OK, 0));
    EXPECT_OK(slip_request_reply(request[1], SLIP_OK, 0));
    EXPECT_EQ(get(1), 3);
}

Test(endpoint, messages_blocked_senders_and_callers_stand_in_one_order)
{
    scene(1, mixed_order);
}

static void callers_take_no_place(void)
{
    slip_handle_t endpoint = new_endpoint(1);
    put(0, endpoint);
    drop(thread_at(ABOVE, call_as, 1));
    drop(thread_at(ABOVE, call_as, 2));
    struct slip_message m = word(3);
    m.flags = SLIP_SEND_FAIL_FULL;
    EXPECT_OK(slip_endpoint_send(endpoint, &m, 0));
    EXPECT_STATUS(slip_endpoint_send(endpoint, &m, 0), FULL);
    for (uint32_t i = 0; i < 2; i++) {
        EXPECT_OK(poll_endpoint(endpoint, &m));
        EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
    }
}

Test(endpoint, depth_counts_asynchronous_messages_only)
{
    scene(1, callers_take_no_place);
}

/* ---- EP-14: who of those that wait is served -------------------------------------------------- */

static void serve_one(uint64_t number)
{
    struct slip_message m = empty();
    EXPECT_OK(slip_endpoint_wait(get(0), &m, SLIP_NEVER));
    put(10 + (uint32_t)m.word[0], number);
}

static void receivers_in_order(void)
{
    slip_handle_t endpoint = new_endpoint(4);
    put(0, endpoint);
    drop(thread_at(ABOVE, serve_one, 1));
    drop(thread_at(TOP, serve_one, 2));
    drop(thread_at(ABOVE, serve_one, 3));
    for (uint64_t i = 0; i < 3; i++)
        EXPECT_OK(send_word(endpoint, i));
    EXPECT_EQ(get(10), 2);
    EXPECT_EQ(get(11), 1);
    EXPECT_EQ(get(12), 3);
}

Test(endpoint, waiting_receivers_are_served_by_priority_then_arrival)
{
    scene(1, receivers_in_order);
}

/* ---- EP-15 to EP-17: a message that cannot be taken stays -------------------------------------- */

static void call_long(uint64_t endpoint)
{
    char text[1000];
    memset(text, 'a', sizeof text);
    struct slip_message m = {.area = {.data = text}, .bytes = sizeof text};
    EXPECT_OK(slip_endpoint_call(endpoint, &m, NULL, NULL, SLIP_NEVER));
    put(1, 1);
}

static void too_long(void)
{
    slip_handle_t endpoint = new_endpoint(0);
    char room[1000];
    struct slip_message m = {.area = {.data = room, .capacity = 999}};
    drop(thread_at(ABOVE, call_long, endpoint));
    EXPECT_STATUS(slip_endpoint_wait(endpoint, &m, 0), TOO_LONG);
    EXPECT_EQ(m.bytes, 1000);
    m = empty();
    EXPECT_STATUS(slip_endpoint_wait(endpoint, &m, SLIP_NEVER), TOO_LONG);
    EXPECT_EQ(m.bytes, 1000);
    m = (struct slip_message){.area = {.data = room, .capacity = m.bytes}};
    EXPECT_OK(slip_endpoint_wait(endpoint, &m, 0));
    EXPECT(m.bytes == 1000 && room[999] == 'a');
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
    EXPECT_EQ(get(1), 1);
}

Test(endpoint, a_message_over_the_window_stays_and_tells_its_size)
{
    scene(1, too_long);
}

static void wait_too_small(uint64_t endpoint)
{
    struct slip_message m = empty();
    EXPECT_STATUS(slip_endpoint_wait(endpoint, &m, SLIP_NEVER), TOO_LONG);
    EXPECT_EQ(m.bytes, 1000);
    put(0, 1);
}

static void too_long_for_the_first(void)
{
    slip_handle_t endpoint = new_endpoint(0);
    char room[1000];
    struct slip_message m = {.area = {.data = room, .capacity = sizeof room}};
    drop(thread_at(ABOVE, wait_too_small, endpoint));
    drop(thread_at(ABOVE, call_long, endpoint));
    EXPECT_EQ(get(0), 1);
    EXPECT_OK(slip_endpoint_wait(endpoint, &m, 0)); /* the caller queued all the same */
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
}

Test(endpoint, a_waiting_receiver_that_is_too_small_hears_it_and_the_caller_waits_on)
{
    scene(1, too_long_for_the_first);
}

/* Opens handles until the table cannot grow. */
static uint64_t fill_table(slip_handle_t handle)
{
    slip_handle_t copy;
    uint64_t opened = 0;
    while (slip_handle_duplicate(handle, 0, 0, &copy) == SLIP_OK)
        opened++;
    return opened;
}

static void receive_with_full_table(void)
{
    slip_handle_t endpoint = slip_start_handle();
    struct slip_message m = empty();
    EXPECT(fill_table(endpoint) > 1000);
    slip_handle_t copy;
    EXPECT_STATUS(slip_handle_duplicate(endpoint, 0, 0, &copy), NO_QUOTA);
    EXPECT_STATUS(slip_endpoint_wait(endpoint, &m, 0), NO_QUOTA);
    EXPECT_EQ(m.handles, 2);
    put(0, 1);
}

static void no_room_for_handles(void)
{
    slip_handle_t endpoint = new_endpoint(1), receiver = SLIP_NO_HANDLE;
    struct slip_message m = {
        .handle = {new_port(1), new_endpoint(1)}, .handles = 2, .word = {4}, .words = 1};
    EXPECT_OK(slip_endpoint_send(endpoint, &m, 0));
    EXPECT_OK(slip_process_create_quota("receiver", (uint64_t)1 << 20, &receiver));
    EXPECT_OK(slip_process_start(receiver, receive_with_full_table,
                                 copy_of(endpoint, SLIP_RIGHT_RECEIVE, 0)));
    reap(receiver);
    EXPECT_EQ(get(0), 1);
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT(m.handles == 2 && m.word[0] == 4);
    drop(m.handle[0]);
    drop(m.handle[1]);
}

Test(endpoint, a_message_whose_handles_find_no_room_stays)
{
    scene(1, no_room_for_handles);
}

static void window_faults(void)
{
    slip_handle_t endpoint = new_endpoint(0);
    struct slip_message m = {.area = {.data = sim_argument(), .capacity = 1000}};
    char room[1000];
    drop(thread_at(ABOVE, call_long, endpoint));
    EXPECT_STATUS(slip_endpoint_wait(endpoint, &m, 0), BAD_ADDRESS);
    EXPECT_EQ(raw(SLIP_CALL_endpoint_wait, endpoint, (uintptr_t)sim_argument(), 0, 0, 0, 0),
              SLIP_BAD_ADDRESS);
    m = (struct slip_message){.area = {.data = room, .capacity = sizeof room}};
    EXPECT_OK(slip_endpoint_wait(endpoint, &m, 0));
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
}

Test(endpoint, a_message_whose_copy_faults_stays)
{
    scene(1, window_faults);
}

/* ---- EP-19: closed wait for a badge ------------------------------------------------------------ */

static void one_badge(void)
{
    slip_handle_t endpoint = new_endpoint(4), a = copy_of(endpoint, SLIP_RIGHT_SEND, 1);
    slip_handle_t b = copy_of(endpoint, SLIP_RIGHT_SEND, 2);
    struct slip_message m = empty();
    EXPECT_OK(send_word(a, 10));
    EXPECT_OK(send_word(b, 20));
    EXPECT_OK(send_word(a, 11));
    EXPECT_OK(slip_endpoint_receive(endpoint, &m, SLIP_FROM_BADGE, 2, 0));
    EXPECT(m.badge == 2 && m.word[0] == 20);
    EXPECT_STATUS(slip_endpoint_receive(endpoint, &m, SLIP_FROM_BADGE, 2, 0), WOULD_BLOCK);
    EXPECT_STATUS(slip_endpoint_receive(endpoint, &m, SLIP_FROM_BADGE, 3, 1), TIMED_OUT);
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT(m.badge == 1 && m.word[0] == 10);
    EXPECT_STATUS(slip_endpoint_receive(endpoint, &m, (enum slip_from)3, 1, 0), BAD_ARGUMENT);
    EXPECT_STATUS(slip_endpoint_receive(endpoint, &m, (enum slip_from)0, 1, 0), BAD_ARGUMENT);
}

Test(endpoint, a_closed_wait_takes_one_badge_and_leaves_the_rest)
{
    scene(1, one_badge);
}

static void wait_for_badge(uint64_t badge)
{
    struct slip_message m = empty();
    EXPECT_OK(slip_endpoint_receive(get(0), &m, SLIP_FROM_BADGE, badge, SLIP_NEVER));
    put((uint32_t)badge, m.word[0]);
}

static void badges_are_not_crossed(void)
{
    slip_handle_t endpoint = new_endpoint(4);
    put(0, endpoint);
    slip_handle_t a = copy_of(endpoint, SLIP_RIGHT_SEND, 1);
    slip_handle_t b = copy_of(endpoint, SLIP_RIGHT_SEND, 2);
    drop(thread_at(TOP, wait_for_badge, 1));
    drop(thread_at(ABOVE, wait_for_badge, 2));
    EXPECT_OK(send_word(b, 22));
    EXPECT_EQ(get(1), 0);
    EXPECT_EQ(get(2), 22);
    EXPECT_OK(send_word(a, 11));
    EXPECT_EQ(get(1), 11);
}

Test(endpoint, a_message_wakes_only_a_receiver_that_wants_its_badge)
{
    scene(1, badges_are_not_crossed);
}

/* ---- EP-20: closed wait for a request ---------------------------------------------------------- */

static void submit_two(slip_handle_t endpoint, slip_handle_t port, slip_request_t mine[2])
{
    slip_handle_t link = connection(endpoint, port);
    struct slip_message m = empty();
    for (uint32_t i = 0; i < 2; i++)
        EXPECT_OK(slip_endpoint_submit_request(link, &m, NULL, i, SLIP_NEVER, &mine[i]));
}

static void wait_for_end(uint64_t token)
{
    struct slip_message m = empty();
    EXPECT_OK(slip_endpoint_receive(get(0), &m, SLIP_FROM_REQUEST, token, SLIP_NEVER));
    EXPECT_EQ(m.flags, SLIP_GOT_CANCEL);
    EXPECT_EQ(m.request, token);
    EXPECT_EQ((int64_t)m.word[0], SLIP_CANCELLED);
    put(1, 1);
}

static void one_request(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(4);
    slip_request_t mine[2];
    struct slip_message m = empty(), held = empty();
    put(0, endpoint);
    submit_two(endpoint, port, mine);
    EXPECT_STATUS(slip_endpoint_receive(endpoint, &m, SLIP_FROM_REQUEST, mine[0], 0), STALE);
    EXPECT_OK(poll_endpoint(endpoint, &held));
    EXPECT_STATUS(slip_endpoint_receive(endpoint, &m, SLIP_FROM_REQUEST, held.request, 0),
                  WOULD_BLOCK);
    EXPECT_STATUS(slip_endpoint_receive(endpoint, &m, SLIP_FROM_REQUEST, held.request, 1),
                  TIMED_OUT);
    drop(thread_at(ABOVE, wait_for_end, held.request));
    EXPECT_EQ(get(1), 0);
    EXPECT_OK(slip_request_cancel(mine[0]));
    EXPECT_EQ(get(1), 1);
    EXPECT_STATUS(slip_endpoint_receive(endpoint, &m, SLIP_FROM_REQUEST, held.request, 0), STALE);
    EXPECT_OK(poll_endpoint(endpoint, &m)); /* the other one was left where it was */
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
}

Test(endpoint, a_closed_wait_hears_the_end_of_one_request)
{
    scene(1, one_request);
}

/* ---- EP-21, EP-22: deadlines ------------------------------------------------------------------- */

static void ready_wins(void)
{
    slip_handle_t endpoint = new_endpoint(2), port = new_port(2);
    struct slip_message m = empty();
    struct slip_completion c;
    uint32_t taken;
    EXPECT_OK(send_word(endpoint, 1));
    EXPECT_OK(send_word(endpoint, 2));
    EXPECT_OK(slip_port_post(port, 1, SLIP_OK, 0));
    EXPECT_OK(slip_port_post(port, 2, SLIP_OK, 0));
    slip_thread_compute(10); /* 1 is over, on every machine */
    EXPECT(slip_clock_now() > 1);
    EXPECT_OK(slip_endpoint_wait(endpoint, &m, 1));
    EXPECT_OK(slip_endpoint_wait(endpoint, &m, 0));
    EXPECT_OK(slip_port_wait(port, &c, 1, 1, 1, &taken));
    EXPECT_OK(slip_port_wait(port, &c, 1, 1, 0, &taken));
}

Test(endpoint, ready_wins_over_late)
{
    scene(1, ready_wins);
}

static void zero_polls(void)
{
    slip_handle_t endpoint = new_endpoint(0), port = new_port(1), process = SLIP_NO_HANDLE;
    struct slip_message m = empty();
    struct slip_completion c;
    uint32_t taken;
    slip_thread_compute(10);
    slip_time_t before = slip_clock_now();
    slip_thread_compute(10);
    EXPECT_OK(slip_process_create("idle", &process));
    EXPECT_STATUS(slip_endpoint_wait(endpoint, &m, 0), WOULD_BLOCK);
    EXPECT_STATUS(slip_endpoint_wait(endpoint, &m, before), TIMED_OUT);
    EXPECT_STATUS(slip_port_wait(port, &c, 1, 1, 0, &taken), WOULD_BLOCK);
    EXPECT_STATUS(slip_port_wait(port, &c, 1, 1, before, &taken), TIMED_OUT);
    EXPECT_STATUS(slip_process_wait(process, 0), WOULD_BLOCK);
    EXPECT_STATUS(slip_process_wait(process, before), TIMED_OUT);
    EXPECT_STATUS(slip_endpoint_call(endpoint, &m, NULL, NULL, 0), WOULD_BLOCK);
    EXPECT_STATUS(slip_endpoint_call(endpoint, &m, NULL, NULL, before), TIMED_OUT);
    EXPECT_STATUS(slip_endpoint_wait(endpoint, &m, slip_clock_now() + 5000), TIMED_OUT);
    EXPECT(slip_clock_now() >= before + 5000);
    EXPECT_OK(slip_process_kill(process));
}

Test(endpoint, deadline_zero_polls_and_a_past_one_is_late)
{
    scene(1, zero_polls);
}

static void elsewhere(void)
{
    slip_handle_t endpoint = new_endpoint(1), port = new_port(1), link = connection(endpoint, port);
    struct slip_message m = empty(), news = empty();
    EXPECT_OK(submit_key(link, 1));
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_STATUS(
        slip_endpoint_receive(new_endpoint(1), &news, SLIP_FROM_REQUEST, m.request, SLIP_NEVER),
        STALE);
    EXPECT_STATUS(slip_endpoint_receive(endpoint, &news, SLIP_FROM_REQUEST, m.request, 0),
                  WOULD_BLOCK);
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
}

Test(endpoint, a_closed_wait_for_a_request_is_where_it_was_taken)
{
    scene(1, elsewhere);
}
