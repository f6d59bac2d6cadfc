#include "sim/machine/context.h"

#include <stdatomic.h>
#include <string.h>
#include "sim/machine/say.h"
#include "sim/poison.h"

#if SIM_ADDRESS_SANITIZER
#include <sanitizer/common_interface_defs.h>
#endif
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(low, high) 0
#define VALGRIND_STACK_DEREGISTER(id) (void)(id)
#endif
#if SIM_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

/* The functions of Boost.Context, which has no header for C. A jump hands the place where the jumper
 * is to go on to whoever goes on, together with one pointer; "on top" calls a function there first,
 * which hands on what it gets. */
struct jump {
    void *saved;
    void *data;
};
struct jump jump_fcontext(void *to, void *data);
struct jump ontop_fcontext(void *to, void *data, struct jump (*on_top)(struct jump));
void *make_fcontext(void *stack_top, size_t stack_bytes, void (*entry)(struct jump));

/* ---- what the sanitizers are told ---------------------------------------------------------- */

/* Inlined: between this and the jump no function may return, since the thread sanitizer would note
 * that on the other flow's stack. */
static inline __attribute__((always_inline)) void leaving(struct sim_context *from,
                                                          struct sim_context *to)
{
#if SIM_ADDRESS_SANITIZER
    __sanitizer_start_switch_fiber(&from->fake_stack, to->stack_low, to->stack_bytes);
#endif
#if SIM_THREAD_SANITIZER
    __tsan_switch_to_fiber(to->fiber, 0);
#endif
    (void)from;
    (void)to;
}

static void arrived(struct sim_context *here, struct sim_context *from)
{
#if SIM_ADDRESS_SANITIZER
    const void *low;
    size_t bytes;
    __sanitizer_finish_switch_fiber(here->fake_stack, &low, &bytes);
    if (from->adopted) {
        from->stack_low = low;
        from->stack_bytes = bytes;
    }
#endif
    (void)here;
    (void)from;
}

/* ---- contexts ------------------------------------------------------------------------------ */

void sim_context_adopt(struct sim_context *context)
{
    memset(context, 0, sizeof *context);
    context->adopted = context->begun = 1;
#if SIM_THREAD_SANITIZER
    context->fiber = __tsan_get_current_fiber();
#endif
}

/* What travels with a jump, on the jumper's stack. */
struct hop {
    struct sim_context *from, *to;
};

/* Only now is the place known where the jumper goes on. */
static struct sim_context *arrive(struct jump jump)
{
    struct hop hop = *(struct hop *)jump.data;
    hop.from->saved = jump.saved;
    arrived(hop.to, hop.from);
    return hop.to;
}

static void begin(struct jump jump)
{
    struct sim_context *here = arrive(jump);
    here->entry(here->argument);
    __builtin_trap(); /* there is nothing to return to */
}

#if SIM_THREAD_SANITIZER
#define FIBERS_MAX 7500U

static atomic_uint fibers; /* a count that guards nothing, so relaxed */

int sim_context_room(void)
{
    static atomic_int told;
    if (atomic_load_explicit(&fibers, memory_order_relaxed) < FIBERS_MAX)
        return 1;
    if (atomic_exchange(&told, 1) == 0)
        sim_say("slipway: the thread sanitizer has room for no more than %u threads\n", FIBERS_MAX);
    return 0;
}
#else
int sim_context_room(void)
{
    return 1;
}
#endif

void sim_context_make(struct sim_context *context, uint64_t stack_low, uint64_t stack_bytes,
                      void (*entry)(void *argument), void *argument)
{
    memset(context, 0, sizeof *context);
    context->entry = entry;
    context->argument = argument;
    context->stack_low = (void *)(uintptr_t)stack_low;
    context->stack_bytes = stack_bytes;
    context->valgrind_stack = VALGRIND_STACK_REGISTER(stack_low, stack_low + stack_bytes);
    context->saved =
        make_fcontext((void *)(uintptr_t)(stack_low + stack_bytes), stack_bytes, begin);
#if SIM_THREAD_SANITIZER
    context->fiber = __tsan_create_fiber(0);
    atomic_fetch_add_explicit(&fibers, 1, memory_order_relaxed);
#endif
}

/* Runs on the stack of who goes on, and does nothing there but return: a jump leaves the processor's
 * stack of predicted returns one entry too deep, so that each return after it is predicted wrongly,
 * and this one puts it right. The sanitizers would take it for a part of both stacks. */
static struct jump go_on(struct jump jump)
{
    return jump;
}

#define GOES_ON_TOP (!SIM_ADDRESS_SANITIZER && !SIM_THREAD_SANITIZER)

void sim_context_switch(struct sim_context *from, struct sim_context *to)
{
    struct hop hop = {from, to};
    void *place = to->saved;
    to->saved = NULL;
    leaving(from, to);
    if (GOES_ON_TOP && to->begun) {
        arrive(ontop_fcontext(place, &hop, go_on));
    } else {
        to->begun = 1;
        arrive(jump_fcontext(place, &hop));
    }
}

void sim_context_drop(struct sim_context *context)
{
#if SIM_THREAD_SANITIZER
    if (context->fiber != NULL && !context->adopted) {
        __tsan_destroy_fiber(context->fiber);
        atomic_fetch_sub_explicit(&fibers, 1, memory_order_relaxed);
    }
#endif
    if (!context->adopted)
        VALGRIND_STACK_DEREGISTER(context->valgrind_stack);
    context->fiber = NULL;
    context->saved = NULL;
}
