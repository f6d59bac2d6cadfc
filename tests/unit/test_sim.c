#include <criterion/criterion.h>
#include <criterion/redirect.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <slipway/sim.h>
#include <slipway/slipway.h>

static void set_flag(void)
{
    int *flag = sim_argument();
    *flag = 1;
}

Test(sim, runs_with_all_defaults)
{
    int flag = 0;
    struct sim_counters counters;
    struct sim_options options = {.argument = &flag, .counters = &counters};
    cr_assert_eq(sim_run(&options, set_flag), 0);
    cr_assert_eq(flag, 1);
    cr_assert_eq(counters.processes, 1);
}

static void nothing(void)
{
}

Test(sim, needs_no_options)
{
    cr_assert_eq(sim_run(NULL, nothing), 0);
}

Test(sim, a_wrong_option_is_2_with_a_message, .init = cr_redirect_stderr)
{
    struct sim_counters counters = {.leaks = 99};
    cr_assert_eq(sim_run(&(struct sim_options){.machine = "x", .counters = &counters}, nothing), 2);
    cr_assert_eq(counters.leaks, 0);
    fflush(stderr);
    cr_assert_stderr_eq_str("slipway: sim_run: machine: there is no 'x'; there are: threads "
                            "scripted model cores\n");
}

static void hang(void)
{
    slip_thread_sleep_until(SLIP_NEVER);
}

Test(sim, a_hang_is_1, .init = cr_redirect_stderr)
{
    cr_assert_eq(sim_run(&(struct sim_options){.machine = "threads"}, hang), 1);
    cr_assert_eq(sim_run(&(struct sim_options){.machine = "scripted"}, hang), 1);
}

static void run_inside(void)
{
    int *result = sim_argument();
    *result = sim_run(NULL, nothing);
}

Test(sim, a_run_within_a_run_is_refused, .init = cr_redirect_stderr)
{
    int result = 0;
    cr_assert_eq(sim_run(&(struct sim_options){.argument = &result}, run_inside), 0);
    cr_assert_eq(result, 2);
}

Test(sim, names_its_machines)
{
    cr_assert_str_eq(sim_machine_name(0), "threads");
    cr_assert_str_eq(sim_machine_name(1), "scripted");
    cr_assert_str_eq(sim_machine_name(2), "model");
    cr_assert_str_eq(sim_machine_name(3), "cores");
    cr_assert_null(sim_machine_name(4));
    cr_assert_null(sim_machine_name(UINT32_MAX));
}

Test(sim, a_system_call_outside_of_a_run_ends_the_program, .signal = SIGABRT)
{
    slip_thread_yield();
}

Test(sim, the_heap_outside_of_a_run_ends_the_program, .signal = SIGABRT)
{
    sim_alloc(1);
}
