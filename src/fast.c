#include "fast.h"

#include "endpoint.h"
#include "hot.h"
#include "user.h"

K_HOT int area_is_own(const struct k_thread *self, uint64_t address)
{
    return k_user_writable(self->process, address, sizeof(struct slip_message_area));
}

/* Words will be written to user memory: a hint, for machines where that is addressable from here. */
K_HOT void expect_words(uint64_t address)
{
    k_hot_expect((const void *)(uintptr_t)address);
    k_hot_expect((const void *)(uintptr_t)(address + SLIP_MESSAGE_BYTES_INLINE - 1));
}

/* ---- handing over -------------------------------------------------------------------------- */

/* A receiver that was woken by something else than a call of this file, or for nothing. */
static __attribute__((noinline)) int32_t waited(struct k_thread *self, int32_t outcome,
                                                uint64_t out[3])
{
    struct k_endpoint *endpoint = atomic_load_explicit(&self->waits_at, memory_order_relaxed);
    outcome = k_endpoint_waited(self, endpoint, outcome, out);
    out[2] |= (uint64_t)SLIP_GOT_REPLIED << 32;
    return outcome;
}

/* The thread runs again: what its call returns. */
K_HOT int32_t finish(struct k_thread *self, uint64_t out[3])
{
    int called = self->wait.kind == K_WAIT_CALL;
    struct k_object *at = self->wait.object;
    int32_t outcome = k_hot_wait_end(self);
    if (called) {
        struct k_request *request = self->request;
        /* For the next call, which may come soon. */
        k_hot_expect(&at->lock.word);
        const struct k_thread *last = atomic_load_explicit(&request->server, memory_order_relaxed);
        if (last != NULL)
            k_hot_expect(&last->wait.word);
        out[0] = request->result;
        out[2] = self->wait.reply_got;
        k_request_free(request);
        return outcome;
    }
    if (K_UNLIKELY(outcome != SLIP_OK) || K_UNLIKELY(self->wait.kept != NULL))
        return waited(self, outcome, out);
    k_count(&self->counters.requests, 1);
    k_hot_expect(&atomic_load_explicit(&self->wait.call, memory_order_relaxed)->word);
    k_hot_expect(&atomic_load_explicit(&self->waits_at, memory_order_relaxed)->object.lock.word);
    atomic_store_explicit(&self->waits_at, NULL, memory_order_relaxed);
    out[0] = self->wait.out[0];
    out[1] = self->wait.out[1];
    out[2] = self->wait.out[2] | (uint64_t)SLIP_GOT_REPLIED << 32;
    return SLIP_OK;
}

static __attribute__((noinline)) int32_t switch_full(struct k_cpu *cpu, struct k_thread *self,
                                                     struct k_thread *hand, uint64_t out[3])
{
    k_hot_block(K_HOT_FULL, cpu, self, hand);
    return finish(self, out);
}

/* The switch is at one place for all, and the last thing that a call does: a thread that goes on there
 * returns the way that the one which switched to it came, and processors predict returns by that. */
static __attribute__((noinline)) int32_t switch_plain(struct k_cpu *cpu, struct k_thread *self,
                                                      struct k_thread *hand, uint64_t out[3])
{
    k_hot_block(K_HOT_PLAIN, cpu, self, hand);
    return finish(self, out);
}

/* The running thread has begun to wait, and the partner is woken: what runs next on this CPU is it, or
 * whatever there is if it runs on the CPU that it is on. One that was watched for may have left that
 * CPU since: so this asks again. Returns the status of the call when the thread runs again. */
K_HOT int32_t hand_over(enum k_hot kind, struct k_cpu *cpu, struct k_thread *self,
                        struct k_thread *partner, uint64_t out[3])
{
    struct k_thread *hand = partner;
    if (!k_hot_may_hand(cpu, partner)) {
        hand = NULL;
        k_count(&self->counters.wakes, 1);
        /* It may answer before this CPU has come to idle. */
        if (cpu->ops->watch != NULL &&
            atomic_load_explicit(&cpu->run_top, memory_order_relaxed) < 0)
            k_hot_open_spot(self);
        k_sched_ready(cpu, partner);
    }
    return kind == K_HOT_FULL ? switch_full(cpu, self, hand, out)
                              : switch_plain(cpu, self, hand, out);
}

/* ---- call ---------------------------------------------------------------------------------- */

/* endpoint's lock. The receiver that a call of this priority goes to, if it is one to hand over to;
 * claimed. */
K_HOT struct k_thread *claim_partner(struct k_cpu *cpu, uint32_t priority,
                                     const struct k_handle_peek *at)
{
    struct k_endpoint *endpoint = K_ENDPOINT(at->object);
    if (K_UNLIKELY(!k_hot_open(at, &endpoint->closed)))
        return NULL;
    struct k_prio_node *first = k_prio_list_first(&endpoint->receivers);
    if (K_UNLIKELY(first == NULL))
        return NULL;
    struct k_thread *partner = K_CONTAINER(first, struct k_thread, wait.place);
    int effective = (int)k_thread_effective(partner);
    if (K_UNLIKELY(partner->wait.open == 0) || K_UNLIKELY((int)priority > effective) ||
        K_UNLIKELY(atomic_load_explicit(&endpoint->donation, memory_order_relaxed) > effective) ||
        (!k_hot_may_hand(cpu, partner) && !k_hot_watched(partner)) ||
        K_UNLIKELY(atomic_load_explicit(&partner->wait.call, memory_order_relaxed) != NULL) ||
        K_UNLIKELY(!k_wait_claim(partner)))
        return NULL;
    return partner;
}

/* endpoint's lock. The words could not be copied to a partner that was claimed: 1 if that is the running
 * thread's fault, and the partner goes back to its wait; else the partner hears of it, and the call is
 * for the next one. */
static __attribute__((noinline)) int fault(struct k_cpu *cpu, struct k_thread *self,
                                           struct k_thread *partner, uint64_t address,
                                           uint32_t bytes)
{
    const struct k_parcel parcel = {.thread = self, .address = address, .bytes = bytes};
    int own = k_parcel_faults(cpu, &parcel);
    partner->wait.out[0] = partner->wait.out[1] = 0;
    partner->wait.out[2] = k_got(bytes, 0, 0, 0);
    k_wait_wake(cpu, partner, own ? K_OUTCOME_AGAIN : SLIP_BAD_ADDRESS);
    return own;
}

/* endpoint's lock. The request of the running thread goes from FREE to HELD. */
K_HOT void give(enum k_hot kind, struct k_cpu *cpu, struct k_thread *self,
                const struct k_handle_peek *at, uint32_t bytes, uint64_t address, uint32_t priority,
                struct k_thread *partner)
{
    struct k_endpoint *endpoint = K_ENDPOINT(at->object);
    struct k_request *request = self->request;
    k_request_prepare(request, at->badge, bytes, address);
    self->parcel = (struct k_parcel){.thread = self, .address = address, .bytes = bytes};
    self->wait.reply_got = 0;
    if (partner->wait.kept == &endpoint->object)
        partner->wait.kept = NULL; /* its reference is the request's now */
    else
        k_object_ref(&endpoint->object);
    atomic_store_explicit(&request->endpoint, endpoint, memory_order_relaxed);
    k_hot_wait_begin(kind, cpu, self, K_WAIT_CALL, &endpoint->object);
    /* With which the partner was found good enough; if it is another one by now, k_hot_block finds
     * out. That the partner's fell, k_inherit_run does. */
    self->wait.priority = priority;
    request->holder = partner->process;
    atomic_store_explicit(&request->server, partner, memory_order_relaxed);
    atomic_store_explicit(&partner->wait.call, request, memory_order_release);
    k_request_become(request, K_REQUEST_HELD);
    k_chain_push(&endpoint->serving, &request->serve_link);
    k_hot_trace(kind, cpu, SLIP_TRACE_request_held, request->item.index, partner->object.id);
    partner->wait.out[0] = at->badge;
    partner->wait.out[1] = k_request_token(request);
    partner->wait.out[2] = k_got(bytes, 0, 0, SLIP_GOT_CALL);
    k_wait_settle(partner, SLIP_OK);
}

K_HOT int32_t call(enum k_hot kind, struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],
                   uint64_t out[3])
{
    struct k_handle_peek at;
    uint64_t address = in[2] == 0 ? self->area : in[2];
    /* A tag of a length alone is that length. */
    if (K_UNLIKELY(in[1] > SLIP_MESSAGE_BYTES_INLINE) || K_UNLIKELY(in[4] != SLIP_NEVER) ||
        K_UNLIKELY(!area_is_own(self, address)) ||
        K_UNLIKELY(k_hot_peek(self, in[0], &k_endpoint_type, SLIP_RIGHT_SEND, &at) != SLIP_OK) ||
        K_UNLIKELY(k_prio_list_count(&K_ENDPOINT(at.object)->receivers) == 0))
        return k_careful_call(cpu, self, in, out);
    k_handle_peek_badge(&at);
    struct k_endpoint *endpoint = K_ENDPOINT(at.object);
    /* Whoever served the last call is likely to serve this one, and to want its words there again. That
     * it watches its spot is no reason to ask for that line: it would take it back at once. */
    const struct k_thread *last =
        atomic_load_explicit(&self->request->server, memory_order_relaxed);
    if (last != NULL) {
        k_hot_expect(&last->wait.word);
        expect_words(self->called_into);
    }
    k_hot_take(kind, cpu, &endpoint->object.lock);
    uint32_t priority = k_thread_effective(self);
    struct k_thread *partner = claim_partner(cpu, priority, &at);
    if (K_UNLIKELY(partner == NULL)) {
        k_hot_drop(kind, cpu, &endpoint->object.lock);
        return k_careful_call(cpu, self, in, out);
    }
    k_prio_list_remove(&endpoint->receivers, &partner->wait.place);
    uint32_t bytes = (uint32_t)in[1];
    if (K_UNLIKELY(k_hot_copy_words(kind, cpu, self, partner->process, partner->wait.open,
                                    self->process, address, bytes) != SLIP_OK)) {
        int own = fault(cpu, self, partner, address, bytes);
        k_hot_drop(kind, cpu, &endpoint->object.lock);
        return own ? SLIP_BAD_ADDRESS : k_careful_call(cpu, self, in, out);
    }
    self->called_into = partner->wait.open;
    k_hot_charge(kind, cpu, SLIP_COST_lookup, 1);
    give(kind, cpu, self, &at, bytes, address, priority, partner);
    k_hot_drop(kind, cpu, &endpoint->object.lock);
    return hand_over(kind, cpu, self, partner, out);
}

static __attribute__((noinline)) int32_t call_full(struct k_cpu *cpu, struct k_thread *self,
                                                   const uint64_t in[6], uint64_t out[3])
{
    return call(K_HOT_FULL, cpu, self, in, out);
}

int32_t k_call_endpoint_call(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],
                             uint64_t out[3])
{
    if (cpu->fast == K_HOT_PLAIN)
        return call(K_HOT_PLAIN, cpu, self, in, out);
    if (cpu->fast == K_HOT_FULL)
        return call_full(cpu, self, in, out);
    return k_careful_call(cpu, self, in, out);
}

/* ---- reply and wait ------------------------------------------------------------------------ */

/* endpoint's lock. Is the request, of this token, one that this thread took from the endpoint? */
K_HOT int is_held_here(const struct k_request *request, slip_request_t token,
                       const struct k_thread *self, const struct k_endpoint *endpoint)
{
    return (uint32_t)token == request->item.index + 1 &&
           k_request_word(request) == (token >> 32 << 32 | K_REQUEST_HELD) &&
           atomic_load_explicit(&request->server, memory_order_relaxed) == self &&
           atomic_load_explicit(&request->endpoint, memory_order_relaxed) == endpoint;
}

/* endpoint's lock, and the request is held here. If it is a call, it stays what it is, or ends
 * without anybody being told before the lock is dropped. */
K_HOT int is_plain(struct k_cpu *cpu, const struct k_request *request, const struct k_thread *self,
                   const struct k_endpoint *endpoint)
{
    struct k_thread *caller = k_request_caller(request);
    return caller != NULL && (k_hot_may_hand(cpu, caller) || k_hot_watched(caller)) &&
           !k_timer_armed(&request->timer) &&
           atomic_load_explicit(&request->cancel_asked, memory_order_relaxed) == 0 &&
           atomic_load_explicit(&endpoint->request_waiters, memory_order_relaxed) == 0 &&
           k_thread_effective(self) == k_thread_base(self);
}

/* endpoint's lock. Wins the request for an answer, and hands the words over; 0 if not. Nothing of the
 * caller's memory is written before: who loses may lose to a pass, and then the message in it is still
 * to be read. Nothing of the own memory is read afterwards: a fault would be the caller's then. */
K_HOT int answer(enum k_hot kind, struct k_cpu *cpu, struct k_thread *self,
                 struct k_request *request, const uint64_t in[6], uint64_t address)
{
    struct k_thread *caller = request->caller;
    uint32_t bytes = (uint32_t)(in[2] & 0xffffff);
    uint64_t words[SLIP_MESSAGE_WORDS];
    if (bytes != 0 && K_UNLIKELY(cpu->ops->copy(cpu->machine, NULL, (uintptr_t)words,
                                                &self->process->space, address, bytes) != SLIP_OK))
        return 0;
    if (K_UNLIKELY(!k_request_win_call(request, in[1] >> 32)))
        return 0;
    request->status = (int32_t)(uint32_t)(in[2] >> 32);
    uint64_t window = atomic_load_explicit(&request->window, memory_order_relaxed);
    if (K_UNLIKELY(k_hot_copy_words(kind, cpu, self, caller->process, window, NULL,
                                    (uintptr_t)words, bytes) != SLIP_OK))
        request->status = SLIP_BAD_ADDRESS;
    request->result = in[3];
    if (bytes != 0)
        caller->wait.reply_got = k_got(bytes, 0, 0, 0);
    k_chain_remove(&request->serve_link);
    /* If its caller's priority rises now: see settle() in inherit.c, and begin_wait. */
    atomic_store_explicit(&self->wait.call, NULL, memory_order_relaxed);
    return 1;
}

/* endpoint's lock. The running thread becomes a receiver; it keeps the request's reference. */
K_HOT void begin_wait(enum k_hot kind, struct k_cpu *cpu, struct k_thread *self,
                      struct k_endpoint *endpoint, uint64_t address)
{
    self->wait.kept = &endpoint->object;
    self->window = (struct k_window){.address = address, .kind = K_FROM_ANY};
    self->wait.open = address;
    self->wait.out[0] = self->wait.out[1] = self->wait.out[2] = 0;
    atomic_store_explicit(&self->waits_at, endpoint, memory_order_relaxed);
    self->wait.list = &endpoint->receivers;
    k_hot_wait_begin(kind, cpu, self, K_WAIT_RECEIVE, &endpoint->object);
    /* That it is another one by now, because of the call that was answered, is found out later. */
    self->wait.priority = k_thread_base(self);
    k_prio_list_insert(&endpoint->receivers, &self->wait.place,
                       k_endpoint_order(cpu, self->wait.priority), endpoint->arrivals++);
}

/* endpoint's lock. The caller of the request, once it is answered; NULL: nothing happened. */
K_HOT struct k_thread *reply(enum k_hot kind, struct k_cpu *cpu, struct k_thread *self,
                             const struct k_handle_peek *at, struct k_request *request,
                             const uint64_t in[6], uint64_t address)
{
    struct k_endpoint *endpoint = K_ENDPOINT(at->object);
    if (K_UNLIKELY(!k_handle_still(at)) || K_UNLIKELY(endpoint->closed) ||
        endpoint->queue.count != 0 || endpoint->blocked.count != 0 ||
        K_UNLIKELY(!is_held_here(request, in[1], self, endpoint)) ||
        K_UNLIKELY(!is_plain(cpu, request, self, endpoint)) ||
        K_UNLIKELY(!answer(kind, cpu, self, request, in, address)))
        return NULL;
    struct k_thread *caller = request->caller;
    atomic_store_explicit(&request->endpoint, NULL, memory_order_relaxed);
    k_hot_trace(kind, cpu, SLIP_TRACE_request_ended, request->item.index,
                (uint64_t)(int64_t)request->status);
    k_hot_trace(kind, cpu, SLIP_TRACE_request_answered, request->item.index, caller->object.id);
    k_wait_settle(caller, request->status);
    return caller;
}

K_HOT int32_t reply_wait(enum k_hot kind, struct k_cpu *cpu, struct k_thread *self,
                         const uint64_t in[6], uint64_t out[3])
{
    struct k_handle_peek at;
    uint64_t address = in[4] == 0 ? self->area : in[4];
    struct k_request *request = atomic_load_explicit(&self->wait.call, memory_order_relaxed);
    if (K_UNLIKELY((in[2] & 0xffffff) > SLIP_MESSAGE_BYTES_INLINE) ||
        K_UNLIKELY((int32_t)(in[2] >> 32) > 0) || K_UNLIKELY(in[5] != SLIP_NEVER) ||
        K_UNLIKELY(!area_is_own(self, address)) ||
        K_UNLIKELY(k_hot_peek(self, in[0], &k_endpoint_type, SLIP_RIGHT_RECEIVE, &at) != SLIP_OK) ||
        K_UNLIKELY(request == NULL))
        return k_careful_reply_wait(cpu, self, in, out);
    struct k_endpoint *endpoint = K_ENDPOINT(at.object);
    /* It may have been ended, and be another call's by now: that is found out under the lock. */
    expect_words(atomic_load_explicit(&request->window, memory_order_relaxed));
    k_hot_take(kind, cpu, &endpoint->object.lock);
    struct k_thread *caller = reply(kind, cpu, self, &at, request, in, address);
    if (K_UNLIKELY(caller == NULL)) {
        k_hot_drop(kind, cpu, &endpoint->object.lock);
        return k_careful_reply_wait(cpu, self, in, out);
    }
    k_hot_charge(kind, cpu, SLIP_COST_lookup, 1);
    begin_wait(kind, cpu, self, endpoint, address);
    k_hot_drop(kind, cpu, &endpoint->object.lock);
    return hand_over(kind, cpu, self, caller, out);
}

static __attribute__((noinline)) int32_t reply_wait_full(struct k_cpu *cpu, struct k_thread *self,
                                                         const uint64_t in[6], uint64_t out[3])
{
    return reply_wait(K_HOT_FULL, cpu, self, in, out);
}

int32_t k_call_endpoint_reply_wait(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],
                                   uint64_t out[3])
{
    if (cpu->fast == K_HOT_PLAIN)
        return reply_wait(K_HOT_PLAIN, cpu, self, in, out);
    if (cpu->fast == K_HOT_FULL)
        return reply_wait_full(cpu, self, in, out);
    return k_careful_reply_wait(cpu, self, in, out);
}
