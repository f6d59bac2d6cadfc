#include "sim/report/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include "sim/report/format.h"
#include "sim/report/table.h"
#include "sim/report/text_bill.h"

#define COLUMNS(list) ((uint32_t)(sizeof(list) / sizeof((list)[0])))

static const char response[] = "response";
static const char per_op[] = "per operation";
static const char share[] = "share of its threads' time";

static void heading(const struct sim_paper *paper, const char *text)
{
    sim_paper_text(paper, SIM_INK_TITLE, text);
    fputc('\n', paper->file);
}

/* ---- the table of designs ------------------------------------------------------------------ */

static const struct sim_column design_columns[] = {
    {"design", SIM_TABLE_LEFT, NULL},    {"ops/s", SIM_TABLE_RIGHT, NULL},
    {"interval", SIM_TABLE_RIGHT, NULL}, {"p50", SIM_TABLE_RIGHT, response},
    {"p99", SIM_TABLE_RIGHT, response},  {"calls", SIM_TABLE_RIGHT, per_op},
    {"switch", SIM_TABLE_RIGHT, per_op}, {"wakes", SIM_TABLE_RIGHT, per_op},
    {"copied", SIM_TABLE_RIGHT, per_op}, {"ratio", SIM_TABLE_RIGHT, NULL},
};

static void ratio_cell(struct sim_table *table, const struct sim_result *result, uint32_t index)
{
    const struct sim_design_result *design = &result->designs[index];
    if (index == 0)
        sim_table_cell(table, SIM_INK_PLAIN, "1");
    else if (isnan(design->ratio.median))
        sim_table_cell(table, SIM_INK_PLAIN, "-");
    else if (design->same)
        sim_table_cell(table, SIM_INK_PLAIN, "same");
    else
        sim_table_cell(table, design->ratio.median > 1 ? SIM_INK_GOOD : SIM_INK_BAD, "%.2fx",
                       design->ratio.median);
}

static void design_row(struct sim_table *table, const struct sim_design_result *design)
{
    const struct sim_estimate *rate = &design->ops_per_s;
    char text[SIM_FORMAT_BYTES];
    sim_table_cell(table, SIM_INK_PLAIN, "%s", design->design);
    sim_table_cell(table, SIM_INK_PLAIN, "%s", sim_format_count(rate->median, text));
    sim_table_cell(table, SIM_INK_PLAIN, "%s", /* one slice has no interval */
                   design->slice_count > 1 ? sim_format_range(rate->low, rate->high, text) : "-");
    sim_table_cell(table, SIM_INK_PLAIN, "%s", sim_format_time(design->response.p50, text));
    sim_table_cell(table, SIM_INK_PLAIN, "%s", sim_format_time(design->response.p99, text));
    sim_table_cell(table, SIM_INK_PLAIN, "%s", sim_format_ratio(design->per_op.system_calls, text));
    sim_table_cell(table, SIM_INK_PLAIN, "%s", sim_format_ratio(design->per_op.switches, text));
    sim_table_cell(table, SIM_INK_PLAIN, "%s", sim_format_ratio(design->per_op.wakes, text));
    sim_table_cell(table, SIM_INK_PLAIN, "%s", sim_format_bytes(design->per_op.copied_bytes, text));
}

/* One design has nothing to be compared with, so its table has no ratio. */
static void print_designs(const struct sim_paper *paper, const struct sim_result *result)
{
    uint32_t count = COLUMNS(design_columns) - (result->design_count < 2);
    struct sim_table *table = sim_table_create(design_columns, count);
    for (uint32_t i = 0; i < result->design_count; i++) {
        design_row(table, &result->designs[i]);
        if (result->design_count > 1)
            ratio_cell(table, result, i);
    }
    sim_table_print(table, paper, 0);
}

/* ---- why ----------------------------------------------------------------------------------- */

static void print_why(const struct sim_paper *paper, const struct sim_result *result)
{
    if (result->design_count < 2)
        return;
    uint32_t width = 0;
    for (uint32_t i = 1; i < result->design_count; i++) {
        uint32_t columns = sim_paper_columns(result->designs[i].design);
        width = columns > width ? columns : width;
    }
    fputc('\n', paper->file);
    sim_paper_format(paper, SIM_INK_TITLE, "why, against %s\n", result->designs[0].design);
    for (uint32_t i = 1; i < result->design_count; i++) {
        const struct sim_design_result *design = &result->designs[i];
        fprintf(paper->file, "%-*s  ", (int)width, design->design);
        for (uint32_t j = 0; j < design->why_count; j++) {
            fprintf(paper->file, "%*s", j > 0 ? (int)width + 2 : 0, "");
            sim_paper_wrap(paper, SIM_INK_PLAIN, width + 2, width + 4, design->why[j]);
        }
        if (design->why_count == 0)
            fprintf(paper->file, "%s\n",
                    isnan(design->ratio.median) ? "not measured"
                    : design->same              ? "same: the difference is within the noise"
                                                : "no counter tells the two apart");
    }
}

/* ---- what was checked ---------------------------------------------------------------------- */

static const struct sim_column checked_columns[] = {
    {"checked", SIM_TABLE_LEFT, NULL},   {"operations", SIM_TABLE_RIGHT, NULL},
    {"verified", SIM_TABLE_RIGHT, NULL}, {"wrong blocks", SIM_TABLE_RIGHT, NULL},
    {"errors", SIM_TABLE_RIGHT, NULL},   {"lost", SIM_TABLE_RIGHT, NULL},
    {"leaks", SIM_TABLE_RIGHT, NULL},
};

static void bad_count(struct sim_table *table, uint64_t count)
{
    sim_table_cell(table, count > 0 ? SIM_INK_BAD : SIM_INK_PLAIN, "%" PRIu64, count);
}

static void print_checked(const struct sim_paper *paper, const struct sim_result *result)
{
    struct sim_table *table = sim_table_create(checked_columns, COLUMNS(checked_columns));
    for (uint32_t i = 0; i < result->design_count; i++) {
        const struct sim_design_result *design = &result->designs[i];
        char text[SIM_FORMAT_BYTES];
        sim_table_cell(table, SIM_INK_PLAIN, "%s", design->design);
        sim_table_cell(table, SIM_INK_PLAIN, "%" PRIu64, design->ops);
        sim_table_cell(table, SIM_INK_PLAIN, "%s",
                       sim_format_bytes((double)design->verified_bytes, text));
        bad_count(table, design->mismatches);
        bad_count(table, design->errors);
        bad_count(table, design->lost);
        bad_count(table, design->leaks);
    }
    fputc('\n', paper->file);
    sim_table_print(table, paper, 0);
}

/* ---- probes -------------------------------------------------------------------------------- */

/* A verdict that shouts (FORGED, LOST) is one to worry about. */
enum sim_ink sim_text_verdict_ink(const char *verdict)
{
    int upper = 0;
    for (const char *at = verdict; *at != 0; at++) {
        if (islower((unsigned char)*at))
            return SIM_INK_PLAIN;
        upper |= isupper((unsigned char)*at);
    }
    return upper ? SIM_INK_BAD : SIM_INK_PLAIN;
}

static const char *verdict_of(const struct sim_design_result *design, const char *name)
{
    for (uint32_t i = 0; i < design->probe_count; i++)
        if (strcmp(design->probes[i].name, name) == 0)
            return design->probes[i].verdict;
    return "-";
}

#define PROBES_MAX 15U

static void print_probes(const struct sim_paper *paper, const struct sim_result *result)
{
    struct sim_column columns[PROBES_MAX + 1] = {{"probe", SIM_TABLE_LEFT, NULL}};
    const struct sim_design_result *most = &result->designs[0];
    for (uint32_t i = 1; i < result->design_count; i++)
        if (result->designs[i].probe_count > most->probe_count)
            most = &result->designs[i];
    uint32_t count = most->probe_count < PROBES_MAX ? most->probe_count : PROBES_MAX;
    if (count == 0)
        return;
    for (uint32_t i = 0; i < count; i++)
        columns[i + 1] = (struct sim_column){most->probes[i].name, SIM_TABLE_LEFT, NULL};
    struct sim_table *table = sim_table_create(columns, count + 1);
    for (uint32_t i = 0; i < result->design_count; i++) {
        sim_table_cell(table, SIM_INK_PLAIN, "%s", result->designs[i].design);
        for (uint32_t j = 0; j < count; j++) {
            const char *verdict = verdict_of(&result->designs[i], most->probes[j].name);
            sim_table_cell(table, sim_text_verdict_ink(verdict), "%s", verdict);
        }
    }
    fputc('\n', paper->file);
    sim_table_print(table, paper, 0);
}

/* ---- more ---------------------------------------------------------------------------------- */

static const struct sim_column process_columns[] = {
    {"process", SIM_TABLE_LEFT, NULL},   {"threads", SIM_TABLE_RIGHT, NULL},
    {"busy", SIM_TABLE_RIGHT, share},    {"ready", SIM_TABLE_RIGHT, share},
    {"blocked", SIM_TABLE_RIGHT, share}, {"waiting", SIM_TABLE_RIGHT, share},
    {"calls", SIM_TABLE_RIGHT, per_op},  {"switch", SIM_TABLE_RIGHT, per_op},
    {"wakes", SIM_TABLE_RIGHT, per_op},  {"copied", SIM_TABLE_RIGHT, per_op},
};

static void process_row(struct sim_table *table, const struct sim_process_result *process)
{
    char text[SIM_FORMAT_BYTES];
    const double shares[] = {process->busy, process->ready, process->blocked, process->waiting};
    const double counts[] = {process->per_op.system_calls, process->per_op.switches,
                             process->per_op.wakes};
    sim_table_cell(table, SIM_INK_PLAIN, "%s", process->name);
    if (process->workers > 0)
        sim_table_cell(table, SIM_INK_PLAIN, "%" PRIu32 "+%" PRIu32,
                       process->threads - process->workers, process->workers);
    else
        sim_table_cell(table, SIM_INK_PLAIN, "%" PRIu32, process->threads);
    for (uint32_t i = 0; i < 4; i++)
        sim_table_cell(table, SIM_INK_PLAIN, "%s", sim_format_share(shares[i], text));
    for (uint32_t i = 0; i < 3; i++)
        sim_table_cell(table, SIM_INK_PLAIN, "%s", sim_format_ratio(counts[i], text));
    sim_table_cell(table, SIM_INK_PLAIN, "%s",
                   sim_format_bytes(process->per_op.copied_bytes, text));
}

static void print_processes(const struct sim_paper *paper, const struct sim_design_result *design,
                            int named)
{
    if (design->process_count == 0)
        return;
    struct sim_table *table = sim_table_create(process_columns, COLUMNS(process_columns));
    for (uint32_t i = 0; i < design->process_count; i++)
        process_row(table, &design->processes[i]);
    fputc('\n', paper->file);
    if (named)
        heading(paper, design->design);
    sim_table_print(table, paper, 0);
}

static const struct sim_column response_columns[] = {
    {"response of", SIM_TABLE_LEFT, NULL}, {"operations", SIM_TABLE_RIGHT, NULL},
    {"p50", SIM_TABLE_RIGHT, NULL},        {"p90", SIM_TABLE_RIGHT, NULL},
    {"p99", SIM_TABLE_RIGHT, NULL},        {"max", SIM_TABLE_RIGHT, NULL},
};

/* Where several processes measure: what each of them saw. */
static void print_responses(const struct sim_paper *paper, const struct sim_design_result *design)
{
    uint32_t clients = 0;
    for (uint32_t i = 0; i < design->process_count; i++)
        clients += design->processes[i].response.count != 0;
    if (clients < 2)
        return;
    struct sim_table *table = sim_table_create(response_columns, COLUMNS(response_columns));
    for (uint32_t i = 0; i < design->process_count; i++) {
        const struct sim_response_result *of = &design->processes[i].response;
        const double figures[] = {of->p50, of->p90, of->p99, of->max};
        char text[SIM_FORMAT_BYTES];
        if (of->count == 0)
            continue;
        sim_table_cell(table, SIM_INK_PLAIN, "%s", design->processes[i].name);
        sim_table_cell(table, SIM_INK_PLAIN, "%" PRIu64, of->count);
        for (uint32_t k = 0; k < 4; k++)
            sim_table_cell(table, SIM_INK_PLAIN, "%s", sim_format_time(figures[k], text));
    }
    fputc('\n', paper->file);
    sim_table_print(table, paper, 0);
}

static const struct sim_column percentile_columns[] = {
    {"design", SIM_TABLE_LEFT, NULL},   {"count", SIM_TABLE_RIGHT, response},
    {"p50", SIM_TABLE_RIGHT, response}, {"p90", SIM_TABLE_RIGHT, response},
    {"p99", SIM_TABLE_RIGHT, response}, {"p99.9", SIM_TABLE_RIGHT, response},
    {"max", SIM_TABLE_RIGHT, response}, {"peak", SIM_TABLE_RIGHT, "kernel memory"},
    {"client", SIM_TABLE_RIGHT, NULL},
};

static void print_percentiles(const struct sim_paper *paper, const struct sim_result *result)
{
    struct sim_table *table = sim_table_create(percentile_columns, COLUMNS(percentile_columns));
    for (uint32_t i = 0; i < result->design_count; i++) {
        const struct sim_design_result *design = &result->designs[i];
        const struct sim_response_result *r = &design->response;
        const double times[] = {r->p50, r->p90, r->p99, r->p999, r->max};
        char text[SIM_FORMAT_BYTES];
        sim_table_cell(table, SIM_INK_PLAIN, "%s", design->design);
        sim_table_cell(table, SIM_INK_PLAIN, "%" PRIu64, r->count);
        for (uint32_t j = 0; j < 5; j++)
            sim_table_cell(table, SIM_INK_PLAIN, "%s", sim_format_time(times[j], text));
        sim_table_cell(table, SIM_INK_PLAIN, "%s",
                       sim_format_bytes((double)design->memory.kernel_bytes_peak, text));
        sim_table_cell(table, SIM_INK_PLAIN, "%s",
                       sim_format_bytes((double)design->memory.kernel_bytes_per_client, text));
    }
    fputc('\n', paper->file);
    sim_table_print(table, paper, 0);
}

static void print_slices(const struct sim_paper *paper, const char *name, const double *values,
                         uint32_t count)
{
    char text[1024], figure[SIM_FORMAT_BYTES];
    size_t length = 0;
    text[0] = 0;
    for (uint32_t i = 0; i < count && length < sizeof text; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%s", i > 0 ? " " : "",
                                   sim_format_count(values[i], figure));
    fprintf(paper->file, "%-15s", name);
    sim_paper_wrap(paper, SIM_INK_PLAIN, 15, 15, text);
}

static void print_all_slices(const struct sim_paper *paper, const struct sim_result *result)
{
    fputc('\n', paper->file);
    heading(paper, "ops/s of each slice, in the order of the run");
    for (uint32_t i = 0; i < result->design_count; i++)
        print_slices(paper, result->designs[i].design, result->designs[i].slices,
                     result->designs[i].slice_count);
    if (result->noise_slice_count > 0)
        print_slices(paper, "(first again)", result->noise_slices, result->noise_slice_count);
}

/* On this machine host threads are woken for every switch, and that is most of each time. */
static void print_note(const struct sim_paper *paper, const struct sim_result *result)
{
    const struct sim_handover_result *handover = &result->handover;
    char same[SIM_FORMAT_BYTES], other[SIM_FORMAT_BYTES], takes[128], text[400];
    if (isnan(handover->same_cpu) && isnan(handover->other_cpu))
        return;
    sim_format_time(handover->same_cpu, same);
    sim_format_time(handover->other_cpu, other);
    if (isnan(handover->same_cpu))
        snprintf(takes, sizeof takes, "%s between two CPUs of this host", other);
    else if (isnan(handover->other_cpu))
        snprintf(takes, sizeof takes, "%s on one CPU of this host", same);
    else
        snprintf(takes, sizeof takes, "%s on one CPU of this host and %s between two", same, other);
    snprintf(text, sizeof text,
             "note: on the machine '%s' a switch wakes a host thread, which takes %s. That is most "
             "of each time above: compare the counts here, not the times. "
             "On --machine cores no host thread has to wake.",
             result->machine.kind, takes);
    fputc('\n', paper->file);
    sim_paper_wrap(paper, SIM_INK_FAINT, 0, 6, text);
}

/* Where no client role measures, there is no rate to show. */
static int measured(const struct sim_result *result)
{
    return result->design_count > 0 && (result->load.model[0] != 0 || result->design_count > 1);
}

void sim_text_tables(const struct sim_paper *paper, const struct sim_result *result,
                     enum sim_text_detail detail)
{
    int verbose = detail == SIM_TEXT_VERBOSE;
    if (measured(result)) {
        if (detail != SIM_TEXT_QUIET)
            fputc('\n', paper->file);
        print_designs(paper, result);
    }
    if (detail == SIM_TEXT_QUIET || result->design_count == 0)
        return;
    print_why(paper, result);
    sim_text_attribution(paper, result, detail);
    print_checked(paper, result);
    for (uint32_t i = 0; i < result->design_count; i++)
        if (verbose || result->design_count == 1) {
            print_processes(paper, &result->designs[i], result->design_count > 1);
            print_responses(paper, &result->designs[i]);
        }
    if (verbose) {
        print_percentiles(paper, result);
        print_all_slices(paper, result);
    }
    print_probes(paper, result);
    sim_text_traces(paper, "", NULL, &result, 1);
    print_note(paper, result);
}

void sim_text_result(const struct sim_paper *paper, const struct sim_result *result,
                     enum sim_text_detail detail)
{
    if (detail != SIM_TEXT_QUIET)
        sim_text_head(paper, result, detail);
    else if (result->interrupted)
        sim_paper_format(paper, SIM_INK_WARN, "stopped   %s\n", sim_text_interrupted);
    sim_text_tables(paper, result, detail);
    sim_text_determinism(paper, result);
    sim_text_failures(paper, result);
}
