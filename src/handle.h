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

/* Chunks double in size, so an entry is found in two loads and growing moves nothing. */
#define K_HANDLE_CHUNKS 16U

struct k_handle_entry {
    atomic_ullong word; /* generation << 32 | state; written (release) under the table's lock,
                           read (acquire) by look-ups before and after they read the rest */
    _Atomic(struct k_object *) object;
    _Atomic(struct k_port *) port;
    atomic_ullong badge; /* of a free entry: index + 1 of the next free one */
    atomic_ullong rights_epoch;
};

struct k_handle_table {
    struct k_lock lock;
    struct k_quota *quota; /* borrows: of the process that it is part of */
    /* lock */
    uint32_t made, live; /* entries that were made; those that are live or in transit */
    uint32_t reserved;   /* free ones that are promised to somebody */
    uint32_t free_first; /* index + 1, or 0 */
    /* written under lock before `made` grows */
    _Atomic(struct k_handle_entry *) chunk[K_HANDLE_CHUNKS];
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
    uint64_t live; /* what the entry's word was */
    struct k_object *object;
    uint64_t badge;
    uint32_t rights;
};

/* Is the handle still what was read? Under the lock of the object that it names: then the object is
 * not freed before the lock is dropped, since whoever closes the handle meanwhile, and is to free
 * the object, has to take that lock first. */
static inline int k_handle_still(const struct k_handle_peek *peek)
{
    atomic_thread_fence(memory_order_acquire); /* as in k_handle_look_up */
    return atomic_load_explicit(&peek->entry->word, memory_order_relaxed) == peek->live;
}

static inline uint32_t k_handle_chunk_of(uint32_t index)
{
    return 31U - (uint32_t)__builtin_clz(index / K_HANDLE_CHUNK + 1);
}

static inline uint64_t k_handle_word(uint64_t generation, enum k_handle_state state)
{
    return generation << 32 | (uint64_t)state;
}

/* The entry of a handle value, whatever its generation; NULL if the table never had it. */
static inline struct k_handle_entry *k_handle_entry_of(struct k_handle_table *table,
                                                       slip_handle_t handle)
{
    uint32_t number = (uint32_t)handle;
    if (number - 1 < K_HANDLE_CHUNK) { /* the first chunk, as most are */
        struct k_handle_entry *first = atomic_load_explicit(&table->chunk[0], memory_order_acquire);
        return first == NULL ? NULL : &first[number - 1];
    }
    if (number == 0)
        return NULL;
    uint32_t chunk = k_handle_chunk_of(number - 1);
    if (chunk >= K_HANDLE_CHUNKS)
        return NULL;
    struct k_handle_entry *entries =
        atomic_load_explicit(&table->chunk[chunk], memory_order_acquire);
    if (entries == NULL)
        return NULL;
    return &entries[number - 1 - K_HANDLE_CHUNK * (((uint64_t)1 << chunk) - 1)];
}

/* Reads a live handle; 0 if it is none. What was read is of one handle if k_handle_still says so
 * afterwards. */
static inline int k_handle_peek(struct k_handle_table *table, slip_handle_t handle,
                                struct k_handle_peek *peek)
{
    struct k_handle_entry *entry = k_handle_entry_of(table, handle);
    uint64_t live = k_handle_word(handle >> 32, K_HANDLE_LIVE);
    if (entry == NULL || atomic_load_explicit(&entry->word, memory_order_acquire) != live)
        return 0;
    peek->entry = entry;
    peek->live = live;
    peek->object = atomic_load_explicit(&entry->object, memory_order_relaxed);
    peek->badge = atomic_load_explicit(&entry->badge, memory_order_relaxed);
    peek->rights = (uint32_t)atomic_load_explicit(&entry->rights_epoch, memory_order_relaxed);
    return peek->object != NULL;
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
