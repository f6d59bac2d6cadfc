/* Ports: where completions arrive (a completion port, not a Mach port).
 *
 * A port of depth N has N slots. A submitted request takes its slot when it is submitted and gives
 * it back when its completion is taken, so a completion is never lost and never refused. A post
 * takes a slot when it is made and is FULL when none is left. Bound interrupts and attached
 * endpoints bring a slot of their own.
 *
 * One wait takes completions in a batch: at least so many, at most so many. Waiters wake last in,
 * first out, since the last one is the warmest.
 *
 * When the last handle with WAIT is closed, outstanding requests are cancelled and their
 * completions dropped, waiters hear PEER_CLOSED, and so do later posts and submits.
 */
#ifndef SLIPWAY_PORT_H
#define SLIPWAY_PORT_H

#include <slipway/calls.h>
#include <slipway/handle.h>

/* Where a completion comes from; the kernel sets it, so no user can pretend to be another. */
enum slip_source {
    SLIP_SOURCE_REQUEST = 1,   /* the end of a submitted request */
    SLIP_SOURCE_POST = 2,      /* slip_port_post; `badge` is that of the poster's handle */
    SLIP_SOURCE_INTERRUPT = 3, /* result: merged bits in 0-31, count in 32-63 */
    SLIP_SOURCE_ENDPOINT = 4   /* an attached endpoint has something to take */
};

/* One completion, 40 bytes. */
struct slip_completion {
    uint64_t key;
    int32_t status;
    uint32_t source; /* enum slip_source */
    uint64_t result;
    uint64_t badge;   /* of the handle that posted; 0 otherwise */
    uint64_t request; /* token of the request that ended; 0 otherwise */
};

/* Makes a port.
 *
 *   depth  slots, 1 to SLIP_PORT_DEPTH_MAX: operations outstanding plus completions not taken
 *   port   out: a handle with POST and WAIT; 0 unless OK
 *
 * Blocks   never.
 * Errors   BAD_ARGUMENT for the depth; NO_QUOTA.
 * Threads  any.
 * Source   SEMANTICS PO-1. The slots are charged to the caller's process.
 */
static inline slip_status_t slip_port_create(uint32_t depth, slip_handle_t *port)
{
    uint64_t in[6] = {depth}, out[3];
    slip_status_t status = (slip_status_t)slip_trap(SLIP_CALL_port_create, in, out);
    *port = out[0];
    return status;
}

/* Posts a completion by hand.
 *
 *   port    needs POST
 *   key     any value; nothing checks that it is one that the port's owner expects
 *   status  any number
 *   result  any value
 *
 * Blocks   never.
 * Errors   BAD_HANDLE, WRONG_TYPE, NO_RIGHT; FULL if no slot is free; PEER_CLOSED.
 * Threads  any.
 * Source   SEMANTICS PO-2.
 */
static inline slip_status_t slip_port_post(slip_handle_t port, uint64_t key, slip_status_t status,
                                           uint64_t result)
{
    uint64_t in[6] = {port, key, (uint64_t)(int64_t)status, result}, out[3];
    return (slip_status_t)slip_trap(SLIP_CALL_port_post, in, out);
}

/* Takes completions.
 *
 *   port         needs WAIT
 *   completions  out: room for `most` of them
 *   least        wait until so many are there, 1 to most
 *   most         take no more than so many, 1 to SLIP_PORT_DEPTH_MAX
 *   deadline     absolute
 *   count        out: how many were taken; always written
 *
 * Blocks   until `least` are there.
 * Order    oldest first.
 * Errors   BAD_HANDLE, WRONG_TYPE, NO_RIGHT, BAD_ARGUMENT
 *          BAD_ADDRESS  what could not be copied stays; what was taken before it is in *count
 *          WOULD_BLOCK, TIMED_OUT  fewer than `least` were there; those were taken
 *          PEER_CLOSED  the last handle with WAIT was closed
 * Threads  any number at once.
 * Source   SEMANTICS PO-3 to PO-6.
 */
static inline slip_status_t slip_port_wait(slip_handle_t port, struct slip_completion *completions,
                                           uint32_t least, uint32_t most, slip_time_t deadline,
                                           uint32_t *count)
{
    uint64_t in[6] = {port, (uintptr_t)completions, least | (uint64_t)most << 32, deadline};
    uint64_t out[3];
    slip_status_t status = (slip_status_t)slip_trap(SLIP_CALL_port_wait, in, out);
    *count = (uint32_t)out[0];
    return status;
}

/* slip_port_cancel: drop the completions instead of delivering them. */
#define SLIP_CANCEL_DISCARD 1U

/* Cancels every outstanding request of a key. A submit that still waits for room is none.
 *
 *   port   needs WAIT
 *   key    as given to submit
 *   flags  0, or SLIP_CANCEL_DISCARD to drop what is queued, and what is still to come, of the key
 *   count  out: requests that were ended or marked; 0 unless OK; NULL if not wanted
 *
 * Blocks   never.
 * Errors   BAD_HANDLE, WRONG_TYPE, NO_RIGHT, BAD_ARGUMENT.
 * Threads  any.
 * Source   SEMANTICS PO-7.
 */
static inline slip_status_t slip_port_cancel(slip_handle_t port, uint64_t key, uint32_t flags,
                                             uint32_t *count)
{
    uint64_t in[6] = {port, key, flags}, out[3];
    slip_status_t status = (slip_status_t)slip_trap(SLIP_CALL_port_cancel, in, out);
    if (count != NULL)
        *count = (uint32_t)out[0];
    return status;
}

/* When an attached endpoint appears in its port. */
enum slip_attach {
    SLIP_ATTACH_LEVEL = 1, /* while it has something to take: again at the next wait, at the tail */
    SLIP_ATTACH_EDGE = 2,  /* when something arrives */
    SLIP_ATTACH_ONCE = 3   /* the first time, then it is detached */
};

/* Attaches an endpoint to a port, so that one wait serves both.
 *
 *   port      needs WAIT
 *   endpoint  needs RECEIVE; attached to no port
 *   key       of the completions that tell that there is something to take
 *   mode      SLIP_ATTACH_x; edge and once fire at once if there is something already
 *
 * A thread that waits at the endpoint itself comes first, so an entry in the port may find nothing
 * left: poll with deadline 0, and take WOULD_BLOCK for an answer.
 *
 * Blocks   never.
 * Errors   BAD_HANDLE, WRONG_TYPE, NO_RIGHT, BAD_ARGUMENT; ALREADY if attached; PEER_CLOSED.
 * Threads  any.
 * Source   SEMANTICS PO-8 to PO-11.
 */
static inline slip_status_t slip_port_attach(slip_handle_t port, slip_handle_t endpoint,
                                             uint64_t key, enum slip_attach mode)
{
    uint64_t in[6] = {port, endpoint, key, mode}, out[3];
    return (slip_status_t)slip_trap(SLIP_CALL_port_attach, in, out);
}

/* Detaches an endpoint from a port.
 *
 *   withdrawn  out: 1 if an entry was waiting in the port and was withdrawn; 0 unless OK;
 *              NULL if not wanted
 *
 * Blocks   never.
 * Errors   BAD_HANDLE, WRONG_TYPE, NO_RIGHT; STALE if it is not attached to this port.
 * Threads  any.
 * Source   SEMANTICS PO-12.
 */
static inline slip_status_t slip_port_detach(slip_handle_t port, slip_handle_t endpoint,
                                             uint32_t *withdrawn)
{
    uint64_t in[6] = {port, endpoint}, out[3];
    slip_status_t status = (slip_status_t)slip_trap(SLIP_CALL_port_detach, in, out);
    if (withdrawn != NULL)
        *withdrawn = (uint32_t)out[0];
    return status;
}

#endif
