#include "sim/cli/verdicts.h"

#include <inttypes.h>
#include "sim/check/conformance.h"
#include "sim/check/probe.h"
#include "sim/cli/designs.h"
#include "sim/report/progress.h"
#include "sim/report/table.h"
#include "sim/report/text.h"

static enum sim_ink ink_of(const struct sim_verdict *verdict)
{
    enum sim_ink ink = sim_text_verdict_ink(verdict->verdict);
    return ink != SIM_INK_PLAIN ? ink : verdict->ok ? SIM_INK_GOOD : SIM_INK_WARN;
}

/* ---- every design, every probe ------------------------------------------------------------- */

static void probe_columns(struct sim_column columns[SIM_PROBES_MAX + 1],
                          const struct sim_verdict *verdicts, uint32_t count)
{
    columns[0] = (struct sim_column){"design", SIM_TABLE_LEFT, NULL};
    for (uint32_t i = 0; i < count; i++)
        columns[i + 1] = (struct sim_column){verdicts[i].name, SIM_TABLE_LEFT, NULL};
}

int sim_verdicts_table(const struct sim_paper *paper, const struct sim_cli *cli)
{
    struct sim_designs designs;
    int status = sim_designs_open(&designs, cli->designs, cli->design_count);
    struct sim_column columns[SIM_PROBES_MAX + 1];
    struct sim_table *table = NULL;
    struct sim_progress progress;
    uint32_t wide = 0;
    sim_progress_begin(&progress, cli->color, sim_cli_given(cli, SIM_OPTION(NO_PROGRESS)),
                       "the probes");
    for (uint32_t i = 0; status == 0 && i < designs.count; i++) {
        struct sim_verdict verdicts[SIM_PROBES_MAX];
        sim_progress_update(&progress, (double)i / designs.count, designs.list[i]->name);
        uint32_t count = sim_probe_all(designs.list[i], verdicts, SIM_PROBES_MAX);
        if (table == NULL) {
            wide = count;
            probe_columns(columns, verdicts, wide);
            table = sim_table_create(columns, wide + 1);
        }
        sim_table_cell(table, SIM_INK_PLAIN, "%s", designs.list[i]->name);
        for (uint32_t j = 0; j < wide; j++)
            sim_table_cell(table, j < count ? ink_of(&verdicts[j]) : SIM_INK_PLAIN, "%s",
                           j < count ? verdicts[j].verdict : "-");
    }
    sim_progress_end(&progress);
    if (table != NULL) {
        sim_table_print(table, paper, 0);
        printf("\nslipway check --design NAME says what each probe tried and saw.\n");
    }
    sim_designs_close(&designs);
    return status;
}

/* ---- one design in full -------------------------------------------------------------------- */

static void print_rows(const struct sim_paper *paper, const char *title,
                       const struct sim_verdict *rows, uint32_t count)
{
    const struct sim_column columns[] = {{title, SIM_TABLE_LEFT, NULL},
                                         {"verdict", SIM_TABLE_LEFT, NULL},
                                         {"what was tried and seen", SIM_TABLE_WRAP, NULL}};
    struct sim_table *table = sim_table_create(columns, 3);
    for (uint32_t i = 0; i < count; i++) {
        sim_table_cell(table, SIM_INK_PLAIN, "%s", rows[i].name);
        sim_table_cell(table, ink_of(&rows[i]), "%s", rows[i].verdict);
        sim_table_cell(table, SIM_INK_PLAIN, "%s", rows[i].detail);
    }
    printf("\n");
    sim_table_print(table, paper, 0);
}

static uint32_t check_design(const struct sim_paper *paper, const struct sim_design *design,
                             struct sim_progress *progress)
{
    static struct sim_verdict probes[SIM_PROBES_MAX], tests[SIM_CONFORMANCE_MAX];
    sim_progress_update(progress, 0, "probes");
    uint32_t probe_count = sim_probe_all(design, probes, SIM_PROBES_MAX);
    sim_progress_update(progress, 0.1, "conformance");
    uint32_t test_count = sim_conformance_all(design, tests, SIM_CONFORMANCE_MAX), failed = 0;
    sim_progress_end(progress);
    for (uint32_t i = 0; i < test_count; i++)
        failed += !tests[i].ok;
    sim_paper_text(paper, SIM_INK_TITLE, design->name);
    printf(": ");
    sim_paper_wrap(paper, SIM_INK_PLAIN, sim_paper_columns(design->name) + 2, 2, design->about);
    printf("from %s\n", design->origin);
    print_rows(paper, "probe", probes, probe_count);
    print_rows(paper, "conformance", tests, test_count);
    if (failed > 0)
        sim_paper_format(paper, SIM_INK_BAD, "\n%" PRIu32 " of %" PRIu32 " tests FAILED\n", failed,
                         test_count);
    else
        printf("\nall %" PRIu32 " tests passed\n", test_count);
    return failed;
}

int sim_verdicts_rows(const struct sim_paper *paper, const struct sim_cli *cli)
{
    struct sim_designs designs;
    int status = sim_designs_open(&designs, cli->designs, cli->design_count);
    uint32_t failed = 0;
    for (uint32_t i = 0; status == 0 && i < designs.count; i++) {
        struct sim_progress progress;
        char about[64];
        snprintf(about, sizeof about, "check of %s", designs.list[i]->name);
        sim_progress_begin(&progress, cli->color, sim_cli_given(cli, SIM_OPTION(NO_PROGRESS)),
                           about);
        if (i > 0)
            printf("\n");
        failed += check_design(paper, designs.list[i], &progress);
        fflush(stdout);
    }
    sim_designs_close(&designs);
    return status != 0 ? status : failed > 0 ? SIM_EXIT_FAILED : SIM_EXIT_OK;
}
