#define _GNU_SOURCE
#include "sim/machine/topology.h"

#include <hwloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

/* All CPUs of the host in the right order; looked up once, since it takes milliseconds. Empty if
 * the host does not tell. */
static int *topology_order;
static uint32_t topology_count;
static pthread_once_t topology_once = PTHREAD_ONCE_INIT;

static void add_siblings(hwloc_topology_t topology, int cores, unsigned sibling)
{
    for (int core = 0; core < cores; core++) {
        hwloc_obj_t object = hwloc_get_obj_by_type(topology, HWLOC_OBJ_CORE, (unsigned)core);
        int cpu = hwloc_bitmap_first(object->cpuset);
        for (unsigned i = 0; i < sibling && cpu >= 0; i++)
            cpu = hwloc_bitmap_next(object->cpuset, cpu);
        if (cpu >= 0)
            topology_order[topology_count++] = cpu;
    }
}

static void find_order(void)
{
    hwloc_topology_t topology;
    /* Where there is no /sys, in a bare chroot say, hwloc would tell so on stderr. */
    if (access("/sys/devices/system/cpu", R_OK) != 0 || hwloc_topology_init(&topology) != 0)
        return;
    if (hwloc_topology_load(topology) == 0) {
        int all = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU);
        int cores = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE);
        topology_order = malloc((all > 0 ? (size_t)all : 1) * sizeof *topology_order);
        for (unsigned sibling = 0;
             topology_order != NULL && cores > 0 && topology_count < (uint32_t)all; sibling++) {
            uint32_t before = topology_count;
            add_siblings(topology, cores, sibling);
            if (topology_count == before)
                break;
        }
    }
    hwloc_topology_destroy(topology);
}

/* What the scheduler of the host allows now; the caller frees. */
static cpu_set_t *allowed_cpus(int *room, size_t *bytes)
{
    for (*room = 1024; *room <= 1 << 20; *room *= 4) {
        *bytes = CPU_ALLOC_SIZE(*room);
        cpu_set_t *set = CPU_ALLOC(*room);
        if (set == NULL || sched_getaffinity(0, *bytes, set) == 0)
            return set;
        CPU_FREE(set);
    }
    return NULL;
}

int *sim_topology_cpus(uint32_t *count)
{
    int room;
    size_t bytes;
    pthread_once(&topology_once, find_order);
    cpu_set_t *set = allowed_cpus(&room, &bytes);
    if (set == NULL)
        return NULL;
    int *cpus = malloc((size_t)CPU_COUNT_S(bytes, set) * sizeof *cpus);
    *count = 0;
    for (uint32_t i = 0; cpus != NULL && i < topology_count; i++) {
        int cpu = topology_order[i];
        if (cpu < room && CPU_ISSET_S((size_t)cpu, bytes, set)) {
            CPU_CLR_S((size_t)cpu, bytes, set);
            cpus[(*count)++] = cpu;
        }
    }
    /* Those that the topology does not know. */
    for (int cpu = 0; cpus != NULL && cpu < room; cpu++)
        if (CPU_ISSET_S((size_t)cpu, bytes, set))
            cpus[(*count)++] = cpu;
    CPU_FREE(set);
    return cpus;
}
