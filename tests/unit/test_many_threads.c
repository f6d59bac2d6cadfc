/* A hundred thousand threads on the machine cores: under the host's bound on mappings, and small. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <unistd.h>
#include <slipway/sim.h>
#include <slipway/slipway.h>
#include "sim/poison.h"

#define THREADS 100000U
#define IDLE_BYTES_MAX 6144U

struct many {
    uint32_t started;
    uint64_t bytes_each;
};

/* Not of the whole program's peak: what is resident now. */
static uint64_t resident(void)
{
    unsigned long all = 0, now = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%lu %lu", &all, &now) != 2)
        now = 0;
    fclose(file);
    return (uint64_t)now * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void waits(uint64_t endpoint)
{
    struct slip_message m = {.words = 0};
    slip_endpoint_wait(endpoint, &m, SLIP_NEVER);
}

static void start_many(void)
{
    struct many *many = sim_argument();
    slip_handle_t endpoint;
    if (slip_endpoint_create(1, &endpoint) != SLIP_OK)
        return;
    uint64_t before = resident();
    while (many->started < THREADS &&
           slip_thread_start(SLIP_SELF, waits, endpoint, SLIP_PRIORITY_DEFAULT + 1, 0, NULL) ==
               SLIP_OK)
        many->started++;
    many->bytes_each = many->started == 0 ? 0 : (resident() - before) / many->started;
    slip_handle_close(endpoint);
}

Test(many_threads, a_hundred_thousand_fit_and_an_idle_one_is_small)
{
    if (SIM_ADDRESS_SANITIZER)
        cr_skip_test("its shadow memory and its larger stacks are counted, too");
    struct many many = {0};
    struct sim_options options = {.machine = "cores", .argument = &many};
    cr_assert_eq(sim_run(&options, start_many), 0);
    cr_log_info("%u threads, %lu bytes resident each", many.started, many.bytes_each);
    cr_assert_eq(many.started, THREADS);
#ifdef __OPTIMIZE__ /* else the frames of a thread that waits are larger than one page */
    cr_assert_leq(many.bytes_each, IDLE_BYTES_MAX, "%lu bytes", many.bytes_each);
#endif
}
