/* What reports are printed on: a stream with a width, a set of signs and, perhaps, colours.
 *
 * Colours and signs beyond ASCII are decided once, when the paper is made: colours from --color,
 * NO_COLOR and whether the stream is a terminal; signs from the locale. Everything that prints
 * takes a paper and asks it, so no table knows about terminals. Plain functions on one stream; one
 * thread at a time.
 */
#ifndef SIM_REPORT_PAPER_H
#define SIM_REPORT_PAPER_H

#include <stdint.h>
#include <stdio.h>

#define SIM_PAPER_WIDTH 80U /* columns that every table fits in */

enum sim_color { SIM_COLOR_AUTO, SIM_COLOR_ALWAYS, SIM_COLOR_NEVER };

/* What a piece of text is, not how it looks. */
enum sim_ink {
    SIM_INK_PLAIN,
    SIM_INK_TITLE, /* names, headings */
    SIM_INK_FAINT, /* rules, units, what can be skipped */
    SIM_INK_GOOD,
    SIM_INK_BAD,
    SIM_INK_WARN
};

struct sim_paper {
    FILE *file;
    uint32_t width;
    int color;   /* 1: escape sequences may be written */
    int unicode; /* 1: the locale can show signs beyond ASCII */
    int terminal;
};

/* A stream with a decision about colours. The stream stays the caller's. */
void sim_paper_init(struct sim_paper *paper, FILE *file, enum sim_color color);

/* Text in an ink; what follows is plain again. */
void sim_paper_text(const struct sim_paper *paper, enum sim_ink ink, const char *text);
void sim_paper_format(const struct sim_paper *paper, enum sim_ink ink, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Starts and ends an ink, around text that the caller prints. */
void sim_paper_ink(const struct sim_paper *paper, enum sim_ink ink);

/* A thin line over `columns`, or over the paper's width for 0. */
void sim_paper_rule(const struct sim_paper *paper, uint32_t columns);

/* A paragraph, broken at spaces: the first line follows what is already on it, `column` columns;
 * the others start at column `indent`. Ends with a new line. */
void sim_paper_wrap(const struct sim_paper *paper, enum sim_ink ink, uint32_t column,
                    uint32_t indent, const char *text);

/* Columns that a text takes, if each of its characters takes one. */
uint32_t sim_paper_columns(const char *text);

#endif
