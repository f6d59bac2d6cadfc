#include "sim/machine/topology_model.h"

static uint32_t cores_of_socket(const struct sim_shape *shape)
{
    return shape->clusters * shape->cores;
}

uint32_t sim_shape_sockets(const struct sim_shape *shape, uint32_t cpus)
{
    uint32_t one = cores_of_socket(shape) * shape->threads;
    uint32_t needed = (cpus + one - 1) / one;
    return needed > shape->sockets ? needed : shape->sockets;
}

struct sim_place_model sim_shape_place(const struct sim_shape *shape, uint32_t cpus, uint32_t n)
{
    uint32_t cores = sim_shape_sockets(shape, cpus) * cores_of_socket(shape);
    uint32_t core = n % cores;
    return (struct sim_place_model){.socket = core / cores_of_socket(shape),
                                    .cluster = core / shape->cores,
                                    .core = core,
                                    .thread = n / cores};
}

enum sim_cost_name sim_shape_distance(struct sim_place_model a, struct sim_place_model b)
{
    if (a.socket != b.socket)
        return SIM_COST_line_remote;
    if (a.cluster != b.cluster)
        return SIM_COST_line_socket;
    if (a.core != b.core)
        return SIM_COST_line_cluster;
    return a.thread != b.thread ? SIM_COST_line_sibling : SIM_COST_line_local;
}
