/* A server dies: does every outstanding operation complete, once?
 *
 * The same scene is played many times, and the server is killed a little later each time, so that
 * it dies at each of its calls.
 */
#include "sim/check/probes.h"
#include "sim/check/scene.h"

#define OPERATIONS 4U
#define DEATHS 48U

struct death {
    uint32_t submitted, completed, twice, told;
};

static void answer(struct sim_actor *actor, const struct sim_event *event)
{
    slip_thread_compute(100);
    (void)sim_party_reply(&actor->party, event->request, SLIP_OK, 1);
}

static void serve(struct sim_actor *actor)
{
    sim_scene_serve(actor, answer);
}

static void ask(struct sim_actor *actor)
{
    struct death *death = actor->scene->argument;
    uint32_t seen = 0;
    struct sim_event event;
    for (uint32_t i = 0; i < OPERATIONS; i++) {
        struct sim_operation operation = {
            .word = {1}, .words = 1, .key = i, .deadline = SLIP_NEVER};
        if (sim_link_submit(actor->link[0], &operation) == SLIP_OK)
            death->submitted++;
    }
    while (death->completed < death->submitted && sim_scene_completion(actor, &event, SLIP_NEVER)) {
        death->twice += (seen & 1U << event.key) != 0;
        seen |= 1U << event.key;
        death->completed++;
        death->told += event.status == SLIP_PEER_CLOSED;
    }
}

static struct sim_scene scene_of(const struct sim_design *design, struct death *death)
{
    return (struct sim_scene){.design = design,
                              .servers = 1,
                              .clients = 1,
                              .depth = OPERATIONS,
                              .serve = serve,
                              .ask = ask,
                              .limit_ns = 100000000,
                              .argument = death};
}

void sim_probe_death(const struct sim_design *design, struct sim_verdict *verdict)
{
    struct death whole = {0};
    struct sim_scene scene = scene_of(design, &whole);
    if (sim_scene_play(&scene) != 0 || scene.hung) {
        sim_verdict_set(verdict, 0, "BROKE", "%.150s",
                        scene.failed ? scene.error : "it hung alive");
        return;
    }
    slip_time_t span = scene.done_ns;
    uint32_t hung = 0, twice = 0, told = 0;
    for (uint32_t i = 1; i <= DEATHS; i++) {
        struct death death = {0};
        scene = scene_of(design, &death);
        scene.kill_ns = span * i / (DEATHS + 1);
        if (sim_scene_play(&scene) != 0) {
            sim_verdict_set(verdict, 0, "BROKE", "%.150s", scene.error);
            return;
        }
        hung += scene.hung != 0;
        twice += death.twice;
        told += death.told;
    }
    if (hung != 0 || twice != 0)
        sim_verdict_set(verdict, 0, hung != 0 ? "HANGS" : "TWICE",
                        "killed at %u moments: in %u of them the client waits for ever", DEATHS,
                        hung);
    else
        sim_verdict_set(verdict, 1, "told",
                        "killed at %u moments: each operation completed once, %u as PEER_CLOSED",
                        DEATHS, told);
}
