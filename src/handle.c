#include "handle.h"

#include "check.h"
#include "config.h"
#include "hook.h"
#include "port.h"

#define CHUNK_ENTRIES(chunk) ((uint64_t)1 << (chunk))

static uint64_t chunk_bytes(uint32_t chunk)
{
    uint64_t bytes =
        CHUNK_ENTRIES(chunk) * (sizeof(struct k_handle_entry) + sizeof(struct k_handle_rest));
    return (bytes + SLIP_PAGE_BYTES - 1) / SLIP_PAGE_BYTES * SLIP_PAGE_BYTES;
}

void k_handle_table_init(struct k_handle_table *table, struct k_quota *quota)
{
    k_lock_init(&table->lock, K_RANK_HANDLES);
    table->quota = quota;
    table->made = table->live = table->reserved = table->free_first = 0;
    for (uint32_t i = 0; i < sizeof(table->chunk) / sizeof(table->chunk[0]); i++)
        atomic_store_explicit(&table->chunk[i], NULL, memory_order_relaxed);
}

void k_handle_table_fini(struct k_handle_table *table, struct k_cpu *cpu)
{
    K_REQUIRE(cpu->kernel, table->live == 0);
    for (uint32_t i = K_HANDLE_FIRST; i < K_HANDLE_LIMIT; i++) {
        struct k_handle_entry *entries =
            atomic_load_explicit(&table->chunk[i], memory_order_relaxed);
        if (entries == NULL)
            continue;
        atomic_store_explicit(&table->chunk[i], NULL, memory_order_relaxed);
        cpu->ops->pages_put(cpu->machine, (struct k_handle_rest *)entries - CHUNK_ENTRIES(i),
                            chunk_bytes(i));
        k_quota_uncharge(cpu, table->quota, chunk_bytes(i));
    }
}

/* table->lock. Makes one more entry, index table->made. */
static slip_status_t grow(struct k_cpu *cpu, struct k_handle_table *table)
{
    uint32_t chunk = k_handle_chunk_of(k_handle_place((slip_handle_t)table->made + 1));
    if (chunk >= K_HANDLE_LIMIT)
        return SLIP_NO_QUOTA;
    if (atomic_load_explicit(&table->chunk[chunk], memory_order_relaxed) == NULL) {
        if (k_quota_charge(cpu, table->quota, chunk_bytes(chunk)) != SLIP_OK)
            return SLIP_NO_QUOTA;
        struct k_handle_rest *rests = cpu->ops->pages_get(cpu->machine, chunk_bytes(chunk));
        if (rests == NULL) {
            k_quota_uncharge(cpu, table->quota, chunk_bytes(chunk));
            return SLIP_NO_QUOTA;
        }
        /* Pairs with the acquire in entry_of. */
        atomic_store_explicit(&table->chunk[chunk],
                              (struct k_handle_entry *)(rests + CHUNK_ENTRIES(chunk)),
                              memory_order_release);
    }
    struct k_handle_entry *middle;
    struct k_handle_entry *entry =
        k_handle_entry_of(table, (slip_handle_t)table->made + 1, &middle);
    atomic_store_explicit(&entry->word, k_handle_word(1, 0, K_HANDLE_FREE), memory_order_relaxed);
    atomic_store_explicit(&k_handle_rest_of(entry, middle)->badge, table->free_first,
                          memory_order_relaxed);
    table->free_first = ++table->made;
    return SLIP_OK;
}

/* All but the word, from which the rights come. */
static void read_entry(struct k_handle_entry *entry, struct k_handle_entry *middle, uint64_t word,
                       struct k_capability *capability)
{
    struct k_handle_rest *rest = k_handle_rest_of(entry, middle);
    capability->object = atomic_load_explicit(&entry->object, memory_order_relaxed);
    capability->port = atomic_load_explicit(&rest->port, memory_order_relaxed);
    capability->badge = atomic_load_explicit(&rest->badge, memory_order_relaxed);
    capability->epoch = atomic_load_explicit(&rest->epoch, memory_order_relaxed);
    capability->rights = K_HANDLE_RIGHTS(word);
}

/* table->lock; there is a free entry. */
static slip_handle_t use_free(struct k_handle_table *table, const struct k_capability *capability)
{
    uint32_t number = table->free_first;
    struct k_handle_entry *middle;
    struct k_handle_entry *entry = k_handle_entry_of(table, number, &middle);
    struct k_handle_rest *rest = k_handle_rest_of(entry, middle);
    uint64_t generation = atomic_load_explicit(&entry->word, memory_order_relaxed) >> 32;
    table->free_first = (uint32_t)atomic_load_explicit(&rest->badge, memory_order_relaxed);
    /* A look-up that finds what follows finds the end of the entry's last handle, too, whoever that
     * came from: pairs with the fence in k_handle_look_up, and in k_handle_still. */
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&entry->object, capability->object, memory_order_relaxed);
    atomic_store_explicit(&rest->port, capability->port, memory_order_relaxed);
    atomic_store_explicit(&rest->badge, capability->badge, memory_order_relaxed);
    atomic_store_explicit(&rest->epoch, capability->epoch, memory_order_relaxed);
    atomic_store_explicit(&entry->word,
                          k_handle_word(generation, capability->rights, K_HANDLE_LIVE),
                          memory_order_release);
    K_PUBLISH(table->live, table->live + 1);
    return generation << 32 | number;
}

/* table->lock. Sees to it that `count` entries are free and promised to nobody. */
static slip_status_t make_room(struct k_cpu *cpu, struct k_handle_table *table, uint32_t count)
{
    while (table->made - table->live - table->reserved < count)
        if (grow(cpu, table) != SLIP_OK)
            return SLIP_NO_QUOTA;
    return SLIP_OK;
}

slip_status_t k_handle_open(struct k_cpu *cpu, struct k_handle_table *table,
                            const struct k_capability *capability, slip_handle_t *handle)
{
    k_lock_take(cpu, &table->lock);
    slip_status_t status = make_room(cpu, table, 1);
    if (status == SLIP_OK)
        *handle = use_free(table, capability);
    k_lock_drop(cpu, &table->lock);
    return status;
}

slip_status_t k_handle_reserve(struct k_cpu *cpu, struct k_handle_table *table, uint32_t count)
{
    k_lock_take(cpu, &table->lock);
    slip_status_t status = make_room(cpu, table, count);
    if (status == SLIP_OK)
        table->reserved += count;
    k_lock_drop(cpu, &table->lock);
    return status;
}

void k_handle_unreserve(struct k_cpu *cpu, struct k_handle_table *table, uint32_t count)
{
    k_lock_take(cpu, &table->lock);
    K_REQUIRE(cpu->kernel, table->reserved >= count);
    table->reserved -= count;
    k_lock_drop(cpu, &table->lock);
}

void k_handle_open_reserved(struct k_cpu *cpu, struct k_handle_table *table,
                            const struct k_capability *capability, slip_handle_t *handle)
{
    k_lock_take(cpu, &table->lock);
    K_REQUIRE(cpu->kernel, table->reserved > 0);
    table->reserved--;
    *handle = use_free(table, capability);
    k_lock_drop(cpu, &table->lock);
}

slip_status_t k_handle_look_up(struct k_cpu *cpu, struct k_handle_table *table,
                               slip_handle_t handle, const struct k_object_type *type,
                               uint32_t rights, struct k_capability *capability)
{
    k_charge(cpu, SLIP_COST_lookup, 1);
    struct k_handle_entry *middle;
    struct k_handle_entry *entry = k_handle_entry_of(table, handle, &middle);
    if (entry == NULL)
        return SLIP_BAD_HANDLE;
    uint64_t live = atomic_load_explicit(&entry->word, memory_order_acquire);
    if (!k_handle_is(live, handle, K_HANDLE_LIVE))
        return SLIP_BAD_HANDLE;
    read_entry(entry, middle, live, capability);
    struct k_object *object = capability->object;
    if (object == NULL || !k_object_ref_live(object))
        return SLIP_BAD_HANDLE;
    struct k_port *port = capability->port;
    if (port != NULL && !k_object_ref_live(k_port_object(port))) {
        k_object_unref(cpu, object);
        return SLIP_BAD_HANDLE;
    }
    /* If the entry changed since, what was read may be of two handles. The fence keeps the reads
     * above from moving below; it pairs with the release of `word` in change_state. */
    atomic_thread_fence(memory_order_acquire);
    if (atomic_load_explicit(&entry->word, memory_order_relaxed) != live) {
        k_capability_drop(cpu, capability);
        return SLIP_BAD_HANDLE;
    }
    slip_status_t status = SLIP_OK;
    if (type != NULL && object->type != type)
        status = SLIP_WRONG_TYPE;
    else if ((capability->rights & rights) != rights)
        status = SLIP_NO_RIGHT;
    if (status != SLIP_OK)
        k_capability_drop(cpu, capability);
    return status;
}

void k_capability_drop(struct k_cpu *cpu, struct k_capability *capability)
{
    if (capability->port != NULL)
        k_object_unref(cpu, k_port_object(capability->port));
    if (capability->object != NULL)
        k_object_unref(cpu, capability->object);
    capability->object = NULL;
    capability->port = NULL;
}

/* Takes an entry from one state to the next; *capability gets what it holds, unless NULL. K_HANDLE_FREE also
 * puts it on the free list, as of the next generation. */
static slip_status_t change_state(struct k_cpu *cpu, struct k_handle_table *table,
                                  slip_handle_t handle, enum k_handle_state from,
                                  enum k_handle_state to, struct k_capability *capability)
{
    struct k_handle_entry *middle;
    struct k_handle_entry *entry = k_handle_entry_of(table, handle, &middle);
    if (entry == NULL)
        return SLIP_BAD_HANDLE;
    uint64_t generation = handle >> 32;
    k_lock_take(cpu, &table->lock);
    uint64_t word = atomic_load_explicit(&entry->word, memory_order_relaxed);
    if (!k_handle_is(word, handle, from)) {
        k_lock_drop(cpu, &table->lock);
        return SLIP_BAD_HANDLE;
    }
    if (capability != NULL)
        read_entry(entry, middle, word, capability);
    if (to == K_HANDLE_FREE) {
        generation = generation == UINT32_MAX ? 1 : generation + 1;
        atomic_store_explicit(&entry->word, k_handle_word(generation, 0, K_HANDLE_FREE),
                              memory_order_release);
        /* Look-ups that saw the old word re-read it: the fence orders it before what follows. */
        atomic_thread_fence(memory_order_release);
        atomic_store_explicit(&k_handle_rest_of(entry, middle)->badge, table->free_first,
                              memory_order_relaxed);
        table->free_first = (uint32_t)handle;
        K_PUBLISH(table->live, table->live - 1);
    } else {
        atomic_store_explicit(&entry->word, k_handle_word(generation, K_HANDLE_RIGHTS(word), to),
                              memory_order_release);
    }
    k_lock_drop(cpu, &table->lock);
    return SLIP_OK;
}

slip_status_t k_handle_detach(struct k_cpu *cpu, struct k_handle_table *table, slip_handle_t handle,
                              struct k_capability *capability)
{
    return change_state(cpu, table, handle, K_HANDLE_LIVE, K_HANDLE_TRANSIT, capability);
}

void k_handle_forget(struct k_cpu *cpu, struct k_handle_table *table, slip_handle_t handle)
{
    slip_status_t status = change_state(cpu, table, handle, K_HANDLE_TRANSIT, K_HANDLE_FREE, NULL);
    K_REQUIRE(cpu->kernel, status == SLIP_OK);
}

void k_handle_restore(struct k_cpu *cpu, struct k_handle_table *table, slip_handle_t handle)
{
    slip_status_t status = change_state(cpu, table, handle, K_HANDLE_TRANSIT, K_HANDLE_LIVE, NULL);
    K_REQUIRE(cpu->kernel, status == SLIP_OK);
}

void k_handle_renew(struct k_cpu *cpu, struct k_handle_table *table, slip_handle_t handle,
                    uint32_t epoch)
{
    struct k_handle_entry *middle;
    struct k_handle_entry *entry = k_handle_entry_of(table, handle, &middle);
    k_lock_take(cpu, &table->lock);
    if (k_handle_is(atomic_load_explicit(&entry->word, memory_order_relaxed), handle,
                    K_HANDLE_LIVE))
        atomic_store_explicit(&k_handle_rest_of(entry, middle)->epoch, epoch, memory_order_relaxed);
    k_lock_drop(cpu, &table->lock);
}

slip_status_t k_handle_close(struct k_cpu *cpu, struct k_handle_table *table, slip_handle_t handle)
{
    struct k_capability capability;
    slip_status_t status =
        change_state(cpu, table, handle, K_HANDLE_LIVE, K_HANDLE_FREE, &capability);
    if (status == SLIP_OK)
        k_capability_close(cpu, &capability);
    return status;
}

int k_handle_close_some(struct k_cpu *cpu, struct k_handle_table *table, uint32_t *from,
                        uint32_t count)
{
    while (count-- > 0) {
        if (*from >= table->made)
            return 1;
        slip_handle_t number = ++*from;
        struct k_handle_entry *middle;
        struct k_handle_entry *entry = k_handle_entry_of(table, number, &middle);
        uint64_t word = atomic_load_explicit(&entry->word, memory_order_relaxed);
        if ((word & K_HANDLE_STATE) == K_HANDLE_LIVE)
            k_handle_close(cpu, table, (word >> 32) << 32 | number);
    }
    return 0;
}

void k_capability_hold(const struct k_capability *capability)
{
    if (capability->port != NULL)
        k_object_ref(k_port_object(capability->port));
    k_object_hold(capability->object, capability->rights);
}

void k_capability_close(struct k_cpu *cpu, const struct k_capability *capability)
{
    k_object_release(cpu, capability->object, capability->rights);
    if (capability->port != NULL)
        k_object_unref(cpu, k_port_object(capability->port));
}
