#include "sim/role/role.h"

#include <string.h>

#include "sim/role/roles.h"

static const struct sim_role *const role_table[] = {
    &sim_role_client,
    &sim_role_echo_server,
    &sim_role_file_server,
    &sim_role_pipeline_stage,
};

const struct sim_role *sim_role_nth(uint32_t index)
{
    return index < sizeof role_table / sizeof role_table[0] ? role_table[index] : NULL;
}

const struct sim_role *sim_role_find(const char *name)
{
    const struct sim_role *role;
    for (uint32_t i = 0; (role = sim_role_nth(i)) != NULL; i++)
        if (strcmp(role->name, name) == 0)
            return role;
    return NULL;
}
