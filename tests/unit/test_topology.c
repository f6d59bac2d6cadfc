#define _GNU_SOURCE
#include <criterion/criterion.h>

#include <sched.h>
#include <stdlib.h>
#include "sim/machine/topology.h"

/* Each CPU that the scheduler allows is there, once. */
static void check(void)
{
    cpu_set_t allowed;
    uint32_t count = 0;
    int *cpus = sim_topology_cpus(&count);
    cr_assert_not_null(cpus);
    sched_getaffinity(0, sizeof allowed, &allowed);
    cr_assert_eq(count, (uint32_t)CPU_COUNT(&allowed));
    for (uint32_t i = 0; i < count; i++) {
        cr_assert(CPU_ISSET(cpus[i], &allowed));
        CPU_CLR(cpus[i], &allowed);
    }
    free(cpus);
}

Test(topology, lists_each_allowed_cpu_once)
{
    check();
    check();
}

Test(topology, follows_what_is_allowed)
{
    cpu_set_t first, allowed;
    check();
    sched_getaffinity(0, sizeof allowed, &allowed);
    CPU_ZERO(&first);
    for (int i = 0; CPU_COUNT(&first) == 0; i++)
        if (CPU_ISSET(i, &allowed))
            CPU_SET(i, &first);
    sched_setaffinity(0, sizeof first, &first);
    check();
}
