/* How does the simulated kernel scale from one CPU to all?
 *
 * Pairs of a client and a server, each pair on a CPU of its own and with an endpoint of its own, touch
 * nothing in common: the ideal is a straight line. The same with one endpoint for all servers and
 * clients, and with one port that all post to and one takes from. Jain's index of fairness is 1 if
 * all clients got the same, 1/n if one got everything. Arithmetic that shares nothing is the control:
 * where that does not scale, the host's CPUs are not as many as they seem. */
#include <slipway/sim.h>
#include <slipway/slipway.h>

#include <stdatomic.h>
#include <stdio.h>
#include "bench/harness/bench.h"
#include "bench/harness/host.h"
#include "bench/peer/arithmetic.h"

#define CPUS_MAX PEER_CPUS_MAX
#define DEPTH 256U

struct load {
    uint32_t cpus, turns;
    atomic_uint wrong;
    slip_handle_t endpoint[CPUS_MAX]; /* of the pair on that CPU; one of them if they share */
    slip_handle_t port, done;
    double elapsed_ns[CPUS_MAX]; /* of each client */
};

enum figure { RATE, FAIRNESS };

struct shape {
    void (*root)(void);
    enum figure figure;
};

/* ---- clients and servers ------------------------------------------------------------------------ */

static void serve(uint64_t endpoint)
{
    struct slip_message m = {.words = 0};
    slip_status_t status = slip_endpoint_wait(endpoint, &m, SLIP_NEVER);
    while (status == SLIP_OK)
        status = slip_endpoint_reply_wait(endpoint, m.request, SLIP_OK, 0, &m, SLIP_NEVER);
}

static void finish(struct load *load, uint64_t cpu, double before)
{
    load->elapsed_ns[cpu] = bench_now() - before;
    if (slip_port_post(load->done, cpu, SLIP_OK, 0) != SLIP_OK)
        load->wrong++;
}

static void ask(uint64_t cpu)
{
    struct load *load = sim_argument();
    double before = bench_now();
    for (uint32_t i = 0; i < load->turns; i++) {
        struct slip_message m = {.word = {i}, .words = 1};
        if (slip_endpoint_call(load->endpoint[cpu], &m, NULL, NULL, SLIP_NEVER) != SLIP_OK ||
            m.word[0] != i)
            load->wrong++;
    }
    finish(load, cpu, before);
}

static void post(uint64_t cpu)
{
    struct load *load = sim_argument();
    double before = bench_now();
    for (uint32_t i = 0; i < load->turns; i++)
        while (slip_port_post(load->port, cpu, SLIP_OK, i) == SLIP_FULL)
            slip_thread_yield();
    finish(load, cpu, before);
}

static void start(struct load *load, void (*entry)(uint64_t), uint64_t argument, uint32_t cpu)
{
    slip_handle_t thread;
    if (slip_thread_start(SLIP_SELF, entry, argument, SLIP_PRIORITY_DEFAULT - 1, cpu, &thread) !=
            SLIP_OK ||
        slip_handle_close(thread) != SLIP_OK)
        load->wrong++;
}

static void wait_for_all(struct load *load)
{
    struct slip_completion over[CPUS_MAX];
    uint32_t count;
    if (slip_port_wait(load->done, over, load->cpus, load->cpus, SLIP_NEVER, &count) != SLIP_OK)
        load->wrong++;
    slip_process_exit(0);
}

/* ---- shapes ----------------------------------------------------------------------------------------- */

static void pairs(void)
{
    struct load *load = sim_argument();
    load->wrong += slip_port_create(CPUS_MAX, &load->done) != SLIP_OK;
    for (uint32_t i = 0; i < load->cpus; i++) {
        load->wrong += slip_endpoint_create(1, &load->endpoint[i]) != SLIP_OK;
        start(load, serve, load->endpoint[i], i);
    }
    for (uint32_t i = 0; i < load->cpus; i++)
        start(load, ask, i, i);
    wait_for_all(load);
}

static void one_endpoint(void)
{
    struct load *load = sim_argument();
    load->wrong += slip_port_create(CPUS_MAX, &load->done) != SLIP_OK;
    load->wrong += slip_endpoint_create(1, &load->endpoint[0]) != SLIP_OK;
    for (uint32_t i = 0; i < load->cpus; i++) {
        load->endpoint[i] = load->endpoint[0];
        start(load, serve, load->endpoint[0], i);
    }
    for (uint32_t i = 0; i < load->cpus; i++)
        start(load, ask, i, i);
    wait_for_all(load);
}

static void take_all(uint64_t port)
{
    struct slip_completion taken[16];
    uint32_t count;
    while (slip_port_wait(port, taken, 1, 16, SLIP_NEVER, &count) == SLIP_OK)
        ;
}

static void one_port(void)
{
    struct load *load = sim_argument();
    load->wrong += slip_port_create(CPUS_MAX, &load->done) != SLIP_OK;
    load->wrong += slip_port_create(DEPTH, &load->port) != SLIP_OK;
    start(load, take_all, load->port, 0);
    for (uint32_t i = 0; i < load->cpus; i++)
        start(load, post, i, i);
    wait_for_all(load);
}

/* ---- figures ----------------------------------------------------------------------------------------- */

/* Operations per microsecond of all clients: the sum of what each did in its own time. */
static double rate_of(const struct load *load)
{
    double sum = 0;
    for (uint32_t i = 0; i < load->cpus; i++)
        sum += load->turns / load->elapsed_ns[i];
    return sum * 1000;
}

static double fairness_of(const struct load *load)
{
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < load->cpus; i++) {
        double rate = 1 / load->elapsed_ns[i];
        sum += rate;
        squares += rate * rate;
    }
    return sum * sum / (load->cpus * squares);
}

static double run(const struct bench_case *self, uint32_t turns)
{
    const struct shape *shape = self->extra;
    uint32_t cpus = self->cpus != 0 ? self->cpus : bench_cpus();
    struct load load = {.cpus = cpus < CPUS_MAX ? cpus : CPUS_MAX, .turns = turns};
    struct sim_options options = {.machine = "cores", .cpus = load.cpus, .argument = &load};
    if (sim_run(&options, shape->root) != 0 || load.wrong != 0)
        return BENCH_FAILED;
    return shape->figure == RATE ? rate_of(&load) : fairness_of(&load);
}

static double arithmetic(const struct bench_case *self, uint32_t turns)
{
    uint32_t cpus = self->cpus != 0 ? self->cpus : bench_cpus();
    return peer_arithmetic(cpus < CPUS_MAX ? cpus : CPUS_MAX, turns);
}

static const struct shape pair_rate = {pairs, RATE};
static const struct shape endpoint_rate = {one_endpoint, RATE};
static const struct shape endpoint_fairness = {one_endpoint, FAIRNESS};
static const struct shape port_rate = {one_port, RATE};
static const struct shape port_fairness = {one_port, FAIRNESS};

static const struct bench_case cases[] = {
    {"disjoint pairs, 1 CPU", "/us", run, 100000, 8, 1, &pair_rate},
    {"disjoint pairs, all CPUs", "/us", run, 100000, 8, 0, &pair_rate},
    {"control: arithmetic, 1 CPU", "/us", arithmetic, 8000000, 0, 1, NULL},
    {"control: arithmetic, all CPUs", "/us", arithmetic, 8000000, 0, 0, NULL},
    {"one endpoint, 1 CPU", "/us", run, 60000, 8, 1, &endpoint_rate},
    {"one endpoint, all CPUs", "/us", run, 60000, 8, 0, &endpoint_rate},
    {"one endpoint, all CPUs: Jain's index", "", run, 60000, 8, 0, &endpoint_fairness},
    {"one port, 1 CPU", "/us", run, 60000, 0, 1, &port_rate},
    {"one port, all CPUs", "/us", run, 60000, 0, 0, &port_rate},
    {"one port, all CPUs: Jain's index", "", run, 60000, 0, 0, &port_fairness},
};

static const struct bench_claim claims[] = {
    {"disjoint pairs, all CPUs", "disjoint pairs, 1 CPU", 0, 1.9, 1},
    {"control: arithmetic, all CPUs", "control: arithmetic, 1 CPU", 0, 0, 1},
    {"one endpoint, all CPUs", "one endpoint, 1 CPU", 0, 0, 0},
    {"one port, all CPUs", "one port, 1 CPU", 0, 0, 0},
};

int main(int argc, char **argv)
{
    static const struct bench_program program = {
        .name = "scaling",
        .about = "Scaling from one CPU to all: calls, or posts, per microsecond",
        .cases = cases,
        .case_count = sizeof cases / sizeof cases[0],
        .claims = claims,
        .claim_count = sizeof claims / sizeof claims[0],
        .rounds = 21,
    };
    return bench_main(&program, argc, argv);
}
