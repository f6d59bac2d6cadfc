/* The one interface of IPC designs.
 *
 * A design says how an operation travels from a client to a server and how its completion comes
 * back, with nothing but system calls. Roles, scripts and probes are written once against this
 * interface, so that one workload runs over every design.
 *
 *   party  one simulated thread that serves, connects, or both
 *   link   one connection of a party, of declared depth: so many operations may be outstanding
 *
 * A design is one file that exports one `const struct sim_design sim_design`. In sim/design/ the
 * build finds it; elsewhere, compile it into a shared object with the installed headers and name
 * it with `--design ./mine.so`.
 *
 * The library fills the common fields of parties and links, counts what is outstanding, and
 * refuses what is over the depth with NO_SLOT; designs are called through sim_party_x and
 * sim_link_x below and may rely on the checks that these make.
 */
#ifndef SLIPWAY_DESIGN_H
#define SLIPWAY_DESIGN_H

#include <slipway/sim.h>
#include <slipway/slipway.h>

#define SIM_DESIGN_VERSION 1
#define SIM_OPERATION_WORDS 4 /* words of an operation: what every design has room for */

/* What a client asks for. */
struct sim_operation {
    uint64_t word[SIM_OPERATION_WORDS];
    uint32_t words;
    uint64_t key;          /* comes back in the completion; unique among those outstanding */
    struct slip_lend lend; /* memory that goes with it; lend.buffer 0 is none */
    slip_time_t deadline;  /* of the whole operation, where the design can keep one */
};

/* Memory that came with a request, as the server may name it to a device or copy from and to. */
enum sim_region_kind { SIM_REGION_NONE, SIM_REGION_REQUEST, SIM_REGION_BUFFER };
struct sim_region {
    enum sim_region_kind kind;
    uint64_t what;   /* token of the request, or handle of the shared buffer */
    uint64_t offset; /* bytes; where the range starts in it */
    uint64_t length; /* bytes */
    uint64_t right;  /* SLIP_LEND_x */
};

enum sim_event_kind { SIM_REQUEST = 1, SIM_COMPLETION, SIM_DEVICE };

struct sim_event {
    enum sim_event_kind kind;
    /* SIM_REQUEST */
    uint64_t request; /* what to give to reply; the design's own number */
    uint64_t badge;   /* of the client */
    uint64_t word[SIM_OPERATION_WORDS];
    uint32_t words;
    struct sim_region region;
    /* SIM_COMPLETION */
    struct sim_link *link;
    uint64_t key;
    slip_status_t status;
    uint64_t result;
    /* SIM_DEVICE */
    uint64_t device; /* key that the interrupt was bound with */
    uint64_t bits;
};

struct sim_kept;

struct sim_party {
    const struct sim_design *design;
    void *state;             /* design->party_size bytes, zeroed */
    slip_handle_t wait_object; /* set by the design in serve and connect: the endpoint or port that
                                  next waits at, which devices are bound to */
    slip_handle_t endpoint;  /* that it serves; 0 if none */
    struct sim_link *links;  /* list of all, newest first */
    uint64_t lost;           /* counted by the design: completions that found a full queue */
    uint32_t workers;        /* counted by the design: threads of its own */
    uint64_t completed;      /* counted by the library: completions that next returned; others may
                                read it while the party runs */
    struct sim_kept *kept;   /* the library's own: what sim_party_keep keeps; NULL: serves nothing */
};

struct sim_link {
    struct sim_party *party;
    void *state; /* design->link_size bytes, zeroed */
    struct sim_link *next;
    slip_handle_t endpoint; /* as given to connect */
    uint32_t depth;
    uint32_t outstanding; /* kept by sim_link_submit and sim_party_next */
    uint32_t index;       /* number of the link in its party, from 0 */
    void *user;           /* for whoever made the link */
};

struct sim_design {
    uint32_t version;   /* SIM_DESIGN_VERSION */
    uint32_t size;      /* sizeof(struct sim_design) */
    const char *name;   /* "submit-port" */
    const char *about;  /* one line: how request and completion travel */
    const char *origin; /* where it comes from */
    size_t party_size, link_size;

    /* The party takes requests from this endpoint, handle with RECEIVE and SEND. Called at most
     * once, before connect. */
    slip_status_t (*serve)(struct sim_party *party, slip_handle_t endpoint);

    /* Opens a link to an endpoint, handle with SEND and a badge of its own. Makes the design's
     * handshake, if it has one; may block until the server is there. */
    slip_status_t (*connect)(struct sim_party *party, slip_handle_t endpoint, uint32_t depth,
                             struct sim_link *link);

    /* Starts an operation. May block where the design does. */
    slip_status_t (*submit)(struct sim_link *link, const struct sim_operation *operation);

    /* Tries to end an operation early; its completion comes all the same. NULL if the design has
     * no way to. */
    slip_status_t (*cancel)(struct sim_link *link, uint64_t key);

    /* The only wait: requests, completions and device events, 1 to max of them. */
    slip_status_t (*next)(struct sim_party *party, struct sim_event *events, uint32_t max,
                          slip_time_t deadline, uint32_t *count);

    /* Answers a request. Never blocks. */
    slip_status_t (*reply)(struct sim_party *party, uint64_t request, slip_status_t status,
                           uint64_t result);

    /* The party ends: closes what it opened. Operations may be outstanding. */
    void (*leave)(struct sim_party *party);
};

/* The names below are what roles, bodies and probes call. All of them run inside of the party's
 * thread, and each party and its links belong to that one thread. */

/* Makes a party of a design. Errors: NO_QUOTA if the process's heap is used up. Blocks never. */
slip_status_t sim_party_init(struct sim_party *party, const struct sim_design *design);

/* Serves an endpoint. Errors: those of the design. Blocks as the design's serve does. */
slip_status_t sim_party_serve(struct sim_party *party, slip_handle_t endpoint);

/* Opens a link; *link lives in the process's heap until sim_party_fini. Blocks as the design's
 * connect does. Errors: BAD_ARGUMENT for a depth of 0; NO_QUOTA; those of the design. */
slip_status_t sim_party_connect(struct sim_party *party, slip_handle_t endpoint, uint32_t depth,
                                struct sim_link **link);

/* Binds a device's interrupt to what the party waits at; its events carry `key`. Blocks never.
 * Errors: those of slip_interrupt_bind; BAD_ARGUMENT before serve or connect. */
slip_status_t sim_party_device(struct sim_party *party, slip_handle_t interrupt, uint64_t key);

/* Starts an operation. Errors: NO_SLOT over the depth; BAD_ARGUMENT for too many words; those of
 * the design. Blocks as the design's submit does. */
slip_status_t sim_link_submit(struct sim_link *link, const struct sim_operation *operation);

/* Cancels an operation. Errors: BAD_OPERATION if the design cannot; those of the design. Blocks
 * never. */
slip_status_t sim_link_cancel(struct sim_link *link, uint64_t key);

/* Waits for events. Errors: WOULD_BLOCK, TIMED_OUT, PEER_CLOSED. Blocks until there is one. */
slip_status_t sim_party_next(struct sim_party *party, struct sim_event *events, uint32_t max,
                             slip_time_t deadline, uint32_t *count);

/* Answers a request. Errors: STALE if it is over, where the design can tell. Blocks never. */
slip_status_t sim_party_reply(struct sim_party *party, uint64_t request, slip_status_t status,
                              uint64_t result);

/* Leaves, and frees the party's links and state. Blocks never. */
void sim_party_fini(struct sim_party *party);

/* Copies from or to the memory that came with a request. Errors: those of slip_request_read_lend
 * and slip_buffer_read; BAD_ARGUMENT outside of the range. Blocks never. */
slip_status_t sim_region_read(const struct sim_region *region, uint64_t offset, void *address,
                              size_t length);
slip_status_t sim_region_write(const struct sim_region *region, uint64_t offset,
                               const void *address, size_t length);

/* ---- for designs -----------------------------------------------------------------------------
 *
 * The names below are for those who write a design: what would else stand in each of them. They
 * make no more than the system calls that one would expect.
 *
 * Several threads of a process may serve one endpoint, each with a party of its own, and what one
 * client sends may go to any of them. So what a server has to remember of a client (the port to
 * complete to, the buffers it shares) is kept in common, by the client's badge and a number that
 * the design chooses. A message that overtakes the one that brought what it needs is put aside until
 * that was kept. */

/* Makes a port of `depth` slots for the party to wait at, with the endpoint that it serves attached
 * by level; the key of that is the endpoint's handle. A port cannot grow, so this one takes the
 * place of *port, if there is one.
 *
 *   port  in: the one until now, or SLIP_NO_HANDLE; out: the new one, written only on OK
 *
 * Blocks   never.
 * Errors   ALREADY while operations of any link are outstanding, for links are opened before the
 *          first operation, or if another party of the process has attached the endpoint; those of
 *          slip_port_create and slip_port_attach.
 */
slip_status_t sim_party_port(struct sim_party *party, uint32_t depth, slip_handle_t *port);

/* Closes such a port, if there is one. */
void sim_party_port_close(struct sim_party *party, slip_handle_t port);

/* The priority of the calling thread, for threads that a party starts. The kernel tells it only when
 * it is changed, so it is, for a moment. */
static inline uint32_t sim_own_priority(void)
{
    uint32_t priority = SLIP_PRIORITY_DEFAULT;
    (void)slip_thread_priority(SLIP_SELF, SLIP_PRIORITY_MAX, &priority);
    (void)slip_thread_priority(SLIP_SELF, priority, NULL);
    return priority;
}

/* Keeps a handle, in place of the one of that badge and number if there is one, which is closed.
 *
 *   number  0 to SIM_KEPT_MAX - 1
 *
 * Blocks   never.
 * Errors   BAD_ARGUMENT for the number, or if the party does not serve; NO_QUOTA: the heap is used
 *          up. Then the handle is closed.
 */
slip_status_t sim_party_keep(struct sim_party *party, uint64_t badge, uint64_t number,
                             slip_handle_t handle);

/* The handle that was kept under the badge of a message and a number.
 *
 *   handle  out: written only on OK; it stays with the library
 *
 * Blocks   never.
 * Errors   WOULD_BLOCK: nobody has kept it yet; the message was put aside, and sim_party_unpark
 *          returns it when somebody has. NO_QUOTA: there is no room to put it aside.
 */
slip_status_t sim_party_look(struct sim_party *party, const struct slip_message *m,
                             uint64_t number, slip_handle_t *handle);

/* Takes back a message that was put aside and has what it needs now: 1, or 0 if there is none. Ask
 * before each wait. */
int sim_party_unpark(struct sim_party *party, struct slip_message *m);

/* Closes all that was kept of a badge. */
void sim_party_forget(struct sim_party *party, uint64_t badge);

#define SIM_KEPT_MAX 4096U   /* handles of one badge */
#define SIM_PARKED_MAX 1024U /* messages that are put aside, of one endpoint */

/* Makes the event of an interrupt: `key` as it was bound, `bits` as they were merged. */
static inline void sim_event_device(struct sim_event *event, uint64_t key, uint64_t bits)
{
    *event = (struct sim_event){.kind = SIM_DEVICE, .device = key, .bits = bits & UINT32_MAX};
}

/* Makes the event of an operation that has ended. */
static inline void sim_event_completion(struct sim_event *event, struct sim_link *link,
                                        uint64_t key, slip_status_t status, uint64_t result)
{
    *event = (struct sim_event){.kind = SIM_COMPLETION,
                                .link = link,
                                .key = key,
                                .status = status,
                                .result = result};
}

/* An answer that is held back until the next wait, which hands it over in the same call: one entry
 * to the kernel less for each request. Whoever holds one back flushes it before anything that may
 * block elsewhere. */
struct sim_answer {
    slip_request_t request; /* 0: none */
    slip_status_t status;
    uint64_t result;
};

static inline void sim_answer_flush(struct sim_answer *answer)
{
    if (answer->request != 0) /* STALE: nobody waits for it any more */
        (void)slip_request_reply(answer->request, answer->status, answer->result);
    answer->request = 0;
}

/* Waits at an endpoint, and hands over the answer that was held back, if there is one.
 *
 * Blocks   as slip_endpoint_wait.
 * Errors   those of slip_endpoint_wait; the answer was handed over all the same.
 */
static inline slip_status_t sim_answer_wait(struct sim_answer *answer, slip_handle_t endpoint,
                                            struct slip_message *m, slip_time_t deadline)
{
    *m = (struct slip_message){.words = 0};
    if (answer->request == 0)
        return slip_endpoint_wait(endpoint, m, deadline);
    slip_status_t status = slip_endpoint_reply_wait(endpoint, answer->request, answer->status,
                                                    answer->result, m, deadline);
    if (status == SLIP_OK || (m->flags & SLIP_GOT_REPLIED) != 0)
        answer->request = 0;
    sim_answer_flush(answer);
    return status;
}

/* Holds an answer back, in place of the one until now, which goes out.
 *
 * Blocks   never.
 * Errors   BAD_ARGUMENT for a status above 0.
 */
static inline slip_status_t sim_answer_hold(struct sim_answer *answer, slip_request_t request,
                                            slip_status_t status, uint64_t result)
{
    if (status > SLIP_OK)
        return SLIP_BAD_ARGUMENT;
    sim_answer_flush(answer);
    *answer = (struct sim_answer){request, status, result};
    return SLIP_OK;
}

/* The words of an operation, as a message. */
static inline struct slip_message sim_message_of(const struct sim_operation *operation)
{
    struct slip_message m = {.words = operation->words};
    for (uint32_t i = 0; i < operation->words; i++)
        m.word[i] = operation->word[i];
    return m;
}

/* What an operation lends, as calls take it: NULL for nothing. */
static inline const struct slip_lend *sim_lend_of(const struct sim_operation *operation)
{
    return operation->lend.buffer == 0 ? NULL : &operation->lend;
}

/* Gets rid of a message that the design does not speak: closes what it brought, and refuses it if
 * somebody waits for an answer. */
static inline void sim_message_drop(const struct slip_message *m)
{
    for (uint32_t i = 0; i < m->handles; i++)
        (void)slip_handle_close(m->handle[i]);
    if (m->request != 0)
        (void)slip_request_reply(m->request, SLIP_BAD_OPERATION, 0);
}

/* Makes the event of what a wait at an endpoint took, in designs whose requests are the kernel's:
 * a call or a submit, with the words of an operation and, if it lends memory, one range; or a pulse.
 * 1, or 0 if it was neither and was dropped. */
static inline int sim_event_received(struct sim_event *event, struct slip_message *m)
{
    if (m->flags & SLIP_GOT_PULSE) {
        sim_event_device(event, m->badge, m->word[0]);
        return 1;
    }
    if ((m->flags & (SLIP_GOT_CALL | SLIP_GOT_SUBMIT)) == 0) {
        sim_message_drop(m);
        return 0;
    }
    for (uint32_t i = 0; i < m->handles; i++) /* no operation brings any */
        (void)slip_handle_close(m->handle[i]);
    *event = (struct sim_event){.kind = SIM_REQUEST, .request = m->request, .badge = m->badge};
    event->words = m->words < SIM_OPERATION_WORDS ? m->words : SIM_OPERATION_WORDS;
    for (uint32_t i = 0; i < event->words; i++)
        event->word[i] = m->word[i];
    if (m->lends > 0)
        event->region = (struct sim_region){.kind = SIM_REGION_REQUEST,
                                            .what = m->request,
                                            .length = m->area.lent[0].length,
                                            .right = m->area.lent[0].right};
    return 1;
}

#endif
