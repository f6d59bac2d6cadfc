#include "sim/machine/scripted.h"

#include <stdlib.h>
#include "sim/machine/futex.h"
#include "sim/machine/say.h"

/* So many turns without a step of anybody: the kernel waits for itself. */
#define WATCH_STEPS 6U /* of a CPU that idles, before it sleeps */
#define SPINS_MAX ((uint64_t)1 << 22)

static struct scripted_machine *machine_of(void *context)
{
    return context;
}

/* ---- lists --------------------------------------------------------------------------------- */

static struct scripted_list *list_of(struct scripted_machine *machine, enum scripted_state state)
{
    switch (state) {
    case SCRIPTED_RUNNING:
        return &machine->running;
    case SCRIPTED_RELAXED:
        return &machine->relaxed;
    case SCRIPTED_IDLE:
    case SCRIPTED_COMPUTING:
    case SCRIPTED_STOPPED:
        break;
    }
    return NULL;
}

static void enter(struct scripted_machine *machine, uint32_t index, enum scripted_state state)
{
    struct scripted_cpu *cpu = &machine->cpus[index];
    struct scripted_list *old = list_of(machine, cpu->state), *list = list_of(machine, state);
    if (old != NULL) {
        uint32_t last = old->cpu[--old->count];
        old->cpu[cpu->place] = last;
        machine->cpus[last].place = cpu->place;
    }
    if (list != NULL) {
        cpu->place = list->count;
        list->cpu[list->count++] = index;
    }
    cpu->state = state;
}

static void resume_relaxed(struct scripted_machine *machine)
{
    while (machine->relaxed.count > 0)
        enter(machine, machine->relaxed.cpu[machine->relaxed.count - 1], SCRIPTED_RUNNING);
}

/* ---- events -------------------------------------------------------------------------------- */

static int waits(const struct scripted_cpu *cpu)
{
    return cpu->state == SCRIPTED_IDLE || cpu->state == SCRIPTED_COMPUTING;
}

/* When a CPU that waits goes on by itself. */
static slip_time_t due_at(const struct scripted_cpu *cpu)
{
    slip_time_t deadline = sim_cpu_deadline(&cpu->cpu);
    return cpu->state == SCRIPTED_COMPUTING && cpu->until < deadline ? cpu->until : deadline;
}

/* Lets all go on whose time has come, or that were told of something. */
static void resume_due(struct scripted_machine *machine)
{
    machine->next_due = SLIP_NEVER;
    for (uint32_t i = 0; i < machine->machine.cpus; i++) {
        struct scripted_cpu *cpu = &machine->cpus[i];
        if (!waits(cpu))
            continue;
        if (sim_cpu_pending(&cpu->cpu) || due_at(cpu) <= machine->clock)
            enter(machine, i, SCRIPTED_RUNNING);
        else if (due_at(cpu) < machine->next_due)
            machine->next_due = due_at(cpu);
    }
}

static void look_outside(struct scripted_machine *machine)
{
    uint32_t posts = atomic_load_explicit(&machine->posts, memory_order_acquire);
    if (posts == machine->posts_seen && machine->clock < machine->next_due)
        return;
    machine->posts_seen = posts;
    resume_due(machine);
}

/* ---- the choice ---------------------------------------------------------------------------- */

/* splitmix64 */
static uint64_t draw(struct scripted_machine *machine)
{
    uint64_t z = machine->random += 0x9e3779b97f4a7c15U;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;
    return z ^ z >> 31;
}

static uint32_t ask(struct scripted_machine *machine)
{
    uint64_t runnable = 0;
    for (uint32_t i = 0; i < machine->running.count; i++)
        runnable |= (uint64_t)1 << machine->running.cpu[i];
    uint32_t picked =
        machine->choice->pick(machine->choice->argument, runnable, machine->current, machine->step);
    if (runnable != 0 && (picked >= 64 || (runnable >> picked & 1) == 0)) {
        sim_say("slipway: machine scripted: CPU %u was picked at step %llu, but only those of the "
                "set %#llx can go on\n",
                picked, (unsigned long long)machine->step, (unsigned long long)runnable);
        abort();
    }
    return picked;
}

static uint32_t pick(struct scripted_machine *machine)
{
    if (machine->choice != NULL)
        return ask(machine);
    if (machine->running.count == 1)
        return machine->running.cpu[0];
    uint64_t random = draw(machine);
    if (machine->cpus[machine->current].state == SCRIPTED_RUNNING &&
        (random >> 32 & ((1U << machine->stickiness) - 1)) != 0)
        return machine->current;
    return machine->running.cpu[(uint32_t)random % machine->running.count];
}

void scripted_jump(struct sim_context *from, struct sim_fiber *to)
{
    sim_flow_now = &to->flow;
    sim_context_switch(from, &to->context);
}

static void go(struct scripted_machine *machine, uint32_t next)
{
    struct scripted_cpu *here = &machine->cpus[machine->current];
    if (next == machine->current)
        return;
    machine->current = next;
    scripted_jump(&here->flow->context, machine->cpus[next].flow);
}

static _Noreturn void end_run(struct scripted_machine *machine)
{
    struct sim_context *here = &machine->cpus[machine->current].flow->context;
    sim_flow_now = machine->outer;
    sim_context_switch(here, &machine->host);
    __builtin_trap(); /* nobody switches back to a run that is over */
}

/* ---- hooks --------------------------------------------------------------------------------- */

/* One step of the current CPU; then some CPU, maybe the same, makes the next one. */
static void step(struct scripted_machine *machine)
{
    if (!machine->inside)
        return;
    machine->clock++;
    machine->step++;
    machine->spins = 0;
    resume_relaxed(machine);
    look_outside(machine);
    go(machine, pick(machine));
}

void scripted_charge(void *context, uint32_t cpu, enum slip_cost cost, uint64_t amount)
{
    (void)cpu;
    (void)cost;
    (void)amount;
    step(context);
}

void scripted_line(void *context, uint32_t cpu, struct slip_line *line, enum slip_line_use use)
{
    (void)cpu;
    (void)line;
    (void)use;
    step(context);
}

void scripted_lock_wait(void *context, uint32_t cpu, struct slip_line *lock)
{
    (void)cpu;
    (void)lock;
    step(context);
}

void scripted_lock_pass(void *context, uint32_t cpu, struct slip_line *lock)
{
    (void)cpu;
    (void)lock;
    step(context);
}

void scripted_trace(void *context, uint32_t cpu, enum slip_trace point, uint64_t a, uint64_t b)
{
    (void)cpu;
    (void)point;
    (void)a;
    (void)b;
    step(context);
}

void scripted_relax(void *context)
{
    struct scripted_machine *machine = context;
    if (!machine->inside)
        return;
    machine->clock++;
    machine->step++;
    if (++machine->spins > SPINS_MAX) {
        sim_say("slipway: machine scripted: every CPU that is not idle spins, CPU %u for one\n",
                machine->current);
        abort();
    }
    look_outside(machine);
    enter(machine, machine->current, SCRIPTED_RELAXED);
    if (machine->running.count == 0)
        resume_relaxed(machine);
    go(machine, pick(machine));
}

/* ---- waiting ------------------------------------------------------------------------------- */

/* No CPU can go on now: what will be next? 0 if nothing. */
static int wait_for_event(struct scripted_machine *machine)
{
    resume_relaxed(machine);
    if (machine->running.count > 0)
        return 1;
    if (machine->next_due != SLIP_NEVER) {
        if (machine->clock < machine->next_due)
            machine->clock = machine->next_due;
        resume_due(machine);
        return 1;
    }
    if (machine->choice != NULL)
        ask(machine);
    uint32_t posts = atomic_load_explicit(&machine->posts, memory_order_acquire);
    if (machine->running.count == 0 && posts == machine->posts_seen) {
        if (atomic_load_explicit(&machine->expected, memory_order_seq_cst) == 0)
            return 0;
        sim_futex_wait(&machine->posts, posts, NULL);
    }
    look_outside(machine);
    return 1;
}

/* The current CPU cannot go on: another one does, until this one can. Does not return to a CPU that
 * stopped. */
static void go_elsewhere(struct scripted_machine *machine)
{
    look_outside(machine);
    while (machine->running.count == 0)
        if (!wait_for_event(machine)) {
            machine->hung = 1;
            end_run(machine);
        }
    machine->step++;
    go(machine, pick(machine));
}

static void wait_here(struct scripted_machine *machine, uint32_t index, enum scripted_state state)
{
    enter(machine, index, state);
    slip_time_t due = due_at(&machine->cpus[index]);
    if (due < machine->next_due)
        machine->next_due = due;
    go_elsewhere(machine);
}

void scripted_idle(void *context, uint32_t index)
{
    struct scripted_machine *machine = context;
    struct scripted_cpu *cpu = &machine->cpus[index];
    machine->spins = 0;
    if (sim_cpu_poll(&machine->machine, &cpu->cpu))
        return;
    resume_relaxed(machine);
    wait_here(machine, index, SCRIPTED_IDLE);
    sim_cpu_poll(&machine->machine, &cpu->cpu);
}

/* A few steps, at each of which another CPU may hand this one what it watches for. */
int scripted_watch(void *context, uint32_t index, const _Atomic uint32_t *word, uint32_t value)
{
    struct scripted_machine *machine = context;
    struct scripted_cpu *cpu = &machine->cpus[index];
    if (machine->machine.cpus == 1)
        return 0;
    for (uint32_t i = 0; i < WATCH_STEPS; i++) {
        if (atomic_load_explicit(word, memory_order_relaxed) != value ||
            sim_cpu_poll(&machine->machine, &cpu->cpu))
            return 1;
        step(machine);
    }
    return 0;
}

slip_time_t scripted_compute(void *context, uint32_t index, slip_time_t duration)
{
    struct scripted_machine *machine = context;
    struct scripted_cpu *cpu = &machine->cpus[index];
    slip_time_t start = machine->clock;
    cpu->until = duration > SLIP_NEVER - start ? SLIP_NEVER : start + duration;
    for (;;) {
        sim_cpu_poll(&machine->machine, &cpu->cpu);
        if (machine->clock >= cpu->until || k_kernel_preempting(machine->machine.kernel, index))
            break;
        resume_relaxed(machine);
        wait_here(machine, index, SCRIPTED_COMPUTING);
    }
    return machine->clock - start < duration ? machine->clock - start : duration;
}

_Noreturn void scripted_stopped(struct scripted_machine *machine)
{
    enter(machine, machine->current, SCRIPTED_STOPPED);
    if (++machine->stopped == machine->machine.cpus)
        end_run(machine);
    resume_relaxed(machine);
    go_elsewhere(machine);
    __builtin_trap(); /* a CPU that stopped is never picked */
}

/* ---- from anywhere ------------------------------------------------------------------------- */

static int called_inside(const struct scripted_machine *machine)
{
    return sim_flow_now != NULL && sim_flow_now->machine == &machine->machine;
}

static void tell(struct scripted_machine *machine, uint32_t index, unsigned what)
{
    struct scripted_cpu *cpu = &machine->cpus[index];
    atomic_fetch_or_explicit(&cpu->cpu.word, what, memory_order_release);
    if (called_inside(machine)) {
        if (waits(cpu))
            enter(machine, index, SCRIPTED_RUNNING);
        return;
    }
    /* Another host thread, or before the run: the lists are not ours to touch. */
    atomic_fetch_add_explicit(&machine->posts, 1, memory_order_seq_cst);
    sim_futex_wake(&machine->posts, 1);
}

void scripted_kick(void *context, uint32_t index)
{
    tell(machine_of(context), index, SIM_CPU_KICK);
}

void scripted_post(struct sim_machine *context, uint32_t index, struct sim_inbox_item *item)
{
    struct scripted_machine *machine = machine_of(context);
    sim_cpu_push(&machine->cpus[index].cpu, item);
    tell(machine, index, SIM_CPU_INBOX);
}

void scripted_expect(struct sim_machine *context, int count)
{
    struct scripted_machine *machine = machine_of(context);
    atomic_fetch_add_explicit(&machine->expected, count, memory_order_seq_cst);
    if (called_inside(machine))
        return;
    atomic_fetch_add_explicit(&machine->posts, 1, memory_order_seq_cst);
    sim_futex_wake(&machine->posts, 1);
}
