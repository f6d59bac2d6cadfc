/* Scalars, limits and the trap that every other header builds on.
 *
 * A handle names one object in one process; it is an index and a generation, so a handle that was
 * closed never names another object. A request token names one outstanding request in the same way,
 * but takes no place in the handle table. Time is in nanoseconds on the kernel's clock, and every
 * deadline is absolute: 0 polls, SLIP_NEVER waits for ever.
 */
#ifndef SLIPWAY_TYPES_H
#define SLIPWAY_TYPES_H

#include <stddef.h>
#include <stdint.h>

typedef uint64_t slip_handle_t;  /* 0 is no handle */
typedef uint64_t slip_request_t; /* 0 is no request */
typedef uint64_t slip_time_t;    /* nanoseconds on the kernel's clock */

#define SLIP_NO_HANDLE ((slip_handle_t)0)
#define SLIP_NEVER UINT64_MAX

/* Limits of the interface. Limits of one kernel build are in src/config.h. */
#define SLIP_MESSAGE_WORDS 8          /* inline words of a message, 64 bytes */
#define SLIP_MESSAGE_BYTES_INLINE 64  /* the same in bytes */
#define SLIP_MESSAGE_BYTES_MAX 65536  /* a call or a blocking send may carry so much */
#define SLIP_MESSAGE_BATCH_MAX 256    /* messages that one batched wait takes */
#define SLIP_MESSAGE_HANDLES 4        /* handles that one message moves */
#define SLIP_MESSAGE_LENDS 2          /* ranges that one request lends */
#define SLIP_ENDPOINT_DEPTH_MAX 65536 /* messages that one endpoint queues */
#define SLIP_PORT_DEPTH_MAX 65536     /* slots of one port */
#define SLIP_BUFFER_BYTES_MAX ((uint64_t)1 << 32)
#define SLIP_NAME_BYTES_MAX 31    /* of a process's name */
#define SLIP_PRINT_BYTES_MAX 512  /* of one debug print */
#define SLIP_PRIORITY_MAX 255     /* 0 is the lowest */
#define SLIP_PRIORITY_DEFAULT 100 /* of a thread that names none */
#define SLIP_CPU_ANY UINT32_MAX   /* affinity: wherever the kernel likes */

/* The one way into the kernel: a call's number and six argument registers in, a status and three
 * registers out. The machine provides it; on hardware it is one instruction and its stub.
 *
 *   number  SLIP_CALL_x of calls.h
 *   in      six registers; those that the call does not use are ignored
 *   out     three registers; written whatever the status, zero where the call returns nothing
 *
 * Blocks   as the call does.
 * Threads  simulated threads only; anywhere else it ends the program with a message.
 * Errors   BAD_OPERATION for an unknown number, else those of the call.
 */
int32_t slip_trap(uint64_t number, const uint64_t in[6], uint64_t out[3]);

#endif
