#include "bench/harness/bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/harness/document.h"
#include "bench/harness/host.h"
#include "bench/harness/run.h"
#include "bench/harness/table.h"
#include "sim/machine/host_cpus.h"

#define QUICK_ROUNDS 3U
#define QUICK_SHRINK 50U

/* ---- running ------------------------------------------------------------------------------- */

static void run_slice(struct bench_run *run, uint32_t index, uint32_t round)
{
    const struct bench_case *one = &run->program->cases[index];
    struct bench_slice *slice = &run->slices[(size_t)index * BENCH_ROUNDS_MAX + round];
    if (bench_slice_at(run, index, 0)->figure == BENCH_NOT_INSTALLED) {
        slice->figure = BENCH_NOT_INSTALLED;
        return;
    }
    slice->probe = one->cpus == 1 ? 0 : bench_line_probe();
    struct bench_host before, after;
    int known = bench_host_read(&before) == 0;
    slice->figure = one->run(one, bench_turns(run, one));
    if (!known || bench_host_read(&after) != 0)
        return;
    slice->cut = bench_host_cut(&before, &after);
}

static void run_round(struct bench_run *run, uint32_t round)
{
    struct bench_host before, after;
    int known = bench_host_read(&before) == 0;
    for (uint32_t i = 0; i < run->program->case_count; i++)
        run_slice(run, i, round);
    known = bench_host_read(&after) == 0 && known;
    run->taken[round] = known ? bench_host_taken(&before, &after) : -1;
}

static int run_all(struct bench_run *run, FILE *json)
{
    int failed = 0;
    for (uint32_t i = 0; i < run->rounds; i++)
        run_round(run, i);
    bench_table_print(run);
    for (uint32_t i = 0; i < run->program->case_count; i++)
        failed |= bench_row_of(run, i).failed != 0;
    if (json != NULL && bench_document_write(run, json) != 0) {
        fprintf(stderr, "%s: the JSON file could not be written\n", run->program->name);
        failed = 1;
    }
    return failed;
}

/* ---- arguments ----------------------------------------------------------------------------- */

struct arguments {
    uint32_t rounds, quick; /* 0: not given */
    const char *json;
    uint32_t cpus[BENCH_STEPS_MAX], steps; /* 0 steps: not given */
};

static void print_usage(const struct bench_program *program, FILE *file)
{
    fprintf(file,
            "usage: %s [--rounds N] [--quick] [--json FILE]%s\n\n%s\n\n"
            "  --rounds N   each case runs so often, in turns: 1 to %u (default: %u)\n"
            "  --quick      %u rounds of slices that are %u times shorter: to see that all run\n"
            "  --json FILE  also write all figures to this file\n",
            program->name, program->plan == NULL ? "" : " [--cpus LIST]", program->about,
            BENCH_ROUNDS_MAX, program->rounds, QUICK_ROUNDS, QUICK_SHRINK);
    if (program->plan != NULL)
        fprintf(
            file,
            "  --cpus LIST  numbers of CPUs, rising, from 1 to %u, as 1,2,4 (default: 1, 2, 4 and\n"
            "               so on, and all); more than there are run in turns on those\n",
            BENCH_CPUS_MAX);
}

static int wrong(const struct bench_program *program, const char *what, const char *argument)
{
    fprintf(stderr, "%s: %s: '%s'\n", program->name, what, argument);
    print_usage(program, stderr);
    return 2;
}

static int take_rounds(const struct bench_program *program, struct arguments *given,
                       const char *text)
{
    char *end;
    unsigned long rounds = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != 0 || rounds < 1 || rounds > BENCH_ROUNDS_MAX)
        return wrong(program, "this is no number of rounds", text);
    given->rounds = (uint32_t)rounds;
    return 0;
}

/* 1,2,4: rising; 1 is in it, whether it is named or not, for all are compared with it. */
static int take_cpus(const struct bench_program *program, struct arguments *given, const char *text)
{
    given->cpus[0] = 1;
    given->steps = 1;
    for (const char *at = text;; at++) {
        char *end;
        unsigned long cpus = strtoul(at, &end, 10);
        uint32_t last = given->cpus[given->steps - 1];
        if (at[0] < '0' || at[0] > '9' || (*end != 0 && *end != ',') || cpus > BENCH_CPUS_MAX ||
            cpus < last || (cpus == last && at != text) || given->steps == BENCH_STEPS_MAX)
            return wrong(program, "no list of rising numbers of CPUs of that range", text);
        if (cpus != last)
            given->cpus[given->steps++] = (uint32_t)cpus;
        at = end;
        if (*at == 0)
            return 0;
    }
}

/* 1, 2, 4, ... and all. */
static void all_cpus(struct arguments *given)
{
    uint32_t all = bench_cpus() < BENCH_CPUS_MAX ? bench_cpus() : BENCH_CPUS_MAX;
    for (uint32_t cpus = 1; cpus < all; cpus *= 2)
        given->cpus[given->steps++] = cpus;
    given->cpus[given->steps++] = all;
}

static int take_arguments(const struct bench_program *program, struct arguments *given, int argc,
                          char **argv)
{
    int status = 0;
    for (int i = 1; i < argc && status == 0; i++) {
        int cpus = program->plan != NULL && strcmp(argv[i], "--cpus") == 0;
        int takes = cpus || strcmp(argv[i], "--rounds") == 0 || strcmp(argv[i], "--json") == 0;
        if (strcmp(argv[i], "--quick") == 0)
            given->quick = 1;
        else if (!takes)
            status = wrong(program, "unknown argument", argv[i]);
        else if (i + 1 == argc)
            status = wrong(program, "nothing follows", argv[i]);
        else if (cpus)
            status = take_cpus(program, given, argv[++i]);
        else if (strcmp(argv[i], "--json") == 0 && argv[i + 1][0] == '-')
            status =
                wrong(program, "no FILE for --json (one of such a name is ./-NAME)", argv[i + 1]);
        else if (strcmp(argv[i], "--json") == 0)
            given->json = argv[++i];
        else
            status = take_rounds(program, given, argv[++i]);
    }
    return status;
}

/* What makes the figures worth less is said before they are waited for. */
static void warn(const struct bench_run *run)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < run->program->case_count; i++)
        if (run->program->cases[i].cpus > most)
            most = run->program->cases[i].cpus;
    if (most > run->cpus)
        fprintf(stderr,
                "%s: warning: rows of more CPUs than there are (%u): timings mean nothing\n",
                run->program->name, run->cpus);
    if (!run->pinned)
        fprintf(stderr, "%s: warning: %s\n", run->program->name, sim_host_cpus_unpinned);
}

int bench_main(const struct bench_program *given_program, int argc, char **argv)
{
    struct bench_program copy = *given_program, *program = &copy;
    struct arguments given = {0};
    FILE *json = NULL;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        print_usage(program, stdout);
        return 0;
    }
    int status = take_arguments(program, &given, argc, argv);
    if (status != 0)
        return status;
    if (program->plan != NULL) {
        if (given.steps == 0)
            all_cpus(&given);
        program->plan(program, given.cpus, given.steps);
    }
    struct bench_run run = {.program = program,
                            .cpus = bench_cpus(),
                            .pinned = sim_host_cpus_may_pin(),
                            .rounds = given.quick ? QUICK_ROUNDS : program->rounds,
                            .shrink = given.quick ? QUICK_SHRINK : 1};
    if (given.rounds != 0)
        run.rounds = given.rounds;
    /* Minutes are not to be lost to a folder that is not there. */
    if (given.json != NULL && (json = fopen(given.json, "we")) == NULL) {
        fprintf(stderr, "%s: cannot write '%s': %s\n", program->name, given.json, strerror(errno));
        return 2;
    }
    warn(&run);
    run.slices = calloc((size_t)program->case_count * BENCH_ROUNDS_MAX, sizeof *run.slices);
    if (run.slices == NULL)
        fprintf(stderr, "%s: no memory for the slices\n", program->name);
    status = run.slices == NULL ? 1 : run_all(&run, json);
    if (json != NULL && fclose(json) != 0 && status == 0) {
        fprintf(stderr, "%s: '%s' could not be written: %s\n", program->name, given.json,
                strerror(errno));
        status = 1;
    }
    free(run.slices);
    return status;
}
