#include <criterion/criterion.h>

#include <pthread.h>
#include <string.h>
#include "sim/memory.h"
#include "tests/unit/machine_run.h"

static const char *const machines[] = {"threads", "scripted"};

/* ---- options -------------------------------------------------------------------------------- */

static void refused(const struct sim_options *options, const char *option, const char *accepted)
{
    char error[300] = "";
    cr_assert_neq(sim_options_check(options, error, sizeof error), 0);
    cr_assert_not_null(strstr(error, option), "%s", error);
    cr_assert_not_null(strstr(error, accepted), "%s", error);
    char again[300] = "";
    cr_assert_null(sim_instance_create(options, NULL, again, sizeof again));
    cr_assert_str_eq(again, error);
}

Test(instance, says_what_is_wrong_with_an_option_and_what_is_accepted)
{
    refused(&(struct sim_options){.machine = "thread"}, "'thread'", "threads scripted model");
    refused(&(struct sim_options){.machine = ""}, "''", "threads scripted model");
    refused(&(struct sim_options){.cpus = 1025}, "1025", "1 to 1024");
    refused(&(struct sim_options){.cpus = UINT32_MAX}, "4294967295", "1 to 1024");
    refused(&(struct sim_options){.flags = 1024}, "0x400", "0x1ff");
    refused(&(struct sim_options){.stack_bytes = 100}, "100", "16384");
}

Test(instance, a_message_is_cut_where_its_room_ends)
{
    char error[12] = "xxxxxxxxxxx";
    cr_assert_neq(sim_options_check(&(struct sim_options){.cpus = 5000}, error, 10), 0);
    cr_assert_eq(strlen(error), 9);
    cr_assert_eq(error[10], 'x');
    cr_assert_neq(sim_options_check(&(struct sim_options){.cpus = 5000}, error, 0), 0);
}

static void nothing(void)
{
}

Test(instance, a_quota_that_holds_no_process_fails_the_run)
{
    char error[300];
    for (uint32_t i = 0; i < 2; i++) {
        struct sim_options options = {.machine = machines[i], .quota = 4096};
        struct sim_instance *instance = sim_instance_create(&options, NULL, error, sizeof error);
        cr_assert_not_null(instance, "%s", error);
        cr_assert_eq(sim_instance_run(instance, nothing, error, sizeof error), 1);
        cr_assert_not_null(strstr(error, "NO_QUOTA"), "%s", error);
        sim_instance_destroy(instance);
    }
}

static int global_that_is_no_code;

Test(instance, an_entry_outside_of_the_program_fails_the_run)
{
    char error[300];
    struct sim_instance *instance =
        sim_instance_create(&(struct sim_options){.cpus = 1}, NULL, error, sizeof error);
    void (*entry)(void) = (void (*)(void))(uintptr_t)&global_that_is_no_code;
    cr_assert_eq(sim_instance_run(instance, entry, error, sizeof error), 1);
    cr_assert_not_null(strstr(error, "BAD_ADDRESS"), "%s", error);
    sim_instance_destroy(instance);
    sim_instance_destroy(NULL);
}

/* ---- counters ------------------------------------------------------------------------------- */

static void child(void)
{
    slip_thread_yield();
}

static void three_children(void)
{
    for (uint32_t i = 0; i < 3; i++) {
        slip_handle_t process = 0;
        RUN_EXPECT(slip_process_create("child", &process) == SLIP_OK);
        RUN_EXPECT(slip_process_start(process, child, SLIP_NO_HANDLE) == SLIP_OK);
        RUN_EXPECT(slip_process_wait(process, SLIP_NEVER) == SLIP_OK);
    }
}

Test(instance, counts_what_was_done)
{
    for (uint32_t i = 0; i < 2; i++) {
        static struct run_record record;
        int failed = run_on(&record, machines[i], 2, 1, three_children);
        RUN_ASSERT_GOOD(&record, failed);
        cr_assert_eq(record.counters.processes, 4);
        /* create, start, wait, and four that end; each child yields */
        cr_assert_eq(record.counters.kernel.system_calls, 3 * 3 + 4 + 3);
        cr_assert_gt(record.counters.elapsed, 0);
        cr_assert_gt(record.counters.memory.kernel_bytes, 0);
        cr_assert_eq(record.counters.memory.kernel_bytes_used, 0);
    }
}

static void find_itself(void)
{
    struct run_record *record = run_record();
    record->number[0] = (uintptr_t)sim_instance_current();
    RUN_EXPECT(sim_instance_argument(sim_instance_current()) == record);
    RUN_EXPECT(sim_heap_current() != NULL);
}

Test(instance, a_simulated_thread_knows_its_own)
{
    for (uint32_t i = 0; i < 2; i++) {
        static struct run_record record;
        struct sim_options options = {.machine = machines[i], .argument = &record};
        struct sim_instance *instance =
            sim_instance_create(&options, NULL, record.error, sizeof record.error);
        cr_assert_eq(sim_instance_run(instance, find_itself, record.error, sizeof record.error), 0);
        cr_assert_eq(record.number[0], (uintptr_t)instance);
        cr_assert_null(sim_instance_current());
        sim_instance_destroy(instance);
    }
}

/* ---- hang ----------------------------------------------------------------------------------- */

static void hold(void)
{
    struct slip_message m = {.words = 0};
    slip_endpoint_wait(slip_start_handle(), &m, SLIP_NEVER);
    slip_thread_sleep_until(SLIP_NEVER);
}

static void call_the_holder(void)
{
    slip_handle_t endpoint = 0, copy = 0, process = 0;
    struct slip_message m = {.words = 0};
    slip_endpoint_create(1, &endpoint);
    slip_handle_duplicate(endpoint, SLIP_RIGHT_RECEIVE, 0, &copy);
    slip_process_create("holder", &process);
    slip_process_start(process, hold, copy);
    slip_endpoint_call(endpoint, &m, NULL, NULL, SLIP_NEVER);
}

Test(instance, a_hang_is_reported_thread_by_thread)
{
    for (uint32_t i = 0; i < 2; i++) {
        static struct run_record record;
        cr_assert_eq(run_on(&record, machines[i], 2, 1, call_the_holder), 1);
        cr_assert_not_null(strstr(record.error, "the run hangs"), "%s", record.error);
        cr_assert_not_null(strstr(record.error, "'root'"), "%s", record.error);
        cr_assert_not_null(strstr(record.error, "'holder'"), "%s", record.error);
        cr_assert_not_null(strstr(record.error, "held by thread"), "%s", record.error);
        cr_assert_eq(record.counters.leaks, 0);
    }
}

/* ---- stop ----------------------------------------------------------------------------------- */

static void compute_for_ever(void)
{
    slip_thread_compute(SLIP_NEVER);
}

static void until_stopped(void)
{
    slip_handle_t process = 0;
    uint64_t code = 0;
    slip_process_create("for ever", &process);
    slip_process_start(process, compute_for_ever, SLIP_NO_HANDLE);
    if (run_record()->number[0])
        sim_instance_stop(sim_instance_current());
    run_count(0);
    RUN_EXPECT(slip_process_wait_code(process, SLIP_NEVER, &code) == SLIP_OK);
    RUN_EXPECT(code == SLIP_EXIT_KILLED);
}

Test(instance, a_stop_kills_all_but_the_first_process, .timeout = 20)
{
    for (uint32_t i = 0; i < 2; i++) {
        static struct run_record record;
        memset(&record, 0, sizeof record);
        record.number[0] = 1;
        int failed = run_on(&record, machines[i], 2, 1, until_stopped);
        RUN_ASSERT_GOOD(&record, failed);
    }
}

static void *stop_later(void *argument)
{
    struct run_record *record = argument;
    while (atomic_load(&record->count[0]) == 0)
        ;
    for (uint32_t i = 0; i < 3; i++)
        sim_instance_stop((struct sim_instance *)(uintptr_t)record->number[1]);
    return NULL;
}

Test(instance, a_stop_may_come_from_any_host_thread_and_twice, .timeout = 20)
{
    static struct run_record record;
    pthread_t thread;
    struct sim_options options = {.machine = "threads", .cpus = 2, .argument = &record};
    struct sim_instance *instance =
        sim_instance_create(&options, NULL, record.error, sizeof record.error);
    record.number[1] = (uintptr_t)instance;
    pthread_create(&thread, NULL, stop_later, &record);
    int failed = sim_instance_run(instance, until_stopped, record.error, sizeof record.error);
    pthread_join(thread, NULL);
    RUN_ASSERT_GOOD(&record, failed);
    sim_instance_stop(instance); /* too late, and harmless */
    sim_instance_destroy(instance);
}
