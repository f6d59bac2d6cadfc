#include "sim/measure/compare.h"

#include <math.h>
#include <stdlib.h>

#include "sim/measure/interval.h"

struct sim_estimate sim_compare_ratio(const double *slices, const double *base, uint32_t rounds)
{
    struct sim_estimate unknown = {NAN, NAN, NAN};
    double *ratios = malloc((rounds + 1) * sizeof *ratios);
    if (ratios == NULL)
        return unknown;
    for (uint32_t i = 0; i < rounds; i++)
        ratios[i] = base[i] > 0 ? slices[i] / base[i] : NAN;
    struct sim_estimate ratio = sim_interval_median(ratios, rounds);
    free(ratios);
    return ratio;
}

double sim_compare_noise(const double *first, const double *again, uint32_t rounds)
{
    struct sim_estimate ratio = sim_compare_ratio(again, first, rounds);
    return fmax(fabs(ratio.low - 1), fabs(ratio.high - 1));
}

int sim_compare_same(const struct sim_estimate *ratio, double noise_floor)
{
    if (isnan(ratio->median))
        return 0;
    if (ratio->low <= 1 && ratio->high >= 1)
        return 1;
    return fabs(ratio->median - 1) <= noise_floor;
}
