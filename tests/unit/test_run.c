/* Comparisons from end to end, over small designs of the test's own: what is counted, what fails,
 * and what an interrupt leaves. */
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <criterion/criterion.h>
#include <slipway/design.h>
#include "sim/run/run.h"

/* ---- a design: calls ------------------------------------------------------------------------- */

struct caller {
    struct sim_event done;
    int has_done;
};

static slip_status_t caller_serve(struct sim_party *party, slip_handle_t endpoint)
{
    party->wait_object = endpoint;
    return SLIP_OK;
}

static slip_status_t caller_connect(struct sim_party *party, slip_handle_t endpoint, uint32_t depth,
                                    struct sim_link *link)
{
    (void)party;
    (void)endpoint;
    (void)depth;
    (void)link;
    return SLIP_OK;
}

static slip_status_t caller_submit(struct sim_link *link, const struct sim_operation *operation)
{
    struct caller *caller = link->party->state;
    struct slip_message message = {.words = operation->words};
    memcpy(message.word, operation->word, sizeof operation->word);
    caller->done = (struct sim_event){.kind = SIM_COMPLETION, .link = link, .key = operation->key};
    caller->done.status = slip_endpoint_call(link->endpoint, &message, NULL, &caller->done.result,
                                             operation->deadline);
    caller->has_done = 1;
    return SLIP_OK;
}

static slip_status_t caller_next(struct sim_party *party, struct sim_event *events, uint32_t max,
                                 slip_time_t deadline, uint32_t *count)
{
    struct caller *caller = party->state;
    (void)max;
    if (caller->has_done) {
        *events = caller->done;
        caller->has_done = 0;
        *count = 1;
        return SLIP_OK;
    }
    struct slip_message message;
    message.area.capacity = 0;
    slip_status_t status = slip_endpoint_wait(party->endpoint, &message, deadline);
    if (status != SLIP_OK)
        return status;
    *events =
        (struct sim_event){.kind = SIM_REQUEST, .request = message.request, .words = message.words};
    memcpy(events->word, message.word, sizeof events->word);
    *count = 1;
    return SLIP_OK;
}

static slip_status_t caller_reply(struct sim_party *party, uint64_t request, slip_status_t status,
                                  uint64_t result)
{
    (void)party;
    return slip_request_reply(request, status, result);
}

static void caller_leave(struct sim_party *party)
{
    (void)party;
}

/* ---- and others that go wrong ------------------------------------------------------------------ */

static slip_status_t refusing_connect(struct sim_party *party, slip_handle_t endpoint,
                                      uint32_t depth, struct sim_link *link)
{
    (void)party;
    (void)endpoint;
    (void)depth;
    (void)link;
    return SLIP_REFUSED;
}

static slip_status_t silent_reply(struct sim_party *party, uint64_t request, slip_status_t status,
                                  uint64_t result)
{
    (void)party;
    (void)request;
    (void)status;
    (void)result;
    return SLIP_OK;
}

static slip_status_t wrong_reply(struct sim_party *party, uint64_t request, slip_status_t status,
                                 uint64_t result)
{
    (void)party;
    return slip_request_reply(request, status, result + 1);
}

/* Keeps the machine busy, so that it does not see that nobody will ever go on. */
static slip_status_t drowsy_next(struct sim_party *party, struct sim_event *events, uint32_t max,
                                 slip_time_t deadline, uint32_t *count)
{
    slip_status_t status;
    do {
        slip_thread_sleep_until(slip_clock_now() + 1000000);
        status = caller_next(party, events, max, 0, count);
    } while (status == SLIP_WOULD_BLOCK && party->endpoint != SLIP_NO_HANDLE);
    return deadline == 0 ? SLIP_WOULD_BLOCK : status;
}

static slip_status_t dying_reply(struct sim_party *party, uint64_t request, slip_status_t status,
                                 uint64_t result)
{
    (void)party;
    (void)request;
    (void)status;
    (void)result;
    slip_process_exit(42);
    return SLIP_OK;
}

static struct sim_design caller(const char *name)
{
    return (struct sim_design){
        .version = SIM_DESIGN_VERSION,
        .size = sizeof(struct sim_design),
        .name = name,
        .about = "calls",
        .origin = "this test",
        .party_size = sizeof(struct caller),
        .serve = caller_serve,
        .connect = caller_connect,
        .submit = caller_submit,
        .next = caller_next,
        .reply = caller_reply,
        .leave = caller_leave,
    };
}

/* ---- a plan ------------------------------------------------------------------------------------ */

struct fixture {
    struct sim_plan plan;
    struct sim_plan_endpoint endpoint;
    struct sim_plan_link link;
    struct sim_plan_process processes[2];
    struct sim_result *result;
    char error[512];
};

static void fixture_init(struct fixture *fixture, uint32_t clients, uint32_t cpus)
{
    memset(fixture, 0, sizeof *fixture);
    fixture->endpoint = (struct sim_plan_endpoint){"echo", 1, 0, 4};
    fixture->link = (struct sim_plan_link){.name = "echo", .count = 1, .depth = 1};
    fixture->processes[0] = (struct sim_plan_process){
        .name = "server", .role = "echo_server", .count = 1, .threads = 1, .priority = 100};
    fixture->processes[1] = (struct sim_plan_process){.name = "client",
                                                      .role = "client",
                                                      .count = clients,
                                                      .threads = 1,
                                                      .priority = 100,
                                                      .links = &fixture->link,
                                                      .link_count = 1,
                                                      .bounded = 1,
                                                      .op = SIM_OP_ECHO,
                                                      .bytes = 8};
    for (int i = 0; i < 2; i++) {
        fixture->processes[i].cpu = SLIP_CPU_ANY;
        fixture->processes[i].device = UINT32_MAX;
        fixture->processes[i].quota = (uint64_t)32 << 20;
    }
    fixture->processes[1].serves = UINT32_MAX;
    fixture->plan = (struct sim_plan){.name = "test",
                                      .path = "test.lua",
                                      .text = "",
                                      .hash = "0",
                                      .about = "a test",
                                      .cpus = cpus,
                                      .endpoints = &fixture->endpoint,
                                      .endpoint_count = 1,
                                      .processes = fixture->processes,
                                      .process_count = 2};
    fixture->result = sim_result_create();
}

static enum sim_run_outcome run(struct fixture *fixture, const struct sim_design *const *designs,
                                uint32_t count, const struct sim_run_options *options)
{
    return sim_compare(&fixture->plan, designs, count, options, fixture->result, fixture->error,
                       sizeof fixture->error);
}

static enum sim_run_outcome run_one(struct fixture *fixture, const struct sim_design *design,
                                    uint64_t ops)
{
    struct sim_run_options options = {.ops = ops};
    return run(fixture, &design, 1, &options);
}

/* ---- tests ------------------------------------------------------------------------------------- */

Test(run, a_round_trip_on_one_cpu_is_two_switches_and_nothing_else, .timeout = 60)
{
    struct fixture fixture;
    struct sim_design design = caller("caller");
    fixture_init(&fixture, 1, 1);
    cr_assert_eq(run_one(&fixture, &design, 1003), SIM_RUN_OK, "%s", fixture.error);
    const struct sim_design_result *got = &fixture.result->designs[0];
    cr_expect_eq(got->ops, 1003);
    cr_expect_eq(got->response.count, 1003);
    cr_expect_eq(got->errors + got->leaks + got->lost, 0);
    cr_expect_eq(got->per_op.switches, 2, "%.9f", got->per_op.switches);
    cr_expect_eq(got->per_op.system_calls, 3, "%.9f", got->per_op.system_calls);
    cr_expect_eq(got->per_op.allocations, 0);
    cr_expect_eq(got->slice_count, 10);
    cr_expect(got->ops_per_s.low <= got->ops_per_s.median);
    cr_expect(isnan(fixture.result->noise_floor) && isnan(got->ratio.median));
    cr_expect(!isnan(got->response.p99) && isnan(got->response.p999), "1003 samples");
    cr_assert_eq(got->process_count, 2);
    const struct sim_process_result *server = &got->processes[0];
    cr_expect_str_eq(server->name, "server");
    cr_expect_eq(server->requests, 1003);
    cr_expect_float_eq(server->busy + server->ready + server->blocked + server->waiting, 1, 1e-9);
    cr_expect_gt(got->processes[1].blocked, 0);
    cr_expect_gt(got->memory.kernel_bytes_per_client, 0);
    sim_result_destroy(fixture.result);
}

Test(run, many_clients_are_all_counted, .timeout = 60)
{
    struct fixture fixture;
    struct sim_design design = caller("caller");
    fixture_init(&fixture, 20, 3);
    fixture.processes[0].threads = 2;
    fixture.processes[1].threads = 2;
    cr_assert_eq(run_one(&fixture, &design, 2000), SIM_RUN_OK);
    const struct sim_design_result *got = &fixture.result->designs[0];
    cr_expect_eq(got->ops, 2000);
    cr_expect_eq(got->errors, 0);
    cr_expect_eq(got->processes[1].instances, 20);
    cr_expect_eq(got->processes[1].threads, 40);
    cr_expect_float_eq(got->per_op.requests, 1, 0.1, "%g", got->per_op.requests);
    sim_result_destroy(fixture.result);
}

Test(run, two_designs_have_a_ratio_and_a_noise_floor, .timeout = 60)
{
    struct fixture fixture;
    struct sim_design first = caller("first"), second = caller("second");
    const struct sim_design *const designs[] = {&first, &second};
    struct sim_run_options options = {.duration_ns = 50000000};
    fixture_init(&fixture, 2, 1);
    cr_assert_eq(run(&fixture, designs, 2, &options), SIM_RUN_OK, "%s", fixture.error);
    const struct sim_result *result = fixture.result;
    cr_expect_str_eq(result->verb, "compare");
    cr_expect_eq(result->design_count, 2);
    cr_expect(result->noise_floor >= 0);
    cr_expect_eq(result->noise_slice_count, result->method.slices);
    cr_expect(isnan(result->designs[0].ratio.median));
    cr_expect(result->designs[1].ratio.median > 0.1 && result->designs[1].ratio.median < 10);
    cr_expect_leq(result->designs[1].why_count, SIM_WHY_LINES);
    sim_result_destroy(fixture.result);
}

/* Runs a design that goes wrong, and expects the one failure that tells of it. */
static void expect_failure(const struct sim_design *design, const char *text)
{
    struct fixture fixture;
    fixture_init(&fixture, 3, 2);
    cr_assert_eq(run_one(&fixture, design, 500), SIM_RUN_FAILED, "%s", design->name);
    const struct sim_result_texts *failures = &fixture.result->designs[0].failures;
    cr_assert_geq(failures->count, 1, "%s", design->name);
    cr_expect_not_null(strstr(failures->text[0], text), "%s: %s", design->name, failures->text[0]);
    cr_expect_eq(fixture.result->designs[0].leaks, 0);
    sim_result_destroy(fixture.result);
}

Test(run, what_fails_is_told, .timeout = 60)
{
    struct sim_design design = caller("refusing");
    design.connect = refusing_connect;
    expect_failure(&design, "connect: REFUSED");
    design = caller("wrong");
    design.reply = wrong_reply;
    expect_failure(&design, "client[");
    design = caller("dying");
    design.reply = dying_reply;
    expect_failure(&design, "server ended with exit code 42");
}

Test(run, a_run_in_which_all_wait_for_each_other_ends, .timeout = 60)
{
    struct sim_design design = caller("silent");
    design.reply = silent_reply;
    expect_failure(&design, "");
}

Test(run, a_cpu_that_is_not_there_is_wrong)
{
    struct fixture fixture;
    struct sim_design design = caller("caller");
    fixture_init(&fixture, 1, 1);
    fixture.processes[0].cpu = 1;
    cr_assert_eq(run_one(&fixture, &design, 10), SIM_RUN_WRONG);
    cr_expect_not_null(strstr(fixture.error, "CPU 1"));
    sim_result_destroy(fixture.result);
}

/* ---- interrupts -------------------------------------------------------------------------------- */

/* Interrupts once something has been measured. */
static void interrupt_progress(void *argument, double done, const char *part)
{
    (void)argument;
    (void)part;
    if (done > 0)
        sim_run_interrupt();
}

Test(run, an_interrupt_keeps_what_was_measured, .timeout = 60)
{
    struct fixture fixture;
    struct sim_design design = caller("caller");
    const struct sim_design *designs[] = {&design};
    struct sim_run_options options = {.ops = 1000000000, .progress = interrupt_progress};
    fixture_init(&fixture, 2, 1);
    cr_assert_eq(run(&fixture, designs, 1, &options), SIM_RUN_INTERRUPTED);
    const struct sim_design_result *got = &fixture.result->designs[0];
    cr_expect_eq(fixture.result->interrupted, 1);
    cr_expect_gt(got->ops, 0);
    cr_expect_gt(got->ops_per_s.median, 0);
    cr_expect_eq(got->failures.count, 0);
    sim_result_destroy(fixture.result);

    /* It was meant for that one only. */
    fixture_init(&fixture, 1, 1);
    cr_assert_eq(run_one(&fixture, &design, 500), SIM_RUN_OK);
    sim_result_destroy(fixture.result);
}

static void *interrupter(void *argument)
{
    const struct timespec wait = {.tv_nsec = 100000000};
    (void)argument;
    nanosleep(&wait, NULL);
    sim_run_interrupt();
    return NULL;
}

Test(run, an_interrupt_ends_clients_that_do_not_leave, .timeout = 60)
{
    struct fixture fixture;
    struct sim_design design = caller("drowsy");
    design.next = drowsy_next;
    design.reply = silent_reply;
    pthread_t thread;
    fixture_init(&fixture, 2, 1);
    cr_assert_eq(pthread_create(&thread, NULL, interrupter, NULL), 0);
    cr_assert_eq(run_one(&fixture, &design, 1000000000), SIM_RUN_INTERRUPTED);
    pthread_join(thread, NULL);
    cr_expect_eq(fixture.result->designs[0].failures.count, 0);
    cr_expect_eq(fixture.result->designs[0].leaks, 0);
    sim_result_destroy(fixture.result);
}
