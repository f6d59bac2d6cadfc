#include <criterion/criterion.h>
#include <string.h>

#include "sim/machine/names.h"

Test(names, are_found_by_number_and_cut_to_their_room)
{
    struct sim_names names = {0};
    char text[100];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    for (uint64_t i = 1; i <= 100; i++)
        sim_name_add(&names, i * 3, i == 50 ? text : "files");
    cr_assert_str_eq(sim_name_find(&names, 3), "files");
    cr_assert_str_eq(sim_name_find(&names, 300), "files");
    cr_assert_eq(strlen(sim_name_find(&names, 150)), SIM_NAME_BYTES - 1);
    cr_assert_null(sim_name_find(&names, 4));
    cr_assert_null(sim_name_find(&names, 301));
    sim_names_fini(&names);
    cr_assert_null(sim_name_find(&names, 3));
}

Test(names, of_what_has_no_number_are_not_kept)
{
    struct sim_names names = {0};
    sim_name_add(&names, 0, "nothing");
    cr_assert_eq(names.count, 0);
    sim_names_fini(&names);
}
