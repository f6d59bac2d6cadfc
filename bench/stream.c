/* What does one message of a stream cost, when the sender does not wait for the receiver?
 *
 * Words sent to an endpoint, and completions posted to a port, both one by one and taken in batches,
 * beside rings and pipes of the host. The receiver at the endpoint waits until 128 messages are there,
 * for nobody waits for it, so that a batch moves the endpoint's lines once. What that is worth shows
 * beside it, where it takes whatever is there, and where it takes one at a time. A ring under a mutex
 * is emptied at once, too; to read more than one message from a pipe at a time made it slower. */
#include <slipway/sim.h>
#include <slipway/slipway.h>

#include "bench/harness/bench.h"
#include "bench/peer/pair.h"

#define DEPTH 1024U /* messages or completions, as the rings of the peers */
#define LEAST 128U  /* that a batched wait waits for, where it waits for some */
#define BATCH SLIP_MESSAGE_BATCH_MAX

struct stream {
    uint32_t cpus, turns, least, wrong;
    double ns, from;
};

/* ---- an endpoint ----------------------------------------------------------------------------- */

static void take_messages(void)
{
    struct stream *stream = sim_argument();
    slip_handle_t endpoint = slip_start_handle();
    struct slip_short_message taken[BATCH];
    for (uint32_t i = 0; i < stream->turns;) {
        uint32_t left = stream->turns - i, count;
        uint32_t least = left < stream->least ? left : stream->least;
        if (slip_endpoint_wait_batch(endpoint, taken, least, BATCH, SLIP_NEVER, &count) != SLIP_OK)
            stream->wrong++;
        for (uint32_t j = 0; j < count; j++, i++)
            stream->wrong += taken[j].word[0] != i;
    }
    stream->ns = (bench_now() - stream->from) / stream->turns;
}

static void take_single_messages(void)
{
    struct stream *stream = sim_argument();
    slip_handle_t endpoint = slip_start_handle();
    struct slip_message m = {.words = 0};
    for (uint32_t i = 0; i < stream->turns; i++)
        if (slip_endpoint_wait(endpoint, &m, SLIP_NEVER) != SLIP_OK || m.word[0] != i)
            stream->wrong++;
    stream->ns = (bench_now() - stream->from) / stream->turns;
}

static void send_messages(void)
{
    struct stream *stream = sim_argument();
    slip_handle_t endpoint = slip_start_handle();
    struct slip_message m = {.words = SLIP_MESSAGE_WORDS};
    stream->from = bench_now();
    for (uint32_t i = 0; i < stream->turns; i++) {
        m.word[0] = i;
        if (slip_endpoint_send(endpoint, &m, SLIP_NEVER) != SLIP_OK)
            stream->wrong++;
    }
}

/* ---- a port ---------------------------------------------------------------------------------- */

static void take_completions(void)
{
    struct stream *stream = sim_argument();
    slip_handle_t port = slip_start_handle();
    struct slip_completion taken[BATCH];
    for (uint32_t i = 0; i < stream->turns;) {
        uint32_t left = stream->turns - i, count = 0;
        uint32_t least = left < stream->least ? left : stream->least;
        if (slip_port_wait(port, taken, least, BATCH, SLIP_NEVER, &count) != SLIP_OK)
            stream->wrong++;
        for (uint32_t j = 0; j < count; j++, i++)
            stream->wrong += taken[j].key != i;
    }
    stream->ns = (bench_now() - stream->from) / stream->turns;
}

/* A port never blocks who posts: where it is full, others run first. */
static void post_completions(void)
{
    struct stream *stream = sim_argument();
    slip_handle_t port = slip_start_handle();
    stream->from = bench_now();
    for (uint32_t i = 0; i < stream->turns; i++) {
        slip_status_t status;
        while ((status = slip_port_post(port, i, SLIP_OK, 0)) == SLIP_FULL)
            slip_thread_yield();
        if (status != SLIP_OK)
            stream->wrong++;
    }
}

/* ---- running --------------------------------------------------------------------------------- */

static slip_status_t start(const char *name, void (*entry)(void), slip_handle_t object,
                           uint32_t right, uint32_t cpu, slip_handle_t *process)
{
    slip_handle_t handle;
    slip_status_t status = slip_handle_duplicate(object, right, 0, &handle);
    if (status == SLIP_OK)
        status = slip_process_create(name, process);
    return status != SLIP_OK
               ? status
               : slip_process_start_on(*process, entry, handle, SLIP_PRIORITY_DEFAULT, cpu);
}

static void messages_to(void (*taker_entry)(void))
{
    const struct stream *stream = sim_argument();
    slip_handle_t endpoint, taker, sender;
    if (slip_endpoint_create(DEPTH, &endpoint) != SLIP_OK ||
        start("taker", taker_entry, endpoint, SLIP_RIGHT_RECEIVE, stream->cpus - 1, &taker) !=
            SLIP_OK ||
        start("sender", send_messages, endpoint, SLIP_RIGHT_SEND, 0, &sender) != SLIP_OK)
        return;
    slip_process_wait(taker, SLIP_NEVER);
}

static void messages(void)
{
    messages_to(take_messages);
}

static void single_messages(void)
{
    messages_to(take_single_messages);
}

static void completions(void)
{
    const struct stream *stream = sim_argument();
    slip_handle_t port, taker, poster;
    if (slip_port_create(DEPTH, &port) != SLIP_OK ||
        start("taker", take_completions, port, SLIP_RIGHT_WAIT, stream->cpus - 1, &taker) !=
            SLIP_OK ||
        start("poster", post_completions, port, SLIP_RIGHT_POST, 0, &poster) != SLIP_OK)
        return;
    slip_process_wait(taker, SLIP_NEVER);
}

static double run(const struct bench_case *self, uint32_t turns, uint32_t least, void (*root)(void))
{
    struct stream stream = {.cpus = self->cpus, .turns = turns, .least = least};
    struct sim_options options = {.machine = "cores", .cpus = self->cpus, .argument = &stream};
    if (sim_run(&options, root) != 0 || stream.wrong != 0 || stream.ns <= 0)
        return BENCH_FAILED;
    return stream.ns;
}

static double send(const struct bench_case *self, uint32_t turns)
{
    return run(self, turns, LEAST, messages);
}

static double send_to_any(const struct bench_case *self, uint32_t turns)
{
    return run(self, turns, 1, messages);
}

static double send_to_single(const struct bench_case *self, uint32_t turns)
{
    return run(self, turns, 1, single_messages);
}

static double post(const struct bench_case *self, uint32_t turns)
{
    return run(self, turns, LEAST, completions);
}

static double post_to_any(const struct bench_case *self, uint32_t turns)
{
    return run(self, turns, 1, completions);
}

static double transport(const struct bench_case *self, uint32_t turns)
{
    return peer_stream(self->extra, self->cpus, self->bytes, turns);
}

#define OURS(text, run, turns_, bytes_, cpus_)                                                     \
    {                                                                                              \
        text, "ns", run, turns_, bytes_, cpus_, NULL, NULL                                         \
    }
#define SEND_1 "endpoint send, 64 B, 1 CPU"
#define SEND_2 "endpoint send, 64 B, 2 CPUs"
#define PEER(text, peer, cpus_, bytes_, turns_)                                                    \
    {                                                                                              \
        text, "ns", transport, turns_, bytes_, cpus_, &peer_##peer, SEND_##cpus_                   \
    }

static const struct bench_case cases[] = {
    OURS(SEND_1, send, 100000, 64, 1),
    PEER("mutex, condition, batches, 1 CPU", condition_batch, 1, 64, 50000),
    PEER("mutex, condition, single, 1 CPU", condition, 1, 64, 50000),
    OURS("port post, 1 CPU", post, 100000, 0, 1),
    PEER("pipe, 64 B, 1 CPU", pipe, 1, 64, 5000),
    PEER("ZeroMQ inproc, 64 B, 1 CPU", zeromq, 1, 64, 20000),
    OURS(SEND_2, send, 60000, 64, 2),
    PEER("ck_ring, 64 B copied, 2 CPUs", ck_ring, 2, 64, 100000),
    OURS("endpoint send, what is there, 2 CPUs", send_to_any, 60000, 64, 2),
    OURS("endpoint send, single waits, 2 CPUs", send_to_single, 60000, 64, 2),
    PEER("mutex, condition, batches, 2 CPUs", condition_batch, 2, 64, 30000),
    OURS("port post, 2 CPUs", post, 60000, 0, 2),
    OURS("port post, what is there, 2 CPUs", post_to_any, 60000, 0, 2),
    PEER("mutex, condition, single, 2 CPUs", condition, 2, 64, 30000),
    PEER("pipe, 64 B, 2 CPUs", pipe, 2, 64, 5000),
    PEER("ZeroMQ inproc, 64 B, 2 CPUs", zeromq, 2, 64, 30000),
};

static const struct bench_claim claims[] = {
    {SEND_2, "ck_ring, 64 B copied, 2 CPUs", 1.5, 0, 0},
    {"endpoint send, what is there, 2 CPUs", "ck_ring, 64 B copied, 2 CPUs", 0, 0, 0},
    {"port post, 2 CPUs", "mutex, condition, batches, 2 CPUs", 0, 0, 0},
};

const struct bench_program bench_program = {
    .name = "stream",
    .about = "Streams: one way, time per message until the last one is taken",
    .cases = cases,
    .case_count = sizeof cases / sizeof cases[0],
    .claims = claims,
    .claim_count = sizeof claims / sizeof claims[0],
    .rounds = 21,
};
