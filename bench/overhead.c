/* What does the harness of `slipway run` add to an operation?
 *
 * The scenario ping_pong by the command, whose figure is one operation of a design with what the
 * roles, the recorder and the clock take around it, beside a call and its reply that a program makes
 * by itself, as large and on as many CPUs. The design is the one that makes the same system calls. The
 * difference is to be subtracted only where its interval is small beside it. */
#include <slipway/sim.h>
#include <slipway/slipway.h>

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "bench/harness/bench.h"

#define WORDS 1U /* of ping_pong: 8 bytes */

/* Of the same round: by CPUs, less one. */
static double last_bare[2], last_scenario[2];

struct trip {
    uint32_t cpus, turns, wrong;
    double ns;
};

/* ---- bare ---------------------------------------------------------------------------------------- */

static void serve(void)
{
    slip_handle_t endpoint = slip_start_handle();
    struct slip_message m = {.words = 0};
    slip_status_t status = slip_endpoint_wait(endpoint, &m, SLIP_NEVER);
    while (status == SLIP_OK)
        status = slip_endpoint_reply_wait(endpoint, m.request, SLIP_OK, 0, &m, SLIP_NEVER);
}

static void ask(void)
{
    struct trip *trip = sim_argument();
    double before = bench_now();
    for (uint32_t i = 0; i < trip->turns; i++) {
        struct slip_message m = {.word = {i}, .words = WORDS};
        if (slip_endpoint_call(slip_start_handle(), &m, NULL, NULL, SLIP_NEVER) != SLIP_OK ||
            m.word[0] != i)
            trip->wrong++;
    }
    trip->ns = (bench_now() - before) / trip->turns;
}

static void root(void)
{
    const struct trip *trip = sim_argument();
    slip_handle_t endpoint, to_serve, to_ask, serving, asking;
    if (slip_endpoint_create(1, &endpoint) != SLIP_OK ||
        slip_handle_duplicate(endpoint, SLIP_RIGHT_RECEIVE, 0, &to_serve) != SLIP_OK ||
        slip_handle_duplicate(endpoint, SLIP_RIGHT_SEND, 0, &to_ask) != SLIP_OK ||
        slip_process_create("server", &serving) != SLIP_OK ||
        slip_process_create("client", &asking) != SLIP_OK ||
        slip_process_start_on(serving, serve, to_serve, SLIP_PRIORITY_DEFAULT, trip->cpus - 1) !=
            SLIP_OK ||
        slip_process_start_on(asking, ask, to_ask, SLIP_PRIORITY_DEFAULT, 0) != SLIP_OK)
        return; /* there is no time then: the slice has failed */
    slip_process_wait(asking, SLIP_NEVER);
    slip_process_kill(serving);
}

static double bare(const struct bench_case *self, uint32_t turns)
{
    struct trip trip = {.cpus = self->cpus, .turns = turns};
    struct sim_options options = {.machine = "cores", .cpus = self->cpus, .argument = &trip};
    int failed = sim_run(&options, root) != 0 || trip.wrong != 0 || trip.ns <= 0;
    return last_bare[self->cpus - 1] = failed ? BENCH_FAILED : trip.ns;
}

/* ---- by the command ---------------------------------------------------------------------------- */

/* The command lies one folder above this program. */
static int command_line(char *line, size_t size, uint32_t cpus, uint32_t turns)
{
    char here[4096];
    ssize_t length = readlink("/proc/self/exe", here, sizeof here - 1);
    if (length <= 0)
        return -1;
    here[length] = 0;
    *strrchr(here, '/') = 0;
    int wanted = snprintf(line, size,
                          "'%s/../slipway' run ping_pong --machine cores --design rendezvous "
                          "--cpus %u --ops %u --json --no-progress 2>/dev/null",
                          here, cpus, turns);
    return wanted < (int)size ? 0 : -1;
}

/* Nanoseconds per operation of the one design in a result of the command. */
static double per_operation(const json_t *result)
{
    const json_t *design = json_array_get(json_object_get(result, "designs"), 0);
    double ops = json_number_value(json_object_get(json_object_get(design, "ops_per_s"), "median"));
    return ops > 0 ? 1e9 / ops : BENCH_FAILED;
}

static double run_scenario(const struct bench_case *self, uint32_t turns)
{
    char line[4400];
    FILE *command;
    last_scenario[self->cpus - 1] = BENCH_FAILED;
    if (command_line(line, sizeof line, self->cpus, turns) != 0 ||
        (command = popen(line, "re")) == NULL)
        return BENCH_FAILED;
    json_t *result = json_loadf(command, 0, NULL);
    double ns = per_operation(result);
    json_decref(result);
    return last_scenario[self->cpus - 1] = pclose(command) == 0 ? ns : BENCH_FAILED;
}

static double difference(const struct bench_case *self, uint32_t turns)
{
    double with = last_scenario[self->cpus - 1], without = last_bare[self->cpus - 1];
    (void)turns;
    return bench_is_figure(with) && bench_is_figure(without) ? with - without : BENCH_FAILED;
}

static const struct bench_case cases[] = {
    {"ping_pong by slipway run, 1 CPU", "ns", run_scenario, 50000, 8, 1, NULL, NULL},
    {"bare call + reply, 1 CPU", "ns", bare, 50000, 8, 1, NULL, NULL},
    {"the harness, 1 CPU: the difference", "ns", difference, 1, 8, 1, NULL, NULL},
    {"ping_pong by slipway run, 2 CPUs", "ns", run_scenario, 30000, 8, 2, NULL, NULL},
    {"bare call + reply, 2 CPUs", "ns", bare, 30000, 8, 2, NULL, NULL},
    {"the harness, 2 CPUs: the difference", "ns", difference, 1, 8, 2, NULL, NULL},
};

static const struct bench_claim claims[] = {
    {"ping_pong by slipway run, 1 CPU", "bare call + reply, 1 CPU", 0, 0, 0},
    {"ping_pong by slipway run, 2 CPUs", "bare call + reply, 2 CPUs", 0, 0, 0},
};

const struct bench_program bench_program = {
    .name = "overhead",
    .about = "What the harness of slipway run adds to an operation of ping_pong",
    .cases = cases,
    .case_count = sizeof cases / sizeof cases[0],
    .claims = claims,
    .claim_count = sizeof claims / sizeof claims[0],
    .rounds = 11,
};
