/* How far the model machine is from the machine `cores`: the same plan over the same designs on both,
 * in short slices that take turns.
 *
 * A round runs each design once on cores and once on model, with the round's own seed; the model's
 * error is taken within each round, so that what the host does meanwhile is the spread of the errors.
 * Nothing is fitted here: the costs are the caller's.
 *
 * The model knows of no harness: of the clients' clock and recorder, of what roles and designs do
 * between system calls. How much that is on the host is found in each round, as what the median round
 * trip of ping_pong by rendezvous takes beyond a bare loop of its system calls. That loop also
 * says whether the host is as fast as when its costs were measured.
 */
#ifndef SIM_RUN_VALIDATE_H
#define SIM_RUN_VALIDATE_H

#include "sim/run/run.h"

#define SIM_VALIDATE_ROUNDS_MIN 5U
#define SIM_VALIDATE_ROUNDS_MAX 25U
#define SIM_VALIDATE_IDLE "idle=poll" /* as CPUs of cores do before they sleep */

struct sim_validate_options {
    const char *costs, *costs_text; /* as of struct sim_run_options; costs_text or NULL */
    const char *kernel;             /* options of the kernel, of both machines; or NULL */
    uint64_t seed;
    slip_time_t duration_ns;             /* on cores, per design; 0: 200 ms */
    const struct sim_plan *ping_pong;    /* NULL: the harness's time is not looked for */
    const struct sim_design *rendezvous; /* likewise */
    int (*stopped)(void);                /* asked between slices; or NULL */
    void (*progress)(void *argument, double done, const char *part);
    void *progress_argument;
};

/* One way of looking at it: time per operation, or the p50 of the response. Nanoseconds. */
struct sim_validate_figure {
    struct sim_estimate cores, model;
    struct sim_estimate error; /* model / cores - 1, of rounds */
};

struct sim_validate_row {
    const char *design; /* borrowed */
    struct sim_validate_figure op, p50;
    struct sim_estimate
        error_bare; /* of p50, without the harness's time on cores; NaN where that is
                                       nearly all */
    uint32_t rounds;
    char failure[512]; /* why this design failed on one of them; "" */
};

#define SIM_VALIDATE_DESIGNS 32U

struct sim_validation {
    struct sim_validate_row row[SIM_VALIDATE_DESIGNS];
    uint32_t count;
    uint32_t cpus;
    struct sim_estimate harness;     /* ns of a response on cores; NaN: not found */
    struct sim_validate_figure bare; /* the bare loop, beside it */
};

/* HOST. Why the two machines do not do the same for this plan: a text in `why`, and 1; or 0. */
int sim_validate_differs(const struct sim_plan *plan, char *why, size_t bytes);

/* HOST. WRONG with a message, also for costs that are not of a host like this one; FAILED if a design
 * failed, told in its row. */
enum sim_run_outcome sim_validate(const struct sim_plan *plan,
                                  const struct sim_design *const designs[], uint32_t count,
                                  const struct sim_validate_options *options,
                                  struct sim_validation *found, char *error, size_t error_bytes);

#endif
