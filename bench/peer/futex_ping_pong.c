#define _GNU_SOURCE
#include "bench/peer/futex_ping_pong.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct side {
    _Alignas(128) atomic_uint word; /* 1: its turn */
};

struct game {
    struct side side[2];
    uint32_t rounds, warmup;
    double round_ns;
};

static void pass_turn(struct side *to)
{
    atomic_store_explicit(&to->word, 1, memory_order_release);
    syscall(SYS_futex, &to->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void wait_turn(struct side *own)
{
    while (atomic_load_explicit(&own->word, memory_order_acquire) == 0)
        syscall(SYS_futex, &own->word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    atomic_store_explicit(&own->word, 0, memory_order_relaxed);
}

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void *answer(void *argument)
{
    struct game *game = argument;
    for (uint32_t i = 0; i < game->rounds + game->warmup; i++) {
        wait_turn(&game->side[1]);
        pass_turn(&game->side[0]);
    }
    return NULL;
}

static void *ask(void *argument)
{
    struct game *game = argument;
    double start = 0;
    for (uint32_t i = 0; i < game->rounds + game->warmup; i++) {
        if (i == game->warmup)
            start = now_ns();
        pass_turn(&game->side[1]);
        wait_turn(&game->side[0]);
    }
    game->round_ns = (now_ns() - start) / game->rounds;
    return NULL;
}

static void pin_to_first(pthread_attr_t *attr)
{
    cpu_set_t allowed, first;
    CPU_ZERO(&first);
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return;
    for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&first) == 0; i++)
        if (CPU_ISSET(i, &allowed))
            CPU_SET(i, &first);
    pthread_attr_setaffinity_np(attr, sizeof first, &first);
}

double futex_ping_pong(uint32_t rounds, uint32_t warmup)
{
    struct game game = {.rounds = rounds, .warmup = warmup};
    pthread_t asking, answering;
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pin_to_first(&attr);
    if (pthread_create(&answering, &attr, answer, &game) != 0)
        return 0;
    if (pthread_create(&asking, &attr, ask, &game) == 0)
        pthread_join(asking, NULL);
    else
        ask(&game); /* unpinned is still a game, and the other side must end */
    pthread_join(answering, NULL);
    pthread_attr_destroy(&attr);
    return game.round_ns;
}
