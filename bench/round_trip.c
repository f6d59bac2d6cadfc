/* What does a round trip cost, and what does it cost by other means?
 *
 * A call and its reply between two processes of the simulated kernel, on one CPU and on two, beside
 * what two threads of the host, two contexts or two goroutines do over what people use for that. */
#include <slipway/sim.h>
#include <slipway/slipway.h>

#include <stdio.h>
#include <stdlib.h>
#include "bench/harness/bench.h"
#include "bench/peer/pair.h"

#define WARMUP 200U

struct trip {
    const char *machine;
    uint32_t cpus, bytes, turns, wrong;
    double ns;
};

/* Words, or memory where there are more than the words hold. */
static void fill(struct slip_message *m, void *data, uint32_t bytes)
{
    m->handles = m->lends = m->flags = 0;
    m->words = bytes <= SLIP_MESSAGE_BYTES_INLINE ? bytes / 8 : 0;
    m->bytes = bytes <= SLIP_MESSAGE_BYTES_INLINE ? 0 : bytes;
    m->area.data = data;
    m->area.capacity = PEER_BYTES_MAX;
}

static void server(void)
{
    const struct trip *trip = sim_argument();
    slip_handle_t endpoint = slip_start_handle();
    struct slip_message m = {.words = 0};
    void *data = sim_alloc(PEER_BYTES_MAX);
    fill(&m, data, trip->bytes);
    slip_status_t status = slip_endpoint_wait(endpoint, &m, SLIP_NEVER);
    while (status == SLIP_OK) {
        if (trip->bytes > SLIP_MESSAGE_BYTES_INLINE)
            fill(&m, data, trip->bytes);
        status = slip_endpoint_reply_wait(endpoint, m.request, SLIP_OK, 0, &m, SLIP_NEVER);
    }
}

static void ask(slip_handle_t endpoint, struct trip *trip, void *data, uint32_t turns)
{
    struct slip_message m = {.words = 0};
    for (uint32_t i = 0; i < turns; i++) {
        fill(&m, data, trip->bytes);
        m.word[0] = i;
        *(uint32_t *)data = i;
        if (slip_endpoint_call(endpoint, &m, NULL, NULL, SLIP_NEVER) != SLIP_OK ||
            m.bytes != trip->bytes || (m.words != 0 ? m.word[0] : *(uint32_t *)data) != i)
            trip->wrong++;
    }
}

static void client(void)
{
    struct trip *trip = sim_argument();
    slip_handle_t endpoint = slip_start_handle();
    void *data = sim_alloc(PEER_BYTES_MAX);
    ask(endpoint, trip, data, WARMUP);
    double before = bench_now();
    ask(endpoint, trip, data, trip->turns);
    trip->ns = (bench_now() - before) / trip->turns;
}

static void root(void)
{
    struct trip *trip = sim_argument();
    slip_handle_t endpoint, to_serve, to_ask, serving, asking;
    uint32_t other = trip->cpus - 1;
    if (slip_endpoint_create(1, &endpoint) != SLIP_OK ||
        slip_handle_duplicate(endpoint, SLIP_RIGHT_RECEIVE, 0, &to_serve) != SLIP_OK ||
        slip_handle_duplicate(endpoint, SLIP_RIGHT_SEND, 0, &to_ask) != SLIP_OK ||
        slip_process_create("server", &serving) != SLIP_OK ||
        slip_process_create("client", &asking) != SLIP_OK ||
        slip_process_start_on(serving, server, to_serve, SLIP_PRIORITY_DEFAULT, other) != SLIP_OK ||
        slip_process_start_on(asking, client, to_ask, SLIP_PRIORITY_DEFAULT, 0) != SLIP_OK)
        return; /* the slice has no time then, and has failed */
    slip_process_wait(asking, SLIP_NEVER);
    slip_process_kill(serving);
}

static double ours(const struct bench_case *self, uint32_t turns)
{
    struct trip trip = {
        .machine = self->extra, .cpus = self->cpus, .bytes = self->bytes, .turns = turns};
    struct sim_options options = {.machine = trip.machine, .cpus = trip.cpus, .argument = &trip};
    if (sim_run(&options, root) != 0 || trip.wrong != 0 || trip.ns <= 0)
        return BENCH_FAILED;
    return trip.ns;
}

static double switches(const struct bench_case *self, uint32_t turns)
{
    (void)self;
    return peer_switch_pair(turns);
}

static double channel(const struct bench_case *self, uint32_t turns)
{
    return peer_go_channel(self->cpus, self->bytes, turns);
}

static double transport(const struct bench_case *self, uint32_t turns)
{
    return peer_round_trip(self->extra, self->cpus, self->bytes, turns);
}

#define OURS(text, cpus_, bytes_, turns_)                                                          \
    {                                                                                              \
        text, "ns", ours, turns_, bytes_, cpus_, "cores", NULL                                     \
    }
#define CPUS_1 ", 1 CPU"
#define CPUS_2 ", 2 CPUs"
#define BESIDE(cpus_, bytes_) "call + reply, " #bytes_ " B" CPUS_##cpus_
#define PEER(text, peer, cpus_, bytes_, turns_)                                                    \
    {                                                                                              \
        text ", " #bytes_ " B" CPUS_##cpus_, "ns", transport, turns_, bytes_, cpus_, &peer_##peer, \
            BESIDE(cpus_, bytes_)                                                                  \
    }
#define CHANNEL(cpus_, bytes_)                                                                     \
    {                                                                                              \
        "Go channel, " #bytes_ " B" CPUS_##cpus_, "ns", channel, 50000, bytes_, cpus_, NULL,       \
            BESIDE(cpus_, bytes_)                                                                  \
    }
#define PEERS(peer, text, cpus_, turns_)                                                           \
    PEER(text, peer, cpus_, 8, turns_), PEER(text, peer, cpus_, 64, turns_),                       \
        PEER(text, peer, cpus_, 4096, turns_)

static const struct bench_case cases[] = {
    OURS("call + reply, 8 B, 1 CPU", 1, 8, 100000),
    OURS("call + reply, 64 B, 1 CPU", 1, 64, 100000),
    {"pair of bare switches", "ns", switches, 500000, 0, 1, NULL, BESIDE(1, 64)},
    CHANNEL(1, 64),
    CHANNEL(1, 8),
    OURS("call + reply, 4096 B, 1 CPU", 1, 4096, 30000),
    CHANNEL(1, 4096),
    PEERS(futex, "futex", 1, 2000),
    PEERS(pipe, "pipe", 1, 2000),
    PEERS(seqpacket, "unix seqpacket", 1, 1500),
    PEERS(condition, "mutex and condition", 1, 1000),
    PEERS(zeromq, "ZeroMQ inproc", 1, 1000),
    PEER("io_uring MSG_RING", msg_ring, 1, 8, 2000),
    OURS("call + reply, 8 B, 2 CPUs", 2, 8, 30000),
    PEER("spin mailbox", mailbox, 2, 8, 50000),
    OURS("call + reply, 64 B, 2 CPUs", 2, 64, 30000),
    PEER("spin mailbox", mailbox, 2, 64, 50000),
    OURS("call + reply, 4096 B, 2 CPUs", 2, 4096, 10000),
    PEER("spin mailbox", mailbox, 2, 4096, 10000),
    PEERS(spin_futex, "spin, then futex", 2, 10000),
    CHANNEL(2, 8),
    CHANNEL(2, 64),
    CHANNEL(2, 4096),
    PEER("io_uring spun for", msg_ring_spin, 2, 8, 5000),
    PEERS(futex, "futex", 2, 300),
    PEERS(pipe, "pipe", 2, 300),
    PEERS(seqpacket, "unix seqpacket", 2, 300),
    PEERS(condition, "mutex and condition", 2, 200),
    PEERS(zeromq, "ZeroMQ inproc", 2, 200),
    PEER("io_uring MSG_RING", msg_ring, 2, 8, 300),
    {"call + reply, 8 B, 1 CPU, on threads", "ns", ours, 2000, 8, 1, "threads", NULL},
};

static const struct bench_claim claims[] = {
    {"call + reply, 64 B, 1 CPU", "pair of bare switches", 5, 0, 0},
    {"Go channel, 64 B, 1 CPU", "call + reply, 64 B, 1 CPU", 0, 5, 0},
    {"call + reply, 64 B, 2 CPUs", "spin mailbox, 64 B, 2 CPUs", 3, 0, 0},
    {"call + reply, 8 B, 1 CPU, on threads", "futex, 8 B, 1 CPU", 1.5, 0, 0},
};

const struct bench_program bench_program = {
    .name = "round_trip",
    .about = "Round trips: a call and its reply, and what others do",
    .cases = cases,
    .case_count = sizeof cases / sizeof cases[0],
    .claims = claims,
    .claim_count = sizeof claims / sizeof claims[0],
    .rounds = 21,
};
