/* How fast does the model machine simulate, and how much memory does a thread take?
 *
 * Each load runs in a child, so that its memory is its own, and takes turns with the peer's: SimGrid's
 * actors, which send to each other through mailboxes over a network of constant delay. A message is
 * one direction: a call and its reply are two. */
#include <slipway/sim.h>
#include <slipway/slipway.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bench/harness/bench.h"
#include "bench/harness/host.h"

#define BATCH 64U /* threads that one process starts before it waits for them to be there */

/* ---- inside: pairs that call and reply ---------------------------------------------------------- */

struct load {
    uint32_t pairs, cpus, rounds; /* rounds of each pair */
    uint64_t entries;             /* kernel entries in all, when it is over */
    double seconds;               /* of the host, from the first round on */
    long resident;                /* bytes, when all threads were there */
};

static void serve(uint64_t endpoint)
{
    struct slip_message m = {.words = 0};
    slip_status_t status = slip_endpoint_wait(endpoint, &m, SLIP_NEVER);
    while (status == SLIP_OK)
        status = slip_endpoint_reply_wait(endpoint, m.request, SLIP_OK, 0, &m, SLIP_NEVER);
}

static void ask(uint64_t endpoint)
{
    struct load *load = sim_argument();
    for (uint32_t i = 0; i < load->rounds; i++) {
        struct slip_message m = {.word = {i}, .words = 1};
        if (slip_endpoint_call(endpoint, &m, NULL, NULL, SLIP_NEVER) != SLIP_OK)
            abort();
    }
    (void)slip_endpoint_send(slip_start_handle(), &(struct slip_message){.words = 0}, SLIP_NEVER);
}

static void start(void (*entry)(uint64_t), uint64_t endpoint, uint32_t cpu)
{
    slip_handle_t thread;
    if (slip_thread_start(SLIP_SELF, entry, endpoint, SLIP_PRIORITY_DEFAULT - 1, cpu, &thread) !=
            SLIP_OK ||
        slip_handle_close(thread) != SLIP_OK)
        abort();
}

/* One process with all threads: it hears of each that is through at its start handle. */
static void workers(void)
{
    struct load *load = sim_argument();
    for (uint32_t i = 0; i < load->pairs; i++) {
        slip_handle_t endpoint;
        uint32_t cpu = i % load->cpus;
        if (slip_endpoint_create(0, &endpoint) != SLIP_OK)
            abort();
        start(serve, endpoint, cpu);
        start(ask, endpoint, cpu);
    }
    double before = bench_now();
    struct slip_message m = {.words = 0};
    for (uint32_t i = 0; i < load->pairs; i++)
        if (slip_endpoint_wait(slip_start_handle(), &m, SLIP_NEVER) != SLIP_OK)
            abort();
    load->seconds = (bench_now() - before) * 1e-9;
    load->resident = bench_resident_bytes();
    slip_process_exit(0);
}

static void root(void)
{
    slip_handle_t endpoint, process;
    if (slip_endpoint_create(1, &endpoint) != SLIP_OK ||
        slip_process_create_quota("workers", (uint64_t)32 << 30, &process) != SLIP_OK ||
        slip_process_start(process, workers, endpoint) != SLIP_OK)
        abort();
    (void)slip_process_wait(process, SLIP_NEVER);
}

static struct load run_load(uint32_t pairs, uint32_t cpus, uint32_t rounds)
{
    struct load load = {.pairs = pairs, .cpus = cpus, .rounds = rounds};
    struct sim_counters counters;
    struct sim_options options = {.machine = "model",
                                  .cpus = cpus,
                                  .argument = &load,
                                  .quota = (uint64_t)64 << 30,
                                  .stack_bytes = 16384,
                                  .counters = &counters};
    long before = bench_resident_bytes();
    if (sim_run(&options, root) != 0)
        exit(1);
    load.entries = counters.kernel.system_calls;
    load.resident -= before;
    return load;
}

/* ---- outside: loads in children ---------------------------------------------------------------- */

struct sample {
    double rate;  /* thousands of messages, or kernel entries, per second of the host */
    double bytes; /* resident per thread */
};

/* A case for the rate, and then one for the memory of the same child. */
struct shape {
    uint32_t pairs, cpus;
    enum { MESSAGES, ENTRIES } what;
    struct sample *last;
};

static struct sample measure(const struct shape *shape, uint32_t rounds)
{
    struct load load = run_load(shape->pairs, shape->cpus, rounds);
    double threads = 2.0 * shape->pairs;
    double count = shape->what == ENTRIES ? (double)load.entries : threads * rounds;
    return (struct sample){count / load.seconds / 1000, (double)load.resident / threads};
}

static double ours(const struct bench_case *self, uint32_t turns)
{
    const struct shape *shape = self->extra;
    struct sample sample;
    int to[2];
    if (pipe(to) != 0)
        return BENCH_FAILED;
    pid_t child = fork();
    if (child == 0) {
        sample = measure(shape, turns);
        _exit(write(to[1], &sample, sizeof sample) == (ssize_t)sizeof sample ? 0 : 1);
    }
    close(to[1]);
    if (child < 0 || read(to[0], &sample, sizeof sample) != (ssize_t)sizeof sample)
        sample = (struct sample){BENCH_FAILED, BENCH_FAILED};
    close(to[0]);
    if (child > 0)
        waitpid(child, NULL, 0);
    *shape->last = sample;
    return sample.rate;
}

/* Puts the path of the peer, a program below this one's folder, into `path`: 0, or -1 if it was not
 * built. */
static int find_peer(char *path, size_t size)
{
    char here[4096];
    ssize_t length = readlink("/proc/self/exe", here, sizeof here - 1);
    if (length <= 0)
        return -1;
    here[length] = 0;
    *strrchr(here, '/') = 0;
    return snprintf(path, size, "%s/peer/simgrid_mailbox", here) < (int)size ? access(path, X_OK)
                                                                             : -1;
}

static double simgrid(const struct bench_case *self, uint32_t turns)
{
    const struct shape *shape = self->extra;
    struct sample sample = {BENCH_FAILED, BENCH_FAILED};
    char path[4200], command[4300];
    *shape->last = (struct sample){BENCH_NOT_INSTALLED, BENCH_NOT_INSTALLED};
    if (find_peer(path, sizeof path) != 0)
        return BENCH_NOT_INSTALLED;
    snprintf(command, sizeof command, "'%s' %u %u 2>/dev/null", path, shape->pairs, turns);
    FILE *from = popen(command, "re");
    if (from == NULL || fscanf(from, "%lf %lf", &sample.rate, &sample.bytes) != 2)
        sample = (struct sample){BENCH_FAILED, BENCH_FAILED};
    if (from != NULL)
        pclose(from);
    if (sample.rate > 0)
        sample.rate /= 1000;
    *shape->last = sample;
    return sample.rate;
}

static double memory(const struct bench_case *self, uint32_t turns)
{
    const struct shape *shape = self->extra;
    (void)turns;
    double bytes = shape->last->bytes;
    return bench_is_figure(bytes) ? bytes / 1024 : bytes;
}

/* From the start of a simulation to what it found, everything included. */
static double first_result(const struct bench_case *self, uint32_t turns)
{
    double before = bench_now();
    (void)self;
    run_load(1, 1, turns);
    return (bench_now() - before) * 1e-6;
}

static struct sample last[6];
static const struct shape two = {1, 1, MESSAGES, &last[0]};
static const struct shape two_actors = {1, 1, MESSAGES, &last[1]};
static const struct shape many = {5000, 1, MESSAGES, &last[2]};
static const struct shape many_actors = {5000, 1, MESSAGES, &last[3]};
static const struct shape most = {50000, 1, MESSAGES, &last[4]};
static const struct shape wide = {256, 256, ENTRIES, &last[5]};

#define PEER(text, unit, run, turns_, shape, ours_)                                                \
    {                                                                                              \
        text, unit, run, turns_, 0, 1, shape, ours_                                                \
    }
#define CASE(text, unit, run, turns_, shape) PEER(text, unit, run, turns_, shape, NULL)

static const struct bench_case cases[] = {
    CASE("messages, 2 threads", "k/s", ours, 400000, &two),
    PEER("messages, 2 actors of SimGrid", "k/s", simgrid, 20000, &two_actors,
         "messages, 2 threads"),
    CASE("messages, 10,000 threads", "k/s", ours, 60, &many),
    CASE("memory of one of 10,000 threads", "KiB", memory, 1, &many),
    PEER("messages, 10,000 actors of SimGrid", "k/s", simgrid, 10, &many_actors,
         "messages, 10,000 threads"),
    PEER("memory of one of 10,000 actors", "KiB", memory, 1, &many_actors,
         "memory of one of 10,000 threads"),
    CASE("messages, 100,000 threads", "k/s", ours, 4, &most),
    CASE("memory of one of 100,000 threads", "KiB", memory, 1, &most),
    CASE("kernel entries, 256 busy CPUs", "k/s", ours, 2000, &wide),
    CASE("start to first result, 2 threads", "ms", first_result, 100, NULL),
};

static const struct bench_claim claims[] = {
    {"messages, 2 threads", "messages, 2 actors of SimGrid", 0, 20, 0},
    {"messages, 10,000 threads", "messages, 10,000 actors of SimGrid", 0, 15, 0},
    {"memory of one of 10,000 threads", NULL, 12, 0, 0},
    {"memory of one of 100,000 threads", NULL, 1048576.0 / 100000, 0, 0}, /* 1 GiB for all */
    {"kernel entries, 256 busy CPUs", NULL, 0, 1000, 0},
    {"start to first result, 2 threads", NULL, 50, 0, 0},
};

const struct bench_program bench_program = {
    .name = "model_speed",
    .about = "How fast the machine model simulates, in thousands a second",
    .cases = cases,
    .case_count = sizeof cases / sizeof cases[0],
    .claims = claims,
    .claim_count = sizeof claims / sizeof claims[0],
    .rounds = 7,
};
