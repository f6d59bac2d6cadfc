/* The one libuv loop of the program, on a host thread of its own.
 *
 * Whoever needs the loop takes it; the first taker starts the thread, the last drop ends it after
 * everything that is under way on it. Nobody but the loop's own thread calls libuv on it: others
 * hand it jobs, through a queue without locks and one wake-up for as many jobs as are in it.
 *
 *   take -> submit, submit ... -> drop
 *
 * A job is memory of whoever submits it, usually embedded in what it is about. It runs once, on
 * the loop's thread, in the order in which jobs were submitted; from the moment that its `call`
 * begins the loop does not touch it again.
 *
 * The thread blocks all signals, and so do libuv's workers, which it starts: signals are for those
 * who ask for them.
 */
#ifndef SIM_DEVICE_LOOP_H
#define SIM_DEVICE_LOOP_H

#include <stddef.h>
#include <uv.h>

struct sim_loop;

struct sim_loop_job {
    struct sim_loop_job *next;
    void (*call)(struct sim_loop_job *job, uv_loop_t *loop);
};

/* HOST. The loop, running. NULL and a message if it cannot be started. */
struct sim_loop *sim_loop_take(char *error, size_t error_bytes);

/* HOST, not on the loop's thread. Gives it back; the last one waits until the loop has ended, which
 * it does when nothing is under way on it any more. */
void sim_loop_drop(struct sim_loop *loop);

/* ANY host thread that knows the loop to be taken, a simulated thread for one. Never blocks. */
void sim_loop_submit(struct sim_loop *loop, struct sim_loop_job *job);

#endif
