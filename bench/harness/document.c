#include "bench/harness/document.h"

#include <jansson.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include "bench/harness/host.h"

#define SCHEMA "slipway.bench/1"
#if defined(__GNUC__) && !defined(__clang__)
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER __VERSION__
#endif

/* Why a slice is cut. */
static const char *const cuts[] = {NULL, "steal", "other programs"};

static json_t *host(const struct bench_run *run)
{
    struct utsname name = {.release = ""};
    char cpu[128];
    uname(&name);
    bench_cpu_name(cpu, sizeof cpu);
    return json_pack("{s:s, s:s, s:i, s:b, s:s}", "cpu", cpu, "kernel", name.release, "cpus",
                     (int)run->cpus, "pinned", run->pinned, "compiler", COMPILER);
}

static json_t *order(const struct bench_order *order)
{
    if (order->count == 0)
        return json_null();
    return json_pack("{s:f, s:f, s:f, s:i}", "median", order->median, "low", order->low, "high",
                     order->high, "count", (int)order->count);
}

/* A slice that has no figure is null. */
static json_t *row(const struct bench_run *run, uint32_t index)
{
    const struct bench_case *one = &run->program->cases[index];
    struct bench_row row = bench_row_of(run, index);
    json_t *slices = json_array();
    for (uint32_t i = 0; i < run->rounds; i++) {
        const struct bench_slice *slice = bench_slice_at(run, index, i);
        json_array_append_new(
            slices,
            json_pack("{s:o, s:o, s:s?}", "figure",
                      bench_is_figure(slice->figure) ? json_real(slice->figure) : json_null(),
                      "line_ns", slice->probe <= 0 ? json_null() : json_real(slice->probe), "cut",
                      cuts[slice->cut]));
    }
    struct bench_order ratio = bench_ratio_of(run, index);
    return json_pack("{s:s, s:s, s:i, s:s, s:o, s:s?, s:o, s:i, s:i, s:i, s:i, s:o}", "name",
                     one->name, "unit", one->unit, "cpus", (int)one->cpus, "state",
                     bench_state_name(row.state), "figure", order(&row.order), "ours", one->ours,
                     "ratio_of_ours", order(&ratio), "turns", (int)bench_turns(run, one), "failed",
                     (int)row.failed, "far", (int)row.far, "cut", (int)row.cut, "slices", slices);
}

static json_t *claim(const struct bench_run *run, const struct bench_claim *claim)
{
    struct bench_order found = bench_claim_of(run, claim);
    json_t *one = json_pack("{s:s, s:s?, s:o, s:s}", "ours", claim->ours, "peer", claim->peer,
                            claim->peer != NULL ? "ratio" : "figure", order(&found), "verdict",
                            bench_verdict_name(bench_verdict(claim, &found)));
    if (claim->at_most > 0)
        json_object_set_new(one, "at_most", json_real(claim->at_most));
    if (claim->at_least > 0)
        json_object_set_new(one, "at_least", json_real(claim->at_least));
    return one;
}

static const char *now(char text[32])
{
    time_t seconds = time(NULL);
    struct tm utc;
    strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &utc));
    return text;
}

int bench_document_write(const struct bench_run *run, FILE *file)
{
    char text[32];
    json_t *rows = json_array(), *claims = json_array(), *taken = json_array();
    for (uint32_t i = 0; i < run->program->case_count; i++)
        json_array_append_new(rows, row(run, i));
    for (uint32_t i = 0; i < run->program->claim_count; i++)
        json_array_append_new(claims, claim(run, &run->program->claims[i]));
    for (uint32_t i = 0; i < run->rounds; i++)
        json_array_append_new(taken, run->taken[i] < 0 ? json_null() : json_real(run->taken[i]));
    json_t *all = json_pack("{s:s, s:s, s:s, s:s, s:o, s:i, s:f, s:o, s:o, s:o}", "schema", SCHEMA,
                            "program", run->program->name, "about", run->program->about, "written",
                            now(text), "host", host(run), "rounds", (int)run->rounds, "far_over_ns",
                            BENCH_FAR_NS, "taken_by_others", taken, "rows", rows, "claims", claims);
    int failed = all == NULL ||
                 json_dumpf(all, file, JSON_INDENT(1) | JSON_REAL_PRECISION(6)) != 0 ||
                 fputc('\n', file) == EOF || fflush(file) != 0;
    json_decref(all);
    return failed ? -1 : 0;
}
