#include "sim/machine/topology_host.h"

#include <hwloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include "sim/machine/topology.h"

#define CPUS_MAX 1024U /* that a cost file may describe */

static hwloc_topology_t host; /* made once, and kept */
static int known;             /* 1: the host tells */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void look(void)
{
    /* Where there is no /sys, in a bare chroot say, hwloc would tell so on stderr. */
    if (access("/sys/devices/system/cpu", R_OK) != 0 || hwloc_topology_init(&host) != 0)
        return;
    known = hwloc_topology_load(host) == 0;
    if (!known)
        hwloc_topology_destroy(host);
}

static uint32_t count(hwloc_obj_type_t type)
{
    int found = hwloc_get_nbobjs_by_type(host, type);
    return found > 0 ? (uint32_t)found : 1;
}

static uint32_t share(uint32_t parts, uint32_t among)
{
    uint32_t each = (parts + among - 1) / among;
    return each > 0 ? each : 1;
}

void sim_topology_shape(struct sim_shape *shape)
{
    uint32_t usable = 1;
    *shape = (struct sim_shape){1, 1, 1, 1};
    pthread_once(&once, look);
    if (known) {
        uint32_t cores = count(HWLOC_OBJ_CORE);
        shape->sockets = count(HWLOC_OBJ_PACKAGE);
        shape->clusters = share(count(HWLOC_OBJ_L3CACHE), shape->sockets);
        shape->cores = share(cores, shape->sockets * shape->clusters);
        shape->threads = share(count(HWLOC_OBJ_PU), cores);
    }
    uint64_t cpus = (uint64_t)shape->sockets * shape->clusters * shape->cores * shape->threads;
    if (known && cpus <= CPUS_MAX)
        return;
    free(sim_topology_cpus(&usable));
    *shape = (struct sim_shape){1, 1, usable < CPUS_MAX ? usable : CPUS_MAX, 1};
}

/* The object of a type that a CPU is in, or NULL. */
static hwloc_obj_t around(hwloc_obj_type_t type, int host_cpu)
{
    hwloc_obj_t object = hwloc_get_pu_obj_by_os_index(host, (unsigned)host_cpu);
    return object == NULL ? NULL : hwloc_get_ancestor_obj_by_type(host, type, object);
}

static int together(hwloc_obj_type_t type, int host_cpu, int other)
{
    hwloc_obj_t object = around(type, host_cpu);
    return object != NULL && object == around(type, other);
}

enum sim_cost_name sim_topology_distance(int host_cpu, int other)
{
    pthread_once(&once, look);
    if (!known)
        return SIM_COST_line_cluster;
    if (together(HWLOC_OBJ_CORE, host_cpu, other))
        return SIM_COST_line_sibling;
    if (together(HWLOC_OBJ_L3CACHE, host_cpu, other))
        return SIM_COST_line_cluster;
    int socket =
        together(HWLOC_OBJ_PACKAGE, host_cpu, other) || around(HWLOC_OBJ_PACKAGE, host_cpu) == NULL;
    if (!socket)
        return SIM_COST_line_remote;
    return around(HWLOC_OBJ_L3CACHE, host_cpu) == NULL ? SIM_COST_line_cluster
                                                       : SIM_COST_line_socket;
}
