/* Peers whose libraries may be missing: each row says so then. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/harness/bench.h"
#include "bench/peer/pair.h"
#include "bench/peer/pause.h"

/* ---- ZeroMQ -------------------------------------------------------------------------------- */

#if HAVE_ZEROMQ
#include <zmq.h>

static void *zmq_all, *zmq_end[2];

static double zeromq_open(uint32_t bytes)
{
    (void)bytes;
    zmq_all = zmq_ctx_new();
    zmq_end[0] = zmq_socket(zmq_all, ZMQ_PAIR);
    zmq_end[1] = zmq_socket(zmq_all, ZMQ_PAIR);
    if (zmq_bind(zmq_end[1], "inproc://pair") != 0 || zmq_connect(zmq_end[0], "inproc://pair") != 0)
        return BENCH_FAILED;
    return 0;
}

static void zeromq_close(void)
{
    zmq_close(zmq_end[0]);
    zmq_close(zmq_end[1]);
    zmq_ctx_term(zmq_all);
}

static void zeromq_send(int side, const void *message, uint32_t bytes)
{
    if (zmq_send(zmq_end[side], message, bytes, 0) < 0)
        abort();
}

static void zeromq_receive(int side, void *message, uint32_t bytes)
{
    if (zmq_recv(zmq_end[side], message, bytes, 0) < 0)
        abort();
}

const struct peer_transport peer_zeromq = {"ZeroMQ inproc", zeromq_open, zeromq_close, zeromq_send,
                                           zeromq_receive};
#endif

/* ---- io_uring ------------------------------------------------------------------------------ */

#if HAVE_LIBURING
#include <liburing.h>

static struct io_uring rings[2]; /* by the side that waits on it */

static double msg_ring_open(uint32_t bytes)
{
    (void)bytes;
    if (io_uring_queue_init(64, &rings[0], 0) != 0)
        return BENCH_NOT_INSTALLED; /* the host's kernel has none, or forbids it */
    if (io_uring_queue_init(64, &rings[1], 0) != 0) {
        io_uring_queue_exit(&rings[0]);
        return BENCH_NOT_INSTALLED;
    }
    return 0;
}

static void msg_ring_close(void)
{
    io_uring_queue_exit(&rings[0]);
    io_uring_queue_exit(&rings[1]);
}

/* The word travels as the other ring's completion; the own completion of the send is asked to stay
 * away, which a send that succeeds then does. */
static void msg_ring_send(int side, const void *message, uint32_t bytes)
{
    uint64_t word;
    (void)bytes;
    memcpy(&word, message, sizeof word);
    struct io_uring_sqe *entry = io_uring_get_sqe(&rings[side]);
    io_uring_prep_msg_ring(entry, rings[!side].ring_fd, 8, word, 0);
    entry->flags |= IOSQE_CQE_SKIP_SUCCESS;
    if (io_uring_submit(&rings[side]) != 1)
        abort();
}

static void msg_ring_receive(int side, void *message, uint32_t bytes)
{
    struct io_uring_cqe *completion;
    (void)bytes;
    if (io_uring_wait_cqe(&rings[side], &completion) != 0)
        abort();
    memcpy(message, &completion->user_data, sizeof completion->user_data);
    io_uring_cqe_seen(&rings[side], completion);
}

/* The same where the receiver looks at its ring until something is there, and never sleeps. */
static void msg_ring_look(int side, void *message, uint32_t bytes)
{
    struct io_uring_cqe *completion;
    (void)bytes;
    while (io_uring_peek_cqe(&rings[side], &completion) != 0)
        peer_pause();
    memcpy(message, &completion->user_data, sizeof completion->user_data);
    io_uring_cqe_seen(&rings[side], completion);
}

const struct peer_transport peer_msg_ring = {"io_uring MSG_RING", msg_ring_open, msg_ring_close,
                                             msg_ring_send, msg_ring_receive};
const struct peer_transport peer_msg_ring_spin = {"io_uring MSG_RING spun for", msg_ring_open,
                                                  msg_ring_close, msg_ring_send, msg_ring_look};
#endif

/* ---- Concurrency Kit ----------------------------------------------------------------------- */

#if HAVE_CK
#include <ck_ring.h>

#define CK_PLACES 1024U /* of the ring */
/* A slot is filled again after so many messages. The ring held fewer than its places when the last of
 * them went in, so the one who takes them has taken a later one out than this slot's, and had copied
 * the slot before: nobody has to look. */
#define CK_SLOTS (2 * CK_PLACES)

struct slot {
    _Alignas(64) char bytes[64];
};

static struct {
    ck_ring_t ring;
    ck_ring_buffer_t buffer[CK_PLACES];
    struct slot slot[CK_SLOTS];
    uint32_t next; /* of the side that fills it */
} ck[2];

static double ck_open(uint32_t bytes)
{
    if (bytes > sizeof(struct slot))
        return BENCH_FAILED;
    for (int i = 0; i < 2; i++) {
        ck_ring_init(&ck[i].ring, CK_PLACES);
        ck[i].next = 0;
    }
    return 0;
}

static void ck_close(void)
{
}

static void ck_send(int side, const void *message, uint32_t bytes)
{
    struct slot *slot = &ck[side].slot[ck[side].next++ % CK_SLOTS];
    memcpy(slot->bytes, message, bytes);
    while (!ck_ring_enqueue_spsc(&ck[side].ring, ck[side].buffer, slot))
        peer_pause();
}

static void ck_receive(int side, void *message, uint32_t bytes)
{
    void *slot;
    while (!ck_ring_dequeue_spsc(&ck[!side].ring, ck[!side].buffer, &slot))
        peer_pause();
    memcpy(message, ((struct slot *)slot)->bytes, bytes);
}

const struct peer_transport peer_ck_ring = {"ck_ring with a copied slot", ck_open, ck_close,
                                            ck_send, ck_receive};
#endif

/* ---- those that are missing ------------------------------------------------------------------ */

#if !HAVE_ZEROMQ || !HAVE_LIBURING || !HAVE_CK
static double missing(uint32_t bytes)
{
    (void)bytes;
    return BENCH_NOT_INSTALLED;
}
#endif
#if !HAVE_ZEROMQ
const struct peer_transport peer_zeromq = {.name = "ZeroMQ inproc", .open = missing};
#endif
#if !HAVE_LIBURING
const struct peer_transport peer_msg_ring = {.name = "io_uring MSG_RING", .open = missing};
const struct peer_transport peer_msg_ring_spin = {.name = "io_uring MSG_RING", .open = missing};
#endif
#if !HAVE_CK
const struct peer_transport peer_ck_ring = {.name = "ck_ring with a copied slot", .open = missing};
#endif

/* ---- Go, a program of its own ------------------------------------------------------------------ */

#ifndef GO_CHANNEL
double peer_go_channel(uint32_t processors, uint32_t bytes, uint32_t turns)
{
    (void)processors;
    (void)bytes;
    (void)turns;
    return BENCH_NOT_INSTALLED;
}
#else
double peer_go_channel(uint32_t processors, uint32_t bytes, uint32_t turns)
{
    char command[4200];
    double ns = BENCH_FAILED;
    int wanted = snprintf(command, sizeof command, "GOMAXPROCS=%u '%s' %u %u", processors,
                          GO_CHANNEL, bytes, turns);
    FILE *program = wanted < (int)sizeof command ? popen(command, "re") : NULL;
    if (program == NULL || fscanf(program, "%lf", &ns) != 1)
        ns = BENCH_FAILED;
    if (program != NULL && pclose(program) != 0)
        ns = BENCH_FAILED;
    return ns;
}
#endif
