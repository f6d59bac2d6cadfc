#include "sim/cli/verbs.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "sim/machine/bill.h"
#include "sim/machine/cost.h"
#include "sim/report/document.h"
#include "sim/report/table.h"

#define COSTS ((uint32_t)SLIP_COST_COUNT + (uint32_t)SIM_COST_COUNT)
#define SCHEMA "slipway.costs/1"

/* In the order of a bill's places, which begins with all of them. */
static const struct sim_cost *cost_of(const struct sim_costs *costs, uint32_t place)
{
    return place < SLIP_COST_COUNT ? &costs->kernel[place]
                                   : &costs->machine[place - SLIP_COST_COUNT];
}

static uint32_t cpus_of(const struct sim_shape *shape)
{
    return shape->sockets * shape->clusters * shape->cores * shape->threads;
}

/* ---- a file as tables -------------------------------------------------------------------------- */

static void item(const struct sim_paper *paper, const char *label, const char *text)
{
    sim_paper_format(paper, SIM_INK_FAINT, "%-10s", label);
    sim_paper_wrap(paper, SIM_INK_PLAIN, 10, 10, text);
}

static void add_part(char *text, size_t bytes, uint32_t count, const char *what)
{
    size_t length = strlen(text);
    snprintf(text + length, bytes - length, "%s%" PRIu32 " %s%s", length > 0 ? " x " : "", count,
             what, count == 1 ? "" : "s");
}

/* "3.4 GHz", "996 MHz", "1.2345 MHz": all digits that there are. */
static void describe_clock(uint64_t hz, char *text, size_t bytes)
{
    uint64_t unit = hz % 100000000 == 0 ? 1000000000 : 1000000;
    if (hz == 0) {
        snprintf(text, bytes, "none: no cost here is in cycles");
        return;
    }
    int length = snprintf(text, bytes, "%" PRIu64 ".%0*" PRIu64, hz / unit, unit == 1000000 ? 6 : 9,
                          hz % unit);
    while (length > 0 && text[length - 1] == '0')
        length--;
    length -= length > 0 && text[length - 1] == '.';
    snprintf(text + length, bytes - (size_t)length, " %s", unit == 1000000 ? "MHz" : "GHz");
}

static void print_head(const struct sim_paper *paper, const struct sim_costs *costs)
{
    char text[256] = "";
    const struct sim_shape *shape = &costs->shape;
    sim_paper_text(paper, SIM_INK_TITLE, costs->name);
    printf(": ");
    sim_paper_wrap(paper, SIM_INK_PLAIN, sim_paper_columns(costs->name) + 2, 0, costs->about);
    describe_clock(costs->clock_hz, text, sizeof text);
    item(paper, "clock", text);
    text[0] = 0;
    add_part(text, sizeof text, shape->sockets, "socket");
    add_part(text, sizeof text, shape->clusters, "cluster");
    add_part(text, sizeof text, shape->cores, "core");
    add_part(text, sizeof text, shape->threads, "thread");
    size_t length = strlen(text);
    snprintf(text + length, sizeof text - length, " = %" PRIu32 " CPU%s", cpus_of(shape),
             cpus_of(shape) == 1 ? "" : "s");
    item(paper, "topology", text);
    snprintf(text, sizeof text, "the first %" PRIu32 " of a message travel free",
             costs->words_free);
    item(paper, "words", text);
    item(paper, "hash", costs->hash);
}

/* Picoseconds as nanoseconds with all their digits behind the point. */
static void put_nanoseconds(struct sim_table *table, uint64_t ps)
{
    sim_table_cell(table, SIM_INK_PLAIN, "%" PRIu64 ".%03" PRIu64, ps / 1000, ps % 1000);
}

static void print_values(const struct sim_paper *paper, const struct sim_costs *costs)
{
    static const struct sim_column columns[] = {{"cost", SIM_TABLE_LEFT, NULL},
                                                {"value", SIM_TABLE_RIGHT, NULL},
                                                {"ns", SIM_TABLE_RIGHT, NULL},
                                                {"+/-", SIM_TABLE_RIGHT, NULL},
                                                {"where it comes from", SIM_TABLE_WRAP, NULL}};
    struct sim_table *table = sim_table_create(columns, 5);
    for (uint32_t i = 0; i < COSTS; i++) {
        const struct sim_cost *cost = cost_of(costs, i);
        sim_table_cell(table, SIM_INK_PLAIN, "%s", sim_bill_name(i));
        sim_table_cell(table, SIM_INK_PLAIN, "%s", cost->value != NULL ? cost->value : "none");
        if (cost->value != NULL)
            put_nanoseconds(table, cost->ps);
        else
            sim_table_cell(table, SIM_INK_FAINT, "-");
        if (cost->value != NULL && cost->ps != 0)
            sim_table_cell(table, SIM_INK_PLAIN, "%" PRIu32 "%%", cost->uncertainty);
        else
            sim_table_cell(table, SIM_INK_FAINT, "-");
        sim_table_cell(table, SIM_INK_PLAIN, "%s",
                       cost->source != NULL ? cost->source
                                            : "not in the file, so -K isolation=on is refused");
    }
    printf("\n");
    sim_table_print(table, paper, 0);
}

static void print_meanings(const struct sim_paper *paper)
{
    static const struct sim_column columns[] = {{"cost", SIM_TABLE_LEFT, NULL},
                                                {"what it is of", SIM_TABLE_WRAP, NULL}};
    struct sim_table *table = sim_table_create(columns, 2);
    for (uint32_t i = 0; i < COSTS; i++) {
        sim_table_cell(table, SIM_INK_PLAIN, "%s", sim_bill_name(i));
        sim_table_cell(table, SIM_INK_PLAIN, "%s", sim_bill_text(i));
    }
    printf("\n");
    sim_table_print(table, paper, 0);
}

/* ---- a file as JSON ----------------------------------------------------------------------------- */

static json_t *row(const struct sim_cost *cost, uint32_t place)
{
    return json_pack("{s:s, s:s, s:o, s:I, s:I, s:o}", "name", sim_bill_name(place), "text",
                     sim_bill_text(place), "value", sim_document_text(cost->value), "ps",
                     (json_int_t)cost->ps, "uncertainty_percent", (json_int_t)cost->uncertainty,
                     "source", sim_document_text(cost->source));
}

static json_t *document(const struct sim_costs *costs)
{
    json_t *rows = json_array();
    for (uint32_t i = 0; i < COSTS; i++) {
        const struct sim_cost *cost = cost_of(costs, i);
        if (cost->value != NULL && json_array_append_new(rows, row(cost, i)) != 0) {
            json_decref(rows);
            return NULL;
        }
    }
    return json_pack(
        "{s:s, s:o, s:o, s:s, s:I, s:{s:I, s:I, s:I, s:I, s:I}, s:I, s:o}", "schema", SCHEMA,
        "name", sim_document_text(costs->name), "about", sim_document_text(costs->about), "hash",
        costs->hash, "clock_hz", (json_int_t)costs->clock_hz, "topology", "sockets",
        (json_int_t)costs->shape.sockets, "clusters", (json_int_t)costs->shape.clusters, "cores",
        (json_int_t)costs->shape.cores, "threads", (json_int_t)costs->shape.threads, "cpus",
        (json_int_t)cpus_of(&costs->shape), "words_free", (json_int_t)costs->words_free, "costs",
        rows);
}

/* Takes the value over. */
static int print_json(json_t *value)
{
    char *text = value == NULL ? NULL : json_dumps(value, JSON_INDENT(2));
    json_decref(value);
    if (text == NULL) {
        fprintf(stderr, "slipway: costs: this cannot be written as JSON\n");
        return SIM_EXIT_FAILED;
    }
    printf("%s\n", text);
    free(text);
    return SIM_EXIT_OK;
}

/* ---- the verb ----------------------------------------------------------------------------------- */

static int show_one(const struct sim_cli *cli, const struct sim_paper *paper, const char *name)
{
    char error[2048];
    struct sim_costs *costs = sim_costs_load(name, error, sizeof error);
    if (costs == NULL)
        return sim_cli_wrong("%s", error);
    int status = SIM_EXIT_OK;
    if (sim_cli_given(cli, SIM_OPTION(JSON))) {
        status = print_json(document(costs));
    } else {
        print_head(paper, costs);
        print_values(paper, costs);
        print_meanings(paper);
    }
    sim_costs_free(costs);
    return status;
}

/* A preset that cannot be read is told in its row; the others are still of use. */
static void list_one(struct sim_table *table, json_t *array, const char *name)
{
    char error[2048];
    struct sim_costs *costs = sim_costs_load(name, error, sizeof error);
    const char *about = costs != NULL ? costs->about : error;
    if (table != NULL) {
        sim_table_cell(table, SIM_INK_PLAIN, "%s", name);
        if (costs != NULL)
            sim_table_cell(table, SIM_INK_PLAIN, "%" PRIu32, cpus_of(&costs->shape));
        else
            sim_table_cell(table, SIM_INK_FAINT, "-");
        sim_table_cell(table, SIM_INK_PLAIN, "%s", about);
    } else {
        json_array_append_new(
            array, json_pack("{s:s, s:o}", "name", name, "about", sim_document_text(about)));
    }
    sim_costs_free(costs);
}

static int list_all(const struct sim_cli *cli, const struct sim_paper *paper)
{
    static const struct sim_column columns[] = {{"costs", SIM_TABLE_LEFT, NULL},
                                                {"CPUs", SIM_TABLE_RIGHT, NULL},
                                                {"whose they are", SIM_TABLE_WRAP, NULL}};
    int json = sim_cli_given(cli, SIM_OPTION(JSON));
    struct sim_table *table = json ? NULL : sim_table_create(columns, 3);
    json_t *array = json ? json_array() : NULL;
    const char *name;
    for (uint32_t i = 0; (name = sim_costs_name(i)) != NULL; i++)
        list_one(table, array, name);
    if (json)
        return print_json(json_pack("{s:s, s:o}", "schema", SCHEMA, "presets", array));
    sim_table_print(table, paper, 0);
    printf("\n");
    sim_paper_wrap(paper, SIM_INK_PLAIN, 0, 0,
                   "One of them as a table, with sources: slipway costs NAME. Used by: slipway run "
                   "SCENARIO --machine model --costs NAME, where NAME can also be the path of a "
                   "file of your own. Without --costs: " SIM_COSTS_DEFAULT ".");
    return SIM_EXIT_OK;
}

static int costs(const struct sim_cli *cli)
{
    struct sim_paper paper;
    sim_paper_init(&paper, stdout, cli->color);
    return cli->operand_count == 0 ? list_all(cli, &paper)
                                   : show_one(cli, &paper, cli->operands[0]);
}

const struct sim_verb sim_verb_costs = {
    .name = "costs",
    .operands = "[NAME|FILE]",
    .about = "what things cost on a modelled processor, and why",
    .more =
        "Prints a cost file, a preset or one of your own, as a table: each cost as it is "
        "written and in nanoseconds, how uncertain it is, where the number comes from, and what "
        "it is of. Without a name, lists the presets.",
    .options = SIM_OPTION(JSON) | SIM_OPTION(COLOR),
    .operands_max = 1,
    .run = costs,
};
