#define _GNU_SOURCE
#include "bench/peer/waiters.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "bench/harness/bench.h"
#if HAVE_LIBURING
#include <liburing.h>
#endif

struct group {
    uint32_t cpu, turns, count; /* count: of the waiters */
    uint32_t share;             /* completions of each waiter, where they are dealt out */
    atomic_uint taken;
    int event, epoll;
    pthread_barrier_t start;
};

struct waiter {
    struct group *group;
    uint32_t number;
    uint32_t wrong; /* completions that were not the next one for it */
#if HAVE_LIBURING
    struct io_uring ring;
#endif
};

/* Starts the waiters, calls `post`, joins them: nanoseconds per completion. */
static double run(struct group *group, struct waiter *waiters, uint32_t count,
                  void *(*wait)(void *), void (*post)(struct group *, struct waiter *, uint32_t))
{
    pthread_t threads[PEER_WAITERS_MAX];
    group->count = count;
    pthread_barrier_init(&group->start, NULL, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        waiters[i].group = group;
        waiters[i].number = i;
        waiters[i].wrong = 0;
        if (pthread_create(&threads[i], NULL, wait, &waiters[i]) != 0)
            abort();
    }
    pthread_barrier_wait(&group->start);
    double before = bench_now();
    post(group, waiters, count);
    for (uint32_t i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    double ns = (bench_now() - before) / group->turns;
    for (uint32_t i = 0; i < count; i++)
        ns = waiters[i].wrong == 0 ? ns : BENCH_FAILED;
    pthread_barrier_destroy(&group->start);
    return ns;
}

/* The poster is a thread of its own, so that who calls stays where it is. */
struct job {
    double (*measure)(uint32_t cpus, uint32_t waiters, uint32_t turns);
    uint32_t cpus, waiters, turns;
    double ns;
};

static void *do_job(void *argument)
{
    struct job *job = argument;
    bench_pin(0);
    job->ns = job->measure(job->cpus, job->waiters, job->turns);
    return NULL;
}

static double on_first_cpu(struct job job)
{
    pthread_t poster;
    if (pthread_create(&poster, NULL, do_job, &job) != 0)
        return BENCH_FAILED;
    pthread_join(poster, NULL);
    return job.ns;
}

/* ---- eventfd and epoll ------------------------------------------------------------------------ */

static void add_one(int event)
{
    uint64_t one = 1;
    if (write(event, &one, sizeof one) != sizeof one)
        abort();
}

/* 1 if there was one. */
static int take_one(int event)
{
    uint64_t one;
    ssize_t got = read(event, &one, sizeof one);
    if (got != sizeof one && errno != EAGAIN)
        abort();
    return got == sizeof one;
}

/* Edge-triggered, one instance for all, so that a post wakes one waiter, who reads until there is no
 * more: as the manual has it for several threads, and the fastest of the ways to do it. */
static void *wait_for_event(void *argument)
{
    struct waiter *waiter = argument;
    struct group *group = waiter->group;
    struct epoll_event event;
    bench_pin(group->cpu);
    pthread_barrier_wait(&group->start);
    while (atomic_load(&group->taken) < group->turns) {
        if (epoll_wait(group->epoll, &event, 1, -1) < 1)
            continue;
        while (atomic_load(&group->taken) < group->turns && take_one(group->event))
            atomic_fetch_add(&group->taken, 1);
    }
    add_one(group->event); /* another one is to look, and to leave */
    return NULL;
}

static void post_events(struct group *group, struct waiter *waiters, uint32_t count)
{
    (void)waiters;
    (void)count;
    for (uint32_t i = 0; i < group->turns; i++)
        add_one(group->event);
}

static double measure_events(uint32_t cpus, uint32_t count, uint32_t turns)
{
    struct waiter waiters[PEER_WAITERS_MAX];
    struct group group = {.cpu = cpus - 1, .turns = turns};
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    double ns = BENCH_FAILED;
    group.event = eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK);
    group.epoll = epoll_create1(0);
    if (group.event >= 0 && group.epoll >= 0 &&
        epoll_ctl(group.epoll, EPOLL_CTL_ADD, group.event, &event) == 0)
        ns = run(&group, waiters, count, wait_for_event, post_events);
    close(group.epoll);
    close(group.event);
    return ns;
}

double peer_eventfd_epoll(uint32_t cpus, uint32_t waiters, uint32_t turns)
{
    return on_first_cpu((struct job){measure_events, cpus, waiters, turns, BENCH_FAILED});
}

/* ---- io_uring --------------------------------------------------------------------------------- */

#if HAVE_LIBURING
#define ENTRIES 4096U

static void *wait_for_ring(void *argument)
{
    struct waiter *waiter = argument;
    bench_pin(waiter->group->cpu);
    pthread_barrier_wait(&waiter->group->start);
    for (uint32_t i = 0; i < waiter->group->share; i++) {
        struct io_uring_cqe *completion;
        if (io_uring_wait_cqe(&waiter->ring, &completion) != 0)
            abort();
        waiter->wrong +=
            completion->user_data != (uint64_t)i * waiter->group->count + waiter->number;
        io_uring_cqe_seen(&waiter->ring, completion);
    }
    return NULL;
}

static void post_to_rings(struct group *group, struct waiter *waiters, uint32_t count)
{
    struct io_uring own;
    if (io_uring_queue_init(64, &own, 0) != 0)
        abort();
    for (uint32_t i = 0; i < group->share * count; i++) {
        struct io_uring_sqe *entry = io_uring_get_sqe(&own);
        io_uring_prep_msg_ring(entry, waiters[i % count].ring.ring_fd, 8, i, 0);
        entry->flags |= IOSQE_CQE_SKIP_SUCCESS;
        if (io_uring_submit(&own) != 1)
            abort();
    }
    io_uring_queue_exit(&own);
}

static double measure_rings(uint32_t cpus, uint32_t count, uint32_t turns)
{
    struct waiter waiters[PEER_WAITERS_MAX];
    struct group group = {.cpu = cpus - 1, .turns = turns, .share = (turns + count - 1) / count};
    uint32_t made = 0;
    while (made < count && io_uring_queue_init(ENTRIES, &waiters[made].ring, 0) == 0)
        made++;
    double ns = BENCH_NOT_INSTALLED; /* the host's kernel has none, or forbids it */
    if (made == count)
        ns = run(&group, waiters, count, wait_for_ring, post_to_rings);
    while (made > 0)
        io_uring_queue_exit(&waiters[--made].ring);
    return ns;
}

double peer_msg_ring_waiters(uint32_t cpus, uint32_t waiters, uint32_t turns)
{
    return on_first_cpu((struct job){measure_rings, cpus, waiters, turns, BENCH_FAILED});
}
#else
double peer_msg_ring_waiters(uint32_t cpus, uint32_t waiters, uint32_t turns)
{
    (void)cpus;
    (void)waiters;
    (void)turns;
    return BENCH_NOT_INSTALLED;
}
#endif
