/* A port's completions while they are copied out, cancelled, and closed. */
#include "tests/semantics/explore.h"

enum cell { STATUS, TAKEN, PORT };

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

/* ---- a wait that faults; what it took goes back ------------------------------------------------- */

static void fault_it(uint64_t port)
{
    uint32_t taken;
    void *nowhere = faulting_page();
    race_meet();
    tell(STATUS, slip_port_wait(port, nowhere, 1, 8, 0, &taken));
    race_leave();
}

static void fault_and_close(void)
{
    race_root();
    slip_handle_t port = new_port(2);
    EXPECT_OK(slip_port_post(port, 1, SLIP_OK, 0));
    EXPECT_OK(slip_port_post(port, 2, SLIP_OK, 0));
    drop(thread_on(0, close_it, port));
    drop(thread_on(1, fault_it, port));
    race_wait(2);
    EXPECT_EQ(scene_objects("port"), 0);
}

Test(race, a_port_wait_that_faults_and_closing_the_port)
{
    race(&(struct race){.root = fault_and_close, .actors = 2});
}

static void wait_for_two(uint64_t port)
{
    struct slip_completion all[2];
    uint32_t taken = 0;
    race_meet();
    EXPECT_OK(slip_port_wait(port, all, 2, 2, SLIP_NEVER, &taken));
    EXPECT(taken == 2 && all[0].key == 1 && all[1].key == 2);
    race_leave();
}

static void fault_and_wait(void)
{
    race_root();
    slip_handle_t port = new_port(2);
    EXPECT_OK(slip_port_post(port, 1, SLIP_OK, 0));
    EXPECT_OK(slip_port_post(port, 2, SLIP_OK, 0));
    drop(thread_on(0, wait_for_two, port));
    drop(thread_on(1, fault_it, port));
    race_wait(2);
    EXPECT(told_now(STATUS, SLIP_BAD_ADDRESS) || told_now(STATUS, SLIP_WOULD_BLOCK));
}

Test(race, a_port_wait_that_faults_and_another_one)
{
    race(&(struct race){.root = fault_and_wait, .actors = 2});
}

static void post_third(uint64_t port)
{
    race_meet();
    EXPECT_OK(slip_port_post(port, 3, SLIP_OK, 0));
    race_leave();
}

static void fault_and_post(void)
{
    struct slip_completion all[3];
    uint32_t taken = 0;
    race_root();
    slip_handle_t port = new_port(3);
    EXPECT_OK(slip_port_post(port, 1, SLIP_OK, 0));
    EXPECT_OK(slip_port_post(port, 2, SLIP_OK, 0));
    drop(thread_on(0, post_third, port));
    drop(thread_on(1, fault_it, port));
    race_wait(2);
    EXPECT_OK(slip_port_wait(port, all, 3, 3, 0, &taken));
    EXPECT(taken == 3 && all[0].key == 1 && all[1].key == 2 && all[2].key == 3);
    EXPECT(told_now(STATUS, SLIP_BAD_ADDRESS));
}

Test(race, a_port_wait_that_faults_and_a_post)
{
    race(&(struct race){.root = fault_and_post, .actors = 2});
}

static void fault_and_close_interrupt(void)
{
    struct slip_completion c;
    slip_handle_t interrupt = 0;
    race_root();
    slip_handle_t port = new_port(2);
    EXPECT_OK(slip_interrupt_create(SCENE_LINE, &interrupt));
    EXPECT_OK(slip_interrupt_bind(interrupt, port, 1));
    while (poll_port(port, &c) == 0)
        fire(1);
    EXPECT_OK(slip_interrupt_acknowledge(interrupt));
    fire(1);
    slip_thread_sleep_until(slip_clock_now() + 1000);
    drop(thread_on(0, close_it, interrupt));
    drop(thread_on(1, fault_it, port));
    race_wait(2);
    EXPECT_EQ(poll_port(port, &c), 0);
    EXPECT_EQ(scene_objects("interrupt"), 0);
}

Test(race, a_port_wait_that_faults_and_closing_the_interrupt_of_it)
{
    race(&(struct race){.root = fault_and_close_interrupt, .actors = 2});
}

static void fault_and_close_endpoint(void)
{
    struct slip_completion c;
    race_root();
    slip_handle_t port = new_port(2), endpoint = new_endpoint(1);
    EXPECT_OK(slip_port_attach(port, endpoint, 1, SLIP_ATTACH_EDGE));
    EXPECT_OK(send_word(endpoint, 1));
    drop(thread_on(0, close_it, endpoint));
    drop(thread_on(1, fault_it, port));
    race_wait(2);
    EXPECT_EQ(poll_port(port, &c), 0);
    EXPECT_EQ(scene_objects("endpoint"), 0);
}

Test(race, a_port_wait_that_faults_and_closing_the_endpoint_of_it)
{
    race(&(struct race){.root = fault_and_close_endpoint, .actors = 2});
}

static void discard_one(uint64_t port)
{
    race_meet();
    EXPECT_OK(slip_port_cancel(port, 1, SLIP_CANCEL_DISCARD, NULL));
    race_leave();
}

/* Takes all: the keys of these completions, and no more. */
static void expect_keys(slip_handle_t port, uint64_t first, uint64_t second)
{
    struct slip_completion all[4] = {{.key = 0}};
    uint32_t taken = 0;
    EXPECT_OK(slip_port_wait(port, all, 1, 4, 0, &taken));
    EXPECT_EQ(taken, second == 0 ? 1 : 2);
    EXPECT_EQ(all[0].key, first);
    EXPECT_EQ(all[1].key, second);
}

/* What was dropped does not come back, and what comes later with its key, or in its slot, does. */
static void expect_no_mark(slip_handle_t port)
{
    uint32_t taken;
    EXPECT_OK(slip_port_post(port, 1, SLIP_OK, 0));
    EXPECT_OK(slip_port_post(port, 2, SLIP_OK, 0));
    EXPECT_STATUS(slip_port_wait(port, faulting_page(), 1, 8, 0, &taken), BAD_ADDRESS);
    expect_keys(port, 1, 2);
}

static void fault_and_discards(uint32_t cancels)
{
    race_root();
    slip_handle_t port = new_port(3);
    EXPECT_OK(slip_port_post(port, 1, SLIP_OK, 0));
    EXPECT_OK(slip_port_post(port, 2, SLIP_OK, 0));
    EXPECT_OK(slip_port_post(port, 1, SLIP_OK, 0));
    drop(thread_on(0, discard_one, port));
    drop(thread_on(1, fault_it, port));
    if (cancels == 2)
        drop(thread_on(2, discard_one, port));
    race_wait(1 + cancels);
    expect_keys(port, 2, 0);
    expect_no_mark(port);
}

static void fault_and_discard(void)
{
    fault_and_discards(1);
}

Test(race, a_port_wait_that_faults_and_a_cancel_that_discards)
{
    race(&(struct race){.root = fault_and_discard, .actors = 2});
}

static void fault_and_discard_twice(void)
{
    fault_and_discards(2);
}

Test(race, a_port_wait_that_faults_and_two_cancels_that_discard)
{
    race(&(struct race){.root = fault_and_discard_twice, .actors = 3});
}

/* With an event in the queue, what is in it is taken in turns. */
static void fault_in_turns_and_discard(void)
{
    race_root();
    slip_handle_t port = new_port(2), endpoint = new_endpoint(1);
    EXPECT_OK(slip_port_post(port, 1, SLIP_OK, 0));
    EXPECT_OK(slip_port_attach(port, endpoint, 3, SLIP_ATTACH_EDGE));
    EXPECT_OK(send_word(endpoint, 1));
    EXPECT_OK(slip_port_post(port, 2, SLIP_OK, 0));
    drop(thread_on(0, discard_one, port));
    drop(thread_on(1, fault_it, port));
    race_wait(2);
    expect_keys(port, 3, 2);
    expect_no_mark(port);
}

Test(race, a_port_wait_in_turns_that_faults_and_a_cancel_that_discards)
{
    race(&(struct race){.root = fault_in_turns_and_discard, .actors = 2});
}

static void take_two(uint64_t port)
{
    struct slip_completion all[2];
    uint32_t taken = 0;
    race_meet();
    slip_status_t status = slip_port_wait(port, all, 1, 2, 0, &taken);
    EXPECT(status == SLIP_OK ? all[taken - 1].key == 2 : status == SLIP_WOULD_BLOCK);
    race_leave();
}

static void take_and_discard(void)
{
    struct slip_completion c;
    race_root();
    slip_handle_t port = new_port(2);
    EXPECT_OK(slip_port_post(port, 1, SLIP_OK, 0));
    EXPECT_OK(slip_port_post(port, 2, SLIP_OK, 0));
    drop(thread_on(0, discard_one, port));
    drop(thread_on(1, take_two, port));
    race_wait(2);
    EXPECT_EQ(poll_port(port, &c), 0);
    expect_no_mark(port);
}

Test(race, a_port_wait_and_a_cancel_that_discards_what_it_takes)
{
    race(&(struct race){.root = take_and_discard, .actors = 2});
}

static void take_in_turns_and_discard(void)
{
    struct slip_completion c;
    race_root();
    slip_handle_t port = new_port(2), endpoint = new_endpoint(1);
    EXPECT_OK(slip_port_post(port, 1, SLIP_OK, 0));
    EXPECT_OK(slip_port_attach(port, endpoint, 2, SLIP_ATTACH_EDGE));
    EXPECT_OK(send_word(endpoint, 1));
    drop(thread_on(0, discard_one, port));
    drop(thread_on(1, take_two, port));
    race_wait(2);
    EXPECT_EQ(poll_port(port, &c), 0);
    expect_no_mark(port);
}

Test(race, a_port_wait_in_turns_and_a_cancel_that_discards_what_it_takes)
{
    race(&(struct race){.root = take_in_turns_and_discard, .actors = 2});
}

/* ---- cancel by key and close -------------------------------------------------------------------- */

static void cancel_key(uint64_t port)
{
    uint32_t told;
    race_meet();
    slip_status_t status = slip_port_cancel(port, 1, 0, &told);
    EXPECT(status == SLIP_OK || status == SLIP_BAD_HANDLE);
    race_leave();
}

static void cancel_and_close(void)
{
    struct slip_message m;
    slip_request_t held[3];
    race_root();
    slip_handle_t endpoint = new_endpoint(3), port = new_port(3), link = connection(endpoint, port);
    for (uint32_t i = 0; i < 3; i++) {
        m = (struct slip_message){.flags = SLIP_SEND_COOPERATIVE};
        EXPECT_OK(slip_endpoint_submit(link, &m, NULL, 1, SLIP_NEVER));
        EXPECT_OK(poll_endpoint(endpoint, &m));
        held[i] = m.request;
    }
    drop(thread_on(0, cancel_key, port));
    drop(thread_on(1, close_it, port));
    race_wait(2);
    for (uint32_t i = 0; i < 3; i++) /* nobody is left to wait for a server that may answer */
        EXPECT_STATUS(slip_request_reply(held[i], SLIP_OK, 0), STALE);
}

Test(race, a_cancel_by_key_of_cooperative_requests_and_closing_their_port)
{
    race(&(struct race){.root = cancel_and_close, .actors = 2});
}

static void submit_two(uint64_t link)
{
    race_meet();
    EXPECT_OK(submit_key(link, 2));
    race_leave();
}

/* The only slot had a completion of the other key last. */
static void submit_and_discard(void)
{
    struct slip_completion c;
    struct slip_message m;
    race_root();
    slip_handle_t endpoint = new_endpoint(1), port = new_port(1), link = connection(endpoint, port);
    EXPECT_OK(slip_port_post(port, 1, SLIP_OK, 0));
    EXPECT_EQ(poll_port(port, &c), 1);
    drop(thread_on(0, submit_two, link));
    drop(thread_on(1, discard_one, port));
    race_wait(2);
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT_EQ(c.key, 2);
}

Test(race, a_submit_and_a_cancel_of_the_key_that_its_slot_had_before)
{
    race(&(struct race){.root = submit_and_discard, .actors = 2});
}

/* ---- an entry that is taken while its endpoint is attached anew ------------------------------- */

static void take_key(uint64_t port)
{
    struct slip_completion c = {.key = 0};
    uint32_t taken;
    race_meet();
    EXPECT_OK(slip_port_wait(port, &c, 1, 1, SLIP_NEVER, &taken));
    put(TAKEN, c.key);
    race_leave();
}

static void attach_again(uint64_t endpoint)
{
    race_meet();
    EXPECT_OK(slip_port_attach(get(PORT), endpoint, 2, SLIP_ATTACH_ONCE));
    race_leave();
}

/* The first attachment came to its end with the message: it is told of once or withdrawn. */
static void take_and_attach(void)
{
    struct slip_completion c;
    race_root();
    slip_handle_t port = new_port(1), endpoint = new_endpoint(1);
    put(PORT, port);
    EXPECT_OK(slip_port_attach(port, endpoint, 1, SLIP_ATTACH_ONCE));
    EXPECT_OK(send_word(endpoint, 1));
    drop(thread_on(0, take_key, port));
    drop(thread_on(1, attach_again, endpoint));
    race_wait(2);
    EXPECT(get(TAKEN) == 1 || get(TAKEN) == 2);
    EXPECT_EQ(poll_port(port, &c), get(TAKEN) == 1);
}

Test(race, a_wait_and_a_new_attachment_of_what_it_takes)
{
    race(&(struct race){.root = take_and_attach, .actors = 2});
}

/* ---- more than one turn ------------------------------------------------------------------------- */

#define MANY 20 /* more than a wait copies in one turn */

static void take_many(uint64_t port)
{
    struct slip_completion all[MANY];
    uint32_t taken;
    race_meet();
    tell(STATUS, slip_port_wait(port, all, MANY, MANY, SLIP_NEVER, &taken));
    put(TAKEN, taken);
    race_leave();
}

static void take_some(uint64_t port)
{
    struct slip_completion all[4];
    uint32_t taken;
    race_meet();
    slip_port_wait(port, all, 1, 4, 0, &taken);
    for (uint32_t i = 0; i < taken; i++)
        EXPECT_OK(slip_port_post(port, all[i].key, SLIP_OK, 0));
    race_leave();
}

static void many_and_some(void)
{
    race_root();
    slip_handle_t port = new_port(MANY);
    for (uint32_t i = 0; i < MANY; i++)
        EXPECT_OK(slip_port_post(port, i, SLIP_OK, 0));
    drop(thread_on(0, take_many, port));
    drop(thread_on(1, take_some, port));
    race_wait(2);
    EXPECT(told_now(STATUS, SLIP_OK) && get(TAKEN) == MANY);
}

Test(race, a_large_wait_and_another_one)
{
    race(&(struct race){.root = many_and_some, .actors = 2});
}

/* What comes from an endpoint is taken in turns. */
static void turns_and_some(void)
{
    race_root();
    slip_handle_t port = new_port(MANY), endpoint = new_endpoint(1);
    EXPECT_OK(slip_port_attach(port, endpoint, 0, SLIP_ATTACH_EDGE));
    EXPECT_OK(send_word(endpoint, 1));
    for (uint32_t i = 1; i < MANY; i++)
        EXPECT_OK(slip_port_post(port, i, SLIP_OK, 0));
    drop(thread_on(0, take_many, port));
    drop(thread_on(1, take_some, port));
    race_wait(2);
    EXPECT(told_now(STATUS, SLIP_OK) && get(TAKEN) == MANY);
}

Test(race, a_wait_of_several_turns_and_another_one)
{
    race(&(struct race){.root = turns_and_some, .actors = 2});
}

/* ---- two cancels by key ------------------------------------------------------------------------ */

static void cancel_one(uint64_t port)
{
    race_meet();
    EXPECT_OK(slip_port_cancel(port, 1, 0, NULL));
    race_leave();
}

/* Whichever comes first: nothing of that key is left, or to come. */
static void cancel_and_discard(void)
{
    struct slip_completion c;
    race_root();
    slip_handle_t endpoint = new_endpoint(3), port = new_port(3), link = connection(endpoint, port);
    for (uint32_t i = 0; i < 3; i++)
        EXPECT_OK(submit_key(link, 1));
    drop(thread_on(0, cancel_one, port));
    drop(thread_on(1, discard_one, port));
    race_wait(2);
    EXPECT_EQ(poll_port(port, &c), 0);
    expect_no_mark(port);
}

Test(race, a_cancel_by_key_and_one_that_discards)
{
    race(&(struct race){.root = cancel_and_discard, .actors = 2});
}

/* ---- a fault and the end of the port of an event ------------------------------------------------- */

static uint32_t attach_mode;

static void fault_and_close_with_event(void)
{
    struct slip_completion c;
    race_root();
    slip_handle_t port = new_port(2), other = new_port(1), endpoint = new_endpoint(1);
    EXPECT_OK(slip_port_attach(port, endpoint, 1, attach_mode));
    EXPECT_OK(send_word(endpoint, 1));
    EXPECT_OK(slip_port_post(port, 2, SLIP_OK, 0));
    drop(thread_on(0, close_it, port));
    drop(thread_on(1, fault_it, port));
    race_wait(2);
    EXPECT_OK(slip_port_attach(other, endpoint, 5, SLIP_ATTACH_LEVEL));
    EXPECT_EQ(scene_objects("port"), 1);
    EXPECT_EQ(poll_port(other, &c), 1);
    EXPECT_EQ(c.key, 5);
}

Test(race, a_port_wait_of_an_event_that_faults_and_closing_the_port)
{
    const uint32_t modes[] = {SLIP_ATTACH_LEVEL, SLIP_ATTACH_EDGE, SLIP_ATTACH_ONCE};
    for (uint32_t i = 0; i < 3; i++) {
        attach_mode = modes[i];
        race(&(struct race){.root = fault_and_close_with_event, .actors = 2});
    }
}
