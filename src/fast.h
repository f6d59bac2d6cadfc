/* The fast paths: a call and a reply of a short message whose partner waits, hand in hand; a
 * message that is queued or taken from a queue; a port that has a free slot, or enough completions.
 *
 * They do what endpoint.c, send.c, receive.c and reply.c do for the case that matters most: at most
 * 64 bytes, no handles, no lends, no deadline, nothing else queued, nobody's priority to raise or
 * lower, and a partner that can run here at once. One lock is taken, the endpoint's (the server's
 * own for the list of what it holds, too); the message is copied once, but for the words of a reply,
 * which are read before the request is won and written afterwards; there is no run queue, no
 * reference count, no clock. Each function first looks, under the lock, whether all of that holds.
 * If not, it has changed nothing, says so, and the careful path takes over (but a receiver whose memory
 * faults has heard of it, as it would there): whatever can be seen from outside is the same on both
 * (the semantic tests run with and without, and random programs are compared).
 *
 * Why no reference is needed: an object's memory stays an object of its type for ever, and so does
 * its lock. A handle that is found live under the lock of its object keeps that object, if that is
 * open: who wants to free it has to close it first, under the lock.
 */
#ifndef K_FAST_H
#define K_FAST_H

#include "syscall.h"

/* The careful paths of calls of syscall.h whose functions are in fast*.c. */
int32_t k_careful_call(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],
                       uint64_t out[3]);
int32_t k_careful_reply_wait(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],
                             uint64_t out[3]);
int32_t k_careful_send(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],
                       uint64_t out[3]);
int32_t k_careful_wait(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],
                       uint64_t out[3]);
int32_t k_careful_wait_batch(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],
                             uint64_t out[3]);
int32_t k_careful_post(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],
                       uint64_t out[3]);
int32_t k_careful_port_wait(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],
                            uint64_t out[3]);

/* endpoint's lock, which it drops. Takes a batch at once if that can be done: 1, and how many were
 * copied; 0: the memory faults. Or 0, and nothing happened. */
int k_fast_batch(struct k_cpu *cpu, struct k_endpoint *endpoint, const struct k_batch *wanted,
                 uint32_t *count);

#endif
