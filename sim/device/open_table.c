#include "sim/device/open_table.h"

#include <stdlib.h>
#include <unistd.h>

int sim_open_table_init(struct sim_open_table *table)
{
    table->used = 0;
    table->files = calloc(SIM_OPEN_MAX, sizeof *table->files);
    return table->files == NULL ? -1 : 0;
}

void sim_open_table_fini(struct sim_open_table *table)
{
    for (uint32_t i = 0; i < table->used; i++)
        if (table->files[i].fd >= 0)
            close(table->files[i].fd);
    free(table->files);
    *table = (struct sim_open_table){0};
}

struct sim_open_file *sim_open_find(struct sim_open_table *table, uint64_t number, uint64_t owner)
{
    uint64_t index = number & UINT32_MAX;
    if (index == 0 || index > table->used)
        return NULL;
    struct sim_open_file *file = &table->files[index - 1];
    if (file->fd < 0 || file->opens == 0 || file->generation != number >> 32 ||
        file->owner != owner)
        return NULL;
    return file;
}

static struct sim_open_file *find_same(struct sim_open_table *table,
                                       const struct sim_open_file *opened)
{
    for (uint32_t i = 0; i < table->used; i++) {
        struct sim_open_file *file = &table->files[i];
        if (file->fd >= 0 && file->opens != 0 && file->opens != UINT32_MAX &&
            file->owner == opened->owner && file->flags == opened->flags &&
            file->volume == opened->volume && file->inode == opened->inode)
            return file;
    }
    return NULL;
}

static struct sim_open_file *find_free(struct sim_open_table *table)
{
    for (uint32_t i = 0; i < table->used; i++)
        if (table->files[i].fd < 0)
            return &table->files[i];
    return table->used == SIM_OPEN_MAX ? NULL : &table->files[table->used++];
}

struct sim_open_file *sim_open_add(struct sim_open_table *table, const struct sim_open_file *opened,
                                   int *fd)
{
    struct sim_open_file *file = find_same(table, opened);
    if (file != NULL) {
        file->opens++;
        return file;
    }
    file = find_free(table);
    if (file == NULL)
        return NULL;
    uint32_t generation = file->generation + 1;
    *file = *opened;
    file->fd = *fd;
    file->generation = generation;
    file->opens = 1;
    *fd = -1;
    return file;
}

uint64_t sim_open_number(const struct sim_open_table *table, const struct sim_open_file *file)
{
    return (uint64_t)file->generation << 32 | (uint64_t)(file - table->files + 1);
}
