#include <criterion/criterion.h>

#include "sim/machine/topology_model.h"

static const struct sim_shape shape = {2, 2, 4, 2}; /* 32 CPUs */

Test(topology_model, whole_cores_come_before_siblings)
{
    for (uint32_t n = 0; n < 16; n++) {
        struct sim_place_model place = sim_shape_place(&shape, 32, n);
        cr_assert(place.core == n && place.thread == 0);
    }
    struct sim_place_model sibling = sim_shape_place(&shape, 32, 16);
    cr_assert(sibling.core == 0 && sibling.thread == 1);
}

Test(topology_model, sockets_are_added_beyond_the_shape)
{
    cr_assert_eq(sim_shape_sockets(&shape, 1), 2);
    cr_assert_eq(sim_shape_sockets(&shape, 32), 2);
    cr_assert_eq(sim_shape_sockets(&shape, 33), 3);
    cr_assert_eq(sim_shape_sockets(&shape, 1024), 64);
    cr_assert_eq(sim_shape_place(&shape, 33, 16).socket, 2);
}

Test(topology_model, distances_go_by_what_two_have_in_common)
{
    struct sim_place_model first = sim_shape_place(&shape, 32, 0);
    cr_assert_eq(sim_shape_distance(first, first), SIM_COST_line_local);
    cr_assert_eq(sim_shape_distance(first, sim_shape_place(&shape, 32, 16)), SIM_COST_line_sibling);
    cr_assert_eq(sim_shape_distance(first, sim_shape_place(&shape, 32, 3)), SIM_COST_line_cluster);
    cr_assert_eq(sim_shape_distance(first, sim_shape_place(&shape, 32, 4)), SIM_COST_line_socket);
    cr_assert_eq(sim_shape_distance(first, sim_shape_place(&shape, 32, 8)), SIM_COST_line_remote);
}
