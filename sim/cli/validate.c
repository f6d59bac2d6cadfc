#include "sim/cli/verbs.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "sim/cli/calibration.h"
#include "sim/cli/designs.h"
#include "sim/cli/output.h"
#include "sim/cli/plan_open.h"
#include "sim/cli/signals.h"
#include "sim/machine/host_cpus.h"
#include "sim/report/document.h"
#include "sim/report/progress.h"
#include "sim/report/table.h"
#include "sim/report/text.h"
#include "sim/run/validate.h"

#define SCHEMA "slipway.validation/1"
#define SCENARIOS_MAX 64U
#define HARNESS_SCENARIO "ping_pong"
#define HARNESS_DESIGN "rendezvous"

/* One scenario of the command line. */
struct part {
    struct sim_plan *plan;
    int compared;
    char why[512]; /* why it was not */
    struct sim_validation found;
};

struct session {
    const struct sim_cli *cli;
    struct sim_designs designs;
    struct sim_costs *costs;    /* NULL: not there yet */
    struct sim_plan *ping_pong; /* by which the harness is found */
    struct sim_designs rendezvous;
    struct part *parts;
    uint32_t count;
};

/* ---- tables ------------------------------------------------------------------------------------ */

static void put_ns(struct sim_table *table, double ns)
{
    if (isnan(ns))
        sim_table_cell(table, SIM_INK_FAINT, "-");
    else
        sim_table_cell(table, SIM_INK_PLAIN, "%.0f", ns);
}

static void put_error(struct sim_table *table, double error)
{
    if (isnan(error))
        sim_table_cell(table, SIM_INK_FAINT, "-");
    else
        sim_table_cell(table, SIM_INK_PLAIN, "%+.0f%%", 100 * error);
}

static void print_rows(const struct sim_paper *paper, const struct part *part)
{
    static const struct sim_column columns[] = {{"design", SIM_TABLE_LEFT, NULL},
                                                {"cores", SIM_TABLE_RIGHT, "ns per operation"},
                                                {"model", SIM_TABLE_RIGHT, "ns per operation"},
                                                {"error", SIM_TABLE_RIGHT, "ns per operation"},
                                                {"from", SIM_TABLE_RIGHT, "ns per operation"},
                                                {"to", SIM_TABLE_RIGHT, "ns per operation"},
                                                {"cores", SIM_TABLE_RIGHT, "response, p50"},
                                                {"model", SIM_TABLE_RIGHT, "response, p50"},
                                                {"error", SIM_TABLE_RIGHT, "response, p50"},
                                                {"bare", SIM_TABLE_RIGHT, "response, p50"}};
    struct sim_table *table = sim_table_create(columns, 10);
    for (uint32_t i = 0; i < part->found.count; i++) {
        const struct sim_validate_row *row = &part->found.row[i];
        sim_table_cell(table, SIM_INK_PLAIN, "%s", row->design);
        put_ns(table, row->op.cores.median);
        put_ns(table, row->op.model.median);
        put_error(table, row->op.error.median);
        put_error(table, row->op.error.low);
        put_error(table, row->op.error.high);
        put_ns(table, row->p50.cores.median);
        put_ns(table, row->p50.model.median);
        put_error(table, row->p50.error.median);
        put_error(table, row->error_bare.median);
    }
    sim_table_print(table, paper, 0);
}

/* One round has no range. */
static void put_range(char *text, size_t bytes, const struct sim_estimate *ns)
{
    if (isnan(ns->low))
        snprintf(text, bytes, "%.0f ns", ns->median);
    else
        snprintf(text, bytes, "%.0f ns (%.0f to %.0f)", ns->median, ns->low, ns->high);
}

static void print_part(const struct sim_paper *paper, const struct part *part)
{
    char text[256], harness[64], bare[64];
    const struct sim_validation *found = &part->found;
    sim_paper_text(paper, SIM_INK_TITLE, part->plan->name);
    if (!part->compared) {
        printf(": ");
        sim_paper_wrap(paper, SIM_INK_PLAIN, sim_paper_columns(part->plan->name) + 2, 0, part->why);
        return;
    }
    printf(": %" PRIu32 " CPU%s\n", part->found.cpus, part->found.cpus == 1 ? "" : "s");
    print_rows(paper, part);
    if (isnan(found->harness.median))
        return; /* no round was completed */
    put_range(harness, sizeof harness, &found->harness);
    put_range(bare, sizeof bare, &found->bare.cores);
    snprintf(text, sizeof text,
             "beside it: the harness %s of a response; a bare call and reply %s, on the model %.0f",
             harness, bare, found->bare.model.median);
    sim_paper_wrap(paper, SIM_INK_FAINT, 0, 0, text);
}

static void print_head(const struct session *session, const struct sim_paper *paper)
{
    char text[512];
    snprintf(text, sizeof text,
             "the machine 'model' with the costs of %s (%s) beside 'cores', in turns; an error is "
             "the model's: -20%% is a fifth too fast",
             session->costs->name, session->costs->hash);
    sim_paper_text(paper, SIM_INK_TITLE, "validate");
    printf(": ");
    sim_paper_wrap(paper, SIM_INK_PLAIN, 10, 0, text);
}

static void print_notes(const struct sim_paper *paper)
{
    printf("\n");
    sim_paper_wrap(
        paper, SIM_INK_PLAIN, 0, 0,
        "The harness is what roles, designs, clock and recorder take: " HARNESS_SCENARIO
        " by " HARNESS_DESIGN " on one CPU less the bare call and reply. The model has "
        "none of it; 'bare' is the error at p50 without. Designs that do more in code of "
        "their own than this one have more of it than that. Where a CPU is taken away, by "
        "the host's other work, time per operation has it and p50 has not. Where the bare "
        "call is not what the model makes of it, the host is not as it was when its costs "
        "were measured.");
    sim_paper_wrap(paper, SIM_INK_PLAIN, 0, 0,
                   "Idle CPUs of the model poll (" SIM_VALIDATE_IDLE "); those of cores do for a "
                   "while, and then sleep. Bodies in Lua take no time on the model.");
}

static void print_all(const struct session *session)
{
    int quiet = sim_cli_given(session->cli, SIM_OPTION(QUIET));
    struct sim_paper paper;
    sim_paper_init(&paper, stdout, session->cli->color);
    if (!quiet)
        print_head(session, &paper);
    if (sim_cli_stopped())
        sim_paper_format(&paper, SIM_INK_WARN, "%s\n", sim_text_interrupted);
    for (uint32_t i = 0; i < session->count; i++) {
        fputs(quiet && i == 0 ? "" : "\n", stdout);
        print_part(&paper, &session->parts[i]);
    }
    if (!quiet)
        print_notes(&paper);
}

/* ---- JSON -------------------------------------------------------------------------------------- */

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *estimate(const struct sim_estimate *value)
{
    return json_pack("{s:o, s:o, s:o}", "median", number(value->median), "low", number(value->low),
                     "high", number(value->high));
}

static json_t *figure(const struct sim_validate_figure *value)
{
    return json_pack("{s:o, s:o, s:o}", "cores_ns", estimate(&value->cores), "model_ns",
                     estimate(&value->model), "error", estimate(&value->error));
}

static json_t *scenario(const struct part *part)
{
    json_t *rows = json_array();
    for (uint32_t i = 0; i < part->found.count; i++) {
        const struct sim_validate_row *row = &part->found.row[i];
        json_array_append_new(
            rows, json_pack("{s:s, s:i, s:o, s:o, s:o, s:o}", "design", row->design, "rounds",
                            (int)row->rounds, "per_operation", figure(&row->op), "p50",
                            figure(&row->p50), "error_bare", estimate(&row->error_bare), "failure",
                            sim_document_text(row->failure)));
    }
    return json_pack("{s:s, s:i, s:b, s:o, s:o, s:o, s:o}", "scenario", part->plan->name, "cpus",
                     (int)part->plan->cpus, "compared", part->compared, "why",
                     sim_document_text(part->why), "harness_ns", estimate(&part->found.harness),
                     "bare", figure(&part->found.bare), "designs", rows);
}

static char *document(const struct session *session)
{
    json_t *parts = json_array();
    for (uint32_t i = 0; i < session->count; i++)
        json_array_append_new(parts, scenario(&session->parts[i]));
    json_t *value = json_pack("{s:s, s:b, s:o, s:s, s:o, s:o}", "schema", SCHEMA, "interrupted",
                              sim_cli_stopped(), "costs", sim_document_text(session->costs->name),
                              "hash", session->costs->hash, "costs_text",
                              sim_document_text(session->costs->text), "scenarios", parts);
    char *text = value == NULL ? NULL : json_dumps(value, JSON_INDENT(2));
    json_decref(value);
    return text;
}

/* ---- before ------------------------------------------------------------------------------------ */

static int calibrate_first(struct session *session)
{
    char error[4096] = "the host has no memory left";
    struct sim_calibration *found = calloc(1, sizeof *found);
    enum sim_calibrate_outcome outcome = SIM_CALIBRATE_FAILED;
    if (found != NULL)
        outcome = sim_cli_calibrate(0, found, error, sizeof error);
    char *text = outcome == SIM_CALIBRATE_OK ? sim_cost_write(&found->draft) : NULL;
    if (text != NULL)
        session->costs = sim_costs_parse("calibrated", text, error, sizeof error);
    for (uint32_t i = 0; session->costs != NULL && found != NULL && i < found->warnings; i++)
        if (!sim_cli_given(session->cli, SIM_OPTION(QUIET)))
            fprintf(stderr, "slipway: warning: %s\n", found->warning[i]);
    free(text);
    free(found);
    if (session->costs != NULL)
        return SIM_EXIT_OK;
    int stopped = outcome == SIM_CALIBRATE_STOPPED;
    fprintf(stderr, "slipway: validate: %s\n", stopped ? sim_cli_calibrate_stopped : error);
    return stopped ? SIM_EXIT_INTERRUPTED : SIM_EXIT_FAILED;
}

/* Costs that were named are read before anything runs. */
static int open_costs(struct session *session)
{
    char error[2048];
    if (session->cli->costs == NULL)
        return calibrate_first(session);
    session->costs = sim_costs_load(session->cli->costs, error, sizeof error);
    return session->costs != NULL ? SIM_EXIT_OK : sim_cli_wrong("%s", error);
}

static int add_part(struct session *session, const char *name)
{
    struct sim_cli cli = *session->cli; /* texts and lists stay the caller's */
    struct part *part = &session->parts[session->count];
    cli.operands = &name;
    part->plan = sim_cli_plan_open(&cli, NULL);
    if (part->plan == NULL)
        return SIM_EXIT_USAGE;
    part->compared = !sim_validate_differs(part->plan, part->why, sizeof part->why);
    session->count++;
    return SIM_EXIT_OK;
}

/* A file of results in which nothing was compared would look like success. */
static int refuse_nothing(const struct session *session)
{
    for (uint32_t i = 0; i < session->count; i++)
        if (session->parts[i].compared)
            return SIM_EXIT_OK;
    for (uint32_t i = 0; i < session->count && session->parts[i].plan != NULL; i++)
        sim_cli_wrong("%s: %s", session->parts[i].plan->name, session->parts[i].why);
    return sim_cli_wrong("validate: there is nothing to compare; accepted: scenarios that do the "
                         "same on cores and on model, as ping_pong; without a name, slipway "
                         "validate takes all of those");
}

/* Those named, or all that can be found. */
static int open_parts(struct session *session)
{
    const struct sim_cli *cli = session->cli;
    const char *name;
    int status = SIM_EXIT_OK;
    if (cli->operand_count == 0 && cli->setting_count > 0)
        return sim_cli_wrong("-D %s: parameters are a scenario's own; name the scenarios that it "
                             "is for: slipway validate ping_pong -D %s=%s",
                             cli->settings[0].name, cli->settings[0].name, cli->settings[0].value);
    session->parts = calloc(SCENARIOS_MAX, sizeof *session->parts);
    if (session->parts == NULL) {
        sim_cli_wrong("no memory for %u scenarios", SCENARIOS_MAX);
        return SIM_EXIT_FAILED;
    }
    for (uint32_t i = 0; i < cli->operand_count && status == 0; i++)
        status = add_part(session, cli->operands[i]);
    for (uint32_t i = 0; cli->operand_count == 0 && status == 0 && i < SCENARIOS_MAX &&
                         (name = sim_scenario_name(i, NULL)) != NULL;
         i++)
        status = add_part(session, name);
    return status == SIM_EXIT_OK ? refuse_nothing(session) : status;
}

/* ---- running ----------------------------------------------------------------------------------- */

static void on_progress(void *argument, double done, const char *part)
{
    sim_progress_update(argument, done, part);
}

static int run_part(struct session *session, struct part *part)
{
    const struct sim_cli *cli = session->cli;
    struct sim_progress progress;
    char error[2048] = "";
    int silent =
        sim_cli_given(cli, SIM_OPTION(QUIET)) || sim_cli_given(cli, SIM_OPTION(NO_PROGRESS));
    const struct sim_validate_options options = {.costs = session->costs->name,
                                                 .costs_text = session->costs->text,
                                                 .kernel = cli->kernel,
                                                 .seed = cli->seed,
                                                 .duration_ns = cli->duration_ns,
                                                 .ping_pong = session->ping_pong,
                                                 .rendezvous = session->rendezvous.list[0],
                                                 .stopped = sim_cli_stopped,
                                                 .progress = on_progress,
                                                 .progress_argument = &progress};
    sim_progress_begin(&progress, cli->color, silent, part->plan->name);
    enum sim_run_outcome outcome =
        sim_validate(part->plan, session->designs.list, session->designs.count, &options,
                     &part->found, error, sizeof error);
    sim_progress_end(&progress);
    if (outcome == SIM_RUN_WRONG)
        return sim_cli_wrong("%s", error);
    for (uint32_t i = 0; i < part->found.count; i++)
        if (part->found.row[i].failure[0] != 0)
            fprintf(stderr, "slipway: %s, %s: %s\n", part->plan->name, part->found.row[i].design,
                    part->found.row[i].failure);
    return (int)outcome;
}

static int run_parts(struct session *session)
{
    int worst = SIM_EXIT_OK;
    for (uint32_t i = 0; i < session->count; i++) {
        struct part *part = &session->parts[i];
        if (!part->compared)
            continue;
        if (worst == SIM_EXIT_INTERRUPTED) {
            part->compared = 0;
            snprintf(part->why, sizeof part->why, "interrupted before its turn");
            continue;
        }
        int status = run_part(session, part);
        if (status == SIM_EXIT_USAGE)
            return status;
        worst = status > worst ? status : worst;
    }
    return worst;
}

static int tell(const struct session *session, struct sim_output *output)
{
    char *text = document(session);
    if (text == NULL) {
        sim_output_drop(output);
        sim_cli_wrong("no memory for the document");
        return SIM_EXIT_FAILED;
    }
    /* First what was asked to be kept: a reader of stdout may go away in the middle. */
    int status = sim_output_write(output, text);
    if (sim_cli_given(session->cli, SIM_OPTION(JSON)))
        puts(text);
    else
        print_all(session);
    fflush(stdout);
    free(text);
    return status;
}

/* What the harness is found by comes with the program. */
static int open_harness(struct session *session)
{
    static const char *const names[] = {HARNESS_DESIGN};
    char error[1024];
    int status = sim_designs_open(&session->rendezvous, names, 1);
    session->ping_pong = sim_plan_load(HARNESS_SCENARIO, NULL, 0, error, sizeof error);
    return status == 0 && session->ping_pong == NULL ? sim_cli_wrong("%s", error) : status;
}

static int run_session(struct session *session, struct sim_output *output)
{
    sim_cli_watch_signals();
    int status = open_costs(session);
    /* A calibration has said it already. */
    if (status == SIM_EXIT_OK && session->cli->costs != NULL && !sim_host_cpus_may_pin() &&
        !sim_cli_given(session->cli, SIM_OPTION(QUIET)))
        fprintf(stderr, "slipway: warning: %s\n", sim_host_cpus_unpinned);
    if (status == SIM_EXIT_OK)
        status = run_parts(session);
    sim_cli_drop_signals();
    if (status == SIM_EXIT_USAGE || session->costs == NULL) {
        sim_output_drop(output);
        return status;
    }
    int told = tell(session, output);
    return status != SIM_EXIT_OK ? status : told;
}

static int validate(const struct sim_cli *cli)
{
    struct session session = {.cli = cli};
    struct sim_output output;
    int status = sim_output_open(&output, cli->output);
    if (status != 0)
        return status;
    status = sim_designs_open(&session.designs, cli->designs, cli->design_count);
    if (status == 0)
        status = open_harness(&session);
    if (status == 0)
        status = open_parts(&session);
    if (status == 0)
        status = run_session(&session, &output);
    else
        sim_output_drop(&output);
    for (uint32_t i = 0; i < session.count; i++)
        sim_plan_free(session.parts[i].plan);
    free(session.parts);
    sim_costs_free(session.costs);
    sim_plan_free(session.ping_pong);
    sim_designs_close(&session.rendezvous);
    sim_designs_close(&session.designs);
    return status;
}

const struct sim_verb sim_verb_validate = {
    .name = "validate",
    .operands = "[NAME...]",
    .about = "how far the model is from this host",
    .more =
        "Runs scenarios, by name or path (default: all that can be compared), over several designs "
        "(default: all of "
        "them) on the machines 'cores' and 'model', in short slices that take turns, and prints "
        "the time per operation and the median response on both, and the model's error with its "
        "interval over the rounds. The costs are those of --costs, or of a calibration that runs "
        "first. Scenarios in which the two machines do not do the same are named, with the reason; "
        "if that is all of them, nothing runs.",
    .options = SIM_OPTION(SETTING) | SIM_OPTION(CPUS) | SIM_OPTION(COSTS) | SIM_OPTION(KERNEL) |
               SIM_OPTION(SEED) | SIM_OPTION(DESIGN) | SIM_OPTION(DURATION) | SIM_OPTION(JSON) |
               SIM_OPTION(OUTPUT) | SIM_OPTION(QUIET) | SIM_OPTION(COLOR) | SIM_OPTION(NO_PROGRESS),
    .operands_max = SCENARIOS_MAX,
    .run = validate,
};
