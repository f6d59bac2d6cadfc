/* Threads: states, priorities, what they hold.
 *
 *   NEW -> READY <-> RUNNING -> BLOCKED -> READY ... -> DEAD
 *
 * The state is changed by the thread itself (RUNNING to BLOCKED, to DEAD) and by whoever owns its
 * wake (BLOCKED to READY); a run queue's lock guards READY to RUNNING.
 *
 *   process <-refs- thread -refs-> request (its own, for calls)
 *                   thread.holds: requests that it took and has not answered; each names it back
 */
#ifndef K_THREAD_H
#define K_THREAD_H

#include "message.h"
#include "object.h"
#include "request.h"
#include "wait.h"

enum k_thread_state {
    K_THREAD_NEW,
    K_THREAD_READY,
    K_THREAD_RUNNING,
    K_THREAD_BLOCKED,
    K_THREAD_DEAD
};

struct k_endpoint;

struct k_thread {
    struct k_object object; /* object.lock has the rank THREAD */

    /* Fixed after create. */
    struct k_kernel *kernel;
    struct k_process *process; /* refs */
    struct slip_context context;
    uint64_t area; /* user address of its message area */
    uint64_t entry, argument;

    /* process->object.lock */
    struct k_list process_link;

    /* run_lock of `cpu` while READY */
    struct k_list run_link;
    uint32_t run_priority; /* queue that it is in */
    atomic_uint queued; /* index + 1 of the CPU whose queue it is in, 0: in none; written under that
                              CPU's run_lock, read by anyone */

    /* What the other side of a call asks for; seldom written while the two go to and fro. */
    _Atomic(struct k_cpu *) cpu; /* where it runs, or ran, or is queued */
    atomic_uint on_cpu;    /* 1 while its context is on a CPU: cleared (release) by the context that
                              was switched to, read (acquire) by who makes it ready */
    atomic_uint affinity;  /* index, or SLIP_CPU_ANY */
    atomic_uint base;      /* own priority; written under object.lock */
    atomic_uint effective; /* written under object.lock, read by anyone */
    atomic_uint bound;     /* 1: it has bound an interrupt to an endpoint; set by the thread */
    atomic_uint killed;    /* 1: ends at its next step; set (seq_cst) before its wait is claimed,
                              read (seq_cst) after a wait was begun */
    struct k_thread *inherit_next; /* of the list of the CPU that set inherit_pending */
    uint32_t inherit_hop;
    atomic_uint inherit_pending;

    /* object.lock */
    struct k_list holds; /* k_request.hold_link */

    /* The thread itself; others while it is blocked and they own its wake. */
    struct k_wait wait;
    struct k_window window;                /* K_WAIT_RECEIVE */
    _Atomic(struct k_endpoint *) waits_at; /* K_WAIT_RECEIVE, K_WAIT_SEND: written by the thread;
                                              a hint for who repositions it under its lock */
    struct k_parcel parcel;                /* K_WAIT_SEND, K_WAIT_CALL: what it sends */
    struct k_cargo cargo;                  /* the handles of that */
    struct k_request *pending;             /* K_WAIT_SEND of a submit: what is to be queued */
    uint64_t send_badge;
    uint64_t called_into;      /* where the words of its last call went: a hint */
    uint32_t wait_least;       /* completions, or messages, that it waits for */
    struct k_request *request; /* owns: of its calls */
    slip_time_t since;         /* when it entered its state, if times are kept */
    atomic_uint state;         /* enum k_thread_state; written at each wait */
    struct k_counters counters;
};

_Static_assert(offsetof(struct k_thread, on_cpu) / 64 == offsetof(struct k_thread, killed) / 64 &&
                   offsetof(struct k_thread, state) / 64 != offsetof(struct k_thread, on_cpu) / 64,
               "a wait writes no line that the other side of a call reads of a thread");

extern const struct k_object_type k_thread_type;

#define K_THREAD(pointer) K_CONTAINER(pointer, struct k_thread, object)

struct k_thread_start {
    uint64_t entry, argument;
    uint32_t priority, cpu;
};

/* Makes a thread of a process and makes it ready. *thread is a reference for the caller.
 * ALREADY if the process is dying, NO_QUOTA. */
slip_status_t k_thread_create(struct k_cpu *cpu, struct k_process *process,
                              const struct k_thread_start *start, struct k_thread **thread);

/* The running thread ends. */
_Noreturn void k_thread_exit(struct k_cpu *cpu);

/* Called by the boot context, off the thread's own: gives back what a dead thread had. */
void k_thread_dispose(struct k_cpu *cpu, struct k_thread *thread);

/* Marks a thread to end, and gets it out of what it is blocked in. */
void k_thread_kill(struct k_cpu *cpu, struct k_thread *thread);

/* Bytes that one thread costs its process, its stack included. */
uint64_t k_thread_bytes(const struct k_kernel *kernel);

static inline enum k_thread_state k_thread_state(const struct k_thread *thread)
{
    return (enum k_thread_state)atomic_load_explicit(&thread->state, memory_order_acquire);
}

static inline uint32_t k_thread_effective(const struct k_thread *thread)
{
    return atomic_load_explicit(&thread->effective, memory_order_relaxed);
}

/* Is it to end at its next step: killed, or its process is dying? */
int k_thread_doomed(const struct k_thread *thread);

static inline uint32_t k_thread_base(const struct k_thread *thread)
{
    return atomic_load_explicit(&thread->base, memory_order_relaxed);
}

/* The running thread gives back what it kept. */
void k_thread_unkeep(struct k_thread *thread);

/* Claims only the wait of this stamp: 1 if won. */
static inline int k_wait_claim_stamp(struct k_thread *thread, uint64_t stamp)
{
    unsigned long long expected = stamp << 2 | K_WAIT_WAITING;
    return atomic_compare_exchange_strong_explicit(&thread->wait.word, &expected,
                                                   stamp << 2 | K_WAIT_CLAIMED,
                                                   memory_order_acq_rel, memory_order_relaxed);
}

/* Tries to claim whatever wait the thread is in now: 1 if won. */
static inline int k_wait_claim(struct k_thread *thread)
{
    uint64_t word = atomic_load_explicit(&thread->wait.word, memory_order_relaxed);
    return (word & 3) == K_WAIT_WAITING && k_wait_claim_stamp(thread, word >> 2);
}

/* Is the thread in a wait that nobody has ended? Without the lock of what it waits for a hint. */
static inline int k_wait_waiting(const struct k_thread *thread)
{
    return (atomic_load_explicit(&thread->wait.word, memory_order_relaxed) & 3) == K_WAIT_WAITING;
}

/* A claimed thread gets its outcome; the caller makes it ready, or hands it to k_wait_block. */
static inline void k_wait_settle(struct k_thread *thread, int32_t outcome)
{
    thread->wait.outcome = outcome;
}

/* Where to count what the code that runs on a CPU does. */
static inline struct k_counters *k_counters_now(struct k_cpu *cpu)
{
    int idle = atomic_load_explicit(&cpu->idle, memory_order_relaxed);
    return cpu->current != NULL && !idle ? &cpu->current->counters : &cpu->counters;
}

#endif
