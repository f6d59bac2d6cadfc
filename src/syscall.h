/* System calls: decode, check, and call the object. No policy here.
 *
 * Each call is one function k_call_NAME of the table in slipway/calls.h. It gets its registers and
 * returns its status; `out` is zero before. It may come back on another CPU.
 */
#ifndef K_SYSCALL_H
#define K_SYSCALL_H

#include <slipway/calls.h>
#include "handle.h"
#include "thread.h"

#define K_CALL_DECLARE(name, number, arguments, results)                                           \
    int32_t k_call_##name(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],          \
                          uint64_t out[3]);
SLIP_CALL_MAP(K_CALL_DECLARE)
#undef K_CALL_DECLARE

/* Makes a handle in the caller's table for an object that was just made, and whose first reference
 * is given up: on failure the object goes. */
slip_status_t k_call_publish(struct k_cpu *cpu, struct k_thread *self, struct k_object *object,
                             uint32_t rights, slip_handle_t *handle);

#endif
