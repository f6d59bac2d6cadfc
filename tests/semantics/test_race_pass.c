/* A request on its way from one server to another: whoever wants to end it meanwhile finds it. */
#include "tests/semantics/explore.h"

enum cell { ENDPOINT, B, PORT, REQUEST, MINE, STATUS, OTHER, CALLER, HELD };

#define TOLD 1000

static void tell(uint32_t cell, slip_status_t status)
{
    put(cell, (uint64_t)(TOLD + (int64_t)status));
}

static int told_now(uint32_t cell, slip_status_t status)
{
    return get(cell) == (uint64_t)(TOLD + (int64_t)status);
}

static void close_it(uint64_t handle)
{
    race_meet();
    EXPECT_OK(slip_handle_close(handle));
    race_leave();
}

static void hold_submit(uint32_t flags)
{
    struct slip_message m = {.flags = flags};
    slip_request_t mine = 0;
    put(ENDPOINT, new_endpoint(1));
    put(B, new_endpoint(1));
    put(PORT, new_port(2));
    slip_handle_t link = connection(get(ENDPOINT), get(PORT));
    EXPECT_OK(slip_endpoint_submit_request(link, &m, NULL, 1, SLIP_NEVER, &mine));
    EXPECT_OK(poll_endpoint(get(ENDPOINT), &m));
    put(REQUEST, m.request);
    put(MINE, mine);
}

static void pass_it(uint64_t unused)
{
    (void)unused;
    race_meet();
    tell(STATUS, slip_request_pass(get(REQUEST), get(B)));
    race_leave();
}

static void cancel_it(uint64_t unused)
{
    (void)unused;
    race_meet();
    tell(OTHER, slip_request_cancel(get(MINE)));
    race_leave();
}

static void pass_and_cancel(void)
{
    struct slip_completion c = {.key = 0};
    struct slip_message m;
    race_root();
    hold_submit(0);
    drop(thread_on(0, pass_it, 0));
    drop(thread_on(1, cancel_it, 0));
    race_wait(2);
    EXPECT(told_now(STATUS, SLIP_OK) || told_now(STATUS, SLIP_STALE));
    EXPECT(told_now(OTHER, SLIP_OK)); /* wherever it was, it was there to be cancelled */
    EXPECT_EQ(poll_port(get(PORT), &c), 1);
    EXPECT_EQ(c.status, SLIP_CANCELLED);
    EXPECT_STATUS(poll_endpoint(get(B), &m), WOULD_BLOCK);
}

Test(race, passing_on_and_a_cancel)
{
    race(&(struct race){.root = pass_and_cancel, .actors = 2});
}

static void pass_and_close(void)
{
    struct slip_completion c = {.key = 0};
    race_root();
    hold_submit(0);
    slip_handle_t receive = copy_of(get(B), SLIP_RIGHT_RECEIVE, 0);
    slip_handle_t send = copy_of(get(B), SLIP_RIGHT_SEND, 0);
    drop(get(B));
    put(B, send);
    drop(thread_on(0, pass_it, 0));
    drop(thread_on(1, close_it, receive));
    race_wait(2);
    if (told_now(STATUS, SLIP_OK)) { /* it ends as all that is queued there */
        EXPECT_EQ(poll_port(get(PORT), &c), 1);
        EXPECT_EQ(c.status, SLIP_PEER_CLOSED);
    } else {
        EXPECT(told_now(STATUS, SLIP_PEER_CLOSED));
        EXPECT_OK(slip_request_reply(get(REQUEST), SLIP_OK, 0));
    }
}

Test(race, passing_on_and_the_closing_of_where_it_goes)
{
    race(&(struct race){.root = pass_and_close, .actors = 2});
}

static void pass_and_close_port(void)
{
    struct slip_message m;
    race_root();
    hold_submit(0);
    drop(thread_on(0, pass_it, 0));
    drop(thread_on(1, close_it, get(PORT)));
    race_wait(2);
    EXPECT_STATUS(poll_endpoint(get(B), &m), WOULD_BLOCK);
    EXPECT_STATUS(slip_request_reply(get(REQUEST), SLIP_OK, 0), STALE);
}

Test(race, passing_on_and_the_closing_of_its_port)
{
    race(&(struct race){.root = pass_and_close_port, .actors = 2});
}

static void cooperative_and_reply(void)
{
    struct slip_completion c = {.key = 0};
    struct slip_message m;
    race_root();
    hold_submit(SLIP_SEND_COOPERATIVE);
    drop(thread_on(0, cancel_it, 0));
    drop(thread_on(1, pass_it, 0));
    race_wait(2);
    EXPECT(told_now(STATUS, SLIP_OK)); /* asking is no hindrance */
    slip_request_t held = 0;
    int heard = 0;
    while (poll_endpoint(get(B), &m) == SLIP_OK) {
        held = m.request;
        heard += (m.flags & SLIP_GOT_CANCEL) != 0;
        m = empty();
    }
    if (held == 0) { /* it was queued at B, and nobody's, when it was cancelled */
        EXPECT_EQ(poll_port(get(PORT), &c), 1);
        EXPECT_EQ(c.status, SLIP_CANCELLED);
        return;
    }
    EXPECT_EQ(heard, 1); /* asked of the first server, and heard by the next */
    EXPECT_OK(slip_request_reply(held, SLIP_OK, 0));
    EXPECT_EQ(poll_port(get(PORT), &c), 1);
    EXPECT_EQ(c.status, SLIP_OK);
}

Test(race, passing_on_and_a_cooperative_cancel)
{
    race(&(struct race){.root = cooperative_and_reply, .actors = 2});
}

/* ---- calls ------------------------------------------------------------------------------------ */

static void call_it(uint64_t late)
{
    struct slip_message m = word(7);
    slip_time_t deadline = late ? slip_clock_now() + 20000 : SLIP_NEVER;
    tell(CALLER, slip_endpoint_call(get(ENDPOINT), &m, NULL, NULL, deadline));
}

/* Root holds a call of a thread on its own CPU, and has a second endpoint. */
static slip_handle_t hold_call(int late)
{
    struct slip_message m = empty();
    put(ENDPOINT, new_endpoint(1));
    put(B, new_endpoint(1));
    slip_handle_t caller = thread_on(2, call_it, (uint64_t)late);
    EXPECT_OK(slip_endpoint_wait(get(ENDPOINT), &m, SLIP_NEVER));
    put(REQUEST, m.request);
    return caller;
}

static void cancel_caller(uint64_t thread)
{
    race_meet();
    tell(OTHER, slip_thread_cancel((slip_handle_t)thread));
    race_leave();
}

static void pass_and_cancel_caller(void)
{
    struct slip_message m;
    race_root();
    slip_handle_t caller = hold_call(0);
    drop(thread_on(0, pass_it, 0));
    drop(thread_on(1, cancel_caller, caller));
    race_wait(2);
    EXPECT(told_now(OTHER, SLIP_OK) && told_now(CALLER, SLIP_CANCELLED));
    EXPECT_STATUS(poll_endpoint(get(B), &m), WOULD_BLOCK);
}

Test(race, passing_on_and_a_cancel_of_the_caller)
{
    race(&(struct race){.root = pass_and_cancel_caller, .actors = 2});
}

static void pass_late(uint64_t unused)
{
    (void)unused;
    race_meet();
    slip_thread_compute(race_knob());
    tell(STATUS, slip_request_pass(get(REQUEST), get(B)));
    race_leave();
}

static void idle_along(uint64_t unused)
{
    (void)unused;
    race_meet();
    slip_thread_compute(400);
    race_leave();
}

static void pass_and_deadline(void)
{
    struct slip_message m;
    race_root();
    hold_call(1);
    drop(thread_on(0, pass_late, 0));
    drop(thread_on(1, idle_along, 0));
    race_wait(2);
    slip_thread_sleep_until(slip_clock_now() + 100000);
    EXPECT(told_now(CALLER, SLIP_TIMED_OUT));
    EXPECT_STATUS(poll_endpoint(get(B), &m), WOULD_BLOCK);
}

Test(race, passing_on_and_the_deadline_of_the_caller)
{
    race(&(struct race){.root = pass_and_deadline, .actors = 2, .knob = 400});
}

static void call_inside(void)
{
    struct slip_message m = word(7);
    slip_endpoint_call(slip_start_handle(), &m, NULL, NULL, SLIP_NEVER);
}

static void kill_it(uint64_t process)
{
    race_meet();
    EXPECT_OK(slip_process_kill((slip_handle_t)process));
    race_leave();
}

static void pass_and_kill(void)
{
    struct slip_message m = empty();
    race_root();
    put(ENDPOINT, new_endpoint(1));
    put(B, new_endpoint(1));
    slip_handle_t client =
        process_on(2, "client", call_inside, copy_of(get(ENDPOINT), SLIP_RIGHT_SEND, 0));
    EXPECT_OK(slip_endpoint_wait(get(ENDPOINT), &m, SLIP_NEVER));
    put(REQUEST, m.request);
    drop(thread_on(0, pass_it, 0));
    drop(thread_on(1, kill_it, client));
    race_wait(2);
    EXPECT_EQ(reap(client), SLIP_EXIT_KILLED);
    EXPECT_STATUS(poll_endpoint(get(B), &m), WOULD_BLOCK);
    EXPECT_EQ(scene_objects("process"), 1);
}

Test(race, passing_on_and_the_death_of_the_caller)
{
    race(&(struct race){.root = pass_and_kill, .actors = 2});
}

/* B's only server holds a call there and calls `ENDPOINT` itself, whose only server passes what it
 * holds on to B: each then waits for the other, unless one is refused. */
static void serve_b(uint64_t unused)
{
    (void)unused;
    struct slip_message m = empty(), inner = word(1);
    EXPECT_OK(slip_endpoint_wait(get(B), &m, SLIP_NEVER));
    put(HELD, m.request);
    race_meet();
    tell(OTHER, slip_endpoint_call(get(ENDPOINT), &inner, NULL, NULL, SLIP_NEVER));
    slip_request_reply(m.request, SLIP_OK, 0);
    race_leave();
}

static void call_b(uint64_t unused)
{
    (void)unused;
    call_word(get(B), 1);
}

static void serve_and_pass(uint64_t unused)
{
    (void)unused;
    struct slip_message m = empty();
    EXPECT_OK(slip_endpoint_wait(get(ENDPOINT), &m, SLIP_NEVER));
    slip_thread_sleep_until(slip_clock_now() + 1000);
    put(REQUEST, m.request);
    race_meet();
    tell(STATUS, slip_request_pass(m.request, get(B)));
    if (told_now(STATUS, SLIP_DEADLOCK))
        EXPECT_OK(slip_request_reply(m.request, SLIP_DEADLOCK, 0));
    m = empty(); /* what the server of B called for */
    if (slip_endpoint_wait(get(ENDPOINT), &m, SLIP_NEVER) == SLIP_OK)
        slip_request_reply(m.request, SLIP_OK, 0);
    race_leave();
}

static void pass_and_call(void)
{
    race_root();
    put(ENDPOINT, new_endpoint(0));
    put(B, new_endpoint(0));
    drop(thread_on(0, serve_and_pass, 0));
    drop(thread_on(1, serve_b, 0));
    slip_thread_sleep_until(slip_clock_now() + 10000);
    drop(thread_on(2, call_b, 0));
    drop(thread_on(2, call_it, 0));
    race_wait(2); /* nobody waits for ever */
    EXPECT(told_now(OTHER, SLIP_OK));
    slip_process_exit(0); /* with what is queued at B */
}

Test(race, passing_on_and_a_call_back)
{
    race(&(struct race){.root = pass_and_call, .actors = 2});
}
