#include "sim/cli/verbs.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include "sim/cli/calibration.h"
#include "sim/cli/output.h"
#include "sim/cli/signals.h"
#include "sim/report/document.h"
#include "sim/report/table.h"

#define SCHEMA "slipway.calibration/1"

/* ---- what was found, as tables ------------------------------------------------------------------ */

static void put_ns(struct sim_table *table, double ns)
{
    if (isnan(ns))
        sim_table_cell(table, SIM_INK_FAINT, "-");
    else
        sim_table_cell(table, SIM_INK_PLAIN, "%.*f", ns < 100 ? 1 : 0, ns);
}

static void print_loops(const struct sim_paper *paper, const struct sim_calibration *found)
{
    static const struct sim_column columns[] = {
        {"loop", SIM_TABLE_LEFT, NULL},  {"what", SIM_TABLE_LEFT, NULL},
        {"ns", SIM_TABLE_RIGHT, NULL},   {"25%", SIM_TABLE_RIGHT, NULL},
        {"75%", SIM_TABLE_RIGHT, NULL},  {"composed", SIM_TABLE_RIGHT, NULL},
        {"error", SIM_TABLE_RIGHT, NULL}};
    struct sim_table *table = sim_table_create(columns, 7);
    for (uint32_t i = 0; i < SIM_LOOP_COUNT; i++) {
        const struct sim_calibration_row *row = &found->row[i];
        sim_table_cell(table, SIM_INK_PLAIN, "%s", sim_loop_nth(i)->name);
        sim_table_cell(table, SIM_INK_FAINT, "%s", sim_loop_nth(i)->what);
        put_ns(table, row->median);
        put_ns(table, row->low);
        put_ns(table, row->high);
        put_ns(table, row->composed);
        if (isnan(row->composed))
            sim_table_cell(table, SIM_INK_FAINT, "-");
        else
            sim_table_cell(table, SIM_INK_PLAIN, "%+.0f%%",
                           100 * (row->composed / row->median - 1));
    }
    sim_table_print(table, paper, 0);
}

static void print_costs(const struct sim_paper *paper, const struct sim_costs *costs)
{
    static const struct sim_column columns[] = {{"cost", SIM_TABLE_LEFT, NULL},
                                                {"value", SIM_TABLE_RIGHT, NULL},
                                                {"+/-", SIM_TABLE_RIGHT, NULL}};
    struct sim_table *table = sim_table_create(columns, 3);
    for (uint32_t i = 0; i < SIM_COST_DRAFTS; i++) {
        const struct sim_cost *cost =
            i < SLIP_COST_COUNT ? &costs->kernel[i] : &costs->machine[i - SLIP_COST_COUNT];
        if (cost->value == NULL)
            continue;
        sim_table_cell(table, SIM_INK_PLAIN, "%s", sim_cost_draft_name(i));
        sim_table_cell(table, SIM_INK_PLAIN, "%s", cost->value);
        if (cost->ps > 0)
            sim_table_cell(table, SIM_INK_PLAIN, "%" PRIu32 "%%", cost->uncertainty);
        else
            sim_table_cell(table, SIM_INK_FAINT, "-");
    }
    printf("\n");
    sim_table_print(table, paper, 0);
}

static void print_found(const struct sim_cli *cli, const struct sim_calibration *found,
                        const struct sim_costs *costs, int written)
{
    struct sim_paper paper;
    sim_paper_init(&paper, stdout, cli->color);
    sim_paper_text(&paper, SIM_INK_TITLE, "calibrate");
    printf(": ");
    sim_paper_wrap(&paper, SIM_INK_PLAIN, 11, 0, costs->about);
    printf("%" PRIu32 " slices of each loop, in turns; nanoseconds of a round\n\n", found->rounds);
    print_loops(&paper, found);
    print_costs(&paper, costs);
    if (written)
        printf("\n%s: %s\n", cli->output, "slipway costs shows it with its sources");
}

/* ---- as JSON ------------------------------------------------------------------------------------ */

static json_t *loops(const struct sim_calibration *found)
{
    json_t *rows = json_array();
    for (uint32_t i = 0; i < SIM_LOOP_COUNT; i++) {
        const struct sim_calibration_row *row = &found->row[i];
        const struct sim_loop *loop = sim_loop_nth(i);
        if (!isnan(row->median))
            json_array_append_new(
                rows, json_pack("{s:s, s:s, s:i, s:f, s:f, s:f, s:f}", "name", loop->name, "what",
                                loop->what, "cpus", (int)loop->cpus, "ns", row->median, "low_ns",
                                row->low, "high_ns", row->high, "composed_ns", row->composed));
    }
    return rows;
}

static json_t *warnings(const struct sim_calibration *found)
{
    json_t *texts = json_array();
    for (uint32_t i = 0; i < found->warnings; i++)
        json_array_append_new(texts, sim_document_text(found->warning[i]));
    return texts;
}

static int print_json(const struct sim_calibration *found, const struct sim_costs *costs)
{
    json_t *value = json_pack("{s:s, s:o, s:s, s:i, s:o, s:o, s:o}", "schema", SCHEMA, "about",
                              sim_document_text(costs->about), "hash", costs->hash, "slices",
                              (int)found->rounds, "loops", loops(found), "warnings",
                              warnings(found), "costs", sim_document_text(costs->text));
    char *text = value == NULL ? NULL : json_dumps(value, JSON_INDENT(2));
    json_decref(value);
    if (text == NULL) {
        fprintf(stderr, "slipway: calibrate: this cannot be written as JSON\n");
        return SIM_EXIT_FAILED;
    }
    printf("%s\n", text);
    free(text);
    return SIM_EXIT_OK;
}

/* ---- the verb ----------------------------------------------------------------------------------- */

static int failed(const char *why)
{
    fprintf(stderr, "slipway: calibrate: %s\n", why);
    return SIM_EXIT_FAILED;
}

/* To standard output goes what no file was asked for: the costs themselves, so that they can be
 * piped; else what they are made of. */
static int tell(const struct sim_cli *cli, const struct sim_calibration *found, const char *text,
                const struct sim_costs *costs, int written)
{
    int status = SIM_EXIT_OK;
    if (sim_cli_given(cli, SIM_OPTION(JSON)))
        status = print_json(found, costs);
    else if (cli->output == NULL)
        fputs(text, stdout);
    else if (!sim_cli_given(cli, SIM_OPTION(QUIET)))
        print_found(cli, found, costs, written);
    fflush(stdout);
    for (uint32_t i = 0; i < found->warnings && !sim_cli_given(cli, SIM_OPTION(QUIET)); i++)
        fprintf(stderr, "slipway: warning: %s\n", found->warning[i]);
    return status;
}

/* What is written is read back first: a file that a run would refuse is no result. */
static int write_found(const struct sim_cli *cli, const struct sim_calibration *found,
                       struct sim_output *output)
{
    char error[1024];
    char *text = sim_cost_write(&found->draft);
    const char *name = cli->output != NULL ? cli->output : "calibrated";
    struct sim_costs *costs =
        text == NULL ? NULL : sim_costs_parse(name, text, error, sizeof error);
    int status = SIM_EXIT_FAILED;
    if (costs == NULL) {
        sim_output_drop(output);
        failed(text == NULL ? "the host has no memory left" : error);
    } else {
        status = sim_output_write(output, text);
        int told = tell(cli, found, text, costs, status == SIM_EXIT_OK);
        status = status != SIM_EXIT_OK ? status : told;
    }
    sim_costs_free(costs);
    free(text);
    return status;
}

static int calibrate(const struct sim_cli *cli)
{
    char error[4096] = "";
    struct sim_output output;
    int status = sim_output_open(&output, cli->output);
    if (status != 0)
        return status;
    struct sim_calibration *found = calloc(1, sizeof *found);
    if (found == NULL) {
        sim_output_drop(&output);
        return failed("the host has no memory left");
    }
    sim_cli_watch_signals();
    enum sim_calibrate_outcome outcome =
        sim_cli_calibrate(cli->duration_ns, found, error, sizeof error);
    sim_cli_drop_signals();
    if (outcome == SIM_CALIBRATE_OK) {
        status = write_found(cli, found, &output);
    } else {
        sim_output_drop(&output);
        status = outcome == SIM_CALIBRATE_STOPPED ? SIM_EXIT_INTERRUPTED : SIM_EXIT_FAILED;
        failed(outcome == SIM_CALIBRATE_STOPPED ? sim_cli_calibrate_stopped : error);
    }
    free(found);
    return status;
}

const struct sim_verb sim_verb_calibrate = {
    .name = "calibrate",
    .operands = "",
    .about = "what the simulated kernel costs on this host",
    .more =
        "Runs small loops of system calls on the machine 'cores', in short slices that take turns, "
        "and derives from them what each step of the kernel costs here, with its uncertainty and "
        "how it was found. Prints a cost file; with -o it goes to a file, and the loops are "
        "printed, each beside what it is composed of, unless -q is given; -q holds back the "
        "warnings, too. The file is for slipway run SCENARIO "
        "--machine model --costs FILE; slipway validate says how far such runs are from the host. "
        "--duration is the time for all slices (default: 2s).",
    .options = SIM_OPTION(DURATION) | SIM_OPTION(JSON) | SIM_OPTION(OUTPUT) | SIM_OPTION(QUIET) |
               SIM_OPTION(COLOR),
    .run = calibrate,
};
