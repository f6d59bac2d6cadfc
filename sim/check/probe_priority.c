/* How long does an urgent client wait behind others and a middle hog?
 *
 * One CPU. A server of low priority works for two low clients, which have queued several operations;
 * a hog of middle priority starts to compute; then an urgent client asks for one operation. With
 * inheritance the server goes before the hog. Without, the urgent one at least overtakes the queue,
 * or not even that.
 */
#include "sim/check/probes.h"
#include "sim/check/scene.h"

#define SERVICE_NS 100000UL
#define START_NS 1000000UL
#define HOG_NS 50000000UL

enum { LOW_A, LOW_B, HOG, URGENT };

struct priority {
    slip_time_t hog_done, urgent_done;
    uint32_t low_before; /* low operations that completed between the urgent submit and its end */
    int asked, done;
};

static void answer(struct sim_actor *actor, const struct sim_event *event)
{
    struct priority *priority = actor->scene->argument;
    slip_thread_compute(SERVICE_NS);
    if (event->word[0] != URGENT && priority->asked && !priority->done)
        priority->low_before++;
    (void)sim_party_reply(&actor->party, event->request, SLIP_OK, 1);
}

static void serve(struct sim_actor *actor)
{
    sim_scene_serve(actor, answer);
}

static void ask(struct sim_actor *actor)
{
    struct priority *priority = actor->scene->argument;
    uint32_t operations = actor->scene->depth;
    struct sim_event event;
    if (actor->index == HOG) {
        (void)slip_thread_sleep_until(START_NS + SERVICE_NS / 4);
        slip_thread_compute(HOG_NS);
        priority->hog_done = slip_clock_now();
        return;
    }
    if (actor->index == URGENT) {
        (void)slip_thread_sleep_until(START_NS + SERVICE_NS / 2);
        priority->asked = 1;
        operations = 1;
    } else {
        (void)slip_thread_sleep_until(START_NS);
    }
    for (uint32_t i = 0; i < operations; i++) {
        struct sim_operation operation = {
            .word = {actor->index}, .words = 1, .key = i, .deadline = SLIP_NEVER};
        (void)sim_link_submit(actor->link[0], &operation);
    }
    for (uint32_t i = 0; i < operations && sim_scene_completion(actor, &event, SLIP_NEVER); i++)
        if (actor->index == URGENT) {
            priority->urgent_done = slip_clock_now();
            priority->done = 1;
        }
}

void sim_probe_priority(const struct sim_design *design, struct sim_verdict *verdict)
{
    struct priority priority = {0};
    struct sim_scene scene = {.design = design,
                              .servers = 1,
                              .clients = 4,
                              .depth = 4,
                              .server_priority = 50,
                              .client_priority = {60, 60, 100, 200},
                              .serve = serve,
                              .ask = ask,
                              .argument = &priority};
    if (sim_scene_play(&scene) != 0 || scene.hung) {
        sim_verdict_set(verdict, 0, "BROKE", "%.150s",
                        scene.failed ? scene.error : "a client hung");
        return;
    }
    if (priority.urgent_done < priority.hog_done)
        sim_verdict_set(verdict, 1, "inherits",
                        "the urgent client waited %lu us, the hog of 50 ms not included",
                        (unsigned long)(priority.urgent_done - START_NS) / 1000);
    else if (priority.low_before <= 1)
        sim_verdict_set(verdict, 1, "queue only",
                        "the urgent client overtook the queue, and waited for the hog's 50 ms");
    else
        sim_verdict_set(verdict, 0, "no",
                        "the urgent client waited for the hog's 50 ms and for %u low operations",
                        priority.low_before);
}
