/* Threads: starting, ending, scheduling. */
#include "tests/semantics/support.h"

static void note_number(uint64_t number)
{
    put((uint32_t)count(0) + 1, number);
}

static void nothing(uint64_t unused)
{
    (void)unused;
}

/* ---- TH-1, TH-2: starting and ending ------------------------------------------------------------------ */

static void starting(void)
{
    slip_handle_t thread = 0, process = 0, endpoint = new_endpoint(0);
    EXPECT_STATUS(slip_thread_start(endpoint, nothing, 0, 1, 0, &thread), WRONG_TYPE);
    EXPECT_STATUS(slip_thread_start(~endpoint, nothing, 0, 1, 0, &thread), BAD_HANDLE);
    EXPECT_STATUS(slip_thread_start(SLIP_SELF, nothing, 0, 256, 0, &thread), BAD_ARGUMENT);
    EXPECT_STATUS(slip_thread_start(SLIP_SELF, nothing, 0, 1 << 16 | 1, 0, &thread), BAD_ARGUMENT);
    EXPECT_STATUS(slip_thread_start(SLIP_SELF, nothing, 0, 1, cpu_count(), &thread), BAD_ARGUMENT);
    EXPECT_EQ(raw(SLIP_CALL_thread_start, SLIP_SELF, 64, 0, slip_placement(1, 0), 0, 0),
              SLIP_BAD_ADDRESS);
    EXPECT_OK(slip_process_create("later", &process));
    EXPECT_STATUS(slip_thread_start(process, nothing, 0, 1, 0, &thread), ALREADY);
    slip_handle_t bare = copy_of(process, 0, 0);
    EXPECT_STATUS(slip_thread_start(bare, nothing, 0, 1, 0, &thread), NO_RIGHT);
    EXPECT_OK(slip_process_kill(process));
    EXPECT_STATUS(slip_thread_start(process, nothing, 0, 1, 0, &thread), ALREADY);
    EXPECT_EQ(thread, SLIP_NO_HANDLE);
    EXPECT_OK(slip_thread_start(SLIP_SELF, note_number, 77, ABOVE, 0, NULL));
    EXPECT_EQ(get(1), 77);
}

Test(thread, starts_with_its_argument_in_a_process_that_runs)
{
    scene(1, starting);
}

static void wait_here(void)
{
    struct slip_message m = empty();
    slip_endpoint_wait(slip_start_handle(), &m, SLIP_NEVER);
}

static void in_other_process(void)
{
    slip_handle_t endpoint = new_endpoint(1);
    slip_handle_t process =
        process_at(ABOVE, "host", wait_here, copy_of(endpoint, SLIP_RIGHT_RECEIVE, 0));
    EXPECT_OK(slip_thread_start(process, note_number, 5, ABOVE, 0, NULL));
    EXPECT_EQ(get(1), 5);
    kill_and_reap(process);
}

Test(thread, can_be_started_in_another_process_by_who_manages_that)
{
    scene(1, in_other_process);
}

static void exit_early(uint64_t unused)
{
    (void)unused;
    put(0, 1);
    slip_thread_exit();
    put(0, 2);
}

static void ending(void)
{
    uint32_t before = scene_objects("thread");
    slip_handle_t thread = thread_at(ABOVE, exit_early, 0);
    EXPECT_EQ(get(0), 1);
    EXPECT_OK(slip_thread_priority(thread, 3, NULL)); /* the handle outlives it */
    EXPECT_STATUS(slip_thread_cancel(thread), STALE);
    drop(thread);
    EXPECT_EQ(scene_objects("thread"), before);
}

Test(thread, does_not_return_from_its_exit)
{
    scene(1, ending);
}

/* ---- TH-3: cancelling a call ----------------------------------------------------------------------------- */

static void call_cancelled(uint64_t endpoint)
{
    EXPECT_STATUS(call_word(endpoint, 1), CANCELLED);
    count(0);
}

static void cancelling(void)
{
    slip_handle_t endpoint = new_endpoint(0);
    struct slip_message m;
    slip_handle_t thread = thread_at(ABOVE, call_cancelled, endpoint);
    slip_handle_t bare = copy_of(thread, 0, 0);
    EXPECT_STATUS(slip_thread_cancel(bare), NO_RIGHT);
    EXPECT_STATUS(slip_thread_cancel(endpoint), WRONG_TYPE);
    EXPECT_STATUS(slip_thread_cancel(SLIP_SELF), STALE);
    EXPECT_OK(slip_thread_cancel(thread)); /* queued */
    EXPECT_EQ(get(0), 1);
    EXPECT_STATUS(poll_endpoint(endpoint, &m), WOULD_BLOCK);
    thread = thread_at(ABOVE, call_cancelled, endpoint);
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_OK(slip_thread_cancel(thread)); /* held */
    give_way();
    EXPECT_EQ(get(0), 2);
    EXPECT_STATUS(slip_request_reply(m.request, SLIP_OK, 0), STALE);
    EXPECT_STATUS(slip_thread_cancel(thread), STALE);
}

Test(thread, its_call_can_be_cancelled)
{
    scene(1, cancelling);
}

static void call_lending(uint64_t endpoint)
{
    void *memory;
    struct slip_lend lend = {new_buffer(4096, &memory), 0, 8, SLIP_LEND_READ};
    struct slip_message m = empty();
    EXPECT_STATUS(slip_endpoint_call(endpoint, &m, &lend, NULL, SLIP_NEVER), CANCELLED);
    count(0);
}

static void cancelling_twice(void)
{
    slip_handle_t endpoint = new_endpoint(0);
    struct slip_message m;
    slip_handle_t thread = thread_at(ABOVE, call_lending, endpoint);
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_OK(device_begin_request(m.request, SLIP_LEND_READ));
    EXPECT_OK(slip_thread_cancel(thread));
    EXPECT_STATUS(slip_thread_cancel(thread), ALREADY); /* it waits for the device */
    EXPECT_EQ(get(0), 0);
    device_end();
    give_way();
    EXPECT_EQ(get(0), 1);
}

Test(thread, a_call_that_is_ending_cannot_be_cancelled_again)
{
    scene(1, cancelling_twice);
}

/* ---- TH-5: affinity ------------------------------------------------------------------------------------------ */

static void stay_on(uint64_t cpu)
{
    for (uint32_t i = 0; i < 20; i++) {
        EXPECT_EQ(cpu_now(), cpu);
        slip_thread_yield();
        slip_thread_sleep_until(slip_clock_now() + 1);
    }
    count(0);
}

static void affinity(void)
{
    EXPECT_STATUS(slip_thread_affinity(SLIP_SELF, cpu_count()), BAD_ARGUMENT);
    for (uint32_t cpu = 0; cpu < 3; cpu++) {
        drop(thread_on(cpu, stay_on, cpu));
        drop(thread_on(cpu, stay_on, cpu));
    }
    for (uint32_t i = 0; i < 9; i++) {
        EXPECT_OK(slip_thread_affinity(SLIP_SELF, i % 3));
        EXPECT_EQ(cpu_now(), i % 3); /* who moves itself goes on there */
    }
    EXPECT_OK(slip_thread_affinity(SLIP_SELF, SLIP_CPU_ANY));
    while (get(0) != 6)
        slip_thread_sleep_until(slip_clock_now() + 100);
}

Test(thread, runs_where_it_is_told_to)
{
    for (uint64_t seed = 1; seed <= 20; seed++)
        scene_with(&(struct scene_options){.machine = "scripted", .cpus = 3, .seed = seed},
                   affinity);
    scene(3, affinity);
}

static void spin_until_moved(uint64_t unused)
{
    (void)unused;
    put(1, 1);
    while (cpu_now() != 1)
        slip_thread_checkpoint();
    put(2, 1);
}

static void moved_by_another(void)
{
    slip_handle_t thread = thread_on(0, spin_until_moved, 0);
    EXPECT_OK(slip_thread_affinity(SLIP_SELF, 1));
    while (get(1) == 0)
        slip_thread_sleep_until(slip_clock_now() + 100);
    EXPECT_OK(slip_thread_affinity(thread, 1));
    while (get(2) == 0) /* on the CPU that it comes to, so a sleep that is over at once is no way */
        slip_thread_yield();
}

Test(thread, that_runs_elsewhere_moves_at_its_next_entry_when_told_to)
{
    scene(2, moved_by_another);
}

static void compute_and_note(uint64_t unused)
{
    (void)unused;
    slip_thread_compute(1000000);
    put(1, slip_clock_now());
}

static void compute_as_long(uint64_t unused)
{
    (void)unused;
    slip_thread_compute(1000000);
}

static void preempted_and_free(void)
{
    EXPECT_OK(slip_thread_affinity(SLIP_SELF, 1));
    slip_handle_t tied = SLIP_NO_HANDLE;
    slip_time_t start = slip_clock_now();
    drop(thread_on(SLIP_CPU_ANY, compute_and_note, 0));
    slip_thread_sleep_until(start + 500000);
    EXPECT_OK(slip_thread_start(SLIP_SELF, compute_as_long, 0, TOP, 0, &tied));
    slip_thread_sleep_until(start + 3000000);
    EXPECT(get(1) >= start + 1000000 && get(1) < start + 1100000); /* it went on at once */
}

Test(thread, that_is_preempted_goes_on_where_a_cpu_idles)
{
    scene_exact(2, preempted_and_free);
}

static void note_time(uint64_t unused)
{
    (void)unused;
    put(1, slip_clock_now());
}

static void queued_and_told_to(uint32_t cpu)
{
    EXPECT_OK(slip_thread_affinity(SLIP_SELF, 1));
    put(1, 0);
    slip_time_t start = slip_clock_now();
    drop(thread_on(0, compute_as_long, 0));
    slip_handle_t waits = thread_on(0, note_time, 0);
    slip_thread_sleep_until(start + 500000);
    EXPECT_EQ(get(1), 0);
    EXPECT_OK(slip_thread_affinity(waits, cpu));
    slip_thread_sleep_until(start + 3000000);
    EXPECT(get(1) >= start + 500000 && get(1) < start + 600000);
}

static void queued_and_moved(void)
{
    queued_and_told_to(1);
}

static void queued_and_freed(void)
{
    queued_and_told_to(SLIP_CPU_ANY);
}

Test(thread, that_waits_for_a_cpu_moves_at_once_when_told_to)
{
    scene_exact(2, queued_and_moved);
    scene_exact(2, queued_and_freed);
}

/* ---- TH-6: order and yielding ----------------------------------------------------------------------------------- */

static void note_and_yield(uint64_t number)
{
    for (uint32_t i = 0; i < 3; i++) {
        note_number(number);
        slip_thread_yield();
    }
}

static void round_robin(void)
{
    stay_on_one_cpu();
    for (uint64_t i = 1; i <= 3; i++)
        drop(thread_at(BELOW, note_and_yield, i));
    EXPECT_EQ(get(0), 0); /* none of them before root has nothing to do */
    slip_thread_yield();
    EXPECT_EQ(get(0), 0); /* and yielding is among equals */
    stand_back();
    for (uint32_t i = 0; i < 9; i++)
        EXPECT_EQ(get(i + 1), i % 3 + 1);
}

Test(thread, equals_take_turns_when_they_yield_and_go_first_come_first_served)
{
    scene(1, round_robin);
}

static void fixed_order(void)
{
    stay_on_one_cpu();
    EXPECT_OK(slip_thread_priority(SLIP_SELF, SLIP_PRIORITY_MAX, NULL));
    static const uint32_t priorities[] = {0, 64, 255, 63, 128, 1, 127, 200};
    for (uint32_t i = 0; i < 8; i++)
        drop(thread_at(priorities[i], note_number, priorities[i]));
    EXPECT_OK(slip_thread_priority(SLIP_SELF, 0, NULL));
    static const uint32_t wanted[] = {255, 200, 128, 127, 64, 63, 1};
    for (uint32_t i = 0; i < 7; i++)
        EXPECT_EQ(get(i + 1), wanted[i]);
    slip_thread_yield();
    EXPECT_EQ(get(0), 8);
}

Test(thread, of_higher_priority_always_goes_first)
{
    scene(1, fixed_order);
}

/* ---- TH-7: computing, preemption ----------------------------------------------------------------------------------- */

static void sleep_and_note(uint64_t until)
{
    slip_thread_sleep_until(until);
    put(1, slip_clock_now());
}

static void preempted(void)
{
    slip_time_t start = slip_clock_now();
    drop(thread_at(ABOVE, sleep_and_note, start + 500000));
    slip_thread_compute(1000000);
    slip_time_t end = slip_clock_now();
    EXPECT(get(1) >= start + 500000 && get(1) < start + 510000); /* in the middle of it */
    EXPECT(end >= start + 1000000 && end < start + 1020000);
}

Test(thread, computing_is_preempted_by_a_better_one_in_the_middle_of_it)
{
    scene_exact(1, preempted);
}

static void compute_half(uint64_t unused)
{
    (void)unused;
    slip_thread_compute(500000);
    put(2, slip_clock_now());
}

static void computes_its_time(void)
{
    slip_time_t start = slip_clock_now();
    stay_on_one_cpu();
    drop(thread_at(BELOW, compute_half, 0));
    slip_thread_compute(0);
    slip_thread_compute(1000000);
    EXPECT(slip_clock_now() >= start + 1000000);
    EXPECT_EQ(get(2), 0);
    stand_back();
    EXPECT(get(2) >= start + 1500000); /* what others computed does not count as its own */
}

Test(thread, computing_takes_the_time_that_the_thread_itself_runs)
{
    scene(1, computes_its_time);
}

static void compute_for_ever(void)
{
    put(0, 1);
    slip_thread_compute(SLIP_NEVER);
    put(0, 2);
}

static void killed_in_compute(void)
{
    slip_handle_t process = process_on(0, "busy", compute_for_ever, SLIP_NO_HANDLE);
    EXPECT_OK(slip_thread_affinity(SLIP_SELF, 1));
    while (get(0) == 0)
        slip_thread_sleep_until(slip_clock_now() + 100);
    kill_and_reap(process);
    EXPECT_EQ(get(0), 1);
}

Test(thread, that_computes_on_another_cpu_can_be_killed)
{
    scene(2, killed_in_compute);
}

/* ---- TH-8: checkpoints ------------------------------------------------------------------------------------------------ */

static void spin_for_ever(void)
{
    for (;;) {
        put(0, 1);
        slip_thread_checkpoint();
    }
}

static void killed_at_checkpoint(void)
{
    slip_handle_t process = process_on(0, "spinner", spin_for_ever, SLIP_NO_HANDLE);
    EXPECT_OK(slip_thread_affinity(SLIP_SELF, 1));
    while (get(0) == 0)
        slip_thread_sleep_until(slip_clock_now() + 100);
    kill_and_reap(process);
}

Test(thread, that_is_killed_ends_at_its_next_checkpoint)
{
    scene(2, killed_at_checkpoint);
}

/* ---- TH-9: sleeping ----------------------------------------------------------------------------------------------------- */

static void sleeping(void)
{
    slip_time_t start = slip_clock_now();
    EXPECT_OK(slip_thread_sleep_until(0));
    EXPECT_OK(slip_thread_sleep_until(start));
    EXPECT_OK(slip_thread_sleep_until(start + 50000));
    EXPECT(slip_clock_now() >= start + 50000);
}

Test(thread, sleeps_until_the_deadline_and_not_for_a_past_one)
{
    scene(1, sleeping);
}

static void sleep_for_ever(void)
{
    slip_thread_sleep_until(SLIP_NEVER);
    put(0, 1);
}

static void killed_asleep(void)
{
    kill_and_reap(process_at(ABOVE, "sleeper", sleep_for_ever, SLIP_NO_HANDLE));
    EXPECT_EQ(get(0), 0);
}

Test(thread, that_sleeps_can_be_killed)
{
    scene(1, killed_asleep);
}

/* ---- TH-10: its message area ---------------------------------------------------------------------------------------------- */

static void area_of_thread(uint64_t other)
{
    struct slip_message_area *area = slip_message_area();
    EXPECT((uintptr_t)area != other && slip_message_area() == area);
    area->word[0] = 123;
    EXPECT_EQ(raw(SLIP_CALL_endpoint_send, get(0), slip_tag(8, 0, 0, 0), 0, SLIP_NEVER, 0, 0),
              SLIP_OK);
}

static void areas(void)
{
    struct slip_message_area *area = slip_message_area();
    put(0, new_endpoint(1));
    EXPECT_EQ(area->word[0], 0);
    drop(thread_at(ABOVE, area_of_thread, (uintptr_t)area));
    EXPECT_EQ(raw(SLIP_CALL_endpoint_wait, get(0), 0, 0, 0, 0, 0), SLIP_OK);
    EXPECT_EQ(area->word[0], 123);
}

Test(thread, each_has_a_message_area_of_its_own_that_zero_stands_for)
{
    scene(1, areas);
}
