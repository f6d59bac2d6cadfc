/* Several results as one table: a parameter or an option varied, or CPUs. */
#include "sim/report/text_set.h"

#include <string.h>
#include "sim/report/format.h"
#include "sim/report/table.h"
#include "sim/report/text_bill.h"

#define SHARE_LEAST 0.0005  /* of a cost beside what took most */
#define ATTRIBUTIONS_MAX 4U /* values whose tables of attribution are printed unasked */

static const char response[] = "response";

static void number_cell(struct sim_table *table, char *(*format)(double value, char *out),
                        double value)
{
    char text[SIM_FORMAT_BYTES];
    sim_table_cell(table, SIM_INK_PLAIN, "%s", format(value, text));
}

static void times_cell(struct sim_table *table, double times)
{
    if (isnan(times))
        sim_table_cell(table, SIM_INK_PLAIN, "-");
    else
        sim_table_cell(table, SIM_INK_PLAIN, "%.*fx", times < 99.95 ? 2 : 0, times);
}

/* "lock wait: endpoint files" */
static void describe(const struct sim_dominant *most, char *text, size_t bytes)
{
    char part[SIM_TEXT_PART_BYTES];
    snprintf(text, bytes, "%s%s%s", sim_text_part(most->name, part), most->lock != NULL ? ": " : "",
             most->lock != NULL ? most->lock->name : "");
}

/* What took most of the time; if that is no cost by itself, the greatest cost beside it. */
static void dominant_cells(struct sim_table *table, const struct sim_design_result *design)
{
    struct sim_dominant most = sim_result_dominant(design);
    struct sim_dominant cost = sim_result_dominant_cost(design);
    char text[160], share[SIM_FORMAT_BYTES];
    if (most.name == NULL) {
        sim_table_cell(table, SIM_INK_PLAIN, "-");
        sim_table_cell(table, SIM_INK_PLAIN, "-");
        return;
    }
    number_cell(table, sim_format_share, most.share);
    describe(&most, text, sizeof text);
    if (cost.name == NULL || cost.name == most.name || cost.share < SHARE_LEAST) {
        sim_table_cell(table, SIM_INK_PLAIN, "%s", text);
        return;
    }
    char beside[160];
    describe(&cost, beside, sizeof beside);
    sim_table_cell(table, SIM_INK_PLAIN, "%s; %s %s", text, sim_format_share(cost.share, share),
                   beside);
}

/* ---- scaling ------------------------------------------------------------------------------- */

static const char spent[] = "time went to";

static void scale_row(struct sim_table *table, const struct sim_result_set *set, uint32_t index,
                      uint32_t design, int named)
{
    const struct sim_design_result *row = &set->results[index]->designs[design];
    sim_table_cell(table, SIM_INK_PLAIN, "%s", named ? row->design : "");
    sim_table_cell(table, SIM_INK_PLAIN, "%s", set->values[index]);
    number_cell(table, sim_format_count, row->ops_per_s.median);
    times_cell(table, sim_result_speed_up(set, index, design));
    number_cell(table, sim_format_time, row->response.p50);
    number_cell(table, sim_format_time, row->response.p99);
    dominant_cells(table, row);
}

static void print_scale(const struct sim_paper *paper, const struct sim_result_set *set)
{
    static const struct sim_column columns[] = {
        {"design", SIM_TABLE_LEFT, NULL},   {"cpus", SIM_TABLE_RIGHT, NULL},
        {"ops/s", SIM_TABLE_RIGHT, NULL},   {"speed-up", SIM_TABLE_RIGHT, NULL},
        {"p50", SIM_TABLE_RIGHT, response}, {"p99", SIM_TABLE_RIGHT, response},
        {"share", SIM_TABLE_RIGHT, spent},  {"most", SIM_TABLE_WRAP, spent},
    };
    struct sim_table *table = sim_table_create(columns, sizeof columns / sizeof columns[0]);
    for (uint32_t j = 0; j < set->results[0]->design_count; j++)
        for (uint32_t i = 0; i < set->count; i++)
            if (j < set->results[i]->design_count)
                scale_row(table, set, i, j, i == 0);
    sim_table_print(table, paper, 0);
}

/* ---- a value varied ------------------------------------------------------------------------ */

/* The ratio to the first design of the same value; then to the same design at the first value. */
static void ratio_cells(struct sim_table *table, const struct sim_result_set *set, uint32_t index,
                        uint32_t design)
{
    const struct sim_result *result = set->results[index];
    const struct sim_design_result *row = &result->designs[design];
    if (result->design_count > 1) {
        if (design > 0 && row->same)
            sim_table_cell(table, SIM_INK_PLAIN, "same");
        else
            times_cell(table, design == 0 ? 1 : row->ratio.median);
    }
    times_cell(table, sim_result_speed_up(set, index, design));
}

static void print_varied(const struct sim_paper *paper, const struct sim_result_set *set)
{
    static const char against[] = "ops/s against";
    int several = set->results[0]->design_count > 1, billed = sim_result_billed(set->results[0]);
    struct sim_column columns[10] = {
        {set->name, SIM_TABLE_LEFT, NULL},  {"design", SIM_TABLE_LEFT, NULL},
        {"ops/s", SIM_TABLE_RIGHT, NULL},   {"p50", SIM_TABLE_RIGHT, response},
        {"p99", SIM_TABLE_RIGHT, response},
    };
    uint32_t count = 5;
    if (several)
        columns[count++] = (struct sim_column){"design", SIM_TABLE_RIGHT, against};
    columns[count++] = several ? (struct sim_column){"value", SIM_TABLE_RIGHT, against}
                               : (struct sim_column){"ratio", SIM_TABLE_RIGHT, NULL};
    if (billed) {
        columns[count++] = (struct sim_column){"share", SIM_TABLE_RIGHT, spent};
        columns[count++] = (struct sim_column){"most", SIM_TABLE_WRAP, spent};
    } else {
        columns[count++] = (struct sim_column){"interval", SIM_TABLE_RIGHT, NULL};
    }
    struct sim_table *table = sim_table_create(columns, count);
    for (uint32_t i = 0; i < set->count; i++)
        for (uint32_t j = 0; j < set->results[i]->design_count; j++) {
            const struct sim_design_result *row = &set->results[i]->designs[j];
            char range[SIM_FORMAT_BYTES];
            sim_table_cell(table, SIM_INK_PLAIN, "%s", j == 0 ? set->values[i] : "");
            sim_table_cell(table, SIM_INK_PLAIN, "%s", row->design);
            number_cell(table, sim_format_count, row->ops_per_s.median);
            number_cell(table, sim_format_time, row->response.p50);
            number_cell(table, sim_format_time, row->response.p99);
            ratio_cells(table, set, i, j);
            if (billed)
                dominant_cells(table, row);
            else
                sim_table_cell(table, SIM_INK_PLAIN, "%s",
                               sim_format_range(row->ops_per_s.low, row->ops_per_s.high, range));
        }
    sim_table_print(table, paper, 0);
}

/* ---- all of it ----------------------------------------------------------------------------- */

static void value_heading(const struct sim_paper *paper, const struct sim_result_set *set,
                          uint32_t index)
{
    sim_paper_format(paper, SIM_INK_TITLE, "\n%s = %s\n", set->name, set->values[index]);
}

/* What the values are, below a head that shows the first one's. */
static void print_values(const struct sim_paper *paper, const struct sim_result_set *set)
{
    char text[2048];
    size_t used = (size_t)snprintf(text, sizeof text, "%s = ", set->name);
    for (uint32_t i = 0; i < set->count && used < sizeof text; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i > 0 ? ", " : "",
                                 set->values[i]);
    if (used < sizeof text && set->count > 1)
        snprintf(text + used, sizeof text - used, "; what is above is of the first");
    sim_paper_format(paper, SIM_INK_FAINT, "%-10s", "varied");
    sim_paper_wrap(paper, SIM_INK_PLAIN, 10, 10, text);
}

static void print_details(const struct sim_paper *paper, const struct sim_result_set *set,
                          enum sim_text_detail detail)
{
    for (uint32_t i = 0; i < set->count; i++) {
        int billed = sim_result_billed(set->results[i]);
        if (detail == SIM_TEXT_VERBOSE) {
            value_heading(paper, set, i);
            sim_text_tables(paper, set->results[i], detail);
        } else if (billed && !set->scale && set->count <= ATTRIBUTIONS_MAX) {
            value_heading(paper, set, i);
            sim_text_attribution(paper, set->results[i], detail);
        }
    }
    if (detail != SIM_TEXT_VERBOSE && !set->scale)
        sim_text_traces(paper, set->name, set->values,
                        (const struct sim_result *const *)set->results, set->count);
}

uint32_t sim_text_set_failures(const struct sim_paper *paper, const struct sim_result_set *set)
{
    uint32_t lines = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        uint32_t here = 0;
        for (uint32_t j = 0; j < set->results[i]->design_count; j++)
            here += set->results[i]->designs[j].failures.count;
        if (here > 0 && set->name[0] != 0)
            value_heading(paper, set, i);
        lines += sim_text_failures(paper, set->results[i]);
    }
    return lines;
}

/* What is warned of at every value is said once. */
void sim_text_set_warnings(const struct sim_paper *paper, const struct sim_result_set *set)
{
    for (uint32_t i = 0; i < set->count; i++) {
        const struct sim_result_texts *texts = &set->results[i]->warnings;
        for (uint32_t j = 0; j < texts->count; j++) {
            int known = 0;
            for (uint32_t k = 0; k < i && !known; k++)
                for (uint32_t l = 0; l < set->results[k]->warnings.count; l++)
                    known |= strcmp(set->results[k]->warnings.text[l], texts->text[j]) == 0;
            if (known)
                continue;
            sim_paper_text(paper, SIM_INK_WARN, "slipway: warning: ");
            if (set->name[0] != 0)
                fprintf(paper->file, "%s = %s: ", set->name, set->values[i]);
            fprintf(paper->file, "%s\n", texts->text[j]);
        }
    }
}

static void print_beside(const struct sim_paper *paper, const struct sim_result_set *set)
{
    for (uint32_t i = 0; i < set->count; i++) {
        if (set->before[i] == NULL)
            continue;
        if (set->name[0] != 0)
            value_heading(paper, set, i);
        else
            fputc('\n', paper->file);
        sim_text_beside(paper, set->before[i], set->results[i]);
    }
}

void sim_text_set(const struct sim_paper *paper, const struct sim_result_set *set,
                  enum sim_text_detail detail)
{
    if (set->count == 0)
        return;
    if (set->name[0] == 0) {
        sim_text_result(paper, set->results[0], detail);
        print_beside(paper, set);
        return;
    }
    if (detail != SIM_TEXT_QUIET) {
        sim_text_head(paper, set->results[0], detail);
        print_values(paper, set);
        fputc('\n', paper->file);
    }
    if (set->scale)
        print_scale(paper, set);
    else
        print_varied(paper, set);
    if (detail != SIM_TEXT_QUIET)
        print_details(paper, set, detail);
    for (uint32_t i = 0; i < set->count; i++)
        sim_text_determinism(paper, set->results[i]);
    sim_text_set_failures(paper, set);
    print_beside(paper, set);
}
