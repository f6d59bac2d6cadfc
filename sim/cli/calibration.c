#include "sim/cli/calibration.h"

#include <signal.h>
#include <stdatomic.h>
#include "sim/run/head.h"

static atomic_int signals;
static struct sigaction before[2];
static const int watched[2] = {SIGINT, SIGTERM};

/* A run that goes on ends at an operation's end; the verb asks before it begins another one. */
static void on_signal(int number)
{
    (void)number;
    atomic_store(&signals, 1);
    sim_run_interrupt();
}

void sim_cli_watch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    for (int i = 0; i < 2; i++) {
        sigaction(watched[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN) /* as under nohup */
            sigaction(watched[i], &action, NULL);
    }
}

void sim_cli_drop_signals(void)
{
    for (int i = 0; i < 2; i++)
        sigaction(watched[i], &before[i], NULL);
}

int sim_cli_stopped(void)
{
    return atomic_load(&signals);
}

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
