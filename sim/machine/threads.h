/* The threads machine, inside: simulated CPUs that are tokens, and pthreads that hold them.
 *
 * A simulated thread is a pthread whose stack lies in its process's space. It runs only while the
 * simulated kernel has put it on a simulated CPU; a context switch hands the CPU over by releasing
 * one pthread and parking the other. All pthreads of one simulated CPU are pinned to one CPU of the
 * host, so a hand-over never runs on two at once and never spins: one wake and one wait. When a
 * thread migrates, whoever hands a CPU to it pins it anew first.
 *
 *   flow   new (parked) -> running <-> parked -> left (its pthread has ended) -> joined
 *
 * A flow that is dropped leaves its park by a jump back to the function that its pthread began in.
 * When nothing can happen any more (each CPU idles, no timer is armed, no answer is expected) the
 * run is stopped: the CPUs that idle leave by the same jump, and all that are parked are told to.
 */
#ifndef SIM_MACHINE_THREADS_H
#define SIM_MACHINE_THREADS_H

#include <pthread.h>
#include <setjmp.h>
#include "sim/machine/park.h"
#include "sim/machine/real.h"

struct threads_flow {
    struct sim_flow flow; /* first */
    struct sim_park park;
    int host_cpu; /* that its pthread is pinned to, or -1; whoever hands it a CPU */
    int joined;   /* 1: its pthread is gone, or never was */
    void (*body)(struct threads_flow *flow); /* what its pthread does once it is released */
    pthread_t thread;
    jmp_buf leave;
    struct slip_context_start start;
    struct sim_stack stack;
    char name[16];                    /* of the pthread, for debuggers */
    struct threads_flow *next, *last; /* machine's lock: of its list */
};

struct threads_cpu {
    struct sim_real_cpu real; /* first */
    struct threads_flow boot;
};

struct threads_machine {
    struct sim_real real; /* first */
    uint32_t spin_ns;     /* before parking: 0 where pinning works */
    struct threads_cpu *cpus;

    pthread_mutex_t lock;
    struct threads_flow *flows; /* lock; those of simulated threads */
};

/* ---- threads_flow.c ---- */

/* Starts the pthread of a flow, parked. 0, or an errno. */
int threads_flow_start(struct threads_flow *flow, pthread_attr_t *attr);
/* Pins it to a CPU of the host. 0, or an errno. */
int threads_flow_pin(struct threads_flow *flow, int host_cpu);
/* The calling flow leaves at once. */
_Noreturn void threads_flow_leave(struct threads_flow *flow);
/* Makes a flow that is parked leave, and joins its pthread. */
void threads_flow_end(struct threads_flow *flow);
/* Ends the flows of the simulated threads of a space, or of all if NULL; they are dropped later. */
void threads_flow_end_all(struct threads_machine *machine, const struct sim_space *space);

slip_status_t threads_context_init(void *context, struct slip_context *saved,
                                   const struct slip_context_start *start, uint64_t *area);
void threads_context_fini(void *context, struct slip_context *saved);
void threads_context_switch(void *context, struct slip_context *from, struct slip_context *to,
                            struct slip_space *space);
void threads_space_destroy(void *context, struct slip_space *space);

#endif
