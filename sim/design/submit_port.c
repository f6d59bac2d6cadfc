/* submit-port: the kernel manages completions.
 *
 *   client                      kernel                            server
 *   submit(words, lend, key) -> request {port, key} -> endpoint -> endpoint_wait: words, token
 *   port_wait  <- completion <- takes port and key from it      <- request_reply(token)
 *
 * A submit makes a request in the kernel, which keeps the client's port and key. The server gets a
 * token that answers this one request, once; it never sees the port, so there is nothing to forge,
 * and if it dies the kernel still knows whom to tell. The slot in which the completion will stand
 * is reserved by the submit, so none is ever lost. What is lent ends with the request.
 *
 * Since nobody but the kernel can bring a key back, the key is the address of the operation's slot.
 */
#include <slipway/design_kit.h>

#define BATCH 16U /* completions that one wait takes */

struct slot { /* one operation of a link */
    struct sim_link *link;
    uint64_t key; /* the user's */
    int busy;
    struct slot *next; /* free */
};

struct link {
    slip_handle_t connection; /* the endpoint, and the port for what is submitted on it */
    struct slot *slots, *free;
};

struct party {
    slip_handle_t port; /* of the client side; 0: a pure server */
    uint32_t port_depth;
    struct sim_answer answer; /* of a pure server: the last one */
};

static slip_status_t serve(struct sim_party *party, slip_handle_t endpoint)
{
    party->wait_object = endpoint;
    return SLIP_OK;
}

/* Has the completions of a link come to the party's port. */
static slip_status_t tie(struct sim_link *link)
{
    struct link *own = link->state;
    const struct party *party = link->party->state;
    slip_handle_t connection;
    slip_status_t status = slip_endpoint_connect(link->endpoint, party->port, &connection);
    if (status != SLIP_OK)
        return status;
    if (own->connection != SLIP_NO_HANDLE)
        (void)slip_handle_close(own->connection);
    own->connection = connection;
    return SLIP_OK;
}

static slip_status_t connect(struct sim_party *party, slip_handle_t endpoint, uint32_t depth,
                             struct sim_link *link)
{
    struct party *own = party->state;
    struct link *its = link->state;
    (void)endpoint; /* link->endpoint */
    its->slots = sim_alloc(depth * sizeof *its->slots);
    if (its->slots == NULL)
        return SLIP_NO_QUOTA;
    for (uint32_t i = 0; i < depth; i++) {
        its->slots[i] = (struct slot){.link = link, .next = its->free};
        its->free = &its->slots[i];
    }
    sim_answer_flush(&own->answer); /* from now on it waits elsewhere than at its endpoint */
    slip_status_t status = sim_party_port(party, own->port_depth + depth, &own->port);
    if (status == SLIP_OK) {
        own->port_depth += depth;
        status = tie(link);
        for (struct sim_link *old = party->links; old != NULL && status == SLIP_OK; old = old->next)
            status = tie(old);
    }
    if (status != SLIP_OK) {
        if (its->connection != SLIP_NO_HANDLE)
            (void)slip_handle_close(its->connection);
        sim_free(its->slots);
    }
    return status;
}

static slip_status_t submit(struct sim_link *link, const struct sim_operation *operation)
{
    struct link *own = link->state;
    struct slot *slot = own->free;
    struct slip_message m = sim_message_of(operation);
    slip_status_t status = slip_endpoint_submit(own->connection, &m, sim_lend_of(operation),
                                                (uintptr_t)slot, operation->deadline);
    if (status != SLIP_OK)
        return status;
    own->free = slot->next;
    slot->key = operation->key;
    slot->busy = 1;
    return SLIP_OK;
}

static slip_status_t cancel(struct sim_link *link, uint64_t key)
{
    struct link *own = link->state;
    const struct party *party = link->party->state;
    for (uint32_t i = 0; i < link->depth; i++) {
        uint32_t count;
        if (!own->slots[i].busy || own->slots[i].key != key)
            continue;
        slip_status_t status = slip_port_cancel(party->port, (uintptr_t)&own->slots[i], 0, &count);
        return status == SLIP_OK && count == 0 ? SLIP_ALREADY : status;
    }
    return SLIP_STALE;
}

/* Takes one message at the endpoint. */
static slip_status_t take(struct sim_party *party, struct sim_event *event, slip_time_t deadline,
                          uint32_t *count)
{
    struct party *own = party->state;
    struct slip_message m;
    slip_status_t status = sim_answer_wait(&own->answer, party->endpoint, &m, deadline);
    if (status == SLIP_OK)
        *count += sim_event_received(event, &m);
    return status;
}

static uint32_t completed(const struct slip_completion *done, struct sim_event *event)
{
    struct slot *slot = (struct slot *)(uintptr_t)done->key;
    struct link *link = slot->link->state;
    slot->busy = 0;
    slot->next = link->free;
    link->free = slot;
    return sim_event_completion(event, slot->link, slot->key, (slip_status_t)done->status,
                                done->result);
}

/* Takes what the port has: completions, device events, and what waits at the attached endpoint. */
static slip_status_t take_port(struct sim_party *party, struct sim_event *events, uint32_t max,
                               slip_time_t deadline, uint32_t *count)
{
    struct party *own = party->state;
    struct slip_completion done[BATCH];
    uint32_t taken;
    slip_status_t status =
        slip_port_wait(own->port, done, 1, max < BATCH ? max : BATCH, deadline, &taken);
    for (uint32_t i = 0; i < taken; i++) {
        struct sim_event *event = &events[*count];
        slip_status_t more = SLIP_OK;
        if (done[i].source == SLIP_SOURCE_REQUEST)
            *count += completed(&done[i], event);
        else if (done[i].source == SLIP_SOURCE_INTERRUPT)
            *count += sim_event_device(event, done[i].key, done[i].result);
        else /* as many as there is room for beside the rest of the batch */
            while (more == SLIP_OK && *count + taken - i <= max)
                more = take(party, &events[*count], 0, count);
        status = more == SLIP_OK || more == SLIP_WOULD_BLOCK ? status : more;
    }
    return status;
}

static slip_status_t next(struct sim_party *party, struct sim_event *events, uint32_t max,
                          slip_time_t deadline, uint32_t *count)
{
    const struct party *own = party->state;
    slip_status_t status = SLIP_OK;
    while (*count == 0 && status == SLIP_OK)
        status = own->port == SLIP_NO_HANDLE ? take(party, events, deadline, count)
                                             : take_port(party, events, max, deadline, count);
    return *count != 0 ? SLIP_OK : status;
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
    for (struct sim_link *link = party->links; link != NULL; link = link->next) {
        struct link *its = link->state;
        (void)slip_handle_close(its->connection);
        sim_free(its->slots);
    }
    sim_party_port_close(party, own->port); /* what is outstanding is cancelled and dropped */
}

const struct sim_design sim_design = {
    .version = SIM_DESIGN_VERSION,
    .size = sizeof(struct sim_design),
    .name = "submit-port",
    .about = "submit; the kernel keeps port and key and posts them when the server replies",
    .origin = "kernel-managed completions",
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
