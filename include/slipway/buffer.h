/* Buffers: registered memory, and the two ways to let others at it.
 *
 *   lend   a range named in a call or a submit; access ends with that request, whoever ends it
 *   share  a duplicated handle moved in a message; access lasts until it is closed or revoked
 *
 * Others never map a buffer: they read and write it through the kernel, or name it to a device,
 * which the kernel lets in for that one operation (a pin). So access can always be withdrawn, and
 * withdrawing waits for devices only.
 *
 * Not L4's grant: the owner keeps the memory and may touch it at any time.
 */
#ifndef SLIPWAY_BUFFER_H
#define SLIPWAY_BUFFER_H

#include <slipway/calls.h>
#include <slipway/handle.h>

/* Makes memory and registers it, in one.
 *
 *   length   bytes, 1 to SLIP_BUFFER_BYTES_MAX; rounded up to pages, zeroed
 *   buffer   out: a handle with READ, WRITE and MANAGE; 0 unless OK
 *   address  out: where it is in the caller's process; 0 unless OK
 *
 * Blocks   never.
 * Errors   BAD_ARGUMENT; NO_QUOTA.
 * Threads  any.
 * Source   SEMANTICS BU-1. The pages are charged to the caller's process until the last handle is
 *          closed and the last pin is gone.
 */
static inline slip_status_t slip_buffer_create(uint64_t length, slip_handle_t *buffer,
                                               void **address)
{
    uint64_t in[6] = {length}, out[3];
    slip_status_t status = (slip_status_t)slip_trap(SLIP_CALL_buffer_create, in, out);
    *buffer = out[0];
    *address = (void *)(uintptr_t)out[1];
    return status;
}

/* Registers memory that the process has already.
 *
 *   address  start, the caller's own memory
 *   length   bytes, 1 to SLIP_BUFFER_BYTES_MAX
 *   buffer   out: a handle with READ, WRITE and MANAGE; 0 unless OK
 *
 * Blocks   never.
 * Errors   BAD_ARGUMENT; BAD_ADDRESS; NO_QUOTA.
 * Threads  any.
 * Source   SEMANTICS BU-2.
 */
static inline slip_status_t slip_buffer_register(void *address, uint64_t length,
                                                 slip_handle_t *buffer)
{
    uint64_t in[6] = {(uintptr_t)address, length}, out[3];
    slip_status_t status = (slip_status_t)slip_trap(SLIP_CALL_buffer_register, in, out);
    *buffer = out[0];
    return status;
}

/* Unregisters a buffer: all access through it ends, and the handle is closed.
 *
 *   buffer    needs MANAGE
 *   deadline  absolute, for devices that are at work on it
 *
 * Blocks   until no device is at work on it; never for a server.
 * Errors   BAD_HANDLE, WRONG_TYPE, NO_RIGHT; WOULD_BLOCK, TIMED_OUT: still revoked, the handle
 *          stays, call again to wait on.
 * Threads  any.
 * Source   SEMANTICS BU-3.
 */
static inline slip_status_t slip_buffer_unregister(slip_handle_t buffer, slip_time_t deadline)
{
    uint64_t in[6] = {buffer, deadline}, out[3];
    return (slip_status_t)slip_trap(SLIP_CALL_buffer_unregister, in, out);
}

/* Makes a handle to share a buffer by; move it in a message.
 *
 *   buffer  needs the rights that are shared
 *   rights  SLIP_RIGHT_READ, SLIP_RIGHT_WRITE, or both
 *   share   out: the handle; 0 unless OK
 *
 * Blocks   never.
 * Errors   BAD_HANDLE, WRONG_TYPE, NO_RIGHT, BAD_ARGUMENT, NO_QUOTA; STALE if this handle was
 *          revoked.
 * Threads  any.
 * Source   SEMANTICS BU-4.
 */
static inline slip_status_t slip_buffer_share(slip_handle_t buffer, uint32_t rights,
                                              slip_handle_t *share)
{
    uint64_t in[6] = {buffer, rights}, out[3];
    slip_status_t status = (slip_status_t)slip_trap(SLIP_CALL_buffer_share, in, out);
    *share = out[0];
    return status;
}

/* Revokes what was shared and lent of a buffer; it stays registered for its owner.
 *
 *   buffer    needs MANAGE; this one handle stays good, and all others are STALE, duplicates of it too
 *   deadline  absolute, for devices that are at work on it
 *
 * Blocks   until no device is at work on it; never for a server.
 * Errors   BAD_HANDLE, WRONG_TYPE, NO_RIGHT; WOULD_BLOCK, TIMED_OUT: still revoked.
 * Threads  any.
 * Source   SEMANTICS BU-5.
 */
static inline slip_status_t slip_buffer_revoke(slip_handle_t buffer, slip_time_t deadline)
{
    uint64_t in[6] = {buffer, deadline}, out[3];
    return (slip_status_t)slip_trap(SLIP_CALL_buffer_revoke, in, out);
}

/* Copies from a buffer into the caller's memory.
 *
 *   buffer   needs READ
 *   offset   bytes from the buffer's start
 *   address  where to, the caller's own memory
 *   length   bytes
 *
 * Blocks   never; copies at once.
 * Errors   BAD_HANDLE, WRONG_TYPE, NO_RIGHT, BAD_ARGUMENT (outside of the buffer), BAD_ADDRESS;
 *          STALE if it was revoked or its owner is gone.
 * Threads  any.
 * Source   SEMANTICS BU-6.
 */
static inline slip_status_t slip_buffer_read(slip_handle_t buffer, uint64_t offset, void *address,
                                             size_t length)
{
    uint64_t in[6] = {buffer, offset, (uintptr_t)address, length}, out[3];
    return (slip_status_t)slip_trap(SLIP_CALL_buffer_read, in, out);
}

/* Copies from the caller's memory into a buffer; the mirror of slip_buffer_read, needs WRITE.
 *
 * Blocks   never; copies at once.
 * Errors   as slip_buffer_read.
 * Threads  any.
 * Source   SEMANTICS BU-6.
 */
static inline slip_status_t slip_buffer_write(slip_handle_t buffer, uint64_t offset,
                                              const void *address, size_t length)
{
    uint64_t in[6] = {buffer, offset, (uintptr_t)address, length}, out[3];
    return (slip_status_t)slip_trap(SLIP_CALL_buffer_write, in, out);
}

#endif
