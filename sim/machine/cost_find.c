/* Cost files by name or by path: presets are where scenarios are, in a folder costs. */
#include "sim/machine/cost.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "sim/scenario/find.h"
#include "sim/scenario/spell.h"

#define PRESETS_MAX 64U
#define FILE_BYTES_MAX ((size_t)256 << 10)
#define SUFFIX ".cost"

/* ---- names ------------------------------------------------------------------------------------- */

struct listing {
    char *names[PRESETS_MAX + 1]; /* owns; sorted */
    uint32_t count;
};

static struct listing *listing; /* made once: the names are handed out */

static void add_name(struct listing *list, const char *file)
{
    size_t length = strlen(file), suffix = sizeof SUFFIX - 1;
    if (length <= suffix || file[0] == '.' || strcmp(file + length - suffix, SUFFIX) != 0 ||
        list->count == PRESETS_MAX)
        return;
    char *name = strndup(file, length - suffix);
    if (name == NULL)
        return;
    uint32_t at = list->count;
    while (at > 0 && strcmp(list->names[at - 1], name) > 0)
        at--;
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
    char path[PATH_MAX], folder[PATH_MAX + 8];
    if (listing != NULL)
        return listing;
    listing = calloc(1, sizeof *listing);
    if (listing == NULL)
        return &none;
    for (int which = 0; which < 2; which++) {
        sim_find_folder(which, path);
        snprintf(folder, sizeof folder, "%s/costs", path);
        DIR *open = path[0] != 0 ? opendir(folder) : NULL;
        struct dirent *entry;
        while (open != NULL && (entry = readdir(open)) != NULL)
            add_name(listing, entry->d_name);
        if (open != NULL)
            closedir(open);
    }
    return listing;
}

const char *sim_costs_name(uint32_t index)
{
    const struct listing *found = names_found();
    return index < found->count ? found->names[index] : NULL;
}

/* ---- one file ----------------------------------------------------------------------------------- */

static int is_path(const char *name)
{
    size_t length = strlen(name), suffix = sizeof SUFFIX - 1;
    return strchr(name, '/') != NULL ||
           (length > suffix && strcmp(name + length - suffix, SUFFIX) == 0);
}

static int find_preset(const char *name, char *path, size_t bytes)
{
    char folder[PATH_MAX];
    struct stat status;
    for (int which = 0; which < 2; which++) {
        sim_find_folder(which, folder);
        int length = snprintf(path, bytes, "%s/costs/%s" SUFFIX, folder, name);
        if (folder[0] != 0 && length > 0 && (size_t)length < bytes && stat(path, &status) == 0)
            return 0;
    }
    return -1;
}

/* The whole of a regular file; NULL, and why not. The caller frees it. */
static char *read_text(const char *path, const char **why)
{
    struct stat status;
    *why = "the host has no memory left";
    if (stat(path, &status) != 0) {
        *why = strerror(errno);
        return NULL;
    }
    if (!S_ISREG(status.st_mode)) {
        *why = S_ISDIR(status.st_mode) ? "is a directory; accepted is a cost file"
                                       : "is no regular file; accepted is a cost file";
        return NULL;
    }
    if (status.st_size > (off_t)FILE_BYTES_MAX) {
        *why = "is longer than 256 KiB, so it is no cost file";
        return NULL;
    }
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        *why = strerror(errno);
        return NULL;
    }
    char *text = calloc(1, (size_t)status.st_size + 1);
    size_t length = text == NULL ? 0 : fread(text, 1, (size_t)status.st_size, file);
    int failed = ferror(file);
    fclose(file);
    if (failed) {
        *why = "cannot be read to its end";
        free(text);
        return NULL;
    }
    if (text != NULL && memchr(text, 0, length) != NULL) {
        *why = "holds zero bytes, so it is no text; accepted is a cost file";
        free(text);
        return NULL;
    }
    return text;
}

struct sim_costs *sim_costs_load(const char *name, char *error, size_t error_bytes)
{
    char path[PATH_MAX + 64], out[1024];
    const char *why;
    if (name == NULL || name[0] == 0 || strlen(name) >= PATH_MAX / 2) {
        snprintf(error, error_bytes, "costs are named by a preset or by the path of a .cost file");
        return NULL;
    }
    snprintf(path, sizeof path, "%s", name);
    if (!is_path(name) && find_preset(name, path, sizeof path) != 0) {
        const struct listing *found = names_found();
        sim_spell_explain(out, sizeof out, name, (const char *const *)found->names, found->count);
        snprintf(error, error_bytes, "no costs '%s': %s, or the path of a .cost file", name, out);
        return NULL;
    }
    char *text = read_text(path, &why);
    if (text == NULL) {
        snprintf(error, error_bytes, "%s: %s", path, why);
        return NULL;
    }
    struct sim_costs *costs = sim_costs_parse(name, text, error, error_bytes);
    if (costs == NULL && strcmp(path, name) != 0) /* whoever repairs a preset wants its file */
        costs = sim_costs_parse(path, text, error, error_bytes);
    free(text);
    return costs;
}
