/* rendezvous: L4 and QNX.
 *
 *   client                     kernel                         server
 *   call(words, lend) -------> the two meet at the endpoint   reply_wait: answers, and takes the
 *   ... blocked ...            and the CPU goes along         next one; works
 *   status, result <---------  the same way back              reply_wait
 *
 * Nothing is queued and nothing is kept: the caller waits until it is answered. So on a link of
 * depth 1, submit makes the call, and next hands out what came back. To have d outstanding takes d
 * threads that wait, and a link of depth d brings them. A worker asks its party for work by a call
 * as well, which delivers its last result and is answered with the next operation.
 */
#include <stdatomic.h>
#include <slipway/design_kit.h>

/* One operation of a link; on a deep link also its worker, who frees it when the party has left. */
struct slot {
    struct sim_link *link;
    slip_handle_t server, home; /* where the worker calls, and where it asks for work */
    slip_handle_t thread;       /* the worker; 0 on a link of depth 1 */
    slip_request_t idle;        /* its call for work; 0 while it has some */
    struct sim_operation operation;
    slip_status_t status;
    uint64_t result;
    int busy;                    /* has an operation that was not handed out yet */
    atomic_int revoked;          /* the operation was cancelled before the worker began */
    struct slot *next, *sibling; /* among those free or done; of the same link */
};

struct link {
    struct slot *all, *free;
};

struct party {
    slip_handle_t home;        /* endpoint of the workers, and of devices of a pure client */
    slip_handle_t port;        /* home and the served endpoint together; 0: there is only one */
    struct slot *done, **last; /* came back and were not handed out, oldest first */
    struct sim_answer answer;  /* of a party that waits at an endpoint: the last one */
};

static void call_server(struct slot *slot)
{
    struct slip_message m = sim_message_of(&slot->operation);
    slot->result = 0;
    slot->status = SLIP_CANCELLED;
    if (!atomic_load(&slot->revoked))
        slot->status = slip_endpoint_call(slot->server, &m, sim_lend_of(&slot->operation),
                                          &slot->result, slot->operation.deadline);
}

static void worker(uint64_t argument)
{
    struct slot *slot = (struct slot *)(uintptr_t)argument;
    slip_status_t status;
    do {
        struct slip_message m = {.word = {argument}, .words = 1};
        status = slip_endpoint_call(slot->home, &m, NULL, NULL, SLIP_NEVER);
        if (status == SLIP_OK)
            call_server(slot);
    } while (status == SLIP_OK || status == SLIP_CANCELLED); /* by a cancel that came too late */
    /* The party has left. */
    (void)slip_handle_close(slot->thread);
    sim_free(slot);
}

static void set_done(struct slot *slot)
{
    struct party *own = slot->link->party->state;
    slot->next = NULL;
    *(own->done == NULL ? &own->done : own->last) = slot;
    own->last = &slot->next;
}

static void set_free(struct slot *slot)
{
    struct link *link = slot->link->state;
    slot->busy = 0;
    slot->next = link->free;
    link->free = slot;
}

/* Takes a request, a pulse, or a worker that asks for work: it is new, or brings a result. */
static slip_status_t take(struct sim_party *party, slip_handle_t at, struct sim_event *event,
                          slip_time_t deadline, uint32_t *count)
{
    struct party *own = party->state;
    struct slip_message m;
    slip_status_t status = sim_answer_wait(&own->answer, at, &m, deadline);
    if (status != SLIP_OK) /* at a port: another thread may have been quicker */
        return status == SLIP_WOULD_BLOCK && own->port != SLIP_NO_HANDLE ? SLIP_OK : status;
    if (at != own->home || (m.flags & SLIP_GOT_CALL) == 0) {
        *count = sim_event_received(event, &m);
        return SLIP_OK;
    }
    struct slot *slot = (struct slot *)(uintptr_t)m.word[0];
    slot->idle = m.request;
    (slot->busy ? set_done : set_free)(slot);
    return SLIP_OK;
}

static slip_status_t serve(struct sim_party *party, slip_handle_t endpoint)
{
    party->wait_object = endpoint;
    return SLIP_OK;
}

static slip_status_t add_slot(struct sim_link *link, slip_handle_t server)
{
    const struct party *own = link->party->state;
    struct link *its = link->state;
    struct slot *slot = sim_alloc(sizeof *slot);
    slip_status_t status = SLIP_OK;
    struct sim_event none;
    uint32_t count;
    if (slot == NULL)
        return SLIP_NO_QUOTA;
    *slot = (struct slot){.link = link, .server = server, .home = own->home};
    slot->sibling = its->all;
    its->all = slot;
    if (link->depth == 1)
        set_free(slot);
    else
        status = slip_thread_start(SLIP_SELF, worker, (uintptr_t)slot, sim_own_priority(),
                                   SLIP_CPU_ANY, &slot->thread);
    while (slot->thread != SLIP_NO_HANDLE && slot->idle == 0 && status == SLIP_OK)
        status = take(link->party, own->home, &none, SLIP_NEVER, &count);
    return status;
}

/* Ends the workers of a link. From the reply or the cancel on, a slot is its worker's own. */
static void release_all(struct link *link)
{
    for (struct slot *slot; (slot = link->all) != NULL;) {
        link->all = slot->sibling;
        atomic_store(&slot->revoked, 1);
        if (slot->thread == SLIP_NO_HANDLE)
            sim_free(slot);
        else if (slot->idle != 0)
            (void)slip_request_reply(slot->idle, SLIP_PEER_CLOSED, 0);
        else
            (void)slip_thread_cancel(slot->thread);
    }
}

static slip_status_t connect(struct sim_party *party, slip_handle_t endpoint, uint32_t depth,
                             struct sim_link *link)
{
    struct party *own = party->state;
    slip_status_t status = SLIP_OK;
    if (own->home == SLIP_NO_HANDLE && (depth > 1 || party->endpoint == SLIP_NO_HANDLE)) {
        status = slip_endpoint_create(0, &own->home);
        if (status == SLIP_OK)
            status = sim_party_gather(party, own->home, &own->port);
    }
    for (uint32_t i = 0; i < depth && status == SLIP_OK; i++)
        status = add_slot(link, endpoint);
    if (status != SLIP_OK)
        release_all(link->state);
    party->workers += depth > 1 && status == SLIP_OK ? depth : 0;
    return status;
}

static slip_status_t submit(struct sim_link *link, const struct sim_operation *operation)
{
    struct link *own = link->state;
    struct party *party = link->party->state;
    struct slot *slot = own->free;
    slip_request_t idle = slot->idle;
    own->free = slot->next;
    slot->operation = *operation;
    slot->busy = 1;
    slot->idle = 0;
    atomic_store(&slot->revoked, 0);
    if (slot->thread != SLIP_NO_HANDLE)
        return slip_request_reply(idle, SLIP_OK, 0);
    sim_answer_flush(&party->answer);
    call_server(slot);
    set_done(slot);
    return SLIP_OK;
}

static slip_status_t cancel(struct sim_link *link, uint64_t key)
{
    const struct link *own = link->state;
    struct slot *slot = own->all;
    while (slot != NULL && (!slot->busy || slot->operation.key != key))
        slot = slot->sibling;
    if (slot == NULL || slot->thread == SLIP_NO_HANDLE || slot->idle != 0)
        return slot == NULL ? SLIP_STALE : SLIP_ALREADY; /* it came back */
    atomic_store(&slot->revoked, 1);
    slip_status_t status = slip_thread_cancel(slot->thread);
    return status == SLIP_STALE ? SLIP_OK : status; /* not in a call yet: it will see the mark */
}

static slip_status_t next(struct sim_party *party, struct sim_event *events, uint32_t max,
                          slip_time_t deadline, uint32_t *count)
{
    struct party *own = party->state;
    slip_status_t status = SLIP_OK;
    while (*count == 0 && status == SLIP_OK) {
        slip_time_t until = deadline;
        slip_handle_t at;
        for (struct slot *slot; (slot = own->done) != NULL && *count < max; set_free(slot)) {
            own->done = slot->next;
            sim_event_completion(&events[(*count)++], slot->link, slot->operation.key, slot->status,
                                 slot->result);
        }
        if (*count == 0)
            status = sim_gather_wait(party, own->port, &until, &at, events, count);
        if (*count == 0 && status == SLIP_OK)
            status = take(party, at, events, until, count);
    }
    return status;
}

static slip_status_t reply(struct sim_party *party, uint64_t request, slip_status_t status,
                           uint64_t result)
{
    struct party *own = party->state;
    return own->port != SLIP_NO_HANDLE ? slip_request_reply(request, status, result)
                                       : sim_answer_hold(&own->answer, request, status, result);
}

static void leave(struct sim_party *party)
{
    struct party *own = party->state;
    sim_answer_flush(&own->answer);
    for (struct sim_link *link = party->links; link != NULL; link = link->next)
        release_all(link->state);
    sim_party_port_close(party, own->port);
    (void)slip_handle_close(own->home);
}

const struct sim_design sim_design = {
    .version = SIM_DESIGN_VERSION,
    .size = sizeof(struct sim_design),
    .name = "rendezvous",
    .about = "a synchronous call, whose reply is the completion; depth d takes d threads",
    .origin = "L4, QNX",
    .party_size = sizeof(struct party),
    .link_size = sizeof(struct link),
    .serve = serve,
    .connect = connect,
    .submit = submit,
    .cancel = cancel,
    .next = next,
    .reply = reply,
    .leave = leave,
};
