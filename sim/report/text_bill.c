#include "sim/report/text_bill.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "sim/report/format.h"
#include "sim/report/table.h"

#define PARTS_MAX 64U
#define BILLS_MAX 16U          /* columns of one table */
#define FIGURE_BYTES 24        /* of a printed time */
#define PS_WHOLE 1e8           /* a response so long is printed in whole nanoseconds */
#define DOCUMENT_PS_MAX 9.0e18 /* what is beyond comes from a document that nobody measured */

char *sim_text_part(const char *name, char out[SIM_TEXT_PART_BYTES])
{
    snprintf(out, SIM_TEXT_PART_BYTES, "%s", name);
    for (char *at = out; *at != 0; at++)
        if (*at == '_')
            *at = ' ';
    return out;
}

/* ---- figures that add up ------------------------------------------------------------------- */

/* The bills of one table, in picoseconds, and then in the unit that is printed. */
struct sheet {
    const char *names[PARTS_MAX]; /* of rows */
    uint32_t rows;
    const struct sim_bill_result *bills[BILLS_MAX];
    uint64_t figures[BILLS_MAX][PARTS_MAX], totals[BILLS_MAX];
    uint32_t columns;
    uint64_t unit; /* picoseconds: 1000, or 100 for one decimal */
};

static uint64_t picoseconds(double ns)
{
    double ps = ns * 1000;
    return ps > 0 && ps < DOCUMENT_PS_MAX ? (uint64_t)(ps + 0.5) : 0;
}

static double part_of(const struct sim_bill_result *bill, const char *name)
{
    for (uint32_t i = 0; i < bill->part_count; i++)
        if (strcmp(bill->parts[i].name, name) == 0)
            return bill->parts[i].ns;
    return 0;
}

static int took_time(const struct sim_result *result, const char *name)
{
    for (uint32_t i = 0; i < result->design_count; i++) {
        const struct sim_attribution_result *from = &result->designs[i].attribution;
        if (part_of(&from->p50, name) > 0 || part_of(&from->p99, name) > 0)
            return 1;
    }
    return 0;
}

/* Adds the names of a bill's parts that took time in some design, each once: so the rows are in the
 * order of bills, whichever design a name comes from. */
static void add_names(struct sheet *sheet, const struct sim_result *result,
                      const struct sim_bill_result *bill)
{
    for (uint32_t i = 0; i < bill->part_count; i++) {
        uint32_t known = 0;
        while (known < sheet->rows && strcmp(sheet->names[known], bill->parts[i].name) != 0)
            known++;
        if (known == sheet->rows && sheet->rows < PARTS_MAX &&
            took_time(result, bill->parts[i].name))
            sheet->names[sheet->rows++] = bill->parts[i].name;
    }
}

/* Rounds a column so that its figures still add up to its total: each is cut, and what is missing
 * goes to those that lost most. */
static void round_column(const struct sheet *sheet, uint64_t *figures, uint64_t *total)
{
    uint64_t rests[PARTS_MAX], sum = 0;
    *total = (*total + sheet->unit / 2) / sheet->unit;
    for (uint32_t i = 0; i < sheet->rows; i++) {
        rests[i] = figures[i] % sheet->unit;
        figures[i] /= sheet->unit;
        sum += figures[i];
    }
    for (uint32_t turns = 0; sum < *total && turns < sheet->rows; turns++) {
        uint32_t most = 0;
        for (uint32_t i = 1; i < sheet->rows; i++)
            if (rests[i] > rests[most])
                most = i;
        if (rests[most] == 0)
            return;
        rests[most] = 0;
        figures[most]++;
        sum++;
    }
}

static void fill_sheet(struct sheet *sheet)
{
    int whole = 1;
    for (uint32_t j = 0; j < sheet->columns; j++) {
        sheet->totals[j] = picoseconds(sheet->bills[j]->response_ns);
        for (uint32_t i = 0; i < sheet->rows; i++) {
            sheet->figures[j][i] = picoseconds(part_of(sheet->bills[j], sheet->names[i]));
            whole &= sheet->figures[j][i] % 1000 == 0;
        }
    }
    for (uint32_t j = 0; j < sheet->columns; j++)
        whole |= (double)sheet->totals[j] >= PS_WHOLE;
    sheet->unit = whole ? 1000 : 100;
    for (uint32_t j = 0; j < sheet->columns; j++)
        round_column(sheet, sheet->figures[j], &sheet->totals[j]);
}

static void figure_cell(struct sim_table *table, const struct sheet *sheet, uint32_t column,
                        uint64_t figure)
{
    if (isnan(sheet->bills[column]->response_ns))
        sim_table_cell(table, SIM_INK_PLAIN, "-");
    else if (figure == 0)
        sim_table_cell(table, SIM_INK_FAINT, "0");
    else if (sheet->unit == 1000)
        sim_table_cell(table, SIM_INK_PLAIN, "%" PRIu64, figure);
    else
        sim_table_cell(table, SIM_INK_PLAIN, "%" PRIu64 ".%" PRIu64, figure / 10, figure % 10);
}

/* ---- the table of attribution -------------------------------------------------------------- */

static int has_late(const struct sim_result *result)
{
    for (uint32_t i = 0; i < result->design_count; i++)
        if (!isnan(result->designs[i].attribution.p99.response_ns))
            return 1;
    return 0;
}

static int billed(const struct sim_result *result)
{
    for (uint32_t i = 0; i < result->design_count; i++)
        if (!isnan(result->designs[i].attribution.p50.response_ns))
            return 1;
    return 0;
}

/* Columns that the widest figure of a result may take: of its longest response, with a decimal. */
static uint32_t figure_width(const struct sim_result *result)
{
    double most = 0;
    char text[FIGURE_BYTES];
    for (uint32_t i = 0; i < result->design_count; i++) {
        const struct sim_attribution_result *from = &result->designs[i].attribution;
        most = fmax(most, fmax(from->p50.response_ns, from->p99.response_ns));
    }
    uint64_t ps = picoseconds(most);
    int length = snprintf(text, sizeof text, "%" PRIu64, ps / 1000);
    return (uint32_t)length + ((double)ps < PS_WHOLE ? 2 : 1);
}

static void print_sheet(const struct sim_paper *paper, struct sheet *sheet,
                        const struct sim_column *columns)
{
    char name[SIM_TEXT_PART_BYTES];
    struct sim_table *table = sim_table_create(columns, sheet->columns + 1);
    fill_sheet(sheet);
    for (uint32_t i = 0; i < sheet->rows; i++) {
        sim_table_cell(table, SIM_INK_PLAIN, "%s", sim_text_part(sheet->names[i], name));
        for (uint32_t j = 0; j < sheet->columns; j++)
            figure_cell(table, sheet, j, sheet->figures[j][i]);
    }
    sim_table_cell(table, SIM_INK_TITLE, "response");
    for (uint32_t j = 0; j < sheet->columns; j++)
        figure_cell(table, sheet, j, sheet->totals[j]);
    sim_table_print(table, paper, 0);
}

/* How many designs from `first` on fit into the paper's width beside the names. */
static uint32_t fitting(const struct sim_paper *paper, const struct sim_result *result,
                        const struct sheet *sheet, uint32_t first, uint32_t ranks)
{
    uint32_t used = 11, count = 0, figures = ranks * (figure_width(result) + 1);
    for (uint32_t i = 0; i < sheet->rows; i++) {
        uint32_t name = sim_paper_columns(sheet->names[i]);
        used = name > used ? name : used;
    }
    for (; first + count < result->design_count && (count + 1) * ranks <= BILLS_MAX; count++) {
        uint32_t title = sim_paper_columns(result->designs[first + count].design) + 1;
        used += figures > title ? figures : title;
        if (count > 0 && used > paper->width)
            break;
    }
    return count;
}

static void print_some(const struct sim_paper *paper, const struct sim_result *result,
                       struct sheet *sheet, uint32_t first, uint32_t count, uint32_t ranks)
{
    struct sim_column columns[BILLS_MAX + 1] = {{"ns spent on", SIM_TABLE_LEFT, NULL}};
    char titles[BILLS_MAX][SIM_TEXT_PART_BYTES];
    sheet->columns = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct sim_design_result *design = &result->designs[first + i];
        const struct sim_bill_result *bills[] = {&design->attribution.p50,
                                                 &design->attribution.p99};
        /* Titles as wide as the design's name above them takes. */
        int width = (int)sim_paper_columns(design->design);
        width = width < 40 ? (width + (ranks > 1 ? 0 : 1)) / (int)ranks : 0;
        for (uint32_t j = 0; j < ranks; j++) {
            uint32_t at = sheet->columns++;
            snprintf(titles[at], sizeof titles[at], "%*s", width, j == 0 ? "p50" : "p99");
            sheet->bills[at] = bills[j];
            columns[at + 1] = (struct sim_column){titles[at], SIM_TABLE_RIGHT, design->design};
        }
    }
    print_sheet(paper, sheet, columns);
}

static void print_attribution(const struct sim_paper *paper, const struct sim_result *result)
{
    struct sheet *sheet = calloc(1, sizeof *sheet);
    uint32_t ranks = has_late(result) ? 2 : 1;
    if (sheet == NULL)
        return;
    for (uint32_t i = 0; i < result->design_count; i++) {
        add_names(sheet, result, &result->designs[i].attribution.p50);
        add_names(sheet, result, &result->designs[i].attribution.p99);
    }
    for (uint32_t i = 0, count; i < result->design_count; i += count) {
        count = fitting(paper, result, sheet, i, ranks);
        fputc('\n', paper->file);
        print_some(paper, result, sheet, i, count, ranks);
    }
    free(sheet);
}

/* ---- locks --------------------------------------------------------------------------------- */

static const struct sim_column lock_columns[] = {
    {"lock", SIM_TABLE_LEFT, NULL},   {"design", SIM_TABLE_LEFT, NULL},
    {"waits", SIM_TABLE_RIGHT, NULL}, {"waited", SIM_TABLE_RIGHT, NULL},
    {"moves", SIM_TABLE_RIGHT, NULL}, {"moved", SIM_TABLE_RIGHT, NULL},
};

static void lock_row(struct sim_table *table, const struct sim_design_result *design,
                     const struct sim_lock_result *lock)
{
    char text[SIM_FORMAT_BYTES];
    sim_table_cell(table, SIM_INK_PLAIN, "%s", lock->name);
    sim_table_cell(table, SIM_INK_PLAIN, "%s", design->design);
    sim_table_cell(table, SIM_INK_PLAIN, "%s", sim_format_count((double)lock->waits, text));
    sim_table_cell(table, SIM_INK_PLAIN, "%s", sim_format_time(lock->wait_ns, text));
    sim_table_cell(table, SIM_INK_PLAIN, "%s", sim_format_count((double)lock->moves, text));
    sim_table_cell(table, SIM_INK_PLAIN, "%s", sim_format_time(lock->move_ns, text));
}

/* The one of each design that was waited for longest; all of them if there is room for detail. */
static void print_locks(const struct sim_paper *paper, const struct sim_result *result, int all)
{
    struct sim_table *table = NULL;
    for (uint32_t i = 0; i < result->design_count; i++) {
        const struct sim_design_result *design = &result->designs[i];
        const struct sim_attribution_result *from = &design->attribution;
        for (uint32_t j = 0; j < from->lock_count && (all || j == 0); j++) {
            if (!(from->locks[j].wait_ns > 0 || (all && from->locks[j].moves > 0)))
                continue;
            if (table == NULL)
                table =
                    sim_table_create(lock_columns, sizeof lock_columns / sizeof lock_columns[0]);
            lock_row(table, design, &from->locks[j]);
        }
    }
    if (table == NULL)
        return;
    fputc('\n', paper->file);
    sim_table_print(table, paper, 0);
}

void sim_text_attribution(const struct sim_paper *paper, const struct sim_result *result,
                          enum sim_text_detail detail)
{
    if (detail == SIM_TEXT_QUIET || !billed(result))
        return;
    print_attribution(paper, result);
    print_locks(paper, result, detail == SIM_TEXT_VERBOSE);
}

/* ---- traces -------------------------------------------------------------------------------- */

static void trace_cells(struct sim_table *table, const struct sim_design_result *design)
{
    sim_table_cell(table, SIM_INK_PLAIN, "%s", design->design);
    sim_table_cell(table, SIM_INK_PLAIN, "%" PRIu64, design->events);
    sim_table_cell(table, SIM_INK_PLAIN, "%s", design->hash);
    sim_table_cell(table, SIM_INK_PLAIN, "%" PRIu64, design->attribution.requests);
    sim_table_cell(table, design->little ? SIM_INK_PLAIN : SIM_INK_BAD, "%s",
                   design->little ? "holds" : "FAILS");
}

uint32_t sim_text_traces(const struct sim_paper *paper, const char *name, const char *const *values,
                         const struct sim_result *const *results, uint32_t count)
{
    struct sim_column columns[] = {
        {name, SIM_TABLE_LEFT, NULL},        {"trace of", SIM_TABLE_LEFT, NULL},
        {"events", SIM_TABLE_RIGHT, NULL},   {"hash", SIM_TABLE_LEFT, NULL},
        {"requests", SIM_TABLE_RIGHT, NULL}, {"Little's law", SIM_TABLE_LEFT, NULL},
    };
    uint32_t skipped = name[0] == 0, rows = 0;
    struct sim_table *table =
        sim_table_create(columns + skipped, sizeof columns / sizeof columns[0] - skipped);
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t j = 0; j < results[i]->design_count; j++) {
            const struct sim_design_result *design = &results[i]->designs[j];
            if (design->hash[0] == 0)
                continue;
            if (!skipped)
                sim_table_cell(table, SIM_INK_PLAIN, "%s", values[i]);
            trace_cells(table, design);
            rows++;
        }
    if (rows > 0) {
        fputc('\n', paper->file);
        sim_table_print(table, paper, 0);
    } else {
        sim_table_drop(table);
    }
    return rows;
}

void sim_text_determinism(const struct sim_paper *paper, const struct sim_result *result)
{
    if (!result->determinism.checked || !result->determinism.same)
        return;
    for (uint32_t i = 0; i < result->design_count; i++) {
        const struct sim_design_result *design = &result->designs[i];
        if (design->hash[0] != 0)
            fprintf(paper->file, "\ndeterministic: %" PRIu64 " events, hash %s, twice\n",
                    design->events, design->hash);
    }
}
