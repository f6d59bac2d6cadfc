#define _GNU_SOURCE
#include "sim/machine/fault.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>
#include "sim/machine/common.h"
#include "sim/machine/flow.h"
#include "sim/machine/say.h"
#include "sim/poison.h"
#include "sim/space.h"

#define STACK_BYTES ((size_t)64 << 10)
#define WANTED (!SIM_ADDRESS_SANITIZER && !SIM_THREAD_SANITIZER)

static pthread_mutex_t fault_lock = PTHREAD_MUTEX_INITIALIZER;
static uint32_t fault_runs; /* fault_lock */
static struct sigaction fault_before;

static int is_overflow(const struct sim_flow *flow, uint64_t address)
{
    return flow != NULL && flow->stack != NULL && flow->stack->space != NULL &&
           address - flow->stack->low < SIM_GUARD_BYTES &&
           sim_space_guarded(flow->stack->space, address, 1);
}

static void tell(const struct sim_flow *flow)
{
    struct k_thread_info thread = {.process = "?"};
    k_kernel_thread_on(flow->machine->kernel, flow->cpu->index, &thread);
    sim_say("slipway: stack overflow: thread %" PRIu64 " of process '%s' (%" PRIu64
            ") used more than its stack of %" PRIu64 " bytes; a program gets larger ones with "
            "sim_options.stack_bytes\n",
            thread.id, thread.process, thread.process_id, flow->stack->usable_bytes);
}

/* Who returns from here faults again, and then the one before us has the signal. */
static void on_fault(int number, siginfo_t *info, void *place)
{
    (void)place;
    if (is_overflow(sim_flow_now, (uintptr_t)info->si_addr)) {
        tell(sim_flow_now);
        sigaction(number, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
        return;
    }
    sigaction(number, &fault_before, NULL);
    /* One that somebody sent does not come again by itself. */
    if (info->si_code <= 0)
        raise(number);
}

void sim_fault_begin(void)
{
    if (!WANTED)
        return;
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    pthread_mutex_lock(&fault_lock);
    if (fault_runs++ == 0)
        sigaction(SIGSEGV, &action, &fault_before);
    pthread_mutex_unlock(&fault_lock);
}

void sim_fault_end(void)
{
    if (!WANTED)
        return;
    struct sigaction now;
    pthread_mutex_lock(&fault_lock);
    /* Who took the signal since keeps it. */
    if (--fault_runs == 0 && sigaction(SIGSEGV, NULL, &now) == 0 && now.sa_sigaction == on_fault)
        sigaction(SIGSEGV, &fault_before, NULL);
    pthread_mutex_unlock(&fault_lock);
}

void sim_fault_stack_take(struct sim_fault_stack *stack)
{
    *stack = (struct sim_fault_stack){0};
    if (!WANTED || sigaltstack(NULL, &stack->before) != 0 ||
        (stack->before.ss_flags & SS_DISABLE) == 0)
        return;
    void *memory = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return;
    stack->memory = memory;
    sigaltstack(&(stack_t){.ss_sp = memory, .ss_size = STACK_BYTES}, NULL);
}

void sim_fault_stack_give(struct sim_fault_stack *stack)
{
    if (stack->memory == NULL)
        return;
    sigaltstack(&stack->before, NULL);
    munmap(stack->memory, STACK_BYTES);
    stack->memory = NULL;
}
