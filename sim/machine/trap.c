#include <slipway/types.h>

#include <stdlib.h>
#include "sim/machine/flow.h"
#include "sim/machine/image.h"
#include "sim/machine/say.h"

_Thread_local struct sim_flow *sim_flow_now __attribute__((tls_model("initial-exec")));

__attribute__((noinline)) struct sim_flow *sim_flow_of_thread(const char *function)
{
    struct sim_flow *flow = sim_flow_now;
    if (flow == NULL || flow->space == NULL) {
        sim_say("slipway: %s was called on a host thread, outside of a simulated one; system calls "
                "and the heap exist only inside of sim_run\n",
                function);
        abort();
    }
    return flow;
}

/* What a trap of this flow has to look at besides its CPU does not change while the machine runs. */
struct sim_flow sim_flow_make(struct sim_machine *machine, const struct slip_space *space)
{
    return (struct sim_flow){.machine = machine,
                             .space = sim_space_of(space),
                             .at_once = machine->poll == NULL && !machine->explains};
}

/* Where there is more to do than to enter the kernel. */
static __attribute__((noinline)) int32_t trap_with_care(uint64_t number, const uint64_t in[6],
                                                        uint64_t out[3])
{
    const struct sim_flow *flow = sim_flow_now;
    if (flow == NULL || flow->space == NULL)
        flow = sim_flow_of_thread("slip_trap"); /* ends the program with a message */
    struct sim_machine *machine = flow->machine;
    if (machine->poll != NULL)
        machine->poll(machine, flow->cpu);
    else if (sim_cpu_pending(flow->cpu) || sim_cpu_deadline(flow->cpu) != SLIP_NEVER)
        sim_cpu_poll(machine, flow->cpu);
    int32_t status = k_kernel_syscall(flow->cpu->kernel, number, in, out);
    if (status == SLIP_BAD_ADDRESS && machine->explains)
        sim_image_explain(in, 6);
    return status;
}

/* Interrupts come first, as they would on hardware: what a device answered, and what other CPUs
 * want, is known to the kernel before it looks at the call. Where there is nothing of that kind, the
 * kernel is entered without a frame to come back to. */
__attribute__((noinline)) int32_t slip_trap(uint64_t number, const uint64_t in[6], uint64_t out[3])
{
    const struct sim_flow *flow = sim_flow_now;
    if (__builtin_expect(flow == NULL || !flow->at_once, 0))
        return trap_with_care(number, in, out);
    const struct sim_cpu *cpu = flow->cpu;
    if (__builtin_expect(sim_cpu_pending(cpu) || sim_cpu_deadline(cpu) != SLIP_NEVER, 0))
        return trap_with_care(number, in, out);
    return k_kernel_syscall(cpu->kernel, number, in, out);
}
