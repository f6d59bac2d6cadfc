/* What comes from other host threads: items for any CPU, answers that are expected, a stop in the
 * middle of a run; and runs that hang, whose threads have to be ended where they are. Several
 * instances at once. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <slipway/slipway.h>
#include "sim/instance.h"
#include "tests/race/race.h"

#define CPUS 3U
#define ITEMS 500U
#define LINE 9U

struct device {
    struct sim_inbox_item item; /* first */
    struct sim_machine *machine;
    atomic_uint called;
    atomic_int busy; /* 1: posted, and not yet called */
    int plain;       /* written by whoever posts, read by the CPU: the post orders it */
};

static void called(struct sim_inbox_item *item, struct k_kernel *kernel, uint32_t cpu)
{
    struct device *device = (struct device *)item;
    RACE_EXPECT(device->plain == (int)atomic_load(&device->called) + 1);
    atomic_fetch_add(&device->called, 1);
    atomic_store(&device->busy, 0);
    k_kernel_interrupt(kernel, cpu, LINE, 1);
    device->machine->kind->expect(device->machine, -1);
}

static void *post(void *argument)
{
    struct device *device = argument;
    for (uint32_t i = 0; i < ITEMS; i++) {
        while (atomic_load(&device->busy))
            sched_yield();
        device->plain++;
        atomic_store(&device->busy, 1);
        device->machine->kind->post(device->machine, i % CPUS, &device->item);
    }
    return NULL;
}

/* Waits for interrupts until all items were called. */
static void driver(void)
{
    struct device *device = sim_argument();
    slip_handle_t endpoint, line;
    RACE_EXPECT(slip_endpoint_create(4, &endpoint) == SLIP_OK);
    RACE_EXPECT(slip_interrupt_create(LINE, &line) == SLIP_OK);
    RACE_EXPECT(slip_interrupt_bind(line, endpoint, 5) == SLIP_OK);
    while (atomic_load(&device->called) < ITEMS) {
        struct slip_message m = {.words = 0};
        RACE_EXPECT(slip_endpoint_wait(endpoint, &m, SLIP_NEVER) == SLIP_OK);
        RACE_EXPECT((m.flags & SLIP_GOT_PULSE) && m.badge == 5);
        slip_interrupt_acknowledge(line);
    }
}

static const char *machine; /* that all go on; changed between them only */

static struct sim_instance *make(void *argument)
{
    char error[400];
    struct sim_options options = {.machine = machine, .cpus = CPUS, .argument = argument};
    struct sim_instance *instance = sim_instance_create(&options, NULL, error, sizeof error);
    RACE_EXPECT(instance != NULL);
    return instance;
}

static void test_posts(void)
{
    char error[400];
    pthread_t thread;
    struct device device = {.item.call = called};
    struct sim_instance *instance = make(&device);
    device.machine = sim_instance_machine(instance);
    device.machine->kind->expect(device.machine, ITEMS);
    pthread_create(&thread, NULL, post, &device);
    RACE_EXPECT(sim_instance_run(instance, driver, error, sizeof error) == 0);
    pthread_join(thread, NULL);
    sim_instance_destroy(instance);
}

/* ---- stop ----------------------------------------------------------------------------------- */

static void for_ever(void)
{
    for (;;)
        slip_thread_compute(1000);
}

static void sleeps(void)
{
    slip_thread_sleep_until(SLIP_NEVER);
}

struct stopping {
    struct sim_instance *instance;
    atomic_int ready;
};

static void many_children(void)
{
    struct stopping *stopping = sim_argument();
    slip_handle_t child[6];
    for (uint32_t i = 0; i < 6; i++) {
        RACE_EXPECT(slip_process_create("child", &child[i]) == SLIP_OK);
        RACE_EXPECT(slip_process_start(child[i], i % 2 ? sleeps : for_ever, 0) == SLIP_OK);
    }
    atomic_store(&stopping->ready, 1);
    for (uint32_t i = 0; i < 6; i++)
        RACE_EXPECT(slip_process_wait(child[i], SLIP_NEVER) == SLIP_OK);
}

static void *stop(void *argument)
{
    struct stopping *stopping = argument;
    while (!atomic_load(&stopping->ready))
        sched_yield();
    sim_instance_stop(stopping->instance);
    sim_instance_stop(stopping->instance);
    return NULL;
}

static void test_stop(void)
{
    char error[400];
    pthread_t thread;
    struct stopping stopping = {.instance = NULL};
    stopping.instance = make(&stopping);
    pthread_create(&thread, NULL, stop, &stopping);
    RACE_EXPECT(sim_instance_run(stopping.instance, many_children, error, sizeof error) == 0);
    pthread_join(thread, NULL);
    sim_instance_destroy(stopping.instance);
}

/* ---- hang ----------------------------------------------------------------------------------- */

static void waits(uint64_t endpoint)
{
    struct slip_message m = {.words = 0};
    slip_endpoint_wait(endpoint, &m, SLIP_NEVER);
}

static void hangs(void)
{
    slip_handle_t endpoint;
    RACE_EXPECT(slip_endpoint_create(1, &endpoint) == SLIP_OK);
    for (uint32_t i = 0; i < 8; i++)
        RACE_EXPECT(slip_thread_start(SLIP_SELF, waits, endpoint, SLIP_PRIORITY_DEFAULT,
                                      SLIP_CPU_ANY, NULL) == SLIP_OK);
    slip_thread_sleep_until(slip_clock_now() + 200000);
    waits(endpoint);
}

static void test_hang(void)
{
    char error[4000];
    struct sim_instance *instance = make(NULL);
    RACE_EXPECT(sim_instance_run(instance, hangs, error, sizeof error) == 1);
    RACE_EXPECT(strstr(error, "hangs") != NULL);
    sim_instance_destroy(instance);
}

static void *all(void *argument)
{
    for (uint32_t i = 0; i < 3; i++) {
        test_posts();
        test_stop();
        test_hang();
    }
    return argument;
}

static void all_on(const char *name)
{
    pthread_t threads[2];
    machine = name;
    for (uint32_t i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, all, NULL);
    for (uint32_t i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}

int main(void)
{
    all_on("threads");
    all_on("cores");
    return 0;
}
