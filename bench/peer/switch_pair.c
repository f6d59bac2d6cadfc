#include <pthread.h>
#include <stdlib.h>
#include "bench/harness/bench.h"
#include "bench/peer/pair.h"

#define STACK_BYTES 65536U
#define PLACES 4U

/* Boost.Context has no header for C. */
struct jump {
    void *saved;
    void *data;
};
struct jump jump_fcontext(void *to, void *data);
void *make_fcontext(void *stack_top, size_t stack_bytes, void (*entry)(struct jump));

static void back(struct jump from)
{
    for (;;)
        from = jump_fcontext(from.saved, NULL);
}

struct slice {
    uint32_t turns;
    double ns;
};

/* In a thread of its own: who calls stays where it was. */
static void *run(void *argument)
{
    static _Alignas(64) char stack[STACK_BYTES];
    struct slice *slice = argument;
    bench_pin(0);
    /* Where two stacks end at the same place of a page, their addresses are taken for each other's:
     * the best of several places is what a switch costs. */
    for (uint32_t place = 0; place < PLACES; place++) {
        void *there = make_fcontext(stack + sizeof stack - place * 256, STACK_BYTES / 2, back);
        uint32_t turns = slice->turns / PLACES + 1;
        double before = bench_now();
        for (uint32_t i = 0; i < turns; i++)
            there = jump_fcontext(there, NULL).saved;
        double ns = (bench_now() - before) / turns;
        slice->ns = slice->ns == 0 || ns < slice->ns ? ns : slice->ns;
    }
    return NULL;
}

double peer_switch_pair(uint32_t turns)
{
    struct slice slice = {.turns = turns};
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, &slice) != 0)
        return BENCH_FAILED;
    pthread_join(thread, NULL);
    return slice.ns;
}
