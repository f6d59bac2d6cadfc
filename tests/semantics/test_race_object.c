/* Handles, attached endpoints, cycles, priorities, processes: two at a time. */
#include "tests/semantics/explore.h"

enum cell { ENDPOINT, PORT, HANDLE, STATUS, OTHER, COUNT, A, B, REQUEST, MINE };

#define TOLD 1000

static void tell(uint32_t cell, slip_status_t status)
{
    put(cell, (uint64_t)(TOLD + (int64_t)status));
}

static int told_now(uint32_t cell, slip_status_t status)
{
    return get(cell) == (uint64_t)(TOLD + (int64_t)status);
}

/* ---- attached endpoints -------------------------------------------------------------------------------- */

static void send_it(uint64_t unused)
{
    (void)unused;
    race_meet();
    EXPECT_OK(send_word(get(ENDPOINT), 1));
    race_leave();
}

static void wait_for_entry(uint64_t unused)
{
    (void)unused;
    struct slip_completion c = {.key = 0};
    uint32_t taken = 0;
    race_meet();
    EXPECT_OK(slip_port_wait(get(PORT), &c, 1, 1, SLIP_NEVER, &taken));
    EXPECT_EQ(c.key, 7);
    race_leave();
}

static void attached(enum slip_attach mode)
{
    put(ENDPOINT, new_endpoint(4));
    put(PORT, new_port(1));
    EXPECT_OK(slip_port_attach(get(PORT), get(ENDPOINT), 7, mode));
}

/* The entry was taken before and the endpoint emptied: the wait looks at it again. */
static void level_and_send(void)
{
    struct slip_completion c;
    struct slip_message m;
    race_root();
    attached(SLIP_ATTACH_LEVEL);
    EXPECT_OK(send_word(get(ENDPOINT), 1));
    EXPECT_EQ(poll_port(get(PORT), &c), 1);
    EXPECT_OK(poll_endpoint(get(ENDPOINT), &m));
    drop(thread_on(0, send_it, 0));
    drop(thread_on(1, wait_for_entry, 0));
    race_wait(2);
}

Test(race, a_message_and_a_wait_at_the_port_of_its_endpoint)
{
    race(&(struct race){.root = level_and_send, .actors = 2});
}

static void attach_it(uint64_t mode)
{
    race_meet();
    EXPECT_OK(slip_port_attach(get(PORT), get(ENDPOINT), 7, (enum slip_attach)mode));
    race_leave();
}

static void attach_and_send_by(enum slip_attach mode)
{
    struct slip_completion c;
    race_root();
    put(ENDPOINT, new_endpoint(4));
    put(PORT, new_port(1));
    drop(thread_on(0, send_it, 0));
    drop(thread_on(1, attach_it, mode));
    race_wait(2);
    EXPECT_EQ(poll_port(get(PORT), &c), 1);
}

static void attach_level_and_send(void)
{
    attach_and_send_by(SLIP_ATTACH_LEVEL);
}

static void attach_edge_and_send(void)
{
    attach_and_send_by(SLIP_ATTACH_EDGE);
}

Test(race, a_message_and_attaching_by_level)
{
    race(&(struct race){.root = attach_level_and_send, .actors = 2});
}

Test(race, a_message_and_attaching_by_edge)
{
    race(&(struct race){.root = attach_edge_and_send, .actors = 2});
}

static void detach_it(uint64_t unused)
{
    (void)unused;
    race_meet();
    EXPECT_OK(slip_port_detach(get(PORT), get(ENDPOINT), NULL));
    race_leave();
}

static void detach_and_send(void)
{
    struct slip_completion c;
    race_root();
    attached(SLIP_ATTACH_LEVEL);
    drop(thread_on(0, send_it, 0));
    drop(thread_on(1, detach_it, 0));
    race_wait(2);
    EXPECT_EQ(poll_port(get(PORT), &c), 0);
}

Test(race, a_message_and_detaching)
{
    race(&(struct race){.root = detach_and_send, .actors = 2});
}

static void close_it(uint64_t handle)
{
    race_meet();
    tell(OTHER, slip_handle_close(handle));
    race_leave();
}

static void close_both(void)
{
    race_root();
    attached(SLIP_ATTACH_LEVEL);
    EXPECT_OK(send_word(get(ENDPOINT), 1));
    drop(thread_on(0, close_it, get(ENDPOINT)));
    drop(thread_on(1, close_it, get(PORT)));
    race_wait(2);
    EXPECT_EQ(scene_objects("endpoint") + scene_objects("port"), 0);
}

Test(race, closing_an_attached_endpoint_and_closing_its_port)
{
    race(&(struct race){.root = close_both, .actors = 2});
}

/* ---- handles --------------------------------------------------------------------------------------------- */

static void move_it(uint64_t handle)
{
    struct slip_message m = carrying(handle);
    race_meet();
    tell(STATUS, slip_endpoint_send(get(ENDPOINT), &m, SLIP_NEVER));
    race_leave();
}

static void move_and_close(void)
{
    race_root();
    put(ENDPOINT, new_endpoint(1));
    slip_handle_t port = new_port(1);
    drop(thread_on(0, move_it, port));
    drop(thread_on(1, close_it, port));
    race_wait(2);
    int moved = told_now(STATUS, SLIP_OK);
    EXPECT(moved || told_now(STATUS, SLIP_BAD_HANDLE));
    EXPECT(told_now(OTHER, moved ? SLIP_BAD_HANDLE : SLIP_OK));
    EXPECT_EQ(scene_objects("port"), moved);
}

Test(race, moving_a_handle_and_closing_it)
{
    race(&(struct race){.root = move_and_close, .actors = 2});
}

static void move_twice(void)
{
    race_root();
    put(ENDPOINT, new_endpoint(2));
    slip_handle_t port = new_port(1);
    drop(thread_on(0, move_it, port));
    drop(thread_on(1, move_it, port));
    race_wait(2);
    struct slip_message m;
    EXPECT_OK(poll_endpoint(get(ENDPOINT), &m));
    EXPECT_OK(slip_port_post(m.handle[0], 1, SLIP_OK, 0));
    EXPECT_STATUS(poll_endpoint(get(ENDPOINT), &m), WOULD_BLOCK);
}

Test(race, moving_a_handle_twice)
{
    race(&(struct race){.root = move_twice, .actors = 2});
}

static void post_it(uint64_t handle)
{
    race_meet();
    tell(STATUS, slip_port_post(handle, 1, SLIP_OK, 0));
    race_leave();
}

static void use_and_close(void)
{
    race_root();
    slip_handle_t port = new_port(1);
    drop(thread_on(0, post_it, port));
    drop(thread_on(1, close_it, port));
    race_wait(2);
    EXPECT(told_now(STATUS, SLIP_OK) || told_now(STATUS, SLIP_BAD_HANDLE) ||
           told_now(STATUS, SLIP_PEER_CLOSED));
    EXPECT_EQ(scene_objects("port"), 0);
}

Test(race, using_a_handle_and_closing_it)
{
    race(&(struct race){.root = use_and_close, .actors = 2});
}

/* ---- cycles ------------------------------------------------------------------------------------------------ */

static void first_caller(uint64_t endpoint)
{
    call_word(endpoint, 1);
    count(COUNT);
}

/* Holds a call at its own endpoint and calls the other's. */
static void cross(uint64_t own)
{
    struct slip_message m = empty();
    EXPECT_OK(slip_endpoint_wait(get((uint32_t)own), &m, SLIP_NEVER));
    race_meet();
    slip_status_t status = call_word(get((uint32_t)(own == A ? B : A)), 1);
    tell(own == A ? STATUS : OTHER, status);
    slip_request_reply(m.request, SLIP_OK, 0);
    if (status == SLIP_DEADLOCK) { /* the other one's call is in the queue here */
        EXPECT_OK(slip_endpoint_wait(get((uint32_t)own), &m, SLIP_NEVER));
        EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
    }
    race_leave();
}

static void cycle(void)
{
    race_root();
    put(A, new_endpoint(0));
    put(B, new_endpoint(0));
    drop(thread_on(0, cross, A));
    drop(thread_on(1, cross, B));
    slip_thread_sleep_until(slip_clock_now() + 10000);
    drop(thread_on(2, first_caller, get(A)));
    drop(thread_on(2, first_caller, get(B)));
    race_wait(2);
    EXPECT_EQ(get(COUNT), 2);
    EXPECT(told_now(STATUS, SLIP_DEADLOCK) != told_now(OTHER, SLIP_DEADLOCK));
    EXPECT(told_now(STATUS, SLIP_OK) != told_now(OTHER, SLIP_OK));
}

Test(race, two_that_close_a_cycle)
{
    race(&(struct race){.root = cycle, .actors = 2});
}

/* ---- priorities: judged by the kernel's own walk -------------------------------------------------------------- */

static void serve_both(uint64_t unused)
{
    (void)unused;
    struct slip_message m = empty();
    EXPECT_OK(slip_endpoint_wait(get(ENDPOINT), &m, SLIP_NEVER));
    race_meet();
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
    m = empty();
    EXPECT_OK(slip_endpoint_wait(get(ENDPOINT), &m, SLIP_NEVER));
    race_leave();
    slip_thread_sleep_until(SLIP_NEVER); /* holding it */
}

static void change_it(uint64_t thread)
{
    race_meet();
    EXPECT_OK(slip_thread_priority((slip_handle_t)thread, 200, NULL));
    race_leave();
}

static void change_and_reply(void)
{
    race_root();
    put(ENDPOINT, new_endpoint(0));
    drop(thread_on(0, serve_both, 0));
    slip_thread_sleep_until(slip_clock_now() + 10000);
    slip_handle_t first = thread_on(2, first_caller, get(ENDPOINT));
    slip_handle_t second = thread_on(2, first_caller, get(ENDPOINT));
    slip_thread_sleep_until(slip_clock_now() + 10000);
    drop(thread_on(1, change_it, get(COUNT) == 0 ? second : first));
    race_wait(2);
    EXPECT_EQ(get(COUNT), 1);
    slip_process_exit(0);
}

Test(race, a_change_of_priority_and_the_server_that_takes_the_call)
{
    race(&(struct race){.root = change_and_reply, .actors = 2});
}

/* ---- processes ---------------------------------------------------------------------------------------------------- */

static void idle(void)
{
    slip_thread_sleep_until(SLIP_NEVER);
}

static void start_it(uint64_t process)
{
    race_meet();
    tell(STATUS, slip_process_start((slip_handle_t)process, idle, get(HANDLE)));
    race_leave();
}

static void kill_it(uint64_t process)
{
    race_meet();
    EXPECT_OK(slip_process_kill((slip_handle_t)process));
    race_leave();
}

static void start_and_kill(void)
{
    slip_handle_t process = SLIP_NO_HANDLE;
    race_root();
    EXPECT_OK(slip_process_create("child", &process));
    put(HANDLE, new_port(1));
    drop(thread_on(0, start_it, process));
    drop(thread_on(1, kill_it, process));
    race_wait(2);
    int started = told_now(STATUS, SLIP_OK);
    if (!started)
        EXPECT_EQ(get(STATUS), TOLD + (int64_t)SLIP_ALREADY);
    EXPECT_EQ(reap(process), SLIP_EXIT_KILLED);
    EXPECT_EQ(slip_port_post(get(HANDLE), 1, SLIP_OK, 0), started ? SLIP_BAD_HANDLE : SLIP_OK);
}

Test(race, starting_a_process_and_killing_it)
{
    race(&(struct race){.root = start_and_kill, .actors = 2});
}

static void start_thread(uint64_t process)
{
    race_meet();
    tell(STATUS,
         slip_thread_start((slip_handle_t)process, first_caller, get(ENDPOINT), 100, 0, NULL));
    race_leave();
}

static void thread_and_kill(void)
{
    race_root();
    slip_handle_t process = process_on(2, "host", idle, SLIP_NO_HANDLE);
    put(ENDPOINT, 1);
    drop(thread_on(0, start_thread, process));
    drop(thread_on(1, kill_it, process));
    race_wait(2);
    if (!told_now(STATUS, SLIP_OK))
        EXPECT_EQ(get(STATUS), TOLD + (int64_t)SLIP_ALREADY);
    EXPECT_EQ(reap(process), SLIP_EXIT_KILLED);
    EXPECT_EQ(scene_objects("process"), 1);
}

Test(race, starting_a_thread_and_killing_its_process)
{
    race(&(struct race){.root = thread_and_kill, .actors = 2});
}

/* Threads that others start in the process close what was moved to it, and use up its quota. */
static void close_all(uint64_t unused)
{
    (void)unused;
    for (uint64_t number = 1; number < 4; number++)
        slip_handle_close((uint64_t)1 << 32 | number);
    idle();
}

static void intrude(uint64_t process)
{
    race_meet();
    for (int i = 0; i < 4; i++)
        slip_thread_start((slip_handle_t)process, close_all, 0, TOP, 1, NULL);
    race_leave();
}

static void start_and_intrude(void)
{
    slip_handle_t process = SLIP_NO_HANDLE;
    race_root();
    EXPECT_OK(slip_process_create_quota("child", 1 << 20, &process));
    put(HANDLE, new_port(1));
    drop(thread_on(0, start_it, process));
    drop(thread_on(1, intrude, process));
    race_wait(2);
    int started = told_now(STATUS, SLIP_OK);
    EXPECT(started || told_now(STATUS, SLIP_NO_QUOTA));
    EXPECT_EQ(slip_port_post(get(HANDLE), 1, SLIP_OK, 0), started ? SLIP_BAD_HANDLE : SLIP_OK);
    if (!started) /* it has begun all the same, with the others' threads */
        EXPECT_STATUS(slip_process_start(process, idle, SLIP_NO_HANDLE), ALREADY);
    kill_and_reap(process);
    EXPECT_EQ(scene_objects("port"), !started);
}

Test(race, starting_a_process_and_threads_that_others_start_in_it)
{
    race(&(struct race){.root = start_and_intrude, .actors = 2});
}

static void wait_for_end(uint64_t process)
{
    race_meet();
    EXPECT_OK(slip_process_wait((slip_handle_t)process, SLIP_NEVER));
    race_leave();
}

static void kill_and_wait(void)
{
    race_root();
    slip_handle_t process = process_on(2, "victim", idle, SLIP_NO_HANDLE);
    drop(thread_on(0, kill_it, process));
    drop(thread_on(1, wait_for_end, process));
    race_wait(2);
}

Test(race, the_end_of_a_process_and_waiting_for_it)
{
    race(&(struct race){.root = kill_and_wait, .actors = 2});
}
