/* Access to memory that somebody else owns: the one way in for copies and devices.
 *
 * A range is named by a request that the process holds, or by a buffer's handle. Getting in takes a
 * pin on everything that could withdraw it: the request, the requests that it was lent on from, and
 * the buffer.
 */
#ifndef K_ACCESS_H
#define K_ACCESS_H

#include "buffer.h"
#include "request.h"

struct k_entrance {
    struct k_buffer *buffer;   /* pinned, or NULL */
    struct k_request *request; /* pinned with all that it was lent on from, or NULL */
    uint32_t lend;
    uint64_t address; /* user address in buffer->process */
};

/* By a request that `process` holds. STALE, BAD_ARGUMENT (no such lend, out of range), NO_RIGHT. */
slip_status_t k_access_request(struct k_cpu *cpu, struct k_process *process, slip_request_t token,
                               uint64_t lend, uint64_t offset, uint64_t length, uint32_t right,
                               struct k_entrance *entrance);

/* By a handle. BAD_HANDLE, WRONG_TYPE, NO_RIGHT, BAD_ARGUMENT, STALE. */
slip_status_t k_access_buffer(struct k_cpu *cpu, struct k_process *process, slip_handle_t handle,
                              uint64_t offset, uint64_t length, uint32_t right,
                              struct k_entrance *entrance);

void k_access_leave(struct k_cpu *cpu, struct k_entrance *entrance);

/* Enters, copies between it and `address` of the process, leaves. `right` SLIP_LEND_READ copies to
 * the process, SLIP_LEND_WRITE from it. */
slip_status_t k_access_copy(struct k_cpu *cpu, struct k_process *process,
                            struct k_entrance *entrance, uint64_t address, uint64_t length,
                            uint32_t right);

#endif
