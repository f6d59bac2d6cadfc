/* Cases that take turns in short slices, in one process, so that whatever the host does meanwhile
 * meets all of them, and each is compared with its neighbours.
 *
 * One round runs each case once, in order. Before each slice that uses more than one CPU a probe
 * bounces one line of the cache between the first two for a millisecond: on a virtual machine that
 * takes one of two very different times, and a slice in the slower state is marked "far". What the
 * host took away in a round (steal) and what other programs used is read from /proc/stat, which knows
 * it in ticks of 10 ms. A slice in which steal has a tick, or others more ticks than rounding makes, is
 * "cut".
 *
 * A row is the median over the rounds, with the interval of order statistics that holds the median
 * with at least 95 % whatever the distribution (under 6 rounds: all that was seen). A ratio is the
 * median of the ratios of two cases within each round, with the same interval: that of ours to a peer
 * stands in the peer's row, and a claim has one beside what it should be. Rounds in which one of the
 * two was cut, or one was near and the other one far, do not count. A claim is met, or missed, if its
 * whole interval is on that side of the target, and otherwise nobody can tell.
 *
 * A slice that fails is told in its row and makes the program end with 1: no figure hides it.
 */
#ifndef BENCH_HARNESS_BENCH_H
#define BENCH_HARNESS_BENCH_H

#include <stdint.h>
#include <slipway/kernel.h>

/* In place of a figure; a difference may be a figure below 0. */
#define BENCH_NOT_INSTALLED (-1e300) /* a peer's library, or toolchain, is missing */
#define BENCH_FAILED (-2e300)
#define BENCH_ROUNDS_MAX 200U
#define BENCH_CPUS_MAX K_CPUS_MAX /* of a step */
#define BENCH_STEPS_MAX 16U       /* numbers of CPUs in one run */

static inline int bench_is_figure(double value)
{
    return value > BENCH_NOT_INSTALLED;
}

struct bench_case {
    const char *name; /* unique in the program */
    const char *unit; /* "ns"; at most 3 characters */
    /* One slice: the figure, or BENCH_x. */
    double (*run)(const struct bench_case *self, uint32_t turns);
    uint32_t turns; /* of a slice */
    uint32_t bytes; /* for run */
    uint32_t cpus;  /* for run */
    const void *extra;
    const char *ours; /* of a peer: the case whose ratio to it stands in its row; NULL: none */
};

/* The ratio of `ours` to `peer`, or `ours` itself where there is no peer (NULL), is to be at most (or
 * at least) so much; 0: there is no target. */
struct bench_claim {
    const char *ours, *peer;
    double at_most, at_least;
    int quiet_only; /* 1: nor do rounds with 1 % of steal or foreign load, or more */
};

struct bench_program {
    const char *name;  /* of the program */
    const char *about; /* one line */
    const struct bench_case *cases;
    uint32_t case_count;
    const struct bench_claim *claims;
    uint32_t claim_count;
    uint32_t rounds; /* unless told otherwise */
    /* NULL, or makes cases and claims for so many steps, each a number of CPUs, the first one 1. */
    void (*plan)(struct bench_program *program, const uint32_t *cpus, uint32_t steps);
};

/* What a program of bench/ runs; each file there defines its own. */
extern const struct bench_program bench_program;

/* main of a program: NAME [--rounds N] [--quick] [--json FILE], and
 * [--cpus LIST] if it has a plan. Returns 0; 1 if a slice failed or the
 * file could not be written; 2 if the arguments are wrong. */
int bench_main(const struct bench_program *program, int argc, char **argv);

/* Monotonic nanoseconds. */
double bench_now(void);

/* Pins the calling thread to the n-th CPU that this program may use; fewer are taken in turns. */
void bench_pin(uint32_t cpu);

/* Nanoseconds that a line of the cache takes there and back between the first two CPUs; 0 if there
 * is only one. */
double bench_line_probe(void);

#endif
