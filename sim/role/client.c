/* The client: a closed loop that keeps `depth` operations outstanding on each of its links. */
#include "sim/role/client.h"

static slip_time_t client_now(struct client *client)
{
    if (!client->now_fresh)
        client->now = sim_recorder_now(client->recorder);
    client->now_fresh = 1;
    return client->now;
}

static void client_gone(struct client *client, struct client_link *link)
{
    client->links_gone += !link->gone;
    link->gone = 1;
}

static void client_free(struct client *client, struct client_slot *slot)
{
    struct client_link *link = &client->links[slot->link];
    slot->state = CLIENT_FREE;
    slot->next = link->free;
    link->free = (uint32_t)(slot - client->slots);
}

/* The next link in turn that can take an operation, or NULL. */
static struct client_link *client_next_link(struct client *client)
{
    for (uint32_t n = 0; n < client->links_count; n++) {
        struct client_link *link = &client->links[client->turn];
        client->turn = client->turn + 1 == client->links_count ? 0 : client->turn + 1;
        if (!link->gone && link->free != client->slots_count)
            return link;
    }
    return NULL;
}

/* Is the load done, or is it to end? The last reading of the clock will do: what is late by it is
 * not counted as in time. */
static int client_done(struct client *client)
{
    const struct sim_control *control = client->context->control;
    if (atomic_load_explicit(&control->stop, memory_order_relaxed) != 0)
        return 1;
    if (control->ops != 0)
        return client->issued >= client->share;
    return client->begun && control->measure_ns != 0 && client->now >= client->end;
}

/* Reads the clock for an operation that is about to be submitted, and decides whether it is
 * measured. The first one that is opens the window; what that takes is nobody's response time. */
static void client_start_clock(struct client *client, struct client_slot *slot)
{
    const struct sim_control *control = client->context->control;
    slot->submitted = client_now(client);
    if (client->issued == 0)
        client->first = slot->submitted;
    slot->measured = client->begun ||
                     (control->ops != 0 ? client->issued >= client->warmup
                                        : slot->submitted - client->first >= control->warmup_ns);
    if (client->begun || !slot->measured)
        return;
    client->begun = 1;
    sim_recorder_begin(client->recorder, slot->submitted);
    client->now_fresh = 0;
    slot->submitted = client->recorder->first = client_now(client);
    client->end = slot->submitted + control->measure_ns;
}

/* Submits one operation on a link. 1 if another may follow at once. */
static int client_submit(struct client *client, struct client_link *link)
{
    struct client_slot *slot = &client->slots[link->free];
    struct sim_operation operation = {.key = link->free, .deadline = SLIP_NEVER};
    if (slot->used && client->process->think_ns != 0) {
        slip_thread_compute(client->process->think_ns);
        client->now_fresh = 0;
    }
    client->op->prepare(client, slot, &operation);
    if (operation.lend.buffer != 0 || client->process->verify)
        client->now_fresh = 0;

    client_start_clock(client, slot);
    slip_status_t status = sim_link_submit(link->link, &operation);
    client->now_fresh = 0;
    if (status == SLIP_OK) {
        slot->used = 1;
        link->free = slot->next;
        slot->state = CLIENT_ASKED;
        client->issued++;
        client->outstanding++;
        return 1;
    }
    /* A queue that is full for a moment has room when something has completed. */
    if (status == SLIP_FULL && client->outstanding != 0)
        return 0;
    client_failed(client, "submit", (uint32_t)(link - client->links), status);
    client_gone(client, link);
    return 1;
}

static void client_complete(struct client *client, const struct sim_event *event)
{
    struct client_slot *slot = event->key < client->slots_count ? &client->slots[event->key] : NULL;
    if (slot == NULL || slot->state == CLIENT_FREE ||
        event->link != client->links[slot->link].link) {
        client_failed(client, "a completion that nobody asked for",
                      event->link != NULL ? event->link->index : 0, event->status);
        return;
    }
    client->outstanding--;
    int right = event->status == SLIP_OK;
    if (client->process->op != SIM_OP_SEND)
        right = right && event->result == slot->expected;
    if (!right)
        client_failed(client, "completion", slot->link, event->status);
    else if (slot->measured && slot->state == CLIENT_ASKED)
        sim_recorder_operation(client->recorder, slot->submitted, client->now,
                               client->context->control->ops != 0 ||
                                   client->context->control->measure_ns == 0 ||
                                   client->now <= client->end);
    if (event->status == SLIP_PEER_CLOSED)
        client_gone(client, &client->links[slot->link]);
    if (right && slot->state == CLIENT_ASKED && client->op->reads_back && client->process->verify) {
        slip_status_t status = client_read_back(client, slot);
        if (status == SLIP_OK)
            return;
        client_failed(client, "submit", slot->link, status);
        right = 0;
    }
    if (right)
        client->op->check(client, slot);
    client_free(client, slot);
}

/* Takes what has completed. 0, or 1 if nothing more can come. */
static int client_take(struct client *client)
{
    struct sim_event events[SIM_ROLE_BATCH];
    uint32_t count;
    slip_status_t status =
        sim_party_next(client->context->party, events, SIM_ROLE_BATCH, SLIP_NEVER, &count);
    if (status != SLIP_OK) {
        client_failed(client, "wait", 0, status);
        return 1;
    }
    /* One reading for all that came together. */
    client->now_fresh = 0;
    client_now(client);
    for (uint32_t i = 0; i < count; i++)
        if (events[i].kind == SIM_COMPLETION)
            client_complete(client, &events[i]);
    if (client->process->verify)
        client->now_fresh = 0;
    return 0;
}

static void client_run(struct sim_role_context *context)
{
    struct client client;
    if (client_setup(&client, context) == 0) {
        int over = 0;
        while (!over) {
            struct client_link *link;
            while (!client_done(&client) && (link = client_next_link(&client)) != NULL)
                if (!client_submit(&client, link))
                    break;
            over = client.outstanding == 0 || client_take(&client) != 0;
        }
    }
    sim_recorder_end(client.recorder, sim_recorder_now(client.recorder));
    client_leave(&client);
}

const struct sim_role sim_role_client = {
    .name = "client",
    .about = "reads, writes, echoes or sends in a closed loop, and checks what comes back",
    .serves = 0,
    .connects = 1,
    .device = 0,
    .bounded = 1,
    .run = client_run,
};
