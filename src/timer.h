/* Deadlines, per CPU.
 *
 * A timer is armed on the CPU that runs, and may be disarmed from any. Firing is a hint with a
 * proof: the timer hands over the stamp that it was armed with, and what it belongs to acts only if
 * it is still in the state that the stamp names. So a timer that was taken out of the tree a moment
 * before it was disarmed does no harm.
 */
#ifndef K_TIMER_H
#define K_TIMER_H

#include "alarm.h"
#include "lock.h"

void k_timer_init(struct k_timer *timer, enum k_timer_kind kind);

/* `deadline` SLIP_NEVER arms nothing. */
void k_timer_arm(struct k_cpu *cpu, struct k_timer *timer, slip_time_t deadline, uint64_t stamp);
void k_timer_disarm(struct k_cpu *cpu, struct k_timer *timer);

/* Was it armed and not disarmed since? Whoever may arm or disarm it. */
static inline int k_timer_armed(const struct k_timer *timer)
{
    return timer->cpu != NULL;
}

/* Fires all that is due on this CPU, and arms the machine for the rest. */
void k_timer_run(struct k_cpu *cpu);

#endif
