/* Interrupts: a line from a device, delivered through what it is bound to.
 *
 * A bound interrupt brings its own slot. It arrives as a pulse in an open wait of an endpoint, or
 * as a completion of a port; while it is pending, further ones merge into it (bits are or-ed, a
 * count is kept). From the moment it fires the line is masked until it is acknowledged.
 *
 *   unbound -> bound -> pending -> taken -> (acknowledge) -> bound
 */
#ifndef SLIPWAY_INTERRUPT_H
#define SLIPWAY_INTERRUPT_H

#include <slipway/calls.h>
#include <slipway/handle.h>

/* Makes the interrupt object of a line. Only the first process may, as the one that knows the
 * hardware; it moves the handle to the driver.
 *
 *   line       number of the line, as the machine's devices were given them
 *   interrupt  out: a handle with BIND; 0 unless OK
 *
 * Blocks   never.
 * Errors   NO_RIGHT in another process; BAD_ARGUMENT for the line; ALREADY if it has an object;
 *          NO_QUOTA.
 * Threads  any.
 * Source   SEMANTICS IN-1.
 */
static inline slip_status_t slip_interrupt_create(uint32_t line, slip_handle_t *interrupt)
{
    uint64_t in[6] = {line}, out[3];
    slip_status_t status = (slip_status_t)slip_trap(SLIP_CALL_interrupt_create, in, out);
    *interrupt = out[0];
    return status;
}

/* Binds an interrupt to an endpoint or to a port, and unmasks it.
 *
 *   interrupt  needs BIND
 *   target     an endpoint (needs RECEIVE) or a port (needs WAIT)
 *   key        the badge of its pulses, or the key of its completions
 *
 * What fired before it was bound arrives at once. At an endpoint that several threads wait at, its
 * pulses go to the thread that bound it, as long as that lives, and to any of them afterwards.
 *
 * Blocks   never.
 * Errors   BAD_HANDLE, WRONG_TYPE, NO_RIGHT; ALREADY if bound; PEER_CLOSED.
 * Threads  any.
 * Source   SEMANTICS IN-2 to IN-4, IN-7.
 */
static inline slip_status_t slip_interrupt_bind(slip_handle_t interrupt, slip_handle_t target,
                                                uint64_t key)
{
    uint64_t in[6] = {interrupt, target, key}, out[3];
    return (slip_status_t)slip_trap(SLIP_CALL_interrupt_bind, in, out);
}

/* Unbinds an interrupt and masks it.
 *
 *   withdrawn  out: 1 if a pending one was withdrawn; 0 unless OK; NULL if not wanted
 *
 * Blocks   never.
 * Errors   BAD_HANDLE, WRONG_TYPE, NO_RIGHT; STALE if it is not bound.
 * Threads  any.
 * Source   SEMANTICS IN-5.
 */
static inline slip_status_t slip_interrupt_unbind(slip_handle_t interrupt, uint32_t *withdrawn)
{
    uint64_t in[6] = {interrupt}, out[3];
    slip_status_t status = (slip_status_t)slip_trap(SLIP_CALL_interrupt_unbind, in, out);
    if (withdrawn != NULL)
        *withdrawn = (uint32_t)out[0];
    return status;
}

/* Acknowledges an interrupt that was taken, and unmasks its line.
 *
 * Blocks   never.
 * Errors   BAD_HANDLE, WRONG_TYPE, NO_RIGHT; STALE if none was taken.
 * Threads  any.
 * Source   SEMANTICS IN-6.
 */
static inline slip_status_t slip_interrupt_acknowledge(slip_handle_t interrupt)
{
    uint64_t in[6] = {interrupt}, out[3];
    return (slip_status_t)slip_trap(SLIP_CALL_interrupt_acknowledge, in, out);
}

#endif
