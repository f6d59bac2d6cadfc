/* The cores machine, inside: each simulated CPU is a pinned thread of the host, each simulated thread
 * a user-space context on a stack in its process's space.
 *
 * A switch of simulated threads is a jump between two stacks; the host has no part in it. A flow that
 * was switched away from may go on under any of the host's threads, so nothing of it may keep the
 * address of a thread-local across a trap (sim/machine/flow.h).
 *
 *   host thread of a CPU:  host -> boot -> (threads, boot) ... -> host, when the boot context
 *                          returns, or from wherever it idles if the run is hung
 */
#ifndef SIM_MACHINE_CORES_H
#define SIM_MACHINE_CORES_H

#include <pthread.h>
#include "sim/machine/fiber.h"
#include "sim/machine/real.h"

struct cores_cpu {
    struct sim_real_cpu real; /* first */
    struct sim_context host;  /* of its host thread, as it began */
    struct sim_fiber boot;
    pthread_t thread;
    int started;
};

struct cores_machine {
    struct sim_real real; /* first */
    struct cores_cpu *cpus;
    atomic_uint go; /* 1: the CPUs begin; 2: they leave. A futex, on which each CPU's host thread
                       waits and which cores_run or cores_destroy wakes; release to acquire */

    pthread_mutex_t lock;
    struct sim_fiber *fibers; /* lock; those of simulated threads */
};

#endif
