/* Waiting: how a thread blocks, and how exactly one of those who could wake it does.
 *
 * A wait is a word: sequence << 2 | state. The thread begins it under the lock of what it waits
 * for, so nobody can miss it; whoever wants to end it (a sender, the clock, a kill) must win the
 * exchange from WAITING to CLAIMED, and then owns the wake: it fills in the outcome and makes the
 * thread ready. The sequence makes a claim of an earlier wait fail.
 *
 *   IDLE -> WAITING -> CLAIMED -> IDLE
 *
 * The thread takes itself out of queues when it runs again; those who walk a queue skip what they
 * cannot claim. A thread in a call waits for its request instead: the end of the request is the
 * only thing that wakes it.
 */
#ifndef K_WAIT_H
#define K_WAIT_H

#include <stdatomic.h>
#include <slipway/status.h>
#include "list.h"
#include "prio_list.h"
#include "timer.h"

struct k_thread;
struct k_object;
struct k_request;

enum k_wait_kind {
    K_WAIT_NONE,
    K_WAIT_CALL,    /* its request */
    K_WAIT_RECEIVE, /* an endpoint */
    K_WAIT_SEND,    /* space in an endpoint's queue */
    K_WAIT_PORT,    /* completions */
    K_WAIT_PROCESS, /* the end of a process */
    K_WAIT_PINS,    /* the end of the pins of a buffer */
    K_WAIT_SLEEP    /* its deadline */
};

enum k_wait_state { K_WAIT_IDLE = 0, K_WAIT_WAITING = 1, K_WAIT_CLAIMED = 2 };

/* Where a blocked thread may be handed its wake without a run queue: while its CPU idles on its
 * context and watches this word.
 *
 *   CLOSED -> OPEN    the CPU, before it watches
 *   OPEN -> HANDED    who has claimed the thread (release): it runs next
 *   OPEN -> CLOSED    the CPU, afterwards: wakes go through its run queue
 *   HANDED -> CLOSED  the CPU (acquire), which then has a thread to run
 */
enum k_spot { K_SPOT_CLOSED = 0, K_SPOT_OPEN = 1, K_SPOT_HANDED = 2 };

/* Outcomes besides statuses: positive, never seen by users. */
#define K_OUTCOME_AGAIN 1  /* look again: what was waited for may be there */
#define K_OUTCOME_KILLED 2 /* the thread is to end */

struct k_wait {
    /* What a receiver writes when it begins to wait, and who calls it reads, is in one line. */
    _Alignas(64) atomic_ullong word;
    struct k_prio_node place; /* lock of object: its place, where the order is by priority */
    uint64_t open; /* where a call may put its words; 0: it waits for something special */

    /* What those who end the wait write, and its CPU watches, is in another one. */
    _Alignas(64) atomic_uint spot;    /* enum k_spot, see k_sched_ready */
    int32_t outcome;                  /* whoever claimed; read after the wake */
    uint64_t out[3];                  /* likewise: registers for the thread */
    uint64_t reply_got;               /* likewise: k_got of the reply to its call */
    _Atomic(struct k_request *) call; /* a call that was handed over: written (release) by who hands
                                         it over if it was NULL; then by who wins it */
    struct k_object *kept; /* refs: the endpoint that it receives from; a call that is handed over
                              takes the reference. NULL: none */

    _Alignas(64) enum k_wait_kind kind; /* written by the thread before WAITING */
    uint32_t priority;                  /* the thread's, when the wait began: to queue with */
    struct k_object *object;            /* borrows: the thread holds a reference while it waits */
    struct k_list link;                 /* lock of object: its place among those who wait */
    struct k_prio_list *list; /* lock of object: what `place` is in, as long as it is linked */
    struct k_timer timer;
};

void k_wait_init(struct k_wait *wait);

/* The running thread begins to wait. Caller holds the lock of what it waits for, if there is one,
 * and puts it into its queue, by wait.priority, before dropping it. Should the priority change
 * before it has blocked, k_wait_block sees to it that the queue follows. */
void k_wait_begin(struct k_cpu *cpu, enum k_wait_kind kind, struct k_object *object);

/* Blocks until somebody has ended the wait; returns the outcome. No lock is held. `hand` is a
 * thread that was woken and is to run next if it can, or NULL. */
int32_t k_wait_block(struct k_cpu *cpu, slip_time_t deadline, struct k_thread *hand);

/* The rest of k_wait_block, after the fence that follows the publishing of the wait: a changed
 * priority and a kill are seen to, then others run. */
void k_wait_until_woken(struct k_cpu *cpu, struct k_thread *hand);

/* A claimed thread gets its outcome and is made ready. */
void k_wait_wake(struct k_cpu *cpu, struct k_thread *thread, int32_t outcome);

#endif
