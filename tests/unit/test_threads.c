/* What is special about the threads machine; what it has in common is in test_machine_runs.c. */
#define _GNU_SOURCE
#include <criterion/criterion.h>

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include "tests/unit/machine_run.h"

static uint64_t process_cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static uint32_t host_threads(void)
{
    char line[200];
    uint32_t count = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, status) != NULL)
        sscanf(line, "Threads: %u", &count);
    fclose(status);
    return count;
}

static void look_at_host(void)
{
    cpu_set_t set;
    sigset_t mask;
    RUN_EXPECT(pthread_getaffinity_np(pthread_self(), sizeof set, &set) == 0);
    RUN_EXPECT(CPU_COUNT(&set) == 1);
    RUN_EXPECT(pthread_sigmask(SIG_SETMASK, NULL, &mask) == 0);
    RUN_EXPECT(sigismember(&mask, SIGINT) == 1 && sigismember(&mask, SIGSEGV) == 0);
}

Test(threads, a_simulated_thread_is_pinned_and_takes_no_signals)
{
    static struct run_record record;
    cpu_set_t before, after;
    sched_getaffinity(0, sizeof before, &before);
    int failed = run_on(&record, "threads", 2, 1, look_at_host);
    RUN_ASSERT_GOOD(&record, failed);
    sched_getaffinity(0, sizeof after, &after);
    cr_assert(CPU_EQUAL(&before, &after));
}

static void doze(void)
{
    slip_thread_sleep_until(slip_clock_now() + 200000000);
}

Test(threads, an_idle_cpu_sleeps)
{
    static struct run_record record;
    uint64_t before = process_cpu_ns();
    int failed = run_on(&record, "threads", 2, 1, doze);
    RUN_ASSERT_GOOD(&record, failed);
    cr_assert_geq(record.counters.elapsed, 200000000);
    cr_assert_lt(process_cpu_ns() - before, 100000000);
}

/* ---- hang ----------------------------------------------------------------------------------- */

static void wait_for_nobody(void)
{
    slip_handle_t endpoint = 0;
    struct slip_message m = {.words = 0};
    slip_endpoint_create(1, &endpoint);
    slip_endpoint_wait(endpoint, &m, SLIP_NEVER);
}

static void wait_with_children(void)
{
    slip_handle_t process = 0;
    for (uint32_t i = 0; i < 20; i++) {
        slip_process_create("stuck", &process);
        slip_process_start(process, wait_for_nobody, SLIP_NO_HANDLE);
    }
    slip_process_wait(process, SLIP_NEVER);
}

Test(threads, a_hang_ends_every_host_thread)
{
    static struct run_record record;
    uint32_t before = host_threads();
    for (uint32_t cpus = 1; cpus <= 4; cpus++) {
        cr_assert_eq(run_on(&record, "threads", cpus, 1, wait_with_children), 1);
        cr_assert_not_null(strstr(record.error, "hangs"));
        cr_assert_not_null(strstr(record.error, "'stuck'"), "%s", record.error);
        cr_assert_eq(host_threads(), before);
    }
}

Test(threads, a_machine_that_never_ran_leaves_nothing)
{
    uint32_t before = host_threads();
    char error[200];
    struct sim_options options = {.machine = "threads", .cpus = 5};
    struct sim_instance *instance = sim_instance_create(&options, NULL, error, sizeof error);
    cr_assert_not_null(instance);
    cr_assert_eq(host_threads(), before + 5);
    sim_instance_destroy(instance);
    cr_assert_eq(host_threads(), before);
}

Test(threads, a_kernel_that_was_started_and_never_ran_leaves_nothing)
{
    uint32_t before = host_threads();
    char error[200];
    struct sim_options options = {.machine = "threads", .cpus = 2};
    struct sim_instance *instance = sim_instance_create(&options, NULL, error, sizeof error);
    cr_assert_eq(k_kernel_start(sim_instance_kernel(instance), "root", doze, 0), SLIP_OK);
    sim_instance_destroy(instance);
    cr_assert_eq(host_threads(), before);
}

/* ---- expected answers ----------------------------------------------------------------------- */

struct late {
    struct sim_inbox_item item; /* first */
    struct sim_machine *machine;
    uint64_t delay_ns;
    int post; /* 0: the answer is called off */
};

static void answer(struct sim_inbox_item *item, struct k_kernel *kernel, uint32_t cpu)
{
    struct late *late = (struct late *)item;
    k_kernel_interrupt(kernel, cpu, 1, 1);
    late->machine->kind->expect(late->machine, -1);
}

static void *answer_late(void *argument)
{
    struct late *late = argument;
    struct timespec delay = {.tv_nsec = (long)late->delay_ns};
    nanosleep(&delay, NULL);
    if (late->post)
        late->machine->kind->post(late->machine, 1, &late->item);
    else
        late->machine->kind->expect(late->machine, -1);
    return NULL;
}

static void wait_for_line(void)
{
    slip_handle_t line = 0, endpoint = 0;
    struct slip_message m = {.words = 0};
    slip_endpoint_create(1, &endpoint);
    slip_interrupt_create(1, &line);
    slip_interrupt_bind(line, endpoint, 1);
    slip_endpoint_wait(endpoint, &m, SLIP_NEVER);
}

static int run_late(int post)
{
    char error[1000];
    pthread_t thread;
    struct late late = {.item.call = answer, .delay_ns = 20000000, .post = post};
    struct sim_options options = {.machine = "threads", .cpus = 2};
    struct sim_instance *instance = sim_instance_create(&options, NULL, error, sizeof error);
    late.machine = sim_instance_machine(instance);
    late.machine->kind->expect(late.machine, 1);
    pthread_create(&thread, NULL, answer_late, &late);
    int failed = sim_instance_run(instance, wait_for_line, error, sizeof error);
    pthread_join(thread, NULL);
    sim_instance_destroy(instance);
    return failed;
}

Test(threads, who_expects_an_answer_does_not_hang)
{
    cr_assert_eq(run_late(1), 0);
}

Test(threads, an_answer_that_was_called_off_is_a_hang, .timeout = 20)
{
    cr_assert_eq(run_late(0), 1);
}
