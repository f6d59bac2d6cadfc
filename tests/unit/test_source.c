#include <criterion/criterion.h>
#include <string.h>
#include "sim/scenario/source.h"

static const char text[] = "-- params { a = 1 }\n"
                           "local p = params {\n"
                           "  a = { 1, 2, 3, \"b = 4\" },  --[[ c = 5\n"
                           "  ]] d = { 100*us, [[ e = 6 ]], '' },\n"
                           "}\n"
                           "local function f() return { x = 1 } end\n"
                           "if p.a == 1 then p = 2 end\n"
                           "return {\n"
                           "  y = { z = { deep = 1 }, w = 2 },\n"
                           "}\n";

static uint32_t line_of(const struct sim_source_part *within, const char *name)
{
    struct sim_source_part part;
    return sim_source_find(text, within, name, &part) ? sim_source_line(text, part.name) : 0;
}

Test(source, finds_calls_and_their_entries)
{
    struct sim_source_part params;
    cr_assert(sim_source_find(text, NULL, "params", &params));
    cr_assert_eq(sim_source_line(text, params.name), 2, "the comment is none");
    cr_assert_eq(line_of(&params, "a"), 3);
    cr_assert_eq(line_of(&params, "d"), 4);
}

Test(source, strings_and_comments_hold_no_names)
{
    struct sim_source_part params;
    cr_assert(sim_source_find(text, NULL, "params", &params));
    cr_assert_eq(line_of(&params, "b"), 0);
    cr_assert_eq(line_of(&params, "c"), 0);
    cr_assert_eq(line_of(&params, "e"), 0);
}

Test(source, finds_entries_on_their_own_level_only)
{
    struct sim_source_part result, y;
    cr_assert(sim_source_result(text, &result));
    cr_assert_eq(sim_source_line(text, result.name), 6 + 2);
    cr_assert_eq(line_of(&result, "z"), 0);
    cr_assert(sim_source_find(text, &result, "y", &y));
    cr_assert_eq(line_of(&y, "z"), 9);
    cr_assert_eq(line_of(&y, "w"), 9);
}

Test(source, a_comparison_gives_no_value)
{
    struct sim_source_part part;
    cr_assert_not(sim_source_find("if a == 1 then end", NULL, "a", &part));
}

Test(source, constants_suggest_the_unit)
{
    struct sim_source_part params, part;
    cr_assert(sim_source_find(text, NULL, "params", &params));
    cr_assert(sim_source_find(text, &params, "d", &part));
    cr_assert_eq(sim_source_unit(text, &part), SIM_UNIT_TIME);
    cr_assert(sim_source_find(text, &params, "a", &part));
    cr_assert_eq(sim_source_unit(text, &part), SIM_UNIT_NONE);
}

Test(source, every_beginning_of_a_text_ends)
{
    char part_of[sizeof text];
    struct sim_source_part part;
    for (size_t length = 0; length < sizeof text; length++) {
        memcpy(part_of, text, length);
        part_of[length] = 0;
        sim_source_find(part_of, NULL, "deep", &part);
        sim_source_result(part_of, &part);
    }
}
