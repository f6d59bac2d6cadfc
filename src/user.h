/* User memory: is an address the process's own, and copies to and from it. */
#ifndef K_USER_H
#define K_USER_H

#include <slipway/status.h>
#include "process.h"

/* Is [address, address + bytes) memory that the process may have written (its range) or read (its
 * range, or the program's read-only image)? */
static inline int k_user_writable(const struct k_process *process, uint64_t address, uint64_t bytes)
{
    uint64_t offset = address - process->space.base; /* wraps for addresses below */
    return offset <= process->space.length && bytes <= process->space.length - offset;
}
int k_user_readable(struct k_cpu *cpu, const struct k_process *process, uint64_t address,
                    uint64_t bytes);

/* Copies; BAD_ADDRESS if the range is not the process's own or faults. */
slip_status_t k_user_read(struct k_cpu *cpu, struct k_process *process, uint64_t address, void *to,
                          uint64_t bytes);
slip_status_t k_user_write(struct k_cpu *cpu, struct k_process *process, uint64_t address,
                           const void *from, uint64_t bytes);

/* Between two processes, counted; the ranges were checked. */
slip_status_t k_user_copy(struct k_cpu *cpu, struct k_process *to, uint64_t to_address,
                          struct k_process *from, uint64_t from_address, uint64_t bytes);

/* The same for the words of a short message, which may travel in registers. */
slip_status_t k_user_copy_words(struct k_cpu *cpu, struct k_process *to, uint64_t to_address,
                                struct k_process *from, uint64_t from_address, uint64_t bytes);

#endif
