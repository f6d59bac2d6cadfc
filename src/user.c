#include "user.h"

#include "hook.h"
#include "thread.h"

int k_user_readable(struct k_cpu *cpu, const struct k_process *process, uint64_t address,
                    uint64_t bytes)
{
    return k_user_writable(process, address, bytes) ||
           cpu->ops->image_contains(cpu->machine, address, bytes);
}

slip_status_t k_user_read(struct k_cpu *cpu, struct k_process *process, uint64_t address, void *to,
                          uint64_t bytes)
{
    if (bytes == 0)
        return SLIP_OK;
    if (!k_user_readable(cpu, process, address, bytes))
        return SLIP_BAD_ADDRESS;
    return cpu->ops->copy(cpu->machine, NULL, (uintptr_t)to, &process->space, address, bytes);
}

slip_status_t k_user_write(struct k_cpu *cpu, struct k_process *process, uint64_t address,
                           const void *from, uint64_t bytes)
{
    if (bytes == 0)
        return SLIP_OK;
    if (!k_user_writable(process, address, bytes))
        return SLIP_BAD_ADDRESS;
    return cpu->ops->copy(cpu->machine, &process->space, address, NULL, (uintptr_t)from, bytes);
}

static slip_status_t copy(struct k_cpu *cpu, struct k_process *to, uint64_t to_address,
                          struct k_process *from, uint64_t from_address, uint64_t bytes)
{
    k_count(&k_counters_now(cpu)->copied_bytes, bytes);
    return cpu->ops->copy(cpu->machine, &to->space, to_address, &from->space, from_address, bytes);
}

slip_status_t k_user_copy(struct k_cpu *cpu, struct k_process *to, uint64_t to_address,
                          struct k_process *from, uint64_t from_address, uint64_t bytes)
{
    if (bytes == 0)
        return SLIP_OK;
    k_charge(cpu, SLIP_COST_copy, 1);
    k_charge(cpu, SLIP_COST_copy_byte, bytes);
    return copy(cpu, to, to_address, from, from_address, bytes);
}

slip_status_t k_user_copy_words(struct k_cpu *cpu, struct k_process *to, uint64_t to_address,
                                struct k_process *from, uint64_t from_address, uint64_t bytes)
{
    if (bytes == 0)
        return SLIP_OK;
    k_charge(cpu, SLIP_COST_word, (bytes + 7) / 8);
    return copy(cpu, to, to_address, from, from_address, bytes);
}
