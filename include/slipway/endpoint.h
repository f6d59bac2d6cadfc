/* Endpoints: where messages and requests arrive.
 *
 * An endpoint has any number of senders and receivers and belongs to no thread. It queues up to
 * `depth` asynchronous messages (sends and submits); callers, and senders that wait, queue with
 * memory of their own and do not count. Receivers take the entry of the highest priority, and
 * among equals the oldest.
 *
 *   send      one way; waits while the queue is full, or is refused, as the sender chose
 *   call      asks and waits for the reply
 *   submit    asks and goes on; the reply becomes a completion in the port of the connection
 *   wait      takes whatever comes first: a message, a request, a pulse (open wait)
 *   receive   takes only what one badge sent, or only one request (closed wait)
 *
 * Typical server: endpoint_wait, work, then endpoint_reply_wait for ever. Typical client: one
 * endpoint_connect, then endpoint_submit and port_wait.
 *
 * When the last handle with RECEIVE is closed, queued requests end with PEER_CLOSED, and so does
 * every later send, call and submit. Not for bulk data: lend a buffer with the request.
 */
#ifndef SLIPWAY_ENDPOINT_H
#define SLIPWAY_ENDPOINT_H

#include <slipway/calls.h>
#include <slipway/handle.h>
#include <slipway/message.h>

/* Makes an endpoint.
 *
 *   depth     asynchronous messages that it queues, 0 (pure rendezvous) to SLIP_ENDPOINT_DEPTH_MAX
 *   endpoint  out: a handle with SEND and RECEIVE; 0 unless OK
 *
 * Blocks   never.
 * Errors   BAD_ARGUMENT for the depth; NO_QUOTA.
 * Threads  any.
 * Source   SEMANTICS EP-1. The queue is charged to the caller's process.
 */
static inline slip_status_t slip_endpoint_create(uint32_t depth, slip_handle_t *endpoint)
{
    uint64_t in[6] = {depth}, out[3];
    slip_status_t status = (slip_status_t)slip_trap(SLIP_CALL_endpoint_create, in, out);
    *endpoint = out[0];
    return status;
}

/* Makes a connection: a handle to the endpoint that knows the port for completions.
 *
 *   endpoint    needs SEND
 *   port        needs WAIT; SLIP_NO_HANDLE makes submits on it end in silence
 *   connection  out: a handle with SEND; 0 unless OK. It keeps the endpoint's badge.
 *
 * Blocks   never.
 * Errors   BAD_HANDLE, WRONG_TYPE, NO_RIGHT, NO_QUOTA.
 * Threads  any.
 * Source   SEMANTICS EP-2.
 */
static inline slip_status_t slip_endpoint_connect(slip_handle_t endpoint, slip_handle_t port,
                                                  slip_handle_t *connection)
{
    uint64_t in[6] = {endpoint, port, 0}, out[3];
    slip_status_t status = (slip_status_t)slip_trap(SLIP_CALL_endpoint_connect, in, out);
    *connection = out[0];
    return status;
}

/* slip_endpoint_connect with a badge for the connection, where the endpoint's handle has none.
 *
 *   badge  1 and up; 0 keeps the endpoint's
 *
 * Blocks   never.
 * Errors   as slip_endpoint_connect; BAD_ARGUMENT if a badge would be replaced.
 * Threads  any.
 * Source   SEMANTICS EP-2.
 */
static inline slip_status_t slip_endpoint_connect_badged(slip_handle_t endpoint, slip_handle_t port,
                                                         uint64_t badge, slip_handle_t *connection)
{
    uint64_t in[6] = {endpoint, port, badge}, out[3];
    slip_status_t status = (slip_status_t)slip_trap(SLIP_CALL_endpoint_connect, in, out);
    *connection = out[0];
    return status;
}

/* Sends a message and expects nothing back.
 *
 *   endpoint  needs SEND
 *   m         in: words, handles, flags (SLIP_SEND_FAIL_FULL); borrowed until return. More than 64
 *             bytes only if a receiver takes it during the call
 *   deadline  absolute, how long to wait while the queue is full
 *
 * Blocks   while the queue is full, unless FAIL_FULL; at depth 0 until a receiver takes it.
 * Order    priority of the sender, then arrival. Senders are not raised by inheritance.
 * Errors   BAD_HANDLE, WRONG_TYPE, NO_RIGHT, BAD_ARGUMENT, BAD_ADDRESS - nothing happened
 *          TOO_LONG     more than SLIP_MESSAGE_BYTES_MAX, or over 64 bytes with FAIL_FULL or with
 *                       room in the queue and no receiver
 *          FULL         FAIL_FULL was asked for
 *          WOULD_BLOCK, TIMED_OUT   the queue stayed full; no handle moved
 *          PEER_CLOSED  no receiver can come
 * Threads  any.
 * Source   SEMANTICS EP-3 to EP-7.
 */
static inline slip_status_t slip_endpoint_send(slip_handle_t endpoint, const struct slip_message *m,
                                               slip_time_t deadline)
{
    uint64_t in[6] = {endpoint, slip_message_tag(m, NULL), (uintptr_t)m, deadline}, out[3];
    return (slip_status_t)slip_trap(SLIP_CALL_endpoint_send, in, out);
}

/* Submits a request: the kernel keeps the key and the port, the server never sees them, and
 * exactly one completion with that key comes to the port of the connection.
 *
 *   connection  made by slip_endpoint_connect; needs SEND
 *   m           in: up to 64 bytes, handles, flags; borrowed until return
 *   lend        in: one range, or m->lends of them; NULL lends nothing
 *   key         comes back in the completion
 *   deadline    absolute, for the whole request, the wait for queue space included; with 0, or one
 *               that has passed, what is queued completes with TIMED_OUT
 *
 * Blocks   while the endpoint's queue is full, unless FAIL_FULL.
 * Errors   BAD_HANDLE, WRONG_TYPE (also without slip_endpoint_connect), NO_RIGHT, BAD_ARGUMENT,
 *          BAD_ADDRESS, TOO_LONG (also for a range that was lent on 16 times), STALE (the lent
 *          buffer was revoked) - nothing happened, no completion comes
 *          NO_SLOT      the port has as many requests and completions as it has slots
 *          FULL         FAIL_FULL was asked for
 *          WOULD_BLOCK, TIMED_OUT   the queue stayed full
 *          PEER_CLOSED  no receiver can come, or the port is closed
 * Threads  any.
 * Source   SEMANTICS EP-8, RQ-1 to RQ-4.
 */
static inline slip_status_t slip_endpoint_submit(slip_handle_t connection,
                                                 const struct slip_message *m,
                                                 const struct slip_lend *lend, uint64_t key,
                                                 slip_time_t deadline)
{
    uint64_t in[6] = {connection, slip_message_tag(m, lend), (uintptr_t)m, (uintptr_t)lend, key,
                      deadline};
    uint64_t out[3];
    return (slip_status_t)slip_trap(SLIP_CALL_endpoint_submit, in, out);
}

/* slip_endpoint_submit that also returns the request's token, to cancel it by.
 *
 *   request  out: the token; 0 unless OK
 *
 * Blocks, Errors, Threads, Source: as slip_endpoint_submit.
 */
static inline slip_status_t slip_endpoint_submit_request(slip_handle_t connection,
                                                         const struct slip_message *m,
                                                         const struct slip_lend *lend, uint64_t key,
                                                         slip_time_t deadline,
                                                         slip_request_t *request)
{
    uint64_t in[6] = {connection, slip_message_tag(m, lend), (uintptr_t)m, (uintptr_t)lend, key,
                      deadline};
    uint64_t out[3];
    slip_status_t status = (slip_status_t)slip_trap(SLIP_CALL_endpoint_submit, in, out);
    *request = out[0];
    return status;
}

/* Calls: sends a request and waits for the reply.
 *
 *   endpoint  needs SEND
 *   m         in: words, handles, flags, or a long message; out: the words and handles of the
 *             reply (a reply of more than 64 bytes goes to area.data, capacity bytes)
 *   lend      in: one range, or m->lends of them; NULL lends nothing
 *   result    out: the server's result; written when the server replied, whatever its status; NULL
 *             if not wanted
 *   deadline  absolute, for the whole call; with 0 it fails, and how tells whether a receiver was
 *             ready
 *
 * Blocks   until replied, cancelled, the deadline, or the peer is gone; never if a check fails.
 * Order    priority, then arrival. The server inherits the caller's priority while it holds the
 *          call, and while the call is queued and no receiver waits.
 * Errors   BAD_HANDLE, WRONG_TYPE, NO_RIGHT, BAD_ARGUMENT, BAD_ADDRESS, TOO_LONG, STALE,
 *          DEADLOCK - the server never saw it
 *          WOULD_BLOCK  deadline 0 and no receiver ready; the server never saw it
 *          TIMED_OUT, CANCELLED - it may have seen it
 *          PEER_CLOSED  no receiver can come, or the server died with it
 *          any status of the server's reply
 * Threads  any.
 * Source   SEMANTICS EP-9 to EP-12.
 */
static inline slip_status_t slip_endpoint_call(slip_handle_t endpoint, struct slip_message *m,
                                               const struct slip_lend *lend, uint64_t *result,
                                               slip_time_t deadline)
{
    uint64_t in[6] = {endpoint, slip_message_tag(m, lend), (uintptr_t)m, (uintptr_t)lend, deadline};
    uint64_t out[3];
    slip_status_t status = (slip_status_t)slip_trap(SLIP_CALL_endpoint_call, in, out);
    uint64_t got[3] = {0, 0, out[2]};
    slip_message_received(m, got);
    if (result != NULL)
        *result = out[0];
    return status;
}

/* Takes the next message, request or pulse, whoever it is from (open wait).
 *
 *   endpoint  needs RECEIVE
 *   m         in: area.data and area.capacity, the window for long messages; out: all the rest
 *   deadline  absolute
 *
 * Blocks   until something arrives.
 * Order    best priority of queued messages, blocked senders and callers, then arrival. Receivers
 *          that wait are served in the order of priority, then arrival.
 * Errors   BAD_HANDLE, WRONG_TYPE, NO_RIGHT, BAD_ADDRESS; WOULD_BLOCK, TIMED_OUT
 *          TOO_LONG     the next message needs m->bytes of capacity; it stays
 *          NO_QUOTA     no room in the handle table for its handles; it stays
 *          PEER_CLOSED  the last handle with RECEIVE was closed
 * Threads  any number at once.
 * Source   SEMANTICS EP-13 to EP-18.
 */
static inline slip_status_t slip_endpoint_wait(slip_handle_t endpoint, struct slip_message *m,
                                               slip_time_t deadline)
{
    uint64_t in[6] = {endpoint, (uintptr_t)m, deadline}, out[3];
    slip_status_t status = (slip_status_t)slip_trap(SLIP_CALL_endpoint_wait, in, out);
    slip_message_received(m, out);
    return status;
}

/* Takes several messages of words alone in one entry to the kernel (batched wait).
 *
 *   endpoint  needs RECEIVE
 *   messages  out: room for `most` of them; what is beyond *count, and beyond a message's length,
 *             is undefined
 *   least     wait until so many are queued, 1 to most; more than the depth counts as the depth
 *   most      take no more than so many, 1 to SLIP_MESSAGE_BATCH_MAX
 *   deadline  absolute
 *   count     out: how many were taken; always written
 *
 * Takes what single waits would take, in their order, and ends before the first thing that is no
 * message of words alone: a request, a pulse, news, a message with handles or of more than 64
 * bytes. With one of those queued, a full queue, or a sender that waits for room it takes what is
 * there instead of waiting for `least`. The places of the messages fall free when it returns.
 *
 * Blocks   until `least` are queued, or one of those comes. A receiver that waits for a single
 *          message comes first, so one with unmet `least` keeps nothing from others.
 * Order    as slip_endpoint_wait, among those that wait for a batch, too.
 * Errors   BAD_HANDLE, WRONG_TYPE, NO_RIGHT, BAD_ARGUMENT
 *          BAD_ADDRESS  the first one could not be copied; it stays. Where a later one cannot, those
 *                       before it were taken, and that is OK
 *          WOULD_BLOCK, TIMED_OUT  fewer than `least` were there; those were taken
 *          TOO_LONG     what is next is no message of words alone: slip_endpoint_wait takes it
 *          PEER_CLOSED  the last handle with RECEIVE was closed
 * Threads  any number at once.
 * Source   SEMANTICS EP-27 to EP-32.
 */
static inline slip_status_t slip_endpoint_wait_batch(slip_handle_t endpoint,
                                                     struct slip_short_message *messages,
                                                     uint32_t least, uint32_t most,
                                                     slip_time_t deadline, uint32_t *count)
{
    uint64_t in[6] = {endpoint, (uintptr_t)messages, least | (uint64_t)most << 32, deadline};
    uint64_t out[3];
    slip_status_t status = (slip_status_t)slip_trap(SLIP_CALL_endpoint_wait_batch, in, out);
    *count = (uint32_t)out[0];
    return status;
}

/* What a closed wait takes. */
enum slip_from {
    SLIP_FROM_BADGE = 1,  /* only what was sent through handles with this badge */
    SLIP_FROM_REQUEST = 2 /* only the news of this request, which the caller holds: that it was
                             cancelled or has ended (SLIP_GOT_CANCEL) */
};

/* Takes the next message of one badge, or the end of one request (closed wait).
 *
 *   endpoint  needs RECEIVE
 *   m         as slip_endpoint_wait
 *   kind      SLIP_FROM_x
 *   from      the badge, or the token of the request
 *   deadline  absolute
 *
 * Blocks   until something of that kind arrives; the rest stays queued.
 * Errors   as slip_endpoint_wait; BAD_ARGUMENT for the kind; STALE for a request that is over, is
 *          not held by this process, or was not taken from this endpoint.
 * Threads  any number at once.
 * Source   SEMANTICS EP-19, EP-20.
 */
static inline slip_status_t slip_endpoint_receive(slip_handle_t endpoint, struct slip_message *m,
                                                  enum slip_from kind, uint64_t from,
                                                  slip_time_t deadline)
{
    uint64_t in[6] = {endpoint, (uintptr_t)m, kind, from, deadline}, out[3];
    slip_status_t status = (slip_status_t)slip_trap(SLIP_CALL_endpoint_receive, in, out);
    slip_message_received(m, out);
    return status;
}

/* Replies to a request and takes the next one, in one entry to the kernel.
 *
 *   endpoint  needs RECEIVE
 *   request   token from a wait; 0 replies to nothing
 *   answer    the status for the client, SLIP_OK or any number below 0
 *   result    the result for the client
 *   m         in: words and handles of the reply (calls only; clear what the last wait left in it),
 *             and the window; out: as slip_endpoint_wait
 *   deadline  absolute, for the wait; the reply never waits
 *
 * Blocks   until something arrives.
 * Errors   as slip_request_reply_message: neither half happened. But a reply that is STALE does not
 *          hinder the wait: then the flag SLIP_GOT_STALE is set
 *          as slip_endpoint_wait: if the flag SLIP_GOT_REPLIED is set, the reply stands
 * Threads  any thread of the process that holds the request.
 * Source   SEMANTICS RQ-8 to RQ-10.
 */
static inline slip_status_t slip_endpoint_reply_wait(slip_handle_t endpoint, slip_request_t request,
                                                     slip_status_t answer, uint64_t result,
                                                     struct slip_message *m, slip_time_t deadline)
{
    uint64_t tag = (slip_message_tag(m, NULL) & 0xffffff) | (uint64_t)(uint32_t)answer << 32;
    uint64_t in[6] = {endpoint, request, tag, result, (uintptr_t)m, deadline}, out[3];
    slip_status_t status = (slip_status_t)slip_trap(SLIP_CALL_endpoint_reply_wait, in, out);
    slip_message_received(m, out);
    return status;
}

#endif
