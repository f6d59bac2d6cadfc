#define _GNU_SOURCE /* dladdr1 */
#include "sim/cli/designs.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NAME_BYTES_MAX 31

extern const struct sim_design *const sim_design_table[];

static uint32_t built_in(void)
{
    uint32_t count = 0;
    while (sim_design_table[count] != NULL)
        count++;
    return count;
}

/* ---- shared objects ------------------------------------------------------------------------ */

static int is_path(const char *name)
{
    size_t length = strlen(name);
    return strchr(name, '/') != NULL || (length > 3 && strcmp(name + length - 3, ".so") == 0);
}

/* What a design must have, beside the figures that say that it has it. NULL if nothing lacks. */
static const char *lacking(const struct sim_design *design)
{
    if (design->name == NULL || design->name[0] == 0 || strlen(design->name) > NAME_BYTES_MAX)
        return "a name of 1 to 31 bytes";
    if (design->about == NULL)
        return "a line 'about'";
    if (design->origin == NULL)
        return "a line 'origin'";
    if (design->serve == NULL || design->connect == NULL || design->submit == NULL)
        return "one of serve, connect, submit";
    return design->next == NULL || design->reply == NULL || design->leave == NULL
               ? "one of next, reply, leave"
               : NULL;
}

/* The design in a loaded object, or NULL after a message. What it says of itself is read only as
 * far as the object says that the symbol reaches. */
static const struct sim_design *design_of(void *object, const char *path)
{
    const struct sim_design *design = dlsym(object, "sim_design");
    Dl_info info;
    uint64_t reach;
    void *entry = NULL;
    if (design == NULL || dladdr1(design, &info, &entry, RTLD_DL_SYMENT) == 0 || entry == NULL ||
        (reach = ((const ElfW(Sym) *)entry)->st_size) < 2 * sizeof(uint32_t)) {
        sim_cli_wrong("%s is no design: it has no 'const struct sim_design sim_design', which "
                      "<slipway/design.h> describes",
                      path);
        return NULL;
    }
    if (design->version != SIM_DESIGN_VERSION || design->size != sizeof *design ||
        reach < sizeof *design) {
        sim_cli_wrong("%s is a design of version %u and %u bytes; accepted: version %d and %zu "
                      "bytes, as the installed headers make them",
                      path, design->version, design->size, SIM_DESIGN_VERSION, sizeof *design);
        return NULL;
    }
    const char *lack = lacking(design);
    if (lack == NULL)
        return design;
    sim_cli_wrong("%s is no complete design: it lacks %s", path, lack);
    return NULL;
}

static int load(struct sim_designs *designs, const char *name)
{
    char path[4096];
    /* Without a slash the host would look in its own folders for libraries. */
    snprintf(path, sizeof path, "%s%s", strchr(name, '/') == NULL ? "./" : "", name);
    struct stat info;
    /* Opening a pipe would wait for its other end. */
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        return sim_cli_wrong("--design %s: is no regular file; accepted is a shared object", name);
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (object == NULL)
        return sim_cli_wrong("--design %s: cannot load it: %s", name, dlerror());
    const struct sim_design *design = design_of(object, name);
    if (design == NULL) {
        dlclose(object);
        return SIM_EXIT_USAGE;
    }
    designs->list[designs->count] = design;
    designs->loaded[designs->count++] = object;
    return 0;
}

/* ---- names --------------------------------------------------------------------------------- */

static int find(struct sim_designs *designs, const char *name)
{
    const char *names[64];
    uint32_t count = 0;
    for (; sim_design_table[count] != NULL && count < 64; count++) {
        names[count] = sim_design_table[count]->name;
        if (strcmp(names[count], name) == 0) {
            designs->list[designs->count++] = sim_design_table[count];
            return 0;
        }
    }
    int status = sim_cli_unknown("design", name, names, count);
    fputs("         or a shared object: --design ./mine.so\n", stderr);
    return status;
}

static const char *name_of(const struct sim_designs *designs, uint32_t index)
{
    return designs->list[index] != NULL ? designs->list[index]->name : "";
}

/* Results are told apart by name. */
static int check_names(const struct sim_designs *designs)
{
    for (uint32_t i = 0; i < designs->count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (strcmp(name_of(designs, i), name_of(designs, j)) == 0)
                return sim_cli_wrong("two of the designs are named '%s'; each needs a name of its "
                                     "own",
                                     name_of(designs, i));
    return 0;
}

int sim_designs_open(struct sim_designs *designs, const char *const *names, uint32_t count)
{
    uint32_t room = count > 0 ? count : built_in();
    memset(designs, 0, sizeof *designs);
    designs->list = calloc(room + 1, sizeof(void *));
    designs->loaded = calloc(room + 1, sizeof(void *));
    if (designs->list == NULL || designs->loaded == NULL)
        return sim_cli_wrong("no memory for the designs");
    for (; count == 0 && designs->count < room; designs->count++)
        designs->list[designs->count] = sim_design_table[designs->count];
    int status = 0;
    for (uint32_t i = 0; i < count && status == 0; i++)
        status = is_path(names[i]) ? load(designs, names[i]) : find(designs, names[i]);
    return status != 0 ? status : check_names(designs);
}

void sim_designs_close(struct sim_designs *designs)
{
    for (uint32_t i = 0; i < designs->count; i++)
        if (designs->loaded[i] != NULL)
            dlclose(designs->loaded[i]);
    free(designs->list);
    free(designs->loaded);
}
