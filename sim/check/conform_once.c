/* Every operation completes exactly once, with its own key, and with what belongs to it. */
#include "sim/check/conform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/check/probes.h"

#define SLOT_BYTES 64UL
#define READ_AT 8U   /* in a slot: what the server reads */
#define WRITE_AT 16U /* and what it writes */
#define MIX 0x9e3779b97f4a7c15U

/* What one client saw; host memory. */
struct ledger {
    uint32_t operations;
    unsigned char seen[SIM_CONFORM_OPERATIONS]; /* completions of each key */
    uint32_t next, completed;
    uint32_t wrong_result, wrong_status, wrong_key, wrong_link, wrong_memory;
    const char *broken; /* the first thing that went wrong */
};

/* ---- the server: everything that it does follows from the words ------------------------------ */

uint64_t sim_conform_result(const uint64_t word[])
{
    return word[0] * 3 + (word[1] ^ word[2]) + word[3];
}

slip_status_t sim_conform_status(const uint64_t word[])
{
    return word[0] % 7 == 3 ? SLIP_NOT_FOUND : SLIP_OK;
}

void sim_conform_answer(struct sim_actor *actor, const struct sim_event *event)
{
    slip_status_t status = sim_conform_status(event->word);
    if (event->words != SIM_OPERATION_WORDS)
        status = SLIP_BAD_ARGUMENT;
    if (event->region.kind != SIM_REGION_NONE) {
        uint64_t value = 0;
        if (sim_region_read(&event->region, READ_AT, &value, sizeof(value)) != SLIP_OK)
            status = SLIP_IO_ERROR;
        value = ~value;
        if (sim_region_write(&event->region, WRITE_AT, &value, sizeof(value)) != SLIP_OK)
            status = SLIP_IO_ERROR;
        if (sim_region_read(&event->region, SLOT_BYTES - 1, &value, 2) != SLIP_BAD_ARGUMENT)
            status = SLIP_IO_ERROR; /* one byte beyond what was lent */
    }
    (void)sim_party_reply(&actor->party, event->request, status, sim_conform_result(event->word));
}

static void serve(struct sim_actor *actor)
{
    sim_scene_serve(actor, sim_conform_answer);
}

/* ---- the client ---------------------------------------------------------------------------- */

struct client {
    struct sim_actor *actor;
    struct ledger *ledger;
    slip_handle_t buffer;
    char *memory;
    uint32_t slot_of[SIM_CONFORM_OPERATIONS];
    uint32_t free[SIM_SCENE_SERVERS * SIM_CONFORM_DEPTH_MAX], free_count;
};

void sim_conform_fill(uint64_t key, uint64_t word[])
{
    for (uint32_t i = 0; i < SIM_OPERATION_WORDS; i++)
        word[i] = key + i * 1000003UL;
}

/* Every second operation lends a part of the client's memory. */
static int lends(uint32_t key)
{
    return key % 2 == 0;
}

static int submit_next(struct client *client)
{
    struct sim_actor *actor = client->actor;
    struct ledger *ledger = client->ledger;
    uint32_t key = ledger->next;
    uint32_t slot = client->free[client->free_count - 1];
    char *place = client->memory + slot * SLOT_BYTES;
    struct sim_operation operation = {
        .words = SIM_OPERATION_WORDS, .key = key, .deadline = SLIP_NEVER};
    sim_conform_fill(key, operation.word);
    if (lends(key)) {
        uint64_t value = key * MIX;
        operation.lend = (struct slip_lend){client->buffer, slot * SLOT_BYTES, SLOT_BYTES,
                                            SLIP_LEND_READ | SLIP_LEND_WRITE};
        memcpy(place + READ_AT, &value, sizeof(value));
        memset(place + WRITE_AT, 0, sizeof(value));
    }
    slip_status_t status = sim_link_submit(actor->link[key % actor->links], &operation);
    if (status == SLIP_NO_SLOT)
        return 0; /* of this link; the others have to wait for their turn */
    if (status != SLIP_OK) {
        ledger->broken = "a submit failed";
        return 0;
    }
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
    if (ledger->seen[key]++ != 0)
        return;
    sim_conform_fill(key, word);
    ledger->completed++;
    ledger->wrong_link += event->link != client->actor->link[key % client->actor->links];
    ledger->wrong_status += event->status != sim_conform_status(word);
    ledger->wrong_result += event->result != sim_conform_result(word);
    if (lends(key)) {
        uint64_t value = ~(key * MIX);
        ledger->wrong_memory +=
            memcmp(client->memory + slot * SLOT_BYTES + WRITE_AT, &value, sizeof(value)) != 0;
    }
    client->free[client->free_count++] = slot;
}

static void ask_many(struct sim_actor *actor)
{
    struct ledger *ledger = (struct ledger *)actor->scene->argument + actor->index;
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
    for (; client->free_count < slots; client->free_count++)
        client->free[client->free_count] = client->free_count;
    while (ledger->completed < ledger->operations && ledger->broken == NULL) {
        struct sim_event events[16];
        uint32_t count = 0;
        while (ledger->next < ledger->operations && client->free_count > 0)
            if (!submit_next(client))
                break;
        if (sim_party_next(&actor->party, events, 16, SLIP_NEVER, &count) != SLIP_OK)
            ledger->broken = "a wait failed";
        for (uint32_t i = 0; i < count; i++)
            if (events[i].kind == SIM_COMPLETION)
                note(client, &events[i]);
    }
}

/* ---- the verdict --------------------------------------------------------------------------- */

/* 1 if all was right; else the first thing that was not, in `why`. */
static int sound(const struct ledger *ledger, char *why, size_t bytes)
{
    uint32_t not_once = 0;
    for (uint32_t i = 0; i < ledger->operations; i++)
        not_once += ledger->seen[i] != 1;
    if (ledger->broken == NULL && not_once + ledger->wrong_key + ledger->wrong_link +
                                          ledger->wrong_result + ledger->wrong_status +
                                          ledger->wrong_memory ==
                                      0)
        return 1;
    snprintf(why, bytes, "%s; not once %u; wrong: key %u, link %u, result %u, status %u, memory %u",
             ledger->broken != NULL ? ledger->broken : "all were submitted", not_once,
             ledger->wrong_key, ledger->wrong_link, ledger->wrong_result, ledger->wrong_status,
             ledger->wrong_memory);
    return 0;
}

struct load {
    const char *name, *machine;
    uint32_t operations, clients, servers, threads, depth, cpus;
    uint64_t seeds; /* 1 to this */
};

static const struct load loads[] = {
    {"depth 1, 1 server", "scripted", 10000, 1, 1, 1, 1, 1, 1},
    {"depth 2, 1 server", "scripted", 10000, 1, 1, 1, 2, 2, 1},
    {"depth 8, 1 server", "scripted", 10000, 1, 1, 1, 8, 2, 1},
    {"depth 64, 1 server", "scripted", 10000, 1, 1, 1, 64, 2, 1},
    {"depth 1, 3 servers", "scripted", 10000, 1, 3, 1, 1, 2, 1},
    {"depth 2, 3 servers", "scripted", 10000, 1, 3, 1, 2, 3, 1},
    {"depth 8, 3 servers", "scripted", 10000, 1, 3, 1, 8, 4, 1},
    {"depth 64, 3 servers", "scripted", 10000, 1, 3, 1, 64, 3, 1},
    {"server of 4 threads", "scripted", 10000, 3, 1, 4, 8, 4, 1},
    {"20 seeds", "scripted", 200, 3, 2, 3, 4, 3, 20},
    {"depth 1, threads", "threads", 10000, 1, 1, 1, 1, 1, 1},
    {"depth 64, threads", "threads", 10000, 1, 3, 1, 64, 2, 1},
    {"4 threads, threads", "threads", 10000, 3, 2, 4, 8, 2, 1},
};

static int play(const struct sim_design *design, const struct load *load, uint64_t seed,
                struct ledger *ledgers, char *why, size_t bytes)
{
    memset(ledgers, 0, load->clients * sizeof(*ledgers));
    for (uint32_t i = 0; i < load->clients; i++)
        ledgers[i].operations = load->operations / load->clients;
    struct sim_scene scene = {.design = design,
                              .machine = load->machine,
                              .cpus = load->cpus,
                              .seed = seed,
                              .servers = load->servers,
                              .server_threads = load->threads,
                              .clients = load->clients,
                              .depth = load->depth,
                              .limit_ns = 60000000000,
                              .serve = serve,
                              .ask = ask_many,
                              .argument = ledgers};
    if (sim_scene_play(&scene) != 0 || scene.hung || scene.lost != 0) {
        snprintf(why, bytes, "seed %lu: %.120s", (unsigned long)seed,
                 scene.failed ? scene.error
                 : scene.hung ? "a client waits for ever"
                              : "completions were lost");
        return 0;
    }
    for (uint32_t i = 0; i < load->clients; i++)
        if (!sound(&ledgers[i], why, bytes))
            return 0;
    return 1;
}

uint32_t sim_conform_once(const struct sim_design *design, struct sim_verdict *rows, uint32_t max)
{
    struct ledger *ledgers = malloc(SIM_SCENE_CLIENTS * sizeof(*ledgers));
    uint32_t count = 0;
    for (; count < sizeof(loads) / sizeof(loads[0]) && count < max; count++) {
        const struct load *load = &loads[count];
        char why[SIM_VERDICT_DETAIL_BYTES] = "the host has no memory";
        int passed = ledgers != NULL;
        for (uint64_t seed = 1; seed <= load->seeds && passed; seed++)
            passed = play(design, load, seed, ledgers, why, sizeof(why));
        rows[count].name = load->name;
        if (passed)
            sim_verdict_set(&rows[count], 1, "pass",
                            "%u operations on %s, CPUs: %u, seeds: %lu; each once and right",
                            load->operations, load->machine, load->cpus,
                            (unsigned long)load->seeds);
        else
            sim_verdict_set(&rows[count], 0, "FAILED", "%s", why);
    }
    free(ledgers);
    return count;
}
