/* Activities: which operation of a client the running thread works for.
 *
 * On a machine that bills time (model), an operation that a client begins is an activity; it
 * travels by itself through messages, requests, completions and replies, and every nanosecond
 * between its begin and its end goes to one name. Who keeps an operation in its own memory while it
 * does other things (a device's queue, a table of requests that are answered later) notes the
 * activity and resumes it. On other machines all of this does nothing.
 *
 * All functions: inside of a simulated thread; they take no simulated time and make no system call.
 */
#ifndef SIM_ACTIVITY_H
#define SIM_ACTIVITY_H

#include <stdint.h>

/* The calling thread begins an operation; returns its activity, 0 on machines that do not bill. */
uint64_t sim_activity_begin(void);

/* The operation was to begin so many nanoseconds earlier, and waited for its turn: in the bill that is
 * queueing. */
void sim_activity_late(uint64_t activity, uint64_t ns);

/* The operation is over, by whoever began it. measured: its bill counts in the result. */
void sim_activity_end(uint64_t activity, int measured);

/* What the calling thread works for now; 0: nothing. */
uint64_t sim_activity_now(void);

/* From here on the calling thread works for `activity`; 0: for nobody. */
void sim_activity_resume(uint64_t activity);

/* An activity that nobody works for now is with a device from here on, until it is resumed. */
void sim_activity_device(uint64_t activity);

#endif
