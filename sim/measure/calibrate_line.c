#define _GNU_SOURCE
#include "sim/measure/calibrate_line.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include "sim/machine/clock.h"
#include "sim/machine/real.h"

#define CHUNKS 21U
#define CHUNK_ROUNDS 100U
#define STOP UINT32_MAX
#define APART 1.7      /* neighbours by size that belong to two states */
#define SHARE_LEAST 10 /* of all values, one in so many: fewer are a disturbance, not a state */

struct ball {
    _Alignas(128) atomic_uint turn; /* odd: it is the other's; release to acquire */
    _Alignas(128) int other;
    atomic_int failed; /* a thread is not where it should be; set before its first turn */
};

static void *answer(void *argument)
{
    struct ball *ball = argument;
    if (sim_real_pin(pthread_self(), ball->other) != 0)
        atomic_store(&ball->failed, 1);
    for (;;) {
        unsigned turn = atomic_load_explicit(&ball->turn, memory_order_acquire);
        if (turn == STOP)
            return NULL;
        if (turn % 2 == 1)
            atomic_store_explicit(&ball->turn, turn + 1, memory_order_release);
        else
            sim_clock_pause();
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct asker {
    struct ball *ball;
    int cpu;
    double ns;
};

static void *ask(void *argument)
{
    struct asker *asker = argument;
    struct ball *ball = asker->ball;
    double chunk[CHUNKS];
    if (sim_real_pin(pthread_self(), asker->cpu) != 0)
        atomic_store(&ball->failed, 1);
    unsigned turn = 0;
    for (uint32_t i = 0; i < CHUNKS; i++) {
        uint64_t before = sim_clock_ns();
        for (uint32_t round = 0; round < CHUNK_ROUNDS; round++) {
            atomic_store_explicit(&ball->turn, turn + 1, memory_order_release);
            turn += 2;
            while (atomic_load_explicit(&ball->turn, memory_order_acquire) != turn)
                sim_clock_pause();
        }
        chunk[i] = (double)(sim_clock_ns() - before) / (2.0 * CHUNK_ROUNDS);
    }
    atomic_store_explicit(&ball->turn, STOP, memory_order_release);
    qsort(chunk, CHUNKS, sizeof *chunk, by_size);
    asker->ns = atomic_load(&ball->failed) ? NAN : chunk[CHUNKS / 2];
    return NULL;
}

double sim_line_measure(int host_cpu, int other)
{
    struct ball ball = {.turn = 0, .other = other};
    struct asker asker = {.ball = &ball, .cpu = host_cpu, .ns = NAN};
    pthread_t first, second;
    if (pthread_create(&second, NULL, answer, &ball) != 0)
        return NAN;
    if (pthread_create(&first, NULL, ask, &asker) == 0)
        pthread_join(first, NULL);
    else
        atomic_store_explicit(&ball.turn, STOP, memory_order_release);
    pthread_join(second, NULL);
    return asker.ns;
}

static double middle(const double *sorted, uint32_t count)
{
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

struct sim_line_states sim_line_states(const double *values, uint32_t count)
{
    struct sim_line_states states = {.near = NAN, .far = NAN, .border = INFINITY};
    double *sorted = malloc((count + 1) * sizeof *sorted);
    uint32_t n = 0, at = 0;
    for (uint32_t i = 0; i < count && sorted != NULL; i++)
        if (values[i] > 0)
            sorted[n++] = values[i];
    if (n > 0)
        qsort(sorted, n, sizeof *sorted, by_size);
    double widest = APART;
    for (uint32_t i = 1; i < n; i++)
        if (sorted[i] / sorted[i - 1] > widest && i * SHARE_LEAST >= n &&
            (n - i) * SHARE_LEAST >= n) {
            widest = sorted[i] / sorted[i - 1];
            at = i;
        }
    states.two = at > 0;
    states.near_count = at > 0 ? at : n;
    states.far_count = n - states.near_count;
    if (n > 0)
        states.near = middle(sorted, states.near_count);
    if (at > 0) {
        states.far = middle(sorted + at, n - at);
        states.border = sqrt(sorted[at - 1] * sorted[at]);
    }
    free(sorted);
    return states;
}
