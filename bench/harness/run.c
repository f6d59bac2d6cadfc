#include "bench/harness/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct bench_slice *bench_slice_at(const struct bench_run *run, uint32_t index,
                                         uint32_t round)
{
    return &run->slices[(size_t)index * BENCH_ROUNDS_MAX + round];
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
    for (uint32_t i = 0; i < run->rounds; i++) {
        const struct bench_slice *a = bench_slice_at(run, ours, i);
        const struct bench_slice *b = bench_slice_at(run, peer, i);
        int quiet = run->taken[i] >= 0 && run->taken[i] < BENCH_QUIET && !a->cut && !b->cut;
        if (!bench_is_figure(a->figure) || (claim->peer != NULL && b->figure <= 0) ||
            !same_state(a, b) || (claim->quiet_only && !quiet))
            continue;
        values[count++] = claim->peer != NULL ? a->figure / b->figure : a->figure;
    }
    return bench_order(values, count);
}

const char *bench_verdict(const struct bench_claim *claim, const struct bench_order *found,
                          char text[64])
{
    double target = claim->at_most > 0 ? claim->at_most : claim->at_least;
    double missed = claim->at_most > 0 ? found->median / target - 1 : 1 - found->median / target;
    const char *sign = claim->at_most > 0 ? "<=" : ">=";
    if (target == 0)
        return "";
    if (found->count == 0)
        snprintf(text, 64, "%s %.3g: cannot tell", sign, target);
    else if (missed <= 0)
        snprintf(text, 64, "%s %.3g: met", sign, target);
    else
        snprintf(text, 64, "%s %.3g: missed by %.0f %%", sign, target, missed * 100);
    return text;
}

const char *bench_state_name(enum bench_state state)
{
    static const char *const names[] = {"ok", "not installed", "failed"};
    return names[state];
}
