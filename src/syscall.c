#include "syscall.h"

#include "fast.h"
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

static k_call_function *const functions[] = {
#define FUNCTION(name, number, arguments, results) [number] = k_call_##name,
    SLIP_CALL_MAP(FUNCTION)
#undef FUNCTION
};

K_HOT int32_t dispatch(struct k_cpu *cpu, struct k_thread *self, uint64_t number,
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

/* The call itself; self goes on on whatever CPU this returns. */
K_HOT struct k_cpu *call(struct k_cpu *cpu, struct k_thread *self, uint64_t number,
                         const uint64_t in[6], uint64_t out[3], int32_t *status)
{
    k_count(&self->counters.system_calls, 1);
    if (k_hot_doomed(self))
        k_thread_exit(cpu);
    out[0] = out[1] = out[2] = 0;
    *status = dispatch(cpu, self, number, in, out);
    if (*status == K_FAST_HAND)
        *status = k_fast_hand_over(cpu, self, out);
    cpu = k_hot_cpu(self);
    if (K_UNLIKELY(atomic_load_explicit(&self->kernel->reap_count, memory_order_relaxed) != 0) ||
        k_hot_doomed(self) || k_hot_preempting(cpu, self))
        cpu = leave(cpu, self);
    return cpu;
}

/* Where there is more to do at an entry and at its end: models, and kernels with one lock for all. */
static __attribute__((noinline)) int32_t call_carefully(struct k_cpu *cpu, struct k_thread *self,
                                                        uint64_t number, const uint64_t in[6],
                                                        uint64_t out[3])
{
    int32_t status;
    k_charge(cpu, SLIP_COST_entry, 1);
    k_kernel_lock(cpu);
    k_trace(cpu, SLIP_TRACE_call_enter, number, self->object.id);
    cpu = call(cpu, self, number, in, out, &status);
    k_trace(cpu, SLIP_TRACE_call_return, number, (uint64_t)(int64_t)status);
    k_kernel_unlock(cpu);
    k_charge(cpu, SLIP_COST_exit, 1);
    return status;
}

int32_t k_kernel_syscall(struct k_kernel *kernel, uint32_t index, uint64_t number,
                         const uint64_t in[6], uint64_t out[3])
{
    struct k_cpu *cpu = &kernel->cpus[index];
    struct k_thread *self = cpu->current;
    int32_t status;
    if (K_UNLIKELY(cpu->careful))
        return call_carefully(cpu, self, number, in, out);
    call(cpu, self, number, in, out, &status);
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
