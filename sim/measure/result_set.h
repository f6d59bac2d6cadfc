/* Several results that differ in one value: a parameter or an option of the kernel that was varied,
 * or the number of CPUs. A set of one result with no name is a result as it is.
 *
 * A set owns its results. The text of a value is in its result's store; the name is the caller's,
 * and outlives the set.
 */
#ifndef SIM_MEASURE_RESULT_SET_H
#define SIM_MEASURE_RESULT_SET_H

#include "sim/measure/result.h"

#define SIM_RESULT_SET_MAX 32U

struct sim_result_set {
    const char *name; /* "locking"; "cpus" where it scales; "" of a single result */
    int scale;        /* 1: made by slipway scale */
    uint32_t count;
    const char *values[SIM_RESULT_SET_MAX];
    struct sim_result *results[SIM_RESULT_SET_MAX];
    struct sim_result *before[SIM_RESULT_SET_MAX]; /* what each repeats, or NULL */
};

void sim_result_set_init(struct sim_result_set *set);
void sim_result_set_fini(struct sim_result_set *set);

/* Adds a result, which the set owns from then on, with its value, which is copied. The set has
 * fewer than SIM_RESULT_SET_MAX. */
void sim_result_set_add(struct sim_result_set *set, const char *value, struct sim_result *result,
                        struct sim_result *before);

/* What a design's requests spent most of their time on, all of them together. */
struct sim_dominant {
    const char *name;                   /* of a bill's part: "lock_wait"; NULL: not billed */
    const struct sim_lock_result *lock; /* the worst one, where the part is about locks; or NULL */
    double share;                       /* of the time, 0 to 1 */
};
struct sim_dominant sim_result_dominant(const struct sim_design_result *design);

/* The same among the parts that cost something by themselves: neither queueing, which follows from
 * what others spend, nor the work of programs and devices. */
struct sim_dominant sim_result_dominant_cost(const struct sim_design_result *design);

/* Operations per second of a design of the n-th result over those of the same one in the first; NaN
 * where one is not known. */
double sim_result_speed_up(const struct sim_result_set *set, uint32_t index, uint32_t design);

#endif
