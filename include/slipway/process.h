/* Processes: a handle table, a quota, an address range, and threads.
 *
 *   created -> started -> dying -> gone
 *
 * Everything that the kernel keeps for a process is charged to its quota, which was taken from its
 * creator's; running out is NO_QUOTA for that process and for no other. A process ends when its
 * last thread does, by slip_process_exit, or when it is killed. Its death marks it, and the kernel
 * takes it apart in steps of bounded size: threads first, then the requests that it holds
 * (PEER_CLOSED for their clients), handles, buffers (waiting for devices), address range.
 */
#ifndef SLIPWAY_PROCESS_H
#define SLIPWAY_PROCESS_H

#include <slipway/calls.h>
#include <slipway/handle.h>

/* Codes of slip_process_wait for processes that did not exit by themselves. */
#define SLIP_EXIT_KILLED ((uint64_t)1 << 32)

/* Priority and CPU of a new thread, packed. A priority that is too high stays so, so that the kernel
 * refuses it. */
static inline uint64_t slip_placement(uint32_t priority, uint32_t cpu)
{
    return (priority > 0xffff ? 0xffff : priority) | (uint64_t)cpu << 32;
}

/* Makes a process with the quota that the creator chooses, without threads.
 *
 *   name     up to SLIP_NAME_BYTES_MAX bytes and a zero, for messages and statistics
 *   quota    bytes of kernel memory, stacks, heap and buffers, taken from the creator's quota until
 *            it is gone; 0 is the default of src/config.h, or half of what is left of the
 *            creator's if that is less
 *   process  out: a handle with MANAGE; 0 unless OK
 *
 * Blocks   never.
 * Errors   BAD_ADDRESS, TOO_LONG for the name; BAD_ARGUMENT for a quota below the least; NO_QUOTA.
 * Threads  any.
 * Source   SEMANTICS PR-1.
 */
static inline slip_status_t slip_process_create_quota(const char *name, uint64_t quota,
                                                      slip_handle_t *process)
{
    uint64_t length = 0;
    while (name != NULL && length <= SLIP_NAME_BYTES_MAX && name[length] != 0)
        length++;
    uint64_t in[6] = {(uintptr_t)name, length, quota}, out[3];
    slip_status_t status = (slip_status_t)slip_trap(SLIP_CALL_process_create, in, out);
    *process = out[0];
    return status;
}

/* slip_process_create_quota with the default quota.
 *
 * Blocks   never. Errors, Threads, Source: as slip_process_create_quota.
 */
static inline slip_status_t slip_process_create(const char *name, slip_handle_t *process)
{
    return slip_process_create_quota(name, 0, process);
}

/* Starts a process: its first thread, with one handle moved to it.
 *
 *   process   needs MANAGE; not started
 *   entry     where its first thread begins; returning from it ends the thread
 *   handle    moves to the process on OK, its start handle; or SLIP_NO_HANDLE
 *   priority  of the thread, 0 to SLIP_PRIORITY_MAX
 *   cpu       where it runs, or SLIP_CPU_ANY
 *
 * Blocks   never.
 * Errors   BAD_HANDLE, WRONG_TYPE, NO_RIGHT; BAD_ADDRESS for the entry; BAD_ARGUMENT for priority,
 *          CPU, or a handle that is the process itself; ALREADY if it was started or killed;
 *          NO_QUOTA - the handle stays.
 * Threads  any.
 * Source   SEMANTICS PR-2.
 */
static inline slip_status_t slip_process_start_on(slip_handle_t process, void (*entry)(void),
                                                  slip_handle_t handle, uint32_t priority,
                                                  uint32_t cpu)
{
    uint64_t in[6] = {process, (uintptr_t)entry, handle, slip_placement(priority, cpu)}, out[3];
    return (slip_status_t)slip_trap(SLIP_CALL_process_start, in, out);
}

/* slip_process_start_on with the default priority, on any CPU.
 *
 * Blocks   never. Errors, Threads, Source: as slip_process_start_on.
 */
static inline slip_status_t slip_process_start(slip_handle_t process, void (*entry)(void),
                                               slip_handle_t handle)
{
    return slip_process_start_on(process, entry, handle, SLIP_PRIORITY_DEFAULT, SLIP_CPU_ANY);
}

/* Kills a process. Killing one that is dying or gone is OK and does nothing.
 *
 *   process  needs MANAGE; it may be the caller's own, then this does not return
 *
 * Blocks   never; slip_process_wait tells when it is gone.
 * Errors   BAD_HANDLE, WRONG_TYPE, NO_RIGHT.
 * Threads  any.
 * Source   SEMANTICS PR-3, PR-4.
 */
static inline slip_status_t slip_process_kill(slip_handle_t process)
{
    uint64_t in[6] = {process}, out[3];
    return (slip_status_t)slip_trap(SLIP_CALL_process_kill, in, out);
}

/* Ends the calling process and all of its threads. Does not return.
 *
 *   code  what slip_process_wait returns of it
 *
 * Threads  any.
 * Source   SEMANTICS PR-5.
 */
static inline void slip_process_exit(uint32_t code)
{
    uint64_t in[6] = {code}, out[3];
    slip_trap(SLIP_CALL_process_exit, in, out);
}

/* Waits until a process is gone, with all that it had.
 *
 *   process   needs MANAGE
 *   deadline  absolute
 *   code      out: its exit code, 0 if its last thread just ended, SLIP_EXIT_KILLED if it was
 *             killed; 0 unless OK; NULL if not wanted
 *
 * Blocks   until the process is gone.
 * Errors   BAD_HANDLE, WRONG_TYPE, NO_RIGHT; BAD_ARGUMENT for the caller's own; WOULD_BLOCK,
 *          TIMED_OUT.
 * Threads  any number at once.
 * Source   SEMANTICS PR-6.
 */
static inline slip_status_t slip_process_wait_code(slip_handle_t process, slip_time_t deadline,
                                                   uint64_t *code)
{
    uint64_t in[6] = {process, deadline}, out[3];
    slip_status_t status = (slip_status_t)slip_trap(SLIP_CALL_process_wait, in, out);
    if (code != NULL)
        *code = out[0];
    return status;
}

/* slip_process_wait_code that does not ask for the code.
 *
 * Blocks   until the process is gone. Errors, Threads, Source: as slip_process_wait_code.
 */
static inline slip_status_t slip_process_wait(slip_handle_t process, slip_time_t deadline)
{
    return slip_process_wait_code(process, deadline, NULL);
}

#endif
