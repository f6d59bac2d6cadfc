/* Can a server touch a client's memory after it has answered? */
#include "sim/check/probes.h"
#include "sim/check/scene.h"

#define CLIENT_NS 10000000UL

struct late {
    slip_status_t before, after;
    int tried, changed;
};

static void answer(struct sim_actor *actor, const struct sim_event *event)
{
    struct late *late = actor->scene->argument;
    struct sim_event nothing;
    uint32_t count;
    late->before = sim_region_write(&event->region, 0, "early", 5);
    (void)sim_party_reply(&actor->party, event->request, SLIP_OK, 0);
    /* A design may send its answer with its next wait. */
    (void)sim_party_next(&actor->party, &nothing, 1, slip_clock_now() + 1000000, &count);
    (void)slip_thread_sleep_until(CLIENT_NS); /* the client has its completion by now */
    late->after = sim_region_write(&event->region, 0, "late!", 5);
    late->tried = 1;
}

static void serve(struct sim_actor *actor)
{
    sim_scene_serve(actor, answer);
}

static void ask(struct sim_actor *actor)
{
    struct late *late = actor->scene->argument;
    slip_handle_t buffer;
    void *memory;
    struct sim_event event;
    if (slip_buffer_create(4096, &buffer, &memory) != SLIP_OK)
        return;
    struct sim_operation operation = {.word = {1},
                                      .words = 1,
                                      .key = 1,
                                      .deadline = SLIP_NEVER,
                                      .lend = {buffer, 0, 64, SLIP_LEND_READ | SLIP_LEND_WRITE}};
    (void)sim_link_submit(actor->link[0], &operation);
    (void)sim_scene_completion(actor, &event, SLIP_NEVER);
    (void)slip_thread_sleep_until(CLIENT_NS * 2);
    late->changed = *(const char *)memory == 'l';
}

void sim_probe_late_access(const struct sim_design *design, struct sim_verdict *verdict)
{
    struct late late = {.before = SLIP_STALE, .after = SLIP_STALE};
    struct sim_scene scene = {.design = design,
                              .servers = 1,
                              .clients = 1,
                              .depth = 2,
                              .serve = serve,
                              .ask = ask,
                              .argument = &late};
    if (sim_scene_play(&scene) != 0 || scene.hung || !late.tried || late.before != SLIP_OK)
        sim_verdict_set(verdict, 0, "BROKE", "%.150s",
                        scene.failed ? scene.error : "the server could not write in time either");
    else if (late.changed)
        sim_verdict_set(verdict, 0, "POSSIBLE",
                        "the server changed the client's memory after the completion");
    else
        sim_verdict_set(verdict, 1, "refused", "after the completion the server's write was %s",
                        slip_status_name(late.after));
}
