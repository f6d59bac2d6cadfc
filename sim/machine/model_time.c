#include "sim/machine/model.h"

#include <stdlib.h>
#include "sim/machine/futex.h"

#define TIES_MAX 32U /* points at the time of others that a CPU passes before they go first */

/* ---- the heap: CPUs that can go on, and when ------------------------------------------------ */

static int before(const struct model_slot *a, const struct model_slot *b)
{
    return a->time != b->time ? a->time < b->time : a->order < b->order;
}

static uint32_t cpu_of(const struct model_slot *slot)
{
    return (uint32_t)slot->order & (K_CPUS_MAX - 1);
}

static struct model_slot slot_for(struct model_machine *machine, uint32_t cpu, uint64_t time)
{
    return (struct model_slot){time, machine->sequence++ << MODEL_CPU_BITS | cpu};
}

static void settle(struct model_machine *machine, uint32_t place, struct model_slot slot)
{
    machine->heap[place] = slot;
    machine->places[cpu_of(&slot)] = place + 1;
}

static void sift_up(struct model_machine *machine, uint32_t place, struct model_slot slot)
{
    while (place > 0) {
        uint32_t parent = (place - 1) / 4;
        if (!before(&slot, &machine->heap[parent]))
            break;
        settle(machine, place, machine->heap[parent]);
        place = parent;
    }
    settle(machine, place, slot);
}

static void sift_down(struct model_machine *machine, uint32_t place, struct model_slot slot)
{
    for (;;) {
        uint32_t first = place * 4 + 1, best = first;
        if (first >= machine->heap_count)
            break;
        uint32_t end = first + 4 < machine->heap_count ? first + 4 : machine->heap_count;
        for (uint32_t i = first + 1; i < end; i++)
            if (before(&machine->heap[i], &machine->heap[best]))
                best = i;
        if (!before(&machine->heap[best], &slot))
            break;
        settle(machine, place, machine->heap[best]);
        place = best;
    }
    settle(machine, place, slot);
}

static void push(struct model_machine *machine, uint32_t cpu, uint64_t time)
{
    sift_up(machine, machine->heap_count++, slot_for(machine, cpu, time));
}

static void take_out(struct model_machine *machine, uint32_t cpu)
{
    uint32_t place = machine->places[cpu];
    if (place == 0)
        return;
    machine->places[cpu] = 0;
    struct model_slot last = machine->heap[--machine->heap_count];
    if (cpu_of(&last) == cpu)
        return;
    if (place > 1 && before(&last, &machine->heap[(place - 2) / 4]))
        sift_up(machine, place - 1, last);
    else
        sift_down(machine, place - 1, last);
}

int model_heap_init(struct model_machine *machine)
{
    machine->heap = calloc(machine->machine.cpus, sizeof *machine->heap);
    machine->places = calloc(machine->machine.cpus, sizeof *machine->places);
    if (machine->heap == NULL || machine->places == NULL)
        return -1;
    for (uint32_t i = 1; i < machine->machine.cpus; i++)
        push(machine, i, 0);
    return 0;
}

/* ---- going on somewhere else ---------------------------------------------------------------- */

void model_jump(struct sim_context *from, struct model_flow *to)
{
    sim_flow_now = &to->fiber.flow;
    sim_context_switch(from, &to->fiber.context);
}

_Noreturn void model_end(struct model_machine *machine, int why)
{
    struct sim_context *here = &model_now(machine)->flow->fiber.context;
    machine->ended = why;
    sim_flow_now = machine->outer;
    sim_context_switch(here, &machine->host);
    __builtin_trap(); /* nobody switches back to a run that is over */
}

/* The heap's first goes on; the current CPU is where it belongs. */
static void go_on(struct model_machine *machine)
{
    struct model_slot first = machine->heap[0];
    uint32_t index = cpu_of(&first);
    struct model_cpu *here = model_now(machine), *next = &machine->cpus[index];
    take_out(machine, index);
    if (next->time < first.time)
        next->time = first.time;
    next->ties = 0;
    if (next == here)
        return;
    machine->current = index;
    machine->here = next;
    model_jump(&here->flow->fiber.context, next->flow);
}

static void look_outside(struct model_machine *machine)
{
    uint32_t posts = atomic_load_explicit(&machine->posts, memory_order_acquire);
    if (posts == machine->posts_seen)
        return;
    machine->posts_seen = posts;
    uint64_t now = machine->heap_count > 0 ? machine->heap[0].time : model_now(machine)->time;
    for (uint32_t i = 0; i < machine->machine.cpus; i++) {
        struct model_cpu *cpu = &machine->cpus[i];
        if (!sim_cpu_pending(&cpu->cpu) ||
            (cpu->state != MODEL_IDLE && cpu->state != MODEL_COMPUTING))
            continue;
        take_out(machine, i);
        push(machine, i, cpu->time > now ? cpu->time : now);
    }
}

void model_point(struct model_machine *machine)
{
    if (machine->heap_count == 0 || !machine->inside)
        return;
    struct model_cpu *cpu = model_now(machine);
    uint64_t first = machine->heap[0].time;
    if (first > cpu->time || (first == cpu->time && ++cpu->ties < TIES_MAX))
        return;
    look_outside(machine);
    struct model_slot next = machine->heap[0];
    uint32_t index = cpu_of(&next);
    machine->places[index] = 0;
    sift_down(machine, 0, slot_for(machine, machine->current, cpu->time));
    struct model_cpu *other = &machine->cpus[index];
    if (other->time < next.time)
        other->time = next.time;
    other->ties = 0;
    machine->current = index;
    machine->here = other;
    model_jump(&cpu->flow->fiber.context, other->flow);
}

/* The current CPU is in no heap: somebody else goes on, and who waits for what is told if nobody
 * can. */
static void go_elsewhere(struct model_machine *machine)
{
    look_outside(machine);
    while (machine->heap_count == 0) {
        uint32_t posts = atomic_load_explicit(&machine->posts, memory_order_acquire);
        if (posts == machine->posts_seen) {
            if (atomic_load_explicit(&machine->expected, memory_order_seq_cst) == 0)
                model_end(machine, 1);
            sim_futex_wait(&machine->posts, posts, NULL);
        }
        look_outside(machine);
    }
    go_on(machine);
}

void model_park(struct model_machine *machine)
{
    model_now(machine)->state = MODEL_LOCKED;
    go_elsewhere(machine);
}

void model_unpark(struct model_machine *machine, uint32_t index, uint64_t time)
{
    machine->cpus[index].state = MODEL_RUNNING;
    push(machine, index, time);
}

_Noreturn void model_stopped(struct model_machine *machine)
{
    model_now(machine)->state = MODEL_STOPPED;
    if (++machine->stopped == machine->machine.cpus)
        model_end(machine, 0);
    go_elsewhere(machine);
    __builtin_trap(); /* a CPU that stopped is in no heap */
}

/* ---- what comes to a CPU -------------------------------------------------------------------- */

static int arrives_before(const struct model_arrival *a, const struct model_arrival *b)
{
    return a->at != b->at ? a->at < b->at : a->sequence < b->sequence;
}

static void arrival_push(struct model_cpu *cpu, struct model_arrival arrival)
{
    if (cpu->arrival_count == cpu->arrival_room) {
        uint32_t room = cpu->arrival_room == 0 ? 16 : cpu->arrival_room * 2;
        struct model_arrival *grown = realloc(cpu->arrivals, room * sizeof *grown);
        if (grown == NULL)
            abort(); /* the host has no memory for a few hundred bytes */
        cpu->arrivals = grown;
        cpu->arrival_room = room;
    }
    uint32_t place = cpu->arrival_count++;
    for (; place > 0 && arrives_before(&arrival, &cpu->arrivals[(place - 1) / 2]);
         place = (place - 1) / 2)
        cpu->arrivals[place] = cpu->arrivals[(place - 1) / 2];
    cpu->arrivals[place] = arrival;
}

static struct sim_inbox_item *arrival_pop(struct model_cpu *cpu)
{
    struct sim_inbox_item *item = cpu->arrivals[0].item;
    struct model_arrival last = cpu->arrivals[--cpu->arrival_count];
    uint32_t place = 0;
    for (uint32_t next; (next = place * 2 + 1) < cpu->arrival_count; place = next) {
        if (next + 1 < cpu->arrival_count &&
            arrives_before(&cpu->arrivals[next + 1], &cpu->arrivals[next]))
            next++;
        if (!arrives_before(&cpu->arrivals[next], &last))
            break;
        cpu->arrivals[place] = cpu->arrivals[next];
    }
    cpu->arrivals[place] = last;
    return item;
}

static uint64_t deadline_of(const struct model_cpu *cpu)
{
    slip_time_t deadline = sim_cpu_deadline(&cpu->cpu);
    return deadline >= MODEL_NEVER / MODEL_NS ? MODEL_NEVER : deadline * MODEL_NS;
}

/* When something comes to a CPU by itself. */
static uint64_t next_arrival(const struct model_cpu *cpu)
{
    uint64_t next = deadline_of(cpu);
    if (cpu->kick_at < next)
        next = cpu->kick_at;
    if (cpu->arrival_count > 0 && cpu->arrivals[0].at < next)
        next = cpu->arrivals[0].at;
    return next;
}

/* A CPU that waits may have to go on earlier than it is in the heap for. */
static void bring_forward(struct model_machine *machine, uint32_t index)
{
    struct model_cpu *cpu = &machine->cpus[index];
    if (cpu->state != MODEL_IDLE && cpu->state != MODEL_COMPUTING)
        return;
    uint64_t next = next_arrival(cpu);
    if (cpu->state == MODEL_COMPUTING && cpu->until < next)
        next = cpu->until;
    if (next < cpu->time)
        next = cpu->time;
    uint32_t place = machine->places[index];
    if (place != 0 && machine->heap[place - 1].time <= next)
        return;
    take_out(machine, index);
    if (next != MODEL_NEVER)
        push(machine, index, next);
}

static void call(struct model_machine *machine, struct sim_inbox_item *item)
{
    item->call(item, machine->machine.kernel, machine->current);
}

/* Where interrupts find a CPU: the kernel's own pages are switched in for them, or are there. */
enum found { IN_PROGRAM, IN_KERNEL };

/* An interrupt comes, and goes. */
static void pass_gates(struct model_machine *machine, enum found found)
{
    uint64_t ps = machine->gate_ps[SLIP_COST_entry] + machine->gate_ps[SLIP_COST_exit];
    if (found == IN_PROGRAM && ps != 0)
        model_spend(machine, SLIP_COST_COUNT + SIM_COST_isolation, ps);
}

static int poll(struct model_machine *machine, struct model_cpu *cpu, enum found found)
{
    struct sim_machine *context = &machine->machine;
    struct sim_cpu *which = &cpu->cpu;
    int made = 0;
    if (sim_cpu_pending(which)) /* from outside: called as on every other machine */
        made = sim_cpu_poll(context, which);
    while (cpu->arrival_count > 0 && cpu->arrivals[0].at <= cpu->time) {
        model_point(machine); /* a device hands over what others may look for */
        pass_gates(machine, found);
        call(machine, arrival_pop(cpu));
        made = 1;
    }
    if (cpu->kick_at <= cpu->time) {
        cpu->kick_at = MODEL_NEVER;
        made = 1;
        if (cpu->kick_place != 0) {
            if (cpu->payer == NULL) /* it idled: who is woken pays for the way */
                model_note(machine, cpu, cpu->kick_place, cpu->kick_ps);
            pass_gates(machine, found);
            k_kernel_kicked(context->kernel, which->index);
        }
    }
    if (deadline_of(cpu) <= cpu->time) {
        atomic_store_explicit(&which->deadline, SLIP_NEVER, memory_order_relaxed);
        pass_gates(machine, found);
        k_kernel_timer(context->kernel, which->index);
        made = 1;
    }
    return made;
}

/* What poll looks for, without a call, since that is at nearly every trap. */
static inline int nothing_is_due(const struct model_cpu *cpu)
{
    return !sim_cpu_pending(&cpu->cpu) && cpu->kick_at > cpu->time &&
           (cpu->arrival_count == 0 || cpu->arrivals[0].at > cpu->time) &&
           (sim_cpu_deadline(&cpu->cpu) == SLIP_NEVER || deadline_of(cpu) > cpu->time);
}

/* Programs may share memory, and ask again and again until it changes: a trap is a point, too. */
int model_trap(struct sim_machine *context, struct sim_cpu *which)
{
    (void)which;
    struct model_machine *machine = (struct model_machine *)context;
    if (machine->heap_count != 0)
        model_point(machine);
    struct model_cpu *cpu = model_now(machine);
    return nothing_is_due(cpu) ? 0 : poll(machine, cpu, IN_PROGRAM);
}

/* ---- the contract's entries ----------------------------------------------------------------- */

slip_time_t model_clock(void *context)
{
    struct model_machine *machine = context;
    return model_now(machine)->time / MODEL_NS;
}

void model_timer_arm(void *context, uint32_t index, slip_time_t deadline)
{
    struct model_machine *machine = context;
    atomic_store_explicit(&machine->cpus[index].cpu.deadline, deadline, memory_order_relaxed);
}

static void wait_here(struct model_machine *machine, enum model_state state)
{
    model_now(machine)->state = state;
    bring_forward(machine, machine->current);
    go_elsewhere(machine);
    model_now(machine)->state = MODEL_RUNNING;
}

void model_idle(void *context, uint32_t index)
{
    struct model_machine *machine = context;
    struct model_cpu *cpu = &machine->cpus[index];
    model_pay_later(machine, cpu);
    if (poll(machine, cpu, IN_KERNEL))
        return;
    wait_here(machine, MODEL_IDLE);
    poll(machine, cpu, IN_KERNEL);
}

slip_time_t model_compute(void *context, uint32_t index, slip_time_t duration)
{
    struct model_machine *machine = context;
    struct model_cpu *cpu = &machine->cpus[index];
    struct model_flow *flow = cpu->flow;
    uint64_t start = cpu->time, most = (MODEL_NEVER - start) / MODEL_NS;
    cpu->until = duration >= most ? MODEL_NEVER : start + duration * MODEL_NS - flow->rest;
    for (;;) {
        uint64_t before = cpu->time;
        poll(machine, cpu, IN_PROGRAM);
        cpu->until += cpu->until == MODEL_NEVER ? 0 : cpu->time - before; /* interrupts took it */
        start += cpu->time - before;
        if (cpu->time >= cpu->until || k_kernel_preempting(machine->machine.kernel, index))
            break;
        before = cpu->time;
        wait_here(machine, MODEL_COMPUTING);
        model_note(machine, cpu, SIM_BILL_service, cpu->time - before);
    }
    uint64_t spent = cpu->time - start + flow->rest;
    if (spent / MODEL_NS >= duration) {
        flow->rest = 0;
        return duration;
    }
    flow->rest = spent % MODEL_NS;
    return spent / MODEL_NS;
}

/* How long a kick is on its way; *place: what it is billed as, 0 for a CPU that polls. */
static uint64_t flight(struct model_machine *machine, const struct model_cpu *to, uint32_t *place)
{
    const struct model_cpu *here = model_now(machine);
    *place = 0;
    if (machine->poll && to->state == MODEL_IDLE)
        return 0;
    enum sim_cost_name name =
        here->where.socket == to->where.socket ? SIM_COST_ipi_near : SIM_COST_ipi_far;
    *place = SLIP_COST_COUNT + name;
    return here == to ? 0 : machine->machine_ps[name];
}

static int called_inside(const struct model_machine *machine)
{
    return sim_flow_now != NULL && sim_flow_now->machine == &machine->machine;
}

static void tell_outside(struct model_machine *machine, uint32_t index, unsigned what)
{
    atomic_fetch_or_explicit(&machine->cpus[index].cpu.word, what, memory_order_release);
    atomic_fetch_add_explicit(&machine->posts, 1, memory_order_seq_cst);
    sim_futex_wake(&machine->posts, 1);
}

void model_kick(void *context, uint32_t index)
{
    struct model_machine *machine = context;
    struct model_cpu *to = &machine->cpus[index];
    if (!called_inside(machine)) {
        tell_outside(machine, index, SIM_CPU_KICK);
        return;
    }
    model_point(machine);
    uint32_t place;
    uint64_t ps = flight(machine, to, &place), at = model_now(machine)->time + ps;
    if (at >= to->kick_at)
        return;
    if (to->kick_at == MODEL_NEVER)
        model_pay_there(machine, to);
    to->kick_at = at;
    to->kick_ps = ps;
    to->kick_place = place;
    bring_forward(machine, index);
}

void model_relax(void *context)
{
    struct model_machine *machine = context;
    if (!machine->inside)
        return;
    model_tick(machine, model_now(machine)->time);
    model_now(machine)->time += MODEL_NS;
    model_point(machine);
}

void model_post_at(struct sim_machine *context, uint32_t index, struct sim_inbox_item *item,
                   slip_time_t at)
{
    struct model_machine *machine = (struct model_machine *)context;
    uint64_t now = model_now(machine)->time;
    uint64_t ps = at >= MODEL_NEVER / MODEL_NS ? MODEL_NEVER - 1 : at * MODEL_NS;
    struct model_arrival arrival = {ps > now ? ps : now, machine->sequence++, item};
    arrival_push(&machine->cpus[index], arrival);
    bring_forward(machine, index);
}

void model_post(struct sim_machine *context, uint32_t index, struct sim_inbox_item *item)
{
    struct model_machine *machine = (struct model_machine *)context;
    if (called_inside(machine)) {
        model_post_at(context, index, item, 0);
        return;
    }
    sim_cpu_push(&machine->cpus[index].cpu, item);
    tell_outside(machine, index, SIM_CPU_INBOX);
}

void model_expect(struct sim_machine *context, int count)
{
    struct model_machine *machine = (struct model_machine *)context;
    atomic_fetch_add_explicit(&machine->expected, count, memory_order_seq_cst);
    if (called_inside(machine))
        return;
    atomic_fetch_add_explicit(&machine->posts, 1, memory_order_seq_cst);
    sim_futex_wake(&machine->posts, 1);
}
