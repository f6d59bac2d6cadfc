#include "sim/check/conformance.h"

#include <string.h>
#include "sim/check/conform.h"

uint32_t sim_conformance_all(const struct sim_design *design, struct sim_verdict *rows,
                             uint32_t max)
{
    memset(rows, 0, max * sizeof(*rows));
    uint32_t count = sim_conform_once(design, rows, max);
    return count + sim_conform_edges(design, rows + count, max - count);
}
