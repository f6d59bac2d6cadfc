/* Batched waits: when they wait, what ends them, and others who wait beside them. */
#include "tests/semantics/support.h"

/* ---- EP-28: when it waits, and for how long -------------------------------------------------- */

/* Takes one batch of at least cell 1 and at most 8 from the endpoint in cell 0, and posts how many
 * it got as the result of key `key` to the port in cell 2. */
static void take_batch_of(uint64_t endpoint, uint32_t least, uint64_t key)
{
    struct slip_short_message m[8];
    uint32_t count;
    slip_status_t status = slip_endpoint_wait_batch(endpoint, m, least, 8, SLIP_NEVER, &count);
    EXPECT_OK(slip_port_post(get(2), key, status, count));
}

static void take_batch(uint64_t key)
{
    take_batch_of(get(0), (uint32_t)get(1), key);
}

/* What a thread that takes a batch tells. */
static void expect_told(uint64_t key, slip_status_t status, uint64_t taken)
{
    struct slip_completion c;
    uint32_t count;
    EXPECT_OK(slip_port_wait(get(2), &c, 1, 1, SLIP_NEVER, &count));
    EXPECT_EQ(c.key, key);
    EXPECT_EQ((uint64_t)(int64_t)c.status, (uint64_t)(int64_t)status);
    EXPECT_EQ(c.result, taken);
}

static slip_handle_t batch_scene(uint32_t depth, uint32_t least)
{
    slip_handle_t endpoint = new_endpoint(depth);
    put(0, endpoint);
    put(1, least);
    put(2, new_port(8));
    return endpoint;
}

static void waits_for_least(void)
{
    slip_handle_t endpoint = batch_scene(8, 3);
    drop(thread_at(ABOVE, take_batch, 7));
    for (uint64_t i = 0; i < 3; i++)
        EXPECT_OK(send_word(endpoint, i));
    expect_told(7, SLIP_OK, 3); /* had it looked earlier, it would have fewer */
}

Test(endpoint_batch, a_batch_waits_until_so_many_are_there)
{
    scene(1, waits_for_least);
}

static void full_queue(void)
{
    slip_handle_t endpoint = batch_scene(2, 8);
    drop(thread_at(ABOVE, take_batch, 7));
    EXPECT_OK(send_word(endpoint, 1));
    EXPECT_OK(send_word(endpoint, 2));
    expect_told(7, SLIP_OK, 2);
    EXPECT_OK(send_word(endpoint, 3));
    EXPECT_OK(send_word(endpoint, 4));
    drop(thread_at(ABOVE, take_batch, 8)); /* it was full before */
    expect_told(8, SLIP_OK, 2);
}

Test(endpoint_batch, no_batch_waits_for_more_than_the_queue_holds)
{
    scene(1, full_queue);
}

static void send_one(uint64_t value)
{
    EXPECT_OK(send_word(get(0), value));
    count(4);
}

static void blocked_senders(void)
{
    slip_handle_t endpoint = batch_scene(2, 8);
    struct slip_short_message m[8];
    uint32_t taken;
    EXPECT_OK(send_word(endpoint, 1));
    EXPECT_OK(send_word(endpoint, 2));
    slip_handle_t sender = thread_at(ABOVE, send_one, 3);
    EXPECT_OK(slip_endpoint_wait_batch(endpoint, m, 8, 8, 0, &taken));
    EXPECT_EQ(taken, 3);
    EXPECT_EQ(m[0].word[0], 3); /* of a better priority, and not in the queue */
    EXPECT_EQ(m[1].word[0], 1);
    EXPECT_EQ(get(4), 1);
    drop(sender);
}

Test(endpoint_batch, blocked_senders_come_in_their_turn)
{
    scene(1, blocked_senders);
}

static void rendezvous(void)
{
    slip_handle_t endpoint = batch_scene(0, 4);
    drop(thread_at(ABOVE, take_batch, 7));
    EXPECT_OK(send_word(endpoint, 1));
    expect_told(7, SLIP_OK, 1);
}

Test(endpoint_batch, at_depth_zero_a_batch_takes_from_who_waits_to_send)
{
    scene(1, rendezvous);
}

static void lets_in(void)
{
    slip_handle_t endpoint = batch_scene(2, 2);
    struct slip_short_message m[8];
    uint32_t taken;
    EXPECT_OK(send_word(endpoint, 1));
    EXPECT_OK(send_word(endpoint, 2));
    EXPECT_STATUS(slip_endpoint_send(endpoint, &(struct slip_message){.flags = SLIP_SEND_FAIL_FULL},
                                     SLIP_NEVER),
                  FULL);
    EXPECT_OK(slip_endpoint_wait_batch(endpoint, m, 2, 8, SLIP_NEVER, &taken));
    EXPECT_EQ(taken, 2);
    for (uint64_t i = 0; i < 2; i++) /* both places are free again */
        EXPECT_OK(slip_endpoint_send(
            endpoint, &(struct slip_message){.flags = SLIP_SEND_FAIL_FULL, .word = {i}, .words = 1},
            SLIP_NEVER));
}

Test(endpoint_batch, the_places_of_what_was_taken_are_free_afterwards)
{
    scene(1, lets_in);
}

/* ---- EP-29: what is no message of words alone ------------------------------------------------- */

static void call_it(uint64_t endpoint)
{
    EXPECT_OK(call_word(endpoint, 5));
}

static void submit_it(uint64_t endpoint)
{
    EXPECT_OK(submit_key(connection(endpoint, get(2)), 3));
}

static void send_handle(uint64_t endpoint)
{
    struct slip_message m = carrying(new_port(1));
    EXPECT_OK(slip_endpoint_send(endpoint, &m, SLIP_NEVER));
}

static void pulse_it(uint64_t endpoint)
{
    slip_handle_t interrupt;
    EXPECT_OK(slip_interrupt_create(SCENE_LINE, &interrupt));
    EXPECT_OK(slip_interrupt_bind(interrupt, endpoint, 1));
    fire(1);
}

static void (*const others[])(uint64_t) = {call_it, submit_it, send_handle};

/* Takes what batches leave, and answers it. */
static void take_other(slip_handle_t endpoint)
{
    char room[100];
    struct slip_message m = {.area = {.data = room, .capacity = sizeof room}};
    EXPECT_OK(slip_endpoint_wait(endpoint, &m, 0));
    if (m.handles != 0)
        drop(m.handle[0]);
    if (m.request != 0)
        EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
}

/* Behind two messages there is something else. */
static void expect_cut(slip_handle_t endpoint)
{
    struct slip_short_message m[8];
    uint32_t taken;
    EXPECT_OK(slip_endpoint_wait_batch(endpoint, m, 8, 8, SLIP_NEVER, &taken));
    EXPECT_EQ(taken, 2);
    EXPECT_STATUS(slip_endpoint_wait_batch(endpoint, m, 1, 8, SLIP_NEVER, &taken), TOO_LONG);
    EXPECT_EQ(taken, 0);
    take_other(endpoint);
    EXPECT_STATUS(slip_endpoint_wait_batch(endpoint, m, 1, 8, 0, &taken), WOULD_BLOCK);
}

static void send_two_of_the_best(slip_handle_t endpoint)
{
    EXPECT_OK(slip_thread_priority(SLIP_SELF, SLIP_PRIORITY_MAX, NULL));
    EXPECT_OK(send_word(endpoint, 1));
    EXPECT_OK(send_word(endpoint, 2));
    EXPECT_OK(slip_thread_priority(SLIP_SELF, SLIP_PRIORITY_DEFAULT, NULL));
}

static void other_things_end_a_batch(void)
{
    for (uint32_t i = 0; i < sizeof others / sizeof *others; i++) {
        slip_handle_t endpoint = batch_scene(8, 8);
        send_two_of_the_best(endpoint);
        drop(thread_at(ABOVE, others[i], endpoint));
        expect_cut(endpoint);
    }
    slip_handle_t endpoint = batch_scene(8, 8);
    EXPECT_OK(slip_thread_affinity(SLIP_SELF, 0)); /* where the interrupt is taken */
    send_two_of_the_best(endpoint);
    pulse_it(endpoint);
    expect_cut(endpoint);
}

/* A held request that is to be cancelled: the news of it is no message either. */
static void news_ends_a_batch(void)
{
    slip_handle_t endpoint = batch_scene(8, 8), link = connection(endpoint, get(2));
    struct slip_message m = {.flags = SLIP_SEND_COOPERATIVE};
    struct slip_short_message all[8];
    slip_request_t request;
    uint32_t taken;
    EXPECT_OK(slip_endpoint_submit_request(link, &m, NULL, 3, SLIP_NEVER, &request));
    m = empty();
    EXPECT_OK(slip_endpoint_wait(endpoint, &m, 0));
    slip_request_t held = m.request;
    EXPECT_OK(slip_request_cancel(request));
    EXPECT_OK(send_word(endpoint, 1));
    EXPECT_STATUS(slip_endpoint_wait_batch(endpoint, all, 1, 8, SLIP_NEVER, &taken), TOO_LONG);
    EXPECT_EQ(taken, 0);
    m = empty();
    EXPECT_OK(slip_endpoint_wait(endpoint, &m, 0));
    EXPECT(m.flags == SLIP_GOT_CANCEL && m.request == held);
    EXPECT_OK(slip_endpoint_wait_batch(endpoint, all, 1, 8, 0, &taken));
    EXPECT(taken == 1 && all[0].word[0] == 1);
    EXPECT_OK(slip_request_reply(held, SLIP_CANCELLED, 0));
}

Test(endpoint_batch, the_news_of_a_request_ends_a_batch_and_is_left_to_a_single_wait)
{
    scene(1, news_ends_a_batch);
}

Test(endpoint_batch, anything_else_ends_a_batch_and_is_left_to_a_single_wait)
{
    scene(1, other_things_end_a_batch);
}

static void send_long(uint64_t endpoint)
{
    char text[100] = "long";
    struct slip_message m = {.area = {.data = text}, .bytes = sizeof text};
    EXPECT_OK(slip_endpoint_send(endpoint, &m, SLIP_NEVER));
}

static void long_messages_are_left(void)
{
    slip_handle_t endpoint = new_endpoint(0);
    struct slip_short_message m[8];
    uint32_t taken;
    drop(thread_at(ABOVE, send_long, endpoint));
    EXPECT_STATUS(slip_endpoint_wait_batch(endpoint, m, 1, 8, SLIP_NEVER, &taken), TOO_LONG);
    EXPECT_EQ(taken, 0);
    take_other(endpoint);
    EXPECT_STATUS(slip_endpoint_wait_batch(endpoint, m, 1, 8, 0, &taken), WOULD_BLOCK);
}

Test(endpoint_batch, a_long_message_is_left_to_a_single_wait)
{
    scene(1, long_messages_are_left);
}

static void take_around_others(uint64_t key)
{
    struct slip_short_message m[8];
    uint32_t taken;
    slip_handle_t endpoint = get(0);
    EXPECT_STATUS(slip_endpoint_wait_batch(endpoint, m, 8, 8, SLIP_NEVER, &taken), TOO_LONG);
    EXPECT_EQ(taken, 0);
    take_other(endpoint);
    EXPECT_OK(slip_port_post(get(2), key, SLIP_OK, 0));
}

static void others_wake(void)
{
    for (uint32_t i = 0; i < sizeof others / sizeof *others; i++) {
        slip_handle_t endpoint = batch_scene(8, 8);
        drop(thread_at(TOP, take_around_others, i));
        drop(thread_at(ABOVE, others[i], endpoint));
        struct slip_completion c;
        uint32_t count;
        do /* a submit's own completion comes there as well */
            EXPECT_OK(slip_port_wait(get(2), &c, 1, 1, SLIP_NEVER, &count));
        while (c.source != SLIP_SOURCE_POST);
        EXPECT_EQ(c.key, i);
    }
}

Test(endpoint_batch, a_batch_that_waits_wakes_for_anything_else)
{
    scene(1, others_wake);
}

/* Binds an interrupt, waits for words, and hears the pulse. */
static void hear_pulse(uint64_t key)
{
    struct slip_short_message m[8];
    uint32_t taken;
    slip_handle_t endpoint = get(0), interrupt;
    EXPECT_OK(slip_interrupt_create(SCENE_LINE, &interrupt));
    EXPECT_OK(slip_interrupt_bind(interrupt, endpoint, 1));
    EXPECT_OK(slip_port_post(get(2), 1, SLIP_OK, 0));
    slip_status_t status = slip_endpoint_wait_batch(endpoint, m, 8, 8, SLIP_NEVER, &taken);
    EXPECT_EQ((uint64_t)(int64_t)status, (uint64_t)(int64_t)SLIP_TOO_LONG);
    take_other(endpoint);
    EXPECT_OK(slip_port_post(get(2), key, SLIP_OK, 0));
}

static void pulse_wakes(void)
{
    slip_handle_t endpoint = batch_scene(8, 8);
    EXPECT_OK(slip_thread_affinity(SLIP_SELF, 0)); /* where the interrupt is taken */
    drop(thread_at(ABOVE, hear_pulse, 2));
    expect_told(1, SLIP_OK, 0);
    fire(1);
    expect_told(2, SLIP_OK, 0);
    EXPECT_OK(send_word(endpoint, 1));
}

Test(endpoint_batch, a_batch_that_waits_wakes_for_the_pulse_of_its_interrupt)
{
    scene(1, pulse_wakes);
}

/* Messages of the best priority, and between them a pulse for a thread that is elsewhere. */
static void hold_interrupt(uint64_t interrupt)
{
    EXPECT_OK(slip_interrupt_bind(interrupt, get(0), 1));
    expect_told(1, SLIP_OK, 0);
}

static void pulse_of_another(void)
{
    slip_handle_t endpoint = batch_scene(8, 8), interrupt;
    struct slip_short_message m[4];
    uint32_t taken;
    EXPECT_OK(slip_thread_affinity(SLIP_SELF, 0)); /* where the interrupt is taken */
    EXPECT_OK(slip_interrupt_create(SCENE_LINE, &interrupt));
    drop(thread_at(ABOVE, hold_interrupt, interrupt));
    send_two_of_the_best(endpoint);
    fire(1);
    send_two_of_the_best(endpoint);
    EXPECT_OK(slip_endpoint_wait_batch(endpoint, m, 1, 4, 0, &taken));
    EXPECT_EQ(taken, 4);
    EXPECT_OK(slip_port_post(get(2), 1, SLIP_OK, 0));
}

Test(endpoint_batch, a_pulse_for_another_thread_ends_no_batch)
{
    scene(1, pulse_of_another);
}

static void hear_of_others(uint64_t key)
{
    take_batch_of(get(0), 8, key);
}

static void all_hear(void)
{
    slip_handle_t endpoint = batch_scene(8, 8);
    drop(thread_at(TOP, hear_of_others, 7));
    drop(thread_at(ABOVE, hear_of_others, 8));
    send_handle(endpoint);
    expect_told(7, SLIP_TOO_LONG, 0);
    expect_told(8, SLIP_TOO_LONG, 0); /* it is still there */
    take_other(endpoint);
}

Test(endpoint_batch, all_batches_that_wait_hear_of_what_stays)
{
    scene(1, all_hear);
}

/* ---- EP-30: several receivers ------------------------------------------------------------------ */

static void take_single(uint64_t key)
{
    struct slip_message m = empty();
    slip_status_t status = slip_endpoint_wait(get(0), &m, SLIP_NEVER);
    EXPECT_OK(slip_port_post(get(2), key, status, m.word[0]));
}

static void unmet_batches_do_not_block(void)
{
    slip_handle_t endpoint = batch_scene(8, 4);
    drop(thread_at(TOP, take_batch, 7));
    drop(thread_at(ABOVE, take_single, 8));
    EXPECT_OK(send_word(endpoint, 1));
    expect_told(8, SLIP_OK, 1); /* though the batch waits longer and is of a better priority */
    for (uint64_t i = 0; i < 4; i++)
        EXPECT_OK(send_word(endpoint, i));
    expect_told(7, SLIP_OK, 4);
}

Test(endpoint_batch, a_batch_with_too_little_keeps_nothing_from_a_single_receiver)
{
    scene(1, unmet_batches_do_not_block);
}

static void take_pair(uint64_t key)
{
    take_batch_of(get(0), 2, key);
}

static void smaller_batches_go_first(void)
{
    slip_handle_t endpoint = batch_scene(8, 4);
    drop(thread_at(TOP, take_batch, 7));
    drop(thread_at(ABOVE, take_pair, 8));
    EXPECT_OK(send_word(endpoint, 1));
    EXPECT_OK(send_word(endpoint, 2));
    expect_told(8, SLIP_OK, 2);
    for (uint64_t i = 0; i < 4; i++)
        EXPECT_OK(send_word(endpoint, i));
    expect_told(7, SLIP_OK, 4);
}

Test(endpoint_batch, a_batch_with_too_little_keeps_nothing_from_a_smaller_one)
{
    scene(1, smaller_batches_go_first);
}

/* ---- EP-31: deadlines, the end of the endpoint, and of the thread ----------------------------- */

static void deadlines(void)
{
    slip_handle_t endpoint = new_endpoint(8);
    struct slip_short_message m[8];
    uint32_t taken;
    for (uint64_t i = 0; i < 6; i++)
        EXPECT_OK(send_word(endpoint, i));
    EXPECT_OK(slip_endpoint_wait_batch(endpoint, m, 2, 2, 1, &taken)); /* ready wins over late */
    EXPECT_EQ(taken, 2);
    EXPECT_STATUS(slip_endpoint_wait_batch(endpoint, m, 5, 8, 0, &taken), WOULD_BLOCK);
    EXPECT_EQ(taken, 4);
    EXPECT_EQ(m[3].word[0], 5);
    EXPECT_OK(send_word(endpoint, 6));
    EXPECT_STATUS(slip_endpoint_wait_batch(endpoint, m, 2, 8, 1, &taken), TIMED_OUT);
    EXPECT_EQ(taken, 1);
    EXPECT_OK(send_word(endpoint, 7));
    slip_time_t soon = slip_clock_now() + 50000;
    EXPECT_STATUS(slip_endpoint_wait_batch(endpoint, m, 2, 8, soon, &taken), TIMED_OUT);
    EXPECT_EQ(taken, 1);
    EXPECT(slip_clock_now() >= soon);
    EXPECT_STATUS(slip_endpoint_wait_batch(endpoint, m, 1, 8, slip_clock_now() + 1000, &taken),
                  TIMED_OUT);
    EXPECT_EQ(taken, 0);
}

Test(endpoint_batch, at_its_deadline_a_batch_takes_what_is_there)
{
    scene(1, deadlines);
}

static void wait_in_process(void)
{
    struct slip_short_message m[8];
    uint32_t taken;
    slip_endpoint_wait_batch(slip_start_handle(), m, 2, 8, SLIP_NEVER, &taken);
    EXPECT(!"a killed thread goes on");
}

static void killed_and_closed(void)
{
    slip_handle_t endpoint = batch_scene(8, 4);
    put(1, 3);
    slip_handle_t victim =
        process_at(ABOVE, "victim", wait_in_process, copy_of(endpoint, SLIP_RIGHT_RECEIVE, 0));
    kill_and_reap(victim);
    EXPECT_OK(send_word(endpoint, 1)); /* nobody is in the way of who waits next */
    drop(thread_at(ABOVE, take_batch, 7));
    EXPECT_OK(send_word(endpoint, 2));
    EXPECT_OK(send_word(endpoint, 3));
    expect_told(7, SLIP_OK, 3);
    drop(thread_at(ABOVE, take_batch, 8));
    EXPECT_OK(send_word(endpoint, 1));
    drop(endpoint);
    expect_told(8, SLIP_PEER_CLOSED, 0);
}

Test(endpoint_batch, a_batch_ends_with_its_endpoint_and_a_killed_thread_leaves_no_trace)
{
    scene(1, killed_and_closed);
}

/* ---- EP-32: the memory faults ------------------------------------------------------------------ */

/* The first byte of the memory that faults below the thread's stack. */
static void *guard_begin(void)
{
    void *room;
    slip_handle_t buffer = new_buffer(1, &room);
    uint64_t page = (uintptr_t)faulting_page() / SLIP_PAGE_BYTES * SLIP_PAGE_BYTES;
    uint32_t pages = 1;
    while (slip_buffer_write(buffer, 0, (void *)(page - 1), 1) != SLIP_OK && pages++ < 16)
        page -= SLIP_PAGE_BYTES;
    EXPECT(pages <= 16);
    drop(buffer);
    return (void *)page;
}

static void stand_by(uint64_t port)
{
    struct slip_completion c;
    uint32_t count;
    EXPECT_OK(slip_port_wait(port, &c, 1, 1, SLIP_NEVER, &count));
}

static void take_to_the_edge(uint64_t endpoint)
{
    stand_by(get(5));
    struct slip_short_message *m = (struct slip_short_message *)guard_begin() - 2, all[8];
    uint32_t taken;
    for (uint64_t i = 0; i < 5; i++)
        EXPECT_OK(send_word(endpoint, i));
    EXPECT_OK(slip_endpoint_wait_batch(endpoint, m, 1, 8, 0, &taken));
    EXPECT_EQ(taken, 2);
    EXPECT_EQ(m[1].word[0], 1);
    EXPECT_STATUS(slip_endpoint_wait_batch(endpoint, m + 2, 1, 8, SLIP_NEVER, &taken), BAD_ADDRESS);
    EXPECT_EQ(taken, 0);
    EXPECT_OK(send_word(endpoint, 5));
    EXPECT_OK(slip_endpoint_wait_batch(endpoint, all, 1, 8, 0, &taken)); /* the rest, in order */
    EXPECT_EQ(taken, 4);
    for (uint32_t i = 0; i < 4; i++)
        EXPECT_EQ(all[i].word[0], 2 + i);
    EXPECT_OK(slip_port_post(get(2), 3, SLIP_OK, 0));
}

/* Below the stack of the second thread is the room of the first one's, which has ended. */
static void memory_faults(void)
{
    slip_handle_t endpoint = batch_scene(8, 1), first = new_port(1), second = new_port(1);
    drop(thread_at(ABOVE, stand_by, first));
    put(5, second);
    drop(thread_at(ABOVE, take_to_the_edge, endpoint));
    EXPECT_OK(slip_port_post(first, 1, SLIP_OK, 0));
    while (scene_process().threads != 2)
        slip_thread_sleep_until(slip_clock_now() + 1000);
    EXPECT_OK(slip_port_post(second, 1, SLIP_OK, 0));
    expect_told(3, SLIP_OK, 0);
}

Test(endpoint_batch, messages_for_which_the_memory_faults_stay_where_they_are)
{
    scene(1, memory_faults);
}

static void take_into_nothing(uint64_t key)
{
    uint32_t taken;
    slip_status_t status =
        slip_endpoint_wait_batch(get(0), faulting_page(), 2, 2, SLIP_NEVER, &taken);
    EXPECT_OK(slip_port_post(get(2), key, status, taken));
}

static void next_one_takes(void)
{
    slip_handle_t endpoint = batch_scene(8, 2);
    drop(thread_at(TOP, take_into_nothing, 7));
    drop(thread_at(ABOVE, take_batch, 8));
    EXPECT_OK(send_word(endpoint, 1));
    EXPECT_OK(send_word(endpoint, 2));
    expect_told(7, SLIP_BAD_ADDRESS, 0);
    expect_told(8, SLIP_OK, 2);
}

Test(endpoint_batch, what_one_has_no_memory_for_wakes_the_next_one)
{
    scene(1, next_one_takes);
}
