/* The command line, parsed: which verb, what it is applied to, and its options.
 *
 * Each verb says which options it takes; any other is refused rather than ignored. Values are
 * checked here as far as that is possible without a scenario: numbers, units, colours, names of
 * machines and designs' spelling. What only the scenario knows (parameters and their ranges) is
 * passed on as settings.
 *
 * Every function that finds the command line wrong prints one message that says what was wrong and
 * what is accepted, and returns SIM_EXIT_USAGE.
 */
#ifndef SIM_CLI_OPTIONS_H
#define SIM_CLI_OPTIONS_H

#include <stdint.h>
#include "sim/report/paper.h"
#include "sim/scenario/plan.h"

enum sim_exit {
    SIM_EXIT_OK = 0,
    SIM_EXIT_FAILED = 1,
    SIM_EXIT_USAGE = 2,
    SIM_EXIT_INTERRUPTED = 130
};

/* X(bit, letter or 0, name, argument or NULL, help) */
#define SIM_OPTION_MAP(X)                                                                          \
    X(SETTING, 'D', "define", "NAME=VALUE", "set a parameter of the scenario; repeatable")         \
    X(CPUS, 0, "cpus", "N",                                                                        \
      "simulated CPUs; the same as -D cpus=N. On cores also a list of the host's CPUs to run on: " \
      "0,2,4-7, or 3-3 for one. Of scale, a list of numbers: 1,2,4..64")                           \
    X(MACHINE, 0, "machine", "NAME",                                                               \
      "machine to run on, see slipway list (default: threads; of scale: model)")                   \
    X(COSTS, 0, "costs", "NAME", "what things cost where time is modelled: a preset or a file")    \
    X(KERNEL, 'K', "kernel", "NAME=VALUE",                                                         \
      "set an option of the kernel, see slipway list; repeatable")                                 \
    X(VARY, 0, "vary", "NAME=A,B,...", "run once for each value of a parameter or kernel option")  \
    X(DETERMINISM, 0, "check-determinism", NULL, "run everything twice and compare all events")    \
    X(SEED, 0, "seed", "N", "seed of offsets, loads and the machine's own choices (default: 1)")   \
    X(DESIGN, 0, "design", "NAME,...", "IPC designs, or shared objects like ./mine.so")            \
    X(DURATION, 0, "duration", "TIME",                                                             \
      "time to measure per design, as 500ms (default: 1s; simulated 20ms; of calibrate 2s in "     \
      "all)")                                                                                      \
    X(OPS, 0, "ops", "N", "operations to measure per design, instead of a time")                   \
    X(PROBES, 0, "probes", NULL, "what each design can and cannot do, as probes found it")         \
    X(JSON, 0, "json", NULL, "print one JSON document instead of tables")                          \
    X(OUTPUT, 'o', "output", "FILE",                                                               \
      "also write the JSON document to this file; of calibrate: the cost file")                    \
    X(QUIET, 'q', "quiet", NULL,                                                                   \
      "print the table and nothing around it; no progress. Of calibrate -o FILE: print nothing")   \
    X(VERBOSE, 'v', "verbose", NULL, "also print every process, all percentiles, and slices")      \
    X(COLOR, 0, "color", "WHEN", "auto, always or never (default: auto; NO_COLOR is respected)")   \
    X(NO_PROGRESS, 0, "no-progress", NULL, "do not show how far the run is")

enum sim_option_bit {
#define SIM_OPTION_INDEX(bit, letter, name, argument, help) SIM_OPTION_INDEX_##bit,
    SIM_OPTION_MAP(SIM_OPTION_INDEX)
#undef SIM_OPTION_INDEX
        SIM_OPTION_COUNT
};
#define SIM_CLI_VALUES_MAX 32U /* that one name can vary over */
#define SIM_OPTION(bit) (1U << SIM_OPTION_INDEX_##bit)

struct sim_cli;

struct sim_verb {
    const char *name;
    const char *operands; /* "SCENARIO", as in the usage line */
    const char *about;    /* one line */
    const char *more;     /* paragraphs for `help VERB` */
    uint32_t options;     /* SIM_OPTION(x), or-ed */
    uint32_t operands_min, operands_max;
    int (*run)(const struct sim_cli *cli);
};

struct sim_cli {
    const struct sim_verb *verb;
    const char **operands;
    uint32_t operand_count;
    uint32_t given;               /* SIM_OPTION(x) of those on the command line */
    struct sim_setting *settings; /* -D and --cpus; the last of a name wins */
    uint32_t setting_count;
    const char *machine; /* "threads" unless given */
    const char *costs;   /* --costs, or NULL */
    char *kernel;        /* all -K: "a=1,b=2", or NULL; owned */
    const char *vary;    /* --vary's name, or NULL; and its values */
    const char *values[SIM_CLI_VALUES_MAX];
    uint32_t value_count;
    uint32_t cpu_list[SIM_CLI_VALUES_MAX]; /* --cpus of scale */
    uint32_t cpu_count;                    /* 0: not given */
    const char *host_cpus;                 /* --cpus, if it is a list; or NULL */
    char host_cpu_count[12];               /* how many those are */
    uint64_t seed;                         /* 1 unless given */
    const char **designs;                  /* as written; none: the verb's own default */
    uint32_t design_count;
    uint64_t duration_ns; /* 0: not given */
    uint64_t ops;         /* 0: not given */
    const char *output;   /* -o, or NULL */
    enum sim_color color;
};

/* The n-th verb from 0, or NULL. */
const struct sim_verb *sim_verb_nth(uint32_t index);
/* The verb of that name, or NULL after a message that names the nearest. */
const struct sim_verb *sim_verb_find(const char *name);

/* Parses the arguments. 0, SIM_EXIT_USAGE after a message, or -1: there was no verb at all. */
int sim_cli_parse(struct sim_cli *cli, int argc, char **argv);
void sim_cli_free(struct sim_cli *cli);

int sim_cli_given(const struct sim_cli *cli, uint32_t option);

/* Prints "slipway: ..." on stderr and returns SIM_EXIT_USAGE. */
int sim_cli_wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same, with the nearest spelling among `names` and all of them. */
int sim_cli_unknown(const char *what, const char *word, const char *const *names, uint32_t count);

/* Prints the options of a verb, one a line. */
void sim_cli_print_options(const struct sim_paper *paper, const struct sim_verb *verb);

#endif
