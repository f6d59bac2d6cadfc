/* rendezvous: L4 and QNX.
 *
 *   client                     kernel                        server
 *   call(words, lend) -------> the two meet at the endpoint  reply_wait, which also answers
 *   ... blocked ...            and the CPU goes along        work
 *   words of the reply <-----  the same way back             reply_wait
 *
 * Nothing is queued and nothing is kept: the caller waits until it is answered. So on a link of
 * depth 1 submit makes the call, and next only hands out what has come back. Who wants d operations
 * outstanding needs d threads that wait, and a link of depth d brings them: a worker asks its party
 * for work by a call, too, which delivers the result of the last one and is answered with the next.
 *
 *   party  reply(idle worker)        endpoint_wait  <- call(done, more?)  worker  -> call -> server
 */
#include <slipway/design.h>

#include <stdatomic.h>

#define BATCH 16U

enum phase { FREE, ASKED, CALLING, BACK, REVOKED };

/* One operation of a link, and on a deep link the worker that carries it out. It outlives the link:
 * the worker frees it as its last act. */
struct slot {
    struct sim_link *link;
    slip_handle_t server, home; /* home: where the worker asks for work */
    slip_handle_t thread;       /* the worker; 0 on a link of depth 1 */
    slip_request_t idle;        /* the worker's call for work; 0 while it has some */
    struct sim_operation operation;
    slip_status_t status;
    uint64_t result;
    _Atomic(enum phase) phase; /* ASKED is left by the worker, or by cancel: one exchange decides */
    struct slot *next;         /* free, or done */
};

struct link {
    struct slot **slots, *free;
};

struct party {
    slip_handle_t home;         /* endpoint of the workers, and of devices; 0: none */
    slip_handle_t port;         /* to wait at home and at the served endpoint at once; 0: one of them */
    struct slot *done, **last;  /* came back and were not handed out, oldest first */
    struct sim_answer answer;   /* of a party that waits at its endpoint: the last one */
};

static void call_server(struct slot *slot)
{
    const struct sim_operation *operation = &slot->operation;
    struct slip_message m = {.words = operation->words};
    for (uint32_t i = 0; i < operation->words; i++)
        m.word[i] = operation->word[i];
    slot->result = 0;
    slot->status =
        slip_endpoint_call(slot->server, &m, operation->lend.buffer == 0 ? NULL : &operation->lend,
                           &slot->result, operation->deadline);
}

/* ---- workers ------------------------------------------------------------------------------- */

static void worker(uint64_t argument)
{
    struct slot *slot = (struct slot *)(uintptr_t)argument;
    slip_status_t status;
    do {
        struct slip_message m = {.words = 1};
        m.word[0] = argument;
        /* CANCELLED: meant for the call to the server, and came too late. */
        while ((status = slip_endpoint_call(slot->home, &m, NULL, NULL, SLIP_NEVER)) ==
               SLIP_CANCELLED)
            m.words = 1;
        if (status != SLIP_OK)
            break;
        enum phase asked = ASKED;
        if (atomic_compare_exchange_strong(&slot->phase, &asked, CALLING))
            call_server(slot);
        else
            slot->status = SLIP_CANCELLED;
        atomic_store(&slot->phase, BACK);
    } while (1);
    sim_free(slot); /* the party has left */
}

/* A worker calls: it brings a result, or is new. */
static void worker_called(struct party *own, const struct slip_message *m)
{
    struct slot *slot = (struct slot *)(uintptr_t)m->word[0];
    slot->idle = m->request;
    slot->next = NULL;
    if (atomic_load(&slot->phase) == FREE) {
        struct link *link = slot->link->state;
        slot->next = link->free;
        link->free = slot;
        return;
    }
    *own->last = slot;
    own->last = &slot->next;
}

static void release(struct slot *slot)
{
    slip_handle_t thread = slot->thread;
    enum phase asked = ASKED;
    if (thread == SLIP_NO_HANDLE) {
        sim_free(slot);
        return;
    }
    atomic_compare_exchange_strong(&slot->phase, &asked, REVOKED);
    if (slot->idle != 0) /* from here on the slot is the worker's */
        (void)slip_request_reply(slot->idle, SLIP_PEER_CLOSED, 0);
    else
        (void)slip_thread_cancel(thread);
    (void)slip_handle_close(thread);
}

/* The kernel tells a thread's priority only when it is changed. */
static uint32_t own_priority(void)
{
    uint32_t priority = SLIP_PRIORITY_DEFAULT;
    (void)slip_thread_priority(SLIP_SELF, SLIP_PRIORITY_MAX, &priority);
    (void)slip_thread_priority(SLIP_SELF, priority, NULL);
    return priority;
}
