/* Calls of endpoints, requests and ports. */
#include "access.h"
#include "config.h"
#include "endpoint.h"
#include "fast.h"
#include "hook.h"
#include "inherit.h"
#include "instance.h"
#include "port.h"
#include "process.h"
#include "reply.h"
#include "sched.h"
#include "syscall.h"
#include "user.h"

#define CALL(name)                                                                                 \
    int32_t k_call_##name(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],          \
                          uint64_t out[3])

/* Looks a handle up and, after the call, drops it on the CPU that the thread is on then. */
static slip_status_t look_up(struct k_cpu *cpu, struct k_thread *self, slip_handle_t handle,
                             const struct k_object_type *type, uint32_t rights,
                             struct k_capability *capability)
{
    return k_handle_look_up(cpu, &self->process->handles, handle, type, rights, capability);
}

static int32_t drop(struct k_thread *self, struct k_capability *capability, int32_t status)
{
    k_capability_drop(k_cpu_now(self->kernel), capability);
    return status;
}

/* ---- endpoints ----------------------------------------------------------------------------- */

CALL(endpoint_create)
{
    struct k_endpoint *endpoint;
    if (in[0] > SLIP_ENDPOINT_DEPTH_MAX)
        return SLIP_BAD_ARGUMENT;
    slip_status_t status = k_endpoint_create(cpu, self->process, (uint32_t)in[0], &endpoint);
    if (status != SLIP_OK)
        return status;
    return k_call_publish(cpu, self, &endpoint->object, SLIP_RIGHT_SEND | SLIP_RIGHT_RECEIVE,
                          &out[0]);
}

/* The port of a new connection, with a reference: what the handle names, or a silent one. */
static slip_status_t connection_port(struct k_cpu *cpu, struct k_thread *self, slip_handle_t handle,
                                     struct k_port **port)
{
    if (handle == SLIP_NO_HANDLE)
        return k_port_create(cpu, self->process, K_SILENT_DEPTH, 1, port);
    struct k_capability capability;
    slip_status_t status = look_up(cpu, self, handle, &k_port_type, SLIP_RIGHT_WAIT, &capability);
    if (status == SLIP_OK)
        *port = K_PORT(capability.object); /* the look-up's reference */
    return status;
}

CALL(endpoint_connect)
{
    struct k_capability endpoint;
    slip_status_t status = look_up(cpu, self, in[0], &k_endpoint_type, SLIP_RIGHT_SEND, &endpoint);
    if (status != SLIP_OK)
        return status;
    if (in[2] != 0 && endpoint.badge != 0)
        return drop(self, &endpoint, SLIP_BAD_ARGUMENT);
    struct k_port *port;
    status = connection_port(cpu, self, in[1], &port);
    if (status != SLIP_OK)
        return drop(self, &endpoint, status);
    struct k_capability connection = {.object = endpoint.object,
                                      .port = port,
                                      .badge = in[2] != 0 ? in[2] : endpoint.badge,
                                      .rights = SLIP_RIGHT_SEND};
    k_capability_hold(&connection);
    status = k_handle_open(cpu, &self->process->handles, &connection, &out[0]);
    if (status != SLIP_OK)
        k_capability_close(cpu, &connection);
    k_object_unref(cpu, &port->object);
    return drop(self, &endpoint, status);
}

int32_t k_careful_send(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],
                       uint64_t out[3])
{
    (void)out;
    struct k_capability endpoint;
    struct k_parcel parcel;
    slip_status_t status = look_up(cpu, self, in[0], &k_endpoint_type, SLIP_RIGHT_SEND, &endpoint);
    if (status != SLIP_OK)
        return status;
    status = k_parcel_decode(cpu, self, in[1], in[2], &parcel);
    if (status == SLIP_OK && (parcel.lends != 0 || (parcel.flags & SLIP_SEND_COOPERATIVE)))
        status = SLIP_BAD_ARGUMENT; /* there is no request to lend with, or to cancel */
    if (status == SLIP_OK)
        status = k_endpoint_send(cpu, K_ENDPOINT(endpoint.object), &parcel, endpoint.badge, in[3]);
    return drop(self, &endpoint, status);
}

/* Fills a request that was reserved for a submit. */
static slip_status_t prepare_submit(struct k_cpu *cpu, struct k_thread *self,
                                    const struct k_parcel *parcel, const uint64_t in[6],
                                    uint64_t badge, struct k_request *request)
{
    request->badge = badge;
    request->bytes = parcel->bytes;
    request->client = self->process->id;
    request->client_flags = parcel->flags;
    request->deadline = in[5];
    request->completion.content.key = in[4];
    slip_status_t status =
        k_user_read(cpu, self->process, parcel->address, request->word_copy, parcel->bytes);
    if (status != SLIP_OK)
        return status;
    k_charge(cpu, SLIP_COST_word, (parcel->bytes + 7) / 8);
    return k_request_lend(cpu, request, self, in[3], parcel->lends);
}

/* The port may have been closed while the request was on its way: nobody is left to tell then. */
static void end_if_closed(struct k_cpu *cpu, struct k_port *port, struct k_request *request,
                          uint32_t generation)
{
    if (k_port_is_closed(cpu, port))
        k_port_end_outstanding(cpu, request, generation);
}

CALL(endpoint_submit)
{
    struct k_capability connection;
    struct k_parcel parcel;
    struct k_request *request = NULL;
    slip_status_t status =
        look_up(cpu, self, in[0], &k_endpoint_type, SLIP_RIGHT_SEND, &connection);
    if (status != SLIP_OK)
        return status;
    struct k_port *port = connection.port;
    status = port == NULL ? SLIP_WRONG_TYPE : k_parcel_decode(cpu, self, in[1], in[2], &parcel);
    if (status == SLIP_OK && parcel.bytes > SLIP_MESSAGE_BYTES_INLINE)
        status = SLIP_TOO_LONG;
    if (status == SLIP_OK)
        status = k_port_reserve(cpu, port, &request);
    if (status != SLIP_OK)
        return drop(self, &connection, status);
    uint32_t generation = K_REQUEST_GENERATION(k_request_word(request));
    out[0] = k_request_token(request);
    status = prepare_submit(cpu, self, &parcel, in, connection.badge, request);
    if (status == SLIP_OK)
        status = k_endpoint_submit(cpu, K_ENDPOINT(connection.object), request, &parcel);
    cpu = k_cpu_now(self->kernel);
    if (status == SLIP_OK) {
        end_if_closed(cpu, port, request, generation);
    } else {
        out[0] = 0;
        k_request_drop_lends(cpu, request);
        k_port_unreserve(cpu, port, request);
    }
    return drop(self, &connection, status);
}

int32_t k_careful_call(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],
                       uint64_t out[3])
{
    struct k_capability endpoint;
    struct k_parcel parcel;
    slip_status_t status = look_up(cpu, self, in[0], &k_endpoint_type, SLIP_RIGHT_SEND, &endpoint);
    if (status != SLIP_OK)
        return status;
    int32_t result = k_parcel_decode(cpu, self, in[1], in[2], &parcel);
    if (result == SLIP_OK && (parcel.flags & SLIP_SEND_FAIL_FULL))
        result = SLIP_BAD_ARGUMENT; /* a call never meets a full queue */
    if (result == SLIP_OK &&
        !k_user_writable(self->process, parcel.address, sizeof(struct slip_message_area)))
        result = SLIP_BAD_ADDRESS;
    if (result == SLIP_OK)
        result = k_endpoint_call(cpu, K_ENDPOINT(endpoint.object), &parcel, in[3], endpoint.badge,
                                 in[4], out);
    return drop(self, &endpoint, result);
}

static slip_status_t decode_window(struct k_thread *self, uint64_t address, struct k_window *window)
{
    window->address = address == 0 ? self->area : address;
    window->from = 0;
    window->kind = K_FROM_ANY;
    return k_user_writable(self->process, window->address, sizeof(struct slip_message_area))
               ? SLIP_OK
               : SLIP_BAD_ADDRESS;
}

/* The reference of the look-up is the waiting thread's to keep, so that a call can take it over. */
static slip_status_t wait(struct k_cpu *cpu, struct k_thread *self, struct k_capability *capability,
                          const struct k_window *window, slip_time_t deadline,
                          struct k_thread *hand, uint64_t out[3])
{
    struct k_endpoint *endpoint = K_ENDPOINT(capability->object);
    self->wait.kept = capability->object;
    capability->object = NULL;
    slip_status_t status = k_endpoint_wait(cpu, endpoint, window, deadline, hand, out);
    if (self->wait.kept == NULL) /* taken over by a call that was handed over */
        k_count(&self->counters.requests, 1);
    k_thread_unkeep(self);
    return status;
}

int32_t k_careful_wait(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],
                       uint64_t out[3])
{
    struct k_capability endpoint;
    struct k_window window;
    slip_status_t status =
        look_up(cpu, self, in[0], &k_endpoint_type, SLIP_RIGHT_RECEIVE, &endpoint);
    if (status != SLIP_OK)
        return status;
    status = decode_window(self, in[1], &window);
    if (status == SLIP_OK)
        status = wait(cpu, self, &endpoint, &window, in[2], NULL, out);
    return drop(self, &endpoint, status);
}

int32_t k_careful_wait_batch(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],
                             uint64_t out[3])
{
    struct k_capability endpoint;
    struct k_batch wanted;
    uint32_t count = 0;
    slip_status_t status =
        look_up(cpu, self, in[0], &k_endpoint_type, SLIP_RIGHT_RECEIVE, &endpoint);
    if (status != SLIP_OK)
        return status;
    status = k_batch_decode(self, in, &wanted);
    if (status == SLIP_OK)
        status = k_endpoint_wait_batch(cpu, K_ENDPOINT(endpoint.object), &wanted, in[3], &count);
    out[0] = count;
    return drop(self, &endpoint, status);
}

CALL(endpoint_receive)
{
    struct k_capability endpoint;
    struct k_window window;
    slip_status_t status =
        look_up(cpu, self, in[0], &k_endpoint_type, SLIP_RIGHT_RECEIVE, &endpoint);
    if (status != SLIP_OK)
        return status;
    status = decode_window(self, in[1], &window);
    if (in[2] != SLIP_FROM_BADGE && in[2] != SLIP_FROM_REQUEST)
        status = SLIP_BAD_ARGUMENT;
    window.kind = in[2] == SLIP_FROM_BADGE ? K_FROM_BADGE : K_FROM_REQUEST;
    window.from = in[3];
    if (status == SLIP_OK)
        status = wait(cpu, self, &endpoint, &window, in[4], NULL, out);
    return drop(self, &endpoint, status);
}

static slip_status_t decode_answer(struct k_cpu *cpu, struct k_thread *self, uint64_t token,
                                   uint64_t tag, uint64_t result, uint64_t address,
                                   struct k_answer *answer)
{
    answer->token = token;
    answer->status = (int32_t)(uint32_t)(tag >> 32);
    answer->result = result;
    if (answer->status > 0)
        return SLIP_BAD_ARGUMENT;
    uint64_t rest = tag & 0xffffff;
    if (rest == 0) {
        answer->parcel = (struct k_parcel){.thread = self};
        return SLIP_OK;
    }
    return k_parcel_decode(cpu, self, rest, address, &answer->parcel);
}

int32_t k_careful_reply_wait(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],
                             uint64_t out[3])
{
    struct k_capability endpoint;
    struct k_window window;
    struct k_answer answer;
    struct k_thread *hand = NULL;
    uint64_t flags = 0;
    slip_status_t status =
        look_up(cpu, self, in[0], &k_endpoint_type, SLIP_RIGHT_RECEIVE, &endpoint);
    if (status != SLIP_OK)
        return status;
    status = decode_window(self, in[4], &window);
    if (status == SLIP_OK)
        status = decode_answer(cpu, self, in[1], in[2], in[3], in[4], &answer);
    if (status == SLIP_OK && in[1] != 0) {
        status = k_reply(cpu, &answer, &hand);
        flags = status == SLIP_OK ? SLIP_GOT_REPLIED : SLIP_GOT_STALE;
        if (status == SLIP_STALE)
            status = SLIP_OK;
    }
    if (status == SLIP_OK) {
        status = wait(cpu, self, &endpoint, &window, in[5], hand, out);
        out[2] |= flags << 32;
    }
    return drop(self, &endpoint, status);
}

/* ---- requests ------------------------------------------------------------------------------ */

CALL(request_reply)
{
    (void)out;
    struct k_answer answer;
    slip_status_t status = decode_answer(cpu, self, in[0], in[1], in[2], in[3], &answer);
    return status == SLIP_OK ? k_reply(cpu, &answer, NULL) : status;
}

CALL(request_cancel)
{
    (void)out;
    struct k_request *request = k_request_find(cpu->kernel, in[0]);
    if (request == NULL || request->client != self->process->id || request->caller != NULL)
        return SLIP_STALE;
    return k_request_cancel(cpu, request, (uint32_t)(in[0] >> 32));
}

CALL(request_read)
{
    (void)out;
    struct k_entrance entrance;
    slip_status_t status =
        k_access_request(cpu, self->process, in[0], in[1], in[2], in[4], SLIP_LEND_READ, &entrance);
    if (status != SLIP_OK)
        return status;
    return k_access_copy(cpu, self->process, &entrance, in[3], in[4], SLIP_LEND_READ);
}

CALL(request_write)
{
    (void)out;
    struct k_entrance entrance;
    slip_status_t status = k_access_request(cpu, self->process, in[0], in[1], in[2], in[4],
                                            SLIP_LEND_WRITE, &entrance);
    if (status != SLIP_OK)
        return status;
    return k_access_copy(cpu, self->process, &entrance, in[3], in[4], SLIP_LEND_WRITE);
}

CALL(request_pass)
{
    (void)out;
    struct k_capability endpoint;
    slip_status_t status = look_up(cpu, self, in[1], &k_endpoint_type, SLIP_RIGHT_SEND, &endpoint);
    if (status != SLIP_OK)
        return status;
    return drop(self, &endpoint, k_pass(cpu, in[0], K_ENDPOINT(endpoint.object)));
}

/* ---- ports --------------------------------------------------------------------------------- */

CALL(port_create)
{
    struct k_port *port;
    if (in[0] == 0 || in[0] > SLIP_PORT_DEPTH_MAX)
        return SLIP_BAD_ARGUMENT;
    slip_status_t status = k_port_create(cpu, self->process, (uint32_t)in[0], 0, &port);
    if (status != SLIP_OK)
        return status;
    return k_call_publish(cpu, self, &port->object, SLIP_RIGHT_POST | SLIP_RIGHT_WAIT, &out[0]);
}

int32_t k_careful_post(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],
                       uint64_t out[3])
{
    (void)out;
    struct k_capability port;
    slip_status_t status = look_up(cpu, self, in[0], &k_port_type, SLIP_RIGHT_POST, &port);
    if (status != SLIP_OK)
        return status;
    status = k_port_post(cpu, K_PORT(port.object), port.badge, in[1], (int32_t)in[2], in[3]);
    return drop(self, &port, status);
}

int32_t k_careful_port_wait(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],
                            uint64_t out[3])
{
    struct k_capability port;
    uint32_t least = (uint32_t)in[2], most = (uint32_t)(in[2] >> 32), count = 0;
    slip_status_t status = look_up(cpu, self, in[0], &k_port_type, SLIP_RIGHT_WAIT, &port);
    if (status != SLIP_OK)
        return status;
    if (least == 0 || least > most || most > SLIP_PORT_DEPTH_MAX)
        status = SLIP_BAD_ARGUMENT;
    else if (!k_user_writable(self->process, in[1],
                              most * (uint64_t)sizeof(struct slip_completion)))
        status = SLIP_BAD_ADDRESS;
    else
        status = k_port_wait(cpu, K_PORT(port.object), in[1], least, most, in[3], &count);
    out[0] = count;
    return drop(self, &port, status);
}

CALL(port_cancel)
{
    struct k_capability port;
    uint32_t count = 0;
    slip_status_t status = look_up(cpu, self, in[0], &k_port_type, SLIP_RIGHT_WAIT, &port);
    if (status != SLIP_OK)
        return status;
    if ((in[2] & ~(uint64_t)SLIP_CANCEL_DISCARD) != 0)
        status = SLIP_BAD_ARGUMENT;
    else
        status = k_port_cancel(cpu, K_PORT(port.object), in[1], (uint32_t)in[2], &count);
    out[0] = count;
    return drop(self, &port, status);
}

static slip_status_t look_up_both(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],
                                  struct k_capability *port, struct k_capability *endpoint)
{
    slip_status_t status = look_up(cpu, self, in[0], &k_port_type, SLIP_RIGHT_WAIT, port);
    if (status != SLIP_OK)
        return status;
    status = look_up(cpu, self, in[1], &k_endpoint_type, SLIP_RIGHT_RECEIVE, endpoint);
    if (status != SLIP_OK)
        k_capability_drop(cpu, port);
    return status;
}

CALL(port_attach)
{
    (void)out;
    struct k_capability port, endpoint;
    slip_status_t status = look_up_both(cpu, self, in, &port, &endpoint);
    if (status != SLIP_OK)
        return status;
    if (in[3] < SLIP_ATTACH_LEVEL || in[3] > SLIP_ATTACH_ONCE)
        status = SLIP_BAD_ARGUMENT;
    else
        status = k_port_attach(cpu, K_PORT(port.object), K_ENDPOINT(endpoint.object), in[2],
                               (uint32_t)in[3]);
    drop(self, &endpoint, status);
    return drop(self, &port, status);
}

CALL(port_detach)
{
    struct k_capability port, endpoint;
    slip_status_t status = look_up_both(cpu, self, in, &port, &endpoint);
    if (status != SLIP_OK)
        return status;
    uint32_t withdrawn = 0;
    status = k_port_detach(cpu, K_PORT(port.object), K_ENDPOINT(endpoint.object), &withdrawn);
    out[0] = withdrawn;
    drop(self, &endpoint, status);
    return drop(self, &port, status);
}
