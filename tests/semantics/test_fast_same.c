/* Random programs come to the same, call by call, with the fast paths and without them, on each
 * machine: statuses, registers, memory, and in which order the threads get there.
 *
 * The threads of two processes make calls that follow from a seed, and from what their calls
 * returned. On one CPU all of that is determined by priorities, which differ from thread to thread,
 * as long as nobody looks at the clock: a call polls, or has no deadline. When all of them wait, a
 * thread below them all, and one of the other process, bring what may be waited for.
 *
 * SLIPWAY_TEST_SEED=program runs one alone. */
#include "tests/semantics/random_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAMS 16U /* with the seeds 1, 2 ... */
#define THREADS 6U   /* the even ones in the one process, the odd ones in the other */
#define STEPS 150U

_Static_assert(KEPT + THREADS * STEPS <= WAYS, "there is a way to all that they can make");

struct entry {
    uint32_t thread, call;
    int32_t status;
    uint64_t out[3], memory;
};

/* What one run did. On the host, which is where all flows are: they take turns, on one CPU. */
struct history {
    uint32_t count, tokens;
    struct entry entry[THREADS * STEPS + (THREADS * STEPS + 1) * (THREADS + 2)];
    slip_request_t token[4 * THREADS * STEPS]; /* in the order in which they were seen */
};

static struct history *history;
static struct known known[2];
static uint64_t seed;
static uint32_t steps;

static uint64_t sum(uint64_t so_far, const void *bytes, size_t count)
{
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < count; i++)
        so_far = sim_random_scramble(so_far + byte[i] + 1);
    return so_far;
}

/* Tokens differ, since an attempt that fails may use one up: what counts is which one it is. */
static uint64_t name_of_token(slip_request_t token)
{
    uint32_t i = 0;
    if (token == 0)
        return 0;
    while (i < history->tokens && history->token[i] != token)
        i++;
    if (i == history->tokens)
        history->token[history->tokens++] = token;
    return i + 1;
}

/* What a call put into the bytes, as far as it says so. */
static uint64_t sum_bytes(struct actor *self, enum slip_call call, uint64_t count)
{
    struct slip_completion *completion = (void *)self->bytes;
    const struct slip_short_message *message = (const void *)self->bytes;
    uint64_t so_far = 0;
    for (uint64_t i = 0; call == SLIP_CALL_port_wait && i < count; i++) {
        completion[i].request = name_of_token(completion[i].request);
        so_far = sum(so_far, &completion[i], sizeof completion[i]);
    }
    for (uint64_t i = 0; call == SLIP_CALL_endpoint_wait_batch && i < count; i++)
        so_far =
            sum(so_far, &message[i], offsetof(struct slip_short_message, word) + message[i].bytes);
    if (call != SLIP_CALL_port_wait && call != SLIP_CALL_endpoint_wait_batch)
        so_far = sum(so_far, self->bytes, sizeof self->bytes);
    return so_far;
}

/* All but addresses. */
static uint64_t sum_area(uint64_t so_far, const struct slip_message_area *area)
{
    return sum(so_far, area, offsetof(struct slip_message_area, data));
}

static void note_call(uint32_t thread, enum slip_call call, int32_t status, const uint64_t out[3],
                      uint64_t memory)
{
    struct entry *entry = &history->entry[history->count++];
    *entry = (struct entry){.thread = thread, .call = call, .status = status, .memory = memory};
    memcpy(entry->out, out, sizeof entry->out);
    if (call == SLIP_CALL_buffer_create)
        entry->out[1] = 0; /* an address */
    else if (call == SLIP_CALL_endpoint_submit)
        entry->out[0] = name_of_token(out[0]);
    else if (thread < THREADS)
        entry->out[1] = name_of_token(out[1]);
}

static void step(struct actor *self)
{
    uint64_t in[6], out[3];
    enum slip_call call = choose_call(self, in);
    int32_t status = slip_trap(call, in, out);
    uint64_t memory = sum_bytes(self, call, out[0]);
    note_call(self->index, call, status, out,
              sum_area(sum_area(memory, slip_message_area()), &self->area));
    learn_from(self, call, in, out);
    steps++;
}

static void act(uint64_t index)
{
    struct actor self = {.index = (uint32_t)index, .known = &known[index % 2]};
    sim_random_init(&self.random, sim_random_seed(seed, index));
    self.fault = faulting_page();
    for (uint32_t i = 0; i < STEPS; i++)
        step(&self);
}

/* ---- the run ------------------------------------------------------------------------------------- */

/* Takes something away where somebody may wait for room, and ends what is outstanding. */
static uint64_t make_room(slip_handle_t endpoint, slip_handle_t port)
{
    struct slip_completion taken;
    unsigned char bytes[BYTES];
    struct slip_message got = {.area = {.data = bytes, .capacity = sizeof bytes}};
    uint32_t count;
    int32_t status[7] = {slip_endpoint_wait(endpoint, &got, 0)};
    close_all(&got.area, got.handles);
    if (got.request != 0)
        status[1] = slip_request_reply(got.request, SLIP_OK, 0);
    status[2] = slip_port_wait(port, &taken, 1, 1, 0, &count);
    for (uint64_t key = 0; key < 4; key++)
        status[3 + key] = slip_port_cancel(port, key, 0, NULL);
    return sum(got.badge, status, sizeof status);
}

/* Brings something to each place where somebody may wait. */
static void help(uint32_t who)
{
    struct known *of = &known[who];
    uint64_t out[3] = {0};
    for (uint32_t i = 0; i < KEPT; i++)
        out[0] += make_room(of->handle[ENDPOINT][i], of->handle[PORT][i]);
    for (uint32_t i = 0; i < of->ways[ENDPOINT]; i++) {
        struct slip_message m = word(i);
        out[1] += i * (uint64_t)slip_endpoint_send(of->way[ENDPOINT][i], &m, 0);
    }
    for (uint32_t i = 0; i < of->ways[PORT]; i++)
        out[2] += i * (uint64_t)slip_port_post(of->way[PORT][i], i, 0, 0);
    note_call(THREADS + who, SLIP_CALL_thread_checkpoint, SLIP_OK, out, 0);
}

static void other(void)
{
    slip_handle_t from = slip_start_handle();
    struct slip_message m = empty();
    for (uint32_t i = 0; i < KINDS * KEPT; i++, m = empty()) {
        EXPECT_OK(slip_endpoint_wait(from, &m, SLIP_NEVER));
        known[1].handle[i / KEPT][i % KEPT] = m.handle[0];
    }
    while (slip_endpoint_wait(from, &m, SLIP_NEVER) == SLIP_OK)
        help(1);
}

static void make_objects(void)
{
    static const uint32_t depths[4] = {3, 1, 0, 2};
    void *memory;
    for (uint32_t i = 0; i < KEPT; i++) {
        known[0].handle[ENDPOINT][i] = new_endpoint(depths[i % 4]);
        known[0].handle[PORT][i] = new_port(i + 2);
        known[0].handle[CONNECTION][i] =
            connection(known[0].handle[ENDPOINT][i], known[0].handle[PORT][i]);
        known[0].handle[BUFFER][i] = new_buffer(64, &memory);
        keep_way(&known[0], ENDPOINT, known[0].handle[ENDPOINT][i]);
        keep_way(&known[0], PORT, known[0].handle[PORT][i]);
    }
}

static void share_objects(slip_handle_t way)
{
    for (uint32_t i = 0; i < KINDS * KEPT; i++) {
        uint32_t kind = i / KEPT;
        struct slip_message m =
            carrying(copy_of(known[0].handle[kind][i % KEPT], all_rights[kind], 0));
        EXPECT_OK(slip_endpoint_send(way, &m, SLIP_NEVER));
    }
}

static void program(void)
{
    slip_handle_t thread[THREADS], way = new_endpoint(0);
    slip_handle_t process = process_at(TOP, "other", other, copy_of(way, SLIP_RIGHT_RECEIVE, 0));
    make_objects();
    share_objects(way);
    for (uint32_t i = 0; i < THREADS; i++)
        EXPECT_OK(slip_thread_start(i % 2 ? process : SLIP_SELF, act, i, ABOVE + 10 * i,
                                    SLIP_CPU_ANY, &thread[i]));
    /* Handles may have gone where nobody finds them any more, in a message to themselves; so some
     * may wait for good. */
    for (uint32_t before = ~0U; before != steps;) {
        before = steps;
        for (uint32_t i = 0; i < THREADS; i++)
            note_call(THREADS, SLIP_CALL_thread_cancel, slip_thread_cancel(thread[i]),
                      (uint64_t[3]){i}, 0);
        help(0);
        EXPECT_OK(send_word(way, 0));
    }
    kill_and_reap(process);
    slip_process_exit(0);
}

struct way {
    const char *machine, *costs;
    uint32_t flags;
};

/* How often threads were switched to directly in it. */
static uint64_t run(const struct way *way, struct history *into)
{
    static struct scene scene;
    struct scene_options options = {
        .machine = way->machine, .costs = way->costs, .flags = way->flags, .cpus = 1, .seed = 1};
    memset(&scene, 0, sizeof scene);
    memset(known, 0, sizeof known);
    memset(into, 0, sizeof *into);
    steps = 0;
    history = into;
    int failed = scene_once(&scene, &options, NULL, program);
    cr_assert(!failed, "on %s, program %lu: %s\n%s", way->machine, seed, scene.failure,
              scene.error);
    return scene.counters.kernel.direct_switches;
}

static const char *name_of(uint32_t call)
{
#define NAME(name, number, arguments, results) [number] = #name,
    static const char *const names[] = {SLIP_CALL_MAP(NAME)};
#undef NAME
    return names[call];
}

static void describe(char *text, size_t bytes, const struct entry *entry)
{
    snprintf(text, bytes, "thread %u: %s %s, %#lx %#lx %#lx, memory %#lx", entry->thread,
             name_of(entry->call), slip_status_name(entry->status), entry->out[0], entry->out[1],
             entry->out[2], entry->memory);
}

static void compare(const struct way *way, const struct history *wanted,
                    const struct history *found)
{
    char one[256], two[256];
    for (uint32_t i = 0; i < wanted->count && i < found->count; i++) {
        const struct entry *a = &wanted->entry[i], *b = &found->entry[i];
        if (memcmp(a, b, sizeof *a) == 0)
            continue;
        describe(one, sizeof one, a);
        describe(two, sizeof two, b);
        cr_assert_fail("on %s, program %lu, call %u:\n  %s\n  without fast paths: %s", way->machine,
                       seed, i, two, one);
    }
    cr_assert_eq(wanted->count, found->count);
}

Test(fast, random_programs_come_to_the_same_without_it)
{
    static const struct way without = {"cores", NULL, K_CONFIG_NO_DIRECT};
    static const struct way ways[] = {{"cores", NULL, 0},
                                      {"threads", NULL, 0},
                                      {"scripted", NULL, 0},
                                      {"model", "free", 0},
                                      {"model", "skylake-64", 0}};
    static struct history wanted, found;
    const char *given = getenv("SLIPWAY_TEST_SEED");
    uint64_t first = given == NULL ? 1 : strtoull(given, NULL, 0);
    uint64_t direct = 0;
    for (seed = first; seed < first + (given == NULL ? PROGRAMS : 1); seed++) {
        cr_assert_eq(run(&without, &wanted), 0);
        for (uint32_t i = 0; i < sizeof ways / sizeof *ways; i++) {
            if (LOOKS_FOR_RACES && i > 1)
                break;
            direct += run(&ways[i], &found);
            compare(&ways[i], &wanted, &found);
        }
    }
    cr_assert(direct > 0, "the programs never met a fast path");
}
