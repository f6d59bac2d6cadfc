#include "sim/run/tally.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/machine/machine.h"
#include "sim/measure/interval.h"
#include "sim/run/billing.h"

struct group {
    uint32_t instances, threads, workers;
    struct k_counters counters;
    uint64_t requested; /* operations that they were asked for in the windows */
    double thread_ns;   /* of all windows: time times threads */
    struct sim_histogram response;
};

struct sim_tally {
    const struct sim_plan *plan;
    uint32_t rounds;
    double *rates;        /* one per round */
    struct group *groups; /* one per process of the plan */
    struct sim_histogram response;
    struct sim_billing *billing;
    uint64_t measured;  /* operations, by the recorders */
    uint64_t completed; /* operations completed in the windows: what counters are divided by */
    double window_s;
    uint64_t errors, mismatches, verified_bytes, lost, leaks;
    uint64_t late, late_most_ns, late_never; /* of open loops; see sim_control */
    uint64_t bytes_per_client, bytes_peak;
    uint32_t workers;
};

static void *checked(void *memory)
{
    if (memory == NULL) {
        fputs("slipway: the host has no memory left to measure\n", stderr);
        abort();
    }
    return memory;
}

struct sim_tally *sim_tally_create(const struct sim_plan *plan, uint32_t rounds)
{
    struct sim_tally *tally = checked(calloc(1, sizeof *tally));
    tally->plan = plan;
    tally->rounds = rounds;
    tally->rates = checked(calloc(rounds + 1, sizeof *tally->rates));
    tally->groups = checked(calloc(plan->process_count, sizeof *tally->groups));
    tally->billing = sim_billing_create();
    for (uint32_t i = 0; i < rounds; i++)
        tally->rates[i] = NAN;
    return tally;
}

void sim_tally_destroy(struct sim_tally *tally)
{
    if (tally == NULL)
        return;
    sim_billing_destroy(tally->billing);
    free(tally->rates);
    free(tally->groups);
    free(tally);
}

const double *sim_tally_rates(const struct sim_tally *tally)
{
    return tally->rates;
}

static void add_counters(struct k_counters *sum, const struct k_counters *more)
{
#define ADD(name, text) sum->name += more->name;
    K_COUNTER_MAP(ADD)
#undef ADD
}

/* What a window counted, if it was closed: else the run was cut off, and its counters mean little. */
static void add_window(struct sim_tally *tally, const struct sim_slice *slice)
{
    const struct sim_window *window = &slice->window;
    if (atomic_load_explicit(&window->state, memory_order_acquire) != SIM_WINDOW_CLOSED)
        return;
    double window_ns = (double)(window->closed_at - window->opened_at);
    tally->window_s += window_ns / 1e9;
    tally->completed += window->closed_completed - window->opened_completed;
    uint32_t clients = 0;
    for (uint32_t i = 0; i < tally->plan->process_count; i++) {
        const struct sim_plan_process *process = &tally->plan->processes[i];
        const struct sim_window_group *from = &slice->groups[i];
        struct group *group = &tally->groups[i];
        struct k_counters difference;
        sim_window_difference(from, &difference);
        add_counters(&group->counters, &difference);
        group->requested += slice->options.design == NULL
                                ? difference.requests + difference.messages
                                : window->closed_requested[i] - window->opened_requested[i];
        group->instances = from->instances;
        group->threads = from->threads;
        group->thread_ns += window_ns * from->threads;
        if (process->bounded)
            clients += process->count;
    }
    uint64_t used = window->memory.kernel_bytes_used - slice->kernel_bytes_before;
    tally->bytes_per_client = clients == 0 ? 0 : used / clients;
}

static void add_parties(struct sim_tally *tally, const struct sim_slice *slice)
{
    uint32_t workers = 0;
    for (uint32_t i = 0; i < tally->plan->process_count; i++)
        tally->groups[i].workers = 0;
    for (uint32_t i = 0; i < slice->thread_count; i++) {
        const struct sim_slice_thread *thread = &slice->threads[i];
        tally->lost += thread->party.lost;
        tally->groups[thread->process->plan - tally->plan->processes].workers +=
            thread->party.workers;
        workers += thread->party.workers;
    }
    if (workers > tally->workers)
        tally->workers = workers;
}

static void add_late(struct sim_tally *tally, const struct sim_control *control)
{
    uint64_t most = atomic_load(&control->late_most_ns);
    tally->late += atomic_load(&control->late);
    tally->late_never += atomic_load(&control->late_never);
    if (most > tally->late_most_ns)
        tally->late_most_ns = most;
}

/* Which process began what a recorder has. */
static void add_responses(struct sim_tally *tally, const struct sim_slice *slice)
{
    for (uint32_t i = 0; i < slice->thread_count; i++) {
        const struct sim_slice_thread *thread = &slice->threads[i];
        if (thread->context.recorder != NULL)
            sim_histogram_merge(
                &tally->groups[thread->process->plan - tally->plan->processes].response,
                &thread->context.recorder->response);
    }
}

const char *sim_tally_add(struct sim_tally *tally, const struct sim_slice *slice, uint32_t round)
{
    add_late(tally, &slice->control);
    const struct sim_bills *bills = sim_slice_bills(slice);
    for (uint32_t i = 0; i < slice->recorder_count; i++) {
        const struct sim_recorder *recorder = &slice->recorders[i];
        sim_histogram_merge(&tally->response, &recorder->response);
        tally->errors += recorder->errors + recorder->mismatches;
        tally->mismatches += recorder->mismatches;
        tally->verified_bytes += recorder->verified_bytes;
    }
    add_responses(tally, slice);
    tally->measured += sim_slice_measured(slice);
    tally->leaks += slice->counters.leaks;
    if (slice->counters.memory.kernel_bytes_peak > tally->bytes_peak)
        tally->bytes_peak = slice->counters.memory.kernel_bytes_peak;
    add_window(tally, slice);
    add_parties(tally, slice);
    /* A round that was cut short counts only if it is all there is. */
    if (!slice->stopped || round == 0)
        tally->rates[round] = sim_slice_rate(slice);
    return bills == NULL ? NULL : sim_billing_add(tally->billing, bills);
}

/* ---- the result ------------------------------------------------------------------------------ */

static void write_per_op(struct sim_per_op *per_op, const struct k_counters *counters,
                         uint64_t completed)
{
    double ops = completed == 0 ? NAN : (double)completed;
#define WRITE(name) (per_op->name = (double)counters->name / ops)
    WRITE(system_calls);
    WRITE(switches);
    WRITE(wakes);
    WRITE(direct_switches);
    WRITE(copied_bytes);
    WRITE(allocations);
    WRITE(requests);
    WRITE(messages);
    WRITE(completions);
    WRITE(lock_waits);
    WRITE(preemptions);
    WRITE(migrations);
#undef WRITE
}

/* Time is counted when a state is left, so what goes on at the close of a window is not in it: for
 * threads that slept through the window that is all there is, and it was a wait. */
static void write_shares(struct sim_process_result *process, const struct group *group)
{
    double busy = (double)group->counters.busy_ns, ready = (double)group->counters.ready_ns;
    double blocked = (double)group->counters.blocked_ns;
    double waiting = (double)group->counters.waiting_ns;
    double missing = group->thread_ns - busy - ready - blocked - waiting;
    if (missing > 0)
        waiting += missing;
    double all = busy + ready + blocked + waiting;
    process->busy = all > 0 ? busy / all : NAN;
    process->ready = all > 0 ? ready / all : NAN;
    process->blocked = all > 0 ? blocked / all : NAN;
    process->waiting = all > 0 ? waiting / all : NAN;
}

static void write_response(struct sim_response_result *response,
                           const struct sim_histogram *histogram)
{
    response->count = histogram->count;
    response->p50 = sim_histogram_percentile(histogram, 0.5);
    response->p90 = sim_histogram_percentile(histogram, 0.9);
    response->p99 = sim_histogram_percentile(histogram, 0.99);
    response->p999 = sim_histogram_percentile(histogram, 0.999);
    response->max = sim_histogram_max(histogram);
}

static void write_processes(const struct sim_tally *tally, struct sim_result *result,
                            struct sim_design_result *design)
{
    struct k_counters sum = {0};
    design->process_count = tally->plan->process_count;
    design->processes = sim_result_take(result, design->process_count * sizeof *design->processes);
    for (uint32_t i = 0; i < design->process_count; i++) {
        const struct group *group = &tally->groups[i];
        struct sim_process_result *process = &design->processes[i];
        process->name = sim_result_copy(result, tally->plan->processes[i].name);
        process->instances = group->instances;
        process->threads = group->threads;
        process->workers = group->workers;
        process->requests = group->requested;
        process->messages = group->counters.messages;
        process->completions = group->counters.completions;
        if (sim_machine_find(result->machine.kind)->dear_clock)
            process->busy = process->ready = process->blocked = process->waiting = NAN;
        else
            write_shares(process, group);
        write_per_op(&process->per_op, &group->counters, tally->completed);
        write_response(&process->response, &group->response);
        add_counters(&sum, &group->counters);
    }
    write_per_op(&design->per_op, &sum, tally->completed);
}

/* What an open loop could not begin in time has its wait in the response times; what it never began
 * is in no figure. */
static void warn_late(const struct sim_tally *tally, struct sim_result *result,
                      const struct sim_design_result *design)
{
    if (tally->late != 0)
        sim_result_add(result, &result->warnings,
                       "%s: %" PRIu64 " of %" PRIu64 " operations began late, up to %.3g ms after "
                       "they were due: as many as the depth allows were in flight",
                       design->design, tally->late, tally->measured,
                       (double)tally->late_most_ns / 1e6);
    if (tally->late_never != 0)
        sim_result_add(result, &result->warnings,
                       "%s: %" PRIu64
                       " operations that were due had not begun at the end: they are "
                       "in no figure",
                       design->design, tally->late_never);
}

void sim_tally_write(const struct sim_tally *tally, struct sim_result *result,
                     struct sim_design_result *design)
{
    warn_late(tally, result, design);
    design->slices = sim_result_take(result, tally->rounds * sizeof *design->slices);
    for (uint32_t i = 0; i < tally->rounds; i++)
        if (!isnan(tally->rates[i]))
            design->slices[design->slice_count++] = tally->rates[i];
    design->ops_per_s = sim_interval_median(design->slices, design->slice_count);
    design->ops = tally->measured;
    design->measured_s = tally->window_s;

    write_response(&design->response, &tally->response);

    sim_billing_write(tally->billing, result, design);
    write_processes(tally, result, design);
    design->memory.kernel_bytes_per_client = tally->bytes_per_client;
    design->memory.kernel_bytes_peak = tally->bytes_peak;
    design->workers = tally->workers;
    design->lost = tally->lost;
    design->verified_bytes = tally->verified_bytes;
    design->mismatches = tally->mismatches;
    design->errors = tally->errors;
    design->leaks = tally->leaks;
}
