/* A table: columns that are as wide as what is in them, under a heading and a thin rule.
 *
 *   sim_table_create, sim_table_cell for each cell from left to right, sim_table_print
 *
 * A row ends with its last column. Cells are copied. Where a table is wider than the paper, a last
 * column that is SIM_TABLE_WRAP is broken into lines, and where that is not enough, the widest texts
 * are cut.
 */
#ifndef SIM_REPORT_TABLE_H
#define SIM_REPORT_TABLE_H

#include "sim/report/paper.h"

enum sim_table_side { SIM_TABLE_LEFT, SIM_TABLE_RIGHT, SIM_TABLE_WRAP };

struct sim_column {
    const char *title;
    enum sim_table_side side;
    const char *group; /* heading above those neighbours that name the same one; or NULL */
};

struct sim_table;

/* `columns` must outlive the table. Never NULL: without memory it ends the program, and so does
 * sim_table_cell. */
struct sim_table *sim_table_create(const struct sim_column *columns, uint32_t count);
void sim_table_cell(struct sim_table *table, enum sim_ink ink, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Prints it, `indent` columns from the left, and frees it. */
void sim_table_print(struct sim_table *table, const struct sim_paper *paper, uint32_t indent);
/* Frees it unprinted. */
void sim_table_drop(struct sim_table *table);

#endif
