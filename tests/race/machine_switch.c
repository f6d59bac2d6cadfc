/* The machines with real parallelism under load: calls across CPUs, yields, migrations, timers, threads and
 * processes that come, go and are killed, with more simulated CPUs than the host has. */
#include <stdatomic.h>
#include <slipway/sim.h>
#include <slipway/slipway.h>
#include "tests/race/race.h"

#define CPUS 4U
#define CPU_COUNTS 3U /* 1, 2, 4 */
#define CLIENTS 6U
#define CALLS 400U

struct shared {
    atomic_uint answered, slept, wandered, born;
};

static struct shared *shared(void)
{
    return sim_argument();
}

static void server(void)
{
    slip_handle_t endpoint = slip_start_handle();
    struct slip_message m = {.words = 0};
    slip_status_t status = slip_endpoint_wait(endpoint, &m, SLIP_NEVER);
    while (status == SLIP_OK)
        status = slip_endpoint_reply_wait(endpoint, m.request, SLIP_OK, m.badge, &m, SLIP_NEVER);
}

static void client(void)
{
    for (uint64_t i = 0; i < CALLS; i++) {
        struct slip_message m = {.word = {i}, .words = 1};
        uint64_t result = 0;
        RACE_EXPECT(slip_endpoint_call(slip_start_handle(), &m, NULL, &result, SLIP_NEVER) == 0);
        RACE_EXPECT(result != 0 && m.word[0] == i);
        atomic_fetch_add(&shared()->answered, 1);
    }
}

static void wander(uint64_t number)
{
    for (uint32_t i = 0; i < 100; i++) {
        slip_thread_affinity(SLIP_SELF, (uint32_t)(number + i) % CPUS);
        slip_thread_compute(2000);
    }
    atomic_fetch_add(&shared()->wandered, 1);
}

static void sleeper(uint64_t number)
{
    for (uint32_t i = 0; i < 30; i++)
        slip_thread_sleep_until(slip_clock_now() + 1000 * (number + 1) * (i % 5));
    atomic_fetch_add(&shared()->slept, 1);
}

static void short_life(void)
{
    atomic_fetch_add(&shared()->born, 1);
    slip_thread_compute(20000);
}

static slip_handle_t spawn(void (*entry)(void), slip_handle_t handle)
{
    slip_handle_t process;
    RACE_EXPECT(slip_process_create("process", &process) == SLIP_OK);
    RACE_EXPECT(slip_process_start(process, entry, handle) == SLIP_OK);
    return process;
}

static void come_and_go(void)
{
    for (uint32_t i = 0; i < 60; i++) {
        slip_handle_t process = spawn(short_life, SLIP_NO_HANDLE);
        if (i % 2)
            RACE_EXPECT(slip_process_kill(process) == SLIP_OK);
        RACE_EXPECT(slip_process_wait(process, SLIP_NEVER) == SLIP_OK);
        slip_handle_close(process);
    }
}

static void root(void)
{
    slip_handle_t endpoint, copy, servers[2], clients[CLIENTS];
    RACE_EXPECT(slip_endpoint_create(1, &endpoint) == SLIP_OK);
    for (uint32_t i = 0; i < 2; i++) {
        RACE_EXPECT(slip_handle_duplicate(endpoint, SLIP_RIGHT_RECEIVE, 0, &copy) == SLIP_OK);
        servers[i] = spawn(server, copy);
    }
    for (uint32_t i = 0; i < CLIENTS; i++) {
        RACE_EXPECT(slip_handle_duplicate(endpoint, SLIP_RIGHT_SEND, i + 1, &copy) == SLIP_OK);
        clients[i] = spawn(client, copy);
    }
    for (uint64_t i = 0; i < 4; i++) {
        slip_thread_start(SLIP_SELF, wander, i, SLIP_PRIORITY_DEFAULT, SLIP_CPU_ANY, NULL);
        slip_thread_start(SLIP_SELF, sleeper, i, SLIP_PRIORITY_DEFAULT + 1, SLIP_CPU_ANY, NULL);
    }
    come_and_go();
    for (uint32_t i = 0; i < CLIENTS; i++)
        RACE_EXPECT(slip_process_wait(clients[i], SLIP_NEVER) == SLIP_OK);
    for (uint32_t i = 0; i < 2; i++)
        slip_process_kill(servers[i]);
    while (atomic_load(&shared()->wandered) < 4 || atomic_load(&shared()->slept) < 4)
        slip_thread_sleep_until(slip_clock_now() + 100000);
}

int main(void)
{
    static const char *const machines[] = {"threads", "cores"};
    for (uint32_t run = 0; run < 2 * CPU_COUNTS; run++) {
        uint32_t cpus = 1U << run / 2;
        struct shared all = {0};
        struct sim_options options = {.machine = machines[run % 2], .cpus = cpus, .argument = &all};
        RACE_EXPECT(sim_run(&options, root) == 0);
        RACE_EXPECT(atomic_load(&all.answered) == CLIENTS * CALLS);
    }
    return 0;
}
