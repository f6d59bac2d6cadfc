#include "sim/report/progress.h"

#include <math.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include "sim/report/format.h"

#define BAR_COLUMNS 17
#define BAR_PERIOD_S 0.1
#define LINE_PERIOD_S 2.0
#define ABOUT_COLUMNS 20
#define PART_COLUMNS 14
#define TIMES_COLUMNS 24
#define DRAWN_COLUMNS (ABOUT_COLUMNS + 1 + BAR_COLUMNS + 1 + TIMES_COLUMNS + 2 + PART_COLUMNS)

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

/* Of the terminal that it is now. */
static uint32_t terminal_columns(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col
                                                                           : SIM_PAPER_WIDTH;
}

/* What is longer than a line cannot be erased. */
static void draw_narrow(double done, const char *times, uint32_t columns)
{
    char text[128];
    snprintf(text, sizeof text, "%.0f%%, %s", done * 100, times);
    fprintf(stderr, "%.*s", (int)columns - 1, text);
}

static void draw_wide(const struct sim_paper *paper, const char *about, double done,
                      const char *times, const char *part)
{
    uint32_t full = (uint32_t)(done * BAR_COLUMNS + 0.5);
    fprintf(stderr, "%.*s ", ABOUT_COLUMNS, about);
    sim_paper_ink(paper, SIM_INK_GOOD);
    for (uint32_t i = 0; i < full; i++)
        fputs(paper->unicode ? "\u2501" : "#", stderr);
    sim_paper_ink(paper, SIM_INK_PLAIN);
    sim_paper_ink(paper, SIM_INK_FAINT);
    for (uint32_t i = full; i < BAR_COLUMNS; i++)
        fputs(paper->unicode ? "\u2500" : ".", stderr);
    sim_paper_ink(paper, SIM_INK_PLAIN);
    fprintf(stderr, " %s  %.*s", times, PART_COLUMNS, part);
}

static void draw(struct sim_progress *progress, double done, const char *times, const char *part)
{
    uint32_t columns = terminal_columns();
    erase(progress);
    if (columns > DRAWN_COLUMNS)
        draw_wide(&progress->paper, progress->about, done, times, part);
    else
        draw_narrow(done, times, columns);
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
