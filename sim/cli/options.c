#include "sim/cli/options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "sim/cli/lists.h"
#include "sim/machine/host_cpus.h"
#include "sim/machine/machine.h"
#include "sim/report/table.h"
#include "sim/scenario/spell.h"
#include "sim/scenario/units.h"

struct option {
    char letter;
    const char *name, *argument, *help;
};

static const struct option options[SIM_OPTION_COUNT] = {
#define OPTION_ROW(bit, letter, name, argument, help) {letter, name, argument, help},
    SIM_OPTION_MAP(OPTION_ROW)
#undef OPTION_ROW
};

int sim_cli_wrong(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fputs("slipway: ", stderr);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
    return SIM_EXIT_USAGE;
}

int sim_cli_unknown(const char *what, const char *word, const char *const *names, uint32_t count)
{
    char explained[2048];
    sim_spell_explain(explained, sizeof explained, word, names, count);
    return sim_cli_wrong("unknown %s '%s': %s", what, word, explained);
}

int sim_cli_given(const struct sim_cli *cli, uint32_t option)
{
    return (cli->given & option) != 0;
}

/* ---- values -------------------------------------------------------------------------------- */

/* A whole number, decimal or with 0x. 0, or -1. */
static int whole(const char *text, uint64_t *value)
{
    if (text[0] < '0' || text[0] > '9')
        return -1;
    char *end;
    errno = 0;
    *value = strtoull(text, &end, text[1] == 'x' ? 16 : 10);
    return *end == 0 && errno == 0 ? 0 : -1;
}

static int add_setting(struct sim_cli *cli, const char *name, const char *value)
{
    for (uint32_t i = 0; i < cli->setting_count; i++) {
        const struct sim_setting *known = &cli->settings[i];
        if (known->name != NULL && strcmp(known->name, name) == 0)
            return sim_cli_wrong("%s is set twice, to %s and to %s", name, known->value, value);
    }
    cli->settings[cli->setting_count++] = (struct sim_setting){name, value};
    return 0;
}

/* "name=value" is cut in two in place: the argument vector is the program's own. */
static int take_setting(struct sim_cli *cli, char *text)
{
    char *equals = strchr(text, '=');
    if (equals == NULL || equals == text)
        return sim_cli_wrong("-D %s: a parameter is set as NAME=VALUE, for example -D clients=8",
                             text);
    *equals = 0;
    return add_setting(cli, text, equals + 1);
}

/* A number alone counts simulated CPUs; with a comma or a range it names those of the host. */
static int take_host_cpus(struct sim_cli *cli, const char *text)
{
    char error[1024];
    uint32_t count;
    int *cpus = sim_host_cpus_read(text, &count, error, sizeof error);
    free(cpus);
    if (cpus == NULL)
        return sim_cli_wrong("--cpus: %s", error);
    cli->host_cpus = text;
    snprintf(cli->host_cpu_count, sizeof cli->host_cpu_count, "%u", count);
    return add_setting(cli, "cpus", cli->host_cpu_count);
}

static int take_cpus(struct sim_cli *cli, const char *text)
{
    uint64_t cpus;
    if (strcmp(cli->verb->name, "scale") == 0)
        return sim_cli_take_cpu_list(cli, text);
    if (text[0] >= '0' && text[0] <= '9' && strpbrk(text, ",-") != NULL)
        return take_host_cpus(cli, text);
    if (whole(text, &cpus) != 0 || cpus < 1 || cpus > K_CPUS_MAX)
        return sim_cli_wrong(
            "--cpus %s: accepted: a number of CPUs, 1 to %d, and on cores a list of the host's, as "
            "0,2,4-7 (3-3: number 3 alone)",
            text, K_CPUS_MAX);
    return add_setting(cli, "cpus", text);
}

static int take_machine(struct sim_cli *cli, const char *text)
{
    const char *names[16];
    uint32_t count = 0;
    const struct sim_machine_kind *kind;
    while (count < 16 && (kind = sim_machine_nth(count)) != NULL)
        names[count++] = kind->name;
    if (sim_machine_find(text) == NULL)
        return sim_cli_unknown("machine", text, names, count);
    cli->machine = text;
    return 0;
}

static int take_costs(struct sim_cli *cli, const char *text)
{
    if (text[0] == 0)
        return sim_cli_wrong("--costs: the name is empty; accepted: a preset or a file");
    cli->costs = text;
    return 0;
}

static int take_designs(struct sim_cli *cli, char *text)
{
    for (char *name = text; name != NULL;) {
        char *comma = strchr(name, ',');
        if (comma != NULL)
            *comma = 0;
        if (name[0] == 0)
            return sim_cli_wrong("--design: an empty name; accepted: names separated by commas");
        for (uint32_t i = 0; i < cli->design_count; i++)
            if (strcmp(cli->designs[i], name) == 0)
                return sim_cli_wrong("--design: '%s' is named twice", name);
        cli->designs[cli->design_count++] = name;
        name = comma == NULL ? NULL : comma + 1;
    }
    return 0;
}

static int take_duration(struct sim_cli *cli, const char *text)
{
    int64_t value;
    size_t length = strlen(text);
    if (length < 2 || text[length - 1] != 's' || sim_units_parse(text, &value) != 0)
        return sim_cli_wrong("--duration %s: accepted: a number with us, ms or s, as 500ms", text);
    if (value < 1000000 || value > INT64_C(3600) * 1000000000)
        return sim_cli_wrong("--duration %s: accepted: 1ms to 3600s", text);
    cli->duration_ns = (uint64_t)value;
    return 0;
}

static int take_ops(struct sim_cli *cli, const char *text)
{
    if (whole(text, &cli->ops) != 0 || cli->ops < 1 || cli->ops > 1000000000000)
        return sim_cli_wrong("--ops %s: accepted: a whole number from 1 to 10^12", text);
    return 0;
}

static int take_seed(struct sim_cli *cli, const char *text)
{
    /* A result holds it as a signed number of 64 bits. */
    if (whole(text, &cli->seed) != 0 || cli->seed > INT64_MAX)
        return sim_cli_wrong("--seed %s: accepted: a whole number from 0 to 2^63-1", text);
    return 0;
}

static int take_color(struct sim_cli *cli, const char *text)
{
    static const char *const names[] = {"auto", "always", "never"};
    for (uint32_t i = 0; i < 3; i++) {
        if (strcmp(text, names[i]) == 0) {
            cli->color = (enum sim_color)i;
            return 0;
        }
    }
    return sim_cli_unknown("value of --color", text, names, 3);
}

static int take_output(struct sim_cli *cli, const char *text)
{
    if (text[0] == 0)
        return sim_cli_wrong("-o: the name of the file is empty");
    cli->output = text;
    return 0;
}

static int take(struct sim_cli *cli, enum sim_option_bit index, char *value)
{
    cli->given |= 1U << index;
    if (value == NULL)
        return 0; /* a flag */
    switch (index) {
    case SIM_OPTION_INDEX_SETTING:
        return take_setting(cli, value);
    case SIM_OPTION_INDEX_CPUS:
        return take_cpus(cli, value);
    case SIM_OPTION_INDEX_MACHINE:
        return take_machine(cli, value);
    case SIM_OPTION_INDEX_COSTS:
        return take_costs(cli, value);
    case SIM_OPTION_INDEX_KERNEL:
        return sim_cli_take_kernel(cli, value);
    case SIM_OPTION_INDEX_VARY:
        return sim_cli_take_vary(cli, value);
    case SIM_OPTION_INDEX_SEED:
        return take_seed(cli, value);
    case SIM_OPTION_INDEX_DESIGN:
        return take_designs(cli, value);
    case SIM_OPTION_INDEX_DURATION:
        return take_duration(cli, value);
    case SIM_OPTION_INDEX_OPS:
        return take_ops(cli, value);
    case SIM_OPTION_INDEX_OUTPUT:
        return take_output(cli, value);
    case SIM_OPTION_INDEX_COLOR:
        return take_color(cli, value);
    case SIM_OPTION_INDEX_DETERMINISM:
    case SIM_OPTION_INDEX_PROBES:
    case SIM_OPTION_INDEX_JSON:
    case SIM_OPTION_INDEX_QUIET:
    case SIM_OPTION_INDEX_VERBOSE:
    case SIM_OPTION_INDEX_NO_PROGRESS:
    case SIM_OPTION_COUNT:
        break;
    }
    return 0;
}

/* ---- the argument vector ------------------------------------------------------------------- */

struct walk {
    struct sim_cli *cli;
    int argc, at;
    char **argv;
};

/* The options that a verb takes, as they are typed: "-o" and "--output". */
struct names {
    char text[2 * SIM_OPTION_COUNT][24];
    const char *list[2 * SIM_OPTION_COUNT];
    uint32_t count;
};

static void names_fill(struct names *names, const struct sim_verb *verb)
{
    names->count = 0;
    for (uint32_t i = 0; i < SIM_OPTION_COUNT; i++) {
        if ((verb->options & 1U << i) == 0)
            continue;
        if (options[i].letter != 0)
            snprintf(names->text[names->count++], 24, "-%c", options[i].letter);
        snprintf(names->text[names->count++], 24, "--%s", options[i].name);
    }
    for (uint32_t i = 0; i < names->count; i++)
        names->list[i] = names->text[i];
}

static int unknown_option(const struct sim_verb *verb, const char *word)
{
    struct names names;
    names_fill(&names, verb);
    return sim_cli_unknown("option", word, names.list, names.count);
}

static int refused_option(const struct sim_verb *verb, const char *word)
{
    struct names names;
    char all[2 * SIM_OPTION_COUNT * 26] = "";
    size_t length = 0;
    names_fill(&names, verb);
    for (uint32_t i = 0; i < names.count && length < sizeof all; i++)
        length += (size_t)snprintf(all + length, sizeof all - length, "%s%s", i > 0 ? ", " : "",
                                   names.list[i]);
    return sim_cli_wrong("%s does not go with '%s'; accepted: %s", word, verb->name,
                         names.count > 0 ? all : "no options");
}

/* One option, whose value may follow in the same word or in the next. */
static int walk_option(struct walk *walk, enum sim_option_bit index, const char *word, char *value)
{
    const struct option *option = &options[index];
    if ((walk->cli->verb->options & 1U << index) == 0)
        return refused_option(walk->cli->verb, word);
    if (option->argument == NULL && value != NULL)
        return sim_cli_wrong("%s takes no value", word);
    if (option->argument != NULL && value == NULL) {
        if (walk->at + 1 >= walk->argc)
            return sim_cli_wrong("%s needs a value: %s", word, option->argument);
        value = walk->argv[++walk->at];
    }
    return take(walk->cli, index, value);
}

static int walk_long(struct walk *walk)
{
    char *word = walk->argv[walk->at], *equals = strchr(word, '=');
    if (equals != NULL)
        *equals = 0;
    for (uint32_t i = 0; i < SIM_OPTION_COUNT; i++)
        if (strcmp(word + 2, options[i].name) == 0)
            return walk_option(walk, (enum sim_option_bit)i, word,
                               equals != NULL ? equals + 1 : NULL);
    return unknown_option(walk->cli->verb, word);
}

/* "-qv", "-o FILE", "-oFILE". */
static int walk_short(struct walk *walk)
{
    for (char *at = walk->argv[walk->at] + 1; *at != 0; at++) {
        uint32_t i = 0;
        while (i < SIM_OPTION_COUNT && options[i].letter != *at)
            i++;
        char word[3] = {'-', *at, 0};
        if (i == SIM_OPTION_COUNT)
            return unknown_option(walk->cli->verb, word);
        int takes = options[i].argument != NULL;
        int status =
            walk_option(walk, (enum sim_option_bit)i, word, takes && at[1] != 0 ? at + 1 : NULL);
        if (status != 0 || takes)
            return status;
    }
    return 0;
}

static int walk_operand(struct sim_cli *cli, const char *word)
{
    if (cli->operand_count == cli->verb->operands_max)
        return sim_cli_wrong("'%s' is one too many; usage: slipway %s%s%s [OPTION...]", word,
                             cli->verb->name, cli->verb->operands[0] != 0 ? " " : "",
                             cli->verb->operands);
    cli->operands[cli->operand_count++] = word;
    return 0;
}

/* The verb comes first; -h and --help turn any command line into a question about its verb. */
static int find_verb(struct walk *walk)
{
    struct sim_cli *cli = walk->cli;
    if (walk->argc < 2)
        return -1;
    const char *word = walk->argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        word = "help";
    else if (strcmp(word, "--version") == 0)
        word = "version";
    if (word[0] == '-')
        return sim_cli_wrong("'%s' where a command was expected; usage: slipway COMMAND [OPTION...]"
                             "; slipway help lists the commands",
                             word);
    cli->verb = sim_verb_find(word);
    if (cli->verb == NULL)
        return SIM_EXIT_USAGE;
    for (int i = 2; i < walk->argc && strcmp(walk->argv[i], "--") != 0; i++) {
        if (strcmp(walk->argv[i], "--help") == 0 || strcmp(walk->argv[i], "-h") == 0) {
            cli->operands[cli->operand_count++] = cli->verb->name;
            cli->verb = sim_verb_find("help");
            walk->at = walk->argc;
        }
    }
    return 0;
}

static int check_together(const struct sim_cli *cli)
{
    if (sim_cli_given(cli, SIM_OPTION(DURATION)) && sim_cli_given(cli, SIM_OPTION(OPS)))
        return sim_cli_wrong("--duration and --ops exclude each other: give one of them");
    if (sim_cli_given(cli, SIM_OPTION(QUIET)) && sim_cli_given(cli, SIM_OPTION(VERBOSE)))
        return sim_cli_wrong("-q and -v exclude each other: give one of them");
    if (cli->host_cpus != NULL && ((cli->verb->options & SIM_OPTION(MACHINE)) == 0 ||
                                   !sim_machine_find(cli->machine)->takes_host_cpus))
        return sim_cli_wrong("--cpus %s: a choice of the host's CPUs is for the machine cores; "
                             "accepted here: a whole number",
                             cli->host_cpus);
    if (cli->operand_count < cli->verb->operands_min)
        return sim_cli_wrong("'%s' needs %s; usage: slipway %s %s [OPTION...]", cli->verb->name,
                             cli->verb->operands, cli->verb->name, cli->verb->operands);
    return 0;
}

int sim_cli_parse(struct sim_cli *cli, int argc, char **argv)
{
    memset(cli, 0, sizeof *cli);
    cli->machine = "threads";
    cli->seed = 1;
    /* Commas of one --design make more names than there are words. */
    size_t words = (size_t)argc + 1, commas = 0;
    for (int i = 1; i < argc; i++)
        for (const char *at = argv[i]; *at != 0; at++)
            commas += *at == ',';
    cli->operands = calloc(words, sizeof *cli->operands);
    cli->settings = calloc(words, sizeof *cli->settings);
    cli->designs = calloc(words + commas, sizeof *cli->designs);
    if (cli->operands == NULL || cli->settings == NULL || cli->designs == NULL)
        return sim_cli_wrong("no memory for the command line");

    struct walk walk = {cli, argc, 1, argv};
    int status = find_verb(&walk), only_operands = 0;
    for (walk.at++; status == 0 && walk.at < argc; walk.at++) {
        const char *word = argv[walk.at];
        if (only_operands || word[0] != '-' || word[1] == 0)
            status = walk_operand(cli, word);
        else if (strcmp(word, "--") == 0)
            only_operands = 1;
        else
            status = word[1] == '-' ? walk_long(&walk) : walk_short(&walk);
    }
    return status != 0 ? status : check_together(cli);
}

void sim_cli_free(struct sim_cli *cli)
{
    free(cli->operands);
    free(cli->settings);
    free(cli->designs);
    free(cli->kernel);
}

void sim_cli_print_options(const struct sim_paper *paper, const struct sim_verb *verb)
{
    static const struct sim_column columns[] = {{"option", SIM_TABLE_LEFT, NULL},
                                                {"what it does", SIM_TABLE_WRAP, NULL}};
    struct sim_table *table = sim_table_create(columns, 2);
    for (uint32_t i = 0; i < SIM_OPTION_COUNT; i++) {
        const struct option *option = &options[i];
        if ((verb->options & 1U << i) == 0)
            continue;
        const char *argument = option->argument != NULL ? option->argument : "";
        if (option->letter != 0)
            sim_table_cell(table, SIM_INK_PLAIN, "-%c, --%s %s", option->letter, option->name,
                           argument);
        else
            sim_table_cell(table, SIM_INK_PLAIN, "    --%s %s", option->name, argument);
        sim_table_cell(table, SIM_INK_PLAIN, "%s", option->help);
    }
    sim_table_print(table, paper, 2);
}
