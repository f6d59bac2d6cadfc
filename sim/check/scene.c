#include "sim/check/scene.h"

#include <stdio.h>
#include "sim/instance.h"

#define QUOTA (64UL << 20)
#define LIMIT_NS 1000000000UL

/* What a process gets in its first message: who it is, and handles to its endpoints. */
enum { WORD_CLIENT, WORD_INDEX, WORDS };

static uint32_t priority_of(uint32_t wanted)
{
    return wanted == 0 ? SLIP_PRIORITY_DEFAULT : wanted;
}

static slip_status_t open_party(struct sim_actor *actor, const struct slip_message *m)
{
    const struct sim_scene *scene = actor->scene;
    int client = m->word[WORD_CLIENT] != 0;
    uint32_t first = client ? 0 : 1;
    uint32_t depth = client ? scene->depth : scene->depth * scene->clients; /* a relay's own link */
    slip_status_t status = sim_party_init(&actor->party, scene->design);
    if (status == SLIP_OK && !client)
        status = sim_party_serve(&actor->party, m->handle[0]);
    for (uint32_t i = first; i < m->handles && status == SLIP_OK; i++)
        status =
            sim_party_connect(&actor->party, m->handle[i], depth, &actor->link[actor->links++]);
    return status;
}

static void play(struct sim_scene *scene, const struct slip_message *m, uint32_t thread)
{
    struct sim_actor actor = {
        .scene = scene, .index = (uint32_t)m->word[WORD_INDEX], .thread = thread};
    if (open_party(&actor, m) != SLIP_OK)
        slip_process_exit(1);
    if (m->word[WORD_CLIENT])
        scene->ask(&actor);
    else
        scene->serve(&actor);
    __atomic_fetch_add(&scene->lost, actor.party.lost, __ATOMIC_RELAXED);
    sim_party_fini(&actor.party);
}

/* What the first thread of a server leaves for the others, in their heap. */
struct company {
    struct slip_message m;
    uint32_t threads; /* that have begun; atomic */
};

static void other_thread(uint64_t argument)
{
    struct company *company = (struct company *)(uintptr_t)argument;
    play(sim_argument(), &company->m, __atomic_add_fetch(&company->threads, 1, __ATOMIC_RELAXED));
}

static void actor_main(void)
{
    struct sim_scene *scene = sim_argument();
    struct slip_message m = {.words = 0};
    if (slip_endpoint_wait(slip_start_handle(), &m, SLIP_NEVER) != SLIP_OK)
        slip_process_exit(1);
    if (!m.word[WORD_CLIENT] && scene->server_threads > 1) {
        struct company *company = sim_alloc(sizeof(*company));
        if (company == NULL) {
            slip_process_exit(1);
            return;
        }
        company->m = m;
        for (uint32_t i = 1; i < scene->server_threads; i++)
            (void)slip_thread_start(SLIP_SELF, other_thread, (uintptr_t)company,
                                    priority_of(scene->server_priority), SLIP_CPU_ANY, NULL);
    }
    play(scene, &m, 0);
}

/* ---- the first process --------------------------------------------------------------------- */

struct cast {
    struct sim_scene *scene;
    slip_handle_t endpoint[SIM_SCENE_SERVERS];
    slip_handle_t server[SIM_SCENE_SERVERS], client[SIM_SCENE_CLIENTS];
    uint64_t badge;
};

/* Starts a process that finds `m`, with its handles, in its first wait. */
static slip_handle_t start(const char *name, struct slip_message *m, uint32_t priority)
{
    slip_handle_t boot = 0, process = 0;
    slip_status_t status = slip_endpoint_create(1, &boot);
    if (status == SLIP_OK)
        status = slip_endpoint_send(boot, m, SLIP_NEVER);
    if (status == SLIP_OK)
        status = slip_process_create_quota(name, QUOTA, &process);
    if (status == SLIP_OK)
        status = slip_process_start_on(process, actor_main, boot, priority, SLIP_CPU_ANY);
    return status == SLIP_OK ? process : SLIP_NO_HANDLE;
}

static void add_link(struct cast *cast, struct slip_message *m, uint32_t server)
{
    (void)slip_handle_duplicate(cast->endpoint[server], SLIP_RIGHT_SEND, ++cast->badge,
                                &m->handle[m->handles]);
    m->handles++;
}

static void start_all(struct cast *cast)
{
    struct sim_scene *scene = cast->scene;
    for (uint32_t i = 0; i < scene->servers; i++)
        (void)slip_endpoint_create((scene->clients * 2 + 1) * (scene->depth + 1),
                                   &cast->endpoint[i]);
    for (uint32_t i = 0; i < scene->servers; i++) {
        struct slip_message m = {.word = {0, i}, .words = WORDS, .handles = 1};
        (void)slip_handle_duplicate(cast->endpoint[i], SLIP_RIGHT_RECEIVE | SLIP_RIGHT_SEND, 0,
                                    &m.handle[0]);
        if (scene->relays && i == 0)
            add_link(cast, &m, 1);
        cast->server[i] = start("server", &m, priority_of(scene->server_priority));
    }
    for (uint32_t i = 0; i < scene->clients; i++) {
        struct slip_message m = {.word = {1, i}, .words = WORDS};
        for (uint32_t s = 0; s < (scene->relays ? 1 : scene->servers); s++)
            add_link(cast, &m, s);
        cast->client[i] = start("client", &m, priority_of(scene->client_priority[i]));
    }
    /* From here on a server's endpoint closes with the server. */
    for (uint32_t i = 0; i < scene->servers; i++)
        (void)slip_handle_close(cast->endpoint[i]);
}

static void kill_and_wait(slip_handle_t process)
{
    (void)slip_process_kill(process);
    (void)slip_process_wait(process, SLIP_NEVER);
}

static void root(void)
{
    struct cast cast = {.scene = sim_argument()};
    struct sim_scene *scene = cast.scene;
    slip_time_t limit = scene->limit_ns == 0 ? LIMIT_NS : scene->limit_ns;
    (void)slip_thread_priority(SLIP_SELF, SLIP_PRIORITY_MAX, NULL);
    start_all(&cast);
    if (scene->kill_ns != 0) {
        (void)slip_thread_sleep_until(scene->kill_ns);
        for (uint32_t i = 0; i < scene->servers; i++)
            (void)slip_process_kill(cast.server[i]);
    }
    for (uint32_t i = 0; i < scene->clients; i++) {
        uint64_t code = 0;
        slip_status_t status = slip_process_wait_code(cast.client[i], limit, &code);
        if (status != SLIP_OK)
            scene->hung = 1;
        if (status != SLIP_OK || code != 0)
            kill_and_wait(cast.client[i]);
    }
    scene->done_ns = slip_clock_now();
    for (uint32_t i = 0; i < scene->servers; i++)
        kill_and_wait(cast.server[i]);
}

int sim_scene_play(struct sim_scene *scene)
{
    struct sim_options options = {.machine = scene->machine == NULL ? "scripted" : scene->machine,
                                  .cpus = scene->cpus == 0 ? 1 : scene->cpus,
                                  .seed = scene->seed == 0 ? 1 : scene->seed,
                                  .argument = scene};
    struct sim_instance *instance =
        sim_instance_create(&options, NULL, scene->error, sizeof(scene->error));
    scene->failed = instance == NULL ||
                    sim_instance_run(instance, root, scene->error, sizeof(scene->error)) != 0;
    if (instance != NULL)
        sim_instance_destroy(instance);
    return scene->failed;
}

/* ---- bodies that many use ------------------------------------------------------------------ */

void sim_scene_serve(struct sim_actor *actor,
                     void (*answer)(struct sim_actor *actor, const struct sim_event *event))
{
    struct sim_event events[8];
    uint32_t count = 0;
    while (sim_party_next(&actor->party, events, 8, SLIP_NEVER, &count) == SLIP_OK)
        for (uint32_t i = 0; i < count; i++)
            if (events[i].kind == SIM_REQUEST)
                answer(actor, &events[i]);
}

int sim_scene_completion(struct sim_actor *actor, struct sim_event *event, slip_time_t deadline)
{
    uint32_t count = 0;
    while (sim_party_next(&actor->party, event, 1, deadline, &count) == SLIP_OK)
        if (count == 1 && event->kind == SIM_COMPLETION)
            return 1;
    return 0;
}
