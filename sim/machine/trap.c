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

/* Interrupts come first, as they would on hardware: what a device answered, and what other CPUs
 * want, is known to the kernel before it looks at the call. */
static inline __attribute__((always_inline)) void take_interrupts(const struct sim_flow *flow)
{
    struct sim_machine *machine = flow->machine;
    if (__builtin_expect(machine->poll != NULL, 0)) /* one that measures the host has none */
        machine->poll(machine, flow->cpu);
    else if (__builtin_expect(
                 sim_cpu_pending(flow->cpu) || sim_cpu_deadline(flow->cpu) != SLIP_NEVER, 0))
        sim_cpu_poll(machine, flow->cpu);
}

__attribute__((noinline)) int32_t slip_trap(uint64_t number, const uint64_t in[6], uint64_t out[3])
{
    const struct sim_flow *flow = sim_flow_now;
    if (__builtin_expect(flow == NULL || flow->space == NULL, 0))
        flow = sim_flow_of_thread("slip_trap"); /* ends the program with a message */
    take_interrupts(flow);
    int32_t status = k_kernel_syscall(flow->machine->kernel, flow->cpu->index, number, in, out);
    if (__builtin_expect(status == SLIP_BAD_ADDRESS, 0))
        sim_image_explain(in, 6);
    return status;
}
