/* The host side: a machine and a kernel on it, in a program of your own.
 *
 * sim_run makes a machine and a kernel, starts `root` as the first process, as on bare metal, and
 * returns when the last process is gone. Inside, everything is system calls (slipway.h). Several
 * runs may go on in one program at once, each from a host thread of its own.
 */
#ifndef SLIPWAY_SIM_H
#define SLIPWAY_SIM_H

#include <stddef.h>
#include <stdint.h>
#include <slipway/kernel.h>
#include <slipway/types.h>

/* What a run did, summed over all processes. */
struct sim_counters {
    struct k_counters kernel;
    struct k_memory_info memory;
    uint64_t processes;  /* that were there, the first one included */
    uint64_t leaks;      /* kernel objects that were not given back; not 0 fails the run */
    slip_time_t elapsed; /* nanoseconds on the machine's clock */
};

/* Zero means the default in each field. */
struct sim_options {
    const char *machine;           /* as sim_machine_name tells; default "threads" */
    uint32_t cpus;                 /* simulated CPUs, 1 to K_CPUS_MAX; default 1 */
    uint64_t seed;                 /* of the machine's own choices (scripted); default 1 */
    uint64_t quota;                /* bytes for all processes together; default: no limit */
    uint64_t stack_bytes;          /* of each simulated thread; default 256 KiB. With
                                      -fstack-clash-protection no frame steps over the guard page at
                                      its end */
    uint32_t flags;                /* K_CONFIG_x */
    const char *costs;             /* model: a preset ("skylake-64", the default) or a file */
    const char *kernel;            /* options of the kernel, "locking=big,idle=poll" */
    void *argument;                /* what sim_argument() returns inside */
    struct sim_counters *counters; /* filled at the end, if not NULL */
    const char *host_cpus;         /* cores: the host's CPUs to run on, "0,2,4-7", one for each of
                                      `cpus`; default: one of each of the host's cores first */
};

/* Runs `root` as the first process of a new kernel on a new machine.
 *
 *   options  NULL for all defaults; borrowed during the call
 *   root     entry of the first process
 *
 * Blocks   until the last process is gone.
 * Returns  0; 1 if the run failed (all threads wait for each other, a leak), 2 if an option is
 *          wrong, with a message on stderr that says what is accepted.
 * Threads  any host thread; not from inside of a simulated thread.
 */
int sim_run(const struct sim_options *options, void (*root)(void));

/* Inside of a simulated thread: sim_options.argument of its run. The program's own memory, not the
 * process's: system calls do not accept it. */
void *sim_argument(void);

/* Inside of a simulated thread: memory from the heap of its process, zeroed; it goes with the
 * process at the latest. NULL if the process's quota or address range is used up. */
void *sim_alloc(size_t bytes);
void sim_free(void *memory);

/* The machines that this library has, the n-th from 0; NULL past the last. */
const char *sim_machine_name(uint32_t index);

#endif
