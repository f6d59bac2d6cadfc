/* Requests: submitting, replying, and who may answer. */
#include "tests/semantics/support.h"

/* ---- RQ-1, RQ-2: one submit, one completion ------------------------------------------------------ */

static void submit_and_reply(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(4);
    slip_handle_t link = SLIP_NO_HANDLE;
    EXPECT_OK(slip_endpoint_connect_badged(endpoint, port, 9, &link));
    struct slip_message m = {.word = {1, 2, 3}, .words = 3};
    struct slip_completion c;
    slip_request_t request = 0;
    EXPECT_OK(slip_endpoint_submit_request(link, &m, NULL, 42, SLIP_NEVER, &request));
    EXPECT_EQ(poll_port(port, &c), 0);
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT(m.flags == SLIP_GOT_SUBMIT && m.badge == 9 && m.words == 3 && m.word[2] == 3);
    EXPECT_OK(slip_request_reply(m.request, SLIP_NOT_FOUND, 55));
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT(c.key == 42 && c.status == SLIP_NOT_FOUND && c.result == 55);
    EXPECT(c.source == SLIP_SOURCE_REQUEST && c.badge == 0 && c.request == request);
    EXPECT_EQ(poll_port(port, &c), 0);
}

Test(request, a_submit_brings_exactly_one_completion_with_its_key)
{
    scene(1, submit_and_reply);
}

static void slots(void)
{
    slip_handle_t endpoint = new_endpoint(8), port = new_port(2), link = connection(endpoint, port);
    struct slip_completion c;
    struct slip_message m;
    EXPECT_OK(submit_key(link, 1));
    EXPECT_OK(submit_key(link, 2));
    EXPECT_STATUS(submit_key(link, 3), NO_SLOT);
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
    EXPECT_STATUS(submit_key(link, 3), NO_SLOT); /* the completion has the slot until it is taken */
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT_OK(submit_key(link, 3));
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_STATUS(poll_endpoint(endpoint, &m), WOULD_BLOCK); /* the refused one was never seen */
}

Test(request, a_submit_without_a_free_slot_is_refused_and_never_seen)
{
    scene(1, slots);
}

/* ---- RQ-3: nobody listens ------------------------------------------------------------------------ */

static void silent(void)
{
    slip_handle_t endpoint = new_endpoint(100);
    slip_handle_t link = connection(endpoint, SLIP_NO_HANDLE);
    struct slip_message m;
    uint32_t sent = 0;
    while (submit_key(link, sent) == SLIP_OK)
        sent++;
    EXPECT_EQ(sent, 64);
    EXPECT_STATUS(submit_key(link, sent), NO_SLOT); /* a bound holds without a port as well */
    while (poll_endpoint(endpoint, &m) == SLIP_OK)
        EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
    EXPECT_OK(submit_key(link, 0));
    EXPECT_OK(poll_endpoint(endpoint, &m));
}

Test(request, a_submit_without_a_port_ends_in_silence)
{
    scene(1, silent);
}

/* ---- RQ-4: deadlines of submits -------------------------------------------------------------------- */

static void late_in_queue(void)
{
    slip_handle_t endpoint = new_endpoint(1), port = new_port(2), link = connection(endpoint, port);
    struct slip_message m = empty();
    struct slip_completion c = {.key = 0};
    uint32_t taken = 0;
    /* Long enough for the host to get to the next line while the queue is full. */
    EXPECT_OK(slip_endpoint_submit(link, &m, NULL, 5, slip_clock_now() + 100000000));
    EXPECT_STATUS(slip_endpoint_submit(link, &m, NULL, 6, slip_clock_now() + 100), TIMED_OUT);
    EXPECT_OK(slip_port_wait(port, &c, 1, 1, SLIP_NEVER, &taken));
    EXPECT(taken == 1 && c.key == 5 && c.status == SLIP_TIMED_OUT);
    EXPECT_STATUS(poll_endpoint(endpoint, &m), WOULD_BLOCK);
    EXPECT_OK(submit_key(link, 7)); /* and its place in the queue is free */
    EXPECT_EQ(poll_port(port, &c), 0);
    EXPECT_OK(poll_endpoint(endpoint, &m));
}

Test(request, a_queued_submit_that_is_late_completes_unseen)
{
    scene(1, late_in_queue);
}

static void submit_blocking(uint64_t link)
{
    EXPECT_OK(submit_key(link, 8));
    put(0, 1);
}

static void full_queue(void)
{
    slip_handle_t endpoint = new_endpoint(1), port = new_port(3), link = connection(endpoint, port);
    struct slip_message m = empty();
    struct slip_completion c;
    EXPECT_OK(submit_key(link, 7));
    m.flags = SLIP_SEND_FAIL_FULL;
    EXPECT_STATUS(slip_endpoint_submit(link, &m, NULL, 1, SLIP_NEVER), FULL);
    m.flags = 0;
    EXPECT_STATUS(slip_endpoint_submit(link, &m, NULL, 1, 0), WOULD_BLOCK);
    EXPECT_STATUS(slip_endpoint_submit(link, &m, NULL, 1, slip_clock_now() + 100), TIMED_OUT);
    EXPECT_EQ(poll_port(port, &c), 0); /* what was refused does not complete */
    drop(thread_at(ABOVE, submit_blocking, link));
    EXPECT_EQ(get(0), 0);
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_EQ(get(0), 1);
}

Test(request, a_submit_to_a_full_queue_blocks_or_is_refused_and_then_does_not_complete)
{
    scene(1, full_queue);
}

static void submit_into_close(uint64_t link)
{
    EXPECT_STATUS(submit_key(link, 8), PEER_CLOSED);
    put(0, 1);
}

static void blocked_submit_closed(void)
{
    slip_handle_t endpoint = new_endpoint(1), port = new_port(3), link = connection(endpoint, port);
    struct slip_completion c = {.key = 0};
    EXPECT_OK(submit_key(link, 7));
    drop(thread_at(ABOVE, submit_into_close, link));
    drop(endpoint);
    EXPECT_EQ(get(0), 1);
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT(c.key == 7 && c.status == SLIP_PEER_CLOSED);
}

Test(request, closing_an_endpoint_completes_what_is_queued_and_refuses_who_is_blocked)
{
    scene(1, blocked_submit_closed);
}

/* ---- RQ-5, RQ-6: who answers, and how often -------------------------------------------------------- */

static slip_request_t held_submit(slip_handle_t endpoint, slip_handle_t link, uint64_t key)
{
    struct slip_message m;
    EXPECT_OK(submit_key(link, key));
    EXPECT_OK(poll_endpoint(endpoint, &m));
    return m.request;
}

static void answer_foreign(void)
{
    EXPECT_STATUS(slip_request_reply(get(0), SLIP_OK, 0), STALE);
    EXPECT_STATUS(slip_request_cancel(get(1)), STALE);
    char byte;
    EXPECT_STATUS(slip_request_read(get(0), 0, &byte, 1), STALE);
}

static void answers(void)
{
    slip_handle_t endpoint = new_endpoint(1), port = new_port(2), link = connection(endpoint, port);
    struct slip_completion c;
    struct slip_message m = empty();
    slip_request_t mine = 0;
    EXPECT_STATUS(slip_request_reply(0, SLIP_OK, 0), STALE);
    EXPECT_STATUS(slip_request_reply(~0UL, SLIP_OK, 0), STALE);
    EXPECT_OK(slip_endpoint_submit_request(link, &m, NULL, 1, SLIP_NEVER, &mine));
    EXPECT_STATUS(slip_request_reply(mine, SLIP_OK, 0), STALE); /* nobody holds it yet */
    EXPECT_OK(poll_endpoint(endpoint, &m));
    put(0, m.request);
    put(1, mine);
    reap(process_at(ABOVE, "stranger", answer_foreign, SLIP_NO_HANDLE));
    EXPECT_STATUS(slip_request_reply(m.request, (slip_status_t)1, 0), BAD_ARGUMENT);
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 3));
    EXPECT_STATUS(slip_request_reply(m.request, SLIP_OK, 4), STALE);
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT_EQ(c.result, 3);
    EXPECT_STATUS(slip_request_reply(m.request, SLIP_OK, 4), STALE);
    slip_request_t other = held_submit(endpoint, link, 2); /* the same block, a later generation */
    EXPECT(other != m.request);
    EXPECT_STATUS(slip_request_reply(m.request, SLIP_OK, 5), STALE);
    EXPECT_OK(slip_request_reply(other, SLIP_OK, 6));
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT(c.key == 2 && c.result == 6);
}

Test(request, only_its_holder_answers_and_only_once_and_all_others_hear_stale)
{
    scene(1, answers);
}

static void answer_it(uint64_t request)
{
    EXPECT_OK(slip_request_reply(request, SLIP_OK, 12));
}

static void any_thread_answers(void)
{
    slip_handle_t endpoint = new_endpoint(1), port = new_port(2), link = connection(endpoint, port);
    struct slip_completion c = {.key = 0};
    drop(thread_at(ABOVE, answer_it, held_submit(endpoint, link, 1)));
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT_EQ(c.result, 12);
}

Test(request, any_thread_of_the_holding_process_may_answer)
{
    scene(1, any_thread_answers);
}

/* ---- RQ-7: replies with a message ------------------------------------------------------------------- */

static void words_to_submit(void)
{
    slip_handle_t endpoint = new_endpoint(1), port = new_port(2), link = connection(endpoint, port);
    struct slip_completion c;
    slip_request_t request = held_submit(endpoint, link, 1);
    struct slip_message m = word(5);
    EXPECT_STATUS(slip_request_reply_message(request, SLIP_OK, 0, &m), BAD_ARGUMENT);
    EXPECT_OK(slip_request_reply(request, SLIP_OK, 0));
    EXPECT_EQ(poll_port(port, &c), 1);
}

Test(request, a_reply_with_words_to_a_submit_is_refused_and_the_request_stays_held)
{
    scene(1, words_to_submit);
}

static void call_for_handle(uint64_t endpoint)
{
    struct slip_message m = word(1);
    struct slip_completion c;
    EXPECT_OK(slip_endpoint_call(endpoint, &m, NULL, NULL, SLIP_NEVER));
    EXPECT_EQ(m.handles, 1);
    EXPECT_EQ(poll_port(m.handle[0], &c), 1);
    EXPECT_EQ(c.key, 123);
    put(0, 1);
}

static void reply_with_handle(void)
{
    slip_handle_t endpoint = new_endpoint(1), port = new_port(1);
    struct slip_message m, reply = carrying(port);
    EXPECT_OK(slip_port_post(port, 123, SLIP_OK, 0));
    drop(thread_at(ABOVE, call_for_handle, endpoint));
    EXPECT_OK(poll_endpoint(endpoint, &m));
    reply.handle[0] = ~port;
    EXPECT_STATUS(slip_request_reply_message(m.request, SLIP_OK, 0, &reply), BAD_HANDLE);
    reply.handle[0] = port;
    EXPECT_OK(slip_request_reply_message(m.request, SLIP_OK, 0, &reply));
    give_way();
    EXPECT_EQ(get(0), 1);
    EXPECT_STATUS(slip_handle_close(port), BAD_HANDLE); /* it moved */
}

Test(request, a_reply_moves_handles_to_the_caller)
{
    scene(1, reply_with_handle);
}

static void call_with_full_table(void)
{
    slip_handle_t endpoint = slip_start_handle(), copy;
    struct slip_message m = word(1);
    while (slip_handle_duplicate(endpoint, 0, 0, &copy) == SLIP_OK)
        ;
    EXPECT_OK(slip_endpoint_call(endpoint, &m, NULL, NULL, SLIP_NEVER));
    EXPECT_EQ(m.handles, 0);
    put(0, 1);
}

static void reply_without_room(void)
{
    slip_handle_t endpoint = new_endpoint(1), port = new_port(1), caller = SLIP_NO_HANDLE;
    struct slip_message m, reply = carrying(port);
    EXPECT_OK(slip_process_create_quota("caller", (uint64_t)1 << 20, &caller));
    EXPECT_OK(
        slip_process_start(caller, call_with_full_table, copy_of(endpoint, SLIP_RIGHT_SEND, 0)));
    m = empty();
    EXPECT_OK(slip_endpoint_wait(endpoint, &m, SLIP_NEVER));
    slip_request_t request = m.request;
    EXPECT_STATUS(slip_request_reply_message(request, SLIP_OK, 0, &reply), NO_QUOTA);
    EXPECT_STATUS(slip_endpoint_reply_wait(endpoint, request, SLIP_OK, 0, &reply, 0), NO_QUOTA);
    EXPECT_EQ(reply.flags & SLIP_GOT_REPLIED, 0);
    EXPECT_OK(slip_request_reply(request, SLIP_OK, 0));
    reap(caller);
    EXPECT_EQ(get(0), 1);
    drop(port); /* it did not move */
}

Test(request, a_reply_whose_handles_find_no_room_is_refused_and_the_request_stays_held)
{
    scene(1, reply_without_room);
}

static void call_with_bad_window(uint64_t endpoint)
{
    struct slip_message m = {.area = {.data = faulting_page(), .capacity = 4096}};
    EXPECT_STATUS(slip_endpoint_call(endpoint, &m, NULL, NULL, SLIP_NEVER), BAD_ADDRESS);
    put(0, 1);
}

/* The window lies inside of the caller's range, so only the copy can tell that it is not there. */
static void reply_faults(void)
{
    slip_handle_t endpoint = new_endpoint(1);
    char text[100] = "text";
    struct slip_message m, reply = {.area = {.data = text}, .bytes = sizeof text};
    drop(thread_at(ABOVE, call_with_bad_window, endpoint));
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_OK(slip_request_reply_message(m.request, SLIP_OK, 0, &reply));
    give_way();
    EXPECT_EQ(get(0), 1);
}

Test(request, a_reply_that_faults_at_the_caller_is_the_callers_fault)
{
    scene(1, reply_faults);
}

/* ---- RQ-8 to RQ-10: reply and wait -------------------------------------------------------------------- */

static void stale_reply_waits(void)
{
    slip_handle_t endpoint = new_endpoint(2);
    struct slip_message m = empty();
    EXPECT_OK(send_word(endpoint, 4));
    EXPECT_OK(slip_endpoint_reply_wait(endpoint, 12345, SLIP_OK, 0, &m, SLIP_NEVER));
    EXPECT(m.word[0] == 4 && m.flags == SLIP_GOT_STALE);
    m = empty();
    EXPECT_STATUS(slip_endpoint_reply_wait(endpoint, 12345, SLIP_OK, 0, &m, 0), WOULD_BLOCK);
    EXPECT_EQ(m.flags, SLIP_GOT_STALE);
    m = empty();
    EXPECT_STATUS(slip_endpoint_reply_wait(endpoint, 0, SLIP_OK, 0, &m, 0), WOULD_BLOCK);
    EXPECT_EQ(m.flags, 0);
}

Test(request, a_stale_reply_does_not_hinder_the_wait)
{
    scene(1, stale_reply_waits);
}

static void neither_half(void)
{
    slip_handle_t endpoint = new_endpoint(2), port = new_port(2), link = connection(endpoint, port);
    struct slip_completion c;
    slip_request_t request = held_submit(endpoint, link, 1);
    struct slip_message m = empty();
    EXPECT_OK(send_word(endpoint, 4));
    EXPECT_STATUS(slip_endpoint_reply_wait(~endpoint, request, SLIP_OK, 0, &m, 0), BAD_HANDLE);
    EXPECT_STATUS(slip_endpoint_reply_wait(port, request, SLIP_OK, 0, &m, 0), WRONG_TYPE);
    EXPECT_STATUS(slip_endpoint_reply_wait(link, request, SLIP_OK, 0, &m, 0), NO_RIGHT);
    EXPECT_STATUS(slip_endpoint_reply_wait(endpoint, request, (slip_status_t)7, 0, &m, 0),
                  BAD_ARGUMENT);
    m = word(3);
    EXPECT_STATUS(slip_endpoint_reply_wait(endpoint, request, SLIP_OK, 0, &m, 0), BAD_ARGUMENT);
    EXPECT_EQ(
        raw(SLIP_CALL_endpoint_reply_wait, endpoint, request, 0, 0, (uintptr_t)sim_argument(), 0),
        SLIP_BAD_ADDRESS);
    EXPECT_EQ(poll_port(port, &c), 0);
    m = empty();
    EXPECT_OK(slip_endpoint_reply_wait(endpoint, request, SLIP_OK, 0, &m, 0));
    EXPECT(m.word[0] == 4 && m.flags == SLIP_GOT_REPLIED);
    EXPECT_EQ(poll_port(port, &c), 1);
}

Test(request, a_wrong_argument_of_reply_and_wait_does_neither_half)
{
    scene(1, neither_half);
}

static void reply_stands(void)
{
    slip_handle_t endpoint = new_endpoint(2), port = new_port(2), link = connection(endpoint, port);
    struct slip_completion c;
    slip_request_t request = held_submit(endpoint, link, 1);
    struct slip_message m = empty();
    EXPECT_STATUS(
        slip_endpoint_reply_wait(endpoint, request, SLIP_OK, 8, &m, slip_clock_now() + 1000),
        TIMED_OUT);
    EXPECT_EQ(m.flags, SLIP_GOT_REPLIED);
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT_EQ(c.result, 8);
}

Test(request, the_reply_stands_when_the_wait_after_it_times_out)
{
    scene(1, reply_stands);
}
