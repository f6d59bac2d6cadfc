#include "sim/machine/cpu.h"

void sim_cpu_init(struct sim_cpu *cpu, uint32_t index)
{
    cpu->index = index;
    atomic_init(&cpu->word, 0);
    atomic_init(&cpu->inbox, NULL);
    atomic_init(&cpu->deadline, SLIP_NEVER);
    cpu->kernel = NULL;
}

void sim_cpu_run(struct sim_machine *machine, struct sim_cpu *cpu)
{
    cpu->kernel = k_kernel_cpu(machine->kernel, cpu->index);
    k_kernel_cpu_run(machine->kernel, cpu->index);
}

void sim_cpu_push(struct sim_cpu *cpu, struct sim_inbox_item *item)
{
    struct sim_inbox_item *head = atomic_load_explicit(&cpu->inbox, memory_order_relaxed);
    do
        item->next = head;
    while (!atomic_compare_exchange_weak_explicit(&cpu->inbox, &head, item, memory_order_release,
                                                  memory_order_relaxed));
}

static void call_items(struct sim_machine *machine, struct sim_cpu *cpu)
{
    struct sim_inbox_item *item = atomic_exchange_explicit(&cpu->inbox, NULL, memory_order_acquire);
    struct sim_inbox_item *oldest = NULL;
    while (item != NULL) {
        struct sim_inbox_item *next = item->next;
        item->next = oldest;
        oldest = item;
        item = next;
    }
    while (oldest != NULL) {
        item = oldest;
        oldest = item->next; /* before the call: the item may be posted again in it */
        item->call(item, machine->kernel, cpu->index);
    }
}

int sim_cpu_poll(struct sim_machine *machine, struct sim_cpu *cpu)
{
    int made = 0;
    if (sim_cpu_pending(cpu)) {
        unsigned word =
            atomic_fetch_and_explicit(&cpu->word, ~SIM_CPU_PENDING, memory_order_acquire);
        made = 1;
        if (word & SIM_CPU_INBOX)
            call_items(machine, cpu);
        if (word & SIM_CPU_KICK)
            k_kernel_kicked(machine->kernel, cpu->index);
    }
    slip_time_t deadline = sim_cpu_deadline(cpu);
    if (deadline != SLIP_NEVER && deadline <= machine->base.ops->now(machine->base.context)) {
        atomic_store_explicit(&cpu->deadline, SLIP_NEVER, memory_order_relaxed);
        k_kernel_timer(machine->kernel, cpu->index);
        made = 1;
    }
    return made;
}
