/* What a machine that bills time tells when its run is over. */
#ifndef SIM_MACHINE_BILL_H
#define SIM_MACHINE_BILL_H

#include <stdint.h>
#include "sim/machine/cost.h"

/* X(name, text): where time goes that no named cost takes. */
#define SIM_BILL_MAP(X)                                                                            \
    X(lock_wait, "waiting for a lock that another CPU had")                                        \
    X(service, "the programs' own computing")                                                      \
    X(device, "the device at work")                                                                \
    X(queueing, "waiting for somebody's attention: in a queue, or for a CPU")

enum sim_bill_name {
    SIM_BILL_FIRST = SLIP_COST_COUNT + SIM_COST_COUNT - 1,
#define SIM_BILL_ENUM(name, text) SIM_BILL_##name,
    SIM_BILL_MAP(SIM_BILL_ENUM)
#undef SIM_BILL_ENUM
        SIM_BILL_COUNT
};
/* Places of a bill: SLIP_COST_x, then SLIP_COST_COUNT + SIM_COST_x, then SIM_BILL_x. */

/* The name of a place: "entry", "line_socket", "queueing". */
const char *sim_bill_name(uint32_t place);
const char *sim_bill_text(uint32_t place);

/* One request: its time, in picoseconds, and what it was spent on. The parts add up exactly. */
struct sim_bill {
    uint64_t total;
    uint64_t part[SIM_BILL_COUNT];
};

/* Waiting at one lock. */
struct sim_bill_lock {
    char name[64]; /* "endpoint files", "run queue of CPU 3", "kernel" */
    uint64_t waits, wait_ps;
    uint64_t moves, move_ps; /* of the lock or its lines between CPUs */
};

struct sim_bills {
    /* Measured requests, the whole run's if there are few, else an even sample; in order of end. */
    const struct sim_bill *bill;
    uint64_t count;
    uint64_t requests;                /* measured in all */
    uint64_t sum[SIM_BILL_COUNT];     /* over all measured requests */
    uint64_t total;                   /* the same, of their times */
    const struct sim_bill_lock *lock; /* the worst first */
    uint32_t locks;
    uint64_t hash;    /* of the event stream */
    uint64_t events;  /* in it */
    uint64_t entries; /* kernel entries, of all CPUs */
    uint64_t end_ps;  /* simulated time at the end */
    int little;       /* 1: Little's law held on the trace, as an identity */
};

#endif
