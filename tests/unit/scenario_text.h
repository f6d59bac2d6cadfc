/* Loading scenarios that a test writes down. */
#ifndef TESTS_UNIT_SCENARIO_TEXT_H
#define TESTS_UNIT_SCENARIO_TEXT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>
#include "sim/scenario/plan.h"

/* A plan of this text, which is the file "test.lua" of a folder of its own; NULL and the message. */
static inline struct sim_plan *scenario_load(const char *text, const struct sim_setting *settings,
                                             uint32_t count, char error[1024])
{
    char folder[] = "/tmp/slipway-test-XX"
                    "XX"
                    "XX",
         path[64];
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/test.lua", folder);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
    error[0] = 0;
    struct sim_plan *plan = sim_plan_load(path, settings, count, error, 1024);
    unlink(path);
    rmdir(folder);
    return plan;
}

/* The same, where it must load. */
static inline struct sim_plan *scenario_good(const char *text)
{
    char error[1024];
    struct sim_plan *plan = scenario_load(text, NULL, 0, error);
    cr_assert_not_null(plan, "%s", error);
    return plan;
}

/* A file of the source tree. */
static inline const char *scenario_path(char path[512], const char *name)
{
    const char *source = getenv("SLIPWAY_SOURCE");
    snprintf(path, 512, "%s/%s", source != NULL ? source : ".", name);
    return path;
}

#endif
