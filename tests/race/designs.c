/* Every design on the machine with real parallelism: servers of several threads that share what they
 * keep of their clients, worker threads that are cancelled on their way into a call, parties that
 * leave in the middle, a server that asks another one. What a client is told may depend on time;
 * that it is told once may not. */
#include <slipway/design.h>
#include <string.h>
#include "sim/check/scene.h"
#include "tests/race/race.h"

#define OPERATIONS 200U
#define DEPTH 6U
#define BYTES 64U

extern const struct sim_design *const sim_design_table[]; /* generated; NULL ends */

struct tally { /* of one client; host memory */
    uint32_t completed, wrong;
};

static void answer(struct sim_actor *actor, const struct sim_event *event)
{
    uint64_t value = 0;
    if (event->region.kind != SIM_REGION_NONE &&
        sim_region_read(&event->region, 0, &value, sizeof value) == SLIP_OK)
        (void)sim_region_write(&event->region, sizeof value, &value, sizeof value);
    (void)sim_party_reply(&actor->party, event->request, SLIP_OK, event->word[0] + 1);
}

static void serve(struct sim_actor *actor)
{
    sim_scene_serve(actor, answer);
}

/* Server 0 asks server 1 for each request, one at a time. */
static void relay(struct sim_actor *actor)
{
    struct sim_event events[4];
    uint64_t asked_by[SIM_SCENE_CLIENTS * OPERATIONS] = {0}, asked = 0;
    uint32_t count;
    if (actor->index != 0) {
        serve(actor);
        return;
    }
    while (sim_party_next(&actor->party, events, 4, SLIP_NEVER, &count) == SLIP_OK)
        for (uint32_t i = 0; i < count; i++) {
            if (events[i].kind == SIM_COMPLETION) {
                (void)sim_party_reply(&actor->party, asked_by[events[i].key], events[i].status,
                                      events[i].result);
                continue;
            }
            struct sim_operation operation = {
                .words = events[i].words, .key = asked++, .deadline = SLIP_NEVER};
            memcpy(operation.word, events[i].word, sizeof operation.word);
            asked_by[operation.key] = events[i].request;
            if (sim_link_submit(actor->link[0], &operation) != SLIP_OK)
                (void)sim_party_reply(&actor->party, events[i].request, SLIP_CANCELLED, 0);
        }
}

/* Keeps its links full, cancels now and then, and leaves when the last was submitted. */
static void ask(struct sim_actor *actor)
{
    struct tally *tally = (struct tally *)actor->scene->argument + actor->index;
    unsigned char seen[OPERATIONS] = {0};
    slip_handle_t buffer;
    void *memory;
    uint32_t next = 0, count;
    RACE_EXPECT(slip_buffer_create(OPERATIONS * BYTES, &buffer, &memory) == SLIP_OK);
    while (next < OPERATIONS) {
        struct sim_event events[4];
        for (; next < OPERATIONS; next++) {
            struct sim_link *link = actor->link[next % actor->links];
            struct sim_operation operation = {
                .word = {next},
                .words = 1,
                .key = next,
                .lend = {buffer, next * BYTES, BYTES, SLIP_LEND_READ | SLIP_LEND_WRITE},
                .deadline = SLIP_NEVER};
            if (sim_link_submit(link, &operation) != SLIP_OK)
                break;
            if (next % 7 == 3)
                (void)sim_link_cancel(link, next);
        }
        if (sim_party_next(&actor->party, events, 4, SLIP_NEVER, &count) != SLIP_OK)
            break;
        for (uint32_t i = 0; i < count; i++) {
            const struct sim_event *event = &events[i];
            tally->completed++;
            tally->wrong += event->key >= next || seen[event->key]++ != 0 ||
                            (event->status != SLIP_CANCELLED &&
                             (event->status != SLIP_OK || event->result != event->key + 1));
        }
    }
}

static void play(struct sim_scene *scene)
{
    struct tally tally[SIM_SCENE_CLIENTS] = {{0}};
    scene->argument = tally;
    int failed = sim_scene_play(scene);
    if (failed || scene->hung)
        fprintf(stderr, "%s: %s\n", scene->design->name, failed ? scene->error : "it hung");
    RACE_EXPECT(!failed && !scene->hung && scene->lost == 0);
    for (uint32_t i = 0; i < scene->clients; i++) {
        RACE_EXPECT(tally[i].wrong == 0);
        RACE_EXPECT(tally[i].completed >= OPERATIONS - DEPTH * SIM_SCENE_SERVERS);
    }
}

static void all_on(const char *machine)
{
    for (uint32_t i = 0; sim_design_table[i] != NULL; i++) {
        struct sim_scene scene = {.design = sim_design_table[i],
                                  .machine = machine,
                                  .cpus = 3,
                                  .clients = 3,
                                  .depth = DEPTH,
                                  .servers = 2,
                                  .limit_ns = 60000000000,
                                  .ask = ask};
        struct sim_scene threads = scene, relays = scene;
        threads.server_threads = 3;
        threads.serve = serve;
        play(&threads);
        relays.relays = 1;
        relays.serve = relay;
        play(&relays);
    }
}

int main(void)
{
    all_on("threads");
    all_on("cores");
    return 0;
}
