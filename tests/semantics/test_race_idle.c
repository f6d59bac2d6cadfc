/* No CPU idles while a thread that it may run waits for another one: root's CPU and one more compute,
 * and the CPU of the last actor comes to idle while the thread is made ready, or is left in a queue. */
#include "tests/semantics/explore.h"

enum cell { ENDPOINT, WAITS, RAN, READY };

#define LONG 1000000U /* nanoseconds of computing, far more than the race takes */

static void take_one(uint64_t endpoint)
{
    struct slip_message m = empty();
    put(WAITS, 1);
    EXPECT_OK(slip_endpoint_wait(endpoint, &m, SLIP_NEVER));
    put(RAN, slip_clock_now());
}

static void go_away(uint64_t unused)
{
    (void)unused;
    race_meet();
    race_leave();
}

static void expect_it_ran_meanwhile(void)
{
    slip_time_t end = slip_clock_now() + LONG;
    slip_thread_compute(LONG);
    EXPECT(get(RAN) != 0 && get(RAN) < end);
}

/* ---- made ready while a CPU goes idle --------------------------------------------------------- */

static void wake_and_compute(uint64_t endpoint)
{
    race_meet();
    EXPECT_OK(send_word(endpoint, 1));
    slip_thread_compute(LONG);
    race_leave();
}

static void made_ready(void)
{
    race_root();
    put(ENDPOINT, new_endpoint(1));
    drop(thread_on(SLIP_CPU_ANY, take_one, get(ENDPOINT)));
    while (get(WAITS) == 0)
        slip_thread_sleep_until(slip_clock_now() + 100);
    slip_thread_sleep_until(slip_clock_now() + 10000);
    drop(thread_on(0, wake_and_compute, get(ENDPOINT)));
    drop(thread_on(1, go_away, 0));
    expect_it_ran_meanwhile();
    race_wait(2);
}

Test(race, a_thread_is_made_ready_while_a_cpu_that_it_may_run_on_goes_idle)
{
    race(&(struct race){.root = made_ready, .actors = 2});
}

/* ---- made ready while it leaves its CPU to one that is tied to it -------------------------------- */

static void compute(uint64_t unused)
{
    (void)unused;
    slip_thread_compute(LONG);
}

static void take_as_free(uint64_t endpoint)
{
    drop(thread_on(0, compute, 0));
    EXPECT_OK(slip_thread_affinity(SLIP_SELF, SLIP_CPU_ANY));
    race_meet();
    take_one(endpoint);
    race_leave();
}

static void wake_and_go(uint64_t endpoint)
{
    race_meet();
    EXPECT_OK(send_word(endpoint, 1));
    race_leave();
}

static void left_behind(void)
{
    race_root();
    put(ENDPOINT, new_endpoint(1));
    drop(thread_on(0, take_as_free, get(ENDPOINT)));
    drop(thread_on(1, wake_and_go, get(ENDPOINT)));
    expect_it_ran_meanwhile();
    race_wait(2);
}

Test(race, a_thread_is_made_ready_while_it_leaves_its_cpu_to_another_one)
{
    race(&(struct race){.root = left_behind, .actors = 2});
}

/* ---- tied to a CPU while it is made ready ----------------------------------------------------- */

static void tie(uint64_t thread)
{
    race_meet();
    EXPECT_OK(slip_thread_affinity(thread, 1));
    race_leave();
}

static void tied(void)
{
    race_root();
    put(ENDPOINT, new_endpoint(1));
    slip_handle_t thread = thread_on(0, take_one, get(ENDPOINT));
    while (get(WAITS) == 0)
        slip_thread_sleep_until(slip_clock_now() + 100);
    slip_thread_sleep_until(slip_clock_now() + 10000);
    drop(thread_on(0, wake_and_compute, get(ENDPOINT)));
    drop(thread_on(1, tie, thread));
    expect_it_ran_meanwhile();
    race_wait(2);
}

Test(race, a_thread_is_made_ready_while_it_is_tied_to_another_cpu)
{
    race(&(struct race){.root = tied, .actors = 2});
}
