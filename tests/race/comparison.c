/* Whole comparisons on the machine with real parallelism: what the host reads while clients write,
 * windows that one thread opens and another closes, clients that end at different times, a run that
 * is interrupted from outside. Every design there is. */
#include <pthread.h>
#include <string.h>
#include <time.h>
#include "sim/run/run.h"
#include "tests/race/race.h"

extern const struct sim_design *const sim_design_table[]; /* generated; NULL ends */

#define DESIGNS_MAX 32U
#define OPS 700U

static const struct sim_plan_endpoint endpoints[] = {{"echo", 1, 0, 32}, {"echo", 2, 0, 32}};
static const struct sim_plan_link links[] = {{.name = "echo", .count = 2, .depth = 3}};
static const struct sim_plan_process processes[] = {
    {.name = "server",
     .role = "echo_server",
     .count = 2,
     .threads = 2,
     .priority = 100,
     .cpu = SLIP_CPU_ANY,
     .serves = 0,
     .device = UINT32_MAX,
     .quota = (uint64_t)64 << 20},
    {.name = "client",
     .role = "client",
     .count = 3,
     .threads = 2,
     .priority = 100,
     .cpu = SLIP_CPU_ANY,
     .serves = UINT32_MAX,
     .device = UINT32_MAX,
     .links = links,
     .link_count = 1,
     .bounded = 1,
     .quota = (uint64_t)64 << 20,
     .op = SIM_OP_ECHO,
     .bytes = 100,
     .size = {.low = 100, .high = 100},
     .verify = 1},
};
static const struct sim_plan plan = {
    .name = "race",
    .path = "race.lua",
    .text = "",
    .hash = "0",
    .about = "a race test",
    .cpus = 3,
    .endpoints = endpoints,
    .endpoint_count = 2,
    .processes = processes,
    .process_count = 2,
};

static void *interrupter(void *argument)
{
    const struct timespec wait = {.tv_nsec = 200000000};
    (void)argument;
    nanosleep(&wait, NULL);
    sim_run_interrupt();
    return NULL;
}

int main(void)
{
    const struct sim_design *designs[DESIGNS_MAX];
    char error[512] = "";
    uint32_t count = 0;
    while (count < DESIGNS_MAX && sim_design_table[count] != NULL) {
        designs[count] = sim_design_table[count];
        count++;
    }
    RACE_EXPECT(count > 0);

    struct sim_result *result = sim_result_create();
    struct sim_run_options options = {.ops = OPS, .slices = 2};
    enum sim_run_outcome outcome =
        sim_compare(&plan, designs, count, &options, result, error, sizeof error);
    for (uint32_t i = 0; i < result->design_count; i++)
        for (uint32_t n = 0; n < result->designs[i].failures.count; n++)
            fprintf(stderr, "%s: %s\n", designs[i]->name, result->designs[i].failures.text[n]);
    RACE_EXPECT(outcome == SIM_RUN_OK);
    for (uint32_t i = 0; i < count; i++)
        RACE_EXPECT(result->designs[i].ops == OPS && result->designs[i].verified_bytes > 0);
    sim_result_destroy(result);

    pthread_t thread;
    result = sim_result_create();
    options = (struct sim_run_options){.ops = 1000000000};
    RACE_EXPECT(pthread_create(&thread, NULL, interrupter, NULL) == 0);
    outcome = sim_compare(&plan, designs, count, &options, result, error, sizeof error);
    pthread_join(thread, NULL);
    RACE_EXPECT(outcome == SIM_RUN_INTERRUPTED);
    sim_result_destroy(result);
    return 0;
}
