/* One slice: one plan over one design, on a fresh machine and kernel, from the start of the first
 * process to the end of the last. What the host prepares and reads is in slice.c, what runs inside
 * is in root.c (the first process) and child.c (all others).
 *
 *   sim_slice_create -> sim_slice_start -> sim_slice_watch until it has ended -> sim_slice_join
 *   -> read its fields -> sim_slice_destroy
 *
 * Inside:
 *
 *   root                                       each other process
 *   endpoints, control endpoint, port
 *   per process: create, start                 takes its handles at the start handle
 *     its handles, through a bootstrap           starts its other threads, and each thread:
 *     endpoint                                   party, serve, connect, device
 *     a request that nobody will answer:         tells root that it is ready; threads that serve
 *     its end tells that the process is gone       nothing wait there for the start of all
 *   lets all threads go at once                the role or the body runs
 *   sleeps in its port                         a bounded thread that has done its part sleeps; the
 *                                                last one of all ends its process, which wakes root
 *   kills what is left, waits until it is gone
 *
 * So root does nothing while the load runs, and every process is there to be counted when the
 * window closes. Root keeps no handle to what it has handed out: a server that dies closes its
 * endpoint.
 */
#ifndef SIM_RUN_SLICE_H
#define SIM_RUN_SLICE_H

#include <pthread.h>
#include <stdatomic.h>
#include <slipway/design.h>
#include "sim/device/device.h"
#include "sim/instance.h"
#include "sim/machine/bill.h"
#include "sim/measure/recorder.h"
#include "sim/measure/window.h"
#include "sim/role/dataset.h"
#include "sim/role/role.h"

#define SIM_SLICE_TEXT_BYTES 4096U

struct sim_slice;

struct sim_slice_thread {
    struct sim_slice *slice;
    struct sim_slice_process *process;
    struct sim_role_context context;
    struct sim_party party;
    struct sim_link **links;
    const slip_handle_t *handles; /* of the process: this thread's part */
    uint32_t queue;               /* number of its queue on the device */
    atomic_int ready;             /* release when its party is made; acquire by the host's watch */
    int finished;                 /* bounded: has done its part. Root reads it when it is told */
};

struct sim_slice_process {
    const struct sim_plan_process *plan;
    uint32_t instance; /* from 1 */
    struct sim_slice_thread *threads;
    slip_handle_t *handles; /* in the child: what root sent, in the order of root.c */
    uint32_t handle_count;
    slip_handle_t handle; /* root's */
    int created, gone;
    uint64_t code; /* of its exit */
};

/* Why a slice failed inside; the first one counts. */
struct sim_slice_failure {
    atomic_int claimed;
    const char *what;                        /* a literal: "connect" */
    const struct sim_slice_process *process; /* NULL: the first process */
    slip_status_t status;
    uint64_t code; /* of an exit, where what says so */
};

struct sim_slice_device {
    struct sim_device *device;
    const struct sim_dataset *dataset;
    uint32_t line, queues;
};

/* What a slice is made from; the pointers outlive it. */
struct sim_slice_options {
    const struct sim_plan *plan;
    const struct sim_design *design;     /* NULL: raw */
    struct sim_dataset *const *datasets; /* one per device of the plan */
    const char *machine;
    const struct sim_costs *costs; /* NULL where the machine takes none */
    const char *kernel;            /* options of the kernel, as text */
    struct sim_event_log *log;     /* gets the event stream; or NULL */
    uint32_t cpus;
    const char *host_cpus; /* of cores: which; or NULL */
    uint64_t seed;
    uint64_t ops, warmup_ops;
    slip_time_t measure_ns, warmup_ns;
};

struct sim_slice {
    struct sim_slice_options options;
    struct sim_control control;
    struct sim_instance *instance;
    struct sim_slice_device *devices;
    struct sim_slice_process *processes;
    uint32_t process_count;
    struct sim_slice_thread *threads;
    uint32_t thread_count;
    uint32_t gated, serving; /* threads that wait for the start of all; that only report */
    struct sim_recorder *recorders;
    uint32_t recorder_count;
    struct sim_window window;
    struct sim_window_group *groups; /* one per process of the plan */
    uint64_t *requested;             /* of each, at the window's open, then at its close */
    slip_handle_t *endpoints;        /* root's, while it hands them out */
    slip_request_t *ready;           /* requests of the threads that wait */
    slip_handle_t *handles;          /* store of all processes' handles */
    struct sim_link **links;         /* store of all threads' links */
    atomic_uint unfinished;          /* bounded threads; release by each, acquire by root */
    uint64_t kernel_bytes_before;    /* used when root began */
    struct sim_slice_failure failure;

    pthread_t host;
    pthread_mutex_t lock; /* guards ended */
    pthread_cond_t changed;
    int ended;
    int stopped; /* 1: ended early by the host */
    int outcome; /* of sim_instance_run */
    char error[SIM_SLICE_TEXT_BYTES];
    struct sim_counters counters;
};

/* HOST. NULL and a message if the machine, its memory or a device cannot be had. */
struct sim_slice *sim_slice_create(const struct sim_slice_options *options, char *error,
                                   size_t error_bytes);
void sim_slice_destroy(struct sim_slice *slice);

/* HOST. Starts it on a host thread of its own. 0, or 1 and a message. */
int sim_slice_start(struct sim_slice *slice, char *error, size_t error_bytes);

/* HOST. Waits up to so long for its end: 1 if it has ended. */
int sim_slice_watch(struct sim_slice *slice, slip_time_t wait_ns);

/* HOST. How much has been done so far: threads made ready and operations completed; for finding out
 * that nothing goes on any more. */
uint64_t sim_slice_work(struct sim_slice *slice);

/* HOST. Asks the clients to leave; or kills all processes at once. */
void sim_slice_stop(struct sim_slice *slice);
void sim_slice_kill(struct sim_slice *slice);

/* HOST, after sim_slice_watch has returned 1. Fills outcome, error and counters. */
void sim_slice_join(struct sim_slice *slice);

/* HOST, after sim_slice_join. Operations that its clients measured, and those of them that were
 * completed in the measuring time; operations a second, NaN if nothing was measured. */
uint64_t sim_slice_measured(const struct sim_slice *slice);
double sim_slice_rate(const struct sim_slice *slice);

/* HOST, after sim_slice_join. What its machine billed; valid until the slice is destroyed. NULL where
 * time is not simulated from costs. */
const struct sim_bills *sim_slice_bills(const struct sim_slice *slice);

/* The first process; and the others. Inside of simulated threads. */
void sim_slice_root(void);
void sim_slice_child(void);

/* Inside. Notes why the slice fails, if it is the first reason. */
void sim_slice_fail(struct sim_slice *slice, const struct sim_slice_process *process,
                    const char *what, slip_status_t status, uint64_t code);

/* Links that a thread of this process has: one per link of the plan and endpoint. */
uint32_t sim_slice_links(const struct sim_plan_process *process);

/* Does this thread wait for the start of all, rather than only report that it is ready? */
int sim_slice_gates(const struct sim_plan_process *process);

#endif
