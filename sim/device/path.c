#define _GNU_SOURCE 1

#include "sim/device/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sim/device/device.h"

/* A rename elsewhere in the tree makes openat2 give up and ask to be called again. */
#define PATH_TRIES 64

static int path_open_at_once(int root, const char *path, int flags, mode_t mode)
{
    struct open_how how = {
        .flags = (uint64_t)(unsigned)flags,
        .mode = mode,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    int fd, tries = 0;
    do
        fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
    while (fd < 0 && (errno == EAGAIN || errno == EINTR) && ++tries < PATH_TRIES);
    return fd;
}

static int path_open_walk(int root, const char *path, int flags, mode_t mode)
{
    int at = root;
    for (;;) {
        size_t length = strcspn(path, "/");
        char name[NAME_MAX + 1];
        int fd = -1, error = ENAMETOOLONG;
        if (length <= NAME_MAX) {
            memcpy(name, path, length);
            name[length] = 0;
            if (path[length] == 0)
                fd = openat(at, name, flags | O_NOFOLLOW, mode);
            else
                fd = openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            error = errno;
        }
        /* O_DIRECTORY tells of a link what it tells of a file; a link is refused, not missing. */
        struct stat stat;
        if (fd < 0 && error == ENOTDIR && fstatat(at, name, &stat, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISLNK(stat.st_mode))
            error = ELOOP;
        if (at != root)
            close(at);
        errno = error;
        if (fd < 0 || path[length] == 0)
            return fd;
        at = fd;
        path += length + 1;
    }
}

slip_status_t sim_path_root(const char *path, int *fd, enum sim_path_way *way)
{
    int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return sim_path_status(errno);
    int probe = path_open_at_once(root, ".", O_PATH | O_CLOEXEC, 0);
    if (probe >= 0)
        close(probe);
    *way = probe >= 0 ? SIM_PATH_AT_ONCE : SIM_PATH_WALK;
    *fd = root;
    return SLIP_OK;
}

slip_status_t sim_path_identity(int fd, uint64_t *volume, uint64_t *inode)
{
    struct stat stat;
    if (fstat(fd, &stat) != 0)
        return sim_path_status(errno);
    *volume = stat.st_dev;
    *inode = stat.st_ino;
    return SLIP_OK;
}

static slip_status_t path_check(const char *path)
{
    if (*path == 0)
        return SLIP_BAD_ARGUMENT;
    for (;;) {
        size_t length = strcspn(path, "/");
        if (length == 0 || (length == 1 && path[0] == '.') ||
            (length == 2 && path[0] == '.' && path[1] == '.'))
            return SLIP_REFUSED;
        if (path[length] == 0)
            return SLIP_OK;
        path += length + 1;
    }
}

slip_status_t sim_path_status(int error)
{
    switch (error) {
    case 0:
        return SLIP_OK;
    case ENOENT:
    case ENOTDIR:
        return SLIP_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
    case ETXTBSY:
    case EISDIR:
    case ENXIO: /* a fifo that nobody reads, a socket */
    case ENODEV:
    case ELOOP:  /* a link where none is followed, or a circle of them */
    case EXDEV:  /* the way leads out of the root */
    case EAGAIN: /* the tree changed whenever we looked */
        return SLIP_REFUSED;
    case EINVAL:
    case ENAMETOOLONG:
    case EOVERFLOW:
        return SLIP_BAD_ARGUMENT;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return SLIP_NO_QUOTA;
    default:
        return SLIP_IO_ERROR;
    }
}

slip_status_t sim_path_open(int root, enum sim_path_way way, const char *path, uint64_t flags,
                            int *fd)
{
    uint64_t access = flags & (SIM_DEVICE_OPEN_READ | SIM_DEVICE_OPEN_WRITE);
    if (access == 0 || (flags & ~access & ~(uint64_t)SIM_DEVICE_OPEN_CREATE) != 0 ||
        ((flags & SIM_DEVICE_OPEN_CREATE) != 0 && (flags & SIM_DEVICE_OPEN_WRITE) == 0))
        return SLIP_BAD_ARGUMENT;
    slip_status_t status = path_check(path);
    if (status != SLIP_OK)
        return status;

    int host = access == SIM_DEVICE_OPEN_READ    ? O_RDONLY
               : access == SIM_DEVICE_OPEN_WRITE ? O_WRONLY
                                                 : O_RDWR;
    host |= O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    mode_t mode = 0;
    if ((flags & SIM_DEVICE_OPEN_CREATE) != 0) {
        host |= O_CREAT;
        mode = 0644;
    }
    int opened = way == SIM_PATH_AT_ONCE ? path_open_at_once(root, path, host, mode)
                                         : path_open_walk(root, path, host, mode);
    if (opened < 0)
        return sim_path_status(errno);
    struct stat stat;
    if (fstat(opened, &stat) != 0)
        status = sim_path_status(errno);
    else if (!S_ISREG(stat.st_mode))
        status = SLIP_REFUSED;
    if (status != SLIP_OK) {
        close(opened);
        return status;
    }
    *fd = opened;
    return SLIP_OK;
}
