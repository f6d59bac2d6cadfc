/* Counters: one writer at a time, readers at any time, no locked instruction. */
#ifndef K_COUNTERS_H
#define K_COUNTERS_H

#include <slipway/kernel.h>

static inline uint64_t k_counter_read(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

static inline void k_count(uint64_t *counter, uint64_t amount)
{
    __atomic_store_n(counter, k_counter_read(counter) + amount, __ATOMIC_RELAXED);
}

/* Writes a word that is guarded by a lock and that statistics read without it. */
#define K_PUBLISH(word, value) __atomic_store_n(&(word), (value), __ATOMIC_RELAXED)

/* For a new life of what they belong to, of which a reader may not have heard. */
static inline void k_counters_clear(struct k_counters *counters)
{
#define K_COUNTER_CLEAR(name, text) K_PUBLISH(counters->name, 0);
    K_COUNTER_MAP(K_COUNTER_CLEAR)
#undef K_COUNTER_CLEAR
}

/* Adds each counter of `from` to `to`. */
static inline void k_counters_add(struct k_counters *to, const struct k_counters *from)
{
#define K_COUNTER_ADD(name, text) k_count(&to->name, k_counter_read(&from->name));
    K_COUNTER_MAP(K_COUNTER_ADD)
#undef K_COUNTER_ADD
}

#endif
