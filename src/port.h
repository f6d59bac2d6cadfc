/* Ports: slots, and the completions in them.
 *
 * Each slot is a request block, and is in one list: free, outstanding (a submit that has not
 * ended), in the hand of a cancel, the queue (a completion to take), or lifted (while a wait copies it
 * without the lock). For a post it stays a request that is FREE: nobody has a token of it. `promised`
 * counts the completions that waiters who were woken are on their way to take, so that one completion
 * wakes one waiter.
 */
#ifndef K_PORT_H
#define K_PORT_H

#include "object.h"
#include "request.h"

struct k_endpoint;

struct k_port {
    struct k_object object; /* rank PORT */
    uint32_t depth;         /* fixed */

    /* object.lock */
    struct k_list free, outstanding, queue; /* k_completion.link */
    struct k_list lifted;  /* the same; what lies between two of a wait's is its own */
    struct k_list cancels; /* by key, under way: `hand` of port.c */
    struct k_list waiters; /* k_wait.link, newest first */
    struct k_list taken;   /* k_endpoint.taken_link: attached by level, handed out */
    uint32_t queued, promised;
    uint32_t events; /* of those queued: not in slots, but part of what they are of */
    uint32_t marked; /* of those lifted: a cancel dropped them meanwhile (`discard`) */
    int closed;
    int silent; /* fixed: drops what ends; of connections without a port */
};

extern const struct k_object_type k_port_type;

#define K_PORT(pointer) K_CONTAINER(pointer, struct k_port, object)

/* Is it in a slot of a port? If not, it is part of an interrupt or an endpoint. */
static inline int k_completion_is_slot(const struct k_completion *completion)
{
    return completion->content.source == SLIP_SOURCE_REQUEST ||
           completion->content.source == SLIP_SOURCE_POST;
}

static inline struct k_object *k_port_object(struct k_port *port)
{
    return &port->object;
}

/* `silent`: nobody will wait. */
slip_status_t k_port_create(struct k_cpu *cpu, struct k_process *owner, uint32_t depth, int silent,
                            struct k_port **port);

/* A slot for a submit: BUSY, among the outstanding. NO_SLOT, PEER_CLOSED. */
slip_status_t k_port_reserve(struct k_cpu *cpu, struct k_port *port, struct k_request **request);
/* It was not used after all. */
void k_port_unreserve(struct k_cpu *cpu, struct k_port *port, struct k_request *request);

/* Ends a submit of a port that is closed, whatever its server may answer. No lock is held. */
void k_port_end_outstanding(struct k_cpu *cpu, struct k_request *request, uint32_t generation);

/* A submit has ended: its completion is queued, or dropped. Takes the request's port reference. */
void k_port_complete(struct k_cpu *cpu, struct k_request *request);

slip_status_t k_port_post(struct k_cpu *cpu, struct k_port *port, uint64_t badge, uint64_t key,
                          int32_t status, uint64_t result);

/* The call: *count is set whatever the status. */
slip_status_t k_port_wait(struct k_cpu *cpu, struct k_port *port, uint64_t address, uint32_t least,
                          uint32_t most, slip_time_t deadline, uint32_t *count);

slip_status_t k_port_cancel(struct k_cpu *cpu, struct k_port *port, uint64_t key, uint32_t flags,
                            uint32_t *count);

/* Puts an event with a slot of its own into the queue; 0 if the port is closed. */
int k_port_put(struct k_cpu *cpu, struct k_port *port, struct k_completion *completion);
/* Takes it out again: 1 if it was in it. */
int k_port_withdraw(struct k_cpu *cpu, struct k_port *port, struct k_completion *completion);

slip_status_t k_port_attach(struct k_cpu *cpu, struct k_port *port, struct k_endpoint *endpoint,
                            uint64_t key, uint32_t mode);
slip_status_t k_port_detach(struct k_cpu *cpu, struct k_port *port, struct k_endpoint *endpoint,
                            uint32_t *withdrawn);

int k_port_is_closed(struct k_cpu *cpu, struct k_port *port);

/* Caller holds the endpoint's lock: something arrived at it. */
void k_port_arrival(struct k_cpu *cpu, struct k_endpoint *endpoint);

/* ---- between port.c, port_*.c and fast_port.c; under object.lock --------------------- */

/* Wakes the newest waiter that has enough, not counting what others who were woken came for. */
void k_port_wake_waiter(struct k_cpu *cpu, struct k_port *port);

/* Takes a completion out of the queue. */
static inline void k_port_unqueue(struct k_port *port, struct k_completion *completion)
{
    k_list_remove(&completion->link);
    port->queued--;
    port->events -= !k_completion_is_slot(completion);
}

/* Puts a completion at the end of the queue, and wakes a waiter that now has enough. */
void k_port_push(struct k_cpu *cpu, struct k_port *port, struct k_completion *completion);

#endif
