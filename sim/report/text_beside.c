#include "sim/report/text.h"

#include <string.h>
#include "sim/report/format.h"
#include "sim/report/table.h"

static const struct sim_column columns[] = {
    {"design", SIM_TABLE_LEFT, NULL},  {"figure", SIM_TABLE_LEFT, NULL},
    {"before", SIM_TABLE_RIGHT, NULL}, {"now", SIM_TABLE_RIGHT, NULL},
    {"change", SIM_TABLE_RIGHT, NULL},
};

/* A relative change, where both are known. */
static void change_cell(struct sim_table *table, double before, double now, int same)
{
    if (isnan(before) || isnan(now))
        sim_table_cell(table, SIM_INK_FAINT, "-");
    else if (same || before == now)
        sim_table_cell(table, SIM_INK_FAINT, "same");
    else if (before == 0)
        sim_table_cell(table, SIM_INK_PLAIN, "new");
    else
        sim_table_cell(table, SIM_INK_PLAIN, "%+.1f%%", 100 * (now / before - 1));
}

static void rate_cell(struct sim_table *table, const struct sim_estimate *rate)
{
    char median[SIM_FORMAT_BYTES], range[SIM_FORMAT_BYTES];
    sim_table_cell(table, SIM_INK_PLAIN, "%s (%s)", sim_format_count(rate->median, median),
                   sim_format_range(rate->low, rate->high, range));
}

/* Intervals that overlap say nothing about a difference. */
static int overlap(const struct sim_estimate *a, const struct sim_estimate *b)
{
    return a->low <= b->high && b->low <= a->high;
}

static void rate_row(struct sim_table *table, const struct sim_design_result *before,
                     const struct sim_design_result *now)
{
    sim_table_cell(table, SIM_INK_PLAIN, "%s", now->design);
    sim_table_cell(table, SIM_INK_PLAIN, "ops/s");
    rate_cell(table, &before->ops_per_s);
    rate_cell(table, &now->ops_per_s);
    change_cell(table, before->ops_per_s.median, now->ops_per_s.median,
                overlap(&before->ops_per_s, &now->ops_per_s));
}

static void figure_row(struct sim_table *table, const char *name,
                       char *(*format)(double value, char *out), double before, double now)
{
    char text[SIM_FORMAT_BYTES];
    sim_table_cell(table, SIM_INK_PLAIN, "%s", "");
    sim_table_cell(table, SIM_INK_PLAIN, "%s", name);
    sim_table_cell(table, SIM_INK_PLAIN, "%s", format(before, text));
    sim_table_cell(table, SIM_INK_PLAIN, "%s", format(now, text));
    change_cell(table, before, now, 0);
}

static void design_rows(struct sim_table *table, const struct sim_design_result *before,
                        const struct sim_design_result *now)
{
    rate_row(table, before, now);
    figure_row(table, "response p50", sim_format_time, before->response.p50, now->response.p50);
    figure_row(table, "response p99", sim_format_time, before->response.p99, now->response.p99);
    figure_row(table, "calls/op", sim_format_ratio, before->per_op.system_calls,
               now->per_op.system_calls);
    figure_row(table, "switches/op", sim_format_ratio, before->per_op.switches,
               now->per_op.switches);
    figure_row(table, "wakes/op", sim_format_ratio, before->per_op.wakes, now->per_op.wakes);
    figure_row(table, "copied/op", sim_format_bytes, before->per_op.copied_bytes,
               now->per_op.copied_bytes);
    figure_row(table, "verified", sim_format_bytes, (double)before->verified_bytes,
               (double)now->verified_bytes);
    if (before->hash[0] != 0 && now->hash[0] != 0) {
        sim_table_cell(table, SIM_INK_PLAIN, "%s", "");
        sim_table_cell(table, SIM_INK_PLAIN, "hash of events");
        sim_table_cell(table, SIM_INK_PLAIN, "%s", before->hash);
        sim_table_cell(table, SIM_INK_PLAIN, "%s", now->hash);
        int same = strcmp(before->hash, now->hash) == 0;
        sim_table_cell(table, same ? SIM_INK_FAINT : SIM_INK_WARN, same ? "same" : "other");
    }
    figure_row(table, "errors", sim_format_count, (double)before->errors, (double)now->errors);
}

/* What is not alike between the two, so that nobody compares two hosts by mistake. */
static void differ(const struct sim_paper *paper, const char *what, const char *before,
                   const char *now)
{
    if (strcmp(before, now) == 0)
        return;
    char text[400];
    snprintf(text, sizeof text, "%s differs: %s before, %s now", what, before, now);
    sim_paper_wrap(paper, SIM_INK_WARN, 0, 2, text);
}

void sim_text_beside(const struct sim_paper *paper, const struct sim_result *before,
                     const struct sim_result *now)
{
    struct sim_table *table = sim_table_create(columns, sizeof columns / sizeof columns[0]);
    for (uint32_t i = 0; i < now->design_count; i++)
        for (uint32_t j = 0; j < before->design_count; j++)
            if (strcmp(before->designs[j].design, now->designs[i].design) == 0)
                design_rows(table, &before->designs[j], &now->designs[i]);
    sim_table_print(table, paper, 0);
    fprintf(paper->file, "\nA rate is the same where the two intervals overlap.\n");
    differ(paper, "the host's CPU", before->host.cpu, now->host.cpu);
    differ(paper, "the host's kernel", before->host.kernel, now->host.kernel);
    differ(paper, "the version of slipway", before->host.version, now->host.version);
}
