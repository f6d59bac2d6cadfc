#include "sched.h"

#include "hot.h"

#define RUN_THREAD(link) K_CONTAINER(link, struct k_thread, run_link)
#define STEAL_LOOK 8 /* threads of one queue that a thief looks at */

/* ---- run queues: all under run_lock -------------------------------------------------------- */

static int map_top(const struct k_cpu *cpu)
{
    for (int i = 3; i >= 0; i--)
        if (cpu->run_map[i] != 0)
            return i * 64 + 63 - __builtin_clzll(cpu->run_map[i]);
    return -1;
}

static void queue_insert(struct k_cpu *owner, struct k_thread *thread, int at_head)
{
    uint32_t priority = k_thread_effective(thread);
    thread->run_priority = priority;
    if (at_head)
        k_list_push_head(&owner->run[priority], &thread->run_link);
    else
        k_list_push_tail(&owner->run[priority], &thread->run_link);
    atomic_store_explicit(&thread->queued, owner->index + 1, memory_order_relaxed);
    owner->run_map[priority / 64] |= (uint64_t)1 << priority % 64;
    owner->run_count++;
    atomic_store_explicit(&owner->run_top, map_top(owner), memory_order_relaxed);
}

static void queue_remove(struct k_cpu *owner, struct k_thread *thread)
{
    uint32_t priority = thread->run_priority;
    k_list_remove(&thread->run_link);
    atomic_store_explicit(&thread->queued, 0, memory_order_relaxed);
    if (k_list_empty(&owner->run[priority]))
        owner->run_map[priority / 64] &= ~((uint64_t)1 << priority % 64);
    owner->run_count--;
    atomic_store_explicit(&owner->run_top, map_top(owner), memory_order_relaxed);
}

/* Returns the priority that it was queued with. */
static uint32_t put(struct k_cpu *cpu, struct k_cpu *owner, struct k_thread *thread, int at_head)
{
    k_charge(cpu, SLIP_COST_queue, 1);
    k_lock_take(cpu, &owner->run_lock);
    k_hot_come_to(owner, thread);
    k_sched_enter_state(cpu, thread, K_THREAD_READY);
    queue_insert(owner, thread, at_head);
    uint32_t priority = thread->run_priority;
    k_lock_drop(cpu, &owner->run_lock);
    return priority;
}

static struct k_thread *pop_best(struct k_cpu *cpu)
{
    k_charge(cpu, SLIP_COST_schedule, 1);
    if (atomic_load_explicit(&cpu->run_top, memory_order_relaxed) < 0)
        return NULL;
    struct k_thread *best = NULL;
    k_lock_take(cpu, &cpu->run_lock);
    int top = map_top(cpu);
    if (top >= 0) {
        best = RUN_THREAD(cpu->run[top].next);
        queue_remove(cpu, best);
    }
    k_lock_drop(cpu, &cpu->run_lock);
    return best;
}

static int on_a_cpu(const struct k_thread *thread)
{
    return atomic_load_explicit(&thread->on_cpu, memory_order_acquire) != 0;
}

static uint32_t affinity(const struct k_thread *thread)
{
    return atomic_load_explicit(&thread->affinity, memory_order_relaxed);
}

static int may_run(const struct k_thread *thread, const struct k_cpu *cpu)
{
    return affinity(thread) == SLIP_CPU_ANY || affinity(thread) == cpu->index;
}

/* owner->run_lock, without which nobody puts a thread into that queue or takes one out. */
static int is_queued(const struct k_cpu *owner, const struct k_thread *thread)
{
    return atomic_load_explicit(&thread->queued, memory_order_relaxed) == owner->index + 1;
}

/* victim->run_lock. The best thread that may leave that CPU, among the first few. */
static struct k_thread *stealable(struct k_cpu *victim, const struct k_cpu *thief)
{
    int looked = 0;
    for (int p = map_top(victim); p >= 0; p--)
        for (struct k_list *link = victim->run[p].next; link != &victim->run[p];
             link = link->next) {
            struct k_thread *thread = RUN_THREAD(link);
            if (may_run(thread, thief) && !on_a_cpu(thread))
                return thread;
            if (++looked == STEAL_LOOK)
                return NULL;
        }
    return NULL;
}

static struct k_thread *steal(struct k_cpu *cpu)
{
    uint32_t cpus = cpu->kernel->config.cpus;
    for (uint32_t i = 1; i < cpus; i++) {
        struct k_cpu *victim = &cpu->kernel->cpus[(cpu->index + i) % cpus];
        if (atomic_load_explicit(&victim->run_top, memory_order_relaxed) < 0)
            continue;
        k_lock_take(cpu, &victim->run_lock);
        struct k_thread *thread = stealable(victim, cpu);
        if (thread != NULL)
            queue_remove(victim, thread);
        k_lock_drop(cpu, &victim->run_lock);
        if (thread != NULL)
            return thread;
    }
    return NULL;
}

/* ---- states and times ---------------------------------------------------------------------- */

static uint64_t *time_of(struct k_thread *thread, enum k_thread_state state)
{
    switch (state) {
    case K_THREAD_READY:
        return &thread->counters.ready_ns;
    case K_THREAD_RUNNING:
        return &thread->counters.busy_ns;
    case K_THREAD_BLOCKED:
        return thread->wait.kind == K_WAIT_CALL ? &thread->counters.blocked_ns
                                                : &thread->counters.waiting_ns;
    case K_THREAD_NEW:
    case K_THREAD_DEAD:
        break;
    }
    return NULL;
}

void k_sched_account(struct k_cpu *cpu, struct k_thread *thread)
{
    K_ASSERT(cpu->kernel, thread != NULL);
    slip_time_t now = k_now(cpu);
    uint64_t *time = time_of(thread, k_thread_state(thread));
    if (time != NULL)
        k_count(time, now - thread->since);
    thread->since = now;
}

void k_sched_enter_state(struct k_cpu *cpu, struct k_thread *thread, enum k_thread_state state)
{
    k_hot_enter_state(K_HOT_FULL, cpu, thread, state);
}

/* ---- waking -------------------------------------------------------------------------------- */

static struct k_cpu *idle_cpu(struct k_cpu *cpu, uint32_t from)
{
    uint32_t cpus = cpu->kernel->config.cpus;
    for (uint32_t i = 0; i < cpus; i++) {
        struct k_cpu *other = &cpu->kernel->cpus[(from + i) % cpus];
        if (atomic_load_explicit(&other->idle, memory_order_relaxed))
            return other;
    }
    return NULL;
}

/* Where a thread that becomes ready goes: where its context is; where it must; where it ran, if that
 * is idle; to an idle CPU; back to where it ran. */
static struct k_cpu *place(struct k_cpu *cpu, struct k_thread *thread)
{
    struct k_kernel *kernel = cpu->kernel;
    struct k_cpu *last = k_hot_cpu(thread);
    if (on_a_cpu(thread))
        return last;
    if (affinity(thread) != SLIP_CPU_ANY)
        return &kernel->cpus[affinity(thread)];
    int look = kernel->config.cpus > 1 && (kernel->config.flags & K_CONFIG_WAKE_SAME) == 0;
    struct k_cpu *idle = look ? idle_cpu(cpu, last->index) : NULL;
    return idle != NULL ? idle : last;
}

static void kick(struct k_cpu *cpu, const struct k_cpu *target, int idles)
{
    if (!idles || (cpu->flags & K_CONFIG_IDLE_POLL) == 0)
        k_charge(cpu, SLIP_COST_ipi_send, 1);
    cpu->ops->kick(cpu->machine, target->index);
}

/* After a thread was put into a queue of `target`: must that CPU look? Then it is told: 1. */
static int nudge(struct k_cpu *cpu, struct k_cpu *target, uint32_t priority)
{
    if (target == cpu)
        return 0;
    /* Pairs with the fence in idle(): either this sees that it idles, or it sees the thread. And with
     * the one in k_hot_switch(): either this sees what runs there, or that looks at the queue. */
    atomic_thread_fence(memory_order_seq_cst);
    struct k_thread *running = atomic_load_explicit(&target->running, memory_order_acquire);
    int idles = atomic_load_explicit(&target->idle, memory_order_relaxed);
    if (!idles && running != NULL && priority <= k_thread_effective(running))
        return 0;
    kick(cpu, target, idles);
    return 1;
}

void k_sched_offer(struct k_cpu *cpu, const struct k_thread *thread)
{
    struct k_kernel *kernel = cpu->kernel;
    if (kernel->config.cpus == 1 || (kernel->config.flags & K_CONFIG_WAKE_SAME) ||
        affinity(thread) != SLIP_CPU_ANY || on_a_cpu(thread))
        return;
    /* Pairs with the one in idle(): either this sees that it idles, or it sees the thread. */
    atomic_thread_fence(memory_order_seq_cst);
    struct k_cpu *idle = idle_cpu(cpu, k_hot_cpu(thread)->index);
    if (idle != NULL)
        kick(cpu, idle, 1);
}

/* Takes a thread out of the queue of a CPU that it may not run on: 1 if it was in one. */
static int unqueue_stray(struct k_cpu *cpu, struct k_thread *thread)
{
    struct k_cpu *owner = k_hot_cpu(thread);
    k_lock_take(cpu, &owner->run_lock);
    int stray = is_queued(owner, thread) && !may_run(thread, owner) && !on_a_cpu(thread);
    if (stray)
        queue_remove(owner, thread);
    k_lock_drop(cpu, &owner->run_lock);
    return stray;
}

/* Hands a claimed thread its wake where its CPU watches for it. The exchange is a full fence, too:
 * what the caller published before is seen by whoever it wakes, and reads that follow come after. */
static int hand_to_watcher(struct k_thread *thread)
{
    unsigned open = K_SPOT_OPEN;
    return atomic_load_explicit(&thread->wait.spot, memory_order_relaxed) == K_SPOT_OPEN &&
           atomic_compare_exchange_strong_explicit(&thread->wait.spot, &open, K_SPOT_HANDED,
                                                   memory_order_seq_cst, memory_order_relaxed);
}

void k_sched_ready(struct k_cpu *cpu, struct k_thread *thread)
{
    k_charge(cpu, SLIP_COST_wake, 1);
    if (hand_to_watcher(thread)) {
        k_trace(cpu, SLIP_TRACE_thread_ready, thread->object.id, k_hot_cpu(thread)->index);
        return;
    }
    struct k_cpu *target;
    do {
        target = place(cpu, thread);
        k_trace(cpu, SLIP_TRACE_thread_ready, thread->object.id, target->index);
        if (!nudge(cpu, target, put(cpu, target, thread, 0)))
            k_sched_offer(cpu, thread);
        /* It may have been tied to another CPU meanwhile: see k_sched_retie. */
    } while (K_UNLIKELY(!may_run(thread, target)) && unqueue_stray(cpu, thread));
}

void k_sched_retie(struct k_cpu *cpu, struct k_thread *thread)
{
    /* The new affinity is there; now look where the thread is. Who queues it looks at its affinity
     * afterwards: in the same queue the lock orders the two, else the fence in k_hot_come_to. */
    atomic_thread_fence(memory_order_seq_cst);
    if (unqueue_stray(cpu, thread)) {
        k_sched_ready(cpu, thread);
        return;
    }
    const struct k_cpu *on = k_hot_cpu(thread);
    if (k_thread_state(thread) == K_THREAD_READY)
        k_sched_offer(cpu, thread);
    else if (on != cpu)
        cpu->ops->kick(cpu->machine,
                       on->index); /* if it runs there, that CPU finds out when it looks */
}

void k_sched_left(struct k_cpu *cpu, struct k_thread *thread)
{
    if (K_UNLIKELY(!may_run(thread, cpu)) && unqueue_stray(cpu, thread))
        k_sched_ready(cpu, thread);
    else
        k_sched_offer(cpu, thread);
}

/* ---- switching ----------------------------------------------------------------------------- */

void k_sched_arrive(struct k_cpu *cpu)
{
    k_hot_arrive(cpu);
}

/* What runs from here on has a whole slice before others of its priority. */
void k_sched_begin_slice(struct k_cpu *cpu)
{
    slip_time_t slice = cpu->kernel->config.slice_ns;
    if (slice == 0)
        return;
    cpu->slice_over = 0;
    k_timer_disarm(cpu, &cpu->slice);
    k_timer_arm(cpu, &cpu->slice, k_now(cpu) + slice, 0);
}

/* Runs `next`, or the boot context if NULL; returns on the CPU where the caller runs again. */
static struct k_cpu *switch_to(struct k_cpu *cpu, struct k_thread *next)
{
    return k_hot_switch(K_HOT_FULL, cpu, cpu->current, next);
}

/* Nobody can hand the thread its wake any more: 1, or 0 if somebody has. */
static int close_spot(struct k_thread *self)
{
    unsigned open = K_SPOT_OPEN;
    if (self == NULL ||
        atomic_load_explicit(&self->wait.spot, memory_order_relaxed) == K_SPOT_CLOSED)
        return 1;
    return atomic_compare_exchange_strong_explicit(&self->wait.spot, &open, K_SPOT_CLOSED,
                                                   memory_order_relaxed, memory_order_relaxed);
}

/* Lets others hand this CPU's context its wake while the machine watches; 1 if there is something
 * to look at. */
static int watch(struct k_cpu *cpu)
{
    struct k_thread *self = cpu->current;
    if (cpu->ops->watch == NULL)
        return 0;
    if (self == NULL)
        return cpu->ops->watch(cpu->machine, cpu->index, &cpu->no_spot, K_SPOT_CLOSED);
    k_hot_open_spot(self);
    return cpu->ops->watch(cpu->machine, cpu->index, &self->wait.spot, K_SPOT_OPEN) ||
           !close_spot(self);
}

static void idle(struct k_cpu *cpu)
{
    atomic_store_explicit(&cpu->rests, atomic_load_explicit(&cpu->rests, memory_order_relaxed) + 1,
                          memory_order_relaxed);
    atomic_store_explicit(&cpu->running, NULL, memory_order_relaxed);
    atomic_store_explicit(&cpu->idle, 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst); /* pairs with those in nudge() and k_sched_offer() */
    struct k_thread *late = NULL;
    if (atomic_load_explicit(&cpu->run_top, memory_order_relaxed) < 0 &&
        !atomic_load_explicit(&cpu->kernel->halted, memory_order_acquire) &&
        (late = steal(cpu)) == NULL) {
        k_hot_load_space(K_HOT_FULL, cpu, NULL);
        k_kernel_unlock(cpu);
        if (!watch(cpu))
            cpu->ops->idle(cpu->machine, cpu->index);
        k_kernel_lock(cpu);
        if (cpu->flags & K_CONFIG_IDLE_POLL)
            k_line(cpu, &cpu->run_lock.line, SLIP_LINE_READ);
        else
            k_charge(cpu, SLIP_COST_idle_exit, 1);
    }
    if (late != NULL)
        put(cpu, cpu, late, 1);
    atomic_store_explicit(&cpu->idle, 0, memory_order_relaxed);
}

/* A thread is woken from another CPU: the lines that it looks at first come while this one is on its
 * way to it. Some are asked for again when it has come (fast.c), which is quicker than either alone. */
static void expect_answer(const struct k_thread *self)
{
    int called = self->wait.kind == K_WAIT_CALL;
    const struct k_request *request =
        called ? self->request : atomic_load_explicit(&self->wait.call, memory_order_relaxed);
    uint64_t words = called ? self->parcel.address : self->window.address;
    if (request != NULL)
        k_hot_expect(&request->word);
    if (self->wait.object != NULL)
        k_hot_expect(&self->wait.object->lock.word);
    k_hot_expect((const void *)(uintptr_t)words);
    k_hot_expect((const void *)(uintptr_t)(words + SLIP_MESSAGE_BYTES_INLINE - 1));
}

/* Was the context that this CPU idles on handed its wake? Then its thread runs, unless there is
 * better: 1. */
static int take_handed(struct k_cpu *cpu, struct k_thread *self)
{
    /* Acquire: pairs with the exchange in hand_to_watcher. */
    if (self == NULL ||
        atomic_load_explicit(&self->wait.spot, memory_order_acquire) != K_SPOT_HANDED)
        return 0;
    expect_answer(self);
    atomic_store_explicit(&self->wait.spot, K_SPOT_CLOSED, memory_order_relaxed);
    if (!may_run(self, cpu) ||
        atomic_load_explicit(&cpu->run_top, memory_order_relaxed) > (int)k_thread_effective(self)) {
        put(cpu, cpu, self, 0);
        return 0;
    }
    return 1;
}

/* The running context has nothing to run for: finds what to run, and runs it. Returns when the
 * calling context goes on: its thread was chosen; for a boot context also after any switch. */
static struct k_cpu *schedule(struct k_cpu *cpu)
{
    for (;;) {
        struct k_thread *self = cpu->current;
        struct k_thread *next = take_handed(cpu, self) ? self : pop_best(cpu);
        if (next == NULL)
            next = steal(cpu);
        if (next == NULL) {
            if (k_reaper_step(cpu))
                continue;
            if (self == NULL && atomic_load_explicit(&cpu->kernel->halted, memory_order_acquire))
                return cpu;
            idle(cpu);
            continue;
        }
        if (next != self && !close_spot(self)) {
            put(cpu, cpu, next, 1);
            continue;
        }
        if (!may_run(next, cpu)) {
            if (next != self) {
                k_sched_ready(cpu, next);
                continue;
            }
            /* Its own context is in the way: the boot context sends it on. */
            put(cpu, cpu, next, 1);
            return switch_to(cpu, NULL);
        }
        if (next != self)
            return switch_to(cpu, next);
        K_ASSERT(cpu->kernel, self != NULL); /* it is next, and that is somebody */
        atomic_store_explicit(&self->wait.spot, K_SPOT_CLOSED, memory_order_relaxed);
        k_sched_enter_state(cpu, self, K_THREAD_RUNNING);
        k_hot_load_space(K_HOT_FULL, cpu, self);
        k_sched_begin_slice(cpu);
        atomic_store_explicit(&cpu->running, self, memory_order_release);
        return cpu;
    }
}

int k_sched_may_hand(const struct k_cpu *cpu, const struct k_thread *hand)
{
    return k_hot_may_hand(cpu, hand);
}

struct k_cpu *k_sched_block(struct k_cpu *cpu, struct k_thread *hand)
{
    if (hand != NULL) {
        k_count(&cpu->current->counters.wakes, 1);
        if (k_sched_may_hand(cpu, hand)) {
            k_count(&cpu->current->counters.direct_switches, 1);
            k_charge(cpu, SLIP_COST_fast_path, 1);
            return switch_to(cpu, hand);
        }
        k_sched_ready(cpu, hand);
    }
    return schedule(cpu);
}

struct k_cpu *k_sched_yield(struct k_cpu *cpu)
{
    put(cpu, cpu, cpu->current, 0);
    return schedule(cpu);
}

int k_sched_preempting(struct k_cpu *cpu)
{
    return k_hot_preempting(cpu, cpu->current);
}

struct k_cpu *k_sched_preempt(struct k_cpu *cpu)
{
    k_count(&cpu->current->counters.preemptions, 1);
    put(cpu, cpu, cpu->current, !cpu->slice_over);
    return schedule(cpu);
}

_Noreturn void k_sched_exit(struct k_cpu *cpu)
{
    struct k_kernel *kernel = cpu->kernel;
    k_sched_enter_state(cpu, cpu->current, K_THREAD_DEAD);
    switch_to(cpu, NULL);
    K_UNREACHABLE(kernel);
}

void k_sched_reprioritize(struct k_cpu *cpu, struct k_thread *thread)
{
    /* The new priority is there, and a fence behind it: see k_hot_come_to. */
    struct k_cpu *owner = k_hot_cpu(thread);
    k_lock_take(cpu, &owner->run_lock);
    int queued = is_queued(owner, thread);
    if (queued) {
        queue_remove(owner, thread);
        queue_insert(owner, thread, 0);
    }
    uint32_t priority = thread->run_priority;
    k_lock_drop(cpu, &owner->run_lock);
    if (queued)
        nudge(cpu, owner, priority);
    else if (owner != cpu && k_thread_state(thread) == K_THREAD_RUNNING)
        cpu->ops->kick(cpu->machine, owner->index);
}

void k_sched_run(struct k_cpu *cpu)
{
    while (!atomic_load_explicit(&cpu->kernel->halted, memory_order_acquire))
        cpu = schedule(cpu);
}
