#include "bench/peer/arithmetic.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include "bench/harness/bench.h"

#define CHAINS 4 /* of steps that do not wait for each other, to fill the processor */

enum { WAIT, GO, GIVE_UP };

struct worker {
    pthread_t thread;
    atomic_uint *word; /* WAIT, GO or GIVE_UP */
    uint32_t cpu, steps;
    double elapsed_ns;
};

static void *work(void *argument)
{
    struct worker *worker = argument;
    uint64_t chain[CHAINS] = {1, 2, 3, 4};
    bench_pin(worker->cpu);
    while (atomic_load(worker->word) == WAIT)
        sched_yield(); /* there may be more threads than CPUs */
    if (atomic_load(worker->word) == GIVE_UP)
        return NULL;
    double before = bench_now();
    for (uint32_t i = 0; i < worker->steps; i++)
        for (int k = 0; k < CHAINS; k++) {
            chain[k] = chain[k] * 3 + i;
            __asm__ volatile("" : "+r"(chain[k]));
        }
    worker->elapsed_ns = bench_now() - before;
    return NULL;
}

double peer_arithmetic(uint32_t cpus, uint32_t steps)
{
    struct worker workers[BENCH_CPUS_MAX];
    atomic_uint word = WAIT;
    uint32_t made = 0;
    double rate = 0;
    for (; made < cpus; made++) {
        workers[made] = (struct worker){.word = &word, .cpu = made, .steps = steps};
        if (pthread_create(&workers[made].thread, NULL, work, &workers[made]) != 0)
            break;
    }
    atomic_store(&word, made == cpus ? GO : GIVE_UP);
    for (uint32_t i = 0; i < made; i++) {
        pthread_join(workers[i].thread, NULL);
        rate += steps / workers[i].elapsed_ns * 1000;
    }
    return made == cpus ? rate : BENCH_FAILED;
}
