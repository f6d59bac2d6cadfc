/* Threads: what the kernel schedules.
 *
 * Fixed priorities, 0 to 255, 255 first; among equals, first come first served on each CPU. The
 * effective priority is the highest of the thread's own, of the callers whose calls it holds, and
 * of the callers queued on endpoints that it serves, along chains of up to 16 calls.
 *
 *   ready <-> running -> blocked -> ready ... -> dead
 *
 * Preemption: exact on the machines scripted and model; on threads and cores at kernel entries and
 * at slip_thread_checkpoint. A killed thread never returns from its trap.
 */
#ifndef SLIPWAY_THREAD_H
#define SLIPWAY_THREAD_H

#include <slipway/calls.h>
#include <slipway/handle.h>
#include <slipway/message.h>
#include <slipway/process.h>

/* Stands for the calling thread, or the calling process, where a call takes a handle of either. */
#define SLIP_SELF SLIP_NO_HANDLE

/* Starts a thread.
 *
 *   process   SLIP_SELF, or a started process; needs MANAGE
 *   entry     where it begins; returning from it ends the thread
 *   argument  what entry gets
 *   priority  0 to SLIP_PRIORITY_MAX
 *   cpu       where it runs, or SLIP_CPU_ANY
 *   thread    out: a handle with MANAGE; 0 unless OK; NULL if not wanted
 *
 * Blocks   never.
 * Errors   BAD_HANDLE, WRONG_TYPE, NO_RIGHT; BAD_ADDRESS for the entry; BAD_ARGUMENT; ALREADY if
 *          the process is not started yet or is dying; NO_QUOTA.
 * Threads  any.
 * Source   SEMANTICS TH-1.
 */
static inline slip_status_t slip_thread_start(slip_handle_t process, void (*entry)(uint64_t),
                                              uint64_t argument, uint32_t priority, uint32_t cpu,
                                              slip_handle_t *thread)
{
    uint64_t in[6] = {process, (uintptr_t)entry, argument, slip_placement(priority, cpu)}, out[3];
    slip_status_t status = (slip_status_t)slip_trap(SLIP_CALL_thread_start, in, out);
    if (thread != NULL)
        *thread = out[0];
    else if (status == SLIP_OK)
        return slip_handle_close(out[0]);
    return status;
}

/* Ends the calling thread; with the last one the process ends. Does not return.
 *
 * Threads  any.
 * Source   SEMANTICS TH-2.
 */
static inline void slip_thread_exit(void)
{
    uint64_t in[6] = {0}, out[3];
    slip_trap(SLIP_CALL_thread_exit, in, out);
}

/* Cancels the slip_endpoint_call that a thread is blocked in, which returns CANCELLED; one that is
 * cooperative and held returns what its server answers.
 *
 *   thread  needs MANAGE
 *
 * Blocks   never.
 * Errors   BAD_HANDLE, WRONG_TYPE, NO_RIGHT; ALREADY if its call is ending, or was asked to; STALE
 *          if it is in no call.
 * Threads  any.
 * Source   SEMANTICS TH-3.
 */
static inline slip_status_t slip_thread_cancel(slip_handle_t thread)
{
    uint64_t in[6] = {thread}, out[3];
    return (slip_status_t)slip_trap(SLIP_CALL_thread_cancel, in, out);
}

/* Sets a thread's own priority; where it waits in a queue it is moved, and donations follow.
 *
 *   thread     SLIP_SELF, or needs MANAGE
 *   priority   0 to SLIP_PRIORITY_MAX
 *   effective  out: the effective priority before; 0 unless OK; NULL if not wanted
 *
 * Blocks   never, but a thread that lowers its own may be preempted.
 * Errors   BAD_HANDLE, WRONG_TYPE, NO_RIGHT, BAD_ARGUMENT.
 * Threads  any.
 * Source   SEMANTICS TH-4.
 */
static inline slip_status_t slip_thread_priority(slip_handle_t thread, uint32_t priority,
                                                 uint32_t *effective)
{
    uint64_t in[6] = {thread, priority}, out[3];
    slip_status_t status = (slip_status_t)slip_trap(SLIP_CALL_thread_priority, in, out);
    if (effective != NULL)
        *effective = (uint32_t)out[0];
    return status;
}

/* Says where a thread runs.
 *
 *   thread  SLIP_SELF, or needs MANAGE
 *   cpu     one CPU, or SLIP_CPU_ANY
 *
 * Blocks   never; a thread that moves itself continues there.
 * Errors   BAD_HANDLE, WRONG_TYPE, NO_RIGHT; BAD_ARGUMENT for a CPU that does not exist.
 * Threads  any.
 * Source   SEMANTICS TH-5.
 */
static inline slip_status_t slip_thread_affinity(slip_handle_t thread, uint32_t cpu)
{
    uint64_t in[6] = {thread, cpu}, out[3];
    return (slip_status_t)slip_trap(SLIP_CALL_thread_affinity, in, out);
}

/* Lets the others of the same priority on this CPU go first.
 *
 * Threads  any.
 * Source   SEMANTICS TH-6.
 */
static inline void slip_thread_yield(void)
{
    uint64_t in[6] = {0}, out[3];
    slip_trap(SLIP_CALL_thread_yield, in, out);
}

/* Spends CPU time, as work would.
 *
 *   duration  nanoseconds that this thread runs; being preempted does not count
 *
 * Blocks   never; it runs. On a machine with real time it ends at a checkpoint.
 * Threads  any.
 * Source   SEMANTICS TH-7.
 */
static inline void slip_thread_compute(slip_time_t duration)
{
    uint64_t in[6] = {duration}, out[3];
    slip_trap(SLIP_CALL_thread_compute, in, out);
}

/* Lets the kernel look: interrupts are taken, a thread of higher priority runs first, a killed
 * thread ends here. For loops that make no other call.
 *
 * Threads  any.
 * Source   SEMANTICS TH-8.
 */
static inline void slip_thread_checkpoint(void)
{
    uint64_t in[6] = {0}, out[3];
    slip_trap(SLIP_CALL_thread_checkpoint, in, out);
}

/* Sleeps.
 *
 *   deadline  absolute; one that has passed returns at once
 *
 * Blocks   until the deadline.
 * Errors   none: OK always.
 * Threads  any.
 * Source   SEMANTICS TH-9.
 */
static inline slip_status_t slip_thread_sleep_until(slip_time_t deadline)
{
    uint64_t in[6] = {deadline}, out[3];
    return (slip_status_t)slip_trap(SLIP_CALL_thread_sleep_until, in, out);
}

/* The thread's own message area, for which 0 stands in a message register.
 *
 * Blocks   never.
 * Threads  any; each has its own.
 * Source   SEMANTICS TH-10.
 */
static inline struct slip_message_area *slip_message_area(void)
{
    uint64_t in[6] = {0}, out[3];
    slip_trap(SLIP_CALL_thread_area, in, out);
    return (struct slip_message_area *)(uintptr_t)out[0];
}

#endif
