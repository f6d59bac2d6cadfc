#include "config.h"
#include "fast.h"
#include "hot.h"
#include "port_take.h"
#include "user.h"

/* Completions that are copied under the lock, since giving it up and taking it again costs more. */
#define FEW 4U

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
    struct k_list *link = k_hot_open(&handle, &port->closed) ? k_list_head(&port->free) : NULL;
    if (K_UNLIKELY(link == NULL)) {
        uint64_t nothing[3]; /* that is what a post returns */
        k_hot_drop(K_HOT_PLAIN, cpu, &port->object.lock);
        return k_careful_post(cpu, self, in, nothing);
    }
    struct k_request *slot = K_SLOT(link);
    k_port_expect(slot);
    k_list_move(link, link, &port->queue);
    slot->completion.content = (struct slip_completion){.key = in[1],
                                                        .status = (int32_t)in[2],
                                                        .source = SLIP_SOURCE_POST,
                                                        .result = in[3],
                                                        .badge = handle.badge};
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

/* object.lock. */
K_HOT int take_under_lock(struct k_cpu *cpu, struct k_thread *self, struct k_port *port,
                          uint64_t address, uint32_t count)
{
    struct k_list *first = port->queue.next, *last = k_port_last(port, first, count);
    if (!k_port_copy(cpu, self, first, last, address))
        return 0;
    k_port_end_requests(K_HOT_PLAIN, cpu, port, first, last);
    k_list_move(first, last, &port->free);
    port->queued -= count;
    return 1;
}

static __attribute__((noinline)) int take_few(struct k_cpu *cpu, struct k_thread *self,
                                              struct k_port *port, uint64_t address, uint32_t count)
{
    return take_under_lock(cpu, self, port, address, count);
}

/* object.lock, which it drops. */
static __attribute__((noinline)) int take_many(struct k_cpu *cpu, struct k_port *port,
                                               uint64_t address, uint32_t count)
{
    k_object_ref(&port->object); /* its handle may be closed while the lock is dropped */
    int taken = k_port_take_slots(cpu, port, address, count);
    /* What is left, or is back, may be enough for another one, whatever becomes of this wait. */
    if (!k_list_empty(&port->waiters))
        k_port_wake_waiter(cpu, port);
    k_hot_drop(K_HOT_PLAIN, cpu, &port->object.lock);
    k_object_unref(cpu, &port->object);
    return taken;
}

int32_t k_call_port_wait(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],
                         uint64_t out[3])
{
    struct k_handle_peek handle;
    uint32_t least = (uint32_t)in[2], most = (uint32_t)(in[2] >> 32), count = 0;
    if (cpu->fast != K_HOT_PLAIN || least - 1 >= most || most > SLIP_PORT_DEPTH_MAX ||
        !k_user_writable(self->process, in[1], most * (uint64_t)sizeof(struct slip_completion)))
        return k_careful_port_wait(cpu, self, in, out);
    if (K_UNLIKELY(k_hot_peek(self, in[0], &k_port_type, SLIP_RIGHT_WAIT, &handle) != SLIP_OK))
        return k_careful_port_wait(cpu, self, in, out);
    struct k_port *port = K_PORT(handle.object);
    k_hot_take(K_HOT_PLAIN, cpu, &port->object.lock);
    int plain = k_handle_still(&handle) && k_list_empty(&port->taken);
    if (plain)
        count = k_port_takes(port, least, most);
    if (count > FEW) {
        if (!take_many(cpu, port, in[1], count))
            return k_careful_port_wait(cpu, self, in, out);
    } else if (count == 0) {
        int empty = plain && port->queued == 0 && !port->closed;
        k_hot_drop(K_HOT_PLAIN, cpu, &port->object.lock);
        return empty && in[3] == 0 ? SLIP_WOULD_BLOCK : k_careful_port_wait(cpu, self, in, out);
    } else {
        int taken = count == 1 ? take_under_lock(cpu, self, port, in[1], 1)
                               : take_few(cpu, self, port, in[1], count);
        /* Whom the rest is enough for was woken when that came; and a failed copy touched nothing. */
        k_hot_drop(K_HOT_PLAIN, cpu, &port->object.lock);
        if (!taken)
            return k_careful_port_wait(cpu, self, in, out);
    }
    k_count(&self->counters.completions, count);
    out[0] = count;
    return SLIP_OK;
}
