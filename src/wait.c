#include "wait.h"

#include "hot.h"
#include "inherit.h"
#include "sched.h"
#include "thread.h"

void k_wait_init(struct k_wait *wait)
{
    wait->kind = K_WAIT_NONE;
    wait->object = NULL;
    k_list_init(&wait->link);
    k_prio_node_init(&wait->place);
    k_timer_init(&wait->timer, K_TIMER_WAIT);
    wait->outcome = 0;
    atomic_store_explicit(&wait->spot, K_SPOT_CLOSED, memory_order_relaxed);
    /* The sequence goes on from the thread that had this memory before. */
    uint64_t word = atomic_load_explicit(&wait->word, memory_order_relaxed);
    atomic_store_explicit(&wait->word, word >> 2 << 2 | K_WAIT_IDLE, memory_order_relaxed);
}

void k_wait_begin(struct k_cpu *cpu, enum k_wait_kind kind, struct k_object *object)
{
    k_hot_wait_begin(K_HOT_FULL, cpu, cpu->current, kind, object);
}

void k_wait_until_woken(struct k_cpu *cpu, struct k_thread *hand)
{
    struct k_thread *thread = cpu->current;
    struct k_wait *wait = &thread->wait;
    uint64_t stamp = atomic_load_explicit(&wait->word, memory_order_relaxed) >> 2;
    if (k_thread_effective(thread) != wait->priority) {
        k_inherit_note(cpu, thread);
        k_inherit_follow(cpu, thread);
        k_inherit_run(cpu);
    }
    if (k_thread_doomed(thread)) {
        if (wait->kind == K_WAIT_CALL)
            k_thread_kill(cpu, thread);
        else if (k_wait_claim_stamp(thread, stamp))
            k_wait_wake(cpu, thread, K_OUTCOME_KILLED);
    }
    k_sched_block(cpu, hand);
}

int32_t k_wait_block(struct k_cpu *cpu, slip_time_t deadline, struct k_thread *hand)
{
    struct k_thread *thread = cpu->current;
    struct k_wait *wait = &thread->wait;
    if (wait->kind != K_WAIT_CALL)
        k_timer_arm(cpu, &wait->timer, deadline,
                    atomic_load_explicit(&wait->word, memory_order_relaxed) >> 2);
    /* The wait was published; now look for a kill. Whoever kills marks first and looks for the wait
     * then, so one of the two sees the other. */
    atomic_thread_fence(memory_order_seq_cst);
    k_wait_until_woken(cpu, hand);
    if (wait->kind != K_WAIT_CALL)
        k_timer_disarm(k_hot_cpu(thread), &wait->timer);
    return k_hot_wait_end(thread);
}

void k_wait_wake(struct k_cpu *cpu, struct k_thread *thread, int32_t outcome)
{
    k_wait_settle(thread, outcome);
    k_count(&k_counters_now(cpu)->wakes, 1);
    k_sched_ready(cpu, thread);
}
