#include "buffer.h"

#include "check.h"
#include "hook.h"
#include "instance.h"
#include "process.h"
#include "sched.h"
#include "thread.h"
#include "user.h"

#define WAITER(pointer) K_CONTAINER(pointer, struct k_thread, wait.link)

static void free_buffer(struct k_cpu *cpu, struct k_object *object);

const struct k_object_type k_buffer_type = {
    .name = "buffer",
    .holder_right = 0,
    .close = NULL,
    .free = free_buffer,
};

static uint64_t pages(uint64_t bytes)
{
    return (bytes + SLIP_PAGE_BYTES - 1) / SLIP_PAGE_BYTES * SLIP_PAGE_BYTES;
}

static slip_status_t make(struct k_cpu *cpu, struct k_process *process, uint64_t length,
                          uint64_t mapped, struct k_buffer **out)
{
    uint64_t bytes = cpu->kernel->buffers.item_bytes + mapped;
    if (k_quota_charge(cpu, &process->quota, bytes) != SLIP_OK)
        return SLIP_NO_QUOTA;
    struct k_buffer *buffer = k_pool_get(&cpu->kernel->buffers, cpu);
    if (buffer == NULL) {
        k_quota_uncharge(cpu, &process->quota, bytes);
        return SLIP_NO_QUOTA;
    }
    buffer->process = process;
    buffer->length = length;
    buffer->mapped = mapped;
    k_list_init(&buffer->waiters);
    k_list_init(&buffer->process_link);
    /* The epoch goes on from the buffer that had this memory before. */
    uint64_t epoch = K_BUFFER_EPOCH(atomic_load_explicit(&buffer->word, memory_order_relaxed)) + 1U;
    atomic_store_explicit(&buffer->word, epoch << 32, memory_order_relaxed);
    k_count(&k_counters_now(cpu)->allocations, 1);
    *out = buffer;
    return SLIP_OK;
}

static void publish(struct k_cpu *cpu, struct k_process *process, struct k_buffer *buffer)
{
    k_object_init(cpu, &buffer->object, &k_buffer_type, K_RANK_BUFFER, &process->object);
    k_lock_take(cpu, &process->object.lock);
    k_list_push_tail(&process->buffers, &buffer->process_link);
    k_lock_drop(cpu, &process->object.lock);
}

slip_status_t k_buffer_create(struct k_cpu *cpu, struct k_process *process, uint64_t length,
                              struct k_buffer **out)
{
    struct k_buffer *buffer;
    slip_status_t status = make(cpu, process, length, pages(length), &buffer);
    if (status != SLIP_OK)
        return status;
    k_charge(cpu, SLIP_COST_map_page, pages(length) / SLIP_PAGE_BYTES);
    status = cpu->ops->map(cpu->machine, &process->space, pages(length), &buffer->address);
    if (status != SLIP_OK) {
        k_pool_put(&cpu->kernel->buffers, cpu, buffer);
        k_quota_uncharge(cpu, &process->quota, cpu->kernel->buffers.item_bytes + pages(length));
        return SLIP_NO_QUOTA;
    }
    publish(cpu, process, buffer);
    *out = buffer;
    return SLIP_OK;
}

slip_status_t k_buffer_register(struct k_cpu *cpu, struct k_process *process, uint64_t address,
                                uint64_t length, struct k_buffer **out)
{
    if (!k_user_writable(process, address, length))
        return SLIP_BAD_ADDRESS;
    slip_status_t status = make(cpu, process, length, 0, out);
    if (status != SLIP_OK)
        return status;
    (*out)->address = address;
    publish(cpu, process, *out);
    return SLIP_OK;
}

static void free_buffer(struct k_cpu *cpu, struct k_object *object)
{
    struct k_buffer *buffer = K_BUFFER(object);
    struct k_process *process = buffer->process;
    uint64_t mapped = buffer->mapped;
    k_lock_take(cpu, &process->object.lock);
    /* After the death of its process the range goes as a whole. Before, the range must not go while
     * this unmaps: a pin makes the reaper wait. */
    int unmap = mapped != 0 &&
                (atomic_load_explicit(&buffer->word, memory_order_acquire) & K_BUFFER_DEAD) == 0;
    if (unmap)
        atomic_fetch_add_explicit(&buffer->word, 1, memory_order_relaxed);
    else
        k_list_remove(&buffer->process_link);
    k_lock_drop(cpu, &process->object.lock);
    if (unmap) {
        k_charge(cpu, SLIP_COST_unmap_page, mapped / SLIP_PAGE_BYTES);
        if (cpu->kernel->config.cpus > 1)
            k_charge(cpu, SLIP_COST_shootdown, mapped / SLIP_PAGE_BYTES);
        cpu->ops->unmap(cpu->machine, &process->space, buffer->address, mapped);
        k_lock_take(cpu, &process->object.lock);
        k_list_remove(&buffer->process_link);
        k_lock_drop(cpu, &process->object.lock);
    }
    k_quota_uncharge(cpu, &process->quota, cpu->kernel->buffers.item_bytes + mapped);
    k_pool_put(&cpu->kernel->buffers, cpu, buffer);
    atomic_fetch_add_explicit(&cpu->kernel->reap_events, 1, memory_order_seq_cst);
}

slip_status_t k_buffer_pin(struct k_buffer *buffer, uint32_t epoch)
{
    unsigned long long word = atomic_load_explicit(&buffer->word, memory_order_acquire);
    do {
        if (K_BUFFER_EPOCH(word) != epoch || (word & K_BUFFER_DEAD) != 0)
            return SLIP_STALE;
    } while (!atomic_compare_exchange_weak_explicit(&buffer->word, &word, word + 1,
                                                    memory_order_acq_rel, memory_order_acquire));
    k_object_ref(&buffer->object);
    return SLIP_OK;
}

void k_buffer_unpin(struct k_cpu *cpu, struct k_buffer *buffer)
{
    uint64_t word = atomic_fetch_sub_explicit(&buffer->word, 1, memory_order_seq_cst) - 1;
    if (K_BUFFER_PINS(word) == 0) {
        /* A waiter looks at the pins under the lock, so it is seen here or sees none. */
        k_lock_take(cpu, &buffer->object.lock);
        for (struct k_list *link; (link = k_list_pop_head(&buffer->waiters)) != NULL;)
            if (k_wait_claim(WAITER(link)))
                k_wait_wake(cpu, WAITER(link), K_OUTCOME_AGAIN);
        k_lock_drop(cpu, &buffer->object.lock);
        if (word & K_BUFFER_DEAD)
            atomic_fetch_add_explicit(&cpu->kernel->reap_events, 1, memory_order_seq_cst);
    }
    k_object_unref(cpu, &buffer->object);
}

void k_buffer_revoke(struct k_buffer *buffer, int kill)
{
    unsigned long long word = atomic_load_explicit(&buffer->word, memory_order_relaxed);
    unsigned long long after;
    do {
        after = word + ((uint64_t)1 << 32);
        if (kill)
            after |= K_BUFFER_DEAD;
    } while (!atomic_compare_exchange_weak_explicit(&buffer->word, &word, after,
                                                    memory_order_acq_rel, memory_order_relaxed));
}

static uint32_t pins(struct k_buffer *buffer)
{
    return K_BUFFER_PINS(atomic_load_explicit(&buffer->word, memory_order_seq_cst));
}

slip_status_t k_buffer_drain(struct k_cpu *cpu, struct k_buffer *buffer, slip_time_t deadline)
{
    struct k_kernel *kernel = cpu->kernel;
    struct k_thread *self = cpu->current;
    int32_t outcome = K_OUTCOME_AGAIN;
    while (outcome == K_OUTCOME_AGAIN) {
        k_lock_take(cpu, &buffer->object.lock);
        if (pins(buffer) == 0 || deadline == 0) {
            k_lock_drop(cpu, &buffer->object.lock);
            return pins(buffer) == 0 ? SLIP_OK : SLIP_WOULD_BLOCK;
        }
        k_list_push_tail(&buffer->waiters, &self->wait.link);
        k_wait_begin(cpu, K_WAIT_PINS, &buffer->object);
        k_lock_drop(cpu, &buffer->object.lock);
        outcome = k_wait_block(cpu, deadline, NULL);
        cpu = k_cpu_now(kernel);
        k_lock_take(cpu, &buffer->object.lock);
        k_list_remove(&self->wait.link);
        k_lock_drop(cpu, &buffer->object.lock);
    }
    if (outcome == K_OUTCOME_KILLED)
        return SLIP_CANCELLED;
    return pins(buffer) == 0 ? SLIP_OK : (slip_status_t)outcome;
}
