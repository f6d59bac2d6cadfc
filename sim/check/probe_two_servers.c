/* Can one thread wait for two servers at once?
 *
 * It asks a slow server, then a quick one, one operation each. If the quick answer comes before the
 * slow one, it did not have to wait in turn.
 */
#include "sim/check/probes.h"
#include "sim/check/scene.h"

#define SLOW_NS 20000000UL

struct two {
    uint64_t first; /* key of the first completion */
    slip_time_t when;
    uint32_t completed;
};

static void answer(struct sim_actor *actor, const struct sim_event *event)
{
    if (actor->index == 0)
        (void)slip_thread_sleep_until(SLOW_NS);
    (void)sim_party_reply(&actor->party, event->request, SLIP_OK, actor->index);
}

static void serve(struct sim_actor *actor)
{
    sim_scene_serve(actor, answer);
}

static void ask(struct sim_actor *actor)
{
    struct two *two = actor->scene->argument;
    struct sim_operation operation = {.word = {1}, .words = 1, .deadline = SLIP_NEVER};
    struct sim_event event;
    for (uint32_t i = 0; i < 2; i++) {
        operation.key = i + 1;
        (void)sim_link_submit(actor->link[i], &operation);
    }
    for (; two->completed < 2 && sim_scene_completion(actor, &event, SLOW_NS * 4); two->completed++)
        if (two->completed == 0) {
            two->first = event.key;
            two->when = slip_clock_now();
        }
}

void sim_probe_two_servers(const struct sim_design *design, struct sim_verdict *verdict)
{
    struct two two = {0};
    struct sim_scene scene = {.design = design,
                              .servers = 2,
                              .clients = 1,
                              .depth = 1,
                              .serve = serve,
                              .ask = ask,
                              .argument = &two};
    if (sim_scene_play(&scene) != 0 || scene.hung || two.completed != 2)
        sim_verdict_set(verdict, 0, "BROKE", "%.150s",
                        scene.failed ? scene.error : "not both operations completed");
    else if (two.first == 2 && two.when < SLOW_NS)
        sim_verdict_set(verdict, 1, "yes",
                        "one wait took the quick server's answer while the slow one worked");
    else
        sim_verdict_set(verdict, 1, "in turn",
                        "at depth 1 the thread is blocked until the slow server has answered");
}
