/* Every status that a call can return, with whose fault it is.
 *
 * Zero is success and errors are negative. Numbers are stable: new ones are added at the end, none
 * is reused. There is no "other": a failure without a name is a defect of the kernel and panics.
 *
 *   CALLER  the call was wrong as made; making it again changes nothing
 *   PEER    the other side went away, gave up or refused
 *   LIMIT   something bounded is used up; it can work later
 *   TIME    the deadline decided
 *   STATE   the object is past the point where this makes sense
 */
#ifndef SLIPWAY_STATUS_H
#define SLIPWAY_STATUS_H

#include <stdint.h>

/* X(name, number, fault, text) */
#define SLIP_STATUS_MAP(X)                                                                         \
    X(OK, 0, NONE, "done")                                                                         \
    X(BAD_HANDLE, -1, CALLER, "no such handle in this process, or it was closed")                  \
    X(WRONG_TYPE, -2, CALLER, "the handle names an object of another type")                        \
    X(NO_RIGHT, -3, CALLER, "the handle lacks a right that the call needs")                        \
    X(BAD_ARGUMENT, -4, CALLER, "an argument is outside of what the call accepts")                 \
    X(BAD_ADDRESS, -5, CALLER, "memory that is not the process's own")                             \
    X(TOO_LONG, -6, CALLER, "more bytes than the message or the window holds")                     \
    X(BAD_OPERATION, -7, CALLER, "no such call, or no such command of the server")                 \
    X(DEADLOCK, -8, CALLER, "the call would close a cycle of callers")                             \
    X(STALE, -9, STATE, "the request or the access is over")                                       \
    X(ALREADY, -10, STATE, "done already, or on its way")                                          \
    X(NO_QUOTA, -11, LIMIT, "the process's quota or handle table is used up")                      \
    X(NO_SLOT, -12, LIMIT, "no free slot: as many operations as allowed are outstanding")          \
    X(FULL, -13, LIMIT, "the queue is full")                                                       \
    X(WOULD_BLOCK, -14, TIME, "not ready, and the deadline asked not to wait")                     \
    X(TIMED_OUT, -15, TIME, "the deadline passed")                                                 \
    X(PEER_CLOSED, -16, PEER, "the other side is gone")                                            \
    X(CANCELLED, -17, PEER, "cancelled before it was done")                                        \
    X(NOT_FOUND, -18, PEER, "the server knows no such thing")                                      \
    X(REFUSED, -19, PEER, "the server does not allow it")                                          \
    X(IO_ERROR, -20, PEER, "the device failed")

typedef enum slip_status {
#define SLIP_STATUS_ENUM(name, number, fault, text) SLIP_##name = (number),
    SLIP_STATUS_MAP(SLIP_STATUS_ENUM)
#undef SLIP_STATUS_ENUM
} slip_status_t;

/* The name of a status without its prefix, "TIMED_OUT", or "UNKNOWN" for a number that is none. */
const char *slip_status_name(int32_t status);

/* What a status means, a phrase without a full stop. */
const char *slip_status_text(int32_t status);

/* Whose fault a status is: "caller", "peer", "limit", "time", "state" or "none". */
const char *slip_status_fault(int32_t status);

#endif
