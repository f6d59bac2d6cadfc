#include "port_take.h"

/* object.lock. What could not be copied is first in the queue again, unless nobody may wait for it
 * any more. */
static void put_back(struct k_port *port, struct k_list *lifted, uint32_t count)
{
    if (port->closed) {
        (void)k_port_end_requests(lifted, count);
        k_list_append(&port->free, lifted);
        return;
    }
    k_list_append(lifted, &port->queue);
    k_list_append(&port->queue, lifted);
    port->queued += count;
}

/* The lock is dropped while they are copied, so that who posts goes on meanwhile: it moves twice for a
 * batch, however long that is. */
int k_port_take(struct k_cpu *cpu, struct k_port *port, uint64_t address, uint32_t count)
{
    struct k_list lifted, *last = &port->queue;
    for (uint32_t i = 0; count != port->queued && i < count; i++)
        last = last->next;
    k_port_cut(port, last, count, &lifted);
    k_lock_drop(cpu, &port->object.lock);
    int copied = k_port_copy(K_HOT_FULL, cpu, cpu->current, port, &lifted, count, address);
    if (copied)
        (void)k_port_end_requests(&lifted, count);
    k_lock_take(cpu, &port->object.lock);
    if (copied)
        k_list_append(&port->free, &lifted);
    else
        put_back(port, &lifted, count);
    return copied;
}
