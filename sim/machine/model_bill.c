#include "sim/machine/model.h"

#include <stdlib.h>
#include <string.h>

#define SAMPLE_MAX 16384U

/* ---- what is spent ---------------------------------------------------------------------------- */

/* What a CPU spends for nobody's operation is kept for a while: an operation that waits for that CPU
 * pays it by name when its turn comes, rather than calling all of it queueing. */
static void keep(struct model_cpu *cpu, uint32_t place, uint64_t end, uint64_t ps)
{
    struct model_spents *spents = &cpu->spent;
    struct model_spent *last =
        &spents->item[(spents->next + MODEL_SPENT_MAX - 1) % MODEL_SPENT_MAX];
    if (last->place == place && last->end == end - ps) {
        last->end = end;
        last->ps += ps;
        return;
    }
    spents->item[spents->next] = (struct model_spent){end, ps, place};
    spents->next = (spents->next + 1) % MODEL_SPENT_MAX;
}

/* The part of it that lies behind `since`. */
static uint64_t part_since(const struct model_spent *spent, uint64_t since)
{
    uint64_t behind = spent->end <= since ? 0 : spent->end - since;
    return behind < spent->ps ? behind : spent->ps;
}

void model_note(struct model_machine *machine, struct model_cpu *cpu, uint32_t place, uint64_t ps)
{
    if (ps == 0 || machine->operation_count == 0) /* nobody ever asked for a bill */
        return;
    if (cpu->payer == NULL || cpu->payer->operation == 0) {
        if (place != SIM_BILL_service) /* others' own work is no cost of anybody's waiting */
            keep(cpu, place, cpu->time, ps);
        return;
    }
    struct model_operation *operation = &machine->operations[cpu->payer->operation - 1];
    struct model_spent spent = {cpu->time, ps, place};
    operation->part[place] += part_since(&spent, operation->paid);
}

void model_spend(struct model_machine *machine, uint32_t place, uint64_t ps)
{
    struct model_cpu *cpu = model_now(machine);
    cpu->time += ps;
    model_note(machine, cpu, place, ps);
}

/* It pays for what this CPU did while it waited. */
static void catch_up(struct model_operation *operation, struct model_cpu *cpu)
{
    struct model_spent due[MODEL_SPENT_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < MODEL_SPENT_MAX; i++) {
        const struct model_spent *spent = &cpu->spent.item[i];
        if (spent->end <= operation->paid || spent->ps == 0)
            continue;
        uint32_t at = count++;
        for (; at > 0 && due[at - 1].end < spent->end; at--)
            due[at] = due[at - 1];
        due[at] = *spent;
    }
    /* From the latest on: what another CPU spent for this one's wake may overlap what this one did. */
    uint64_t limit = cpu->time;
    for (uint32_t i = 0; i < count && limit > operation->paid; i++) {
        uint64_t start = due[i].end - due[i].ps;
        uint64_t end = due[i].end < limit ? due[i].end : limit;
        if (start < operation->paid)
            start = operation->paid;
        if (end <= start)
            continue;
        operation->part[due[i].place] += end - start;
        limit = start;
    }
    if (cpu->time > operation->paid)
        operation->paid = cpu->time;
}

void model_pay_later(struct model_machine *machine, struct model_cpu *cpu)
{
    if (cpu->payer != NULL && cpu->payer->operation != 0) {
        struct model_operation *operation = &machine->operations[cpu->payer->operation - 1];
        if (cpu->time > operation->paid)
            operation->paid = cpu->time; /* until here; it may go on later */
    }
    cpu->payer = NULL;
}

void model_pay_there(struct model_machine *machine, struct model_cpu *to)
{
    const struct model_cpu *here = model_now(machine);
    if (to->payer != NULL || here == to || machine->operation_count == 0)
        return;
    for (uint32_t i = 0; i < MODEL_SPENT_MAX; i++) {
        const struct model_spent *spent = &here->spent.item[i];
        uint64_t ps = part_since(spent, here->handed);
        if (ps != 0)
            keep(to, spent->place, spent->end, ps);
    }
}

void model_pay(struct model_machine *machine, struct model_cpu *cpu, struct model_flow *flow)
{
    if (cpu->payer == NULL && flow->operation != 0)
        catch_up(&machine->operations[flow->operation - 1], cpu);
    cpu->payer = flow;
}

/* The rest of a charge that is billed, or of a gate into or out of the kernel. */
static __attribute__((noinline)) void
charge_more(struct model_machine *machine, struct model_cpu *cpu, enum slip_cost cost, uint64_t ps)
{
    model_note(machine, cpu, cost, ps);
    if (cost > SLIP_COST_exit)
        return;
    if (machine->gate_ps[cost] != 0)
        model_spend(machine, SLIP_COST_COUNT + SIM_COST_isolation, machine->gate_ps[cost]);
    if (cost == SLIP_COST_exit && cpu->payer != cpu->flow)
        model_pay(machine, cpu, cpu->flow);
}

/* A gate that costs no more than its charge, and leaves nobody else to pay. */
static inline int is_plain_gate(const struct model_machine *machine, const struct model_cpu *cpu,
                                enum slip_cost cost)
{
    return machine->gate_ps[cost] == 0 && (cost == SLIP_COST_entry || cpu->payer == cpu->flow);
}

void model_charge(void *context, uint32_t index, enum slip_cost cost, uint64_t amount)
{
    (void)index; /* the kernel runs nowhere else */
    struct model_machine *machine = context;
    struct model_cpu *cpu = machine->here;
    if (__builtin_expect(cpu == NULL, 0))
        return;
    if (cost == SLIP_COST_word)
        amount = amount > machine->costs->words_free ? amount - machine->costs->words_free : 0;
    uint64_t ps = machine->kernel_ps[cost] * amount;
    cpu->time += ps;
    if (cost <= SLIP_COST_exit) {
        machine->entries += cost == SLIP_COST_entry;
        if (machine->operation_count != 0 || !is_plain_gate(machine, cpu, cost))
            charge_more(machine, cpu, cost, ps);
    } else if (machine->operation_count != 0) {
        charge_more(machine, cpu, cost, ps);
    }
}

_Static_assert(SLIP_COST_entry == 0 && SLIP_COST_exit == 1, "the gates are the first two costs");

/* ---- operations ------------------------------------------------------------------------------- */

static uint64_t name_of(const struct model_machine *machine, uint32_t number)
{
    return (uint64_t)machine->operations[number - 1].generation << 32 | number;
}

/* The number of an operation that is under way, from its name; 0 if it is over. */
static uint32_t number_of(const struct model_machine *machine, uint64_t name)
{
    uint32_t number = (uint32_t)name;
    if (number == 0 || number > machine->operation_count)
        return 0;
    const struct model_operation *operation = &machine->operations[number - 1];
    return operation->live && operation->generation == name >> 32 ? number : 0;
}

static struct model_operation *new_operation(struct model_machine *machine, uint32_t *number)
{
    if (machine->operation_free != 0) {
        *number = machine->operation_free;
        machine->operation_free = machine->operations[*number - 1].next_free;
        return &machine->operations[*number - 1];
    }
    if (machine->operation_count == machine->operation_room) {
        uint32_t room = machine->operation_room == 0 ? 64 : machine->operation_room * 2;
        struct model_operation *grown = realloc(machine->operations, room * sizeof *grown);
        if (grown == NULL)
            return NULL;
        memset(grown + machine->operation_room, 0,
               (room - machine->operation_room) * sizeof *grown);
        machine->operations = grown;
        machine->operation_room = room;
    }
    *number = ++machine->operation_count;
    return &machine->operations[*number - 1];
}

/* Nobody works for it from now on, until somebody takes it. */
static void release(struct model_machine *machine, uint32_t number)
{
    struct model_operation *operation = &machine->operations[number - 1];
    struct model_cpu *cpu = model_now(machine);
    if (operation->owner != NULL)
        operation->owner->operation = 0;
    operation->owner = NULL;
    if (cpu->time > operation->paid)
        operation->paid = cpu->time;
    cpu->handed = cpu->time;
}

/* The flow works for it from now on. */
static void take(struct model_machine *machine, struct model_flow *flow, uint32_t number)
{
    struct model_operation *operation = &machine->operations[number - 1];
    struct model_cpu *cpu = model_now(machine);
    if (operation->owner == flow)
        return;
    if (operation->owner != NULL)
        release(machine, number);
    if (flow->operation != 0)
        release(machine, flow->operation);
    if (operation->device != 0) {
        operation->part[SIM_BILL_device] += operation->paid - operation->device;
        operation->device = 0;
    }
    flow->operation = number;
    operation->owner = flow;
    if (flow == cpu->flow)
        catch_up(operation, cpu);
    /* What this CPU does from here to the switch, or the kick, is for the one that was handed it. */
    cpu->payer = flow == cpu->flow ? flow : NULL;
}

/* ---- Little's law: what was under way, added up over time, is the sum of all times ------------ */

static void level_changes(struct model_machine *machine)
{
    uint64_t now = model_now(machine)->time;
    if (now < machine->changed)
        machine->disorder = 1;
    else
        machine->area += (unsigned __int128)(now - machine->changed) * machine->open;
    machine->changed = now;
}

/* ---- a bill ------------------------------------------------------------------------------------ */

static void sample(struct model_machine *machine, const struct sim_bill *bill)
{
    if (machine->sample == NULL) {
        machine->sample = calloc(SAMPLE_MAX, sizeof *machine->sample);
        machine->sample_stride = 1;
        if (machine->sample == NULL)
            return;
    }
    if ((machine->bills.requests - 1) % machine->sample_stride != 0)
        return;
    if (machine->sample_count == SAMPLE_MAX) {
        for (uint32_t i = 0; i < SAMPLE_MAX / 2; i++)
            machine->sample[i] = machine->sample[(size_t)i * 2];
        machine->sample_count = SAMPLE_MAX / 2;
        machine->sample_stride *= 2;
        if ((machine->bills.requests - 1) % machine->sample_stride != 0)
            return;
    }
    machine->sample[machine->sample_count++] = *bill;
}

static void settle(struct model_machine *machine, const struct model_operation *operation)
{
    struct sim_bill bill = {.total = model_now(machine)->time - operation->begun + operation->late};
    memcpy(bill.part, operation->part, sizeof bill.part);
    uint64_t named = 0;
    for (uint32_t i = 0; i < SIM_BILL_COUNT; i++)
        named += bill.part[i];
    if (named > bill.total)
        machine->disorder = 1; /* two paid for the same time */
    else
        bill.part[SIM_BILL_queueing] += bill.total - named;
    machine->bills.requests++;
    machine->bills.total += bill.total;
    for (uint32_t i = 0; i < SIM_BILL_COUNT; i++)
        machine->bills.sum[i] += bill.part[i];
    sample(machine, &bill);
}

/* ---- sim/activity.h ---------------------------------------------------------------------------- */

static uint64_t begin(struct sim_machine *context)
{
    struct model_machine *machine = (struct model_machine *)context;
    uint32_t number;
    model_point(machine);
    struct model_operation *operation = new_operation(machine, &number);
    if (operation == NULL)
        return 0;
    level_changes(machine);
    machine->open++;
    memset(operation->part, 0, sizeof operation->part);
    operation->generation++;
    operation->live = 1;
    operation->late = 0;
    operation->beginner = model_now(machine)->flow->thread;
    operation->device = 0;
    operation->owner = NULL;
    operation->begun = operation->paid = model_now(machine)->time;
    take(machine, model_now(machine)->flow, number);
    return name_of(machine, number);
}

static void late(struct sim_machine *context, uint64_t name, uint64_t ns)
{
    struct model_machine *machine = (struct model_machine *)context;
    uint32_t number = number_of(machine, name);
    if (number != 0)
        machine->operations[number - 1].late = ns * MODEL_NS;
}

static void end(struct sim_machine *context, uint64_t name, int measured)
{
    struct model_machine *machine = (struct model_machine *)context;
    model_point(machine);
    uint32_t number = number_of(machine, name);
    if (number == 0)
        return;
    struct model_operation *operation = &machine->operations[number - 1];
    level_changes(machine);
    machine->open--;
    machine->responses += model_now(machine)->time - operation->begun;
    release(machine, number);
    if (measured)
        settle(machine, operation);
    operation->live = 0;
    operation->next_free = machine->operation_free;
    machine->operation_free = number;
}

static uint64_t activity_now(struct sim_machine *context)
{
    struct model_machine *machine = (struct model_machine *)context;
    uint32_t number = model_now(machine)->flow->operation;
    return number == 0 ? 0 : name_of(machine, number);
}

static void resume(struct sim_machine *context, uint64_t name)
{
    struct model_machine *machine = (struct model_machine *)context;
    struct model_flow *flow = model_now(machine)->flow;
    uint32_t number = number_of(machine, name);
    if (number != 0)
        take(machine, flow, number);
    else if (flow->operation != 0)
        release(machine, flow->operation);
}

/* The first time it goes to the device; the second time, where the device says so, it is done. */
static void device(struct sim_machine *context, uint64_t name)
{
    struct model_machine *machine = (struct model_machine *)context;
    uint32_t number = number_of(machine, name);
    if (number == 0)
        return;
    struct model_operation *operation = &machine->operations[number - 1];
    release(machine, number);
    if (operation->device == 0)
        operation->device = model_now(machine)->time;
}

const struct sim_activity_ops model_activity = {.begin = begin,
                                                .late = late,
                                                .end = end,
                                                .now = activity_now,
                                                .resume = resume,
                                                .device = device};

/* ---- how an activity travels -------------------------------------------------------------------- */

static struct model_block *block_of(struct model_blocks *blocks, uint64_t index)
{
    static struct model_block none;
    if (index == UINT32_MAX) { /* an entry that has no block: an interrupt, an endpoint */
        none = (struct model_block){0};
        return &none;
    }
    if (index >= blocks->room) {
        uint64_t room = blocks->room == 0 ? 1024 : blocks->room;
        while (room <= index)
            room *= 2;
        struct model_block *grown = realloc(blocks->block, room * sizeof *grown);
        if (grown == NULL)
            abort(); /* the host has no memory for a table of numbers */
        memset(grown + blocks->room, 0, (room - blocks->room) * sizeof *grown);
        blocks->block = grown;
        blocks->room = room;
    }
    return &blocks->block[index];
}

static struct model_flow *flow_of(struct model_machine *machine, uint64_t thread)
{
    struct model_flow *flow = machine->flow_by_id[thread % MODEL_CHAINS];
    while (flow != NULL && flow->thread != thread)
        flow = flow->id_next;
    return flow;
}

static void learn_thread(struct model_machine *machine, uint64_t thread)
{
    struct model_flow *flow = model_now(machine)->flow;
    if (flow->thread == thread || flow->fiber.boot)
        return;
    flow->thread = thread;
    flow->id_next = machine->flow_by_id[thread % MODEL_CHAINS];
    machine->flow_by_id[thread % MODEL_CHAINS] = flow;
}

void model_flow_gone(struct model_machine *machine, struct model_flow *flow)
{
    if (flow->operation != 0)
        release(machine, flow->operation);
    for (uint32_t i = 0; i < machine->machine.cpus; i++)
        if (machine->cpus[i].payer == flow)
            machine->cpus[i].payer = NULL;
    struct model_flow **at = &machine->flow_by_id[flow->thread % MODEL_CHAINS];
    while (*at != NULL && *at != flow)
        at = &(*at)->id_next;
    if (*at != NULL)
        *at = flow->id_next;
}

/* What the thread works for goes into a block, unless the block has it already. */
static void put(struct model_machine *machine, struct model_block *block, uint64_t thread)
{
    uint32_t number = number_of(machine, block->name);
    struct model_flow *flow = flow_of(machine, thread);
    if (number == 0 && flow != NULL)
        number = flow->operation;
    block->name = number == 0 ? 0 : name_of(machine, number);
    if (number != 0)
        release(machine, number);
}

/* The thread works for what is in a block, and the block is empty. */
static void get(struct model_machine *machine, struct model_block *block, uint64_t thread)
{
    uint32_t number = number_of(machine, block->name);
    struct model_flow *flow = flow_of(machine, thread);
    if (number != 0 && flow != NULL)
        take(machine, flow, number);
    block->name = 0;
}

static void request_held(struct model_machine *machine, uint64_t index, uint64_t holder)
{
    struct model_block *block = block_of(&machine->requests, index), copy;
    uint64_t now = model_now(machine)->flow->thread;
    if (holder != now) /* handed over by the caller itself, never queued */
        put(machine, block, now);
    block->holder = holder;
    /* It stays in the block, for the end of the request; but what has come back to who began it is
     * at its end, and the answer will be about something else. */
    uint32_t number = number_of(machine, block->name);
    copy = *block;
    if (number != 0 && machine->operations[number - 1].beginner == holder)
        block->name = 0;
    get(machine, &copy, holder);
}

/* A call that was made for nobody, to ask for work, gets what its answer is about. Who ends a
 * request for other reasons has no part in it. */
static void request_answered(struct model_machine *machine, uint64_t index, uint64_t caller)
{
    struct model_block *block = block_of(&machine->requests, index);
    const struct model_flow *flow = model_now(machine)->flow;
    if (block->holder == flow->thread)
        put(machine, block, flow->thread);
    get(machine, block, caller);
}

void model_bill_trace(struct model_machine *machine, enum slip_trace point, uint64_t a, uint64_t b)
{
    uint64_t now = model_now(machine)->flow->thread;
    struct model_block hand = {0};
    switch (point) {
    case SLIP_TRACE_call_enter:
        learn_thread(machine, b);
        return;
    case SLIP_TRACE_thread_switch:
        model_pay_later(machine, model_now(machine));
        return;
    case SLIP_TRACE_request_queued:
        put(machine, block_of(&machine->requests, a), b);
        return;
    case SLIP_TRACE_request_held:
        request_held(machine, a, b);
        return;
    case SLIP_TRACE_request_ended:
        if (number_of(machine, block_of(&machine->requests, a)->name) != 0)
            release(machine, number_of(machine, block_of(&machine->requests, a)->name));
        return;
    case SLIP_TRACE_request_answered:
        request_answered(machine, a, b);
        return;
    case SLIP_TRACE_completion_taken:
        get(machine, block_of(&machine->requests, a), now);
        return;
    case SLIP_TRACE_completion_queued:
        put(machine, block_of(&machine->requests, a), now);
        return;
    case SLIP_TRACE_message_queued:
        block_of(&machine->messages, a)->name = 0;
        put(machine, block_of(&machine->messages, a), b);
        return;
    case SLIP_TRACE_message_taken:
        get(machine, block_of(&machine->messages, a), b);
        return;
    case SLIP_TRACE_message_handed:
        put(machine, &hand, a);
        get(machine, &hand, b);
        return;
    default:
        return;
    }
}

/* ---- the end ------------------------------------------------------------------------------------ */

static int by_wait(const void *a, const void *b)
{
    const struct sim_bill_lock *one = a, *other = b;
    uint64_t x = one->wait_ps + one->move_ps, y = other->wait_ps + other->move_ps;
    return x != y ? (x < y ? 1 : -1) : strcmp(one->name, other->name);
}

static void tell_locks(struct model_machine *machine)
{
    struct sim_bill_lock *list = calloc(machine->lock_count + 1, sizeof *list);
    if (list == NULL)
        return;
    for (uint32_t i = 0; i < machine->lock_count; i++)
        list[i] = machine->locks[i].lock;
    qsort(list, machine->lock_count, sizeof *list, by_wait);
    free(machine->told);
    machine->bills.lock = machine->told = list;
    machine->bills.locks = machine->lock_count;
}

const struct sim_bills *model_bills(struct sim_machine *context)
{
    struct model_machine *machine = (struct model_machine *)context;
    struct sim_bills *bills = &machine->bills;
    tell_locks(machine);
    bills->bill = machine->sample;
    bills->count = machine->sample_count;
    bills->hash = machine->hash;
    bills->events = machine->events;
    bills->entries = machine->entries;
    bills->end_ps = 0;
    for (uint32_t i = 0; i < machine->machine.cpus; i++)
        if (machine->cpus[i].time > bills->end_ps)
            bills->end_ps = machine->cpus[i].time;
    unsigned __int128 area = machine->area, responses = machine->responses;
    area += (unsigned __int128)(bills->end_ps - machine->changed) * machine->open;
    for (uint32_t i = 0; i < machine->operation_count; i++)
        if (machine->operations[i].live)
            responses += bills->end_ps - machine->operations[i].begun;
    bills->little = !machine->disorder && area == responses;
    return bills;
}

void model_bill_fini(struct model_machine *machine)
{
    free(machine->operations);
    free(machine->requests.block);
    free(machine->messages.block);
    free(machine->sample);
    free(machine->told);
    free(machine->locks);
    sim_names_fini(&machine->names);
}
