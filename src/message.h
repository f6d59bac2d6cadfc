/* Messages inside of the kernel: where they come from, where they go, and blocks to keep them in.
 */
#ifndef K_MESSAGE_H
#define K_MESSAGE_H

#include <slipway/message.h>
#include "handle.h"
#include "object.h"
#include "pool.h"
#include "prio_list.h"

struct k_thread;
struct k_process;

/* What stands in an endpoint's queue. */
enum k_entry_kind {
    K_ENTRY_WORDS = 1, /* struct k_message without handles: counts against the depth */
    K_ENTRY_MESSAGE,   /* struct k_message: counts against the depth */
    K_ENTRY_SUBMIT,    /* struct k_request: counts against the depth */
    K_ENTRY_CALL,      /* struct k_request of a blocked caller */
    K_ENTRY_PASSED,    /* struct k_request that was passed on */
    K_ENTRY_PULSE,     /* struct k_interrupt */
    K_ENTRY_CANCEL     /* struct k_request: news for its holder */
};

struct k_entry {
    struct k_prio_node node; /* node.kind: enum k_entry_kind */
};

/* Handles of a message that left the sender's table, or are about to. */
struct k_cargo {
    uint32_t count;
    slip_handle_t handle[SLIP_MESSAGE_HANDLES]; /* of the sender, while in transit there */
    struct k_capability capability[SLIP_MESSAGE_HANDLES];
};

/* A message block: up to 64 bytes and four handles, in the kernel. A message without handles moves
 * two lines from CPU to CPU: its place in a queue with badge and length, and the words. */
struct k_message {
    struct k_pool_item item;
    struct k_cargo cargo; /* of a K_ENTRY_MESSAGE; its count is 0 otherwise */

    /* In its endpoint's queue, or (entry.node.node alone) among its free blocks. */
    _Alignas(64) struct k_entry entry;
    struct slip_short_message content;
};

_Static_assert(offsetof(struct k_message, content.word) ==
                   offsetof(struct k_message, entry) + K_LINE_BYTES,
               "place, badge and length are one line, the words another");

/* The block whose link among the free ones this is. */
#define K_FREE_BLOCK(link) K_CONTAINER(link, struct k_message, entry.node.node)

/* Describes words that were put into content.word. */
static inline void k_message_fill(struct k_message *message, uint32_t bytes, uint64_t badge)
{
    message->entry.node.kind = K_ENTRY_WORDS;
    message->content.badge = badge;
    message->content.bytes = bytes;
    message->content.words = (bytes + 7) / 8;
}

/* A decoded tag and address: a message in the memory of `thread`'s process. */
struct k_parcel {
    struct k_thread *thread;
    uint64_t address; /* of a struct slip_message_area */
    uint32_t bytes, handles, lends, flags;
    uint64_t data; /* where more than 64 bytes are */
};

/* Decodes and checks: BAD_ARGUMENT, BAD_ADDRESS, TOO_LONG. */
slip_status_t k_parcel_decode(struct k_cpu *cpu, struct k_thread *thread, uint64_t tag,
                              uint64_t address, struct k_parcel *parcel);

/* Takes the handles of a parcel out of use; on failure none is. */
slip_status_t k_cargo_load(struct k_cpu *cpu, const struct k_parcel *parcel, struct k_cargo *cargo);
/* They left for good: their places in the sender's table are free. */
void k_cargo_depart(struct k_cpu *cpu, struct k_process *sender, struct k_cargo *cargo);
/* They stay with the sender. */
void k_cargo_return(struct k_cpu *cpu, struct k_process *sender, struct k_cargo *cargo);
/* They departed and nobody gets them. No lock may be held. */
void k_cargo_close(struct k_cpu *cpu, struct k_cargo *cargo);
/* They arrive, in places that were reserved; the receiver's handles go to handle[]. */
void k_cargo_unload(struct k_cpu *cpu, struct k_process *receiver, struct k_cargo *cargo,
                    slip_handle_t handle[]);

/* Where a receiver wants its message. */
struct k_window {
    uint64_t address; /* of its struct slip_message_area */
    uint64_t from;    /* closed wait: the badge, or the token */
    enum {
        K_FROM_ANY,
        K_FROM_BADGE,
        K_FROM_REQUEST,
        K_FROM_ANY_WORDS /* messages of words alone, several at once */
    } kind;
};

/* Several messages of words alone that a receiver wants: `least` to `most`, to the array of struct
 * slip_short_message at `address`. */
struct k_batch {
    uint64_t address;
    uint32_t least, most;
};

/* The registers of a batched wait: BAD_ARGUMENT, BAD_ADDRESS. */
slip_status_t k_batch_decode(const struct k_thread *thread, const uint64_t in[6],
                             struct k_batch *wanted);

/* Can `thread` take a message of so many bytes and handles into the area at `address`? TOO_LONG,
 * NO_QUOTA, BAD_ADDRESS. On OK places for the handles are reserved, and *data is where more than 64
 * bytes go. */
slip_status_t k_window_open(struct k_cpu *cpu, struct k_thread *thread, uint64_t address,
                            uint32_t bytes, uint32_t handles, uint64_t *data);

/* Copies a parcel's bytes to a receiver's window (its area, or `data` for long ones). */
slip_status_t k_parcel_copy(struct k_cpu *cpu, const struct k_parcel *from, struct k_thread *to,
                            uint64_t to_address, uint64_t data);

/* Does the memory that a parcel is in fault? Tells whose fault it is if a copy does not succeed. */
int k_parcel_faults(struct k_cpu *cpu, const struct k_parcel *parcel);

/* out[2] of a wait. */
static inline uint64_t k_got(uint32_t bytes, uint32_t handles, uint32_t lends, uint32_t flags)
{
    return bytes | (uint64_t)handles << 20 | (uint64_t)lends << 24 | (uint64_t)flags << 32;
}

#endif
