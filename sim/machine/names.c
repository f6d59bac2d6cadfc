#include "sim/machine/names.h"

#include <stdio.h>
#include <stdlib.h>

void sim_name_add(struct sim_names *names, uint64_t number, const char *text)
{
    if (number == 0 || (names->count > 0 && names->name[names->count - 1].number >= number))
        return;
    if (names->count == names->room) {
        uint32_t room = names->room == 0 ? 16 : names->room * 2;
        struct sim_name *grown = realloc(names->name, room * sizeof *grown);
        if (grown == NULL)
            return;
        names->name = grown;
        names->room = room;
    }
    struct sim_name *name = &names->name[names->count++];
    name->number = number;
    snprintf(name->text, sizeof name->text, "%s", text);
}

const char *sim_name_find(const struct sim_names *names, uint64_t number)
{
    uint32_t low = 0, high = names->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (names->name[middle].number == number)
            return names->name[middle].text;
        if (names->name[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

void sim_names_fini(struct sim_names *names)
{
    free(names->name);
    *names = (struct sim_names){0};
}
