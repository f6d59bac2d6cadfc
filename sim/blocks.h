/* A small allocator over pages of a space: blocks by size class, and whole pages for long ones.
 *
 * It serves the first few blocks of a process, for which an arena of the host's allocator would
 * cost more than they are, and all blocks in builds with a sanitizer, which cannot see into such
 * arenas: under the address sanitizer each block has poisoned ground on both sides, and freed
 * blocks stay poisoned and are used again as late as possible.
 *
 *   chunk   [ header | block | block | ...                                ]   64 KiB
 *   block   [ head, poisoned | memory ... | poisoned up to the class's end ]
 *
 * The caller serialises.
 */
#ifndef SIM_BLOCKS_H
#define SIM_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

struct sim_space;
struct sim_block;
struct sim_chunk;

#define SIM_BLOCK_CLASSES 32

struct sim_blocks {
    struct sim_space *space;
    struct sim_chunk *chunks; /* newest first; blocks are carved from the newest */
    struct {
        struct sim_block *first, *last;
    } free[SIM_BLOCK_CLASSES];
    uint64_t used_bytes;  /* as they were asked for */
    uint64_t taken_bytes; /* of the space */
};

void sim_blocks_init(struct sim_blocks *blocks, struct sim_space *space);

/* The space gets its pages back when it goes; this only lifts the poison from them. */
void sim_blocks_fini(struct sim_blocks *blocks);

/* Zeroed memory, aligned to 16 bytes; NULL if the space has no room. */
void *sim_blocks_take(struct sim_blocks *blocks, size_t bytes);
void sim_blocks_give(struct sim_blocks *blocks, void *memory);

/* Bytes that a block was asked for with. */
size_t sim_blocks_size(const void *memory);

/* 1 if the memory is a block of these. */
int sim_blocks_own(const struct sim_blocks *blocks, const void *memory);

#endif
