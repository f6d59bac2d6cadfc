/* Requests: what a server holds between taking a call or a submit and answering it.
 *
 * A request is one-shot and is named by a token, which is checked against the process that holds
 * it and takes no handle. Four parties may want to end it: the server by a reply, the client by a
 * cancel, the clock, and death. Exactly one of them wins; the others hear STALE or ALREADY. The
 * winner withdraws what was lent, waits for devices that are at work on it (never for the server),
 * and then the client hears once.
 *
 *   free -> queued -> held -> ending -> done
 *              \________________^
 *
 * The server does not learn who asked (a badge aside), nor port and key of a submit.
 */
#ifndef SLIPWAY_REQUEST_H
#define SLIPWAY_REQUEST_H

#include <slipway/calls.h>
#include <slipway/message.h>

/* Answers a request, called or submitted alike.
 *
 *   request  token from a wait
 *   answer   status for the client, SLIP_OK or any number below 0
 *   result   for the client
 *
 * Blocks   never. If a device is still at work on what was lent, the client hears when it is done.
 * Errors   STALE if the request is over, was answered, or is held by another process; the same
 *          for all three. BAD_ARGUMENT for a status above 0.
 * Threads  any thread of the process that holds the request.
 * Source   SEMANTICS RQ-5, RQ-6.
 */
static inline slip_status_t slip_request_reply(slip_request_t request, slip_status_t answer,
                                               uint64_t result)
{
    uint64_t in[6] = {request, (uint64_t)(uint32_t)answer << 32, result, 0}, out[3];
    return (slip_status_t)slip_trap(SLIP_CALL_request_reply, in, out);
}

/* slip_request_reply with a message for a caller.
 *
 *   m  in: words, handles, or a long message of up to the capacity that the caller gave
 *
 * Blocks   never.
 * Errors   as slip_request_reply; BAD_ARGUMENT also for more than 4 handles, and if the request was
 *          submitted, for a completion has no room for words; BAD_HANDLE for a handle that it
 *          brings, BAD_ADDRESS, TOO_LONG for the caller's window, NO_QUOTA if the caller's handle
 *          table is full - the request stays held. If the caller's own memory faults, the caller
 *          gets BAD_ADDRESS and the reply is OK.
 * Threads  any thread of the process that holds the request.
 * Source   SEMANTICS RQ-5, RQ-7.
 */
static inline slip_status_t slip_request_reply_message(slip_request_t request, slip_status_t answer,
                                                       uint64_t result,
                                                       const struct slip_message *m)
{
    uint64_t tag = (slip_message_tag(m, NULL) & 0xffffff) | (uint64_t)(uint32_t)answer << 32;
    uint64_t in[6] = {request, tag, result, (uintptr_t)m}, out[3];
    return (slip_status_t)slip_trap(SLIP_CALL_request_reply, in, out);
}

/* Cancels a request that this process submitted.
 *
 *   request  token from slip_endpoint_submit_request
 *
 * Blocks   never. Its completion comes as for every other end, exactly one, with CANCELLED unless
 *          somebody else won. If it is cooperative and held, its server is told and answers.
 * Errors   ALREADY if it is ending, its completion is not taken yet, or its server was asked
 *          already; STALE if it is unknown or its completion was taken.
 * Threads  any thread of the process that submitted it.
 * Source   SEMANTICS RQ-11.
 */
static inline slip_status_t slip_request_cancel(slip_request_t request)
{
    uint64_t in[6] = {request}, out[3];
    return (slip_status_t)slip_trap(SLIP_CALL_request_cancel, in, out);
}

/* Copies from what the request lends into the server's memory.
 *
 *   request  token from a wait
 *   lend     which range, 0 or 1; it must be lent for reading
 *   offset   bytes from the start of the range
 *   address  where to, the server's own memory
 *   length   bytes
 *
 * Blocks   never; copies at once.
 * Errors   STALE; BAD_ARGUMENT for no such lend, or outside of its range; NO_RIGHT if not lent for
 *          reading; BAD_ADDRESS.
 * Threads  any thread of the process that holds the request.
 * Source   SEMANTICS RQ-12.
 */
static inline slip_status_t slip_request_read_lend(slip_request_t request, uint32_t lend,
                                                   uint64_t offset, void *address, size_t length)
{
    uint64_t in[6] = {request, lend, offset, (uintptr_t)address, length}, out[3];
    return (slip_status_t)slip_trap(SLIP_CALL_request_read, in, out);
}

/* Copies from the server's memory into what the request lends; the mirror of
 * slip_request_read_lend, for a range that is lent for writing.
 *
 * Blocks   never; copies at once.
 * Errors   as slip_request_read_lend.
 * Threads  any thread of the process that holds the request.
 * Source   SEMANTICS RQ-12.
 */
static inline slip_status_t slip_request_write_lend(slip_request_t request, uint32_t lend,
                                                    uint64_t offset, const void *address,
                                                    size_t length)
{
    uint64_t in[6] = {request, lend, offset, (uintptr_t)address, length}, out[3];
    return (slip_status_t)slip_trap(SLIP_CALL_request_write, in, out);
}

/* slip_request_read_lend of the first range.
 *
 * Blocks   never. Errors and Source: as slip_request_read_lend.
 */
static inline slip_status_t slip_request_read(slip_request_t request, uint64_t offset,
                                              void *address, size_t length)
{
    return slip_request_read_lend(request, 0, offset, address, length);
}

/* slip_request_write_lend of the first range.
 *
 * Blocks   never. Errors and Source: as slip_request_write_lend.
 */
static inline slip_status_t slip_request_write(slip_request_t request, uint64_t offset,
                                               const void *address, size_t length)
{
    return slip_request_write_lend(request, 0, offset, address, length);
}

/* Passes a held request on: it is queued at another endpoint with its message, lends and deadline,
 * and its client notices nothing. The token goes with it: who takes it there holds it, and for the
 * one who passed it on it is STALE.
 *
 *   request   token from a wait; its message has no more than 64 bytes. Handles that came with it
 *             stay where they arrived
 *   endpoint  needs SEND
 *
 * Blocks   never; the request needs no space in the queue.
 * Errors   STALE; BAD_HANDLE, WRONG_TYPE, NO_RIGHT; TOO_LONG; ALREADY while a device is at work on
 *          what it lends; DEADLOCK; PEER_CLOSED - the request stays held.
 * Threads  any thread of the process that holds the request.
 * Source   SEMANTICS RQ-13.
 */
static inline slip_status_t slip_request_pass(slip_request_t request, slip_handle_t endpoint)
{
    uint64_t in[6] = {request, endpoint}, out[3];
    return (slip_status_t)slip_trap(SLIP_CALL_request_pass, in, out);
}

#endif
