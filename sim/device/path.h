/* Opening a file by a path that somebody else chose, below a root directory and nowhere else.
 *
 * A path is one or more names with one slash between them. Refused: an absolute path, an empty
 * name ("a//b", "a/"), "." and "..", whatever it leads to; a symbolic link that points out of the
 * root; everything that is not a regular file. Opening never waits (a fifo without a writer).
 *
 * The kernel of the host resolves the whole path in one call where it can (openat2), so that no
 * rename in the middle opens a way out. Where it cannot, names are walked one by one and no
 * symbolic link is followed at all.
 */
#ifndef SIM_DEVICE_PATH_H
#define SIM_DEVICE_PATH_H

#include <stdint.h>
#include <slipway/status.h>

enum sim_path_way {
    SIM_PATH_AT_ONCE = 1, /* openat2 */
    SIM_PATH_WALK         /* openat, name by name */
};

/* HOST. Opens a directory as a root, and finds the better way that works below it.
 *
 *   fd   out: a descriptor that is good for sim_path_open only; written only on OK
 *
 * Errors   NOT_FOUND, also for what is no directory; the others of sim_path_status. */
slip_status_t sim_path_root(const char *path, int *fd, enum sim_path_way *way);

/* ANY host thread. Opens a regular file.
 *
 *   root   descriptor of the directory; O_PATH is enough
 *   flags  SIM_DEVICE_OPEN_x, READ or WRITE among them
 *   fd     out: the descriptor; written only on OK
 *
 * Errors   BAD_ARGUMENT for flags, or a name that is too long; REFUSED as above, or by the host's
 *          permissions; NOT_FOUND; NO_QUOTA for the host's limits; IO_ERROR. */
slip_status_t sim_path_open(int root, enum sim_path_way way, const char *path, uint64_t flags,
                            int *fd);

/* ANY host thread. Which file a descriptor is open on, whatever its name.
 * Errors   those of sim_path_status. */
slip_status_t sim_path_identity(int fd, uint64_t *volume, uint64_t *inode);

/* What an error number of the host is to a client. */
slip_status_t sim_path_status(int error);

#endif
