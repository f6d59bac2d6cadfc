#include "scenario_text.h"

#include <sys/stat.h>

static void refused(const char *name, const char *message)
{
    char error[1024] = "";
    struct sim_plan *plan = sim_plan_load(name, NULL, 0, error, sizeof error);
    cr_assert_null(plan);
    cr_assert_not_null(strstr(error, message), "%s", error);
}

Test(scenario_find, scenarios_of_the_tree_are_found_by_name)
{
    const char *about;
    int found = 0;
    for (uint32_t i = 0; sim_scenario_name(i, &about) != NULL; i++)
        if (strcmp(sim_scenario_name(i, NULL), "ping_pong") == 0) {
            cr_assert_str_eq(about, "round trip between two processes");
            found++;
        }
    cr_assert_eq(found, 1);
    char error[1024];
    struct sim_plan *plan = sim_plan_load("ping_pong", NULL, 0, error, sizeof error);
    cr_assert_not_null(plan, "%s", error);
    sim_plan_free(plan);
}

Test(scenario_find, names_come_in_order)
{
    const char *before = sim_scenario_name(0, NULL), *name;
    cr_assert_not_null(before);
    for (uint32_t i = 1; (name = sim_scenario_name(i, NULL)) != NULL; i++, before = name)
        cr_assert_lt(strcmp(before, name), 0);
}

Test(scenario_find, an_unknown_name_gets_the_nearest)
{
    refused("ping_pnog", "no scenario 'ping_pnog': did you mean 'ping_pong'?");
    refused("", "named by its name or by the path");
}

Test(scenario_find, a_path_that_holds_no_scenario_is_told)
{
    refused("/nowhere/x.lua", "/nowhere/x.lua: No such file or directory");
    refused("/tmp/", "is a directory");
    refused("/dev/null", "is no regular file");
    refused("./nothing.lua", "./nothing.lua: No such file");
}

Test(scenario_find, a_pipe_is_not_waited_for)
{
    char folder[] = "/tmp/slipway-pipe-XX"
                    "XX"
                    "XX",
         path[64];
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/pipe", folder);
    cr_assert_eq(mkfifo(path, 0600), 0);
    refused(path, "is no regular file");
    unlink(path);
    rmdir(folder);
}

Test(scenario_find, binary_files_are_refused)
{
    char path[] = "/tmp/slipway-binary-XX"
                  "XX"
                  "XX";
    int file = mkstemp(path);
    cr_assert_geq(file, 0);
    cr_assert_eq(write(file, "\x1bLua\0\0", 6), 6);
    close(file);
    refused(path, "holds zero bytes");
    unlink(path);
}
