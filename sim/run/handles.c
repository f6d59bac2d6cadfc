#include "sim/run/handles.h"

#include <stdio.h>

uint32_t sim_handle_count_shared(const struct sim_plan_process *process)
{
    return 1 + (process->serves != UINT32_MAX);
}

uint32_t sim_handle_count_thread(const struct sim_plan_process *process)
{
    uint32_t count = process->device != UINT32_MAX;
    for (uint32_t i = 0; i < process->link_count; i++)
        count += process->links[i].count;
    return count;
}

uint32_t sim_handle_count(const struct sim_plan_process *process)
{
    return sim_handle_count_shared(process) + process->threads * sim_handle_count_thread(process);
}

struct sim_handle_place sim_handle_place(const struct sim_plan_process *process, uint32_t instance,
                                         uint32_t place)
{
    uint32_t shared = sim_handle_count_shared(process);
    if (place < shared)
        return (struct sim_handle_place){place == 0 ? SIM_HANDLE_CONTROL : SIM_HANDLE_SERVED, 0, 0};
    uint32_t each = sim_handle_count_thread(process);
    uint32_t thread = (place - shared) / each, rest = (place - shared) % each;
    if (process->device != UINT32_MAX && rest-- == 0)
        return (struct sim_handle_place){SIM_HANDLE_INTERRUPT, thread, 0};
    uint32_t link = 0;
    while (rest >= process->links[link].count)
        rest -= process->links[link++].count;
    return (struct sim_handle_place){SIM_HANDLE_LINK, thread,
                                     sim_plan_endpoint(&process->links[link], instance, rest)};
}

void sim_handle_name(const struct sim_plan_process *process, uint32_t instance,
                     char name[SLIP_NAME_BYTES_MAX + 1])
{
    if (process->count == 1)
        snprintf(name, SLIP_NAME_BYTES_MAX + 1, "%s", process->name);
    else
        snprintf(name, SLIP_NAME_BYTES_MAX + 1, "%s[%u]", process->name, instance);
}

void sim_handle_endpoint_name(const struct sim_plan *plan, uint32_t endpoint,
                              char name[SLIP_NAME_BYTES_MAX + 1])
{
    const struct sim_plan_endpoint *at = &plan->endpoints[endpoint];
    if (plan->processes[at->process].count == 1)
        snprintf(name, SLIP_NAME_BYTES_MAX + 1, "%s", at->name);
    else
        snprintf(name, SLIP_NAME_BYTES_MAX + 1, "%s[%u]", at->name, at->index);
}
