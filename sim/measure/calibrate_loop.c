#include "sim/measure/calibrate_loop.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <slipway/slipway.h>
#include "sim/instance.h"
#include "sim/measure/calibrate_pair.h"

#define MODEL_ROUNDS 32U
#define PATIENCE_NS 2000000000U /* the host may have taken the other CPU away */
#define BUFFER_BYTES 65536U
#define PAGES 16U

/* ---- one thread -------------------------------------------------------------------------------- */

struct things {
    struct sim_loop_slice *slice;
    slip_handle_t object;
    struct slip_message m;
    uint32_t words;
    uint64_t bytes;
    void *memory;
};

static inline void ok(struct things *things, slip_status_t status)
{
    things->slice->failed += status != SLIP_OK;
}

/* Inlined where it is called, so that a round is but what it does. */
static inline __attribute__((always_inline)) void timed(struct things *things,
                                                        void (*round)(struct things *))
{
    uint32_t rounds = things->slice->rounds;
    for (uint32_t i = 0; i < rounds / 8 + 1; i++)
        round(things);
    slip_time_t start = slip_clock_now();
    for (uint32_t i = 0; i < rounds; i++)
        round(things);
    things->slice->ns = (double)(slip_clock_now() - start) / rounds;
}

static void null_round(struct things *things)
{
    ok(things, slip_message_area() != NULL ? SLIP_OK : SLIP_BAD_ADDRESS);
}

static void null_root(void)
{
    struct things things = {.slice = sim_argument()};
    timed(&things, null_round);
}

static void lookup_round(struct things *things)
{
    struct slip_completion completion;
    uint32_t count;
    slip_status_t status = slip_port_wait(things->object, &completion, 1, 1, 0, &count);
    things->slice->failed += status != SLIP_WOULD_BLOCK;
}

static void lookup_root(void)
{
    struct things things = {.slice = sim_argument()};
    ok(&things, slip_port_create(4, &things.object));
    timed(&things, lookup_round);
}

static void post_wait_round(struct things *things)
{
    struct slip_completion completion;
    uint32_t count;
    ok(things, slip_port_post(things->object, 1, SLIP_OK, 0));
    ok(things, slip_port_wait(things->object, &completion, 1, 1, 0, &count));
}

static void post_wait_root(void)
{
    struct things things = {.slice = sim_argument()};
    ok(&things, slip_port_create(4, &things.object));
    timed(&things, post_wait_round);
}

static void send_wait_round(struct things *things)
{
    things->m.words = things->words;
    ok(things, slip_endpoint_send(things->object, &things->m, 0));
    ok(things, slip_endpoint_wait(things->object, &things->m, 0));
}

static void send_wait(uint32_t words)
{
    struct things things = {.slice = sim_argument(), .words = words};
    ok(&things, slip_endpoint_create(4, &things.object));
    timed(&things, send_wait_round);
}

static void send_wait_8_root(void)
{
    send_wait(1);
}

static void send_wait_64_root(void)
{
    send_wait(8);
}

static void read_round(struct things *things)
{
    ok(things, slip_buffer_read(things->object, 0, things->memory, things->bytes));
}

static void read_bytes(uint64_t bytes)
{
    struct things things = {.slice = sim_argument(), .bytes = bytes};
    slip_handle_t other;
    void *address = NULL;
    ok(&things, slip_buffer_create(BUFFER_BYTES, &things.object, &address));
    ok(&things, slip_buffer_create(BUFFER_BYTES, &other, &things.memory));
    if (things.slice->failed != 0)
        return;
    memset(address, 1, BUFFER_BYTES);
    timed(&things, read_round);
}

static void read_64_root(void)
{
    read_bytes(64);
}

static void read_4k_root(void)
{
    read_bytes(4096);
}

static void read_64k_root(void)
{
    read_bytes(BUFFER_BYTES);
}

static void map_round(struct things *things)
{
    slip_handle_t buffer;
    void *address;
    ok(things, slip_buffer_create(things->bytes, &buffer, &address));
    for (uint64_t at = 0; at < things->bytes && address != NULL; at += SLIP_PAGE_BYTES)
        ((volatile char *)address)[at] = 1; /* the host maps a page when it is touched */
    ok(things, slip_buffer_unregister(buffer, SLIP_NEVER));
}

static void map_1_root(void)
{
    struct things things = {.slice = sim_argument(), .bytes = SLIP_PAGE_BYTES};
    timed(&things, map_round);
}

static void map_16_root(void)
{
    struct things things = {.slice = sim_argument(), .bytes = (uint64_t)PAGES * SLIP_PAGE_BYTES};
    timed(&things, map_round);
}

/* ---- the table --------------------------------------------------------------------------------- */

#define POLL "idle=poll" /* as idle CPUs of the host's machine do, for a while */

static const struct sim_loop loops[SIM_LOOP_COUNT] = {
    [SIM_LOOP_NULL] = {"null call", "asks where its area is", 1, 4000, POLL, null_root},
    [SIM_LOOP_LOOKUP] = {"look-up", "a poll of an empty port", 1, 3000, POLL, lookup_root},
    [SIM_LOOP_POST_WAIT] = {"post and wait", "by one thread", 1, 1500, POLL, post_wait_root},
    [SIM_LOOP_SEND_WAIT] = {"send and wait, 8 B", "by one thread", 1, 1500, POLL, send_wait_8_root},
    [SIM_LOOP_SEND_WAIT_64] = {"send and wait, 64 B", "by one thread", 1, 1500, POLL,
                               send_wait_64_root},
    [SIM_LOOP_READ_64] = {"buffer read, 64 B", "a copy", 1, 2000, POLL, read_64_root},
    [SIM_LOOP_READ_4K] = {"buffer read, 4 KiB", "a copy", 1, 1000, POLL, read_4k_root},
    [SIM_LOOP_READ_64K] = {"buffer read, 64 KiB", "a copy", 1, 150, POLL, read_64k_root},
    [SIM_LOOP_YIELD] = {"yield there and back", "of two threads", 1, 1500, POLL, sim_pair_yield},
    [SIM_LOOP_PORTS] = {"ports there and back", "of two threads", 1, 800, POLL, sim_pair_ports},
    [SIM_LOOP_PORTS_TIMED] = {"the same, with timer", "a deadline is armed", 1, 600, POLL,
                              sim_pair_ports_timed},
    [SIM_LOOP_CALL] = {"call and reply, 8 B", "two threads", 1, 1500, POLL, sim_pair_call_8},
    [SIM_LOOP_CALL_64] = {"call and reply, 64 B", "two threads", 1, 1500, POLL, sim_pair_call_64},
    [SIM_LOOP_CALL_SPACES] = {"call and reply, spaces", "two processes, 8 B", 1, 1500, POLL,
                              sim_pair_call_spaces},
    [SIM_LOOP_MAP_1] = {"a buffer of 1 page", "made, used, dropped", 1, 40, POLL, map_1_root},
    [SIM_LOOP_MAP_16] = {"a buffer of 16 pages", "made, used, dropped", 1, 40, POLL, map_16_root},
    [SIM_LOOP_MAP_16_SHARED] = {"the same on 2 CPUs", "made, used, dropped", 2, 40, POLL,
                                map_16_root},
    [SIM_LOOP_CALL_CPUS] = {"call and reply, 2 CPUs", "8 B, each on its CPU", 2, 500, POLL,
                            sim_pair_call_cpus},
    [SIM_LOOP_POST_BUSY] = {"post to a busy CPU", "until the post returns", 2, 30, POLL,
                            sim_pair_post_busy},
    [SIM_LOOP_PREEMPT] = {"the same until it runs", "the thread waited for", 2, 30, POLL,
                          sim_pair_preempt},
    [SIM_LOOP_WAKE_SLEEPER] = {"post to a sleeping CPU", "until its thread runs", 2, 5, "idle=halt",
                               sim_pair_wake_sleeper},
    [SIM_LOOP_TIMER] = {"timer", "how late a sleeper runs", 2, 30, POLL, sim_pair_timer},
};

const struct sim_loop *sim_loop_nth(uint32_t index)
{
    return index < SIM_LOOP_COUNT ? &loops[index] : NULL;
}

/* ---- running ----------------------------------------------------------------------------------- */

static int run(const struct sim_loop *loop, struct sim_options *options,
               const struct sim_costs *costs, double *ns, char *error, size_t error_bytes)
{
    struct sim_loop_slice slice = {
        .rounds = costs != NULL && loop->rounds > MODEL_ROUNDS ? MODEL_ROUNDS : loop->rounds,
        .patience = costs != NULL ? SLIP_NEVER : PATIENCE_NS};
    struct sim_instance_extra extra = {.costs = costs};
    options->cpus = loop->cpus;
    options->argument = &slice;
    struct sim_instance *instance = sim_instance_create_with(options, &extra, error, error_bytes);
    int failed = instance == NULL || sim_instance_run(instance, loop->root, error, error_bytes);
    if (instance != NULL)
        sim_instance_destroy(instance);
    options->argument = NULL;
    if (failed)
        return -1;
    if (slice.failed != 0) {
        snprintf(error, error_bytes, "the loop '%s' failed on '%s': %u calls went wrong",
                 loop->name, options->machine, slice.failed);
        return -1;
    }
    *ns = slice.ns;
    return 0;
}

int sim_loop_host(const struct sim_loop *loop, double *ns, char *error, size_t error_bytes)
{
    struct sim_options options = {.machine = "cores"};
    return run(loop, &options, NULL, ns, error, error_bytes);
}

int sim_loop_model(const struct sim_loop *loop, const struct sim_costs *costs, double *ns,
                   char *error, size_t error_bytes)
{
    struct sim_options options = {.machine = "model", .kernel = loop->kernel};
    return run(loop, &options, costs, ns, error, error_bytes);
}
