/* The model machine, inside: all simulated CPUs on one host thread, each with a time of its own.
 *
 * A CPU's time goes on by what the kernel charges and by what programs compute. It may run ahead of
 * others as long as it touches nothing of theirs; each lock, shared line, kick and idling is a point
 * where the CPU that is furthest behind goes first. So whoever acts on something shared acts in the
 * order of simulated time, and a lock that is found taken is waited for in order of arrival.
 *
 *   RUNNING    the current one, or in the heap by its time
 *   IDLE       in the heap by what it waits for (a kick, an item, its armed time), if anything
 *   COMPUTING  the same, and by the end of what it computes
 *   LOCKED     in the queue of a lock or a line, not in the heap
 *   STOPPED    its boot context has returned
 *
 *   model.c        the table, contexts, making and running one
 *   model_time.c   who goes on; idling, computing, kicks, items
 *   model_line.c   locks and lines
 *   model_bill.c   where time goes: charges, activities, Little's law
 *   model_event.c  the event stream: hash, log, the stop of a run that makes no progress
 *
 * Times are picoseconds. The order of the heap is (time, sequence).
 */
#ifndef SIM_MACHINE_MODEL_H
#define SIM_MACHINE_MODEL_H

#include "sim/activity.h"
#include "sim/kernel_options.h"
#include "sim/machine/bill.h"
#include "sim/machine/cost.h"
#include "sim/machine/event_log.h"
#include "sim/machine/fiber.h"
#include "sim/machine/names.h"
#include "sim/machine/topology_model.h"

#define MODEL_NEVER UINT64_MAX
#define MODEL_NS 1000U /* picoseconds */
#define MODEL_SPENT_MAX 48U

/* So many things happened, and no CPU went past the time that was reached: with costs of zero,
 * programs that ask for ever never wait. */
#define MODEL_QUIET_MAX ((uint64_t)1 << 22)

/* What was spent for nobody's operation. */
struct model_spent {
    uint64_t end, ps;
    uint32_t place;
};

struct model_spents {
    struct model_spent item[MODEL_SPENT_MAX]; /* a ring: the oldest goes */
    uint32_t next;
};

struct model_flow {
    struct sim_fiber fiber;     /* first */
    uint64_t thread;            /* the kernel's id; 0: not known yet */
    struct model_flow *id_next; /* of its hash chain */
    uint64_t rest;              /* picoseconds computed that compute has not told of */
    uint32_t operation;         /* it works for, plus 1; 0: nobody */
};

enum model_state { MODEL_RUNNING, MODEL_IDLE, MODEL_COMPUTING, MODEL_LOCKED, MODEL_STOPPED };

/* Something that comes to a CPU at a time. */
struct model_arrival {
    uint64_t at, sequence;
    struct sim_inbox_item *item;
};

struct model_cpu {
    struct sim_cpu cpu; /* first */
    enum model_state state;
    uint64_t time;
    struct model_flow *flow; /* that is on it */
    struct model_flow boot;
    uint64_t until;   /* COMPUTING: the end */
    uint64_t kick_at; /* MODEL_NEVER: none */
    uint64_t kick_ps; /* of that: how long it was on its way */
    uint32_t kick_place;
    struct model_arrival *arrivals; /* a heap by (at, sequence); owns */
    uint32_t arrival_count, arrival_room;
    uint32_t ties;            /* points since it last went on by itself or was passed */
    uint32_t lock_next;       /* LOCKED: who waits behind it, plus 1 */
    struct model_flow *payer; /* who pays for what is charged; NULL: who comes next */
    struct model_spents spent;
    uint64_t handed; /* when an operation was handed on here last */
    struct sim_place_model where;
};

/* A CPU in the heap. The order is (time, sequence), and sequence is what is above the number. */
struct model_slot {
    uint64_t time, order; /* sequence << MODEL_CPU_BITS | number of the CPU */
};

#define MODEL_CPU_BITS 10U
_Static_assert(K_CPUS_MAX <= 1U << MODEL_CPU_BITS, "every CPU has a number");

/* One operation of a client, while it is under way. */
struct model_operation {
    uint32_t generation;
    uint32_t next_free; /* plus 1 */
    int live;
    struct model_flow *owner; /* that works for it */
    uint64_t beginner;        /* thread */
    uint64_t late;            /* how long it waited before it was begun */
    uint64_t begun, paid;     /* paid: what lies before is in the bill */
    uint64_t device;          /* with a device since; 0: it is not */
    uint64_t part[SIM_BILL_COUNT];
};

/* What is in a block of the kernel's: the name of an operation, and the thread that holds the request. */
struct model_block {
    uint64_t name, holder;
};

/* Those of one pool, by index. */
struct model_blocks {
    struct model_block *block; /* owns */
    uint64_t room;
};

struct model_lock {
    struct sim_bill_lock lock;
    uint32_t next; /* of its hash chain, plus 1 */
};

#define MODEL_CHAINS 1024U

struct model_machine {
    struct sim_machine machine; /* first */
    const struct sim_costs *costs;
    uint64_t kernel_ps[SLIP_COST_COUNT], machine_ps[SIM_COST_COUNT];
    uint64_t gate_ps[SLIP_COST_exit + 1]; /* of isolation, by entry and exit */
    int poll;                             /* idle CPUs do */
    struct model_cpu *cpus;
    struct model_slot *heap; /* owns */
    uint32_t *places;        /* owns; of each CPU in the heap, plus 1; 0: not in it */
    uint32_t heap_count;
    uint32_t current;
    struct model_cpu *here; /* the current one while in run, NULL else: what each hook asks first */
    uint32_t stopped;       /* CPUs */
    uint64_t sequence;
    int inside;    /* 1: in run */
    int ended;     /* what run returns */
    char why[384]; /* a run that was ended for another reason than that all wait; "" else */
    struct sim_flow *outer;
    struct sim_context host;
    struct sim_fiber *fibers;
    struct model_flow *flow_by_id[MODEL_CHAINS];

    /* The event stream. */
    struct sim_event_log *log; /* borrows; or NULL */
    uint64_t hash, events, entries;
    uint64_t quiet, progress; /* events since somebody went past that time */

    /* Bills. */
    struct model_operation *operations; /* owns */
    uint32_t operation_count, operation_room, operation_free;
    struct model_blocks requests, messages;
    struct sim_bill *sample; /* owns */
    uint64_t sample_count, sample_stride;
    struct sim_bills bills;
    struct sim_bill_lock *told; /* owns: the list in bills */
    struct sim_names names;     /* of endpoints */
    struct model_lock *locks;   /* owns */
    uint32_t lock_count, lock_room;
    uint32_t lock_chain[MODEL_CHAINS];
    uint32_t open; /* operations under way */
    uint64_t changed;
    unsigned __int128 area, responses;
    int disorder;

    /* Any host thread. */
    atomic_int expected;
    atomic_uint posts; /* from other host threads; a futex */
    uint32_t posts_seen;
};

static inline struct model_cpu *model_now(struct model_machine *machine)
{
    return &machine->cpus[machine->current];
}

/* ---- model_time.c ---- */

/* The current CPU is about to touch something shared: others that are behind go first. */
void model_point(struct model_machine *machine);
/* The current CPU stays LOCKED until model_unlock. */
void model_park(struct model_machine *machine);
void model_unpark(struct model_machine *machine, uint32_t cpu, uint64_t time);
_Noreturn void model_end(struct model_machine *machine, int why);
_Noreturn void model_stopped(struct model_machine *machine);
void model_jump(struct sim_context *from, struct model_flow *to);
int model_heap_init(struct model_machine *machine);

slip_time_t model_clock(void *context);
void model_timer_arm(void *context, uint32_t cpu, slip_time_t deadline);
void model_idle(void *context, uint32_t index);
void model_kick(void *context, uint32_t index);
void model_relax(void *context);
slip_time_t model_compute(void *context, uint32_t index, slip_time_t duration);
int model_trap(struct sim_machine *context, struct sim_cpu *cpu);
void model_post(struct sim_machine *context, uint32_t index, struct sim_inbox_item *item);
void model_post_at(struct sim_machine *context, uint32_t index, struct sim_inbox_item *item,
                   slip_time_t at);
void model_expect(struct sim_machine *context, int count);

/* ---- model_line.c ---- */

void model_line(void *context, uint32_t cpu, struct slip_line *line, enum slip_line_use use);
void model_lock_wait(void *context, uint32_t cpu, struct slip_line *lock);
void model_lock_pass(void *context, uint32_t cpu, struct slip_line *lock);

/* ---- model_bill.c ---- */

void model_charge(void *context, uint32_t cpu, enum slip_cost cost, uint64_t amount);
/* The current CPU spends time on something that has a place in a bill. */
void model_spend(struct model_machine *machine, uint32_t place, uint64_t ps);
/* The same, where its time has gone on already. */
void model_note(struct model_machine *machine, struct model_cpu *cpu, uint32_t place, uint64_t ps);
/* From here on what is charged is paid by who runs next; or by that flow, with what it waited for. */
void model_pay_later(struct model_machine *machine, struct model_cpu *cpu);
/* What was spent here since the last hand-over is for whom that CPU, which idles, runs next. */
void model_pay_there(struct model_machine *machine, struct model_cpu *to);
void model_pay(struct model_machine *machine, struct model_cpu *cpu, struct model_flow *flow);
void model_bill_trace(struct model_machine *machine, enum slip_trace point, uint64_t a, uint64_t b);
void model_flow_gone(struct model_machine *machine, struct model_flow *flow);
void model_bill_fini(struct model_machine *machine);
const struct sim_bills *model_bills(struct sim_machine *context);
extern const struct sim_activity_ops model_activity;

/* ---- model_event.c ---- */

void model_trace(void *context, uint32_t cpu, enum slip_trace point, uint64_t a, uint64_t b);
void model_no_progress(struct model_machine *machine);

/* One thing happened; ends a run in which nobody's time goes on. */
static inline void model_tick(struct model_machine *machine, uint64_t time)
{
    if (time > machine->progress) {
        machine->progress = time;
        machine->quiet = 0;
    } else if (__builtin_expect(++machine->quiet > MODEL_QUIET_MAX, 0)) {
        model_no_progress(machine);
    }
}

#endif
