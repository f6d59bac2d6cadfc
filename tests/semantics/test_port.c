/* Ports: slots, posts, batches, waiters, cancel by key, closing. */
#include "tests/semantics/support.h"

static slip_handle_t post_only(slip_handle_t port, uint64_t badge)
{
    return copy_of(port, SLIP_RIGHT_POST, badge);
}

/* ---- PO-1, PO-2: slots and posts ------------------------------------------------------------------ */

static void depths(void)
{
    slip_handle_t port = 0;
    EXPECT_STATUS(slip_port_create(0, &port), BAD_ARGUMENT);
    EXPECT_STATUS(slip_port_create(SLIP_PORT_DEPTH_MAX + 1, &port), BAD_ARGUMENT);
    drop(new_port(1)); /* the first handle brings the table */
    uint64_t before = scene_process().used;
    drop(new_port(SLIP_PORT_DEPTH_MAX));
    EXPECT_EQ(scene_process().used, before);
    new_port(100);
    EXPECT(scene_process().used > before);
}

Test(port, takes_depths_up_to_the_limit_and_charges_its_creator)
{
    scene(1, depths);
}

static void posts(void)
{
    slip_handle_t port = new_port(2), badged = post_only(port, 5);
    struct slip_completion c;
    EXPECT_OK(slip_port_post(badged, 1, SLIP_IO_ERROR, 10));
    EXPECT_OK(slip_port_post(port, 2, (slip_status_t)1000, ~0UL));
    EXPECT_STATUS(slip_port_post(badged, 3, SLIP_OK, 0), FULL);
    uint32_t taken = 0;
    EXPECT_OK(slip_port_wait(port, &c, 1, 1, 0, &taken));
    EXPECT(c.key == 1 && c.status == SLIP_IO_ERROR && c.result == 10);
    EXPECT(c.source == SLIP_SOURCE_POST && c.badge == 5 && c.request == 0);
    EXPECT_OK(slip_port_post(badged, 3, SLIP_OK, 0));
    EXPECT_OK(slip_port_wait(port, &c, 1, 1, 0, &taken));
    EXPECT(c.key == 2 && c.status == 1000 && c.result == ~0UL && c.badge == 0);
}

Test(port, a_post_never_blocks_and_carries_a_source_and_badge_set_by_the_kernel)
{
    scene(1, posts);
}

static void one_budget(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(2), link = connection(endpoint, port);
    struct slip_message m;
    struct slip_completion c;
    EXPECT_OK(submit_key(link, 1));
    EXPECT_OK(slip_port_post(port, 2, SLIP_OK, 0));
    EXPECT_STATUS(slip_port_post(port, 3, SLIP_OK, 0), FULL);
    EXPECT_STATUS(submit_key(link, 3), NO_SLOT);
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0)); /* its slot was kept for it */
    EXPECT_EQ(poll_port(port, &c), 2);
}

Test(port, a_submit_reserves_its_slot_so_that_its_completion_is_never_refused)
{
    scene(1, one_budget);
}

/* ---- PO-3, PO-4: batches --------------------------------------------------------------------------- */

static void batch(void)
{
    slip_handle_t port = new_port(8);
    struct slip_completion c[8];
    uint32_t taken = 9;
    for (uint64_t i = 0; i < 5; i++)
        EXPECT_OK(slip_port_post(port, i, SLIP_OK, 0));
    EXPECT_OK(slip_port_wait(port, c, 1, 3, 0, &taken));
    EXPECT(taken == 3 && c[0].key == 0 && c[1].key == 1 && c[2].key == 2);
    EXPECT_OK(slip_port_wait(port, c, 2, 8, SLIP_NEVER, &taken));
    EXPECT(taken == 2 && c[0].key == 3 && c[1].key == 4);
    EXPECT_STATUS(slip_port_wait(port, c, 1, 8, 0, &taken), WOULD_BLOCK);
    EXPECT_EQ(taken, 0);
    EXPECT_STATUS(slip_port_wait(port, c, 0, 1, 0, &taken), BAD_ARGUMENT);
    EXPECT_STATUS(slip_port_wait(port, c, 2, 1, 0, &taken), BAD_ARGUMENT);
    EXPECT_STATUS(slip_port_wait(port, c, 1, SLIP_PORT_DEPTH_MAX + 1, 0, &taken), BAD_ARGUMENT);
    EXPECT_STATUS(slip_port_wait(port, NULL, 1, 1, 0, &taken), BAD_ADDRESS);
    EXPECT_STATUS(slip_port_wait(port, sim_argument(), 1, 1, 0, &taken), BAD_ADDRESS);
    EXPECT_EQ(taken, 0);
}

Test(port, a_wait_takes_a_batch_oldest_first)
{
    scene(1, batch);
}

static void wait_for_three(uint64_t port)
{
    struct slip_completion c[8];
    uint32_t taken = 0;
    EXPECT_OK(slip_port_wait(port, c, 3, 8, SLIP_NEVER, &taken));
    EXPECT(taken == 3 && c[2].key == 3);
    put(0, 1);
}

static void at_least(void)
{
    slip_handle_t port = new_port(8);
    drop(thread_at(ABOVE, wait_for_three, port));
    for (uint64_t i = 1; i <= 3; i++) {
        EXPECT_EQ(get(0), 0);
        EXPECT_OK(slip_port_post(port, i, SLIP_OK, 0));
    }
    EXPECT_EQ(get(0), 1);
}

Test(port, a_wait_returns_when_as_many_as_asked_are_there)
{
    scene(1, at_least);
}

static void fewer(void)
{
    slip_handle_t port = new_port(8);
    struct slip_completion c[8] = {{.key = 0}};
    uint32_t taken = 0;
    EXPECT_OK(slip_port_post(port, 7, SLIP_OK, 0));
    EXPECT_STATUS(slip_port_wait(port, c, 2, 8, slip_clock_now() + 1000, &taken), TIMED_OUT);
    EXPECT(taken == 1 && c[0].key == 7);
    EXPECT_OK(slip_port_post(port, 8, SLIP_OK, 0));
    EXPECT_STATUS(slip_port_wait(port, c, 2, 8, 0, &taken), WOULD_BLOCK);
    EXPECT(taken == 1 && c[0].key == 8);
}

Test(port, a_late_wait_returns_what_is_there_and_says_that_it_is_late)
{
    scene(1, fewer);
}

static void faulting_wait(void)
{
    slip_handle_t port = new_port(8);
    struct slip_completion c[8] = {{.key = 0}};
    for (uint32_t count = 1; count <= 8; count++) {
        uint32_t taken = 9;
        for (uint64_t key = 1; key <= count; key++)
            EXPECT_OK(slip_port_post(port, key, SLIP_OK, 0));
        EXPECT_STATUS(slip_port_wait(port, faulting_page(), 1, 8, 0, &taken), BAD_ADDRESS);
        EXPECT_EQ(taken, 0);
        EXPECT_OK(slip_port_wait(port, c, 1, 8, 0, &taken)); /* nothing was lost */
        EXPECT_EQ(taken, count);
        for (uint64_t key = 1; key <= count; key++)
            EXPECT_EQ(c[key - 1].key, key);
    }
}

Test(port, a_wait_whose_copy_faults_takes_nothing)
{
    scene(1, faulting_wait);
}

static void big_batch(void)
{
    slip_handle_t port = new_port(1000);
    struct slip_completion *c = sim_alloc(1000 * sizeof *c);
    uint32_t taken = 0;
    for (uint64_t i = 0; i < 1000; i++)
        EXPECT_OK(slip_port_post(port, i, SLIP_OK, i));
    EXPECT_OK(slip_port_wait(port, c, 1, 1000, 0, &taken));
    EXPECT_EQ(taken, 1000);
    for (uint64_t i = 0; i < 1000; i++)
        EXPECT(c[i].key == i && c[i].result == i);
    sim_free(c);
}

Test(port, a_batch_may_be_as_large_as_the_port)
{
    scene(1, big_batch);
}

#define MANY 12

static void large_batch_of_requests(void)
{
    slip_handle_t port = new_port(MANY), endpoint = new_endpoint(MANY);
    slip_handle_t link = connection(endpoint, port);
    for (uint32_t turn = 0; turn < 3; turn++) {
        slip_request_t token[MANY] = {0};
        struct slip_completion c[MANY];
        struct slip_message m;
        uint32_t taken = 0;
        for (uint64_t i = 0; i < MANY; i++) {
            m = word(i);
            EXPECT_OK(slip_endpoint_submit_request(link, &m, NULL, i, SLIP_NEVER, &token[i]));
            EXPECT_OK(poll_endpoint(endpoint, &m));
            EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 100 + i));
        }
        EXPECT_OK(slip_port_wait(port, c, MANY, MANY, 0, &taken));
        EXPECT_EQ(taken, MANY);
        for (uint64_t i = 0; i < MANY; i++) {
            EXPECT(c[i].source == SLIP_SOURCE_REQUEST && c[i].key == i && c[i].result == 100 + i);
            EXPECT(c[i].request == token[i] && c[i].status == SLIP_OK && c[i].badge == 0);
            EXPECT_STATUS(slip_request_cancel(token[i]), STALE);
        }
        for (uint64_t i = 0; i < MANY; i++) /* the slots are free, and nothing of them is left */
            EXPECT_OK(slip_port_post(port, i, SLIP_OK, 0));
        EXPECT_OK(slip_port_wait(port, c, MANY, MANY, 0, &taken));
        for (uint64_t i = 0; i < MANY; i++)
            EXPECT(c[i].source == SLIP_SOURCE_POST && c[i].key == i && c[i].request == 0);
    }
}

Test(port, a_large_batch_ends_its_requests_and_frees_their_slots)
{
    scene(1, large_batch_of_requests);
}

static void batch_with_an_event(void)
{
    slip_handle_t port = new_port(MANY), endpoint = new_endpoint(1);
    struct slip_completion c[MANY + 1];
    EXPECT_OK(slip_port_attach(port, endpoint, MANY / 2, SLIP_ATTACH_EDGE));
    for (uint64_t i = 0; i <= MANY; i++)
        if (i == MANY / 2)
            EXPECT_OK(send_word(endpoint, 1));
        else
            EXPECT_OK(slip_port_post(port, i, SLIP_OK, 0));
    for (uint64_t from = 0, part = 1; from <= MANY; from += part, part = MANY - 1) {
        uint32_t taken = 0;
        EXPECT_OK(slip_port_wait(port, c, 1, (uint32_t)part, 0, &taken));
        EXPECT_EQ(taken, from + part <= MANY ? part : MANY + 1 - from);
        for (uint64_t i = 0; i < taken; i++)
            EXPECT_EQ(c[i].key, from + i);
    }
}

Test(port, a_batch_keeps_its_order_around_an_event)
{
    scene(1, batch_with_an_event);
}

/* ---- PO-5, PO-6: waiters ------------------------------------------------------------------------------ */

struct waiter {
    slip_handle_t port;
    uint32_t number, least, most;
};

static void wait_as(uint64_t argument)
{
    const struct waiter *self = (const struct waiter *)(uintptr_t)argument;
    struct slip_completion c[8];
    uint32_t taken = 0;
    EXPECT_OK(slip_port_wait(self->port, c, self->least, self->most, SLIP_NEVER, &taken));
    put(self->number, c[0].key);
    put(self->number + 10, taken);
}

static void last_in_first_out(void)
{
    slip_handle_t port = new_port(8);
    struct waiter all[3];
    for (uint32_t i = 0; i < 3; i++) {
        all[i] = (struct waiter){port, i, 1, 8};
        drop(thread_at(ABOVE, wait_as, (uintptr_t)&all[i]));
    }
    for (uint64_t key = 1; key <= 3; key++)
        EXPECT_OK(slip_port_post(port, key, SLIP_OK, 0));
    EXPECT(get(2) == 1 && get(1) == 2 && get(0) == 3);
}

Test(port, the_waiter_that_came_last_is_woken_first)
{
    scene(1, last_in_first_out);
}

static void unmet_least(void)
{
    slip_handle_t port = new_port(8);
    struct waiter many = {port, 0, 3, 8}, one = {port, 1, 1, 8}, greedy = {port, 2, 4, 8};
    drop(thread_at(ABOVE, wait_as, (uintptr_t)&one));
    drop(thread_at(ABOVE, wait_as, (uintptr_t)&many));
    drop(thread_at(ABOVE, wait_as, (uintptr_t)&greedy)); /* the newest, and nobody serves it yet */
    EXPECT_OK(slip_port_post(port, 1, SLIP_OK, 0));
    EXPECT_EQ(get(1), 1);
    for (uint64_t key = 2; key <= 4; key++)
        EXPECT_OK(slip_port_post(port, key, SLIP_OK, 0));
    EXPECT_EQ(get(0), 2);
    EXPECT_EQ(get(10), 3);
    for (uint64_t key = 5; key <= 8; key++)
        EXPECT_OK(slip_port_post(port, key, SLIP_OK, 0));
    EXPECT_EQ(get(12), 4);
}

Test(port, a_waiter_that_wants_more_does_not_hinder_one_that_has_enough)
{
    scene(1, unmet_least);
}

static void two_by_one_batch(void)
{
    slip_handle_t endpoint = new_endpoint(8), port = new_port(8), link = connection(endpoint, port);
    struct waiter a = {port, 0, 2, 2}, b = {port, 1, 2, 2};
    stay_on_one_cpu();
    for (uint64_t key = 1; key <= 4; key++)
        EXPECT_OK(submit_key(link, key));
    drop(thread_at(BELOW, wait_as, (uintptr_t)&a));
    drop(thread_at(BELOW, wait_as, (uintptr_t)&b));
    stand_back();   /* both get to where they wait */
    drop(endpoint); /* all four complete before either runs */
    stand_back();
    EXPECT(get(10) == 2 && get(11) == 2);
}

Test(port, what_is_left_of_a_batch_wakes_the_next_waiter)
{
    scene(1, two_by_one_batch);
}

/* What was there for a waiter that was woken goes to somebody who asks first. What is there when it
 * looks is too little for it, but not for the next one. */
static void too_little_left(void)
{
    slip_handle_t port = new_port(8);
    struct waiter many = {port, 0, 3, 8}, two = {port, 1, 2, 8};
    struct slip_completion c[2];
    uint32_t taken = 0;
    stay_on_one_cpu();
    drop(thread_at(BELOW, wait_as, (uintptr_t)&many));
    stand_back();
    for (uint64_t key = 1; key <= 3; key++)
        EXPECT_OK(slip_port_post(port, key, SLIP_OK, 0)); /* it is to run */
    EXPECT_OK(slip_port_wait(port, c, 2, 2, 0, &taken));
    drop(thread_at(ABOVE, wait_as, (uintptr_t)&two));
    EXPECT_OK(slip_port_post(port, 4, SLIP_OK, 0));
    stand_back();
    EXPECT(get(1) == 3 && get(11) == 2);
    EXPECT_EQ(get(10), 0);
    for (uint64_t key = 5; key <= 7; key++)
        EXPECT_OK(slip_port_post(port, key, SLIP_OK, 0));
    stand_back();
    EXPECT(get(0) == 5 && get(10) == 3);
}

Test(port, what_is_too_little_for_a_waiter_wakes_the_next_one)
{
    scene(1, too_little_left);
}

/* ---- PO-7: cancel by key ------------------------------------------------------------------------------- */

static void by_key(void)
{
    slip_handle_t endpoint = new_endpoint(8), port = new_port(8), link = connection(endpoint, port);
    struct slip_completion c[8];
    struct slip_message m;
    uint32_t ended = 9, taken = 0;
    for (uint32_t i = 0; i < 3; i++)
        EXPECT_OK(submit_key(link, 1));
    EXPECT_OK(submit_key(link, 2));
    EXPECT_OK(slip_port_post(port, 1, SLIP_OK, 100));
    EXPECT_OK(poll_endpoint(endpoint, &m)); /* one is held */
    EXPECT_OK(slip_port_cancel(port, 3, 0, &ended));
    EXPECT_EQ(ended, 0);
    EXPECT_STATUS(slip_port_cancel(port, 1, 2, &ended), BAD_ARGUMENT);
    EXPECT_OK(slip_port_cancel(port, 1, 0, &ended));
    EXPECT_EQ(ended, 3);
    EXPECT_STATUS(slip_request_reply(m.request, SLIP_OK, 0), STALE);
    EXPECT_OK(slip_port_wait(port, c, 1, 8, 0, &taken));
    EXPECT_EQ(taken, 4); /* the post was no request and stays */
    EXPECT(c[0].result == 100 && c[1].status == SLIP_CANCELLED && c[3].status == SLIP_CANCELLED);
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
}

Test(port, cancel_by_key_ends_all_requests_of_that_key)
{
    scene(1, by_key);
}

static void discard(void)
{
    slip_handle_t endpoint = new_endpoint(8), port = new_port(3), link = connection(endpoint, port);
    struct slip_completion c;
    struct slip_message m;
    uint32_t ended = 9;
    EXPECT_OK(submit_key(link, 1));
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_OK(submit_key(link, 1));
    EXPECT_OK(slip_port_post(port, 1, SLIP_OK, 0));
    EXPECT_OK(slip_port_cancel(port, 1, SLIP_CANCEL_DISCARD, &ended));
    EXPECT_EQ(ended, 2);
    EXPECT_EQ(poll_port(port, &c), 0);
    for (uint64_t key = 2; key <= 4; key++) /* all slots are free again */
        EXPECT_OK(slip_port_post(port, key, SLIP_OK, 0));
    /* What is in them now is not dropped, also where it comes back. */
    EXPECT_STATUS(slip_port_wait(port, faulting_page(), 1, 3, 0, &ended), BAD_ADDRESS);
    EXPECT_EQ(poll_port(port, &c), 3);
    EXPECT_EQ(c.key, 2);
}

static void discard_ended(void)
{
    slip_handle_t endpoint = new_endpoint(2), port = new_port(1), link = connection(endpoint, port);
    struct slip_message first, second;
    EXPECT_OK(submit_key(link, 1));
    EXPECT_OK(poll_endpoint(endpoint, &first));
    EXPECT_OK(slip_request_reply(first.request, SLIP_OK, 0));
    EXPECT_OK(slip_port_cancel(port, 1, SLIP_CANCEL_DISCARD, NULL));
    EXPECT_OK(submit_key(link, 1)); /* in the same slot */
    EXPECT_OK(poll_endpoint(endpoint, &second));
    EXPECT(second.request != first.request);
    EXPECT_STATUS(slip_request_reply(first.request, SLIP_OK, 0), STALE);
}

Test(port, a_discarded_completion_ends_its_request)
{
    scene(1, discard_ended);
}

Test(port, cancel_with_discard_drops_what_is_queued_and_what_is_to_come)
{
    scene(1, discard);
}

static void submit_one(uint64_t link)
{
    EXPECT_OK(submit_key(link, 1));
}

/* A submit that waits for room is not outstanding: nothing of it is cancelled, and nothing dropped. */
static void discard_too_early(void)
{
    slip_handle_t endpoint = new_endpoint(1), port = new_port(2), link = connection(endpoint, port);
    struct slip_completion c;
    struct slip_message m;
    uint32_t ended = 9;
    EXPECT_OK(send_word(endpoint, 1));
    drop(thread_at(ABOVE, submit_one, link));
    give_way();
    EXPECT_OK(slip_port_cancel(port, 1, SLIP_CANCEL_DISCARD, &ended));
    EXPECT_EQ(ended, 0);
    do
        EXPECT_OK(poll_endpoint(endpoint, &m));
    while (m.request == 0);
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 5));
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT(c.key == 1 && c.result == 5 && c.status == SLIP_OK);
}

Test(port, cancel_by_key_leaves_a_submit_that_waits_for_room)
{
    scene(1, discard_too_early);
}

/* ---- PO-13 to PO-15: closing ------------------------------------------------------------------------------ */

static void wait_into_close(uint64_t port)
{
    struct slip_completion c;
    uint32_t taken = 9;
    EXPECT_STATUS(slip_port_wait(port, &c, 1, 1, SLIP_NEVER, &taken), PEER_CLOSED);
    EXPECT_EQ(taken, 0);
    count(0);
}

static void closing(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(4), link = connection(endpoint, port);
    slip_handle_t post = post_only(port, 0);
    struct slip_message m, news;
    EXPECT_OK(submit_key(link, 1));
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_OK(submit_key(link, 2));
    drop(thread_at(ABOVE, wait_into_close, port));
    drop(thread_at(ABOVE, wait_into_close, port));
    drop(port);
    EXPECT_EQ(get(0), 2);
    EXPECT_STATUS(slip_request_reply(m.request, SLIP_OK, 0), STALE); /* cancelled and dropped */
    EXPECT_STATUS(poll_endpoint(endpoint, &news), WOULD_BLOCK);
    EXPECT_STATUS(slip_port_post(post, 1, SLIP_OK, 0), PEER_CLOSED);
    EXPECT_STATUS(submit_key(link, 3), PEER_CLOSED);
    drop(link);
    drop(post);
    EXPECT_EQ(scene_objects("port"), 0);
}

Test(port, closing_cancels_what_is_outstanding_and_wakes_all_waiters)
{
    scene(1, closing);
}

static void pinned_when_closed(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(4), link = connection(endpoint, port);
    void *memory;
    slip_handle_t buffer = new_buffer(4096, &memory);
    struct slip_lend lend = {buffer, 0, 100, SLIP_LEND_READ};
    struct slip_message m = empty();
    EXPECT_OK(slip_endpoint_submit(link, &m, &lend, 1, SLIP_NEVER));
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_OK(device_begin_request(m.request, SLIP_LEND_READ));
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0)); /* decided, not delivered */
    drop(port);
    drop(link);
    EXPECT_EQ(scene_objects("port"), 1);
    device_end(); /* nobody is left to hear it */
    EXPECT_EQ(scene_objects("port"), 0);
}

Test(port, a_completion_for_a_closed_port_is_dropped_and_frees_its_slot)
{
    scene(1, pinned_when_closed);
}

static void cooperative_and_closed(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(4), link = connection(endpoint, port);
    struct slip_message m = {.flags = SLIP_SEND_COOPERATIVE};
    EXPECT_OK(slip_endpoint_submit(link, &m, NULL, 1, SLIP_NEVER));
    EXPECT_OK(poll_endpoint(endpoint, &m));
    drop(port);
    EXPECT_STATUS(slip_request_reply(m.request, SLIP_OK, 0), STALE);
}

Test(port, closing_does_not_wait_for_the_server_of_a_cooperative_request)
{
    scene(1, cooperative_and_closed);
}
