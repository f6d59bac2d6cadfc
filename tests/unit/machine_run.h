/* Runs a first process on a machine, for tests of what lies below the kernel. What goes wrong
 * inside of simulated threads is noted in a record and judged on the host: an assertion would leave
 * the simulated thread behind. */
#ifndef TESTS_UNIT_MACHINE_RUN_H
#define TESTS_UNIT_MACHINE_RUN_H

#include <stdatomic.h>
#include <stdio.h>
#include <slipway/sim.h>
#include <slipway/slipway.h>
#include "sim/instance.h"

#define RUN_ERROR_BYTES 4096

struct run_record {
    atomic_int wrong;      /* line of the first thing that went wrong, or 0 */
    atomic_uint count[16]; /* whatever the test counts */
    uint64_t number[16];
    struct sim_counters counters;
    char error[RUN_ERROR_BYTES];
};

static inline struct run_record *run_record(void)
{
    return sim_argument();
}

/* Inside of simulated threads: notes the line if the claim does not hold. */
#define RUN_EXPECT(claim)                                                                          \
    do {                                                                                           \
        int expected_none = 0;                                                                     \
        if (!(claim))                                                                              \
            atomic_compare_exchange_strong(&run_record()->wrong, &expected_none, __LINE__);        \
    } while (0)

static inline unsigned run_count(uint32_t index)
{
    return atomic_fetch_add(&run_record()->count[index], 1);
}

static inline int run_on(struct run_record *record, const char *machine, uint32_t cpus,
                         uint64_t seed, void (*root)(void))
{
    struct sim_options options = {
        .machine = machine, .cpus = cpus, .seed = seed, .argument = record};
    struct sim_instance *instance =
        sim_instance_create(&options, NULL, record->error, sizeof record->error);
    if (instance == NULL)
        return -1;
    int failed = sim_instance_run(instance, root, record->error, sizeof record->error);
    sim_instance_counters(instance, &record->counters);
    sim_instance_destroy(instance);
    return failed;
}

#define RUN_ASSERT_GOOD(record, failed)                                                            \
    do {                                                                                           \
        cr_assert_eq(failed, 0, "%s", (record)->error);                                            \
        cr_assert_eq(atomic_load(&(record)->wrong), 0, "line %d", atomic_load(&(record)->wrong));  \
        cr_assert_eq((record)->counters.leaks, 0);                                                 \
    } while (0)

#endif
