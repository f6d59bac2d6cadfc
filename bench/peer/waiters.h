/* One thread of the host that posts, and several that wait: nanoseconds per completion until all are
 * taken, or BENCH_x. `cpus` 2: the poster on the first CPU, the waiters on the second. */
#ifndef BENCH_PEER_WAITERS_H
#define BENCH_PEER_WAITERS_H

#include <stdint.h>

#define PEER_WAITERS_MAX 16U

/* An eventfd as a semaphore; waiters sleep in epoll_wait, on one instance, and read one at a time. */
double peer_eventfd_epoll(uint32_t cpus, uint32_t waiters, uint32_t turns);

/* An io_uring for each waiter; the poster sends to them in turn. */
double peer_msg_ring_waiters(uint32_t cpus, uint32_t waiters, uint32_t turns);

#endif
