/* Address ranges of simulated processes.
 *
 * All ranges of an instance are cut out of a few big reserves: memory that is readable and writable
 * from the start, of which the host keeps only the pages that were touched. So a process costs the
 * host no mapping of its own (it allows some 65,000 of them to one program), and ten thousand
 * processes are possible.
 *
 *   reserve   [ space | space | ...                                         ]
 *   space     [ stacks, mapped buffers, extents of the heap: first fit      ]
 *   stack     [ guard page | stack ... | message area (the machine's)       ]
 *
 * What is free in a space is zero: who gives memory back drops its pages first.
 *
 * The guard page is no longer part of the mapping around it, which makes three mappings of one. So
 * only the first SIM_GUARDS_MAX stacks of the program get theirs; the others still work, and run
 * over into their neighbours if they are too small.
 */
#ifndef SIM_SPACE_H
#define SIM_SPACE_H

#include <stdatomic.h>
#include <stdint.h>
#include "sim/range.h"

#define SIM_GUARDS_MAX 16384
#define SIM_GUARD_BYTES SIM_RANGE_PAGE

struct sim_heap;
struct sim_reserve;

/* All reserves of one instance. */
struct sim_reserves {
    pthread_mutex_t lock;
    struct sim_reserve *first; /* lock; owns */
    atomic_ullong spaces_made; /* so far */
};

struct sim_space {
    /* Fixed. */
    struct sim_reserves *reserves;
    struct sim_reserve *reserve;
    uint64_t base, length;

    struct sim_range range;
    atomic_ullong taken;             /* bytes of stacks, mapped memory and heap extents */
    atomic_uint stacks;              /* that are there */
    atomic_uint stack_shift;         /* log2 of the room of a stack; 0: there was none yet */
    atomic_ullong stack_room;        /* 1 << stack_shift, once there was one */
    _Atomic(atomic_uchar *) guards;  /* one bit for each place of a stack: has a guard page */
    _Atomic(struct sim_heap *) heap; /* owns; NULL until first asked for. sim/memory.h */
};

void sim_reserves_init(struct sim_reserves *reserves);
/* Gives all reserves back to the host, whatever is in them. */
void sim_reserves_fini(struct sim_reserves *reserves);

/* Makes a space of at least `bytes`, with some more for what a heap needs for itself. NULL if the
 * host has no memory or no addresses. */
struct sim_space *sim_space_create(struct sim_reserves *reserves, uint64_t bytes);
/* Drops all that is in it. The heap must be gone. */
void sim_space_destroy(struct sim_space *space);

/* Takes zeroed pages at a multiple of `align` (a power of two), and gives them back. 0 if there is
 * no room. */
uint64_t sim_space_take(struct sim_space *space, uint64_t bytes, uint64_t align);
void sim_space_give(struct sim_space *space, uint64_t address, uint64_t bytes);

/* A stack, its guard page included: the lowest byte, 0 if there is no room. */
uint64_t sim_space_stack_take(struct sim_space *space, uint64_t bytes);
void sim_space_stack_give(struct sim_space *space, uint64_t low, uint64_t bytes);

/* 1 if a part of [address, address + bytes) is a guard page, so that touching it would end the
 * program. A range that is not the space's own has none. */
int sim_space_guarded(const struct sim_space *space, uint64_t address, uint64_t bytes);

/* 0 if that is surely not so: a quick look at where in the room of a stack it would be. */
static inline int sim_space_may_be_guarded(const struct sim_space *space, uint64_t address,
                                           uint64_t bytes)
{
    /* 0 as long as there was no stack: then every address is far from the end of the room. */
    uint64_t room = atomic_load_explicit(&space->stack_room, memory_order_relaxed);
    uint64_t offset = address & (room - 1);
    /* The guard of a stack is the first page of its room. */
    return offset < SIM_GUARD_BYTES || bytes > room - offset;
}

static inline int sim_space_contains(const struct sim_space *space, uint64_t address)
{
    return address - space->base < space->length;
}

#endif
