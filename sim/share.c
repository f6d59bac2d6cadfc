/* Shares: which buffers the other side of a link has a handle of (design_kit.h).
 *
 * One block of memory per link, one entry per buffer and set of rights, in the order in which they
 * were first used. Few buffers carry many operations, so the last one found is tried first. */
#include <slipway/design_kit.h>

#include <string.h>

#define SHARES_FIRST 8U

struct share {
    uint64_t buffer; /* handle */
    uint32_t rights; /* SLIP_RIGHT_x that the other side has */
};

struct sim_shares {
    uint32_t room, count, last;
    struct share share[];
};

static uint32_t rights_of(const struct slip_lend *lend)
{
    return (lend->right & SLIP_LEND_READ ? (uint32_t)SLIP_RIGHT_READ : 0) |
           (lend->right & SLIP_LEND_WRITE ? (uint32_t)SLIP_RIGHT_WRITE : 0);
}

static slip_status_t grow(struct sim_link *link)
{
    struct sim_shares *old = link->shares;
    uint32_t room = old == NULL ? SHARES_FIRST : old->room * 2;
    if (old != NULL && old->count >= SIM_KEPT_MAX - 1)
        return SLIP_NO_QUOTA;
    struct sim_shares *made = sim_alloc(sizeof *made + room * sizeof(struct share));
    if (made == NULL)
        return SLIP_NO_QUOTA;
    if (old != NULL)
        memcpy(made, old, sizeof *old + old->count * sizeof(struct share));
    made->room = room;
    sim_free(old);
    link->shares = made;
    return SLIP_OK;
}

static int serves(const struct share *share, const struct slip_lend *lend)
{
    uint32_t rights = rights_of(lend);
    return share->buffer == lend->buffer && (share->rights & rights) == rights;
}

slip_status_t sim_link_share(struct sim_link *link, const struct slip_lend *lend, uint32_t *number,
                             slip_handle_t *handle)
{
    *handle = SLIP_NO_HANDLE;
    if (lend->right & ~(uint64_t)(SLIP_LEND_READ | SLIP_LEND_WRITE))
        return SLIP_BAD_OPERATION;
    struct sim_shares *shares = link->shares;
    uint32_t count = shares == NULL ? 0 : shares->count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = shares->last + i < count ? shares->last + i : shares->last + i - count;
        if (serves(&shares->share[at], lend)) {
            shares->last = at;
            *number = at + 1;
            return SLIP_OK;
        }
    }
    if ((shares == NULL || count == shares->room || count >= SIM_KEPT_MAX - 1) &&
        grow(link) != SLIP_OK)
        return SLIP_NO_QUOTA;
    slip_status_t status = slip_buffer_share(lend->buffer, rights_of(lend), handle);
    if (status != SLIP_OK)
        return status;
    link->shares->share[count] = (struct share){lend->buffer, rights_of(lend)};
    *number = count + 1;
    return SLIP_OK;
}

void sim_link_shared(struct sim_link *link)
{
    link->shares->last = link->shares->count++;
}
