#include "sim/space.h"

#include <stdlib.h>
#include <sys/mman.h>
#include "sim/poison.h"

#define RESERVE_BYTES ((uint64_t)64 << 30)
#define SPACE_ALIGN ((uint64_t)2 << 20) /* what jemalloc aligns the first extent of an arena to */
#define SPACE_OVERHEAD ((uint64_t)4 << 20) /* what an arena takes before its first block */

struct sim_reserve {
    struct sim_reserve *next;
    uint64_t base, length;
    struct sim_range range;
};

/* Guard pages in the whole program: the host's bound is one for all instances. */
static atomic_uint guards_made;

void sim_reserves_init(struct sim_reserves *reserves)
{
    pthread_mutex_init(&reserves->lock, NULL);
    reserves->first = NULL;
    atomic_init(&reserves->spaces_made, 0);
}

void sim_reserves_fini(struct sim_reserves *reserves)
{
    while (reserves->first != NULL) {
        struct sim_reserve *reserve = reserves->first;
        reserves->first = reserve->next;
        munmap((void *)(uintptr_t)reserve->base, reserve->length);
        sim_range_fini(&reserve->range);
        free(reserve);
    }
    pthread_mutex_destroy(&reserves->lock);
}

/* Asks the host for a reserve; where it has a limit on addresses, a smaller one will do. */
static void *map_reserve(uint64_t bytes, uint64_t *length)
{
    for (uint64_t size = bytes > RESERVE_BYTES ? bytes : RESERVE_BYTES; size >= bytes;
         size = size / 2 < bytes && size > bytes ? bytes : size / 2) {
        void *base = mmap(NULL, size, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (base == MAP_FAILED)
            continue;
        /* A huge page for a stack of which one page is used would break every figure. */
        madvise(base, size, MADV_NOHUGEPAGE);
        *length = size;
        return base;
    }
    return NULL;
}

/* reserves->lock */
static struct sim_reserve *add_reserve(struct sim_reserves *reserves, uint64_t bytes)
{
    struct sim_reserve *reserve = malloc(sizeof *reserve);
    if (reserve == NULL)
        return NULL;
    /* The host aligns to its page only. */
    void *base = map_reserve(bytes + SPACE_ALIGN, &reserve->length);
    if (base == NULL) {
        free(reserve);
        return NULL;
    }
    reserve->base = (uintptr_t)base;
    if (sim_range_init(&reserve->range, reserve->base, reserve->length) != 0) {
        munmap(base, reserve->length);
        free(reserve);
        return NULL;
    }
    reserve->next = reserves->first;
    reserves->first = reserve;
    return reserve;
}

static uint64_t take_addresses(struct sim_reserves *reserves, uint64_t bytes,
                               struct sim_reserve **from)
{
    uint64_t base = 0;
    pthread_mutex_lock(&reserves->lock);
    struct sim_reserve *reserve = reserves->first;
    for (; reserve != NULL; reserve = reserve->next) {
        base = sim_range_take(&reserve->range, bytes, SPACE_ALIGN);
        if (base != 0)
            break;
    }
    if (base == 0) {
        reserve = add_reserve(reserves, bytes);
        if (reserve != NULL)
            base = sim_range_take(&reserve->range, bytes, SPACE_ALIGN);
    }
    pthread_mutex_unlock(&reserves->lock);
    *from = reserve;
    return base;
}

struct sim_space *sim_space_create(struct sim_reserves *reserves, uint64_t bytes)
{
    if (bytes == 0 || bytes > UINT64_MAX / 4)
        return NULL;
    struct sim_space *space = calloc(1, sizeof *space);
    if (space == NULL)
        return NULL;
    space->reserves = reserves;
    space->length = sim_round_up(bytes, SPACE_ALIGN) + SPACE_OVERHEAD;
    space->base = take_addresses(reserves, space->length, &space->reserve);
    if (space->base == 0) {
        free(space);
        return NULL;
    }
    if (sim_range_init(&space->range, space->base, space->length) != 0) {
        sim_range_give(&space->reserve->range, space->base, space->length);
        free(space);
        return NULL;
    }
    atomic_fetch_add_explicit(&reserves->spaces_made, 1, memory_order_relaxed);
    return space;
}

static void drop_pages(uint64_t address, uint64_t bytes)
{
    madvise((void *)(uintptr_t)address, bytes, MADV_DONTNEED);
}

static void drop_guard(uint64_t low)
{
    mprotect((void *)(uintptr_t)low, SIM_GUARD_BYTES, PROT_READ | PROT_WRITE);
    atomic_fetch_sub_explicit(&guards_made, 1, memory_order_relaxed);
}

/* ---- places of stacks ---------------------------------------------------------------------- */

static uint64_t place_count(const struct sim_space *space, uint32_t shift)
{
    return ((space->base + space->length - 1) >> shift) - (space->base >> shift) + 1;
}

static uint64_t place_of(const struct sim_space *space, uint64_t address, uint32_t shift)
{
    return (address >> shift) - (space->base >> shift);
}

static int place_guarded(const atomic_uchar *guards, uint64_t place)
{
    return atomic_load_explicit(&guards[place / 8], memory_order_relaxed) >> place % 8 & 1;
}

void sim_space_destroy(struct sim_space *space)
{
    uint32_t shift = atomic_load_explicit(&space->stack_shift, memory_order_relaxed);
    atomic_uchar *guards = atomic_load_explicit(&space->guards, memory_order_relaxed);
    uint64_t places = guards == NULL ? 0 : place_count(space, shift);
    if (atomic_load_explicit(&space->stacks, memory_order_relaxed) != 0)
        for (uint64_t i = 0; i < places; i++)
            if (place_guarded(guards, i))
                drop_guard(((space->base >> shift) + i) << shift);
    drop_pages(space->base, space->length);
    sim_range_give(&space->reserve->range, space->base, space->length);
    sim_range_fini(&space->range);
    free(guards);
    free(space);
}

uint64_t sim_space_take(struct sim_space *space, uint64_t bytes, uint64_t align)
{
    uint64_t address = sim_range_take(&space->range, bytes, align);
    if (address != 0)
        atomic_fetch_add_explicit(&space->taken, sim_round_up(bytes, SIM_RANGE_PAGE),
                                  memory_order_relaxed);
    return address;
}

void sim_space_give(struct sim_space *space, uint64_t address, uint64_t bytes)
{
    bytes = sim_round_up(bytes, SIM_RANGE_PAGE);
    drop_pages(address, bytes);
    sim_range_give(&space->range, address, bytes);
    atomic_fetch_sub_explicit(&space->taken, bytes, memory_order_relaxed);
}

static uint32_t shift_for(uint64_t bytes)
{
    uint32_t shift = 12;
    while ((uint64_t)1 << shift < bytes)
        shift++;
    return shift;
}

/* The first stack of a space decides how big the places of its stacks are. */
static atomic_uchar *guards_of(struct sim_space *space, uint32_t shift)
{
    atomic_uchar *guards = atomic_load_explicit(&space->guards, memory_order_acquire);
    if (guards != NULL)
        return guards;
    uint32_t decided = 0;
    if (atomic_compare_exchange_strong_explicit(&space->stack_shift, &decided, shift,
                                                memory_order_relaxed, memory_order_relaxed))
        decided = shift;
    atomic_store_explicit(&space->stack_room, (uint64_t)1 << decided, memory_order_relaxed);
    guards = calloc(place_count(space, decided) / 8 + 1, 1);
    atomic_uchar *other = NULL;
    /* Release: who sees the map (acquire above and in sim_space_guarded) sees the shift too. */
    if (guards == NULL ||
        atomic_compare_exchange_strong_explicit(&space->guards, &other, guards,
                                                memory_order_acq_rel, memory_order_acquire))
        return guards;
    free(guards);
    return other;
}

/* Room that is rounded up to a power of two and aligned to it makes the question "is this a guard
 * page" a shift and a bit, which every copy of a message asks. */
uint64_t sim_space_stack_take(struct sim_space *space, uint64_t bytes)
{
    uint32_t shift = shift_for(bytes);
    uint64_t low = sim_space_take(space, bytes, (uint64_t)1 << shift);
    if (low == 0)
        return 0;
    atomic_fetch_add_explicit(&space->stacks, 1, memory_order_relaxed);
    atomic_uchar *guards = guards_of(space, shift);
    if (guards == NULL || atomic_load_explicit(&space->stack_shift, memory_order_relaxed) != shift)
        return low;
    if (atomic_fetch_add_explicit(&guards_made, 1, memory_order_relaxed) >= SIM_GUARDS_MAX ||
        mprotect((void *)(uintptr_t)low, SIM_GUARD_BYTES, PROT_NONE) != 0) {
        atomic_fetch_sub_explicit(&guards_made, 1, memory_order_relaxed);
        return low;
    }
    uint64_t place = place_of(space, low, shift);
    atomic_fetch_or_explicit(&guards[place / 8], (unsigned char)(1U << place % 8),
                             memory_order_relaxed);
    return low;
}

void sim_space_stack_give(struct sim_space *space, uint64_t low, uint64_t bytes)
{
    uint32_t shift = atomic_load_explicit(&space->stack_shift, memory_order_relaxed);
    atomic_uchar *guards = atomic_load_explicit(&space->guards, memory_order_acquire);
    if (guards != NULL && shift == shift_for(bytes)) {
        uint64_t place = place_of(space, low, shift);
        unsigned char bit = (unsigned char)(1U << place % 8);
        if (atomic_fetch_and_explicit(&guards[place / 8], (unsigned char)~bit,
                                      memory_order_relaxed) &
            bit)
            drop_guard(low);
    }
    sim_unpoison(low, bytes);
    atomic_fetch_sub_explicit(&space->stacks, 1, memory_order_relaxed);
    sim_space_give(space, low, bytes);
}

int sim_space_guarded(const struct sim_space *space, uint64_t address, uint64_t bytes)
{
    const atomic_uchar *guards = atomic_load_explicit(&space->guards, memory_order_acquire);
    if (guards == NULL || bytes == 0 || !sim_space_contains(space, address))
        return 0;
    uint32_t shift = atomic_load_explicit(&space->stack_shift, memory_order_relaxed);
    uint64_t last = address + bytes - 1;
    if (!sim_space_contains(space, last))
        last = space->base + space->length - 1;
    uint64_t place = place_of(space, address, shift), end = place_of(space, last, shift);
    /* The guard of a place is its first page. */
    if ((address & (((uint64_t)1 << shift) - 1)) >= SIM_GUARD_BYTES)
        place++;
    for (; place <= end; place++)
        if (place_guarded(guards, place))
            return 1;
    return 0;
}
