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

static int32_t no_call(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],
                       uint64_t out[3])
{
    (void)cpu, (void)self, (void)in, (void)out;
    return SLIP_BAD_OPERATION;
}

static k_call_function *const functions[] = {no_call,
#define FUNCTION(name, number, arguments, results) [number] = k_call_##name,
                                             SLIP_CALL_MAP(FUNCTION)
#undef FUNCTION
};

#define ONE(name, number, arguments, results) 1,
_Static_assert(SLIP_CALL_COUNT == 1 + sizeof((const char[]){SLIP_CALL_MAP(ONE)}),
               "calls are numbered from 1 without a hole");
#undef ONE

K_HOT int32_t dispatch(struct k_cpu *cpu, struct k_thread *self, uint64_t number,
                       const uint64_t in[6], uint64_t out[3])
{
    return K_UNLIKELY(number >= SLIP_CALL_COUNT) ? SLIP_BAD_OPERATION
                                                 : functions[number](cpu, self, in, out);
}

/* Before user code goes on: a step for the reaper, the end if it is due, and others first. Returns the
 * status that it is given, so that it can be the last thing a call does. */
static __attribute__((noinline)) int32_t leave(struct k_thread *self, int32_t status)
{
    struct k_cpu *cpu = k_hot_cpu(self);
    const struct k_kernel *kernel = cpu->kernel;
    if (k_hot_reaping(kernel))
        k_reaper_step(cpu);
    for (;;) {
        if (k_thread_doomed(self))
            k_thread_exit(cpu);
        if (!k_sched_preempting(cpu))
            return status;
        cpu = k_sched_preempt(cpu);
    }
}

/* The call itself; after it self may be on another CPU. */
K_HOT int32_t call(struct k_cpu *cpu, struct k_thread *self, uint64_t number, const uint64_t in[6],
                   uint64_t out[3])
{
    k_count(&self->counters.system_calls, 1);
    if (k_hot_reaping(cpu->kernel) && k_thread_doomed(self))
        k_thread_exit(cpu);
    out[0] = out[1] = out[2] = 0;
    int32_t status = dispatch(cpu, self, number, in, out);
    if (k_hot_reaping(self->kernel) || k_hot_preempting(k_hot_cpu(self), self))
        return leave(self, status);
    return status;
}

/* Where there is more to do at an entry and at its end: models, and kernels with one lock for all. */
static __attribute__((noinline)) int32_t call_carefully(struct k_cpu *cpu, struct k_thread *self,
                                                        uint64_t number, const uint64_t in[6],
                                                        uint64_t out[3])
{
    k_charge(cpu, SLIP_COST_entry, 1);
    k_kernel_lock(cpu);
    k_trace(cpu, SLIP_TRACE_call_enter, number, self->object.id);
    int32_t status = call(cpu, self, number, in, out);
    cpu = k_hot_cpu(self);
    k_trace(cpu, SLIP_TRACE_call_return, number, (uint64_t)(int64_t)status);
    k_kernel_unlock(cpu);
    k_charge(cpu, SLIP_COST_exit, 1);
    return status;
}

int32_t k_kernel_syscall(struct k_cpu *cpu, uint64_t number, const uint64_t in[6], uint64_t out[3])
{
    struct k_thread *self = cpu->current;
    if (K_UNLIKELY(cpu->careful))
        return call_carefully(cpu, self, number, in, out);
    return call(cpu, self, number, in, out);
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
