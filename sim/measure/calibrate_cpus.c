/* The costs between CPUs, one after the other: each is the value at which the model's run of a loop
 * takes the time that was measured, given those before it. */
#include "sim/measure/calibrate_work.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include "sim/machine/topology.h"
#include "sim/machine/topology_host.h"

#define STEPS 24U /* of a search for a value */
#define NEAR 1e-3 /* as a share: who comes first makes a loop no smoother */
#define PLACE(name) ((uint32_t)SLIP_COST_COUNT + (uint32_t)SIM_COST_##name)
#define FARTHER 3.0     /* another socket, where there is none: as the presets assume */
#define FARTHER_OFF 200 /* percent */

/* One or two costs of one value, solved from a loop. */
struct unknown {
    uint32_t place, twin; /* twin == place: just one */
    enum sim_loop_name loop;
    const char *how;
};

static void set(struct sim_calibrate_work *work, const struct unknown *unknown, double ns)
{
    work->out->draft.line[unknown->place].ns = ns;
    work->out->draft.line[unknown->twin].ns = ns;
}

static double at(struct sim_calibrate_work *work, const struct unknown *unknown, double ns)
{
    set(work, unknown, ns);
    return sim_work_composed(work, unknown->loop);
}

/* The value at which the loop takes `time`; 0 if it takes more without. Each loop is charged its cost
 * at least once, so that is no more than the time; and just that where a host that took a CPU away in
 * the middle shows a time that the loop cannot take: a busy CPU looks by itself before so slow an
 * interrupt comes. NaN after a message. */
static double solve(struct sim_calibrate_work *work, const struct unknown *unknown, double time)
{
    double low = 0, high = time, least = at(work, unknown, low), most = NAN;
    if (least >= time)
        return 0;
    if (!isnan(least))
        most = at(work, unknown, high);
    if (isnan(most))
        return NAN;
    if (most <= least)
        return 0; /* the loop is not charged it */
    for (uint32_t i = 0; i < STEPS && most > time * (1 + NEAR); i++) {
        /* Mostly it is linear, and the first guess the last. */
        double share = i % 3 == 2 ? 0.5 : (time - least) / (most - least);
        double value = low + (high - low) * share, with = at(work, unknown, value);
        if (isnan(with))
            return NAN;
        if (with > time * (1 - NEAR)) {
            high = value;
            most = with;
        } else {
            low = value;
            least = with;
        }
    }
    return high;
}

/* Slices of a loop in the state of the lines that most slices found; all, if none has a figure there. */
static uint32_t same_state(const struct sim_calibrate_work *work, enum sim_loop_name loop,
                           double *times)
{
    const struct sim_line_states *line = &work->out->line;
    int near = line->near_count >= line->far_count;
    uint32_t count = 0;
    for (uint32_t i = 0; i < work->out->rounds; i++)
        if (!line->two || (work->line[i] < line->border) == near)
            times[count++] = work->time[loop][i];
    if (isnan(sim_work_median(times, count, NULL))) {
        count = work->out->rounds;
        memcpy(times, work->time[loop], count * sizeof *times);
    }
    return count;
}

static int derive(struct sim_calibrate_work *work, const struct unknown *unknown)
{
    struct sim_calibration *out = work->out;
    double times[SIM_CALIBRATE_ROUNDS_MAX];
    uint32_t count = same_state(work, unknown->loop, times);
    double median = sim_work_median(times, count, NULL);
    double low = sim_work_quantile(times, count, 0.25);
    double high = sim_work_quantile(times, count, 0.75);
    double value = solve(work, unknown, median);
    double least = solve(work, unknown, low), most = solve(work, unknown, high);
    if (isnan(value) || isnan(least) || isnan(most)) {
        if (work->error[0] == 0)
            snprintf(work->error, work->error_bytes,
                     "no cost follows from the loop '%s': its slices took %.1f to %.1f ns",
                     sim_loop_nth(unknown->loop)->name, low, high);
        return -1;
    }
    set(work, unknown, value);
    for (uint32_t i = 0; i < (unknown->place == unknown->twin ? 1 : 2); i++) {
        uint32_t place = i == 0 ? unknown->place : unknown->twin;
        out->draft.line[place].uncertainty =
            100 * fmax(most - value, value - least) / fmax(value, 0.001);
        sim_work_source(
            out, place, "calibrate: %s%s; '%s' takes %.1f ns, quartiles %.1f to %.1f, %u slices",
            unknown->how, value >= 0.001 ? "" : ", which leaves nothing beside the other costs",
            sim_loop_nth(unknown->loop)->name, median, low, high, count);
    }
    return 0;
}

/* ---- lines ------------------------------------------------------------------------------------- */

/* A pair of the host's CPUs that are so far apart. */
static int find_pair(enum sim_cost_name distance, int pair[2])
{
    uint32_t count = 0;
    int *cpus = sim_topology_cpus(&count), found = 0;
    for (uint32_t i = 0; cpus != NULL && i < count && !found; i++)
        for (uint32_t j = i + 1; j < count && !found; j++)
            if (sim_topology_distance(cpus[i], cpus[j]) == distance) {
                pair[0] = cpus[i];
                pair[1] = cpus[j];
                found = 1;
            }
    free(cpus);
    return found;
}

/* Another distance than the loops': in the proportion of the bare transfers. */
static void put_distance(struct sim_calibrate_work *work, enum sim_cost_name name,
                         enum sim_cost_name known)
{
    struct sim_calibration *out = work->out;
    uint32_t place = SLIP_COST_COUNT + name;
    const struct sim_cost_line *base = &out->draft.line[SLIP_COST_COUNT + known];
    const char *base_name = sim_cost_draft_name(SLIP_COST_COUNT + known);
    double probe[SIM_CALIBRATE_ROUNDS_MIN];
    int pair[2];
    if (!find_pair(name, pair)) {
        if (name != SIM_COST_line_remote) {
            sim_work_source(out, place,
                            "calibrate: this host has no such pair of CPUs, and so this topology");
            return;
        }
        out->draft.line[place].ns = base->ns * FARTHER;
        out->draft.line[place].uncertainty = FARTHER_OFF;
        sim_work_source(out, place,
                        "assumed: %.0f times %s; this host has one socket, and more are added "
                        "only for more CPUs than it has",
                        FARTHER, base_name);
        return;
    }
    for (uint32_t i = 0; i < SIM_CALIBRATE_ROUNDS_MIN; i++)
        probe[i] = sim_line_measure(pair[0], pair[1]);
    double ns = sim_work_median(probe, SIM_CALIBRATE_ROUNDS_MIN, NULL);
    double here = sim_work_median(work->line, out->rounds, NULL);
    out->draft.line[place].ns = isnan(ns / here) ? base->ns : base->ns * ns / here;
    out->draft.line[place].uncertainty = base->uncertainty + 50;
    sim_work_source(out, place,
                    "calibrate: %s in the proportion of bare line transfers, %.1f ns one way "
                    "between CPUs %d and %d of the host to %.1f",
                    base_name, ns, pair[0], pair[1], here);
}

static int derive_lines(struct sim_calibrate_work *work)
{
    struct sim_calibration *out = work->out;
    enum sim_cost_name known = sim_topology_distance(work->host_cpu[0], work->host_cpu[1]);
    char how[240], bare[80] = "a bare line could not be measured";
    out->line = sim_line_states(work->line, out->rounds);
    int near = out->line.near_count >= out->line.far_count;
    if (out->line.near_count > 0)
        snprintf(bare, sizeof bare, "a bare line takes %.1f ns one way",
                 near ? out->line.near : out->line.far);
    snprintf(how, sizeof how,
             "what a line or lock costs a kernel's path, copies of the message included, in the "
             "%s of the host; %s",
             !out->line.two ? "one state seen"
             : near         ? "near state"
                            : "far state",
             bare);
    const struct unknown line = {SLIP_COST_COUNT + known, SLIP_COST_COUNT + known,
                                 SIM_LOOP_CALL_CPUS, how};
    if (derive(work, &line) != 0)
        return -1;
    for (uint32_t name = SIM_COST_line_sibling; name <= SIM_COST_line_remote; name++)
        if (name != known)
            put_distance(work, (enum sim_cost_name)name, known);
    return 0;
}

/* ---- all --------------------------------------------------------------------------------------- */

static void put_unknown(struct sim_calibration *out)
{
    static const uint32_t places[] = {
        SLIP_COST_interrupt, SLIP_COST_ipi_send,  SLIP_COST_ipi_receive, SLIP_COST_idle_exit,
        PLACE(line_sibling), PLACE(line_cluster), PLACE(line_socket),    PLACE(line_remote),
        PLACE(ipi_near),     PLACE(ipi_far)};
    for (uint32_t i = 0; i < sizeof places / sizeof *places; i++)
        sim_work_source(out, places[i], "calibrate: not measured, for want of CPUs");
}

int sim_derive_cpus(struct sim_calibrate_work *work)
{
    static const struct unknown unknowns[] = {
        {SLIP_COST_interrupt, SLIP_COST_interrupt, SIM_LOOP_TIMER,
         "how late a sleeping thread runs on a CPU that polls its timer, less the kernel's path"},
        {SLIP_COST_ipi_send, SLIP_COST_ipi_send, SIM_LOOP_POST_BUSY,
         "a post to a thread of a CPU that computes, less the kernel's path"},
        {SLIP_COST_ipi_receive, PLACE(ipi_near), SIM_LOOP_PREEMPT,
         "from a post until the thread runs on a CPU that computes, less the kernel's path and "
         "ipi_send; equal shares, assumed, for ipi_receive and ipi_near"},
        {SLIP_COST_idle_exit, SLIP_COST_idle_exit, SIM_LOOP_WAKE_SLEEPER,
         "from a post until the thread runs on a CPU whose host thread sleeps, less the rest"},
    };
    struct sim_calibration *out = work->out;
    if (out->cpus < 2) {
        put_unknown(out);
        return 0;
    }
    if (derive_lines(work) != 0)
        return -1;
    for (uint32_t i = 0; i < sizeof unknowns / sizeof *unknowns; i++)
        if (derive(work, &unknowns[i]) != 0)
            return -1;
    out->draft.line[PLACE(ipi_far)].ns = out->draft.line[PLACE(ipi_near)].ns;
    out->draft.line[PLACE(ipi_far)].uncertainty = FARTHER_OFF;
    sim_work_source(out, PLACE(ipi_far), "assumed: as ipi_near");
    return 0;
}
