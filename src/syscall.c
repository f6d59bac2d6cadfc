#include "syscall.h"

#include "hot.h"

slip_status_t k_call_publish(struct k_cpu *cpu, struct k_thread *self, struct k_object *object,
                             uint32_t rights, slip_handle_t *handle)
{
    struct k_capability capability = {.object = object, .rights = rights};
    k_capability_hold(&capability);
    slip_status_t status = k_handle_open(cpu, &self->process->handles, &capability, handle);
    if (status != SLIP_OK)
        k_capability_close(cpu, &capability);
    k_object_unref(cpu, object);
    return status;
}

typedef int32_t k_call_function(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],
                                uint64_t out[3]);

/* One place that calls them all, so that a thread that was switched to returns to where the one
 * before was called from: processors predict returns by that. */
static k_call_function *const functions[] = {
#define FUNCTION(name, number, arguments, results) [number] = k_call_##name,
    SLIP_CALL_MAP(FUNCTION)
#undef FUNCTION
};

static int32_t dispatch(struct k_cpu *cpu, struct k_thread *self, uint64_t number,
                        const uint64_t in[6], uint64_t out[3])
{
    if (number >= sizeof(functions) / sizeof(functions[0]) || functions[number] == NULL)
        return SLIP_BAD_OPERATION;
    return functions[number](cpu, self, in, out);
}

/* Before user code goes on: a step for the reaper, the end if it is due, and others first. */
static __attribute__((noinline)) struct k_cpu *leave(struct k_cpu *cpu, struct k_thread *self)
{
    struct k_kernel *kernel = cpu->kernel;
    if (atomic_load_explicit(&kernel->reap_count, memory_order_relaxed) != 0)
        k_reaper_step(cpu);
    for (;;) {
        if (k_thread_doomed(self))
            k_thread_exit(cpu);
        if (!k_sched_preempting(cpu))
            return cpu;
        cpu = k_sched_preempt(cpu);
    }
}

/* What only models, and kernels with one lock for all, do at an entry and at its end. */
static __attribute__((noinline)) void enter_carefully(struct k_cpu *cpu, struct k_thread *self,
                                                      uint64_t number)
{
    k_charge(cpu, SLIP_COST_entry, 1);
    k_kernel_lock(cpu);
    k_trace(cpu, SLIP_TRACE_call_enter, number, self->object.id);
}

static __attribute__((noinline)) void leave_carefully(struct k_cpu *cpu, uint64_t number,
                                                      int32_t status)
{
    k_trace(cpu, SLIP_TRACE_call_return, number, (uint64_t)(int64_t)status);
    k_kernel_unlock(cpu);
    k_charge(cpu, SLIP_COST_exit, 1);
}

int32_t k_kernel_syscall(struct k_kernel *kernel, uint32_t index, uint64_t number,
                         const uint64_t in[6], uint64_t out[3])
{
    struct k_cpu *cpu = &kernel->cpus[index];
    struct k_thread *self = cpu->current;
    if (K_UNLIKELY(cpu->careful))
        enter_carefully(cpu, self, number);
    k_count(&self->counters.system_calls, 1);
    if (k_hot_doomed(self))
        k_thread_exit(cpu);
    out[0] = out[1] = out[2] = 0;
    int32_t status = dispatch(cpu, self, number, in, out);
    cpu = k_hot_cpu(self);
    if (K_UNLIKELY(atomic_load_explicit(&kernel->reap_count, memory_order_relaxed) != 0) ||
        k_hot_doomed(self) || k_hot_preempting(cpu, self))
        cpu = leave(cpu, self);
    if (K_UNLIKELY(cpu->careful))
        leave_carefully(cpu, number, status);
    return status;
}

static const struct k_call_info calls[] = {
#define INFO(name, number, arguments, results) {#name, number, arguments, results},
    SLIP_CALL_MAP(INFO)
#undef INFO
};

const struct k_call_info *k_call_info(uint32_t index)
{
    return index < sizeof(calls) / sizeof(calls[0]) ? &calls[index] : NULL;
}
