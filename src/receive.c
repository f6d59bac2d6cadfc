#include "receive.h"

#include "check.h"
#include "hot.h"
#include "inherit.h"
#include "instance.h"
#include "interrupt.h"
#include "process.h"
#include "sched.h"
#include "user.h"

#define AREA(field) offsetof(struct slip_message_area, field)

/* What a look into the queue found. */
enum found {
    FOUND_NOTHING,
    FOUND_TAKEN,  /* out is filled */
    FOUND_FAILED, /* the status says why it stays */
    FOUND_PULSE,  /* an interrupt is to be asked, without locks */
    FOUND_BROKEN, /* a call whose own memory faults: it is to be ended, without locks */
    FOUND_OTHER,  /* something that a batch has no room for */
    FOUND_CHANGED /* what was to be taken went meanwhile, and the lists changed: look anew */
};

struct look {
    struct k_endpoint *endpoint;
    const struct k_window *window;
    uint64_t *out;
    slip_status_t status;
    struct k_interrupt *interrupt; /* refs */
    struct k_request *broken;
    uint32_t generation; /* of `broken` */
};

/* ---- one delivery -------------------------------------------------------------------------- */

static slip_status_t write_lent(struct k_cpu *cpu, struct k_thread *to, uint64_t address,
                                const struct k_request *request)
{
    uint64_t lent[SLIP_MESSAGE_LENDS][2];
    for (uint32_t i = 0; i < request->lends; i++) {
        lent[i][0] = request->lend[i].length;
        lent[i][1] = request->lend[i].right;
    }
    return k_user_write(cpu, to->process, address + AREA(lent), lent,
                        request->lends * sizeof(lent[0]));
}

static slip_status_t copy_words(struct k_cpu *cpu, struct k_thread *to, uint64_t address,
                                uint64_t data, struct k_arrival *arrival)
{
    if (arrival->words == NULL) {
        slip_status_t status = k_parcel_copy(cpu, arrival->parcel, to, address, data);
        arrival->broken = status != SLIP_OK && k_parcel_faults(cpu, arrival->parcel);
        return status;
    }
    k_charge(cpu, SLIP_COST_word, (arrival->bytes + 7) / 8);
    k_count(&k_counters_now(cpu)->copied_bytes, arrival->bytes);
    return k_user_write(cpu, to->process, address, arrival->words, arrival->bytes);
}

slip_status_t k_receive_prepare(struct k_cpu *cpu, struct k_thread *to, uint64_t address,
                                struct k_arrival *arrival, uint64_t out[3])
{
    uint64_t data;
    out[0] = out[1] = 0;
    out[2] = k_got(arrival->bytes, arrival->cargo->count, 0, 0);
    slip_status_t status =
        k_window_open(cpu, to, address, arrival->bytes, arrival->cargo->count, &data);
    if (status != SLIP_OK)
        return status;
    arrival->reserved = arrival->cargo->count;
    status = copy_words(cpu, to, address, data, arrival);
    const struct k_request *request = arrival->request;
    if (status == SLIP_OK && request != NULL && request->lends != 0)
        status = write_lent(cpu, to, address, request);
    if (status != SLIP_OK) {
        k_receive_abandon(cpu, to, arrival);
        return status;
    }
    uint32_t flags = 0;
    if (request != NULL)
        flags = request->caller != NULL ? SLIP_GOT_CALL : SLIP_GOT_SUBMIT;
    out[0] = arrival->badge;
    out[1] = request == NULL ? 0 : k_request_token(request);
    out[2] =
        k_got(arrival->bytes, arrival->cargo->count, request == NULL ? 0 : request->lends, flags);
    return SLIP_OK;
}

void k_receive_abandon(struct k_cpu *cpu, struct k_thread *to, struct k_arrival *arrival)
{
    if (arrival->reserved != 0)
        k_handle_unreserve(cpu, &to->process->handles, arrival->reserved);
    arrival->reserved = 0;
}

void k_receive_finish(struct k_cpu *cpu, struct k_thread *to, uint64_t address,
                      struct k_arrival *arrival)
{
    uint32_t handles = arrival->cargo->count;
    if (handles != 0) {
        slip_handle_t handle[SLIP_MESSAGE_HANDLES];
        if (arrival->sender != NULL)
            k_cargo_depart(cpu, arrival->sender, arrival->cargo);
        k_cargo_unload(cpu, to->process, arrival->cargo, handle);
        /* The area took the words a moment ago; should it fault now, the handles are in the table
         * all the same, and go with the process. */
        (void)k_user_write(cpu, to->process, address + AREA(handle), handle,
                           handles * sizeof(handle[0]));
    }
    if (arrival->request == NULL)
        k_count(&to->counters.messages, 1);
}

/* ---- looking into the queue; the endpoint's lock is held ----------------------------------- */

static int wanted(const struct k_window *window, uint64_t badge)
{
    return window->kind == K_FROM_ANY || window->kind == K_FROM_ANY_WORDS ||
           (window->kind == K_FROM_BADGE && window->from == badge);
}

static enum found take_message(struct k_cpu *cpu, struct look *look, struct k_message *message)
{
    struct k_endpoint *endpoint = look->endpoint;
    struct k_thread *self = cpu->current;
    struct k_arrival arrival = {.bytes = message->content.bytes,
                                .badge = message->content.badge,
                                .cargo = &message->cargo,
                                .words = message->content.word};
    look->status = k_receive_prepare(cpu, self, look->window->address, &arrival, look->out);
    if (look->status != SLIP_OK)
        return FOUND_FAILED;
    k_receive_finish(cpu, self, look->window->address, &arrival);
    k_trace(cpu, SLIP_TRACE_message_taken, message->item.index, self->object.id);
    k_prio_list_remove(&endpoint->queue, &message->entry.node);
    endpoint->words -= message->entry.node.kind == K_ENTRY_WORDS;
    k_list_push_tail(&endpoint->free_blocks, &message->entry.node.node);
    endpoint->counted--;
    k_endpoint_admit(cpu, endpoint);
    return FOUND_TAKEN;
}

static enum found take_request(struct k_cpu *cpu, struct look *look, struct k_request *request)
{
    struct k_endpoint *endpoint = look->endpoint;
    struct k_thread *self = cpu->current;
    struct k_thread *caller = request->caller;
    int passed = request->entry.node.kind == K_ENTRY_PASSED;
    struct k_cargo none = {.count = 0};
    struct k_arrival arrival = {.bytes = request->bytes,
                                .badge = request->badge,
                                .cargo = passed           ? &none
                                         : caller != NULL ? &caller->cargo
                                                          : &request->cargo,
                                .sender = caller != NULL ? caller->process : NULL,
                                .parcel = caller != NULL ? &caller->parcel : NULL,
                                .words = caller != NULL ? NULL : request->word_copy,
                                .request = request};
    look->status = k_receive_prepare(cpu, self, look->window->address, &arrival, look->out);
    look->broken = request;
    look->generation = K_REQUEST_GENERATION(k_request_word(request));
    if (look->status != SLIP_OK)
        return arrival.broken ? FOUND_BROKEN : FOUND_FAILED;
    k_endpoint_unqueue(cpu, endpoint, request);
    /* What a submit brought is taken out of it while it is queued: a winner of a queued request
     * waits for this lock before it looks, and one of a held request finds none. */
    struct k_cargo brought = *arrival.cargo;
    int submitted = caller == NULL;
    if (submitted) {
        request->cargo.count = 0;
        arrival.cargo = &brought;
    }
    if (!k_endpoint_give(cpu, endpoint, request, self)) {
        if (submitted)
            request->cargo = brought;
        /* Somebody ended it; it is out of the queue, which is all that the winner wants. */
        k_receive_abandon(cpu, self, &arrival);
        k_endpoint_admit(cpu, endpoint);
        return FOUND_CHANGED;
    }
    k_receive_finish(cpu, self, look->window->address, &arrival);
    k_endpoint_admit(cpu, endpoint);
    return FOUND_TAKEN;
}

static enum found take_blocked(struct k_cpu *cpu, struct look *look, struct k_thread *sender)
{
    struct k_endpoint *endpoint = look->endpoint;
    struct k_thread *self = cpu->current;
    struct k_request *request = sender->pending;
    struct k_arrival arrival = {.bytes = sender->parcel.bytes,
                                .badge = sender->send_badge,
                                .cargo = &sender->cargo,
                                .sender = sender->process,
                                .parcel = &sender->parcel,
                                .request = request};
    look->status = k_receive_prepare(cpu, self, look->window->address, &arrival, look->out);
    if (look->status != SLIP_OK && !arrival.broken)
        return FOUND_FAILED;
    k_prio_list_remove(&endpoint->blocked, &sender->wait.place);
    if (arrival.broken) {
        if (k_wait_claim(sender))
            k_wait_wake(cpu, sender, look->status);
        return FOUND_CHANGED;
    }
    if (!k_wait_claim(sender)) {
        k_receive_abandon(cpu, self, &arrival);
        return FOUND_CHANGED;
    }
    if (request != NULL) {
        k_timer_arm(cpu, &request->timer, request->deadline,
                    K_REQUEST_GENERATION(k_request_word(request)));
        k_endpoint_give(cpu, endpoint, request, self);
    }
    k_receive_finish(cpu, self, look->window->address, &arrival);
    if (request == NULL)
        k_trace(cpu, SLIP_TRACE_message_handed, sender->object.id, self->object.id);
    k_wait_wake(cpu, sender, SLIP_OK);
    return FOUND_TAKEN;
}

static enum found take_news(struct k_cpu *cpu, struct look *look, struct k_request *request)
{
    struct k_thread *self = cpu->current;
    uint64_t word = (uint64_t)(int64_t)SLIP_CANCELLED;
    look->status = k_user_write(cpu, self->process, look->window->address, &word, sizeof(word));
    if (look->status != SLIP_OK)
        return FOUND_FAILED;
    k_prio_list_remove(&look->endpoint->queue, &request->entry.node);
    look->out[0] = 0;
    look->out[1] = k_request_token(request);
    look->out[2] = k_got(sizeof(word), 0, 0, SLIP_GOT_CANCEL);
    return FOUND_TAKEN;
}

static enum found take_entry(struct k_cpu *cpu, struct look *look, struct k_entry *entry)
{
    const struct k_window *window = look->window;
    if (window->kind == K_FROM_ANY_WORDS && entry->node.kind != K_ENTRY_WORDS)
        return k_endpoint_is_for(entry, cpu->current) ? FOUND_OTHER : FOUND_NOTHING;
    switch ((enum k_entry_kind)entry->node.kind) {
    case K_ENTRY_WORDS:
    case K_ENTRY_MESSAGE: {
        struct k_message *message = K_CONTAINER(entry, struct k_message, entry);
        return wanted(window, message->content.badge) ? take_message(cpu, look, message)
                                                      : FOUND_NOTHING;
    }
    case K_ENTRY_SUBMIT:
    case K_ENTRY_CALL:
    case K_ENTRY_PASSED: {
        struct k_request *request = K_CONTAINER(entry, struct k_request, entry);
        return wanted(window, request->badge) ? take_request(cpu, look, request) : FOUND_NOTHING;
    }
    case K_ENTRY_PULSE:
        if (window->kind != K_FROM_ANY)
            return FOUND_NOTHING;
        if (!k_interrupt_is_for(K_CONTAINER(entry, struct k_interrupt, entry), cpu->current))
            return FOUND_NOTHING;
        look->interrupt = K_CONTAINER(entry, struct k_interrupt, entry);
        k_object_ref(&look->interrupt->object);
        k_prio_list_remove(&look->endpoint->queue, &entry->node);
        return FOUND_PULSE;
    case K_ENTRY_CANCEL: {
        struct k_request *request = K_CONTAINER(entry, struct k_request, entry);
        int mine = request->holder == cpu->current->process;
        int asked = window->kind == K_FROM_ANY ||
                    (window->kind == K_FROM_REQUEST && window->from == k_request_token(request));
        return mine && asked ? take_news(cpu, look, request) : FOUND_NOTHING;
    }
    }
    return FOUND_NOTHING;
}

/* The same for a blocked sender. */
static enum found take_sender(struct k_cpu *cpu, struct look *look, struct k_thread *sender)
{
    if (!wanted(look->window, sender->send_badge))
        return FOUND_NOTHING;
    int words = sender->pending == NULL && sender->cargo.count == 0 &&
                sender->parcel.bytes <= SLIP_MESSAGE_BYTES_INLINE;
    if (look->window->kind == K_FROM_ANY_WORDS && !words) /* unless it is about to go by itself */
        return k_wait_waiting(sender) ? FOUND_OTHER : FOUND_NOTHING;
    return take_blocked(cpu, look, sender);
}

/* Takes the best thing that the window wants, from the queue or from the blocked. */
static enum found take_best(struct k_cpu *cpu, struct look *look)
{
    struct k_endpoint *endpoint = look->endpoint;
    struct k_prio_node *node = k_prio_list_first(&endpoint->queue);
    struct k_prio_node *blocked = k_prio_list_first(&endpoint->blocked);
    while (node != NULL || blocked != NULL) {
        enum found found = FOUND_NOTHING;
        if (blocked == NULL || (node != NULL && k_prio_node_before(node, blocked))) {
            struct k_prio_node *next = k_prio_list_next(&endpoint->queue, node);
            found = take_entry(cpu, look, K_CONTAINER(node, struct k_entry, node));
            node = next;
        } else {
            struct k_thread *sender = K_CONTAINER(blocked, struct k_thread, wait.place);
            blocked = k_prio_list_next(&endpoint->blocked, blocked);
            found = take_sender(cpu, look, sender);
        }
        if (found == FOUND_CHANGED) {
            node = k_prio_list_first(&endpoint->queue);
            blocked = k_prio_list_first(&endpoint->blocked);
        } else if (found != FOUND_NOTHING) {
            return found;
        }
    }
    return FOUND_NOTHING;
}

enum k_next k_receive_next(struct k_cpu *cpu, struct k_endpoint *endpoint, uint64_t out[3],
                           slip_status_t *status)
{
    struct look look = {.endpoint = endpoint, .window = &cpu->current->window, .out = out};
    enum found found = take_best(cpu, &look);
    *status = look.status;
    return found == FOUND_TAKEN    ? K_NEXT_TAKEN
           : found == FOUND_FAILED ? K_NEXT_FAILED
           : found == FOUND_OTHER  ? K_NEXT_OTHER
                                   : K_NEXT_NOTHING;
}

/* ---- the wait ------------------------------------------------------------------------------ */

/* No lock is held. An interrupt's entry was taken: what does it say? */
static slip_status_t finish_pulse(struct k_cpu *cpu, struct look *look)
{
    uint64_t key;
    uint32_t bits, count;
    k_interrupt_take(cpu, look->interrupt, &key, &bits, &count);
    uint64_t words[2] = {bits, count};
    look->out[0] = key;
    look->out[1] = 0;
    look->out[2] = k_got(sizeof(words), 0, 0, SLIP_GOT_PULSE);
    slip_status_t status =
        k_user_write(cpu, cpu->current->process, look->window->address, words, sizeof(words));
    if (status != SLIP_OK)
        k_interrupt_untake(cpu, look->interrupt, bits, count);
    k_object_unref(cpu, &look->interrupt->object);
    return status;
}

/* Is the request of a closed wait one that this process holds, and took from here? */
static int held_here(struct k_cpu *cpu, const struct k_endpoint *endpoint, slip_request_t token)
{
    struct k_request *request = k_request_find(cpu->kernel, token);
    if (request == NULL)
        return 0;
    uint64_t word = k_request_word(request);
    return word >> 32 == token >> 32 && K_REQUEST_STATE(word) == K_REQUEST_HELD &&
           request->holder == cpu->current->process &&
           atomic_load_explicit(&request->endpoint, memory_order_relaxed) == endpoint;
}

/* Whoever ends the wait of a receiver takes it out of the list, under the lock, but for its deadline
 * and a kill. */
static void unwait(struct k_cpu *cpu, struct k_endpoint *endpoint, struct k_thread *self,
                   int32_t outcome)
{
    if (outcome == SLIP_TIMED_OUT || outcome == K_OUTCOME_KILLED) {
        k_lock_take(cpu, &endpoint->object.lock);
        k_prio_list_remove(self->wait.list, &self->wait.place);
        k_endpoint_set_goal(endpoint);
        k_lock_drop(cpu, &endpoint->object.lock);
    }
    atomic_store_explicit(&self->waits_at, NULL, memory_order_relaxed);
}

slip_status_t k_endpoint_waited(struct k_thread *self, struct k_endpoint *endpoint, int32_t outcome,
                                uint64_t out[3])
{
    struct k_cpu *cpu = k_hot_cpu(self);
    unwait(cpu, endpoint, self, outcome);
    for (int i = 0; i < 3; i++)
        out[i] = self->wait.out[i];
    if (outcome == K_OUTCOME_AGAIN) {
        struct k_window window = self->window;
        outcome = k_endpoint_wait(cpu, endpoint, &window, SLIP_NEVER, NULL, out);
    }
    k_thread_unkeep(self);
    return outcome == K_OUTCOME_KILLED ? SLIP_CANCELLED : (slip_status_t)outcome;
}

int32_t k_receive_block(struct k_cpu *cpu, struct k_endpoint *endpoint, struct k_prio_list *list,
                        slip_time_t deadline, struct k_thread *hand)
{
    struct k_kernel *kernel = cpu->kernel;
    struct k_thread *self = cpu->current;
    self->wait.open = self->window.kind == K_FROM_ANY ? self->window.address : 0;
    atomic_store_explicit(&self->waits_at, endpoint, memory_order_relaxed);
    self->wait.list = list;
    k_wait_begin(cpu, K_WAIT_RECEIVE, &endpoint->object);
    k_prio_list_insert(list, &self->wait.place, k_endpoint_order(cpu, self->wait.priority),
                       endpoint->arrivals++);
    k_endpoint_set_goal(endpoint);
    k_lock_drop(cpu, &endpoint->object.lock);
    k_inherit_run(cpu);
    int32_t outcome = k_wait_block(cpu, deadline, hand);
    unwait(k_cpu_now(kernel), endpoint, self, outcome);
    return outcome;
}

/* The endpoint's lock is held, and dropped; nothing was there to take. */
static int32_t block(struct k_cpu *cpu, struct look *look, slip_time_t deadline,
                     struct k_thread *hand)
{
    struct k_thread *self = cpu->current;
    self->window = *look->window;
    int32_t outcome =
        k_receive_block(cpu, look->endpoint, &look->endpoint->receivers, deadline, hand);
    if (outcome != K_OUTCOME_AGAIN)
        for (int i = 0; i < 3; i++)
            look->out[i] = self->wait.out[i];
    return outcome;
}

/* endpoint's lock. The running thread has no memory for what stays. It may have been woken for that,
 * and nobody else: the others look, too. */
static void wake_others(struct k_cpu *cpu, struct k_endpoint *endpoint)
{
    struct k_prio_node *node = k_prio_list_first(&endpoint->receivers);
    while (node != NULL) {
        struct k_thread *thread = K_CONTAINER(node, struct k_thread, wait.place);
        node = k_prio_list_next(&endpoint->receivers, node);
        k_endpoint_wake_again(cpu, endpoint, thread);
    }
}

/* One look, and one block if there was nothing. K_OUTCOME_AGAIN: look again. */
static int32_t look_or_block(struct k_cpu *cpu, struct look *look, slip_time_t deadline,
                             struct k_thread **hand)
{
    struct k_endpoint *endpoint = look->endpoint;
    look->out[0] = look->out[1] = look->out[2] = 0;
    k_lock_take(cpu, &endpoint->object.lock);
    if (endpoint->closed) {
        k_lock_drop(cpu, &endpoint->object.lock);
        return SLIP_PEER_CLOSED;
    }
    enum found found = take_best(cpu, look);
    int32_t status = SLIP_OK;
    if (found == FOUND_NOTHING) /* what went while it was being taken was told already */
        look->out[0] = look->out[1] = look->out[2] = 0;
    if (found == FOUND_FAILED)
        status = look->status;
    else if (found == FOUND_NOTHING && look->window->kind == K_FROM_REQUEST &&
             !held_here(cpu, endpoint, look->window->from))
        status = SLIP_STALE;
    else if (found == FOUND_NOTHING && deadline == 0)
        status = SLIP_WOULD_BLOCK;
    else if (found == FOUND_NOTHING) {
        struct k_thread *first = *hand;
        *hand = NULL;
        cpu->current->wait.out[0] = cpu->current->wait.out[1] = cpu->current->wait.out[2] = 0;
        return block(cpu, look, deadline, first);
    }
    if (status == SLIP_BAD_ADDRESS)
        wake_others(cpu, endpoint);
    k_lock_drop(cpu, &endpoint->object.lock);
    k_inherit_run(cpu);
    if (found == FOUND_BROKEN) {
        k_request_end(cpu, look->broken, look->generation, 1U << K_REQUEST_QUEUED, look->status, 0,
                      NULL);
        return K_OUTCOME_AGAIN;
    }
    return found == FOUND_PULSE ? (int32_t)finish_pulse(cpu, look) : status;
}

slip_status_t k_endpoint_wait(struct k_cpu *cpu, struct k_endpoint *endpoint,
                              const struct k_window *window, slip_time_t deadline,
                              struct k_thread *hand, uint64_t out[3])
{
    struct k_kernel *kernel = cpu->kernel;
    struct look look = {.endpoint = endpoint, .window = window, .out = out};
    int closed = window->kind == K_FROM_REQUEST;
    if (closed) {
        atomic_fetch_add_explicit(&endpoint->request_waiters, 1, memory_order_relaxed);
        /* Pairs with the fence in k_endpoint_withdraw_request. */
        atomic_thread_fence(memory_order_seq_cst);
    }
    int32_t status;
    do {
        status = look_or_block(cpu, &look, deadline, &hand);
        cpu = k_cpu_now(kernel);
    } while (status == K_OUTCOME_AGAIN);
    if (closed)
        atomic_fetch_sub_explicit(&endpoint->request_waiters, 1, memory_order_relaxed);
    if (hand != NULL) {
        k_count(&cpu->current->counters.wakes, 1);
        k_sched_ready(cpu, hand);
    }
    return status == K_OUTCOME_KILLED ? SLIP_CANCELLED : (slip_status_t)status;
}
