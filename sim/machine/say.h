/* A line for the user from the depth of a machine, where no stream of the C library should be
 * touched: formatted on the stack and written in one piece. */
#ifndef SIM_MACHINE_SAY_H
#define SIM_MACHINE_SAY_H

#include <stddef.h>

/* To stderr, cut at 1,000 bytes. */
void sim_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Where slip_debug_write goes, of all machines of this program: stdout, unless the host keeps that
 * for its results. Set before a run. */
void sim_console_to(int file);
void sim_console_write(const char *text, size_t length);

/* Writes all of it to a file of the host, whatever signals come. */
void sim_write_all(int file, const char *text, size_t length);

#endif
