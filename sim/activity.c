#include "sim/activity.h"

#include "sim/machine/flow.h"
#include "sim/machine/machine.h"

/* The thread-local is read anew in each function, and none of them switches (flow.h). */
static const struct sim_activity_ops *ops_of(struct sim_machine **machine)
{
    *machine = sim_flow_now == NULL ? NULL : sim_flow_now->machine;
    return *machine == NULL ? NULL : (*machine)->kind->activity;
}

uint64_t sim_activity_begin(void)
{
    struct sim_machine *machine;
    const struct sim_activity_ops *ops = ops_of(&machine);
    return ops == NULL ? 0 : ops->begin(machine);
}

void sim_activity_late(uint64_t activity, uint64_t ns)
{
    struct sim_machine *machine;
    const struct sim_activity_ops *ops = ops_of(&machine);
    if (ops != NULL)
        ops->late(machine, activity, ns);
}

void sim_activity_end(uint64_t activity, int measured)
{
    struct sim_machine *machine;
    const struct sim_activity_ops *ops = ops_of(&machine);
    if (ops != NULL)
        ops->end(machine, activity, measured);
}

uint64_t sim_activity_now(void)
{
    struct sim_machine *machine;
    const struct sim_activity_ops *ops = ops_of(&machine);
    return ops == NULL ? 0 : ops->now(machine);
}

void sim_activity_resume(uint64_t activity)
{
    struct sim_machine *machine;
    const struct sim_activity_ops *ops = ops_of(&machine);
    if (ops != NULL)
        ops->resume(machine, activity);
}

void sim_activity_device(uint64_t activity)
{
    struct sim_machine *machine;
    const struct sim_activity_ops *ops = ops_of(&machine);
    if (ops != NULL)
        ops->device(machine, activity);
}
