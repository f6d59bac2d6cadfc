/* Steps that every call takes, inlined: the careful paths use them through the functions of sched.h,
 * wait.h and lock.h, the fast ones (fast.c) as they are, so that both do the same.
 *
 * Each step that a model, an account of times or a time slice has a part in is there in two kinds:
 * FULL, which asks for all of that, and PLAIN, for a CPU where cpu->fast says that none of it is in
 * use. The kind is a constant where it is used, so the questions of the other kind are not even
 * compiled. */
#ifndef K_HOT_H
#define K_HOT_H

#include "check.h"
#include "hook.h"
#include "instance.h"
#include "process.h"
#include "sched.h"

#define K_HOT static inline __attribute__((always_inline))
#define K_UNLIKELY(condition) __builtin_expect((condition) != 0, 0)

enum k_hot { K_HOT_FULL = 1, K_HOT_PLAIN = 2 };

K_HOT void k_hot_charge(enum k_hot kind, struct k_cpu *cpu, enum slip_cost cost, uint64_t amount)
{
    if (kind == K_HOT_FULL)
        k_charge(cpu, cost, amount);
}

K_HOT void k_hot_trace(enum k_hot kind, struct k_cpu *cpu, enum slip_trace point, uint64_t a,
                       uint64_t b)
{
    if (kind == K_HOT_FULL)
        k_trace(cpu, point, a, b);
}

/* The line of `at` will be written soon: a hint, which other processors do without. */
K_HOT void k_hot_expect(const void *at)
{
#if defined(__x86_64__)
    __asm__ volatile("prefetchw %0" : : "m"(*(const char *)at));
#else
    __builtin_prefetch(at, 1);
#endif
}

/* The line of `at` will be read soon. */
K_HOT void k_hot_expect_read(const void *at)
{
    __builtin_prefetch(at, 0);
}

/* The CPU that a running thread is on; of another one, where it ran or is queued. */
K_HOT struct k_cpu *k_hot_cpu(const struct k_thread *thread)
{
    return atomic_load_explicit(&thread->cpu, memory_order_relaxed);
}

/* ---- handles --------------------------------------------------------------------------------- */

/* Reads a handle of the thread's process without a reference. What is wrong with it (BAD_HANDLE,
 * WRONG_TYPE, NO_RIGHT) is so if the handle is still what was read afterwards, and so is the rest. */
K_HOT slip_status_t k_hot_peek(struct k_thread *self, slip_handle_t handle,
                               const struct k_object_type *type, uint32_t right,
                               struct k_handle_peek *peek)
{
    if (K_UNLIKELY(!k_handle_peek(&self->process->handles, handle, peek)))
        return SLIP_BAD_HANDLE;
    if (K_UNLIKELY(peek->object->type != type))
        return SLIP_WRONG_TYPE;
    return K_UNLIKELY((K_HANDLE_RIGHTS(peek->live) & right) == 0) ? SLIP_NO_RIGHT : SLIP_OK;
}

/* Under the lock of the object that a handle names: is that open, and the handle still live? Then the
 * object stays until the lock is dropped. Open is asked first: an object that is open is closed under
 * this lock before it is freed. One that is closed can be freed at any moment, with a handle that did
 * not keep it open, and its memory be an open one's; but then the handle is no more.
 * A handle that keeps its object open needs k_handle_still alone. */
K_HOT int k_hot_open(const struct k_handle_peek *handle, const int *closed)
{
    /* Acquire: pairs with the release of who makes an object there, after the handle's end. */
    return __atomic_load_n(closed, __ATOMIC_ACQUIRE) == 0 && k_handle_still(handle);
}

/* ---- locks --------------------------------------------------------------------------------- */

K_HOT void k_hot_take(enum k_hot kind, struct k_cpu *cpu, struct k_lock *lock)
{
    if (K_CHECK_LOCKS || (kind == K_HOT_FULL && K_UNLIKELY(cpu->modelled)))
        k_lock_take(cpu, lock);
    else if (K_UNLIKELY(atomic_exchange_explicit(&lock->word, 1, memory_order_acquire) != 0))
        k_lock_take_contended(cpu, lock);
}

K_HOT void k_hot_drop(enum k_hot kind, struct k_cpu *cpu, struct k_lock *lock)
{
    if (K_CHECK_LOCKS || (kind == K_HOT_FULL && K_UNLIKELY(cpu->modelled)))
        k_lock_drop(cpu, lock);
    else
        atomic_store_explicit(&lock->word, 0, memory_order_release);
}

/* ---- states -------------------------------------------------------------------------------- */

/* Is a process being taken apart? If not, no thread is doomed: only threads of a process that is DYING
 * are killed, and that is counted before it is DYING. So this is all that a call has to ask. */
K_HOT int k_hot_reaping(const struct k_kernel *kernel)
{
    return K_UNLIKELY(atomic_load_explicit(&kernel->reap_count, memory_order_seq_cst) != 0);
}

K_HOT void k_hot_enter_state(enum k_hot kind, struct k_cpu *cpu, struct k_thread *thread,
                             enum k_thread_state state)
{
    if (kind == K_HOT_FULL && K_UNLIKELY(cpu->flags & K_CONFIG_ACCOUNT_TIME))
        k_sched_account(cpu, thread);
    /* Pairs with the acquire in `counts` of statistics: who sees that a thread is no longer new finds
     * it set up. */
    atomic_store_explicit(&thread->state, state, memory_order_release);
}

/* The first part of a wait: see k_wait_begin. */
K_HOT void k_hot_wait_begin(enum k_hot kind, struct k_cpu *cpu, struct k_thread *thread,
                            enum k_wait_kind what, struct k_object *object)
{
    struct k_wait *wait = &thread->wait;
    uint64_t word = atomic_load_explicit(&wait->word, memory_order_relaxed);
    K_REQUIRE(cpu->kernel, (word & 3) == K_WAIT_IDLE);
    wait->kind = what;
    wait->object = object;
    wait->outcome = 0;
    wait->priority = k_thread_effective(thread);
    k_hot_trace(kind, cpu, SLIP_TRACE_thread_block, thread->object.id,
                object == NULL ? 0 : object->id);
    k_hot_enter_state(kind, cpu, thread, K_THREAD_BLOCKED);
    if (what == K_WAIT_CALL)
        return; /* its request wakes it, and nobody else */
    /* Pairs with the acquire of a claim: who wins sees kind, object, window, parcel. */
    atomic_store_explicit(&wait->word, ((word >> 2) + 1) << 2 | K_WAIT_WAITING,
                          memory_order_release);
}

/* The last part, after the thread runs again. */
K_HOT int32_t k_hot_wait_end(struct k_thread *thread)
{
    struct k_wait *wait = &thread->wait;
    if (wait->kind != K_WAIT_CALL)
        atomic_store_explicit(&wait->word,
                              atomic_load_explicit(&wait->word, memory_order_relaxed) >> 2 << 2 |
                                  K_WAIT_IDLE,
                              memory_order_relaxed);
    wait->kind = K_WAIT_NONE;
    wait->object = NULL;
    return wait->outcome;
}

/* See k_sched_preempting. */
K_HOT int k_hot_preempting(const struct k_cpu *cpu, const struct k_thread *self)
{
    uint32_t affinity = atomic_load_explicit(&self->affinity, memory_order_relaxed);
    int top = atomic_load_explicit(&cpu->run_top, memory_order_relaxed);
    /* Others of its priority go first, too, when it had its time. */
    return K_UNLIKELY(top + cpu->slice_over > (int)k_thread_effective(self)) ||
           K_UNLIKELY(affinity != SLIP_CPU_ANY && affinity != cpu->index);
}

/* ---- switching ----------------------------------------------------------------------------- */

/* See k_sched_may_hand. */
K_HOT int k_hot_may_hand(const struct k_cpu *cpu, const struct k_thread *hand)
{
    uint32_t affinity = atomic_load_explicit(&hand->affinity, memory_order_relaxed);
    return cpu->fast && atomic_load_explicit(&hand->on_cpu, memory_order_acquire) == 0 &&
           (affinity == SLIP_CPU_ANY || affinity == cpu->index) &&
           (int)k_thread_effective(hand) >=
               atomic_load_explicit(&cpu->run_top, memory_order_relaxed);
}

/* The running thread has blocked, and its CPU is about to look whether it is handed its wake: before
 * it runs anything else, or sleeps. */
K_HOT void k_hot_open_spot(struct k_thread *self)
{
    /* Release: who hands finds that the thread has blocked. HANDED stays. */
    if (atomic_load_explicit(&self->wait.spot, memory_order_relaxed) == K_SPOT_CLOSED)
        atomic_store_explicit(&self->wait.spot, K_SPOT_OPEN, memory_order_release);
}

/* Does the CPU that a blocked thread is on watch for its wake? A hint. */
K_HOT int k_hot_watched(const struct k_thread *thread)
{
    return atomic_load_explicit(&thread->wait.spot, memory_order_relaxed) == K_SPOT_OPEN;
}

/* The address space of what runs next; NULL: nothing of any process. */
K_HOT void k_hot_load_space(enum k_hot kind, struct k_cpu *cpu, const struct k_thread *to)
{
    uint32_t flags = cpu->flags;
    if (kind == K_HOT_PLAIN || (flags & K_CONFIG_SPACES_SHARED) ||
        (to == NULL && !(flags & K_CONFIG_SPACES_ALWAYS)))
        return; /* the machine's own switch is all that there is to it */
    uint64_t space = to == NULL ? 0 : to->process->id;
    if (space == cpu->space)
        return;
    cpu->space = space;
    k_hot_charge(kind, cpu, SLIP_COST_space_switch, 1);
}

/* The thread is to run, or to be queued, on that CPU. Who changes its priority stores that, and looks
 * on which CPU it is then, with a fence between the two as there is here: so either that one comes
 * to this CPU, or who looks at its priority from here on finds the new one. */
K_HOT void k_hot_come_to(struct k_cpu *cpu, struct k_thread *thread)
{
    if (k_hot_cpu(thread) == cpu)
        return;
    atomic_store_explicit(&thread->cpu, cpu, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst);
}

K_HOT void k_hot_count_switch(enum k_hot kind, struct k_cpu *cpu, struct k_thread *from,
                              struct k_thread *to)
{
    if (from != NULL)
        k_count(&from->counters.switches, 1);
    if (to != NULL && k_hot_cpu(to) != cpu) {
        k_count(&to->counters.migrations, 1);
        k_hot_come_to(cpu, to);
    }
    /* Before the costs: a machine that bills time bills them to who comes. */
    k_hot_trace(kind, cpu, SLIP_TRACE_thread_switch, from == NULL ? 0 : from->object.id,
                to == NULL ? 0 : to->object.id);
    k_hot_charge(kind, cpu, SLIP_COST_thread_switch, 1);
    k_hot_load_space(kind, cpu, to);
}

K_HOT void k_hot_arrive(struct k_cpu *cpu)
{
    struct k_thread *previous = cpu->previous;
    cpu->previous = NULL;
    if (previous == NULL)
        return;
    int dead = k_thread_state(previous) == K_THREAD_DEAD;
    /* Its context is saved: pairs with the acquire in k_hot_may_hand. */
    atomic_store_explicit(&previous->on_cpu, 0, memory_order_release);
    if (K_UNLIKELY(dead))
        k_thread_dispose(cpu, previous);
    else if (K_UNLIKELY(k_thread_state(previous) == K_THREAD_READY))
        k_sched_left(cpu, previous); /* who made it ready left it to this CPU, see place() */
}

/* Runs `next`, or the boot context if NULL, in place of `from`; returns on the CPU where `from`, or
 * this CPU's boot context if that is NULL, runs again. */
K_HOT struct k_cpu *k_hot_switch(enum k_hot kind, struct k_cpu *cpu, struct k_thread *from,
                                 struct k_thread *next)
{
    k_hot_count_switch(kind, cpu, from, next);
    if (next != NULL) {
        atomic_store_explicit(&next->on_cpu, 1, memory_order_relaxed);
        k_hot_enter_state(kind, cpu, next, K_THREAD_RUNNING);
        if (kind == K_HOT_FULL && K_UNLIKELY(cpu->kernel->config.slice_ns != 0))
            k_sched_begin_slice(cpu);
    }
    cpu->previous = from;
    __atomic_store_n(&cpu->current, next, __ATOMIC_RELAXED); /* others ask, see statistics.c */
    atomic_store_explicit(&cpu->running, next, memory_order_release);
    /* Who made a thread ready for this CPU, and found that what ran till now was better, did not kick
     * it: so what is worse looks at the queue before it goes on. Pairs with the fence in nudge(). */
    if (from != NULL && next != NULL &&
        K_UNLIKELY(k_thread_effective(next) < k_thread_effective(from)))
        atomic_thread_fence(memory_order_seq_cst);
    cpu->ops->context_switch(cpu->machine, from == NULL ? &cpu->boot : &from->context,
                             next == NULL ? &cpu->boot : &next->context,
                             next == NULL ? NULL : &next->process->space);
    if (from != NULL) /* else it is the boot context of this CPU, which stays */
        cpu = k_hot_cpu(from);
    k_hot_arrive(cpu);
    return cpu;
}

/* The running thread has begun a wait without a deadline: runs `hand`, which it woke and which may be
 * handed to, at once, unless there is something to see to first; NULL: others. See k_wait_block. */
K_HOT void k_hot_block(enum k_hot kind, struct k_cpu *cpu, struct k_thread *self,
                       struct k_thread *hand)
{
    /* The wait was published; now look for a kill: see k_wait_block. */
    atomic_thread_fence(memory_order_seq_cst);
    if (K_UNLIKELY(k_thread_effective(self) != self->wait.priority) || k_hot_reaping(cpu->kernel) ||
        hand == NULL) {
        k_wait_until_woken(cpu, hand);
        return;
    }
    k_count(&self->counters.wakes, 1);
    k_count(&self->counters.direct_switches, 1);
    k_hot_charge(kind, cpu, SLIP_COST_fast_path, 1);
    k_hot_switch(kind, cpu, self, hand);
}

/* ---- messages ----------------------------------------------------------------------------- */

/* Hints: a block that is used some places after this one will be filled, or emptied, soon. The
 * blocks of an endpoint mostly lie in a row and are used in turn; where they do not, the line of
 * some other block is asked for in vain. */
#define K_MESSAGE_AHEAD 4

K_HOT void k_message_expect(const struct k_message *message)
{
    const struct k_message *ahead = message + K_MESSAGE_AHEAD;
    k_hot_expect(&ahead->entry);
    k_hot_expect(&ahead->content.word);
}

K_HOT void k_message_expect_read(const struct k_message *message)
{
    const struct k_message *ahead = message + K_MESSAGE_AHEAD;
    k_hot_expect_read(&ahead->entry);
    k_hot_expect_read(&ahead->content.word);
}

/* ---- copies -------------------------------------------------------------------------------- */

/* k_user_copy_words, counted for `self`; from NULL: the kernel's memory. */
K_HOT slip_status_t k_hot_copy_words(enum k_hot kind, struct k_cpu *cpu, struct k_thread *self,
                                     struct k_process *to, uint64_t to_address,
                                     struct k_process *from, uint64_t from_address, uint64_t bytes)
{
    if (bytes == 0)
        return SLIP_OK;
    k_hot_charge(kind, cpu, SLIP_COST_word, (bytes + 7) / 8);
    k_count(&self->counters.copied_bytes, bytes);
    return cpu->ops->copy(cpu->machine, &to->space, to_address, from == NULL ? NULL : &from->space,
                          from_address, bytes);
}

#endif
