/* Programs on the modelled machine take what was published for the processor that a preset names. */
#include <criterion/criterion.h>
#include <slipway/slipway.h>
#include "sim/instance.h"

#define ROUNDS 1000U

/* Picoseconds of one round of each path. */
struct paths {
    slip_time_t null, yield, signal, send;
    slip_status_t status;
};

static void other_yields(uint64_t argument)
{
    (void)argument;
    for (;;)
        slip_thread_yield();
}

static void other_answers(uint64_t endpoint)
{
    struct slip_message m = {.words = 0};
    slip_status_t status = slip_endpoint_wait(endpoint, &m, SLIP_NEVER);
    while (status == SLIP_OK)
        status = slip_endpoint_reply_wait(endpoint, m.request, SLIP_OK, 0, &m, SLIP_NEVER);
}

static slip_time_t per_round(slip_time_t start, slip_time_t clock, uint32_t rounds)
{
    return (slip_clock_now() - start - clock) * 1000 / rounds;
}

static void start_other(struct paths *paths, void (*body)(uint64_t), uint64_t argument)
{
    slip_handle_t thread;
    slip_status_t status =
        slip_thread_start(SLIP_SELF, body, argument, SLIP_PRIORITY_DEFAULT, 0, &thread);
    if (status != SLIP_OK)
        paths->status = status;
}

static void measure(void)
{
    struct paths *paths = sim_argument();
    slip_handle_t port, endpoint;
    paths->status = slip_port_create(2 * ROUNDS, &port);
    slip_endpoint_create(0, &endpoint);

    slip_time_t start = slip_clock_now(), clock = slip_clock_now() - start;
    start = slip_clock_now();
    for (uint32_t i = 0; i < ROUNDS; i++)
        slip_clock_now();
    paths->null = per_round(start, clock, ROUNDS);

    slip_port_post(port, 0, SLIP_OK, 0);
    start = slip_clock_now();
    for (uint32_t i = 0; i < ROUNDS; i++)
        slip_port_post(port, i, SLIP_OK, 0);
    paths->signal = per_round(start, clock, ROUNDS);

    start_other(paths, other_answers, endpoint);
    struct slip_message m = {.words = 1};
    slip_endpoint_call(endpoint, &m, NULL, NULL, SLIP_NEVER);
    start = slip_clock_now();
    for (uint32_t i = 0; i < ROUNDS; i++)
        slip_endpoint_call(endpoint, &m, NULL, NULL, SLIP_NEVER);
    paths->send = per_round(start, clock, 2 * ROUNDS); /* the reply is one, too */

    start_other(paths, other_yields, 0);
    slip_thread_yield();
    start = slip_clock_now();
    for (uint32_t i = 0; i < ROUNDS; i++)
        slip_thread_yield();
    paths->yield = per_round(start, clock, 2 * ROUNDS); /* the other one's, too */
    slip_process_exit(0);
}

static void expect(const char *costs, const char *what, slip_time_t ps, uint32_t cycles, double hz)
{
    cr_assert_float_eq((double)ps, cycles * 1e12 / hz, 10, "%s: %s takes %lu ps, not %f", costs,
                       what, (unsigned long)ps, cycles * 1e12 / hz);
}

static struct paths run(const char *costs, const char *kernel)
{
    char error[512] = "";
    struct paths paths = {.status = SLIP_OK};
    struct sim_options options = {
        .machine = "model", .cpus = 1, .costs = costs, .kernel = kernel, .argument = &paths};
    struct sim_instance *instance = sim_instance_create(&options, NULL, error, sizeof error);
    cr_assert_not_null(instance, "%s", error);
    cr_assert_eq(sim_instance_run(instance, measure, error, sizeof error), 0, "%s", error);
    cr_assert_eq(paths.status, SLIP_OK);
    sim_instance_destroy(instance);
    return paths;
}

Test(cost_paths, a_program_takes_what_was_published)
{
    static const struct {
        const char *costs;
        double hz;
        uint32_t null, signal, yield, call, send;
    } all[] = {{"skylake-64", 3.4e9, 135, 218, 483, 503, 1243},
               {"haswell-64", 3.4e9, 129, 205, 422, 376, 809},
               {"cortex-a9", 996e6, 114, 429, 582, 406, 861},
               {"cortex-a57", 432e6, 249, 419, 662, 413, 709}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct paths fast = run(all[i].costs, ""), slow = run(all[i].costs, "fast_path=off");
        expect(all[i].costs, "null", fast.null, all[i].null, all[i].hz);
        expect(all[i].costs, "signal", fast.signal, all[i].signal, all[i].hz);
        expect(all[i].costs, "yield", fast.yield, all[i].yield, all[i].hz);
        expect(all[i].costs, "call", fast.send, all[i].call, all[i].hz);
        expect(all[i].costs, "send", slow.send, all[i].send, all[i].hz);
    }
}
