#include "sim/report/text.h"

#include <inttypes.h>
#include <string.h>
#include "sim/report/format.h"
#include "sim/scenario/units.h"

#define LABEL_COLUMNS 10

const char sim_text_interrupted[] = "interrupted: this is what was measured until then";

static void item(const struct sim_paper *paper, const char *label, const char *text)
{
    sim_paper_format(paper, SIM_INK_FAINT, "%-*s", LABEL_COLUMNS, label);
    sim_paper_wrap(paper, SIM_INK_PLAIN, LABEL_COLUMNS, LABEL_COLUMNS, text);
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void print_load(const struct sim_paper *paper, const struct sim_load_result *load)
{
    char text[256], bytes[32], of[48] = "";
    if (load->model[0] == 0) {
        item(paper, "load", "made by the scenario's own bodies; no client role measures");
        return;
    }
    if (load->bytes > 0) {
        sim_units_show((int64_t)load->bytes, SIM_UNIT_BYTES, bytes);
        snprintf(of, sizeof of, " of %s%s", bytes, bytes[strlen(bytes) - 1] == 'B' ? "" : " bytes");
    }
    snprintf(text, sizeof text,
             "%s: %" PRIu32 " client%s with %" PRIu32 " thread%s in all, %" PRIu32
             " operation%s%s in flight on each link",
             load->model, load->clients, plural(load->clients), load->threads,
             plural(load->threads), load->depth, plural(load->depth), of);
    item(paper, "load", text);
}

static void print_parameters(const struct sim_paper *paper, const struct sim_result *result,
                             enum sim_text_detail detail)
{
    char text[1024];
    size_t length = 0;
    for (uint32_t i = 0; i < result->parameter_count && length < sizeof text; i++) {
        const struct sim_result_parameter *parameter = &result->parameters[i];
        if (parameter->given || detail == SIM_TEXT_VERBOSE)
            length += (size_t)snprintf(text + length, sizeof text - length, "%s%s=%s",
                                       length > 0 ? ", " : "", parameter->name, parameter->shown);
    }
    if (length > 0)
        item(paper, "with", text);
}

static void print_design(const struct sim_paper *paper, const struct sim_result *result)
{
    char text[320];
    if (result->design_count != 1 || result->designs[0].about[0] == 0)
        return;
    snprintf(text, sizeof text, "%s: %s", result->designs[0].design, result->designs[0].about);
    item(paper, "design", text);
}

/* "2 sockets of 16 cores of 2 threads": what there is one of goes without saying. */
static void describe_shape(const struct sim_costs_result *costs, char *text, size_t bytes)
{
    const uint32_t counts[] = {costs->sockets, costs->clusters, costs->cores, costs->threads};
    static const char *const names[] = {"socket", "cluster", "core", "thread"};
    size_t used = 0;
    for (uint32_t i = 0; i < 4 && used < bytes; i++)
        if (counts[i] > 1 || i == 0)
            used += (size_t)snprintf(text + used, bytes - used, "%s%" PRIu32 " %s%s",
                                     i > 0 ? " of " : "", counts[i], names[i], plural(counts[i]));
}

static void print_costs(const struct sim_paper *paper, const struct sim_result *result)
{
    const struct sim_costs_result *costs = &result->costs;
    uint64_t all = (uint64_t)costs->sockets * costs->clusters * costs->cores * costs->threads;
    char text[640], shape[160], added[64] = "";
    describe_shape(costs, shape, sizeof shape);
    if (costs->sockets_added > 0)
        snprintf(added, sizeof added, ", %" PRIu32 " socket%s more than the file has",
                 costs->sockets_added, plural(costs->sockets_added));
    snprintf(text, sizeof text,
             "MODELLED with the costs of %.128s (%s): %s%s; %" PRIu32 " of %" PRIu64 " CPU%s used",
             costs->name, costs->hash, shape, added, result->machine.cpus, all, plural(all));
    item(paper, "numbers", text);
}

static void print_machine(const struct sim_paper *paper, const struct sim_result *result)
{
    char text[960], seeds[64], hosts[560] = "";
    uint32_t more =
        sim_result_billed(result) && result->method.slices > 1 ? result->method.slices - 1 : 0;
    if (more > 0)
        snprintf(seeds, sizeof seeds, "seeds %" PRIu64 " to %" PRIu64, result->seed,
                 result->seed + more);
    else
        snprintf(seeds, sizeof seeds, "seed %" PRIu64, result->seed);
    if (result->machine.host_cpus[0] != 0)
        snprintf(hosts, sizeof hosts, " on host CPU%s %.480s%s",
                 strpbrk(result->machine.host_cpus, ",-") != NULL ? "s" : "",
                 result->machine.host_cpus, strlen(result->machine.host_cpus) > 480 ? " ..." : "");
    snprintf(text, sizeof text, "%s with %" PRIu32 " CPU%s%s, %s, slipway %s", result->machine.kind,
             result->machine.cpus, plural(result->machine.cpus), hosts, seeds,
             result->host.version);
    item(paper, "machine", text);
    if (result->kernel_options[0] != 0)
        item(paper, "kernel", result->kernel_options);
    if (sim_result_billed(result)) {
        print_costs(paper, result);
        return;
    }
    if (result->machine.exact)
        snprintf(text, sizeof text, "MODELLED: times are simulated");
    else
        snprintf(text, sizeof text, "MEASURED on %" PRIu32 " host CPU%s: %s, %s", result->host.cpus,
                 plural(result->host.cpus), result->host.cpu, result->host.kernel);
    item(paper, "numbers", text);
}

/* "10 slices", or "2 to 3 of 10 slices" where somebody ended the run before the others were taken. */
static void count_slices(const struct sim_result *result, char *text, size_t bytes)
{
    uint32_t planned = result->method.slices, least = planned, most = 0;
    const char *noun = sim_result_billed(result) ? "seed" : "slice";
    for (uint32_t i = 0; i < result->design_count; i++) {
        uint32_t taken = result->designs[i].slice_count;
        least = taken < least ? taken : least;
        most = taken > most ? taken : most;
    }
    if (!result->interrupted || least == planned)
        snprintf(text, bytes, "%" PRIu32 " %s%s", planned, noun, plural(planned));
    else if (least == most)
        snprintf(text, bytes, "%" PRIu32 " of %" PRIu32 " %s%s", least, planned, noun,
                 plural(planned));
    else
        snprintf(text, bytes, "%" PRIu32 " to %" PRIu32 " of %" PRIu32 " %s%s", least, most,
                 planned, noun, plural(planned));
}

static void print_method(const struct sim_paper *paper, const struct sim_result *result)
{
    const struct sim_method_result *method = &result->method;
    char text[640], each[64], slices[64], time[SIM_FORMAT_BYTES], noise[SIM_FORMAT_BYTES];
    if (method->slices == 0)
        return;
    if (method->slice_ops > 0)
        snprintf(each, sizeof each, "%" PRIu64 " operation%s", method->slice_ops,
                 plural(method->slice_ops));
    else if (method->slice_ns > 0)
        snprintf(each, sizeof each, "%s", sim_format_time((double)method->slice_ns, time));
    else
        return; /* it ran to its own end */
    count_slices(result, slices, sizeof slices);
    int length =
        snprintf(text, sizeof text, "%s of %s per design%s, warm-up not counted", slices, each,
                 result->design_count > 1 && !sim_result_billed(result) ? " in turns" : "");
    if (method->interval[0] != 0 && length > 0 && (size_t)length < sizeof text)
        snprintf(text + length, sizeof text - (size_t)length, "; interval: %s", method->interval);
    item(paper, "method", text);
    if (isnan(result->noise_floor) || result->design_count == 0)
        return;
    if (result->machine.exact && result->noise_floor == 0) {
        item(paper, "noise", "exact: the same seed gives the same run, to the event");
        return;
    }
    snprintf(text, sizeof text, "%s: %s against itself in this run; less is 'same'",
             sim_format_share(result->noise_floor, noise), result->designs[0].design);
    item(paper, "noise", text);
}

void sim_text_head(const struct sim_paper *paper, const struct sim_result *result,
                   enum sim_text_detail detail)
{
    sim_paper_text(paper, SIM_INK_TITLE, result->scenario.name);
    uint32_t column = sim_paper_columns(result->scenario.name) + 2;
    fputs(result->scenario.about[0] != 0 ? ": " : "", paper->file);
    sim_paper_wrap(paper, SIM_INK_PLAIN, column, LABEL_COLUMNS, result->scenario.about);
    print_load(paper, &result->load);
    print_parameters(paper, result, detail);
    if (result->load.file[0] != 0)
        item(paper, "file", result->load.file);
    print_design(paper, result);
    print_machine(paper, result);
    print_method(paper, result);
    if (result->interrupted) {
        sim_paper_format(paper, SIM_INK_WARN, "%-*s%s\n", LABEL_COLUMNS, "stopped",
                         sim_text_interrupted);
    }
}

void sim_text_warnings(const struct sim_paper *paper, const struct sim_result *result)
{
    for (uint32_t i = 0; i < result->warnings.count; i++) {
        sim_paper_text(paper, SIM_INK_WARN, "slipway: warning: ");
        fprintf(paper->file, "%s\n", result->warnings.text[i]);
    }
}

uint32_t sim_text_failures(const struct sim_paper *paper, const struct sim_result *result)
{
    uint32_t lines = 0;
    for (uint32_t i = 0; i < result->design_count; i++) {
        const struct sim_design_result *design = &result->designs[i];
        for (uint32_t j = 0; j < design->failures.count; j++) {
            sim_paper_format(paper, SIM_INK_BAD, "failed: %s: ", design->design);
            sim_paper_wrap(paper, SIM_INK_PLAIN, 10 + sim_paper_columns(design->design), 8,
                           design->failures.text[j]);
            lines++;
        }
    }
    return lines;
}
