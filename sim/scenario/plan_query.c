/* What a plan says about one instance or thread of a process. */
#include <string.h>
#include <slipway/types.h>
#include "sim/scenario/plan.h"

uint32_t sim_plan_cpu(const struct sim_plan_process *process, uint32_t instance, uint32_t thread)
{
    uint64_t first = process->cpu == SLIP_CPU_ANY ? 0 : process->cpu, after = 0;
    switch (process->place) {
    case SIM_PLACE_ONE:
        return process->cpu;
    case SIM_PLACE_PAIRS:
        after = instance - 1;
        break;
    case SIM_PLACE_SPREAD:
        after = (uint64_t)(instance - 1) * process->threads + thread;
        break;
    }
    return (uint32_t)((first + after) % process->cpus);
}

uint32_t sim_plan_endpoint(const struct sim_plan_link *link, uint32_t instance, uint32_t n)
{
    return link->first + (link->own != 0 ? (instance - 1) % link->own : n);
}

const char *sim_plan_load_model(const struct sim_plan *plan)
{
    int open = 0, closed = 0;
    for (uint32_t i = 0; i < plan->process_count; i++) {
        const struct sim_plan_process *process = &plan->processes[i];
        if (process->role == NULL || strcmp(process->role, "client") != 0)
            continue;
        open |= process->open;
        closed |= !process->open;
    }
    if (open && closed)
        return "open and closed loop";
    return open ? "open loop" : closed ? "closed loop" : "";
}
