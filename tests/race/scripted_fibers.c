/* The scripted machine has one host thread, so nothing races; this shows that its contexts are told
 * to the thread sanitizer, and that two machines on two host threads share nothing. */
#include <pthread.h>
#include <slipway/sim.h>
#include <slipway/slipway.h>
#include "tests/race/race.h"

static void answer(uint64_t endpoint)
{
    struct slip_message m = {.words = 0};
    slip_status_t status = slip_endpoint_wait(endpoint, &m, SLIP_NEVER);
    while (status == SLIP_OK && m.word[0] != 0)
        status = slip_endpoint_reply_wait(endpoint, m.request, SLIP_OK, 0, &m, SLIP_NEVER);
    slip_request_reply(m.request, SLIP_OK, 0);
}

static void root(void)
{
    uint64_t *sum = sim_argument();
    slip_handle_t endpoint;
    RACE_EXPECT(slip_endpoint_create(1, &endpoint) == SLIP_OK);
    RACE_EXPECT(slip_thread_start(SLIP_SELF, answer, endpoint, SLIP_PRIORITY_DEFAULT, SLIP_CPU_ANY,
                                  NULL) == SLIP_OK);
    for (uint64_t i = 500; i-- > 0;) {
        struct slip_message m = {.word = {i}, .words = 1};
        RACE_EXPECT(slip_endpoint_call(endpoint, &m, NULL, NULL, SLIP_NEVER) == SLIP_OK);
        *sum += i;
    }
}

static void *run(void *argument)
{
    for (uint64_t seed = 1; seed < 8; seed++) {
        uint64_t sum = 0;
        struct sim_options options = {
            .machine = "scripted", .cpus = 3, .seed = seed, .argument = &sum};
        RACE_EXPECT(sim_run(&options, root) == 0);
        RACE_EXPECT(sum == 499 * 500 / 2);
    }
    return argument;
}

int main(void)
{
    pthread_t other;
    pthread_create(&other, NULL, run, NULL);
    run(NULL);
    pthread_join(other, NULL);
    return 0;
}
