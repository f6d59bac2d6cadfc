/* Endpoints: queues where messages and requests meet receivers.
 *
 *   queue      what a receiver can take: messages, submits, calls, pulses, cancel news
 *   blocked    senders and submitters that wait because `counted` has reached the depth
 *   receivers  threads that wait; then the queue holds nothing that any of them could take
 *   batchers   threads that wait for several messages; then there are fewer than any of them wants,
 *              there is room for more, and the queue holds nothing else for them
 *   serving    calls that were taken and not answered: their holders serve this endpoint
 *
 * An endpoint is closed when its last handle with RECEIVE is gone; then all of the above is
 * emptied, and nothing new comes in.
 */
#ifndef K_ENDPOINT_H
#define K_ENDPOINT_H

#include <slipway/endpoint.h>
#include "object.h"
#include "request.h"

struct k_endpoint {
    struct k_object object; /* rank ENDPOINT */

    /* object.lock. All that a call and its reply write when a receiver waits is in one line. */
    struct k_prio_list receivers;
    struct k_chain serving; /* k_request.serve_link */

    /* object.lock, if not fixed. Rarely written then; what a send looks at is here, too. */
    _Alignas(K_LINE_BYTES) int closed;
    uint32_t depth;      /* fixed */
    uint32_t counted;    /* entries that take a place of the depth: of the queue, and lifted ones */
    uint32_t words;      /* K_ENTRY_WORDS of the queue */
    uint32_t batch_goal; /* `counted` that wakes one of the batchers; UINT32_MAX: none waits */
    atomic_int donation; /* best effective priority of queued callers, -1 if none (and so if a
                            receiver waits); written under object.lock, read by k_inherit */
    struct k_prio_list queue;

    struct k_list free_blocks; /* k_message.entry.node.node; with queue and lifted: depth in all */
    struct k_prio_list blocked;
    struct k_port *port; /* refs: attached to; NULL: none. Changed under object.lock, and read under
                            the port's as well, as attach_mode is */

    /* object.lock; of who waits and who queues. */
    _Alignas(K_LINE_BYTES) uint64_t arrivals;
    uint32_t calls;  /* calls in the queue */
    uint32_t lifted; /* messages that batched waits are copying, in no list */
    struct k_prio_list batchers;
    atomic_uint request_waiters; /* receivers that wait for the end of one request */
    uint32_t attach_mode;
    /* lock of port */
    struct k_completion ready; /* its entry in the port */
    struct k_list taken_link;  /* among those to look at when the next wait begins */
};

_Static_assert(offsetof(struct k_endpoint, closed) == (size_t)2 * K_LINE_BYTES,
               "a call and its reply write one line of an endpoint");

extern const struct k_object_type k_endpoint_type;

#define K_ENDPOINT(pointer) K_CONTAINER(pointer, struct k_endpoint, object)

slip_status_t k_endpoint_create(struct k_cpu *cpu, struct k_process *owner, uint32_t depth,
                                struct k_endpoint **endpoint);

/* The calls, for the running thread; their arguments are decoded. `deadline` as in endpoint.h. */
slip_status_t k_endpoint_send(struct k_cpu *cpu, struct k_endpoint *endpoint,
                              const struct k_parcel *parcel, uint64_t badge, slip_time_t deadline);
slip_status_t k_endpoint_submit(struct k_cpu *cpu, struct k_endpoint *endpoint,
                                struct k_request *request, const struct k_parcel *parcel);
int32_t k_endpoint_call(struct k_cpu *cpu, struct k_endpoint *endpoint,
                        const struct k_parcel *parcel, uint64_t lend, uint64_t badge,
                        slip_time_t deadline, uint64_t out[3]);
slip_status_t k_endpoint_wait(struct k_cpu *cpu, struct k_endpoint *endpoint,
                              const struct k_window *window, slip_time_t deadline,
                              struct k_thread *hand, uint64_t out[3]);

/* Takes up to `most` messages of words alone when `least` are there: *count of them. */
slip_status_t k_endpoint_wait_batch(struct k_cpu *cpu, struct k_endpoint *endpoint,
                                    const struct k_batch *wanted, slip_time_t deadline,
                                    uint32_t *count);

/* The end of a wait for anything, without a deadline, that the running thread began by itself. */
slip_status_t k_endpoint_waited(struct k_thread *self, struct k_endpoint *endpoint, int32_t outcome,
                                uint64_t out[3]);

/* Brings a request that is MOVING: to a receiver, or into the queue. PEER_CLOSED;
 * BAD_ADDRESS if the memory of its caller faults. */
slip_status_t k_endpoint_pass(struct k_cpu *cpu, struct k_endpoint *endpoint,
                              struct k_request *request);

/* A call of this generation, which is queued here, is refused if it closes a cycle of callers. A
 * reference on the caller is held. */
void k_endpoint_refuse_cycle(struct k_cpu *cpu, struct k_thread *caller, uint32_t generation,
                             struct k_endpoint *endpoint);

/* An interrupt's pulse is put into the queue; 0 if the endpoint is closed. The one that waits for
 * it, if any, is woken to look. */
int k_endpoint_put(struct k_cpu *cpu, struct k_endpoint *endpoint, struct k_entry *entry);

/* A queued entry is for others than it was: one that waits for it is woken to look. */
void k_endpoint_look_again(struct k_cpu *cpu, struct k_endpoint *endpoint,
                           const struct k_entry *entry);

/* The same for the news that a held request is to be cancelled, unless it has been won. */
void k_endpoint_put_news(struct k_cpu *cpu, struct k_endpoint *endpoint, struct k_request *request);

/* Takes an entry out of the queue if it is in it: 1 if it was. */
int k_endpoint_withdraw(struct k_cpu *cpu, struct k_endpoint *endpoint, struct k_entry *entry);

int k_endpoint_is_closed(struct k_cpu *cpu, struct k_endpoint *endpoint);

/* ---- between endpoint.c, send.c, receive.c, batch.c and fast*.c; all under object.lock ------------------------- */

/* Takes the best receiver out that a message of this badge may go to, claimed; NULL if none. */
struct k_thread *k_endpoint_claim_receiver(struct k_endpoint *endpoint, uint64_t badge);

/* Does this thread, which waits or looks with its window, take an entry when it looks? */
int k_endpoint_is_for(const struct k_entry *entry, const struct k_thread *thread);

/* Wakes one of those who wait to receive, to look: 1, or 0 if its wait has ended already. */
int k_endpoint_wake_again(struct k_cpu *cpu, struct k_endpoint *endpoint, struct k_thread *thread);

/* Wakes one of the batchers that is to look: since this entry was queued, or (NULL) since a sender
 * waits for room. */
void k_endpoint_wake_batcher(struct k_cpu *cpu, struct k_endpoint *endpoint,
                             const struct k_entry *entry);

/* The batchers are others than before. */
void k_endpoint_set_goal(struct k_endpoint *endpoint);

/* The priority that something is queued with: 0 for all where queues are in order of arrival. */
uint32_t k_endpoint_order(const struct k_cpu *cpu, uint32_t priority);

/* A queued call came or went: `donation` follows, and those who serve are noted. */
void k_endpoint_donate(struct k_cpu *cpu, struct k_endpoint *endpoint);

/* Puts an entry into the queue, and tells the port that it is attached to. */
void k_endpoint_enqueue(struct k_cpu *cpu, struct k_endpoint *endpoint, struct k_entry *entry,
                        uint32_t priority, uint64_t arrival);

/* Takes a queued request out of the queue; its place is free. */
void k_endpoint_unqueue(struct k_cpu *cpu, struct k_endpoint *endpoint, struct k_request *request);

/* Lets blocked senders in while there is room. */
void k_endpoint_admit(struct k_cpu *cpu, struct k_endpoint *endpoint);

/* Makes `server` the holder of a request, BUSY, MOVING or QUEUED: 1, or 0 if it was won by somebody else. */
int k_endpoint_give(struct k_cpu *cpu, struct k_endpoint *endpoint, struct k_request *request,
                    struct k_thread *server);

/* The effective priority of a queued caller or blocked sender changed. */
void k_endpoint_reposition(struct k_cpu *cpu, struct k_endpoint *endpoint, struct k_thread *thread);

/* A request that was queued, or held, here has been won: takes it out of everything. */
void k_endpoint_withdraw_request(struct k_cpu *cpu, struct k_endpoint *endpoint,
                                 struct k_request *request, enum k_request_state was);

#endif
