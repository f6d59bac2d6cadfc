#include "sim/cli/lists.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <slipway/kernel.h>
#include "sim/kernel_options.h"

/* Is an option of that name in "name=value,..." already? */
static int is_set(const char *list, const char *name, size_t length)
{
    for (const char *at = list; at != NULL;
         at = strchr(at, ',') == NULL ? NULL : strchr(at, ',') + 1)
        if (strncmp(at, name, length) == 0 && at[length] == '=')
            return 1;
    return 0;
}

int sim_cli_take_kernel(struct sim_cli *cli, const char *text)
{
    struct sim_kernel_options parsed;
    char error[512];
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text || strchr(text, ',') != NULL)
        return sim_cli_wrong("-K %s: an option of the kernel is set as NAME=VALUE, for example "
                             "-K locking=big",
                             text);
    if (sim_kernel_options_parse(text, &parsed, error, sizeof error) != 0)
        return sim_cli_wrong("-K %s: %s", text, error);
    int twice = is_set(cli->kernel, text, (size_t)(equals - text));
    if (strncmp(text, "locks=", 6) == 0) /* the one that has two names */
        twice |= is_set(cli->kernel, "locking", 7);
    else if (strncmp(text, "locking=", 8) == 0)
        twice |= is_set(cli->kernel, "locks", 5);
    if (twice)
        return sim_cli_wrong("-K %s: %.*s is set already; an option is set once", text,
                             (int)(equals - text), text);
    size_t old = cli->kernel == NULL ? 0 : strlen(cli->kernel), bytes = old + strlen(text) + 2;
    char *kernel = realloc(cli->kernel, bytes);
    if (kernel == NULL)
        return sim_cli_wrong("no memory for the command line");
    snprintf(kernel + old, bytes - old, "%s%s", old > 0 ? "," : "", text);
    cli->kernel = kernel;
    return 0;
}

/* ---- --vary -------------------------------------------------------------------------------- */

int sim_cli_take_vary(struct sim_cli *cli, char *text)
{
    char *equals = strchr(text, '=');
    if (cli->vary != NULL)
        return sim_cli_wrong("--vary is given twice: one name varies at a time");
    if (equals == NULL || equals == text)
        return sim_cli_wrong("--vary %s: accepted: NAME=VALUE,..., for example "
                             "--vary locking=big,object",
                             text);
    *equals = 0;
    cli->vary = text;
    cli->value_count = 0;
    for (char *value = equals + 1; value != NULL;) {
        char *comma = strchr(value, ',');
        if (comma != NULL)
            *comma = 0;
        if (value[0] == 0)
            return sim_cli_wrong("--vary %s: an empty value; accepted: values separated by commas",
                                 text);
        if (cli->value_count == SIM_CLI_VALUES_MAX)
            return sim_cli_wrong("--vary %s: more than %u values", text, SIM_CLI_VALUES_MAX);
        for (uint32_t i = 0; i < cli->value_count; i++)
            if (strcmp(cli->values[i], value) == 0)
                return sim_cli_wrong("--vary %s: '%s' is named twice", text, value);
        cli->values[cli->value_count++] = value;
        value = comma == NULL ? NULL : comma + 1;
    }
    return 0;
}

/* ---- --cpus of scale ----------------------------------------------------------------------- */

/* A number of CPUs at the start of a text; what is behind it, or NULL. */
static const char *read_cpus(const char *text, uint32_t *cpus)
{
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return NULL;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno != 0 || value < 1 || value > K_CPUS_MAX)
        return NULL;
    *cpus = (uint32_t)value;
    return end;
}

static int known_cpus(const struct sim_cli *cli, uint32_t cpus)
{
    for (uint32_t i = 0; i < cli->cpu_count; i++)
        if (cli->cpu_list[i] == cpus)
            return 1;
    return 0;
}

void sim_cli_double_cpus(struct sim_cli *cli, uint32_t from, uint32_t to)
{
    for (uint32_t cpus = from;; cpus = cpus > to / 2 ? to : cpus * 2) {
        if (!known_cpus(cli, cpus) && cli->cpu_count < SIM_CLI_VALUES_MAX)
            cli->cpu_list[cli->cpu_count++] = cpus;
        if (cpus >= to)
            return;
    }
}

int sim_cli_take_cpu_list(struct sim_cli *cli, const char *text)
{
    static const char accepted[] = "accepted: numbers from 1 to %d, and ranges that double, "
                                   "separated by commas, as 1,2,4..256";
    cli->cpu_count = 0;
    for (const char *at = text;; at++) {
        uint32_t from = 0, to;
        at = read_cpus(at, &from);
        to = from;
        if (at != NULL && strncmp(at, "..", 2) == 0)
            at = read_cpus(at + 2, &to);
        if (at == NULL || to < from || (*at != 0 && *at != ',')) {
            char what[160];
            snprintf(what, sizeof what, accepted, K_CPUS_MAX);
            return sim_cli_wrong("--cpus %s: %s", text, what);
        }
        if (to == from && known_cpus(cli, from))
            return sim_cli_wrong("--cpus %s: %u is named twice", text, from);
        if (cli->cpu_count == SIM_CLI_VALUES_MAX)
            return sim_cli_wrong("--cpus %s: more than %u numbers", text, SIM_CLI_VALUES_MAX);
        sim_cli_double_cpus(cli, from, to);
        if (*at == 0)
            return 0;
    }
}
