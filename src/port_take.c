#include "port_take.h"

#include "config.h"
#include "endpoint.h"
#include "hook.h"
#include "instance.h"
#include "interrupt.h"
#include "user.h"

/* ---- slots ------------------------------------------------------------------------------------- */

/* object.lock. Was a lifted slot dropped by a cancel meanwhile? It is not any more. */
static int unmark(struct k_port *port, struct k_request *slot)
{
    int marked = atomic_load_explicit(&slot->discard, memory_order_relaxed) != 0;
    atomic_store_explicit(&slot->discard, 0, memory_order_relaxed);
    port->marked -= (uint32_t)marked;
    return marked;
}

/* object.lock. A slot that could not be copied is first in the queue again, unless nobody may have
 * what is in it any more. */
static void put_back(struct k_port *port, struct k_request *slot)
{
    int dropped = unmark(port, slot) || port->closed;
    k_list_remove(&slot->completion.link);
    if (dropped) {
        k_port_retire(port, &slot->completion);
        return;
    }
    k_list_push_head(&port->queue, &slot->completion.link);
    port->queued++;
}

/* The lock is dropped while they are copied, so that who posts goes on meanwhile: it moves twice for a
 * batch, however long that is. */
int k_port_take_slots(struct k_cpu *cpu, struct k_port *port, uint64_t address, uint32_t count)
{
    struct k_list *first = port->queue.next, *last = k_port_last(port, first, count);
    k_list_move(first, last, &port->lifted);
    port->queued -= count;
    k_lock_drop(cpu, &port->object.lock);
    int copied = k_port_copy(cpu, cpu->current, first, last, address);
    if (copied)
        k_port_end_requests(K_HOT_FULL, cpu, port, first, last);
    k_lock_take(cpu, &port->object.lock);
    struct k_list *link = last;
    for (uint32_t left = copied && port->marked == 0 ? 0 : count; left > 0; left--) {
        struct k_request *slot = K_SLOT(link);
        link = link->prev;
        if (copied)
            (void)unmark(port, slot);
        else
            put_back(port, slot);
    }
    if (copied)
        k_list_move(first, last, &port->free);
    return copied;
}

/* ---- whatever there is ------------------------------------------------------------------------- */

/* The object that a completion is part of, where that is not a slot of the port. */
static struct k_object *object_of(struct k_completion *completion)
{
    if (completion->content.source == SLIP_SOURCE_INTERRUPT)
        return &K_CONTAINER(completion, struct k_interrupt, completion)->object;
    if (completion->content.source == SLIP_SOURCE_ENDPOINT)
        return &K_CONTAINER(completion, struct k_endpoint, ready)->object;
    return NULL;
}

/* Takes completions off the queue, at most a batch, and says what the user sees of them: an endpoint
 * that is attached anew changes its own later. The slots stay in use until they are copied. */
static uint32_t take_batch(struct k_port *port, uint32_t most, struct k_completion *batch[],
                           struct slip_completion seen[])
{
    uint32_t count = 0;
    while (count < most && count < K_PORT_BATCH) {
        struct k_list *link = k_list_head(&port->queue);
        if (link == NULL)
            break;
        struct k_completion *completion = K_CONTAINER(link, struct k_completion, link);
        k_port_unqueue(port, completion);
        if (k_completion_is_slot(completion))
            k_list_push_tail(&port->lifted, link);
        if (object_of(completion) != NULL)
            k_object_ref(object_of(completion)); /* bound or attached, so it is not freed */
        seen[count] = completion->content;
        batch[count++] = completion;
    }
    return count;
}

/* No lock. What an interrupt has to say. */
static void ask(struct k_cpu *cpu, struct k_completion *from, struct slip_completion *to)
{
    uint32_t bits, count;
    if (to->source != SLIP_SOURCE_INTERRUPT)
        return;
    k_interrupt_take(cpu, K_CONTAINER(from, struct k_interrupt, completion), &to->key, &bits,
                     &count);
    to->result = bits | (uint64_t)count << 32;
}

/* object.lock. Is an endpoint attached to this port, by this mode (0: by any)? Without its lock: it may
 * come at any moment, or go; but who detaches it says so first, and takes this lock then, so whatever
 * is done with its entry is undone. */
static int is_attached(const struct k_endpoint *endpoint, const struct k_port *port, uint32_t mode)
{
    return __atomic_load_n(&endpoint->port, __ATOMIC_RELAXED) == port &&
           (mode == 0 || __atomic_load_n(&endpoint->attach_mode, __ATOMIC_RELAXED) == mode);
}

void k_port_retire(struct k_port *port, struct k_completion *completion)
{
    struct k_request *slot = K_CONTAINER(completion, struct k_request, completion);
    if (completion->content.source == SLIP_SOURCE_REQUEST) {
        k_request_free(slot);
        k_list_push_tail(&port->free, &slot->completion.link);
    } else if (completion->content.source == SLIP_SOURCE_POST) {
        k_list_push_tail(&port->free, &slot->completion.link);
    } else if (completion->content.source == SLIP_SOURCE_ENDPOINT) {
        struct k_endpoint *endpoint = K_CONTAINER(completion, struct k_endpoint, ready);
        if (is_attached(endpoint, port, SLIP_ATTACH_LEVEL) && !k_list_linked(&completion->link) &&
            !k_list_linked(&endpoint->taken_link))
            k_list_push_tail(&port->taken, &endpoint->taken_link);
    }
}

/* object.lock. A completion was copied out. */
static void finish(struct k_cpu *cpu, struct k_port *port, struct k_completion *completion)
{
    k_trace(cpu, SLIP_TRACE_completion_taken, k_port_slot_index(completion), port->object.id);
    if (k_completion_is_slot(completion)) {
        (void)unmark(port, K_CONTAINER(completion, struct k_request, completion));
        k_list_remove(&completion->link);
    }
    k_port_retire(port, completion);
}

/* object.lock. A completion that was not copied out goes back to the head of the queue, unless what
 * it is of has been detached meanwhile. An interrupt is back already. */
static void restore(struct k_port *port, struct k_completion *completion)
{
    if (k_completion_is_slot(completion)) {
        put_back(port, K_CONTAINER(completion, struct k_request, completion));
    } else if (completion->content.source == SLIP_SOURCE_ENDPOINT &&
               is_attached(K_CONTAINER(completion, struct k_endpoint, ready), port, 0) &&
               !port->closed && !k_list_linked(&completion->link)) {
        k_list_push_head(&port->queue, &completion->link);
        port->queued++;
        port->events++;
    }
}

/* object.lock is held, and dropped in between. The batch was copied out, or goes back. */
static void put_away(struct k_cpu *cpu, struct k_port *port, struct k_completion *batch[],
                     uint32_t count, int copied)
{
    struct k_object *objects[K_PORT_BATCH];
    uint32_t refs = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct k_completion *completion =
            batch[copied ? i : count - 1 - i]; /* the head comes last */
        struct k_object *object = object_of(completion);
        if (object != NULL)
            objects[refs++] = object;
        if (copied)
            finish(cpu, port, completion);
        else
            restore(port, completion);
    }
    if (refs == 0)
        return;
    k_lock_drop(cpu, &port->object.lock);
    while (refs > 0)
        k_object_unref(cpu, objects[--refs]);
    k_lock_take(cpu, &port->object.lock);
}

/* object.lock is held, and dropped in between. Copies some, of whatever they are; *taken of them. */
static slip_status_t take_turn(struct k_cpu *cpu, struct k_port *port, uint64_t address,
                               uint32_t most, uint32_t *taken)
{
    struct k_completion *batch[K_PORT_BATCH];
    struct slip_completion seen[K_PORT_BATCH];
    uint32_t count = take_batch(port, most, batch, seen);
    k_lock_drop(cpu, &port->object.lock);
    for (uint32_t i = 0; i < count; i++)
        ask(cpu, batch[i], &seen[i]);
    slip_status_t status =
        k_user_write(cpu, cpu->current->process, address, seen, count * sizeof(seen[0]));
    for (uint32_t i = 0; status != SLIP_OK && i < count; i++)
        if (seen[i].source == SLIP_SOURCE_INTERRUPT)
            k_interrupt_untake(cpu, K_CONTAINER(batch[i], struct k_interrupt, completion),
                               (uint32_t)seen[i].result, (uint32_t)(seen[i].result >> 32));
    k_lock_take(cpu, &port->object.lock);
    put_away(cpu, port, batch, count, status == SLIP_OK);
    *taken = status == SLIP_OK ? count : 0;
    return status;
}

slip_status_t k_port_take(struct k_cpu *cpu, struct k_port *port, uint64_t address, uint32_t most,
                          uint32_t *taken)
{
    slip_status_t status = SLIP_OK;
    int many = cpu->fast != 0; /* until the memory faults: how far it reaches, turns find out */
    *taken = 0;
    while (*taken < most && port->queued > 0 && status == SLIP_OK) {
        uint64_t at = address + *taken * sizeof(struct slip_completion);
        uint32_t count = many ? k_port_takes(port, 1, most - *taken) : 0;
        if (count != 0)
            many = k_port_take_slots(cpu, port, at, count);
        if (count == 0 || !many)
            status = take_turn(cpu, port, at, most - *taken, &count);
        *taken += count;
    }
    k_count(&cpu->current->counters.completions, *taken);
    return status;
}
