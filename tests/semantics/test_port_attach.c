/* Endpoints in a port: one wait for both. */
#include "tests/semantics/support.h"

static uint32_t entries(slip_handle_t port, uint64_t key)
{
    struct slip_completion c = {.key = 0};
    uint32_t taken = poll_port(port, &c);
    if (taken != 0)
        EXPECT(c.key == key && c.source == SLIP_SOURCE_ENDPOINT && c.status == SLIP_OK);
    return taken;
}

static void take(slip_handle_t endpoint)
{
    struct slip_message m;
    EXPECT_OK(poll_endpoint(endpoint, &m));
}

/* ---- PO-8: by level -------------------------------------------------------------------------------- */

static void level(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(1);
    EXPECT_OK(slip_port_attach(port, endpoint, 70, SLIP_ATTACH_LEVEL));
    EXPECT_EQ(entries(port, 70), 0);
    EXPECT_OK(send_word(endpoint, 1));
    EXPECT_OK(send_word(endpoint, 2));
    EXPECT_EQ(entries(port, 70), 1);
    EXPECT_EQ(entries(port, 70), 1); /* still something: again at the next wait */
    take(endpoint);
    EXPECT_EQ(entries(port, 70), 1);
    take(endpoint);
    EXPECT_EQ(entries(port, 70), 0); /* looked at again when the wait starts */
    EXPECT_OK(send_word(endpoint, 3));
    EXPECT_EQ(entries(port, 70), 1);
}

Test(port, an_endpoint_attached_by_level_comes_as_long_as_it_has_something)
{
    scene(1, level);
}

static void level_at_tail(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(4);
    struct slip_completion c[4];
    uint32_t taken = 0;
    EXPECT_OK(slip_port_attach(port, endpoint, 70, SLIP_ATTACH_LEVEL));
    EXPECT_OK(send_word(endpoint, 1));
    EXPECT_OK(slip_port_wait(port, c, 1, 1, 0, &taken));
    EXPECT_OK(slip_port_post(port, 5, SLIP_OK, 0));
    EXPECT_OK(slip_port_wait(port, c, 1, 4, 0, &taken));
    EXPECT(taken == 2 && c[0].key == 5 && c[1].key == 70);
}

Test(port, a_level_entry_comes_back_at_the_tail)
{
    scene(1, level_at_tail);
}

/* ---- PO-9, PO-10: by edge, once --------------------------------------------------------------------- */

static void edge(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(1);
    EXPECT_OK(send_word(endpoint, 1));
    EXPECT_OK(slip_port_attach(port, endpoint, 71, SLIP_ATTACH_EDGE));
    EXPECT_EQ(entries(port, 71), 1); /* there was something already */
    EXPECT_EQ(entries(port, 71), 0);
    EXPECT_OK(send_word(endpoint, 2));
    EXPECT_OK(send_word(endpoint, 3));
    EXPECT_EQ(entries(port, 71), 1); /* merged: its one slot was taken */
    EXPECT_EQ(entries(port, 71), 0);
}

Test(port, an_endpoint_attached_by_edge_comes_when_something_arrives)
{
    scene(1, edge);
}

static void once(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(1);
    EXPECT_OK(slip_port_attach(port, endpoint, 72, SLIP_ATTACH_ONCE));
    EXPECT_OK(send_word(endpoint, 1));
    EXPECT_EQ(entries(port, 72), 1);
    EXPECT_OK(send_word(endpoint, 2));
    EXPECT_EQ(entries(port, 72), 0);
    EXPECT_STATUS(slip_port_detach(port, endpoint, NULL), STALE);
    EXPECT_OK(slip_port_attach(port, endpoint, 73, SLIP_ATTACH_ONCE)); /* fires at once */
    EXPECT_EQ(entries(port, 73), 1);
}

Test(port, an_endpoint_attached_once_comes_once_and_is_detached)
{
    scene(1, once);
}

static void call_it(uint64_t endpoint)
{
    EXPECT_OK(call_word(endpoint, 1));
    put(0, 1);
}

static void calls_arrive_too(void)
{
    slip_handle_t endpoint = new_endpoint(0), port = new_port(1);
    struct slip_message m;
    EXPECT_OK(slip_port_attach(port, endpoint, 74, SLIP_ATTACH_LEVEL));
    drop(thread_at(ABOVE, call_it, endpoint));
    EXPECT_EQ(entries(port, 74), 1);
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
    EXPECT_EQ(get(0), 1);
}

Test(port, a_queued_call_counts_as_something_to_take)
{
    scene(1, calls_arrive_too);
}

/* ---- PO-11: who waits at the endpoint itself ----------------------------------------------------------- */

static void wait_directly(uint64_t endpoint)
{
    struct slip_message m = empty();
    EXPECT_OK(slip_endpoint_wait(endpoint, &m, SLIP_NEVER));
    put(0, m.word[0]);
}

static void direct_first(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(1);
    struct slip_message m;
    EXPECT_OK(slip_port_attach(port, endpoint, 75, SLIP_ATTACH_LEVEL));
    drop(thread_at(ABOVE, wait_directly, endpoint));
    EXPECT_OK(send_word(endpoint, 6));
    EXPECT_EQ(get(0), 6);
    EXPECT_EQ(entries(port, 75), 0);
    EXPECT_OK(send_word(endpoint, 7));
    take(endpoint);
    EXPECT(entries(port, 75) <= 1); /* an entry may find nothing left ... */
    EXPECT_STATUS(poll_endpoint(endpoint, &m), WOULD_BLOCK);
    EXPECT_EQ(entries(port, 75), 0); /* ... and is not there for ever */
}

Test(port, a_thread_that_waits_at_the_endpoint_comes_before_the_port)
{
    scene(1, direct_first);
}

/* ---- PO-12: detaching ------------------------------------------------------------------------------------- */

static void detach(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(1), other = new_port(1);
    uint32_t withdrawn = 9;
    EXPECT_STATUS(slip_port_attach(port, endpoint, 1, (enum slip_attach)0), BAD_ARGUMENT);
    EXPECT_STATUS(slip_port_attach(port, endpoint, 1, (enum slip_attach)4), BAD_ARGUMENT);
    EXPECT_STATUS(slip_port_detach(port, endpoint, &withdrawn), STALE);
    EXPECT_OK(slip_port_attach(port, endpoint, 1, SLIP_ATTACH_LEVEL));
    EXPECT_STATUS(slip_port_attach(port, endpoint, 1, SLIP_ATTACH_LEVEL), ALREADY);
    EXPECT_STATUS(slip_port_attach(other, endpoint, 1, SLIP_ATTACH_LEVEL), ALREADY);
    EXPECT_STATUS(slip_port_detach(other, endpoint, &withdrawn), STALE);
    EXPECT_OK(slip_port_detach(port, endpoint, &withdrawn));
    EXPECT_EQ(withdrawn, 0);
    EXPECT_OK(slip_port_attach(port, endpoint, 1, SLIP_ATTACH_LEVEL));
    EXPECT_OK(send_word(endpoint, 1));
    EXPECT_OK(slip_port_detach(port, endpoint, &withdrawn));
    EXPECT_EQ(withdrawn, 1);
    EXPECT_EQ(entries(port, 1), 0);
    EXPECT_OK(slip_port_attach(other, endpoint, 2, SLIP_ATTACH_LEVEL));
    EXPECT_EQ(entries(other, 2), 1);
    EXPECT_OK(slip_port_detach(other, endpoint, NULL));
    take(endpoint);
}

Test(port, detaching_withdraws_a_waiting_entry_and_says_so)
{
    scene(1, detach);
}

static void either_closes(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(1);
    slip_handle_t send = copy_of(endpoint, SLIP_RIGHT_SEND, 0);
    EXPECT_OK(slip_port_attach(port, endpoint, 1, SLIP_ATTACH_LEVEL));
    EXPECT_OK(send_word(send, 1));
    drop(endpoint);
    EXPECT_EQ(entries(port, 1), 0); /* nothing is left to take */
    endpoint = new_endpoint(4);
    EXPECT_OK(slip_port_attach(port, endpoint, 1, SLIP_ATTACH_LEVEL));
    EXPECT_OK(send_word(endpoint, 1));
    drop(port);
    EXPECT_OK(send_word(endpoint, 2));
    take(endpoint);
    take(endpoint);
}

Test(port, closing_an_attached_endpoint_or_its_port_detaches_it)
{
    scene(1, either_closes);
}

static void reattach_after_close(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(1);
    EXPECT_OK(slip_port_attach(port, endpoint, 1, SLIP_ATTACH_LEVEL));
    drop(port);
    port = new_port(1);
    EXPECT_OK(slip_port_attach(port, endpoint, 2, SLIP_ATTACH_LEVEL));
    EXPECT_OK(send_word(endpoint, 1));
    EXPECT_EQ(entries(port, 2), 1);
}

Test(port, an_endpoint_whose_port_is_closed_can_be_attached_anew)
{
    scene(1, reattach_after_close);
}

static void come_and_go(uint64_t rounds)
{
    slip_handle_t port = get(0), endpoint = get(1);
    while (rounds-- > 0) {
        EXPECT_OK(slip_port_attach(port, endpoint, rounds, SLIP_ATTACH_LEVEL));
        EXPECT_OK(slip_port_detach(port, endpoint, NULL));
    }
    put(2, 1);
}

/* While another CPU takes entries of it. */
static void comes_and_goes(void)
{
    slip_handle_t port = new_port(4), endpoint = new_endpoint(1);
    struct slip_message m = {.flags = SLIP_SEND_FAIL_FULL};
    struct slip_completion c;
    put(0, port);
    put(1, endpoint);
    EXPECT_OK(slip_thread_affinity(SLIP_SELF, 1));
    drop(thread_on(0, come_and_go, 1000));
    while (get(2) == 0) {
        slip_endpoint_send(endpoint, &m, SLIP_NEVER);
        poll_port(port, &c);
    }
    EXPECT_EQ(poll_port(port, &c), 0);
    EXPECT_STATUS(slip_port_detach(port, endpoint, NULL), STALE);
}

Test(port, what_comes_and_goes_while_it_is_taken_leaves_nothing_behind)
{
    scene(2, comes_and_goes);
}
