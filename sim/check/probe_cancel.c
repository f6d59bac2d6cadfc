/* Does a cancelled operation end before its server answers? */
#include "sim/check/probes.h"
#include "sim/check/scene.h"

#define SERVER_NS 20000000UL
#define KEY 5U

struct cancel {
    slip_status_t asked, got;
    int completed;
    slip_time_t when;
};

static void answer(struct sim_actor *actor, const struct sim_event *event)
{
    (void)slip_thread_sleep_until(SERVER_NS);
    (void)sim_party_reply(&actor->party, event->request, SLIP_OK, 1);
}

static void serve(struct sim_actor *actor)
{
    sim_scene_serve(actor, answer);
}

static void ask(struct sim_actor *actor)
{
    struct cancel *cancel = actor->scene->argument;
    struct sim_operation operation = {.word = {1}, .words = 1, .key = KEY, .deadline = SLIP_NEVER};
    struct sim_event event;
    (void)sim_link_submit(actor->link[0], &operation);
    (void)slip_thread_sleep_until(slip_clock_now() + 1000000); /* the server has it by now */
    cancel->asked = sim_link_cancel(actor->link[0], KEY);
    cancel->completed = sim_scene_completion(actor, &event, SERVER_NS * 2);
    cancel->got = cancel->completed ? event.status : SLIP_OK;
    cancel->when = slip_clock_now();
}

void sim_probe_cancel(const struct sim_design *design, struct sim_verdict *verdict)
{
    struct cancel cancel = {.asked = SLIP_OK};
    struct sim_scene scene = {.design = design,
                              .servers = 1,
                              .clients = 1,
                              .depth = 2,
                              .serve = serve,
                              .ask = ask,
                              .argument = &cancel};
    if (sim_scene_play(&scene) != 0 || scene.hung)
        sim_verdict_set(verdict, 0, "BROKE", "%.150s", scene.hung ? "a client hung" : scene.error);
    else if (!cancel.completed)
        sim_verdict_set(verdict, 0, "LOST", "the operation never completed after its cancel");
    else if (cancel.got == SLIP_CANCELLED && cancel.when < SERVER_NS)
        sim_verdict_set(verdict, 1, "yes", "it completed as CANCELLED before its server answered");
    else if (cancel.asked == SLIP_BAD_OPERATION)
        sim_verdict_set(verdict, 1, "no", "the design has no way to cancel");
    else
        sim_verdict_set(verdict, 1, "late", "cancel said %s; it completed as %s with the answer",
                        slip_status_name(cancel.asked), slip_status_name(cancel.got));
}
