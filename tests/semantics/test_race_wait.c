/* Going to sleep while what one waits for comes: no wake-up is lost, and nothing is taken twice. */
#include "tests/semantics/explore.h"

enum cell { ENDPOINT, PORT, STATUS, OTHER, COUNT, REQUEST, TAKEN };

#define TOLD 1000

static void tell(uint32_t cell, slip_status_t status)
{
    put(cell, (uint64_t)(TOLD + (int64_t)status));
}

static int was_told(const struct scene *scene, uint32_t cell, slip_status_t status)
{
    return scene->cell[cell] == (uint64_t)(TOLD + (int64_t)status);
}

static int told_now(uint32_t cell, slip_status_t status)
{
    return get(cell) == (uint64_t)(TOLD + (int64_t)status);
}

/* A deadline that falls due while the other actor is in the kernel. */
static slip_time_t soon(void)
{
    return slip_clock_now() + race_knob();
}

/* ---- send and wait ------------------------------------------------------------------------------- */

static void send_it(uint64_t value)
{
    race_meet();
    tell(OTHER, send_word(get(ENDPOINT), value));
    race_leave();
}

static void take_it(uint64_t unused)
{
    (void)unused;
    struct slip_message m = empty();
    race_meet();
    EXPECT_OK(slip_endpoint_wait(get(ENDPOINT), &m, SLIP_NEVER));
    put(COUNT, get(COUNT) + m.word[0]);
    race_leave();
}

static void send_and_wait_at(uint32_t depth)
{
    race_root();
    put(ENDPOINT, new_endpoint(depth));
    drop(thread_on(0, send_it, 5));
    drop(thread_on(1, take_it, 0));
    race_wait(2);
    EXPECT(told_now(OTHER, SLIP_OK) && get(COUNT) == 5);
}

static void send_and_wait(void)
{
    send_and_wait_at(1);
}

static void rendezvous(void)
{
    send_and_wait_at(0);
}

Test(race, send_and_wait)
{
    race(&(struct race){.root = send_and_wait, .actors = 2});
}

Test(race, send_and_wait_at_depth_zero)
{
    race(&(struct race){.root = rendezvous, .actors = 2});
}

static void two_receivers(void)
{
    struct slip_message m;
    race_root();
    put(ENDPOINT, new_endpoint(1));
    drop(thread_on(0, send_it, 5));
    drop(thread_on(1, take_it, 0));
    drop(thread_on(2, take_it, 0));
    race_wait(2); /* one of the receivers still waits */
    EXPECT_EQ(get(COUNT), 5);
    EXPECT_STATUS(poll_endpoint(get(ENDPOINT), &m), WOULD_BLOCK);
    EXPECT_OK(send_word(get(ENDPOINT), 6));
    race_wait(3);
    EXPECT_EQ(get(COUNT), 11);
}

Test(race, one_message_and_two_receivers)
{
    race(&(struct race){.root = two_receivers, .actors = 3});
}

/* ---- send and the deadline of a wait ---------------------------------------------------------------- */

static void take_late(uint64_t unused)
{
    (void)unused;
    struct slip_message m = empty();
    race_meet();
    tell(STATUS, slip_endpoint_wait(get(ENDPOINT), &m, soon()));
    put(COUNT, m.word[0]);
    race_leave();
}

static void send_and_late_wait(void)
{
    struct slip_message m;
    race_root();
    put(ENDPOINT, new_endpoint(1));
    drop(thread_on(0, send_it, 5));
    drop(thread_on(1, take_late, 0));
    race_wait(2);
    EXPECT(told_now(OTHER, SLIP_OK));
    slip_status_t left = poll_endpoint(get(ENDPOINT), &m);
    if (told_now(STATUS, SLIP_OK))
        EXPECT(get(COUNT) == 5 && left == SLIP_WOULD_BLOCK);
    else
        EXPECT(told_now(STATUS, SLIP_TIMED_OUT) && left == SLIP_OK && m.word[0] == 5);
}

Test(race, send_and_the_deadline_of_a_wait)
{
    race(&(struct race){.root = send_and_late_wait, .actors = 2, .knob = 500});
}

static void send_late(uint64_t value)
{
    struct slip_message m = {.word = {value}, .words = 1, .handle = {get(PORT)}, .handles = 1};
    race_meet();
    tell(OTHER, slip_endpoint_send(get(ENDPOINT), &m, soon()));
    race_leave();
}

static void poll_it(uint64_t unused)
{
    (void)unused;
    struct slip_message m = empty();
    race_meet();
    tell(STATUS, slip_endpoint_wait(get(ENDPOINT), &m, 0));
    put(COUNT, m.handles);
    race_leave();
}

/* The message moved with its handle, or neither did. */
static void late_send_and_take(void)
{
    race_root();
    put(ENDPOINT, new_endpoint(0));
    put(PORT, new_port(1));
    drop(thread_on(0, poll_it, 0));
    drop(thread_on(1, send_late, 5));
    race_wait(2);
    int moved = told_now(STATUS, SLIP_OK);
    EXPECT_EQ(told_now(OTHER, SLIP_OK), moved);
    EXPECT_EQ(get(COUNT), moved);
    EXPECT_EQ(slip_port_post(get(PORT), 1, SLIP_OK, 0), moved ? SLIP_BAD_HANDLE : SLIP_OK);
}

Test(race, the_deadline_of_a_blocked_send_and_its_receiver)
{
    race(&(struct race){.root = late_send_and_take, .actors = 2, .knob = 500});
}

/* ---- a call that is late anywhere on its way ----------------------------------------------------------- */

static void call_late(uint64_t unused)
{
    (void)unused;
    struct slip_message m = word(1);
    race_meet();
    tell(STATUS, slip_endpoint_call(get(ENDPOINT), &m, NULL, NULL, soon()));
    race_leave();
}

static void answer_it(uint64_t unused)
{
    (void)unused;
    struct slip_message m = empty();
    race_meet();
    if (slip_endpoint_wait(get(ENDPOINT), &m, slip_clock_now() + 100000) == SLIP_OK)
        tell(OTHER, slip_request_reply(m.request, SLIP_OK, 0));
    race_leave();
}

static const char *judge_call(const struct scene *scene)
{
    int ok = was_told(scene, STATUS, SLIP_OK);
    if (!ok && !was_told(scene, STATUS, SLIP_TIMED_OUT))
        return "the call returned neither OK nor TIMED_OUT";
    return ok == was_told(scene, OTHER, SLIP_OK) ? NULL : "caller and server disagree";
}

static void late_call(void)
{
    race_root();
    put(ENDPOINT, new_endpoint(0));
    drop(thread_on(0, answer_it, 0));
    drop(thread_on(1, call_late, 0));
    race_wait(2);
}

Test(race, the_deadline_of_a_call_and_a_server_that_takes_and_answers)
{
    race(&(struct race){.root = late_call, .judge = judge_call, .actors = 2, .knob = 700});
}

/* ---- ports ------------------------------------------------------------------------------------------------ */

static void post_two(uint64_t unused)
{
    (void)unused;
    race_meet();
    EXPECT_OK(slip_port_post(get(PORT), 1, SLIP_OK, 0));
    EXPECT_OK(slip_port_post(get(PORT), 2, SLIP_OK, 0));
    race_leave();
}

static void wait_for(uint64_t least)
{
    struct slip_completion c[2];
    uint32_t taken = 0;
    race_meet();
    EXPECT_OK(slip_port_wait(get(PORT), c, (uint32_t)least, (uint32_t)least, SLIP_NEVER, &taken));
    atomic_fetch_add(&scene_now()->cell[TAKEN], taken);
    race_leave();
}

static void posts_and_one_waiter(void)
{
    race_root();
    put(PORT, new_port(2));
    drop(thread_on(0, post_two, 0));
    drop(thread_on(1, wait_for, 2));
    race_wait(2);
    EXPECT_EQ(get(TAKEN), 2);
}

Test(race, posts_and_a_waiter_for_both)
{
    race(&(struct race){.root = posts_and_one_waiter, .actors = 2});
}

static void posts_and_two_waiters(void)
{
    race_root();
    put(PORT, new_port(2));
    drop(thread_on(0, post_two, 0));
    drop(thread_on(1, wait_for, 1));
    drop(thread_on(2, wait_for, 1));
    race_wait(3);
    EXPECT_EQ(get(TAKEN), 2);
}

Test(race, posts_and_two_waiters)
{
    race(&(struct race){.root = posts_and_two_waiters, .actors = 3});
}

static void wait_late(uint64_t unused)
{
    (void)unused;
    struct slip_completion c[2];
    uint32_t taken = 0;
    race_meet();
    slip_status_t status = slip_port_wait(get(PORT), c, 2, 2, soon(), &taken);
    EXPECT(taken == 2 ? status == SLIP_OK : status == SLIP_TIMED_OUT);
    put(TAKEN, taken);
    race_leave();
}

static void posts_and_late_waiter(void)
{
    struct slip_completion c;
    race_root();
    put(PORT, new_port(2));
    drop(thread_on(0, post_two, 0));
    drop(thread_on(1, wait_late, 0));
    race_wait(2);
    EXPECT_EQ(get(TAKEN) + poll_port(get(PORT), &c), 2);
}

Test(race, posts_and_the_deadline_of_a_waiter)
{
    race(&(struct race){.root = posts_and_late_waiter, .actors = 2, .knob = 500});
}

static void reply_it(uint64_t unused)
{
    (void)unused;
    race_meet();
    EXPECT_OK(slip_request_reply(get(REQUEST), SLIP_OK, 0));
    race_leave();
}

static void hold_one(void)
{
    struct slip_message m;
    put(ENDPOINT, new_endpoint(1));
    put(PORT, new_port(2));
    EXPECT_OK(submit_key(connection(get(ENDPOINT), get(PORT)), 1));
    EXPECT_OK(poll_endpoint(get(ENDPOINT), &m));
    put(REQUEST, m.request);
}

static void completion_and_waiter(void)
{
    race_root();
    hold_one();
    drop(thread_on(0, reply_it, 0));
    drop(thread_on(1, wait_for, 1));
    race_wait(2);
    EXPECT_EQ(get(TAKEN), 1);
}

Test(race, a_completion_and_a_waiter)
{
    race(&(struct race){.root = completion_and_waiter, .actors = 2});
}
