/* submit-port: the kernel manages completions.
 *
 *   client                      kernel                             server
 *   submit(words, lend, key) -> request {port, key}  -> endpoint -> endpoint_wait
 *   port_wait  <- completion <- reads port and key   <-             request_reply(token)
 *
 * A submit makes a request in the kernel, which keeps the client's port and key; the server gets a
 * token that answers this one request, once. It never sees the port, so there is nothing to forge,
 * and if it dies the kernel still knows whom to tell. The slot in which the completion will stand
 * was reserved by the submit, so none is ever lost. What is lent ends with the request.
 *
 * Since only the kernel can bring a key back, the key is the address of the operation's slot.
 */
#include <slipway/design.h>

#define BATCH 16U /* completions taken by one wait */

struct slot { /* one operation of a link */
    struct sim_link *link;
    uint64_t key; /* the user's */
    int busy;
    struct slot *next; /* free */
};

struct link {
    slip_handle_t connection;
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

/* Lets completions of a link come to a port. */
static slip_status_t tie(struct sim_link *link, slip_handle_t port)
{
    struct link *own = link->state;
    slip_handle_t connection;
    slip_status_t status = slip_endpoint_connect(link->endpoint, port, &connection);
    if (status != SLIP_OK)
        return status;
    if (own->connection != SLIP_NO_HANDLE)
        (void)slip_handle_close(own->connection);
    own->connection = connection;
    return SLIP_OK;
}

/* A port cannot grow: each new link brings all to a new one that has a slot for every operation. */
static slip_status_t open_port(struct sim_party *party, uint32_t depth, struct sim_link *added)
{
    struct party *own = party->state;
    slip_handle_t port;
    for (struct sim_link *link = party->links; link != NULL; link = link->next)
        if (link->outstanding != 0)
            return SLIP_ALREADY; /* links are opened before the first operation */
    slip_status_t status = slip_port_create(depth, &port);
    if (status != SLIP_OK)
        return status;
    status = tie(added, port);
    for (struct sim_link *link = party->links; link != NULL && status == SLIP_OK; link = link->next)
        status = tie(link, port);
    if (status == SLIP_OK && party->endpoint != SLIP_NO_HANDLE) {
        if (own->port != SLIP_NO_HANDLE)
            (void)slip_port_detach(own->port, party->endpoint, NULL);
        status = slip_port_attach(port, party->endpoint, 0, SLIP_ATTACH_LEVEL);
    }
    if (status != SLIP_OK) {
        (void)slip_handle_close(port);
        return status;
    }
    if (own->port != SLIP_NO_HANDLE)
        (void)slip_handle_close(own->port);
    own->port = party->wait_object = port;
    own->port_depth = depth;
    return SLIP_OK;
}

static slip_status_t connect(struct sim_party *party, slip_handle_t endpoint, uint32_t depth,
                             struct sim_link *link)
{
    struct party *own = party->state;
    struct link *its = link->state;
    (void)endpoint; /* link->endpoint */
    its->slots = sim_alloc(depth * sizeof *its->slots);
    slip_status_t status =
        its->slots == NULL ? SLIP_NO_QUOTA : open_port(party, own->port_depth + depth, link);
    if (status != SLIP_OK) {
        if (its->connection != SLIP_NO_HANDLE)
            (void)slip_handle_close(its->connection);
        sim_free(its->slots);
        return status;
    }
    for (uint32_t i = 0; i < depth; i++)
        its->slots[i] = (struct slot){.link = link, .next = i == 0 ? NULL : &its->slots[i - 1]};
    its->free = &its->slots[depth - 1];
    return SLIP_OK;
}

static slip_status_t submit(struct sim_link *link, const struct sim_operation *operation)
{
    struct link *own = link->state;
    struct slot *slot = own->free;
    struct slip_message m = {.words = operation->words};
    for (uint32_t i = 0; i < operation->words; i++)
        m.word[i] = operation->word[i];
    slip_status_t status = slip_endpoint_submit(
        own->connection, &m, operation->lend.buffer == 0 ? NULL : &operation->lend,
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
    struct party *party = link->party->state;
    uint32_t count;
    for (uint32_t i = 0; i < link->depth; i++) {
        struct slot *slot = &own->slots[i];
        if (!slot->busy || slot->key != key)
            continue;
        slip_status_t status = slip_port_cancel(party->port, (uintptr_t)slot, 0, &count);
        return status == SLIP_OK && count == 0 ? SLIP_ALREADY : status;
    }
    return SLIP_STALE;
}

/* Takes one message at the endpoint: *count is 1 if it is an event. */
static slip_status_t take(struct sim_party *party, struct sim_event *event, slip_time_t deadline,
                          uint32_t *count)
{
    struct party *own = party->state;
    struct slip_message m;
    slip_status_t status = sim_answer_wait(&own->answer, party->endpoint, &m, deadline);
    *count = 0;
    if (status != SLIP_OK)
        return status;
    if (m.flags & SLIP_GOT_PULSE) {
        sim_event_device(event, m.badge, m.word[0]);
    } else if (m.flags & (SLIP_GOT_CALL | SLIP_GOT_SUBMIT)) {
        for (uint32_t i = 0; i < m.handles; i++)
            (void)slip_handle_close(m.handle[i]); /* no operation brings any */
        sim_event_request(event, &m);
    } else {
        sim_message_drop(&m);
        return SLIP_OK;
    }
    *count = 1;
    return SLIP_OK;
}

/* Takes what the port has: completions, device events, and what is at the attached endpoint. */
static slip_status_t take_port(struct sim_party *party, struct sim_event *events, uint32_t max,
                               slip_time_t deadline, uint32_t *count)
{
    struct party *own = party->state;
    struct slip_completion done[BATCH];
    uint32_t taken, one;
    slip_status_t status =
        slip_port_wait(own->port, done, 1, max < BATCH ? max : BATCH, deadline, &taken);
    for (uint32_t i = 0; i < taken; i++) {
        if (done[i].source == SLIP_SOURCE_REQUEST) {
            struct slot *slot = (struct slot *)(uintptr_t)done[i].key;
            struct link *link = slot->link->state;
            sim_event_completion(&events[(*count)++], slot->link, slot->key,
                                 (slip_status_t)done[i].status, done[i].result);
            slot->busy = 0;
            slot->next = link->free;
            link->free = slot;
        } else if (done[i].source == SLIP_SOURCE_INTERRUPT) {
            sim_event_device(&events[(*count)++], done[i].key, done[i].result);
        } else if (done[i].source == SLIP_SOURCE_ENDPOINT) {
            /* As many as there is room for beside the rest of the batch. */
            while (*count + taken - i <= max &&
                   take(party, &events[*count], 0, &one) == SLIP_OK)
                *count += one;
        }
    }
    return status;
}

static slip_status_t next(struct sim_party *party, struct sim_event *events, uint32_t max,
                          slip_time_t deadline, uint32_t *count)
{
    struct party *own = party->state;
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
    if (own->port != SLIP_NO_HANDLE) /* it waits elsewhere than where it answers */
        return slip_request_reply(request, status, result);
    if (status > 0)
        return SLIP_BAD_ARGUMENT;
    sim_answer_flush(&own->answer);
    own->answer = (struct sim_answer){request, status, result};
    return SLIP_OK;
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
    if (own->port == SLIP_NO_HANDLE)
        return;
    if (party->endpoint != SLIP_NO_HANDLE)
        (void)slip_port_detach(own->port, party->endpoint, NULL);
    (void)slip_handle_close(own->port); /* what is outstanding is cancelled and dropped */
}

const struct sim_design sim_design = {
    .version = SIM_DESIGN_VERSION,
    .size = sizeof(struct sim_design),
    .name = "submit-port",
    .about = "submit: the kernel keeps port and key, and posts them when the server replies",
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
