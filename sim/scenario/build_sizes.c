/* Depths and quotas: what the wiring adds up to. Quotas are bounds, not memory that is taken, so
 * they are generous: enough for the design that needs most of each kind. */
#include "sim/scenario/build.h"

#include <slipway/types.h>
#include "sim/scenario/script.h"

#define ROLE_STACK_BYTES ((uint64_t)256 << 10)
#define PROCESS_BYTES ((uint64_t)8 << 20) /* handles, kernel objects, the role's own tables */
#define SLOT_BYTES ((uint64_t)4 << 10)    /* of one operation, on each side: blocks, handles */
#define THREAD_BYTES ((uint64_t)64 << 10) /* of a thread beside its stack */
#define BUFFER_BYTES ((uint64_t)16 << 20) /* that each thread of a body may make buffers of */

static uint64_t whole_pages(uint64_t bytes)
{
    return (bytes + 4095) & ~(uint64_t)4095;
}

static void set_depths(struct sim_builder *builder)
{
    const struct sim_plan *plan = builder->plan;
    for (uint32_t i = 0; i < plan->process_count; i++) {
        const struct sim_plan_process *process = &plan->processes[i];
        for (uint32_t j = 0; j < process->link_count; j++) {
            const struct sim_plan_link *link = &process->links[j];
            uint64_t clients = (uint64_t)process->count * process->threads;
            uint32_t servers = link->own != 0 ? link->own : link->count;
            if (link->own != 0)
                clients /= link->own;
            for (uint32_t k = 0; k < servers; k++) {
                struct sim_plan_endpoint *endpoint = &builder->endpoints[link->first + k];
                uint64_t ours = clients * link->depth, depth = endpoint->depth + ours;
                if (depth > SLIP_ENDPOINT_DEPTH_MAX)
                    sim_fields_fail(&builder->fields[i], "connects",
                                    "endpoint '%s' would have %I operations in flight, %I of them "
                                    "from here; an endpoint queues at most %d",
                                    endpoint->name, (lua_Integer)depth, (lua_Integer)ours,
                                    SLIP_ENDPOINT_DEPTH_MAX);
                endpoint->depth = (uint32_t)depth;
            }
        }
    }
    for (uint32_t i = 0; i < plan->endpoint_count; i++)
        if (builder->endpoints[i].depth == 0)
            builder->endpoints[i].depth = 1;
}

/* The longest memory that any operation of the plan carries. */
static uint64_t longest(const struct sim_plan *plan)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < plan->process_count; i++)
        if (plan->processes[i].bytes > bytes)
            bytes = plan->processes[i].bytes;
    return bytes;
}

/* Bytes of one instance. */
static uint64_t quota_of(const struct sim_plan *plan, const struct sim_plan_process *process)
{
    uint64_t thread = THREAD_BYTES + ROLE_STACK_BYTES, quota = PROCESS_BYTES;
    if (process->body != 0)
        thread += SIM_SCRIPT_STACK_BYTES + SIM_SCRIPT_HEAP_BYTES + BUFFER_BYTES;
    for (uint32_t i = 0; i < process->link_count; i++) {
        const struct sim_plan_link *link = &process->links[i];
        /* An echo goes there and back; a design may run a thread for each operation. */
        uint64_t operation =
            whole_pages(2 * process->bytes) + SLOT_BYTES + THREAD_BYTES + SIM_SCRIPT_STACK_BYTES;
        thread += (uint64_t)link->count * link->depth * operation;
    }
    if (process->serves != UINT32_MAX) {
        uint64_t request = SLOT_BYTES;
        if (process->link_count > 0) /* it hands on what it was lent, from memory of its own */
            request += whole_pages(2 * longest(plan));
        thread += plan->endpoints[process->serves].depth * request;
    }
    return whole_pages(quota + thread * process->threads);
}

void sim_build_sizes(struct sim_builder *builder)
{
    set_depths(builder);
    for (uint32_t i = 0; i < builder->plan->process_count; i++)
        builder->processes[i].quota = quota_of(builder->plan, &builder->processes[i]);
}
