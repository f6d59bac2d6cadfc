/* A machine for tests of one source file of the kernel. One flow of control, the test, plays every
 * CPU; time stands until it is told to move; memory comes from malloc; every call is counted.
 *
 *   fake_init          makes a kernel on it
 *   fake_process       makes a process that has begun
 *   fake_thread        makes a thread of it, which is ready
 *   fake_enter         plays the boot loop until it switches to a thread: from there on the test is
 *                      what this thread does in the kernel, and calls its functions directly
 *   fake_exit          the thread ends; the test becomes the next one that is ready, or nobody
 *   fake_park          the same, but the thread blocks for good
 *   fake_fini          drops the kernel; what it did not give back fails the test
 *
 * When the thread blocks, the kernel idles, or switches to another thread. Then the script goes on:
 * `on_idle` makes something happen, `on_switch` plays the other thread until that blocks or yields
 * as well and the kernel switches back; what it had on its stack is gone then.
 *
 * A panic of the kernel fails the test, unless it is expected (FAKE_PANICS).
 */
#ifndef TESTS_UNIT_FAKE_MACHINE_H
#define TESTS_UNIT_FAKE_MACHINE_H

#include <setjmp.h>
#include <slipway/machine.h>
#include "instance.h"
#include "process.h"
#include "sched.h"
#include "thread.h"

#define FAKE_CPUS 4
#define FAKE_SPACE_BYTES (256U << 10) /* of memory that a process can touch */
#define FAKE_QUOTA ((uint64_t)64 << 20)
#define FAKE_ENTRY ((uintptr_t)fake_image)

extern const char fake_image[64]; /* the program's read-only image */

struct fake_frame;

struct fake_machine {
    struct slip_machine machine;
    struct k_kernel *kernel;

    /* What the test says. */
    uint32_t cpu; /* the one that the test plays now */
    slip_time_t now;
    uint64_t pages_left;    /* bytes that pages_get gives before it says no */
    uint32_t contexts_left; /* likewise, contexts */
    uint64_t map_left;      /* likewise, bytes of each space */
    uint64_t fault;         /* a copy that touches this address faults; 0: none */
    void (*on_idle)(struct fake_machine *fake);
    void (*on_switch)(struct fake_machine *fake);
    void (*on_relax)(struct fake_machine *fake);
    void (*on_copy)(struct fake_machine *fake); /* before each */
    void *argument;

    /* What the kernel did. */
    slip_time_t armed[FAKE_CPUS];
    uint32_t arms, kicks[FAKE_CPUS], relaxes, idles, switches, copies, maps, unmaps, prints;
    uint32_t contexts, spaces; /* made and not dropped */
    uint64_t pages_out;        /* bytes that were not given back */
    uint8_t masked[K_LINES_MAX];
    uint32_t charged[SLIP_COST_COUNT], lines, lock_waits, lock_passes, traces[SLIP_TRACE_COUNT];

    /* Its own. */
    struct fake_frame *frames; /* threads that switched away */
    jmp_buf left, panicked;
    int leaving; /* the next switch or idle brings the test back to `left` */
    int panic_expected;
    const char *panic; /* what the last one said */
};

/* A machine with nothing on it: for files that need a CPU and no processes. The kernel is there. */
void fake_init(struct fake_machine *fake, uint32_t cpus, uint32_t config_flags);
/* The same, with the modelled hooks. */
void fake_init_modelled(struct fake_machine *fake, uint32_t cpus);
void fake_fini(struct fake_machine *fake);

/* The CPU that the test plays. */
struct k_cpu *fake_cpu(struct fake_machine *fake);

/* A process that has begun, with a reference for the test; creator NULL: the first. */
struct k_process *fake_process(struct fake_machine *fake, struct k_process *creator,
                               uint64_t quota);

/* Zeroed memory of a process, as it would have on its heap. */
void *fake_memory(struct k_process *process, uint64_t bytes);

/* A thread that is ready, on any CPU; the process keeps it. */
struct k_thread *fake_thread(struct fake_machine *fake, struct k_process *process,
                             uint32_t priority);

/* The test becomes the best thread that is ready on its CPU, which runs nothing yet. */
struct k_thread *fake_enter(struct fake_machine *fake);

/* A first process, and its thread, which the test becomes. */
struct k_thread *fake_start(struct fake_machine *fake);

/* The thread that the test is ends. The thread that the test is then; NULL if its CPU idles, or the
 * kernel halted. */
struct k_thread *fake_exit(struct fake_machine *fake);

/* The thread that the test is blocks in a wait of this kind, and is never played again: it is there
 * to be found by others. The thread that the test is then, or NULL. */
struct k_thread *fake_park(struct fake_machine *fake, enum k_wait_kind kind);

/* Does the statement panic? What it says, or NULL. Locks that are held then stay held. */
#define FAKE_PANICS(fake, statement)                                                               \
    ({                                                                                             \
        (fake)->panic = NULL;                                                                      \
        (fake)->panic_expected = 1;                                                                \
        if (setjmp((fake)->panicked) == 0)                                                         \
            statement;                                                                             \
        (fake)->panic_expected = 0;                                                                \
        (fake)->panic;                                                                             \
    })

/* The statement ends the thread that the test is, which is then what fake_exit would say. */
#define FAKE_ENDS(fake, statement)                                                                 \
    do {                                                                                           \
        (fake)->leaving = 1;                                                                       \
        if (setjmp((fake)->left) == 0) {                                                           \
            (void)(statement);                                                                     \
            cr_assert_fail("the thread goes on");                                                  \
        }                                                                                          \
        k_sched_arrive(fake_cpu(fake));                                                            \
    } while (0)

#endif
