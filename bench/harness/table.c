#include "bench/harness/table.h"

#include <math.h>
#include <stdio.h>

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
    printf("far: slices just before which a line took over %.0f ns there and back\n\n",
           BENCH_FAR_NS);
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
    char far[16] = "";
    if (row.state != BENCH_MEASURED) {
        printf("%-42s%9s\n", one->name, bench_state_name(row.state));
        return;
    }
    if (row.probed != 0)
        snprintf(far, sizeof far, "%5u", row.far);
    printf("%-42s%9.*f %-3s%9.*f%10.*f%s\n", one->name, digits(row.order.median), row.order.median,
           one->unit, digits(row.order.low), row.order.low, digits(row.order.high), row.order.high,
           far);
    if (row.failed != 0)
        printf("  FAILED in %u of %u rounds\n", row.failed, run->rounds);
}

static void print_claim(const struct bench_run *run, const struct bench_claim *claim)
{
    char text[64];
    struct bench_order found = bench_claim_of(run, claim);
    const char *verdict = bench_verdict(claim, &found, text);
    if (verdict[0] == 0)
        printf("%s\n", claim->ours);
    else
        printf("%-46starget %s\n", claim->ours, verdict);
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
    printf("%-42s%9s    %9s%10s%5s\n", "", "median", "from", "to", "far");
    for (uint32_t i = 0; i < run->program->case_count; i++)
        print_row(run, i);
    if (run->program->claim_count != 0)
        printf("\nratios within rounds: median, interval\n");
    for (uint32_t i = 0; i < run->program->claim_count; i++)
        print_claim(run, &run->program->claims[i]);
}
