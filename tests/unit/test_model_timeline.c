/* One call and its reply, to the nanosecond: what it takes is what its named costs add up to. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <slipway/sim.h>
#include <slipway/slipway.h>
#include <stdio.h>
#include <string.h>

#include "sim/activity.h"
#include "sim/instance.h"
#include "sim/machine/bill.h"
#include "sim/machine/cost.h"

#define ROUNDS 3U /* the last one is judged: caches of the model are as they stay by then */

struct timeline {
    int across;    /* another process, so another address space */
    uint32_t cpus; /* 2: server on the other one */
    uint32_t words;
    slip_time_t work; /* of the server, nanoseconds */
    slip_time_t took[ROUNDS];
    slip_status_t status;
};

static void serve(slip_handle_t endpoint, const struct timeline *timeline)
{
    struct slip_message m = {.words = 0};
    slip_status_t status = slip_endpoint_wait(endpoint, &m, SLIP_NEVER);
    while (status == SLIP_OK) {
        if (timeline->work != 0)
            slip_thread_compute(timeline->work);
        status = slip_endpoint_reply_wait(endpoint, m.request, SLIP_OK, 0, &m, SLIP_NEVER);
    }
}

static void serve_thread(uint64_t endpoint)
{
    serve(endpoint, sim_argument());
}

static void serve_process(void)
{
    serve(slip_start_handle(), sim_argument());
}

/* The server's process, if it has one of its own. */
static slip_handle_t start_server(const struct timeline *timeline, slip_handle_t endpoint)
{
    struct timeline *mine = sim_argument();
    slip_handle_t made = SLIP_NO_HANDLE, receiving = endpoint;
    uint32_t cpu = timeline->cpus - 1;
    if (!timeline->across) {
        mine->status =
            slip_thread_start(SLIP_SELF, serve_thread, endpoint, SLIP_PRIORITY_DEFAULT, cpu, &made);
        return SLIP_NO_HANDLE;
    }
    mine->status = slip_process_create("server", &made);
    slip_handle_duplicate(endpoint, SLIP_RIGHT_RECEIVE, 0, &receiving);
    if (mine->status == SLIP_OK)
        mine->status =
            slip_process_start_on(made, serve_process, receiving, SLIP_PRIORITY_DEFAULT, cpu);
    return made;
}

static void root(void)
{
    struct timeline *timeline = sim_argument();
    slip_handle_t endpoint;
    slip_thread_affinity(SLIP_SELF, 0);
    slip_endpoint_create(0, &endpoint);
    slip_handle_t process = start_server(timeline, endpoint);
    for (uint32_t i = 0; i < ROUNDS && timeline->status == SLIP_OK; i++) {
        slip_thread_sleep_until(slip_clock_now() + 1000000); /* the server waits, its CPU idles */
        struct slip_message m = {.words = timeline->words};
        uint64_t activity = sim_activity_begin();
        timeline->status = slip_endpoint_call(endpoint, &m, NULL, NULL, SLIP_NEVER);
        sim_activity_end(activity, i + 1 == ROUNDS);
    }
    if (process != SLIP_NO_HANDLE)
        slip_process_kill(process);
    slip_process_exit(0);
}

struct found {
    struct sim_bill bill;
    struct sim_costs *costs;
};

static void run(const char *costs, const char *kernel, struct timeline *timeline,
                struct found *found)
{
    char error[512] = "";
    struct sim_options options = {.machine = "model",
                                  .cpus = timeline->cpus,
                                  .costs = costs,
                                  .kernel = kernel,
                                  .argument = timeline};
    struct sim_instance *instance = sim_instance_create(&options, NULL, error, sizeof error);
    cr_assert_not_null(instance, "%s", error);
    cr_assert_eq(sim_instance_run(instance, root, error, sizeof error), 0, "%s", error);
    cr_assert_eq(timeline->status, SLIP_OK);
    struct sim_machine *machine = sim_instance_machine(instance);
    const struct sim_bills *bills = machine->kind->bills(machine);
    cr_assert_eq(bills->count, 1);
    cr_assert(bills->little);
    found->bill = bills->bill[0];
    sim_instance_destroy(instance);
    found->costs = sim_costs_load(costs, error, sizeof error);
    cr_assert_not_null(found->costs, "%s", error);
}

static uint64_t cost(const struct found *found, enum slip_cost name)
{
    return found->costs->kernel[name].ps;
}

static uint64_t machine_cost(const struct found *found, enum sim_cost_name name)
{
    return found->costs->machine[name].ps;
}

static uint64_t part(const struct found *found, uint32_t place)
{
    return found->bill.part[place];
}

/* The parts are the total, whatever they are. */
static void expect_sum(const struct found *found)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < SIM_BILL_COUNT; i++)
        sum += part(found, i);
    cr_assert_eq(sum, found->bill.total);
    cr_assert_eq(part(found, SIM_BILL_queueing), 0, "%lu ps are nobody's",
                 part(found, SIM_BILL_queueing));
}

static void expect_part(const struct found *found, uint32_t place, uint64_t ps)
{
    cr_assert_eq(part(found, place), ps, "%s: %lu ps, not %lu", sim_bill_name(place),
                 part(found, place), ps);
}

/* Each way: the caller's entry and look-up, the hand-over, the switch, the server's exit. */
static uint64_t one_way(const struct found *found)
{
    return cost(found, SLIP_COST_entry) + cost(found, SLIP_COST_lookup) +
           cost(found, SLIP_COST_fast_path) + cost(found, SLIP_COST_thread_switch) +
           cost(found, SLIP_COST_exit);
}

static uint64_t local_lines(const struct found *found)
{
    return part(found, SLIP_COST_COUNT + SIM_COST_line_local);
}

static const char *const presets[] = {"skylake-64", "cortex-a53", "haswell-64"};

#define EACH_PRESET(name) for (uint32_t name = 0; name < 3; name++)

Test(model_timeline, same_address_space)
{
    EACH_PRESET(i)
    {
        struct timeline timeline = {.cpus = 1, .words = 1};
        struct found found;
        run(presets[i], "", &timeline, &found);
        expect_sum(&found);
        cr_assert_eq(found.bill.total - local_lines(&found), 2 * one_way(&found));
        sim_costs_free(found.costs);
    }
}

Test(model_timeline, across_address_spaces)
{
    EACH_PRESET(i)
    {
        struct timeline timeline = {.cpus = 1, .across = 1, .words = 1};
        struct found found;
        run(presets[i], "", &timeline, &found);
        expect_sum(&found);
        cr_assert_eq(found.bill.total - local_lines(&found),
                     2 * (one_way(&found) + cost(&found, SLIP_COST_space_switch)));
        sim_costs_free(found.costs);
    }
}

Test(model_timeline, across_with_isolation)
{
    for (uint32_t i = 0; i < 3; i += 2) { /* processors that have it */
        struct timeline timeline = {.cpus = 1, .across = 1, .words = 1};
        struct found found;
        run(presets[i], "isolation=on", &timeline, &found);
        expect_sum(&found);
        expect_part(&found, SLIP_COST_COUNT + SIM_COST_isolation,
                    2 * machine_cost(&found, SIM_COST_isolation));
        cr_assert_eq(found.bill.total - local_lines(&found),
                     2 * (one_way(&found) + cost(&found, SLIP_COST_space_switch) +
                          machine_cost(&found, SIM_COST_isolation)));
        sim_costs_free(found.costs);
    }
}

Test(model_timeline, words_beyond_the_free_ones_cost_each)
{
    EACH_PRESET(i)
    {
        struct timeline timeline = {.cpus = 1, .words = 7};
        struct found found;
        run(presets[i], "", &timeline, &found);
        expect_sum(&found);
        uint64_t beyond = 7 - found.costs->words_free;
        expect_part(&found, SLIP_COST_word, 2 * beyond * cost(&found, SLIP_COST_word));
        cr_assert_eq(found.bill.total - local_lines(&found),
                     2 * (one_way(&found) + beyond * cost(&found, SLIP_COST_word)));
        sim_costs_free(found.costs);
    }
}

Test(model_timeline, what_the_server_computes_is_service)
{
    struct timeline timeline = {.cpus = 1, .words = 1, .work = 12345};
    struct found found;
    run("skylake-64", "", &timeline, &found);
    expect_sum(&found);
    expect_part(&found, SIM_BILL_service, 12345000);
    sim_costs_free(found.costs);
}

/* ---- two CPUs -------------------------------------------------------------------------------- */

/* Of each way, what it takes to wake the other side on its own CPU: the sender puts the thread into
 * that CPU's queue, and the CPU that wakes finds it there. */
static uint64_t wake(const struct found *found)
{
    return cost(found, SLIP_COST_wake) + cost(found, SLIP_COST_queue) +
           cost(found, SLIP_COST_schedule);
}

static uint64_t moved_lines(const struct found *found)
{
    return part(found, SLIP_COST_COUNT + SIM_COST_line_sibling) +
           part(found, SLIP_COST_COUNT + SIM_COST_line_cluster) +
           part(found, SLIP_COST_COUNT + SIM_COST_line_socket) +
           part(found, SLIP_COST_COUNT + SIM_COST_line_remote);
}

Test(model_timeline, across_processors_with_a_receiver_that_halted)
{
    EACH_PRESET(i)
    {
        struct timeline timeline = {.cpus = 2, .words = 1};
        struct found found;
        run(presets[i], "", &timeline, &found);
        expect_sum(&found);
        expect_part(&found, SLIP_COST_ipi_send, 2 * cost(&found, SLIP_COST_ipi_send));
        expect_part(&found, SLIP_COST_idle_exit, 2 * cost(&found, SLIP_COST_idle_exit));
        expect_part(&found, SLIP_COST_COUNT + SIM_COST_ipi_near,
                    2 * machine_cost(&found, SIM_COST_ipi_near));
        uint64_t each = cost(&found, SLIP_COST_entry) + cost(&found, SLIP_COST_lookup) +
                        wake(&found) + cost(&found, SLIP_COST_ipi_send) +
                        machine_cost(&found, SIM_COST_ipi_near) +
                        cost(&found, SLIP_COST_ipi_receive) + cost(&found, SLIP_COST_idle_exit) +
                        cost(&found, SLIP_COST_exit);
        cr_assert_eq(found.bill.total - local_lines(&found) - moved_lines(&found), 2 * each);
        sim_costs_free(found.costs);
    }
}

Test(model_timeline, across_processors_with_a_receiver_that_polls)
{
    EACH_PRESET(i)
    {
        struct timeline timeline = {.cpus = 2, .words = 1};
        struct found found;
        run(presets[i], "idle=poll", &timeline, &found);
        expect_sum(&found);
        expect_part(&found, SLIP_COST_ipi_send, 0);
        expect_part(&found, SLIP_COST_idle_exit, 0);
        uint64_t each = cost(&found, SLIP_COST_entry) + cost(&found, SLIP_COST_lookup) +
                        wake(&found) + cost(&found, SLIP_COST_exit);
        /* It comes so soon that it finds locks of who woke it. */
        uint64_t waited = part(&found, SIM_BILL_lock_wait);
        cr_assert_eq(found.bill.total - local_lines(&found) - moved_lines(&found) - waited,
                     2 * each);
        cr_assert_gt(moved_lines(&found), 0);
        sim_costs_free(found.costs);
    }
}
