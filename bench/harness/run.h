/* What was measured so far, as running, table and file know it. */
#ifndef BENCH_HARNESS_RUN_H
#define BENCH_HARNESS_RUN_H

#include "bench/harness/bench.h"
#include "bench/harness/host.h"
#include "bench/harness/order.h"

#define BENCH_FAR_NS 150.0 /* a line that takes longer there and back comes from afar */
#define BENCH_QUIET 0.01   /* others have less than this share of the CPUs */

/* One case in one round. */
struct bench_slice {
    double figure; /* or BENCH_x */
    double probe;  /* nanoseconds of a line there and back just before; 0: not looked for */
    enum bench_cut cut;
};

struct bench_run {
    const struct bench_program *program;
    uint32_t rounds;
    uint32_t shrink; /* turns are divided by it */
    struct bench_slice *slices;
    uint32_t cpus;                  /* that there are: rows of more share them, and bear no claim */
    int pinned;                     /* 0: the host chooses which CPU a thread is on */
    double taken[BENCH_ROUNDS_MAX]; /* by others in each round: a share; negative: not known */
};

enum bench_state { BENCH_MEASURED, BENCH_STATE_NOT_INSTALLED, BENCH_STATE_FAILED };

struct bench_row {
    struct bench_order order;
    enum bench_state state;
    uint32_t failed, far, probed, cut; /* slices */
};

const struct bench_slice *bench_slice_at(const struct bench_run *run, uint32_t index,
                                         uint32_t round);
/* Of each slice of a case. */
uint32_t bench_turns(const struct bench_run *run, const struct bench_case *one);

/* Does a case want more CPUs than there are? */
int bench_is_crowded(const struct bench_run *run, uint32_t index);

struct bench_row bench_row_of(const struct bench_run *run, uint32_t index);

/* Over the rounds that count: bench.h says which. */
struct bench_order bench_claim_of(const struct bench_run *run, const struct bench_claim *claim);

/* Of ours to a peer, over the rounds that count; none where the case is no peer. */
struct bench_order bench_ratio_of(const struct bench_run *run, uint32_t index);

enum bench_verdict { BENCH_NO_TARGET, BENCH_MET, BENCH_MISSED, BENCH_CANNOT_TELL };

enum bench_verdict bench_verdict(const struct bench_claim *claim, const struct bench_order *found);

/* "met", "missed", "cannot tell"; "" where nothing is claimed. */
const char *bench_verdict_name(enum bench_verdict verdict);

/* "ok", "not installed" or "failed". */
const char *bench_state_name(enum bench_state state);

#endif
