/* When a client's next operation is due, whether it is measured, and when the load is done. */
#include "sim/role/client.h"

#define FINE_BITS 16
#define CLIENT_NEVER_MAX 1000000U /* counted no further, for there may be any number of them */
#define FINE_MASK ((UINT64_C(1) << FINE_BITS) - 1)

slip_time_t client_now(struct client *client)
{
    if (!client->now_fresh)
        client->now = sim_recorder_now(client->recorder);
    client->now_fresh = 1;
    return client->now;
}

/* ---- closed loops ----------------------------------------------------------------------------- */

void client_think(struct client *client)
{
    uint64_t think = (uint64_t)sim_draw_next(&client->think, &client->random);
    uint64_t pause = (uint64_t)sim_draw_next(&client->pause, &client->random);
    if (think != 0)
        slip_thread_compute(think);
    if (pause != 0) {
        client->now_fresh &= think == 0;
        (void)slip_thread_sleep_until(client_now(client) + pause);
    }
    if (think != 0 || pause != 0)
        client->now_fresh = 0;
}

/* ---- open loops ------------------------------------------------------------------------------- */

static void client_draw_due(struct client *client)
{
    /* The parts of a nanosecond are kept, so that they do not add up to a wrong rate. */
    client->due_fine += sim_draw_fine(&client->gap, &client->random);
    client->due += client->due_fine >> FINE_BITS;
    client->due_fine &= FINE_MASK;
}

void client_pace_begin(struct client *client)
{
    if (!client->process->open)
        return;
    client->due = client_now(client);
    client_draw_due(client);
}

int client_due(struct client *client)
{
    return !client->process->open || client->due <= client_now(client);
}

/* Most of all, so far. */
static void client_note_most(atomic_uint_least64_t *most, uint64_t value)
{
    uint_least64_t old = atomic_load_explicit(most, memory_order_relaxed);
    while (value > old && !atomic_compare_exchange_weak_explicit(
                              most, &old, value, memory_order_relaxed, memory_order_relaxed))
        ;
}

void client_started(struct client *client, const struct client_slot *slot)
{
    struct sim_control *control = client->context->control;
    if (!client->process->open)
        return;
    /* Waking up takes its time as well, but that is nobody's fault but the machine's. */
    if (slot->measured && slot->submitted < client->held) {
        atomic_fetch_add_explicit(&control->late, 1, memory_order_relaxed);
        client_note_most(&control->late_most_ns, slot->begun - slot->submitted);
    }
    client_draw_due(client);
}

void client_pace_end(struct client *client)
{
    struct sim_control *control = client->context->control;
    uint64_t never = 0;
    if (!client->process->open || control->ops != 0 || !client->begun)
        return;
    for (; client->due < client->end && client->due < client->held && never < CLIENT_NEVER_MAX;
         client_draw_due(client))
        never++;
    atomic_fetch_add_explicit(&control->late_never, never, memory_order_relaxed);
}

/* ---- both --------------------------------------------------------------------------------------- */

/* The last reading of the clock will do: what is late by it is not counted as in time. */
int client_done(struct client *client)
{
    const struct sim_control *control = client->context->control;
    if (atomic_load_explicit(&control->stop, memory_order_relaxed) != 0)
        return 1;
    if (control->ops != 0)
        return client->issued >= client->share;
    if (!client->begun || control->measure_ns == 0)
        return 0;
    return client->now >= client->end || (client->process->open && client->due >= client->end);
}

slip_time_t client_window(const struct sim_control *control)
{
    slip_time_t released = atomic_load_explicit(&control->released, memory_order_relaxed);
    return released == SLIP_NEVER ? SLIP_NEVER : released + control->warmup_ns;
}

/* The first one that is measured opens the window; what that takes is nobody's response time. A client
 * that has had no answer by the end of the measured time asks once more, so that it measures one. */
void client_start(struct client *client, struct client_slot *slot)
{
    const struct sim_control *control = client->context->control;
    int open = client->process->open;
    slot->begun = client_now(client);
    slot->submitted = open ? client->due : slot->begun;
    slip_time_t window = client_window(control);
    slot->measured = client->begun || (control->ops != 0 ? client->issued >= client->warmup
                                                         : slot->submitted >= window);
    if (client->begun || !slot->measured)
        return;
    client->begun = 1;
    sim_recorder_begin(client->recorder, slot->begun);
    client->now_fresh = 0;
    slot->begun = client_now(client);
    if (!open)
        slot->submitted = slot->begun;
    client->recorder->first = slot->submitted;
    client->end = window + control->measure_ns;
}
