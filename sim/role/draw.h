/* Drawing the numbers that a scenario leaves to chance: times, sizes, words (struct sim_value).
 *
 * Everything is integer arithmetic of our own, so that a draw is the same bit for bit on every host.
 * The exponential distribution is -mean * ln(u) with u at the midpoints of 2^63 equal parts of (0, 1);
 * the logarithm is right to 2^-50, so mean and variance are those of the true distribution to better
 * than one in 10^12. A draw is rounded to the nearest whole number. That makes the mean of an
 * exponential of m units smaller by 1 / (24 m^2) of itself, and its variance greater by 1 / (6 m^2):
 * less than 0.1 % from a mean of 13 on, 2 in 10^9 at 10 us. No draw is above 44.4 means; true ones
 * are less often than once in 10^19.
 *
 * A list is gone through once per drawer, so each has a place in it of its own.
 */
#ifndef SIM_ROLE_DRAW_H
#define SIM_ROLE_DRAW_H

#include "sim/role/random.h"
#include "sim/scenario/plan.h"

struct sim_draw {
    const struct sim_value *value; /* borrows */
    uint32_t turn;                 /* LIST: the next one */
};

static inline struct sim_draw sim_draw_of(const struct sim_value *value)
{
    return (struct sim_draw){.value = value};
}

/* The next number. A constant draws nothing from the stream, nor does a list. */
int64_t sim_draw_next(struct sim_draw *draw, struct sim_random *random);

/* The same in parts of 2^16 of one, before it is rounded, for those who add draws up; of a value
 * that is not negative and below 2^47. */
uint64_t sim_draw_fine(struct sim_draw *draw, struct sim_random *random);

/* Always the same number? Then 1, and it is value->low, or the list's first. */
int sim_value_constant(const struct sim_value *value);

/* The least and the greatest number that can come; of an exponential, 0 and INT64_MAX. */
void sim_value_range(const struct sim_value *value, int64_t *low, int64_t *high);

/* Exponentially distributed with mean 1, in parts of 2^56 of one. */
uint64_t sim_draw_exponential(struct sim_random *random);

#define SIM_VALUE_MEAN_MAX (INT64_C(1) << 42) /* of an exponential: 73 minutes in nanoseconds */
#define SIM_VALUE_LIST_MAX 4096

#endif
