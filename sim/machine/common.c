#include "sim/machine/common.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <slipway/calls.h>
#include <slipway/message.h>
#include <slipway/port.h>
#include "sim/machine/flow.h"
#include "sim/machine/image.h"
#include "sim/machine/say.h"
#include "sim/memory.h"
#include "sim/poison.h"

/* A process may own more quota than this host has addresses. */
#define SPACE_MAX ((uint64_t)64 << 30)
#define SPACE_ENOUGH ((uint64_t)1 << 30)

/* What the C library and the sanitizers use of a stack before the first frame of ours: most of it
 * is thread-local memory, of which the thread sanitizer has nearly a megabyte. Stacks that are so
 * much larger need spaces that are. */
#if SIM_THREAD_SANITIZER
#define STACK_OVERHEAD ((uint64_t)1536 << 10)
#define SPACE_SCALE 16U
#elif SIM_ADDRESS_SANITIZER
#define STACK_OVERHEAD ((uint64_t)128 << 10)
#define SPACE_SCALE 1U
#else
#define STACK_OVERHEAD ((uint64_t)16 << 10)
#define SPACE_SCALE 1U
#endif

#define AREA_BYTES 256U

_Static_assert(sizeof(struct slip_message_area) <= AREA_BYTES, "a message area has its room");

/* ---- memory -------------------------------------------------------------------------------- */

void *sim_common_pages_get(void *context, uint64_t bytes)
{
    struct sim_machine *machine = context;
    return sim_memory_pages_get(machine->memory, bytes);
}

void sim_common_pages_put(void *context, void *pages, uint64_t bytes)
{
    struct sim_machine *machine = context;
    sim_memory_pages_put(machine->memory, pages, bytes);
}

slip_status_t sim_common_space_create(void *context, struct slip_space *space, uint64_t bytes,
                                      const char *name)
{
    (void)name;
    struct sim_machine *machine = context;
    uint64_t most = SPACE_MAX / SPACE_SCALE;
    uint64_t size = (bytes < most ? bytes : most) * SPACE_SCALE;
    struct sim_space *made = sim_space_create(sim_memory_reserves(machine->memory), size);
    /* A quota of that size means "no limit"; a host with a limit of its own has less to give. */
    for (; made == NULL && size > SPACE_ENOUGH; size /= 4)
        made = sim_space_create(sim_memory_reserves(machine->memory), size / 4);
    if (made == NULL)
        return SLIP_NO_QUOTA;
    space->base = made->base;
    space->length = made->length;
    space->state = made;
    return SLIP_OK;
}

void sim_common_space_destroy(void *context, struct slip_space *space)
{
    (void)context;
    struct sim_space *gone = sim_space_of(space);
    sim_heap_destroy(atomic_load_explicit(&gone->heap, memory_order_relaxed));
    sim_space_destroy(gone);
    *space = (struct slip_space){0};
}

slip_status_t sim_common_map(void *context, struct slip_space *space, uint64_t bytes,
                             uint64_t *address)
{
    (void)context;
    *address = sim_space_take(sim_space_of(space), bytes, SIM_RANGE_PAGE);
    return *address == 0 ? SLIP_NO_QUOTA : SLIP_OK;
}

void sim_common_unmap(void *context, struct slip_space *space, uint64_t address, uint64_t bytes)
{
    (void)context;
    sim_space_give(sim_space_of(space), address, bytes);
}

static int may_touch(const struct slip_space *space, uint64_t address, uint64_t bytes)
{
    /* Guard pages are the only part of a space that faults. */
    return space == NULL || !sim_space_guarded(sim_space_of(space), address, bytes);
}

static __attribute__((noinline)) slip_status_t copy_any(struct slip_space *to_space, uint64_t to,
                                                        struct slip_space *from_space,
                                                        uint64_t from, uint64_t bytes)
{
    if (!may_touch(to_space, to, bytes) || !may_touch(from_space, from, bytes))
        return SLIP_BAD_ADDRESS;
    memmove((void *)(uintptr_t)to, (const void *)(uintptr_t)from, bytes);
    return SLIP_OK;
}

#define MOST_WORDS sizeof(struct slip_short_message) /* bytes of the longest that is no long copy */

slip_status_t sim_common_copy(void *context, struct slip_space *to_space, uint64_t to,
                              struct slip_space *from_space, uint64_t from, uint64_t bytes)
{
    (void)context;
    void *there = (void *)(uintptr_t)to;
    const void *here = (const void *)(uintptr_t)from;
    if (to - from + MOST_WORDS < 2 * MOST_WORDS || /* they may overlap */
        (to_space != NULL && sim_space_may_be_guarded(sim_space_of(to_space), to, bytes)) ||
        (from_space != NULL && sim_space_may_be_guarded(sim_space_of(from_space), from, bytes)))
        return copy_any(to_space, to, from_space, from, bytes);
    if (bytes == SLIP_MESSAGE_BYTES_INLINE) {
        memcpy(there, here, SLIP_MESSAGE_BYTES_INLINE);
    } else if (bytes == sizeof(struct slip_completion)) {
        memcpy(there, here, sizeof(struct slip_completion));
    } else if (bytes == sizeof(struct slip_short_message)) {
        memcpy(there, here, sizeof(struct slip_short_message));
    } else if (bytes < MOST_WORDS && bytes % sizeof(uint64_t) == 0) {
        for (uint64_t at = 0; at < bytes; at += sizeof(uint64_t))
            memcpy((char *)there + at, (const char *)here + at, sizeof(uint64_t));
    } else {
        memmove(there, here, bytes);
    }
    return SLIP_OK;
}

int sim_common_image_contains(void *context, uint64_t address, uint64_t bytes)
{
    (void)context;
    return sim_image_contains(address, bytes);
}

/* ---- devices, console, the end ------------------------------------------------------------- */

/* Between a simulated device and the kernel there is no controller that could hold a line back; the
 * kernel merges what fires before the last one was acknowledged, as it does on hardware where an
 * interrupt was under way when its line was masked. */
void sim_common_interrupt_mask(void *context, uint32_t line, int on)
{
    (void)context;
    (void)line;
    (void)on;
}

void sim_common_print(void *context, const char *text, uint64_t length)
{
    (void)context;
    sim_console_write(text, length);
}

_Noreturn void sim_common_panic(void *context, const char *file, int line, const char *what)
{
    (void)context;
    sim_say("slipway: kernel panic at %s:%d: %s\n", file, line, what);
    abort();
}

/* ---- contexts ------------------------------------------------------------------------------ */

slip_status_t sim_stack_init(struct sim_stack *stack, struct sim_space *space, uint64_t bytes)
{
    long least = sysconf(_SC_THREAD_STACK_MIN);
    uint64_t needed = (least > 0 ? (uint64_t)least : PTHREAD_STACK_MIN) + STACK_OVERHEAD;
    *stack = (struct sim_stack){.space = space};
    stack->bytes = sim_round_up(bytes > needed ? bytes : needed, SIM_RANGE_PAGE);
    stack->low = sim_space_stack_take(space, stack->bytes);
    if (stack->low == 0) {
        stack->space = NULL;
        return SLIP_NO_QUOTA;
    }
    stack->usable_low = stack->low + SIM_GUARD_BYTES;
    stack->usable_bytes = stack->bytes - SIM_GUARD_BYTES - AREA_BYTES;
    stack->area = stack->low + stack->bytes - AREA_BYTES;
    return SLIP_OK;
}

void sim_stack_fini(struct sim_stack *stack)
{
    if (stack->space != NULL)
        sim_space_stack_give(stack->space, stack->low, stack->bytes);
    stack->space = NULL;
}

_Noreturn void sim_start_run(const struct slip_context_start *start)
{
    void (*entry)(uint64_t) = (void (*)(uint64_t))(uintptr_t)start->entry;
    start->first(start->first_argument);
    entry(start->argument);
    uint64_t in[6] = {0}, out[3];
    slip_trap(SLIP_CALL_thread_exit, in, out);
    sim_say("slipway: the call that ends a thread returned\n");
    abort();
}
