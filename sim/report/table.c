#include "sim/report/table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define GAP 2U /* columns between two columns, one where the table is tight */
#define NARROWEST 8U
#define COMFORTABLE 20U /* for a text that is broken */
#define WORD_MOST 16U   /* of a text that is broken: longer words run over the edge */

struct cell {
    char *text;
    enum sim_ink ink;
};

struct sim_table {
    const struct sim_column *columns;
    uint32_t count;
    struct cell *cells;
    uint32_t used, room;
    uint32_t *widths;
    uint32_t gap;
};

static void *must(void *memory)
{
    if (memory == NULL) {
        fputs("slipway: no memory for a report\n", stderr);
        exit(1);
    }
    return memory;
}

struct sim_table *sim_table_create(const struct sim_column *columns, uint32_t count)
{
    struct sim_table *table = must(calloc(1, sizeof *table));
    table->columns = columns;
    table->count = count > 0 ? count : 1;
    table->widths = must(calloc(table->count, sizeof *table->widths));
    return table;
}

void sim_table_cell(struct sim_table *table, enum sim_ink ink, const char *format, ...)
{
    if (table->used == table->room) {
        table->room = table->room == 0 ? 64 : table->room * 2;
        table->cells = must(realloc(table->cells, table->room * sizeof *table->cells));
    }
    va_list list;
    va_start(list, format);
    int length = vsnprintf(NULL, 0, format, list);
    va_end(list);
    size_t bytes = length < 0 ? 1 : (size_t)length + 1;
    struct cell *cell = &table->cells[table->used++];
    cell->text = must(calloc(1, bytes));
    cell->ink = ink;
    va_start(list, format);
    vsnprintf(cell->text, bytes, format, list);
    va_end(list);
}

static uint32_t most(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t total(const struct sim_table *table, uint32_t indent)
{
    uint32_t sum = indent + table->gap * (table->count - 1);
    for (uint32_t i = 0; i < table->count; i++)
        sum += table->widths[i];
    return sum;
}

/* The column that can lose most: text, and no figures, which would be wrong when cut. */
static uint32_t *widest_text(struct sim_table *table)
{
    uint32_t *widest = NULL;
    for (uint32_t i = 0; i < table->count; i++)
        if (table->columns[i].side != SIM_TABLE_RIGHT &&
            (widest == NULL || table->widths[i] > *widest))
            widest = &table->widths[i];
    return widest != NULL && *widest > NARROWEST ? widest : NULL;
}

/* The longest word in a column, its heading's too. */
static uint32_t longest_word(const struct sim_table *table, uint32_t column)
{
    uint32_t longest = NARROWEST, columns = 0;
    const char *text = table->columns[column].title;
    for (uint32_t i = column; text != NULL; i += table->count) {
        for (; *text != 0; text++) {
            columns = *text == ' ' ? 0 : columns + (((unsigned char)*text & 0xc0) != 0x80);
            longest = most(longest, columns);
        }
        columns = 0;
        text = i < table->used ? table->cells[i].text : NULL;
    }
    return longest < WORD_MOST ? longest : WORD_MOST;
}

/* What can be broken gives way first, the gaps where that leaves few words a line, and what can be
 * broken again; only then are texts cut. */
static void give_way(struct sim_table *table, const struct sim_paper *paper, uint32_t indent)
{
    uint32_t last = table->count - 1, broken = table->columns[last].side == SIM_TABLE_WRAP;
    uint32_t *width = &table->widths[last];
    uint32_t least = broken ? longest_word(table, last) : *width;
    uint32_t wide = total(table, indent) - *width;
    if (wide + *width <= paper->width)
        return;
    if (!broken || wide + COMFORTABLE > paper->width) {
        table->gap = 1;
        wide = total(table, indent) - *width;
    }
    if (broken && *width > least)
        *width = most(least, wide < paper->width ? paper->width - wide : 0);
}

/* As wide as the content; tighter, then narrower, where the paper ends. */
static void measure(struct sim_table *table, const struct sim_paper *paper, uint32_t indent)
{
    for (uint32_t i = 0; i < table->count; i++)
        table->widths[i] = sim_paper_columns(table->columns[i].title);
    for (uint32_t i = 0, column = 0; i < table->used; i++) {
        uint32_t *width = &table->widths[column];
        *width = most(*width, sim_paper_columns(table->cells[i].text));
        column = column + 1 < table->count ? column + 1 : 0;
    }
    table->gap = GAP;
    give_way(table, paper, indent);
    uint32_t *widest;
    while (total(table, indent) > paper->width && (widest = widest_text(table)) != NULL)
        (*widest)--;
}

static void spaces(const struct sim_paper *paper, uint32_t count)
{
    fprintf(paper->file, "%*s", (int)count, "");
}

/* Text cut to a width, with a sign that it was. */
static void cut(const struct sim_paper *paper, enum sim_ink ink, const char *text, uint32_t width)
{
    sim_paper_ink(paper, ink);
    for (uint32_t columns = 0; *text != 0; text++) {
        columns += ((unsigned char)*text & 0xc0) != 0x80;
        if (columns >= width)
            break;
        fputc(*text, paper->file);
    }
    fputs(paper->unicode ? "\u2026" : "~", paper->file);
    sim_paper_ink(paper, SIM_INK_PLAIN);
}

static void print_cell(const struct sim_table *table, const struct sim_paper *paper, uint32_t index,
                       enum sim_ink ink, const char *text)
{
    uint32_t width = table->widths[index], columns = sim_paper_columns(text);
    if (columns > width) {
        cut(paper, ink, text, width);
        return;
    }
    if (table->columns[index].side == SIM_TABLE_RIGHT)
        spaces(paper, width - columns);
    if (ink == SIM_INK_PLAIN)
        fputs(text, paper->file);
    else
        sim_paper_text(paper, ink, text);
    /* Nothing trails at the end of a line. */
    if (table->columns[index].side != SIM_TABLE_RIGHT && index + 1 < table->count)
        spaces(paper, width - columns);
}

/* The line of headings over several columns, if there are any. */
static void print_groups(const struct sim_table *table, const struct sim_paper *paper,
                         uint32_t indent)
{
    int any = 0;
    for (uint32_t i = 0; i < table->count; i++)
        any |= table->columns[i].group != NULL;
    if (!any)
        return;
    uint32_t owed = indent, over = 0; /* spaces to print; columns that headings took too many */
    for (uint32_t i = 0; i < table->count;) {
        const char *group = table->columns[i].group;
        uint32_t width = table->widths[i++];
        while (i < table->count && group != NULL && table->columns[i].group == group)
            width += table->gap + table->widths[i++];
        if (group == NULL) {
            owed += width + table->gap;
            continue;
        }
        uint32_t columns = sim_paper_columns(group);
        owed += width > columns ? width - columns : 0;
        over += columns > width ? columns - width : 0;
        uint32_t spare = owed > 0 ? owed - 1 : 0, back = over < spare ? over : spare;
        over -= back;
        spaces(paper, owed - back);
        sim_paper_text(paper, SIM_INK_FAINT, group);
        owed = table->gap;
    }
    fputc('\n', paper->file);
}

static void print_row(const struct sim_table *table, const struct sim_paper *paper, uint32_t indent,
                      const struct cell *row)
{
    uint32_t column = indent;
    spaces(paper, indent);
    for (uint32_t i = 0; i < table->count; i++) {
        if (table->columns[i].side == SIM_TABLE_WRAP) {
            sim_paper_wrap(paper, row[i].ink, column, column, row[i].text);
            return;
        }
        print_cell(table, paper, i, row[i].ink, row[i].text);
        column += table->widths[i] + table->gap;
        if (i + 1 < table->count)
            spaces(paper, table->gap);
    }
    fputc('\n', paper->file);
}

void sim_table_print(struct sim_table *table, const struct sim_paper *paper, uint32_t indent)
{
    measure(table, paper, indent);
    print_groups(table, paper, indent);
    spaces(paper, indent);
    for (uint32_t i = 0; i < table->count; i++) {
        print_cell(table, paper, i, SIM_INK_TITLE, table->columns[i].title);
        if (i + 1 < table->count)
            spaces(paper, table->gap);
    }
    fputc('\n', paper->file);
    spaces(paper, indent);
    uint32_t all = total(table, indent);
    sim_paper_rule(paper, (all < paper->width ? all : paper->width) - indent);
    for (uint32_t i = 0; i + table->count <= table->used; i += table->count)
        print_row(table, paper, indent, &table->cells[i]);
    sim_table_drop(table);
}

void sim_table_drop(struct sim_table *table)
{
    for (uint32_t i = 0; i < table->used; i++)
        free(table->cells[i].text);
    free(table->cells);
    free(table->widths);
    free(table);
}
