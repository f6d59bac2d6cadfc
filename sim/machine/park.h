/* A place where one host thread waits until another one releases it.
 *
 *   EMPTY -> ASLEEP -> GO or LEAVE -> EMPTY
 *     \________________^
 *
 * A release costs a wake only if the other one is asleep already, and a wait costs a sleep only if
 * the release has not come yet: one of each for a hop between two threads, never more.
 */
#ifndef SIM_MACHINE_PARK_H
#define SIM_MACHINE_PARK_H

#include <stdatomic.h>
#include <stdint.h>

enum sim_park_state { SIM_PARK_EMPTY, SIM_PARK_ASLEEP, SIM_PARK_GO, SIM_PARK_LEAVE };

struct sim_park {
    atomic_uint word; /* enum sim_park_state; release by the one, acquire by the other */
};

void sim_park_init(struct sim_park *park);

/* Waits; GO or LEAVE. Looks for up to `spin_ns` before it sleeps: worth it only where the one that
 * releases runs on another CPU of the host. */
enum sim_park_state sim_park_wait(struct sim_park *park, uint32_t spin_ns);

/* Releases the one that waits, or is about to. LEAVE stays, whatever was there. */
void sim_park_release(struct sim_park *park, enum sim_park_state state);

#endif
