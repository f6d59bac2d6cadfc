#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include "sim/cli/verbs.h"
#include "sim/machine/say.h"

static const struct sim_verb *const verbs[] = {
    &sim_verb_run,   &sim_verb_compare,   &sim_verb_scale,    &sim_verb_list, &sim_verb_check,
    &sim_verb_costs, &sim_verb_calibrate, &sim_verb_validate, &sim_verb_show, &sim_verb_rerun,
    &sim_verb_abi,   &sim_verb_version,   &sim_verb_help,
};
#define VERBS ((uint32_t)(sizeof verbs / sizeof verbs[0]))

const struct sim_verb *sim_verb_nth(uint32_t index)
{
    return index < VERBS ? verbs[index] : NULL;
}

const struct sim_verb *sim_verb_find(const char *name)
{
    const char *names[VERBS];
    for (uint32_t i = 0; i < VERBS; i++) {
        names[i] = verbs[i]->name;
        if (strcmp(names[i], name) == 0)
            return verbs[i];
    }
    sim_cli_unknown("command", name, names, VERBS);
    return NULL;
}

/* What was printed must have arrived: a full disk is a failure, not a silence. */
static int close_stdout(int status)
{
    int failed = ferror(stdout);
    errno = 0;
    if (fflush(stdout) != 0 || failed) {
        fprintf(stderr, "slipway: cannot write to standard output: %s\n",
                errno != 0 ? strerror(errno) : "write error");
        return status == SIM_EXIT_OK ? SIM_EXIT_FAILED : status;
    }
    return status;
}

static int usage(void)
{
    fputs("usage: slipway COMMAND [OPTION...]\n\n", stderr);
    for (uint32_t i = 0; i < VERBS; i++)
        fprintf(stderr, "  %-10s%s\n", verbs[i]->name, verbs[i]->about);
    fputs("\nslipway help COMMAND says more. Start with: slipway compare file_read\n", stderr);
    return SIM_EXIT_USAGE;
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    sim_console_to(STDERR_FILENO); /* stdout is for results */
    struct sim_cli cli;
    int status = sim_cli_parse(&cli, argc, argv);
    if (status < 0)
        status = usage();
    else if (status == 0)
        status = close_stdout(cli.verb->run(&cli));
    sim_cli_free(&cli);
    return status;
}
