/* The files that a device has open for its clients.
 *
 * A file that an owner opens again in the same way is one entry with one number, and wants as many
 * closes: ten thousand clients of one file cost one descriptor. A closed number is never reused,
 * thanks to its generation. Whoever has a table sees to it that one thread at a time uses it.
 */
#ifndef SIM_DEVICE_OPEN_TABLE_H
#define SIM_DEVICE_OPEN_TABLE_H

#include <stdint.h>

#define SIM_OPEN_MAX 1024U /* files open at once */

struct sim_open_file {
    int fd;              /* -1: free */
    uint32_t generation; /* of the number; grows with each use of the entry */
    uint32_t opens;      /* 0: closing, no operation finds it any more */
    uint32_t busy;       /* operations under way: the device's own count */
    uint64_t owner, flags;
    uint64_t volume, inode; /* which file it is, whatever its name */
    void *closer;           /* the device's: who waits for busy to become 0 */
};

struct sim_open_table {
    struct sim_open_file *files; /* owns */
    uint32_t used;
};

/* 0, or -1 without memory. */
int sim_open_table_init(struct sim_open_table *table);
/* Closes what is open. */
void sim_open_table_fini(struct sim_open_table *table);

/* The entry of a number, if it is this owner's; NULL if it is not, or was closed. */
struct sim_open_file *sim_open_find(struct sim_open_table *table, uint64_t number, uint64_t owner);

/* Notes a descriptor that was just opened: another entry of the same file, owner and flags takes it
 * in, and then *fd stays the caller's; else *fd becomes -1. NULL if the table is full. */
struct sim_open_file *sim_open_add(struct sim_open_table *table, const struct sim_open_file *opened,
                                   int *fd);

uint64_t sim_open_number(const struct sim_open_table *table, const struct sim_open_file *file);

#endif
