/* Results: everything in them is theirs, and figures begin as not known. */
#include <math.h>
#include <string.h>
#include <criterion/criterion.h>
#include "sim/measure/handover.h"
#include "sim/measure/result.h"

Test(result, figures_begin_as_not_known)
{
    struct sim_result *result = sim_result_create();
    sim_result_designs(result, 3);
    cr_assert(isnan(result->noise_floor));
    for (uint32_t i = 0; i < result->design_count; i++) {
        const struct sim_design_result *design = &result->designs[i];
        const struct sim_per_op_field *field;
        cr_assert(isnan(design->ops_per_s.median) && isnan(design->ratio.low));
        cr_assert(isnan(design->response.p999));
        cr_assert_str_empty(design->design);
        for (uint32_t n = 0; (field = sim_per_op_field(n)) != NULL; n++)
            cr_assert(isnan(*(const double *)((const char *)&design->per_op + field->offset)));
    }
    sim_result_destroy(result);
    sim_result_destroy(NULL);
}

Test(result, every_counter_that_is_no_time_has_a_field)
{
    static const char *const counters[] = {
#define NAME(name, text) #name,
        K_COUNTER_MAP(NAME)
#undef NAME
    };
    uint32_t fields = 0, expected = 0;
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++) {
        size_t length = strlen(counters[i]);
        if (strcmp(counters[i] + length - 3, "_ns") == 0)
            continue;
        expected++;
        const struct sim_per_op_field *field;
        for (uint32_t n = 0; (field = sim_per_op_field(n)) != NULL; n++)
            fields += strcmp(field->name, counters[i]) == 0;
    }
    cr_assert_eq(fields, expected);
    cr_assert_eq(fields * sizeof(double), sizeof(struct sim_per_op));
}

Test(result, texts_are_copied_and_listed)
{
    struct sim_result *result = sim_result_create();
    char text[] = "before";
    const char *copy = sim_result_copy(result, text);
    memcpy(text, "after", 6);
    cr_assert_str_eq(copy, "before");
    cr_assert_str_empty(sim_result_copy(result, NULL));
    for (int i = 0; i < 50; i++)
        sim_result_add(result, &result->warnings, "number %d", i);
    cr_assert_eq(result->warnings.count, 50);
    cr_assert_str_eq(result->warnings.text[0], "number 0");
    cr_assert_str_eq(result->warnings.text[49], "number 49");
    sim_result_destroy(result);
}

Test(handover, is_a_plausible_time)
{
    struct sim_handover_result handover = sim_handover_measure();
    if (!isnan(handover.same_cpu))
        cr_assert(handover.same_cpu > 50 && handover.same_cpu < 1e7, "%g", handover.same_cpu);
    if (!isnan(handover.other_cpu))
        cr_assert(handover.other_cpu > 50 && handover.other_cpu < 1e7, "%g", handover.other_cpu);
}
