#include "bench/harness/bench.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/harness/host.h"

#define QUICK_ROUNDS 3U
#define FAR_NS 150.0
#define QUIET 0.01

struct run {
    const struct bench_program *program;
    uint32_t rounds;
    uint32_t shrink; /* turns are divided by it */
    double *figures; /* case by round */
    double probe[BENCH_ROUNDS_MAX], taken[BENCH_ROUNDS_MAX];
    uint32_t far_count;
    const char *json;
};

struct summary {
    double median, low, high;
    uint32_t count;
    double state; /* BENCH_x if there is no figure, else 0 */
};

/* ---- order statistics ---------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Ranks, from 0, of the interval that holds the median of n values with 95 %: the normal
 * approximation of the binomial distribution, which is on the safe side from 6 values on. */
static void ranks(uint32_t n, uint32_t *low, uint32_t *high)
{
    double half = 0.98 * sqrt((double)n);
    double first = floor((double)n / 2 - half), last = ceil((double)n / 2 + half) - 1;
    *low = first < 0 ? 0 : (uint32_t)first;
    *high = last > (double)n - 1 ? n - 1 : (uint32_t)last;
}

static struct summary summarise(double *values, uint32_t count)
{
    struct summary summary = {.count = count};
    uint32_t low, high;
    if (count == 0) {
        summary.state = BENCH_FAILED;
        return summary;
    }
    qsort(values, count, sizeof *values, compare);
    ranks(count, &low, &high);
    summary.median =
        count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
    summary.low = values[low];
    summary.high = values[high];
    return summary;
}

static const double *figures_of(const struct run *run, uint32_t index)
{
    return &run->figures[(size_t)index * BENCH_ROUNDS_MAX];
}

static struct summary summary_of(const struct run *run, uint32_t index)
{
    double values[BENCH_ROUNDS_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < run->rounds; i++)
        if (figures_of(run, index)[i] >= 0)
            values[count++] = figures_of(run, index)[i];
    struct summary summary = summarise(values, count);
    if (count == 0)
        summary.state = figures_of(run, index)[0];
    return summary;
}

static uint32_t index_of(const struct bench_program *program, const char *name)
{
    for (uint32_t i = 0; i < program->case_count; i++)
        if (strcmp(program->cases[i].name, name) == 0)
            return i;
    fprintf(stderr, "%s: a claim names no case: '%s'\n", program->name, name);
    abort();
}

static struct summary ratio_of(const struct run *run, const struct bench_claim *claim)
{
    const double *ours = figures_of(run, index_of(run->program, claim->ours));
    const double *peer = figures_of(run, index_of(run->program, claim->peer));
    double values[BENCH_ROUNDS_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < run->rounds; i++)
        if (ours[i] > 0 && peer[i] > 0 && (!claim->quiet_only || run->taken[i] < QUIET))
            values[count++] = ours[i] / peer[i];
    return summarise(values, count);
}

/* ---- output -------------------------------------------------------------------------------- */

static const char *why_not(double state)
{
    return state == BENCH_NOT_INSTALLED ? "not installed" : "failed";
}

static void print_rows(const struct run *run)
{
    printf("%-44s%11s%12s%12s\n", "", "median", "from", "to");
    for (uint32_t i = 0; i < run->program->case_count; i++) {
        const struct bench_case *one = &run->program->cases[i];
        struct summary row = summary_of(run, i);
        if (row.state != 0)
            printf("%-44s%11s\n", one->name, why_not(row.state));
        else
            printf("%-44s%8.1f %-2s%9.1f %-2s%9.1f %-2s\n", one->name, row.median, one->unit,
                   row.low, one->unit, row.high, one->unit);
    }
}

static const char *verdict(const struct bench_claim *claim, const struct summary *ratio,
                           char text[48])
{
    double target = claim->at_most > 0 ? claim->at_most : claim->at_least;
    int met = claim->at_most > 0 ? ratio->median <= target : ratio->median >= target;
    if (ratio->count == 0)
        return claim->quiet_only ? "cannot tell" : "-";
    if (target == 0)
        return "";
    snprintf(text, 48, "%s %.3g: %s", claim->at_most > 0 ? "<=" : ">=", target,
             met ? "met" : "MISSED");
    return text;
}

static void print_claims(const struct run *run)
{
    if (run->program->claim_count != 0)
        printf("\n%-42s%8s  %-13s%s\n", "ratio", "median", "from - to", "target");
    for (uint32_t i = 0; i < run->program->claim_count; i++) {
        const struct bench_claim *claim = &run->program->claims[i];
        struct summary ratio = ratio_of(run, claim);
        char text[48], range[32] = "", median[16] = "-";
        if (ratio.count != 0) {
            snprintf(range, sizeof range, "%.2f - %.2f", ratio.low, ratio.high);
            snprintf(median, sizeof median, "%.2f", ratio.median);
        }
        printf("%s\n  / %-38s%8s  %-13s%s\n", claim->ours, claim->peer, median, range,
               verdict(claim, &ratio, text));
    }
}

static json_t *row_json(const struct run *run, uint32_t index)
{
    const struct bench_case *one = &run->program->cases[index];
    struct summary row = summary_of(run, index);
    if (row.state != 0)
        return json_pack("{s:s, s:s}", "name", one->name, "state", why_not(row.state));
    json_t *rounds = json_array();
    for (uint32_t i = 0; i < run->rounds; i++)
        json_array_append_new(rounds, json_real(figures_of(run, index)[i]));
    return json_pack("{s:s, s:s, s:i, s:i, s:f, s:f, s:f, s:o}", "name", one->name, "unit",
                     one->unit, "bytes", (int)one->bytes, "cpus", (int)one->cpus, "median",
                     row.median, "from", row.low, "to", row.high, "rounds", rounds);
}

static json_t *claim_json(const struct run *run, const struct bench_claim *claim)
{
    struct summary ratio = ratio_of(run, claim);
    char text[48];
    return json_pack("{s:s, s:s, s:f, s:f, s:f, s:i, s:f, s:f, s:s}", "ours", claim->ours, "peer",
                     claim->peer, "ratio", ratio.median, "from", ratio.low, "to", ratio.high,
                     "rounds", (int)ratio.count, "at_most", claim->at_most, "at_least",
                     claim->at_least, "verdict", verdict(claim, &ratio, text));
}

static int write_json(const struct run *run)
{
    json_t *rows = json_array(), *claims = json_array(), *probe = json_array(),
           *taken = json_array();
    for (uint32_t i = 0; i < run->program->case_count; i++)
        json_array_append_new(rows, row_json(run, i));
    for (uint32_t i = 0; i < run->program->claim_count; i++)
        json_array_append_new(claims, claim_json(run, &run->program->claims[i]));
    for (uint32_t i = 0; i < run->rounds; i++) {
        json_array_append_new(probe, json_real(run->probe[i]));
        json_array_append_new(taken, json_real(run->taken[i]));
    }
    json_t *all = json_pack("{s:i, s:s, s:i, s:o, s:o, s:o, s:o}", "schema", 1, "program",
                            run->program->name, "rounds", (int)run->rounds, "rows", rows, "claims",
                            claims, "line_probe_ns", probe, "taken_by_others", taken);
    int failed = all == NULL || json_dump_file(all, run->json, JSON_INDENT(1)) != 0;
    json_decref(all);
    if (failed)
        fprintf(stderr, "%s: cannot write %s\n", run->program->name, run->json);
    return failed;
}

/* ---- running ------------------------------------------------------------------------------- */

static void run_round(struct run *run, uint32_t round)
{
    struct bench_host before, after;
    run->probe[round] = bench_line_probe();
    run->far_count += run->probe[round] > FAR_NS;
    bench_host_read(&before);
    for (uint32_t i = 0; i < run->program->case_count; i++) {
        const struct bench_case *one = &run->program->cases[i];
        uint32_t turns = one->turns / run->shrink;
        double *figures = &run->figures[(size_t)i * BENCH_ROUNDS_MAX];
        if (round > 0 && figures[0] < 0)
            figures[round] = figures[0];
        else
            figures[round] = one->run(one, turns == 0 ? 1 : turns);
    }
    bench_host_read(&after);
    run->taken[round] = bench_host_taken(&before, &after);
}

static int usage(const struct bench_program *program, const char *wrong)
{
    fprintf(stderr, "%s: %s\nusage: %s [--rounds N] [--quick] [--json FILE]\n  N from 1 to %u\n",
            program->name, wrong, program->name, BENCH_ROUNDS_MAX);
    return 2;
}

static int take_arguments(struct run *run, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char *end = NULL;
        if (strcmp(argv[i], "--quick") == 0) {
            run->rounds = QUICK_ROUNDS;
            run->shrink = 50;
        } else if (strcmp(argv[i], "--rounds") == 0 && i + 1 < argc) {
            unsigned long rounds = strtoul(argv[++i], &end, 10);
            if (*end != 0 || rounds < 1 || rounds > BENCH_ROUNDS_MAX)
                return usage(run->program, "--rounds takes a number");
            run->rounds = (uint32_t)rounds;
        } else if (strcmp(argv[i], "--json") == 0 && i + 1 < argc) {
            run->json = argv[++i];
        } else {
            return usage(run->program, "unknown argument");
        }
    }
    return 0;
}

int bench_main(const struct bench_program *program, int argc, char **argv)
{
    struct run run = {.program = program, .rounds = program->rounds, .shrink = 1};
    int wrong = take_arguments(&run, argc, argv);
    if (wrong)
        return wrong;
    run.figures = calloc((size_t)program->case_count * BENCH_ROUNDS_MAX, sizeof *run.figures);
    if (run.figures == NULL)
        return 1;
    for (uint32_t i = 0; i < run.rounds; i++)
        run_round(&run, i);
    double taken = 0;
    for (uint32_t i = 0; i < run.rounds; i++)
        taken += run.taken[i] / run.rounds;
    printf("%s\n%u rounds in turns, %u with the far line (over %.0f ns); others had %.1f %%\n\n",
           program->about, run.rounds, run.far_count, FAR_NS, taken * 100);
    print_rows(&run);
    print_claims(&run);
    int failed = run.json != NULL ? write_json(&run) : 0;
    for (uint32_t i = 0; i < program->case_count; i++)
        failed |= summary_of(&run, i).state == BENCH_FAILED;
    free(run.figures);
    return failed;
}
