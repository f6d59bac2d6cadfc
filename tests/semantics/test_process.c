/* Processes: quotas, starting, ends, and being taken apart. */
#include "tests/semantics/support.h"

#include <string.h>

#define MIB ((uint64_t)1 << 20)

static void nothing(void)
{
}

/* ---- PR-1: making ------------------------------------------------------------------------------------ */

static void making(void)
{
    slip_handle_t process = 0;
    char longest[SLIP_NAME_BYTES_MAX + 2];
    memset(longest, 'n', sizeof longest);
    longest[sizeof longest - 1] = 0;
    EXPECT_STATUS(slip_process_create(longest, &process), TOO_LONG);
    longest[SLIP_NAME_BYTES_MAX] = 0;
    EXPECT_OK(slip_process_create(longest, &process));
    drop(process);
    EXPECT_EQ(raw(SLIP_CALL_process_create, (uintptr_t)sim_argument(), 4, 0, 0, 0, 0),
              SLIP_BAD_ADDRESS);
    EXPECT_EQ(raw(SLIP_CALL_process_create, 0, 4, 0, 0, 0, 0), SLIP_BAD_ADDRESS);
    EXPECT_STATUS(slip_process_create_quota("small", 1, &process), BAD_ARGUMENT);
    EXPECT_STATUS(slip_process_create_quota("huge", ~0UL, &process), NO_QUOTA);
}

Test(process, is_made_with_a_name_and_a_quota_that_exist)
{
    scene(1, making);
}

static void inner_create(void)
{
    slip_handle_t process = 0;
    EXPECT_STATUS(slip_process_create_quota("child", 8 * MIB, &process), NO_QUOTA);
    EXPECT_OK(slip_process_create_quota("child", 4 * MIB, &process));
    EXPECT_STATUS(slip_process_create_quota("child", 4 * MIB, &process), NO_QUOTA);
    void *memory;
    slip_handle_t buffer;
    EXPECT_STATUS(slip_buffer_create(4 * MIB, &buffer, &memory), NO_QUOTA);
    EXPECT_OK(slip_buffer_create(MIB, &buffer, &memory));
    EXPECT_STATUS(slip_port_create(SLIP_PORT_DEPTH_MAX, &buffer), NO_QUOTA);
    EXPECT_STATUS(slip_endpoint_create(SLIP_ENDPOINT_DEPTH_MAX, &buffer), NO_QUOTA);
}

static void nested_quota(void)
{
    slip_handle_t process = 0;
    drop(new_port(1)); /* the first handle brings the table */
    uint64_t before = scene_process().used;
    EXPECT_OK(slip_process_create_quota("parent", 8 * MIB, &process));
    EXPECT_EQ(scene_process().used, before + 8 * MIB);
    EXPECT_OK(slip_process_start(process, inner_create, SLIP_NO_HANDLE));
    EXPECT_EQ(reap(process), 0);
    /* Its own child goes after it, a step of the reaper at each entry, until all came back. */
    while (scene_process().used != before)
        give_way();
    new_port(SLIP_PORT_DEPTH_MAX); /* and nobody else was concerned */
}

Test(process, a_quota_is_taken_from_the_creators_and_comes_back)
{
    scene(1, nested_quota);
}

/* ---- PR-2: starting ------------------------------------------------------------------------------------ */

static void use_start_handle(void)
{
    slip_handle_t endpoint = slip_start_handle();
    EXPECT_OK(send_word(endpoint, 3));
    drop(endpoint);
    EXPECT_EQ(slip_start_handle(), endpoint); /* the number stays, the handle does not */
    EXPECT_STATUS(send_word(endpoint, 3), BAD_HANDLE);
}

static void without_start_handle(void)
{
    EXPECT_EQ(slip_start_handle(), SLIP_NO_HANDLE);
    put(0, 1);
}

static void starting(void)
{
    slip_handle_t endpoint = new_endpoint(1), send = copy_of(endpoint, SLIP_RIGHT_SEND, 4);
    slip_handle_t process = 0;
    struct slip_message m;
    EXPECT_OK(slip_process_create("child", &process));
    EXPECT_STATUS(slip_process_start(~process, nothing, 0), BAD_HANDLE);
    EXPECT_STATUS(slip_process_start(endpoint, nothing, 0), WRONG_TYPE);
    slip_handle_t bare = copy_of(process, 0, 0);
    EXPECT_STATUS(slip_process_start(bare, nothing, 0), NO_RIGHT);
    EXPECT_STATUS(slip_process_start_on(process, nothing, send, 256, 0), BAD_ARGUMENT);
    EXPECT_STATUS(slip_process_start_on(process, nothing, send, 1, cpu_count()), BAD_ARGUMENT);
    EXPECT_STATUS(slip_process_start(process, nothing, process), BAD_ARGUMENT);
    EXPECT_STATUS(slip_process_start(process, nothing, ~send), BAD_HANDLE);
    EXPECT_EQ(raw(SLIP_CALL_process_start, process, 0, send, slip_placement(1, 0), 0, 0),
              SLIP_BAD_ADDRESS);
    EXPECT_EQ(raw(SLIP_CALL_process_start, process, (uintptr_t)slip_message_area(), send,
                  slip_placement(1, 0), 0, 0),
              SLIP_BAD_ADDRESS);
    EXPECT_OK(slip_process_start_on(process, use_start_handle, send, ABOVE, 0)); /* it had stayed */
    EXPECT_STATUS(slip_process_start(process, nothing, 0), ALREADY);
    EXPECT_STATUS(slip_handle_close(send), BAD_HANDLE);
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT(m.badge == 4 && m.word[0] == 3);
    EXPECT_EQ(reap(process), 0);
    EXPECT_STATUS(slip_process_start(bare, nothing, 0), NO_RIGHT);
    reap(process_at(ABOVE, "bare", without_start_handle, SLIP_NO_HANDLE));
    EXPECT_EQ(get(0), 1);
}

Test(process, starts_once_with_one_handle_that_moves_only_if_it_does)
{
    scene(1, starting);
}

static void start_without_quota(void)
{
    slip_handle_t process = 0, endpoint = new_endpoint(1);
    EXPECT_OK(slip_process_create_quota("child", MIB, &process));
    EXPECT_STATUS(slip_process_start(process, nothing, endpoint), NO_QUOTA);
    EXPECT_OK(send_word(endpoint, 1)); /* the handle stayed */
    EXPECT_STATUS(slip_process_start(process, nothing, endpoint), NO_QUOTA);
    EXPECT_OK(slip_process_kill(process));
    EXPECT_STATUS(slip_process_start(process, nothing, endpoint), ALREADY);
}

static void big_stacks(void)
{
    slip_handle_t process = 0;
    EXPECT_OK(slip_process_create_quota("child", MIB, &process));
    drop(process);
    start_without_quota();
}

Test(process, without_quota_for_a_stack_it_does_not_start_and_the_handle_stays)
{
    struct sim_options options = {.machine = "scripted", .stack_bytes = 2 * MIB};
    struct scene scene = {.failures = 0};
    options.argument = &scene;
    cr_assert_eq(sim_run(&options, big_stacks), 0);
    cr_assert_eq(scene.failures, 0, "%s", scene.failure);
}

static void never_started(void)
{
    slip_handle_t process = 0;
    uint64_t used = scene_process().used;
    EXPECT_OK(slip_process_create("never", &process));
    slip_handle_t copy = copy_of(process, 0, 0);
    drop(process);
    EXPECT_EQ(scene_objects("process"), 2);
    drop(copy);                           /* nobody can start it now */
    while (scene_objects("process") != 1) /* a step of the reaper at each entry */
        give_way();
    EXPECT(scene_process().used <= used + SLIP_PAGE_BYTES * 2);
}

Test(process, that_nobody_can_start_any_more_ends)
{
    scene(1, never_started);
}

/* ---- PR-3, PR-4: killing ---------------------------------------------------------------------------------- */

static void hang(void)
{
    struct slip_message m = empty();
    slip_endpoint_wait(new_endpoint(0), &m, SLIP_NEVER);
    put(0, 1);
}

static void kill_self(void)
{
    slip_handle_t self = 0;
    struct slip_message m = empty();
    EXPECT_OK(slip_endpoint_wait(slip_start_handle(), &m, SLIP_NEVER));
    self = m.handle[0];
    put(1, 1);
    slip_process_kill(self);
    put(0, 1);
}

static void killing(void)
{
    slip_handle_t process = process_at(ABOVE, "victim", hang, SLIP_NO_HANDLE);
    slip_handle_t bare = copy_of(process, 0, 0);
    EXPECT_STATUS(slip_process_kill(bare), NO_RIGHT);
    EXPECT_OK(slip_process_kill(process));
    EXPECT_OK(slip_process_kill(process));
    uint64_t code = 0;
    EXPECT_OK(slip_process_wait_code(process, SLIP_NEVER, &code));
    EXPECT_EQ(code, SLIP_EXIT_KILLED);
    EXPECT_OK(slip_process_kill(process));
    EXPECT_OK(slip_process_wait(process, 0)); /* gone stays gone */
    slip_handle_t endpoint = new_endpoint(1);
    process = process_at(ABOVE, "suicide", kill_self, copy_of(endpoint, SLIP_RIGHT_RECEIVE, 0));
    struct slip_message m = carrying(copy_of(process, SLIP_RIGHT_MANAGE, 0));
    EXPECT_OK(slip_endpoint_send(endpoint, &m, 0));
    EXPECT_EQ(reap(process), SLIP_EXIT_KILLED);
    EXPECT(get(0) == 0 && get(1) == 1); /* nobody came back from anything */
}

Test(process, killing_is_for_good_and_may_be_repeated)
{
    scene(1, killing);
}

/* ---- PR-5, PR-6: ends and codes ----------------------------------------------------------------------------- */

static void exit_seven(void)
{
    slip_process_exit(7);
    put(0, 1);
}

static void wait_thread(uint64_t unused)
{
    (void)unused;
    hang();
}

static void exit_with_threads(void)
{
    for (uint32_t i = 0; i < 5; i++)
        drop(thread_at(TOP, wait_thread, 0));
    slip_process_exit(UINT32_MAX);
}

static void wait_for(uint64_t process)
{
    EXPECT_OK(slip_process_wait(process, SLIP_NEVER));
    count(1);
}

static void own_process(void)
{
    struct slip_message m = empty();
    EXPECT_OK(slip_endpoint_wait(slip_start_handle(), &m, SLIP_NEVER));
    EXPECT_STATUS(slip_process_wait(m.handle[0], SLIP_NEVER), BAD_ARGUMENT);
}

static void ends(void)
{
    EXPECT_EQ(reap(process_at(BELOW, "returns", nothing, SLIP_NO_HANDLE)), 0);
    EXPECT_EQ(reap(process_at(BELOW, "exits", exit_seven, SLIP_NO_HANDLE)), 7);
    EXPECT_EQ(reap(process_at(BELOW, "exits", exit_with_threads, SLIP_NO_HANDLE)), UINT32_MAX);
    EXPECT_EQ(get(0), 0);
    slip_handle_t victim = process_at(ABOVE, "victim", hang, SLIP_NO_HANDLE);
    EXPECT_STATUS(slip_process_wait(victim, 0), WOULD_BLOCK);
    EXPECT_STATUS(slip_process_wait(victim, slip_clock_now() + 100), TIMED_OUT);
    drop(thread_at(ABOVE, wait_for, victim));
    drop(thread_at(ABOVE, wait_for, victim));
    EXPECT_OK(slip_process_kill(victim));
    EXPECT_OK(slip_process_wait(victim, SLIP_NEVER));
    give_way();
    EXPECT_EQ(get(1), 2);
    slip_handle_t endpoint = new_endpoint(1);
    slip_handle_t self =
        process_at(ABOVE, "narcissus", own_process, copy_of(endpoint, SLIP_RIGHT_RECEIVE, 0));
    struct slip_message m = carrying(copy_of(self, SLIP_RIGHT_MANAGE, 0));
    EXPECT_OK(slip_endpoint_send(endpoint, &m, 0));
    reap(self);
}

Test(process, all_who_wait_hear_how_it_ended)
{
    scene(1, ends);
}

static void die_and_leave_one(uint64_t unused)
{
    (void)unused;
    struct slip_message m = empty();
    slip_endpoint_wait(slip_start_handle(), &m, SLIP_NEVER);
    put(0, 1);
}

static void first_thread_ends(void)
{
    drop(thread_at(TOP, die_and_leave_one, 0));
}

static void last_thread(void)
{
    slip_handle_t endpoint = new_endpoint(1);
    slip_handle_t process =
        process_at(ABOVE, "two", first_thread_ends, copy_of(endpoint, SLIP_RIGHT_RECEIVE, 0));
    EXPECT_STATUS(slip_process_wait(process, 0), WOULD_BLOCK);
    EXPECT_OK(send_word(endpoint, 1));
    EXPECT_EQ(reap(process), 0);
    EXPECT_EQ(get(0), 1);
}

Test(process, ends_with_its_last_thread)
{
    scene(1, last_thread);
}

/* ---- PR-7, PR-8: being taken apart ----------------------------------------------------------------------------- */

static void call_for_ever(uint64_t endpoint)
{
    call_word(endpoint, 1);
}

/* Threads that call, threads that wait, requests that are held, handles, buffers, messages. */
static void have_much(void)
{
    slip_handle_t endpoint = slip_start_handle(), own = new_endpoint(64), port = new_port(64);
    slip_handle_t link = connection(own, port);
    struct slip_message m;
    void *memory;
    for (uint32_t i = 0; i < 20; i++) {
        drop(thread_at(TOP, call_for_ever, endpoint));
        drop(thread_at(TOP, wait_thread, 0));
        EXPECT_OK(submit_key(link, i));
        EXPECT_OK(poll_endpoint(own, &m));
        EXPECT_OK(submit_key(link, i));
        new_buffer(10000, &memory);
    }
    for (uint32_t i = 0; i < 500; i++)
        copy_of(own, SLIP_RIGHT_SEND, i);
    for (uint32_t i = 0; i < 10; i++) {
        m = carrying(new_port(1));
        EXPECT_OK(slip_endpoint_send(own, &m, 0));
    }
    put(0, 1);
    hang();
}

static void reaper(void)
{
    slip_handle_t endpoint = new_endpoint(0);
    struct slip_message m;
    drop(copy_of(endpoint, 0, 0));
    uint64_t before = scene_process().used;
    uint32_t threads = scene_objects("thread"), requests = scene_objects("request");
    for (uint32_t i = 0; i < 3; i++) {
        put(0, 0);
        slip_handle_t much =
            process_at(ABOVE, "much", have_much, copy_of(endpoint, SLIP_RIGHT_SEND, 0));
        EXPECT_EQ(get(0), 1);
        EXPECT_OK(poll_endpoint(endpoint, &m)); /* one of its calls is held here */
        kill_and_reap(much);
        EXPECT_STATUS(slip_request_reply(m.request, SLIP_OK, 0), STALE);
        EXPECT_STATUS(poll_endpoint(endpoint, &m), WOULD_BLOCK);
        EXPECT_EQ(scene_objects("process"), 1);
        EXPECT_EQ(scene_objects("thread"), threads);
        EXPECT_EQ(scene_objects("request"), requests);
        EXPECT_EQ(scene_objects("buffer") + scene_objects("port") + scene_objects("message"), 0);
        EXPECT_EQ(scene_process().used, before);
    }
}

Test(process, of_one_that_had_much_nothing_is_left_when_it_is_gone)
{
    scene(1, reaper);
}

static void make_child(void)
{
    slip_handle_t child = SLIP_NO_HANDLE;
    EXPECT_OK(slip_process_create_quota("child", 4 * MIB, &child));
    EXPECT_OK(slip_process_start(child, hang, SLIP_NO_HANDLE));
    struct slip_message m = carrying(child);
    EXPECT_OK(slip_endpoint_send(slip_start_handle(), &m, SLIP_NEVER));
}

static void orphan(void)
{
    slip_handle_t endpoint = new_endpoint(1);
    struct slip_message m;
    uint64_t before = scene_process().used;
    reap(process_at(ABOVE, "parent", make_child, copy_of(endpoint, SLIP_RIGHT_SEND, 0)));
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_STATUS(slip_process_wait(m.handle[0], 0), WOULD_BLOCK); /* it lives on */
    EXPECT(scene_process().used > before);                         /* at its parent's cost */
    kill_and_reap(m.handle[0]);
    EXPECT_EQ(scene_process().used, before);
}

Test(process, a_child_outlives_its_creator_and_its_quota_comes_back_all_the_way)
{
    scene(1, orphan);
}
