#include "timer.h"

#include "hook.h"
#include "request.h"
#include "thread.h"
#include "wait.h"

void k_timer_init(struct k_timer *timer, enum k_timer_kind kind)
{
    timer->node = (struct k_deadline_node){0};
    timer->cpu = NULL;
    timer->kind = kind;
    timer->stamp = 0;
}

/* timer_lock. */
static void set_machine(struct k_cpu *cpu)
{
    struct k_deadline_node *first = k_deadline_tree_first(&cpu->deadlines);
    slip_time_t deadline = first == NULL ? SLIP_NEVER : first->time;
    if (deadline == cpu->armed)
        return;
    cpu->armed = deadline;
    k_charge(cpu, SLIP_COST_timer_arm, 1);
    cpu->ops->timer_arm(cpu->machine, cpu->index, deadline);
}

void k_timer_arm(struct k_cpu *cpu, struct k_timer *timer, slip_time_t deadline, uint64_t stamp)
{
    if (deadline == SLIP_NEVER)
        return;
    k_lock_take(cpu, &cpu->timer_lock);
    timer->cpu = cpu;
    timer->stamp = stamp;
    k_deadline_tree_insert(&cpu->deadlines, &timer->node, deadline);
    /* Only ever earlier: a machine that wakes for a deadline that was disarmed since finds nothing
     * due and is set again then. */
    if (deadline < cpu->armed)
        set_machine(cpu);
    k_lock_drop(cpu, &cpu->timer_lock);
}

void k_timer_disarm(struct k_cpu *cpu, struct k_timer *timer)
{
    struct k_cpu *armed_on = timer->cpu;
    if (armed_on == NULL)
        return;
    k_lock_take(cpu, &armed_on->timer_lock);
    if (k_deadline_node_linked(&timer->node))
        k_deadline_tree_remove(&armed_on->deadlines, &timer->node);
    timer->cpu = NULL;
    k_lock_drop(cpu, &armed_on->timer_lock);
}

static void fire(struct k_cpu *cpu, struct k_timer *timer, enum k_timer_kind kind, uint64_t stamp)
{
    switch (kind) {
    case K_TIMER_WAIT: {
        struct k_thread *thread = K_CONTAINER(timer, struct k_thread, wait.timer);
        if (k_wait_claim_stamp(thread, stamp))
            k_wait_wake(cpu, thread, SLIP_TIMED_OUT);
        return;
    }
    case K_TIMER_SLICE:
        cpu->slice_over = 1;
        return;
    case K_TIMER_REQUEST: {
        struct k_request *request = K_CONTAINER(timer, struct k_request, timer);
        k_request_end(cpu, request, (uint32_t)stamp, 1U << K_REQUEST_QUEUED | 1U << K_REQUEST_HELD,
                      SLIP_TIMED_OUT, 0, NULL);
        return;
    }
    }
}

void k_timer_run(struct k_cpu *cpu)
{
    for (;;) {
        k_lock_take(cpu, &cpu->timer_lock);
        struct k_deadline_node *node = k_deadline_tree_first(&cpu->deadlines);
        if (node == NULL || node->time > k_now(cpu)) {
            cpu->armed = SLIP_NEVER;
            set_machine(cpu);
            k_lock_drop(cpu, &cpu->timer_lock);
            return;
        }
        struct k_timer *timer = K_CONTAINER(node, struct k_timer, node);
        enum k_timer_kind kind = timer->kind;
        uint64_t stamp = timer->stamp;
        k_trace(cpu, SLIP_TRACE_timer, cpu->index, node->time);
        k_deadline_tree_remove(&cpu->deadlines, node);
        k_lock_drop(cpu, &cpu->timer_lock);
        fire(cpu, timer, kind, stamp);
    }
}
