/* Runs a scenario over one design or several, and measures.
 *
 * Work is cut into slices: a slice is one design on a fresh machine and kernel, from the start of
 * the first process to the end of the last. The slices of all designs take turns, and the first
 * design has a second turn in each round, so that what the host does meanwhile meets all of them
 * alike and the noise floor is known from the same run.
 *
 * Where time is exact, a second turn would find the first one's figures again, so there is none.
 * Where it comes from costs, each slice has a seed of its own, the one asked for and those behind
 * it: what differs between slices is what differs between seeds.
 */
#ifndef SIM_RUN_RUN_H
#define SIM_RUN_RUN_H

#include <stddef.h>
#include <slipway/design.h>
#include "sim/measure/result.h"
#include "sim/scenario/plan.h"

/* Outcomes; each is also the exit code of the command. */
enum sim_run_outcome {
    SIM_RUN_OK = 0,
    SIM_RUN_FAILED = 1, /* errors, leaks, a hang, a process that failed; told in the result */
    SIM_RUN_WRONG = 2,  /* nothing ran: an option or the plan's file, told in error */
    SIM_RUN_INTERRUPTED = 130
};

/* Zero means the default in each field. */
struct sim_run_options {
    const char *verb;        /* for the result; default "run" for one design, else "compare" */
    const char *machine;     /* default "threads" */
    uint32_t cpus;           /* default: the plan's */
    const char *host_cpus;   /* cores: "0,2,4-7", as many as cpus; default: the machine's choice */
    uint64_t seed;           /* any number; 0 is one, too */
    slip_time_t duration_ns; /* measured per design; default 1 s, or of simulated time 20 ms where
                                it comes from costs and else 5 ms, unless ops is given */
    uint64_t ops;            /* measured per design, instead of a time */
    uint32_t slices;         /* per design; default: chosen, at least SIM_RUN_SLICES_MIN */
    const char *costs;      /* where time comes from costs: a preset or a file; default: the plan's,
                                else SIM_COSTS_DEFAULT */
    const char *costs_text; /* the file itself, of which `costs` is then but the name; or NULL */
    const char *kernel;     /* options of the kernel, behind those of the plan: "locking=big" */
    uint32_t flags;         /* SIM_RUN_x */
    /* Told now and then, between slices and while one runs; from the thread that called. */
    void (*progress)(void *argument, double done, const char *part);
    void *progress_argument;
};

/* Each slice runs twice, and its event streams are compared. */
#define SIM_RUN_CHECK_DETERMINISM 0x1U

#define SIM_RUN_SLICES_MIN 5U
#define SIM_RUN_SLICE_NS_MIN 5000000U /* 5 ms: shorter slices are warned of ... */
#define SIM_RUN_SLICE_OPS_MIN 100U    /* ... and so are those of fewer operations */

/* HOST. Runs the plan over each design and fills the result, which sim_result_create made; also
 * where the outcome is FAILED or INTERRUPTED, with what was measured until then. Everything is
 * filled but the probes. With count 1 there is no second turn and no noise floor. In a raw scenario
 * count is 1 and designs[0] is NULL. WRONG, too, for costs or kernel options that are not right. */
enum sim_run_outcome sim_compare(const struct sim_plan *plan,
                                 const struct sim_design *const designs[], uint32_t count,
                                 const struct sim_run_options *options, struct sim_result *result,
                                 char *error, size_t error_bytes);

/* ANY host thread, and signal handlers. Ends the comparison that runs, or the next one if none
 * does: clients drain and leave; what does not end within SIM_RUN_GRACE_NS is killed. Calling it
 * twice kills at once. */
void sim_run_interrupt(void);

#define SIM_RUN_GRACE_NS 500000000U

#endif
