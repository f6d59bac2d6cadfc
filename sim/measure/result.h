/* What a run or a comparison found: everything that a document of schema slipway.result/1 holds, so
 * that it can be printed, written, read again, shown and repeated.
 *
 * A result owns a store; every pointer in it is into that store, and goes with sim_result_destroy.
 * Whoever fills one (the comparison, or a reader of a document) takes memory and copies texts with
 * the functions below.
 *
 *   sim_result_create -> fill -> print, write -> sim_result_destroy
 *
 * A figure that is not known (a percentile with fewer than ten samples beyond it, the ratio of the
 * first design to itself) is NaN here and null in a document; counts are always known.
 */
#ifndef SIM_MEASURE_RESULT_H
#define SIM_MEASURE_RESULT_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <slipway/kernel.h>
#include "sim/scenario/plan.h"

#define SIM_RESULT_SCHEMA "slipway.result/1"
#define SIM_WHY_LINES 3

/* A list of texts: warnings, failures. */
struct sim_result_texts {
    const char **text;
    uint32_t count;
};

/* A median with its interval; NaN if there is none. */
struct sim_estimate {
    double median, low, high;
};

struct sim_response_result {
    uint64_t count;                  /* operations measured */
    double p50, p90, p99, p999, max; /* nanoseconds; NaN: fewer than ten samples beyond */
};

/* Counters of the window divided by the operations completed in it; one field per counter that is
 * no time, in the order of K_COUNTER_MAP. NaN where nothing was completed. */
struct sim_per_op {
    double system_calls, switches, wakes, direct_switches, copied_bytes, allocations;
    double requests, messages, completions, lock_waits, preemptions, migrations;
};

/* All processes of one name together. */
struct sim_process_result {
    const char *name;
    uint32_t instances;
    uint32_t threads;               /* in all instances, those of the design's own included */
    uint32_t workers;               /* of these, the design's own */
    uint64_t requests;              /* operations that it was asked for in the window, by whatever
                                       design; in a raw scenario requests and messages taken */
    uint64_t messages, completions; /* of the kernel, taken in the window */
    /* Shares of its threads' time in the window; they sum to 1. NaN where the machine kept none. */
    double busy;    /* ran */
    double ready;   /* could have run, but its CPU was taken */
    double blocked; /* in a call, until the reply */
    double waiting; /* for anything else */
    struct sim_per_op per_op;
    struct sim_response_result response; /* of the operations that it began; count 0: none */
};

struct sim_memory_result {
    uint64_t kernel_bytes_per_client; /* used at the peak by one client process, in the mean */
    uint64_t kernel_bytes_peak;       /* kernel objects in use at the most */
};

/* Time that went to one name of a bill ("entry", "lock_wait"). */
struct sim_part_result {
    const char *name;
    double ns;
};

/* What a request spent its time on. Of a single request the parts add up to the response exactly;
 * of the mean, but for rounding. */
struct sim_bill_result {
    double response_ns;            /* NaN: there is none */
    struct sim_part_result *parts; /* every name, also those of no time */
    uint32_t part_count;
};

/* Waiting at one lock, and moving it and its lines between CPUs, in all slices. */
struct sim_lock_result {
    const char *name; /* "endpoint files" */
    uint64_t waits, moves;
    double wait_ns, move_ns;
};

#define SIM_RESULT_LOCKS 16U

/* Where time went; requests 0 on a machine that does not bill it. */
struct sim_attribution_result {
    uint64_t requests;          /* measured */
    struct sim_bill_result p50; /* the request at that rank */
    struct sim_bill_result p99; /* none with fewer than ten requests beyond */
    struct sim_bill_result mean;
    struct sim_lock_result *locks; /* the worst first, at most SIM_RESULT_LOCKS */
    uint32_t lock_count;
};

struct sim_probe_result {
    const char *name;    /* "forge" */
    const char *verdict; /* "refused" */
};

struct sim_design_result {
    const char *design;         /* "submit-port"; "raw" for a scenario without one */
    const char *about, *origin; /* of the design; "" for raw */
    struct sim_estimate ops_per_s;
    double *slices; /* operations per second of each */
    uint32_t slice_count;
    uint64_t ops;      /* measured operations of all slices */
    double measured_s; /* seconds in all windows */
    struct sim_response_result response;
    struct sim_per_op per_op; /* of all processes but the first one, which only starts them */
    struct sim_process_result *processes;
    uint32_t process_count;
    struct sim_memory_result memory;
    uint32_t workers; /* threads of the design's own, at the most in one slice */
    uint64_t lost;    /* completions that found a full queue */
    uint64_t verified_bytes;
    uint64_t mismatches; /* blocks whose contents were wrong */
    uint64_t errors;     /* operations that ended with an unexpected status, and mismatches */
    uint64_t leaks;      /* kernel objects, and heap blocks */
    struct sim_result_texts failures; /* why it failed; empty: it did not */

    /* On a machine that bills time; else empty. */
    struct sim_attribution_result attribution;
    const char *hash; /* of the event streams of its slices, in order; 16 hex digits, or "" */
    uint64_t events;  /* in them */
    int little;       /* 1: Little's law held as an identity on each of them */

    /* Against the first design of the comparison; NaN, 0 and empty for that one itself. */
    struct sim_estimate ratio; /* operations per second, from pairs of neighbouring slices */
    int same;                  /* 1: the difference is within the noise floor */
    const char *why[SIM_WHY_LINES];
    uint32_t why_count;

    struct sim_probe_result *probes; /* filled by who asked the probes; may be empty */
    uint32_t probe_count;
};

struct sim_result_parameter {
    const char *name;
    enum sim_parameter_kind kind;
    int64_t number;    /* NUMBER */
    const char *text;  /* CHOICE, PATH */
    const char *shown; /* as a user would write it: "64KiB"; it can be given to -D again */
    int given;         /* 1: set by the user */
};

/* The load, in what a head line says. */
struct sim_load_result {
    const char *model; /* "closed loop"; "" where no client role measures */
    uint32_t clients;  /* client processes */
    uint32_t threads;  /* client threads in all */
    uint32_t depth;    /* operations in flight per client and link, the most of all clients */
    uint64_t bytes;    /* per operation; 0 if it varies or has none */
    const char *file;  /* what is read or written: a path, or "64 MiB made for the run"; "" */
};

struct sim_method_result {
    uint32_t slices;         /* per design */
    slip_time_t slice_ns;    /* measured time of one; 0 by operations */
    uint64_t slice_ops;      /* measured operations of one; 0 by time */
    slip_time_t duration_ns; /* asked for, per design; 0 by operations */
    uint64_t ops;            /* asked for, per design; 0 by time */
    slip_time_t warmup_ns;   /* of each slice, not measured */
    uint64_t warmup_ops;
    const char *interval; /* how intervals are made, a phrase */
};

/* The cost file of a modelled run, and the processor that it made; name "" where there is none. */
struct sim_costs_result {
    const char *name, *about, *hash, *text;
    uint32_t sockets, clusters, cores, threads; /* clusters of a socket, cores of a cluster, ... */
    uint32_t sockets_added;                     /* to those of the file, for the CPUs asked for */
};

/* What running everything twice found; checked 0 where nobody asked for it. */
struct sim_determinism_result {
    int checked, same;
    const char *difference; /* the first event that differs */
};

/* Time from waking a parked host thread to its running, nanoseconds; NaN where it was not measured
 * (another machine than threads, or a host with one CPU). */
struct sim_handover_result {
    double same_cpu, other_cpu;
};

struct sim_result {
    const char *verb; /* "compare", "run" */
    struct {
        const char *name, *path, *about, *text, *hash;
    } scenario;
    struct sim_result_parameter *parameters;
    uint32_t parameter_count;
    uint64_t seed;
    struct {
        const char *kind; /* "threads" */
        uint32_t cpus;
        int exact;             /* 1: time is simulated */
        const char *host_cpus; /* "0, 2, 4-7"; "": the machine does not choose */
        int host_cpus_given;   /* 1: somebody else chose them */
    } machine;
    struct {
        const char *cpu, *kernel, *version;
        uint32_t cpus;
    } host;
    struct sim_costs_result costs;
    const char *kernel_options; /* "locking=big,idle=poll"; "": all defaults */
    struct sim_load_result load;
    struct sim_method_result method;
    struct sim_determinism_result determinism;
    struct sim_handover_result handover;
    double noise_floor;   /* relative: 0.03 is 3%; 0 where time is exact, and a pair of runs would
                             find nothing; NaN if there was no A/A pair */
    double *noise_slices; /* operations per second of the first design's second runs */
    uint32_t noise_slice_count;
    struct sim_result_texts warnings;
    struct sim_design_result *designs;
    uint32_t design_count;
    int interrupted;                /* 1: ended early; what was measured until then is there */
    struct sim_result_block *store; /* private */
};

/* An empty result: texts "", figures NaN, counts 0. Ends the program without memory, and so do the
 * other functions here. */
struct sim_result *sim_result_create(void);
void sim_result_destroy(struct sim_result *result);

/* Zeroed memory that goes with the result. */
void *sim_result_take(struct sim_result *result, size_t bytes);

/* A copy of a text that goes with the result; "" for NULL. */
const char *sim_result_copy(struct sim_result *result, const char *text);

/* Adds a text to a list of the result. */
void sim_result_add(struct sim_result *result, struct sim_result_texts *texts, const char *format,
                    ...) __attribute__((format(printf, 3, 4), nonnull));

/* Does its time come from a cost file? */
int sim_result_billed(const struct sim_result *result);

/* Makes `count` designs, empty as sim_result_create leaves figures. */
void sim_result_designs(struct sim_result *result, uint32_t count);

/* Fields of struct sim_per_op by name and place, for who writes and reads all of them. */
struct sim_per_op_field {
    const char *name;
    size_t offset; /* of a double */
};
/* The n-th from 0; NULL past the last. */
const struct sim_per_op_field *sim_per_op_field(uint32_t index);

#endif
