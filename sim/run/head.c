#define _GNU_SOURCE
#include "sim/run/head.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "sim/machine/host_cpus.h"
#include "sim/machine/machine.h"
#include "sim/role/role.h"

#define LINE_BYTES 256

uint32_t sim_head_cpus(void)
{
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
        return (uint32_t)CPU_COUNT(&allowed);
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (uint32_t)online : 1;
}

/* The name that the host's CPUs give themselves; the kernel's word for their kind if they give
 * none, as on many that are not x86. */
static void cpu_name(char name[LINE_BYTES])
{
    struct utsname host;
    char line[LINE_BYTES];
    snprintf(name, LINE_BYTES, "%s", uname(&host) == 0 ? host.machine : "unknown");
    FILE *file = fopen("/proc/cpuinfo", "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        char *value = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || value == NULL)
            continue;
        value += 1 + strspn(value + 1, " \t");
        value[strcspn(value, "\n")] = 0;
        snprintf(name, LINE_BYTES, "%s", value);
        break;
    }
    if (file != NULL)
        fclose(file);
}

void sim_head_host(struct sim_result *result)
{
    struct utsname host;
    char text[LINE_BYTES];
    cpu_name(text);
    result->host.cpu = sim_result_copy(result, text);
    result->host.cpus = sim_head_cpus();
    result->host.version = SLIPWAY_VERSION;
    if (uname(&host) == 0) {
        char kernel[2 * LINE_BYTES];
        snprintf(kernel, sizeof kernel, "%s %s", host.sysname, host.release);
        result->host.kernel = sim_result_copy(result, kernel);
    }
}

static void fill_parameters(const struct sim_plan *plan, struct sim_result *result)
{
    result->parameters =
        sim_result_take(result, (plan->parameter_count + 1) * sizeof *result->parameters);
    result->parameter_count = plan->parameter_count;
    for (uint32_t i = 0; i < plan->parameter_count; i++) {
        const struct sim_parameter *from = &plan->parameters[i];
        result->parameters[i] = (struct sim_result_parameter){
            .name = sim_result_copy(result, from->name),
            .kind = from->kind,
            .number = from->number,
            .text = sim_result_copy(result, from->text),
            .shown = sim_result_copy(result, from->shown),
            .given = from->given,
        };
    }
}

static void describe_file(const struct sim_plan_device *device, char *text, size_t bytes)
{
    if (device->path[0] != 0)
        snprintf(text, bytes, "%s", device->path);
    else if (device->make_bytes % ((uint64_t)1 << 30) == 0)
        snprintf(text, bytes, "%" PRIu64 " GiB made for the run", device->make_bytes >> 30);
    else if (device->make_bytes % ((uint64_t)1 << 20) == 0)
        snprintf(text, bytes, "%" PRIu64 " MiB made for the run", device->make_bytes >> 20);
    else if (device->make_bytes % 1024 == 0)
        snprintf(text, bytes, "%" PRIu64 " KiB made for the run", device->make_bytes >> 10);
    else
        snprintf(text, bytes, "%" PRIu64 " bytes made for the run", device->make_bytes);
}

static void fill_load(const struct sim_plan *plan, struct sim_result *result)
{
    struct sim_load_result *load = &result->load;
    int different = 0;
    for (uint32_t i = 0; i < plan->process_count; i++) {
        const struct sim_plan_process *process = &plan->processes[i];
        const struct sim_role *role = process->role == NULL ? NULL : sim_role_find(process->role);
        if (role == NULL || !role->bounded)
            continue;
        different |= load->clients > 0 && load->bytes != process->bytes;
        load->clients += process->count;
        load->threads += process->count * process->threads;
        load->bytes = process->op == SIM_OP_SEND ? 0 : process->bytes;
        for (uint32_t j = 0; j < process->link_count; j++)
            if (process->links[j].depth > load->depth)
                load->depth = process->links[j].depth;
        uint32_t device = sim_dataset_device(plan, process);
        if (device != UINT32_MAX) {
            char text[LINE_BYTES];
            describe_file(&plan->devices[device], text, sizeof text);
            load->file = sim_result_copy(result, text);
        }
    }
    if (different)
        load->bytes = 0;
    load->model = sim_plan_load_model(plan);
}

/* The processor that the file describes, with as many sockets as the CPUs take. */
static void fill_costs(const struct sim_costs *costs, const struct sim_run_options *options,
                       struct sim_result *result)
{
    struct sim_costs_result *to = &result->costs;
    uint32_t socket = costs->shape.clusters * costs->shape.cores * costs->shape.threads;
    uint32_t sockets = socket == 0 ? 0 : (options->cpus + socket - 1) / socket;
    to->name = sim_result_copy(result, costs->name);
    to->about = sim_result_copy(result, costs->about);
    to->hash = sim_result_copy(result, costs->hash);
    to->text = sim_result_copy(result, costs->text);
    to->sockets_added = sockets > costs->shape.sockets ? sockets - costs->shape.sockets : 0;
    to->sockets = costs->shape.sockets + to->sockets_added;
    to->clusters = costs->shape.clusters;
    to->cores = costs->shape.cores;
    to->threads = costs->shape.threads;
}

static void fill_host_cpus(const struct sim_run_options *options, struct sim_result *result)
{
    char text[SIM_HOST_CPUS_TEXT], error[64];
    uint32_t count;
    int *cpus = sim_host_cpus_read(options->host_cpus, &count, error, sizeof error);
    if (cpus == NULL) /* the list was checked: the host has no memory */
        return;
    sim_host_cpus_write(cpus, count < options->cpus ? count : options->cpus, text, sizeof text);
    free(cpus);
    int pinned = sim_host_cpus_may_pin();
    if (!pinned)
        sim_result_add(result, &result->warnings, "%s", sim_host_cpus_unpinned);
    /* A choice that was given is kept for whoever repeats the run. */
    result->machine.host_cpus_given = options->host_cpus != NULL;
    if (pinned || result->machine.host_cpus_given)
        result->machine.host_cpus = sim_result_copy(result, text);
}

static void warn(const struct sim_run_options *options, struct sim_result *result)
{
    if (!result->machine.exact && options->cpus > result->host.cpus)
        sim_result_add(result, &result->warnings,
                       "%u simulated CPUs share the %u of the host: counts hold, times do not",
                       options->cpus, result->host.cpus);
}

void sim_head_fill(const struct sim_plan *plan, const struct sim_run_options *options,
                   const struct sim_costs *costs, struct sim_result *result)
{
    result->verb = sim_result_copy(result, options->verb);
    result->scenario.name = sim_result_copy(result, plan->name);
    result->scenario.path = sim_result_copy(result, plan->path);
    result->scenario.about = sim_result_copy(result, plan->about);
    result->scenario.text = sim_result_copy(result, plan->text);
    result->scenario.hash = sim_result_copy(result, plan->hash);
    result->seed = options->seed;
    const struct sim_machine_kind *machine = sim_machine_find(options->machine);
    result->machine.kind = sim_result_copy(result, options->machine);
    result->machine.cpus = options->cpus;
    result->machine.exact = machine != NULL && machine->exact_time;
    result->kernel_options = sim_result_copy(result, options->kernel);
    result->determinism.checked = (options->flags & SIM_RUN_CHECK_DETERMINISM) != 0;
    result->determinism.same = result->determinism.checked;
    if (costs != NULL)
        fill_costs(costs, options, result);
    fill_parameters(plan, result);
    sim_head_host(result);
    fill_load(plan, result);
    warn(options, result);
    if (machine != NULL && machine->takes_host_cpus)
        fill_host_cpus(options, result);
}
