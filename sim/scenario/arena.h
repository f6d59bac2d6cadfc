/* Memory of the host that is given back as a whole: a resolved plan and all of its names. Host
 * threads only.
 */
#ifndef SIM_SCENARIO_ARENA_H
#define SIM_SCENARIO_ARENA_H

#include <stddef.h>

struct sim_arena {
    struct sim_arena_chunk *chunks; /* owns */
};

/* Zeroed memory, aligned for anything; NULL if the host has none. */
void *sim_arena_take(struct sim_arena *arena, size_t bytes);

/* A copy of so many bytes with a zero behind them; NULL if the host has no memory. */
char *sim_arena_copy(struct sim_arena *arena, const char *text, size_t length);

void sim_arena_fini(struct sim_arena *arena);

#endif
