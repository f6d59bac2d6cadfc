#include "sim/role/roles.h"

uint32_t sim_role_depth(const struct sim_role_context *context)
{
    uint32_t depth = 1;
    if (context->process->serves != UINT32_MAX)
        depth = context->plan->endpoints[context->process->serves + context->instance - 1].depth;
    if (depth > SIM_DEVICE_OUTSTANDING_MAX)
        depth = SIM_DEVICE_OUTSTANDING_MAX;
    return depth == 0 ? 1 : depth;
}
