/* A call or a reply is handed over while something else befalls those two: what can be seen afterwards
 * is what it would be without the short way. */
#include "tests/semantics/explore.h"

enum cell { ENDPOINT, B, WAITS, CALLER, SERVER, HELD, GOT, PASSED };

#define WORD 77
#define FORGED 666

/* ---- priorities ------------------------------------------------------------------------------ */

/* Takes one call and keeps it. */
static void hold_one(uint64_t gate)
{
    struct slip_message m = empty(), go = empty();
    put(WAITS, 1);
    EXPECT_OK(slip_endpoint_wait(get(ENDPOINT), &m, SLIP_NEVER));
    put(HELD, 1);
    EXPECT_OK(slip_endpoint_wait(gate, &go, SLIP_NEVER));
}

static void call_it(uint64_t endpoint)
{
    race_meet();
    EXPECT_OK(call_word(endpoint, WORD));
}

static void set_priority_of(uint32_t cell, uint32_t priority)
{
    race_meet();
    EXPECT_OK(slip_thread_priority(get(cell), priority, NULL));
    race_leave();
}

static void raise_caller(uint64_t unused)
{
    (void)unused;
    set_priority_of(CALLER, TOP);
}

static void lower_server(uint64_t unused)
{
    (void)unused;
    set_priority_of(SERVER, BELOW);
}

static void call_and(void (*change)(uint64_t))
{
    uint32_t caller = 0, server = 0;
    race_root();
    put(ENDPOINT, new_endpoint(1));
    put(SERVER, thread_on(0, hold_one, new_endpoint(1)));
    while (get(WAITS) == 0)
        slip_thread_sleep_until(slip_clock_now() + 100);
    slip_thread_sleep_until(slip_clock_now() + 10000);
    EXPECT_OK(slip_thread_priority(get(SERVER), ABOVE, NULL));
    put(CALLER, thread_on(0, call_it, get(ENDPOINT)));
    drop(thread_on(1, change, 0));
    race_wait(1);
    EXPECT_EQ(get(HELD), 1);
    EXPECT_OK(slip_thread_priority(get(SERVER), BELOW, &server));
    EXPECT_OK(slip_thread_priority(get(CALLER), BELOW, &caller));
    EXPECT_EQ(server, change == raise_caller ? TOP : SLIP_PRIORITY_DEFAULT);
    EXPECT_EQ(caller, server);
    slip_process_exit(0);
}

static void call_and_raise_caller(void)
{
    call_and(raise_caller);
}

static void call_and_lower_server(void)
{
    call_and(lower_server);
}

Test(race, a_call_and_a_higher_priority_of_the_caller)
{
    race(&(struct race){.root = call_and_raise_caller, .actors = 2});
}

Test(race, a_call_and_a_lower_priority_of_the_server)
{
    race(&(struct race){.root = call_and_lower_server, .actors = 2});
}

/* ---- a reply and a pass of the same request ----------------------------------------------------- */

static void call_first(uint64_t endpoint)
{
    struct slip_message m = word(WORD);
    EXPECT_OK(slip_endpoint_call(endpoint, &m, NULL, NULL, SLIP_NEVER));
    put(GOT, m.word[0]);
}

static void reply_to_it(uint64_t endpoint)
{
    struct slip_message m = empty();
    put(WAITS, 1);
    EXPECT_OK(slip_endpoint_wait(endpoint, &m, SLIP_NEVER));
    put(HELD, m.request);
    race_meet();
    slip_request_t request = m.request;
    m = word(FORGED);
    /* No more comes: it ends with the process. */
    (void)slip_endpoint_reply_wait(endpoint, request, SLIP_OK, 0, &m, SLIP_NEVER);
}

static void pass_it(uint64_t to)
{
    while (get(HELD) == 0)
        slip_thread_checkpoint();
    race_meet();
    put(PASSED, slip_request_pass(get(HELD), to) == SLIP_OK);
    race_leave();
}

static void reply_and_pass(void)
{
    struct slip_message m = empty();
    race_root();
    put(ENDPOINT, new_endpoint(1));
    put(B, new_endpoint(1));
    drop(thread_on(0, reply_to_it, get(ENDPOINT)));
    while (get(WAITS) == 0)
        slip_thread_sleep_until(slip_clock_now() + 100);
    slip_thread_sleep_until(slip_clock_now() + 10000);
    drop(thread_on(0, call_first, get(ENDPOINT)));
    drop(thread_on(1, pass_it, get(B)));
    race_wait(1);
    if (get(PASSED)) {
        EXPECT_EQ(get(GOT), 0);
        EXPECT_OK(poll_endpoint(get(B), &m));
        EXPECT_EQ(m.word[0], WORD); /* as the caller sent it */
    } else {
        EXPECT_EQ(get(GOT), FORGED);
    }
    slip_process_exit(0);
}

Test(race, a_reply_and_the_passing_on_of_the_same_request)
{
    race(&(struct race){.root = reply_and_pass, .actors = 2});
}

/* ---- a kill and a call to who waits for one ----------------------------------------------------- */

static void call_for_good(void)
{
    struct slip_message m = word(WORD);
    race_meet();
    slip_endpoint_call(slip_start_handle(), &m, NULL, NULL, SLIP_NEVER); /* nobody answers */
    put(GOT, 1);
}

static void kill_it(uint64_t process)
{
    race_meet();
    EXPECT_OK(slip_process_kill(process));
    race_leave();
}

static void kill_and_call(void)
{
    race_root();
    put(ENDPOINT, new_endpoint(1));
    drop(thread_on(0, hold_one, new_endpoint(1)));
    while (get(WAITS) == 0)
        slip_thread_sleep_until(slip_clock_now() + 100);
    slip_thread_sleep_until(slip_clock_now() + 10000);
    slip_handle_t victim =
        process_on(0, "victim", call_for_good, copy_of(get(ENDPOINT), SLIP_RIGHT_SEND, 0));
    drop(thread_on(1, kill_it, victim));
    race_wait(1);
    EXPECT_EQ(reap(victim), SLIP_EXIT_KILLED);
    EXPECT_EQ(get(GOT), 0);
    slip_process_exit(0);
}

Test(race, a_kill_and_a_call_that_is_handed_over)
{
    race(&(struct race){.root = kill_and_call, .actors = 2});
}
