/* Direct priority inheritance through calls.
 *
 *   effective(T) = max(base(T), for each call that T holds: effective(its caller), and
 *                      effective(best caller queued on the endpoint that it was taken from))
 *
 * A change walks along the chain: T's caller's server, and so on, at most K_CHAIN_MAX threads. The
 * walk holds one lock at a time and works from a list of threads to look at; each computes its
 * value from what it finds, so walks that meet do no harm.
 */
#ifndef K_INHERIT_H
#define K_INHERIT_H

#include "thread.h"

struct k_endpoint;

/* Notes that a thread's priority is to be computed again. Any locks. */
void k_inherit_note(struct k_cpu *cpu, struct k_thread *thread);

/* Notes all threads that serve an endpoint. Caller holds its lock. */
void k_inherit_note_servers(struct k_cpu *cpu, struct k_endpoint *endpoint);

/* The priority of a thread changed: notes who else is concerned if it is blocked, and puts it where
 * it belongs in what it waits in. No lock is held. */
void k_inherit_follow(struct k_cpu *cpu, struct k_thread *thread);

/* Computes what was noted, and follows the chains. No lock is held. */
void k_inherit_run(struct k_cpu *cpu);

/* Would a call of `caller`, queued at `endpoint`, wait for itself? Caller holds no lock; the call is
 * queued already, so of two that close a cycle at once at least one sees it. */
int k_inherit_cycle(struct k_cpu *cpu, struct k_thread *caller, struct k_endpoint *endpoint);

#endif
