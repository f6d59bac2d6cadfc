/* Calling: what a caller and its server see. */
#include "tests/semantics/support.h"

#include <string.h>

/* ---- EP-9: there and back ---------------------------------------------------------------------- */

static void answer_doubled(uint64_t endpoint)
{
    struct slip_message m = empty();
    EXPECT_OK(slip_endpoint_wait(endpoint, &m, SLIP_NEVER));
    EXPECT(m.flags == SLIP_GOT_CALL && m.badge == 6 && m.words == 3 && m.word[2] == 30);
    struct slip_message reply = {.word = {2 * m.word[0], 2 * m.word[1]}, .words = 2};
    EXPECT_OK(slip_request_reply_message(m.request, SLIP_OK, 77, &reply));
}

static void there_and_back(void)
{
    slip_handle_t endpoint = new_endpoint(0), call = copy_of(endpoint, SLIP_RIGHT_SEND, 6);
    struct slip_message m = {.word = {10, 20, 30}, .words = 3};
    uint64_t result = 0;
    drop(thread_at(ABOVE, answer_doubled, endpoint));
    EXPECT_OK(slip_endpoint_call(call, &m, NULL, &result, SLIP_NEVER));
    EXPECT(result == 77 && m.words == 2 && m.word[0] == 20 && m.word[1] == 40);
    /* The same with the server behind. */
    drop(thread_at(BELOW, answer_doubled, endpoint));
    m = (struct slip_message){.word = {11, 22, 30}, .words = 3};
    EXPECT_OK(slip_endpoint_call(call, &m, NULL, &result, SLIP_NEVER));
    EXPECT(m.word[0] == 22 && m.word[1] == 44);
}

Test(endpoint, a_call_brings_back_status_result_and_words)
{
    scene(1, there_and_back);
}

static void answer_with_all(uint64_t endpoint)
{
    struct slip_message m = empty();
    for (;;) {
        EXPECT_OK(slip_endpoint_wait(endpoint, &m, SLIP_NEVER));
        EXPECT_OK(slip_request_reply(m.request, (slip_status_t)(int32_t)m.word[0], m.word[0]));
        if (m.word[0] == 0)
            return;
    }
}

static void any_status(void)
{
    static const int32_t statuses[] = {
#define STATUS(name, number, fault, text) number,
        SLIP_STATUS_MAP(STATUS)
#undef STATUS
            INT32_MIN};
    slip_handle_t endpoint = new_endpoint(0);
    drop(thread_at(ABOVE, answer_with_all, endpoint));
    for (uint32_t i = sizeof statuses / sizeof *statuses; i-- > 0;) {
        struct slip_message m = word((uint64_t)(int64_t)statuses[i]);
        uint64_t result = 1;
        EXPECT_EQ(slip_endpoint_call(endpoint, &m, NULL, &result, SLIP_NEVER), statuses[i]);
        EXPECT_EQ(result, (uint64_t)(int64_t)statuses[i]);
    }
}

Test(endpoint, a_call_returns_whatever_status_the_server_gave)
{
    scene(1, any_status);
}

/* ---- EP-10: poll, late ------------------------------------------------------------------------- */

static void nobody_waits(void)
{
    slip_handle_t endpoint = new_endpoint(4);
    struct slip_message m = word(1);
    EXPECT_STATUS(slip_endpoint_call(endpoint, &m, NULL, NULL, 0), WOULD_BLOCK);
    EXPECT_STATUS(slip_endpoint_call(endpoint, &m, NULL, NULL, 1), TIMED_OUT);
    EXPECT_STATUS(slip_endpoint_call(endpoint, &m, NULL, NULL, slip_clock_now() + 999), TIMED_OUT);
    EXPECT_STATUS(poll_endpoint(endpoint, &m), WOULD_BLOCK);
}

Test(endpoint, a_call_that_no_receiver_waits_for_ends_by_its_deadline_unseen)
{
    scene(1, nobody_waits);
}

static void hold_until_stale(uint64_t endpoint)
{
    struct slip_message m = empty();
    EXPECT_OK(slip_endpoint_wait(endpoint, &m, SLIP_NEVER));
    slip_thread_sleep_until(slip_clock_now() + 1000000);
    EXPECT_STATUS(slip_request_reply(m.request, SLIP_OK, 0), STALE);
    put(0, 1);
}

static void server_too_slow(void)
{
    slip_handle_t endpoint = new_endpoint(0);
    struct slip_message m = word(1);
    drop(thread_at(ABOVE, hold_until_stale, endpoint));
    EXPECT_STATUS(slip_endpoint_call(endpoint, &m, NULL, NULL, slip_clock_now() + 5000), TIMED_OUT);
    while (get(0) == 0)
        slip_thread_sleep_until(slip_clock_now() + 100000);
}

Test(endpoint, the_deadline_of_a_call_holds_for_the_servers_time_as_well)
{
    scene(1, server_too_slow);
}

/* ---- EP-23: long calls and replies -------------------------------------------------------------- */

static void fill(char *text, uint32_t bytes, uint32_t seed)
{
    for (uint32_t i = 0; i < bytes; i++)
        text[i] = (char)(seed + i * 7);
}

static int filled(const char *text, uint32_t bytes, uint32_t seed)
{
    for (uint32_t i = 0; i < bytes; i++)
        if (text[i] != (char)(seed + i * 7))
            return 0;
    return 1;
}

static const uint32_t long_sizes[] = {64, 65, 128, 4095, 4096, 4097, 65535, 65536};
#define LONG_SIZES (sizeof long_sizes / sizeof *long_sizes)

static void echo_long(uint64_t endpoint)
{
    char *room = sim_alloc(SLIP_MESSAGE_BYTES_MAX);
    struct slip_message m = {.area = {.data = room, .capacity = SLIP_MESSAGE_BYTES_MAX}};
    EXPECT_OK(slip_endpoint_wait(endpoint, &m, SLIP_NEVER));
    for (uint32_t i = 0; i < LONG_SIZES; i++) {
        uint32_t bytes = long_sizes[i];
        EXPECT_EQ(m.bytes, bytes);
        EXPECT(filled(bytes > 64 ? room : (char *)m.word, bytes, i));
        fill(bytes > 64 ? room : (char *)m.word, bytes, i + 100);
        m.area.data = room;
        m.area.capacity = SLIP_MESSAGE_BYTES_MAX;
        m.handles = m.flags = 0;
        if (i + 1 == LONG_SIZES)
            EXPECT_OK(slip_request_reply_message(m.request, SLIP_OK, bytes, &m));
        else
            EXPECT_OK(
                slip_endpoint_reply_wait(endpoint, m.request, SLIP_OK, bytes, &m, SLIP_NEVER));
    }
    sim_free(room);
}

static void long_calls(void)
{
    slip_handle_t endpoint = new_endpoint(0);
    char *text = sim_alloc(SLIP_MESSAGE_BYTES_MAX);
    drop(thread_at(ABOVE, echo_long, endpoint));
    for (uint32_t i = 0; i < LONG_SIZES; i++) {
        uint32_t bytes = long_sizes[i];
        uint64_t result = 0;
        struct slip_message m = {.area = {.data = text, .capacity = bytes}, .bytes = bytes};
        fill(bytes > 64 ? text : (char *)m.word, bytes, i);
        EXPECT_OK(slip_endpoint_call(endpoint, &m, NULL, &result, SLIP_NEVER));
        EXPECT(m.bytes == bytes && result == bytes);
        EXPECT(filled(bytes > 64 ? text : (char *)m.word, bytes, i + 100));
    }
    sim_free(text);
}

Test(endpoint, calls_and_replies_carry_up_to_64_kib)
{
    scene(1, long_calls);
}

static void reply_over_window(uint64_t endpoint)
{
    char text[200] = "long";
    struct slip_message m = empty();
    EXPECT_OK(slip_endpoint_wait(endpoint, &m, SLIP_NEVER));
    slip_request_t request = m.request;
    m = (struct slip_message){.area = {.data = text}, .bytes = sizeof text};
    EXPECT_STATUS(slip_request_reply_message(request, SLIP_OK, 0, &m), TOO_LONG);
    m.bytes = 100;
    EXPECT_OK(slip_request_reply_message(request, SLIP_OK, 0, &m)); /* it stayed held */
}

static void reply_too_long(void)
{
    slip_handle_t endpoint = new_endpoint(0);
    char room[100];
    struct slip_message m = {.area = {.data = room, .capacity = sizeof room}};
    drop(thread_at(ABOVE, reply_over_window, endpoint));
    EXPECT_OK(slip_endpoint_call(endpoint, &m, NULL, NULL, SLIP_NEVER));
    EXPECT(m.bytes == 100 && memcmp(room, "long", 5) == 0);
}

Test(endpoint, a_reply_over_the_callers_window_is_refused_and_the_call_stays_held)
{
    scene(1, reply_too_long);
}

/* ---- EP-24: switches ---------------------------------------------------------------------------- */

static void echo(uint64_t endpoint)
{
    struct slip_message m = empty();
    slip_status_t status = slip_endpoint_wait(endpoint, &m, SLIP_NEVER);
    while (status == SLIP_OK) {
        m.words = m.handles = m.flags = 0;
        status = slip_endpoint_reply_wait(endpoint, m.request, SLIP_OK, 0, &m, SLIP_NEVER);
    }
}

static void direct(void)
{
    slip_handle_t endpoint = new_endpoint(0), call = copy_of(endpoint, SLIP_RIGHT_SEND, 0);
    uint32_t failed = 0; /* told afterwards, since to tell may cost calls */
    stay_on_one_cpu();
    drop(thread_at(SLIP_PRIORITY_DEFAULT, echo, endpoint));
    EXPECT_OK(call_word(call, 1)); /* from here on it waits */
    struct k_counters before = scene_counters();
    for (uint32_t i = 0; i < 10; i++)
        failed += call_word(call, 1) != SLIP_OK;
    struct k_counters after = scene_counters();
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(after.system_calls - before.system_calls, 20);
    EXPECT_EQ(after.switches - before.switches, 20);
    EXPECT_EQ(after.direct_switches - before.direct_switches, 20);
    EXPECT_EQ(after.allocations - before.allocations, 0);
    drop(endpoint);
}

Test(endpoint, a_round_trip_costs_two_system_calls_two_direct_switches_and_no_allocation)
{
    scene_with(&(struct scene_options){.cpus = 1, .seed = 1, .fast = 1}, direct);
}

/* ---- EP-25: an endpoint that closes around a call ------------------------------------------------ */

static void call_into_close(uint64_t endpoint)
{
    EXPECT_STATUS(call_word(endpoint, 1), PEER_CLOSED);
    count(0);
}

static void call_and_stay(uint64_t endpoint)
{
    struct slip_message m = word(1);
    uint64_t result = 0;
    EXPECT_OK(slip_endpoint_call(endpoint, &m, NULL, &result, SLIP_NEVER));
    EXPECT_EQ(result, 42);
    count(1);
}

static void closing_around_calls(void)
{
    slip_handle_t endpoint = new_endpoint(0), call = copy_of(endpoint, SLIP_RIGHT_SEND, 0);
    struct slip_message m;
    drop(thread_at(ABOVE, call_and_stay, call));
    EXPECT_OK(poll_endpoint(endpoint, &m));
    drop(thread_at(ABOVE, call_into_close, call));
    drop(thread_at(ABOVE, call_into_close, call));
    give_way(); /* holding a call, root is as good as they are */
    drop(endpoint);
    give_way();
    EXPECT_EQ(get(0), 2); /* what was queued */
    EXPECT_EQ(get(1), 0); /* what was taken already is not concerned */
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 42));
    EXPECT_EQ(get(1), 1);
}

Test(endpoint, closing_ends_queued_calls_and_leaves_held_ones)
{
    scene(1, closing_around_calls);
}

/* ---- EP-4: a reply-and-wait takes who waits to send ---------------------------------------------- */

static void serve_then_receive(uint64_t gate)
{
    struct slip_message m = empty(), go = empty();
    EXPECT_OK(slip_endpoint_wait(get(3), &m, SLIP_NEVER));
    EXPECT_OK(slip_endpoint_wait(gate, &go, SLIP_NEVER));
    slip_request_t request = m.request;
    m = empty();
    EXPECT_OK(slip_endpoint_reply_wait(get(3), request, SLIP_OK, 42, &m, SLIP_NEVER));
    put(4, m.word[0]);
}

static void send_five(uint64_t endpoint)
{
    EXPECT_OK(send_word(endpoint, 5));
}

static void blocked_sender(void)
{
    slip_handle_t gate = new_endpoint(0);
    put(3, new_endpoint(0));
    drop(thread_at(ABOVE, serve_then_receive, gate));
    drop(thread_at(ABOVE, call_and_stay, get(3)));
    drop(thread_at(ABOVE, send_five, get(3)));
    EXPECT_OK(send_word(gate, 0));
    give_way();
    EXPECT_EQ(get(4), 5);
    EXPECT_EQ(get(1), 1);
}

Test(endpoint, a_reply_and_wait_takes_who_waits_to_send)
{
    scene(1, blocked_sender);
}
