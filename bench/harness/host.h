/* What the host does beside a benchmark. */
#ifndef BENCH_HARNESS_HOST_H
#define BENCH_HARNESS_HOST_H

#include <stddef.h>
#include <stdint.h>

struct bench_host {
    double all_s, busy_s, steal_s; /* of all CPUs, since the host began */
    double own_s;                  /* of this process, and of its children that have ended */
};

/* CPUs that this program may use, in the order in which the machine cores takes them. */
uint32_t bench_cpus(void);

/* What the host calls its processor; "unknown" where it does not say. */
void bench_cpu_name(char *name, size_t size);

/* Bytes of this program that are in memory; 0 where the host does not say. */
long bench_resident_bytes(void);

/* 0; -1 where there is no /proc/stat. */
int bench_host_read(struct bench_host *host);

enum bench_cut { BENCH_UNCUT, BENCH_CUT_STEAL, BENCH_CUT_OTHERS };

/* Did others cut into what was between the two: a tick of steal, or more of other programs than what
 * ticks of all CPUs may be wrong by? */
enum bench_cut bench_host_cut(const struct bench_host *before, const struct bench_host *after);

/* The share of the host's CPU time between the two that others had: steal, and other programs. */
double bench_host_taken(const struct bench_host *before, const struct bench_host *after);

#endif
