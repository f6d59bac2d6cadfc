#include "message.h"

#include "check.h"
#include "endpoint.h"
#include "hook.h"
#include "process.h"
#include "thread.h"
#include "user.h"

slip_status_t k_parcel_decode(struct k_cpu *cpu, struct k_thread *thread, uint64_t tag,
                              uint64_t address, struct k_parcel *parcel)
{
    parcel->thread = thread;
    parcel->address = address == 0 ? thread->area : address;
    parcel->bytes = (uint32_t)(tag & 0xfffff);
    parcel->handles = (uint32_t)(tag >> 20 & 15);
    parcel->lends = (uint32_t)(tag >> 24 & 15);
    parcel->flags = (uint32_t)(tag >> 28 & 15);
    parcel->data = 0;
    if (parcel->bytes > SLIP_MESSAGE_BYTES_MAX)
        return SLIP_TOO_LONG;
    if (parcel->handles > SLIP_MESSAGE_HANDLES || parcel->lends > SLIP_MESSAGE_LENDS ||
        (parcel->flags & ~(SLIP_SEND_FAIL_FULL | SLIP_SEND_COOPERATIVE)) != 0)
        return SLIP_BAD_ARGUMENT;
    if (!k_user_readable(cpu, thread->process, parcel->address, sizeof(struct slip_message_area)))
        return SLIP_BAD_ADDRESS;
    if (parcel->bytes <= SLIP_MESSAGE_BYTES_INLINE)
        return SLIP_OK;
    slip_status_t status = k_user_read(cpu, thread->process,
                                       parcel->address + offsetof(struct slip_message_area, data),
                                       &parcel->data, sizeof(parcel->data));
    if (status != SLIP_OK)
        return status;
    return k_user_readable(cpu, thread->process, parcel->data, parcel->bytes) ? SLIP_OK
                                                                              : SLIP_BAD_ADDRESS;
}

slip_status_t k_cargo_load(struct k_cpu *cpu, const struct k_parcel *parcel, struct k_cargo *cargo)
{
    struct k_process *process = parcel->thread->process;
    cargo->count = 0;
    if (parcel->handles == 0)
        return SLIP_OK;
    slip_handle_t handle[SLIP_MESSAGE_HANDLES];
    slip_status_t status =
        k_user_read(cpu, process, parcel->address + offsetof(struct slip_message_area, handle),
                    handle, parcel->handles * sizeof(handle[0]));
    for (uint32_t i = 0; status == SLIP_OK && i < parcel->handles; i++) {
        status = k_handle_detach(cpu, &process->handles, handle[i], &cargo->capability[i]);
        if (status == SLIP_OK)
            cargo->handle[cargo->count++] = handle[i];
    }
    if (status != SLIP_OK)
        k_cargo_return(cpu, process, cargo);
    return status;
}

void k_cargo_depart(struct k_cpu *cpu, struct k_process *sender, struct k_cargo *cargo)
{
    for (uint32_t i = 0; i < cargo->count; i++)
        k_handle_forget(cpu, &sender->handles, cargo->handle[i]);
}

void k_cargo_return(struct k_cpu *cpu, struct k_process *sender, struct k_cargo *cargo)
{
    for (uint32_t i = 0; i < cargo->count; i++)
        k_handle_restore(cpu, &sender->handles, cargo->handle[i]);
    cargo->count = 0;
}

void k_cargo_close(struct k_cpu *cpu, struct k_cargo *cargo)
{
    uint32_t count = cargo->count;
    cargo->count = 0;
    for (uint32_t i = 0; i < count; i++)
        k_capability_close(cpu, &cargo->capability[i]);
}

void k_cargo_unload(struct k_cpu *cpu, struct k_process *receiver, struct k_cargo *cargo,
                    slip_handle_t handle[])
{
    for (uint32_t i = 0; i < cargo->count; i++)
        k_handle_open_reserved(cpu, &receiver->handles, &cargo->capability[i], &handle[i]);
    cargo->count = 0;
}

slip_status_t k_window_open(struct k_cpu *cpu, struct k_thread *thread, uint64_t address,
                            uint32_t bytes, uint32_t handles, uint64_t *data)
{
    struct k_process *process = thread->process;
    *data = address;
    if (bytes > SLIP_MESSAGE_BYTES_INLINE) {
        uint64_t window[2]; /* data, capacity */
        slip_status_t status =
            k_user_read(cpu, process, address + offsetof(struct slip_message_area, data), window,
                        sizeof(window));
        if (status != SLIP_OK)
            return status;
        if (window[1] < bytes)
            return SLIP_TOO_LONG;
        if (!k_user_writable(process, window[0], bytes))
            return SLIP_BAD_ADDRESS;
        *data = window[0];
    }
    return handles == 0 ? SLIP_OK : k_handle_reserve(cpu, &process->handles, handles);
}

slip_status_t k_parcel_copy(struct k_cpu *cpu, const struct k_parcel *from, struct k_thread *to,
                            uint64_t to_address, uint64_t data)
{
    if (from->bytes > SLIP_MESSAGE_BYTES_INLINE)
        return k_user_copy(cpu, to->process, data, from->thread->process, from->data, from->bytes);
    return k_user_copy_words(cpu, to->process, to_address, from->thread->process, from->address,
                             from->bytes);
}

int k_parcel_faults(struct k_cpu *cpu, const struct k_parcel *parcel)
{
    uint64_t address = parcel->bytes > SLIP_MESSAGE_BYTES_INLINE ? parcel->data : parcel->address;
    uint64_t end = address + parcel->bytes;
    char byte;
    /* One byte of each page is enough: from the first on, then where each next page begins. */
    while (address < end) {
        if (k_user_read(cpu, parcel->thread->process, address, &byte, 1) != SLIP_OK)
            return 1;
        address = (address / SLIP_PAGE_BYTES + 1) * SLIP_PAGE_BYTES;
    }
    return 0;
}
