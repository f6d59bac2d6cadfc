#include "sim/kept.h"

#include <sched.h>
#include <stdatomic.h>
#include "sim/memory.h"

#define BUCKET_BITS_FIRST 4U

struct entry {
    struct entry *next;
    uint64_t badge, number;
    slip_handle_t handle;
};

struct parked {
    struct parked *next;
    uint64_t number; /* that it waits for, of its badge */
    struct slip_message message;
};

struct sim_kept {
    struct sim_kept *next;  /* lock of the root */
    slip_handle_t endpoint; /* fixed */
    uint32_t parties;       /* lock of the root */

    atomic_flag lock;
    /* lock */
    struct entry **bucket; /* 1 << bits of them, about as many as entries; NULL: none yet */
    uint32_t bits, entries;
    struct parked *waiting;
    struct parked *ready, **ready_last; /* have what they waited for, oldest first */
    uint32_t waiting_count;
    atomic_uint ready_count; /* read without the lock, as a hint */
};

/* All tables of a process. */
struct root {
    atomic_flag lock;
    struct sim_kept *first; /* lock */
};

static void take(atomic_flag *lock)
{
    while (atomic_flag_test_and_set_explicit(lock, memory_order_acquire))
        sched_yield();
}

static void drop(atomic_flag *lock)
{
    atomic_flag_clear_explicit(lock, memory_order_release);
}

/* ---- tables -------------------------------------------------------------------------------- */

static struct root *root_of_process(void)
{
    struct sim_heap *heap = sim_heap_current();
    if (heap == NULL)
        return NULL;
    _Atomic(void *) *place = sim_heap_root(heap);
    void *root = atomic_load_explicit(place, memory_order_acquire);
    if (root != NULL)
        return root;
    struct root *made = sim_alloc(sizeof *made);
    if (made == NULL)
        return NULL;
    atomic_flag_clear(&made->lock);
    if (atomic_compare_exchange_strong_explicit(place, &root, made, memory_order_acq_rel,
                                                memory_order_acquire))
        return made;
    sim_free(made);
    return root;
}

struct sim_kept *sim_kept_open(slip_handle_t endpoint)
{
    struct root *root = root_of_process();
    if (root == NULL)
        return NULL;
    take(&root->lock);
    struct sim_kept *kept = root->first;
    while (kept != NULL && kept->endpoint != endpoint)
        kept = kept->next;
    if (kept == NULL && (kept = sim_alloc(sizeof *kept)) != NULL) {
        atomic_flag_clear(&kept->lock);
        kept->ready_last = &kept->ready;
        kept->endpoint = endpoint;
        kept->next = root->first;
        root->first = kept;
    }
    if (kept != NULL)
        kept->parties++;
    drop(&root->lock);
    return kept;
}

static void close_entries(struct entry *entries)
{
    while (entries != NULL) {
        struct entry *entry = entries;
        entries = entry->next;
        (void)slip_handle_close(entry->handle);
        sim_free(entry);
    }
}

static void free_parked(struct parked *list)
{
    while (list != NULL) {
        struct parked *parked = list;
        list = parked->next;
        sim_free(parked);
    }
}

void sim_kept_close(struct sim_kept *kept)
{
    struct root *root = root_of_process();
    take(&root->lock);
    int last = --kept->parties == 0;
    if (last) {
        struct sim_kept **link = &root->first;
        while (*link != kept)
            link = &(*link)->next;
        *link = kept->next;
    }
    drop(&root->lock);
    if (!last)
        return;
    for (uint32_t i = 0; kept->bucket != NULL && i < 1U << kept->bits; i++)
        close_entries(kept->bucket[i]);
    sim_free(kept->bucket);
    free_parked(kept->waiting);
    free_parked(kept->ready);
    sim_free(kept);
}

/* ---- entries; the lock is held ------------------------------------------------------------- */

static struct entry **bucket_of(struct sim_kept *kept, uint64_t badge, uint64_t number)
{
    uint64_t mixed = (badge * 31 + number) * 0x9e3779b97f4a7c15ULL;
    return &kept->bucket[mixed >> (64 - kept->bits)];
}

static struct entry *find(struct sim_kept *kept, uint64_t badge, uint64_t number)
{
    if (kept->bucket == NULL)
        return NULL;
    struct entry *entry = *bucket_of(kept, badge, number);
    while (entry != NULL && (entry->badge != badge || entry->number != number))
        entry = entry->next;
    return entry;
}

static void put(struct sim_kept *kept, struct entry *entry)
{
    struct entry **bucket = bucket_of(kept, entry->badge, entry->number);
    entry->next = *bucket;
    *bucket = entry;
}

/* Twice the buckets. Without memory for them it stays as it is, and gets slower. */
static void grow(struct sim_kept *kept)
{
    uint32_t bits = kept->bucket == NULL ? BUCKET_BITS_FIRST : kept->bits + 1;
    struct entry **old = kept->bucket, **bucket = sim_alloc(sizeof(struct entry *) << bits);
    uint32_t count = old == NULL ? 0 : 1U << kept->bits;
    if (bucket == NULL)
        return;
    kept->bucket = bucket;
    kept->bits = bits;
    for (uint32_t i = 0; i < count; i++)
        for (struct entry *entry = old[i], *next; entry != NULL; entry = next) {
            next = entry->next;
            put(kept, entry);
        }
    sim_free(old);
}

/* What waited for this goes to the end of what is ready, in the order in which it came. */
static void release(struct sim_kept *kept, uint64_t badge, uint64_t number)
{
    uint32_t ready = 0;
    for (struct parked **link = &kept->waiting, *parked; (parked = *link) != NULL;) {
        if (parked->message.badge != badge || parked->number != number) {
            link = &parked->next;
            continue;
        }
        *link = parked->next;
        parked->next = NULL;
        *kept->ready_last = parked;
        kept->ready_last = &parked->next;
        ready++;
    }
    kept->waiting_count -= ready;
    atomic_fetch_add_explicit(&kept->ready_count, ready, memory_order_relaxed);
}

/* ---- what designs call --------------------------------------------------------------------- */

slip_status_t sim_party_keep(struct sim_party *party, uint64_t badge, uint64_t number,
                             slip_handle_t handle)
{
    struct sim_kept *kept = party->kept;
    slip_status_t status = SLIP_OK;
    if (kept == NULL || number >= SIM_KEPT_MAX)
        status = SLIP_BAD_ARGUMENT;
    else {
        struct entry *made = sim_alloc(sizeof *made); /* before the lock: it may take its time */
        take(&kept->lock);
        struct entry *entry = find(kept, badge, number);
        if (kept->bucket == NULL || kept->entries >= 1U << kept->bits)
            grow(kept);
        if (entry == NULL && made != NULL && kept->bucket != NULL) {
            *made = (struct entry){NULL, badge, number, SLIP_NO_HANDLE};
            put(kept, made);
            kept->entries++;
            entry = made;
            made = NULL;
        }
        if (entry != NULL) {
            slip_handle_t old = entry->handle;
            entry->handle = handle;
            handle = old;
            release(kept, badge, number);
        } else {
            status = SLIP_NO_QUOTA;
        }
        drop(&kept->lock);
        sim_free(made);
    }
    if (handle != SLIP_NO_HANDLE)
        (void)slip_handle_close(handle);
    return status;
}

slip_status_t sim_party_look(struct sim_party *party, const struct slip_message *m, uint64_t number,
                             slip_handle_t *handle)
{
    struct sim_kept *kept = party->kept;
    slip_status_t status = SLIP_OK;
    *handle = SLIP_NO_HANDLE;
    take(&kept->lock);
    struct entry *entry = find(kept, m->badge, number);
    if (entry != NULL) {
        *handle = entry->handle;
    } else if (kept->waiting_count == SIM_PARKED_MAX || number >= SIM_KEPT_MAX) {
        status = SLIP_NO_QUOTA;
    } else {
        struct parked *parked = sim_alloc(sizeof *parked);
        status = parked == NULL ? SLIP_NO_QUOTA : SLIP_WOULD_BLOCK;
        if (parked != NULL) {
            struct parked **last = &kept->waiting;
            while (*last != NULL)
                last = &(*last)->next;
            *parked = (struct parked){NULL, number, *m};
            *last = parked;
            kept->waiting_count++;
        }
    }
    drop(&kept->lock);
    return status;
}

int sim_party_unpark(struct sim_party *party, struct slip_message *m)
{
    struct sim_kept *kept = party->kept;
    if (kept == NULL || atomic_load_explicit(&kept->ready_count, memory_order_relaxed) == 0)
        return 0;
    take(&kept->lock);
    struct parked *parked = kept->ready;
    if (parked != NULL) {
        kept->ready = parked->next;
        if (kept->ready == NULL)
            kept->ready_last = &kept->ready;
        atomic_fetch_sub_explicit(&kept->ready_count, 1, memory_order_relaxed);
    }
    drop(&kept->lock);
    if (parked == NULL)
        return 0;
    *m = parked->message;
    sim_free(parked);
    return 1;
}

void sim_party_forget(struct sim_party *party, uint64_t badge, slip_handle_t handle)
{
    struct sim_kept *kept = party->kept;
    struct entry *forgotten = NULL;
    if (kept == NULL)
        return;
    take(&kept->lock);
    const struct entry *first = find(kept, badge, 0);
    uint32_t buckets = first == NULL || first->handle != handle ? 0 : 1U << kept->bits;
    for (uint32_t i = 0; i < buckets; i++)
        for (struct entry **link = &kept->bucket[i], *entry; (entry = *link) != NULL;) {
            if (entry->badge != badge) {
                link = &entry->next;
                continue;
            }
            *link = entry->next;
            kept->entries--;
            entry->next = forgotten;
            forgotten = entry;
        }
    drop(&kept->lock);
    close_entries(forgotten);
}
