/* One CPU of a kernel. */
#ifndef K_CPU_H
#define K_CPU_H

#include <stdatomic.h>
#include <slipway/kernel.h>
#include <slipway/machine.h>
#include "alarm.h"
#include "deadline_tree.h"
#include "list.h"
#include "lock.h"

struct k_thread;

#define K_HELD_MAX 8

/* No two CPUs share a line, nor a pair of lines where processors fetch them so. */
#define K_CPU_ALIGN 128

struct k_cpu {
    /* Fixed after the kernel was made. */
    struct k_kernel *kernel;
    const struct slip_machine_ops *ops;
    void *machine;
    uint32_t index;
    uint32_t flags;    /* of the configuration */
    uint32_t fast;     /* enum k_hot: how short messages are handed over; 0: not directly */
    int careful;       /* 1: more is to be done at each entry than to count it */
    uint32_t modelled; /* copy of slip_machine.modelled: one test guards each modelled hook */

    /* This CPU only. */
    struct k_thread *current;  /* whose context is on this CPU; NULL: the boot context. A blocked
                                  thread stays here while the CPU idles on its context */
    struct k_thread *previous; /* left by the last switch, until the new context says so */
    struct k_thread *inherit;  /* threads whose priority is to be computed again */
    struct slip_context boot;
    slip_time_t armed; /* what the machine's timer is set to */
    uint64_t space;    /* number of the process whose address space is loaded; 0: none */
    int slice_over;    /* 1: what runs had its time, and others of its priority go first */
    struct k_timer slice;
    struct k_counters counters; /* what interrupts did, on behalf of no thread */
#if K_CHECK_LOCKS
    uint32_t held[K_HELD_MAX];
    uint32_t held_count;
#endif

    atomic_uint no_spot; /* of a boot context: always closed */

    /* run_lock. Others come here to wake threads and to steal them. */
    _Alignas(K_CPU_ALIGN) struct k_lock run_lock;
    atomic_int run_top; /* best priority that is ready, -1 if none; written under run_lock, read by
                           anyone as a hint: whoever raises it kicks this CPU afterwards */
    uint32_t run_count;
    uint64_t run_map[4]; /* bit p: run[p] is not empty */
    struct k_list run[SLIP_PRIORITY_MAX + 1];

    /* timer_lock. Others come here to disarm. */
    _Alignas(K_CPU_ALIGN) struct k_lock timer_lock;
    struct k_deadline_tree deadlines;

    /* Written each time that it begins or ends to idle. Anyone reads; but who asks each time that it
     * idles itself whether there is something to take looks at run_top, in another line. */
    _Alignas(K_CPU_ALIGN) atomic_uint rests; /* times that it began to idle */
    /* 1 from before the last look at the run queues until awake: pairs with the fences in nudge() and
     * k_sched_offer(), see docs/LOCKING.md */
    atomic_int idle;
    /* What runs, NULL if that is no thread; written by this CPU. Others ask it for its priority, so
     * they never get that of an earlier time. It may be gone, but its memory stays a thread's. */
    _Atomic(struct k_thread *) running;
};

_Static_assert(sizeof(struct k_cpu) % K_CPU_ALIGN == 0, "CPUs in a row share no line");
_Static_assert(offsetof(struct k_cpu, run_top) / K_CPU_ALIGN !=
                   offsetof(struct k_cpu, running) / K_CPU_ALIGN,
               "who begins or ends to idle writes no line that others who idle read");

#endif
