/* Who has which part of an address range: pages are taken first fit and given back in any pieces;
 * neighbours grow together again. Knows addresses only and never touches the memory itself.
 *
 * Thread safe. The lock is a host lock: it is held for a search only, and nothing that a simulated
 * thread does in it can switch.
 */
#ifndef SIM_RANGE_H
#define SIM_RANGE_H

#include <pthread.h>
#include <stdint.h>

#define SIM_RANGE_PAGE 4096U

struct sim_interval {
    uint64_t from, to; /* first byte, and the one behind the last */
};

struct sim_range {
    pthread_mutex_t lock;
    /* lock */
    struct sim_interval *free; /* owns; sorted, none touches the next */
    uint32_t count, capacity;
    uint64_t free_bytes;
};

/* Begins with all of [base, base + length) free; both are multiples of the page. 0, or -1 if the
 * host has no memory. */
int sim_range_init(struct sim_range *range, uint64_t base, uint64_t length);
void sim_range_fini(struct sim_range *range);

/* Takes `bytes` (rounded up to pages) at a multiple of `align`, a power of two of at least a page.
 * The lowest place where they fit, or 0 if there is none. */
uint64_t sim_range_take(struct sim_range *range, uint64_t bytes, uint64_t align);

/* Gives back what was taken, whole or in parts. Parts that the host has no memory to note are lost
 * until the range ends. */
void sim_range_give(struct sim_range *range, uint64_t address, uint64_t bytes);

uint64_t sim_range_free_bytes(struct sim_range *range);

static inline uint64_t sim_round_up(uint64_t value, uint64_t align)
{
    return (value + align - 1) & ~(align - 1);
}

#endif
