/* The scripted machine, inside: all simulated CPUs on one host thread, and at every modelled hook a
 * choice which of them goes on.
 *
 *   RUNNING    can go on
 *   RELAXED    spins: no use to go on before another CPU has made a step
 *   IDLE       waits for a kick, an item, its armed time
 *   COMPUTING  the same, and for the end of what it computes
 *   STOPPED    its boot context has returned
 *
 * RUNNING and RELAXED are lists; a relaxed CPU moves back when another one makes a step that is no
 * spin. So whoever picks, and however it picks, a CPU that spins never keeps the one it waits for
 * from going on.
 *
 * Time is a count: one nanosecond for each hook on any CPU; and when no CPU can go on, it jumps to
 * the next armed time or end of a computation. Nothing here reads the host's time, its addresses or
 * its chance: the same choices, or the same seed, give the same run, as long as nobody posts from
 * another host thread.
 */
#ifndef SIM_MACHINE_SCRIPTED_H
#define SIM_MACHINE_SCRIPTED_H

#include "sim/machine/fiber.h"

enum scripted_state {
    SCRIPTED_RUNNING,
    SCRIPTED_RELAXED,
    SCRIPTED_IDLE,
    SCRIPTED_COMPUTING,
    SCRIPTED_STOPPED
};

struct scripted_cpu {
    struct sim_cpu cpu; /* first */
    enum scripted_state state;
    uint32_t place;         /* in the list of its state */
    struct sim_fiber *flow; /* that is on it */
    struct sim_fiber boot;
    slip_time_t until; /* COMPUTING: the end */
};

/* CPUs of one state, in no order that anyone may rely on, but the same in each run. */
struct scripted_list {
    uint32_t *cpu; /* owns */
    uint32_t count;
};

struct scripted_machine {
    struct sim_machine machine; /* first */
    const struct sim_choice *choice;
    uint64_t random;     /* state of the generator, if there is no choice */
    uint32_t stickiness; /* without a choice: one hook in 2^n changes the CPU */
    struct scripted_cpu *cpus;
    struct scripted_list running, relaxed;
    uint32_t current;
    uint32_t stopped; /* CPUs */
    slip_time_t clock;
    slip_time_t next_due; /* no CPU that waits is due before this */
    uint64_t step;
    uint64_t spins; /* since the last step that was none */
    int inside;     /* 1: in run */
    int hung;
    struct sim_flow *outer;   /* sim_flow_now before the run */
    struct sim_context host;  /* of the thread that called run */
    struct sim_fiber *fibers; /* of simulated threads */

    /* Any host thread. */
    atomic_int expected;
    atomic_uint posts; /* from other host threads, seen or not; a futex */
    uint32_t posts_seen;
};

/* ---- scripted_step.c: who goes on ---- */

void scripted_charge(void *context, uint32_t cpu, enum slip_cost cost, uint64_t amount);
void scripted_line(void *context, uint32_t cpu, struct slip_line *line, enum slip_line_use use);
void scripted_lock_wait(void *context, uint32_t cpu, struct slip_line *lock);
void scripted_lock_pass(void *context, uint32_t cpu, struct slip_line *lock);
void scripted_trace(void *context, uint32_t cpu, enum slip_trace point, uint64_t a, uint64_t b);
void scripted_relax(void *context);
int scripted_watch(void *context, uint32_t index, const _Atomic uint32_t *word, uint32_t value);
void scripted_idle(void *context, uint32_t index);
void scripted_kick(void *context, uint32_t index);
slip_time_t scripted_compute(void *context, uint32_t index, slip_time_t duration);
void scripted_post(struct sim_machine *context, uint32_t index, struct sim_inbox_item *item);
void scripted_expect(struct sim_machine *context, int count);

/* The current CPU's boot context has returned: others go on, or the run is over. */
_Noreturn void scripted_stopped(struct scripted_machine *machine);

/* Hands the host thread from one flow to another. */
void scripted_jump(struct sim_context *from, struct sim_fiber *to);

#endif
