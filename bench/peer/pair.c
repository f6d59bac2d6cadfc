#include "bench/peer/pair.h"

#include <pthread.h>
#include <string.h>
#include "bench/harness/bench.h"

#define NUMBERS 8U /* messages that differ */
#define LINE 64U

struct side {
    const struct peer_transport *transport;
    pthread_barrier_t *start;
    uint32_t cpu, bytes, turns, stream;
    uint32_t wrong; /* messages that were not the next one */
    double elapsed_ns;
};

/* A message begins with its number, and is ready before the first one is sent: were the number stored
 * just before the message is copied, by wider loads than that store, the processor could not forward
 * it, and would first wait for all lines of the earlier messages. */
struct messages {
    uint32_t apart; /* bytes from one to the next: whole lines */
    _Alignas(LINE) char bytes[NUMBERS * PEER_BYTES_MAX];
};

static void number(struct messages *all, uint32_t bytes)
{
    all->apart = (bytes + LINE - 1) / LINE * LINE;
    memset(all->bytes, 1, sizeof all->bytes);
    for (uint32_t i = 0; i < NUMBERS; i++)
        memcpy(all->bytes + (size_t)i * all->apart, &i, sizeof i);
}

static uint32_t is_other(const char *message, uint32_t turn)
{
    turn %= NUMBERS;
    return memcmp(message, &turn, sizeof turn) != 0;
}

static void *ask_all(void *argument)
{
    struct side *side = argument;
    struct messages messages;
    char answer[PEER_BYTES_MAX];
    uint32_t wrong = 0; /* not in the side, which lies beside that of the other thread */
    number(&messages, side->bytes);
    bench_pin(side->cpu);
    pthread_barrier_wait(side->start);
    double before = bench_now();
    for (uint32_t i = 0; i < side->turns; i++) {
        const char *message = messages.bytes + (size_t)(i % NUMBERS) * messages.apart;
        side->transport->send(0, message, side->bytes);
        if (side->stream)
            continue;
        side->transport->receive(0, answer, side->bytes);
        wrong += is_other(answer, i);
    }
    side->elapsed_ns = bench_now() - before;
    side->wrong = wrong;
    return NULL;
}

static void *answer_all(void *argument)
{
    struct side *side = argument;
    char message[PEER_BYTES_MAX];
    uint32_t wrong = 0;
    bench_pin(side->cpu);
    pthread_barrier_wait(side->start);
    double before = bench_now();
    for (uint32_t i = 0; i < side->turns; i++) {
        side->transport->receive(1, message, side->bytes);
        wrong += is_other(message, i);
        if (!side->stream)
            side->transport->send(1, message, side->bytes);
    }
    side->elapsed_ns = bench_now() - before;
    side->wrong = wrong;
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
    struct side a = {transport, &start, 0, bytes, turns, stream, 0, 0};
    struct side b = {transport, &start, cpus == 1 ? 0 : 1, bytes, turns, stream, 0, 0};
    int failed = pthread_create(&threads[0], NULL, answer_all, &b);
    if (!failed) {
        if (pthread_create(&threads[1], NULL, ask_all, &a) != 0)
            return BENCH_FAILED; /* the other one waits for ever; the program ends */
        pthread_join(threads[0], NULL);
        pthread_join(threads[1], NULL);
    }
    pthread_barrier_destroy(&start);
    transport->close();
    double longer = a.elapsed_ns > b.elapsed_ns ? a.elapsed_ns : b.elapsed_ns;
    return failed || a.wrong != 0 || b.wrong != 0 ? BENCH_FAILED : longer / turns;
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
