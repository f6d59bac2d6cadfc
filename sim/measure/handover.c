#define _GNU_SOURCE
#include "sim/measure/handover.h"

#include <linux/futex.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MAX 2048U
#define ROUNDS_FIRST 16U /* not counted: threads arrive at their CPUs */
#define ROUNDS_LEAST 16U

enum turn { TURN_ASKER, TURN_ANSWERER, TURN_OVER };

struct pair {
    /* Whose turn it is; release by who gives it away, acquire by who takes it. */
    _Atomic uint32_t turn;
    int cpu[2];
    int failed; /* 1: a thread could not be pinned */
};

static void turn_give(struct pair *pair, uint32_t to)
{
    atomic_store_explicit(&pair->turn, to, memory_order_release);
    syscall(SYS_futex, &pair->turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* Returns when it is no longer the turn of `other`. */
static uint32_t turn_await(struct pair *pair, uint32_t other)
{
    uint32_t turn;
    while ((turn = atomic_load_explicit(&pair->turn, memory_order_acquire)) == other)
        syscall(SYS_futex, &pair->turn, FUTEX_WAIT_PRIVATE, other, NULL, NULL, 0);
    return turn;
}

static int pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    return pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

static void *answerer(void *argument)
{
    struct pair *pair = argument;
    if (pin(pair->cpu[1]) != 0)
        pair->failed = 1;
    while (turn_await(pair, TURN_ASKER) == TURN_ANSWERER)
        turn_give(pair, TURN_ASKER);
    return NULL;
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static int compare_times(const void *a, const void *b)
{
    const uint64_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

struct asker {
    struct pair *pair;
    double handover_ns;
};

static void *asker(void *argument)
{
    struct asker *asker = argument;
    struct pair *pair = asker->pair;
    static const uint64_t budget = SIM_HANDOVER_BUDGET_NS;
    uint64_t *times = malloc(ROUNDS_MAX * sizeof *times), start = now_ns(), before = start;
    uint32_t count = 0;
    int pinned = pin(pair->cpu[0]) == 0;
    for (uint32_t i = 0; times != NULL && i < ROUNDS_FIRST + ROUNDS_MAX; i++) {
        turn_give(pair, TURN_ANSWERER);
        turn_await(pair, TURN_ANSWERER);
        uint64_t now = now_ns();
        if (i >= ROUNDS_FIRST)
            times[count++] = now - before;
        before = now;
        if (now - start > budget)
            break;
    }
    turn_give(pair, TURN_OVER);
    if (count >= ROUNDS_LEAST && pinned && !pair->failed) {
        qsort(times, count, sizeof *times, compare_times);
        uint64_t median = times[count / 2];
        asker->handover_ns = (double)median / 2;
    }
    free(times);
    return NULL;
}

/* Both ends run on threads of their own, so that the caller's affinity stays as it is. */
static double measure(int cpu_a, int cpu_b)
{
    struct pair pair = {.turn = TURN_ASKER, .cpu = {cpu_a, cpu_b}};
    struct asker run = {.pair = &pair, .handover_ns = NAN};
    pthread_t first, second;
    if (pthread_create(&second, NULL, answerer, &pair) != 0)
        return NAN;
    if (pthread_create(&first, NULL, asker, &run) == 0)
        pthread_join(first, NULL);
    else
        turn_give(&pair, TURN_OVER);
    pthread_join(second, NULL);
    return run.handover_ns;
}

struct sim_handover_result sim_handover_measure(void)
{
    struct sim_handover_result result = {NAN, NAN};
    cpu_set_t allowed;
    int cpus[2], count = 0;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return result;
    for (int cpu = 0; cpu < CPU_SETSIZE && count < 2; cpu++)
        if (CPU_ISSET(cpu, &allowed))
            cpus[count++] = cpu;
    if (count > 0)
        result.same_cpu = measure(cpus[0], cpus[0]);
    if (count > 1)
        result.other_cpu = measure(cpus[0], cpus[1]);
    return result;
}
