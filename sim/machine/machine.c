#include "sim/machine/machine.h"

#include <string.h>

static const struct sim_machine_kind *const machine_kinds[] = {
    &sim_machine_threads,
    &sim_machine_scripted,
    &sim_machine_model,
    &sim_machine_cores,
};

const struct sim_machine_kind *sim_machine_nth(uint32_t index)
{
    return index < sizeof machine_kinds / sizeof machine_kinds[0] ? machine_kinds[index] : NULL;
}

const struct sim_machine_kind *sim_machine_find(const char *name)
{
    const struct sim_machine_kind *kind;
    for (uint32_t i = 0; (kind = sim_machine_nth(i)) != NULL; i++)
        if (strcmp(kind->name, name) == 0)
            return kind;
    return NULL;
}
