#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/measure/cost_write.h"

static struct sim_cost_draft *draft(void)
{
    struct sim_cost_draft *draft = calloc(1, sizeof *draft);
    cr_assert_not_null(draft);
    draft->shape = (struct sim_shape){2, 1, 4, 2};
    snprintf(draft->about, sizeof draft->about, "a test");
    for (uint32_t i = 0; i < SIM_COST_DRAFTS; i++) {
        draft->line[i].ns = i + 0.5;
        draft->line[i].uncertainty = 12.1;
        snprintf(draft->line[i].source, sizeof draft->line[i].source, "source of %u", i);
    }
    return draft;
}

/* Written and read back; frees the draft. */
static struct sim_costs *read_back(struct sim_cost_draft *draft)
{
    char error[1024] = "";
    char *text = sim_cost_write(draft);
    cr_assert_not_null(text);
    struct sim_costs *costs = sim_costs_parse("t.cost", text, error, sizeof error);
    cr_assert_not_null(costs, "%s", error);
    free(text);
    free(draft);
    return costs;
}

Test(cost_write, what_is_written_is_read_back)
{
    struct sim_costs *costs = read_back(draft());
    cr_assert_eq(costs->kernel[0].ps, 500);
    cr_assert_eq(costs->kernel[0].uncertainty, 13);
    cr_assert_str_eq(costs->kernel[0].source, "source of 0");
    cr_assert_eq(costs->machine[SIM_COST_isolation].ps, (SIM_COST_DRAFTS - 1) * 1000 + 500);
    cr_assert_eq(costs->shape.sockets, 2);
    cr_assert_eq(costs->shape.threads, 2);
    cr_assert_eq(costs->words_free, 0);
    cr_assert_str_eq(costs->about, "a test");
    sim_costs_free(costs);
}

Test(cost_write, less_than_a_picosecond_is_free)
{
    struct sim_cost_draft *one = draft();
    one->line[SLIP_COST_entry].ns = 0;
    one->line[SLIP_COST_exit].ns = 0.0004;
    one->line[SLIP_COST_copy].ns = -3;
    one->line[SLIP_COST_wake].ns = 0.0 / 0.0;
    struct sim_costs *costs = read_back(one);
    cr_assert_str_eq(costs->kernel[SLIP_COST_entry].value, "free");
    cr_assert_str_eq(costs->kernel[SLIP_COST_exit].value, "free");
    cr_assert_str_eq(costs->kernel[SLIP_COST_copy].value, "free");
    cr_assert_str_eq(costs->kernel[SLIP_COST_wake].value, "free");
    sim_costs_free(costs);
}

Test(cost_write, absent_line_is_left_out)
{
    struct sim_cost_draft *one = draft();
    one->line[SIM_COST_DRAFTS - 1].absent = 1;
    struct sim_costs *costs = read_back(one);
    cr_assert_null(costs->machine[SIM_COST_isolation].value);
    sim_costs_free(costs);
}

Test(cost_write, uncertainty_stays_within_what_a_file_states)
{
    struct sim_cost_draft *one = draft();
    one->line[SLIP_COST_entry].uncertainty = 1e9;
    one->line[SLIP_COST_exit].uncertainty = 1.0 / 0.0;
    one->line[SLIP_COST_copy].uncertainty = 0;
    one->line[SLIP_COST_wake].uncertainty = 0.0 / 0.0;
    struct sim_costs *costs = read_back(one);
    cr_assert_eq(costs->kernel[SLIP_COST_entry].uncertainty, SIM_COST_UNCERTAINTY_MAX);
    cr_assert_eq(costs->kernel[SLIP_COST_exit].uncertainty, SIM_COST_UNCERTAINTY_MAX);
    cr_assert_eq(costs->kernel[SLIP_COST_copy].uncertainty, 1);
    cr_assert_eq(costs->kernel[SLIP_COST_wake].uncertainty, SIM_COST_UNCERTAINTY_MAX);
    sim_costs_free(costs);
}

Test(cost_write, texts_of_the_host_cannot_break_the_file)
{
    struct sim_cost_draft *one = draft();
    snprintf(one->head, sizeof one->head, "first\nentry 3 ns 1%% x\n\nlast");
    snprintf(one->about, sizeof one->about, "  CPU\n(R) \t\033[31m \xff\xfe at\r 3 GHz\n ");
    snprintf(one->line[SLIP_COST_entry].source, sizeof one->line[0].source, "\n\t ");
    struct sim_costs *costs = read_back(one);
    cr_assert_str_eq(costs->about, "CPU (R) [31m at 3 GHz");
    cr_assert_str_eq(costs->kernel[SLIP_COST_entry].source, "?");
    cr_assert_not_null(strstr(costs->text, "# entry 3 ns 1% x\n"));
    sim_costs_free(costs);
}
