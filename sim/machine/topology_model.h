/* Where a modelled CPU is, and how far from another. */
#ifndef SIM_MACHINE_TOPOLOGY_MODEL_H
#define SIM_MACHINE_TOPOLOGY_MODEL_H

#include "sim/machine/cost.h"

struct sim_place_model {
    uint32_t socket, cluster, core, thread; /* each counted over the whole machine, but thread */
};

/* The n-th of `cpus` CPUs, from 0: whole cores come first, over all sockets that are needed, SMT
 * siblings after; beyond the shape, sockets are added. */
struct sim_place_model sim_shape_place(const struct sim_shape *shape, uint32_t cpus, uint32_t n);

/* Sockets that so many CPUs take: more than shape->sockets if the shape is too small. */
uint32_t sim_shape_sockets(const struct sim_shape *shape, uint32_t cpus);

/* What it costs one CPU to get a line that the other had last. */
enum sim_cost_name sim_shape_distance(struct sim_place_model a, struct sim_place_model b);

#endif
