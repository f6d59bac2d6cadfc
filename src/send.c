/* The sending side of endpoints: send, submit, call, pass. */
#include "check.h"
#include "config.h"
#include "endpoint.h"
#include "hook.h"
#include "inherit.h"
#include "instance.h"
#include "port.h"
#include "process.h"
#include "receive.h"
#include "sched.h"
#include "user.h"

/* What the running thread wants to bring to an endpoint. */
struct shipment {
    struct k_endpoint *endpoint;
    const struct k_parcel *parcel; /* NULL: a submit that is passed on, its words are in it */
    struct k_request *request;     /* of a call or a submit; NULL for a send */
    uint32_t bytes;
    uint64_t badge;
    slip_time_t deadline;
};

static void arm(struct k_cpu *cpu, struct k_request *request)
{
    k_timer_arm(cpu, &request->timer, request->deadline,
                K_REQUEST_GENERATION(k_request_word(request)));
}

/* endpoint's lock, a request that is BUSY. Its clock runs before it can end. */
static void give(struct k_cpu *cpu, const struct shipment *s, struct k_thread *receiver)
{
    arm(cpu, s->request);
    k_endpoint_give(cpu, s->endpoint, s->request, receiver);
}

/* endpoint's lock. Gives it to a receiver that waits; WOULD_BLOCK if there was none that took it. A
 * receiver that cannot take it hears why, and the next one is tried. BAD_ADDRESS if it is the
 * sender's own memory that faults: then the receiver goes back to its wait. */
static slip_status_t give_to_receiver(struct k_cpu *cpu, const struct shipment *s,
                                      struct k_cargo *cargo, struct k_thread **receiver)
{
    struct k_thread *thread;
    while ((thread = k_endpoint_claim_receiver(s->endpoint, s->badge)) != NULL) {
        struct k_arrival arrival = {.bytes = s->bytes,
                                    .badge = s->badge,
                                    .cargo = cargo,
                                    .sender = s->parcel == NULL ? NULL : s->parcel->thread->process,
                                    .parcel = s->parcel,
                                    .words = s->parcel == NULL ? s->request->word_copy : NULL,
                                    .request = s->request};
        uint64_t address = thread->window.address;
        slip_status_t status = k_receive_prepare(cpu, thread, address, &arrival, thread->wait.out);
        if (status == SLIP_OK) {
            if (s->request != NULL)
                give(cpu, s, thread);
            else
                k_trace(cpu, SLIP_TRACE_message_handed, cpu->current->object.id, thread->object.id);
            k_receive_finish(cpu, thread, address, &arrival);
            *receiver = thread;
            return SLIP_OK;
        }
        k_wait_wake(cpu, thread, arrival.broken ? K_OUTCOME_AGAIN : (int32_t)status);
        if (arrival.broken)
            return status;
    }
    return SLIP_WOULD_BLOCK;
}

/* endpoint's lock, a free place. Queues a message of at most 64 bytes that is in user memory of
 * `parcel`'s process; its handles leave that. */
static slip_status_t queue_message(struct k_cpu *cpu, struct k_endpoint *endpoint,
                                   const struct k_parcel *parcel, struct k_cargo *cargo,
                                   uint64_t badge, uint32_t priority, uint64_t arrival)
{
    struct k_list *link = k_list_head(&endpoint->free_blocks);
    K_ASSERT(cpu->kernel, link != NULL);
    struct k_message *message = K_FREE_BLOCK(link);
    struct k_process *sender = parcel->thread->process;
    slip_status_t status =
        k_user_read(cpu, sender, parcel->address, message->content.word, parcel->bytes);
    if (status != SLIP_OK)
        return status;
    k_charge(cpu, SLIP_COST_word, (parcel->bytes + 7) / 8);
    k_list_remove(link);
    k_message_fill(message, parcel->bytes, badge);
    if (cargo->count != 0) {
        message->entry.node.kind = K_ENTRY_MESSAGE;
        message->cargo = *cargo;
        k_cargo_depart(cpu, sender, cargo);
        cargo->count = 0;
    }
    endpoint->counted++;
    k_trace(cpu, SLIP_TRACE_message_queued, message->item.index, parcel->thread->object.id);
    k_endpoint_enqueue(cpu, endpoint, &message->entry, priority, arrival);
    return SLIP_OK;
}

/* endpoint's lock, a free place, a request that is BUSY. */
static void queue_submit(struct k_cpu *cpu, struct k_endpoint *endpoint, struct k_request *request,
                         struct k_thread *sender, struct k_cargo *cargo, uint32_t priority,
                         uint64_t arrival)
{
    request->cargo = *cargo;
    k_cargo_depart(cpu, sender->process, cargo);
    cargo->count = 0;
    request->entry.node.kind = K_ENTRY_SUBMIT;
    request->depth_counted = 1;
    endpoint->counted++;
    k_object_ref(&endpoint->object);
    atomic_store_explicit(&request->endpoint, endpoint, memory_order_relaxed);
    k_trace(cpu, SLIP_TRACE_request_queued, request->item.index, sender->object.id);
    arm(cpu, request);
    /* Queued before it can end: a winner finds it in the queue, for it needs the lock to look. */
    k_endpoint_enqueue(cpu, endpoint, &request->entry, priority, arrival);
    k_request_become(request, K_REQUEST_QUEUED);
}

void k_endpoint_admit(struct k_cpu *cpu, struct k_endpoint *endpoint)
{
    struct k_prio_node *node;
    while (endpoint->counted < endpoint->depth && !endpoint->closed &&
           (node = k_prio_list_first(&endpoint->blocked)) != NULL) {
        struct k_thread *thread = K_CONTAINER(node, struct k_thread, wait.place);
        k_prio_list_remove(&endpoint->blocked, node);
        if (!k_wait_claim(thread))
            continue;
        slip_status_t status = SLIP_OK;
        if (thread->pending != NULL)
            queue_submit(cpu, endpoint, thread->pending, thread, &thread->cargo, node->priority,
                         node->arrival);
        else if (thread->parcel.bytes > SLIP_MESSAGE_BYTES_INLINE)
            status = SLIP_TOO_LONG;
        else
            status = queue_message(cpu, endpoint, &thread->parcel, &thread->cargo,
                                   thread->send_badge, node->priority, node->arrival);
        k_wait_wake(cpu, thread, status);
    }
}

/* The running thread waits among the blocked until it is let in or taken. The endpoint's lock is
 * held, and dropped. */
static slip_status_t wait_for_room(struct k_cpu *cpu, const struct shipment *s)
{
    struct k_thread *self = cpu->current;
    struct k_endpoint *endpoint = s->endpoint;
    self->parcel = *s->parcel;
    self->send_badge = s->badge;
    self->pending = s->request;
    atomic_store_explicit(&self->waits_at, endpoint, memory_order_relaxed);
    self->wait.list = &endpoint->blocked;
    k_wait_begin(cpu, K_WAIT_SEND, &endpoint->object);
    k_prio_list_insert(&endpoint->blocked, &self->wait.place,
                       k_endpoint_order(cpu, self->wait.priority), endpoint->arrivals++);
    if (s->request != NULL)
        k_trace(cpu, SLIP_TRACE_request_queued, s->request->item.index, self->object.id);
    k_port_arrival(cpu, endpoint);
    k_endpoint_wake_batcher(cpu, endpoint, NULL);
    k_lock_drop(cpu, &endpoint->object.lock);
    k_inherit_run(cpu);
    struct k_kernel *kernel = cpu->kernel;
    int32_t outcome = k_wait_block(cpu, s->deadline, NULL);
    cpu = k_cpu_now(kernel);
    k_lock_take(cpu, &endpoint->object.lock);
    k_prio_list_remove(&endpoint->blocked, &self->wait.place);
    k_lock_drop(cpu, &endpoint->object.lock);
    atomic_store_explicit(&self->waits_at, NULL, memory_order_relaxed);
    return outcome == K_OUTCOME_KILLED ? SLIP_CANCELLED : (slip_status_t)outcome;
}

/* Brings a message, or a submit, to the endpoint. The cargo is in self->cargo; what is left of it
 * afterwards stays with the sender. */
static slip_status_t ship(struct k_cpu *cpu, const struct shipment *s)
{
    struct k_thread *self = cpu->current;
    struct k_endpoint *endpoint = s->endpoint;
    struct k_thread *receiver;
    k_lock_take(cpu, &endpoint->object.lock);
    slip_status_t status =
        endpoint->closed ? SLIP_PEER_CLOSED : give_to_receiver(cpu, s, &self->cargo, &receiver);
    if (status == SLIP_OK) {
        k_wait_wake(cpu, receiver, SLIP_OK);
    } else if (status != SLIP_WOULD_BLOCK) {
        ; /* it is over */
    } else if (endpoint->counted < endpoint->depth) {
        uint32_t priority = k_thread_effective(self);
        status = SLIP_OK;
        if (s->parcel->bytes > SLIP_MESSAGE_BYTES_INLINE)
            status = SLIP_TOO_LONG;
        else if (s->request != NULL)
            queue_submit(cpu, endpoint, s->request, self, &self->cargo, priority,
                         endpoint->arrivals++);
        else
            status = queue_message(cpu, endpoint, s->parcel, &self->cargo, s->badge, priority,
                                   endpoint->arrivals++);
    } else if (s->parcel->flags & SLIP_SEND_FAIL_FULL) {
        status = SLIP_FULL;
    } else if (s->deadline != 0) {
        return wait_for_room(cpu, s);
    }
    k_lock_drop(cpu, &endpoint->object.lock);
    k_inherit_run(cpu);
    return status;
}

slip_status_t k_endpoint_send(struct k_cpu *cpu, struct k_endpoint *endpoint,
                              const struct k_parcel *parcel, uint64_t badge, slip_time_t deadline)
{
    struct k_kernel *kernel = cpu->kernel;
    struct k_thread *self = cpu->current;
    slip_status_t status = k_cargo_load(cpu, parcel, &self->cargo);
    if (status != SLIP_OK)
        return status;
    struct shipment shipment = {endpoint, parcel, NULL, parcel->bytes, badge, deadline};
    if (parcel->bytes > SLIP_MESSAGE_BYTES_INLINE && (parcel->flags & SLIP_SEND_FAIL_FULL))
        status = SLIP_TOO_LONG;
    else
        status = ship(cpu, &shipment);
    cpu = k_cpu_now(kernel);
    k_cargo_return(cpu, self->process, &self->cargo);
    return status;
}

slip_status_t k_endpoint_submit(struct k_cpu *cpu, struct k_endpoint *endpoint,
                                struct k_request *request, const struct k_parcel *parcel)
{
    struct k_kernel *kernel = cpu->kernel;
    struct k_thread *self = cpu->current;
    slip_status_t status = k_cargo_load(cpu, parcel, &self->cargo);
    if (status != SLIP_OK)
        return status;
    struct shipment shipment = {endpoint,      parcel,         request,
                                parcel->bytes, request->badge, request->deadline};
    status = ship(cpu, &shipment);
    cpu = k_cpu_now(kernel);
    k_cargo_return(cpu, self->process, &self->cargo);
    return status;
}

/* ---- call ---------------------------------------------------------------------------------- */

/* endpoint's lock. Queues the running thread's call. */
static void queue_call(struct k_cpu *cpu, struct k_endpoint *endpoint, struct k_request *request)
{
    struct k_thread *self = cpu->current;
    request->entry.node.kind = K_ENTRY_CALL;
    arm(cpu, request);
    k_object_ref(&endpoint->object);
    atomic_store_explicit(&request->endpoint, endpoint, memory_order_relaxed);
    k_trace(cpu, SLIP_TRACE_request_queued, request->item.index, self->object.id);
    k_endpoint_enqueue(cpu, endpoint, &request->entry, self->wait.priority, endpoint->arrivals++);
    k_request_become(request, K_REQUEST_QUEUED);
}

/* Of those that close a cycle at the same time exactly one is refused: they come through here one
 * by one, and who finds the cycle gone stays. */
void k_endpoint_refuse_cycle(struct k_cpu *cpu, struct k_thread *caller, uint32_t generation,
                             struct k_endpoint *endpoint)
{
    if (!k_inherit_cycle(cpu, caller, endpoint))
        return;
    k_lock_take(cpu, &cpu->kernel->cycle_lock);
    if (k_inherit_cycle(cpu, caller, endpoint))
        k_request_end(cpu, caller->request, generation, 1U << K_REQUEST_QUEUED, SLIP_DEADLOCK, 0,
                      NULL);
    k_lock_drop(cpu, &cpu->kernel->cycle_lock);
}

/* The request is set up and the cargo loaded: gives the call to a receiver or queues it, and waits
 * for its end. */
static int32_t make_call(struct k_cpu *cpu, const struct shipment *s)
{
    struct k_thread *self = cpu->current;
    struct k_endpoint *endpoint = s->endpoint;
    struct k_request *request = s->request;
    struct k_thread *receiver = NULL;
    k_lock_take(cpu, &endpoint->object.lock);
    if (endpoint->closed) {
        k_lock_drop(cpu, &endpoint->object.lock);
        return SLIP_PEER_CLOSED;
    }
    /* A receiver may answer as soon as it has the request, so the wait begins before. */
    k_wait_begin(cpu, K_WAIT_CALL, &endpoint->object);
    slip_status_t given = give_to_receiver(cpu, s, &self->cargo, &receiver);
    if (given == SLIP_OK) {
        k_wait_settle(receiver, SLIP_OK);
    } else if (given != SLIP_WOULD_BLOCK || s->deadline == 0) {
        k_sched_enter_state(cpu, self, K_THREAD_RUNNING);
        self->wait.kind = K_WAIT_NONE;
        k_lock_drop(cpu, &endpoint->object.lock);
        k_inherit_run(cpu);
        return given;
    } else {
        queue_call(cpu, endpoint, request);
    }
    k_lock_drop(cpu, &endpoint->object.lock);
    k_inherit_run(cpu);
    if (given != SLIP_OK)
        k_endpoint_refuse_cycle(cpu, self, K_REQUEST_GENERATION(k_request_word(request)), endpoint);
    return k_wait_block(cpu, SLIP_NEVER, receiver);
}

int32_t k_endpoint_call(struct k_cpu *cpu, struct k_endpoint *endpoint,
                        const struct k_parcel *parcel, uint64_t lend, uint64_t badge,
                        slip_time_t deadline, uint64_t out[3])
{
    struct k_kernel *kernel = cpu->kernel;
    struct k_thread *self = cpu->current;
    struct k_request *request = self->request;
    k_request_begin(request);
    request->badge = badge;
    request->client_flags = parcel->flags;
    request->bytes = parcel->bytes;
    request->deadline = deadline;
    self->parcel = *parcel;
    atomic_store_explicit(&request->window, parcel->address, memory_order_relaxed);
    self->wait.reply_got = 0;
    self->cargo.count = 0;
    request->status = SLIP_OK;
    request->result = 0;
    int32_t status = k_request_lend(cpu, request, self, lend, parcel->lends);
    if (status == SLIP_OK)
        status = k_cargo_load(cpu, parcel, &self->cargo);
    if (status == SLIP_OK) {
        struct shipment shipment = {endpoint,      &self->parcel, request,
                                    parcel->bytes, badge,         deadline};
        status = make_call(cpu, &shipment);
        cpu = k_cpu_now(kernel);
    }
    k_cargo_return(cpu, self->process, &self->cargo);
    k_request_drop_lends(cpu, request);
    out[0] = request->result;
    out[2] = self->wait.reply_got;
    atomic_store_explicit(&request->cancel_asked, 0, memory_order_relaxed);
    k_request_free(request);
    return status;
}

/* ---- pass ---------------------------------------------------------------------------------- */

slip_status_t k_endpoint_pass(struct k_cpu *cpu, struct k_endpoint *endpoint,
                              struct k_request *request)
{
    uint32_t priority = request->caller != NULL ? k_thread_effective(request->caller)
                                                : k_thread_effective(cpu->current);
    struct shipment shipment = {.endpoint = endpoint,
                                .parcel = request->caller != NULL ? &request->caller->parcel : NULL,
                                .request = request,
                                .bytes = request->bytes,
                                .badge = request->badge};
    struct k_thread *receiver;
    struct k_cargo cargo = {.count = 0};
    k_lock_take(cpu, &endpoint->object.lock);
    if (endpoint->closed) {
        k_lock_drop(cpu, &endpoint->object.lock);
        return SLIP_PEER_CLOSED;
    }
    slip_status_t given = give_to_receiver(cpu, &shipment, &cargo, &receiver);
    if (given == SLIP_OK) {
        k_wait_wake(cpu, receiver, SLIP_OK);
    } else if (given == SLIP_WOULD_BLOCK) {
        request->entry.node.kind = K_ENTRY_PASSED;
        arm(cpu, request);
        k_trace(cpu, SLIP_TRACE_request_queued, request->item.index, cpu->current->object.id);
        k_object_ref(&endpoint->object);
        atomic_store_explicit(&request->endpoint, endpoint, memory_order_relaxed);
        k_endpoint_enqueue(cpu, endpoint, &request->entry, priority, endpoint->arrivals++);
        k_request_become(request, K_REQUEST_QUEUED);
    }
    k_lock_drop(cpu, &endpoint->object.lock);
    k_inherit_run(cpu);
    return given == SLIP_WOULD_BLOCK ? SLIP_OK : given;
}
