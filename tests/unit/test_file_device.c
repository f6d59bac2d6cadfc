/* The devices of files on a real kernel and machine: the first process is the driver. Where time is
 * simulated it is the simulated disk, which does all that the host's files do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>
#include <slipway/slipway.h>
#include "sim/device/device.h"
#include "sim/instance.h"

#define FILE_BYTES 300000U
#define PAGE 4096U

/* What a test shares with its simulated threads; the program's own memory. */
struct fixture {
    struct sim_device *device;
    int wrong_line; /* 0: all held */
    slip_status_t wrong_status;
};

/* Asserting jumps out, which a simulated thread must not, so it notes the first line that failed. */
static void note(struct fixture *fixture, int line, slip_status_t status)
{
    if (fixture->wrong_line == 0) {
        fixture->wrong_line = line;
        fixture->wrong_status = status;
    }
}

#define HOLDS(what)                                                                                \
    do {                                                                                           \
        if (!(what))                                                                               \
            note(sim_argument(), __LINE__, 0);                                                     \
    } while (0)
#define STATUS(want, call)                                                                         \
    do {                                                                                           \
        slip_status_t status_got = (call);                                                         \
        if (status_got != (want))                                                                  \
            note(sim_argument(), __LINE__, status_got);                                            \
    } while (0)

static char byte_of(uint64_t offset)
{
    return (char)(offset * 7 + offset / PAGE);
}

/* Runs `root` with a device of two queues on a directory with one file, "data". */
static void run(const char *machine, uint32_t cpus, void (*root)(void))
{
    struct fixture fixture = {0};
    char directory[] = "/tmp/slipway-test-XX"
                       "XX"
                       "XX";
    char path[100], error[400] = "";
    cr_assert_not_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/data", directory);
    FILE *file = fopen(path, "w");
    for (uint32_t i = 0; i < FILE_BYTES; i++)
        fputc(byte_of(i), file);
    fclose(file);

    struct sim_instance *instance = sim_instance_create(
        &(struct sim_options){.machine = machine, .cpus = cpus, .argument = &fixture}, NULL, error,
        sizeof error);
    cr_assert_not_null(instance, "%s", error);
    struct sim_machine *on = sim_instance_machine(instance);
    const struct sim_device_kind *kind =
        on->kind->post_at != NULL ? &sim_device_disk : &sim_device_file;
    fixture.device = kind->create(on, directory, 2, 5, error, sizeof error);
    cr_assert_not_null(fixture.device, "%s", error);
    int failed = sim_instance_run(instance, root, error, sizeof error);
    kind->destroy(fixture.device);
    sim_instance_destroy(instance);
    unlink(path);
    snprintf(path, sizeof path, "%s/new", directory);
    unlink(path);
    cr_expect_eq(rmdir(directory), 0);
    cr_expect_eq(failed, 0, "%s", error);
    cr_expect_eq(fixture.wrong_line, 0, "line %d, status %s", fixture.wrong_line,
                 slip_status_name(fixture.wrong_status));
}

/* ---- inside --------------------------------------------------------------------------------- */

struct driver {
    struct sim_device_queue *queue;
    slip_handle_t endpoint, interrupt;
    slip_handle_t buffer;
    char *memory;
    uint64_t file;
    uint32_t pulses;
};

static struct sim_device *device(void)
{
    return ((struct fixture *)sim_argument())->device;
}

/* Takes one answer, waiting for the line where there is none yet. */
static struct sim_device_answer answer_of(struct driver *driver)
{
    struct sim_device_answer answer = {0};
    struct slip_message m = {0};
    while (device()->kind->collect(driver->queue, &answer, 1) == 0) {
        STATUS(SLIP_OK, slip_endpoint_wait(driver->endpoint, &m, SLIP_NEVER));
        HOLDS((m.flags & SLIP_GOT_PULSE) != 0 && m.badge == 77 && m.word[0] == 1);
        STATUS(SLIP_OK, slip_interrupt_acknowledge(driver->interrupt));
        driver->pulses++;
    }
    return answer;
}

static struct sim_device_answer ask(struct driver *driver, const struct sim_device_operation *op)
{
    struct sim_device_answer answer = {.tag = op->tag};
    answer.status = device()->kind->submit(driver->queue, op);
    return answer.status != SLIP_OK ? answer : answer_of(driver);
}

static struct sim_device_operation reading(const struct driver *driver, uint64_t tag,
                                           uint64_t offset, uint64_t length)
{
    return (struct sim_device_operation){
        .kind = SIM_DEVICE_READ,
        .tag = tag,
        .file = driver->file,
        .offset = offset,
        .length = length,
        .region = {SIM_REGION_BUFFER, driver->buffer, tag * PAGE, length, SLIP_LEND_WRITE}};
}

static void driver_init(struct driver *driver, uint32_t index)
{
    void *memory = NULL;
    *driver = (struct driver){.queue = device()->kind->queue(device(), index)};
    STATUS(SLIP_OK, slip_endpoint_create(4, &driver->endpoint));
    STATUS(SLIP_OK, slip_interrupt_create(5 + index, &driver->interrupt));
    STATUS(SLIP_OK, slip_interrupt_bind(driver->interrupt, driver->endpoint, 77));
    STATUS(SLIP_OK, slip_buffer_create(64 * PAGE, &driver->buffer, &memory));
    driver->memory = memory;
    struct sim_device_operation open = {
        .kind = SIM_DEVICE_OPEN, .flags = SIM_DEVICE_OPEN_READ, .path = "data"};
    struct sim_device_answer answer = ask(driver, &open);
    STATUS(SLIP_OK, answer.status);
    driver->file = answer.result;
}

static int holds_data(const char *memory, uint64_t offset, uint64_t length)
{
    for (uint64_t i = 0; i < length; i++)
        if (memory[i] != byte_of(offset + i))
            return 0;
    return 1;
}

static void root_reads(void)
{
    struct driver driver;
    driver_init(&driver, 0);
    for (uint64_t round = 0; round < 20; round++) {
        uint64_t seen = 0;
        for (uint64_t i = 0; i < 32; i++) {
            struct sim_device_operation op = reading(&driver, i, (round + i * 2) * PAGE, PAGE);
            STATUS(SLIP_OK, device()->kind->submit(driver.queue, &op));
        }
        for (uint64_t i = 0; i < 32; i++) {
            struct sim_device_answer answer = answer_of(&driver);
            uint64_t offset = (round + answer.tag * 2) * PAGE;
            uint64_t want = offset >= FILE_BYTES         ? 0
                            : FILE_BYTES - offset < PAGE ? FILE_BYTES - offset
                                                         : PAGE;
            seen |= UINT64_C(1) << answer.tag;
            STATUS(SLIP_OK, answer.status);
            HOLDS(answer.result == want);
            HOLDS(holds_data(driver.memory + answer.tag * PAGE, offset, want));
        }
        HOLDS(seen == UINT32_MAX);
    }
    HOLDS(driver.pulses > 0 && driver.pulses <= 641);
}

static void root_writes(void)
{
    struct driver driver;
    driver_init(&driver, 1);
    struct sim_device_operation open = {.kind = SIM_DEVICE_OPEN,
                                        .flags = SIM_DEVICE_OPEN_READ | SIM_DEVICE_OPEN_WRITE |
                                                 SIM_DEVICE_OPEN_CREATE,
                                        .path = "new"};
    struct sim_device_answer answer = ask(&driver, &open);
    STATUS(SLIP_OK, answer.status);
    uint64_t only_read = driver.file;
    driver.file = answer.result;
    memset(driver.memory, 'a', PAGE);
    struct sim_device_operation write = reading(&driver, 0, 100, PAGE);
    write.kind = SIM_DEVICE_WRITE;
    answer = ask(&driver, &write);
    STATUS(SLIP_OK, answer.status);
    HOLDS(answer.result == PAGE);
    struct sim_device_operation stat = {.kind = SIM_DEVICE_STAT, .file = driver.file};
    answer = ask(&driver, &stat);
    HOLDS(answer.status == SLIP_OK && answer.result == 100 + PAGE);
    struct sim_device_operation read = reading(&driver, 1, 0, 101);
    answer = ask(&driver, &read);
    HOLDS(answer.result == 101 && driver.memory[PAGE + 99] == 0 &&
          driver.memory[PAGE + 100] == 'a');
    write.file = only_read;
    STATUS(SLIP_REFUSED, ask(&driver, &write).status);
    stat.kind = SIM_DEVICE_CLOSE;
    STATUS(SLIP_OK, ask(&driver, &stat).status);
    STATUS(SLIP_NOT_FOUND, ask(&driver, &stat).status);
    stat.kind = SIM_DEVICE_STAT;
    STATUS(SLIP_NOT_FOUND, ask(&driver, &stat).status);
}

static void root_bad(void)
{
    struct driver driver;
    driver_init(&driver, 0);
    struct sim_device_operation op = reading(&driver, 0, 0, PAGE);
    op.region.what = 0x123456789;
    STATUS(SLIP_BAD_HANDLE, ask(&driver, &op).status);
    op.region.what = driver.endpoint;
    STATUS(SLIP_WRONG_TYPE, ask(&driver, &op).status);
    slip_handle_t reader = SLIP_NO_HANDLE;
    STATUS(SLIP_OK, slip_buffer_share(driver.buffer, SLIP_RIGHT_READ, &reader));
    op.region.what = reader;
    STATUS(SLIP_NO_RIGHT, ask(&driver, &op).status);
    op = reading(&driver, 0, 0, PAGE);
    op.region.offset = 64 * PAGE - 1;
    STATUS(SLIP_BAD_ARGUMENT, ask(&driver, &op).status);
    op = reading(&driver, 0, 0, PAGE);
    op.region.length = PAGE - 1;
    STATUS(SLIP_BAD_ARGUMENT, ask(&driver, &op).status);
    op.region.kind = SIM_REGION_NONE;
    STATUS(SLIP_BAD_ARGUMENT, ask(&driver, &op).status);
    op.region = (struct sim_region){SIM_REGION_REQUEST, 0x999, 0, PAGE, SLIP_LEND_WRITE};
    STATUS(SLIP_STALE, ask(&driver, &op).status);
    op = reading(&driver, 0, UINT64_MAX - 10, PAGE);
    STATUS(SLIP_BAD_ARGUMENT, ask(&driver, &op).status);
    op = reading(&driver, 0, 0, PAGE);
    op.owner = 3;
    STATUS(SLIP_NOT_FOUND, ask(&driver, &op).status);
    op = (struct sim_device_operation){.kind = SIM_DEVICE_OPEN, .flags = SIM_DEVICE_OPEN_READ};
    strcpy(op.path, "../data");
    STATUS(SLIP_REFUSED, ask(&driver, &op).status);
    memset(op.path, 'x', sizeof op.path);
    STATUS(SLIP_BAD_ARGUMENT, ask(&driver, &op).status);
    op = (struct sim_device_operation){.kind = 99};
    STATUS(SLIP_BAD_ARGUMENT, ask(&driver, &op).status);
}

/* A driver that dies with everything outstanding: opens, reads into its memory, closes. */
static void doomed(void)
{
    struct driver driver = {.queue = device()->kind->queue(device(), 1)};
    void *memory;
    STATUS(SLIP_OK, slip_buffer_create(64 * PAGE, &driver.buffer, &memory));
    driver.file =
        UINT64_C(1) << 32 | 1; /* the first number there is, opened by the first process */
    for (uint64_t i = 0; i < 48; i++) {
        struct sim_device_operation op = reading(&driver, i, i * PAGE, PAGE);
        if (i % 3 == 1)
            op = (struct sim_device_operation){
                .kind = SIM_DEVICE_OPEN, .flags = SIM_DEVICE_OPEN_READ, .path = "data"};
        STATUS(SLIP_OK, device()->kind->submit(driver.queue, &op));
    }
    if (slip_start_handle() == SLIP_NO_HANDLE)
        slip_process_exit(9);
    (void)slip_handle_close(slip_start_handle()); /* tells that all are under way */
    (void)slip_thread_sleep_until(SLIP_NEVER);
}

static void root_death(void)
{
    struct driver driver;
    driver_init(&driver, 0);
    for (int i = 0; i < 30; i++) {
        slip_handle_t child = SLIP_NO_HANDLE, endpoint = SLIP_NO_HANDLE, told = SLIP_NO_HANDLE;
        uint64_t code = 0;
        STATUS(SLIP_OK, slip_process_create("doomed", &child));
        if (i % 2 == 0) { /* by itself */
            STATUS(SLIP_OK, slip_process_start(child, doomed, SLIP_NO_HANDLE));
        } else { /* by somebody else */
            struct slip_message m = {0};
            STATUS(SLIP_OK, slip_endpoint_create(1, &endpoint));
            STATUS(SLIP_OK, slip_handle_duplicate(endpoint, SLIP_RIGHT_RECEIVE, 0, &told));
            STATUS(SLIP_OK, slip_process_start(child, doomed, told));
            STATUS(SLIP_OK, slip_handle_duplicate(endpoint, SLIP_RIGHT_SEND, 0, &told));
            STATUS(SLIP_OK, slip_handle_close(endpoint));
            STATUS(SLIP_PEER_CLOSED, slip_endpoint_call(told, &m, NULL, NULL, SLIP_NEVER));
            STATUS(SLIP_OK, slip_handle_close(told));
            STATUS(SLIP_OK, slip_process_kill(child));
        }
        STATUS(SLIP_OK, slip_process_wait_code(child, SLIP_NEVER, &code));
        HOLDS(code == (i % 2 == 0 ? 9 : SLIP_EXIT_KILLED));
        STATUS(SLIP_OK, slip_handle_close(child));
    }
}

/* Ends with everything outstanding, and so does the run. */
static void root_leaves(void)
{
    struct driver driver;
    driver_init(&driver, 0);
    for (uint64_t i = 0; i < 60; i++) {
        struct sim_device_operation op = reading(&driver, i, i * PAGE, PAGE);
        if (i % 4 == 3)
            op.kind = SIM_DEVICE_STAT;
        STATUS(SLIP_OK, device()->kind->submit(driver.queue, &op));
    }
}

static void root_full(void)
{
    struct driver driver;
    driver_init(&driver, 0);
    struct sim_device_operation stat = {.kind = SIM_DEVICE_STAT, .file = driver.file};
    uint32_t count = 0;
    slip_status_t status;
    while ((status = device()->kind->submit(driver.queue, &stat)) == SLIP_OK)
        count++;
    STATUS(SLIP_FULL, status);
    HOLDS(count == SIM_DEVICE_OUTSTANDING_MAX);
    for (uint32_t i = 0; i < count; i++)
        HOLDS(answer_of(&driver).result == FILE_BYTES);
    HOLDS(ask(&driver, &stat).status == SLIP_OK);
}

#define ON_ALL_MACHINES(name, root)                                                                \
    Test(file_device, name, .timeout = 60)                                                         \
    {                                                                                              \
        run("threads", 1, root);                                                                   \
        run("threads", 2, root);                                                                   \
        run("scripted", 2, root);                                                                  \
        run("model", 1, root);                                                                     \
        run("model", 4, root);                                                                     \
    }

ON_ALL_MACHINES(many_reads_go_straight_into_the_drivers_memory, root_reads)
ON_ALL_MACHINES(what_is_written_is_read_back, root_writes)
ON_ALL_MACHINES(what_makes_no_sense_is_refused_at_once_or_answered, root_bad)
ON_ALL_MACHINES(a_driver_may_die_with_operations_outstanding, root_death)
ON_ALL_MACHINES(a_run_may_end_with_operations_outstanding, root_leaves)
ON_ALL_MACHINES(a_queue_is_full_at_its_bound_and_works_on, root_full)
