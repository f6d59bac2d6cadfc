/* How requests end other than by a reply: cancel, deadline, deaths, closings. */
#include "tests/semantics/support.h"

static slip_request_t submit_token(slip_handle_t link, uint64_t key, uint32_t flags)
{
    struct slip_message m = {.flags = flags};
    slip_request_t request = 0;
    EXPECT_OK(slip_endpoint_submit_request(link, &m, NULL, key, SLIP_NEVER, &request));
    return request;
}

/* ---- RQ-11, RQ-14, RQ-17: cancel ---------------------------------------------------------------- */

static void cancel_states(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(4), link = connection(endpoint, port);
    struct slip_completion c = {.key = 0};
    struct slip_message m;
    slip_request_t queued = submit_token(link, 1, 0);
    EXPECT_OK(slip_request_cancel(queued));
    EXPECT_STATUS(slip_request_cancel(queued), ALREADY); /* its completion is not taken yet */
    EXPECT_STATUS(poll_endpoint(endpoint, &m), WOULD_BLOCK);
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT(c.key == 1 && c.status == SLIP_CANCELLED);
    EXPECT_STATUS(slip_request_cancel(queued), STALE);

    slip_request_t held = submit_token(link, 2, 0);
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_OK(slip_request_cancel(held));
    EXPECT_STATUS(slip_request_reply(m.request, SLIP_OK, 0), STALE);
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT(c.key == 2 && c.status == SLIP_CANCELLED);

    slip_request_t replied = submit_token(link, 3, 0);
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
    EXPECT_STATUS(slip_request_cancel(replied), ALREADY);
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT(c.key == 3 && c.status == SLIP_OK);
    EXPECT_STATUS(slip_request_cancel(replied), STALE);
    EXPECT_STATUS(slip_request_cancel(0), STALE);
    EXPECT_STATUS(slip_request_cancel(~0UL), STALE);
}

Test(request, cancel_says_which_and_there_is_always_exactly_one_completion)
{
    scene(1, cancel_states);
}

static void cancel_frees_place(void)
{
    slip_handle_t endpoint = new_endpoint(1), port = new_port(4), link = connection(endpoint, port);
    slip_request_t first = submit_token(link, 1, 0);
    struct slip_message m = {.flags = SLIP_SEND_FAIL_FULL};
    EXPECT_STATUS(slip_endpoint_submit(link, &m, NULL, 2, SLIP_NEVER), FULL);
    EXPECT_OK(slip_request_cancel(first));
    EXPECT_OK(slip_endpoint_submit(link, &m, NULL, 2, SLIP_NEVER));
}

Test(request, a_cancelled_request_leaves_its_place_in_the_queue)
{
    scene(1, cancel_frees_place);
}

/* ---- RQ-23: cooperative --------------------------------------------------------------------------- */

static void cooperative(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(4), link = connection(endpoint, port);
    struct slip_completion c = {.key = 0};
    struct slip_message m, news;
    slip_request_t request = submit_token(link, 1, SLIP_SEND_COOPERATIVE);
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_OK(slip_request_cancel(request));
    EXPECT_STATUS(slip_request_cancel(request), ALREADY);
    EXPECT_EQ(poll_port(port, &c), 0); /* only marked */
    EXPECT_OK(poll_endpoint(endpoint, &news));
    EXPECT(news.flags == SLIP_GOT_CANCEL && news.request == m.request);
    EXPECT_EQ((int64_t)news.word[0], SLIP_CANCELLED);
    EXPECT_STATUS(poll_endpoint(endpoint, &news), WOULD_BLOCK);
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 5)); /* the server decides */
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT(c.status == SLIP_OK && c.result == 5);

    request = submit_token(link, 2, SLIP_SEND_COOPERATIVE);
    EXPECT_OK(slip_request_cancel(request)); /* queued: nobody to ask */
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT(c.key == 2 && c.status == SLIP_CANCELLED);

    request = submit_token(link, 3, SLIP_SEND_COOPERATIVE);
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_OK(slip_request_cancel(request));
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 5)); /* before it heard of it */
    EXPECT_STATUS(poll_endpoint(endpoint, &news), WOULD_BLOCK);
}

Test(request, a_cooperative_cancel_is_a_pulse_and_the_server_answers)
{
    scene(1, cooperative);
}

static void wait_for_pulse(uint64_t endpoint)
{
    struct slip_message m = empty(), news = empty();
    EXPECT_OK(slip_endpoint_wait(endpoint, &m, SLIP_NEVER));
    EXPECT_OK(slip_endpoint_wait(endpoint, &news, SLIP_NEVER));
    EXPECT(news.flags == SLIP_GOT_CANCEL && news.request == m.request);
    EXPECT_OK(slip_request_reply(m.request, SLIP_CANCELLED, 1));
}

static void pulse_wakes(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(4), link = connection(endpoint, port);
    struct slip_completion c = {.key = 0};
    drop(thread_at(ABOVE, wait_for_pulse, endpoint));
    slip_request_t request = submit_token(link, 1, SLIP_SEND_COOPERATIVE);
    EXPECT_OK(slip_request_cancel(request));
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT(c.status == SLIP_CANCELLED && c.result == 1);
}

Test(request, a_cooperative_cancel_wakes_an_open_wait)
{
    scene(1, pulse_wakes);
}

static void wait_into_nothing(uint64_t endpoint)
{
    uint64_t nothing = (uintptr_t)faulting_page();
    EXPECT_EQ(raw(SLIP_CALL_endpoint_wait, endpoint, nothing, SLIP_NEVER, 0, 0, 0),
              SLIP_BAD_ADDRESS);
    count(0);
}

static void hear_pulse(uint64_t endpoint)
{
    struct slip_message news = empty();
    EXPECT_OK(slip_endpoint_wait(endpoint, &news, SLIP_NEVER));
    EXPECT_OK(slip_request_reply(news.request, SLIP_CANCELLED, 1));
}

static void pulse_for_the_next(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(4), link = connection(endpoint, port);
    struct slip_completion c = {.key = 0};
    struct slip_message m;
    slip_request_t request = submit_token(link, 1, SLIP_SEND_COOPERATIVE);
    EXPECT_OK(poll_endpoint(endpoint, &m));
    drop(thread_at(TOP, wait_into_nothing, endpoint));
    drop(thread_at(ABOVE, hear_pulse, endpoint));
    EXPECT_OK(slip_request_cancel(request));
    EXPECT_EQ(get(0), 1);
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT(c.status == SLIP_CANCELLED && c.result == 1);
}

Test(request, a_cooperative_cancel_that_one_has_no_memory_for_wakes_the_next_one)
{
    scene(1, pulse_for_the_next);
}

static void stand_by(void)
{
    struct slip_message m = empty();
    slip_endpoint_wait(slip_start_handle(), &m, SLIP_NEVER);
}

static void hear_of_cancel(uint64_t endpoint)
{
    struct slip_message news = empty();
    EXPECT_OK(slip_endpoint_wait(endpoint, &news, SLIP_NEVER));
    EXPECT_EQ(news.flags, SLIP_GOT_CANCEL);
    EXPECT_OK(slip_request_reply(news.request, SLIP_CANCELLED, 1));
}

/* Two processes serve one endpoint; the better receiver is of the one that does not hold it. */
static void pulse_wakes_its_own(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(4), link = connection(endpoint, port);
    struct slip_completion c = {.key = 0};
    struct slip_message m;
    slip_request_t request = submit_token(link, 1, SLIP_SEND_COOPERATIVE);
    EXPECT_OK(poll_endpoint(endpoint, &m));
    slip_handle_t other =
        process_at(TOP, "other", stand_by, copy_of(endpoint, SLIP_RIGHT_RECEIVE, 0));
    drop(thread_at(ABOVE, hear_of_cancel, endpoint));
    EXPECT_OK(slip_request_cancel(request));
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT(c.status == SLIP_CANCELLED && c.result == 1);
    kill_and_reap(other);
}

Test(request, a_cooperative_cancel_wakes_a_thread_of_the_process_that_holds_it)
{
    scene(1, pulse_wakes_its_own);
}

/* ---- RQ-18: deadline while held ---------------------------------------------------------------------- */

static void late_while_held(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(4), link = connection(endpoint, port);
    struct slip_completion c = {.key = 0};
    struct slip_message m = empty();
    uint32_t taken = 0;
    EXPECT_OK(slip_endpoint_submit(link, &m, NULL, 1, slip_clock_now() + 2000000));
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_OK(slip_port_wait(port, &c, 1, 1, SLIP_NEVER, &taken));
    EXPECT(c.key == 1 && c.status == SLIP_TIMED_OUT);
    EXPECT_STATUS(slip_request_reply(m.request, SLIP_OK, 0), STALE);
}

Test(request, a_held_request_that_is_late_completes_and_its_reply_is_stale)
{
    scene(1, late_while_held);
}

/* ---- RQ-15, RQ-19: the client dies --------------------------------------------------------------------- */

static void submit_and_wait(void)
{
    slip_handle_t port = new_port(4), link = connection(slip_start_handle(), port);
    struct slip_completion c;
    uint32_t taken;
    EXPECT_OK(submit_key(link, 1));
    slip_port_wait(port, &c, 1, 1, SLIP_NEVER, &taken);
    put(0, 1);
}

static void call_and_wait(void)
{
    call_word(slip_start_handle(), 1);
    put(0, 1);
}

static void client_dies(void (*client)(void), int held)
{
    slip_handle_t endpoint = new_endpoint(4);
    struct slip_message m;
    slip_handle_t process =
        process_at(ABOVE, "client", client, copy_of(endpoint, SLIP_RIGHT_SEND, 2));
    if (held)
        EXPECT_OK(poll_endpoint(endpoint, &m));
    kill_and_reap(process);
    if (held)
        EXPECT_STATUS(slip_request_reply(m.request, SLIP_OK, 0), STALE);
    EXPECT_STATUS(poll_endpoint(endpoint, &m), WOULD_BLOCK);
    EXPECT_EQ(get(0), 0);
    drop(endpoint);
}

static void all_client_deaths(void)
{
    for (int held = 0; held <= 1; held++) {
        client_dies(submit_and_wait, held);
        client_dies(call_and_wait, held);
    }
}

Test(request, of_a_dead_client_the_queued_vanish_and_the_held_are_stale)
{
    scene(1, all_client_deaths);
}

static void wait_for_client_death(uint64_t endpoint)
{
    struct slip_message m = empty(), news = empty();
    EXPECT_OK(slip_endpoint_wait(endpoint, &m, SLIP_NEVER));
    EXPECT_OK(slip_endpoint_receive(endpoint, &news, SLIP_FROM_REQUEST, m.request, SLIP_NEVER));
    EXPECT(news.flags == SLIP_GOT_CANCEL && news.request == m.request);
    put(1, 1);
}

static void death_is_heard(void)
{
    slip_handle_t endpoint = new_endpoint(4);
    drop(thread_at(ABOVE, wait_for_client_death, endpoint));
    kill_and_reap(
        process_at(ABOVE, "client", call_and_wait, copy_of(endpoint, SLIP_RIGHT_SEND, 2)));
    EXPECT_EQ(get(1), 1);
}

Test(request, a_server_can_wait_for_the_end_of_a_request_whose_client_dies)
{
    scene(1, death_is_heard);
}

/* ---- RQ-20, RQ-21: the server dies ----------------------------------------------------------------------- */

static void take_and_exit(uint64_t endpoint)
{
    struct slip_message m = empty();
    EXPECT_OK(slip_endpoint_wait(endpoint, &m, SLIP_NEVER));
    put(2, m.request);
}

static void server_thread_dies(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(4), link = connection(endpoint, port);
    struct slip_completion c = {.key = 0};
    EXPECT_OK(submit_key(link, 1));
    drop(thread_at(ABOVE, take_and_exit, endpoint));
    EXPECT_EQ(poll_port(port, &c), 0);
    EXPECT_OK(slip_request_reply(get(2), SLIP_OK, 9)); /* the process holds it, not the thread */
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT_EQ(c.result, 9);
}

Test(request, a_held_request_outlives_the_thread_that_took_it)
{
    scene(1, server_thread_dies);
}

static void take_two_and_hang(void)
{
    slip_handle_t endpoint = slip_start_handle();
    struct slip_message m = empty();
    for (uint32_t i = 0; i < 3; i++) {
        m = empty();
        slip_endpoint_wait(endpoint, &m, SLIP_NEVER);
    }
}

static void call_and_note(uint64_t endpoint)
{
    EXPECT_STATUS(call_word(endpoint, 1), PEER_CLOSED);
    count(0);
}

static void server_process_dies(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(4);
    slip_handle_t send = copy_of(endpoint, SLIP_RIGHT_SEND, 0), link = connection(send, port);
    struct slip_completion c = {.key = 0};
    slip_handle_t server = process_at(TOP, "server", take_two_and_hang, endpoint);
    EXPECT_OK(submit_key(link, 1));
    drop(thread_at(ABOVE, call_and_note, send));
    kill_and_reap(server);
    EXPECT_EQ(get(0), 1);
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT(c.key == 1 && c.status == SLIP_PEER_CLOSED);
    EXPECT_EQ(poll_port(port, &c), 0);
    EXPECT_STATUS(call_word(send, 1), PEER_CLOSED);
}

Test(request, a_server_that_dies_ends_what_it_holds_once)
{
    scene(1, server_process_dies);
}

static void take_and_return(void)
{
    struct slip_message m = empty();
    EXPECT_OK(slip_endpoint_wait(slip_start_handle(), &m, SLIP_NEVER));
}

static void last_thread_ends(void)
{
    slip_handle_t endpoint = new_endpoint(4);
    slip_handle_t server =
        process_at(ABOVE, "server", take_and_return, copy_of(endpoint, SLIP_RIGHT_RECEIVE, 0));
    EXPECT_STATUS(call_word(endpoint, 1), PEER_CLOSED);
    EXPECT_EQ(reap(server), 0);
}

Test(request, the_end_of_the_last_thread_is_the_death_of_the_server)
{
    scene(1, last_thread_ends);
}

/* ---- RQ-22: the endpoint closes ------------------------------------------------------------------------- */

static void endpoint_closes(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(4), link = connection(endpoint, port);
    struct slip_completion c = {.key = 0};
    struct slip_message m;
    EXPECT_OK(submit_key(link, 1));
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_OK(submit_key(link, 2));
    drop(endpoint);
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT(c.key == 2 && c.status == SLIP_PEER_CLOSED);
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 4));
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT(c.key == 1 && c.result == 4);
}

Test(request, closing_an_endpoint_does_not_concern_what_was_taken)
{
    scene(1, endpoint_closes);
}

/* ---- RQ-13: passing on ------------------------------------------------------------------------------------ */

static void pass_on(void)
{
    slip_handle_t front = new_endpoint(4), back = new_endpoint(0), port = new_port(4);
    slip_handle_t link = SLIP_NO_HANDLE;
    struct slip_completion c = {.key = 0};
    struct slip_message m = {.word = {1, 2, 3}, .words = 3};
    EXPECT_OK(slip_endpoint_connect_badged(front, port, 9, &link));
    EXPECT_OK(slip_endpoint_submit(link, &m, NULL, 1, SLIP_NEVER));
    EXPECT_OK(poll_endpoint(front, &m));
    slip_request_t first = m.request;
    EXPECT_STATUS(slip_request_pass(first, ~back), BAD_HANDLE);
    EXPECT_STATUS(slip_request_pass(first, port), WRONG_TYPE);
    slip_handle_t receive = copy_of(back, SLIP_RIGHT_RECEIVE, 0);
    EXPECT_STATUS(slip_request_pass(first, receive), NO_RIGHT);
    drop(receive);
    EXPECT_STATUS(slip_request_pass(0, back), STALE);
    EXPECT_OK(slip_request_pass(first, back));
    EXPECT_STATUS(slip_request_reply(first, SLIP_OK, 0), STALE); /* nobody holds it now */
    EXPECT_OK(poll_endpoint(back, &m));
    EXPECT(m.flags == SLIP_GOT_SUBMIT && m.badge == 9 && m.words == 3 && m.word[2] == 3);
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 6));
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT(c.key == 1 && c.result == 6);
    EXPECT_OK(submit_key(link, 2));
    EXPECT_OK(poll_endpoint(front, &m));
    slip_handle_t closed = copy_of(back, SLIP_RIGHT_SEND, 0);
    drop(back);
    EXPECT_STATUS(slip_request_pass(m.request, closed), PEER_CLOSED);
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0)); /* it stayed held */
}

Test(request, a_held_request_can_be_passed_on_and_its_client_notices_nothing)
{
    scene(1, pass_on);
}
