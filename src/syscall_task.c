/* Calls of processes, threads, the clock, and debug print. */
#include "config.h"
#include "hook.h"
#include "inherit.h"
#include "instance.h"
#include "process.h"
#include "sched.h"
#include "syscall.h"
#include "user.h"

#define CALL(name)                                                                                 \
    int32_t k_call_##name(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],          \
                          uint64_t out[3])

static slip_status_t look_up(struct k_cpu *cpu, struct k_thread *self, slip_handle_t handle,
                             const struct k_object_type *type, struct k_capability *capability)
{
    return k_handle_look_up(cpu, &self->process->handles, handle, type, SLIP_RIGHT_MANAGE,
                            capability);
}

static int32_t drop(struct k_thread *self, struct k_capability *capability, int32_t status)
{
    k_capability_drop(k_cpu_now(self->kernel), capability);
    return status;
}

/* A thread by handle, or the caller for SLIP_SELF; with a reference either way. */
static slip_status_t find_thread(struct k_cpu *cpu, struct k_thread *self, slip_handle_t handle,
                                 struct k_capability *capability)
{
    if (handle != SLIP_NO_HANDLE)
        return look_up(cpu, self, handle, &k_thread_type, capability);
    *capability = (struct k_capability){.object = &self->object};
    k_object_ref(&self->object);
    return SLIP_OK;
}

static int cpu_exists(const struct k_cpu *cpu, uint64_t index)
{
    return index == SLIP_CPU_ANY || index < cpu->kernel->config.cpus;
}

/* ---- processes ----------------------------------------------------------------------------- */

/* A creator with the default quota itself can make children by default. */
static uint64_t default_quota(struct k_cpu *cpu, struct k_process *creator)
{
    uint64_t half = k_quota_left(cpu, &creator->quota) / 2;
    return half < K_QUOTA_PROCESS_DEFAULT ? half : K_QUOTA_PROCESS_DEFAULT;
}

CALL(process_create)
{
    char name[SLIP_NAME_BYTES_MAX + 1] = {0};
    if (in[1] > SLIP_NAME_BYTES_MAX)
        return SLIP_TOO_LONG;
    slip_status_t status = k_user_read(cpu, self->process, in[0], name, in[1]);
    if (status != SLIP_OK)
        return status;
    uint64_t quota = in[2] == 0 ? default_quota(cpu, self->process) : in[2];
    if (quota < K_QUOTA_PROCESS_LEAST)
        return in[2] == 0 ? SLIP_NO_QUOTA : SLIP_BAD_ARGUMENT;
    struct k_process *process;
    status = k_process_create(cpu, self->process, name, quota, &process);
    if (status != SLIP_OK)
        return status;
    return k_call_publish(cpu, self, &process->object, SLIP_RIGHT_MANAGE, &out[0]);
}

/* Decodes entry and placement of a new thread. */
static slip_status_t decode_start(struct k_cpu *cpu, uint64_t entry, uint64_t argument,
                                  uint64_t placement, struct k_thread_start *start)
{
    uint64_t priority = placement & 0xffff;
    *start = (struct k_thread_start){.entry = entry,
                                     .argument = argument,
                                     .priority = (uint32_t)priority,
                                     .cpu = (uint32_t)(placement >> 32)};
    if (priority > SLIP_PRIORITY_MAX || !cpu_exists(cpu, start->cpu))
        return SLIP_BAD_ARGUMENT;
    return cpu->ops->image_contains(cpu->machine, entry, 1) ? SLIP_OK : SLIP_BAD_ADDRESS;
}

/* Moves a handle to a process that has begun, and makes its first thread; or does neither. */
static slip_status_t start_with(struct k_cpu *cpu, struct k_thread *self, struct k_process *process,
                                slip_handle_t handle, const struct k_thread_start *start)
{
    struct k_capability moved = {.object = NULL};
    slip_handle_t arrived = SLIP_NO_HANDLE;
    slip_status_t status = SLIP_OK;
    if (handle != SLIP_NO_HANDLE)
        status = k_handle_detach(cpu, &self->process->handles, handle, &moved);
    if (status == SLIP_OK && moved.object == &process->object)
        status = SLIP_BAD_ARGUMENT;
    /* The process gets a handle of its own: threads that others start in it may close that. */
    if (status == SLIP_OK && moved.object != NULL) {
        k_capability_hold(&moved);
        status = k_handle_open(cpu, &process->handles, &moved, &arrived);
        if (status != SLIP_OK)
            k_capability_close(cpu, &moved);
    }
    if (status == SLIP_OK) {
        struct k_thread *thread;
        atomic_store_explicit(&process->start_handle, arrived, memory_order_relaxed);
        status = k_thread_create(cpu, process, start, &thread);
        if (status == SLIP_OK)
            k_object_unref(cpu, &thread->object);
    }
    if (status != SLIP_OK && arrived != SLIP_NO_HANDLE)
        k_handle_close(cpu, &process->handles, arrived);
    if (status != SLIP_OK && moved.object != NULL)
        k_handle_restore(cpu, &self->process->handles, handle);
    if (status == SLIP_OK && moved.object != NULL) {
        k_handle_forget(cpu, &self->process->handles, handle);
        k_capability_close(cpu, &moved);
    }
    return status;
}

CALL(process_start)
{
    (void)out;
    struct k_capability capability;
    struct k_thread_start start;
    slip_status_t status = look_up(cpu, self, in[0], &k_process_type, &capability);
    if (status != SLIP_OK)
        return status;
    struct k_process *process = K_PROCESS(capability.object);
    status = decode_start(cpu, in[1], 0, in[3], &start);
    if (status == SLIP_OK)
        status = k_process_begin(cpu, process);
    if (status == SLIP_OK) {
        status = start_with(cpu, self, process, in[2], &start);
        if (status != SLIP_OK)
            k_process_unbegin(cpu, process);
        else
            k_process_leave(cpu, process);
    }
    return drop(self, &capability, status);
}

CALL(process_kill)
{
    (void)out;
    struct k_capability capability;
    slip_status_t status = look_up(cpu, self, in[0], &k_process_type, &capability);
    if (status != SLIP_OK)
        return status;
    k_process_kill(cpu, K_PROCESS(capability.object), SLIP_EXIT_KILLED);
    return drop(self, &capability, SLIP_OK);
}

CALL(process_exit)
{
    (void)out;
    k_process_kill(cpu, self->process, (uint32_t)in[0]);
    return SLIP_OK; /* to nobody: the thread ends on its way out */
}

CALL(process_wait)
{
    struct k_capability capability;
    slip_status_t status = look_up(cpu, self, in[0], &k_process_type, &capability);
    if (status != SLIP_OK)
        return status;
    struct k_process *process = K_PROCESS(capability.object);
    if (process == self->process)
        status = SLIP_BAD_ARGUMENT;
    else
        status = k_process_wait(cpu, process, in[1], &out[0]);
    if (status != SLIP_OK)
        out[0] = 0;
    return drop(self, &capability, status);
}

/* ---- threads ------------------------------------------------------------------------------- */

static slip_status_t start_thread(struct k_cpu *cpu, struct k_thread *self,
                                  struct k_process *process, const uint64_t in[6],
                                  slip_handle_t *handle)
{
    struct k_thread_start start;
    struct k_thread *thread;
    slip_status_t status = decode_start(cpu, in[1], in[2], in[3], &start);
    if (status != SLIP_OK)
        return status;
    /* The place for the handle comes first: a thread that runs cannot be taken back. */
    status = k_handle_reserve(cpu, &self->process->handles, 1);
    if (status != SLIP_OK)
        return status;
    status = k_process_visit(cpu, process);
    if (status == SLIP_OK) {
        status = k_thread_create(cpu, process, &start, &thread);
        k_process_leave(cpu, process);
    }
    if (status != SLIP_OK) {
        k_handle_unreserve(cpu, &self->process->handles, 1);
        return status;
    }
    struct k_capability capability = {.object = &thread->object, .rights = SLIP_RIGHT_MANAGE};
    k_capability_hold(&capability);
    k_handle_open_reserved(cpu, &self->process->handles, &capability, handle);
    k_object_unref(cpu, &thread->object);
    return SLIP_OK;
}

CALL(thread_start)
{
    if (in[0] == SLIP_NO_HANDLE)
        return start_thread(cpu, self, self->process, in, &out[0]);
    struct k_capability capability;
    slip_status_t status = look_up(cpu, self, in[0], &k_process_type, &capability);
    if (status != SLIP_OK)
        return status;
    status = start_thread(cpu, self, K_PROCESS(capability.object), in, &out[0]);
    return drop(self, &capability, status);
}

CALL(thread_exit)
{
    (void)self;
    (void)in;
    (void)out;
    k_thread_exit(cpu);
}

CALL(thread_cancel)
{
    (void)out;
    struct k_capability capability;
    slip_status_t status = find_thread(cpu, self, in[0], &capability);
    if (status != SLIP_OK)
        return status;
    struct k_request *request = K_THREAD(capability.object)->request;
    uint32_t generation = K_REQUEST_GENERATION(k_request_word(request));
    status = k_request_cancel(cpu, request, generation);
    return drop(self, &capability, status);
}

CALL(thread_priority)
{
    struct k_capability capability;
    slip_status_t status = find_thread(cpu, self, in[0], &capability);
    if (status != SLIP_OK)
        return status;
    if (in[1] > SLIP_PRIORITY_MAX)
        return drop(self, &capability, SLIP_BAD_ARGUMENT);
    struct k_thread *thread = K_THREAD(capability.object);
    out[0] = k_thread_effective(thread);
    k_lock_take(cpu, &thread->object.lock);
    atomic_store_explicit(&thread->base, (uint32_t)in[1], memory_order_relaxed);
    k_lock_drop(cpu, &thread->object.lock);
    k_inherit_note(cpu, thread);
    k_inherit_run(cpu);
    return drop(self, &capability, SLIP_OK);
}

CALL(thread_affinity)
{
    (void)out;
    struct k_capability capability;
    slip_status_t status = find_thread(cpu, self, in[0], &capability);
    if (status != SLIP_OK)
        return status;
    if (!cpu_exists(cpu, in[1]))
        return drop(self, &capability, SLIP_BAD_ARGUMENT);
    struct k_thread *thread = K_THREAD(capability.object);
    atomic_store_explicit(&thread->affinity, (uint32_t)in[1], memory_order_relaxed);
    if (thread != self)
        k_sched_retie(cpu, thread);
    return drop(self, &capability, SLIP_OK);
}

CALL(thread_yield)
{
    (void)self;
    (void)in;
    (void)out;
    k_sched_yield(cpu);
    return SLIP_OK;
}

CALL(thread_compute)
{
    (void)out;
    slip_time_t left = in[0];
    while (left > 0) {
        k_kernel_unlock(cpu);
        slip_time_t spent = cpu->ops->compute(cpu->machine, cpu->index, left);
        k_kernel_lock(cpu);
        left = spent < left ? left - spent : 0;
        if (k_thread_doomed(self))
            break;
        if (k_sched_preempting(cpu))
            cpu = k_sched_preempt(cpu);
    }
    return SLIP_OK;
}

CALL(thread_checkpoint)
{
    (void)cpu;
    (void)self;
    (void)in;
    (void)out;
    return SLIP_OK; /* entering and leaving the kernel is all there is to it */
}

CALL(thread_sleep_until)
{
    (void)self;
    (void)out;
    if (in[0] <= k_now(cpu))
        return SLIP_OK;
    k_wait_begin(cpu, K_WAIT_SLEEP, NULL);
    k_wait_block(cpu, in[0], NULL);
    return SLIP_OK;
}

CALL(thread_area)
{
    (void)cpu;
    (void)in;
    out[0] = self->area;
    return SLIP_OK;
}

/* ---- clock and print ----------------------------------------------------------------------- */

CALL(clock_now)
{
    (void)self;
    (void)in;
    out[0] = k_now(cpu);
    return SLIP_OK;
}

CALL(debug_print)
{
    (void)out;
    char text[SLIP_PRINT_BYTES_MAX];
    if (in[1] > sizeof(text))
        return SLIP_TOO_LONG;
    slip_status_t status = k_user_read(cpu, self->process, in[0], text, in[1]);
    if (status == SLIP_OK && in[1] != 0)
        cpu->ops->print(cpu->machine, text, in[1]);
    return status;
}
