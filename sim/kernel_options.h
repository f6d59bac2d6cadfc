/* Options of the simulated kernel, as a scenario's `kernel` table or -K name=value gives them.
 *
 * X(name, values, default, text). Values are separated by |, TIME stands for a time with a unit.
 */
#ifndef SIM_KERNEL_OPTIONS_H
#define SIM_KERNEL_OPTIONS_H

#include <stddef.h>
#include <stdint.h>
#include <slipway/types.h>

#define SIM_KERNEL_OPTION_MAP(X)                                                                   \
    X(locking, "object|big", "object", "a lock per object, or one around each kernel entry")       \
    X(fast_path, "on|off", "on", "direct switch to the partner of a call")                         \
    X(spaces, "lazy|always|shared", "lazy",                                                        \
      "address spaces: switched when another process runs, also for idling, or one for all")       \
    X(isolation, "off|on", "off", "page tables switched at each kernel entry and exit")            \
    X(idle, "halt|poll|TIME", "halt",                                                              \
      "idle CPUs halt, with the cost file's idle_exit or this time to wake; or poll")              \
    X(wake, "idle|same", "idle", "a woken thread: to an idle CPU first, or always where it ran")   \
    X(inherit, "inherit|none", "inherit", "priority inheritance along chains of calls")            \
    X(order, "priority|arrival", "priority", "order of queues")                                    \
    X(slice, "off|TIME", "off", "time slice among threads of one priority")

struct sim_kernel_options {
    uint32_t flags;       /* K_CONFIG_x */
    slip_time_t slice_ns; /* 0: off */
    int isolation;        /* of the model machine */
    int64_t idle_exit_ps; /* likewise; -1: the cost file's */
};

/* Parses "name=value", any number of them separated by commas; later ones win; "" is all defaults.
 * 0; or -1 and a message with the nearest spelling and what is accepted. */
int sim_kernel_options_parse(const char *text, struct sim_kernel_options *options, char *error,
                             size_t error_bytes);

/* Is this the name of an option? */
int sim_kernel_options_has(const char *name);

/* The n-th option from 0: its name, or NULL past the last; values, default and text if not NULL. */
const char *sim_kernel_option(uint32_t index, const char **values, const char **initial,
                              const char **text);

#endif
