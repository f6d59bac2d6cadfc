#include "sim/machine/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names: what was waited for -------------------------------------------------------------- */

static uint32_t chain_of(const char *name)
{
    uint32_t hash = 2166136261U;
    for (; *name != 0; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619U;
    return hash % MODEL_CHAINS;
}

/* Locks of one name are told as one, so there are as many records as names. */
static uint32_t find_record(struct model_machine *machine, const char *name)
{
    uint32_t chain = chain_of(name);
    for (uint32_t i = machine->lock_chain[chain]; i != 0; i = machine->locks[i - 1].next)
        if (strcmp(machine->locks[i - 1].lock.name, name) == 0)
            return i;
    if (machine->lock_count == machine->lock_room) {
        uint32_t room = machine->lock_room == 0 ? 64 : machine->lock_room * 2;
        struct model_lock *grown = realloc(machine->locks, room * sizeof *grown);
        if (grown == NULL)
            abort(); /* the host has no memory for a few kilobytes */
        machine->locks = grown;
        machine->lock_room = room;
    }
    struct model_lock *made = &machine->locks[machine->lock_count++];
    memset(made, 0, sizeof *made);
    memcpy(made->lock.name, name, strlen(name) + 1);
    made->next = machine->lock_chain[chain];
    machine->lock_chain[chain] = machine->lock_count;
    return machine->lock_count;
}

/* "endpoint files", "run queue 3", "thread of server", "kernel". */
static void name_line(struct model_machine *machine, const struct slip_line *line, char *name,
                      size_t bytes)
{
    struct k_line_info info;
    k_line_info(machine->machine.kernel, line, &info);
    const char *known = sim_name_find(&machine->names, info.number);
    if (strcmp(info.what, "endpoint") == 0 && known != NULL)
        snprintf(name, bytes, "%s %s", info.what, known);
    else if (info.process[0] != 0)
        snprintf(name, bytes, "%s of %s", info.what, info.process);
    else if (strcmp(info.what, "run queue") == 0 || strcmp(info.what, "timers") == 0)
        snprintf(name, bytes, "%s %llu", info.what, (unsigned long long)info.number);
    else
        snprintf(name, bytes, "%s", info.what);
}

static struct sim_bill_lock *record_of(struct model_machine *machine, struct slip_line *line)
{
    if (line->record == 0) {
        char name[sizeof machine->locks->lock.name];
        name_line(machine, line, name, sizeof name);
        line->record = find_record(machine, name);
    }
    return &machine->locks[line->record - 1].lock;
}

/* ---- moving and waiting ----------------------------------------------------------------------- */

/* The current CPU gets the line from whoever had it last. */
static void move(struct model_machine *machine, struct slip_line *line)
{
    struct model_cpu *cpu = model_now(machine);
    enum sim_cost_name name = SIM_COST_line_local;
    if (line->cpu != 0 && line->cpu != machine->current + 1) {
        name = sim_shape_distance(machine->cpus[line->cpu - 1].where, cpu->where);
        struct sim_bill_lock *record = record_of(machine, line);
        record->moves++;
        record->move_ps += machine->machine_ps[name];
    }
    line->cpu = machine->current + 1;
    model_spend(machine, SLIP_COST_COUNT + name, machine->machine_ps[name]);
}

static void waited(struct model_machine *machine, struct slip_line *line, uint64_t since)
{
    struct model_cpu *cpu = model_now(machine);
    if (cpu->time == since)
        return;
    struct sim_bill_lock *record = record_of(machine, line);
    record->waits++;
    record->wait_ps += cpu->time - since;
    model_note(machine, cpu, SIM_BILL_lock_wait, cpu->time - since);
}

static void join_queue(struct model_machine *machine, struct slip_line *line)
{
    uint32_t me = machine->current + 1;
    model_now(machine)->lock_next = 0;
    if (line->last != 0)
        machine->cpus[line->last - 1].lock_next = me;
    else
        line->first = me;
    line->last = me;
}

/* While a lock is held, its `free_at` is MODEL_NEVER; behind that, it is when it was let go. */
static __attribute__((noinline)) void wait_more(struct model_machine *machine,
                                                struct slip_line *lock)
{
    model_point(machine);
    struct model_cpu *cpu = model_now(machine);
    uint64_t since = cpu->time;
    if (lock->free_at == MODEL_NEVER) {
        join_queue(machine, lock);
        model_park(machine); /* whoever lets it go hands it over */
        waited(machine, lock, since);
        move(machine, lock);
        return;
    }
    int late = lock->free_at > since; /* let go by a CPU that is ahead of this one */
    if (late)
        cpu->time = lock->free_at;
    lock->free_at = MODEL_NEVER;
    waited(machine, lock, since);
    move(machine, lock);
    if (late)
        model_point(machine); /* what others do until then comes first */
}

void model_lock_wait(void *context, uint32_t index, struct slip_line *lock)
{
    struct model_machine *machine = context;
    struct model_cpu *cpu = machine->here;
    if (__builtin_expect(cpu == NULL, 0))
        return;
    if ((machine->heap_count != 0 && machine->heap[0].time <= cpu->time) ||
        lock->cpu != index + 1 || lock->free_at > cpu->time) {
        wait_more(machine, lock);
        return;
    }
    uint64_t ps = machine->machine_ps[SIM_COST_line_local]; /* as most are: nobody else's */
    lock->free_at = MODEL_NEVER;
    cpu->time += ps;
    if (machine->operation_count != 0)
        model_note(machine, cpu, SLIP_COST_COUNT + SIM_COST_line_local, ps);
}

void model_lock_pass(void *context, uint32_t index, struct slip_line *lock)
{
    (void)index;
    struct model_machine *machine = context;
    const struct model_cpu *cpu = machine->here;
    if (__builtin_expect(cpu == NULL, 0))
        return;
    if (lock->first == 0) {
        lock->free_at = cpu->time;
        return;
    }
    uint32_t next = lock->first - 1;
    lock->first = machine->cpus[next].lock_next;
    if (lock->first == 0)
        lock->last = 0;
    model_unpark(machine, next, cpu->time);
}

/* A hot line is where it was touched last, for reading as for writing; who comes while it is on its
 * way to somebody else waits for that. */
void model_line(void *context, uint32_t index, struct slip_line *line, enum slip_line_use use)
{
    (void)use;
    struct model_machine *machine = context;
    struct model_cpu *cpu = machine->here;
    if (cpu == NULL || line->cpu == index + 1)
        return;
    model_point(machine);
    if (line->free_at != MODEL_NEVER && line->free_at > cpu->time) {
        uint64_t since = cpu->time;
        cpu->time = line->free_at;
        waited(machine, line, since);
    }
    move(machine, line);
    if (line->free_at != MODEL_NEVER)
        line->free_at = cpu->time;
}
