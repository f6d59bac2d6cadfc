/* Queues whose times are known in closed form: scenarios/queue.lua at zero cost of IPC.
 *
 * Each case is run with RUNS seeds of its own. Their means are independent of each other, so they
 * give an interval of the mean with Student's t, and nobody has to know how the responses within one
 * run depend on each other.
 *
 *   quick        200,000 completions per case. Theory must lie in the 99.9 % interval: of a thousand
 *                right models one fails.
 *   million      1,000,000 completions per case. Up to a load of 0.8 the mean must be within 2 % of
 *                theory, above that theory must lie in the 95 % interval.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/theory/theory.h"

#define RUNS 20U
#define T_95 2.093  /* Student's t with RUNS - 1 degrees of freedom, two-sided */
#define T_999 3.883 /* the same, 99.9 % */
#define SERVICE 10e3
#define SEED 1U

enum shape { EXPONENTIAL, CONSTANT };

struct queue_case {
    const char *name;
    enum shape shape;
    uint32_t servers;
    uint32_t percent; /* of what the servers can do; 0: a closed loop ... */
    uint32_t clients; /* ... of so many clients */
    double think;     /* each of which waits for so long between two operations */
    int quick;        /* 1: also in the quick tier */
};

static const struct queue_case cases[] = {
    {"M/M/1", EXPONENTIAL, 1, 10, 1, 0, 0},
    {"M/M/1", EXPONENTIAL, 1, 30, 1, 0, 0},
    {"M/M/1", EXPONENTIAL, 1, 50, 1, 0, 1},
    {"M/M/1", EXPONENTIAL, 1, 70, 1, 0, 0},
    {"M/M/1", EXPONENTIAL, 1, 80, 1, 0, 1},
    {"M/M/1", EXPONENTIAL, 1, 90, 1, 0, 0},
    {"M/M/1", EXPONENTIAL, 1, 95, 1, 0, 0},
    {"M/M/1, 10 clients", EXPONENTIAL, 1, 70, 10, 0, 0},
    {"M/D/1", CONSTANT, 1, 10, 1, 0, 0},
    {"M/D/1", CONSTANT, 1, 50, 1, 0, 0},
    {"M/D/1", CONSTANT, 1, 80, 1, 0, 1},
    {"M/D/1", CONSTANT, 1, 90, 1, 0, 0},
    {"M/D/1", CONSTANT, 1, 95, 1, 0, 0},
    {"M/M/2", EXPONENTIAL, 2, 50, 1, 0, 0},
    {"M/M/2", EXPONENTIAL, 2, 80, 1, 0, 1},
    {"M/M/4", EXPONENTIAL, 4, 50, 1, 0, 0},
    {"M/M/4", EXPONENTIAL, 4, 80, 1, 0, 1},
    {"M/M/4", EXPONENTIAL, 4, 95, 1, 0, 0},
    {"M/M/16", EXPONENTIAL, 16, 80, 1, 0, 0},
    {"M/M/16", EXPONENTIAL, 16, 95, 1, 0, 0},
    {"closed, 1 client", EXPONENTIAL, 1, 0, 1, 100e3, 0},
    {"closed, 5 clients", EXPONENTIAL, 1, 0, 5, 100e3, 1},
    {"closed, 8 clients", EXPONENTIAL, 1, 0, 8, 100e3, 0},
    {"closed, 12 clients", EXPONENTIAL, 1, 0, 12, 100e3, 1},
    {"closed, 20 clients", EXPONENTIAL, 1, 0, 20, 100e3, 0},
};
#define CASES (sizeof cases / sizeof *cases)

/* ---- theory ------------------------------------------------------------------------------------ */

/* The probability that all of c servers are busy, by Erlang's recursion for that of a loss. */
static double erlang_c(uint32_t servers, double load)
{
    double offered = load * servers, loss = 1;
    for (uint32_t n = 1; n <= servers; n++)
        loss = offered * loss / (n + offered * loss);
    return loss / (1 - load * (1 - loss));
}

/* Mean response of an open queue: Erlang C for exponential service, Pollaczek and Khinchine for a
 * constant one. */
static double open_response(const struct queue_case *queue)
{
    double load = queue->percent / 100.0;
    if (queue->shape == CONSTANT)
        return SERVICE + load * SERVICE / (2 * (1 - load));
    return SERVICE + erlang_c(queue->servers, load) * SERVICE / (queue->servers * (1 - load));
}

/* Clients that think and one exponential server: mean value analysis, which is exact here. */
static double closed_response(const struct queue_case *queue, double *busy)
{
    double response = 0, waiting = 0, rate = 0;
    for (uint32_t n = 1; n <= queue->clients; n++) {
        response = SERVICE * (1 + waiting);
        rate = n / (queue->think + response);
        waiting = rate * response;
    }
    *busy = rate * SERVICE;
    return response;
}

/* ---- runs -------------------------------------------------------------------------------------- */

struct mean {
    double mean, error; /* error: of the mean, one sigma */
    uint64_t completions;
};

static struct sim_plan *load(const struct queue_case *queue)
{
    char servers[32], percent[32], clients[32], think[32];
    snprintf(servers, sizeof servers, "servers=%u", queue->servers);
    snprintf(percent, sizeof percent, "percent=%u", queue->percent == 0 ? 1 : queue->percent);
    snprintf(clients, sizeof clients, "clients=%u", queue->clients);
    snprintf(think, sizeof think, "think=%.0f", queue->think);
    const char *settings[] = {servers,
                              percent,
                              clients,
                              think,
                              queue->percent == 0 ? "load=closed" : "load=open",
                              queue->shape == CONSTANT ? "shape=constant" : "shape=exponential",
                              NULL};
    return theory_load("queue", settings);
}

static struct mean run(const struct queue_case *queue, uint64_t completions, double rate)
{
    struct sim_plan *plan = load(queue);
    double sum = 0, squares = 0;
    struct mean mean = {0};
    for (uint32_t i = 0; i < RUNS; i++) {
        struct theory_found found;
        /* By time: by number, clients that are done first would leave the others alone. */
        struct sim_run_options options = {
            .seed = SEED + i, .duration_ns = (slip_time_t)((double)(completions / RUNS) / rate)};
        theory_measure(plan, "submit-port", &options, &found);
        sum += found.response;
        squares += found.response * found.response;
        mean.completions += found.requests;
    }
    sim_plan_free(plan);
    mean.mean = sum / RUNS;
    mean.error = sqrt((squares - sum * mean.mean) / (RUNS - 1) / RUNS);
    return mean;
}

static void check(const struct queue_case *queue, uint64_t completions, int million)
{
    double load = queue->percent / 100.0, wide = !million ? 0.06 : 0.12;
    double theory = queue->percent == 0 ? closed_response(queue, &load) : open_response(queue);
    struct mean found = run(queue, completions, load * queue->servers / SERVICE);
    double off = found.mean / theory - 1, half = T_95 * found.error;
    printf("| %-18s | %.2f | %8.2f us | %8.2f us ± %5.2f | %+5.2f %% |\n", queue->name, load,
           theory / 1e3, found.mean / 1e3, half / 1e3, off * 100);
    fflush(stdout);
    THEORY_EXPECT(found.completions > completions * 9 / 10, "%s at %.2f: %lu completions",
                  queue->name, load, (unsigned long)found.completions);
    if (!million)
        THEORY_EXPECT(fabs(found.mean - theory) <= T_999 * found.error, "%s at %.2f", queue->name,
                      load);
    else if (load <= 0.8)
        THEORY_EXPECT(fabs(off) <= 0.02, "%s at %.2f", queue->name, load);
    else
        THEORY_EXPECT(fabs(found.mean - theory) <= half, "%s at %.2f", queue->name, load);
    /* Without this, any model with large errors would pass. */
    THEORY_EXPECT(half <= theory * wide, "%s at %.2f: ± %.1f %%", queue->name, load,
                  100 * half / theory);
}

/* At no cost of IPC, how requests travel makes no difference: the same times, to the picosecond. */
static void check_designs(void)
{
    static const char *const designs[] = {"rendezvous", "send-port", "send-endpoint",
                                          "submit-port"};
    const struct queue_case queue = {"M/M/2", EXPONENTIAL, 2, 70, 1, 0, 1};
    struct sim_plan *plan = load(&queue);
    struct theory_found first, other;
    struct sim_run_options options = {.seed = SEED, .ops = 5000};
    for (uint32_t i = 0; i < sizeof designs / sizeof *designs; i++) {
        theory_measure(plan, designs[i], &options, i == 0 ? &first : &other);
        THEORY_EXPECT(i == 0 || other.response == first.response, "%s: %.6f ns, not %.6f",
                      designs[i], other.response, first.response);
    }
    sim_plan_free(plan);
}

int main(int count, char **arguments)
{
    int million = count > 1 && strcmp(arguments[1], "million") == 0;
    if (!million)
        check_designs();
    for (uint32_t i = 0; i < CASES; i++)
        if (million || cases[i].quick)
            check(&cases[i], million ? 1000000 : 200000, million);
    return theory_end();
}
