#include "sim/device/device.h"

#include <string.h>

static const struct sim_device_kind *const device_kinds[] = {
    &sim_device_file,
    &sim_device_disk,
    &sim_device_timer,
};

const struct sim_device_kind *sim_device_nth(uint32_t index)
{
    return index < sizeof device_kinds / sizeof device_kinds[0] ? device_kinds[index] : NULL;
}

const struct sim_device_kind *sim_device_find(const char *name)
{
    const struct sim_device_kind *kind;
    for (uint32_t i = 0; (kind = sim_device_nth(i)) != NULL; i++)
        if (strcmp(kind->name, name) == 0)
            return kind;
    return NULL;
}
