#include "request.h"

#include "access.h"
#include "check.h"
#include "config.h"
#include "endpoint.h"
#include "hook.h"
#include "inherit.h"
#include "instance.h"
#include "port.h"
#include "process.h"
#include "sched.h"
#include "user.h"

void k_request_init(struct k_request *request)
{
    K_PUBLISH(request->caller, NULL);
    request->port = NULL;
    request->lends = 0;
    request->cargo.count = 0;
    request->client = 0;
    request->holder = NULL;
    request->depth_counted = 0;
    k_prio_node_init(&request->entry.node);
    request->serve_link.place = NULL;
    k_list_init(&request->hold_link);
    k_list_init(&request->completion.link);
    k_timer_init(&request->timer, K_TIMER_REQUEST);
    atomic_store_explicit(&request->endpoint, NULL, memory_order_relaxed);
    atomic_store_explicit(&request->server, NULL, memory_order_relaxed);
    atomic_store_explicit(&request->cancel_asked, 0, memory_order_relaxed);
    atomic_store_explicit(&request->discard, 0, memory_order_relaxed);
    uint64_t generation = K_REQUEST_GENERATION(k_request_word(request));
    if (generation ==
        0) /* once: somebody may still be at the lock who saw it move in its last life */
        k_lock_init(&request->lock, K_RANK_REQUEST);
    atomic_store_explicit(&request->word, (generation == 0 ? 1 : generation) << 32 | K_REQUEST_FREE,
                          memory_order_release);
}

void k_request_begin(struct k_request *request)
{
    request->lends = 0;
    request->cargo.count = 0;
    request->depth_counted = 0;
    request->holder = NULL;
    atomic_store_explicit(&request->server, NULL, memory_order_relaxed);
    atomic_store_explicit(&request->cancel_asked, 0, memory_order_relaxed);
    atomic_store_explicit(&request->discard, 0, memory_order_relaxed);
    k_request_become(request, K_REQUEST_BUSY);
}

struct k_request *k_request_find(struct k_kernel *kernel, slip_request_t token)
{
    uint32_t number = (uint32_t)token;
    if (number == 0)
        return NULL;
    struct k_request *request = k_pool_at(&kernel->requests, number - 1);
    /* A block that was never made has generation 0, which no token has. */
    return request != NULL && token >> 32 != 0 ? request : NULL;
}

/* ---- what it lends ------------------------------------------------------------------------- */

static slip_status_t lend_onward(struct k_cpu *cpu, struct k_process *process,
                                 const struct slip_lend *from, struct k_lend *lend)
{
    struct k_request *outer = k_request_find(cpu->kernel, from->buffer);
    uint32_t generation = (uint32_t)(from->buffer >> 32);
    if (outer == NULL || k_request_pin(outer, generation) != SLIP_OK)
        return SLIP_STALE;
    uint32_t index = from->right & SLIP_LEND_ONWARD_SECOND ? 1 : 0;
    uint32_t right = (uint32_t)from->right & (SLIP_LEND_READ | SLIP_LEND_WRITE);
    const struct k_lend *whole = &outer->lend[index];
    slip_status_t status = SLIP_OK;
    if (outer->holder != process)
        status = SLIP_STALE;
    else if (index >= outer->lends || from->offset > whole->length ||
             from->length > whole->length - from->offset)
        status = SLIP_BAD_ARGUMENT;
    else if ((whole->right & right) != right)
        status = SLIP_NO_RIGHT;
    else if (whole->hops == K_LEND_CHAIN_MAX)
        status = SLIP_TOO_LONG;
    if (status == SLIP_OK) {
        *lend = *whole;
        lend->offset += from->offset;
        lend->length = from->length;
        lend->right = right;
        lend->outer = from->buffer;
        lend->outer_index = index;
        lend->hops = whole->hops + 1;
        k_object_ref(&lend->buffer->object);
    }
    k_request_unpin(cpu, outer, NULL);
    return status;
}

static slip_status_t lend_buffer(struct k_cpu *cpu, struct k_process *process,
                                 const struct slip_lend *from, struct k_lend *lend)
{
    uint32_t needs = (from->right & SLIP_LEND_READ ? SLIP_RIGHT_READ : 0) |
                     (from->right & SLIP_LEND_WRITE ? SLIP_RIGHT_WRITE : 0);
    struct k_capability capability;
    slip_status_t status =
        k_handle_look_up(cpu, &process->handles, from->buffer, &k_buffer_type, needs, &capability);
    if (status != SLIP_OK)
        return status;
    struct k_buffer *buffer = K_BUFFER(capability.object);
    if (from->offset > buffer->length || from->length > buffer->length - from->offset)
        status = SLIP_BAD_ARGUMENT;
    else if (k_buffer_epoch(buffer) != capability.epoch)
        status = SLIP_STALE;
    if (status != SLIP_OK) {
        k_capability_drop(cpu, &capability);
        return status;
    }
    *lend = (struct k_lend){.buffer = buffer, /* the look-up's reference */
                            .offset = from->offset,
                            .length = from->length,
                            .right = (uint32_t)from->right,
                            .epoch = capability.epoch};
    return SLIP_OK;
}

slip_status_t k_request_lend(struct k_cpu *cpu, struct k_request *request, struct k_thread *from,
                             uint64_t address, uint32_t count)
{
    struct slip_lend lend[SLIP_MESSAGE_LENDS];
    slip_status_t status = k_user_read(cpu, from->process, address, lend, count * sizeof(lend[0]));
    for (uint32_t i = 0; status == SLIP_OK && i < count; i++) {
        uint64_t ways = SLIP_LEND_READ | SLIP_LEND_WRITE;
        uint64_t onward = SLIP_LEND_ONWARD | SLIP_LEND_ONWARD_SECOND;
        if ((lend[i].right & ways) == 0 || (lend[i].right & ~(ways | onward)) != 0 ||
            (lend[i].right & onward) == onward)
            status = SLIP_BAD_ARGUMENT;
        else if (lend[i].right & onward)
            status = lend_onward(cpu, from->process, &lend[i], &request->lend[i]);
        else
            status = lend_buffer(cpu, from->process, &lend[i], &request->lend[i]);
        if (status == SLIP_OK)
            request->lends++;
    }
    if (status != SLIP_OK)
        k_request_drop_lends(cpu, request);
    return status;
}

void k_request_drop_lends(struct k_cpu *cpu, struct k_request *request)
{
    uint32_t count = request->lends;
    request->lends = 0;
    for (uint32_t i = 0; i < count; i++)
        k_object_unref(cpu, &request->lend[i].buffer->object);
}

/* ---- being held ---------------------------------------------------------------------------- */

void k_request_hold(struct k_request *request, struct k_thread *server)
{
    request->holder = server->process;
    atomic_store_explicit(&request->server, server, memory_order_release);
    k_list_push_tail(&server->holds, &request->hold_link);
}

void k_request_let_go(struct k_request *request, struct k_thread *server)
{
    if (server != NULL && atomic_load_explicit(&server->wait.call, memory_order_relaxed) == request)
        atomic_store_explicit(&server->wait.call, NULL, memory_order_relaxed);
    else
        k_list_remove(&request->hold_link);
}

void k_request_unhold(struct k_cpu *cpu, struct k_request *request)
{
    for (;;) {
        struct k_thread *server = atomic_load_explicit(&request->server, memory_order_acquire);
        struct k_lock *lock =
            server != NULL ? &server->object.lock : &request->holder->orphans_lock;
        k_lock_take(cpu, lock);
        int same = atomic_load_explicit(&request->server, memory_order_relaxed) == server;
        if (same)
            k_request_let_go(request, server);
        k_lock_drop(cpu, lock);
        if (same && server == NULL)
            atomic_fetch_add_explicit(&cpu->kernel->reap_events, 1, memory_order_seq_cst);
        if (same)
            return;
    }
}

void k_request_orphan_all(struct k_cpu *cpu, struct k_thread *thread)
{
    struct k_process *process = thread->process;
    k_lock_take(cpu, &thread->object.lock);
    k_lock_take(cpu, &process->orphans_lock);
    struct k_request *call = atomic_load_explicit(&thread->wait.call, memory_order_relaxed);
    atomic_store_explicit(&thread->wait.call, NULL, memory_order_relaxed);
    if (call != NULL)
        k_list_push_tail(&thread->holds, &call->hold_link);
    for (struct k_list *link; (link = k_list_pop_head(&thread->holds)) != NULL;) {
        struct k_request *request = K_CONTAINER(link, struct k_request, hold_link);
        k_list_push_tail(&process->orphans, link);
        atomic_store_explicit(&request->server, NULL, memory_order_release);
    }
    k_lock_drop(cpu, &process->orphans_lock);
    k_lock_drop(cpu, &thread->object.lock);
}

/* ---- the end ------------------------------------------------------------------------------- */

slip_status_t k_request_win(struct k_request *request, uint32_t generation, uint32_t from,
                            enum k_request_state *was)
{
    unsigned long long word = k_request_word(request);
    *was = K_REQUEST_FREE;
    do {
        if (K_REQUEST_GENERATION(word) != generation)
            return SLIP_STALE;
        *was = K_REQUEST_STATE(word);
        if (*was == K_REQUEST_ENDING || *was == K_REQUEST_DONE)
            return SLIP_ALREADY;
        if ((from & 1U << *was) == 0)
            return SLIP_STALE;
        /* Acquire: the winner sees what was written while BUSY, and what the holder wrote. */
    } while (!atomic_compare_exchange_weak_explicit(
        &request->word, &word, ((word & ~(uint64_t)0xff) | K_REQUEST_ENDING) + K_REQUEST_PIN,
        memory_order_acq_rel, memory_order_acquire));
    return SLIP_OK;
}

/* No pin is left and it is ENDING: the client hears. */
static void deliver(struct k_cpu *cpu, struct k_request *request, struct k_thread **hand)
{
    k_trace(cpu, SLIP_TRACE_request_ended, request->item.index, (uint64_t)(int64_t)request->status);
    k_request_drop_lends(cpu, request);
    struct k_endpoint *endpoint = atomic_load_explicit(&request->endpoint, memory_order_relaxed);
    atomic_store_explicit(&request->endpoint, NULL, memory_order_relaxed);
    struct k_thread *caller = request->caller;
    if (caller == NULL) {
        k_cargo_close(cpu, &request->cargo);
        k_request_become(request, K_REQUEST_DONE);
        k_port_complete(cpu, request);
    } else {
        k_trace(cpu, SLIP_TRACE_request_answered, request->item.index, caller->object.id);
        k_request_become(request, K_REQUEST_DONE);
        k_wait_settle(caller, request->status);
        if (hand != NULL && *hand == NULL) {
            *hand = caller;
        } else {
            k_count(&k_counters_now(cpu)->wakes, 1);
            k_sched_ready(cpu, caller);
        }
    }
    if (endpoint != NULL)
        k_object_unref(cpu, &endpoint->object);
}

slip_status_t k_request_pin(struct k_request *request, uint32_t generation)
{
    unsigned long long word = k_request_word(request);
    do {
        if (K_REQUEST_GENERATION(word) != generation || K_REQUEST_STATE(word) != K_REQUEST_HELD)
            return SLIP_STALE;
    } while (!atomic_compare_exchange_weak_explicit(&request->word, &word, word + K_REQUEST_PIN,
                                                    memory_order_acq_rel, memory_order_acquire));
    return SLIP_OK;
}

/* 1 if that was the last pin of one that is ENDING: the caller is to deliver it. */
static int drop_pin(struct k_request *request)
{
    uint64_t word = atomic_fetch_sub_explicit(&request->word, K_REQUEST_PIN, memory_order_acq_rel) -
                    K_REQUEST_PIN;
    return K_REQUEST_STATE(word) == K_REQUEST_ENDING && K_REQUEST_PINS(word) == 0;
}

void k_request_unpin(struct k_cpu *cpu, struct k_request *request, struct k_thread **hand)
{
    if (drop_pin(request))
        deliver(cpu, request, hand);
}

slip_status_t k_request_move(struct k_request *request, uint32_t generation)
{
    unsigned long long held = ((uint64_t)generation << 32 | K_REQUEST_HELD) + K_REQUEST_PIN;
    if (atomic_compare_exchange_strong_explicit(&request->word, &held,
                                                (uint64_t)generation << 32 | K_REQUEST_MOVING,
                                                memory_order_acq_rel, memory_order_relaxed))
        return SLIP_OK;
    return K_REQUEST_STATE(held) == K_REQUEST_HELD ? SLIP_ALREADY : SLIP_STALE;
}

/* Whoever passes it on has the lock until it has arrived, which is soon. */
static void wait_for_arrival(struct k_cpu *cpu, struct k_request *request)
{
    k_lock_take(cpu, &request->lock);
    k_lock_drop(cpu, &request->lock);
}

void k_request_conclude(struct k_cpu *cpu, struct k_request *request, enum k_request_state was,
                        int32_t status, uint64_t result, struct k_thread **hand)
{
    request->status = status;
    request->result = result;
    struct k_endpoint *endpoint = atomic_load_explicit(&request->endpoint, memory_order_relaxed);
    if (was == K_REQUEST_HELD)
        k_request_unhold(cpu, request);
    if (endpoint != NULL)
        k_endpoint_withdraw_request(cpu, endpoint, request, was);
    k_timer_disarm(cpu, &request->timer);
    k_request_unpin(cpu, request, hand);
    k_inherit_run(cpu);
}

slip_status_t k_request_end(struct k_cpu *cpu, struct k_request *request, uint32_t generation,
                            uint32_t from, int32_t status, uint64_t result, struct k_thread **hand)
{
    enum k_request_state was;
    slip_status_t won;
    while ((won = k_request_win(request, generation, from, &was)) == SLIP_STALE &&
           was == K_REQUEST_MOVING)
        wait_for_arrival(cpu, request);
    if (won == SLIP_OK)
        k_request_conclude(cpu, request, was, status, result, hand);
    return won;
}

/* Tells the server of a cooperative request, once. A pin keeps its endpoint meanwhile, though it may
 * end, and the lock keeps that pin out of the sight of whoever wants to pass it on. */
static slip_status_t ask_to_cancel(struct k_cpu *cpu, struct k_request *request,
                                   uint32_t generation)
{
    k_lock_take(cpu, &request->lock);
    if (k_request_pin(request, generation) != SLIP_OK) {
        k_lock_drop(cpu, &request->lock);
        return SLIP_STALE;
    }
    slip_status_t status = SLIP_ALREADY;
    if (atomic_exchange_explicit(&request->cancel_asked, 1, memory_order_relaxed) == 0) {
        struct k_endpoint *endpoint =
            atomic_load_explicit(&request->endpoint, memory_order_relaxed);
        k_endpoint_put_news(cpu, endpoint, request);
        status = SLIP_OK;
    }
    int last = drop_pin(request);
    k_lock_drop(cpu, &request->lock);
    if (last)
        deliver(cpu, request, NULL);
    return status;
}

slip_status_t k_request_cancel(struct k_cpu *cpu, struct k_request *request, uint32_t generation)
{
    for (;;) {
        uint64_t word = k_request_word(request);
        if (K_REQUEST_GENERATION(word) != generation)
            return SLIP_STALE;
        enum k_request_state state = K_REQUEST_STATE(word);
        slip_status_t status = SLIP_STALE;
        if (state == K_REQUEST_MOVING)
            wait_for_arrival(cpu, request);
        else if (state == K_REQUEST_HELD && (request->client_flags & SLIP_SEND_COOPERATIVE))
            status = ask_to_cancel(cpu, request, generation);
        else if (state != K_REQUEST_FREE && state != K_REQUEST_BUSY)
            status = k_request_end(cpu, request, generation, 1U << state, SLIP_CANCELLED, 0, NULL);
        /* It moved from queued to held, or back, meanwhile: look again. */
        if (status != SLIP_STALE || state == K_REQUEST_FREE || state == K_REQUEST_BUSY)
            return status;
    }
}
