#include "sim/range.h"

#include <stdlib.h>
#include <string.h>

int sim_range_init(struct sim_range *range, uint64_t base, uint64_t length)
{
    range->free = malloc(4 * sizeof *range->free);
    if (range->free == NULL)
        return -1;
    pthread_mutex_init(&range->lock, NULL);
    range->capacity = 4;
    range->count = 1;
    range->free[0] = (struct sim_interval){base, base + length};
    range->free_bytes = length;
    return 0;
}

void sim_range_fini(struct sim_range *range)
{
    pthread_mutex_destroy(&range->lock);
    free(range->free);
    range->free = NULL;
}

/* lock. Makes a hole at `index`; -1 if the host has no memory. */
static int insert_interval(struct sim_range *range, uint32_t index, struct sim_interval interval)
{
    if (range->count == range->capacity) {
        uint32_t capacity = 2 * range->capacity + 1;
        struct sim_interval *more = realloc(range->free, (size_t)capacity * sizeof *more);
        if (more == NULL)
            return -1;
        range->free = more;
        range->capacity = capacity;
    }
    memmove(&range->free[index + 1], &range->free[index],
            (range->count - index) * sizeof *range->free);
    range->free[index] = interval;
    range->count++;
    return 0;
}

/* lock */
static void remove_interval(struct sim_range *range, uint32_t index)
{
    range->count--;
    memmove(&range->free[index], &range->free[index + 1],
            (range->count - index) * sizeof *range->free);
}

/* lock. Cuts [from, to) out of the interval that holds it; -1 if the host has no memory. */
static int cut(struct sim_range *range, uint32_t index, uint64_t from, uint64_t to)
{
    struct sim_interval *hole = &range->free[index];
    uint64_t end = hole->to;
    if (hole->from == from && end == to) {
        remove_interval(range, index);
    } else if (hole->from == from) {
        hole->from = to;
    } else {
        if (end != to && insert_interval(range, index + 1, (struct sim_interval){to, end}) != 0)
            return -1;
        range->free[index].to = from;
    }
    range->free_bytes -= to - from;
    return 0;
}

uint64_t sim_range_take(struct sim_range *range, uint64_t bytes, uint64_t align)
{
    uint64_t found = 0;
    if (bytes == 0 || bytes > UINT64_MAX / 2)
        return 0;
    bytes = sim_round_up(bytes, SIM_RANGE_PAGE);
    pthread_mutex_lock(&range->lock);
    for (uint32_t i = 0; i < range->count && found == 0; i++) {
        uint64_t from = sim_round_up(range->free[i].from, align);
        if (from >= range->free[i].to || range->free[i].to - from < bytes)
            continue;
        if (cut(range, i, from, from + bytes) != 0)
            break;
        found = from;
    }
    pthread_mutex_unlock(&range->lock);
    return found;
}

/* lock. Index of the first free interval that begins behind the address. */
static uint32_t first_behind(const struct sim_range *range, uint64_t address)
{
    uint32_t low = 0, high = range->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (range->free[middle].from > address)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

void sim_range_give(struct sim_range *range, uint64_t address, uint64_t bytes)
{
    uint64_t to = address + sim_round_up(bytes, SIM_RANGE_PAGE);
    pthread_mutex_lock(&range->lock);
    uint32_t next = first_behind(range, address);
    int joins_next = next < range->count && range->free[next].from == to;
    int joins_last = next > 0 && range->free[next - 1].to == address;
    range->free_bytes += to - address;
    if (joins_last && joins_next) {
        range->free[next - 1].to = range->free[next].to;
        remove_interval(range, next);
    } else if (joins_last) {
        range->free[next - 1].to = to;
    } else if (joins_next) {
        range->free[next].from = address;
    } else if (insert_interval(range, next, (struct sim_interval){address, to}) != 0) {
        range->free_bytes -= to - address;
    }
    pthread_mutex_unlock(&range->lock);
}

uint64_t sim_range_free_bytes(struct sim_range *range)
{
    pthread_mutex_lock(&range->lock);
    uint64_t bytes = range->free_bytes;
    pthread_mutex_unlock(&range->lock);
    return bytes;
}
