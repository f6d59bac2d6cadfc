/* Two pthreads that send each other messages over some transport of the host. */
#ifndef BENCH_PEER_PAIR_H
#define BENCH_PEER_PAIR_H

#include <stdint.h>

#define PEER_BYTES_MAX 4096U

/* One way to carry messages of a fixed size. Side 0 asks, side 1 answers. */
struct peer_transport {
    const char *name;
    /* 0, or BENCH_x. */
    double (*open)(uint32_t bytes);
    void (*close)(void);
    void (*send)(int side, const void *message, uint32_t bytes);
    void (*receive)(int side, void *message, uint32_t bytes);
};

/* Nanoseconds of a round trip: side 0 sends and waits for the answer, each message copied into and
 * out of the transport. `cpus` 1: both on one CPU of the host; 2: on two. Each message has a number
 * that whoever takes it looks at, so it has at least 4 bytes: BENCH_FAILED if one is not the next. */
double peer_round_trip(const struct peer_transport *transport, uint32_t cpus, uint32_t bytes,
                       uint32_t turns);

/* Nanoseconds per message of a stream from side 0 to side 1. */
double peer_stream(const struct peer_transport *transport, uint32_t cpus, uint32_t bytes,
                   uint32_t turns);

extern const struct peer_transport peer_mailbox;    /* a flag and a copy; spins; two CPUs only */
extern const struct peer_transport peer_futex;      /* the same, sleeps on a futex at once */
extern const struct peer_transport peer_spin_futex; /* the same, spins for a while first */
extern const struct peer_transport peer_pipe;
extern const struct peer_transport peer_seqpacket;
extern const struct peer_transport peer_condition; /* a ring of 1024 slots, mutex and conditions */
extern const struct peer_transport peer_condition_batch; /* up to 256 messages taken at once */
extern const struct peer_transport peer_zeromq;          /* inproc, pair sockets */
extern const struct peer_transport peer_msg_ring; /* io_uring, IORING_OP_MSG_RING; 8 bytes only */
extern const struct peer_transport peer_msg_ring_spin; /* the same, receiver never sleeps; 2 CPUs */
extern const struct peer_transport peer_ck_ring; /* a slot of 64 bytes copied in and out; spins */

/* A pair of bare switches between two contexts of boost.context, in nanoseconds. */
double peer_switch_pair(uint32_t turns);

/* A round trip over unbuffered channels of Go, with so many processors, which its scheduler uses as it
 * likes; messages of 8, 64 or 4096 bytes. */
double peer_go_channel(uint32_t processors, uint32_t bytes, uint32_t turns);

#endif
