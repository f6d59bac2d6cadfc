#include <criterion/criterion.h>
#include "sim/scenario/units.h"

static int64_t parsed(const char *text)
{
    int64_t value = -77;
    cr_assert_eq(sim_units_parse(text, &value), 0, "%s", text);
    return value;
}

Test(units, suffixes_multiply)
{
    cr_assert_eq(parsed("0"), 0);
    cr_assert_eq(parsed("-12"), -12);
    cr_assert_eq(parsed("64KiB"), 65536);
    cr_assert_eq(parsed("1.5KiB"), 1536);
    cr_assert_eq(parsed("2MiB"), 2097152);
    cr_assert_eq(parsed("10us"), 10000);
    cr_assert_eq(parsed("0.5ms"), 500000);
    cr_assert_eq(parsed("3s"), 3000000000);
    cr_assert_eq(parsed("9223372036854775807"), INT64_MAX);
}

Test(units, what_is_no_whole_number_is_refused)
{
    static const char *const wrong[] = {"",
                                        "KiB",
                                        "1kib",
                                        "1 KiB",
                                        "1.5",
                                        "1.",
                                        ".5s",
                                        "--1",
                                        "1e3",
                                        "0x10",
                                        "1KiBs",
                                        "9223372036854775808",
                                        "9999999999999MiB",
                                        "0.3KiB"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int64_t value = 5;
        cr_assert_eq(sim_units_parse(wrong[i], &value), -1, "%s", wrong[i]);
        cr_assert_eq(value, 5, "%s", wrong[i]);
    }
}

Test(units, shown_values_read_back)
{
    static const int64_t values[] = {0,       1,       1000,    1024,       1536,  65536,
                                     1000000, 1500000, 1 << 20, 2000000000, -4096, INT64_MAX};
    static const enum sim_unit units[] = {SIM_UNIT_NONE, SIM_UNIT_BYTES, SIM_UNIT_TIME};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        for (size_t j = 0; j < 3; j++) {
            char out[32];
            sim_units_show(values[i], units[j], out);
            cr_assert_eq(parsed(out), values[i], "%s", out);
        }
}

Test(units, the_largest_suffix_that_divides_is_shown)
{
    char out[32];
    sim_units_show(65536, SIM_UNIT_BYTES, out);
    cr_assert_str_eq(out, "64KiB");
    sim_units_show(65537, SIM_UNIT_BYTES, out);
    cr_assert_str_eq(out, "65537");
    sim_units_show(1500000, SIM_UNIT_TIME, out);
    cr_assert_str_eq(out, "1500us");
    sim_units_show(1000000000, SIM_UNIT_TIME, out);
    cr_assert_str_eq(out, "1s");
    sim_units_show(65536, SIM_UNIT_NONE, out);
    cr_assert_str_eq(out, "65536");
}
