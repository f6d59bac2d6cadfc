/* Choosing CPUs of the host: what is written is what is taken, and what cannot be is refused. */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <slipway/sim.h>
#include <criterion/criterion.h>
#include "sim/machine/host_cpus.h"
#include "sim/measure/calibrate.h"
#include "sim/run/head.h"

static int first_allowed(void)
{
    char error[64];
    uint32_t count;
    int *cpus = sim_host_cpus_read(NULL, &count, error, sizeof error);
    int first = cpus[0];
    free(cpus);
    return first;
}

static void refused(const char *list, const char *why)
{
    char error[1024] = "";
    uint32_t count;
    cr_assert_null(sim_host_cpus_read(list, &count, error, sizeof error));
    cr_assert(strstr(error, why) != NULL, "'%s' lacks '%s'", error, why);
    cr_assert(strstr(error, "accepted") != NULL, "%s", error);
}

Test(host_cpus, a_range_of_one_is_that_cpu)
{
    char list[32], error[64];
    uint32_t count = 0;
    int first = first_allowed();
    snprintf(list, sizeof list, "%d-%d", first, first);
    int *cpus = sim_host_cpus_read(list, &count, error, sizeof error);
    cr_assert_not_null(cpus);
    cr_assert_eq(count, 1);
    cr_assert_eq(cpus[0], first);
    free(cpus);
}

Test(host_cpus, what_is_written_reads_the_same)
{
    char text[SIM_HOST_CPUS_TEXT], again[SIM_HOST_CPUS_TEXT], error[64];
    uint32_t count, read;
    int *cpus = sim_host_cpus_read(NULL, &count, error, sizeof error);
    sim_host_cpus_write(cpus, count, text, sizeof text);
    int *back = sim_host_cpus_read(text, &read, error, sizeof error);
    cr_assert_not_null(back, "%s", text);
    sim_host_cpus_write(back, read, again, sizeof again);
    cr_assert_str_eq(text, again);
    free(cpus);
    free(back);
}

Test(host_cpus, three_in_a_row_are_a_range_and_a_list_that_is_cut_says_so)
{
    char text[64], little[12];
    static const int cpus[] = {0, 1, 4, 5, 6, 9};
    sim_host_cpus_write(cpus, 6, text, sizeof text);
    cr_assert_str_eq(text, "0, 1, 4-6, 9");
    sim_host_cpus_write(cpus, 6, little, sizeof little);
    cr_assert_str_eq(little, "0, 1, ...");
}

Test(host_cpus, what_is_no_list_is_refused)
{
    static const char *const lists[] = {"", ",", "x", "0,", "-1", "0-", "0..1"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        refused(lists[i], "not a list");
    refused("1-0", "ends before it begins");
    refused("1048000-1048001", "absent");
    refused("99999999999", "CPU 99999999999 is absent");
    refused("99999999999999999999999-99999999999999999999999", "absent");
}

Test(host_cpus, a_cpu_that_is_named_twice_is_refused)
{
    char list[32];
    snprintf(list, sizeof list, "%d,%d", first_allowed(), first_allowed());
    refused(list, "named twice");
}

Test(host_cpus, a_cpu_outside_of_the_affinity_mask_is_refused)
{
    cpu_set_t set;
    char list[32];
    int first = first_allowed();
    cr_assert_eq(sched_getaffinity(0, sizeof set, &set), 0);
    if (CPU_COUNT(&set) < 2)
        cr_skip_test("there is one CPU only");
    CPU_CLR((size_t)first, &set);
    cr_assert_eq(sched_setaffinity(0, sizeof set, &set), 0);
    snprintf(list, sizeof list, "%d-%d", first, first);
    refused(list, "not among those that this program may use");
}

static void nothing(void)
{
}

/* From here on the host refuses to pin a thread. */
static void forbid_to_pin(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_sched_setaffinity, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        cr_skip_test("the host takes no filter");
}

Test(host_cpus, where_the_host_forbids_to_pin_a_run_works)
{
    cr_assert(sim_host_cpus_may_pin());
    forbid_to_pin();
    cr_assert_not(sim_host_cpus_may_pin());
    cr_assert_eq(sim_run(&(struct sim_options){.machine = "cores", .cpus = 2}, nothing), 0);
    cr_assert_eq(sim_run(&(struct sim_options){.machine = "threads", .cpus = 2}, nothing), 0);
}

Test(host_cpus, where_the_host_forbids_to_pin_a_result_says_so_and_names_no_cpus)
{
    char error[1024] = "";
    struct sim_plan *plan = sim_plan_load("ping_pong", NULL, 0, error, sizeof error);
    cr_assert_not_null(plan, "%s", error);
    const struct sim_run_options options = {.verb = "run", .machine = "cores", .cpus = 1};
    struct sim_result *free_one = sim_result_create(), *bound = sim_result_create();
    sim_head_fill(plan, &options, NULL, free_one);
    cr_assert_eq(free_one->warnings.count, 0);
    cr_assert_str_not_empty(free_one->machine.host_cpus);
    forbid_to_pin();
    sim_head_fill(plan, &options, NULL, bound);
    cr_assert_eq(bound->warnings.count, 1);
    cr_assert_str_eq(bound->warnings.text[0], sim_host_cpus_unpinned);
    cr_assert_str_empty(bound->machine.host_cpus);
    sim_result_destroy(free_one);
    sim_result_destroy(bound);
    sim_plan_free(plan);
}

Test(host_cpus, where_the_host_forbids_to_pin_a_calibration_warns)
{
    static struct sim_calibration found;
    char error[1024] = "";
    const struct sim_calibrate_options options = {
        .duration_ns = 1, .version = "", .cpu = "", .host = ""};
    forbid_to_pin();
    cr_assert_eq(sim_calibrate(&options, &found, error, sizeof error), SIM_CALIBRATE_OK, "%s",
                 error);
    int told = 0;
    for (uint32_t i = 0; i < found.warnings; i++)
        told += strcmp(found.warning[i], sim_host_cpus_unpinned) == 0;
    cr_assert_eq(told, 1);
}

Test(host_cpus, other_machines_and_another_number_of_cpus_are_refused)
{
    char list[32];
    snprintf(list, sizeof list, "%d-%d", first_allowed(), first_allowed());
    struct sim_options options = {.machine = "cores", .host_cpus = list};
    cr_assert_eq(sim_run(&options, nothing), 0);
    options.cpus = 3;
    cr_assert_eq(sim_run(&options, nothing), 2);
    options = (struct sim_options){.machine = "threads", .host_cpus = list};
    cr_assert_eq(sim_run(&options, nothing), 2);
}
