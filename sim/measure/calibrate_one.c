/* The costs of one CPU: least squares over loops, and how sure that is by resampling their slices. */
#include "sim/measure/calibrate_work.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define UNIT_PS 1000U                    /* what each cost is while counts are taken */
#define MORE_PS 1000000U                 /* and what one of them is more */
#define LOOPS ((uint32_t)SIM_LOOP_MAP_1) /* rows: each loop, and in the end 15 pages of a buffer */
#define ROWS (LOOPS + 1)
#define PAGES_MORE 15 /* of SIM_LOOP_MAP_16 than of SIM_LOOP_MAP_1 */
#define LINE_LOCAL ((uint32_t)SLIP_COST_COUNT + (uint32_t)SIM_COST_line_local)
#define SURE 0.05 /* of the resamples lie below, and as many above */

/* ---- counts ------------------------------------------------------------------------------------ */

static struct sim_cost *cost_of(struct sim_costs *costs, uint32_t place)
{
    return place < SLIP_COST_COUNT ? &costs->kernel[place]
                                   : &costs->machine[place - SLIP_COST_COUNT];
}

/* How often a round of a loop is charged each cost. */
static int count_loop(struct sim_calibrate_work *work, uint32_t loop, double *count)
{
    struct sim_costs costs = {.name = "unit", .about = "", .hash = "", .text = ""};
    double base, more;
    costs.shape = (struct sim_shape){1, 1, 2, 1};
    for (uint32_t i = 0; i < SIM_COST_DRAFTS; i++)
        *cost_of(&costs, i) = (struct sim_cost){UNIT_PS, 0, "1 ns", "a unit"};
    if (sim_loop_model(sim_loop_nth(loop), &costs, &base, work->error, work->error_bytes) != 0)
        return -1;
    for (uint32_t i = 0; i < SIM_COST_DRAFTS; i++) {
        cost_of(&costs, i)->ps = UNIT_PS + MORE_PS;
        if (sim_loop_model(sim_loop_nth(loop), &costs, &more, work->error, work->error_bytes) != 0)
            return -1;
        cost_of(&costs, i)->ps = UNIT_PS;
        /* A slice begins and ends within a system call, which adds a part of one to each round. */
        count[i] = floor((more - base) * 1000 / MORE_PS * 4 + 0.5) / 4;
    }
    return 0;
}

static int count_rows(struct sim_calibrate_work *work, struct sim_fit *fit)
{
    double one[SIM_COST_DRAFTS];
    memset(fit, 0, sizeof *fit);
    fit->rows = ROWS;
    fit->columns = SIM_COST_DRAFTS;
    for (uint32_t i = 0; i < LOOPS; i++)
        if (count_loop(work, i, fit->count[i]) != 0)
            return -1;
    if (count_loop(work, SIM_LOOP_MAP_1, one) != 0 ||
        count_loop(work, SIM_LOOP_MAP_16, fit->count[LOOPS]) != 0)
        return -1;
    for (uint32_t i = 0; i < SIM_COST_DRAFTS; i++)
        fit->count[LOOPS][i] -= one[i];
    sim_fit_group(fit);
    return 0;
}

/* ---- times ------------------------------------------------------------------------------------- */

static void times_of(const struct sim_calibrate_work *work, const uint32_t *pick, double *time)
{
    uint32_t rounds = work->out->rounds;
    for (uint32_t i = 0; i < LOOPS; i++)
        time[i] = sim_work_median(work->time[i], rounds, pick);
    time[LOOPS] = sim_work_median(work->time[SIM_LOOP_MAP_16], rounds, pick) -
                  sim_work_median(work->time[SIM_LOOP_MAP_1], rounds, pick);
}

/* Rounds drawn with replacement; a row of numbers that is the same in each calibration. */
static void draw(uint32_t rounds, uint64_t *state, uint32_t *pick)
{
    for (uint32_t i = 0; i < rounds; i++) {
        *state = *state * 6364136223846793005U + 1442695040888963407U;
        pick[i] = (uint32_t)((*state >> 33) % rounds);
    }
}

struct found {
    double cost[SIM_FIT_COLUMNS];
    double resample[SIM_FIT_COLUMNS][SIM_RESAMPLES];
    double time[SIM_FIT_ROWS];
};

static void find(const struct sim_calibrate_work *work, const struct sim_fit *fit,
                 struct found *found)
{
    uint32_t pick[SIM_CALIBRATE_ROUNDS_MAX];
    uint64_t state = 1;
    times_of(work, NULL, found->time);
    sim_fit_solve(fit, found->time, found->cost);
    for (uint32_t i = 0; i < SIM_RESAMPLES; i++) {
        double time[SIM_FIT_ROWS], cost[SIM_FIT_COLUMNS];
        draw(work->out->rounds, &state, pick);
        times_of(work, pick, time);
        sim_fit_solve(fit, time, cost);
        for (uint32_t column = 0; column < fit->columns; column++)
            found->resample[column][i] = cost[column];
    }
}

/* ---- what is said of each ---------------------------------------------------------------------- */

/* How much this cost would have to change to mend the loops that it is part of: the median of that. */
static double misfit(const struct sim_fit *fit, const struct found *found, uint32_t column)
{
    double change[SIM_FIT_ROWS];
    uint32_t count = 0;
    for (uint32_t row = 0; row < fit->rows; row++)
        if (fit->count[row][column] >= 1)
            change[count++] = fabs(found->time[row] - sim_fit_composed(fit, row, found->cost)) /
                              (fit->count[row][column] * fit->size[column]);
    return count > 0 ? sim_work_median(change, count, NULL) : 0;
}

/* As many as fit, and a word for the rest. */
static void name_loops(const struct sim_fit *fit, uint32_t column, char *text, size_t bytes)
{
    static const char rest[] = "; ...";
    size_t used = 0;
    text[0] = 0;
    for (uint32_t row = 0; row < fit->rows; row++) {
        const char *name =
            row == LOOPS ? "a buffer of 16 pages less one of 1" : sim_loop_nth(row)->name;
        if (fit->count[row][column] < 1)
            continue;
        if (used + strlen(name) + 2 + sizeof rest > bytes) {
            snprintf(text + used, bytes - used, "%s", rest);
            return;
        }
        used += (size_t)snprintf(text + used, bytes - used, "%s%s", used > 0 ? "; " : "", name);
    }
}

static void name_group(const struct sim_fit *fit, uint32_t column, char *text, size_t bytes)
{
    size_t used = 0;
    text[0] = 0;
    for (uint32_t other = 0; other < fit->columns && used < bytes; other++)
        if (other != column && fit->size[other] > 0 && fit->group[other] == fit->group[column])
            used += (size_t)snprintf(text + used, bytes - used, "%s%s",
                                     used > 0 ? ", " : "; equal share, assumed, of a sum with ",
                                     sim_cost_draft_name(other));
}

static void put(struct sim_calibration *out, const struct sim_fit *fit, const struct found *found,
                uint32_t column)
{
    struct sim_cost_line *line = &out->draft.line[column];
    char loops[240], group[80];
    double low = sim_work_quantile(found->resample[column], SIM_RESAMPLES, SURE);
    double high = sim_work_quantile(found->resample[column], SIM_RESAMPLES, 1 - SURE);
    double noise = fmax(high - found->cost[column], found->cost[column] - low);
    double off = misfit(fit, found, column);
    line->ns = found->cost[column];
    line->uncertainty = 100 * fmax(noise, off) / line->ns;
    name_loops(fit, column, loops, sizeof loops);
    name_group(fit, column, group, sizeof group);
    if (!(line->ns >= 0.001)) {
        line->ns = 0;
        sim_work_source(out, column,
                        "calibrate: least squares leave nothing for it in these loops: %s", loops);
        return;
    }
    sim_work_source(out, column,
                    "calibrate: least squares over %u loops on one CPU of cores, %u slices each; "
                    "resampled %.3f to %.3f ns, loops met within %.3f ns of it%s; part of: %s",
                    fit->rows, out->rounds, low, high, off, group, loops);
}

/* Pages that other CPUs forget: what the same buffer takes longer while there is a second CPU. */
static void put_shootdown(struct sim_calibrate_work *work)
{
    struct sim_calibration *out = work->out;
    double apart[SIM_CALIBRATE_ROUNDS_MAX];
    if (out->cpus < 2) {
        sim_work_source(out, SLIP_COST_shootdown, "calibrate: not measured, for want of CPUs");
        return;
    }
    for (uint32_t i = 0; i < out->rounds; i++)
        apart[i] = (work->time[SIM_LOOP_MAP_16_SHARED][i] - work->time[SIM_LOOP_MAP_16][i]) /
                   (PAGES_MORE + 1);
    double median = sim_work_median(apart, out->rounds, NULL);
    double low = sim_work_quantile(apart, out->rounds, 0.25);
    double high = sim_work_quantile(apart, out->rounds, 0.75);
    if (low <= 0) {
        sim_work_source(out, SLIP_COST_shootdown,
                        "calibrate: a buffer of 16 pages takes no longer with a second CPU beyond "
                        "noise: %.3f ns a page, quartiles %.3f to %.3f",
                        median, low, high);
        return;
    }
    out->draft.line[SLIP_COST_shootdown].ns = median;
    out->draft.line[SLIP_COST_shootdown].uncertainty = 100 * (high - low) / median;
    sim_work_source(out, SLIP_COST_shootdown,
                    "calibrate: a page of a buffer of 16 with a second CPU, less without; %u "
                    "slices, quartiles %.3f to %.3f ns",
                    out->rounds, low, high);
}

int sim_derive_one_cpu(struct sim_calibrate_work *work)
{
    static const char *const none = "calibrate: no loop is charged it";
    struct sim_fit fit;
    struct found found;
    if (count_rows(work, &fit) != 0)
        return -1;
    find(work, &fit, &found);
    for (uint32_t i = 0; i < SIM_COST_DRAFTS; i++)
        if (fit.size[i] > 0)
            put(work->out, &fit, &found, i);
        else
            sim_work_source(work->out, i, "%s", none);
    put_shootdown(work);
    work->out->draft.line[SLIP_COST_COUNT + SIM_COST_isolation].absent = 1;
    return 0;
}
