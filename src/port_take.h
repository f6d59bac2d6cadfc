/* How completions leave a port: the steps that its fast and its careful wait share. */
#ifndef K_PORT_TAKE_H
#define K_PORT_TAKE_H

#include "hot.h"
#include "port.h"

#define K_SLOT(pointer) K_CONTAINER(pointer, struct k_request, completion.link)

/* Completions that are taken from a longer queue at once: so many links are walked under the lock. */
#define K_PORT_TAKE_MAX 256U

/* The slot that is used so many places after this one will be written soon: a hint. */
#define K_PORT_AHEAD 8
K_HOT void k_port_expect(const struct k_request *slot)
{
    k_hot_expect(&slot[K_PORT_AHEAD].completion);
}

/* For traces: the block of a completion that is in a slot of the port. */
static inline uint32_t k_port_slot_index(const struct k_completion *completion)
{
    if (!k_completion_is_slot(completion))
        return UINT32_MAX;
    return K_CONTAINER(completion, struct k_request, completion)->item.index;
}

/* object.lock. How many of the queue may be taken at once, if all of it is in slots: as many as there
 * are, at most `most`. 0: fewer than `least`; or so many of a longer queue that to find the last of
 * them would take too long under the lock; or not all are in slots, or the port is closed. */
K_HOT uint32_t k_port_takes(const struct k_port *port, uint32_t least, uint32_t most)
{
    uint32_t count = port->queued < most ? port->queued : most;
    if (K_UNLIKELY(port->closed) || count < least || K_UNLIKELY(port->events != 0) ||
        K_UNLIKELY(count > K_PORT_TAKE_MAX && count != port->queued))
        return 0;
    return count;
}

/* The last of `count` slots from `first` on. */
K_HOT struct k_list *k_port_last(const struct k_port *port, struct k_list *first, uint32_t count)
{
    struct k_list *last = first;
    if (count > 1 && count == port->queued)
        return port->queue.prev;
    while (--count > 0)
        last = last->next;
    return last;
}

/* Copies what is in the slots from `first` to `last` to the user's; 0 if the memory faults. */
K_HOT int k_port_copy(struct k_cpu *cpu, struct k_thread *self, const struct k_list *first,
                      const struct k_list *last, uint64_t address)
{
    for (const struct k_list *link = first;; link = link->next) {
        const struct k_request *slot = K_SLOT(link);
        k_port_expect(slot);
        if (K_UNLIKELY(cpu->ops->copy(cpu->machine, &self->process->space, address, NULL,
                                      (uintptr_t)&slot->completion.content,
                                      sizeof(slot->completion.content)) != SLIP_OK))
            return 0;
        if (link == last)
            return 1;
        address += sizeof(slot->completion.content);
    }
}

/* The requests of these slots are over, and taken; what was posted is none. */
K_HOT void k_port_end_requests(enum k_hot kind, struct k_cpu *cpu, const struct k_port *port,
                               struct k_list *first, const struct k_list *last)
{
    for (struct k_list *link = first;; link = link->next) {
        struct k_request *slot = K_SLOT(link);
        k_hot_trace(kind, cpu, SLIP_TRACE_completion_taken, slot->item.index, port->object.id);
        if (slot->completion.content.source == SLIP_SOURCE_REQUEST)
            k_request_free(slot);
        if (link == last)
            return;
    }
}

/* object.lock is held, and dropped in between. Copies the first `count` completions, which k_port_takes
 * found; 0: the memory faults, and they are first in the queue again, but for those that are not to be
 * had any more. In either case others who wait may have to be woken. */
int k_port_take_slots(struct k_cpu *cpu, struct k_port *port, uint64_t address, uint32_t count);

/* The same for up to `most` of whatever there is; *taken were copied. OK, or BAD_ADDRESS. */
slip_status_t k_port_take(struct k_cpu *cpu, struct k_port *port, uint64_t address, uint32_t most,
                          uint32_t *taken);

/* object.lock. A completion that is in no queue any more: its slot is free again. */
void k_port_retire(struct k_port *port, struct k_completion *completion);

#endif
