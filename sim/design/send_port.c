/* send-port: an asynchronous send and a completion port, tied together by nothing.
 *
 *   client                                         server
 *   send(words, key, buffer) -> endpoint           -> endpoint_wait
 *   port_wait                <- port of the client <- port_post(port, key, status, result)
 *
 * To the kernel the command is one message and its completion another; that they belong together is
 * a matter between client and server. The first message of a link brings a handle of the client's
 * port, with the right to post and no other. The server keeps it by the client's badge, and from
 * then on can post what it likes. Nothing is lent, either: the first message that uses a buffer
 * brings a share of it, which the server keeps, too, and which lets it touch the buffer for as long
 * as that is there. A post never blocks, and one that finds the port full is lost. If the server
 * dies, nobody tells the client.
 */
#include <string.h>
#include <slipway/design_kit.h>

#define BATCH 16U /* completions that one wait takes */
/* PORT: number of a client's port among what is kept of it; the buffers follow. */
enum { PORT = 0, LEAVE = 255 };

struct command { /* the words of a message */
    uint64_t word[SIM_OPERATION_WORDS];
    uint64_t key;
    uint8_t words;                              /* or LEAVE: the client says goodbye */
    uint8_t brings_port : 1, brings_buffer : 1; /* handles of the message, in this order */
    uint8_t right;                              /* SLIP_LEND_x */
    uint32_t buffer;                            /* the link's number of it; 0: none */
    uint64_t offset, length;                    /* bytes, in the buffer */
};
_Static_assert(sizeof(struct command) == SLIP_MESSAGE_BYTES_INLINE, "a command is one message");

struct link {
    int introduced; /* the server has our port */
};

struct party {
    slip_handle_t port; /* of the client side; 0: a pure server */
    uint32_t port_depth;
};

static slip_status_t connect(struct sim_party *party, slip_handle_t endpoint, uint32_t depth,
                             struct sim_link *link)
{
    struct party *own = party->state;
    (void)endpoint, (void)link; /* the server hears of it with the first command */
    slip_status_t status = sim_party_port(party, own->port_depth + depth, &own->port);
    if (status != SLIP_OK)
        return status;
    own->port_depth += depth;
    for (struct sim_link *old = party->links; old != NULL; old = old->next)
        ((struct link *)old->state)->introduced = 0; /* what it has is the port until now */
    return SLIP_OK;
}

/* Adds what the server does not have yet: our port, the buffer. */
static slip_status_t bring(struct sim_link *link, const struct slip_lend *lend,
                           struct command *command, struct slip_message *m)
{
    const struct link *own = link->state;
    const struct party *party = link->party->state;
    slip_status_t status = SLIP_OK;
    command->brings_port = !own->introduced;
    if (command->brings_port) /* the badge, which nobody can change, tells the link */
        status = slip_handle_duplicate(party->port, SLIP_RIGHT_POST, (uintptr_t)link,
                                       &m->handle[m->handles++]);
    if (status == SLIP_OK && lend->buffer != 0) {
        status = sim_link_share(link, lend, &command->buffer, &m->handle[m->handles]);
        command->brings_buffer = m->handle[m->handles] != SLIP_NO_HANDLE;
        m->handles += command->brings_buffer;
        command->right = (uint8_t)lend->right;
        command->offset = lend->offset;
        command->length = lend->length;
    }
    return status;
}

static slip_status_t submit(struct sim_link *link, const struct sim_operation *operation)
{
    struct link *own = link->state;
    struct slip_message m = {.words = SLIP_MESSAGE_WORDS};
    struct command command = {.key = operation->key, .words = (uint8_t)operation->words};
    memcpy(command.word, operation->word, sizeof command.word);
    slip_status_t status = bring(link, &operation->lend, &command, &m);
    memcpy(m.word, &command, sizeof command);
    if (status == SLIP_OK)
        status = slip_endpoint_send(link->endpoint, &m, operation->deadline);
    own->introduced |= status == SLIP_OK;
    if (status != SLIP_OK)
        sim_message_drop(&m);
    else if (command.brings_buffer)
        sim_link_shared(link);
    return status;
}

static slip_status_t serve(struct sim_party *party, slip_handle_t endpoint)
{
    party->wait_object = endpoint;
    return SLIP_OK;
}

/* Makes a command an event: 1, or 0 if it waits for what another message brings, or was dropped. */
static uint32_t begin(struct sim_party *party, const struct slip_message *m,
                      struct sim_event *event)
{
    struct command command;
    struct sim_ticket ticket = {.badge = m->badge};
    slip_handle_t buffer = SLIP_NO_HANDLE;
    memcpy(&command, m->word, sizeof command);
    if (sim_party_look(party, m, PORT, &ticket.handle) != SLIP_OK)
        return 0;
    if (command.words == LEAVE) {
        sim_party_forget(party, m->badge, ticket.handle);
        return 0;
    }
    if (command.buffer != 0 && sim_party_look(party, m, command.buffer, &buffer) != SLIP_OK)
        return 0;
    *event = (struct sim_event){.kind = SIM_REQUEST,
                                .activity = sim_activity_now(),
                                .badge = m->badge,
                                .words = command.words};
    memcpy(event->word, command.word, sizeof event->word);
    if (buffer != SLIP_NO_HANDLE)
        event->region = (struct sim_region){SIM_REGION_BUFFER, buffer, command.offset,
                                            command.length, command.right};
    ticket.key = command.key;
    if (sim_party_ticket(party, &ticket, &event->request) == SLIP_OK)
        return 1;
    (void)slip_port_post(ticket.handle, ticket.key, SLIP_NO_QUOTA, 0);
    return 0;
}

static uint32_t take_command(struct sim_party *party, struct slip_message *m,
                             struct sim_event *event)
{
    struct command command;
    memcpy(&command, m->word, sizeof command);
    if (m->request != 0 || m->words != SLIP_MESSAGE_WORDS ||
        (command.words > SIM_OPERATION_WORDS && command.words != LEAVE) ||
        m->handles != (uint32_t)command.brings_port + command.brings_buffer) {
        sim_message_drop(m);
        return 0;
    }
    if (command.brings_port)
        (void)sim_party_keep(party, m->badge, PORT, m->handle[0]);
    if (command.brings_buffer)
        (void)sim_party_keep(party, m->badge, command.buffer, m->handle[m->handles - 1]);
    return begin(party, m, event);
}

/* Takes one message at the endpoint. */
static slip_status_t take(struct sim_party *party, struct sim_event *event, slip_time_t deadline,
                          uint32_t *count)
{
    struct slip_message m;
    slip_status_t status = sim_message_take(party->endpoint, &m, deadline);
    if (status != SLIP_OK)
        return status;
    *count += m.flags & SLIP_GOT_PULSE ? sim_event_device(event, m.badge, m.word[0])
                                       : take_command(party, &m, event);
    return SLIP_OK;
}

static slip_status_t reply(struct sim_party *party, uint64_t request, slip_status_t status,
                           uint64_t result)
{
    struct sim_ticket ticket;
    slip_status_t posted = sim_party_untick(party, request, &ticket);
    if (posted != SLIP_OK)
        return posted;
    posted = slip_port_post(ticket.handle, ticket.key, status, result);
    if (posted == SLIP_FULL)
        party->lost++;
    else if (posted != SLIP_OK) /* the client is gone */
        sim_party_forget(party, ticket.badge, ticket.handle);
    return posted == SLIP_OK || posted == SLIP_FULL ? posted : SLIP_STALE;
}

static slip_status_t take_port(struct sim_party *party, struct sim_event *events, uint32_t max,
                               slip_time_t deadline, uint32_t *count)
{
    const struct party *own = party->state;
    struct slip_completion done[BATCH];
    uint32_t taken;
    slip_status_t status =
        slip_port_wait(own->port, done, 1, max < BATCH ? max : BATCH, deadline, &taken);
    for (uint32_t i = 0; i < taken; i++) {
        struct sim_event *event = &events[*count];
        struct sim_link *link = (struct sim_link *)(uintptr_t)done[i].badge;
        slip_status_t more = SLIP_OK;
        if (done[i].source == SLIP_SOURCE_POST)
            *count += sim_event_completion(event, link, done[i].key, (slip_status_t)done[i].status,
                                           done[i].result);
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
    struct slip_message m;
    while (*count == 0 && status == SLIP_OK) {
        while (*count < max && sim_party_unpark(party, &m))
            *count += begin(party, &m, &events[*count]);
        if (*count == 0)
            status = own->port == SLIP_NO_HANDLE ? take(party, events, deadline, count)
                                                 : take_port(party, events, max, deadline, count);
    }
    return *count != 0 ? SLIP_OK : status;
}

static void leave(struct sim_party *party)
{
    const struct party *own = party->state;
    struct slip_message m = {.words = SLIP_MESSAGE_WORDS, .flags = SLIP_SEND_FAIL_FULL};
    struct command command = {.words = LEAVE};
    memcpy(m.word, &command, sizeof command);
    for (struct sim_link *link = party->links; link != NULL; link = link->next)
        if (((struct link *)link->state)->introduced) /* or the server finds out by itself */
            (void)slip_endpoint_send(link->endpoint, &m, 0);
    sim_party_port_close(party, own->port);
}

const struct sim_design sim_design = {
    .version = SIM_DESIGN_VERSION,
    .size = sizeof(struct sim_design),
    .name = "send-port",
    .about = "an asynchronous send; the server posts to a port that it was given",
    .origin = "async send plus a completion port, tied by nothing",
    .party_size = sizeof(struct party),
    .link_size = sizeof(struct link),
    .serve = serve,
    .connect = connect,
    .submit = submit,
    .next = next,
    .reply = reply,
    .leave = leave,
};
