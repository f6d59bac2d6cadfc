#include "reply.h"

#include "endpoint.h"
#include "hook.h"
#include "inherit.h"
#include "instance.h"
#include "port.h"
#include "process.h"
#include "user.h"

/* A pin on the request, if this process holds it; the caller gives it back. */
static struct k_request *pin_held(struct k_cpu *cpu, slip_request_t token)
{
    struct k_request *request = k_request_find(cpu->kernel, token);
    if (request == NULL || k_request_pin(request, (uint32_t)(token >> 32)) != SLIP_OK)
        return NULL;
    if (request->holder == cpu->current->process)
        return request;
    k_request_unpin(cpu, request, NULL);
    return NULL;
}

/* What a reply has for the caller besides status and result, made ready while the request is held. */
struct baggage {
    uint64_t data;
    uint32_t reserved;
    int nowhere; /* the caller gave no memory to put it into: that is all that it hears */
    struct k_cargo cargo;
};

static slip_status_t pack(struct k_cpu *cpu, struct k_request *request,
                          const struct k_answer *answer, struct baggage *baggage)
{
    const struct k_parcel *parcel = &answer->parcel;
    struct k_thread *caller = request->caller;
    if (caller == NULL)
        return SLIP_BAD_ARGUMENT;
    if (k_parcel_faults(cpu, parcel)) /* once it is won, a fault is the caller's */
        return SLIP_BAD_ADDRESS;
    slip_status_t status = k_window_open(cpu, caller, caller->parcel.address, parcel->bytes,
                                         parcel->handles, &baggage->data);
    baggage->nowhere = status == SLIP_BAD_ADDRESS;
    if (status != SLIP_OK)
        return baggage->nowhere ? SLIP_OK : status;
    baggage->reserved = parcel->handles;
    status = k_cargo_load(cpu, parcel, &baggage->cargo);
    if (status != SLIP_OK && parcel->handles != 0)
        k_handle_unreserve(cpu, &caller->process->handles, parcel->handles);
    return status;
}

/* The request is won: its caller is blocked and hears nothing before it is concluded. */
static int32_t unpack(struct k_cpu *cpu, struct k_request *request, const struct k_answer *answer,
                      struct baggage *baggage)
{
    if (baggage->nowhere)
        return SLIP_BAD_ADDRESS;
    struct k_thread *caller = request->caller;
    uint64_t address = caller->parcel.address;
    uint32_t handles = baggage->cargo.count;
    slip_status_t copied = k_parcel_copy(cpu, &answer->parcel, caller, address, baggage->data);
    if (handles != 0) {
        slip_handle_t handle[SLIP_MESSAGE_HANDLES];
        k_cargo_depart(cpu, answer->parcel.thread->process, &baggage->cargo);
        k_cargo_unload(cpu, caller->process, &baggage->cargo, handle);
        slip_status_t wrote =
            k_user_write(cpu, caller->process, address + offsetof(struct slip_message_area, handle),
                         handle, handles * sizeof(handle[0]));
        if (copied == SLIP_OK)
            copied = wrote;
    }
    caller->wait.reply_got = k_got(answer->parcel.bytes, handles, 0, 0);
    return copied == SLIP_OK ? answer->status : SLIP_BAD_ADDRESS;
}

slip_status_t k_reply(struct k_cpu *cpu, const struct k_answer *answer, struct k_thread **hand)
{
    struct k_request *request = pin_held(cpu, answer->token);
    if (request == NULL)
        return SLIP_STALE;
    uint32_t generation = (uint32_t)(answer->token >> 32);
    int has_message = answer->parcel.bytes != 0 || answer->parcel.handles != 0;
    struct baggage baggage = {.reserved = 0, .cargo.count = 0};
    slip_status_t status = has_message ? pack(cpu, request, answer, &baggage) : SLIP_OK;
    struct k_process *client =
        has_message && request->caller != NULL ? request->caller->process : NULL;
    if (client != NULL)
        k_object_ref(&client->object); /* for the places that were reserved, should it end now */
    enum k_request_state was;
    slip_status_t won = SLIP_STALE;
    if (status == SLIP_OK)
        won = k_request_win(request, generation, 1U << K_REQUEST_HELD, &was);
    if (won == SLIP_OK) {
        int32_t told = has_message ? unpack(cpu, request, answer, &baggage) : answer->status;
        k_request_unpin(cpu, request, NULL); /* the winner's own pin is still there */
        k_request_conclude(cpu, request, was, told, answer->result, hand);
    } else {
        k_cargo_return(cpu, cpu->current->process, &baggage.cargo);
        if (status == SLIP_OK && baggage.reserved != 0)
            k_handle_unreserve(cpu, &client->handles, baggage.reserved);
        k_request_unpin(cpu, request, NULL);
        status = status == SLIP_OK ? SLIP_STALE : status;
    }
    if (client != NULL)
        k_object_unref(cpu, &client->object);
    return status;
}

/* Takes a request that only the caller has a pin on from its server, and brings it to the endpoint.
 * *from: where it was taken from, refs. Not OK: nothing happened, and the pin is still there. */
static slip_status_t move(struct k_cpu *cpu, struct k_request *request, uint32_t generation,
                          struct k_endpoint *endpoint, struct k_endpoint **from)
{
    k_lock_take(cpu, &request->lock);
    slip_status_t status = k_request_move(request, generation);
    if (status != SLIP_OK) {
        k_lock_drop(cpu, &request->lock);
        return status;
    }
    *from = atomic_load_explicit(&request->endpoint, memory_order_relaxed);
    k_timer_disarm(cpu, &request->timer);
    k_request_unhold(cpu, request);
    request->status = SLIP_STALE; /* to who waits for news of it where it was */
    k_endpoint_withdraw_request(cpu, *from, request, K_REQUEST_HELD);
    atomic_store_explicit(&request->endpoint, NULL, memory_order_relaxed);
    slip_status_t arrived = k_endpoint_pass(cpu, endpoint, request);
    if (arrived != SLIP_OK)
        k_request_become(request, K_REQUEST_QUEUED);
    k_lock_drop(cpu, &request->lock);
    /* It closed since it was looked at: as if it had closed a moment later. Or the message faults. */
    if (arrived != SLIP_OK)
        k_request_end(cpu, request, generation, 1U << K_REQUEST_QUEUED, arrived, 0, NULL);
    return SLIP_OK;
}

slip_status_t k_pass(struct k_cpu *cpu, slip_request_t token, struct k_endpoint *endpoint)
{
    struct k_thread *self = cpu->current;
    struct k_request *request = pin_held(cpu, token);
    if (request == NULL)
        return SLIP_STALE;
    uint32_t generation = (uint32_t)(token >> 32);
    slip_status_t status = SLIP_OK;
    if (request->bytes > SLIP_MESSAGE_BYTES_INLINE)
        status = SLIP_TOO_LONG;
    else if (k_endpoint_is_closed(cpu, endpoint))
        status = SLIP_PEER_CLOSED;
    else if (request->caller != NULL && k_inherit_cycle(cpu, request->caller, endpoint))
        status = SLIP_DEADLOCK;
    struct k_endpoint *from = NULL;
    struct k_thread *caller =
        request->caller; /* once it has arrived it may end, and its caller too */
    if (caller != NULL)
        k_object_ref(&caller->object);
    if (status == SLIP_OK)
        status = move(cpu, request, generation, endpoint, &from);
    if (status != SLIP_OK) {
        k_request_unpin(cpu, request, NULL);
    } else {
        k_object_unref(cpu, &from->object);
        k_inherit_note(cpu, self);
        if (caller != NULL) /* its priority may have changed while nobody knew where it was */
            k_inherit_follow(cpu, caller);
        k_inherit_run(cpu);
        if (caller != NULL)
            k_endpoint_refuse_cycle(cpu, caller, generation, endpoint);
    }
    if (caller != NULL)
        k_object_unref(cpu, &caller->object);
    return status;
}
