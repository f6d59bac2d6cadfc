/* The time that is measured in one run: from the first measured submit of any client until the last
 * client has nothing outstanding. At both ends the counters of all processes are read; the
 * difference is what the operations between them cost.
 *
 * The window is opened and closed by clients, in their own code, between two operations. So it
 * makes no system call and wakes nobody: what is counted is the workload alone.
 */
#ifndef SIM_MEASURE_WINDOW_H
#define SIM_MEASURE_WINDOW_H

#include <stdatomic.h>
#include <slipway/kernel.h>

/* The processes of one name. */
struct sim_window_group {
    char name[SLIP_NAME_BYTES_MAX + 1];
    uint32_t instances, threads; /* at the open, when all are there */
    uint64_t used_peak;          /* bytes; the sum over its processes at the close */
    struct k_counters opened, closed;
};

struct sim_window {
    struct k_kernel *kernel;
    const struct slip_machine *machine; /* of the kernel; for its clock */
    /* Operations so far, by whatever design they travel, measured or not: returns how many all
     * clients have completed, and adds how many each group was asked for to requested[group].
     * NULL counts none. */
    uint64_t (*operations)(void *argument, uint64_t *requested);
    void *argument;
    struct sim_window_group *groups;               /* in the order of the plan; borrowed */
    uint64_t *opened_requested, *closed_requested; /* one per group; borrowed */
    uint32_t group_count;
    atomic_uint state;   /* SIM_WINDOW_x; release by who opens and closes, acquire by readers */
    atomic_uint clients; /* that have not ended */
    /* written by who opens */
    slip_time_t opened_at;
    uint64_t opened_completed;
    /* written by who closes */
    slip_time_t closed_at;
    uint64_t closed_completed;
    struct k_memory_info memory;
};

enum sim_window_state { SIM_WINDOW_NEW, SIM_WINDOW_OPENING, SIM_WINDOW_OPEN, SIM_WINDOW_CLOSED };

/* HOST. `groups` has its names set, all else zero; `clients` is how many recorders will end. */
void sim_window_init(struct sim_window *window, struct k_kernel *kernel,
                     const struct slip_machine *machine, struct sim_window_group *groups,
                     uint32_t group_count, uint32_t clients);

/* Inside of a simulated thread. The first call opens the window, the others do nothing. */
void sim_window_open(struct sim_window *window, slip_time_t now);

/* ANY thread. */
int sim_window_is_open(struct sim_window *window);

/* Inside of a simulated thread, once for each client. The last call closes the window, if it was
 * opened. */
void sim_window_leave(struct sim_window *window, slip_time_t now);

/* Reads what k_kernel_each_process shows now into the closed side of each group: at the close, and
 * by the runner where no client measures. */
void sim_window_read(struct sim_window *window);

/* 1 if the window was opened and closed. */
int sim_window_complete(struct sim_window *window);

/* What a group did between open and close. */
void sim_window_difference(const struct sim_window_group *group, struct k_counters *difference);

#endif
