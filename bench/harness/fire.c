#include "bench/harness/fire.h"

#include <slipway/kernel.h>
#include "sim/instance.h"
#include "sim/machine/machine.h"

struct firing {
    struct sim_inbox_item item;
    uint32_t line, bits;
};

static struct firing firing;

static void fire_now(struct sim_inbox_item *item, struct k_kernel *kernel, uint32_t cpu)
{
    const struct firing *one = (struct firing *)item;
    k_kernel_interrupt(kernel, cpu, one->line, one->bits);
}

void bench_fire(uint32_t line, uint32_t bits)
{
    struct sim_machine *machine = sim_instance_machine(sim_instance_current());
    firing = (struct firing){.item = {.call = fire_now}, .line = line, .bits = bits};
    machine->kind->post(machine, 0, &firing.item);
}
