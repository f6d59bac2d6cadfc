/* Every design through its conformance tests: worker threads that are cancelled while they call,
 * server threads that share what they keep of their clients, parties that leave in the middle. */
#include <slipway/design.h>
#include "sim/check/conformance.h"
#include "tests/race/race.h"

extern const struct sim_design *const sim_design_table[]; /* generated; NULL ends */

int main(void)
{
    for (uint32_t i = 0; sim_design_table[i] != NULL; i++) {
        struct sim_verdict rows[SIM_CONFORMANCE_MAX];
        uint32_t count = sim_conformance_all(sim_design_table[i], rows, SIM_CONFORMANCE_MAX);
        RACE_EXPECT(count > 0);
        for (uint32_t j = 0; j < count; j++)
            if (!rows[j].ok)
                fprintf(stderr, "%s: %s: %s\n", sim_design_table[i]->name, rows[j].name,
                        rows[j].detail);
        for (uint32_t j = 0; j < count; j++)
            RACE_EXPECT(rows[j].ok);
    }
    return 0;
}
