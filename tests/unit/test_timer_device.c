/* The timer device: ticks by the simulated clock. */
#include "device_run.h"

#define US UINT64_C(1000)

static struct device_run timer_run(slip_time_t period_ns, slip_time_t first_ns)
{
    return (struct device_run){
        .kind = &sim_device_timer,
        .tuning = {.period_ns = period_ns, .first_ns = first_ns, .interrupt_cpu = SLIP_CPU_ANY}};
}

static void root_ticks(void)
{
    struct device_driver driver;
    struct device_run *run = device_run_now();
    slip_thread_compute(3 * US);
    device_drive(&driver, 0);
    for (uint32_t i = 0; i < 4; i++) {
        struct sim_device_answer tick = device_answer(&driver);
        DEVICE_EXPECT(tick.status == SLIP_OK && tick.tag == i + 1);
        run->time[i] = slip_clock_now();
        DEVICE_EXPECT(tick.result == run->time[i]);
    }
    run->number[0] = driver.pulses;
}

Test(timer_device, ticks_from_when_its_driver_is_there_at_its_period)
{
    struct device_run run = timer_run(250 * US, 100 * US);
    device_run_good(&run, root_ticks);
    for (uint32_t i = 0; i < 4; i++)
        cr_expect_eq(run.time[i], (103 + i * 250) * US);
    cr_expect_eq(run.number[0], 4);
}

static void root_is_late(void)
{
    struct device_driver driver;
    struct device_run *run = device_run_now();
    struct sim_device_answer ticks[4];
    device_drive(&driver, 0);
    device_pulse(&driver);
    slip_thread_compute(50 * US);
    DEVICE_EXPECT(device_collect(&driver, ticks, 4) == 4);
    for (uint32_t i = 0; i < 4; i++)
        run->time[i] = ticks[i].result;
    DEVICE_EXPECT(device_collect(&driver, ticks, 4) == 2);
    DEVICE_EXPECT(ticks[1].tag == 6 && ticks[1].result == 60 * US);
    DEVICE_EXPECT(device_answer(&driver).tag == 7);
    run->time[4] = slip_clock_now();
}

Test(timer_device, ticks_that_nobody_collected_are_told_one_by_one)
{
    struct device_run run = timer_run(10 * US, 10 * US);
    device_run_good(&run, root_is_late);
    static const slip_time_t want[] = {10, 20, 30, 40, 70};
    for (uint32_t i = 0; i < 5; i++)
        cr_expect_eq(run.time[i], want[i] * US);
}

static void root_hears_once(void)
{
    struct device_driver driver;
    device_drive(&driver, 0);
    DEVICE_EXPECT(device_answer(&driver).result == 20 * US);
    device_answer(&driver);
}

Test(timer_device, without_a_period_it_ticks_once_and_what_waits_for_more_hangs)
{
    struct device_run run = timer_run(0, 20 * US);
    device_run_any(&run, root_hears_once);
    cr_expect_eq(run.failed, 1);
    cr_expect_not_null(strstr(run.error, "hangs"), "%s", run.error);
}

/* Starts the ticks, and never looks. */
static void root_forgets(void)
{
    struct device_driver driver;
    slip_handle_t endpoint;
    struct slip_message m = {.words = 0};
    device_drive(&driver, 0);
    DEVICE_EXPECT(slip_endpoint_create(1, &endpoint) == SLIP_OK);
    (void)slip_endpoint_wait(endpoint, &m, SLIP_NEVER);
}

Test(timer_device, ticks_that_nobody_listens_to_do_not_hide_a_hang, .timeout = 10)
{
    struct device_run run = timer_run(US, US);
    device_run_any(&run, root_forgets);
    cr_expect_eq(run.failed, 1);
    cr_expect_not_null(strstr(run.error, "hangs"), "%s", run.error);
}

static void root_asks_it(void)
{
    struct device_driver driver;
    struct device_run *run = device_run_now();
    device_drive(&driver, 0);
    struct sim_device_operation read = {.kind = SIM_DEVICE_READ};
    DEVICE_EXPECT(run->kind->submit(driver.queue, &read) == SLIP_BAD_OPERATION);
    DEVICE_EXPECT(run->kind->queue(run->device, 1) == NULL);
}

Test(timer_device, has_no_operations)
{
    struct device_run run = timer_run(US, US);
    device_run_good(&run, root_asks_it);
}

/* How long computing takes beside ticks. */
static void root_computes(void)
{
    struct device_driver driver;
    slip_thread_affinity(SLIP_SELF, 0);
    device_drive(&driver, 0);
    slip_time_t start = slip_clock_now();
    slip_thread_compute(100 * US);
    device_run_now()->time[0] = slip_clock_now() - start;
    DEVICE_EXPECT(device_answer(&driver).tag == 1);
}

Test(timer_device, interrupts_the_cpu_that_was_chosen)
{
    slip_time_t took[2];
    for (uint32_t chosen = 0; chosen < 2; chosen++) {
        struct device_run run = timer_run(0, 50 * US);
        run.cpus = 2;
        run.costs = "skylake-64";
        run.tuning.interrupt_cpu = chosen;
        device_run_good(&run, root_computes);
        took[chosen] = run.time[0];
    }
    cr_expect_gt(took[0], took[1]);
}
