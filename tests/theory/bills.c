/* The bills against a count of the test's own: clients on several CPUs note when each operation of
 * theirs begins and ends, and how many are under way, on the kernel's clock.
 *
 * Of every run the sum of all bills must be the sum of all times, and so the area under the number of
 * operations under way (Little's law), and the parts of the bills must add up to it. At zero cost,
 * where everything happens at whole nanoseconds, exactly; else the clock that programs read rounds
 * each reading down.
 */
#include <slipway/sim.h>
#include <slipway/slipway.h>
#include <stdio.h>
#include "tests/theory/theory.h"

#define CLIENTS 12U
#define SERVERS 3U
#define CPUS 5U
#define ROUNDS 200U
#define PS_PER_NS 1000U

#include "sim/activity.h"
#include "sim/instance.h"

struct scene {
    slip_handle_t endpoint;
    uint64_t sum, operations; /* nanoseconds */
    uint64_t area, changed;
    uint32_t under_way, going;
    int failed;
};

/* The clock that programs read, without the system call, which costs. */
static slip_time_t machine_now(void)
{
    const struct slip_machine *machine = &sim_instance_machine(sim_instance_current())->base;
    return machine->ops->now(machine->context);
}

/* Somebody begins (1) or ends (-1) now. All CPUs are on one host thread, and whoever begins or ends an
 * activity goes on only when no other CPU is behind, so these come in the order of time. */
static void level(struct scene *scene, slip_time_t now, int change)
{
    scene->failed |= now < scene->changed;
    scene->area += (now - scene->changed) * scene->under_way;
    scene->changed = now;
    scene->under_way += (uint32_t)change;
}

/* Times that differ for each client and round, and repeat for nobody. */
static slip_time_t some_time(uint64_t client, uint64_t round)
{
    return 1 + (client * 7919 + round * round * 104729) % 30011;
}

static void client(uint64_t number)
{
    struct scene *scene = sim_argument();
    for (uint64_t i = 0; i < ROUNDS; i++) {
        struct slip_message m = {.word = {some_time(number + CLIENTS, i)}, .words = 1};
        slip_thread_compute(some_time(number, i));
        uint64_t activity = sim_activity_begin();
        slip_time_t begun = machine_now();
        level(scene, begun, 1);
        scene->failed |= slip_endpoint_call(scene->endpoint, &m, NULL, NULL, SLIP_NEVER) != SLIP_OK;
        sim_activity_end(activity, 1);
        slip_time_t ended = machine_now();
        level(scene, ended, -1);
        scene->sum += ended - begun;
        scene->operations++;
    }
    scene->going--;
}

static void server(uint64_t number)
{
    struct scene *scene = sim_argument();
    struct slip_message m;
    (void)number;
    slip_status_t status = slip_endpoint_wait(scene->endpoint, &m, SLIP_NEVER);
    while (status == SLIP_OK) {
        slip_thread_compute(m.word[0]);
        status = slip_endpoint_reply_wait(scene->endpoint, m.request, SLIP_OK, 0, &m, SLIP_NEVER);
    }
}

static void begin(struct scene *scene, void (*entry)(uint64_t), uint64_t number)
{
    scene->failed |= slip_thread_start(SLIP_SELF, entry, number, SLIP_PRIORITY_DEFAULT,
                                       (uint32_t)number % CPUS, NULL) != SLIP_OK;
}

static void root(void)
{
    struct scene *scene = sim_argument();
    scene->failed |= slip_endpoint_create(0, &scene->endpoint) != SLIP_OK;
    for (uint32_t i = 0; i < SERVERS; i++)
        begin(scene, server, i);
    scene->going = CLIENTS;
    for (uint32_t i = 0; i < CLIENTS; i++)
        begin(scene, client, i);
    while (scene->going != 0 && !scene->failed)
        slip_thread_sleep_until(slip_clock_now() + 1000000);
    slip_process_exit(0);
}

/* slack_ps: what two readings of the clock may leave out of one operation. */
static void expect(const char *costs, const char *kernel, uint64_t slack_ps)
{
    struct scene scene = {0};
    struct sim_bills bills;
    const struct theory_program program = {root, &scene, CPUS, costs, kernel};
    theory_run(&program, &bills);
    uint64_t parts = 0, sum_ps = scene.sum * PS_PER_NS, area_ps = scene.area * PS_PER_NS;
    for (uint32_t i = 0; i < SIM_BILL_COUNT; i++)
        parts += bills.sum[i];
    uint64_t slack = slack_ps * scene.operations;
    THEORY_EXPECT(!scene.failed, "%s %s", costs, kernel);
    THEORY_EXPECT(scene.operations == (uint64_t)CLIENTS * ROUNDS, "%lu", scene.operations);
    THEORY_EXPECT(bills.requests == scene.operations, "%lu", bills.requests);
    THEORY_EXPECT(parts == bills.total, "%lu of %lu ps", parts, bills.total);
    THEORY_EXPECT(bills.little == 1, "%s %s", costs, kernel);
    THEORY_EXPECT(scene.area == scene.sum, "%lu, %lu ns", scene.area, scene.sum);
    THEORY_EXPECT(bills.total + slack >= sum_ps && bills.total <= sum_ps + slack,
                  "%s %s: %lu ps in bills, %lu ns counted, area %lu ps", costs, kernel, bills.total,
                  scene.sum, area_ps);
    printf("| %-10s %-12s | %lu operations | counted %14lu ns | bills %14lu.%03lu ns |\n", costs,
           kernel, scene.operations, scene.sum, bills.total / PS_PER_NS, bills.total % PS_PER_NS);
}

int main(void)
{
    expect("free", "", 0);
    expect("free", "locking=big", 0);
    expect("skylake-64", "", PS_PER_NS);
    expect("skylake-64", "locking=big", PS_PER_NS);
    return theory_end();
}
