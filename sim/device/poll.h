/* Polled completion, in simulated time: a device that fires no line, and a driver that looks by the
 * clock.
 *
 * While operations of a queue are outstanding, a tick comes every so often on the driver's CPU and
 * wakes the driver as any interrupt of a timer would; it collects what is done by then, be that
 * nothing. The first tick is one period after the operation that found the queue empty. So a driver
 * written for interrupts runs unchanged, pays for each look, and many answers share one.
 *
 * A tick that the driver has not looked at yet is the last one: ticks go on from its next collect, at
 * the times that they would have had. So a driver that is gone keeps no run from its end, and one
 * that is late is not buried.
 */
#ifndef SIM_DEVICE_POLL_H
#define SIM_DEVICE_POLL_H

#include "sim/device/queue.h"

struct sim_device_poll {
    struct sim_inbox_item item;
    struct sim_device_queue *queue; /* borrows */
    uint32_t cpu;                   /* that gets the ticks; SLIP_CPU_ANY: the driver's */
    slip_time_t period_ns;          /* 0: not polled, and all of this does nothing */
    slip_time_t due;                /* of the last tick that was asked for */
    int armed;                      /* 1: a tick is to come */
    int told;                       /* 1: a tick came, and the driver has not looked since */
};

/* HOST, on a machine that has post_at. */
void sim_device_poll_init(struct sim_device_poll *poll, struct sim_device_queue *queue,
                          slip_time_t period_ns, uint32_t cpu);

/* The driver's thread: an operation was started. */
void sim_device_poll_begin(struct sim_device_poll *poll);

/* The driver's thread: sim_device_queue_collect. */
uint32_t sim_device_poll_collect(struct sim_device_poll *poll, struct sim_device_answer *answers,
                                 uint32_t max);

#endif
