#include "sim/role/draw.h"

#define LN2_Q56 0x00b17217f7d1cf79U /* ln 2 */
#define ONE_Q62 (UINT64_C(1) << 62)
#define FINE_BITS 16

/* ---- the logarithm ------------------------------------------------------------------------------ */

static uint64_t multiply_q62(uint64_t a, uint64_t b)
{
    return (uint64_t)((unsigned __int128)a * b >> 62);
}

/* ln of m in [1, 2), given in parts of 2^63, in parts of 2^62: with s = (m - 1) / (m + 1) < 1/3 it is
 * 2 (s + s^3/3 + s^5/5 + ...), and what is left out behind s^29 is below 2^-52. */
static uint64_t ln_q62(uint64_t m)
{
    static const uint64_t part[] = {ONE_Q62 / 29, ONE_Q62 / 27, ONE_Q62 / 25, ONE_Q62 / 23,
                                    ONE_Q62 / 21, ONE_Q62 / 19, ONE_Q62 / 17, ONE_Q62 / 15,
                                    ONE_Q62 / 13, ONE_Q62 / 11, ONE_Q62 / 9,  ONE_Q62 / 7,
                                    ONE_Q62 / 5,  ONE_Q62 / 3,  ONE_Q62};
    uint64_t half = m >> 1;
    uint64_t s = (uint64_t)(((unsigned __int128)(half - ONE_Q62) << 62) /
                            ((unsigned __int128)half + ONE_Q62));
    uint64_t square = multiply_q62(s, s), sum = 0;
    for (uint32_t i = 0; i < sizeof part / sizeof part[0]; i++)
        sum = multiply_q62(sum, square) + part[i];
    return 2 * multiply_q62(sum, s);
}

uint64_t sim_draw_exponential(struct sim_random *random)
{
    uint64_t u = sim_random_next(random) | 1; /* of 2^64: a midpoint, and never 0 */
    unsigned zeros = (unsigned)__builtin_clzll(u);
    /* u / 2^64 = m / 2^(zeros + 1) */
    return (zeros + 1) * LN2_Q56 - (ln_q62(u << zeros) >> 6);
}

/* ---- values --------------------------------------------------------------------------------------- */

static int64_t list_next(struct sim_draw *draw)
{
    int64_t number = draw->value->list[draw->turn];
    draw->turn = draw->turn + 1 == draw->value->count ? 0 : draw->turn + 1;
    return number;
}

static uint64_t exponential_fine(const struct sim_value *value, struct sim_random *random)
{
    return (uint64_t)((unsigned __int128)value->mean * sim_draw_exponential(random) >> 56);
}

int64_t sim_draw_next(struct sim_draw *draw, struct sim_random *random)
{
    const struct sim_value *value = draw->value;
    switch (value->kind) {
    case SIM_VALUE_UNIFORM:
        return sim_random_between(random, value->low, value->high);
    case SIM_VALUE_EXPONENTIAL:
        return (int64_t)((exponential_fine(value, random) + (1U << (FINE_BITS - 1))) >> FINE_BITS);
    case SIM_VALUE_TWO_POINT:
        return sim_random_next(random) >> 32 < value->share ? value->low : value->high;
    case SIM_VALUE_LIST:
        return list_next(draw);
    }
    return 0;
}

uint64_t sim_draw_fine(struct sim_draw *draw, struct sim_random *random)
{
    if (draw->value->kind == SIM_VALUE_EXPONENTIAL)
        return exponential_fine(draw->value, random);
    return (uint64_t)sim_draw_next(draw, random) << FINE_BITS;
}

int sim_value_constant(const struct sim_value *value)
{
    int64_t low, high;
    sim_value_range(value, &low, &high);
    return low == high;
}

void sim_value_range(const struct sim_value *value, int64_t *low, int64_t *high)
{
    *low = value->low;
    *high = value->high;
    switch (value->kind) {
    case SIM_VALUE_UNIFORM:
        return;
    case SIM_VALUE_EXPONENTIAL:
        *low = 0;
        *high = INT64_MAX;
        return;
    case SIM_VALUE_TWO_POINT:
        if (*low > *high) {
            *low = value->high;
            *high = value->low;
        }
        return;
    case SIM_VALUE_LIST:
        *low = *high = value->list[0];
        for (uint32_t i = 1; i < value->count; i++) {
            *low = value->list[i] < *low ? value->list[i] : *low;
            *high = value->list[i] > *high ? value->list[i] : *high;
        }
        return;
    }
}
