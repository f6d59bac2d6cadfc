/* Thousands of threads on the machine cores, two CPUs: each waits, is called once, and ends. */
#include <slipway/sim.h>
#include <slipway/slipway.h>

#include "tests/race/race.h"

#define THREADS 1500U

struct all {
    uint32_t threads, made, answered;
};

static void serve(uint64_t endpoint)
{
    struct slip_message m = {.words = 0};
    if (slip_endpoint_wait(endpoint, &m, SLIP_NEVER) == SLIP_OK)
        (void)slip_request_reply(m.request, SLIP_OK, m.word[0]);
}

static void root(void)
{
    struct all *all = sim_argument();
    slip_handle_t endpoint, thread;
    if (slip_endpoint_create(0, &endpoint) != SLIP_OK)
        return;
    for (uint32_t i = 0; i < all->threads; i++) {
        if (slip_thread_start(SLIP_SELF, serve, endpoint, SLIP_PRIORITY_DEFAULT, SLIP_CPU_ANY,
                              &thread) != SLIP_OK)
            break;
        all->made += slip_handle_close(thread) == SLIP_OK;
    }
    for (uint64_t i = 0; i < all->made; i++) {
        struct slip_message m = {.word = {i}, .words = 1};
        uint64_t result = 0;
        all->answered +=
            slip_endpoint_call(endpoint, &m, NULL, &result, SLIP_NEVER) == SLIP_OK && result == i;
    }
    slip_process_exit(0);
}

int main(void)
{
    struct all all = {.threads = THREADS};
    struct sim_options options = {.machine = "cores", .cpus = 2, .argument = &all};
    RACE_EXPECT(sim_run(&options, root) == 0);
    RACE_EXPECT(all.made == THREADS && all.answered == THREADS);
    return 0;
}
