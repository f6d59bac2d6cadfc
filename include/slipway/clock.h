/* The kernel's clock, and printing for those who debug. */
#ifndef SLIPWAY_CLOCK_H
#define SLIPWAY_CLOCK_H

#include <slipway/calls.h>
#include <slipway/status.h>
#include <slipway/types.h>

/* Nanoseconds since the kernel started; never goes back.
 *
 * Blocks   never.
 * Threads  any.
 * Source   SEMANTICS CL-1.
 */
static inline slip_time_t slip_clock_now(void)
{
    uint64_t in[6] = {0}, out[3];
    slip_trap(SLIP_CALL_clock_now, in, out);
    return out[0];
}

/* Prints bytes as they are on the machine's console.
 *
 *   text    the caller's memory, or a literal
 *   length  bytes, up to SLIP_PRINT_BYTES_MAX
 *
 * Blocks   never.
 * Errors   BAD_ADDRESS; TOO_LONG, and nothing is printed.
 * Threads  any; one print is not torn by another.
 * Source   SEMANTICS CL-2.
 */
static inline slip_status_t slip_debug_write(const char *text, size_t length)
{
    uint64_t in[6] = {(uintptr_t)text, length}, out[3];
    return (slip_status_t)slip_trap(SLIP_CALL_debug_print, in, out);
}

/* Prints in the manner of printf, cut at SLIP_PRINT_BYTES_MAX bytes. Not part of the kernel: the
 * library formats on the caller's stack and calls slip_debug_write.
 *
 * Blocks   never.
 * Errors   as slip_debug_write.
 * Threads  any.
 */
slip_status_t slip_debug_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
