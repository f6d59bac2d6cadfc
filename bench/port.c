/* What does a completion cost that one posts and one of several waiters takes?
 *
 * One poster and so many waiters that each take one completion at a time: a completion port of the
 * simulated kernel, beside an eventfd that threads of the host wait for with epoll, and beside
 * messages between io_uring instances, one for each waiter, which the poster sends to in turn. */
#define _GNU_SOURCE
#include <slipway/sim.h>
#include <slipway/slipway.h>

#include <stdatomic.h>
#include "bench/harness/bench.h"
#include "bench/peer/waiters.h"

#define DEPTH 256U
#define COUNT_BITS 20U /* of so many completions at most */

struct load {
    uint32_t cpus, waiters, turns;
    atomic_uint wrong;
    atomic_ullong taken; /* of each that was taken: its key above, 1 below */
    slip_handle_t port, done;
    double ns;
};

static void finish(struct load *load)
{
    load->wrong += slip_port_post(load->done, 0, SLIP_OK, 0) != SLIP_OK;
}

/* The last one finds all counted in, each key once. */
static void count_in(struct load *load, uint64_t one)
{
    uint64_t turns = load->turns, all = (turns * (turns - 1) / 2 << COUNT_BITS) + turns;
    uint64_t now = atomic_fetch_add(&load->taken, one) + one;
    if (((now ^ all) & ((1U << COUNT_BITS) - 1)) != 0)
        return;
    load->wrong += now != all;
    finish(load);
}

static void take(uint64_t number)
{
    struct load *load = sim_argument();
    struct slip_completion one;
    uint32_t count;
    (void)number;
    while (slip_port_wait(load->port, &one, 1, 1, SLIP_NEVER, &count) == SLIP_OK)
        count_in(load, one.key << COUNT_BITS | 1);
}

static void post(uint64_t number)
{
    struct load *load = sim_argument();
    (void)number;
    for (uint32_t i = 0; i < load->turns; i++) {
        slip_status_t status;
        while ((status = slip_port_post(load->port, i, SLIP_OK, 0)) == SLIP_FULL)
            slip_thread_yield();
        if (status == SLIP_OK)
            continue;
        load->wrong++;
        finish(load);
        return;
    }
}

static void start(struct load *load, void (*entry)(uint64_t), uint32_t cpu)
{
    slip_handle_t thread;
    if (slip_thread_start(SLIP_SELF, entry, 0, SLIP_PRIORITY_DEFAULT - 1, cpu, &thread) !=
            SLIP_OK ||
        slip_handle_close(thread) != SLIP_OK)
        load->wrong++;
}

static void root(void)
{
    struct load *load = sim_argument();
    struct slip_completion over;
    uint32_t count;
    load->wrong += slip_port_create(DEPTH, &load->port) != SLIP_OK;
    load->wrong += slip_port_create(1, &load->done) != SLIP_OK;
    for (uint32_t i = 0; i < load->waiters; i++)
        start(load, take, load->cpus - 1);
    double before = bench_now();
    start(load, post, 0);
    load->wrong += slip_port_wait(load->done, &over, 1, 1, SLIP_NEVER, &count) != SLIP_OK;
    load->ns = (bench_now() - before) / load->turns;
    slip_process_exit(0);
}

static double ours(const struct bench_case *self, uint32_t turns)
{
    struct load load = {.cpus = self->cpus, .waiters = self->bytes, .turns = turns};
    struct sim_options options = {.machine = "cores", .cpus = load.cpus, .argument = &load};
    if (sim_run(&options, root) != 0 || load.wrong != 0)
        return BENCH_FAILED;
    return load.ns;
}

static double eventfd_epoll(const struct bench_case *self, uint32_t turns)
{
    return peer_eventfd_epoll(self->cpus, self->bytes, turns);
}

static double msg_ring(const struct bench_case *self, uint32_t turns)
{
    return peer_msg_ring_waiters(self->cpus, self->bytes, turns);
}

/* The number of waiters goes where the bytes are. */
#define PEER(text, run, cpus_, waiters, turns_, ours_)                                             \
    {                                                                                              \
        text, "ns", run, turns_, waiters, cpus_, NULL, ours_                                       \
    }
#define CASE(text, run, cpus_, waiters, turns_) PEER(text, run, cpus_, waiters, turns_, NULL)

static const struct bench_case cases[] = {
    CASE("port, 1 waiter, 1 CPU", ours, 1, 1, 60000),
    CASE("port, 4 waiters, 1 CPU", ours, 1, 4, 60000),
    PEER("eventfd and epoll, 1 waiter, 1 CPU", eventfd_epoll, 1, 1, 5000, "port, 1 waiter, 1 CPU"),
    PEER("eventfd and epoll, 4 waiters, 1 CPU", eventfd_epoll, 1, 4, 5000,
         "port, 4 waiters, 1 CPU"),
    PEER("io_uring MSG_RING, 1 waiter, 1 CPU", msg_ring, 1, 1, 5000, "port, 1 waiter, 1 CPU"),
    PEER("io_uring MSG_RING, 4 waiters, 1 CPU", msg_ring, 1, 4, 5000, "port, 4 waiters, 1 CPU"),
    CASE("port, 1 waiter, 2 CPUs", ours, 2, 1, 40000),
    CASE("port, 4 waiters, 2 CPUs", ours, 2, 4, 40000),
    PEER("eventfd and epoll, 1 waiter, 2 CPUs", eventfd_epoll, 2, 1, 5000,
         "port, 1 waiter, 2 CPUs"),
    PEER("eventfd and epoll, 4 waiters, 2 CPUs", eventfd_epoll, 2, 4, 5000,
         "port, 4 waiters, 2 CPUs"),
    PEER("io_uring MSG_RING, 1 waiter, 2 CPUs", msg_ring, 2, 1, 5000, "port, 1 waiter, 2 CPUs"),
    PEER("io_uring MSG_RING, 4 waiters, 2 CPUs", msg_ring, 2, 4, 5000, "port, 4 waiters, 2 CPUs"),
};

const struct bench_program bench_program = {
    .name = "port",
    .about = "Completions: one posts, one of several waiters takes; time per completion",
    .cases = cases,
    .case_count = sizeof cases / sizeof cases[0],
    .rounds = 21,
};
