#define _GNU_SOURCE
#include "sim/measure/cost_write.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define PS_PER_NS 1000.0
#define NS_MAX 1e12 /* within what a file accepts */

static const char *const names[] = {
#define NAME(name, text) #name,
    SLIP_COST_MAP(NAME) SIM_COST_MAP(NAME)
#undef NAME
};

const char *sim_cost_draft_name(uint32_t index)
{
    return names[index];
}

/* ASCII without control characters, and no blanks at its ends; a text of nothing is "?". */
static void put_text(FILE *out, const char *text)
{
    uint32_t put = 0, blanks = 0;
    for (; *text != 0; text++) {
        if (*text <= ' ' || *text > '~') {
            blanks += *text == ' ' || *text == '\t' || *text == '\n';
            continue;
        }
        if (blanks > 0 && put > 0)
            fputc(' ', out);
        blanks = 0;
        fputc(*text, out);
        put++;
    }
    if (put == 0)
        fputc('?', out);
    fputc('\n', out);
}

static void put_head(FILE *out, const char *head)
{
    char line[sizeof((struct sim_cost_draft *)0)->head];
    while (*head != 0) {
        uint32_t length = 0;
        while (*head != 0 && *head != '\n')
            line[length++] = *head++;
        line[length] = 0;
        head += *head == '\n';
        fputs("# ", out);
        put_text(out, line);
    }
}

static uint32_t percent(double uncertainty)
{
    double up = ceil(uncertainty);
    return up < 1 ? 1 : up < SIM_COST_UNCERTAINTY_MAX ? (uint32_t)up : SIM_COST_UNCERTAINTY_MAX;
}

static void put_line(FILE *out, const char *name, const struct sim_cost_line *line)
{
    double ns = line->ns > NS_MAX ? NS_MAX : line->ns;
    if (line->absent)
        return;
    if (!(ns * PS_PER_NS >= 1))
        fprintf(out, "%-13s free                 ", name);
    else
        fprintf(out, "%-13s %10.3f ns %4" PRIu32 "%% ", name, ns, percent(line->uncertainty));
    put_text(out, line->source);
}

char *sim_cost_write(const struct sim_cost_draft *draft)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    if (out == NULL)
        return NULL;
    const struct sim_shape *shape = &draft->shape;
    put_head(out, draft->head);
    fputs("\nabout    ", out);
    put_text(out, draft->about);
    fprintf(out,
            "topology %" PRIu32 " x %" PRIu32 " x %" PRIu32 " x %" PRIu32 " = %" PRIu32
            "\nwords    %" PRIu32 " free\n\n",
            shape->sockets, shape->clusters, shape->cores, shape->threads,
            shape->sockets * shape->clusters * shape->cores * shape->threads, draft->words_free);
    for (uint32_t i = 0; i < SIM_COST_DRAFTS; i++)
        put_line(out, names[i], &draft->line[i]);
    int failed = ferror(out);
    if (fclose(out) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}
