/* Scenarios by name or by path. A name is looked for where the command was installed, then in the
 * source tree that it was built from. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "sim/scenario/find.h"
#include "sim/scenario/host.h"
#include "sim/scenario/loader.h"
#include "sim/scenario/spell.h"

#define TEXT_BYTES_MAX ((size_t)1 << 20)
#define SCENARIOS_MAX 256U
#define BASE_BYTES_MAX 50U /* Lua cuts longer names of chunks in its messages */

/* ---- folders ----------------------------------------------------------------------------------- */

void sim_find_folder(int which, char path[PATH_MAX])
{
    char command[PATH_MAX];
    ssize_t length;
    path[0] = 0;
    if (which == 1) {
        snprintf(path, PATH_MAX, "%s", SLIPWAY_SOURCE_SCENARIOS);
        return;
    }
    if (SLIPWAY_INSTALLED_SCENARIOS[0] == '/') {
        snprintf(path, PATH_MAX, "%s", SLIPWAY_INSTALLED_SCENARIOS);
        return;
    }
    length = readlink("/proc/self/exe", command, sizeof command - 1);
    if (length <= 0)
        return;
    command[length] = 0;
    char *slash = strrchr(command, '/');
    if (slash == NULL || strlen(command) + sizeof SLIPWAY_INSTALLED_SCENARIOS > PATH_MAX)
        return;
    memcpy(slash + 1, SLIPWAY_INSTALLED_SCENARIOS, sizeof SLIPWAY_INSTALLED_SCENARIOS);
    if (realpath(command, path) == NULL)
        path[0] = 0;
}

/* ---- names -------------------------------------------------------------------------------------- */

struct listing {
    char *names[SCENARIOS_MAX + 1];  /* owns; sorted, NULL ends */
    char *abouts[SCENARIOS_MAX + 1]; /* owns; NULL until asked for */
    uint32_t count;
};

/* Made once, kept for the life of the program: the names are handed out. */
static struct listing *listing;

static void add_name(struct listing *list, const char *file)
{
    size_t length = strlen(file);
    if (length <= 4 || file[0] == '.' || strcmp(file + length - 4, ".lua") != 0 ||
        list->count == SCENARIOS_MAX)
        return;
    char *name = strndup(file, length - 4);
    if (name == NULL)
        return;
    uint32_t at = list->count;
    for (; at > 0 && strcmp(list->names[at - 1], name) > 0; at--)
        ;
    if (at > 0 && strcmp(list->names[at - 1], name) == 0) {
        free(name); /* in both folders */
        return;
    }
    memmove(list->names + at + 1, list->names + at, (list->count - at) * sizeof *list->names);
    list->names[at] = name;
    list->count++;
}

static const struct listing *names_found(void)
{
    static const struct listing none;
    char path[PATH_MAX];
    if (listing != NULL)
        return listing;
    listing = calloc(1, sizeof *listing);
    if (listing == NULL)
        return &none;
    for (int which = 0; which < 2; which++) {
        sim_find_folder(which, path);
        DIR *folder = path[0] != 0 ? opendir(path) : NULL;
        struct dirent *entry;
        while (folder != NULL && (entry = readdir(folder)) != NULL)
            add_name(listing, entry->d_name);
        if (folder != NULL)
            closedir(folder);
    }
    return listing;
}

const char *sim_scenario_name(uint32_t index, const char **about)
{
    const struct listing *found = names_found();
    if (index >= found->count)
        return NULL;
    const char *name = found->names[index];
    if (about == NULL)
        return name;
    if (listing->abouts[index] == NULL) {
        char error[512];
        struct sim_plan *plan = sim_plan_load(name, NULL, 0, error, sizeof error);
        listing->abouts[index] = strdup(plan != NULL ? plan->about : error);
        sim_plan_free(plan);
    }
    *about = listing->abouts[index] != NULL ? listing->abouts[index] : "";
    return name;
}

/* ---- one file ------------------------------------------------------------------------------------ */

/* Reads a whole regular file into the arena. NULL, and why not. */
static char *read_text(struct sim_arena *arena, const char *path, size_t *length, const char **why)
{
    struct stat status;
    char *text = NULL;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    *why = "the host has no memory left";
    *length = 0;
    if (file < 0 || fstat(file, &status) != 0) {
        *why = strerror(errno);
    } else if (!S_ISREG(status.st_mode)) {
        *why = S_ISDIR(status.st_mode) ? "is a directory; accepted is a Lua file"
                                       : "is no regular file; accepted is a Lua file";
    } else if (status.st_size > (off_t)TEXT_BYTES_MAX) {
        *why = "is longer than 1 MiB, so it is no scenario";
    } else if ((text = sim_arena_take(arena, (size_t)status.st_size + 1)) != NULL) {
        ssize_t got;
        while (*length < (size_t)status.st_size &&
               (got = read(file, text + *length, (size_t)status.st_size - *length)) > 0)
            *length += (size_t)got;
        if (memchr(text, 0, *length) != NULL) {
            *why = "holds zero bytes, so it is no text; accepted is a Lua file";
            text = NULL;
        }
    }
    if (file >= 0)
        close(file);
    return text;
}

/* A path below the current folder, from there. */
static const char *shorten(const char *path)
{
    char here[PATH_MAX];
    size_t length;
    if (getcwd(here, sizeof here) == NULL)
        return path;
    length = strlen(here);
    return strncmp(path, here, length) == 0 && path[length] == '/' ? path + length + 1 : path;
}

static int is_path(const char *name)
{
    size_t length = strlen(name);
    return strchr(name, '/') != NULL || (length > 4 && strcmp(name + length - 4, ".lua") == 0);
}

/* The path of a scenario; 0, or -1 and a message. */
static int find_path(const char *name, char path[PATH_MAX], char *error, size_t error_bytes)
{
    char folder[PATH_MAX], out[1024];
    if (name == NULL || name[0] == 0 || strlen(name) >= PATH_MAX / 2) {
        snprintf(error, error_bytes, "a scenario is named by its name or by the path of its file");
        return -1;
    }
    snprintf(path, PATH_MAX, "%s", name);
    if (is_path(name))
        return 0;
    for (int which = 0; which < 2; which++) {
        sim_find_folder(which, folder);
        int length = snprintf(path, PATH_MAX, "%s/%s.lua", folder, name);
        if (folder[0] != 0 && length < PATH_MAX && access(path, F_OK) == 0)
            return 0;
    }
    const struct listing *found = names_found();
    sim_spell_explain(out, sizeof out, name, (const char *const *)found->names, found->count);
    snprintf(error, error_bytes, "no scenario '%s': %s, or the path of a .lua file", name, out);
    return -1;
}

static int fill_script(struct sim_script *script, const char *path, char *error, size_t error_bytes)
{
    struct sim_arena *arena = &script->arena;
    const char *why = NULL, *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    size_t length = strlen(base);
    char *text = read_text(arena, path, &script->length, &why);
    if (text == NULL) {
        snprintf(error, error_bytes, "%s: %s", path, why);
        return -1;
    }
    if (script->length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        memset(text, ' ', 3); /* a byte order mark, which Lua does not know */
    script->text = text;
    script->path = sim_arena_copy(arena, path, strlen(path));
    script->base = sim_arena_copy(arena, base, length < BASE_BYTES_MAX ? length : BASE_BYTES_MAX);
    if (length > 4 && strcmp(base + length - 4, ".lua") == 0)
        length -= 4;
    script->name = sim_arena_copy(arena, base, length);
    if (script->path != NULL && script->base != NULL && script->name != NULL)
        return 0;
    snprintf(error, error_bytes, "%s: the host has no memory left", path);
    return -1;
}

struct sim_script *sim_find_script(const char *name_or_path, char *error, size_t error_bytes)
{
    char path[PATH_MAX];
    if (find_path(name_or_path, path, error, error_bytes) != 0)
        return NULL;
    struct sim_script *script = calloc(1, sizeof *script);
    if (script == NULL) {
        snprintf(error, error_bytes, "%s: the host has no memory left", path);
        return NULL;
    }
    if (fill_script(script, shorten(path), error, error_bytes) == 0)
        return script;
    sim_script_free(script);
    return NULL;
}
