#include "sim/run/settle.h"

#include <stdio.h>
#include <string.h>

#include "sim/instance.h"
#include "sim/kernel_options.h"
#include "sim/machine/machine.h"

int sim_settle_billed(const char *machine)
{
    const struct sim_machine_kind *kind = sim_machine_find(machine);
    return kind != NULL && kind->bills != NULL;
}

/* ---- options of the kernel --------------------------------------------------------------------- */

/* A "name=value" in a text, up to its comma. */
struct item {
    const char *text;
    size_t bytes, name; /* bytes of all, and of what is before the '=' */
};

static const char *next_item(const char *at, struct item *item)
{
    while (*at == ',')
        at++;
    if (*at == 0)
        return NULL;
    item->text = at;
    item->bytes = strcspn(at, ",");
    item->name = strcspn(at, "=,");
    return at + item->bytes;
}

static int same_name(const struct item *a, const struct item *b)
{
    return a->name == b->name && strncmp(a->text, b->text, a->name) == 0;
}

/* The last item of that name in a text, if there is one. */
static int find_last(const char *text, const struct item *like, struct item *last)
{
    struct item item;
    int found = 0;
    for (const char *at = text; (at = next_item(at, &item)) != NULL;)
        if (same_name(&item, like)) {
            *last = item;
            found = 1;
        }
    return found;
}

const char *sim_settle_kernel(const char *first, const char *then, struct sim_result *result)
{
    const char *texts[2] = {first != NULL ? first : "", then != NULL ? then : ""};
    size_t bytes = strlen(texts[0]) + strlen(texts[1]) + 3, used = 0;
    char *all = sim_result_take(result, bytes), *out = sim_result_take(result, bytes);
    snprintf(all, bytes, "%s,%s", texts[0], texts[1]);
    struct item item, last, known;
    for (const char *at = all; (at = next_item(at, &item)) != NULL;) {
        if (find_last(out, &item, &known) || !find_last(all, &item, &last))
            continue;
        used += (size_t)snprintf(out + used, bytes - used, "%s%.*s", used > 0 ? "," : "",
                                 (int)last.bytes, last.text);
    }
    return out;
}

/* ---- the cost file ----------------------------------------------------------------------------- */

static void name_billed(char *out, size_t bytes)
{
    const struct sim_machine_kind *kind;
    size_t used = 0;
    out[0] = 0;
    for (uint32_t i = 0; (kind = sim_machine_nth(i)) != NULL && used < bytes; i++)
        if (kind->bills != NULL)
            used += (size_t)snprintf(out + used, bytes - used, " %s", kind->name);
}

static int settle_costs(const struct sim_plan *plan, struct sim_run_options *options,
                        struct sim_costs **costs, char *error, size_t error_bytes)
{
    if (!sim_settle_billed(options->machine)) {
        if (options->costs == NULL && (options->flags & SIM_RUN_CHECK_DETERMINISM) == 0)
            return 0;
        char names[128];
        name_billed(names, sizeof names);
        if (options->costs != NULL)
            snprintf(error, error_bytes,
                     "--costs %s: time on the machine '%s' does not come from a cost file; it does "
                     "on:%s",
                     options->costs, options->machine,
                     names[0] != 0 ? names : " none of this build");
        else
            snprintf(error, error_bytes,
                     "--check-determinism: the machine '%s' keeps no event stream to compare; "
                     "machines that do:%s",
                     options->machine, names[0] != 0 ? names : " none of this build");
        return 1;
    }
    if (options->costs == NULL)
        options->costs =
            plan->costs != NULL && plan->costs[0] != 0 ? plan->costs : SIM_COSTS_DEFAULT;
    *costs = options->costs_text != NULL
                 ? sim_costs_parse(options->costs, options->costs_text, error, error_bytes)
                 : sim_costs_load(options->costs, error, error_bytes);
    return *costs == NULL;
}

/* ---- all of it --------------------------------------------------------------------------------- */

static int settle_plan(const struct sim_plan *plan, uint32_t designs,
                       const struct sim_run_options *options, char *error, size_t error_bytes)
{
    if (plan->raw && designs != 1) {
        snprintf(error, error_bytes,
                 "the bodies of '%s' make system calls themselves: there is no design to exchange",
                 plan->name);
        return 1;
    }
    const struct sim_options make = {
        .machine = options->machine, .cpus = options->cpus, .host_cpus = options->host_cpus};
    if (options->host_cpus != NULL && sim_options_check(&make, error, error_bytes) != 0)
        return 1;
    for (uint32_t i = 0; i < plan->process_count; i++) {
        uint32_t cpu = plan->processes[i].cpu;
        if (cpu != SLIP_CPU_ANY && cpu >= options->cpus) {
            snprintf(error, error_bytes,
                     "process '%s' is to run on CPU %u, and there are %u: accepted are 0 to %u",
                     plan->processes[i].name, cpu, options->cpus, options->cpus - 1);
            return 1;
        }
    }
    return 0;
}

int sim_settle(const struct sim_plan *plan, uint32_t designs, struct sim_run_options *options,
               struct sim_costs **costs, struct sim_result *result, char *error, size_t error_bytes)
{
    struct sim_kernel_options kernel;
    *costs = NULL;
    if (options->verb == NULL)
        options->verb = designs == 1 ? "run" : "compare";
    if (options->machine == NULL)
        options->machine = "threads";
    if (options->cpus == 0)
        options->cpus = plan->cpus;
    options->kernel = sim_settle_kernel(plan->kernel, options->kernel, result);
    if (sim_kernel_options_parse(options->kernel, &kernel, error, error_bytes) != 0)
        return 1;
    if (settle_plan(plan, designs, options, error, error_bytes) != 0)
        return 1;
    return settle_costs(plan, options, costs, error, error_bytes);
}
