/* For tests of what must come out right: a run of a scenario, or of a program, on the machine model,
 * against what theory says of it.
 *
 *   theory_load -> theory_measure, any number of times -> sim_plan_free -> theory_end
 *   theory_run -> theory_end
 *
 * Plain programs. A claim that fails is told and counted, and the program goes on; its exit code is
 * what theory_end returns. What is found is printed as rows of a table, and can be put into the
 * documentation as it stands.
 */
#ifndef TESTS_THEORY_THEORY_H
#define TESTS_THEORY_THEORY_H

#include "sim/machine/bill.h"
#include "sim/run/run.h"

/* Says what is wrong, and goes on. */
#define THEORY_EXPECT(claim, ...)                                                                  \
    do {                                                                                           \
        if (!(claim)) {                                                                            \
            theory_wrong(__FILE__, __LINE__, #claim);                                              \
            theory_note(__VA_ARGS__);                                                              \
        }                                                                                          \
    } while (0)

void theory_wrong(const char *file, int line, const char *claim);
void theory_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* 0, or 1 if a claim failed. */
int theory_end(void);

/* A scenario of the tree. Settings are "name=value", a NULL ends them. Ends the program if it cannot
 * be loaded. */
struct sim_plan *theory_load(const char *scenario, const char *const *settings);

/* What one run found. Times are nanoseconds. */
struct theory_found {
    double response;   /* mean, of the bills */
    double ops_per_s;  /* in the measured time */
    uint64_t requests; /* in the bills */
    double part[SIM_BILL_COUNT];
    struct sim_response_result recorded; /* what the clients saw */
};

/* Runs a plan over a design. options->machine is "model"; one slice unless it says more. Ends the
 * program if the run fails. */
void theory_measure(const struct sim_plan *plan, const char *design,
                    const struct sim_run_options *options, struct theory_found *found);

/* Runs a program on the machine model, and copies what it billed, but for its lists. Ends the program
 * if the run fails. */
struct theory_program {
    void (*root)(void);
    void *argument; /* sim_argument of the run */
    uint32_t cpus;
    const char *costs, *kernel;
};
void theory_run(const struct theory_program *program, struct sim_bills *bills);

#endif
