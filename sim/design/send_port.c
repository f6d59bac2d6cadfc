/* send-port: an asynchronous send and a completion port, tied together by nothing.
 *
 *   client                                        server
 *   send(words, port, key, buffer) -> endpoint -> endpoint_wait
 *   port_wait               <- port            <- port_post(port, key, status, result)
 *
 * To the kernel a command is a message like any other, and its completion another: that they belong
 * together is a matter between client and server. The first message of a link brings a handle of
 * the client's port, with the right to post and no other. The server keeps it by the client's badge,
 * and from then on can post whatever it likes. Nor is anything lent: the first message that uses a
 * buffer brings a share of it, and the server keeps that, too, and can touch it until the client
 * closes the buffer. Posts never block, and one that finds a full queue is lost. If the server dies,
 * nobody tells the client.
 */
#include <string.h>
#include <slipway/design.h>

#define BATCH 16U /* completions that one wait takes */
#define KEPT_PORT 0U

/* What travels: the inline words of a message. */
struct command {
    uint64_t word[SIM_OPERATION_WORDS];
    uint64_t key;
    uint8_t words;
    uint8_t brings_port, brings_buffer; /* handles of the message, in this order */
    uint8_t right;                      /* SLIP_LEND_x */
    uint32_t buffer;                    /* the link's number for it, from 1; 0: none */
    uint64_t offset, length;            /* bytes, in the buffer */
};
_Static_assert(sizeof(struct command) == SLIP_MESSAGE_BYTES_INLINE, "a command is one message");

/* A buffer that the server has a share of, with these rights. */
struct shared {
    slip_handle_t buffer;
    uint64_t right;
};

struct link {
    int introduced; /* the server has our port */
    struct shared *shared;
    uint32_t shared_count, shared_room;
};

/* A command that was taken and not answered. */
struct held {
    slip_handle_t port;
    uint64_t key;
    uint32_t generation, next; /* odd while held; free one after this */
};

struct party {
    slip_handle_t port; /* of the client side; 0: a pure server */
    uint32_t port_depth;
    struct held *held;
    uint32_t held_room, free; /* number of the first free one; held_room: none */
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
    (void)endpoint, (void)link; /* the server hears of us with the first command */
    slip_status_t status = sim_party_port(party, own->port_depth + depth, &own->port);
    if (status == SLIP_OK)
        own->port_depth += depth;
    return status;
}
