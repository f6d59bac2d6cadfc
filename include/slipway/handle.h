/* Handles: what a process holds of an object.
 *
 * A handle carries rights, and a badge that receivers see. It can be duplicated with fewer rights,
 * moved in a message, and closed. A badge is given once: a handle without one may be duplicated
 * with one, and from then on every duplicate carries it, so that nobody can pass for another.
 *
 * Each call checks in this order: is it a handle (BAD_HANDLE), does it name an object of the right
 * type (WRONG_TYPE), does it carry the rights (NO_RIGHT).
 */
#ifndef SLIPWAY_HANDLE_H
#define SLIPWAY_HANDLE_H

#include <slipway/calls.h>
#include <slipway/status.h>
#include <slipway/types.h>

/* X(name, bit, text) */
#define SLIP_RIGHT_MAP(X)                                                                          \
    X(SEND, 0, "endpoint: send, submit, call")                                                     \
    X(RECEIVE, 1, "endpoint: wait, receive, reply-and-wait, attach")                               \
    X(POST, 2, "port: post")                                                                       \
    X(WAIT, 3, "port: wait, cancel, attach, be a connection's port")                               \
    X(READ, 4, "buffer: be read")                                                                  \
    X(WRITE, 5, "buffer: be written")                                                              \
    X(MANAGE, 6, "process and thread: start, kill, wait, priority, affinity; buffer: revoke")      \
    X(BIND, 7, "interrupt: bind, unbind, acknowledge")

enum slip_right {
#define SLIP_RIGHT_ENUM(name, bit, text) SLIP_RIGHT_##name = 1 << (bit),
    SLIP_RIGHT_MAP(SLIP_RIGHT_ENUM)
#undef SLIP_RIGHT_ENUM
        SLIP_RIGHTS_ALL = 255
};

/* Makes another handle to the same object.
 *
 *   handle  any handle of the calling process; no right needed
 *   rights  the rights of the new handle, a subset of the old one's
 *   badge   0 keeps the badge; another value is accepted only where the handle has none
 *   copy    out: the new handle; 0 unless OK
 *
 * Blocks   never.
 * Errors   BAD_HANDLE; NO_RIGHT if rights is no subset; BAD_ARGUMENT if a badge would be replaced;
 *          NO_QUOTA if the handle table is full.
 * Threads  any.
 * Source   SEMANTICS HA-3, HA-4.
 */
static inline slip_status_t slip_handle_duplicate(slip_handle_t handle, uint32_t rights,
                                                  uint64_t badge, slip_handle_t *copy)
{
    uint64_t in[6] = {handle, rights, badge}, out[3];
    slip_status_t status = (slip_status_t)slip_trap(SLIP_CALL_handle_duplicate, in, out);
    *copy = out[0];
    return status;
}

/* Closes a handle. What the last handle of an object stood for ends: waiters wake with PEER_CLOSED.
 *
 *   handle  any handle of the calling process
 *
 * Blocks   never.
 * Errors   BAD_HANDLE.
 * Threads  any; a call in progress on the object keeps it alive until that call returns.
 * Source   SEMANTICS HA-5.
 */
static inline slip_status_t slip_handle_close(slip_handle_t handle)
{
    uint64_t in[6] = {handle}, out[3];
    return (slip_status_t)slip_trap(SLIP_CALL_handle_close, in, out);
}

/* The one handle that was moved to this process when it was started, or SLIP_NO_HANDLE.
 *
 * Blocks   never.
 * Threads  any thread of the process; the handle stays the same after it was closed.
 * Source   SEMANTICS PR-2.
 */
static inline slip_handle_t slip_start_handle(void)
{
    uint64_t in[6] = {0}, out[3];
    slip_trap(SLIP_CALL_handle_start, in, out);
    return out[0];
}

#endif
