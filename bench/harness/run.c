#include "bench/harness/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct bench_slice *bench_slice_at(const struct bench_run *run, uint32_t index,
                                         uint32_t round)
{
    return &run->slices[(size_t)index * BENCH_ROUNDS_MAX + round];
}

uint32_t bench_turns(const struct bench_run *run, const struct bench_case *one)
{
    uint32_t turns = one->turns / run->shrink;
    return turns == 0 ? 1 : turns;
}

int bench_is_crowded(const struct bench_run *run, uint32_t index)
{
    return run->program->cases[index].cpus > run->cpus;
}

struct bench_row bench_row_of(const struct bench_run *run, uint32_t index)
{
    struct bench_row row = {.state = BENCH_MEASURED};
    double values[BENCH_ROUNDS_MAX];
    uint32_t count = 0, missing = 0;
    for (uint32_t i = 0; i < run->rounds; i++) {
        const struct bench_slice *slice = bench_slice_at(run, index, i);
        row.probed += slice->probe > 0;
        row.far += slice->probe > BENCH_FAR_NS;
        row.cut += slice->cut != 0;
        if (bench_is_figure(slice->figure))
            values[count++] = slice->figure;
        else if (slice->figure == BENCH_NOT_INSTALLED)
            missing++;
        else
            row.failed++;
    }
    row.order = bench_order(values, count);
    if (count == 0)
        row.state = missing == run->rounds ? BENCH_STATE_NOT_INSTALLED : BENCH_STATE_FAILED;
    return row;
}

static uint32_t index_of(const struct bench_program *program, const char *name)
{
    for (uint32_t i = 0; i < program->case_count; i++)
        if (strcmp(program->cases[i].name, name) == 0)
            return i;
    fprintf(stderr, "%s: a claim names no case: '%s'\n", program->name, name);
    abort();
}

/* Slices on one CPU are in no state: they are as comparable as any. */
static int same_state(const struct bench_slice *a, const struct bench_slice *b)
{
    return a->probe == 0 || b->probe == 0 || (a->probe > BENCH_FAR_NS) == (b->probe > BENCH_FAR_NS);
}

struct bench_order bench_claim_of(const struct bench_run *run, const struct bench_claim *claim)
{
    uint32_t ours = index_of(run->program, claim->ours);
    uint32_t peer = claim->peer != NULL ? index_of(run->program, claim->peer) : ours;
    double values[BENCH_ROUNDS_MAX];
    uint32_t count = 0;
    if (bench_is_crowded(run, ours) || bench_is_crowded(run, peer))
        return bench_order(values, 0);
    for (uint32_t i = 0; i < run->rounds; i++) {
        const struct bench_slice *a = bench_slice_at(run, ours, i);
        const struct bench_slice *b = bench_slice_at(run, peer, i);
        int quiet = run->taken[i] >= 0 && run->taken[i] < BENCH_QUIET;
        if (!bench_is_figure(a->figure) || (claim->peer != NULL && b->figure <= 0) ||
            !same_state(a, b) || a->cut || b->cut || (claim->quiet_only && !quiet))
            continue;
        values[count++] = claim->peer != NULL ? a->figure / b->figure : a->figure;
    }
    return bench_order(values, count);
}

struct bench_order bench_ratio_of(const struct bench_run *run, uint32_t index)
{
    const struct bench_case *peer = &run->program->cases[index];
    if (peer->ours == NULL)
        return (struct bench_order){.count = 0};
    return bench_claim_of(run, &(struct bench_claim){.ours = peer->ours, .peer = peer->name});
}

enum bench_verdict bench_verdict(const struct bench_claim *claim, const struct bench_order *found)
{
    int at_most = claim->at_most > 0;
    double target = at_most ? claim->at_most : claim->at_least;
    if (target == 0)
        return BENCH_NO_TARGET;
    if (found->count == 0)
        return BENCH_CANNOT_TELL;
    if (at_most ? found->high <= target : found->low >= target)
        return BENCH_MET;
    return (at_most ? found->low > target : found->high < target) ? BENCH_MISSED
                                                                  : BENCH_CANNOT_TELL;
}

const char *bench_verdict_name(enum bench_verdict verdict)
{
    static const char *const names[] = {"", "met", "missed", "cannot tell"};
    return names[verdict];
}

const char *bench_state_name(enum bench_state state)
{
    static const char *const names[] = {"ok", "not installed", "failed"};
    return names[state];
}
