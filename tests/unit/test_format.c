/* Figures as people read them: three digits, a prefix, and no NaN. */
#include <criterion/criterion.h>
#include <math.h>
#include "sim/report/format.h"

static char text[SIM_FORMAT_BYTES];

Test(format, counts_have_three_digits_and_round_into_the_next_prefix)
{
    cr_assert_str_eq(sim_format_count(0, text), "0");
    cr_assert_str_eq(sim_format_count(7, text), "7");
    cr_assert_str_eq(sim_format_count(1.5, text), "1.50");
    cr_assert_str_eq(sim_format_count(61234, text), "61.2k");
    cr_assert_str_eq(sim_format_count(999.7, text), "1.00k");
    cr_assert_str_eq(sim_format_count(999999, text), "1.00M");
    cr_assert_str_eq(sim_format_count(1e30, text), "1000000000000000P");
}

Test(format, a_range_is_in_the_prefix_of_its_upper_end)
{
    cr_assert_str_eq(sim_format_range(59800, 62400, text), "59.8-62.4k");
    cr_assert_str_eq(sim_format_range(990, 1010, text), "0.99-1.01k");
    cr_assert_str_eq(sim_format_range(NAN, 1, text), "-");
}

Test(format, times_choose_their_unit)
{
    cr_assert_str_eq(sim_format_time(0, text), "0ns");
    cr_assert_str_eq(sim_format_time(999.4, text), "999ns");
    cr_assert_str_eq(sim_format_time(999.6, text), "1.00us");
    cr_assert_str_eq(sim_format_time(12400, text), "12.4us");
    cr_assert_str_eq(sim_format_time(5e9, text), "5.00s");
    cr_assert_str_eq(sim_format_time(3.6e12, text), "3600s");
}

Test(format, bytes_ratios_and_shares)
{
    cr_assert_str_eq(sim_format_bytes(64, text), "64 B");
    cr_assert_str_eq(sim_format_bytes(4096, text), "4.10 kB");
    cr_assert_str_eq(sim_format_ratio(0, text), "0");
    cr_assert_str_eq(sim_format_ratio(0.0631, text), "0.063");
    cr_assert_str_eq(sim_format_ratio(2, text), "2.00");
    cr_assert_str_eq(sim_format_ratio(4096, text), "4.10k");
    cr_assert_str_eq(sim_format_share(0.42, text), "42%");
    cr_assert_str_eq(sim_format_share(0.021, text), "2.1%");
    cr_assert_str_eq(sim_format_share(1, text), "100%");
}

Test(format, clocks)
{
    cr_assert_str_eq(sim_format_clock(0.04, text), "0.0s");
    cr_assert_str_eq(sim_format_clock(9.96, text), "10s");
    cr_assert_str_eq(sim_format_clock(59.6, text), "1m 00s");
    cr_assert_str_eq(sim_format_clock(119.9, text), "2m 00s");
    cr_assert_str_eq(sim_format_clock(-1, text), "-");
}

Test(format, what_is_not_known_is_a_dash)
{
    cr_assert_str_eq(sim_format_count(NAN, text), "-");
    cr_assert_str_eq(sim_format_time(NAN, text), "-");
    cr_assert_str_eq(sim_format_bytes(NAN, text), "-");
    cr_assert_str_eq(sim_format_ratio(NAN, text), "-");
    cr_assert_str_eq(sim_format_share(NAN, text), "-");
    cr_assert_str_eq(sim_format_clock(NAN, text), "-");
}
