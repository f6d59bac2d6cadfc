/* Can a hostile server complete what it does not hold?
 *
 * The client has one operation outstanding at an honest server that takes its time. The hostile one
 * has served one operation of the same client before, so every handshake that the design makes has
 * been made. Then it makes every call that could complete something, on every handle of its table,
 * with the keys that it has seen, and with made-up ones. Whatever the client reports before the
 * honest server answers, or reports twice, was forged.
 */
#include "sim/check/probes.h"
#include "sim/check/scene.h"

#define SERVED_KEY 41U
#define WANTED_KEY 42U
#define HONEST_NS 40000000UL
#define HANDLES 64U
#define GENERATIONS 3U
#define KEYS 96U

struct forge {
    uint64_t reported, calls;
    int answered; /* the honest server has answered */
    int attacked; /* the hostile one has tried it all */
};

/* Small numbers, and indices with the generations of young tables. */
static uint64_t made_up(uint32_t i)
{
    return i < 64 ? i : (uint64_t)((i - 64) / 8 + 1) << 32 | ((i - 64) % 8 + 1);
}

static void try_handle(struct forge *forge, slip_handle_t handle)
{
    if (slip_handle_duplicate(handle, 0, 0, &(slip_handle_t){0}) == SLIP_BAD_HANDLE)
        return;
    for (uint32_t i = 0; i < KEYS; i++) {
        uint64_t key = made_up(i);
        struct slip_message m = {.words = SLIP_MESSAGE_WORDS, .flags = SLIP_SEND_FAIL_FULL};
        for (uint32_t w = 0; w < SLIP_MESSAGE_WORDS; w++)
            m.word[w] = key;
        (void)slip_port_post(handle, key, SLIP_OK, key);
        (void)slip_endpoint_send(handle, &m, 0);
        m.word[1] = m.word[2] = 0;
        m.words = 3;
        (void)slip_endpoint_send(handle, &m, 0);
        (void)slip_endpoint_submit(handle, &m, NULL, key, 0);
        (void)slip_endpoint_call(handle, &m, NULL, NULL, 0);
        m.words = 0;
        (void)slip_endpoint_reply_wait(handle, key, SLIP_OK, key, &m, 0);
        forge->calls += 6;
        if (i % 8 == 7)
            slip_thread_yield(); /* the client takes what came */
    }
}

/* `served`: the number of a request that was answered already. */
static void attack(struct forge *forge, struct sim_party *party, uint64_t served)
{
    for (uint32_t generation = 1; generation <= GENERATIONS; generation++)
        for (uint32_t index = 1; index <= HANDLES; index++)
            try_handle(forge, (uint64_t)generation << 32 | index);
    for (uint32_t i = 0; i < KEYS; i++) {
        (void)slip_request_reply(made_up(i), SLIP_OK, 0);
        (void)sim_party_reply(party, made_up(i), SLIP_OK, 0);
        (void)slip_request_reply(served, SLIP_OK, 0);
        (void)sim_party_reply(party, served, SLIP_OK, 0);
        forge->calls += 4;
    }
    forge->attacked = 1;
}

static void serve(struct sim_actor *actor)
{
    struct forge *forge = actor->scene->argument;
    struct sim_event event;
    uint32_t count;
    while (sim_party_next(&actor->party, &event, 1, SLIP_NEVER, &count) == SLIP_OK) {
        if (count == 0 || event.kind != SIM_REQUEST)
            continue;
        if (actor->index == 0) {
            (void)slip_thread_sleep_until(HONEST_NS);
            forge->answered = 1;
        }
        (void)sim_party_reply(&actor->party, event.request, SLIP_OK, 7);
        if (actor->index == 1) {
            uint64_t served = event.request;
            (void)sim_party_next(&actor->party, &event, 1, slip_clock_now() + 1000000, &count);
            attack(forge, &actor->party, served);
        }
    }
}

static void ask(struct sim_actor *actor)
{
    struct forge *forge = actor->scene->argument;
    struct sim_operation operation = {
        .word = {1}, .words = 1, .key = SERVED_KEY, .deadline = SLIP_NEVER};
    struct sim_event event;
    (void)sim_link_submit(actor->link[1], &operation);
    (void)sim_scene_completion(actor, &event, SLIP_NEVER);
    operation.key = WANTED_KEY;
    (void)sim_link_submit(actor->link[0], &operation);
    /* With a synchronous design the honest answer is there by now, and what follows is extra. */
    int wanted = 0;
    while (sim_scene_completion(actor, &event, HONEST_NS + 10000000)) {
        int honest = forge->answered && event.key == WANTED_KEY && event.result == 7 && !wanted;
        wanted |= honest;
        forge->reported += !honest;
    }
}

void sim_probe_forge(const struct sim_design *design, struct sim_verdict *verdict)
{
    struct forge forge = {0};
    struct sim_scene scene = {.design = design,
                              .servers = 2,
                              .clients = 1,
                              .depth = 2,
                              .serve = serve,
                              .ask = ask,
                              .argument = &forge};
    if (sim_scene_play(&scene) != 0)
        sim_verdict_set(verdict, 0, "BROKE", "%.150s", scene.error);
    else if (forge.reported != 0)
        sim_verdict_set(verdict, 0, "FORGED",
                        "a hostile server made %lu calls; the client reported %lu completions "
                        "that nobody made",
                        (unsigned long)forge.calls, (unsigned long)forge.reported);
    else
        sim_verdict_set(verdict, forge.attacked, forge.attacked ? "refused" : "not tried",
                        "a hostile server made %lu calls with made-up and repeated keys; the "
                        "client reported none",
                        (unsigned long)forge.calls);
}
