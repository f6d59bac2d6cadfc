/* What every machine of the simulator is, on top of the contract of slipway/machine.h.
 *
 * A machine is made, given a kernel, run until that kernel has halted, and dropped. Devices and
 * signal handlers reach a running machine through its inboxes only: an item that is posted to a
 * CPU is called on that CPU at its next entry, checkpoint or idle, in INTERRUPT context.
 */
#ifndef SIM_MACHINE_MACHINE_H
#define SIM_MACHINE_MACHINE_H

#include <stdatomic.h>
#include <slipway/kernel.h>
#include <slipway/machine.h>

struct sim_activity_ops;
struct sim_bills;
struct sim_cpu;
struct sim_costs;
struct sim_event_log;
struct sim_kernel_options;
struct sim_machine;
struct sim_memory;

/* A piece of work for a CPU, embedded in what it is about. It may be posted again as soon as
 * `call` has begun. */
struct sim_inbox_item {
    struct sim_inbox_item *next;
    void (*call)(struct sim_inbox_item *item, struct k_kernel *kernel, uint32_t cpu);
};

struct sim_machine_options {
    uint32_t cpus;
    uint64_t seed;
    const struct sim_costs *costs;           /* model: borrows, outlives it; else NULL */
    const struct sim_kernel_options *kernel; /* model: borrows during create */
    struct sim_event_log *log;               /* model: borrows; gets the event stream. Or NULL */
    const struct sim_choice *choice;         /* scripted: who goes next; NULL takes the seed */
    const char *host_cpus;                   /* takes_host_cpus: as many as cpus, or NULL */
};

/* Scripted machine: how the next CPU is picked. At each modelled hook, and each time that a CPU
 * cannot go on, `pick` gets the CPUs that can go on (bit set, cpus <= 64 for a test's own choice),
 * the one that ran last and the number of the step, and returns one of them; any other answer ends
 * the program with a message. It is called where there is one CPU to pick, too, so that a test can
 * act at a step of its own: it may post. If all CPUs are idle and no timer is armed, `runnable` is 0
 * and the answer is ignored: the last chance to post before the run is called hung. */
struct sim_choice {
    void *argument;
    uint32_t (*pick)(void *argument, uint64_t runnable, uint32_t current, uint64_t step);
};

struct sim_machine_kind {
    const char *name;  /* "threads" */
    const char *about; /* one line */
    int exact_time;    /* 1: time is simulated, figures of time are exact */
    int dear_clock;    /* 1: to read the clock costs more than a switch of threads, so nobody should
                          at each of them */
    int takes_host_cpus; /* 1: a choice of the host's CPUs means something, and is reported */
    /* Makes one. On failure NULL, and a message in error. */
    struct sim_machine *(*create)(const struct sim_machine_options *options, char *error,
                                  size_t error_bytes);
    void (*destroy)(struct sim_machine *machine);
    /* Runs all CPUs until the kernel has halted. 0, or 1 if all threads wait for each other and
     * nothing can wake them: then the CPUs have stopped where they were. */
    int (*run)(struct sim_machine *machine, struct k_kernel *kernel);
    /* ANY host thread. Gives a CPU something to do. */
    void (*post)(struct sim_machine *machine, uint32_t cpu, struct sim_inbox_item *item);
    /* ANY host thread. Says that `count` more (or fewer) answers are to come from outside, so that
     * an idle machine waits for them instead of calling it a deadlock. */
    void (*expect)(struct sim_machine *machine, int count);
    /* The rest is NULL where time is not simulated from costs. */
    /* Inside of a simulated thread, or in an item that is called: the item is called on `cpu` when
     * that is `at`, in nanoseconds, or as soon after it as an interrupt can come. */
    void (*post_at)(struct sim_machine *machine, uint32_t cpu, struct sim_inbox_item *item,
                    slip_time_t at);
    /* HOST, after a run. Valid until the machine is destroyed. */
    const struct sim_bills *(*bills)(struct sim_machine *machine);
    const struct sim_activity_ops *activity; /* sim/activity.h */
    /* Inside of a simulated thread: the object of that number has a name, for reports. */
    void (*name_object)(struct sim_machine *machine, uint64_t number, const char *text);
    /* HOST, after run returned 1: why, if not because all threads wait; else "". */
    const char *(*why)(const struct sim_machine *machine);
};

/* What is behind sim/activity.h. */
struct sim_activity_ops {
    uint64_t (*begin)(struct sim_machine *machine);
    void (*late)(struct sim_machine *machine, uint64_t activity, uint64_t ns);
    void (*end)(struct sim_machine *machine, uint64_t activity, int measured);
    uint64_t (*now)(struct sim_machine *machine);
    void (*resume)(struct sim_machine *machine, uint64_t activity);
    void (*device)(struct sim_machine *machine, uint64_t activity);
};

/* The common head of each machine's own struct. */
struct sim_machine {
    struct slip_machine base; /* what the kernel gets */
    const struct sim_machine_kind *kind;
    struct k_kernel *kernel;       /* set before its first thread is made, by whoever made it */
    struct sim_instance *instance; /* or NULL */
    struct sim_memory *memory;     /* owns */
    /* What a trap asks before it enters the kernel; NULL: sim_cpu_poll. Set like `kernel`. */
    int (*poll)(struct sim_machine *machine, struct sim_cpu *cpu);
    int explains; /* SLIPWAY_EXPLAIN: a trap says why an address was refused; set like it */
    uint32_t cpus;
};

extern const struct sim_machine_kind sim_machine_threads;
extern const struct sim_machine_kind sim_machine_scripted;
extern const struct sim_machine_kind sim_machine_model;
extern const struct sim_machine_kind sim_machine_cores;

/* The kind of that name, or NULL. The n-th kind from 0, or NULL. */
const struct sim_machine_kind *sim_machine_find(const char *name);
const struct sim_machine_kind *sim_machine_nth(uint32_t index);

#endif
