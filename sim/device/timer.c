/* The timer device: an interrupt at a fixed period of simulated time, or once.
 *
 * A tick is an answer: its tag counts from 1, its result is when it was due. Ticks that were not
 * collected add up, and are told one by one.
 */
#include <stdio.h>
#include <stdlib.h>
#include "sim/device/queue.h"

struct timer_queue {
    struct sim_device_queue queue; /* first: its line and device */
    struct sim_inbox_item item;
    uint64_t due, told, count; /* ticks: when the next one is due, collected, come */
    uint32_t cpu;
    int begun;
};

struct timer_device {
    struct sim_device base;
    struct timer_queue *queue;
    struct sim_device_tuning tuning;
};

static void timer_arm(struct timer_queue *timer)
{
    struct sim_machine *machine = timer->queue.device->machine;
    machine->kind->post_at(machine, timer->cpu, &timer->item, timer->due);
}

static void timer_tick(struct sim_inbox_item *item, struct k_kernel *kernel, uint32_t cpu)
{
    struct timer_queue *timer =
        (struct timer_queue *)((char *)item - offsetof(struct timer_queue, item));
    const struct timer_device *device = (const struct timer_device *)timer->queue.device;
    timer->count++;
    if (device->tuning.period_ns != 0 && !k_kernel_halted(kernel)) {
        timer->due += device->tuning.period_ns;
        timer_arm(timer);
    }
    k_kernel_interrupt(kernel, cpu, timer->queue.line, 1);
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
        timer->due = machine->base.ops->now(machine->base.context) + device->tuning.first_ns;
        timer->item.call = timer_tick;
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
    const struct timer_device *device = (const struct timer_device *)queue->device;
    uint32_t count = 0;
    uint64_t last = timer->due - device->tuning.period_ns;
    for (; count < max && timer->told < timer->count; count++) {
        uint64_t before = timer->count - ++timer->told;
        answers[count] =
            (struct sim_device_answer){.tag = timer->told,
                                       .status = SLIP_OK,
                                       .result = last - before * device->tuning.period_ns};
    }
    return count;
}

static void timer_tune(struct sim_device *base, const struct sim_device_tuning *tuning)
{
    ((struct timer_device *)base)->tuning = *tuning;
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
    struct timer_device *device = calloc(1, sizeof *device);
    if (device != NULL)
        device->queue = calloc(queues + 1, sizeof *device->queue);
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
