/* What travels through an endpoint: words, handles, and ranges of memory that are lent.
 *
 * A message has up to eight inline words (64 bytes), up to four handles that move to the receiver,
 * and, with a call or a submit, up to two lent ranges. Longer messages, up to 64 KiB, go straight
 * from the sender's memory to the receiver's window; only a call, or a send that waits for its
 * receiver, can carry one, for the kernel keeps no memory of that size.
 *
 * In registers a message is a tag and an address. The tag packs length, handles, lends and flags.
 * The address is that of a struct slip_message_area; 0 stands for the thread's own message area,
 * which other systems call a UTCB (slip_message_area()).
 */
#ifndef SLIPWAY_MESSAGE_H
#define SLIPWAY_MESSAGE_H

#include <slipway/status.h>
#include <slipway/types.h>

/* Ways to lend a range of a buffer: what the holder of the request may do with it. */
#define SLIP_LEND_READ 1U
#define SLIP_LEND_WRITE 2U
#define SLIP_LEND_ONWARD 4U        /* `buffer` is the token of a request that the sender holds: */
#define SLIP_LEND_ONWARD_SECOND 8U /* lends on a part of its first, or of its second, range */

/* A range of a registered buffer, lent with a request and withdrawn when the request ends. */
struct slip_lend {
    uint64_t buffer; /* handle; needs READ to lend for reading, WRITE to lend for writing */
    uint64_t offset; /* bytes from the buffer's start */
    uint64_t length; /* bytes */
    uint64_t right;  /* SLIP_LEND_x, or-ed */
};

/* The part of a message that the kernel reads and writes in user memory. */
struct slip_message_area {
    uint64_t word[SLIP_MESSAGE_WORDS];
    slip_handle_t handle[SLIP_MESSAGE_HANDLES];
    struct {
        uint64_t length; /* out: bytes that the sender lends */
        uint64_t right;  /* out: SLIP_LEND_x */
    } lent[SLIP_MESSAGE_LENDS];
    void *data;        /* long messages: where the bytes are, or where to put them */
    uint64_t capacity; /* receiving: bytes that data has room for */
};

/* A message as a program handles it. Zero what you do not use, and what a wait left in it: length,
 * handles and flags of a message that was received would be sent again. */
struct slip_message {
    union {
        struct slip_message_area area;
        struct {
            uint64_t word[SLIP_MESSAGE_WORDS];
            slip_handle_t handle[SLIP_MESSAGE_HANDLES];
        };
    };
    uint32_t words;         /* inline words, 0 to 8; received: words that hold the message */
    uint32_t handles;       /* handles, 0 to 4 */
    uint32_t lends;         /* sending: descriptors behind the lend argument, 0 means one;
                               received: ranges lent */
    uint32_t flags;         /* SLIP_SEND_x when sending, SLIP_GOT_x when received */
    uint32_t bytes;         /* sending: if not 0, the length, instead of `words`: up to 64 in word,
                               more at area.data; received: the message's length in bytes */
    uint64_t badge;         /* received: badge of the sender's handle, or the key of a pulse */
    slip_request_t request; /* received: what to reply to; 0 if nothing is expected */
};

/* A message of words alone, as slip_endpoint_wait_batch brings it; 80 bytes. */
struct slip_short_message {
    uint64_t badge;                    /* of the sender's handle */
    uint32_t bytes;                    /* the message's length, 0 to 64 */
    uint32_t words;                    /* words that hold it, 0 to 8 */
    uint64_t word[SLIP_MESSAGE_WORDS]; /* what is beyond `bytes` is undefined */
};

/* Flags of a message that is sent. */
#define SLIP_SEND_FAIL_FULL 1U   /* send, submit: a full queue is FULL instead of a wait */
#define SLIP_SEND_COOPERATIVE 2U /* call, submit: cancel only marks; the server answers */

/* Flags of a message that was received. */
#define SLIP_GOT_CALL 1U   /* request: a caller waits for the reply, which may carry words */
#define SLIP_GOT_SUBMIT 2U /* request: the reply becomes a completion */
#define SLIP_GOT_PULSE 4U  /* an interrupt: badge is its key, word[0] its bits, word[1] a count */
#define SLIP_GOT_CANCEL                                                                            \
    8U                       /* a held request has ended or is to end: request names it, word[0]
                                 is the status that the client got */
#define SLIP_GOT_REPLIED 16U /* reply-and-wait: the reply stands */
#define SLIP_GOT_STALE 32U   /* reply-and-wait: the reply came too late */

/* Tag: bits 0-19 length in bytes, 20-23 handles, 24-27 lends, 28-31 flags. */
static inline uint64_t slip_tag(uint64_t bytes, uint64_t handles, uint64_t lends, uint64_t flags)
{
    return (bytes & 0xfffff) | (handles & 15) << 20 | (lends & 15) << 24 | (flags & 15) << 28;
}

/* The tag of a message that is to be sent with or without a lend. Oversized counts stay oversized,
 * so that the kernel refuses them. */
static inline uint64_t slip_message_tag(const struct slip_message *m, const struct slip_lend *lend)
{
    uint64_t bytes = m->bytes != 0 ? m->bytes : (uint64_t)m->words * 8;
    uint64_t lends = lend == NULL ? 0 : m->lends == 0 ? 1 : m->lends > 15 ? 15 : m->lends;
    if (m->bytes == 0 && m->words > SLIP_MESSAGE_WORDS)
        bytes = 0xfffff;
    if (bytes > 0xfffff)
        bytes = 0xfffff;
    return slip_tag(bytes, m->handles > 15 ? 15 : m->handles, lends, m->flags);
}

/* Fills a received message from the three registers that a wait returns:
 * out[0] badge or key, out[1] request, out[2] packed: bits 0-19 length, 20-23 handles,
 * 24-27 lends, 32-63 SLIP_GOT_x. */
static inline void slip_message_received(struct slip_message *m, const uint64_t out[3])
{
    m->badge = out[0];
    m->request = out[1];
    m->bytes = (uint32_t)(out[2] & 0xfffff);
    m->words = m->bytes <= SLIP_MESSAGE_BYTES_INLINE ? (m->bytes + 7) / 8 : 0;
    m->handles = (uint32_t)(out[2] >> 20 & 15);
    m->lends = (uint32_t)(out[2] >> 24 & 15);
    m->flags = (uint32_t)(out[2] >> 32);
}

#endif
