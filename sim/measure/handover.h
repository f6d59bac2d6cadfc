/* How long the host takes to hand over from one thread to another: from waking a parked thread to
 * its running. On a machine whose simulated threads are host threads this is the floor under every
 * figure of time, so it is measured beside them and told.
 */
#ifndef SIM_MEASURE_HANDOVER_H
#define SIM_MEASURE_HANDOVER_H

#include "sim/measure/result.h"

#define SIM_HANDOVER_BUDGET_NS 20000000U /* of each of the two measurements, at the most */

/* HOST. Passes a turn between two threads that are pinned to one CPU, and then to two CPUs, and
 * halves the median time of a round. NaN where the host does not let it: with one CPU only, or
 * without leave to pin. Takes less than 50 ms. */
struct sim_handover_result sim_handover_measure(void);

#endif
