/* Host memory of an instance: the kernel's pages, and the heaps of simulated processes.
 *
 * memory.c is the one file that knows the host's allocator. There is an arena for each instance,
 * which its kernel's pages come from, and one for each process that has a heap of some size, whose
 * extents lie in that process's own space; so an arena goes as a whole with its process, and the
 * figures are the allocator's own, exact to the block.
 *
 *   instance  -owns-> arena of the kernel's pages
 *   space     -owns-> heap -> blocks (the first few) | arena, extents taken from the space
 *
 * An arena costs the host some 100 KiB before its first block, and there are at most 4,094; so a
 * process's own small needs are met by sim/blocks.h first, and a process that finds no arena lives
 * on blocks alone. With a sanitizer (SIM_SYSTEM_ALLOCATOR) everything is visible to it: pages come
 * from the system, heaps are blocks.
 *
 * Memory of a heap may be used, resized and freed by any thread of its process. None of this needs
 * the kernel, and none of it blocks a simulated thread.
 */
#ifndef SIM_MEMORY_H
#define SIM_MEMORY_H

#include <stdatomic.h>
#include <stddef.h>
#include "sim/space.h"

struct sim_memory;
struct sim_heap;

struct sim_memory *sim_memory_create(void);
/* All spaces and kernel pages are gone, or go now. */
void sim_memory_destroy(struct sim_memory *memory);

struct sim_reserves *sim_memory_reserves(struct sim_memory *memory);

/* Zeroed pages for the kernel; NULL if the host has none. */
void *sim_memory_pages_get(struct sim_memory *memory, uint64_t bytes);
void sim_memory_pages_put(struct sim_memory *memory, void *pages, uint64_t bytes);

/* What the kernel's pages cost. */
struct sim_memory_figures {
    uint64_t asked_bytes;     /* that the kernel has */
    uint64_t allocated_bytes; /* the same, rounded up as the allocator does */
    uint64_t resident_bytes;  /* that the host keeps for them, an upper bound */
};
void sim_memory_figures(struct sim_memory *memory, struct sim_memory_figures *figures);

/* The heap of a space, made when it is first asked for. NULL if the host has no memory. */
struct sim_heap *sim_heap_of(struct sim_space *space);

/* A word that goes with the heap, NULL at first: where code that runs in any thread of the process
 * finds what another thread made. */
_Atomic(void *) *sim_heap_root(struct sim_heap *heap);

/* With everything in it; before its space. */
void sim_heap_destroy(struct sim_heap *heap);

/* Zeroed memory, aligned to 16 bytes. NULL if the space has no room. */
void *sim_heap_take(struct sim_heap *heap, size_t bytes);
void sim_heap_give(struct sim_heap *heap, void *memory);

/* Resizes in the manner of a Lua allocator: `new_bytes` 0 frees and returns NULL; `memory` NULL
 * takes, and `old_bytes` is ignored then; NULL leaves the old block as it was. New bytes are not
 * zeroed. Always from the arena, since who calls this has more to come. */
void *sim_heap_realloc(void *heap, void *memory, size_t old_bytes, size_t new_bytes);

struct sim_heap_figures {
    uint64_t used_bytes;  /* in blocks that are not freed, as the allocator rounds them */
    uint64_t taken_bytes; /* of the space's addresses */
    int has_arena;
};
void sim_heap_figures(struct sim_heap *heap, struct sim_heap_figures *figures);

/* Inside of a simulated thread: the heap of its process; NULL if the host has no memory, or on any
 * other host thread. */
struct sim_heap *sim_heap_current(void);

#endif
