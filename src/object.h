/* What all kernel objects have in common: a lock, a type, and two counts.
 *
 *   references  held by the kernel: pointers that may be followed. The last one frees the object
 *   holders     handles that carry the right to receive from the object (its type says which).
 *               When the last one goes, the object is closed: those who wait wake, later users
 *               hear PEER_CLOSED
 *
 * An object lives in a pool of its type, so a reference may be tried on memory that was freed: it
 * fails, or it is a reference to the object that lives there now, and the caller finds out. The
 * same goes for its lock, which those who follow priorities take without a reference.
 */
#ifndef K_OBJECT_H
#define K_OBJECT_H

#include "cpu.h"
#include "list.h"
#include "lock.h"
#include "pool.h"

struct k_object;

struct k_object_type {
    const char *name;
    uint32_t holder_right; /* handles with this right are holders; 0: every handle is */
    void (*close)(struct k_cpu *cpu, struct k_object *object); /* the last holder has gone */
    void (*free)(struct k_cpu *cpu, struct k_object *object);  /* the last reference has gone */
};

struct k_object {
    struct k_pool_item item;
    const struct k_object_type *type;
    uint64_t id;            /* unique in its kernel; for people */
    struct k_object *owner; /* refs: the process whose quota it was charged to; or NULL */
    struct k_lock lock;
    /* In the line of the lock's word. */
    atomic_uint references; /* 0 is final; the decrement to 0 (acq_rel) pairs with those before */
    atomic_uint holders;
};

/* Here begins a line, and what is next in an object is in it. */
#define K_LINE_BYTES 64
_Static_assert(offsetof(struct k_object, lock.word) == K_LINE_BYTES, "a line begins with the lock");

/* Sets all but the pool's part, with one reference and no holder. */
void k_object_init(struct k_cpu *cpu, struct k_object *object, const struct k_object_type *type,
                   enum k_lock_rank rank, struct k_object *owner);

static inline void k_object_ref(struct k_object *object)
{
    atomic_fetch_add_explicit(&object->references, 1, memory_order_relaxed);
}

/* Takes a reference unless the last one has gone; 1 if taken. */
static inline int k_object_ref_live(struct k_object *object)
{
    unsigned count = atomic_load_explicit(&object->references, memory_order_relaxed);
    while (count != 0)
        if (atomic_compare_exchange_weak_explicit(&object->references, &count, count + 1,
                                                  memory_order_acquire, memory_order_relaxed))
            return 1;
    return 0;
}

/* Gives a reference back. No lock may be held: it may free. */
void k_object_unref(struct k_cpu *cpu, struct k_object *object);

/* A handle with these rights begins, or ends, to exist. Ending may close: no lock may be held. */
void k_object_hold(struct k_object *object, uint32_t rights);
void k_object_release(struct k_cpu *cpu, struct k_object *object, uint32_t rights);

#endif
