#include "tests/semantics/random_call.h"

#include <string.h>

const uint32_t all_rights[KINDS] = {SLIP_RIGHT_SEND | SLIP_RIGHT_RECEIVE,
                                    SLIP_RIGHT_POST | SLIP_RIGHT_WAIT, SLIP_RIGHT_SEND,
                                    SLIP_RIGHT_READ | SLIP_RIGHT_WRITE | SLIP_RIGHT_MANAGE};

static uint64_t below(struct actor *self, uint64_t bound)
{
    return sim_random_below(&self->random, bound);
}

static int chance(struct actor *self, uint32_t percent)
{
    return below(self, 100) < percent;
}

/* ---- what calls are made with -------------------------------------------------------------------- */

/* In place of another one, which is closed: so nobody waits where no more can come. The first ones
 * stay, most meet there. */
static void remember(struct actor *self, enum kind kind, slip_handle_t handle)
{
    slip_handle_t *at = &self->known->handle[kind][1 + self->known->next++ % (KEPT - 1)];
    if (handle == SLIP_NO_HANDLE)
        return;
    (void)slip_handle_close(*at);
    *at = handle;
}

void keep_way(struct known *to, enum kind kind, slip_handle_t object)
{
    uint32_t right = kind == ENDPOINT ? SLIP_RIGHT_SEND : SLIP_RIGHT_POST;
    if (object != SLIP_NO_HANDLE)
        to->way[kind][to->ways[kind]++] = copy_of(object, right, 0);
}

/* Mostly one of that kind; it may be closed by now. */
static slip_handle_t some(struct actor *self, enum kind kind)
{
    if (chance(self, 3))
        return sim_random_next(&self->random) >> below(self, 64);
    if (chance(self, 4))
        kind = (enum kind)below(self, KINDS);
    return self->known->handle[kind][chance(self, 50) ? 0 : below(self, KEPT)];
}

static slip_request_t some_request(struct actor *self)
{
    if (chance(self, 75))
        return self->last;
    return chance(self, 90) ? self->known->request[below(self, KEPT)]
                            : self->last - ((uint64_t)1 << 32); /* of the one before */
}

static slip_time_t deadline(struct actor *self)
{
    return chance(self, 65) ? SLIP_NEVER : 0;
}

/* Where a message is: the thread's own area, or other memory, some of which is not there. */
static uint64_t place(struct actor *self)
{
    switch (below(self, 25)) {
    case 0:
        return (uintptr_t)self->fault;
    case 1:
        return (uintptr_t)&self->area + 4;
    case 2:
        return UINT64_MAX - below(self, 300);
    case 3:
    case 4:
    case 5:
    case 6:
        return (uintptr_t)&self->area;
    default:
        return 0;
    }
}

static uint64_t room(struct actor *self)
{
    if (chance(self, 94))
        return (uintptr_t)self->bytes;
    return chance(self, 50) ? (uintptr_t)self->fault : UINT64_MAX - below(self, 300);
}

static uint64_t tag(struct actor *self, uint64_t lends)
{
    static const uint64_t lengths[] = {0, 8, 8, 16, 64, 64, 3, 61, 65, 72, 500, 70000};
    uint64_t length = lengths[below(self, chance(self, 85) ? 6 : sizeof lengths / 8)];
    return slip_tag(length, chance(self, 8) ? below(self, 6) : 0, lends,
                    chance(self, 5) ? below(self, 16) : 0);
}

static uint64_t reply_status(struct actor *self)
{
    static const int32_t statuses[] = {0, 0, 0, 0, 0, 0, 0, 0, -1, -7, 1};
    return (uint64_t)(uint32_t)statuses[below(self, sizeof statuses / 4)] << 32;
}

static void fill(struct actor *self, struct slip_message_area *area)
{
    for (uint32_t i = 0; i < SLIP_MESSAGE_WORDS; i++)
        area->word[i] = below(self, 1000);
    for (uint32_t i = 0; i < SLIP_MESSAGE_HANDLES; i++)
        area->handle[i] = some(self, (enum kind)below(self, KINDS));
    area->data = chance(self, 95) ? self->bytes : self->fault;
    area->capacity = below(self, 3) * BYTES / 2;
}

static void fill_lends(struct actor *self)
{
    for (uint32_t i = 0; i < 2; i++) {
        int onward = chance(self, 20);
        self->lend[i] =
            (struct slip_lend){.buffer = onward ? some_request(self) : some(self, BUFFER),
                               .offset = below(self, 40),
                               .length = below(self, 40),
                               .right = below(self, 4) | (onward ? SLIP_LEND_ONWARD : 0)};
    }
}

/* ---- calls --------------------------------------------------------------------------------------- */

/* Calls, each as often as it stands here. */
static const enum slip_call deck[] = {
    SLIP_CALL_endpoint_call,       SLIP_CALL_endpoint_call,       SLIP_CALL_endpoint_call,
    SLIP_CALL_endpoint_call,       SLIP_CALL_endpoint_call,       SLIP_CALL_endpoint_reply_wait,
    SLIP_CALL_endpoint_reply_wait, SLIP_CALL_endpoint_reply_wait, SLIP_CALL_endpoint_reply_wait,
    SLIP_CALL_endpoint_reply_wait, SLIP_CALL_endpoint_wait,       SLIP_CALL_endpoint_wait,
    SLIP_CALL_endpoint_receive,    SLIP_CALL_endpoint_wait_batch, SLIP_CALL_endpoint_send,
    SLIP_CALL_endpoint_submit,     SLIP_CALL_endpoint_submit,     SLIP_CALL_request_reply,
    SLIP_CALL_request_cancel,      SLIP_CALL_request_read,        SLIP_CALL_request_write,
    SLIP_CALL_request_pass,        SLIP_CALL_port_post,           SLIP_CALL_port_post,
    SLIP_CALL_port_post,           SLIP_CALL_port_wait,           SLIP_CALL_port_wait,
    SLIP_CALL_port_cancel,         SLIP_CALL_port_attach,         SLIP_CALL_port_detach,
    SLIP_CALL_endpoint_connect,    SLIP_CALL_endpoint_create,     SLIP_CALL_port_create,
    SLIP_CALL_buffer_create,       SLIP_CALL_handle_duplicate,    SLIP_CALL_handle_close,
    SLIP_CALL_thread_yield,
};

#define SET(...) memcpy(in, (uint64_t[6]){__VA_ARGS__}, 6 * sizeof *in)

/* The registers of a call of a port, or about handles. */
static void object_arguments(struct actor *self, enum slip_call call, uint64_t in[6])
{
    uint64_t least;
    switch (call) {
    case SLIP_CALL_port_wait:
        least = below(self, 4); /* more than one may never come: it polls */
        SET(some(self, PORT), room(self), least | below(self, 9) << 32,
            least > 1 ? 0 : deadline(self));
        break;
    case SLIP_CALL_port_post:
        SET(some(self, PORT), below(self, 4), below(self, 5), below(self, 100));
        break;
    case SLIP_CALL_port_cancel:
        SET(some(self, PORT), below(self, 4), below(self, 3));
        break;
    case SLIP_CALL_port_attach:
        SET(some(self, PORT), some(self, ENDPOINT), below(self, 4), below(self, 3));
        break;
    case SLIP_CALL_port_detach:
        SET(some(self, PORT), some(self, ENDPOINT));
        break;
    case SLIP_CALL_endpoint_connect:
        SET(some(self, ENDPOINT), some(self, PORT), below(self, 9));
        break;
    case SLIP_CALL_handle_duplicate:
        self->copied = (enum kind)below(self, KINDS);
        SET(some(self, self->copied), all_rights[self->copied] & below(self, 256), below(self, 2));
        break;
    case SLIP_CALL_handle_close:
        in[0] = self->known->handle[below(self, KINDS)][1 + below(self, KEPT - 1)];
        break;
    default: /* a depth, a length, or nothing */
        in[0] = below(self, 6);
    }
}

/* The registers of a call; most of them mean something. */
static void arguments(struct actor *self, enum slip_call call, uint64_t in[6])
{
    uint64_t lends = chance(self, 15) ? below(self, 4) : 0, lend = (uintptr_t)self->lend, least;
    switch (call) {
    case SLIP_CALL_endpoint_call:
        SET(some(self, ENDPOINT), tag(self, lends), place(self), lend, deadline(self));
        break;
    case SLIP_CALL_endpoint_reply_wait:
        SET(chance(self, 75) ? self->from : some(self, ENDPOINT), some_request(self),
            tag(self, 0) | reply_status(self), below(self, 100), place(self), deadline(self));
        break;
    case SLIP_CALL_endpoint_wait:
        SET(some(self, ENDPOINT), place(self), deadline(self));
        break;
    case SLIP_CALL_endpoint_receive: /* what comes from one alone may never come: it polls */
        SET(some(self, ENDPOINT), place(self), chance(self, 95) + below(self, 2),
            chance(self, 50) ? self->last : below(self, 2));
        break;
    case SLIP_CALL_endpoint_wait_batch:
        least = below(self, 4); /* more than one may never come: it polls */
        SET(some(self, ENDPOINT), room(self), least | below(self, 9) << 32,
            least > 1 ? 0 : deadline(self));
        if (in[0] != self->known->handle[ENDPOINT][0])
            in[3] = 0; /* without depth it would only take from who waits for room */
        break;
    case SLIP_CALL_endpoint_send:
        SET(some(self, ENDPOINT), tag(self, 0), place(self), deadline(self));
        break;
    case SLIP_CALL_endpoint_submit:
        SET(some(self, CONNECTION), tag(self, lends), place(self), lend, below(self, 4),
            deadline(self));
        break;
    case SLIP_CALL_request_reply:
        SET(some_request(self), tag(self, 0) | reply_status(self), below(self, 100), place(self));
        break;
    case SLIP_CALL_request_cancel:
        in[0] = some_request(self);
        break;
    case SLIP_CALL_request_read:
    case SLIP_CALL_request_write:
        SET(some_request(self), below(self, 3), below(self, 40), room(self), below(self, 40));
        break;
    case SLIP_CALL_request_pass:
        SET(some_request(self), some(self, ENDPOINT));
        break;
    default:
        object_arguments(self, call, in);
    }
}

void close_all(const struct slip_message_area *area, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        (void)slip_handle_close(area->handle[i]);
}

/* Where the message of a call that returned is. */
static const struct slip_message_area *area_at(const struct actor *self, uint64_t address)
{
    return address == 0 ? slip_message_area() : &self->area;
}

void learn_from(struct actor *self, enum slip_call call, const uint64_t in[6],
                const uint64_t out[3])
{
    uint64_t handles = out[2] >> 20 & 15;
    switch (call) {
    case SLIP_CALL_endpoint_call:
        close_all(area_at(self, in[2]), handles);
        break;
    case SLIP_CALL_endpoint_wait:
    case SLIP_CALL_endpoint_receive:
    case SLIP_CALL_endpoint_reply_wait:
        close_all(area_at(self, in[call == SLIP_CALL_endpoint_reply_wait ? 4 : 1]), handles);
        if (out[1] == 0)
            break;
        self->last = out[1];
        self->from = in[0];
        self->known->request[self->known->next++ % KEPT] = out[1];
        break;
    case SLIP_CALL_endpoint_submit:
        if (out[0] != 0)
            self->known->request[self->known->next++ % KEPT] = out[0];
        break;
    case SLIP_CALL_endpoint_create:
        keep_way(self->known, ENDPOINT, out[0]);
        remember(self, ENDPOINT, out[0]);
        break;
    case SLIP_CALL_port_create:
        keep_way(self->known, PORT, out[0]);
        remember(self, PORT, out[0]);
        break;
    case SLIP_CALL_endpoint_connect:
        remember(self, CONNECTION, out[0]);
        break;
    case SLIP_CALL_buffer_create:
        remember(self, BUFFER, out[0]);
        break;
    case SLIP_CALL_handle_duplicate:
        remember(self, self->copied, out[0]);
        break;
    default:
        break;
    }
}

enum slip_call choose_call(struct actor *self, uint64_t in[6])
{
    enum slip_call call = deck[below(self, sizeof deck / sizeof *deck)];
    memset(in, 0, 6 * sizeof *in);
    memset(self->bytes, 0, sizeof self->bytes);
    fill(self, slip_message_area());
    fill(self, &self->area);
    fill_lends(self);
    arguments(self, call, in);
    return call;
}
