/* Calls of interrupts, buffers and handles. */
#include "access.h"
#include "buffer.h"
#include "endpoint.h"
#include "instance.h"
#include "interrupt.h"
#include "port.h"
#include "process.h"
#include "syscall.h"

#define CALL(name)                                                                                 \
    int32_t k_call_##name(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],          \
                          uint64_t out[3])

#define BUFFER_WAYS (SLIP_RIGHT_READ | SLIP_RIGHT_WRITE)

static slip_status_t look_up(struct k_cpu *cpu, struct k_thread *self, slip_handle_t handle,
                             const struct k_object_type *type, uint32_t rights,
                             struct k_capability *capability)
{
    return k_handle_look_up(cpu, &self->process->handles, handle, type, rights, capability);
}

static int32_t drop(struct k_thread *self, struct k_capability *capability, int32_t status)
{
    k_capability_drop(k_cpu_now(self->kernel), capability);
    return status;
}

/* ---- interrupts ---------------------------------------------------------------------------- */

CALL(interrupt_create)
{
    struct k_interrupt *interrupt;
    if (self->process->creator != NULL)
        return SLIP_NO_RIGHT;
    if (in[0] >= K_LINES_MAX)
        return SLIP_BAD_ARGUMENT;
    slip_status_t status = k_interrupt_create(cpu, self->process, (uint32_t)in[0], &interrupt);
    if (status != SLIP_OK)
        return status;
    return k_call_publish(cpu, self, &interrupt->object, SLIP_RIGHT_BIND, &out[0]);
}

CALL(interrupt_bind)
{
    (void)out;
    struct k_capability interrupt, target;
    slip_status_t status =
        look_up(cpu, self, in[0], &k_interrupt_type, SLIP_RIGHT_BIND, &interrupt);
    if (status != SLIP_OK)
        return status;
    status = look_up(cpu, self, in[1], NULL, 0, &target);
    if (status != SLIP_OK)
        return drop(self, &interrupt, status);
    int is_endpoint = target.object->type == &k_endpoint_type;
    int is_port = target.object->type == &k_port_type;
    if (!is_endpoint && !is_port)
        status = SLIP_WRONG_TYPE;
    else if ((target.rights & (is_endpoint ? SLIP_RIGHT_RECEIVE : SLIP_RIGHT_WAIT)) == 0)
        status = SLIP_NO_RIGHT;
    else
        status = k_interrupt_bind(cpu, K_INTERRUPT(interrupt.object), target.object, in[2]);
    drop(self, &target, status);
    return drop(self, &interrupt, status);
}

CALL(interrupt_unbind)
{
    struct k_capability interrupt;
    slip_status_t status =
        look_up(cpu, self, in[0], &k_interrupt_type, SLIP_RIGHT_BIND, &interrupt);
    if (status != SLIP_OK)
        return status;
    uint32_t withdrawn;
    status = k_interrupt_unbind(cpu, K_INTERRUPT(interrupt.object), &withdrawn);
    out[0] = withdrawn;
    return drop(self, &interrupt, status);
}

CALL(interrupt_acknowledge)
{
    (void)out;
    struct k_capability interrupt;
    slip_status_t status =
        look_up(cpu, self, in[0], &k_interrupt_type, SLIP_RIGHT_BIND, &interrupt);
    if (status != SLIP_OK)
        return status;
    return drop(self, &interrupt, k_interrupt_acknowledge(cpu, K_INTERRUPT(interrupt.object)));
}

/* ---- buffers ------------------------------------------------------------------------------- */

/* Makes the owner's handle, which carries the epoch of the buffer. */
static slip_status_t publish_buffer(struct k_cpu *cpu, struct k_thread *self,
                                    struct k_buffer *buffer, uint32_t rights, slip_handle_t *handle)
{
    struct k_capability capability = {
        .object = &buffer->object, .rights = rights, .epoch = k_buffer_epoch(buffer)};
    k_capability_hold(&capability);
    slip_status_t status = k_handle_open(cpu, &self->process->handles, &capability, handle);
    if (status != SLIP_OK)
        k_capability_close(cpu, &capability);
    return status;
}

CALL(buffer_create)
{
    struct k_buffer *buffer;
    if (in[0] == 0 || in[0] > SLIP_BUFFER_BYTES_MAX)
        return SLIP_BAD_ARGUMENT;
    slip_status_t status = k_buffer_create(cpu, self->process, in[0], &buffer);
    if (status != SLIP_OK)
        return status;
    status = publish_buffer(cpu, self, buffer, BUFFER_WAYS | SLIP_RIGHT_MANAGE, &out[0]);
    if (status == SLIP_OK)
        out[1] = buffer->address;
    k_object_unref(cpu, &buffer->object);
    return status;
}

CALL(buffer_register)
{
    struct k_buffer *buffer;
    if (in[1] == 0 || in[1] > SLIP_BUFFER_BYTES_MAX)
        return SLIP_BAD_ARGUMENT;
    slip_status_t status = k_buffer_register(cpu, self->process, in[0], in[1], &buffer);
    if (status != SLIP_OK)
        return status;
    status = publish_buffer(cpu, self, buffer, BUFFER_WAYS | SLIP_RIGHT_MANAGE, &out[0]);
    k_object_unref(cpu, &buffer->object);
    return status;
}

CALL(buffer_unregister)
{
    (void)out;
    struct k_capability capability;
    slip_status_t status =
        look_up(cpu, self, in[0], &k_buffer_type, SLIP_RIGHT_MANAGE, &capability);
    if (status != SLIP_OK)
        return status;
    struct k_buffer *buffer = K_BUFFER(capability.object);
    k_buffer_revoke(buffer, 0);
    status = k_buffer_drain(cpu, buffer, in[1]);
    cpu = k_cpu_now(self->kernel);
    if (status == SLIP_OK)
        k_handle_close(cpu, &self->process->handles, in[0]);
    return drop(self, &capability, status);
}

CALL(buffer_share)
{
    struct k_capability capability;
    int wrong = in[1] == 0 || (in[1] & ~(uint64_t)BUFFER_WAYS) != 0;
    uint32_t rights = wrong ? 0 : (uint32_t)in[1];
    slip_status_t status = look_up(cpu, self, in[0], &k_buffer_type, rights, &capability);
    if (status != SLIP_OK)
        return status;
    struct k_buffer *buffer = K_BUFFER(capability.object);
    if (wrong)
        status = (capability.rights & BUFFER_WAYS) == 0 ? SLIP_NO_RIGHT : SLIP_BAD_ARGUMENT;
    else if (capability.epoch != k_buffer_epoch(buffer))
        status = SLIP_STALE;
    else
        status = publish_buffer(cpu, self, buffer, rights, &out[0]);
    return drop(self, &capability, status);
}

/* The owner keeps access: its handle is made anew with the epoch that holds from now on. */
CALL(buffer_revoke)
{
    (void)out;
    struct k_capability capability;
    slip_status_t status =
        look_up(cpu, self, in[0], &k_buffer_type, SLIP_RIGHT_MANAGE, &capability);
    if (status != SLIP_OK)
        return status;
    struct k_buffer *buffer = K_BUFFER(capability.object);
    k_buffer_revoke(buffer, 0);
    k_handle_renew(cpu, &self->process->handles, in[0], k_buffer_epoch(buffer));
    status = k_buffer_drain(cpu, buffer, in[1]);
    return drop(self, &capability, status);
}

CALL(buffer_read)
{
    (void)out;
    struct k_entrance entrance;
    slip_status_t status =
        k_access_buffer(cpu, self->process, in[0], in[1], in[3], SLIP_LEND_READ, &entrance);
    if (status != SLIP_OK)
        return status;
    return k_access_copy(cpu, self->process, &entrance, in[2], in[3], SLIP_LEND_READ);
}

CALL(buffer_write)
{
    (void)out;
    struct k_entrance entrance;
    slip_status_t status =
        k_access_buffer(cpu, self->process, in[0], in[1], in[3], SLIP_LEND_WRITE, &entrance);
    if (status != SLIP_OK)
        return status;
    return k_access_copy(cpu, self->process, &entrance, in[2], in[3], SLIP_LEND_WRITE);
}

/* ---- handles ------------------------------------------------------------------------------- */

CALL(handle_duplicate)
{
    struct k_capability capability;
    slip_status_t status = look_up(cpu, self, in[0], NULL, 0, &capability);
    if (status != SLIP_OK)
        return status;
    struct k_capability copy = capability;
    copy.rights = (uint32_t)in[1];
    if ((in[1] & ~(uint64_t)capability.rights) != 0)
        status = SLIP_NO_RIGHT;
    else if (in[2] != 0 && capability.badge != 0)
        status = SLIP_BAD_ARGUMENT;
    if (status != SLIP_OK)
        return drop(self, &capability, status);
    if (in[2] != 0)
        copy.badge = in[2];
    k_capability_hold(&copy);
    status = k_handle_open(cpu, &self->process->handles, &copy, &out[0]);
    if (status != SLIP_OK)
        k_capability_close(cpu, &copy);
    return drop(self, &capability, status);
}

CALL(handle_close)
{
    (void)out;
    return k_handle_close(cpu, &self->process->handles, in[0]);
}

CALL(handle_start)
{
    (void)cpu;
    (void)in;
    out[0] = atomic_load_explicit(&self->process->start_handle, memory_order_relaxed);
    return SLIP_OK;
}
