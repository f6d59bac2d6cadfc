#include "bench/peer/pair.h"

#include <pthread.h>
#include <string.h>
#include "bench/harness/bench.h"

struct side {
    const struct peer_transport *transport;
    pthread_barrier_t *start;
    uint32_t cpu, bytes, turns, stream;
    double elapsed_ns;
};

static void *ask(void *argument)
{
    struct side *side = argument;
    char message[PEER_BYTES_MAX];
    memset(message, 1, sizeof message);
    bench_pin(side->cpu);
    pthread_barrier_wait(side->start);
    double before = bench_now();
    for (uint32_t i = 0; i < side->turns; i++) {
        side->transport->send(0, message, side->bytes);
        if (!side->stream)
            side->transport->receive(0, message, side->bytes);
    }
    side->elapsed_ns = bench_now() - before;
    return NULL;
}

static void *answer(void *argument)
{
    struct side *side = argument;
    char message[PEER_BYTES_MAX];
    bench_pin(side->cpu);
    pthread_barrier_wait(side->start);
    double before = bench_now();
    for (uint32_t i = 0; i < side->turns; i++) {
        side->transport->receive(1, message, side->bytes);
        if (!side->stream)
            side->transport->send(1, message, side->bytes);
    }
    side->elapsed_ns = bench_now() - before;
    return NULL;
}

static double run(const struct peer_transport *transport, uint32_t cpus, uint32_t bytes,
                  uint32_t turns, uint32_t stream)
{
    pthread_barrier_t start;
    pthread_t threads[2];
    double opened = transport->open(bytes);
    if (!bench_is_figure(opened))
        return opened;
    pthread_barrier_init(&start, NULL, 2);
    struct side a = {transport, &start, 0, bytes, turns, stream, 0};
    struct side b = {transport, &start, cpus == 1 ? 0 : 1, bytes, turns, stream, 0};
    int failed = pthread_create(&threads[0], NULL, answer, &b);
    if (!failed) {
        if (pthread_create(&threads[1], NULL, ask, &a) != 0)
            return BENCH_FAILED; /* the other one waits for ever; the program ends */
        pthread_join(threads[0], NULL);
        pthread_join(threads[1], NULL);
    }
    pthread_barrier_destroy(&start);
    transport->close();
    double longer = a.elapsed_ns > b.elapsed_ns ? a.elapsed_ns : b.elapsed_ns;
    return failed ? BENCH_FAILED : longer / turns;
}

double peer_round_trip(const struct peer_transport *transport, uint32_t cpus, uint32_t bytes,
                       uint32_t turns)
{
    return run(transport, cpus, bytes, turns, 0);
}

double peer_stream(const struct peer_transport *transport, uint32_t cpus, uint32_t bytes,
                   uint32_t turns)
{
    return run(transport, cpus, bytes, turns, 1);
}
