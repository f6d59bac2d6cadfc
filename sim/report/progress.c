#include "sim/report/progress.h"

#include <math.h>
#include <string.h>
#include <time.h>
#include "sim/report/format.h"

#define BAR_COLUMNS 17
#define BAR_PERIOD_S 0.1
#define LINE_PERIOD_S 2.0

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void sim_progress_begin(struct sim_progress *progress, enum sim_color color, int silent,
                        const char *about)
{
    memset(progress, 0, sizeof *progress);
    sim_paper_init(&progress->paper, stderr, color);
    progress->silent = silent;
    progress->started_s = now_s();
    progress->told_s = progress->started_s;
    snprintf(progress->about, sizeof progress->about, "%s", about);
    if (!silent && !progress->paper.terminal)
        fprintf(stderr, "slipway: running %s\n", progress->about);
}

static void erase(struct sim_progress *progress)
{
    if (progress->drawn)
        fputs("\r\033[K", stderr);
    progress->drawn = 0;
}

static void draw(struct sim_progress *progress, double done, const char *times, const char *part)
{
    const struct sim_paper *paper = &progress->paper;
    uint32_t full = (uint32_t)(done * BAR_COLUMNS + 0.5);
    erase(progress);
    fprintf(stderr, "%.20s ", progress->about);
    sim_paper_ink(paper, SIM_INK_GOOD);
    for (uint32_t i = 0; i < full; i++)
        fputs(paper->unicode ? "\u2501" : "#", stderr);
    sim_paper_ink(paper, SIM_INK_PLAIN);
    sim_paper_ink(paper, SIM_INK_FAINT);
    for (uint32_t i = full; i < BAR_COLUMNS; i++)
        fputs(paper->unicode ? "\u2500" : ".", stderr);
    sim_paper_ink(paper, SIM_INK_PLAIN);
    fprintf(stderr, " %s  %.14s", times, part);
    fflush(stderr);
    progress->drawn = 1;
}

void sim_progress_update(struct sim_progress *progress, double done, const char *part)
{
    if (progress->silent)
        return;
    double now = now_s(), elapsed = now - progress->started_s;
    double period = progress->paper.terminal ? BAR_PERIOD_S : LINE_PERIOD_S;
    if (now - progress->told_s < period)
        return;
    progress->told_s = now;
    done = isnan(done) || done < 0 ? 0 : done > 1 ? 1 : done;
    char spent[SIM_FORMAT_BYTES], left[SIM_FORMAT_BYTES], times[3 * SIM_FORMAT_BYTES];
    sim_format_clock(elapsed, spent);
    /* Before anything is done there is nothing to tell the rest from. */
    sim_format_clock(done > 0.01 ? elapsed * (1 - done) / done : NAN, left);
    if (progress->paper.terminal) {
        snprintf(times, sizeof times, "%s, %s left", spent, left);
        draw(progress, done, times, part);
    } else {
        fprintf(stderr, "slipway: %.0f%% of %s, %s elapsed, %s left (%s)\n", done * 100,
                progress->about, spent, left, part);
    }
}

void sim_progress_end(struct sim_progress *progress)
{
    if (progress->silent)
        return;
    erase(progress);
    fflush(stderr);
}
