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
 * it with `--design ./mine.so`. What would else stand in each of them is in slipway/design_kit.h.
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
    uint64_t request;  /* what to give to reply; the design's own number */
    uint64_t activity; /* sim_activity_now (design_kit.h) when it was taken; 0: unknown */
    uint64_t badge;    /* of the client */
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
struct sim_tickets;
struct sim_shares;

struct sim_party {
    const struct sim_design *design;
    void *state;               /* design->party_size bytes, zeroed */
    slip_handle_t wait_object; /* set by the design in serve and connect: the endpoint or port that
                                  next waits at, which devices are bound to */
    slip_handle_t endpoint;    /* that it serves; 0 if none */
    struct sim_link *links;    /* list of all, newest first */
    uint64_t lost;             /* counted by the design: completions that found a full queue */
    uint32_t workers;          /* counted by the design: threads of its own */
    uint64_t completed;        /* counted by the library: completions that next returned; others may
                                read it while the party runs */
    uint64_t requested;        /* likewise: requests that next returned */
    struct sim_kept *kept;     /* the library's own, for slipway/design_kit.h */
    struct sim_tickets *tickets; /* likewise */
};

struct sim_link {
    struct sim_party *party;
    void *state; /* design->link_size bytes, zeroed */
    struct sim_link *next;
    slip_handle_t endpoint; /* as given to connect */
    uint32_t depth;
    uint32_t outstanding;      /* kept by sim_link_submit and sim_party_next */
    uint32_t index;            /* number of the link in its party, from 0 */
    void *user;                /* for whoever made the link */
    struct sim_shares *shares; /* the library's own, for slipway/design_kit.h */
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

#endif
