#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>
#include "sim/machine/context.h"

#define STACK_BYTES ((size_t)256 << 10)

struct coroutine {
    struct sim_context own, *caller;
    void *stack;
    uint64_t value;
};

static void make(struct coroutine *it, struct sim_context *caller, void (*entry)(void *))
{
    memset(it, 0, sizeof *it);
    it->caller = caller;
    it->stack = malloc(STACK_BYTES);
    sim_context_make(&it->own, (uintptr_t)it->stack, STACK_BYTES, entry, it);
}

static void drop(struct coroutine *it)
{
    sim_context_drop(&it->own);
    free(it->stack);
}

static void count(void *argument)
{
    struct coroutine *it = argument;
    for (;;) {
        it->value++;
        sim_context_switch(&it->own, it->caller);
    }
}

Test(context, goes_back_and_forth)
{
    struct sim_context here;
    struct coroutine it;
    sim_context_adopt(&here);
    make(&it, &here, count);
    for (uint64_t i = 1; i <= 100000; i++) {
        sim_context_switch(&here, &it.own);
        cr_assert_eq(it.value, i);
    }
    drop(&it);
}

/* Deep frames, floating point and arrays on the stack survive switches. */
static double sum(struct coroutine *it, uint32_t depth)
{
    volatile double part[16];
    for (uint32_t i = 0; i < 16; i++)
        part[i] = depth + i * 0.5;
    sim_context_switch(&it->own, it->caller);
    double below = depth == 0 ? 0 : sum(it, depth - 1);
    for (uint32_t i = 0; i < 16; i++)
        below += part[i];
    return below;
}

static void compute(void *argument)
{
    struct coroutine *it = argument;
    it->value = (uint64_t)sum(it, 99);
    for (;;)
        sim_context_switch(&it->own, it->caller);
}

Test(context, keeps_what_is_on_its_stack)
{
    enum { COUNT = 8 };
    struct sim_context here;
    struct coroutine it[COUNT];
    sim_context_adopt(&here);
    for (uint32_t i = 0; i < COUNT; i++)
        make(&it[i], &here, compute);
    for (uint32_t turn = 0; turn <= 100; turn++)
        for (uint32_t i = 0; i < COUNT; i++)
            sim_context_switch(&here, &it[i].own);
    for (uint32_t i = 0; i < COUNT; i++) {
        cr_assert_eq(it[i].value, 16 * 99 * 100 / 2 + 100 * 60);
        drop(&it[i]);
    }
}

/* One context hands over to the next, and only the last one comes back. */
struct ring {
    struct coroutine it[5];
    struct sim_context here;
    uint32_t order[5], count;
};

static struct ring ring;

static void pass_on(void *argument)
{
    struct coroutine *it = argument;
    uint32_t index = (uint32_t)(it - ring.it);
    ring.order[ring.count++] = index;
    sim_context_switch(&it->own, index == 4 ? &ring.here : &ring.it[index + 1].own);
    abort();
}

Test(context, passes_on_without_coming_back)
{
    sim_context_adopt(&ring.here);
    for (uint32_t i = 0; i < 5; i++)
        make(&ring.it[i], &ring.here, pass_on);
    sim_context_switch(&ring.here, &ring.it[0].own);
    cr_assert_eq(ring.count, 5);
    for (uint32_t i = 0; i < 5; i++) {
        cr_assert_eq(ring.order[i], i);
        drop(&ring.it[i]);
    }
}
