#include "config.h"
#include "fast.h"
#include "hot.h"
#include "port.h"
#include "user.h"

#define SLOT(pointer) K_CONTAINER(pointer, struct k_request, port_link)

/* ---- post ---------------------------------------------------------------------------------- */

/* The handle was found good. A function of its own, so that a refused call saves no registers. */
static __attribute__((noinline)) int32_t post(struct k_cpu *cpu, struct k_thread *self,
                                              const uint64_t in[6], struct k_handle_entry *entry,
                                              struct k_handle_entry *middle, uint64_t live)
{
    struct k_handle_peek handle = {.entry = entry, .middle = middle, .live = live};
    handle.object = atomic_load_explicit(&entry->object, memory_order_relaxed);
    k_handle_peek_badge(&handle);
    struct k_port *port = K_PORT(handle.object);
    k_hot_take(K_HOT_PLAIN, cpu, &port->object.lock);
    /* Of a port that is gone not even the lists may be looked at. */
    struct k_list *link =
        k_handle_still(&handle) && !port->closed ? k_list_head(&port->free) : NULL;
    if (K_UNLIKELY(link == NULL)) {
        uint64_t nothing[3]; /* that is what a post returns */
        k_hot_drop(K_HOT_PLAIN, cpu, &port->object.lock);
        return k_careful_post(cpu, self, in, nothing);
    }
    struct k_request *slot = SLOT(link);
    k_list_remove(link);
    slot->completion.key = in[1];
    slot->completion.status = (int32_t)in[2];
    slot->completion.result = in[3];
    slot->completion.badge = handle.badge;
    slot->completion.source = SLIP_SOURCE_POST;
    k_list_push_tail(&port->queue, &slot->completion.link);
    port->queued++;
    if (!k_list_empty(&port->waiters))
        k_port_wake_waiter(cpu, port);
    k_hot_drop(K_HOT_PLAIN, cpu, &port->object.lock);
    return SLIP_OK;
}

int32_t k_call_port_post(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],
                         uint64_t out[3])
{
    struct k_handle_peek handle;
    if (cpu->fast != K_HOT_PLAIN)
        return k_careful_post(cpu, self, in, out);
    slip_status_t status = k_hot_peek(self, in[0], &k_port_type, SLIP_RIGHT_POST, &handle);
    if (!K_UNLIKELY(status != SLIP_OK))
        return post(cpu, self, in, handle.entry, handle.middle, handle.live);
    return status == SLIP_BAD_HANDLE || k_handle_still(&handle)
               ? status
               : k_careful_post(cpu, self, in, out);
}

/* ---- wait ---------------------------------------------------------------------------------- */

/* object.lock. Describes up to `most` completions from the head of the queue; 0 if one of them is
 * of something that has to be asked first. */
K_HOT uint32_t describe(const struct k_port *port, uint32_t most, struct slip_completion *to)
{
    uint32_t count = 0;
    for (const struct k_list *link = port->queue.next; link != &port->queue && count < most;
         link = link->next, count++) {
        struct k_completion *from = K_CONTAINER(link, struct k_completion, link);
        if (K_UNLIKELY(!k_completion_is_slot(from)))
            return 0;
        to[count].key = from->key;
        to[count].status = from->status;
        to[count].source = from->source;
        to[count].result = from->result;
        /* Not two at once: they may have been written a moment ago, one by one, and a processor hands
         * what it has stored to a load of the same size only. */
        __asm__ volatile("" : : : "memory");
        to[count].badge = from->badge;
        to[count].request = from->source == SLIP_SOURCE_REQUEST
                                ? k_request_token(K_CONTAINER(from, struct k_request, completion))
                                : 0;
    }
    return count;
}

/* object.lock. The first `count` are with the user: their slots are free again. */
K_HOT void retire(struct k_port *port, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct k_list *link = port->queue.next;
        struct k_request *slot =
            K_CONTAINER(K_CONTAINER(link, struct k_completion, link), struct k_request, completion);
        k_list_remove(link);
        if (slot->completion.source == SLIP_SOURCE_REQUEST)
            k_request_free(slot);
        k_list_push_tail(&port->free, &slot->port_link);
    }
    port->queued -= count;
}

/* object.lock. Takes what is there, at once, if that is enough and plain; 0: nothing happened. */
K_HOT uint32_t take(struct k_cpu *cpu, struct k_thread *self, struct k_port *port,
                    const uint64_t in[6])
{
    struct slip_completion seen[K_PORT_BATCH];
    uint32_t least = (uint32_t)in[2], most = (uint32_t)(in[2] >> 32);
    int is_more = most > K_PORT_BATCH && port->queued > K_PORT_BATCH;
    if (K_UNLIKELY(port->closed) || port->queued < least || K_UNLIKELY(is_more) ||
        K_UNLIKELY(!k_list_empty(&port->taken)))
        return 0;
    uint32_t count = describe(port, most < K_PORT_BATCH ? most : K_PORT_BATCH, seen);
    /* The memory is the process's own, so writing it ends soon, or faults and changes nothing. */
    if (count < least || cpu->ops->copy(cpu->machine, &self->process->space, in[1], NULL,
                                        (uintptr_t)seen, count * sizeof(seen[0])) != SLIP_OK)
        return 0;
    retire(port, count);
    k_count(&self->counters.completions, count);
    if (!k_list_empty(&port->waiters))
        k_port_wake_waiter(cpu, port); /* what is left may be enough for another one */
    return count;
}

int32_t k_call_port_wait(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],
                         uint64_t out[3])
{
    struct k_handle_peek handle;
    uint32_t least = (uint32_t)in[2], most = (uint32_t)(in[2] >> 32);
    if (cpu->fast != K_HOT_PLAIN || least == 0 || least > most || most > SLIP_PORT_DEPTH_MAX ||
        !k_user_writable(self->process, in[1], most * (uint64_t)sizeof(struct slip_completion)))
        return k_careful_port_wait(cpu, self, in, out);
    if (K_UNLIKELY(k_hot_peek(self, in[0], &k_port_type, SLIP_RIGHT_WAIT, &handle) != SLIP_OK))
        return k_careful_port_wait(cpu, self, in, out);
    struct k_port *port = K_PORT(handle.object);
    k_hot_take(K_HOT_PLAIN, cpu, &port->object.lock);
    uint32_t count = k_handle_still(&handle) ? take(cpu, self, port, in) : 0;
    k_hot_drop(K_HOT_PLAIN, cpu, &port->object.lock);
    if (count == 0)
        return k_careful_port_wait(cpu, self, in, out);
    out[0] = count;
    return SLIP_OK;
}
