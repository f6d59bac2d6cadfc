#define _GNU_SOURCE
#include "sim/machine/image.h"

#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include "sim/machine/say.h"
#include "sim/machine/symbol.h"
#include "sim/range.h"

struct image_range {
    uint64_t from, to;
    int writable;
};

/* Never changed once it is published. Readers may hold an old one for ever, so old ones are kept:
 * one for each time that objects were loaded. */
struct image_table {
    struct image_table *older;
    unsigned long long added, dropped; /* objects, so far */
    uint32_t count;
    struct image_range range[];
};

static _Atomic(struct image_table *) image_table;              /* publish releases, read acquires */
static pthread_mutex_t image_lock = PTHREAD_MUTEX_INITIALIZER; /* who makes a table */

struct image_scan {
    struct image_table *table; /* NULL: count only */
    unsigned long long added, dropped;
    uint32_t count, capacity;
};

static void scan_add(struct image_scan *scan, uint64_t from, uint64_t to, int writable)
{
    if (to <= from)
        return;
    if (scan->count < scan->capacity)
        scan->table->range[scan->count] = (struct image_range){from, to, writable};
    scan->count++;
}

/* The part that is read-only after relocation comes before the writable segment that holds it, so
 * that a search finds it first. */
static int scan_object(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size;
    struct image_scan *scan = argument;
    scan->added = info->dlpi_adds;
    scan->dropped = info->dlpi_subs;
    for (uint32_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uint64_t from = info->dlpi_addr + part->p_vaddr, to = from + part->p_memsz;
        if (part->p_type == PT_GNU_RELRO)
            scan_add(scan, from & ~(uint64_t)(SIM_RANGE_PAGE - 1),
                     to & ~(uint64_t)(SIM_RANGE_PAGE - 1), 0);
    }
    for (uint32_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uint64_t from = info->dlpi_addr + part->p_vaddr, to = from + part->p_memsz;
        if (part->p_type == PT_LOAD && (part->p_flags & PF_R))
            scan_add(scan, from, to, (part->p_flags & PF_W) != 0);
    }
    return 0;
}

static int scan_versions(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size;
    struct image_scan *scan = argument;
    scan->added = info->dlpi_adds;
    scan->dropped = info->dlpi_subs;
    return 1;
}

/* image_lock. Objects may come or go between the two passes: then it is done again. */
static struct image_table *make_table(void)
{
    for (;;) {
        struct image_scan first = {0};
        dl_iterate_phdr(scan_object, &first);
        struct image_table *table =
            malloc(sizeof *table + first.count * sizeof(struct image_range));
        if (table == NULL)
            return NULL;
        struct image_scan second = {.table = table, .capacity = first.count};
        dl_iterate_phdr(scan_object, &second);
        if (first.added == second.added && first.dropped == second.dropped) {
            table->added = second.added;
            table->dropped = second.dropped;
            table->count = second.count;
            return table;
        }
        free(table);
    }
}

static int is_current(const struct image_table *table)
{
    struct image_scan now = {0};
    dl_iterate_phdr(scan_versions, &now);
    return table != NULL && table->added == now.added && table->dropped == now.dropped;
}

void sim_image_refresh(void)
{
    pthread_mutex_lock(&image_lock);
    struct image_table *old = atomic_load_explicit(&image_table, memory_order_acquire);
    if (!is_current(old)) {
        struct image_table *table = make_table();
        if (table != NULL) {
            table->older = old;
            atomic_store_explicit(&image_table, table, memory_order_release);
        }
    }
    pthread_mutex_unlock(&image_lock);
}

static const struct image_range *find(uint64_t address)
{
    const struct image_table *table = atomic_load_explicit(&image_table, memory_order_acquire);
    if (table == NULL)
        return NULL;
    for (uint32_t i = 0; i < table->count; i++)
        if (address >= table->range[i].from && address < table->range[i].to)
            return &table->range[i];
    return NULL;
}

/* A miss is worth a look whether the image has grown. */
static const struct image_range *find_or_refresh(uint64_t address)
{
    const struct image_range *range = find(address);
    if (range != NULL)
        return range;
    if (is_current(atomic_load_explicit(&image_table, memory_order_acquire)))
        return NULL;
    sim_image_refresh();
    return find(address);
}

int sim_image_contains(uint64_t address, uint64_t bytes)
{
    const struct image_range *range = find_or_refresh(address);
    if (range == NULL || range->writable || bytes > range->to - address)
        return 0;
    return 1;
}

/* ---- why an address was refused ------------------------------------------------------------ */

#define TOLD_MAX 64U

/* 1 the first time for each address; past the bound nothing new is told. */
static int first_time(uint64_t address)
{
    static uint64_t told[TOLD_MAX]; /* image_lock */
    static uint32_t told_count;     /* image_lock */
    int first = 0;
    pthread_mutex_lock(&image_lock);
    uint32_t i = 0;
    while (i < told_count && told[i] != address)
        i++;
    if (i == told_count && told_count < TOLD_MAX) {
        told[told_count++] = address;
        first = 1;
    }
    pthread_mutex_unlock(&image_lock);
    return first;
}

static void explain(uint64_t address)
{
    const struct image_range *range = find_or_refresh(address);
    char name[400];
    if (range == NULL || !range->writable || !first_time(address))
        return;
    sim_symbol_describe(address, name, sizeof name);
    sim_say("slipway: BAD_ADDRESS: the writable global %s is memory of no process; keep it on a "
            "stack, in a buffer, or in memory of sim_alloc\n",
            name);
}

void sim_image_explain(const uint64_t *registers, uint32_t count)
{
    if (getenv("SLIPWAY_EXPLAIN") == NULL)
        return;
    for (uint32_t i = 0; i < count; i++)
        if (registers[i] >= SIM_RANGE_PAGE)
            explain(registers[i]);
}
