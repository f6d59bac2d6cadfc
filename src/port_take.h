/* How completions in slots leave a port: the steps that its fast and its careful wait share. */
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

/* object.lock. How many a wait takes at once: as many as there are, if all are in slots; or 0. */
K_HOT uint32_t k_port_takes(const struct k_port *port, uint32_t least, uint32_t most)
{
    uint32_t count = port->queued < most ? port->queued : most;
    if (K_UNLIKELY(port->closed) || count < least || K_UNLIKELY(port->events != 0) ||
        K_UNLIKELY(count > K_PORT_TAKE_MAX && count != port->queued))
        return 0;
    return count;
}

/* Copies what is in `list` to the user's; 0 if the memory faults. */
K_HOT int k_port_copy(enum k_hot kind, struct k_cpu *cpu, struct k_thread *self,
                      const struct k_port *port, const struct k_list *list, uint32_t count,
                      uint64_t address)
{
    const struct k_list *link = list->next;
    for (uint32_t i = 0; i < count; i++, link = link->next) {
        const struct k_request *slot = K_SLOT(link);
        k_port_expect(slot);
        if (K_UNLIKELY(cpu->ops->copy(cpu->machine, &self->process->space,
                                      address + i * sizeof(slot->completion.content), NULL,
                                      (uintptr_t)&slot->completion.content,
                                      sizeof(slot->completion.content)) != SLIP_OK))
            return 0;
        k_hot_trace(kind, cpu, SLIP_TRACE_completion_taken, slot->item.index, port->object.id);
    }
    return 1;
}

/* The requests of the first `count` slots are over; what was posted is none. The last link. */
K_HOT struct k_list *k_port_end_requests(struct k_list *list, uint32_t count)
{
    struct k_list *link = list;
    for (uint32_t i = 0; i < count; i++) {
        link = link->next;
        if (K_SLOT(link)->completion.content.source == SLIP_SOURCE_REQUEST)
            k_request_free(K_SLOT(link));
    }
    return link;
}

/* object.lock. Takes the first `count` links off the queue, `last` of which is the last. */
K_HOT void k_port_cut(struct k_port *port, struct k_list *last, uint32_t count, struct k_list *to)
{
    if (count == port->queued) {
        k_list_init(to);
        k_list_append(to, &port->queue);
    } else {
        k_list_cut(&port->queue, last, to);
    }
    port->queued -= count;
}

/* object.lock is held, and dropped in between. Copies the first `count` completions, which
 * k_port_takes found; 0: the memory faults, and the queue is as it was, but for what came meanwhile.
 * Whom that concerns is not woken. */
int k_port_take(struct k_cpu *cpu, struct k_port *port, uint64_t address, uint32_t count);

#endif
