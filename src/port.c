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
    k_list_init(&port->taken);
    port->queued = port->promised = port->events = 0;
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
    K_ASSERT(cpu->kernel, k_list_empty(&port->outstanding) && k_list_empty(&port->waiters));
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

/* For traces: the block of a completion that is in a slot of the port. */
static uint32_t slot_index(const struct k_completion *completion)
{
    if (!k_completion_is_slot(completion))
        return UINT32_MAX;
    return K_CONTAINER(completion, struct k_request, completion)->item.index;
}

void k_port_push(struct k_cpu *cpu, struct k_port *port, struct k_completion *completion)
{
    k_charge(cpu, SLIP_COST_queue, 1);
    k_line(cpu, &port->object.lock.line, SLIP_LINE_WRITE);
    k_trace(cpu, SLIP_TRACE_completion_queued, slot_index(completion), port->object.id);
    k_list_push_tail(&port->queue, &completion->link);
    port->queued++;
    port->events += !k_completion_is_slot(completion);
    k_port_wake_waiter(cpu, port);
}

static void free_slot(struct k_port *port, struct k_request *request)
{
    k_request_free(request);
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
static uint32_t take_batch(struct k_cpu *cpu, struct k_port *port, uint32_t most,
                           struct k_completion *batch[], struct slip_completion seen[])
{
    uint32_t count = 0;
    while (count < most && count < K_PORT_BATCH) {
        struct k_list *link = k_list_head(&port->queue);
        if (link == NULL)
            break;
        struct k_completion *completion = K_CONTAINER(link, struct k_completion, link);
        k_port_unqueue(port, completion);
        if (object_of(completion) != NULL)
            k_object_ref(object_of(completion)); /* bound or attached, so it is not freed */
        seen[count] = completion->content;
        batch[count++] = completion;
        k_trace(cpu, SLIP_TRACE_completion_taken, slot_index(completion), port->object.id);
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

/* object.lock. A completion that was copied out: its slot is free again. */
static void retire(struct k_port *port, struct k_completion *completion)
{
    struct k_request *slot = K_CONTAINER(completion, struct k_request, completion);
    if (completion->content.source == SLIP_SOURCE_REQUEST) {
        free_slot(port, slot);
    } else if (completion->content.source == SLIP_SOURCE_POST) {
        k_list_push_tail(&port->free, &slot->completion.link);
    } else if (completion->content.source == SLIP_SOURCE_ENDPOINT) {
        struct k_endpoint *endpoint = K_CONTAINER(completion, struct k_endpoint, ready);
        if (is_attached(endpoint, port, SLIP_ATTACH_LEVEL) && !k_list_linked(&completion->link) &&
            !k_list_linked(&endpoint->taken_link))
            k_list_push_tail(&port->taken, &endpoint->taken_link);
    }
}

/* object.lock. A completion that was not copied out goes back to the head of the queue, unless what
 * it is of has been detached meanwhile. An interrupt is back already. */
static void restore(struct k_port *port, struct k_completion *completion)
{
    int slot = k_completion_is_slot(completion);
    if (slot && port->closed) {
        retire(port, completion);
    } else if (slot || (completion->content.source == SLIP_SOURCE_ENDPOINT &&
                        is_attached(K_CONTAINER(completion, struct k_endpoint, ready), port, 0) &&
                        !port->closed && !k_list_linked(&completion->link))) {
        k_list_push_head(&port->queue, &completion->link);
        port->queued++;
        port->events += !slot;
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
            retire(port, completion);
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
    uint32_t count = take_batch(cpu, port, most, batch, seen);
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

/* object.lock is held, and dropped in between. Copies up to `most` out. */
static slip_status_t take(struct k_cpu *cpu, struct k_port *port, uint64_t address, uint32_t most,
                          uint32_t *taken)
{
    slip_status_t status = SLIP_OK;
    *taken = 0;
    while (*taken < most && port->queued > 0 && status == SLIP_OK) {
        uint64_t at = address + *taken * sizeof(struct slip_completion);
        uint32_t count = cpu->fast == 0 ? 0 : k_port_takes(port, 1, most - *taken);
        if (count == 0 || !k_port_take(cpu, port, at, count))
            status = take_turn(cpu, port, at, most - *taken, &count);
        *taken += count;
    }
    k_count(&cpu->current->counters.completions, *taken);
    return status;
}

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
            copied = take(cpu, port, address + *count * sizeof(struct slip_completion),
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
        retire(port, completion);
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
    struct k_list list;
    k_list_init(&list);
    k_lock_take(cpu, &port->object.lock);
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
        k_list_push_tail(&list, &request->completion.link);
    }
    *count = cancel_list(cpu, port, &list);
    if (flags & SLIP_CANCEL_DISCARD)
        drop_queued(port, key);
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
        retire(port, completion);
    }
    k_list_append(&list, &port->outstanding);
    cancel_list(cpu, port, &list);
    k_lock_drop(cpu, &object->lock);
}
