/* Races, forced: two or three actors, each on a CPU of its own, meet, and from there on the test
 * decides at every hook of the kernel which CPU goes on.
 *
 *   sweep     for each ordered pair of actors and k = 0, 1, 2 ...: the first one's CPU goes first,
 *             and from step k on the second one's does, wherever the first is then, until
 *             nobody has anything left to do at step k. And the same with the second going first for m steps only,
 *             for a spread of m.
 *   knob      for k = 0, 1, 2 ...: the scene itself asks for k (race_knob) and acts so many
 *             nanoseconds, which are steps, later, for a race with a deadline; the CPU of the last
 *             actor, which is to be the one that the deadline falls due on, goes first
 *   seeds     CPUs in random order
 *
 * Each schedule is a scene of its own, judged as any scene, and by the race's own judge on the host.
 * A failure names the schedule; SLIPWAY_RACE=that runs it alone.
 *
 * Actors are on the CPUs 0, 1, ..., and root is on the last CPU and only waits while they run.
 */
#ifndef TESTS_SEMANTICS_EXPLORE_H
#define TESTS_SEMANTICS_EXPLORE_H

#include "tests/semantics/support.h"

struct race {
    void (*root)(void);
    /* Host: what is wrong with the cells after a run, or NULL. May be NULL. */
    const char *(*judge)(const struct scene *scene);
    uint32_t actors; /* 2 or 3 */
    uint32_t knob;   /* not 0: knob schedules, so many, instead of the sweep */
    uint32_t seeds;  /* how many; 0 is a default */
};

void race(const struct race *race);

/* ---- inside --------------------------------------------------------------------------------- */

/* Root, first: to the CPU that the actors leave to it. */
void race_root(void);

/* Each actor, once it is on its CPU with all prepared; returns when all actors are there. */
void race_meet(void);

/* Each actor, when it is through with what is raced. */
void race_leave(void);

/* Root: waits until `actors` have left, and until no CPU has anything to do; then walks the
 * kernel. */
void race_wait(uint32_t actors);

/* The k of a knob schedule; in a seeded one a number that depends on the seed. */
uint64_t race_knob(void);

#endif
