/* How does the simulated kernel scale from one CPU to all?
 *
 * Pairs of a client and a server, each pair on a CPU of its own and with an endpoint of its own, touch
 * nothing in common: the ideal is a straight line. The same with one endpoint for all servers and
 * clients, and with one port that all post to and one takes from. All clients begin together and stop
 * with the first one that is through, so that what each has done was done beside all others. Jain's
 * index of fairness is 1 if all clients got the same, 1/n if one got everything. Arithmetic that shares
 * nothing is the control: where that does not scale, the host's CPUs are not as many as they seem. */
#include <slipway/sim.h>
#include <slipway/slipway.h>

#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include "bench/harness/bench.h"
#include "bench/peer/arithmetic.h"

#define CPUS_MAX BENCH_CPUS_MAX
#define DEPTH 256U

struct load {
    uint32_t cpus, turns;
    atomic_uint wrong;
    atomic_uint ready, over; /* clients that are there; 1 from when the first one is through */
    slip_handle_t endpoint[CPUS_MAX]; /* of the pair on that CPU; one of them if they share */
    slip_handle_t port, done;
    uint32_t next[CPUS_MAX]; /* what is to come from each client, by who takes */
    double rate[CPUS_MAX];   /* of each client: operations per microsecond */
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

/* By the host's leave, for there may be more simulated CPUs than it has. Returns the time. */
static double begin_together(struct load *load)
{
    atomic_fetch_add(&load->ready, 1);
    while (atomic_load(&load->ready) < load->cpus && atomic_load(&load->wrong) == 0)
        sched_yield();
    return bench_now();
}

static int go_on(const struct load *load, uint32_t done)
{
    return done < load->turns && !atomic_load_explicit(&load->over, memory_order_relaxed);
}

static void finish(struct load *load, uint64_t cpu, uint32_t done, double before)
{
    load->rate[cpu] = done / (bench_now() - before) * 1000;
    atomic_store(&load->over, 1);
    if (slip_port_post(load->done, cpu, SLIP_OK, 0) != SLIP_OK)
        load->wrong++;
}

static void ask(uint64_t cpu)
{
    struct load *load = sim_argument();
    double before = begin_together(load);
    uint32_t i = 0;
    for (; go_on(load, i); i++) {
        struct slip_message m = {.word = {i}, .words = 1};
        if (slip_endpoint_call(load->endpoint[cpu], &m, NULL, NULL, SLIP_NEVER) != SLIP_OK ||
            m.word[0] != i)
            load->wrong++;
    }
    finish(load, cpu, i, before);
}

static void post(uint64_t cpu)
{
    struct load *load = sim_argument();
    double before = begin_together(load);
    uint32_t i = 0;
    for (; go_on(load, i); i++) {
        slip_status_t status;
        while ((status = slip_port_post(load->port, cpu, SLIP_OK, i)) == SLIP_FULL)
            slip_thread_yield();
        load->wrong += status != SLIP_OK;
    }
    finish(load, cpu, i, before);
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
    struct slip_completion one;
    uint32_t count;
    for (uint32_t i = 0; i < load->cpus; i++)
        load->wrong += slip_port_wait(load->done, &one, 1, 1, SLIP_NEVER, &count) != SLIP_OK;
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

/* What each client posts comes in order. */
static void take_all(uint64_t port)
{
    struct load *load = sim_argument();
    struct slip_completion taken[16];
    uint32_t count;
    while (slip_port_wait(port, taken, 1, 16, SLIP_NEVER, &count) == SLIP_OK)
        for (uint32_t i = 0; i < count; i++)
            load->wrong += (uint32_t)taken[i].result != load->next[taken[i].key]++;
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

static double rate_of(const struct load *load)
{
    double sum = 0;
    for (uint32_t i = 0; i < load->cpus; i++)
        sum += load->rate[i];
    return sum;
}

static double fairness_of(const struct load *load)
{
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < load->cpus; i++) {
        sum += load->rate[i];
        squares += load->rate[i] * load->rate[i];
    }
    return sum * sum / (load->cpus * squares);
}

static double run(const struct bench_case *self, uint32_t turns)
{
    const struct shape *shape = self->extra;
    struct load load = {.cpus = self->cpus, .turns = turns};
    struct sim_options options = {.machine = "cores", .cpus = load.cpus, .argument = &load};
    if (sim_run(&options, shape->root) != 0 || load.wrong != 0)
        return BENCH_FAILED;
    return shape->figure == RATE ? rate_of(&load) : fairness_of(&load);
}

static double arithmetic(const struct bench_case *self, uint32_t turns)
{
    return peer_arithmetic(self->cpus, turns);
}

/* ---- a case for each number of CPUs -------------------------------------------------------------------- */

static const struct series {
    const char *name, *unit;
    double (*run)(const struct bench_case *self, uint32_t turns);
    uint32_t turns, from; /* `from`: the least number of CPUs that it is asked for */
    struct shape shape;
    double on_two; /* what two CPUs are to reach, in parts of one; 0: no target */
    int quiet_only;
} all[] = {
    {"disjoint pairs", "/us", run, 100000, 1, {pairs, RATE}, 1.9, 1},
    {"control: arithmetic", "/us", arithmetic, 8000000, 1, {NULL, RATE}, 0, 1},
    {"one endpoint", "/us", run, 60000, 1, {one_endpoint, RATE}, 0, 0},
    {"one port", "/us", run, 60000, 1, {one_port, RATE}, 0, 0},
    {"Jain's, disjoint pairs", "", run, 100000, 2, {pairs, FAIRNESS}, 0, 0},
    {"Jain's, one endpoint", "", run, 60000, 2, {one_endpoint, FAIRNESS}, 0, 0},
    {"Jain's, one port", "", run, 60000, 2, {one_port, FAIRNESS}, 0, 0},
};

#define SERIES (sizeof all / sizeof all[0])
#define NAME_BYTES 48

static struct bench_case cases[SERIES * BENCH_STEPS_MAX];
static struct bench_claim claims[SERIES * BENCH_STEPS_MAX];
static char names[SERIES * BENCH_STEPS_MAX][NAME_BYTES];

static void plan(struct bench_program *program, const uint32_t *cpus, uint32_t steps)
{
    uint32_t count = 0, claimed = 0;
    for (uint32_t i = 0; i < SERIES; i++) {
        const struct series *series = &all[i];
        uint32_t first = count;
        for (uint32_t k = 0; k < steps; k++) {
            if (cpus[k] < series->from)
                continue;
            snprintf(names[count], NAME_BYTES, "%s, %u CPU%s", series->name, cpus[k],
                     cpus[k] == 1 ? "" : "s");
            cases[count] =
                (struct bench_case){names[count], series->unit,   series->run, series->turns, 8,
                                    cpus[k],      &series->shape, NULL};
            if (cpus[k] != 1 && series->from == 1)
                claims[claimed++] =
                    (struct bench_claim){names[count], names[first], 0,
                                         cpus[k] == 2 ? series->on_two : 0, series->quiet_only};
            count++;
        }
    }
    program->cases = cases;
    program->case_count = count;
    program->claims = claims;
    program->claim_count = claimed;
}

const struct bench_program bench_program = {
    .name = "scaling",
    .about = "Scaling from one CPU to all: calls, or posts, per microsecond",
    .plan = plan,
    .rounds = 21,
};
