#include "sim/check/conformance.h"

#include <stdio.h>
#include <string.h>
#include "sim/check/probes.h"
#include "sim/check/scene.h"

#define OPERATIONS 10000U
#define SLOT_BYTES 64U
#define DEPTH_MAX 64U

/* What one client saw; host memory. */
struct ledger {
    uint32_t operations;
    unsigned char seen[OPERATIONS]; /* completions of each key */
    uint32_t next, completed;
    uint32_t wrong_result, wrong_status, wrong_key, wrong_memory, refused;
    const char *broken; /* the first thing that went wrong */
};

/* ---- the server: everything that it does follows from the words ------------------------------ */

static uint64_t result_of(const uint64_t word[])
{
    return word[0] * 3 + (word[1] ^ word[2]) + word[3];
}

static slip_status_t status_of(const uint64_t word[])
{
    return word[0] % 7 == 3 ? SLIP_NOT_FOUND : SLIP_OK;
}

static void answer(struct sim_actor *actor, const struct sim_event *event)
{
    slip_status_t status = status_of(event->word);
    if (event->region.kind != SIM_REGION_NONE) {
        uint64_t value;
        if (sim_region_read(&event->region, 8, &value, sizeof(value)) != SLIP_OK)
            status = SLIP_IO_ERROR;
        value = ~value;
        if (sim_region_write(&event->region, 16, &value, sizeof(value)) != SLIP_OK)
            status = SLIP_IO_ERROR;
    }
    (void)sim_party_reply(&actor->party, event->request, status, result_of(event->word));
}

static void serve(struct sim_actor *actor)
{
    sim_scene_serve(actor, answer);
}

/* ---- every operation completes once -------------------------------------------------------- */

struct client {
    struct sim_actor *actor;
    struct ledger *ledger;
    slip_handle_t buffer;
    char *memory;
    uint32_t slot_of[OPERATIONS];
    uint32_t free[SIM_SCENE_SERVERS * DEPTH_MAX], free_count;
};

static void fill(uint32_t key, uint64_t word[])
{
    for (uint32_t i = 0; i < SIM_OPERATION_WORDS; i++)
        word[i] = key + i * 1000003U;
}

static int submit_next(struct client *client)
{
    struct sim_actor *actor = client->actor;
    struct ledger *ledger = client->ledger;
    uint32_t key = ledger->next;
    uint32_t slot = client->free[client->free_count - 1];
    struct sim_operation operation = {.words = SIM_OPERATION_WORDS, .key = key,
                                      .deadline = SLIP_NEVER};
    fill(key, operation.word);
    if (key % 2 == 0) {
        operation.lend = (struct slip_lend){client->buffer, slot * SLOT_BYTES, SLOT_BYTES,
                                            SLIP_LEND_READ | SLIP_LEND_WRITE};
        uint64_t value = key * 0x9e3779b97f4a7c15U;
        memcpy(client->memory + slot * SLOT_BYTES + 8, &value, sizeof(value));
        memset(client->memory + slot * SLOT_BYTES + 16, 0, sizeof(value));
    }
    if (sim_link_submit(actor->link[key % actor->links], &operation) != SLIP_OK)
        return 0;
    client->slot_of[key] = slot;
    client->free_count--;
    ledger->next++;
    return 1;
}

static void note(struct client *client, const struct sim_event *event)
{
    struct ledger *ledger = client->ledger;
    uint64_t word[SIM_OPERATION_WORDS];
    if (event->key >= ledger->next) {
        ledger->wrong_key++;
        return;
    }
    uint32_t key = (uint32_t)event->key, slot = client->slot_of[key];
    fill(key, word);
    ledger->seen[key]++;
    ledger->completed++;
    ledger->wrong_status += event->status != status_of(word);
    ledger->wrong_result += event->result != result_of(word);
    if (key % 2 == 0) {
        uint64_t value = ~(key * 0x9e3779b97f4a7c15U);
        ledger->wrong_memory +=
            memcmp(client->memory + slot * SLOT_BYTES + 16, &value, sizeof(value)) != 0;
    }
    client->free[client->free_count++] = slot;
}

static void ask_many(struct sim_actor *actor)
{
    struct ledger *ledger = actor->scene->argument;
    struct client *client = sim_alloc(sizeof(*client));
    void *memory;
    uint32_t slots = actor->links * actor->scene->depth;
    if (client == NULL ||
        slip_buffer_create(slots * SLOT_BYTES, &client->buffer, &memory) != SLIP_OK) {
        ledger->broken = "the client has no memory";
        return;
    }
    client->actor = actor;
    client->ledger = ledger;
    client->memory = memory;
    while (client->free_count < slots) {
        client->free[client->free_count] = client->free_count;
        client->free_count++;
    }
    while (ledger->completed < ledger->operations) {
        struct sim_event events[16];
        uint32_t count = 0;
        while (ledger->next < ledger->operations && client->free_count > 0)
            if (!submit_next(client))
                break;
        if (sim_party_next(&actor->party, events, 16, SLIP_NEVER, &count) != SLIP_OK)
            return;
        for (uint32_t i = 0; i < count; i++)
            if (events[i].kind == SIM_COMPLETION)
                note(client, &events[i]);
    }
}

static uint32_t not_once(const struct ledger *ledger)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < ledger->operations; i++)
        count += ledger->seen[i] != 1;
    return count;
}

static void judge(const struct sim_scene *scene, struct ledger *ledger, struct sim_verdict *row)
{
    uint32_t lost = not_once(ledger);
    int sound = !scene->failed && !scene->hung && ledger->broken == NULL && lost == 0 &&
                ledger->wrong_key + ledger->wrong_result + ledger->wrong_status +
                        ledger->wrong_memory ==
                    0 &&
                scene->lost == 0;
    if (sound)
        sim_verdict_set(row, 1, "pass", "%u operations on %s, %u CPU, seed %lu: each once, words, "
                        "status, result and memory right",
                        ledger->operations, scene->machine, scene->cpus,
                        (unsigned long)scene->seed);
    else
        sim_verdict_set(row, 0, "FAILED",
                        "%s; not once %u, key %u, result %u, status %u, memory %u wrong",
                        scene->failed ? scene->error
                        : scene->hung ? "it hung"
                        : ledger->broken != NULL ? ledger->broken
                                                 : "wrong",
                        lost, ledger->wrong_key, ledger->wrong_result, ledger->wrong_status,
                        ledger->wrong_memory);
}

struct case_of {
    const char *name, *machine;
    uint32_t depth, servers, cpus;
    uint64_t seed;
};

static const struct case_of cases[] = {
    {"depth 1, 1 server", "scripted", 1, 1, 1, 1},
    {"depth 2, 1 server", "scripted", 2, 1, 2, 2},
    {"depth 8, 1 server", "scripted", 8, 1, 2, 3},
    {"depth 64, 1 server", "scripted", 64, 1, 2, 4},
    {"depth 1, 3 servers", "scripted", 1, 3, 2, 5},
    {"depth 2, 3 servers", "scripted", 2, 3, 3, 6},
    {"depth 8, 3 servers", "scripted", 8, 3, 4, 7},
    {"depth 64, 3 servers", "scripted", 64, 3, 3, 8},
    {"depth 1, threads", "threads", 1, 1, 1, 1},
    {"depth 64, threads", "threads", 64, 3, 2, 1},
};

static void exactly_once(const struct sim_design *design, const struct case_of *what,
                         struct sim_verdict *row)
{
    static struct ledger ledger;
    memset(&ledger, 0, sizeof(ledger));
    ledger.operations = OPERATIONS;
    struct sim_scene scene = {.design = design, .machine = what->machine, .cpus = what->cpus,
                              .seed = what->seed, .servers = what->servers, .clients = 1,
                              .depth = what->depth, .limit_ns = 60000000000, .serve = serve,
                              .ask = ask_many, .argument = &ledger};
    sim_scene_play(&scene);
    judge(&scene, &ledger, row);
}

/* ---- the rest ------------------------------------------------------------------------------ */

static void serve_slowly(struct sim_actor *actor)
{
    struct sim_event events[8];
    uint32_t count = 0;
    while (sim_party_next(&actor->party, events, 8, SLIP_NEVER, &count) == SLIP_OK)
        for (uint32_t i = 0; i < count; i++)
            if (events[i].kind == SIM_REQUEST) {
                (void)slip_thread_sleep_until(slip_clock_now() + 100000);
                answer(actor, &events[i]);
            }
}

static void expect(struct ledger *ledger, int holds, const char *what)
{
    if (!holds && ledger->broken == NULL)
        ledger->broken = what;
}

static void ask_deadlines(struct sim_actor *actor)
{
    struct ledger *ledger = actor->scene->argument;
    struct sim_event event;
    uint32_t count = 9;
    slip_status_t status = sim_party_next(&actor->party, &event, 1, 0, &count);
    expect(ledger, status == SLIP_WOULD_BLOCK && count == 0, "next with deadline 0 did not poll");
    slip_time_t until = slip_clock_now() + 5000;
    status = sim_party_next(&actor->party, &event, 1, until, &count);
    expect(ledger, status == SLIP_TIMED_OUT && count == 0, "next did not time out");
    expect(ledger, slip_clock_now() >= until, "next timed out too early");
}

static void ask_over_depth(struct sim_actor *actor)
{
    struct ledger *ledger = actor->scene->argument;
    struct sim_operation operation = {.word = {1}, .words = 1, .deadline = SLIP_NEVER};
    struct sim_event event;
    uint32_t depth = actor->scene->depth;
    for (uint32_t i = 0; i < depth; i++, operation.key++)
        expect(ledger, sim_link_submit(actor->link[0], &operation) == SLIP_OK,
               "a submit within the depth was refused");
    expect(ledger, sim_link_submit(actor->link[0], &operation) == SLIP_NO_SLOT,
           "one over the depth was not NO_SLOT");
    operation.words = SIM_OPERATION_WORDS + 1;
    expect(ledger, sim_link_submit(actor->link[0], &operation) == SLIP_BAD_ARGUMENT,
           "too many words were not BAD_ARGUMENT");
    for (uint32_t i = 0; i < depth; i++)
        expect(ledger, sim_scene_completion(actor, &event, slip_clock_now() + 100000000),
               "an operation within the depth did not complete");
}

static void ask_and_leave(struct sim_actor *actor)
{
    struct sim_operation operation = {.word = {1}, .words = 1, .deadline = SLIP_NEVER};
    for (uint32_t i = 0; i < actor->scene->depth; i++, operation.key++)
        (void)sim_link_submit(actor->link[0], &operation);
}

/* Server 0 asks server 1 for each request, and passes its answer on. */
static void serve_or_relay(struct sim_actor *actor)
{
    uint64_t asked_by[DEPTH_MAX] = {0};
    uint32_t key = 0, count = 0;
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
        struct sim_operation operation = {.words = event.words, .key = key % DEPTH_MAX,
                                          .deadline = SLIP_NEVER};
        memcpy(operation.word, event.word, sizeof(operation.word));
        asked_by[key++ % DEPTH_MAX] = event.request;
        if (sim_link_submit(actor->link[0], &operation) != SLIP_OK)
            (void)sim_party_reply(&actor->party, event.request, SLIP_IO_ERROR, 0);
    }
}

static void ask_relay(struct sim_actor *actor)
{
    struct ledger *ledger = actor->scene->argument;
    struct sim_event event;
    for (uint32_t i = 0; i < 500; i++) {
        struct sim_operation operation = {.words = SIM_OPERATION_WORDS, .key = i,
                                          .deadline = SLIP_NEVER};
        fill(i, operation.word);
        expect(ledger, sim_link_submit(actor->link[0], &operation) == SLIP_OK, "a submit failed");
        expect(ledger, sim_scene_completion(actor, &event, slip_clock_now() + 100000000),
               "a relayed operation did not complete");
        expect(ledger, event.key == i && event.result == result_of(operation.word),
               "a relayed operation completed wrong");
        if (ledger->broken != NULL)
            return;
    }
}

static const struct row {
    const char *name, *passed;
    void (*serve)(struct sim_actor *actor);
    void (*ask)(struct sim_actor *actor);
    uint32_t servers, depth;
    int relays;
} rows[] = {
    {"deadlines of next", "0 polls, a deadline that passes is TIMED_OUT", serve, ask_deadlines, 1, 2,
     0},
    {"over the depth", "NO_SLOT, and what is within it completes", serve_slowly, ask_over_depth, 1,
     4, 0},
    {"leave in the middle", "a client left with all its operations outstanding; nothing leaked",
     serve_slowly, ask_and_leave, 1, 8, 0},
    {"server and client at once", "500 operations through a server that asks another one",
     serve_or_relay, ask_relay, 2, 4, 1},
};

static void one_row(const struct sim_design *design, const struct row *what,
                    struct sim_verdict *row)
{
    struct ledger ledger = {.operations = 0};
    struct sim_scene scene = {.design = design, .cpus = 2, .seed = 11, .servers = what->servers,
                              .clients = 1, .depth = what->depth, .relays = what->relays,
                              .limit_ns = 10000000000, .serve = what->serve, .ask = what->ask,
                              .argument = &ledger};
    sim_scene_play(&scene);
    const char *broken = scene.failed ? scene.error : scene.hung ? "it hung" : ledger.broken;
    if (broken == NULL)
        sim_verdict_set(row, 1, "pass", "%s", what->passed);
    else
        sim_verdict_set(row, 0, "FAILED", "%.150s", broken);
}

uint32_t sim_conformance_all(const struct sim_design *design, struct sim_verdict *out, uint32_t max)
{
    uint32_t count = 0;
    memset(out, 0, max * sizeof(*out));
    for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]) && count < max; i++) {
        out[count].name = cases[i].name;
        exactly_once(design, &cases[i], &out[count++]);
    }
    for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && count < max; i++) {
        out[count].name = rows[i].name;
        one_row(design, &rows[i], &out[count++]);
    }
    return count;
}
