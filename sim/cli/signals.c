#include "sim/cli/signals.h"

#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>
#include "sim/cli/options.h"
#include "sim/device/host_file.h"
#include "sim/run/run.h"

#define PATIENCE 3 /* who asks so often has waited long enough */

static const int ending[] = {SIGINT, SIGTERM, SIGHUP};
#define ENDING (sizeof ending / sizeof ending[0])

/* Signals come to any thread: counted by the handler, read by the verb. It guards nothing else. */
static atomic_int count;
static struct sigaction ending_before[ENDING], pipe_before;

static void on_signal(int number)
{
    (void)number;
    if (atomic_fetch_add(&count, 1) + 1 >= PATIENCE) {
        sim_host_file_abandon();
        _exit(SIM_EXIT_INTERRUPTED);
    }
    sim_run_interrupt();
}

void sim_cli_watch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    for (size_t i = 0; i < ENDING; i++) {
        sigaction(ending[i], NULL, &ending_before[i]);
        if (ending_before[i].sa_handler != SIG_IGN)
            sigaction(ending[i], &action, NULL);
    }
    sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, &pipe_before);
}

void sim_cli_drop_signals(void)
{
    for (size_t i = 0; i < ENDING; i++)
        sigaction(ending[i], &ending_before[i], NULL);
    sigaction(SIGPIPE, &pipe_before, NULL);
}

int sim_cli_stopped(void)
{
    return atomic_load(&count) > 0;
}
