/* The timer device: an interrupt at a fixed period of simulated time, or once.
 *
 * A tick is an answer: its tag counts from 1, its result is when it was due. Ticks that were not
 * collected add up, and are told one by one; meanwhile no more of them are asked of the machine, so
 * that a driver that is gone, or never looks, does not keep a run from its end.
 */
#include <stdio.h>
#include <stdlib.h>
#include "sim/device/queue.h"

struct timer_queue {
    struct sim_device_queue queue; /* first: its line and device */
    struct sim_inbox_item item;
    slip_time_t first; /* when the first tick is due */
    uint64_t told;     /* ticks collected */
    uint32_t cpu;      /* that gets the interrupts */
    int begun;
    int armed; /* 1: a tick is to come */
};

struct timer_device {
    struct sim_device base;
    struct timer_queue *queue;
    struct sim_device_tuning tuning;
};

static const struct sim_device_tuning *timer_tuning(const struct timer_queue *timer)
{
    return &((const struct timer_device *)timer->queue.device)->tuning;
}

/* When the first tick is due that was not collected; SLIP_NEVER if none is left. */
static slip_time_t timer_due(const struct timer_queue *timer)
{
    slip_time_t period = timer_tuning(timer)->period_ns;
    if (timer->told == 0)
        return timer->first;
    return period == 0 ? SLIP_NEVER : timer->first + timer->told * period;
}

static void timer_tick(struct sim_inbox_item *item, struct k_kernel *kernel, uint32_t cpu)
{
    struct timer_queue *timer =
        (struct timer_queue *)((char *)item - offsetof(struct timer_queue, item));
    timer->armed = 0;
    k_kernel_interrupt(kernel, cpu, timer->queue.line, 1);
}

static void timer_arm(struct timer_queue *timer)
{
    struct sim_machine *machine = timer->queue.device->machine;
    slip_time_t due = timer_due(timer);
    if (timer->armed || due == SLIP_NEVER)
        return;
    timer->armed = 1;
    timer->item.call = timer_tick;
    machine->kind->post_at(machine, timer->cpu, &timer->item, due);
}

/* It begins when its driver is there. */
static struct sim_device_queue *timer_queue(struct sim_device *base, uint32_t index)
{
    struct timer_device *device = (struct timer_device *)base;
    if (index >= base->queues)
        return NULL;
    struct timer_queue *timer = &device->queue[index];
    struct sim_machine *machine = base->machine;
    if (!timer->begun) {
        timer->begun = 1;
        uint32_t cpu = device->tuning.interrupt_cpu;
        timer->cpu =
            cpu < machine->cpus ? cpu : machine->base.ops->cpu_current(machine->base.context);
        timer->first = machine->base.ops->now(machine->base.context) + device->tuning.first_ns;
        timer_arm(timer);
    }
    return &timer->queue;
}

static slip_status_t timer_submit(struct sim_device_queue *queue,
                                  const struct sim_device_operation *operation)
{
    (void)queue;
    (void)operation;
    return SLIP_BAD_OPERATION; /* there is nothing to ask it for */
}

static uint32_t timer_collect(struct sim_device_queue *queue, struct sim_device_answer *answers,
                              uint32_t max)
{
    struct timer_queue *timer = (struct timer_queue *)queue;
    struct sim_machine *machine = queue->device->machine;
    slip_time_t now = machine->base.ops->now(machine->base.context);
    uint32_t count = 0;
    for (slip_time_t due; count < max && (due = timer_due(timer)) <= now; count++)
        answers[count] =
            (struct sim_device_answer){.tag = ++timer->told, .status = SLIP_OK, .result = due};
    if (count < max)
        timer_arm(timer);
    return count;
}

static int timer_tune(struct sim_device *base, const struct sim_device_tuning *tuning)
{
    ((struct timer_device *)base)->tuning = *tuning;
    return 0;
}

static void timer_destroy(struct sim_device *base)
{
    struct timer_device *device = (struct timer_device *)base;
    free(device->queue);
    free(device);
}

static struct sim_device *timer_create(struct sim_machine *machine, const char *root,
                                       uint32_t queues, uint32_t line, char *error,
                                       size_t error_bytes)
{
    (void)root;
    if (machine->kind->post_at == NULL) {
        snprintf(error, error_bytes,
                 "device timer: its time is simulated, and that of machine %s is not; accepted "
                 "there: sleep_until in a body, or machine model",
                 machine->kind->name);
        return NULL;
    }
    if (sim_device_lines_check("timer", queues, line, error, error_bytes) != 0)
        return NULL;
    struct timer_device *device = calloc(1, sizeof *device);
    if (device != NULL)
        device->queue = calloc(queues, sizeof *device->queue);
    if (device == NULL || device->queue == NULL) {
        free(device);
        snprintf(error, error_bytes, "device timer: no memory");
        return NULL;
    }
    device->base = (struct sim_device){
        .kind = &sim_device_timer, .machine = machine, .line = line, .queues = queues};
    device->tuning = (struct sim_device_tuning){
        .period_ns = 1000000, .first_ns = 1000000, .interrupt_cpu = SLIP_CPU_ANY};
    for (uint32_t i = 0; i < queues; i++) {
        device->queue[i].queue.device = &device->base;
        device->queue[i].queue.line = line + i;
    }
    return &device->base;
}

const struct sim_device_kind sim_device_timer = {
    .name = "timer",
    .about = "an interrupt at a fixed period of simulated time, or once",
    .simulated = 1,
    .create = timer_create,
    .tune = timer_tune,
    .destroy = timer_destroy,
    .queue = timer_queue,
    .submit = timer_submit,
    .collect = timer_collect,
};
