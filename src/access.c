#include "access.h"

#include "hook.h"
#include "instance.h"
#include "process.h"
#include "thread.h"
#include "user.h"

/* Gives back the pins on a request and on all that it was lent on from, up to `stop` (not
 * included). A request keeps its lends as long as it is pinned, so the next one is read first. */
static void unpin_chain(struct k_cpu *cpu, struct k_request *request, uint32_t index,
                        const struct k_request *stop)
{
    while (request != stop) {
        slip_request_t outer = request->lend[index].outer;
        index = request->lend[index].outer_index;
        k_request_unpin(cpu, request, NULL);
        request = outer == 0 ? NULL : k_request_find(cpu->kernel, outer);
    }
}

/* Pins all that a pinned request's range was lent on from. On failure none of it. */
static slip_status_t pin_outer(struct k_cpu *cpu, struct k_request *request, uint32_t index)
{
    struct k_request *inner = request;
    uint32_t inner_index = index;
    while (inner->lend[inner_index].outer != 0) {
        slip_request_t token = inner->lend[inner_index].outer;
        struct k_request *outer = k_request_find(cpu->kernel, token);
        if (k_request_pin(outer, (uint32_t)(token >> 32)) != SLIP_OK) {
            slip_request_t first = request->lend[index].outer;
            if (inner != request)
                unpin_chain(cpu, k_request_find(cpu->kernel, first),
                            request->lend[index].outer_index, outer);
            return SLIP_STALE;
        }
        inner_index = inner->lend[inner_index].outer_index;
        inner = outer;
    }
    return SLIP_OK;
}

/* Checks a range of a request that is pinned, and pins the rest. */
static slip_status_t enter(struct k_cpu *cpu, struct k_process *process, struct k_request *request,
                           uint64_t index, uint64_t offset, uint64_t length, uint32_t right)
{
    if (request->holder != process)
        return SLIP_STALE;
    if (index >= request->lends)
        return SLIP_BAD_ARGUMENT;
    const struct k_lend *lend = &request->lend[index];
    if (offset > lend->length || length > lend->length - offset)
        return SLIP_BAD_ARGUMENT;
    if ((lend->right & right) != right)
        return SLIP_NO_RIGHT;
    slip_status_t status = pin_outer(cpu, request, (uint32_t)index);
    if (status != SLIP_OK)
        return status;
    status = k_buffer_pin(lend->buffer, lend->epoch);
    if (status != SLIP_OK && lend->outer != 0)
        unpin_chain(cpu, k_request_find(cpu->kernel, lend->outer), lend->outer_index, NULL);
    return status;
}

slip_status_t k_access_request(struct k_cpu *cpu, struct k_process *process, slip_request_t token,
                               uint64_t index, uint64_t offset, uint64_t length, uint32_t right,
                               struct k_entrance *entrance)
{
    struct k_request *request = k_request_find(cpu->kernel, token);
    if (request == NULL || k_request_pin(request, (uint32_t)(token >> 32)) != SLIP_OK)
        return SLIP_STALE;
    slip_status_t status = enter(cpu, process, request, index, offset, length, right);
    if (status != SLIP_OK) {
        k_request_unpin(cpu, request, NULL);
        return status;
    }
    const struct k_lend *lend = &request->lend[index];
    *entrance = (struct k_entrance){.buffer = lend->buffer,
                                    .request = request,
                                    .lend = (uint32_t)index,
                                    .address = lend->buffer->address + lend->offset + offset};
    return SLIP_OK;
}

slip_status_t k_access_buffer(struct k_cpu *cpu, struct k_process *process, slip_handle_t handle,
                              uint64_t offset, uint64_t length, uint32_t right,
                              struct k_entrance *entrance)
{
    uint32_t needs = (right & SLIP_LEND_READ ? SLIP_RIGHT_READ : 0) |
                     (right & SLIP_LEND_WRITE ? SLIP_RIGHT_WRITE : 0);
    struct k_capability capability;
    slip_status_t status =
        k_handle_look_up(cpu, &process->handles, handle, &k_buffer_type, needs, &capability);
    if (status != SLIP_OK)
        return status;
    struct k_buffer *buffer = K_BUFFER(capability.object);
    if (offset > buffer->length || length > buffer->length - offset)
        status = SLIP_BAD_ARGUMENT;
    else
        status = k_buffer_pin(buffer, capability.epoch);
    if (status == SLIP_OK)
        *entrance = (struct k_entrance){.buffer = buffer, .address = buffer->address + offset};
    k_capability_drop(cpu, &capability);
    return status;
}

void k_access_leave(struct k_cpu *cpu, struct k_entrance *entrance)
{
    k_buffer_unpin(cpu, entrance->buffer);
    if (entrance->request != NULL)
        unpin_chain(cpu, entrance->request, entrance->lend, NULL);
    entrance->buffer = NULL;
}

slip_status_t k_access_copy(struct k_cpu *cpu, struct k_process *process,
                            struct k_entrance *entrance, uint64_t address, uint64_t length,
                            uint32_t right)
{
    struct k_process *owner = entrance->buffer->process;
    slip_status_t status = SLIP_BAD_ADDRESS;
    if (right == SLIP_LEND_READ && k_user_writable(process, address, length))
        status = k_user_copy(cpu, process, address, owner, entrance->address, length);
    else if (right == SLIP_LEND_WRITE && k_user_readable(cpu, process, address, length))
        status = k_user_copy(cpu, owner, entrance->address, process, address, length);
    k_access_leave(cpu, entrance);
    return status;
}
