/* The least that a hand-over between two threads costs on this host: two pthreads on one CPU, each
 * with a word to sleep on, that wake each other in turn. One wake and one sleep per hop, and
 * nothing else. */
#ifndef BENCH_PEER_FUTEX_PING_PONG_H
#define BENCH_PEER_FUTEX_PING_PONG_H

#include <stdint.h>

/* Nanoseconds of one round trip, the mean of `rounds` after `warmup` more, both threads pinned to
 * the first CPU that this program may use. 0 if the host gives no threads. */
double futex_ping_pong(uint32_t rounds, uint32_t warmup);

#endif
