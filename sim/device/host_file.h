/* A file of the host, as the data of a run: one that is made and goes with the run, or one that the
 * user has. Everything here is for HOST threads; messages say which file, what was wrong, and what
 * is accepted. */
#ifndef SIM_DEVICE_HOST_FILE_H
#define SIM_DEVICE_HOST_FILE_H

#include <stddef.h>
#include <stdint.h>

struct sim_host_file {
    char *root;      /* directory; owns */
    char *name;      /* in it; owns */
    uint64_t length; /* bytes */
    int fd;
    int made; /* 1: file and directory go with it */
};

/* Makes a file of `length` zeros, in a new directory below $TMPDIR, or /tmp. `who` starts each
 * message. NULL on failure. */
struct sim_host_file *sim_host_file_make(const char *who, const char *name, uint64_t length,
                                         char *error, size_t error_bytes);

/* Opens a regular, readable file that is not empty, through whatever links lead to it. NULL on
 * failure. */
struct sim_host_file *sim_host_file_open(const char *who, const char *path, char *error,
                                         size_t error_bytes);

/* All of the bytes or none. 0, or 1 and a message. */
int sim_host_file_read(struct sim_host_file *file, uint64_t offset, void *data, uint64_t length,
                       char *error, size_t error_bytes);
int sim_host_file_write(struct sim_host_file *file, uint64_t offset, const void *data,
                        uint64_t length, char *error, size_t error_bytes);

/* In a signal handler of a program that ends at once: removes all that was made and not closed. */
void sim_host_file_abandon(void);

/* Closes it, and removes what was made. NULL is accepted. */
void sim_host_file_close(struct sim_host_file *file);

#endif
