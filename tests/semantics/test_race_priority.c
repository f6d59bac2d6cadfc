/* Priorities that change while threads come and go: the best one that is ready runs, and a CPU that
 * has to look is told so. The third actor's CPU computes without an entry of its own meanwhile, so
 * it looks only if it is told. */
#include "tests/semantics/explore.h"

enum cell { ENDPOINT, THREAD, WAITS, RAN };

#define BUSY_CPU 2U
#define LONG 1000000U         /* nanoseconds of computing, far more than the race takes */
#define VERY_LONG 10000000000 /* and far more than race_wait takes */

static slip_handle_t thread_tied(uint32_t priority, void (*entry)(uint64_t), uint64_t argument)
{
    slip_handle_t thread = SLIP_NO_HANDLE;
    EXPECT_OK(slip_thread_start(SLIP_SELF, entry, argument, priority, BUSY_CPU, &thread));
    return thread;
}

static void take_one(uint64_t endpoint)
{
    struct slip_message m = empty();
    put(WAITS, 1);
    EXPECT_OK(slip_endpoint_wait(endpoint, &m, SLIP_NEVER));
    put(RAN, slip_clock_now());
}

/* One that waits on the busy CPU, with a priority. */
static slip_handle_t waiter(uint32_t priority)
{
    put(ENDPOINT, new_endpoint(1));
    slip_handle_t thread = thread_tied(TOP, take_one, get(ENDPOINT));
    while (get(WAITS) == 0)
        slip_thread_sleep_until(slip_clock_now() + 100);
    slip_thread_sleep_until(slip_clock_now() + 10000);
    EXPECT_OK(slip_thread_priority(thread, priority, NULL));
    return thread;
}

static void set_priority(uint64_t priority)
{
    race_meet();
    EXPECT_OK(slip_thread_priority(get(THREAD), (uint32_t)priority, NULL));
    race_leave();
}

/* ---- a thread that is made ready ---------------------------------------------------------------- */

static void wake_it(uint64_t endpoint)
{
    race_meet();
    EXPECT_OK(send_word(endpoint, 1));
    race_leave();
}

static void compute(uint64_t unused)
{
    (void)unused;
    race_meet();
    slip_time_t end = slip_clock_now() + LONG;
    slip_thread_compute(LONG);
    EXPECT(get(RAN) != 0 && get(RAN) < end);
    race_leave();
}

static void raised_while_woken(void)
{
    race_root();
    put(THREAD, waiter(BELOW));
    drop(thread_on(0, wake_it, get(ENDPOINT)));
    drop(thread_on(1, set_priority, TOP));
    drop(thread_tied(SLIP_PRIORITY_DEFAULT, compute, 0));
    race_wait(3);
}

Test(race, a_thread_that_is_raised_while_it_is_made_ready_preempts)
{
    race(&(struct race){.root = raised_while_woken, .actors = 3});
}

/* ---- a thread that runs --------------------------------------------------------------------------- */

static void compute_long(uint64_t unused)
{
    (void)unused;
    race_meet();
    slip_thread_compute(VERY_LONG);
}

static void changed_twice(void)
{
    race_root();
    drop(waiter(SLIP_PRIORITY_DEFAULT));
    put(THREAD, thread_tied(SLIP_PRIORITY_DEFAULT, compute_long, 0));
    drop(thread_on(0, set_priority, TOP));
    drop(thread_on(1, set_priority, BELOW));
    race_wait(2);
    EXPECT_OK(send_word(get(ENDPOINT), 1));
    slip_thread_sleep_until(slip_clock_now() + 10000);
    uint32_t runs_at = 0, ran = get(RAN) != 0;
    EXPECT_OK(slip_thread_priority(get(THREAD), TOP, &runs_at));
    EXPECT_EQ(ran, runs_at == BELOW);
}

Test(race, two_changes_of_a_running_threads_priority_and_then_a_better_one)
{
    race(&(struct race){.root = changed_twice, .actors = 3});
}
