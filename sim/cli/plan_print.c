#include "sim/cli/plan_print.h"

#include <inttypes.h>
#include <string.h>
#include "sim/report/format.h"
#include "sim/report/table.h"
#include "sim/scenario/units.h"

/* A list that grows piece by piece in a buffer of fixed size. */
struct line {
    char text[512];
    size_t length;
};

static void line_add(struct line *line, const char *between, const char *text)
{
    size_t room = sizeof line->text - line->length;
    int wrote =
        snprintf(line->text + line->length, room, "%s%s", line->length > 0 ? between : "", text);
    line->length += wrote < 0 ? 0 : (size_t)wrote < room ? (size_t)wrote : room - 1;
}

/* ---- parameters ---------------------------------------------------------------------------- */

/* What a number counts, from the way its value is shown. */
static enum sim_unit unit_of(const struct sim_parameter *parameter)
{
    size_t length = strlen(parameter->shown);
    if (length > 0 && parameter->shown[length - 1] == 'B')
        return SIM_UNIT_BYTES;
    return length > 0 && parameter->shown[length - 1] == 's' ? SIM_UNIT_TIME : SIM_UNIT_NONE;
}

static void accepted(const struct sim_parameter *parameter, struct line *line)
{
    char low[32], high[32], range[80];
    line->length = 0;
    line->text[0] = 0;
    switch (parameter->kind) {
    case SIM_PARAMETER_NUMBER:
        sim_units_show(parameter->low, unit_of(parameter), low);
        sim_units_show(parameter->high, unit_of(parameter), high);
        snprintf(range, sizeof range, "%s to %s", low, high);
        line_add(line, "", range);
        break;
    case SIM_PARAMETER_CHOICE:
        for (uint32_t i = 0; parameter->choices[i] != NULL; i++)
            line_add(line, ", ", parameter->choices[i]);
        break;
    case SIM_PARAMETER_PATH:
        line_add(line, "", "a path");
        break;
    }
}

void sim_plan_print_parameters(const struct sim_paper *paper, const struct sim_plan *plan)
{
    static const struct sim_column columns[] = {{"parameter", SIM_TABLE_LEFT, NULL},
                                                {"value", SIM_TABLE_LEFT, NULL},
                                                {"accepted", SIM_TABLE_LEFT, NULL},
                                                {"what it is", SIM_TABLE_WRAP, NULL}};
    struct sim_table *table = sim_table_create(columns, 4);
    for (uint32_t i = 0; i < plan->parameter_count; i++) {
        const struct sim_parameter *parameter = &plan->parameters[i];
        struct line line;
        accepted(parameter, &line);
        sim_table_cell(table, SIM_INK_PLAIN, "%s", parameter->name);
        sim_table_cell(table, parameter->given ? SIM_INK_TITLE : SIM_INK_PLAIN, "%s",
                       parameter->shown[0] != 0 ? parameter->shown : "-");
        sim_table_cell(table, SIM_INK_PLAIN, "%s", line.text);
        sim_table_cell(table, SIM_INK_PLAIN, "%s", parameter->help);
    }
    sim_table_print(table, paper, 0);
}

/* ---- processes ----------------------------------------------------------------------------- */

static void connections(const struct sim_plan_process *process, struct line *line)
{
    char text[96];
    line->length = 0;
    line->text[0] = 0;
    for (uint32_t i = 0; i < process->link_count; i++) {
        const struct sim_plan_link *link = &process->links[i];
        if (link->count > 1)
            snprintf(text, sizeof text, "%s[1..%" PRIu32 "] depth %" PRIu32, link->name,
                     link->count, link->depth);
        else
            snprintf(text, sizeof text, "%s depth %" PRIu32, link->name, link->depth);
        line_add(line, ", ", text);
    }
    if (line->length == 0)
        line_add(line, "", "-");
}

static void process_row(struct sim_table *table, const struct sim_plan *plan,
                        const struct sim_plan_process *process)
{
    struct line line;
    char place[16] = "any";
    if (process->cpu != SLIP_CPU_ANY)
        snprintf(place, sizeof place, "%" PRIu32, process->cpu);
    sim_table_cell(table, SIM_INK_PLAIN, "%s", process->name);
    sim_table_cell(table, SIM_INK_PLAIN, "%" PRIu32, process->count);
    sim_table_cell(table, SIM_INK_PLAIN, "%" PRIu32, process->threads);
    sim_table_cell(table, SIM_INK_PLAIN, "%" PRIu32, process->priority);
    sim_table_cell(table, SIM_INK_PLAIN, "%s", place);
    sim_table_cell(table, SIM_INK_PLAIN, "%s", process->role != NULL ? process->role : "Lua body");
    sim_table_cell(table, SIM_INK_PLAIN, "%s",
                   process->serves == UINT32_MAX ? "-" : plan->endpoints[process->serves].name);
    connections(process, &line);
    sim_table_cell(table, SIM_INK_PLAIN, "%s", line.text);
}

static void print_processes(const struct sim_paper *paper, const struct sim_plan *plan)
{
    static const struct sim_column columns[] = {
        {"process", SIM_TABLE_LEFT, NULL},  {"count", SIM_TABLE_RIGHT, NULL},
        {"threads", SIM_TABLE_RIGHT, NULL}, {"priority", SIM_TABLE_RIGHT, NULL},
        {"cpu", SIM_TABLE_RIGHT, NULL},     {"runs", SIM_TABLE_LEFT, NULL},
        {"serves", SIM_TABLE_LEFT, NULL},   {"connects to", SIM_TABLE_WRAP, NULL}};
    struct sim_table *table = sim_table_create(columns, 8);
    uint64_t processes = 0, threads = 0;
    for (uint32_t i = 0; i < plan->process_count; i++) {
        const struct sim_plan_process *process = &plan->processes[i];
        process_row(table, plan, process);
        processes += process->count;
        threads += (uint64_t)process->count * process->threads;
    }
    sim_table_print(table, paper, 0);
    fprintf(paper->file, "%" PRIu64 " processes with %" PRIu64 " threads on %" PRIu32 " CPU%s\n\n",
            processes, threads, plan->cpus, plan->cpus == 1 ? "" : "s");
}

static void print_item(const struct sim_paper *paper, const char *label, const char *text)
{
    sim_paper_format(paper, SIM_INK_TITLE, "%-10s", label);
    sim_paper_wrap(paper, SIM_INK_PLAIN, 10, 10, text);
}

static void print_endpoints(const struct sim_paper *paper, const struct sim_plan *plan)
{
    char text[256];
    for (uint32_t i = 0; i < plan->endpoint_count; i++) {
        const struct sim_plan_endpoint *endpoint = &plan->endpoints[i];
        uint32_t alike = plan->processes[endpoint->process].count;
        if (endpoint->index > 1)
            continue; /* those of one name differ in nothing */
        snprintf(text, sizeof text, "%s: served by %s, queue of %" PRIu32 "%s", endpoint->name,
                 plan->processes[endpoint->process].name, endpoint->depth,
                 alike > 1 ? " each" : "");
        print_item(paper, i == 0 ? "endpoints" : "", text);
    }
}

static const char *show_time(uint64_t ns, char out[32])
{
    sim_units_show((int64_t)ns, SIM_UNIT_TIME, out);
    return out;
}

static void print_devices(const struct sim_paper *paper, const struct sim_plan *plan)
{
    char text[512], bytes[32], period[32];
    for (uint32_t i = 0; i < plan->device_count; i++) {
        const struct sim_plan_device *device = &plan->devices[i];
        const char *user = "nobody";
        for (uint32_t j = 0; j < plan->process_count; j++)
            if (plan->processes[j].device == i)
                user = plan->processes[j].name;
        sim_units_show((int64_t)device->make_bytes, SIM_UNIT_BYTES, bytes);
        if (strcmp(device->kind, "timer") == 0)
            snprintf(text, sizeof text, "%s: timer, %s%s, driven by %s", device->name,
                     device->period_ns != 0 ? "each " : "once",
                     device->period_ns != 0 ? show_time(device->period_ns, period) : "", user);
        else if (device->path[0] != 0)
            snprintf(text, sizeof text, "%s: %s %s, driven by %s", device->name, device->kind,
                     device->path, user);
        else
            snprintf(text, sizeof text, "%s: %s of %s made for the run, driven by %s", device->name,
                     device->kind, bytes, user);
        print_item(paper, i == 0 ? "devices" : "", text);
    }
}

/* ---- what it needs ------------------------------------------------------------------------- */

static int carries_memory(const struct sim_plan_process *process)
{
    switch (process->op) {
    case SIM_OP_READ:
    case SIM_OP_WRITE:
        return 1;
    case SIM_OP_ECHO:
        return process->bytes > 16; /* what the words of an echo hold */
    case SIM_OP_NONE:
    case SIM_OP_SEND:
        return 0;
    }
    return 0;
}

static void process_needs(const struct sim_plan_process *process, uint32_t *depth, int needs[5])
{
    uint32_t servers = 0;
    for (uint32_t i = 0; i < process->link_count; i++) {
        servers += process->links[i].count;
        *depth = process->links[i].depth > *depth ? process->links[i].depth : *depth;
    }
    needs[0] |= carries_memory(process);
    needs[1] |= servers > 1;
    needs[2] |= servers > 0 && process->serves != UINT32_MAX;
    needs[3] |= process->device != UINT32_MAX && process->serves != UINT32_MAX;
    needs[4] |= process->threads > 1 && process->serves != UINT32_MAX;
}

static void print_needs(const struct sim_paper *paper, const struct sim_plan *plan)
{
    static const char *const words[5] = {
        "memory that goes with an operation",
        "one wait for the completions of several servers",
        "one wait for requests and for completions, in a process that serves and connects",
        "one wait for requests and for events of a device",
        "several threads that serve one endpoint",
    };
    if (plan->raw) {
        print_item(paper, "needs",
                   "no design: its bodies make the system calls themselves, so it "
                   "can be run and not compared");
        return;
    }
    uint32_t depth = 0;
    int needs[5] = {0};
    for (uint32_t i = 0; i < plan->process_count; i++)
        process_needs(&plan->processes[i], &depth, needs);
    char text[96];
    snprintf(text, sizeof text, "up to %" PRIu32 " operation%s outstanding on a link", depth,
             depth == 1 ? "" : "s");
    print_item(paper, "needs", text);
    for (uint32_t i = 0; i < 5; i++)
        if (needs[i])
            print_item(paper, "", words[i]);
}

static void print_end(const struct sim_paper *paper, const struct sim_plan *plan)
{
    struct line line = {.length = 0};
    for (uint32_t i = 0; i < plan->process_count; i++)
        if (plan->processes[i].bounded)
            line_add(&line, ", ", plan->processes[i].name);
    char text[600];
    snprintf(text, sizeof text, "when all of these have ended: %s", line.text);
    print_item(paper, "ends",
               line.length > 0 ? text
                               : "never by itself: no process has a bounded "
                                 "load, and none has waits = true");
    print_item(paper, "checks",
               plan->has_expect ? "its expect function, errors, leaks"
                                : "errors and leaks; it has no expect function");
}

void sim_plan_print(const struct sim_paper *paper, const struct sim_plan *plan)
{
    print_processes(paper, plan);
    print_endpoints(paper, plan);
    print_devices(paper, plan);
    print_needs(paper, plan);
    print_end(paper, plan);
}
