#include "sim/role/random.h"

/* 2^64 divided by the golden ratio, made odd: steps that spread as evenly as steps can. */
#define RANDOM_STEP 0x9e3779b97f4a7c15U

uint64_t sim_random_scramble(uint64_t word)
{
    word ^= word >> 32;
    word *= 0xd6e8feb86659fd93U;
    word ^= word >> 29;
    word *= 0xa0761d6478bd642fU;
    word ^= word >> 32;
    return word;
}

void sim_random_init(struct sim_random *random, uint64_t seed)
{
    random->state = sim_random_scramble(seed);
}

uint64_t sim_random_next(struct sim_random *random)
{
    random->state += RANDOM_STEP;
    return sim_random_scramble(random->state);
}

uint64_t sim_random_below(struct sim_random *random, uint64_t bound)
{
    /* The high half of draw * bound is uniform but for the draws whose low half falls into the
     * remainder of 2^64 by bound; those are drawn again. */
    unsigned __int128 product = (unsigned __int128)sim_random_next(random) * bound;
    if ((uint64_t)product < bound) {
        uint64_t remainder = -bound % bound;
        while ((uint64_t)product < remainder)
            product = (unsigned __int128)sim_random_next(random) * bound;
    }
    return (uint64_t)(product >> 64);
}

int64_t sim_random_between(struct sim_random *random, int64_t low, int64_t high)
{
    if (low >= high)
        return low;
    uint64_t span = (uint64_t)high - (uint64_t)low + 1;
    uint64_t draw = span == 0 ? sim_random_next(random) : sim_random_below(random, span);
    return (int64_t)((uint64_t)low + draw);
}

uint64_t sim_random_seed(uint64_t seed, uint64_t stream)
{
    return sim_random_scramble(sim_random_scramble(seed) + (stream + 1) * RANDOM_STEP);
}

uint64_t sim_random_seed_thread(uint64_t seed, const char *process, uint32_t instance,
                                uint32_t thread)
{
    uint64_t name = 0;
    for (; *process != 0; process++)
        name = sim_random_scramble(name + RANDOM_STEP) ^ (unsigned char)*process;
    return sim_random_seed(sim_random_seed(seed, name), (uint64_t)instance << 32 | thread);
}
