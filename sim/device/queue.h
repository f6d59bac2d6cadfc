/* The queue between one driver thread and a device, the same for every kind of device: pins on the
 * way in, answers and the line on the way out.
 *
 *   sim_device_queue_start  driver's thread: a work is taken, its memory pinned
 *   (the device works, on whatever host thread)
 *   sim_device_work_done    any host thread: the work goes into the inbox of the CPU it came from
 *   (on that CPU: the pin ends, the answer is queued, the line fires)
 *   sim_device_queue_collect  driver's thread: the answer is taken, the work is free again
 *
 * A kind of device embeds struct sim_device_work as the first member of its own struct of an
 * operation. Works are made by the chunk and kept until the queue ends, so that an operation
 * allocates nothing once as many have been outstanding before. What a killed driver leaves is
 * finished all the same; its answers are dropped with the queue.
 */
#ifndef SIM_DEVICE_QUEUE_H
#define SIM_DEVICE_QUEUE_H

#include <stdatomic.h>
#include "sim/device/device.h"

struct sim_device_work {
    struct sim_inbox_item item;
    struct sim_device_work *next;   /* in the list of free ones or of answers */
    struct sim_device_queue *queue; /* borrows: it outlives its works */
    struct k_access access;         /* if pinned */
    int pinned;
    uint32_t cpu; /* that started it */
    struct sim_device_answer answer;
};

struct sim_device_queue {
    /* immutable after init */
    struct sim_device *device;
    uint32_t line;
    size_t work_bytes;
    int polled; /* 1: an answer fires nothing, somebody else sees to it that the driver looks */
    /* the driver's thread only */
    struct sim_device_work *free;
    struct sim_device_work *waiting; /* answers taken from `answered`, oldest first */
    uint32_t outstanding;
    void *chunks; /* owns; each begins with the pointer to the next */
    /* atomic: release by the CPU that queues an answer, acquire by sim_device_queue_collect; newest
     * first */
    _Atomic(struct sim_device_work *) answered;
};

/* What no device could do is BAD_ARGUMENT; else *right is what it needs on its memory, SLIP_LEND_x,
 * or 0. */
slip_status_t sim_device_operation_check(const struct sim_device_operation *operation,
                                         uint32_t *right);

/* HOST, for sim_device_kind.create: has each queue a line? 0, or 1 and a message that begins with
 * "device `kind`". */
int sim_device_lines_check(const char *kind, uint32_t queues, uint32_t line, char *error,
                           size_t error_bytes);

/* HOST. `work_bytes` is the size of the device's own struct of an operation. */
void sim_device_queue_init(struct sim_device_queue *queue, struct sim_device *device, uint32_t line,
                           size_t work_bytes);

/* HOST, when no CPU runs and the device has no work any more. */
void sim_device_queue_fini(struct sim_device_queue *queue);

/* Inside of a simulated thread. Takes a work and pins the operation's region for `right`, or pins
 * nothing if right is 0 or the length 0. On OK sim_device_work_done must follow.
 * Errors: FULL, NO_QUOTA, BAD_ARGUMENT for a length over the region's, those of k_access_begin. */
slip_status_t sim_device_queue_start(struct sim_device_queue *queue,
                                     const struct sim_device_operation *operation, uint32_t right,
                                     struct sim_device_work **work);

/* ANY host thread. The device is done with the work, and must not touch it any more. */
void sim_device_work_done(struct sim_device_work *work, slip_status_t status, uint64_t result);

/* Inside of a simulated thread: sim_device_kind.collect. */
uint32_t sim_device_queue_collect(struct sim_device_queue *queue, struct sim_device_answer *answers,
                                  uint32_t max);

#endif
