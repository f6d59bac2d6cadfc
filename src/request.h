/* Requests: one outstanding call or submit, and the one end that it comes to.
 *
 * All that decides is in one word: generation << 32 | pins << 8 | state. A pin is taken only while
 * the request is held, by a device or a copy that is at work on what it lends. The exchange into
 * ENDING decides the winner, and gives it a pin of its own; the last pin that goes delivers.
 *
 *   FREE -> BUSY -> QUEUED -> HELD -> ENDING -> DONE -> FREE
 *             \_______________^ |       ^
 *                     ^         v      QUEUED also ends directly
 *                     |______ MOVING
 *
 *   BUSY    being made; nobody else knows of it
 *   MOVING  on its way from one server to another, under its lock: who wants to end it waits for
 *           the lock and looks again
 *   QUEUED  in an endpoint's queue, under its lock
 *   HELD    a server has it: in the list of its thread, and of the endpoint if it is a call
 *   DONE    a submit whose completion is in its port, or a call whose caller was made ready
 */
#ifndef K_REQUEST_H
#define K_REQUEST_H

#include <slipway/port.h>
#include "message.h"
#include "pool.h"
#include "timer.h"

struct k_buffer;
struct k_endpoint;
struct k_port;
struct k_process;
struct k_thread;

enum k_request_state {
    K_REQUEST_FREE,
    K_REQUEST_BUSY,
    K_REQUEST_QUEUED,
    K_REQUEST_HELD,
    K_REQUEST_ENDING,
    K_REQUEST_DONE,
    K_REQUEST_MOVING
};

/* What a port keeps of one event; struct k_request, k_interrupt and k_endpoint embed one. */
struct k_completion {
    struct k_list link; /* the port's lock */
    struct slip_completion content;
};

struct k_lend {
    struct k_buffer *buffer; /* refs; NULL: none */
    uint64_t offset, length;
    uint32_t right, epoch;
    uint64_t outer;       /* token of the request that this was lent on from, or 0 */
    uint32_t outer_index; /* which of its lends */
    uint32_t hops;        /* how often it was lent on */
};

struct k_request {
    struct k_pool_item item;
    struct k_lock lock;      /* while it is passed on, and while a cooperative server is told */
    struct k_thread *caller; /* of a call; NULL: submitted. Written while BUSY */
    struct k_port *port;     /* of a submit: refs. Written while BUSY */

    /* All that a call and its reply write by turns is in one line. */
    _Alignas(64) atomic_ullong word;
    _Atomic(struct k_endpoint *) endpoint; /* refs, from QUEUED or HELD until it is delivered; under
                                              its lock */
    _Atomic(struct k_thread *) server; /* written (release) under the lock of `hold_link`, or by who
                                          hands the call over */
    struct k_chain_link
        serve_link;           /* lock of `endpoint`: calls that were taken from it and are held */
    uint64_t result;          /* the winner */
    int32_t status;           /* the winner */
    atomic_uint cancel_asked; /* cooperative: 1 once told; the exchange decides who tells */
    atomic_ullong window;     /* of a call: where the reply goes; written while BUSY, and read as a
                                 hint by a server from which it was taken meanwhile */

    /* Written while BUSY, read by whoever holds or ends it. */
    uint32_t client_flags; /* SLIP_SEND_COOPERATIVE */
    uint32_t lends;
    uint64_t badge;
    uint32_t bytes;
    uint32_t depth_counted; /* endpoint's lock: 1 if it takes a place of the depth */
    slip_time_t deadline;
    uint64_t client;          /* id of the process that submitted it, and may cancel it */
    struct k_process *holder; /* as `server`. Borrows: not gone while it holds requests */
    /* Lock of `server`, or of the holder's orphans once that is NULL. Not linked: handed over */
    struct k_list hold_link;
    struct k_entry entry; /* lock of `endpoint`: its place in the queue */
    struct k_lend lend[SLIP_MESSAGE_LENDS];
    uint64_t word_copy[SLIP_MESSAGE_WORDS]; /* of a submit */
    struct k_cargo cargo;                   /* of a submit */
    /* The port's lock, but while BUSY. 1: its completion is to be dropped, also if it is being copied */
    atomic_uint discard;
    struct k_timer timer;
    /* The port's lock. All that a post and a wait write of a slot is in one line. The link is for
     * the list of the port that the slot is in, whichever that is. */
    _Alignas(64) struct k_completion completion;
};

_Static_assert(offsetof(struct k_request, client_flags) - offsetof(struct k_request, word) == 64,
               "a call and its reply write one line of a request");
_Static_assert(sizeof(struct k_completion) <= 64, "a post and a wait write one line of a slot");

#define K_REQUEST_STATE(word) ((enum k_request_state)((word)&0xff))
#define K_REQUEST_PINS(word) ((uint32_t)((word) >> 8 & 0xffffff))
#define K_REQUEST_GENERATION(word) ((uint32_t)((word) >> 32))
#define K_REQUEST_PIN ((uint64_t)1 << 8)

/* Sets up a block that came from the pool: FREE. */
void k_request_init(struct k_request *request);

/* FREE to BUSY, of a call with words alone; the caller sets the endpoint. What a call leaves as it
 * was, like lends and marks, is nothing while it is FREE. */
static inline void k_request_prepare(struct k_request *request, uint64_t badge, uint32_t bytes,
                                     uint64_t window)
{
    atomic_store_explicit(&request->window, window, memory_order_relaxed);
    request->badge = badge;
    request->client_flags = 0;
    request->bytes = bytes;
    request->deadline = SLIP_NEVER;
}
/* HELD by one who has no pin on it to DONE, if nobody has: 1 if won. */
static inline int k_request_win_call(struct k_request *request, uint64_t generation)
{
    unsigned long long held = generation << 32 | K_REQUEST_HELD;
    return atomic_compare_exchange_strong_explicit(&request->word, &held,
                                                   generation << 32 | K_REQUEST_DONE,
                                                   memory_order_acq_rel, memory_order_relaxed);
}
/* The caller of one that may end at any time and be used again. */
static inline struct k_thread *k_request_caller(const struct k_request *request)
{
    return __atomic_load_n(&request->caller, __ATOMIC_RELAXED);
}

/* FREE to BUSY. */
void k_request_begin(struct k_request *request);

/* The block of a token, whatever its state now; NULL for a number that never was one. */
struct k_request *k_request_find(struct k_kernel *kernel, slip_request_t token);

/* Decodes and takes references to what is lent. STALE, BAD_HANDLE, ... and nothing taken. */
slip_status_t k_request_lend(struct k_cpu *cpu, struct k_request *request, struct k_thread *from,
                             uint64_t address, uint32_t count);
void k_request_drop_lends(struct k_cpu *cpu, struct k_request *request);

/* Links a request to the thread that is about to hold it. Caller has taken server->object.lock, and
 * endpoint's if it is a call. */
void k_request_hold(struct k_request *request, struct k_thread *server);
/* Takes it out again, under that lock, from where it is. */
void k_request_let_go(struct k_request *request, struct k_thread *server);
/* The same, wherever it is by now. No lock is held. */
void k_request_unhold(struct k_cpu *cpu, struct k_request *request);

/* Ends a request that is in one of the states of `from` (bits 1 << state), if it is still of this
 * generation: OK, ALREADY, or STALE. `hand`: gets the woken caller if not NULL, else it is made
 * ready. No lock may be held. */
slip_status_t k_request_end(struct k_cpu *cpu, struct k_request *request, uint32_t generation,
                            uint32_t from, int32_t status, uint64_t result, struct k_thread **hand);

/* The two halves of that, for a reply that has a message to deliver in between. */
slip_status_t k_request_win(struct k_request *request, uint32_t generation, uint32_t from,
                            enum k_request_state *was);
void k_request_conclude(struct k_cpu *cpu, struct k_request *request, enum k_request_state was,
                        int32_t status, uint64_t result, struct k_thread **hand);

/* Takes a pin on a held request of this generation: STALE if it is no more. */
slip_status_t k_request_pin(struct k_request *request, uint32_t generation);
/* HELD with only the caller's pin to MOVING, without a pin: ALREADY if a device or a copy is at
 * work, STALE if it is over. request->lock is held, until it is QUEUED or HELD again. */
slip_status_t k_request_move(struct k_request *request, uint32_t generation);
void k_request_unpin(struct k_cpu *cpu, struct k_request *request, struct k_thread **hand);

/* Cancel by the client, of either kind; tells a cooperative server. */
slip_status_t k_request_cancel(struct k_cpu *cpu, struct k_request *request, uint32_t generation);

/* A thread that holds requests ends: its process holds them on. */
void k_request_orphan_all(struct k_cpu *cpu, struct k_thread *thread);

static inline uint64_t k_request_word(const struct k_request *request)
{
    return atomic_load_explicit(&request->word, memory_order_acquire);
}

static inline void k_request_set(struct k_request *request, uint64_t generation,
                                 enum k_request_state state)
{
    /* Release: who acquires the word sees all that was written while BUSY. */
    atomic_store_explicit(&request->word, generation << 32 | (uint64_t)state, memory_order_release);
}

/* BUSY or MOVING to QUEUED or HELD. Only the one who owns a BUSY, MOVING, FREE or DONE request comes
 * here, so nobody else changes the word. */
static inline void k_request_become(struct k_request *request, enum k_request_state state)
{
    k_request_set(request, K_REQUEST_GENERATION(k_request_word(request)), state);
}

/* BUSY or DONE to FREE, with the next generation; what it lent was dropped. */
static inline void k_request_free(struct k_request *request)
{
    uint32_t generation = K_REQUEST_GENERATION(k_request_word(request)) + 1;
    k_request_set(request, generation == 0 ? 1 : generation, K_REQUEST_FREE);
}

static inline slip_request_t k_request_token(const struct k_request *request)
{
    return (k_request_word(request) >> 32) << 32 | ((uint64_t)request->item.index + 1);
}

#endif
