#include "lock.h"

#include "check.h"
#include "cpu.h"
#include "hook.h"

void k_lock_init(struct k_lock *lock, enum k_lock_rank rank)
{
    atomic_init(&lock->word, 0);
    lock->rank = rank;
    lock->line = (struct slip_line){0};
}

#if K_CHECK_LOCKS
static void rank_push(struct k_cpu *cpu, const struct k_lock *lock)
{
    K_REQUIRE(cpu->kernel, cpu->held_count < K_HELD_MAX);
    if (cpu->held_count > 0)
        K_REQUIRE(cpu->kernel, cpu->held[cpu->held_count - 1] < lock->rank);
    cpu->held[cpu->held_count++] = lock->rank;
}

static void rank_pop(struct k_cpu *cpu, const struct k_lock *lock)
{
    uint32_t i = cpu->held_count;
    while (i > 0 && cpu->held[i - 1] != lock->rank)
        i--;
    K_REQUIRE(cpu->kernel, i > 0);
    for (; i < cpu->held_count; i++)
        cpu->held[i - 1] = cpu->held[i];
    cpu->held_count--;
}
#else
static inline void rank_push(struct k_cpu *cpu, const struct k_lock *lock)
{
    (void)cpu;
    (void)lock;
}
static inline void rank_pop(struct k_cpu *cpu, const struct k_lock *lock)
{
    (void)cpu;
    (void)lock;
}
#endif

void k_lock_take_contended(struct k_cpu *cpu, struct k_lock *lock)
{
    k_count(&cpu->counters.lock_waits, 1);
    do {
        while (atomic_load_explicit(&lock->word, memory_order_relaxed) != 0)
            cpu->ops->relax(cpu->machine);
        if (cpu->modelled)
            cpu->ops->lock_wait(cpu->machine, cpu->index, &lock->line);
    } while (atomic_exchange_explicit(&lock->word, 1, memory_order_acquire) != 0);
}

void k_lock_take(struct k_cpu *cpu, struct k_lock *lock)
{
    rank_push(cpu, lock);
    if (cpu->modelled)
        cpu->ops->lock_wait(cpu->machine, cpu->index, &lock->line);
    if (atomic_exchange_explicit(&lock->word, 1, memory_order_acquire) != 0)
        k_lock_take_contended(cpu, lock);
}

void k_lock_drop(struct k_cpu *cpu, struct k_lock *lock)
{
    K_REQUIRE(cpu->kernel, k_lock_taken(lock));
    rank_pop(cpu, lock);
    atomic_store_explicit(&lock->word, 0, memory_order_release);
    if (cpu->modelled)
        cpu->ops->lock_pass(cpu->machine, cpu->index, &lock->line);
}
