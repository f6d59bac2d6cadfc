/* Clients stop taking what completes: is something lost without a word?
 *
 * Each client submits until it is refused, sleeps while the server answers everything, and takes
 * then. What was accepted and never comes is lost.
 */
#include "sim/check/probes.h"
#include "sim/check/scene.h"

#define TRIES 64U

struct overload {
    uint64_t accepted, refused, delivered;
};

static void answer(struct sim_actor *actor, const struct sim_event *event)
{
    (void)sim_party_reply(&actor->party, event->request, SLIP_OK, event->word[0]);
}

static void serve(struct sim_actor *actor)
{
    sim_scene_serve(actor, answer);
}

static void ask(struct sim_actor *actor)
{
    struct overload *overload = actor->scene->argument;
    struct sim_operation operation = {.word = {1}, .words = 1, .deadline = SLIP_NEVER};
    struct sim_event event;
    for (uint32_t i = 0; i < TRIES; i++) {
        operation.key = i;
        struct sim_link *link = actor->link[i % actor->links];
        if (sim_link_submit(link, &operation) == SLIP_OK)
            overload->accepted++;
        else
            overload->refused++;
    }
    (void)slip_thread_sleep_until(slip_clock_now() + 10000000);
    while (sim_scene_completion(actor, &event, slip_clock_now() + 10000000))
        overload->delivered++;
}

void sim_probe_overload(const struct sim_design *design, struct sim_verdict *verdict)
{
    struct overload overload = {0};
    struct sim_scene scene = {.design = design,
                              .servers = 2,
                              .clients = 3,
                              .depth = 4,
                              .serve = serve,
                              .ask = ask,
                              .argument = &overload};
    if (sim_scene_play(&scene) != 0 || scene.hung) {
        sim_verdict_set(verdict, 0, "BROKE", "%.150s", scene.hung ? "a client hung" : scene.error);
        return;
    }
    uint64_t lost = overload.accepted - overload.delivered;
    char word[32] = "refused";
    if (lost != 0)
        sim_verdict_set(verdict, 0, "LOST", "%lu of %lu accepted operations never completed",
                        (unsigned long)lost, (unsigned long)overload.accepted);
    else
        sim_verdict_set(verdict, 1, word,
                        "%lu accepted and completed, %lu refused at submit, none lost",
                        (unsigned long)overload.accepted, (unsigned long)overload.refused);
}
