/* The receiving side of endpoints: how a message gets to a thread, whoever carries it there.
 *
 * A delivery has three parts, all under the endpoint's lock: prepare (all that can fail, the copy,
 * and the registers), a commit by the caller that decides a race (claiming a sender, taking a
 * request), and finish (which cannot fail). After the commit a submitted request may end at any
 * moment, so finish looks at the cargo only, which the caller has to itself by then.
 */
#ifndef K_RECEIVE_H
#define K_RECEIVE_H

#include "endpoint.h"

struct k_thread;

struct k_arrival {
    uint32_t bytes;
    uint64_t badge;
    struct k_cargo *cargo;
    struct k_process *sender;      /* whose table the cargo is in transit in; NULL: it departed */
    const struct k_parcel *parcel; /* where the words are, in user memory, */
    const uint64_t *words;         /* or in the kernel */
    struct k_request *request;     /* NULL: a message */
    uint32_t reserved;             /* handles that prepare reserved */
    int broken; /* set by prepare: it failed since the sender's memory faults, not the receiver's */
};

/* On OK `out` is what the receiver gets. TOO_LONG, NO_QUOTA, BAD_ADDRESS: out tells the size; the
 * message stays where it is, unless it is broken: then it is the sender who is to hear. */
slip_status_t k_receive_prepare(struct k_cpu *cpu, struct k_thread *to, uint64_t address,
                                struct k_arrival *arrival, uint64_t out[3]);
void k_receive_finish(struct k_cpu *cpu, struct k_thread *to, uint64_t address,
                      struct k_arrival *arrival);
void k_receive_abandon(struct k_cpu *cpu, struct k_thread *to, struct k_arrival *arrival);

/* What is next for a batched wait. */
enum k_next {
    K_NEXT_NOTHING,
    K_NEXT_TAKEN,  /* a message: it is in the window, and `out` describes it */
    K_NEXT_OTHER,  /* something that is no message of words alone; it stays */
    K_NEXT_FAILED, /* a message that could not be copied; it stays */
};

/* endpoint's lock. Takes the best message of words alone into the running thread's window. */
enum k_next k_receive_next(struct k_cpu *cpu, struct k_endpoint *endpoint, uint64_t out[3],
                           slip_status_t *status);

/* The running thread waits in `list`, with its window. The endpoint's lock is held, and dropped.
 * Returns the outcome. */
int32_t k_receive_block(struct k_cpu *cpu, struct k_endpoint *endpoint, struct k_prio_list *list,
                        slip_time_t deadline, struct k_thread *hand);

#endif
