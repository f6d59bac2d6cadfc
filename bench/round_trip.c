/* What does the simulated kernel cost on top of the host's own hand-over?
 *
 * A round trip by slip_endpoint_call and slip_endpoint_reply_wait, 8 bytes each way, on one
 * simulated CPU of the threads machine, beside a bare futex ping-pong of two pthreads on one CPU of
 * the host. Both need two hand-overs; the rest is ours. The two take turns in short slices, so that
 * whatever the host does meanwhile meets both, and the ratio is that of neighbours.
 *
 *   round_trip [slices [rounds per slice]]
 */
#include <slipway/sim.h>
#include <slipway/slipway.h>

#include <stdio.h>
#include <stdlib.h>
#include "bench/peer/futex_ping_pong.h"

#define SLICES_DEFAULT 40U
#define ROUNDS_DEFAULT 5000U
#define WARMUP 500U
#define SLICES_MAX 1000U

struct slice {
    uint32_t rounds;
    double round_ns;
    uint32_t errors;
};

static void server(void)
{
    slip_handle_t endpoint = slip_start_handle();
    struct slip_message m = {.words = 0};
    slip_status_t status = slip_endpoint_wait(endpoint, &m, SLIP_NEVER);
    while (status == SLIP_OK)
        status = slip_endpoint_reply_wait(endpoint, m.request, SLIP_OK, 0, &m, SLIP_NEVER);
}

static void ask(slip_handle_t endpoint, uint32_t rounds, struct slice *slice)
{
    for (uint32_t i = 0; i < rounds; i++) {
        struct slip_message m = {.word = {i}, .words = 1};
        slip_status_t status = slip_endpoint_call(endpoint, &m, NULL, NULL, SLIP_NEVER);
        if (status != SLIP_OK || m.words != 1 || m.word[0] != i)
            slice->errors++;
    }
}

static void client(void)
{
    struct slice *slice = sim_argument();
    slip_handle_t endpoint = slip_start_handle();
    ask(endpoint, WARMUP, slice);
    slip_time_t start = slip_clock_now();
    ask(endpoint, slice->rounds, slice);
    slice->round_ns = (double)(slip_clock_now() - start) / slice->rounds;
}

static void root(void)
{
    slip_handle_t endpoint, to_serve, to_ask, serving, asking;
    if (slip_endpoint_create(1, &endpoint) != SLIP_OK ||
        slip_handle_duplicate(endpoint, SLIP_RIGHT_RECEIVE, 0, &to_serve) != SLIP_OK ||
        slip_handle_duplicate(endpoint, SLIP_RIGHT_SEND, 0, &to_ask) != SLIP_OK ||
        slip_process_create("server", &serving) != SLIP_OK ||
        slip_process_create("client", &asking) != SLIP_OK ||
        slip_process_start(serving, server, to_serve) != SLIP_OK ||
        slip_process_start(asking, client, to_ask) != SLIP_OK)
        return; /* the slice has no time then, and says so */
    slip_process_wait(asking, SLIP_NEVER);
    slip_process_kill(serving);
}

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void print_row(const char *name, double *values, uint32_t count, const char *format)
{
    qsort(values, count, sizeof *values, compare);
    printf("%-34s", name);
    printf(format, values[count / 2]);
    printf(format, values[count / 4]);
    printf(format, values[count - 1 - count / 4]);
    printf(format, values[0]);
    printf(format, values[count - 1]);
    printf("\n");
}

static uint32_t number(const char *text, uint32_t low, uint32_t high)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (*text == 0 || *end != 0 || value < (long)low || value > (long)high) {
        fprintf(stderr,
                "round_trip: '%s' is no number from %u to %u\n"
                "usage: round_trip [slices [rounds per slice]]\n",
                text, low, high);
        exit(2);
    }
    return (uint32_t)value;
}

int main(int argc, char **argv)
{
    static double ours[SLICES_MAX], bare[SLICES_MAX], ratio[SLICES_MAX];
    uint32_t slices = argc > 1 ? number(argv[1], 1, SLICES_MAX) : SLICES_DEFAULT;
    uint32_t rounds = argc > 2 ? number(argv[2], 1, 100000000) : ROUNDS_DEFAULT;
    for (uint32_t i = 0; i < slices; i++) {
        struct slice slice = {.rounds = rounds};
        if (sim_run(&(struct sim_options){.machine = "threads", .cpus = 1, .argument = &slice},
                    root) != 0)
            return 1;
        ours[i] = slice.round_ns;
        bare[i] = futex_ping_pong(rounds, WARMUP);
        if (slice.errors != 0 || slice.round_ns <= 0 || bare[i] <= 0) {
            fprintf(stderr, "round_trip: slice %u failed: %u wrong answers\n", i, slice.errors);
            return 1;
        }
        ratio[i] = ours[i] / bare[i];
    }
    printf("%u slices of %u round trips each, in turns; ns per round trip\n\n", slices, rounds);
    printf("%-34s%9s%9s%9s%9s%9s\n", "", "median", "25%", "75%", "least", "most");
    print_row("call and reply, one simulated CPU", ours, slices, "%9.0f");
    print_row("bare futex ping-pong", bare, slices, "%9.0f");
    print_row("ratio", ratio, slices, "%9.3f");
    return 0;
}
