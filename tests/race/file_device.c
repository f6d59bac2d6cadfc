/* Drivers on two CPUs, the loop's thread and libuv's workers all at once on one file device, for
 * the thread sanitizer. Exit 0 if every answer came once with the right bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <slipway/slipway.h>
#include "sim/device/device.h"
#include "sim/instance.h"

#define DRIVERS 4U
#define READS 500U
#define DEPTH 16U
#define BLOCK 4096U
#define BLOCKS 64U

static struct sim_device *shared_device;
static _Atomic uint32_t right_answers;

static unsigned char byte_of(uint64_t block)
{
    return (unsigned char)(block * 5 + 1);
}

struct driver {
    struct sim_device_queue *queue;
    slip_handle_t endpoint, interrupt, buffer;
    unsigned char *memory;
    uint64_t file;
    uint64_t block[DEPTH]; /* that each slot reads */
};

static uint32_t take(struct driver *driver, struct sim_device_answer *answers)
{
    uint32_t count;
    while ((count = sim_device_file.collect(driver->queue, answers, DEPTH)) == 0) {
        struct slip_message m = {.words = 0};
        if (slip_endpoint_wait(driver->endpoint, &m, SLIP_NEVER) != SLIP_OK ||
            slip_interrupt_acknowledge(driver->interrupt) != SLIP_OK)
            slip_process_exit(1);
    }
    return count;
}

static void start(struct driver *driver, uint64_t slot, uint64_t number)
{
    driver->block[slot] = number * 7 % BLOCKS;
    struct sim_device_operation read = {
        .kind = SIM_DEVICE_READ,
        .tag = slot,
        .file = driver->file,
        .offset = driver->block[slot] * BLOCK,
        .length = BLOCK,
        .region = {SIM_REGION_BUFFER, driver->buffer, slot * BLOCK, BLOCK, SLIP_LEND_WRITE}};
    if (sim_device_file.submit(driver->queue, &read) != SLIP_OK)
        slip_process_exit(1);
}

static void drive(struct driver *driver)
{
    uint32_t started = 0, done = 0;
    for (; started < DEPTH; started++)
        start(driver, started, started);
    while (done < READS) {
        struct sim_device_answer answers[DEPTH];
        uint32_t count = take(driver, answers);
        for (uint32_t i = 0; i < count; i++, done++) {
            const unsigned char *got = driver->memory + answers[i].tag * BLOCK;
            unsigned char want = byte_of(driver->block[answers[i].tag]);
            if (answers[i].status == SLIP_OK && answers[i].result == BLOCK && got[0] == want &&
                got[BLOCK - 1] == want)
                right_answers++;
            if (started < READS)
                start(driver, answers[i].tag, started++);
        }
    }
}

static void driver_thread(uint64_t index)
{
    struct driver driver = {.queue = sim_device_file.queue(shared_device, (uint32_t)index)};
    struct sim_device_operation open = {
        .kind = SIM_DEVICE_OPEN, .flags = SIM_DEVICE_OPEN_READ, .path = "data"};
    struct sim_device_answer answers[DEPTH];
    void *memory = NULL;
    if (slip_endpoint_create(1, &driver.endpoint) != SLIP_OK ||
        slip_interrupt_create((uint32_t)index, &driver.interrupt) != SLIP_OK ||
        slip_interrupt_bind(driver.interrupt, driver.endpoint, 1) != SLIP_OK ||
        slip_buffer_create(DEPTH * BLOCK, &driver.buffer, &memory) != SLIP_OK ||
        sim_device_file.submit(driver.queue, &open) != SLIP_OK)
        slip_process_exit(1);
    driver.memory = memory;
    take(&driver, answers);
    driver.file = answers[0].result;
    drive(&driver);
    open.kind = SIM_DEVICE_CLOSE;
    open.file = driver.file;
    if (sim_device_file.submit(driver.queue, &open) != SLIP_OK)
        slip_process_exit(1);
    take(&driver, answers);
}

static void root(void)
{
    for (uint32_t i = 1; i < DRIVERS; i++)
        if (slip_thread_start(SLIP_SELF, driver_thread, i, SLIP_PRIORITY_DEFAULT, i % 2, NULL) !=
            SLIP_OK)
            slip_process_exit(1);
    driver_thread(0);
}

static int run(const char *directory, const char *machine)
{
    char error[400];
    struct sim_instance *instance = sim_instance_create(
        &(struct sim_options){.machine = machine, .cpus = 2}, NULL, error, sizeof error);
    if (instance == NULL) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    int failed = 1;
    shared_device = sim_device_file.create(sim_instance_machine(instance), directory, DRIVERS, 0,
                                           error, sizeof error);
    if (shared_device != NULL) {
        failed = sim_instance_run(instance, root, error, sizeof error);
        sim_device_file.destroy(shared_device);
    }
    sim_instance_destroy(instance);
    if (failed)
        fprintf(stderr, "%s\n", error);
    else if (right_answers != DRIVERS * READS)
        fprintf(stderr, "%u of %u answers were right\n", right_answers, DRIVERS * READS);
    return failed || right_answers != DRIVERS * READS;
}

int main(void)
{
    char directory[] = "/tmp/slipway-race-XX"
                       "XX"
                       "XX";
    char path[100];
    if (mkdtemp(directory) == NULL)
        return 1;
    snprintf(path, sizeof path, "%s/data", directory);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return 1;
    for (uint64_t i = 0; i < BLOCKS * BLOCK; i++)
        fputc(byte_of(i / BLOCK), file);
    fclose(file);
    int failed = run(directory, "threads");
    right_answers = 0;
    failed |= run(directory, "cores");
    unlink(path);
    rmdir(directory);
    return failed;
}
