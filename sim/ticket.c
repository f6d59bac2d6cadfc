/* Tickets: numbers for the requests that a party has taken and not answered (design_kit.h).
 *
 * One block of memory that doubles when it is full. A number is place + 1, and above it how often the
 * place was used, so that a number which was taken back stays worthless. */
#include <slipway/design_kit.h>

#include <string.h>

#define PLACES_FIRST 16U

struct place {
    struct sim_ticket ticket;
    uint32_t use;  /* odd while it is taken */
    uint32_t next; /* free one after this, + 1; 0: none */
};

struct sim_tickets {
    uint32_t count, free; /* free: the first one, + 1 */
    struct place place[];
};

static slip_status_t grow(struct sim_party *party)
{
    struct sim_tickets *old = party->tickets;
    uint32_t from = old == NULL ? 0 : old->count;
    uint32_t to = from == 0 ? PLACES_FIRST : from * 2;
    struct sim_tickets *made =
        to <= from ? NULL : sim_alloc(sizeof *made + to * sizeof(struct place));
    if (made == NULL)
        return SLIP_NO_QUOTA;
    if (old != NULL)
        memcpy(made->place, old->place, from * sizeof(struct place));
    for (uint32_t i = from; i < to; i++)
        made->place[i].next = i + 1 == to ? 0 : i + 2;
    made->count = to;
    made->free = from + 1;
    sim_free(old);
    party->tickets = made;
    return SLIP_OK;
}

slip_status_t sim_party_ticket(struct sim_party *party, const struct sim_ticket *ticket,
                               uint64_t *request)
{
    if ((party->tickets == NULL || party->tickets->free == 0) && grow(party) != SLIP_OK)
        return SLIP_NO_QUOTA;
    struct sim_tickets *tickets = party->tickets;
    uint32_t number = tickets->free;
    struct place *place = &tickets->place[number - 1];
    tickets->free = place->next;
    place->ticket = *ticket;
    place->use++;
    *request = (uint64_t)place->use << 32 | number;
    return SLIP_OK;
}

slip_status_t sim_party_untick(struct sim_party *party, uint64_t request, struct sim_ticket *ticket)
{
    struct sim_tickets *tickets = party->tickets;
    uint32_t number = (uint32_t)request;
    if (tickets == NULL || number == 0 || number > tickets->count)
        return SLIP_STALE;
    struct place *place = &tickets->place[number - 1];
    if ((place->use & 1) == 0 || place->use != request >> 32)
        return SLIP_STALE;
    *ticket = place->ticket;
    place->use++;
    place->next = tickets->free;
    tickets->free = number;
    return SLIP_OK;
}
