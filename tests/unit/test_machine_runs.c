/* Real kernels on every machine: what a machine has to carry out, seen from simulated threads. Each
 * test runs on each of the settings below. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "tests/unit/machine_run.h"

struct setting {
    char machine[12];
    uint32_t cpus;
    uint64_t seed;
};

static struct setting settings[] = {
    {"threads", 1, 1},  {"threads", 2, 1},  {"threads", 4, 1},  {"scripted", 1, 1},
    {"scripted", 2, 1}, {"scripted", 2, 2}, {"scripted", 3, 6}, {"scripted", 8, 4},
    {"cores", 1, 1},    {"cores", 2, 1},    {"cores", 4, 1},
};

static struct criterion_test_params all_settings(void)
{
    return cr_make_param_array(struct setting, settings, sizeof settings / sizeof *settings);
}

#define ON_ALL(suite, name, root)                                                                  \
    ParameterizedTestParameters(suite, name)                                                       \
    {                                                                                              \
        return all_settings();                                                                     \
    }                                                                                              \
    ParameterizedTest(struct setting *setting, suite, name, .timeout = 60)                         \
    {                                                                                              \
        static struct run_record record;                                                           \
        int failed = run_on(&record, setting->machine, setting->cpus, setting->seed, root);        \
        cr_log_info("%s, %u CPUs, seed %lu", setting->machine, setting->cpus, setting->seed);      \
        RUN_ASSERT_GOOD(&record, failed);                                                          \
    }

/* A process that runs `entry` with a handle. */
static slip_handle_t spawn(const char *name, void (*entry)(void), slip_handle_t handle)
{
    slip_handle_t process = SLIP_NO_HANDLE;
    RUN_EXPECT(slip_process_create(name, &process) == SLIP_OK);
    RUN_EXPECT(slip_process_start(process, entry, handle) == SLIP_OK);
    return process;
}

static slip_handle_t with_rights(slip_handle_t endpoint, uint32_t rights, uint64_t badge)
{
    slip_handle_t copy = SLIP_NO_HANDLE;
    RUN_EXPECT(slip_handle_duplicate(endpoint, rights, badge, &copy) == SLIP_OK);
    return copy;
}

/* ---- ping-pong ------------------------------------------------------------------------------ */

static void echo(void)
{
    slip_handle_t endpoint = slip_start_handle();
    struct slip_message m = {.words = 0};
    slip_status_t status = slip_endpoint_wait(endpoint, &m, SLIP_NEVER);
    while (status == SLIP_OK) {
        run_count(0);
        status = slip_endpoint_reply_wait(endpoint, m.request, SLIP_OK, m.badge, &m, SLIP_NEVER);
    }
}

static void asker(void)
{
    slip_handle_t endpoint = slip_start_handle();
    for (uint64_t i = 0; i < 300; i++) {
        struct slip_message m = {.word = {i, ~i}, .words = 2};
        uint64_t result = 0;
        RUN_EXPECT(slip_endpoint_call(endpoint, &m, NULL, &result, SLIP_NEVER) == SLIP_OK);
        RUN_EXPECT(result == 7 && m.words == 2 && m.word[0] == i && m.word[1] == ~i);
    }
}

static void ping_pong(void)
{
    slip_handle_t endpoint = SLIP_NO_HANDLE;
    RUN_EXPECT(slip_endpoint_create(1, &endpoint) == SLIP_OK);
    slip_handle_t server = spawn("server", echo, with_rights(endpoint, SLIP_RIGHT_RECEIVE, 0));
    slip_handle_t client = spawn("client", asker, with_rights(endpoint, SLIP_RIGHT_SEND, 7));
    RUN_EXPECT(slip_process_wait(client, SLIP_NEVER) == SLIP_OK);
    RUN_EXPECT(slip_process_kill(server) == SLIP_OK);
    RUN_EXPECT(atomic_load(&run_record()->count[0]) == 300);
}

ON_ALL(machine_runs, ping_pong, ping_pong)

static void several_clients(void)
{
    slip_handle_t endpoint = SLIP_NO_HANDLE, client[6];
    RUN_EXPECT(slip_endpoint_create(1, &endpoint) == SLIP_OK);
    slip_handle_t first = spawn("server", echo, with_rights(endpoint, SLIP_RIGHT_RECEIVE, 0));
    slip_handle_t second = spawn("server", echo, with_rights(endpoint, SLIP_RIGHT_RECEIVE, 0));
    for (uint32_t i = 0; i < 6; i++)
        client[i] = spawn("client", asker, with_rights(endpoint, SLIP_RIGHT_SEND, 7));
    for (uint32_t i = 0; i < 6; i++)
        RUN_EXPECT(slip_process_wait(client[i], SLIP_NEVER) == SLIP_OK);
    slip_process_kill(first);
    slip_process_kill(second);
    RUN_EXPECT(atomic_load(&run_record()->count[0]) == 6 * 300);
}

ON_ALL(machine_runs, several_clients_and_servers, several_clients)

/* ---- many threads --------------------------------------------------------------------------- */

#define MANY 1000

static void count_up(uint64_t number)
{
    char deep[4096];
    for (uint32_t i = 0; i < sizeof deep; i++)
        ((volatile char *)deep)[i] = (char)number;
    slip_thread_yield();
    RUN_EXPECT(deep[4095] == (char)number);
    run_count(0);
}

static void crowd(void)
{
    for (uint64_t i = 0; i < MANY; i++)
        RUN_EXPECT(slip_thread_start(SLIP_SELF, count_up, i, SLIP_PRIORITY_DEFAULT, SLIP_CPU_ANY,
                                     NULL) == SLIP_OK);
}

static void many_threads(void)
{
    slip_handle_t process = SLIP_NO_HANDLE;
    RUN_EXPECT(slip_process_create_quota("crowd", (uint64_t)1 << 30, &process) == SLIP_OK);
    RUN_EXPECT(slip_process_start(process, crowd, SLIP_NO_HANDLE) == SLIP_OK);
    RUN_EXPECT(slip_process_wait(process, SLIP_NEVER) == SLIP_OK);
    RUN_EXPECT(atomic_load(&run_record()->count[0]) == MANY);
}

ON_ALL(machine_runs, a_thousand_threads, many_threads)

static void one_more(void)
{
    run_count(0);
}

static void generations(void)
{
    for (uint32_t i = 0; i < 300; i++) {
        slip_handle_t process = spawn("short", one_more, SLIP_NO_HANDLE);
        RUN_EXPECT(slip_process_wait(process, SLIP_NEVER) == SLIP_OK);
        slip_handle_close(process);
    }
    RUN_EXPECT(atomic_load(&run_record()->count[0]) == 300);
}

ON_ALL(machine_runs, processes_come_and_go, generations)

/* ---- death ---------------------------------------------------------------------------------- */

static void wait_for_ever(void)
{
    struct slip_message m = {.words = 0};
    run_count(1);
    slip_endpoint_wait(slip_start_handle(), &m, SLIP_NEVER);
    run_count(0);
}

static void call_for_ever(void)
{
    struct slip_message m = {.words = 0};
    run_count(1);
    slip_endpoint_call(slip_start_handle(), &m, NULL, NULL, SLIP_NEVER);
    run_count(0);
}

static void sleep_for_ever(void)
{
    run_count(1);
    slip_thread_sleep_until(SLIP_NEVER);
    run_count(0);
}

static void compute_for_ever(void)
{
    run_count(1);
    slip_thread_compute(SLIP_NEVER);
    run_count(0);
}

static void loop_for_ever(void)
{
    run_count(1);
    for (;;)
        slip_thread_checkpoint();
}

/* A killed thread never comes back from its call, whatever it was in; its stack goes all the same. */
static void kill_anywhere(void)
{
    void (*const entries[])(void) = {wait_for_ever, call_for_ever, sleep_for_ever, compute_for_ever,
                                     loop_for_ever};
    slip_handle_t endpoint = SLIP_NO_HANDLE;
    RUN_EXPECT(slip_endpoint_create(1, &endpoint) == SLIP_OK);
    for (uint32_t i = 0; i < 5; i++) {
        uint32_t rights = i == 0 ? SLIP_RIGHT_RECEIVE : SLIP_RIGHT_SEND;
        slip_handle_t process = spawn("victim", entries[i], with_rights(endpoint, rights, 0));
        slip_thread_priority(SLIP_SELF, SLIP_PRIORITY_DEFAULT + 1, NULL);
        while (atomic_load(&run_record()->count[1]) == i)
            slip_thread_sleep_until(slip_clock_now() + 10000);
        RUN_EXPECT(slip_process_kill(process) == SLIP_OK);
        RUN_EXPECT(slip_process_wait(process, SLIP_NEVER) == SLIP_OK);
    }
    RUN_EXPECT(atomic_load(&run_record()->count[0]) == 0);
}

ON_ALL(machine_runs, killed_threads_never_return, kill_anywhere)

static void server_that_dies(void)
{
    struct slip_message m = {.words = 0};
    slip_endpoint_wait(slip_start_handle(), &m, SLIP_NEVER);
    slip_process_exit(3);
}

static void caller_of_the_dead(void)
{
    struct slip_message m = {.words = 0};
    RUN_EXPECT(slip_endpoint_call(slip_start_handle(), &m, NULL, NULL, SLIP_NEVER) ==
               SLIP_PEER_CLOSED);
    run_count(0);
}

static void death_of_a_server(void)
{
    slip_handle_t endpoint = SLIP_NO_HANDLE;
    uint64_t code = 0;
    RUN_EXPECT(slip_endpoint_create(1, &endpoint) == SLIP_OK);
    slip_handle_t server =
        spawn("server", server_that_dies, with_rights(endpoint, SLIP_RIGHT_RECEIVE, 0));
    slip_handle_t client =
        spawn("client", caller_of_the_dead, with_rights(endpoint, SLIP_RIGHT_SEND, 0));
    RUN_EXPECT(slip_process_wait_code(server, SLIP_NEVER, &code) == SLIP_OK && code == 3);
    slip_handle_close(endpoint);
    RUN_EXPECT(slip_process_wait(client, SLIP_NEVER) == SLIP_OK);
    RUN_EXPECT(atomic_load(&run_record()->count[0]) == 1);
}

ON_ALL(machine_runs, a_server_dies_while_it_holds_a_call, death_of_a_server)

/* ---- time ----------------------------------------------------------------------------------- */

static void sleeper(uint64_t number)
{
    slip_time_t deadline = slip_clock_now() + 1000 * (number % 7 * 300 + 1);
    RUN_EXPECT(slip_thread_sleep_until(deadline) == SLIP_OK);
    RUN_EXPECT(slip_clock_now() >= deadline);
    run_count(0);
}

static void sleepers(void)
{
    slip_handle_t endpoint = SLIP_NO_HANDLE;
    struct slip_message m = {.words = 0};
    for (uint64_t i = 0; i < 20; i++)
        RUN_EXPECT(slip_thread_start(SLIP_SELF, sleeper, i, SLIP_PRIORITY_DEFAULT, SLIP_CPU_ANY,
                                     NULL) == SLIP_OK);
    RUN_EXPECT(slip_endpoint_create(1, &endpoint) == SLIP_OK);
    slip_time_t deadline = slip_clock_now() + 3000000;
    RUN_EXPECT(slip_endpoint_wait(endpoint, &m, deadline) == SLIP_TIMED_OUT);
    RUN_EXPECT(slip_clock_now() >= deadline);
    RUN_EXPECT(slip_endpoint_wait(endpoint, &m, deadline) == SLIP_TIMED_OUT);
    RUN_EXPECT(slip_endpoint_wait(endpoint, &m, 0) == SLIP_WOULD_BLOCK);
    while (atomic_load(&run_record()->count[0]) < 20)
        slip_thread_sleep_until(slip_clock_now() + 100000);
}

ON_ALL(machine_runs, armed_times_come_and_not_too_early, sleepers)

static void computing(void)
{
    for (uint64_t ns = 1; ns <= 1000000; ns *= 10) {
        slip_time_t start = slip_clock_now();
        slip_thread_compute(ns);
        RUN_EXPECT(slip_clock_now() - start >= ns);
    }
    slip_thread_compute(0);
}

ON_ALL(machine_runs, compute_spends_time, computing)

/* ---- preemption ----------------------------------------------------------------------------- */

static void better(uint64_t until)
{
    slip_thread_sleep_until(until);
    run_record()->number[0] = slip_clock_now();
    run_count(0);
}

/* A thread of higher priority runs when its time has come, although another one computes. */
static void preempted_compute(void)
{
    slip_time_t start = slip_clock_now(), until = start + 1000000;
    RUN_EXPECT(slip_thread_affinity(SLIP_SELF, 0) == SLIP_OK);
    RUN_EXPECT(slip_thread_start(SLIP_SELF, better, until, SLIP_PRIORITY_DEFAULT + 1, 0, NULL) ==
               SLIP_OK);
    slip_thread_compute(20000000);
    RUN_EXPECT(atomic_load(&run_record()->count[0]) == 1);
    RUN_EXPECT(run_record()->number[0] >= until);
    RUN_EXPECT(run_record()->number[0] < start + 20000000);
}

ON_ALL(machine_runs, compute_is_preempted, preempted_compute)

static void preempted_loop(void)
{
    slip_time_t until = slip_clock_now() + 100000;
    RUN_EXPECT(slip_thread_affinity(SLIP_SELF, 0) == SLIP_OK);
    RUN_EXPECT(slip_thread_start(SLIP_SELF, better, until, SLIP_PRIORITY_DEFAULT + 1, 0, NULL) ==
               SLIP_OK);
    while (atomic_load(&run_record()->count[0]) == 0)
        slip_thread_checkpoint();
}

ON_ALL(machine_runs, a_checkpoint_lets_others_in, preempted_loop)

static void take_turns(uint64_t number)
{
    for (uint32_t i = 0; i < 50; i++) {
        run_count((uint32_t)number);
        slip_thread_yield();
    }
}

/* ---- moving between CPUs -------------------------------------------------------------------- */

static void wander(uint64_t number)
{
    uint32_t cpus = (uint32_t)run_record()->number[1];
    for (uint32_t i = 0; i < 40; i++) {
        RUN_EXPECT(slip_thread_affinity(SLIP_SELF, (uint32_t)(number + i) % cpus) == SLIP_OK);
        slip_thread_yield();
    }
    run_count(0);
}

static void migration(void)
{
    uint32_t cpus = 1;
    while (slip_thread_affinity(SLIP_SELF, cpus) == SLIP_OK)
        cpus++;
    slip_thread_affinity(SLIP_SELF, SLIP_CPU_ANY);
    run_record()->number[1] = cpus;
    for (uint64_t i = 0; i < 6; i++)
        slip_thread_start(SLIP_SELF, wander, i, SLIP_PRIORITY_DEFAULT, SLIP_CPU_ANY, NULL);
    slip_thread_start(SLIP_SELF, take_turns, 2, SLIP_PRIORITY_DEFAULT, SLIP_CPU_ANY, NULL);
    while (atomic_load(&run_record()->count[0]) < 6 || atomic_load(&run_record()->count[2]) < 50)
        slip_thread_sleep_until(slip_clock_now() + 100000);
}

ON_ALL(machine_runs, threads_move_between_cpus, migration)

/* ---- memory --------------------------------------------------------------------------------- */

static void use_memory(void)
{
    slip_handle_t buffer = SLIP_NO_HANDLE;
    char *heap = sim_alloc(100000), *address = NULL;
    RUN_EXPECT(heap != NULL && heap[0] == 0 && heap[99999] == 0);
    RUN_EXPECT(slip_buffer_create(1 << 20, &buffer, (void **)&address) == SLIP_OK);
    RUN_EXPECT(address != NULL && address[0] == 0 && address[(1 << 20) - 1] == 0);
    address[(1 << 20) - 1] = 1;
    slip_handle_t registered = SLIP_NO_HANDLE;
    RUN_EXPECT(slip_buffer_register(heap, 100000, &registered) == SLIP_OK);
    RUN_EXPECT(slip_handle_close(registered) == SLIP_OK);
    sim_free(heap);
    sim_free(NULL);
    RUN_EXPECT(sim_alloc(SIZE_MAX) == NULL);
    struct slip_message *m = sim_alloc(sizeof *m); /* system calls accept it */
    RUN_EXPECT(slip_endpoint_wait(slip_start_handle(), m, 0) == SLIP_WOULD_BLOCK);
}

static void memory(void)
{
    for (uint32_t i = 0; i < 10; i++) {
        slip_handle_t endpoint = SLIP_NO_HANDLE;
        slip_endpoint_create(1, &endpoint);
        slip_handle_t process = spawn("memory", use_memory, endpoint);
        RUN_EXPECT(slip_process_wait(process, SLIP_NEVER) == SLIP_OK);
    }
}

ON_ALL(machine_runs, a_process_uses_its_own_memory, memory)

static int global;

/* What would be no memory of the process on bare metal is none here. */
static void bad_addresses(void)
{
    slip_handle_t endpoint = SLIP_NO_HANDLE;
    slip_endpoint_create(1, &endpoint);
    char *stack = (char *)((uintptr_t)slip_message_area() & ~(uintptr_t)4095);
    RUN_EXPECT(slip_debug_write("", 0) == SLIP_OK);
    RUN_EXPECT(slip_debug_write((char *)&global, 4) == SLIP_BAD_ADDRESS);
    RUN_EXPECT(slip_debug_write((char *)run_record(), 4) == SLIP_BAD_ADDRESS);
    RUN_EXPECT(slip_debug_write(NULL, 1) == SLIP_BAD_ADDRESS);
    RUN_EXPECT(slip_debug_write((char *)UINTPTR_MAX, 1) == SLIP_BAD_ADDRESS);
    /* Down the stack there is the guard page, which must be refused and not touched. */
    int refused = 0;
    for (uint32_t i = 0; i < 512 && !refused; i++) {
        struct slip_message *m = (struct slip_message *)(stack - (uintptr_t)i * 4096);
        uint64_t in[6] = {endpoint, slip_tag(8, 0, 0, SLIP_SEND_FAIL_FULL), (uintptr_t)m, 0};
        uint64_t out[3];
        refused = slip_trap(SLIP_CALL_endpoint_send, in, out) == SLIP_BAD_ADDRESS;
    }
    RUN_EXPECT(refused);
}

ON_ALL(machine_runs, bad_addresses_are_refused, bad_addresses)
