/* The edges of the interface: deadlines, depth, cancel, leaving in the middle, serving and
 * connecting at once. */
#include "sim/check/conform.h"

#include <string.h>
#include "sim/check/probes.h"

#define SLOW_NS 100000UL    /* a slow server's work for one operation */
#define LATE_NS 8000000000U /* later than anything that comes at all, on a busy host, too */
#define RELAYED 500U

/* The first thing that was wrong; NULL if all was right. Host memory. */
struct note {
    const char *broken;
};

static void expect(struct sim_actor *actor, int holds, const char *what)
{
    struct note *note = actor->scene->argument;
    if (!holds && note->broken == NULL)
        note->broken = what;
}

static int broken(const struct sim_actor *actor)
{
    return ((const struct note *)actor->scene->argument)->broken != NULL;
}

/* ---- servers ------------------------------------------------------------------------------- */

static void serve(struct sim_actor *actor)
{
    sim_scene_serve(actor, sim_conform_answer);
}

static void answer_slowly(struct sim_actor *actor, const struct sim_event *event)
{
    (void)slip_thread_sleep_until(slip_clock_now() + SLOW_NS);
    sim_conform_answer(actor, event);
}

static void serve_slowly(struct sim_actor *actor)
{
    sim_scene_serve(actor, answer_slowly);
}

/* Server 0 asks server 1 for each request, and passes its answer on. */
static void serve_or_relay(struct sim_actor *actor)
{
    uint64_t asked_by[SIM_CONFORM_DEPTH_MAX] = {0};
    uint32_t asked = 0, count = 0;
    struct sim_event event;
    if (actor->index != 0) {
        serve(actor);
        return;
    }
    while (sim_party_next(&actor->party, &event, 1, SLIP_NEVER, &count) == SLIP_OK) {
        if (count == 0)
            continue;
        if (event.kind == SIM_COMPLETION) {
            (void)sim_party_reply(&actor->party, asked_by[event.key], event.status, event.result);
            continue;
        }
        struct sim_operation operation = {
            .words = event.words, .key = asked % SIM_CONFORM_DEPTH_MAX, .deadline = SLIP_NEVER};
        memcpy(operation.word, event.word, sizeof(operation.word));
        asked_by[asked++ % SIM_CONFORM_DEPTH_MAX] = event.request;
        if (sim_link_submit(actor->link[0], &operation) != SLIP_OK)
            (void)sim_party_reply(&actor->party, event.request, SLIP_IO_ERROR, 0);
    }
}

/* ---- clients ------------------------------------------------------------------------------- */

static slip_status_t submit(struct sim_actor *actor, uint64_t key, slip_time_t deadline)
{
    struct sim_operation operation = {
        .words = SIM_OPERATION_WORDS, .key = key, .deadline = deadline};
    sim_conform_fill(key, operation.word);
    return sim_link_submit(actor->link[0], &operation);
}

/* Takes `count` completions; a bit of each key that came. Status OK or `other`. */
static uint64_t take(struct sim_actor *actor, uint32_t count, slip_status_t other)
{
    uint64_t keys = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct sim_event event = {.key = 0};
        uint64_t word[SIM_OPERATION_WORDS];
        if (!sim_scene_completion(actor, &event, slip_clock_now() + LATE_NS)) {
            expect(actor, 0, "an operation did not complete");
            return keys;
        }
        expect(actor, event.key < 64 && (keys & (uint64_t)1 << event.key) == 0,
               "an operation completed twice");
        keys |= (uint64_t)1 << (event.key & 63);
        sim_conform_fill(event.key, word);
        expect(actor, event.status == other || event.status == sim_conform_status(word),
               "an operation completed with a status that nobody gave");
        expect(actor, event.status == other || event.result == sim_conform_result(word),
               "an operation completed with a wrong result");
    }
    return keys;
}

static void ask_deadlines(struct sim_actor *actor)
{
    struct sim_event event;
    uint32_t count = 9;
    slip_status_t status = sim_party_next(&actor->party, &event, 1, 0, &count);
    expect(actor, status == SLIP_WOULD_BLOCK && count == 0, "next with deadline 0 did not poll");
    slip_time_t until = slip_clock_now() + 5000;
    status = sim_party_next(&actor->party, &event, 1, until, &count);
    expect(actor, status == SLIP_TIMED_OUT && count == 0, "next did not time out");
    expect(actor, slip_clock_now() >= until, "next timed out too early");
    status = sim_party_next(&actor->party, &event, 1, until, &count);
    expect(actor, status == SLIP_TIMED_OUT && count == 0,
           "a deadline in the past did not time out");

    /* What is under way comes later, or it is there already where submit waits for it. */
    expect(actor, submit(actor, 1, SLIP_NEVER) == SLIP_OK, "a submit failed");
    status = sim_party_next(&actor->party, &event, 1, slip_clock_now() + SLOW_NS / 4, &count);
    if (status == SLIP_TIMED_OUT && count == 0)
        expect(actor, take(actor, 1, SLIP_OK) == 2, "what came after a time-out was another one");
    else
        expect(actor, status == SLIP_OK && count == 1 && event.key == 1,
               "next brought neither a time-out nor the operation");
}

static void ask_with_deadline(struct sim_actor *actor)
{
    uint32_t depth = actor->scene->depth;
    for (uint32_t i = 0; i < depth; i++)
        expect(actor, submit(actor, i, slip_clock_now() + SLOW_NS / 2) == SLIP_OK,
               "a submit with a deadline failed");
    (void)take(actor, depth, SLIP_TIMED_OUT);
    struct sim_event event;
    expect(actor, !sim_scene_completion(actor, &event, slip_clock_now() + 10 * SLOW_NS),
           "one more completion came after the last");
    for (uint32_t i = 0; i < depth; i++)
        expect(actor, submit(actor, i, SLIP_NEVER) == SLIP_OK, "a submit failed afterwards");
    (void)take(actor, depth, SLIP_OK);
}

static void ask_over_depth(struct sim_actor *actor)
{
    uint32_t depth = actor->scene->depth;
    for (uint32_t i = 0; i < depth; i++)
        expect(actor, submit(actor, i, SLIP_NEVER) == SLIP_OK,
               "a submit within the depth was refused");
    expect(actor, submit(actor, depth, SLIP_NEVER) == SLIP_NO_SLOT,
           "one over the depth was not NO_SLOT");
    struct sim_operation long_one = {.words = SIM_OPERATION_WORDS + 1};
    expect(actor, sim_link_submit(actor->link[0], &long_one) == SLIP_BAD_ARGUMENT,
           "too many words were not BAD_ARGUMENT");
    expect(actor, take(actor, depth, SLIP_OK) == ((uint64_t)1 << depth) - 1,
           "something else completed than what was submitted");
    expect(actor, submit(actor, 0, SLIP_NEVER) == SLIP_OK, "there was no room after that");
    (void)take(actor, 1, SLIP_OK);
}

/* One is held by the server, the others wait in its queue; two of these are cancelled. */
static void ask_and_cancel(struct sim_actor *actor)
{
    uint32_t depth = actor->scene->depth;
    int can = actor->scene->design->cancel != NULL;
    for (uint32_t i = 0; i < depth; i++)
        expect(actor, submit(actor, i, SLIP_NEVER) == SLIP_OK, "a submit was refused");
    (void)slip_thread_sleep_until(slip_clock_now() + SLOW_NS / 4);
    for (uint64_t key = 0; key < 3; key += 2) {
        slip_status_t status = sim_link_cancel(actor->link[0], key);
        expect(actor, can ? status == SLIP_OK : status == SLIP_BAD_OPERATION,
               can ? "a cancel of what is outstanding was not OK"
                   : "a cancel that there is not was not BAD_OPERATION");
    }
    expect(actor, sim_link_cancel(actor->link[0], 1000) != SLIP_OK,
           "a cancel of an unknown key was OK");
    expect(actor, take(actor, depth, can ? SLIP_CANCELLED : SLIP_OK) == ((uint64_t)1 << depth) - 1,
           "something else completed than what was submitted");
    expect(actor, sim_link_cancel(actor->link[0], 0) != SLIP_OK,
           "a cancel of what had completed was OK");
    for (uint32_t i = 0; i < depth; i++)
        expect(actor, submit(actor, i, SLIP_NEVER) == SLIP_OK, "a submit failed after a cancel");
    expect(actor, take(actor, depth, SLIP_OK) == ((uint64_t)1 << depth) - 1,
           "what was cancelled completed once more");
}

static void ask_and_leave(struct sim_actor *actor)
{
    for (uint32_t i = 0; i < actor->scene->depth; i++)
        expect(actor, submit(actor, i, SLIP_NEVER) == SLIP_OK, "a submit was refused");
}

static void ask_relay(struct sim_actor *actor)
{
    uint32_t depth = actor->scene->depth;
    for (uint32_t done = 0; done < RELAYED && !broken(actor); done += depth) {
        for (uint32_t i = 0; i < depth; i++)
            expect(actor, submit(actor, i, SLIP_NEVER) == SLIP_OK, "a submit failed");
        expect(actor, take(actor, depth, SLIP_OK) == ((uint64_t)1 << depth) - 1,
               "a relayed operation completed wrong");
    }
}

/* ---- the rows ------------------------------------------------------------------------------ */

static const struct edge {
    const char *name, *machine, *passed;
    void (*serve)(struct sim_actor *actor);
    void (*ask)(struct sim_actor *actor);
    uint32_t clients, servers, depth;
    int relays;
} edges[] = {
    {"deadlines of next", "scripted",
     "0 polls, one that passes is TIMED_OUT, and what is under way comes later", serve_slowly,
     ask_deadlines, 1, 1, 2, 0},
    {"deadlines of operations", "scripted",
     "each completes once, with its answer or as TIMED_OUT, and the link goes on", serve_slowly,
     ask_with_deadline, 1, 1, 4, 0},
    {"over the depth", "scripted", "NO_SLOT, and what is within it completes", serve_slowly,
     ask_over_depth, 1, 1, 4, 0},
    {"cancel", "scripted", "each completes once, cancelled or not; if there is none, it says so",
     serve_slowly, ask_and_cancel, 1, 1, 4, 0},
    {"leave in the middle", "scripted",
     "clients left with all their operations outstanding; nothing leaked", serve_slowly,
     ask_and_leave, 3, 1, 8, 0},
    {"server and client at once", "scripted",
     "operations through a server that asks another one, depth 1", serve_or_relay, ask_relay, 1, 2,
     1, 1},
    {"the same, deeper", "scripted", "operations through a server that asks another one, depth 8",
     serve_or_relay, ask_relay, 3, 2, 8, 1},
    {"the same, threads", "threads", "operations through a server that asks another one, depth 8",
     serve_or_relay, ask_relay, 1, 2, 8, 1},
};

static void play(const struct sim_design *design, const struct edge *edge, struct sim_verdict *row)
{
    struct note note = {.broken = NULL};
    struct sim_scene scene = {.design = design,
                              .machine = edge->machine,
                              .cpus = 2,
                              .seed = 11,
                              .servers = edge->servers,
                              .clients = edge->clients,
                              .depth = edge->depth,
                              .relays = edge->relays,
                              .limit_ns = 10000000000,
                              .serve = edge->serve,
                              .ask = edge->ask,
                              .argument = &note};
    sim_scene_play(&scene);
    const char *why = scene.failed ? scene.error : scene.hung ? "it hung" : note.broken;
    if (why == NULL)
        sim_verdict_set(row, 1, "pass", "%s", edge->passed);
    else
        sim_verdict_set(row, 0, "FAILED", "%.150s", why);
}

uint32_t sim_conform_edges(const struct sim_design *design, struct sim_verdict *rows, uint32_t max)
{
    uint32_t count = 0;
    for (; count < sizeof(edges) / sizeof(edges[0]) && count < max; count++) {
        rows[count].name = edges[count].name;
        play(design, &edges[count], &rows[count]);
    }
    return count;
}
