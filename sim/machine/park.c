#include "sim/machine/park.h"

#include "sim/machine/clock.h"
#include "sim/machine/futex.h"

void sim_park_init(struct sim_park *park)
{
    atomic_init(&park->word, SIM_PARK_EMPTY);
}

static int released(unsigned state)
{
    return state == SIM_PARK_GO || state == SIM_PARK_LEAVE;
}

static void spin(struct sim_park *park, uint32_t spin_ns)
{
    uint64_t end = sim_clock_ns() + spin_ns;
    while (!released(atomic_load_explicit(&park->word, memory_order_relaxed)) &&
           sim_clock_ns() < end)
        sim_clock_pause();
}

enum sim_park_state sim_park_wait(struct sim_park *park, uint32_t spin_ns)
{
    if (spin_ns != 0)
        spin(park, spin_ns);
    unsigned state = SIM_PARK_EMPTY;
    atomic_compare_exchange_strong_explicit(&park->word, &state, SIM_PARK_ASLEEP,
                                            memory_order_relaxed, memory_order_relaxed);
    if (state == SIM_PARK_EMPTY)
        do {
            sim_futex_wait(&park->word, SIM_PARK_ASLEEP, NULL);
            state = atomic_load_explicit(&park->word, memory_order_relaxed);
        } while (!released(state));
    /* LEAVE may still come on top of GO; then the next wait finds it. */
    state = SIM_PARK_GO;
    if (atomic_compare_exchange_strong_explicit(&park->word, &state, SIM_PARK_EMPTY,
                                                memory_order_acquire, memory_order_acquire))
        return SIM_PARK_GO;
    return SIM_PARK_LEAVE;
}

void sim_park_release(struct sim_park *park, enum sim_park_state state)
{
    unsigned old = atomic_load_explicit(&park->word, memory_order_relaxed);
    do
        if (old == SIM_PARK_LEAVE)
            return;
    while (!atomic_compare_exchange_weak_explicit(&park->word, &old, state, memory_order_release,
                                                  memory_order_relaxed));
    if (old == SIM_PARK_ASLEEP)
        sim_futex_wake(&park->word, 1);
}
