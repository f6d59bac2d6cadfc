/* What the machines that run in real time do alike: the clock, kicks, idling, computing, and finding
 * out that nothing can happen any more.
 *
 * An idle CPU polls its word for a while, where somebody else can run meanwhile, and then sleeps on
 * it as a futex. The last one to fall asleep looks whether anything can wake one of them: a word that
 * asks for attention, an armed time, an answer that is expected from outside. If not, the run is hung
 * and stopped; each CPU leaves by the way that its machine gives it.
 */
#ifndef SIM_MACHINE_REAL_H
#define SIM_MACHINE_REAL_H

#include "sim/machine/common.h"
#include "sim/machine/flow.h"

struct sim_real_cpu {
    _Alignas(128) struct sim_cpu cpu; /* first; a line pair of its own */
    int host_cpu;                     /* -1: not pinned */
    int shared;                       /* 1: another simulated CPU has the same CPU of the host */
    uint64_t relaxes;
};

struct sim_real {
    struct sim_machine machine; /* first */
    uint64_t start_ns;          /* host's clock when it was made */
    uint32_t idle_spin_ns;      /* how long an idle CPU polls before it sleeps */
    struct sim_real_cpu **cpus; /* each machine has them inside of more; borrows */
    void (*leave)(struct sim_real *machine, struct sim_flow *flow); /* does not return */

    /* Of the search for a hang. They and the words of the CPUs are in one order for all (seq_cst):
     * the last CPU to fall asleep sees what any other was told before it fell asleep itself. */
    atomic_ullong asleep; /* low half: CPUs that sleep in idle; high half: how often one woke */
    atomic_int expected;  /* answers that are to come from outside; who takes off the last is awake,
                             or kicks a CPU */
    atomic_uint stopping; /* 1: the run is hung; set before each CPU is told, read by it after */

    atomic_uint running; /* CPUs whose boot context has not returned; the last one sees what the
                            others did (acq_rel), and so does who waits for `over` */
    atomic_uint over;    /* 1: none is running, or the run is hung. A futex, on which sim_real_wait
                            waits and which the last CPU or stop wakes; release to acquire */
};

/* These entries of a machine's table. */
#define SIM_REAL_OPS                                                                               \
    .now = sim_real_now, .timer_arm = sim_real_timer_arm, .idle = sim_real_idle,                   \
    .kick = sim_real_kick, .relax = sim_real_relax, .compute = sim_real_compute,                   \
    .cpu_current = sim_real_cpu_current

uint32_t sim_real_cpu_current(void *context);
slip_time_t sim_real_now(void *context);
void sim_real_timer_arm(void *context, uint32_t index, slip_time_t deadline);
void sim_real_idle(void *context, uint32_t index);
/* For a machine whose CPUs keep their thread of the host while they idle. */
int sim_real_watch(void *context, uint32_t index, const _Atomic uint32_t *word, uint32_t value);
void sim_real_kick(void *context, uint32_t index);
void sim_real_relax(void *context);
slip_time_t sim_real_compute(void *context, uint32_t index, slip_time_t duration);

/* Of struct sim_machine_kind. */
void sim_real_post(struct sim_machine *context, uint32_t index, struct sim_inbox_item *item);
void sim_real_expect(struct sim_machine *context, int count);

/* Fills the head of a machine, whose context is the same pointer, and makes its CPUs: `cpus` structs of
 * `cpu_bytes` that each have a sim_real_cpu first. NULL if the host has no memory; sim_real_fini frees
 * them. The machine's memory may be missing all the same. */
void *sim_real_init(struct sim_real *machine, const struct sim_machine_kind *kind,
                    const struct slip_machine_ops *ops, uint32_t cpus, size_t cpu_bytes);
void sim_real_fini(struct sim_real *machine);

/* Before the CPUs are released; then waits until all of them are through: 0, or 1 if the run hung. */
void sim_real_begin(struct sim_real *machine, struct k_kernel *kernel);
int sim_real_wait(struct sim_real *machine);
/* The boot context of a CPU has returned. */
void sim_real_cpu_over(struct sim_real *machine);

/* Which CPUs of the host the simulated ones run on: those of the list (sim/machine/host_cpus.h) in
 * turns. 0, or -1 and a message in error. */
int sim_real_place(struct sim_real *machine, const char *host_cpus, char *error,
                   size_t error_bytes);

/* The host's signals are for the host's own threads; faults of the thread itself stay open. Around
 * the start of a thread, which inherits the mask: `before` gets what was blocked. */
void sim_real_block_signals(void *before);

/* Pins a thread of the host (a pthread_t) to one of its CPUs. 0, or an errno. */
int sim_real_pin(unsigned long thread, int host_cpu);

#endif
