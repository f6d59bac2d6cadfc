/* Random streams: one per simulated thread, each from its own seed, the same on every host.
 *
 * A stream is a counter that is stepped by an odd constant and scrambled, so that any two seeds
 * give streams without likeness and a stream is one word. Not for secrets.
 */
#ifndef SIM_ROLE_RANDOM_H
#define SIM_ROLE_RANDOM_H

#include <stdint.h>

struct sim_random {
    uint64_t state;
};

void sim_random_init(struct sim_random *random, uint64_t seed);

/* 64 random bits. */
uint64_t sim_random_next(struct sim_random *random);

/* Uniform over 0 to bound - 1, without bias; bound is at least 1. */
uint64_t sim_random_below(struct sim_random *random, uint64_t bound);

/* Uniform over low to high, both included; the constant, and no draw, where they are equal. */
int64_t sim_random_between(struct sim_random *random, int64_t low, int64_t high);

/* The seed of one of many streams that come from one seed. */
uint64_t sim_random_seed(uint64_t seed, uint64_t stream);

/* The seed of a thread's own stream: of the process of that name, instance from 1, thread from 0. It
 * depends on nothing else, so a thread or a process more shifts nobody's stream. */
uint64_t sim_random_seed_thread(uint64_t seed, const char *process, uint32_t instance,
                                uint32_t thread);

/* Scrambles a word: one to one, and every bit of the result depends on every bit of the word. */
uint64_t sim_random_scramble(uint64_t word);

#endif
