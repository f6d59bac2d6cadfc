/* What is special about the scripted machine: who goes next, and what time is. */
#include <criterion/criterion.h>

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include "tests/unit/machine_run.h"

static int run_choice(struct run_record *record, uint32_t cpus, const struct sim_choice *choice,
                      void (*root)(void))
{
    struct sim_options options = {.machine = "scripted", .cpus = cpus, .argument = record};
    struct sim_instance *instance =
        sim_instance_create(&options, choice, record->error, sizeof record->error);
    cr_assert_not_null(instance, "%s", record->error);
    int failed = sim_instance_run(instance, root, record->error, sizeof record->error);
    sim_instance_counters(instance, &record->counters);
    sim_instance_destroy(instance);
    return failed;
}

/* ---- a run whose order can be told apart ----------------------------------------------------- */

static void mark(uint64_t number)
{
    for (uint32_t i = 0; i < 8; i++) {
        struct run_record *record = run_record();
        record->number[0] = (record->number[0] ^ number) * 0x100000001b3U;
        slip_thread_yield();
    }
    run_count(0);
}

static void marks(void)
{
    for (uint64_t i = 1; i <= 5; i++)
        slip_thread_start(SLIP_SELF, mark, i, SLIP_PRIORITY_DEFAULT, SLIP_CPU_ANY, NULL);
    while (atomic_load(&run_record()->count[0]) < 5)
        slip_thread_yield();
}

Test(scripted, the_same_seed_gives_the_same_run)
{
    for (uint64_t seed = 1; seed < 20; seed++) {
        static struct run_record first, second;
        memset(&first, 0, sizeof first);
        memset(&second, 0, sizeof second);
        cr_assert_eq(run_on(&first, "scripted", 3, seed, marks), 0);
        cr_assert_eq(run_on(&second, "scripted", 3, seed, marks), 0);
        cr_assert_eq(first.number[0], second.number[0]);
        cr_assert_eq(memcmp(&first.counters, &second.counters, sizeof first.counters), 0);
    }
}

Test(scripted, seeds_give_different_runs)
{
    enum { SEEDS = 20 };
    uint64_t seen[SEEDS];
    uint32_t different = 0;
    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        static struct run_record record;
        memset(&record, 0, sizeof record);
        cr_assert_eq(run_on(&record, "scripted", 3, seed + 1, marks), 0);
        seen[seed] = record.number[0];
        uint32_t i = 0;
        while (i < seed && seen[i] != seen[seed])
            i++;
        different += i == seed;
    }
    cr_assert_gt(different, SEEDS / 2);
}

/* ---- choices -------------------------------------------------------------------------------- */

struct picker {
    uint64_t steps, last_step;
    int rising;
    uint64_t seen; /* CPUs that were offered at some time */
    uint32_t mode;
};

enum { LOWEST, HIGHEST, STAY, LEAVE, ALTERNATE, MODES };

static uint32_t lowest(uint64_t set)
{
    return (uint32_t)__builtin_ctzll(set);
}

static uint32_t highest(uint64_t set)
{
    return 63U - (uint32_t)__builtin_clzll(set);
}

static uint32_t pick(void *argument, uint64_t runnable, uint32_t current, uint64_t step)
{
    struct picker *picker = argument;
    picker->steps++;
    picker->rising &= step >= picker->last_step;
    picker->last_step = step;
    picker->seen |= runnable;
    if (runnable == 0)
        return 0;
    uint64_t others = runnable & ~((uint64_t)1 << current);
    switch (picker->mode) {
    case HIGHEST:
        return highest(runnable);
    case STAY:
        return runnable >> current & 1 ? current : lowest(runnable);
    case LEAVE:
        return others != 0 ? lowest(others) : current;
    case ALTERNATE:
        return step % 2 ? lowest(runnable) : highest(runnable);
    default:
        return lowest(runnable);
    }
}

/* Locks are fought for, and the picker is as unfair as it can be. */
Test(scripted, no_choice_starves_a_cpu_that_others_spin_for, .timeout = 60)
{
    for (uint32_t mode = 0; mode < MODES; mode++)
        for (uint32_t cpus = 1; cpus <= 4; cpus++) {
            static struct run_record record;
            struct picker picker = {.mode = mode, .rising = 1};
            struct sim_choice choice = {&picker, pick};
            memset(&record, 0, sizeof record);
            int failed = run_choice(&record, cpus, &choice, marks);
            RUN_ASSERT_GOOD(&record, failed);
            cr_assert_gt(picker.steps, 100);
            cr_assert(picker.rising);
            cr_assert_eq(picker.seen, ((uint64_t)1 << cpus) - 1);
        }
}

static uint32_t pick_nobody(void *argument, uint64_t runnable, uint32_t current, uint64_t step)
{
    (void)argument;
    (void)runnable;
    (void)current;
    return step > 50 ? 7 : 0;
}

Test(scripted, a_choice_that_is_none_ends_the_program, .signal = SIGABRT)
{
    static struct run_record record;
    struct sim_choice choice = {NULL, pick_nobody};
    run_choice(&record, 2, &choice, marks);
}

Test(scripted, a_choice_has_a_bound)
{
    char error[200];
    struct sim_choice choice = {NULL, pick_nobody};
    struct sim_options options = {.machine = "scripted", .cpus = 65};
    cr_assert_null(sim_instance_create(&options, &choice, error, sizeof error));
    cr_assert_not_null(strstr(error, "64"));
}

static void nothing(void)
{
}

Test(scripted, runs_a_thousand_cpus)
{
    static struct run_record record;
    int failed = run_on(&record, "scripted", 1024, 3, marks);
    RUN_ASSERT_GOOD(&record, failed);
    failed = run_on(&record, "scripted", 1024, 1, nothing);
    RUN_ASSERT_GOOD(&record, failed);
}

/* ---- time ----------------------------------------------------------------------------------- */

#define HOUR 3600000000000U

static void long_sleep(void)
{
    slip_time_t start = slip_clock_now();
    slip_thread_sleep_until(start + HOUR);
    slip_time_t late = slip_clock_now() - start - HOUR;
    RUN_EXPECT(late < 10000);
    slip_thread_compute(HOUR);
    late = slip_clock_now() - start - 2 * HOUR;
    RUN_EXPECT(late < 20000);
}

Test(scripted, time_jumps_when_nobody_can_go_on, .timeout = 10)
{
    static struct run_record record;
    for (uint32_t cpus = 1; cpus < 4; cpus++) {
        int failed = run_on(&record, "scripted", cpus, cpus, long_sleep);
        RUN_ASSERT_GOOD(&record, failed);
    }
}

static void interrupts(uint64_t until)
{
    slip_thread_sleep_until(until);
    run_record()->number[1] = slip_clock_now();
}

/* Woken on CPU 1, it runs on CPU 0, where a worse thread computes. */
static void wakes_better(uint64_t endpoint)
{
    struct slip_message m = {.words = 0};
    slip_endpoint_wait(endpoint, &m, SLIP_NEVER);
    run_record()->number[2] = slip_clock_now();
}

static void exact_preemption(void)
{
    slip_handle_t endpoint = 0;
    slip_time_t start = slip_clock_now(), until = start + 1000000;
    slip_endpoint_create(1, &endpoint);
    slip_thread_affinity(SLIP_SELF, 0);
    slip_thread_start(SLIP_SELF, wakes_better, endpoint, 200, 0, NULL);
    slip_thread_start(SLIP_SELF, interrupts, until, SLIP_PRIORITY_DEFAULT, 1, NULL);
    slip_thread_sleep_until(start + 10000);
    slip_thread_compute(500000);
    struct slip_message m = {.words = 0};
    RUN_EXPECT(slip_clock_now() < start + 520000);
    slip_thread_start(SLIP_SELF, interrupts, until, 201, 0, NULL);
    slip_thread_compute(5000000);
    RUN_EXPECT(run_record()->number[1] >= until && run_record()->number[1] < until + 10000);
    RUN_EXPECT(slip_endpoint_send(endpoint, &m, SLIP_NEVER) == SLIP_OK);
    slip_thread_sleep_until(slip_clock_now() + 10000);
    RUN_EXPECT(run_record()->number[2] != 0);
}

Test(scripted, compute_is_preempted_at_the_very_time)
{
    static struct run_record record;
    for (uint64_t seed = 1; seed < 20; seed++) {
        memset(&record, 0, sizeof record);
        int failed = run_on(&record, "scripted", 2, seed, exact_preemption);
        RUN_ASSERT_GOOD(&record, failed);
    }
}

/* ---- hang and outside ------------------------------------------------------------------------ */

static void wait_for_line(void)
{
    slip_handle_t line = 0, endpoint = 0;
    struct slip_message m = {.words = 0};
    slip_endpoint_create(1, &endpoint);
    slip_interrupt_create(1, &line);
    slip_interrupt_bind(line, endpoint, 77);
    slip_endpoint_wait(endpoint, &m, SLIP_NEVER);
    RUN_EXPECT((m.flags & SLIP_GOT_PULSE) && m.badge == 77 && m.word[0] == 4);
    run_count(0);
}

Test(scripted, a_hang_is_found)
{
    static struct run_record record;
    for (uint32_t cpus = 1; cpus < 4; cpus++) {
        cr_assert_eq(run_on(&record, "scripted", cpus, 1, wait_for_line), 1);
        cr_assert_not_null(strstr(record.error, "hangs"));
        cr_assert_eq(atomic_load(&record.count[0]), 0);
    }
}

struct device {
    struct sim_inbox_item item; /* first */
    struct sim_machine *machine;
    int when_idle; /* post when nobody can go on, else at step 30 */
    int posted;
};

static void fire(struct sim_inbox_item *item, struct k_kernel *kernel, uint32_t cpu)
{
    struct device *device = (struct device *)item;
    k_kernel_interrupt(kernel, cpu, 1, 4);
    device->machine->kind->expect(device->machine, -1);
}

static uint32_t pick_and_post(void *argument, uint64_t runnable, uint32_t current, uint64_t step)
{
    struct device *device = argument;
    int now = device->when_idle ? runnable == 0 : step >= 30;
    if (now && !device->posted) {
        device->posted = 1;
        device->machine->kind->expect(device->machine, 1);
        device->machine->kind->post(device->machine, 1, &device->item);
    }
    return runnable >> current & 1 ? current : runnable == 0 ? 0 : lowest(runnable);
}

Test(scripted, a_test_posts_at_a_step_or_at_the_last_chance)
{
    for (int when_idle = 0; when_idle < 2; when_idle++) {
        static struct run_record record;
        struct device device = {.item.call = fire, .when_idle = when_idle};
        struct sim_choice choice = {&device, pick_and_post};
        struct sim_options options = {.machine = "scripted", .cpus = 2, .argument = &record};
        memset(&record, 0, sizeof record);
        struct sim_instance *instance =
            sim_instance_create(&options, &choice, record.error, sizeof record.error);
        device.machine = sim_instance_machine(instance);
        int failed = sim_instance_run(instance, wait_for_line, record.error, sizeof record.error);
        RUN_ASSERT_GOOD(&record, failed);
        cr_assert_eq(atomic_load(&record.count[0]), 1);
        sim_instance_destroy(instance);
    }
}

static void *post_late(void *argument)
{
    struct device *device = argument;
    struct timespec delay = {.tv_nsec = 20000000};
    nanosleep(&delay, NULL);
    device->machine->kind->post(device->machine, 0, &device->item);
    return NULL;
}

Test(scripted, an_answer_from_another_host_thread_is_waited_for)
{
    static struct run_record record;
    pthread_t thread;
    struct device device = {.item.call = fire};
    struct sim_options options = {.machine = "scripted", .cpus = 2, .argument = &record};
    struct sim_instance *instance =
        sim_instance_create(&options, NULL, record.error, sizeof record.error);
    device.machine = sim_instance_machine(instance);
    device.machine->kind->expect(device.machine, 1);
    pthread_create(&thread, NULL, post_late, &device);
    int failed = sim_instance_run(instance, wait_for_line, record.error, sizeof record.error);
    pthread_join(thread, NULL);
    RUN_ASSERT_GOOD(&record, failed);
    sim_instance_destroy(instance);
}
