/* Runs a first process that drives a device in simulated time, on the machine that has it. What goes
 * wrong inside is noted, and judged on the host: an assertion would leave the simulated thread
 * behind. */
#ifndef TESTS_UNIT_DEVICE_RUN_H
#define TESTS_UNIT_DEVICE_RUN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>
#include <slipway/slipway.h>
#include "sim/device/device.h"
#include "sim/instance.h"
#include "sim/scenario/plan.h"

#define DEVICE_LINE 5U
#define DEVICE_FILE_BYTES 100000U
#define DEVICE_TIMES 256U

struct device_run {
    const struct sim_device_kind *kind;
    const char *costs; /* NULL: free */
    uint32_t cpus;     /* 0: one */
    uint32_t queues;   /* 0: one */
    struct sim_device_tuning tuning;
    struct sim_device *device;
    int wrong; /* line of the first claim that did not hold, or 0 */
    slip_time_t time[DEVICE_TIMES];
    uint64_t number[DEVICE_TIMES];
    int failed;
    char error[1024];
};

static inline struct device_run *device_run_now(void)
{
    return sim_argument();
}

#define DEVICE_EXPECT(claim)                                                                       \
    do {                                                                                           \
        if (!(claim) && device_run_now()->wrong == 0)                                              \
            device_run_now()->wrong = __LINE__;                                                    \
    } while (0)

static inline struct sim_value device_constant(int64_t number)
{
    return (struct sim_value){.kind = SIM_VALUE_UNIFORM, .low = number, .high = number};
}

/* Runs it; `failed` and `error` say whether the run hung. */
static inline void device_run_any(struct device_run *run, void (*root)(void))
{
    char directory[] = "/tmp/slipway-test-XX"
                       "XX"
                       "XX";
    char path[100];
    cr_assert_not_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/data", directory);
    FILE *file = fopen(path, "w");
    for (uint32_t i = 0; i < DEVICE_FILE_BYTES; i++)
        fputc((char)(i * 7), file);
    fclose(file);
    struct sim_instance *instance =
        sim_instance_create(&(struct sim_options){.machine = "model",
                                                  .cpus = run->cpus == 0 ? 1 : run->cpus,
                                                  .costs = run->costs == NULL ? "free" : run->costs,
                                                  .argument = run},
                            NULL, run->error, sizeof run->error);
    cr_assert_not_null(instance, "%s", run->error);
    run->device = run->kind->create(sim_instance_machine(instance), directory,
                                    run->queues == 0 ? 1 : run->queues, DEVICE_LINE, run->error,
                                    sizeof run->error);
    cr_assert_not_null(run->device, "%s", run->error);
    cr_assert_eq(run->kind->tune(run->device, &run->tuning), 0);
    run->failed = sim_instance_run(instance, root, run->error, sizeof run->error);
    run->kind->destroy(run->device);
    sim_instance_destroy(instance);
    unlink(path);
    cr_expect_eq(rmdir(directory), 0);
    cr_expect_eq(run->wrong, 0, "line %d", run->wrong);
}

static inline void device_run_good(struct device_run *run, void (*root)(void))
{
    device_run_any(run, root);
    cr_expect_eq(run->failed, 0, "%s", run->error);
}

/* ---- inside ------------------------------------------------------------------------------------- */

struct device_driver {
    struct sim_device_queue *queue;
    slip_handle_t endpoint, interrupt;
    uint32_t pulses;
};

static inline void device_drive(struct device_driver *driver, uint32_t index)
{
    struct device_run *run = device_run_now();
    *driver = (struct device_driver){.queue = run->kind->queue(run->device, index)};
    DEVICE_EXPECT(slip_endpoint_create(4, &driver->endpoint) == SLIP_OK);
    DEVICE_EXPECT(slip_interrupt_create(DEVICE_LINE + index, &driver->interrupt) == SLIP_OK);
    DEVICE_EXPECT(slip_interrupt_bind(driver->interrupt, driver->endpoint, 1) == SLIP_OK);
}

static inline uint32_t device_collect(struct device_driver *driver,
                                      struct sim_device_answer *answers, uint32_t max)
{
    return device_run_now()->kind->collect(driver->queue, answers, max);
}

/* Waits for the line, and acknowledges it. */
static inline void device_pulse(struct device_driver *driver)
{
    struct slip_message m = {.words = 0};
    DEVICE_EXPECT(slip_endpoint_wait(driver->endpoint, &m, SLIP_NEVER) == SLIP_OK);
    DEVICE_EXPECT(slip_interrupt_acknowledge(driver->interrupt) == SLIP_OK);
    driver->pulses++;
}

/* Takes one answer, waiting for the line where there is none yet. */
static inline struct sim_device_answer device_answer(struct device_driver *driver)
{
    struct sim_device_answer answer = {.tag = 0};
    while (device_collect(driver, &answer, 1) == 0)
        device_pulse(driver);
    return answer;
}

static inline void device_submit(struct device_driver *driver,
                                 const struct sim_device_operation *operation)
{
    DEVICE_EXPECT(device_run_now()->kind->submit(driver->queue, operation) == SLIP_OK);
}

#endif
