/* A design from outside of the tree: the least that one has to do, built by a test with the installed
 * headers alone.
 *
 * direct: submit makes a synchronous call, whatever the depth of the link, and next hands out what
 * came back. So nothing is ever in flight, and no thread or port is needed. */
#include <slipway/design_kit.h>

struct done {
    uint64_t key, result;
    slip_status_t status;
    struct sim_link *link;
};

struct party {
    slip_handle_t home; /* endpoint to wait at, of who serves nothing */
    struct done *done;  /* a ring with room for the operations of all links */
    uint32_t first, count, room;
    struct sim_answer answer;
};

static slip_status_t serve(struct sim_party *party, slip_handle_t endpoint)
{
    party->wait_object = endpoint;
    return SLIP_OK;
}

static slip_status_t connect(struct sim_party *party, slip_handle_t endpoint, uint32_t depth,
                             struct sim_link *link)
{
    struct party *own = party->state;
    (void)endpoint, (void)link; /* link->endpoint */
    if (own->count != 0)
        return SLIP_ALREADY; /* links are opened before the first operation */
    struct done *done = sim_alloc((own->room + depth) * sizeof *done);
    if (done == NULL)
        return SLIP_NO_QUOTA;
    if (party->wait_object == SLIP_NO_HANDLE) {
        slip_status_t status = slip_endpoint_create(0, &own->home);
        if (status != SLIP_OK) {
            sim_free(done);
            return status;
        }
        party->wait_object = own->home;
    }
    sim_free(own->done);
    own->done = done;
    own->room += depth;
    own->first = 0;
    return SLIP_OK;
}

static slip_status_t submit(struct sim_link *link, const struct sim_operation *operation)
{
    struct party *own = link->party->state;
    struct done *done = &own->done[(own->first + own->count) % own->room];
    struct slip_message m = sim_message_of(operation);
    sim_answer_flush(&own->answer);
    done->link = link;
    done->key = operation->key;
    done->result = 0;
    done->status = slip_endpoint_call(link->endpoint, &m, sim_lend_of(operation), &done->result,
                                      operation->deadline);
    own->count++;
    return SLIP_OK;
}

static slip_status_t next(struct sim_party *party, struct sim_event *events, uint32_t max,
                          slip_time_t deadline, uint32_t *count)
{
    struct party *own = party->state;
    slip_status_t status = SLIP_OK;
    for (; own->count > 0 && *count < max; own->count--) {
        const struct done *done = &own->done[own->first];
        *count += sim_event_completion(&events[*count], done->link, done->key, done->status,
                                       done->result);
        own->first = (own->first + 1) % own->room;
    }
    while (*count == 0 && status == SLIP_OK) {
        struct slip_message m;
        status = sim_answer_wait(&own->answer, party->wait_object, &m, deadline);
        if (status == SLIP_OK)
            *count = sim_event_received(events, &m);
    }
    return status;
}

static slip_status_t reply(struct sim_party *party, uint64_t request, slip_status_t status,
                           uint64_t result)
{
    struct party *own = party->state;
    return sim_answer_hold(&own->answer, request, status, result);
}

static void leave(struct sim_party *party)
{
    struct party *own = party->state;
    sim_answer_flush(&own->answer);
    (void)slip_handle_close(own->home);
    sim_free(own->done);
}

const struct sim_design sim_design = {
    .version = SIM_DESIGN_VERSION,
    .size = sizeof(struct sim_design),
    .name = "direct",
    .about = "a synchronous call in submit, at any depth; nothing is ever in flight",
    .origin = "the shortest design that there can be",
    .party_size = sizeof(struct party),
    .serve = serve,
    .connect = connect,
    .submit = submit,
    .next = next,
    .reply = reply,
    .leave = leave,
};
