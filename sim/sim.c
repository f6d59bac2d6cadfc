#include <slipway/sim.h>

#include <stdio.h>
#include "sim/instance.h"
#include "sim/machine/flow.h"
#include "sim/memory.h"

#define ERROR_BYTES 4096

int sim_run(const struct sim_options *options, void (*root)(void))
{
    static const struct sim_options defaults;
    char error[ERROR_BYTES];
    if (options == NULL)
        options = &defaults;
    if (options->counters != NULL)
        *options->counters = (struct sim_counters){0};
    if (sim_flow_now != NULL) {
        fprintf(stderr, "slipway: sim_run: called inside of a simulated thread; a run within a run "
                        "needs a host thread of its own\n");
        return 2;
    }
    if (sim_options_check(options, error, sizeof error) != 0) {
        fprintf(stderr, "slipway: sim_run: %s\n", error);
        return 2;
    }
    struct sim_instance *instance = sim_instance_create(options, NULL, error, sizeof error);
    if (instance == NULL) {
        fprintf(stderr, "slipway: sim_run: %s\n", error);
        return 1;
    }
    int failed = sim_instance_run(instance, root, error, sizeof error);
    if (failed)
        fprintf(stderr, "slipway: sim_run: %s\n", error);
    if (options->counters != NULL)
        sim_instance_counters(instance, options->counters);
    sim_instance_destroy(instance);
    return failed;
}

void *sim_argument(void)
{
    struct sim_flow *flow = sim_flow_of_thread("sim_argument");
    return flow->machine->instance == NULL ? NULL : sim_instance_argument(flow->machine->instance);
}

__attribute__((noinline)) struct sim_heap *sim_heap_current(void)
{
    struct sim_flow *flow = sim_flow_now;
    return flow == NULL || flow->space == NULL ? NULL : sim_heap_of(flow->space);
}

void *sim_alloc(size_t bytes)
{
    struct sim_heap *heap = sim_heap_of(sim_flow_of_thread("sim_alloc")->space);
    return heap == NULL ? NULL : sim_heap_take(heap, bytes);
}

void sim_free(void *memory)
{
    if (memory != NULL)
        sim_heap_give(sim_heap_of(sim_flow_of_thread("sim_free")->space), memory);
}

const char *sim_machine_name(uint32_t index)
{
    const struct sim_machine_kind *kind = sim_machine_nth(index);
    return kind == NULL ? NULL : kind->name;
}
