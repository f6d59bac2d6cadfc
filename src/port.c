#include "port.h"

#include "check.h"
#include "config.h"
#include "endpoint.h"
#include "hook.h"
#include "instance.h"
#include "interrupt.h"
#include "port_take.h"
#include "process.h"
#include "sched.h"
#include "user.h"

#define WAITER(pointer) K_CONTAINER(pointer, struct k_thread, wait.link)

static void close_port(struct k_cpu *cpu, struct k_object *object);
static void free_port(struct k_cpu *cpu, struct k_object *object);

const struct k_object_type k_port_type = {
    .name = "port",
    .holder_right = SLIP_RIGHT_WAIT,
    .close = close_port,
    .free = free_port,
};

static uint64_t bytes_of(struct k_kernel *kernel, uint32_t depth)
{
    return kernel->ports.item_bytes + depth * kernel->requests.item_bytes;
}

static void return_slots(struct k_cpu *cpu, struct k_port *port)
{
    for (struct k_list *link; (link = k_list_pop_head(&port->free)) != NULL;)
        k_pool_put(&cpu->kernel->requests, cpu, K_SLOT(link));
}

slip_status_t k_port_create(struct k_cpu *cpu, struct k_process *owner, uint32_t depth, int silent,
                            struct k_port **out)
{
    struct k_kernel *kernel = cpu->kernel;
    if (k_quota_charge(cpu, &owner->quota, bytes_of(kernel, depth)) != SLIP_OK)
        return SLIP_NO_QUOTA;
    struct k_port *port = k_pool_get(&kernel->ports, cpu);
    uint32_t made = 0;
    if (port != NULL) {
        k_list_init(&port->free);
        for (; made < depth; made++) {
            struct k_request *request = k_pool_get(&kernel->requests, cpu);
            if (request == NULL)
                break;
            k_request_init(request);
            k_list_push_tail(&port->free, &request->completion.link);
        }
    }
    if (port == NULL || made < depth) {
        if (port != NULL) {
            return_slots(cpu, port);
            k_pool_put(&kernel->ports, cpu, port);
        }
        k_quota_uncharge(cpu, &owner->quota, bytes_of(kernel, depth));
        return SLIP_NO_QUOTA;
    }
    port->depth = depth;
    k_list_init(&port->outstanding);
    k_list_init(&port->queue);
    k_list_init(&port->waiters);
    k_list_init(&port->lifted);
    k_list_init(&port->cancels);
    k_list_init(&port->taken);
    port->queued = port->promised = port->events = port->marked = 0;
    __atomic_store_n(&port->closed, 0, __ATOMIC_RELEASE); /* see k_hot_open */
    port->silent = silent;
    k_count(&k_counters_now(cpu)->allocations, 1 + depth);
    k_object_init(cpu, &port->object, &k_port_type, K_RANK_PORT, &owner->object);
    *out = port;
    return SLIP_OK;
}

static void free_port(struct k_cpu *cpu, struct k_object *object)
{
    struct k_port *port = K_PORT(object);
    uint64_t bytes = bytes_of(cpu->kernel, port->depth);
    K_ASSERT(cpu->kernel, k_list_empty(&port->outstanding) && k_list_empty(&port->waiters) &&
                              k_list_empty(&port->lifted) && port->marked == 0 &&
                              k_list_empty(&port->cancels));
    return_slots(cpu, port);
    k_quota_uncharge(cpu, &K_PROCESS(object->owner)->quota, bytes);
    k_pool_put(&cpu->kernel->ports, cpu, port);
}

int k_port_is_closed(struct k_cpu *cpu, struct k_port *port)
{
    k_lock_take(cpu, &port->object.lock);
    int closed = port->closed;
    k_lock_drop(cpu, &port->object.lock);
    return closed;
}

/* ---- filling; all but the entries under object.lock ---------------------------------------- */

/* Wakes the newest waiter that has enough, not counting what others who were woken came for. */
void k_port_wake_waiter(struct k_cpu *cpu, struct k_port *port)
{
    struct k_list *link = port->waiters.next;
    while (link != &port->waiters && port->queued > port->promised) {
        struct k_thread *thread = WAITER(link);
        link = link->next;
        if (thread->wait_least > port->queued - port->promised || !k_wait_claim(thread))
            continue;
        k_list_remove(&thread->wait.link);
        port->promised += thread->wait_least;
        k_wait_wake(cpu, thread, K_OUTCOME_AGAIN);
        return;
    }
}

void k_port_push(struct k_cpu *cpu, struct k_port *port, struct k_completion *completion)
{
    k_charge(cpu, SLIP_COST_queue, 1);
    k_line(cpu, &port->object.lock.line, SLIP_LINE_WRITE);
    k_trace(cpu, SLIP_TRACE_completion_queued, k_port_slot_index(completion), port->object.id);
    k_list_push_tail(&port->queue, &completion->link);
    port->queued++;
    port->events += !k_completion_is_slot(completion);
    k_port_wake_waiter(cpu, port);
}

static void free_slot(struct k_port *port, struct k_request *request)
{
    k_request_free(request);
    atomic_store_explicit(&request->discard, 0, memory_order_relaxed);
    k_list_push_tail(&port->free, &request->completion.link);
}

slip_status_t k_port_reserve(struct k_cpu *cpu, struct k_port *port, struct k_request **request)
{
    slip_status_t status = SLIP_OK;
    k_lock_take(cpu, &port->object.lock);
    struct k_list *link = k_list_head(&port->free);
    if (port->closed) {
        status = SLIP_PEER_CLOSED;
    } else if (link == NULL) {
        status = SLIP_NO_SLOT;
    } else {
        k_list_remove(link);
        k_list_push_tail(&port->outstanding, link);
        *request = K_SLOT(link);
        k_request_begin(*request);
        K_PUBLISH((*request)->caller, NULL);
        (*request)->port = port;
        k_object_ref(&port->object);
    }
    k_lock_drop(cpu, &port->object.lock);
    return status;
}

void k_port_unreserve(struct k_cpu *cpu, struct k_port *port, struct k_request *request)
{
    k_lock_take(cpu, &port->object.lock);
    k_list_remove(&request->completion.link);
    request->port = NULL;
    free_slot(port, request);
    k_lock_drop(cpu, &port->object.lock);
    k_object_unref(cpu, &port->object);
}

void k_port_complete(struct k_cpu *cpu, struct k_request *request)
{
    struct k_port *port = request->port;
    request->port = NULL;
    k_lock_take(cpu, &port->object.lock);
    k_list_remove(&request->completion.link);
    if (port->closed || port->silent ||
        atomic_load_explicit(&request->discard, memory_order_relaxed)) {
        free_slot(port, request);
    } else {
        request->completion.content =
            (struct slip_completion){.key = request->completion.content.key,
                                     .status = request->status,
                                     .source = SLIP_SOURCE_REQUEST,
                                     .result = request->result,
                                     .request = k_request_token(request)};
        k_port_push(cpu, port, &request->completion);
    }
    k_lock_drop(cpu, &port->object.lock);
    k_object_unref(cpu, &port->object);
}

slip_status_t k_port_post(struct k_cpu *cpu, struct k_port *port, uint64_t badge, uint64_t key,
                          int32_t status, uint64_t result)
{
    slip_status_t outcome = SLIP_OK;
    k_lock_take(cpu, &port->object.lock);
    struct k_list *link = k_list_head(&port->free);
    if (port->closed) {
        outcome = SLIP_PEER_CLOSED;
    } else if (link == NULL) {
        outcome = SLIP_FULL;
    } else {
        struct k_request *slot = K_SLOT(link);
        k_list_remove(link);
        slot->completion.content = (struct slip_completion){.key = key,
                                                            .status = status,
                                                            .source = SLIP_SOURCE_POST,
                                                            .result = result,
                                                            .badge = badge};
        k_port_push(cpu, port, &slot->completion);
    }
    k_lock_drop(cpu, &port->object.lock);
    return outcome;
}

int k_port_put(struct k_cpu *cpu, struct k_port *port, struct k_completion *completion)
{
    k_lock_take(cpu, &port->object.lock);
    int open = !port->closed;
    if (open && !k_list_linked(&completion->link))
        k_port_push(cpu, port, completion);
    k_lock_drop(cpu, &port->object.lock);
    return open;
}

int k_port_withdraw(struct k_cpu *cpu, struct k_port *port, struct k_completion *completion)
{
    k_lock_take(cpu, &port->object.lock);
    int was = k_list_linked(&completion->link);
    if (was)
        k_port_unqueue(port, completion);
    k_lock_drop(cpu, &port->object.lock);
    return was;
}

/* ---- waiting ------------------------------------------------------------------------------- */

/* Endpoints that are attached by level and were handed out: those that still have something are
 * queued again, at the tail. */
static void rearm(struct k_cpu *cpu, struct k_port *port)
{
    for (;;) {
        k_lock_take(cpu, &port->object.lock);
        struct k_list *link = k_list_pop_head(&port->taken);
        struct k_endpoint *endpoint =
            link == NULL ? NULL : K_CONTAINER(link, struct k_endpoint, taken_link);
        if (endpoint != NULL)
            k_object_ref(&endpoint->object); /* attached, so it is not freed */
        k_lock_drop(cpu, &port->object.lock);
        if (endpoint == NULL)
            return;
        k_lock_take(cpu, &endpoint->object.lock);
        if (endpoint->port == port && (endpoint->queue.count != 0 || endpoint->blocked.count != 0))
            k_port_arrival(cpu, endpoint);
        k_lock_drop(cpu, &endpoint->object.lock);
        k_object_unref(cpu, &endpoint->object);
    }
}

/* object.lock is held, and dropped and taken again. The outcome of the wait. */
static int32_t block(struct k_cpu **cpu, struct k_port *port, uint32_t least, slip_time_t deadline)
{
    struct k_kernel *kernel = (*cpu)->kernel;
    struct k_thread *self = (*cpu)->current;
    self->wait_least = least;
    k_list_push_head(&port->waiters, &self->wait.link);
    k_wait_begin(*cpu, K_WAIT_PORT, &port->object);
    k_lock_drop(*cpu, &port->object.lock);
    int32_t outcome = k_wait_block(*cpu, deadline, NULL);
    *cpu = k_cpu_now(kernel);
    k_lock_take(*cpu, &port->object.lock);
    k_list_remove(&self->wait.link);
    if (outcome == K_OUTCOME_AGAIN) {
        port->promised -= least;
        if (port->queued < least) /* others were faster; it may be enough for the next one */
            k_port_wake_waiter(*cpu, port);
    }
    return outcome;
}

/* object.lock is held, and dropped in between. OK when so many are there; CANCELLED if killed. */
static int32_t wait_for(struct k_cpu **cpu, struct k_port *port, uint32_t least,
                        slip_time_t deadline)
{
    int32_t outcome = K_OUTCOME_AGAIN;
    while (outcome == K_OUTCOME_AGAIN && !port->closed && port->queued < least)
        outcome = deadline == 0 ? SLIP_WOULD_BLOCK : block(cpu, port, least, deadline);
    if (outcome == K_OUTCOME_KILLED)
        return SLIP_CANCELLED;
    if (port->closed)
        return SLIP_PEER_CLOSED;
    return outcome == K_OUTCOME_AGAIN ? SLIP_OK : outcome;
}

slip_status_t k_port_wait(struct k_cpu *cpu, struct k_port *port, uint64_t address, uint32_t least,
                          uint32_t most, slip_time_t deadline, uint32_t *count)
{
    slip_status_t status = SLIP_OK;
    *count = 0;
    rearm(cpu, port);
    k_lock_take(cpu, &port->object.lock);
    /* Others may take between two turns of a large batch: then it waits for the rest. */
    while (status == SLIP_OK && *count < least) {
        int32_t outcome = wait_for(&cpu, port, least - *count, deadline);
        uint32_t taken = 0;
        slip_status_t copied = SLIP_OK;
        if (outcome != SLIP_PEER_CLOSED && outcome != SLIP_CANCELLED)
            copied = k_port_take(cpu, port, address + *count * sizeof(struct slip_completion),
                                 most - *count, &taken);
        *count += taken;
        if (copied != SLIP_OK)
            status = copied;
        else if (*count < least) /* ready wins over late */
            status = (slip_status_t)outcome;
    }
    /* What is left may be enough for another one. */
    k_port_wake_waiter(cpu, port);
    k_lock_drop(cpu, &port->object.lock);
    return status;
}

/* ---- cancel and close ---------------------------------------------------------------------- */

static void drop_queued(struct k_port *port, uint64_t key)
{
    struct k_list *link = port->queue.next;
    while (link != &port->queue) {
        struct k_completion *completion = K_CONTAINER(link, struct k_completion, link);
        link = link->next;
        if (completion->content.key != key || !k_completion_is_slot(completion))
            continue;
        k_port_unqueue(port, completion);
        k_port_retire(port, completion);
    }
}

/* object.lock. What is being copied out meanwhile is dropped if it should come back. */
static void mark_lifted(struct k_port *port, uint64_t key)
{
    for (struct k_list *link = port->lifted.next; link != &port->lifted; link = link->next) {
        struct k_request *slot = K_SLOT(link);
        if (slot->completion.content.key != key ||
            atomic_load_explicit(&slot->discard, memory_order_relaxed))
            continue;
        atomic_store_explicit(&slot->discard, 1, memory_order_relaxed);
        port->marked++;
    }
}

/* What a cancel by key has taken out of the outstanding, to end it bit by bit. */
struct hand {
    struct k_list link;  /* port->cancels */
    struct k_list slots; /* k_completion.link */
};

/* object.lock. What other cancels have in hand is dropped when it ends. */
static void mark_in_hand(struct k_port *port, uint64_t key)
{
    for (struct k_list *link = port->cancels.next; link != &port->cancels; link = link->next) {
        struct hand *hand = K_CONTAINER(link, struct hand, link);
        for (struct k_list *at = hand->slots.next; at != &hand->slots; at = at->next)
            if (K_SLOT(at)->completion.content.key == key)
                atomic_store_explicit(&K_SLOT(at)->discard, 1, memory_order_relaxed);
    }
}

void k_port_end_outstanding(struct k_cpu *cpu, struct k_request *request, uint32_t generation)
{
    uint32_t from = 1U << K_REQUEST_QUEUED | 1U << K_REQUEST_HELD;
    k_request_end(cpu, request, generation, from, SLIP_CANCELLED, 0, NULL);
}

/* object.lock. Ends what is in `list`, one by one, with the lock dropped; each goes back to the
 * outstanding first. How many were ended or told. */
static uint32_t cancel_list(struct k_cpu *cpu, struct k_port *port, struct k_list *list)
{
    uint32_t count = 0;
    for (struct k_list *link; (link = k_list_pop_head(list)) != NULL;) {
        struct k_request *request = K_SLOT(link);
        uint32_t generation = K_REQUEST_GENERATION(k_request_word(request));
        int closed = port->closed;
        k_list_push_tail(&port->outstanding, link);
        k_lock_drop(cpu, &port->object.lock);
        if (closed) /* nobody is left to wait for a server that may answer */
            k_port_end_outstanding(cpu, request, generation);
        else if (k_request_cancel(cpu, request, generation) == SLIP_OK)
            count++;
        k_lock_take(cpu, &port->object.lock);
    }
    return count;
}

slip_status_t k_port_cancel(struct k_cpu *cpu, struct k_port *port, uint64_t key, uint32_t flags,
                            uint32_t *count)
{
    struct hand hand;
    k_list_init(&hand.slots);
    k_lock_take(cpu, &port->object.lock);
    if (flags & SLIP_CANCEL_DISCARD)
        mark_in_hand(port, key);
    k_list_push_tail(&port->cancels, &hand.link);
    struct k_list *link = port->outstanding.next;
    while (link != &port->outstanding) {
        struct k_request *request = K_SLOT(link);
        link = link->next;
        /* One that is being made has no key yet, and is not outstanding for its submitter. */
        if (K_REQUEST_STATE(k_request_word(request)) == K_REQUEST_BUSY ||
            request->completion.content.key != key)
            continue;
        if (flags & SLIP_CANCEL_DISCARD)
            atomic_store_explicit(&request->discard, 1, memory_order_relaxed);
        k_list_remove(&request->completion.link);
        k_list_push_tail(&hand.slots, &request->completion.link);
    }
    *count = cancel_list(cpu, port, &hand.slots);
    k_list_remove(&hand.link);
    if (flags & SLIP_CANCEL_DISCARD) {
        drop_queued(port, key);
        mark_lifted(port, key);
    }
    k_lock_drop(cpu, &port->object.lock);
    return SLIP_OK;
}

static void close_port(struct k_cpu *cpu, struct k_object *object)
{
    struct k_port *port = K_PORT(object);
    struct k_list list;
    k_list_init(&list);
    k_lock_take(cpu, &object->lock);
    port->closed = 1;
    for (struct k_list *link; (link = k_list_pop_head(&port->waiters)) != NULL;)
        if (k_wait_claim(WAITER(link)))
            k_wait_wake(cpu, WAITER(link), SLIP_PEER_CLOSED);
    for (struct k_list *link; (link = k_list_head(&port->queue)) != NULL;) {
        struct k_completion *completion = K_CONTAINER(link, struct k_completion, link);
        k_port_unqueue(port, completion);
        k_port_retire(port, completion);
    }
    k_list_append(&list, &port->outstanding);
    cancel_list(cpu, port, &list);
    k_lock_drop(cpu, &object->lock);
}
