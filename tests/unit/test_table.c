/* Tables and paragraphs keep within the paper, whatever is in them. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "sim/report/table.h"

static char *printed;
static size_t printed_bytes;

static struct sim_paper paper_open(void)
{
    return (struct sim_paper){.file = open_memstream(&printed, &printed_bytes), .width = 40};
}

static void paper_close(struct sim_paper *paper)
{
    fclose(paper->file);
    for (char *line = strtok(strdup(printed), "\n"); line != NULL; line = strtok(NULL, "\n"))
        cr_assert_leq(sim_paper_columns(line), paper->width, "too wide: '%s'", line);
}

Test(table, columns_are_as_wide_as_their_content)
{
    static const struct sim_column columns[] = {{"name", SIM_TABLE_LEFT, NULL},
                                                {"n", SIM_TABLE_RIGHT, NULL}};
    struct sim_paper paper = paper_open();
    struct sim_table *table = sim_table_create(columns, 2);
    sim_table_cell(table, SIM_INK_BAD, "a");
    sim_table_cell(table, SIM_INK_PLAIN, "%d", 100);
    sim_table_print(table, &paper, 0);
    paper_close(&paper);
    cr_assert_str_eq(printed, "name    n\n---------\na     100\n");
}

Test(table, long_texts_are_cut_and_figures_are_not)
{
    static const struct sim_column columns[] = {{"name", SIM_TABLE_LEFT, NULL},
                                                {"figure", SIM_TABLE_RIGHT, NULL}};
    struct sim_paper paper = paper_open();
    struct sim_table *table = sim_table_create(columns, 2);
    sim_table_cell(table, SIM_INK_PLAIN, "a name that is much longer than the paper is wide");
    sim_table_cell(table, SIM_INK_PLAIN, "123456789");
    sim_table_print(table, &paper, 2);
    paper_close(&paper);
    cr_assert_not_null(strstr(printed, "~ 123456789"));
}

Test(table, the_last_column_is_broken_into_lines)
{
    static const struct sim_column columns[] = {{"name", SIM_TABLE_LEFT, NULL},
                                                {"help", SIM_TABLE_WRAP, NULL}};
    struct sim_paper paper = paper_open();
    struct sim_table *table = sim_table_create(columns, 2);
    sim_table_cell(table, SIM_INK_PLAIN, "x");
    sim_table_cell(table, SIM_INK_PLAIN, "one two three four five six seven eight nine ten eleven");
    sim_table_print(table, &paper, 0);
    paper_close(&paper);
    cr_assert_not_null(strstr(printed, "\n      eight"));
}

Test(table, what_can_be_broken_gives_way_before_a_label_is_cut)
{
    static const struct sim_column columns[] = {{"design", SIM_TABLE_LEFT, NULL},
                                                {"ops/s", SIM_TABLE_RIGHT, "per s"},
                                                {"most", SIM_TABLE_WRAP, "went to"}};
    struct sim_paper paper = paper_open();
    struct sim_table *table = sim_table_create(columns, 3);
    sim_table_cell(table, SIM_INK_PLAIN, "send-endpoint of a name");
    sim_table_cell(table, SIM_INK_PLAIN, "300k");
    sim_table_cell(table, SIM_INK_PLAIN, "87%% line cluster, 2%% lock wait, endpoint");
    sim_table_print(table, &paper, 0);
    paper_close(&paper);
    cr_assert_not_null(strstr(printed, "\nsend-endpoint of a name  300k 87%"), "%s", printed);
    cr_assert_null(strchr(printed, '~'), "%s", printed);
}

Test(table, a_heading_wider_than_its_columns_does_not_push_the_next_one_over_the_edge)
{
    static const char group[] = "wider", next[] = "next";
    static const struct sim_column columns[] = {{"a", SIM_TABLE_RIGHT, group},
                                                {"b", SIM_TABLE_RIGHT, NULL},
                                                {"cccccc", SIM_TABLE_RIGHT, next}};
    struct sim_paper paper = paper_open();
    struct sim_table *table = sim_table_create(columns, 3);
    for (int i = 0; i < 3; i++)
        sim_table_cell(table, SIM_INK_PLAIN, "%d", i);
    sim_table_print(table, &paper, 0);
    paper_close(&paper);
    cr_assert_str_eq(printed, "wider   next\na  b  cccccc\n------------\n0  1       2\n");
}

Test(table, characters_count_and_not_bytes)
{
    cr_assert_eq(sim_paper_columns("\u00fcber"), 4);
    struct sim_paper paper = paper_open();
    sim_paper_wrap(&paper, SIM_INK_PLAIN, 0, 2,
                   "\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc "
                   "\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc \u00fc\u00fc\u00fc"
                   "\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc last words");
    paper_close(&paper);
    cr_assert_not_null(strstr(printed, "last\n  words\n"));
}

Test(table, colours_are_there_only_when_asked_for)
{
    struct sim_paper paper = paper_open();
    sim_paper_text(&paper, SIM_INK_BAD, "x");
    paper.color = 1;
    sim_paper_text(&paper, SIM_INK_BAD, "y");
    paper_close(&paper);
    cr_assert_str_eq(printed, "x\033[31my\033[0m");
}
