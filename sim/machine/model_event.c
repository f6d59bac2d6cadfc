#include "sim/machine/model.h"

#include <stdio.h>

struct spinner {
    uint64_t id;
    const char *process;
};

static void find_spinner(void *argument, const struct k_thread_info *thread)
{
    struct spinner *spinner = argument;
    if (thread->id == spinner->id)
        spinner->process = thread->process;
}

static _Noreturn void stop(struct model_machine *machine)
{
    struct model_cpu *cpu = model_now(machine);
    struct spinner spinner = {cpu->flow->thread, "?"};
    k_kernel_each_thread(machine->machine.kernel, find_spinner, &spinner);
    snprintf(
        machine->why, sizeof machine->why,
        "no progress: %llu events at %llu ns of simulated time; CPU %u runs thread %llu of "
        "process '%s', which asks the kernel again and again and costs nothing. Give the client "
        "a think time or the server a service time, or take costs that are not free",
        (unsigned long long)MODEL_QUIET_MAX, (unsigned long long)(cpu->time / MODEL_NS),
        machine->current, (unsigned long long)spinner.id, spinner.process);
    model_end(machine, 1);
}

void model_no_progress(struct model_machine *machine)
{
    if (machine->inside)
        stop(machine);
}

/* An event that is billed, or makes a new thread known. */
static int is_billed(const struct model_machine *machine, const struct model_cpu *cpu,
                     enum slip_trace point, uint64_t b)
{
    return machine->operation_count != 0 ||
           (point == SLIP_TRACE_call_enter && cpu->flow->thread != b);
}

/* The rest of what is done with an event that is kept or billed. */
static __attribute__((noinline)) void trace_more(struct model_machine *machine, uint32_t index,
                                                 enum slip_trace point, uint64_t a, uint64_t b)
{
    const struct model_cpu *cpu = &machine->cpus[index];
    struct sim_trace_event event = {.ps = cpu->time, .cpu = index, .point = point, .a = a, .b = b};
    if (machine->log != NULL)
        sim_event_log_add(machine->log, &event);
    model_tick(machine, cpu->time);
    if (is_billed(machine, cpu, point, b))
        model_bill_trace(machine, point, a, b);
}

void model_trace(void *context, uint32_t index, enum slip_trace point, uint64_t a, uint64_t b)
{
    struct model_machine *machine = context;
    const struct model_cpu *cpu = machine->here;
    if (__builtin_expect(cpu == NULL, 0))
        return;
    uint64_t now = cpu->time;
    struct sim_trace_event event = {.ps = now, .cpu = index, .point = point, .a = a, .b = b};
    machine->events++;
    machine->hash = sim_event_hash(machine->hash, &event);
    if (machine->log != NULL || is_billed(machine, cpu, point, b))
        trace_more(machine, index, point, a, b);
    else
        model_tick(machine, now);
}
