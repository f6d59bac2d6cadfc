/* The file of -o: opened before anything runs, so that a long measurement is not thrown away for a
 * spelling mistake in a path, and written after. What was in it stays until then.
 */
#ifndef SIM_CLI_OUTPUT_H
#define SIM_CLI_OUTPUT_H

#include <stddef.h>

struct sim_output {
    const char *path; /* NULL: no -o was given */
    int file;
    int made; /* 1: there was no such file before */
};

/* 0, or SIM_EXIT_USAGE after a message. `path` NULL opens nothing. */
int sim_output_open(struct sim_output *output, const char *path);
/* Writes and closes. 0, or SIM_EXIT_FAILED after a message. */
int sim_output_write(struct sim_output *output, const char *text);
/* Closes without having written; a file that was made goes again. */
void sim_output_drop(struct sim_output *output);

/* Reads a whole file. NULL after a message; freed by the caller. */
char *sim_output_read(const char *path, size_t *bytes);

#endif
