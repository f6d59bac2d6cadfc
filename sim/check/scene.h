/* A scene: servers and clients over one design, on an instance of its own.
 *
 * The first process makes an endpoint per server, starts the servers and the clients, each with its
 * party made and its links opened, waits for the clients, and kills the servers. A client that is
 * not done by the limit is killed, and the scene has hung. Probes and conformance tests are bodies
 * for such scenes; what they find they write into host memory, through `argument`.
 */
#ifndef SIM_CHECK_SCENE_H
#define SIM_CHECK_SCENE_H

#include <slipway/design.h>

#define SIM_SCENE_SERVERS 3U /* at most: a message moves four handles */
#define SIM_SCENE_CLIENTS 4U

struct sim_actor;

struct sim_scene {
    /* What to play. */
    const struct sim_design *design;
    const char *machine; /* NULL: scripted */
    uint32_t cpus;       /* 0: 1 */
    uint64_t seed;       /* 0: 1 */
    uint32_t servers, clients;
    uint32_t server_threads; /* of each server, all at its one endpoint; 0: 1 */
    uint32_t depth;          /* of each link */
    uint32_t server_priority, client_priority[SIM_SCENE_CLIENTS]; /* 0: the default */
    int relays;                             /* 1: server 0 has a link to server 1 */
    slip_time_t limit_ns;                   /* 0: one second of the machine's clock */
    slip_time_t kill_ns;                    /* not 0: the servers are killed at that time */
    void (*serve)(struct sim_actor *actor); /* a server's body */
    void (*ask)(struct sim_actor *actor);   /* a client's body */
    void *argument;

    /* What happened. */
    int hung;            /* 1: a client was not done by the limit */
    int failed;          /* 1: the run failed; error says how */
    slip_time_t done_ns; /* when the last client had ended */
    uint64_t lost;       /* sum over the parties */
    char error[512];
};

struct sim_actor {
    struct sim_scene *scene;
    uint32_t index;  /* among the servers, or the clients */
    uint32_t thread; /* of a server, from 0 */
    struct sim_party party;
    struct sim_link *link[SIM_SCENE_SERVERS];
    uint32_t links;
};

/* HOST. Plays a scene; 0 if the run itself was sound (it may have hung). */
int sim_scene_play(struct sim_scene *scene);

/* A server's body that answers each request at once with `answer`, for ever. */
void sim_scene_serve(struct sim_actor *actor,
                     void (*answer)(struct sim_actor *actor, const struct sim_event *event));

/* Takes events until a completion comes, or the deadline: 1 if one came. */
int sim_scene_completion(struct sim_actor *actor, struct sim_event *event, slip_time_t deadline);

#endif
