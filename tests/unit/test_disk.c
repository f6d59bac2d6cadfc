/* The simulated disk's time: when an operation is done, who hears of it, and when. What it does with
 * contents is in test_file_device.c. */
#include "device_run.h"

#include "scenario_text.h"

#define US UINT64_C(1000)
#define PAGE UINT64_C(4096)

static const struct sim_value ten_us = {.low = 10 * US, .high = 10 * US};

static struct device_run disk_run(const struct sim_value *service, uint32_t channels)
{
    return (struct device_run){
        .kind = &sim_device_disk,
        .tuning = {
            .seed = 3, .service = service, .channels = channels, .interrupt_cpu = SLIP_CPU_ANY}};
}

/* An operation that takes a service time and moves nothing; that there is no such file is its
 * answer. */
static struct sim_device_operation stat_of(uint64_t tag)
{
    return (struct sim_device_operation){.kind = SIM_DEVICE_STAT, .tag = tag};
}

/* Starts so many at once, and notes when each was done, from when they were started. */
static void time_stats(struct device_driver *driver, uint32_t count)
{
    struct device_run *run = device_run_now();
    slip_time_t start = slip_clock_now();
    for (uint32_t i = 0; i < count; i++)
        device_submit(driver, &(struct sim_device_operation){.kind = SIM_DEVICE_STAT, .tag = i});
    for (uint32_t i = 0; i < count; i++) {
        struct sim_device_answer answer = device_answer(driver);
        DEVICE_EXPECT(answer.status == SLIP_NOT_FOUND && answer.tag < count);
        run->number[i] = answer.tag;
        run->time[answer.tag] = slip_clock_now() - start;
    }
}

static void root_five(void)
{
    struct device_driver driver;
    device_drive(&driver, 0);
    time_stats(&driver, 5);
}

Test(disk, works_on_as_many_operations_at_once_as_it_has_channels)
{
    static const slip_time_t want[][5] = {
        {10, 20, 30, 40, 50}, {10, 10, 20, 20, 30}, {10, 10, 10, 10, 10}};
    static const uint32_t channels[] = {1, 2, 8};
    for (uint32_t n = 0; n < 3; n++) {
        struct device_run run = disk_run(&ten_us, channels[n]);
        device_run_good(&run, root_five);
        for (uint32_t i = 0; i < 5; i++) {
            cr_expect_eq(run.time[i], want[n][i] * US);
            cr_expect_eq(run.number[i], i);
        }
    }
}

Test(disk, an_operation_goes_to_the_channel_that_is_free_first)
{
    static const int64_t times[] = {50 * US, 10 * US, 30 * US, 10 * US, 20 * US};
    static const slip_time_t want[] = {50, 10, 30, 20, 40};
    const struct sim_value list = {.kind = SIM_VALUE_LIST, .list = times, .count = 5};
    struct device_run run = disk_run(&list, 3);
    device_run_good(&run, root_five);
    for (uint32_t i = 0; i < 5; i++)
        cr_expect_eq(run.time[i], want[i] * US);
}

static void root_many(void)
{
    struct device_driver driver;
    device_drive(&driver, 0);
    time_stats(&driver, DEVICE_TIMES);
}

Test(disk, service_times_are_drawn_from_the_seed_and_from_nothing_else)
{
    const struct sim_value uniform = {.kind = SIM_VALUE_UNIFORM, .low = 5 * US, .high = 15 * US};
    struct device_run first = disk_run(&uniform, DEVICE_TIMES), again = first, other = first;
    other.tuning.seed = 4;
    device_run_good(&first, root_many);
    device_run_good(&again, root_many);
    device_run_good(&other, root_many);
    cr_expect_arr_eq(first.time, again.time, sizeof first.time);
    cr_expect_arr_neq(first.time, other.time, sizeof first.time);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < DEVICE_TIMES; i++) {
        cr_expect(first.time[i] >= 5 * US && first.time[i] <= 15 * US);
        sum += first.time[i];
    }
    cr_expect(sum / DEVICE_TIMES > 9 * US && sum / DEVICE_TIMES < 11 * US);
}

static void root_moves(void)
{
    struct device_driver driver;
    struct device_run *run = device_run_now();
    slip_handle_t buffer = SLIP_NO_HANDLE;
    void *memory = NULL;
    device_drive(&driver, 0);
    DEVICE_EXPECT(slip_buffer_create(4 * PAGE, &buffer, &memory) == SLIP_OK);
    device_submit(&driver, &(struct sim_device_operation){.kind = SIM_DEVICE_OPEN,
                                                          .flags = SIM_DEVICE_OPEN_READ,
                                                          .path = "data"});
    uint64_t file = device_answer(&driver).result;
    const char *bytes = memory;
    for (uint32_t i = 0; i < 2; i++) {
        slip_time_t start = slip_clock_now();
        struct sim_device_operation read = {
            .kind = SIM_DEVICE_READ,
            .file = file,
            .offset = 1000,
            .length = (i + 1) * PAGE,
            .region = {SIM_REGION_BUFFER, buffer, 0, (i + 1) * PAGE, SLIP_LEND_WRITE}};
        memset(memory, 0, 4 * PAGE);
        device_submit(&driver, &read);
        slip_thread_compute(10 * US);
        DEVICE_EXPECT(bytes[1] == 0); /* what it reads is there when it is done, and not before */
        DEVICE_EXPECT(device_answer(&driver).result == (i + 1) * PAGE);
        DEVICE_EXPECT(bytes[1] == (char)(1001 * 7) && bytes[PAGE - 1] == (char)(5095 * 7));
        run->time[i] = slip_clock_now() - start;
    }
}

Test(disk, moving_takes_time_by_the_byte_beside_the_service)
{
    struct device_run run = disk_run(&ten_us, 1);
    run.tuning.bytes_per_s = 500000000;
    device_run_good(&run, root_moves);
    cr_expect_eq(run.time[0], 10 * US + 2 * PAGE);
    cr_expect_eq(run.time[1], 10 * US + 4 * PAGE);
}

/* ---- who is interrupted ------------------------------------------------------------------------- */

/* How long computing takes while the disk answers. */
static void root_computes(void)
{
    struct device_driver driver;
    struct device_run *run = device_run_now();
    slip_thread_affinity(SLIP_SELF, 0);
    device_drive(&driver, 0);
    for (uint32_t asks = 0; asks < 2; asks++) {
        struct sim_device_operation operation = stat_of(0);
        if (asks)
            device_submit(&driver, &operation);
        slip_time_t start = slip_clock_now();
        slip_thread_compute(100 * US);
        run->time[asks] = slip_clock_now() - start;
    }
    DEVICE_EXPECT(device_answer(&driver).status == SLIP_NOT_FOUND);
}

Test(disk, interrupts_the_cpu_that_was_chosen_or_the_one_that_asked)
{
    for (uint32_t chosen = 0; chosen < 3; chosen++) {
        struct device_run run = disk_run(&ten_us, 1);
        run.cpus = 2;
        run.costs = "skylake-64";
        run.tuning.interrupt_cpu = chosen == 2 ? SLIP_CPU_ANY : chosen;
        device_run_good(&run, root_computes);
        /* The clock tells whole nanoseconds, and the two begin at different parts of one. */
        if (chosen == 1)
            cr_expect_leq(run.time[1], run.time[0] + 1);
        else
            cr_expect_gt(run.time[1], run.time[0] + 1);
    }
}

/* ---- the order in which operations come ---------------------------------------------------------- */

#define ROUNDS 60U

/* Two CPUs ask at almost the same time, each round a little apart; one of them comes from a system
 * call, so it is ahead of what the other one may still do. */
static void asker(uint64_t index)
{
    struct device_driver driver;
    struct device_run *run = device_run_now();
    device_drive(&driver, (uint32_t)index);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        slip_thread_sleep_until((round + 1) * 100 * US);
        slip_thread_compute(1 + index * (round % 30) * 3);
        struct sim_machine *machine = sim_instance_machine(sim_instance_current());
        if (index == 0)
            (void)slip_clock_now();
        run->time[2 * round + index] = machine->base.ops->now(machine->base.context);
        struct sim_device_operation operation = stat_of(round);
        device_submit(&driver, &operation);
        DEVICE_EXPECT(device_answer(&driver).tag == round);
        run->number[2 * round + index] = slip_clock_now();
    }
    if (index == 1)
        slip_process_exit(0);
}

static void root_asks(void)
{
    slip_handle_t other;
    slip_thread_affinity(SLIP_SELF, 0);
    DEVICE_EXPECT(slip_thread_start(SLIP_SELF, asker, 1, SLIP_PRIORITY_DEFAULT, 1, &other) ==
                  SLIP_OK);
    asker(0);
    slip_thread_sleep_until(SLIP_NEVER);
}

Test(disk, takes_operations_of_all_cpus_in_the_order_of_simulated_time)
{
    struct device_run run = disk_run(&ten_us, 1);
    run.cpus = 2;
    run.queues = 2;
    run.costs = "skylake-64";
    device_run_good(&run, root_asks);
    uint32_t turns = 0;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        slip_time_t a = run.time[2 * round], b = run.time[2 * round + 1];
        if (a != b)
            cr_expect_eq(a < b, run.number[2 * round] < run.number[2 * round + 1],
                         "round %u: asked at %lu and %lu", round, (unsigned long)a,
                         (unsigned long)b);
        turns += a < b;
    }
    cr_expect(turns > 0 && turns < ROUNDS, "both come first at times");
}

/* ---- polled ------------------------------------------------------------------------------------- */

static void root_polls(void)
{
    struct device_driver driver;
    device_drive(&driver, 0);
    time_stats(&driver, 5);
    device_run_now()->number[5] = driver.pulses;
}

Test(disk, a_polled_one_is_looked_at_by_the_clock_only)
{
    struct device_run run = disk_run(&ten_us, 2);
    run.tuning.poll_ns = 4 * US;
    device_run_good(&run, root_polls);
    static const slip_time_t want[] = {12, 12, 20, 20, 32};
    for (uint32_t i = 0; i < 5; i++)
        cr_expect_eq(run.time[i], want[i] * US);
    cr_expect_eq(run.number[5], 8, "a look each 4 us until the last answer");
}

static void root_comes_late(void)
{
    struct device_driver driver;
    struct device_run *run = device_run_now();
    device_drive(&driver, 0);
    struct sim_device_operation operation = stat_of(7);
    slip_time_t start = slip_clock_now();
    device_submit(&driver, &operation);
    slip_thread_compute(9 * US); /* two ticks are due, and one was given */
    for (uint32_t i = 0; device_collect(&driver, &(struct sim_device_answer){.tag = 0}, 1) == 0;
         i++) {
        device_pulse(&driver);
        run->time[i] = slip_clock_now() - start;
    }
}

Test(disk, ticks_that_nobody_looked_at_are_one)
{
    struct device_run run = disk_run(&ten_us, 1);
    run.tuning.poll_ns = 4 * US;
    device_run_good(&run, root_comes_late);
    cr_expect_eq(run.time[0], 9 * US);
    cr_expect_eq(run.time[1], 12 * US);
}

static void root_waits_for_nothing(void)
{
    struct device_driver driver;
    device_drive(&driver, 0);
    time_stats(&driver, 1);
    device_pulse(&driver);
}

Test(disk, a_polled_one_with_nothing_to_do_does_not_tick)
{
    for (slip_time_t poll_ns = 0; poll_ns <= 4 * US; poll_ns += 4 * US) {
        struct device_run run = disk_run(&ten_us, 1);
        run.tuning.poll_ns = poll_ns;
        device_run_any(&run, root_waits_for_nothing);
        cr_expect_eq(run.failed, 1);
        cr_expect_not_null(strstr(run.error, "hangs"), "%s", run.error);
    }
}

static void root_ends_early(void)
{
    struct device_driver driver;
    device_drive(&driver, 0);
    for (uint32_t i = 0; i < 100; i++) {
        struct sim_device_operation operation = stat_of(i);
        device_submit(&driver, &operation);
    }
}

Test(disk, a_run_may_end_while_it_is_polled)
{
    struct device_run run = disk_run(&ten_us, 3);
    run.tuning.poll_ns = 4 * US;
    device_run_good(&run, root_ends_early);
}

/* ---- making one --------------------------------------------------------------------------------- */

static void refuses(const struct sim_device_kind *kind, const char *on, const char *root,
                    uint32_t queues, const char *what)
{
    char error[512] = "";
    struct sim_instance *instance =
        sim_instance_create(&(struct sim_options){.machine = on}, NULL, error, sizeof error);
    cr_assert_not_null(instance, "%s", error);
    cr_expect_null(
        kind->create(sim_instance_machine(instance), root, queues, 5, error, sizeof error));
    cr_expect_not_null(strstr(error, what), "'%s' is not in: %s", what, error);
    sim_instance_destroy(instance);
}

Test(disk, says_why_it_cannot_be_made)
{
    refuses(&sim_device_disk, "threads", "/tmp", 1, "machine threads");
    refuses(&sim_device_disk, "scripted", "/tmp", 1, "machine scripted");
    refuses(&sim_device_disk, "model", "/no/such", 1, "accepted is a directory");
    refuses(&sim_device_disk, "model", "/tmp", 0, "at least 1");
    refuses(&sim_device_disk, "model", "/tmp", K_LINES_MAX, "no more than there are lines");
    refuses(&sim_device_timer, "threads", "", 1, "machine threads");
    refuses(&sim_device_timer, "model", "", K_LINES_MAX, "no more than there are lines");
}

/* ---- in a scenario ------------------------------------------------------------------------------- */

static struct sim_plan *load(const char *device, char error[1024])
{
    char text[1024];
    snprintf(
        text, sizeof text,
        "return { machine = { cpus = 2 }, devices = { disk = { make = 4*KiB, %s } }, processes "
        "= { server = { role = \"file_server\", serves = \"files\", device = \"disk\" }, client "
        "= { role = \"client\", connects = \"files\", op = \"read\", bytes = 4*KiB } } }",
        device);
    return scenario_load(text, NULL, 0, error);
}

Test(disk, a_scenario_says_what_it_is_like)
{
    char error[1024];
    struct sim_plan *plan = load("kind = \"disk\", service = 10*us, channels = 4, bandwidth = 0, "
                                 "poll = 5*us, interrupt_cpu = 1",
                                 error);
    cr_assert_not_null(plan, "%s", error);
    const struct sim_plan_device *device = &plan->devices[0];
    cr_expect(device->tuned && device->service.low == 10 * US && device->channels == 4);
    cr_expect(device->bytes_per_s == 0 && device->poll_ns == 5 * US && device->cpu == 1);
    sim_plan_free(plan);
    plan = load("kind = \"file\"", error);
    cr_assert_not_null(plan, "%s", error);
    device = &plan->devices[0];
    cr_expect(!device->tuned && device->channels == 0 && device->bytes_per_s == -1);
    cr_expect(device->poll_ns == 0 && device->cpu == SLIP_CPU_ANY);
    sim_plan_free(plan);
}

Test(disk, a_scenario_is_told_what_its_device_does_not_have)
{
    static const char *const wrong[][2] = {
        {"kind = \"host_file\", service = 10*us", "service"},
        {"kind = \"host_file\", interrupt_cpu = 1", "interrupt_cpu"},
        {"kind = \"disk\", poll = 1", "poll"},
        {"kind = \"disk\", channels = 0", "channels"},
        {"kind = \"disk\", interrupt_cpu = 2", "interrupt_cpu"},
        {"kind = \"disk\", bandwith = 5", "bandwidth"},
        {"kind = \"dusk\"", "disk"}};
    for (uint32_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char error[1024];
        cr_expect_null(load(wrong[i][0], error));
        cr_expect_not_null(strstr(error, wrong[i][1]), "%s: %s", wrong[i][0], error);
        cr_expect_not_null(strstr(error, "test.lua:"), "%s", error);
    }
}
