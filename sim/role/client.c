/* The client: keeps up to `depth` operations outstanding on each of its links, as many as there is room
 * for in a closed loop, those that are due in an open one. */
#include "sim/role/client.h"

#include "sim/activity.h"
#include "sim/measure/window.h"

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

/* Submits one operation on a link. 1 if another may follow at once. */
static int client_submit(struct client *client, struct client_link *link)
{
    struct client_slot *slot = &client->slots[link->free];
    struct sim_operation operation = {.key = link->free, .deadline = SLIP_NEVER};
    if (slot->used)
        client_think(client);
    client->op->prepare(client, slot, &operation);
    if (operation.lend.buffer != 0 || client->process->verify)
        client->now_fresh = 0;

    client_start(client, slot);
    slot->activity = sim_activity_begin();
    sim_activity_late(slot->activity, slot->begun - slot->submitted);
    slip_status_t status = sim_link_submit(link->link, &operation);
    client->now_fresh = 0;
    if (status == SLIP_OK) {
        slot->used = 1;
        link->free = slot->next;
        slot->state = CLIENT_ASKED;
        client->issued++;
        client->outstanding++;
        client_started(client, slot);
        return 1;
    }
    sim_activity_end(slot->activity, 0);
    /* A queue that is full for a moment has room when something has completed. */
    if (status == SLIP_FULL && client->outstanding != 0)
        return 0;
    client_failed(client, "submit", (uint32_t)(link - client->links), status);
    client_gone(client, link);
    return 1;
}

/* The slot that a completion is of; NULL if nobody asked for it. */
static struct client_slot *client_slot_of(const struct client *client,
                                          const struct sim_event *event)
{
    if (event->kind != SIM_COMPLETION || event->key >= client->slots_count)
        return NULL;
    struct client_slot *slot = &client->slots[event->key];
    return slot->state != CLIENT_FREE && event->link == client->links[slot->link].link ? slot
                                                                                       : NULL;
}

/* Is the answer what it has to be? */
static int client_right(const struct client *client, const struct client_slot *slot,
                        const struct sim_event *event)
{
    return event->status == SLIP_OK &&
           (client->process->op == SIM_OP_SEND || event->result == slot->expected);
}

/* In the time that the rate is of? By time that is a window of the clock, which nothing that happens
 * opens or closes; by operations it is from the first measured one of any client. What the warm-up
 * submitted counts as well: it was done meanwhile. */
static int client_in_time(const struct client *client)
{
    const struct sim_control *control = client->context->control;
    if (control->ops != 0 || control->measure_ns == 0)
        return sim_window_is_open(client->recorder->window);
    slip_time_t begin = client_window(control);
    return client->now > begin && client->now <= begin + control->measure_ns;
}

static void client_record(struct client *client, const struct client_slot *slot)
{
    if (slot->measured)
        sim_recorder_operation(client->recorder, slot->submitted, client->now);
    if (client_in_time(client))
        sim_recorder_in_time(client->recorder);
}

static void client_complete(struct client *client, const struct sim_event *event)
{
    struct client_slot *slot = client_slot_of(client, event);
    if (slot == NULL) {
        client_failed(client, "a completion that nobody asked for",
                      event->link != NULL ? event->link->index : 0, event->status);
        return;
    }
    client->outstanding--;
    int right = client_right(client, slot, event);
    if (!right)
        client_failed(client, "completion", slot->link, event->status);
    else if (slot->state == CLIENT_ASKED)
        client_record(client, slot);
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

/* Ends the activities of all that came together at the one time that is noted for all of them. */
static void client_settle(struct client *client, const struct sim_event *events, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct client_slot *slot = client_slot_of(client, &events[i]);
        if (slot != NULL && slot->state == CLIENT_ASKED)
            sim_activity_end(slot->activity,
                             slot->measured && client_right(client, slot, &events[i]));
    }
}

/* Takes what has completed, until the deadline. 0, or 1 if nothing more can come. */
static int client_take(struct client *client, slip_time_t deadline)
{
    struct sim_event events[SIM_ROLE_BATCH];
    uint32_t count;
    slip_status_t status =
        sim_party_next(client->context->party, events, SIM_ROLE_BATCH, deadline, &count);
    client->now_fresh = 0;
    if (deadline != SLIP_NEVER && (status == SLIP_TIMED_OUT || status == SLIP_WOULD_BLOCK))
        return 0;
    if (status != SLIP_OK) {
        client_failed(client, "wait", 0, status);
        return 1;
    }
    client_now(client); /* one reading for all that came together */
    client_settle(client, events, count);
    for (uint32_t i = 0; i < count; i++)
        if (events[i].kind == SIM_COMPLETION)
            client_complete(client, &events[i]);
    if (client->process->verify)
        client->now_fresh = 0;
    return 0;
}

/* Waits for the next operation of an open loop, or for what completes before. 0, or 1 if it can do
 * neither. */
static int client_await(struct client *client)
{
    if (client->outstanding != 0)
        return client_take(client, client->due);
    (void)slip_thread_sleep_until(client->due);
    client->now_fresh = 0;
    return 0;
}

/* Waits for what completes, since nothing can begin before. 0, or 1 if nothing is to come. */
static int client_drain(struct client *client)
{
    int done = client_done(client);
    if (client->outstanding == 0 || client_take(client, SLIP_NEVER) != 0)
        return 1;
    if (!done)
        client->held = client_now(client);
    return 0;
}

/* Is there a link that can take an operation? */
static int client_has_room(const struct client *client)
{
    for (uint32_t i = 0; i < client->links_count; i++)
        if (!client->links[i].gone && client->links[i].free != client->slots_count)
            return 1;
    return 0;
}

static void client_run(struct sim_role_context *context)
{
    struct client client;
    if (client_setup(&client, context) == 0) {
        int over = 0;
        client_pace_begin(&client);
        while (!over) {
            struct client_link *link;
            while (!client_done(&client) && client_due(&client) &&
                   (link = client_next_link(&client)) != NULL)
                if (!client_submit(&client, link))
                    break;
            if (client.process->open && !client_done(&client) && client_has_room(&client) &&
                !client_due(&client))
                over = client_await(&client);
            else
                over = client_drain(&client);
        }
        client_pace_end(&client);
    }
    sim_recorder_end(client.recorder, sim_recorder_now(client.recorder));
    client_leave(&client);
}

const struct sim_role sim_role_client = {
    .name = "client",
    .about = "reads, writes, echoes or sends, and checks what comes back",
    .serves = 0,
    .connects = 1,
    .device = 0,
    .bounded = 1,
    .run = client_run,
};
