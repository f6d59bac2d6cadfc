/* One kernel: everything that it knows hangs here. */
#ifndef K_INSTANCE_H
#define K_INSTANCE_H

#include "cpu.h"
#include "pool.h"

struct k_process;
struct k_interrupt;

struct k_kernel {
    /* Fixed after it was made. */
    struct slip_machine machine;
    struct k_config config;
    struct k_cpu *cpus; /* config.cpus of them */
    uint64_t pages_bytes;

    struct k_pool processes, threads, endpoints, ports, buffers, interrupts, requests, messages;

    atomic_ullong ids; /* of objects and processes */
    atomic_ullong process_ids;
    atomic_int halted;         /* 1: the last process is gone (release); read in idle (acquire) */
    atomic_uint process_count; /* that are not gone */
    atomic_uint begun_count;   /* those of them that have begun, or are dying */
    atomic_ullong processes_made;

    struct k_lock big_lock;   /* rank KERNEL; see k_kernel_lock */
    struct k_lock cycle_lock; /* rank CYCLE; guards no data */

    struct k_lock reap_lock; /* rank REAPER */
    /* reap_lock */
    struct k_list reap;     /* processes that are being taken apart */
    atomic_uint reap_count; /* processes that are DYING, from before that until they are gone: while
                               it is 0 no thread is doomed (added to by seq_cst) */
    atomic_uint reap_events; /* counts what a process that is taken apart may wait for; added to
                                    (seq_cst) after it happened, read before a step looks */
    struct k_counters gone;  /* of processes that are gone */

    _Atomic(struct k_process *) first;
    _Atomic(struct k_interrupt *) lines[K_LINES_MAX];
    atomic_uint line_bits[K_LINES_MAX]; /* fired while the line had no object */
};

static inline struct k_cpu *k_cpu_now(struct k_kernel *kernel)
{
    return &kernel->cpus[kernel->machine.ops->cpu_current(kernel->machine.context)];
}

/* A CPU comes into the kernel, and leaves it: for user code, for idling, for computing. */
static inline void k_kernel_lock(struct k_cpu *cpu)
{
    if (cpu->flags & K_CONFIG_BIG_LOCK)
        k_lock_take(cpu, &cpu->kernel->big_lock);
}

static inline void k_kernel_unlock(struct k_cpu *cpu)
{
    if (cpu->flags & K_CONFIG_BIG_LOCK)
        k_lock_drop(cpu, &cpu->kernel->big_lock);
}

#endif
