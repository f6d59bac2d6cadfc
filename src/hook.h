/* The modelled hooks of the machine: each is behind one test of a word of the CPU. */
#ifndef K_HOOK_H
#define K_HOOK_H

#include "counters.h"
#include "cpu.h"

static inline void k_charge(struct k_cpu *cpu, enum slip_cost cost, uint64_t amount)
{
    if (cpu->modelled)
        cpu->ops->charge(cpu->machine, cpu->index, cost, amount);
}

static inline void k_line(struct k_cpu *cpu, struct slip_line *line, enum slip_line_use use)
{
    if (cpu->modelled)
        cpu->ops->line(cpu->machine, cpu->index, line, use);
}

static inline void k_trace(struct k_cpu *cpu, enum slip_trace point, uint64_t a, uint64_t b)
{
    if (cpu->modelled)
        cpu->ops->trace(cpu->machine, cpu->index, point, a, b);
}

static inline slip_time_t k_now(struct k_cpu *cpu)
{
    return cpu->ops->now(cpu->machine);
}

#endif
