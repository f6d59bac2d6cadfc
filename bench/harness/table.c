#include "bench/harness/table.h"

#include <math.h>
#include <stdio.h>

static int has_peers(const struct bench_run *run)
{
    for (uint32_t i = 0; i < run->program->case_count; i++)
        if (run->program->cases[i].ours != NULL)
            return 1;
    return 0;
}

static void print_head(const struct bench_run *run)
{
    double taken = 0;
    uint32_t known = 0, quiet = 0;
    for (uint32_t i = 0; i < run->rounds; i++) {
        if (run->taken[i] < 0)
            continue;
        known++;
        taken += run->taken[i];
        quiet += run->taken[i] < BENCH_QUIET;
    }
    printf("%s\n%u rounds in turns", run->program->about, run->rounds);
    if (known == 0)
        printf("; what others had of the CPUs is not known\n");
    else
        printf("; others had %.1f %% of the CPUs, under %.0f %% in %u rounds\n",
               taken / known * 100, BENCH_QUIET * 100, quiet);
    uint32_t cut = 0;
    for (uint32_t i = 0; i < run->program->case_count; i++)
        cut += bench_row_of(run, i).cut;
    printf("others cut into %u of %u slices\n", cut, run->rounds * run->program->case_count);
    printf("far: slices just before which a line took over %.0f ns there and back\n", BENCH_FAR_NS);
    for (uint32_t i = 0; i < run->program->case_count; i++)
        if (bench_is_crowded(run, i)) {
            printf("rows of more CPUs than there are (%u): timings mean nothing\n", run->cpus);
            break;
        }
    if (!run->pinned)
        printf("the host did not let the threads be pinned: they move, and times vary more\n");
    if (has_peers(run))
        printf("ours/it: the same by ours, in parts of this peer's, within rounds\n");
    printf("\n%-38s%8s    %9s%9s%4s%s\n", "", "median", "from", "to", "far",
           has_peers(run) ? " ours/it" : "");
}

/* Small figures have more digits after the point. */
static int digits(double figure)
{
    return fabs(figure) < 10 ? 2 : fabs(figure) < 1000 ? 1 : 0;
}

static void print_row(const struct bench_run *run, uint32_t index)
{
    const struct bench_case *one = &run->program->cases[index];
    struct bench_row row = bench_row_of(run, index);
    struct bench_order ratio = bench_ratio_of(run, index);
    char far[16] = "", ours[32] = "";
    if (row.state != BENCH_MEASURED) {
        printf("%-38s%13s\n", one->name, bench_state_name(row.state));
        return;
    }
    if (row.probed != 0)
        snprintf(far, sizeof far, "%u", row.far);
    if (ratio.count != 0)
        snprintf(ours, sizeof ours, ratio.median < 99.95 ? "%#.3g" : "%.0f", ratio.median);
    printf("%-38s%8.*f %-3s%9.*f%9.*f", one->name, digits(row.order.median), row.order.median,
           one->unit, digits(row.order.low), row.order.low, digits(row.order.high), row.order.high);
    if (far[0] != 0 || ours[0] != 0)
        printf("%4s", far);
    if (ours[0] != 0)
        printf("%8s", ours);
    printf("\n");
    if (row.failed != 0)
        printf("  FAILED in %u of %u rounds\n", row.failed, run->rounds);
}

static void print_verdict(const struct bench_claim *claim, const struct bench_order *found)
{
    enum bench_verdict verdict = bench_verdict(claim, found);
    int at_most = claim->at_most > 0;
    double target = at_most ? claim->at_most : claim->at_least;
    double part = found->median / target;
    if (verdict == BENCH_NO_TARGET) {
        printf("%s\n", claim->ours);
        return;
    }
    printf("%-46starget %s %.3g: %s", claim->ours, at_most ? "<=" : ">=", target,
           bench_verdict_name(verdict));
    if (verdict == BENCH_MISSED)
        printf(" by %.0f %%", (at_most ? part - 1 : 1 - part) * 100);
    printf("\n");
}

static void print_claim(const struct bench_run *run, const struct bench_claim *claim)
{
    struct bench_order found = bench_claim_of(run, claim);
    print_verdict(claim, &found);
    if (claim->peer == NULL)
        printf("  %-40s", "by itself");
    else
        printf("  / %-38s", claim->peer);
    if (found.count == 0)
        printf("%10s\n", "-");
    else
        printf("%10.*f   %.*f to %.*f, %u rounds\n", digits(found.median), found.median,
               digits(found.low), found.low, digits(found.high), found.high, found.count);
}

void bench_table_print(const struct bench_run *run)
{
    print_head(run);
    for (uint32_t i = 0; i < run->program->case_count; i++)
        print_row(run, i);
    if (run->program->claim_count != 0)
        printf("\nratios within rounds: median, interval\n");
    for (uint32_t i = 0; i < run->program->claim_count; i++)
        print_claim(run, &run->program->claims[i]);
}
