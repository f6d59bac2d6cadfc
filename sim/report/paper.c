#include "sim/report/paper.h"

#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int wants_color(enum sim_color color, int terminal)
{
    switch (color) {
    case SIM_COLOR_ALWAYS:
        return 1;
    case SIM_COLOR_NEVER:
        return 0;
    case SIM_COLOR_AUTO:
        break;
    }
    const char *none = getenv("NO_COLOR"), *term = getenv("TERM");
    if (none != NULL && none[0] != 0)
        return 0;
    return terminal && term != NULL && strcmp(term, "dumb") != 0;
}

void sim_paper_init(struct sim_paper *paper, FILE *file, enum sim_color color)
{
    paper->file = file;
    paper->width = SIM_PAPER_WIDTH;
    paper->terminal = isatty(fileno(file));
    paper->color = wants_color(color, paper->terminal);
    paper->unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static const char *escape(enum sim_ink ink)
{
    switch (ink) {
    case SIM_INK_PLAIN:
        return "\033[0m";
    case SIM_INK_TITLE:
        return "\033[1m";
    case SIM_INK_FAINT:
        return "\033[2m";
    case SIM_INK_GOOD:
        return "\033[32m";
    case SIM_INK_BAD:
        return "\033[31m";
    case SIM_INK_WARN:
        return "\033[33m";
    }
    return "";
}

void sim_paper_ink(const struct sim_paper *paper, enum sim_ink ink)
{
    if (paper->color)
        fputs(escape(ink), paper->file);
}

void sim_paper_text(const struct sim_paper *paper, enum sim_ink ink, const char *text)
{
    if (ink == SIM_INK_PLAIN) {
        fputs(text, paper->file);
        return;
    }
    sim_paper_ink(paper, ink);
    fputs(text, paper->file);
    sim_paper_ink(paper, SIM_INK_PLAIN);
}

void sim_paper_format(const struct sim_paper *paper, enum sim_ink ink, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    if (ink != SIM_INK_PLAIN)
        sim_paper_ink(paper, ink);
    vfprintf(paper->file, format, list);
    if (ink != SIM_INK_PLAIN)
        sim_paper_ink(paper, SIM_INK_PLAIN);
    va_end(list);
}

void sim_paper_rule(const struct sim_paper *paper, uint32_t columns)
{
    sim_paper_ink(paper, SIM_INK_FAINT);
    for (uint32_t i = 0; i < (columns > 0 ? columns : paper->width); i++)
        fputs(paper->unicode ? "\u2500" : "-", paper->file);
    sim_paper_ink(paper, SIM_INK_PLAIN);
    fputc('\n', paper->file);
}

uint32_t sim_paper_columns(const char *text)
{
    uint32_t columns = 0;
    for (; *text != 0; text++)
        columns += ((unsigned char)*text & 0xc0) != 0x80;
    return columns;
}

/* Columns of the first `bytes` bytes. */
static uint32_t columns_of(const char *text, size_t bytes)
{
    uint32_t columns = 0;
    for (size_t i = 0; i < bytes; i++)
        columns += ((unsigned char)text[i] & 0xc0) != 0x80;
    return columns;
}

void sim_paper_wrap(const struct sim_paper *paper, enum sim_ink ink, uint32_t column,
                    uint32_t indent, const char *text)
{
    int fresh = 1; /* nothing of the text is on this line yet */
    sim_paper_ink(paper, ink);
    while (*text != 0) {
        size_t bytes = strcspn(text, " \n");
        uint32_t columns = columns_of(text, bytes);
        if (!fresh && column + 1 + columns > paper->width) {
            fprintf(paper->file, "\n%*s", (int)indent, "");
            column = indent;
            fresh = 1;
        }
        if (bytes > 0 && !fresh) {
            fputc(' ', paper->file);
            column++;
        }
        fwrite(text, 1, bytes, paper->file);
        column += columns;
        fresh = fresh && bytes == 0;
        text += bytes;
        if (*text == '\n') {
            fprintf(paper->file, "\n%*s", text[1] != 0 ? (int)indent : 0, "");
            column = indent;
            fresh = 1;
        }
        text += *text != 0;
    }
    sim_paper_ink(paper, SIM_INK_PLAIN);
    fputc('\n', paper->file);
}
