/* Handle tables: from a number to an object with rights, per process.
 *
 * A look-up takes no lock: it reads an entry, takes a reference, and looks whether the entry is
 * still what it was. A handle that is on its way in a message keeps its place ("in transit"), so
 * that it can come back if the message is not delivered.
 *
 *   free -> live -> free
 *           live -> transit -> free (delivered) or live (not delivered)
 */
#ifndef K_HANDLE_H
#define K_HANDLE_H

#include <slipway/handle.h>
#include "config.h"
#include "object.h"
#include "quota.h"

struct k_port;

/* What a handle stands for. Whoever has one by value owns a reference and a hold, of the object and
 * of the port, and passes them on or gives them back. */
struct k_capability {
    struct k_object *object; /* NULL: none */
    struct k_port *port;     /* of a connection; NULL: none */
    uint64_t badge;
    uint32_t rights;
    uint32_t epoch; /* of a buffer's share: ends when the buffer's differs */
};

enum k_handle_state { K_HANDLE_FREE = 0, K_HANDLE_LIVE = 1, K_HANDLE_TRANSIT = 2 };

/* Where an entry is. Places count from the size of the first chunk on, and chunks double in size: the
 * highest bit of a place names its chunk, and the other bits are the index in that. So an entry is
 * found in two loads, and growing moves nothing. A chunk's pointer is into its middle: there its
 * entries begin, and in front of it lie their rests, in the reverse order. */
#define K_HANDLE_FIRST 6U  /* the bit of the first chunk: 64 entries */
#define K_HANDLE_LIMIT 22U /* bits from this on have no chunk: some 4 million entries in all */

/* What each look-up reads: four of them are a line. */
struct k_handle_entry {
    /* generation << 32 | rights << 8 | state; written (release) under the table's lock, read
     * (acquire) by look-ups before and after they read the rest. */
    atomic_ullong word;
    _Atomic(struct k_object *) object;
};

/* What only some need. */
struct k_handle_rest {
    _Atomic(struct k_port *) port;
    atomic_ullong badge; /* of a free entry: index + 1 of the next free one */
    atomic_uint epoch;
};

_Static_assert(sizeof(struct k_handle_entry) == 16,
               "a power of two, so that none lies in two lines");

struct k_handle_table {
    struct k_lock lock;
    struct k_quota *quota; /* borrows: of the process that it is part of */
    /* lock */
    uint32_t made, live; /* entries that were made; those that are live or in transit */
    uint32_t reserved;   /* free ones that are promised to somebody */
    uint32_t free_first; /* index + 1, or 0 */
    /* written under lock before `made` grows */
    _Atomic(struct k_handle_entry *) chunk[32]; /* by the bit; NULL: there is none */
};

void k_handle_table_init(struct k_handle_table *table, struct k_quota *quota);

/* Gives the pages back; every entry was closed. */
void k_handle_table_fini(struct k_handle_table *table, struct k_cpu *cpu);

/* Makes a handle of a capability, which the table takes. NO_QUOTA if the table cannot grow, and the
 * capability stays the caller's. */
slip_status_t k_handle_open(struct k_cpu *cpu, struct k_handle_table *table,
                            const struct k_capability *capability, slip_handle_t *handle);

/* Reads a handle; on OK the caller owns a reference (no hold) of the object, and of the port if
 * there is one: k_capability_drop. `type` NULL accepts any. */
slip_status_t k_handle_look_up(struct k_cpu *cpu, struct k_handle_table *table,
                               slip_handle_t handle, const struct k_object_type *type,
                               uint32_t rights, struct k_capability *capability);
void k_capability_drop(struct k_cpu *cpu, struct k_capability *capability);

/* A handle's entry as it was read, without a reference: what it names may be gone by now, but its
 * memory is an object's. */
struct k_handle_peek {
    struct k_handle_entry *entry;
    struct k_handle_entry *middle; /* of its chunk */
    uint64_t live;                 /* what the entry's word was */
    struct k_object *object;
    uint64_t badge; /* if asked for */
};

/* Is the handle still what was read? Under the lock of the object that it names, and if the handle is
 * a holder: then the object is not freed before the lock is dropped, since the last holder that goes
 * takes the lock to close it. With any other handle see k_hot_open. */
static inline int k_handle_still(const struct k_handle_peek *peek)
{
    atomic_thread_fence(memory_order_acquire); /* as in k_handle_look_up */
    return atomic_load_explicit(&peek->entry->word, memory_order_relaxed) == peek->live;
}

#define K_HANDLE_STATE 0xffU /* of a word */
#define K_HANDLE_RIGHTS(word) ((uint32_t)(word) >> 8)

_Static_assert(SLIP_RIGHTS_ALL < 1U << 24, "rights fit into a word");

static inline uint64_t k_handle_word(uint64_t generation, uint32_t rights,
                                     enum k_handle_state state)
{
    return generation << 32 | (uint64_t)rights << 8 | (uint64_t)state;
}

/* Is that the word of this handle, in this state? */
static inline int k_handle_is(uint64_t word, slip_handle_t handle, enum k_handle_state state)
{
    return (word ^ handle) >> 32 == 0 && (word & K_HANDLE_STATE) == state;
}

/* The largest numbers, and 0, which is no handle, come before the first chunk. */
static inline uint32_t k_handle_place(slip_handle_t handle)
{
    return (uint32_t)handle - 1 + (1U << K_HANDLE_FIRST);
}

/* The bit that names its chunk; of place 0 any that has none. */
static inline uint32_t k_handle_chunk_of(uint32_t place)
{
    return 31U ^ (uint32_t)__builtin_clz(place | 1);
}

/* The entry of a handle value, whatever its generation, and the middle of its chunk; NULL if the
 * table never had it. */
static inline struct k_handle_entry *k_handle_entry_of(struct k_handle_table *table,
                                                       slip_handle_t handle,
                                                       struct k_handle_entry **middle)
{
    uint32_t place = k_handle_place(handle), chunk = k_handle_chunk_of(place);
    *middle = atomic_load_explicit(&table->chunk[chunk], memory_order_acquire);
    return *middle == NULL ? NULL : *middle + (place ^ 1U << chunk);
}

/* The rest of an entry. */
static inline struct k_handle_rest *k_handle_rest_of(struct k_handle_entry *entry,
                                                     struct k_handle_entry *middle)
{
    return (struct k_handle_rest *)middle - 1 - (entry - middle);
}

/* Reads a live handle; 0 if it is none. What was read is of one handle if k_handle_still says so
 * afterwards. */
static inline int k_handle_peek(struct k_handle_table *table, slip_handle_t handle,
                                struct k_handle_peek *peek)
{
    peek->entry = k_handle_entry_of(table, handle, &peek->middle);
    if (peek->entry == NULL)
        return 0;
    peek->live = atomic_load_explicit(&peek->entry->word, memory_order_acquire);
    if (!k_handle_is(peek->live, handle, K_HANDLE_LIVE))
        return 0;
    peek->object = atomic_load_explicit(&peek->entry->object, memory_order_relaxed);
    return 1; /* an entry that was ever live names an object for ever, this one or another */
}

/* Reads the badge as well: before k_handle_still, as all of it. */
static inline void k_handle_peek_badge(struct k_handle_peek *peek)
{
    peek->badge = atomic_load_explicit(&k_handle_rest_of(peek->entry, peek->middle)->badge,
                                       memory_order_relaxed);
}

/* Takes a handle out of use, for a message: *capability gets what it stood for, with its hold. */
slip_status_t k_handle_detach(struct k_cpu *cpu, struct k_handle_table *table, slip_handle_t handle,
                              struct k_capability *capability);
/* It was delivered: its place is free. */
void k_handle_forget(struct k_cpu *cpu, struct k_handle_table *table, slip_handle_t handle);
/* It was not: it is what it was. */
void k_handle_restore(struct k_cpu *cpu, struct k_handle_table *table, slip_handle_t handle);

/* Promises `count` handles to the caller, who opens them with k_handle_open_reserved or gives the
 * promise back. NO_QUOTA. */
slip_status_t k_handle_reserve(struct k_cpu *cpu, struct k_handle_table *table, uint32_t count);
void k_handle_unreserve(struct k_cpu *cpu, struct k_handle_table *table, uint32_t count);
void k_handle_open_reserved(struct k_cpu *cpu, struct k_handle_table *table,
                            const struct k_capability *capability, slip_handle_t *handle);

/* Gives a live handle another epoch; one that was closed meanwhile stays so. */
void k_handle_renew(struct k_cpu *cpu, struct k_handle_table *table, slip_handle_t handle,
                    uint32_t epoch);

slip_status_t k_handle_close(struct k_cpu *cpu, struct k_handle_table *table, slip_handle_t handle);

/* Closes up to `count` live entries from *from on, for the reaper; 1 when the end was reached. */
int k_handle_close_some(struct k_cpu *cpu, struct k_handle_table *table, uint32_t *from,
                        uint32_t count);

/* A capability that is held by value begins, or ends, to exist. No lock may be held to close. */
void k_capability_hold(const struct k_capability *capability);
void k_capability_close(struct k_cpu *cpu, const struct k_capability *capability);

#endif
