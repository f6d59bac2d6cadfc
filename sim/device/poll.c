#include "sim/device/poll.h"

void sim_device_poll_init(struct sim_device_poll *poll, struct sim_device_queue *queue,
                          slip_time_t period_ns, uint32_t cpu)
{
    *poll = (struct sim_device_poll){.queue = queue, .cpu = cpu, .period_ns = period_ns};
    queue->polled = period_ns != 0;
}

static void poll_tick(struct sim_inbox_item *item, struct k_kernel *kernel, uint32_t cpu)
{
    struct sim_device_poll *poll =
        (struct sim_device_poll *)((char *)item - offsetof(struct sim_device_poll, item));
    poll->armed = 0;
    poll->told = 1;
    k_kernel_interrupt(kernel, cpu, poll->queue->line, 1);
}

static void poll_arm(struct sim_device_poll *poll, slip_time_t due)
{
    struct sim_machine *machine = poll->queue->device->machine;
    uint32_t cpu = poll->cpu < machine->cpus
                       ? poll->cpu
                       : machine->base.ops->cpu_current(machine->base.context);
    poll->due = due;
    poll->armed = 1;
    poll->item.call = poll_tick;
    machine->kind->post_at(machine, cpu, &poll->item, due);
}

static slip_time_t poll_now(const struct sim_device_poll *poll)
{
    struct sim_machine *machine = poll->queue->device->machine;
    return machine->base.ops->now(machine->base.context);
}

void sim_device_poll_begin(struct sim_device_poll *poll)
{
    if (poll->period_ns != 0 && !poll->armed && !poll->told)
        poll_arm(poll, poll_now(poll) + poll->period_ns);
}

uint32_t sim_device_poll_collect(struct sim_device_poll *poll, struct sim_device_answer *answers,
                                 uint32_t max)
{
    uint32_t count = sim_device_queue_collect(poll->queue, answers, max);
    if (count == max)
        return count;
    poll->told = 0;
    if (poll->period_ns == 0 || poll->armed || poll->queue->outstanding == 0)
        return count;
    slip_time_t missed = (poll_now(poll) - poll->due) / poll->period_ns;
    poll_arm(poll, poll->due + (missed + 1) * poll->period_ns);
    return count;
}
