#include "sim/cli/verbs.h"

#include <gnu/libc-version.h>
#include <hwloc.h>
#include <jansson.h>
#include <lua.h>
#include <string.h>
#include <sys/utsname.h>
#include <uv.h>
#include "sim/cli/designs.h"
#include "sim/machine/machine.h"
#include "sim/measure/result.h"
#if __has_include(<boost/version.hpp>)
#include <boost/version.hpp>
#define BOOST_VERSION_TEXT BOOST_LIB_VERSION
#else
#define BOOST_VERSION_TEXT "of an unknown version"
#endif

/* jemalloc's own entry, if the library was built with it: under sanitizers it is not. */
extern int mallctl(const char *name, void *old, size_t *old_bytes, void *new_value,
                   size_t new_bytes) __attribute__((weak));

static const char *allocator(void)
{
    const char *version = NULL;
    size_t bytes = sizeof version;
    if (mallctl == NULL || mallctl("version", &version, &bytes, NULL, 0) != 0)
        return "none, the system's allocator";
    return version;
}

static void print_libraries(const struct sim_paper *paper)
{
    char text[640];
    unsigned hwloc = hwloc_get_api_version();
    snprintf(text, sizeof text,
             "libuv %s; %s; jansson %s; hwloc %u.%u.%u; jemalloc %s; boost.context %s; glibc %s",
             uv_version_string(), LUA_RELEASE, jansson_version_str(), hwloc >> 16,
             hwloc >> 8 & 0xff, hwloc & 0xff, allocator(), BOOST_VERSION_TEXT,
             gnu_get_libc_version());
    printf("%-10s", "libraries");
    sim_paper_wrap(paper, SIM_INK_PLAIN, 10, 10, text);
}

static void print_names(const struct sim_paper *paper, const char *label,
                        const char *(*nth)(uint32_t index))
{
    char text[512];
    size_t length = 0;
    const char *name;
    text[0] = 0;
    for (uint32_t i = 0; (name = nth(i)) != NULL && length < sizeof text; i++)
        length +=
            (size_t)snprintf(text + length, sizeof text - length, "%s%s", i > 0 ? ", " : "", name);
    printf("%-10s", label);
    sim_paper_wrap(paper, SIM_INK_PLAIN, 10, 10, text);
}

static int version(const struct sim_cli *cli)
{
    struct sim_paper paper;
    struct utsname host;
    sim_paper_init(&paper, stdout, cli->color);
    printf("slipway %s\n", SLIPWAY_VERSION);
    printf("%-10s%s, designs of version %d\n", "results", SIM_RESULT_SCHEMA, SIM_DESIGN_VERSION);
    print_names(&paper, "machines", sim_machine_name);
    print_libraries(&paper);
    printf("%-10s%s %s\n", "compiler",
#ifdef __clang__
           "clang",
#else
           "gcc",
#endif
           __VERSION__);
    if (uname(&host) == 0)
        printf("%-10s%s %s %s\n", "host", host.sysname, host.release, host.machine);
    return SIM_EXIT_OK;
}

const struct sim_verb sim_verb_version = {
    .name = "version",
    .operands = "",
    .about = "of the command, its machines and libraries",
    .more = "Prints the version of the command, the schema of its results, the machines it has and "
            "the libraries it was built with.",
    .options = SIM_OPTION(COLOR),
    .run = version,
};
