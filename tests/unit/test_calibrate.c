#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "sim/machine/topology.h"
#include "sim/machine/topology_host.h"
#include "sim/measure/calibrate_fit.h"
#include "sim/measure/calibrate_line.h"
#include "sim/measure/calibrate_loop.h"
#include "sim/measure/calibrate_work.h"

/* ---- the fit ----------------------------------------------------------------------------------- */

static struct sim_fit fit_of(uint32_t rows, uint32_t columns, const double *counts)
{
    struct sim_fit fit = {.rows = rows, .columns = columns};
    for (uint32_t row = 0; row < rows; row++)
        for (uint32_t column = 0; column < columns; column++)
            fit.count[row][column] = counts[row * columns + column];
    sim_fit_group(&fit);
    return fit;
}

static int near(double value, double expected)
{
    return fabs(value - expected) < 1e-3 * (1 + fabs(expected));
}

Test(calibrate, fit_finds_what_loops_were_composed_of)
{
    const double counts[] = {1, 0, 0, 1, 1, 0, 2, 2, 1, 2, 0, 3};
    const double time[] = {10, 14, 35, 41};
    double cost[SIM_FIT_COLUMNS];
    struct sim_fit fit = fit_of(4, 3, counts);
    sim_fit_solve(&fit, time, cost);
    cr_assert(near(cost[0], 10) && near(cost[1], 4) && near(cost[2], 7), "%f %f %f", cost[0],
              cost[1], cost[2]);
    cr_assert(near(sim_fit_composed(&fit, 2, cost), 35));
}

Test(calibrate, fit_has_no_negative_costs)
{
    const double counts[] = {1, 0, 1, 1};
    const double time[] = {10, 8};
    double cost[SIM_FIT_COLUMNS];
    struct sim_fit fit = fit_of(2, 2, counts);
    sim_fit_solve(&fit, time, cost);
    cr_assert_eq(cost[1], 0);
    cr_assert(cost[0] > 8 && cost[0] < 10, "%f", cost[0]);
}

Test(calibrate, costs_that_are_always_charged_together_share_their_sum)
{
    const double counts[] = {1, 1, 0, 0, 2, 2, 1, 0};
    const double time[] = {10, 26};
    double cost[SIM_FIT_COLUMNS];
    struct sim_fit fit = fit_of(2, 4, counts);
    sim_fit_solve(&fit, time, cost);
    cr_assert_eq(fit.group[1], 0);
    cr_assert_eq(fit.size[0], 2);
    cr_assert_eq(fit.size[1], 2);
    cr_assert_eq(fit.size[2], 1);
    cr_assert_eq(fit.size[3], 0, "charged nowhere");
    cr_assert(near(cost[0], 5) && near(cost[1], 5) && near(cost[2], 6));
    cr_assert_eq(cost[3], 0);
}

Test(calibrate, loops_that_took_no_time_say_nothing)
{
    const double counts[] = {1, 1, 1};
    const double time[] = {10, -3, NAN};
    double cost[SIM_FIT_COLUMNS];
    struct sim_fit fit = fit_of(3, 1, counts);
    sim_fit_solve(&fit, time, cost);
    cr_assert(near(cost[0], 10));
}

/* ---- lines ------------------------------------------------------------------------------------- */

Test(calibrate, near_values_are_one_state)
{
    const double values[] = {50, 61, NAN, 45, 70, 55, 49, 64};
    struct sim_line_states states = sim_line_states(values, 8);
    cr_assert_not(states.two);
    cr_assert_eq(states.near, 55);
    cr_assert_eq(states.near_count, 7);
    cr_assert_eq(states.far_count, 0);
}

Test(calibrate, two_states_are_told_apart)
{
    const double values[] = {50, 400, 60, 420, 55, 58, 410};
    struct sim_line_states states = sim_line_states(values, 7);
    cr_assert(states.two);
    cr_assert_eq(states.near_count, 4);
    cr_assert_eq(states.far_count, 3);
    cr_assert_eq(states.near, 56.5);
    cr_assert_eq(states.far, 410);
    cr_assert(states.border > 60 && states.border < 400);
}

Test(calibrate, a_rare_outlier_is_no_state)
{
    double values[30];
    for (uint32_t i = 0; i < 30; i++)
        values[i] = 50 + i % 5;
    values[7] = 4000;
    values[9] = 9000;
    cr_assert_not(sim_line_states(values, 30).two);
}

Test(calibrate, no_values_are_no_state)
{
    const double values[] = {NAN};
    struct sim_line_states none = sim_line_states(values, 0), nan = sim_line_states(values, 1);
    cr_assert(!none.two && isnan(none.near) && none.near_count == 0);
    cr_assert(!nan.two && isnan(nan.near) && nan.near_count == 0);
}

/* ---- loops ------------------------------------------------------------------------------------- */

static struct sim_costs unit_costs(void)
{
    struct sim_costs costs = {.name = "unit", .about = "", .hash = "", .text = ""};
    costs.shape = (struct sim_shape){1, 1, 2, 1};
    for (uint32_t i = 0; i < SLIP_COST_COUNT; i++)
        costs.kernel[i] = (struct sim_cost){1000, 0, "1 ns", "a test"};
    for (uint32_t i = 0; i < SIM_COST_COUNT; i++)
        costs.machine[i] = (struct sim_cost){1000, 0, "1 ns", "a test"};
    return costs;
}

/* A slice begins and ends within a system call, which adds a part of one to each round. */
static int whole(double value, double expected)
{
    return fabs(value - expected) < 0.2;
}

Test(calibrate, every_loop_runs_and_takes_time_on_the_model)
{
    struct sim_costs costs = unit_costs();
    for (uint32_t i = 0; i < SIM_LOOP_COUNT; i++) {
        char error[1024] = "";
        double ns = 0;
        cr_assert_eq(sim_loop_model(sim_loop_nth(i), &costs, &ns, error, sizeof error), 0, "%s",
                     error);
        cr_assert(ns > 0, "%s", sim_loop_nth(i)->name);
    }
    cr_assert_null(sim_loop_nth(SIM_LOOP_COUNT));
}

Test(calibrate, loops_are_composed_of_what_they_are_named_after)
{
    static const struct {
        enum sim_loop_name loop;
        uint32_t cost;
        double count;
    } known[] = {{SIM_LOOP_NULL, SLIP_COST_entry, 1},
                 {SIM_LOOP_LOOKUP, SLIP_COST_lookup, 1},
                 {SIM_LOOP_SEND_WAIT_64, SLIP_COST_word, 16},
                 {SIM_LOOP_READ_4K, SLIP_COST_copy_byte, 4096},
                 {SIM_LOOP_YIELD, SLIP_COST_thread_switch, 2},
                 {SIM_LOOP_PORTS, SLIP_COST_wake, 2},
                 {SIM_LOOP_PORTS_TIMED, SLIP_COST_timer_arm, 1},
                 {SIM_LOOP_CALL, SLIP_COST_fast_path, 2},
                 {SIM_LOOP_CALL, SLIP_COST_space_switch, 0},
                 {SIM_LOOP_CALL_SPACES, SLIP_COST_space_switch, 2},
                 {SIM_LOOP_MAP_16, SLIP_COST_map_page, 16},
                 {SIM_LOOP_MAP_16, SLIP_COST_shootdown, 0},
                 {SIM_LOOP_MAP_16_SHARED, SLIP_COST_shootdown, 16},
                 {SIM_LOOP_POST_BUSY, SLIP_COST_ipi_send, 1},
                 {SIM_LOOP_PREEMPT, SLIP_COST_ipi_receive, 1},
                 {SIM_LOOP_WAKE_SLEEPER, SLIP_COST_idle_exit, 1},
                 {SIM_LOOP_TIMER, SLIP_COST_interrupt, 1}};
    for (uint32_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct sim_costs costs = unit_costs();
        const struct sim_loop *loop = sim_loop_nth(known[i].loop);
        char error[1024] = "";
        double base, more;
        cr_assert_eq(sim_loop_model(loop, &costs, &base, error, sizeof error), 0, "%s", error);
        costs.kernel[known[i].cost].ps = 1001000;
        cr_assert_eq(sim_loop_model(loop, &costs, &more, error, sizeof error), 0, "%s", error);
        cr_assert(whole((more - base) / 1000, known[i].count), "%s, cost %u: %f", loop->name,
                  known[i].cost, (more - base) / 1000);
    }
}

/* As they come from a host that took a CPU away for as long. */
Test(calibrate, loops_come_to_their_end_whatever_a_wake_costs)
{
    static const uint32_t wakes[] = {SLIP_COST_interrupt, SLIP_COST_ipi_send, SLIP_COST_ipi_receive,
                                     SLIP_COST_idle_exit};
    static const enum sim_loop_name woken[] = {SIM_LOOP_POST_BUSY, SIM_LOOP_PREEMPT,
                                               SIM_LOOP_WAKE_SLEEPER, SIM_LOOP_TIMER};
    static const uint64_t picoseconds[] = {50000000, 500000000, 20000000000, 3000000000000};
    for (uint32_t i = 0; i < sizeof wakes / sizeof *wakes; i++)
        for (uint32_t j = 0; j < sizeof picoseconds / sizeof *picoseconds; j++) {
            struct sim_costs costs = unit_costs();
            costs.kernel[wakes[i]].ps = picoseconds[j];
            for (uint32_t k = 0; k < sizeof woken / sizeof *woken; k++) {
                char error[1024] = "";
                double ns;
                cr_assert_eq(
                    sim_loop_model(sim_loop_nth(woken[k]), &costs, &ns, error, sizeof error), 0,
                    "%s", error);
            }
        }
}

/* At these the woken thread tells its time while the clock of the one that looks is not there yet. */
Test(calibrate, a_thread_that_ran_in_the_future_is_waited_for)
{
    static const uint64_t picoseconds[] = {457000000, 701000000, 746000000};
    for (uint32_t i = 0; i < sizeof picoseconds / sizeof *picoseconds; i++) {
        struct sim_costs costs = unit_costs();
        char error[1024] = "";
        double ns;
        costs.kernel[SLIP_COST_ipi_receive].ps = picoseconds[i];
        cr_assert_eq(
            sim_loop_model(sim_loop_nth(SIM_LOOP_PREEMPT), &costs, &ns, error, sizeof error), 0,
            "%s", error);
    }
}

/* ---- what is derived from the loops ------------------------------------------------------------ */

/* A calibration of a host whose loops take what the model's take at these costs, on two CPUs that share
 * a cache. */
static struct sim_calibrate_work *work_of(const struct sim_costs *costs)
{
    static struct sim_calibrate_work work;
    static struct sim_calibration out;
    static char error[1024];
    static const struct sim_calibrate_options options = {.version = "", .cpu = "", .host = ""};
    memset(&out, 0, sizeof out);
    work = (struct sim_calibrate_work){
        .options = &options, .out = &out, .error = error, .error_bytes = sizeof error};
    work.host_cpu[1] = 1;
    out.rounds = SIM_CALIBRATE_ROUNDS_MIN;
    out.cpus = 2;
    out.draft.shape = (struct sim_shape){1, 1, 2, 1};
    snprintf(out.draft.about, sizeof out.draft.about, "a test");
    snprintf(out.draft.head, sizeof out.draft.head, "A test.");
    for (uint32_t i = 0; i < SIM_LOOP_COUNT; i++) {
        double ns = 0;
        cr_assert_eq(sim_loop_model(sim_loop_nth(i), costs, &ns, error, sizeof error), 0, "%s",
                     error);
        for (uint32_t round = 0; round < out.rounds; round++)
            work.time[i][round] = ns;
    }
    for (uint32_t round = 0; round < out.rounds; round++)
        work.line[round] = 35;
    cr_assert_eq(sim_derive_one_cpu(&work), 0, "%s", error);
    return &work;
}

static double cost_of(const struct sim_calibrate_work *work, uint32_t place)
{
    return work->out->draft.line[place].ns;
}

static struct sim_costs costs_between_cpus(void)
{
    struct sim_costs costs = unit_costs();
    costs.kernel[SLIP_COST_interrupt].ps = 300000;
    costs.kernel[SLIP_COST_ipi_send].ps = 30000;
    costs.kernel[SLIP_COST_ipi_receive].ps = 250000;
    costs.kernel[SLIP_COST_idle_exit].ps = 40000000;
    costs.machine[SIM_COST_ipi_near].ps = 250000;
    for (uint32_t i = SIM_COST_line_sibling; i <= SIM_COST_line_remote; i++)
        costs.machine[i].ps = 25000;
    return costs;
}

Test(calibrate, costs_between_cpus_come_out_as_they_went_in)
{
    static const struct {
        uint32_t place;
        double ns;
    } known[] = {{SLIP_COST_interrupt, 300},
                 {SLIP_COST_ipi_send, 30},
                 {SLIP_COST_ipi_receive, 250},
                 {SLIP_COST_COUNT + (uint32_t)SIM_COST_ipi_near, 250},
                 {SLIP_COST_idle_exit, 40000}};
    struct sim_costs costs = costs_between_cpus();
    struct sim_calibrate_work *work = work_of(&costs);
    cr_assert_eq(sim_derive_cpus(work), 0, "%s", work->error);
    for (uint32_t i = 0; i < sizeof known / sizeof *known; i++)
        cr_assert(fabs(cost_of(work, known[i].place) / known[i].ns - 1) < 0.05, "%s: %f ns",
                  sim_cost_draft_name(known[i].place), cost_of(work, known[i].place));
}

/* As where the host takes a CPU away in the middle of a loop. A CPU that computes looks by itself
 * before so slow an interrupt would come, so no cost makes the loop take that long. */
Test(calibrate, a_time_that_no_cost_explains_gives_none_beyond_it)
{
    static const uint32_t places[] = {SLIP_COST_ipi_receive,
                                      SLIP_COST_COUNT + (uint32_t)SIM_COST_ipi_near};
    struct sim_costs costs = costs_between_cpus();
    struct sim_calibrate_work *work = work_of(&costs);
    for (uint32_t round = 0; round < work->out->rounds; round++)
        work->time[SIM_LOOP_PREEMPT][round] = 500000.0 + 300000.0 * round;
    cr_assert_eq(sim_derive_cpus(work), 0, "%s", work->error);
    for (uint32_t i = 0; i < sizeof places / sizeof *places; i++)
        cr_assert(cost_of(work, places[i]) > 250 && cost_of(work, places[i]) <= 1100000,
                  "%s: %f ns", sim_cost_draft_name(places[i]), cost_of(work, places[i]));
    cr_assert_leq(cost_of(work, SLIP_COST_idle_exit), 41000);
}

/* ---- the host ---------------------------------------------------------------------------------- */

Test(calibrate, shape_of_the_host_is_one_that_a_file_may_have)
{
    struct sim_shape shape;
    sim_topology_shape(&shape);
    cr_assert(shape.sockets >= 1 && shape.clusters >= 1 && shape.cores >= 1 && shape.threads >= 1);
    cr_assert_leq((uint64_t)shape.sockets * shape.clusters * shape.cores * shape.threads, 1024);
}

Test(calibrate, distance_of_two_cpus_is_the_same_both_ways)
{
    uint32_t count;
    int *cpus = sim_topology_cpus(&count);
    cr_assert_not_null(cpus);
    for (uint32_t i = 1; i < count && i < 8; i++) {
        enum sim_cost_name there = sim_topology_distance(cpus[0], cpus[i]);
        cr_assert_eq(there, sim_topology_distance(cpus[i], cpus[0]));
        cr_assert(there >= SIM_COST_line_sibling && there <= SIM_COST_line_remote);
    }
    free(cpus);
}
