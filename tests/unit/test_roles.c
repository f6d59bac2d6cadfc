/* Roles on real kernels: small scenarios over every design there is, with exact outcomes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>
#include <slipway/design.h>
#include "sim/run/slice.h"

extern const struct sim_design *const sim_design_table[]; /* generated; NULL ends */

/* What a run is to do, and what came of it. */
struct outcome {
    const char *text;                 /* of the scenario */
    uint64_t ops;                     /* over all clients; 0: by time, 20 ms */
    uint64_t warmup_ops;              /* over all clients */
    int verify_writes;                /* of every client that writes */
    int spoil;                        /* 1: a byte of the file is changed behind everybody's back */
    void (*stop)(struct sim_slice *); /* called after a while, if not NULL */
    int failed;
    char error[SIM_SLICE_TEXT_BYTES + 100];
    uint64_t measured, in_time, errors, mismatches, verified_bytes;
    uint64_t late, late_most_ns;
    struct sim_slice_failure failure;
};

static void add_recorders(struct outcome *outcome, const struct sim_slice *slice)
{
    for (uint32_t i = 0; i < slice->recorder_count; i++) {
        const struct sim_recorder *recorder = &slice->recorders[i];
        outcome->measured += recorder->measured;
        outcome->in_time += recorder->in_time;
        outcome->errors += recorder->errors;
        outcome->mismatches += recorder->mismatches;
        outcome->verified_bytes += recorder->verified_bytes;
    }
    outcome->failure = slice->failure;
    outcome->late = slice->control.late;
    outcome->late_most_ns = slice->control.late_most_ns;
}

static void spoil(const struct sim_dataset *dataset)
{
    char path[400];
    snprintf(path, sizeof path, "%s/%s", dataset->root, dataset->file_name);
    FILE *file = fopen(path, "r+");
    cr_assert_not_null(file);
    cr_assert_eq(fseek(file, 500000, SEEK_SET), 0);
    int byte = fgetc(file);
    cr_assert_eq(fseek(file, 500000, SEEK_SET), 0);
    fputc(byte ^ 1, file);
    fclose(file);
}

static void run_slice(struct outcome *outcome, const struct sim_plan *plan,
                      const struct sim_design *design, const char *machine)
{
    struct sim_dataset *datasets[4] = {NULL};
    for (uint32_t i = 0; i < plan->device_count; i++) {
        datasets[i] = sim_dataset_create(plan, i, 3, outcome->error, sizeof outcome->error);
        cr_assert_not_null(datasets[i], "%s", outcome->error);
        if (outcome->spoil)
            spoil(datasets[i]);
    }
    struct sim_slice_options options = {.plan = plan,
                                        .design = design,
                                        .datasets = datasets,
                                        .machine = machine,
                                        .cpus = plan->cpus,
                                        .seed = 5,
                                        .ops = outcome->ops,
                                        .warmup_ops = outcome->warmup_ops,
                                        .measure_ns = outcome->ops == 0 ? 20000000 : 0,
                                        .warmup_ns = outcome->ops == 0 ? 2000000 : 0};
    struct sim_slice *slice = sim_slice_create(&options, outcome->error, sizeof outcome->error);
    cr_assert_not_null(slice, "%s", outcome->error);
    cr_assert_eq(sim_slice_start(slice, outcome->error, sizeof outcome->error), 0);
    while (!sim_slice_watch(slice, 300000000))
        if (outcome->stop != NULL)
            outcome->stop(slice);
    sim_slice_join(slice);
    outcome->failed = slice->outcome;
    snprintf(outcome->error, sizeof outcome->error, "%s: %s", design->name, slice->error);
    add_recorders(outcome, slice);
    sim_slice_destroy(slice);
    for (uint32_t i = 0; i < plan->device_count; i++)
        sim_dataset_destroy(datasets[i]);
}

/* Runs the scenario over one design. */
static struct outcome run(struct outcome wanted, const struct sim_design *design,
                          const char *machine)
{
    char path[] = "/tmp/slipway-test-XX"
                  "XX"
                  "XX.lua";
    struct outcome outcome = wanted;
    int fd = mkstemps(path, 4);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, wanted.text, strlen(wanted.text)), (ssize_t)strlen(wanted.text));
    close(fd);
    struct sim_plan *plan = sim_plan_load(path, NULL, 0, outcome.error, sizeof outcome.error);
    unlink(path);
    cr_assert_not_null(plan, "%s", outcome.error);
    struct sim_plan changed = *plan;
    struct sim_plan_process processes[8];
    cr_assert_leq(plan->process_count, 8);
    memcpy(processes, plan->processes, plan->process_count * sizeof *processes);
    for (uint32_t i = 0; i < plan->process_count; i++)
        if (wanted.verify_writes && processes[i].op == SIM_OP_WRITE)
            processes[i].verify = 1;
    changed.processes = processes;
    run_slice(&outcome, &changed, design, machine);
    sim_plan_free(plan);
    return outcome;
}

/* Runs it over every design, and expects that nothing went wrong and exactly so many bytes were
 * verified. */
static void run_all(struct outcome wanted, uint64_t verified_bytes)
{
    for (uint32_t i = 0; sim_design_table[i] != NULL; i++) {
        struct outcome got = run(wanted, sim_design_table[i], "threads");
        const char *name = sim_design_table[i]->name;
        cr_expect_eq(got.failed, 0, "%s", got.error);
        cr_expect_eq(got.errors, 0, "%s: %lu errors", name, got.errors);
        cr_expect_eq(got.mismatches, 0, "%s: %lu mismatches", name, got.mismatches);
        if (wanted.ops != 0) {
            cr_expect_eq(got.measured, wanted.ops, "%s: %lu measured", name, got.measured);
            cr_expect_geq(got.in_time, wanted.ops); /* what the warm-up had in flight as well */
            cr_expect_eq(got.verified_bytes, verified_bytes, "%s: %lu bytes verified", name,
                         got.verified_bytes);
        } else {
            cr_expect_gt(got.measured, 0, "%s measured nothing", name);
            cr_expect_gt(got.in_time, 0);
            cr_expect(got.verified_bytes > 0 || verified_bytes == 0);
        }
    }
}

#define FILES(server, client)                                                                      \
    "return { machine = { cpus = 2 }, devices = { disk = { kind = 'file', path = '', make = "      \
    "1000000 } }, processes = { server = { role = 'file_server', serves = 'files', device = "      \
    "'disk'" server " }, client = { role = 'client', connects = { files = { depth = 4 } }" client  \
    " } } }"

Test(roles, clients_read_a_file_and_find_what_is_in_it, .timeout = 60)
{
    run_all((struct outcome){.text = FILES("", ", count = 3, op = 'read', bytes = 4000, "
                                               "order = 'sequential'"),
                             .ops = 601,
                             .warmup_ops = 40},
            641 * 4000);
    run_all((struct outcome){.text = FILES(", count = 2", ", op = 'read', bytes = 65536")}, 1);
}

Test(roles, the_last_block_of_a_file_may_be_short, .timeout = 60)
{
    /* 1000000 = 15 * 65536 + 16960; one client goes through the file twice. */
    run_all((struct outcome){.text = FILES("", ", op = 'read', bytes = 65536, order = "
                                               "'sequential'"),
                             .ops = 32},
            2000000);
    run_all((struct outcome){.text = FILES("", ", op = 'read', bytes = 4000000"), .ops = 3},
            3000000);
}

Test(roles, threads_of_a_server_share_its_files, .timeout = 60)
{
    run_all((struct outcome){.text = FILES(", threads = 3", ", count = 2, op = 'read'"), .ops = 0},
            1);
}

Test(roles, what_clients_write_can_be_read_back, .timeout = 60)
{
    run_all((struct outcome){.text = FILES("", ", op = 'write', bytes = 8000, order = "
                                               "'sequential'"),
                             .verify_writes = 1,
                             .ops = 125},
            1000000);
    run_all((struct outcome){.text = FILES("", ", op = 'write', bytes = 8192"), .ops = 50}, 0);
}

Test(roles, a_byte_that_is_wrong_is_found, .timeout = 60)
{
    for (uint32_t i = 0; sim_design_table[i] != NULL; i++) {
        struct outcome got = run((struct outcome){.text = FILES("", ", op = 'read', bytes = 10000, "
                                                                    "order = 'sequential'"),
                                                  .spoil = 1,
                                                  .ops = 100},
                                 sim_design_table[i], "threads");
        cr_expect_eq(got.errors, 0);
        cr_expect_eq(got.mismatches, 1);
        cr_expect_eq(got.verified_bytes, 990000);
    }
}

Test(roles, clients_that_are_told_to_stop_drain_and_leave, .timeout = 60)
{
    for (uint32_t i = 0; sim_design_table[i] != NULL; i++) {
        struct outcome got = run((struct outcome){.text = FILES("", ", count = 4, op = 'read'"),
                                                  .stop = sim_slice_stop,
                                                  .ops = UINT64_C(1) << 40},
                                 sim_design_table[i], "threads");
        cr_expect_eq(got.errors, 0);
        cr_expect_gt(got.measured, 0);
        /* Every one was verified; the last block of the file is 576 bytes long. */
        cr_expect_leq(got.verified_bytes, got.measured * 4096);
        cr_expect_geq(got.verified_bytes, got.measured * 576);
    }
}

Test(roles, a_run_may_be_killed_in_the_middle_of_everything, .timeout = 60)
{
    for (uint32_t i = 0; sim_design_table[i] != NULL; i++) {
        struct outcome got =
            run((struct outcome){.text = FILES(", count = 2", ", count = 4, op = 'read'"),
                                 .stop = sim_slice_kill,
                                 .ops = UINT64_C(1) << 40},
                sim_design_table[i], "threads");
        cr_expect_eq(got.failed, 0, "%s", got.error);
        cr_expect_eq(got.mismatches, 0);
    }
}

#define ECHO(server, client)                                                                       \
    "return { machine = { cpus = 1 }, processes = { server = { role = 'echo_server', serves = "    \
    "'echo'" server " }, client = { role = 'client', connects = { echo = { depth = 3 } }" client   \
    " } } }"

Test(roles, echoes_of_every_size_come_back_whole, .timeout = 60)
{
    run_all((struct outcome){.text = ECHO("", ", bytes = 0"), .ops = 50}, 0);
    run_all((struct outcome){.text = ECHO("", ", bytes = 8, verify = true"), .ops = 50}, 0);
    run_all((struct outcome){.text = ECHO("", ", bytes = 17, verify = true"), .ops = 50}, 50 * 17);
    run_all(
        (struct outcome){.text = ECHO(", count = 3", ", bytes = 1000, verify = true"), .ops = 50},
        50 * 1000);
    run_all((struct outcome){.text = ECHO("", ", bytes = 200000, verify = true"), .ops = 10},
            10 * 200000);
}

Test(roles, the_words_of_any_protocol_can_be_sent_to_an_echo_server, .timeout = 60)
{
    run_all((struct outcome){.text = ECHO(", service = 1 * us",
                                          ", count = 5, threads = 2, send = { 7, uniform(1, 9) }, "
                                          "think = 2 * us"),
                             .ops = 103,
                             .warmup_ops = 9},
            0);
}

#define PIPELINE(depth, client)                                                                    \
    "return { machine = { cpus = 2 }, processes = { a = { role = 'pipeline_stage', serves = 'a', " \
    "connects = { b = { depth = " depth " } } }, b = { role = 'pipeline_stage', serves = 'b', "    \
    "connects = { c = { depth = 2 } }, service = 1 * us }, c = { role = 'pipeline_stage', serves " \
    "= 'c', count = 2 }, client = { role = 'client', connects = { a = { depth = 16 } }" client     \
    " } } }"

Test(roles, stages_hand_on_what_they_get_and_queue_what_finds_no_room, .timeout = 60)
{
    run_all((struct outcome){.text = PIPELINE("1", ", send = { 9, 1, 2, 3 }"), .ops = 300}, 0);
    run_all((struct outcome){.text = PIPELINE("3", ", op = 'echo', bytes = 3000, verify = true"),
                             .ops = 300},
            300 * 3000);
}

Test(roles, a_client_whose_server_is_gone_ends, .timeout = 60)
{
    static const char text[] =
        "local function server(me) for i = 1, 10 do local r = me:next() r:reply(OK, 0) end end\n"
        "return { machine = { cpus = 1 }, processes = { server = { body = server, serves = 's' },"
        " client = { role = 'client', connects = { s = { depth = 4 } }, send = { 5 } } } }";
    for (uint32_t i = 0; sim_design_table[i] != NULL; i++) {
        if (strcmp(sim_design_table[i]->name, "submit-port") != 0 &&
            strcmp(sim_design_table[i]->name, "rendezvous") != 0)
            continue; /* where the kernel holds the requests, it tells of their end */
        struct outcome got =
            run((struct outcome){.text = text, .ops = 1000}, sim_design_table[i], "threads");
        cr_expect_eq(got.failed, 0, "%s", got.error);
        cr_expect_leq(got.measured, 10);
        cr_expect_gt(got.errors, 0);
    }
}

/* A client, written as a body, that asks a file server for all that it must refuse. */
static const char hostile[] =
    "local function ask(me, words, options)\n"
    "  options = options or {} options.key = 1\n"
    "  me:link('files'):submit(words, options)\n"
    "  local c = me:next(now() + 5 * s)\n"
    "  return c.status, c.result\n"
    "end\n"
    "local function client(me)\n"
    "  expect(ask(me, { 0 }) == BAD_OPERATION, 'command 0')\n"
    "  expect(ask(me, { 99, 1, 2, 3 }) == BAD_OPERATION, 'command 99')\n"
    "  expect(ask(me, { -1 }) == BAD_OPERATION, 'command -1')\n"
    "  expect(ask(me, { 1, 1, 4 }) == BAD_ARGUMENT, 'open without a region')\n"
    "  expect(ask(me, { 1, 1, -1 }) == BAD_ARGUMENT, 'open with a long path')\n"
    "  expect(ask(me, { 1 }) == BAD_ARGUMENT, 'open without words')\n"
    "  expect(ask(me, { 2 }) == BAD_ARGUMENT, 'stat without words')\n"
    "  expect(ask(me, { 2, 0 }) == NOT_FOUND, 'stat of no file')\n"
    "  expect(ask(me, { 2, -1 }) == NOT_FOUND, 'stat of no file')\n"
    "  expect(ask(me, { 2, 1 << 33 | 1 }) == NOT_FOUND, 'stat of another generation')\n"
    "  expect(ask(me, { 3, 1, 0, 4096 }) == BAD_ARGUMENT, 'read without a region')\n"
    "  expect(ask(me, { 3, 1, 0 }) == BAD_ARGUMENT, 'read without words')\n"
    "  expect(ask(me, { 3, 1, -1, 0 }) == BAD_ARGUMENT, 'read at an offset of no file')\n"
    "  expect(ask(me, { 3, 7, 0, 0 }) == NOT_FOUND, 'read of no file')\n"
    "  expect(ask(me, { 4, 1, 0, -1 }) == BAD_ARGUMENT, 'write of too much')\n"
    "  expect(ask(me, { 5, 1 }) == NOT_FOUND, 'close of no file')\n"
    "end\n"
    "return { machine = { cpus = 1 },\n"
    "  devices = { disk = { kind = 'file', path = '', make = 10000 } }, processes = {\n"
    "  server = { role = 'file_server', serves = 'files', device = 'disk' },\n"
    "  client = { body = client, connects = 'files', waits = true } } }\n";

Test(roles, a_file_server_survives_clients_that_make_no_sense, .timeout = 60)
{
    for (uint32_t i = 0; sim_design_table[i] != NULL; i++) {
        struct outcome got =
            run((struct outcome){.text = hostile, .ops = 1}, sim_design_table[i], "threads");
        cr_expect_eq(got.failed, 0, "%s", got.error);
        cr_expect_null(got.failure.what, "%s: %s: code %lu", got.error, got.failure.what,
                       got.failure.code);
    }
}

Test(roles, roles_run_on_the_scripted_machine_as_well, .timeout = 60)
{
    static const char read[] = FILES("", ", op = 'read', bytes = 4096");
    static const char pipe[] = PIPELINE("2", ", op = 'echo', bytes = 300, verify = true");
    for (uint32_t i = 0; sim_design_table[i] != NULL; i++) {
        struct outcome got =
            run((struct outcome){.text = read, .ops = 40}, sim_design_table[i], "scripted");
        cr_expect(got.failed == 0 && got.errors == 0 && got.mismatches == 0, "%s", got.error);
        cr_expect_eq(got.measured, 40);
        got = run((struct outcome){.text = pipe, .ops = 40}, sim_design_table[i], "scripted");
        cr_expect(got.failed == 0 && got.errors == 0 && got.mismatches == 0, "%s", got.error);
        cr_expect_eq(got.verified_bytes, 40 * 300);
    }
}

/* ---- loads ------------------------------------------------------------------------------------ */

Test(roles, an_open_loop_starts_exactly_as_many_operations_as_it_shall, .timeout = 60)
{
    run_all((struct outcome){.text = ECHO(", service = exponential(1*us)",
                                          ", count = 3, arrival = poisson(50000)"),
                             .ops = 200,
                             .warmup_ops = 20},
            0);
    run_all((struct outcome){.text = ECHO("", ", arrival = every(uniform(0, 20*us)), send = { 4 }"),
                             .ops = 200},
            0);
}

Test(roles, an_open_loop_goes_on_for_its_time, .timeout = 60)
{
    run_all((struct outcome){.text = ECHO("", ", arrival = every(100*us)")}, 0);
}

/* One operation per millisecond is asked of a server that needs two: what is due waits in the client,
 * and its response time says so. */
Test(roles, an_open_loop_that_asks_for_too_much_begins_late, .timeout = 60)
{
    for (uint32_t i = 0; sim_design_table[i] != NULL; i++) {
        struct outcome got =
            run((struct outcome){.text = ECHO(", service = 2*ms", ", arrival = every(1*ms)"),
                                 .ops = 20},
                sim_design_table[i], "threads");
        cr_expect(got.failed == 0 && got.errors == 0 && got.measured == 20, "%s", got.error);
        cr_expect_gt(got.late, 10, "%s: %lu were late", sim_design_table[i]->name, got.late);
        cr_expect_gt(got.late_most_ns, 10000000U);
    }
}

Test(roles, thinking_pausing_and_varying_sizes_lose_nothing, .timeout = 60)
{
    run_all((struct outcome){.text = ECHO(", service = two_point(0, 3*us, 50)",
                                          ", think = exponential(2*us), pause = list{ 0, 10*us }, "
                                          "bytes = list{ 1000, 8, 17, 0 }, verify = true"),
                             .ops = 120},
            30 * 1017);
}

Test(roles, own_links_keep_pairs_apart, .timeout = 60)
{
    static const char text[] =
        "local function server(me)\n"
        "  while true do local r = me:next()\n"
        "    r:reply(r[1] % 3 == me.instance % 3 and OK or BAD_ARGUMENT) end end\n"
        "local function client(me)\n"
        "  for i = 1, 20 do me:link('s'):submit({ me.instance })\n"
        "    expect(me:next().status == OK) end end\n"
        "return { machine = { cpus = 2 }, processes = {\n"
        "  server = { body = server, count = 3, serves = 's', place = 'pairs' },\n"
        "  client = { body = client, count = 6, connects = { s = { own = true } },\n"
        "             place = 'spread', waits = true } } }";
    for (uint32_t i = 0; sim_design_table[i] != NULL; i++) {
        struct outcome got =
            run((struct outcome){.text = text, .ops = 1}, sim_design_table[i], "threads");
        cr_expect_eq(got.failed, 0, "%s", got.error);
        cr_expect_null(got.failure.what);
    }
}
