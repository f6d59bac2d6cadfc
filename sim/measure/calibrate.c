#include "sim/measure/calibrate_work.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "sim/machine/clock.h"
#include "sim/machine/host_cpus.h"
#include "sim/machine/topology.h"
#include "sim/machine/topology_host.h"

#define DURATION_DEFAULT_NS 2000000000U
#define SPREAD_WARN 0.3 /* between the quartiles, of the median */
#define MISFIT_WARN 0.2

/* ---- shared ------------------------------------------------------------------------------------ */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static uint32_t sort(const double *values, uint32_t n, const uint32_t *pick, double *sorted)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < n; i++) {
        double value = values[pick != NULL ? pick[i] : i];
        if (!isnan(value))
            sorted[count++] = value;
    }
    if (count > 0)
        qsort(sorted, count, sizeof *sorted, by_size);
    return count;
}

double sim_work_median(const double *values, uint32_t n, const uint32_t *pick)
{
    double sorted[SIM_CALIBRATE_ROUNDS_MAX];
    uint32_t count = sort(values, n, pick, sorted);
    return count > 0 ? (sorted[(count - 1) / 2] + sorted[count / 2]) / 2 : NAN;
}

double sim_work_quantile(const double *values, uint32_t n, double share)
{
    double sorted[SIM_CALIBRATE_ROUNDS_MAX];
    uint32_t count = sort(values, n, NULL, sorted);
    return count > 0 ? sorted[(uint32_t)(share * (count - 1) + 0.5)] : NAN;
}

void sim_work_warn(struct sim_calibration *out, const char *format, ...)
{
    va_list arguments;
    if (out->warnings == SIM_CALIBRATE_WARNINGS)
        return;
    va_start(arguments, format);
    vsnprintf(out->warning[out->warnings], sizeof *out->warning, format, arguments);
    va_end(arguments);
    out->warnings++;
}

void sim_work_source(struct sim_calibration *out, uint32_t place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out->draft.line[place].source, sizeof out->draft.line[place].source, format,
              arguments);
    va_end(arguments);
}

double sim_work_composed(struct sim_calibrate_work *work, enum sim_loop_name loop)
{
    double ns = NAN;
    char *text = sim_cost_write(&work->out->draft);
    struct sim_costs *costs =
        text == NULL ? NULL : sim_costs_parse("calibrated", text, work->error, work->error_bytes);
    if (text == NULL)
        snprintf(work->error, work->error_bytes, "the host has no memory left");
    if (costs != NULL &&
        sim_loop_model(sim_loop_nth(loop), costs, &ns, work->error, work->error_bytes) != 0)
        ns = NAN;
    sim_costs_free(costs);
    free(text);
    return ns;
}

/* ---- slices ------------------------------------------------------------------------------------ */

static enum sim_calibrate_outcome take_round(struct sim_calibrate_work *work, uint32_t round)
{
    for (uint32_t i = 0; i < SIM_LOOP_COUNT; i++) {
        const struct sim_loop *loop = sim_loop_nth(i);
        if (work->options->stopped != NULL && work->options->stopped())
            return SIM_CALIBRATE_STOPPED;
        if (loop->cpus > work->out->cpus)
            continue;
        if (i == SIM_LOOP_CALL_CPUS)
            work->line[round] = sim_line_measure(work->host_cpu[0], work->host_cpu[1]);
        if (sim_loop_host(loop, &work->time[i][round], work->error, work->error_bytes) != 0)
            return SIM_CALIBRATE_FAILED;
    }
    return SIM_CALIBRATE_OK;
}

enum sim_calibrate_outcome sim_slices_take(struct sim_calibrate_work *work)
{
    struct sim_calibration *out = work->out;
    uint64_t duration =
        work->options->duration_ns > 0 ? work->options->duration_ns : DURATION_DEFAULT_NS;
    uint64_t end = sim_clock_ns() + duration;
    while (out->rounds < SIM_CALIBRATE_ROUNDS_MAX &&
           (out->rounds < SIM_CALIBRATE_ROUNDS_MIN || sim_clock_ns() < end)) {
        enum sim_calibrate_outcome outcome = take_round(work, out->rounds);
        if (outcome != SIM_CALIBRATE_OK)
            return outcome;
        out->rounds++;
    }
    for (uint32_t i = 0; i < SIM_LOOP_COUNT; i++)
        if (sim_loop_nth(i)->cpus <= out->cpus)
            out->row[i] = (struct sim_calibration_row){
                .median = sim_work_median(work->time[i], out->rounds, NULL),
                .low = sim_work_quantile(work->time[i], out->rounds, 0.25),
                .high = sim_work_quantile(work->time[i], out->rounds, 0.75),
                .composed = NAN};
    return SIM_CALIBRATE_OK;
}

/* ---- what is told ------------------------------------------------------------------------------ */

static void warn_of_host(struct sim_calibration *out)
{
#if !defined(__OPTIMIZE__) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    sim_work_warn(out, "this build is not optimised, or has sanitizers in it: these are its costs, "
                       "not those of the host");
#endif
    if (!sim_host_cpus_may_pin())
        sim_work_warn(out, "%s", sim_host_cpus_unpinned);
    if (out->cpus < 2)
        sim_work_warn(out, "this program may use one CPU of the host: what passes between CPUs is "
                           "not measured, and free in the file; do not model more CPUs with it");
    if (out->line.two)
        sim_work_warn(out,
                      "line transfer between CPUs has two states: near, %.0f ns one way in %u "
                      "slices, and far, %.0f ns in %u; what passes between CPUs is that of the %s "
                      "state",
                      out->line.near, out->line.near_count, out->line.far, out->line.far_count,
                      out->line.near_count >= out->line.far_count ? "near" : "far");
}

static void warn_of_rows(struct sim_calibration *out)
{
    for (uint32_t i = 0; i < SIM_LOOP_COUNT; i++) {
        const struct sim_calibration_row *row = &out->row[i];
        const char *name = sim_loop_nth(i)->name;
        if (isnan(row->median))
            continue;
        if (row->high - row->low > SPREAD_WARN * row->median)
            sim_work_warn(out,
                          "'%s' is unstable here: %.1f ns, and half of its slices took %.1f to "
                          "%.1f",
                          name, row->median, row->low, row->high);
        if (fabs(row->composed / row->median - 1) > MISFIT_WARN)
            sim_work_warn(out, "'%s' is %.1f ns, but composed of these costs it is %.1f%s", name,
                          row->median, row->composed,
                          row->composed < row->median ? ": no cost stands for the rest of it" : "");
    }
}

static int compose_rows(struct sim_calibrate_work *work)
{
    for (uint32_t i = 0; i < SIM_LOOP_COUNT; i++) {
        if (isnan(work->out->row[i].median))
            continue;
        work->out->row[i].composed = sim_work_composed(work, i);
        if (isnan(work->out->row[i].composed)) {
            if (work->error[0] == 0)
                snprintf(work->error, work->error_bytes,
                         "the model gives no time for the loop '%s'", sim_loop_nth(i)->name);
            return -1;
        }
    }
    return 0;
}

static void begin(struct sim_calibrate_work *work)
{
    struct sim_calibration *out = work->out;
    const struct sim_calibrate_options *options = work->options;
    uint32_t count = 1;
    char today[32] = "";
    time_t now = time(NULL);
    struct tm local;
    memset(out, 0, sizeof *out);
    if (localtime_r(&now, &local) != NULL)
        (void)strftime(today, sizeof today, "%Y-%m-%d", &local);
    for (uint32_t i = 0; i < SIM_LOOP_COUNT; i++)
        out->row[i] = (struct sim_calibration_row){NAN, NAN, NAN, NAN};
    int *cpus = sim_topology_cpus(&count);
    out->cpus = cpus == NULL ? 1 : count;
    for (uint32_t i = 0; cpus != NULL && i < 2 && i < count; i++)
        work->host_cpu[i] = cpus[i];
    free(cpus);
    if (out->cpus > 1)
        sim_topology_shape(&out->draft.shape);
    else /* nothing is known of more */
        out->draft.shape = (struct sim_shape){1, 1, 1, 1};
    snprintf(out->draft.about, sizeof out->draft.about,
             "%s, as slipway calibrate found the simulated kernel on it", options->cpu);
    snprintf(
        out->draft.head, sizeof out->draft.head,
        "Costs of the simulated kernel on this host, measured by slipway calibrate %s on %s,\n"
        "%s, %s. A cost is a line: name, value, unit, uncertainty, and how it\n"
        "was found. Address spaces are one here, and an entry is a call: no privilege changes.",
        options->version, today, options->cpu, options->host);
}

enum sim_calibrate_outcome sim_calibrate(const struct sim_calibrate_options *options,
                                         struct sim_calibration *calibration, char *error,
                                         size_t error_bytes)
{
    struct sim_calibrate_work *work = calloc(1, sizeof *work);
    if (work == NULL) {
        snprintf(error, error_bytes, "the host has no memory left");
        return SIM_CALIBRATE_FAILED;
    }
    work->options = options;
    work->out = calibration;
    work->error = error;
    work->error_bytes = error_bytes;
    begin(work);
    enum sim_calibrate_outcome outcome = sim_slices_take(work);
    if (outcome == SIM_CALIBRATE_OK &&
        (sim_derive_one_cpu(work) != 0 || sim_derive_cpus(work) != 0 || compose_rows(work) != 0))
        outcome = SIM_CALIBRATE_FAILED;
    if (outcome == SIM_CALIBRATE_OK) {
        warn_of_host(calibration);
        warn_of_rows(calibration);
    }
    free(work);
    return outcome;
}
