/* Ranked spinlocks, behind one wrapper.
 *
 * Ranks are taken in the order of the enum, lowest first, and never two of one rank. Debug builds
 * (K_CHECK_LOCKS) keep the ranks that a CPU holds and panic on a breach. No lock is held across a
 * switch, an idle, or a return to user code; but for KERNEL, which a CPU holds as long as it is in
 * the kernel, whichever context it is in. docs/LOCKING.md tells why each one is needed.
 */
#ifndef K_LOCK_H
#define K_LOCK_H

#include <stdatomic.h>
#include <slipway/machine.h>

struct k_cpu;

#ifndef K_CHECK_LOCKS
#define K_CHECK_LOCKS 0
#endif

enum k_lock_rank {
    K_RANK_KERNEL = 1, /* the kernel: that one CPU is in it, with K_CONFIG_BIG_LOCK */
    K_RANK_CYCLE,      /* the kernel: who of those that close a cycle of callers is refused */
    K_RANK_REQUEST,    /* a request: that it is passed on, or its server told of a cancel */
    K_RANK_PROCESS,    /* a process: its threads, buffers, state, those who wait for it */
    K_RANK_INTERRUPT,  /* an interrupt: what it is bound to, what is pending */
    K_RANK_ENDPOINT,   /* an endpoint: its queues, receivers, attachment */
    K_RANK_PORT,       /* a port: its slots, queue, waiters */
    K_RANK_BUFFER,     /* a buffer: those who wait for its pins */
    K_RANK_THREAD,     /* a thread: the requests it holds, its priorities */
    K_RANK_ORPHANS,    /* a process: held requests whose thread is gone */
    K_RANK_HANDLES,    /* a process: its handle table; entries change under it, look-ups do not */
    K_RANK_REAPER,     /* the kernel: processes that are being taken apart */
    K_RANK_TIMER,      /* one CPU: its deadlines */
    K_RANK_RUN_QUEUE,  /* one CPU: its ready threads */
    K_RANK_QUOTA,      /* a process: what it was charged */
    K_RANK_POOL        /* a pool: its free items */
};

struct k_lock {
    struct slip_line line;
    atomic_uint word; /* 0 free, 1 taken: the exchange that takes it (acquire) pairs with the
                         store that drops it (release). Last, so that what it guards may share its
                         line of the cache */
    uint32_t rank;
};

void k_lock_init(struct k_lock *lock, enum k_lock_rank rank);
void k_lock_take(struct k_cpu *cpu, struct k_lock *lock);
void k_lock_drop(struct k_cpu *cpu, struct k_lock *lock);
/* The first try has failed. */
void k_lock_take_contended(struct k_cpu *cpu, struct k_lock *lock);

/* Is the lock taken (by whomever)? For assertions. */
static inline int k_lock_taken(const struct k_lock *lock)
{
    return atomic_load_explicit(&lock->word, memory_order_relaxed) != 0;
}

#endif
