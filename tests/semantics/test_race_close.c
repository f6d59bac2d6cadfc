/* Closing, and being killed, while somebody goes to sleep or sends: everybody hears, nothing is lost,
 * and nothing stays. */
#include "tests/semantics/explore.h"

enum cell { PORT, STATUS, COUNT };

#define TOLD 1000

static void tell(uint32_t cell, slip_status_t status)
{
    put(cell, (uint64_t)(TOLD + (int64_t)status));
}

static int told_now(uint32_t cell, slip_status_t status)
{
    return get(cell) == (uint64_t)(TOLD + (int64_t)status);
}

/* ---- closing ------------------------------------------------------------------------------------------------ */

static void close_it(uint64_t handle)
{
    race_meet();
    EXPECT_OK(slip_handle_close(handle));
    race_leave();
}

static void wait_into_close(uint64_t endpoint)
{
    struct slip_message m = empty();
    race_meet();
    tell(STATUS, slip_endpoint_wait(endpoint, &m, SLIP_NEVER));
    race_leave();
}

static void close_and_wait(void)
{
    race_root();
    slip_handle_t endpoint = new_endpoint(0);
    drop(thread_on(0, close_it, endpoint));
    drop(thread_on(1, wait_into_close, endpoint));
    race_wait(2);
    EXPECT(told_now(STATUS, SLIP_PEER_CLOSED) || told_now(STATUS, SLIP_BAD_HANDLE));
    EXPECT_EQ(scene_objects("endpoint"), 0);
}

Test(race, closing_an_endpoint_and_waiting_at_it)
{
    race(&(struct race){.root = close_and_wait, .actors = 2});
}

static void port_wait_into_close(uint64_t port)
{
    struct slip_completion c;
    uint32_t taken;
    race_meet();
    tell(STATUS, slip_port_wait(port, &c, 1, 1, SLIP_NEVER, &taken));
    race_leave();
}

static void close_and_port_wait(void)
{
    race_root();
    slip_handle_t port = new_port(1);
    drop(thread_on(0, close_it, port));
    drop(thread_on(1, port_wait_into_close, port));
    race_wait(2);
    EXPECT(told_now(STATUS, SLIP_PEER_CLOSED) || told_now(STATUS, SLIP_BAD_HANDLE));
    EXPECT_EQ(scene_objects("port"), 0);
}

Test(race, closing_a_port_and_waiting_at_it)
{
    race(&(struct race){.root = close_and_port_wait, .actors = 2});
}

static void call_into_close(uint64_t endpoint)
{
    race_meet();
    tell(STATUS, call_word(endpoint, 1));
    race_leave();
}

static void close_and_call(void)
{
    race_root();
    slip_handle_t endpoint = new_endpoint(0);
    drop(thread_on(0, close_it, endpoint));
    drop(thread_on(1, call_into_close, copy_of(endpoint, SLIP_RIGHT_SEND, 0)));
    race_wait(2);
    EXPECT(told_now(STATUS, SLIP_PEER_CLOSED));
}

Test(race, closing_an_endpoint_and_calling_it)
{
    race(&(struct race){.root = close_and_call, .actors = 2});
}

static void send_into_close(uint64_t endpoint)
{
    struct slip_message m = carrying(get(PORT));
    race_meet();
    tell(STATUS, slip_endpoint_send(endpoint, &m, SLIP_NEVER));
    race_leave();
}

static void close_and_send_at(uint32_t depth)
{
    race_root();
    slip_handle_t endpoint = new_endpoint(depth);
    put(PORT, new_port(1));
    drop(thread_on(0, close_it, endpoint));
    drop(thread_on(1, send_into_close, copy_of(endpoint, SLIP_RIGHT_SEND, 0)));
    race_wait(2);
    int went = told_now(STATUS, SLIP_OK); /* queued, and closed with the queue */
    EXPECT(went || told_now(STATUS, SLIP_PEER_CLOSED));
    EXPECT_EQ(slip_port_post(get(PORT), 1, SLIP_OK, 0), went ? SLIP_BAD_HANDLE : SLIP_OK);
    EXPECT_EQ(scene_objects("port"), !went);
}

static void close_and_send(void)
{
    close_and_send_at(1);
}

static void close_and_blocked_send(void)
{
    close_and_send_at(0);
}

Test(race, closing_an_endpoint_and_sending_a_handle_to_it)
{
    race(&(struct race){.root = close_and_send, .actors = 2});
}

Test(race, closing_an_endpoint_and_a_send_that_blocks)
{
    race(&(struct race){.root = close_and_blocked_send, .actors = 2});
}

static void submit_it(uint64_t link)
{
    race_meet();
    tell(STATUS, submit_key(link, 3));
    race_leave();
}

static void close_and_submit(void)
{
    struct slip_completion c = {.key = 0};
    race_root();
    slip_handle_t endpoint = new_endpoint(1), port = new_port(1), link = connection(endpoint, port);
    drop(thread_on(0, close_it, endpoint));
    drop(thread_on(1, submit_it, link));
    race_wait(2);
    EXPECT_EQ(poll_port(port, &c), told_now(STATUS, SLIP_OK));
    EXPECT(told_now(STATUS, SLIP_OK) ? c.status == SLIP_PEER_CLOSED
                                     : told_now(STATUS, SLIP_PEER_CLOSED));
}

Test(race, closing_an_endpoint_and_submitting_to_it)
{
    race(&(struct race){.root = close_and_submit, .actors = 2});
}

/* The server may see the request, but it is over, for its client cannot hear of it any more. */
static void close_port_and_submit(void)
{
    struct slip_message m;
    race_root();
    slip_handle_t endpoint = new_endpoint(1), port = new_port(1), link = connection(endpoint, port);
    drop(thread_on(0, close_it, port));
    drop(thread_on(1, submit_it, link));
    race_wait(2);
    EXPECT(told_now(STATUS, SLIP_OK) || told_now(STATUS, SLIP_PEER_CLOSED));
    EXPECT_STATUS(poll_endpoint(endpoint, &m), WOULD_BLOCK);
    drop(link);
    EXPECT_EQ(scene_objects("port"), 0);
}

Test(race, closing_a_port_and_submitting_for_it)
{
    race(&(struct race){.root = close_port_and_submit, .actors = 2});
}

static void reply_to(uint64_t request)
{
    race_meet();
    tell(STATUS, slip_request_reply(request, SLIP_OK, 0));
    race_leave();
}

static void close_port_and_reply(void)
{
    struct slip_message m;
    race_root();
    slip_handle_t endpoint = new_endpoint(1), port = new_port(1), link = connection(endpoint, port);
    EXPECT_OK(submit_key(link, 1));
    EXPECT_OK(poll_endpoint(endpoint, &m));
    drop(thread_on(0, close_it, port));
    drop(thread_on(1, reply_to, m.request));
    race_wait(2);
    EXPECT(told_now(STATUS, SLIP_OK) || told_now(STATUS, SLIP_STALE));
    drop(link);
    EXPECT_EQ(scene_objects("port"), 0);
}

Test(race, closing_a_port_and_a_reply_for_it)
{
    race(&(struct race){.root = close_port_and_reply, .actors = 2});
}

/* ---- killing and blocking -------------------------------------------------------------------------------------- */

enum way { IN_WAIT, IN_SEND, IN_CALL, IN_PORT, IN_SLEEP, IN_SUBMIT, IN_PROCESS, WAYS };

static enum way way;

static void block(void)
{
    slip_handle_t endpoint = new_endpoint(0), port = new_port(1), link = connection(endpoint, port);
    struct slip_message m = empty();
    struct slip_completion c;
    slip_handle_t child = SLIP_NO_HANDLE;
    uint32_t taken;
    EXPECT_OK(slip_process_create_quota("child", (uint64_t)1 << 20, &child));
    race_meet();
    switch (way) {
    case IN_WAIT:
        slip_endpoint_wait(endpoint, &m, SLIP_NEVER);
        break;
    case IN_SEND:
        slip_endpoint_send(endpoint, &m, SLIP_NEVER);
        break;
    case IN_CALL:
        slip_endpoint_call(endpoint, &m, NULL, NULL, SLIP_NEVER);
        break;
    case IN_PORT:
        slip_port_wait(port, &c, 1, 1, SLIP_NEVER, &taken);
        break;
    case IN_SLEEP:
        slip_thread_sleep_until(SLIP_NEVER);
        break;
    case IN_SUBMIT:
        slip_endpoint_submit(link, &m, NULL, 1, SLIP_NEVER);
        break;
    case IN_PROCESS:
        slip_process_wait(child, SLIP_NEVER);
        break;
    case WAYS:
        break;
    }
    put(COUNT, 1);
}

static void kill_it(uint64_t process)
{
    race_meet();
    EXPECT_OK(slip_process_kill(process));
    race_leave();
}

static void kill_and_block(void)
{
    race_root();
    slip_handle_t victim = process_on(1, "victim", block, SLIP_NO_HANDLE);
    drop(thread_on(0, kill_it, victim));
    race_wait(1);
    EXPECT_EQ(reap(victim), SLIP_EXIT_KILLED);
    EXPECT_EQ(get(COUNT), 0);
    slip_thread_sleep_until(slip_clock_now() + 100000);
    EXPECT_EQ(scene_objects("process"), 1);
}

static void kill_in(enum way what)
{
    way = what;
    race(&(struct race){.root = kill_and_block, .actors = 2, .seeds = 50});
}

Test(race, a_kill_and_waiting_to_receive)
{
    kill_in(IN_WAIT);
}

Test(race, a_kill_and_blocking_in_a_send)
{
    kill_in(IN_SEND);
}

Test(race, a_kill_and_calling)
{
    kill_in(IN_CALL);
}

Test(race, a_kill_and_waiting_at_a_port)
{
    kill_in(IN_PORT);
}

Test(race, a_kill_and_sleeping)
{
    kill_in(IN_SLEEP);
}

Test(race, a_kill_and_blocking_in_a_submit)
{
    kill_in(IN_SUBMIT);
}

Test(race, a_kill_and_waiting_for_a_process)
{
    kill_in(IN_PROCESS);
}
