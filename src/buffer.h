/* Buffers: registered memory with an epoch and a count of pins, in one word.
 *
 * Whoever was given access remembers the epoch. Revoking is one addition to the epoch: from then on
 * no pin of an old epoch is taken, and those that are there are waited for.
 */
#ifndef K_BUFFER_H
#define K_BUFFER_H

#include "object.h"

struct k_process;

struct k_buffer {
    struct k_object object; /* rank BUFFER */

    /* Fixed. */
    struct k_process *process; /* borrows: not gone while a pin is there; see `dead` */
    uint64_t address, length;  /* user address in that process; bytes */
    uint64_t mapped;           /* bytes that were mapped for it; 0: it was registered */

    /* process->object.lock */
    struct k_list process_link;

    atomic_ullong word; /* epoch << 32 | dead << 31 | pins; a pin (acq_rel) pairs with a revoke */

    /* object.lock */
    struct k_list waiters; /* k_wait.link: for the pins to go */
};

#define K_BUFFER_DEAD ((uint64_t)1 << 31)
#define K_BUFFER_PINS(word) ((uint32_t)((word)&0x7fffffff))
#define K_BUFFER_EPOCH(word) ((uint32_t)((word) >> 32))

extern const struct k_object_type k_buffer_type;

#define K_BUFFER(pointer) K_CONTAINER(pointer, struct k_buffer, object)

slip_status_t k_buffer_create(struct k_cpu *cpu, struct k_process *process, uint64_t length,
                              struct k_buffer **buffer);
slip_status_t k_buffer_register(struct k_cpu *cpu, struct k_process *process, uint64_t address,
                                uint64_t length, struct k_buffer **buffer);

static inline uint32_t k_buffer_epoch(const struct k_buffer *buffer)
{
    return K_BUFFER_EPOCH(atomic_load_explicit(&buffer->word, memory_order_acquire));
}

/* Takes a pin and a reference: STALE if it was revoked since `epoch`, or its process died. */
slip_status_t k_buffer_pin(struct k_buffer *buffer, uint32_t epoch);
void k_buffer_unpin(struct k_cpu *cpu, struct k_buffer *buffer);

/* Ends all access that was given so far. `kill`: and all that will be. */
void k_buffer_revoke(struct k_buffer *buffer, int kill);

/* Waits until no pin is left. */
slip_status_t k_buffer_drain(struct k_cpu *cpu, struct k_buffer *buffer, slip_time_t deadline);

#endif
