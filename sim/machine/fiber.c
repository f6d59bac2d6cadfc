#include "sim/machine/fiber.h"

#include <stdlib.h>
#include <sys/mman.h>
#include "sim/poison.h"

#define BOOT_STACK_BYTES ((size_t)64 << 10)
#define BOOT_STACK_SANITIZED_BYTES ((size_t)512 << 10)

static void run_thread(void *argument)
{
    struct sim_fiber *fiber = argument;
    sim_start_run(&fiber->start);
}

slip_status_t sim_fiber_create(struct sim_machine *machine, struct sim_fiber **list, size_t bytes,
                               const struct slip_context_start *start, struct slip_context *saved,
                               uint64_t *area)
{
    *saved = (struct slip_context){0};
    if (start == NULL) { /* a CPU's boot context: the flow that calls */
        saved->state[0] = sim_flow_now;
        return SLIP_OK;
    }
    struct sim_fiber *fiber = sim_context_room() ? calloc(1, bytes) : NULL;
    if (fiber == NULL)
        return SLIP_NO_QUOTA;
    fiber->flow = sim_flow_make(machine, start->space);
    fiber->start = *start;
    slip_status_t status = sim_stack_init(&fiber->stack, fiber->flow.space, start->stack_bytes);
    if (status != SLIP_OK) {
        free(fiber);
        return status;
    }
    fiber->flow.stack = &fiber->stack;
    sim_context_make(&fiber->context, fiber->stack.usable_low, fiber->stack.usable_bytes,
                     run_thread, fiber);
    fiber->next = *list;
    if (fiber->next != NULL)
        fiber->next->last = fiber;
    *list = fiber;
    *area = fiber->stack.area;
    saved->state[0] = fiber;
    return SLIP_OK;
}

void sim_fiber_destroy(struct sim_fiber **list, struct sim_fiber *fiber)
{
    if (fiber->last != NULL)
        fiber->last->next = fiber->next;
    else
        *list = fiber->next;
    if (fiber->next != NULL)
        fiber->next->last = fiber->last;
    sim_context_drop(&fiber->context);
    sim_stack_fini(&fiber->stack);
    free(fiber);
}

void sim_fibers_leave(struct sim_fiber *list, const struct sim_space *space)
{
    for (struct sim_fiber *fiber = list; fiber != NULL; fiber = fiber->next)
        if (fiber->flow.space == space)
            sim_stack_fini(&fiber->stack);
}

static size_t boot_stack_bytes(void)
{
    return SIM_ADDRESS_SANITIZER || SIM_THREAD_SANITIZER ? BOOT_STACK_SANITIZED_BYTES
                                                         : BOOT_STACK_BYTES;
}

int sim_fiber_boot(struct sim_fiber *fiber, struct sim_machine *machine, struct sim_cpu *cpu,
                   void (*run)(void *fiber))
{
    void *stack = mmap(NULL, boot_stack_bytes(), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED)
        return -1;
    fiber->flow = (struct sim_flow){.machine = machine, .cpu = cpu};
    fiber->boot = 1;
    fiber->stack.low = (uintptr_t)stack;
    sim_context_make(&fiber->context, fiber->stack.low, boot_stack_bytes(), run, fiber);
    return 0;
}

void sim_fiber_unboot(struct sim_fiber *fiber)
{
    if (fiber->stack.low == 0)
        return;
    sim_context_drop(&fiber->context);
    sim_unpoison(fiber->stack.low, boot_stack_bytes());
    munmap((void *)(uintptr_t)fiber->stack.low, boot_stack_bytes());
    fiber->stack.low = 0;
}
