/* For those who write a design: what would else stand in each of them. Each name makes the system
 * calls that its comment tells of, and nothing is done behind a design's back.
 *
 *   events    from messages, completions and interrupts
 *   answers   that are held back until the next wait
 *   ports     to wait for completions, requests and devices at once
 *   kept      what a server remembers of its clients, for designs in which the kernel does not
 *   tickets   numbers for requests, for designs in which the kernel has none
 *   shares    which buffers the other side has a handle of
 *
 * All of it runs inside of the party's thread.
 */
#ifndef SLIPWAY_DESIGN_KIT_H
#define SLIPWAY_DESIGN_KIT_H

#include <slipway/design.h>

/* ---- events and answers ---------------------------------------------------------------------- */

/* What the calling thread works for since the message that it took last: a number that goes into the
 * event of a request, so that whoever takes several at once can tell them apart. 0 on machines that
 * do not bill. Takes no time, blocks never. */
uint64_t sim_activity_now(void);

/* Each sim_event_x returns how many events it made. */

/* Makes the event of an interrupt: `key` as it was bound, `bits` as they were merged. */
static inline uint32_t sim_event_device(struct sim_event *event, uint64_t key, uint64_t bits)
{
    *event = (struct sim_event){.kind = SIM_DEVICE, .device = key, .bits = bits & UINT32_MAX};
    return 1;
}

/* Makes the event of an operation that has ended. */
static inline uint32_t sim_event_completion(struct sim_event *event, struct sim_link *link,
                                            uint64_t key, slip_status_t status, uint64_t result)
{
    *event = (struct sim_event){
        .kind = SIM_COMPLETION, .link = link, .key = key, .status = status, .result = result};
    return 1;
}

/* Gets rid of a message that the design does not speak: closes what it brought, and refuses it if
 * somebody waits for an answer. */
static inline void sim_message_drop(const struct slip_message *m)
{
    for (uint32_t i = 0; i < m->handles; i++)
        (void)slip_handle_close(m->handle[i]);
    if (m->request != 0)
        (void)slip_request_reply(m->request, SLIP_BAD_OPERATION, 0);
}

/* Takes a message of inline words. Longer ones, which no design sends, are taken and dropped, so that
 * nobody can stop a queue with one.
 *
 * Blocks   as slip_endpoint_wait.
 * Errors   those of slip_endpoint_wait; TOO_LONG if there is no memory to take a long one.
 */
slip_status_t sim_message_take(slip_handle_t endpoint, struct slip_message *m,
                               slip_time_t deadline);

/* An answer that is held back until the next wait, which hands it over in the same call: one entry
 * to the kernel less for each request. Whoever holds one back flushes it before anything that may
 * block elsewhere. */
struct sim_answer {
    slip_request_t request; /* 0: none */
    slip_status_t status;
    uint64_t result;
};

/* Hands over the answer that was held back, if there is one. Blocks never. */
static inline void sim_answer_flush(struct sim_answer *answer)
{
    if (answer->request != 0) /* STALE: nobody waits for it any more */
        (void)slip_request_reply(answer->request, answer->status, answer->result);
    answer->request = 0;
}

/* Takes a message, and hands over the answer that was held back, if there is one.
 *
 * Blocks   as slip_endpoint_wait.
 * Errors   those of sim_message_take; the answer was handed over all the same.
 */
static inline slip_status_t sim_answer_wait(struct sim_answer *answer, slip_handle_t endpoint,
                                            struct slip_message *m, slip_time_t deadline)
{
    *m = (struct slip_message){.words = 0};
    if (answer->request == 0)
        return sim_message_take(endpoint, m, deadline);
    slip_status_t status = slip_endpoint_reply_wait(endpoint, answer->request, answer->status,
                                                    answer->result, m, deadline);
    if (status == SLIP_OK || (m->flags & SLIP_GOT_REPLIED) != 0)
        answer->request = 0;
    sim_answer_flush(answer);
    return status == SLIP_TOO_LONG ? sim_message_take(endpoint, m, deadline) : status;
}

/* Holds an answer back, in place of the one until now, which goes out.
 *
 * Blocks   never.
 * Errors   BAD_ARGUMENT for a status above 0.
 */
static inline slip_status_t sim_answer_hold(struct sim_answer *answer, slip_request_t request,
                                            slip_status_t status, uint64_t result)
{
    if (status > SLIP_OK)
        return SLIP_BAD_ARGUMENT;
    sim_answer_flush(answer);
    *answer = (struct sim_answer){request, status, result};
    return SLIP_OK;
}

/* The words of an operation, as a message. */
static inline struct slip_message sim_message_of(const struct sim_operation *operation)
{
    struct slip_message m = {.words = operation->words};
    for (uint32_t i = 0; i < operation->words; i++)
        m.word[i] = operation->word[i];
    return m;
}

/* What an operation lends, as calls take it: NULL for nothing. */
static inline const struct slip_lend *sim_lend_of(const struct sim_operation *operation)
{
    return operation->lend.buffer == 0 ? NULL : &operation->lend;
}

/* Makes the event of what a wait at an endpoint took, in designs whose requests are the kernel's:
 * a call or a submit, with the words of an operation and, if it lends memory, one range; or a pulse.
 * Anything else is dropped, and makes none. */
static inline uint32_t sim_event_received(struct sim_event *event, const struct slip_message *m)
{
    if (m->flags & SLIP_GOT_PULSE)
        return sim_event_device(event, m->badge, m->word[0]);
    if ((m->flags & (SLIP_GOT_CALL | SLIP_GOT_SUBMIT)) == 0) {
        sim_message_drop(m);
        return 0;
    }
    for (uint32_t i = 0; i < m->handles; i++) /* no operation brings any */
        (void)slip_handle_close(m->handle[i]);
    *event = (struct sim_event){.kind = SIM_REQUEST,
                                .request = m->request,
                                .activity = sim_activity_now(),
                                .badge = m->badge};
    event->words = m->words < SIM_OPERATION_WORDS ? m->words : SIM_OPERATION_WORDS;
    for (uint32_t i = 0; i < event->words; i++)
        event->word[i] = m->word[i];
    if (m->lends > 0)
        event->region = (struct sim_region){.kind = SIM_REGION_REQUEST,
                                            .what = m->request,
                                            .length = m->area.lent[0].length,
                                            .right = m->area.lent[0].right};
    return 1;
}

/* ---- ports and threads ------------------------------------------------------------------------ */

/* Makes a port of `depth` slots for the party to wait at, with the endpoint that it serves attached
 * by level; the key of that is the endpoint's handle. A port cannot grow, so this one takes the
 * place of *port, if there is one.
 *
 *   port  in: the one until now, or SLIP_NO_HANDLE; out: the new one, unchanged unless OK
 *
 * Blocks   never.
 * Errors   ALREADY while operations of any link are outstanding, for links are opened before the
 *          first operation, or if another party of the process has attached the endpoint; those of
 *          slip_port_create and slip_port_attach.
 */
slip_status_t sim_party_port(struct sim_party *party, uint32_t depth, slip_handle_t *port);

/* Has the party wait at an endpoint of its own, and at the one that it serves if it does: then at a
 * port that both are attached to, with their handles as keys. It takes the place of *port, if there
 * is one.
 *
 *   port  in: the one until now, or SLIP_NO_HANDLE; out: SLIP_NO_HANDLE if the endpoint alone is
 *         what it waits at; unchanged unless OK
 *
 * Blocks   never.
 * Errors   as sim_party_port.
 */
slip_status_t sim_party_gather(struct sim_party *party, slip_handle_t endpoint,
                               slip_handle_t *port);

/* Waits at such a port, if there is one, and says where to take something.
 *
 *   port      as sim_party_gather made it
 *   deadline  in: absolute; out: for the take, 0 if something should be there
 *   at        out: the endpoint to take from; another thread may be quicker
 *   event     out: the event of a device, and *count is 1
 *
 * Blocks   until there is something, or not at all without a port.
 * Errors   those of slip_port_wait.
 */
slip_status_t sim_gather_wait(const struct sim_party *party, slip_handle_t port,
                              slip_time_t *deadline, slip_handle_t *at, struct sim_event *event,
                              uint32_t *count);

/* Closes a port of one of these, if there is one. */
void sim_party_port_close(struct sim_party *party, slip_handle_t port);

/* The priority of the calling thread, for threads that a party starts. The kernel tells it only when
 * it is changed, so it is, for a moment. */
static inline uint32_t sim_own_priority(void)
{
    uint32_t priority = SLIP_PRIORITY_DEFAULT;
    (void)slip_thread_priority(SLIP_SELF, SLIP_PRIORITY_MAX, &priority);
    (void)slip_thread_priority(SLIP_SELF, priority, NULL);
    return priority;
}

/* ---- kept --------------------------------------------------------------------------------------
 *
 * Several threads of a process may serve one endpoint, each with a party of its own, and what one
 * client sends may go to any of them. So what a server remembers of a client (the port to complete
 * to, the buffers it shares) is kept in common, by the client's badge and a number that the design
 * chooses. A message that overtakes the one that brought what it needs is put aside until that was
 * kept. */

#define SIM_KEPT_MAX 4096U   /* handles of one badge */
#define SIM_PARKED_MAX 1024U /* messages that are put aside, of one endpoint */

/* Keeps a handle, in place of the one of that badge and number if there is one, which is closed.
 *
 *   number  0 to SIM_KEPT_MAX - 1
 *
 * Blocks   never.
 * Errors   BAD_ARGUMENT for the number, or if the party does not serve; NO_QUOTA: the heap is used
 *          up. Then the handle is closed.
 */
slip_status_t sim_party_keep(struct sim_party *party, uint64_t badge, uint64_t number,
                             slip_handle_t handle);

/* The handle that was kept under the badge of a message and a number.
 *
 *   handle  out: 0 unless OK; it stays with the library
 *
 * Blocks   never.
 * Errors   WOULD_BLOCK: nobody has kept it yet; the message was put aside, and sim_party_unpark
 *          returns it when somebody has. NO_QUOTA: there is no room to put it aside.
 */
slip_status_t sim_party_look(struct sim_party *party, const struct slip_message *m, uint64_t number,
                             slip_handle_t *handle);

/* Takes back a message that was put aside and has what it needs now: 1, or 0 if there is none. Ask
 * before each wait. */
int sim_party_unpark(struct sim_party *party, struct slip_message *m);

/* Closes all that was kept of a badge, if `handle` is still what is kept under number 0: a client
 * that came after with the same badge stays. */
void sim_party_forget(struct sim_party *party, uint64_t badge, slip_handle_t handle);

/* ---- tickets -----------------------------------------------------------------------------------
 *
 * Where a request is nothing but a message, the server numbers what it has taken and not answered. A
 * number is good for one answer. */

struct sim_ticket {
    slip_handle_t handle; /* where the completion goes */
    uint64_t badge, key;  /* whose it is */
};

/* Numbers a request.
 *
 * Blocks   never.
 * Errors   NO_QUOTA: the heap is used up.
 */
slip_status_t sim_party_ticket(struct sim_party *party, const struct sim_ticket *ticket,
                               uint64_t *request);

/* Takes a number back.
 *
 *   ticket  out: as it was given; unchanged unless OK
 *
 * Blocks   never.
 * Errors   STALE if it is none, or was taken back before.
 */
slip_status_t sim_party_untick(struct sim_party *party, uint64_t request,
                               struct sim_ticket *ticket);

/* ---- shares ------------------------------------------------------------------------------------
 *
 * Where nothing is lent, the first message that uses a buffer brings a share of it, and those after
 * it name it by its number on the link. */

/* The number of the buffer that an operation lends.
 *
 *   lend    what the operation lends; not lent onward
 *   number  out: from 1 to SIM_KEPT_MAX - 1
 *   handle  out: a share to send along, which the caller owns; SLIP_NO_HANDLE if the peer has one
 *
 * Blocks   never.
 * Errors   BAD_OPERATION for what is lent onward; NO_QUOTA; those of slip_buffer_share.
 */
slip_status_t sim_link_share(struct sim_link *link, const struct slip_lend *lend, uint32_t *number,
                             slip_handle_t *handle);

/* The share that came with the last number was sent: from now on the peer has it. */
void sim_link_shared(struct sim_link *link);

#endif
