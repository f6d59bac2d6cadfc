#define _GNU_SOURCE
#include "bench/harness/host.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "bench/harness/bench.h"
#include "sim/machine/topology.h"

#define PROBE_NS 1000000.0
#define PROBE_CHUNK 100U
#define PROBE_LOST_NS 2000.0 /* no line takes so long: one of the two did not run */
#define PROBE_TRIES 5U

double bench_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* The CPUs that the program may use, from before anything was pinned, in the order of the machine
 * cores: where peers ran on two siblings and ours on two cores, nothing could be compared. */
static int *order, first;
static uint32_t order_count;
static pthread_once_t order_once = PTHREAD_ONCE_INIT;

static void look(void)
{
    order = sim_topology_cpus(&order_count);
    if (order == NULL) {
        order = &first;
        order_count = 1;
    }
}

void bench_pin(uint32_t cpu)
{
    cpu_set_t one;
    pthread_once(&order_once, look);
    CPU_ZERO(&one);
    CPU_SET(order[cpu % order_count], &one);
    pthread_setaffinity_np(pthread_self(), sizeof one, &one);
}

uint32_t bench_cpus(void)
{
    pthread_once(&order_once, look);
    return order_count;
}

void bench_cpu_name(char *name, size_t size)
{
    char line[256];
    FILE *file = fopen("/proc/cpuinfo", "re");
    snprintf(name, size, "unknown");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *colon = strstr(line, ": ");
        if (strncmp(line, "model name", 10) != 0 || colon == NULL)
            continue;
        snprintf(name, size, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
        break;
    }
    if (file != NULL)
        fclose(file);
}

long bench_resident_bytes(void)
{
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%ld %ld", &pages, &resident) != 2)
        resident = 0;
    fclose(file);
    return resident * sysconf(_SC_PAGESIZE);
}

/* ---- the line probe ------------------------------------------------------------------------ */

struct probe {
    _Alignas(128) atomic_uint turn;
    atomic_uint over;
};

static void *bounce(void *argument)
{
    struct probe *probe = argument;
    bench_pin(1);
    while (!atomic_load_explicit(&probe->over, memory_order_relaxed))
        if (atomic_load_explicit(&probe->turn, memory_order_acquire) == 1)
            atomic_store_explicit(&probe->turn, 0, memory_order_release);
    return NULL;
}

static void *measure(void *argument)
{
    struct probe *probe = argument;
    static double best;
    bench_pin(0);
    best = 0;
    double end = bench_now() + PROBE_NS;
    for (double before = bench_now(); before < end;) {
        for (uint32_t i = 0; i < PROBE_CHUNK; i++) {
            atomic_store_explicit(&probe->turn, 1, memory_order_release);
            while (atomic_load_explicit(&probe->turn, memory_order_acquire) != 0 &&
                   bench_now() < end + PROBE_NS)
                ;
        }
        double now = bench_now(), one = (now - before) / PROBE_CHUNK;
        best = best == 0 || one < best ? one : best;
        before = now;
    }
    atomic_store_explicit(&probe->over, 1, memory_order_relaxed);
    return &best;
}

static double probe_once(void)
{
    static struct probe probe;
    pthread_t a, b;
    void *best = NULL;
    atomic_store(&probe.turn, 0);
    atomic_store(&probe.over, 0);
    if (pthread_create(&b, NULL, bounce, &probe) != 0)
        return 0;
    if (pthread_create(&a, NULL, measure, &probe) != 0) {
        atomic_store(&probe.over, 1);
        pthread_join(b, NULL);
        return 0;
    }
    pthread_join(a, &best);
    pthread_join(b, NULL);
    return *(double *)best;
}

double bench_line_probe(void)
{
    double found = 0;
    for (uint32_t i = 0; i < PROBE_TRIES && bench_cpus() > 1; i++) {
        found = probe_once();
        if (found < PROBE_LOST_NS)
            return found;
    }
    return found;
}

/* ---- what others take ---------------------------------------------------------------------- */

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

int bench_host_read(struct bench_host *host)
{
    unsigned long long user, nice, system, idle, wait, irq, soft, steal;
    FILE *file = fopen("/proc/stat", "re");
    *host = (struct bench_host){0};
    if (file == NULL)
        return -1;
    int got = fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system,
                     &idle, &wait, &irq, &soft, &steal);
    fclose(file);
    if (got != 8)
        return -1;
    struct timespec own;
    double tick = 1.0 / (double)sysconf(_SC_CLK_TCK);
    host->busy_s = (double)(user + nice + system + irq + soft) * tick;
    host->steal_s = (double)steal * tick;
    host->all_s = host->busy_s + host->steal_s + (double)(idle + wait) * tick;
    struct rusage children;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
    getrusage(RUSAGE_CHILDREN, &children);
    host->own_s = (double)own.tv_sec + (double)own.tv_nsec * 1e-9 + seconds_of(children.ru_utime) +
                  seconds_of(children.ru_stime);
    return 0;
}

/* Seconds of other programs; ticks may make it less than nothing. */
static double foreign(const struct bench_host *before, const struct bench_host *after)
{
    return (after->busy_s - before->busy_s) - (after->own_s - before->own_s);
}

enum bench_cut bench_host_cut(const struct bench_host *before, const struct bench_host *after)
{
    double tick = 1.0 / (double)sysconf(_SC_CLK_TCK);
    if (after->steal_s > before->steal_s)
        return BENCH_CUT_STEAL;
    return foreign(before, after) > tick * (double)sysconf(_SC_NPROCESSORS_ONLN) ? BENCH_CUT_OTHERS
                                                                                 : BENCH_UNCUT;
}

double bench_host_taken(const struct bench_host *before, const struct bench_host *after)
{
    double all = after->all_s - before->all_s;
    double others = foreign(before, after);
    double taken = after->steal_s - before->steal_s + (others > 0 ? others : 0);
    return all > 0 ? taken / all : 0;
}
