#define _GNU_SOURCE 1
#include "sim/device/host_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOST_FILE_ACCEPTED                                                                         \
    "accepted is a regular, readable file that is not empty, or \"\" to have "                     \
    "one made for the run"

static struct sim_host_file *host_file_new(void)
{
    struct sim_host_file *file = calloc(1, sizeof *file);
    if (file != NULL)
        file->fd = -1;
    return file;
}

/* "/root/name", on the heap. NULL without memory. */
static char *host_file_join(const char *root, const char *name)
{
    size_t bytes = strlen(root) + strlen(name) + 2;
    char *path = malloc(bytes);
    if (path != NULL)
        snprintf(path, bytes, "%s/%s", root, name);
    return path;
}

/* Files that were made and are there, for a program that ends in the middle. A signal handler may
 * read a slot as soon as its pointer is set (release), and does not mind one that goes meanwhile. */
#define MADE_MAX 64U

static _Atomic(char *) made_paths[MADE_MAX], made_roots[MADE_MAX]; /* own */

static void note_made(const char *path, const char *root)
{
    char *path_copy = strdup(path), *root_copy = strdup(root);
    for (uint32_t i = 0; i < MADE_MAX && path_copy != NULL && root_copy != NULL; i++) {
        char *none = NULL;
        if (!atomic_compare_exchange_strong(&made_roots[i], &none, root_copy))
            continue;
        atomic_store(&made_paths[i], path_copy);
        return;
    }
    free(path_copy);
    free(root_copy);
}

static void forget_made(const char *root)
{
    for (uint32_t i = 0; i < MADE_MAX; i++) {
        char *noted = atomic_load(&made_roots[i]);
        if (noted == NULL || strcmp(noted, root) != 0)
            continue;
        free(atomic_exchange(&made_paths[i], NULL));
        free(atomic_exchange(&made_roots[i], NULL));
        return;
    }
}

void sim_host_file_abandon(void)
{
    for (uint32_t i = 0; i < MADE_MAX; i++) {
        const char *path = atomic_load(&made_paths[i]), *root = atomic_load(&made_roots[i]);
        if (path != NULL)
            unlink(path);
        if (root != NULL)
            rmdir(root);
    }
}

void sim_host_file_close(struct sim_host_file *file)
{
    if (file == NULL)
        return;
    if (file->fd >= 0)
        close(file->fd);
    if (file->made) {
        char *path = host_file_join(file->root, file->name);
        if (path != NULL)
            unlink(path);
        free(path);
        rmdir(file->root);
        forget_made(file->root);
    }
    free(file->root);
    free(file->name);
    free(file);
}

struct sim_host_file *sim_host_file_make(const char *who, const char *name, uint64_t length,
                                         char *error, size_t error_bytes)
{
    const char *parent = getenv("TMPDIR");
    if (parent == NULL || *parent == 0)
        parent = "/tmp";
    struct sim_host_file *file = host_file_new();
    char *path = NULL;
    if (file == NULL ||
        (file->root = host_file_join(parent, "slipway-XX"
                                             "XX"
                                             "XX")) == NULL ||
        (file->name = strdup(name)) == NULL) {
        snprintf(error, error_bytes, "%s: no memory to make a file", who);
        goto fail;
    }
    if (mkdtemp(file->root) == NULL) {
        snprintf(
            error, error_bytes,
            "%s: cannot make a directory in '%s': %s; TMPDIR must name a directory that can be "
            "written",
            who, parent, strerror(errno));
        goto fail;
    }
    file->made = 1;
    file->length = length;
    path = host_file_join(file->root, file->name);
    if (path != NULL)
        file->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (path != NULL)
        note_made(path, file->root);
    if (file->fd < 0 || length > INT64_MAX || ftruncate(file->fd, (off_t)length) != 0) {
        snprintf(error, error_bytes, "%s: cannot make a file of %llu bytes in '%s': %s", who,
                 (unsigned long long)length, file->root,
                 length > INT64_MAX ? "too long" : strerror(errno));
        goto fail;
    }
    free(path);
    return file;

fail:
    free(path);
    sim_host_file_close(file);
    return NULL;
}

/* What is wrong with a file as the data of a run, or NULL. */
static const char *host_file_wrong(int fd, uint64_t *length)
{
    struct stat stat;
    if (fstat(fd, &stat) != 0)
        return strerror(errno);
    if (S_ISDIR(stat.st_mode))
        return "is a directory";
    if (!S_ISREG(stat.st_mode))
        return "is no regular file";
    if (stat.st_size == 0)
        return "is empty";
    *length = (uint64_t)stat.st_size;
    return NULL;
}

struct sim_host_file *sim_host_file_open(const char *who, const char *path, char *error,
                                         size_t error_bytes)
{
    struct sim_host_file *file = host_file_new();
    char *real = NULL;
    const char *wrong = NULL;
    if (file == NULL) {
        snprintf(error, error_bytes, "%s: no memory", who);
        return NULL;
    }
    real = realpath(path, NULL);
    if (real != NULL)
        file->fd = open(real, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (real == NULL || file->fd < 0) {
        wrong = errno == ENOENT   ? "does not exist"
                : errno == EACCES ? "cannot be read: permission denied"
                                  : strerror(errno);
    } else if ((wrong = host_file_wrong(file->fd, &file->length)) == NULL) {
        char *slash = strrchr(real, '/');
        file->name = strdup(slash + 1);
        file->root = slash == real ? strdup("/") : strndup(real, (size_t)(slash - real));
        if (file->name == NULL || file->root == NULL)
            wrong = "no memory";
    }
    free(real);
    if (wrong == NULL)
        return file;
    snprintf(error, error_bytes, "%s: '%s' %s; " HOST_FILE_ACCEPTED, who, path, wrong);
    sim_host_file_close(file);
    return NULL;
}

static int host_file_failed(struct sim_host_file *file, const char *what, uint64_t offset,
                            const char *why, char *error, size_t error_bytes)
{
    snprintf(error, error_bytes, "cannot %s '%s/%s' at byte %llu: %s", what, file->root, file->name,
             (unsigned long long)offset, why);
    return 1;
}

int sim_host_file_read(struct sim_host_file *file, uint64_t offset, void *data, uint64_t length,
                       char *error, size_t error_bytes)
{
    char *to = data;
    while (length > 0) {
        ssize_t got = pread(file->fd, to, length, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return host_file_failed(file, "read", offset,
                                    got == 0 ? "it has become shorter" : strerror(errno), error,
                                    error_bytes);
        to += got;
        offset += (uint64_t)got;
        length -= (uint64_t)got;
    }
    return 0;
}

int sim_host_file_write(struct sim_host_file *file, uint64_t offset, const void *data,
                        uint64_t length, char *error, size_t error_bytes)
{
    const char *from = data;
    while (length > 0) {
        ssize_t put = pwrite(file->fd, from, length, (off_t)offset);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return host_file_failed(file, "write", offset, put == 0 ? "no space" : strerror(errno),
                                    error, error_bytes);
        from += put;
        offset += (uint64_t)put;
        length -= (uint64_t)put;
    }
    return 0;
}
