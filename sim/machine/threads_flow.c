#define _GNU_SOURCE
#include "sim/machine/threads.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include "sim/space.h"

/* ---- pthreads ------------------------------------------------------------------------------ */

static void *flow_main(void *argument)
{
    struct threads_flow *flow = argument;
    prctl(PR_SET_TIMERSLACK, 1UL); /* else each armed time comes 50 us late */
    if (setjmp(flow->leave) == 0 && sim_park_wait(&flow->park, 0) == SIM_PARK_GO) {
        sim_flow_now = &flow->flow;
        flow->body(flow);
    }
    sim_flow_now = NULL;
    return NULL;
}

int threads_flow_start(struct threads_flow *flow, pthread_attr_t *attr)
{
    const struct sim_flow *maker = sim_flow_now;
    sigset_t before;
    sim_park_init(&flow->park);
    /* Mask and pinning are inherited; a flow of the machine has both already. */
    if (maker == NULL)
        sim_real_block_signals(&before);
    flow->host_cpu = maker == NULL ? -1 : ((const struct sim_real_cpu *)maker->cpu)->host_cpu;
    int failed = pthread_create(&flow->thread, attr, flow_main, flow);
    if (maker == NULL)
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    flow->joined = failed != 0;
    if (!failed && flow->name[0] != 0)
        pthread_setname_np(flow->thread, flow->name);
    return failed;
}

int threads_flow_pin(struct threads_flow *flow, int host_cpu)
{
    int failed = sim_real_pin(flow->thread, host_cpu);
    /* Where the host refuses, asking again at each switch would not help. */
    flow->host_cpu = host_cpu;
    return failed;
}

_Noreturn void threads_flow_leave(struct threads_flow *flow)
{
    longjmp(flow->leave, 1);
}

void threads_flow_end(struct threads_flow *flow)
{
    if (flow->joined)
        return;
    sim_park_release(&flow->park, SIM_PARK_LEAVE);
    pthread_join(flow->thread, NULL);
    flow->joined = 1;
}

/* ---- simulated threads --------------------------------------------------------------------- */

static void run_thread(struct threads_flow *flow)
{
    sim_start_run(&flow->start);
}

static void link_flow(struct threads_machine *machine, struct threads_flow *flow)
{
    pthread_mutex_lock(&machine->lock);
    flow->next = machine->flows;
    flow->last = NULL;
    if (flow->next != NULL)
        flow->next->last = flow;
    machine->flows = flow;
    pthread_mutex_unlock(&machine->lock);
}

static void unlink_flow(struct threads_machine *machine, struct threads_flow *flow)
{
    pthread_mutex_lock(&machine->lock);
    if (flow->last != NULL)
        flow->last->next = flow->next;
    else
        machine->flows = flow->next;
    if (flow->next != NULL)
        flow->next->last = flow->last;
    pthread_mutex_unlock(&machine->lock);
}

static int start_on_stack(struct threads_flow *flow)
{
    pthread_attr_t attr;
    if (pthread_attr_init(&attr) != 0)
        return -1;
    int failed = pthread_attr_setstack(&attr, (void *)(uintptr_t)flow->stack.usable_low,
                                       flow->stack.usable_bytes);
    if (!failed)
        failed = threads_flow_start(flow, &attr);
    pthread_attr_destroy(&attr);
    return failed;
}

static slip_status_t make_thread(struct threads_machine *machine, struct threads_flow *flow,
                                 const struct slip_context_start *start, uint64_t *area)
{
    flow->flow = sim_flow_make(&machine->real.machine, start->space);
    flow->body = run_thread;
    flow->start = *start;
    strncpy(flow->name, start->name, sizeof flow->name - 1);
    slip_status_t status = sim_stack_init(&flow->stack, flow->flow.space, start->stack_bytes);
    if (status != SLIP_OK)
        return status;
    *area = flow->stack.area;
    link_flow(machine, flow);
    if (start_on_stack(flow) == 0)
        return SLIP_OK;
    unlink_flow(machine, flow);
    sim_stack_fini(&flow->stack);
    return SLIP_NO_QUOTA;
}

slip_status_t threads_context_init(void *context, struct slip_context *saved,
                                   const struct slip_context_start *start, uint64_t *area)
{
    struct threads_machine *machine = context;
    *saved = (struct slip_context){0};
    if (start == NULL) { /* a CPU's boot context: the flow that calls */
        saved->state[0] = sim_flow_now;
        return SLIP_OK;
    }
    struct threads_flow *flow = calloc(1, sizeof *flow);
    if (flow == NULL)
        return SLIP_NO_QUOTA;
    slip_status_t status = make_thread(machine, flow, start, area);
    if (status != SLIP_OK)
        free(flow);
    else
        saved->state[0] = flow;
    return status;
}

void threads_context_fini(void *context, struct slip_context *saved)
{
    struct threads_machine *machine = context;
    struct threads_flow *flow = saved->state[0];
    saved->state[0] = NULL;
    if (flow == NULL || flow->body != run_thread) /* boot contexts are the machine's */
        return;
    threads_flow_end(flow);
    unlink_flow(machine, flow);
    sim_stack_fini(&flow->stack);
    free(flow);
}

void threads_flow_end_all(struct threads_machine *machine, const struct sim_space *space)
{
    pthread_mutex_lock(&machine->lock);
    for (struct threads_flow *flow = machine->flows; flow != NULL; flow = flow->next) {
        if (space != NULL && flow->flow.space != space)
            continue;
        threads_flow_end(flow);
        if (space != NULL)
            sim_stack_fini(&flow->stack);
    }
    pthread_mutex_unlock(&machine->lock);
}

/* A kernel that is destroyed in the middle of its life may drop a space before its threads. */
void threads_space_destroy(void *context, struct slip_space *space)
{
    struct sim_space *gone = sim_space_of(space);
    if (atomic_load_explicit(&gone->stacks, memory_order_relaxed) != 0)
        threads_flow_end_all(context, gone);
    sim_common_space_destroy(context, space);
}

/* ---- the switch ---------------------------------------------------------------------------- */

void threads_context_switch(void *context, struct slip_context *from, struct slip_context *to,
                            struct slip_space *space)
{
    struct threads_machine *machine = context;
    struct threads_flow *self = from->state[0], *next = to->state[0];
    struct sim_real_cpu *cpu = (struct sim_real_cpu *)self->flow.cpu;
    (void)space; /* all of them are in the one address space of the host */
    next->flow.cpu = &cpu->cpu;
    if (next->host_cpu != cpu->host_cpu && cpu->host_cpu >= 0)
        threads_flow_pin(next, cpu->host_cpu);
    /* From here on `next` may run, and `self` may be released by anyone who finds it saved. */
    sim_park_release(&next->park, SIM_PARK_GO);
    if (sim_park_wait(&self->park, machine->spin_ns) == SIM_PARK_LEAVE)
        threads_flow_leave(self);
}
