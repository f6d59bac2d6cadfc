#include "sim/cli/calibration.h"

#include "sim/cli/signals.h"
#include "sim/run/head.h"

const char sim_cli_calibrate_stopped[] =
    "interrupted before all loops were measured: there are no costs";

enum sim_calibrate_outcome sim_cli_calibrate(uint64_t duration_ns, struct sim_calibration *found,
                                             char *error, size_t error_bytes)
{
    struct sim_result *host = sim_result_create();
    sim_head_host(host);
    const struct sim_calibrate_options options = {.duration_ns = duration_ns,
                                                  .stopped = sim_cli_stopped,
                                                  .version = host->host.version,
                                                  .cpu = host->host.cpu,
                                                  .host = host->host.kernel};
    enum sim_calibrate_outcome outcome = sim_calibrate(&options, found, error, error_bytes);
    sim_result_destroy(host);
    return outcome;
}
