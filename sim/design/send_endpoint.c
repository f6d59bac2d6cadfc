/* send-endpoint: the endpoint can be the completion port.
 *
 *   client                                             server
 *   send(words, key, buffer) -> endpoint               -> endpoint_wait
 *   endpoint_wait            <- endpoint of the client <- send(key, status, result)
 *
 * As send-port, but a completion is a message as the command was, to an endpoint of the client's
 * own; the first message of a link brings a handle of it, with the right to send. All that is said
 * there of the port's handle is true here. A completion fails rather than waits when the queue is
 * full, and then it is lost. Who serves and connects still has two queues, and waits at a port.
 */
#include <string.h>
#include <slipway/design_kit.h>

/* HOME: number of a client's endpoint among what is kept of it; the buffers follow. */
enum { HOME = 0, LEAVE = 255, DONE_WORDS = 3 };

struct command { /* the words of a message */
    uint64_t word[SIM_OPERATION_WORDS];
    uint64_t key;
    uint8_t words;                              /* or LEAVE: the client says goodbye */
    uint8_t brings_home : 1, brings_buffer : 1; /* handles of the message, in this order */
    uint8_t right;                              /* SLIP_LEND_x */
    uint32_t buffer;                            /* the link's number of it; 0: none */
    uint64_t offset, length;                    /* bytes, in the buffer */
};
_Static_assert(sizeof(struct command) == SLIP_MESSAGE_BYTES_INLINE, "a command is one message");

struct link {
    int introduced; /* the server has our endpoint */
};

struct party {
    slip_handle_t home; /* endpoint for completions; 0: a pure server */
    uint32_t home_depth;
    slip_handle_t port; /* home and the served endpoint together; 0: there is only one */
};

static slip_status_t connect(struct sim_party *party, slip_handle_t endpoint, uint32_t depth,
                             struct sim_link *link)
{
    struct party *own = party->state;
    slip_handle_t home;
    (void)endpoint, (void)link; /* the server hears of it with the first command */
    slip_status_t status = slip_endpoint_create(own->home_depth + depth, &home);
    if (status == SLIP_OK)
        status = sim_party_gather(party, home, &own->port);
    if (status != SLIP_OK) {
        (void)slip_handle_close(home);
        return status;
    }
    (void)slip_handle_close(own->home);
    own->home = home;
    own->home_depth += depth;
    for (struct sim_link *old = party->links; old != NULL; old = old->next)
        ((struct link *)old->state)->introduced = 0; /* what it has is the one until now */
    return SLIP_OK;
}

/* Adds what the server does not have yet: our endpoint, the buffer. */
static slip_status_t bring(struct sim_link *link, const struct slip_lend *lend,
                           struct command *command, struct slip_message *m)
{
    const struct link *own = link->state;
    const struct party *party = link->party->state;
    slip_status_t status = SLIP_OK;
    command->brings_home = !own->introduced;
    if (command->brings_home) /* the badge, which nobody can change, tells the link */
        status = slip_handle_duplicate(party->home, SLIP_RIGHT_SEND, (uintptr_t)link,
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

static slip_status_t complete(const struct sim_ticket *ticket, slip_status_t status,
                              uint64_t result)
{
    struct slip_message m = {.word = {ticket->key, (uint64_t)(int64_t)status, result},
                             .words = DONE_WORDS,
                             .flags = SLIP_SEND_FAIL_FULL};
    return slip_endpoint_send(ticket->handle, &m, 0);
}

/* Makes a command an event: 1, or 0 if it waits for what another message brings, or was dropped. */
static uint32_t begin(struct sim_party *party, const struct slip_message *m,
                      struct sim_event *event)
{
    struct command command;
    struct sim_ticket ticket = {.badge = m->badge};
    slip_handle_t buffer = SLIP_NO_HANDLE;
    memcpy(&command, m->word, sizeof command);
    if (sim_party_look(party, m, HOME, &ticket.handle) != SLIP_OK)
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
    (void)complete(&ticket, SLIP_NO_QUOTA, 0);
    return 0;
}

static uint32_t take_command(struct sim_party *party, struct slip_message *m,
                             struct sim_event *event)
{
    struct command command;
    memcpy(&command, m->word, sizeof command);
    if (m->request != 0 || m->words != SLIP_MESSAGE_WORDS ||
        (command.words > SIM_OPERATION_WORDS && command.words != LEAVE) ||
        m->handles != (uint32_t)command.brings_home + command.brings_buffer) {
        sim_message_drop(m);
        return 0;
    }
    if (command.brings_home)
        (void)sim_party_keep(party, m->badge, HOME, m->handle[0]);
    if (command.brings_buffer)
        (void)sim_party_keep(party, m->badge, command.buffer, m->handle[m->handles - 1]);
    return begin(party, m, event);
}

static uint32_t take_completion(struct sim_party *party, struct slip_message *m,
                                struct sim_event *event)
{
    (void)party;
    if (m->request == 0 && m->words == DONE_WORDS && m->handles == 0)
        return sim_event_completion(event, (struct sim_link *)(uintptr_t)m->badge, m->word[0],
                                    (slip_status_t)m->word[1], m->word[2]);
    sim_message_drop(m);
    return 0;
}

static slip_status_t reply(struct sim_party *party, uint64_t request, slip_status_t status,
                           uint64_t result)
{
    struct sim_ticket ticket;
    slip_status_t sent = sim_party_untick(party, request, &ticket);
    if (sent != SLIP_OK)
        return sent;
    sent = complete(&ticket, status, result);
    if (sent == SLIP_FULL)
        party->lost++;
    else if (sent != SLIP_OK) /* the client is gone */
        sim_party_forget(party, ticket.badge, ticket.handle);
    return sent == SLIP_OK || sent == SLIP_FULL ? sent : SLIP_STALE;
}

/* Takes one message: at home a completion, where it serves a command, and at either a pulse. */
static slip_status_t take(struct sim_party *party, slip_handle_t at, struct sim_event *event,
                          slip_time_t deadline, uint32_t *count)
{
    const struct party *own = party->state;
    struct slip_message m;
    slip_status_t status = sim_message_take(at, &m, deadline);
    if (status != SLIP_OK) /* at a port: another thread may have been quicker */
        return status == SLIP_WOULD_BLOCK && own->port != SLIP_NO_HANDLE ? SLIP_OK : status;
    if (m.flags & SLIP_GOT_PULSE)
        *count = sim_event_device(event, m.badge, m.word[0]);
    else
        *count = (at == own->home ? take_completion : take_command)(party, &m, event);
    return SLIP_OK;
}

static slip_status_t next(struct sim_party *party, struct sim_event *events, uint32_t max,
                          slip_time_t deadline, uint32_t *count)
{
    const struct party *own = party->state;
    slip_status_t status = SLIP_OK;
    struct slip_message m;
    while (*count == 0 && status == SLIP_OK) {
        slip_time_t until = deadline;
        slip_handle_t at;
        while (*count < max && sim_party_unpark(party, &m))
            *count += begin(party, &m, &events[*count]);
        if (*count == 0)
            status = sim_gather_wait(party, own->port, &until, &at, events, count);
        if (*count == 0 && status == SLIP_OK)
            status = take(party, at, events, until, count);
    }
    return status;
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
    (void)slip_handle_close(own->home);
}

const struct sim_design sim_design = {
    .version = SIM_DESIGN_VERSION,
    .size = sizeof(struct sim_design),
    .name = "send-endpoint",
    .about = "an asynchronous send; the completion is a message to the client's endpoint",
    .origin = "\"the endpoint can be the completion port\"",
    .party_size = sizeof(struct party),
    .link_size = sizeof(struct link),
    .serve = serve,
    .connect = connect,
    .submit = submit,
    .next = next,
    .reply = reply,
    .leave = leave,
};
