#include "bench/peer/waiters.h"

#include <criterion/criterion.h>
#include "bench/harness/bench.h"

Test(waiters, all_of_them_leave_when_all_is_taken)
{
    for (uint32_t cpus = 1; cpus <= 2; cpus++)
        for (uint32_t waiters = 1; waiters <= 4; waiters++) {
            double ns = peer_msg_ring_waiters(cpus, waiters, 100);
            cr_assert_gt(peer_eventfd_epoll(cpus, waiters, 100), 0);
            cr_assert(ns > 0 || ns == BENCH_NOT_INSTALLED);
        }
}
