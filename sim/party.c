/* Parties and links: what is the same in every design (slipway/design.h). */
#include <slipway/design_kit.h>

#include "sim/kept.h"

slip_status_t sim_party_init(struct sim_party *party, const struct sim_design *design)
{
    *party = (struct sim_party){.design = design};
    if (design->party_size == 0)
        return SLIP_OK;
    party->state = sim_alloc(design->party_size);
    return party->state == NULL ? SLIP_NO_QUOTA : SLIP_OK;
}

slip_status_t sim_party_serve(struct sim_party *party, slip_handle_t endpoint)
{
    if (party->endpoint != SLIP_NO_HANDLE)
        return SLIP_ALREADY;
    party->kept = sim_kept_open(endpoint);
    if (party->kept == NULL)
        return SLIP_NO_QUOTA;
    party->endpoint = endpoint;
    slip_status_t status = party->design->serve(party, endpoint);
    if (status != SLIP_OK) {
        party->endpoint = SLIP_NO_HANDLE;
        sim_kept_close(party->kept);
        party->kept = NULL;
    }
    return status;
}

slip_status_t sim_party_connect(struct sim_party *party, slip_handle_t endpoint, uint32_t depth,
                                struct sim_link **link)
{
    if (depth == 0)
        return SLIP_BAD_ARGUMENT;
    struct sim_link *new_link = sim_alloc(sizeof *new_link);
    void *state = party->design->link_size == 0 ? NULL : sim_alloc(party->design->link_size);
    if (new_link == NULL || (state == NULL && party->design->link_size != 0)) {
        sim_free(new_link);
        return SLIP_NO_QUOTA;
    }
    *new_link = (struct sim_link){
        .party = party,
        .state = state,
        .next = party->links,
        .endpoint = endpoint,
        .depth = depth,
        .index = party->links == NULL ? 0 : party->links->index + 1,
    };
    slip_status_t status = party->design->connect(party, endpoint, depth, new_link);
    if (status != SLIP_OK) {
        sim_free(state);
        sim_free(new_link);
        return status;
    }
    party->links = new_link;
    *link = new_link;
    return SLIP_OK;
}

slip_status_t sim_party_device(struct sim_party *party, slip_handle_t interrupt, uint64_t key)
{
    if (party->wait_object == SLIP_NO_HANDLE)
        return SLIP_BAD_ARGUMENT;
    return slip_interrupt_bind(interrupt, party->wait_object, key);
}

slip_status_t sim_link_submit(struct sim_link *link, const struct sim_operation *operation)
{
    if (operation->words > SIM_OPERATION_WORDS)
        return SLIP_BAD_ARGUMENT;
    if (link->outstanding >= link->depth)
        return SLIP_NO_SLOT;
    slip_status_t status = link->party->design->submit(link, operation);
    if (status == SLIP_OK)
        link->outstanding++;
    return status;
}

slip_status_t sim_link_cancel(struct sim_link *link, uint64_t key)
{
    const struct sim_design *design = link->party->design;
    return design->cancel == NULL ? SLIP_BAD_OPERATION : design->cancel(link, key);
}

slip_status_t sim_party_next(struct sim_party *party, struct sim_event *events, uint32_t max,
                             slip_time_t deadline, uint32_t *count)
{
    *count = 0;
    if (max == 0)
        return SLIP_BAD_ARGUMENT;
    slip_status_t status = party->design->next(party, events, max, deadline, count);
    uint64_t completed = 0, requested = 0;
    for (uint32_t i = 0; i < *count; i++) {
        requested += events[i].kind == SIM_REQUEST;
        if (events[i].kind != SIM_COMPLETION)
            continue;
        completed++;
        /* A forged completion must not make room for one operation more than the depth. */
        if (events[i].link->outstanding > 0)
            events[i].link->outstanding--;
    }
    /* One writer; read by the window, relaxed. */
    if (completed > 0)
        __atomic_store_n(&party->completed, party->completed + completed, __ATOMIC_RELAXED);
    if (requested > 0)
        __atomic_store_n(&party->requested, party->requested + requested, __ATOMIC_RELAXED);
    return status;
}

slip_status_t sim_party_reply(struct sim_party *party, uint64_t request, slip_status_t status,
                              uint64_t result)
{
    return party->design->reply(party, request, status, result);
}

void sim_party_fini(struct sim_party *party)
{
    if (party->design == NULL)
        return;
    if (party->state != NULL || party->design->party_size == 0)
        party->design->leave(party);
    while (party->links != NULL) {
        struct sim_link *link = party->links;
        party->links = link->next;
        sim_free(link->shares);
        sim_free(link->state);
        sim_free(link);
    }
    sim_free(party->state);
    sim_free(party->tickets);
    party->tickets = NULL;
    if (party->kept != NULL)
        sim_kept_close(party->kept);
    party->kept = NULL;
    party->state = NULL;
    party->design = NULL;
}

/* What is to come would come to where nobody waits any more. */
static int has_outstanding(const struct sim_party *party)
{
    for (const struct sim_link *link = party->links; link != NULL; link = link->next)
        if (link->outstanding != 0)
            return 1;
    return 0;
}

slip_status_t sim_party_port(struct sim_party *party, uint32_t depth, slip_handle_t *port)
{
    slip_handle_t made, old = *port;
    if (has_outstanding(party))
        return SLIP_ALREADY;
    slip_status_t status = slip_port_create(depth, &made);
    if (status != SLIP_OK)
        return status;
    if (party->endpoint != SLIP_NO_HANDLE) {
        if (old != SLIP_NO_HANDLE)
            (void)slip_port_detach(old, party->endpoint, NULL);
        status = slip_port_attach(made, party->endpoint, party->endpoint, SLIP_ATTACH_LEVEL);
        if (status != SLIP_OK) {
            if (old != SLIP_NO_HANDLE)
                (void)slip_port_attach(old, party->endpoint, party->endpoint, SLIP_ATTACH_LEVEL);
            (void)slip_handle_close(made);
            return status;
        }
    }
    if (old != SLIP_NO_HANDLE)
        (void)slip_handle_close(old);
    *port = party->wait_object = made;
    return SLIP_OK;
}

slip_status_t sim_party_gather(struct sim_party *party, slip_handle_t endpoint, slip_handle_t *port)
{
    if (has_outstanding(party))
        return SLIP_ALREADY;
    if (party->endpoint == SLIP_NO_HANDLE) {
        party->wait_object = endpoint;
        return SLIP_OK;
    }
    slip_status_t status = sim_party_port(party, 1, port);
    return status != SLIP_OK ? status
                             : slip_port_attach(*port, endpoint, endpoint, SLIP_ATTACH_LEVEL);
}

slip_status_t sim_gather_wait(const struct sim_party *party, slip_handle_t port,
                              slip_time_t *deadline, slip_handle_t *at, struct sim_event *event,
                              uint32_t *count)
{
    struct slip_completion ready;
    uint32_t taken;
    *at = party->wait_object;
    if (port == SLIP_NO_HANDLE)
        return SLIP_OK;
    slip_status_t status = slip_port_wait(port, &ready, 1, 1, *deadline, &taken);
    if (status != SLIP_OK)
        return status;
    *deadline = 0;
    *at = ready.key;
    if (ready.source == SLIP_SOURCE_INTERRUPT) {
        sim_event_device(event, ready.key, ready.result);
        *count = 1;
    }
    return SLIP_OK;
}

void sim_party_port_close(struct sim_party *party, slip_handle_t port)
{
    if (port == SLIP_NO_HANDLE)
        return;
    if (party->endpoint != SLIP_NO_HANDLE)
        (void)slip_port_detach(port, party->endpoint, NULL);
    (void)slip_handle_close(port);
}

slip_status_t sim_message_take(slip_handle_t endpoint, struct slip_message *m, slip_time_t deadline)
{
    for (;;) {
        *m = (struct slip_message){.words = 0};
        slip_status_t status = slip_endpoint_wait(endpoint, m, deadline);
        if (status != SLIP_TOO_LONG)
            return status;
        uint64_t bytes = m->bytes;
        void *window = sim_alloc(bytes);
        if (window == NULL)
            return status;
        m->area.data = window;
        m->area.capacity = bytes;
        status = slip_endpoint_wait(endpoint, m, 0);
        int taken = status == SLIP_OK, is_long = m->bytes > SLIP_MESSAGE_BYTES_INLINE;
        if (taken && is_long)
            sim_message_drop(m);
        sim_free(window);
        if (taken && !is_long)
            return SLIP_OK; /* another thread took the long one */
    }
}

/* Is [offset, offset + length) inside of the region? Written so that nothing can overflow. */
static int inside(const struct sim_region *region, uint64_t offset, size_t length)
{
    return offset <= region->length && length <= region->length - offset;
}

slip_status_t sim_region_read(const struct sim_region *region, uint64_t offset, void *address,
                              size_t length)
{
    if (!inside(region, offset, length))
        return SLIP_BAD_ARGUMENT;
    switch (region->kind) {
    case SIM_REGION_REQUEST:
        return slip_request_read_lend(region->what, 0, region->offset + offset, address, length);
    case SIM_REGION_BUFFER:
        return slip_buffer_read(region->what, region->offset + offset, address, length);
    case SIM_REGION_NONE:
        break;
    }
    return length == 0 ? SLIP_OK : SLIP_BAD_ARGUMENT;
}

slip_status_t sim_region_write(const struct sim_region *region, uint64_t offset,
                               const void *address, size_t length)
{
    if (!inside(region, offset, length))
        return SLIP_BAD_ARGUMENT;
    switch (region->kind) {
    case SIM_REGION_REQUEST:
        return slip_request_write_lend(region->what, 0, region->offset + offset, address, length);
    case SIM_REGION_BUFFER:
        return slip_buffer_write(region->what, region->offset + offset, address, length);
    case SIM_REGION_NONE:
        break;
    }
    return length == 0 ? SLIP_OK : SLIP_BAD_ARGUMENT;
}
