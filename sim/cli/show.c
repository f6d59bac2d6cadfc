#include <stdlib.h>
#include "sim/cli/measure.h"
#include "sim/cli/output.h"
#include "sim/cli/verbs.h"
#include "sim/report/json.h"
#include "sim/report/text.h"

static int show(const struct sim_cli *cli)
{
    size_t bytes;
    char error[512];
    struct sim_result *before;
    char *text = sim_output_read(cli->operands[0], &bytes);
    if (text == NULL)
        return SIM_EXIT_USAGE;
    struct sim_result *result = sim_json_read(text, bytes, &before, error, sizeof error);
    free(text);
    if (result == NULL)
        return sim_cli_wrong("%s: %s", cli->operands[0], error);
    struct sim_paper out, err;
    sim_paper_init(&out, stdout, cli->color);
    sim_paper_init(&err, stderr, cli->color);
    sim_text_result(&out, result, (enum sim_text_detail)sim_task_detail(cli));
    if (before != NULL) {
        printf("\n");
        sim_text_beside(&out, before, result);
        sim_result_destroy(before);
    }
    fflush(stdout);
    if (!sim_cli_given(cli, SIM_OPTION(QUIET)))
        sim_text_warnings(&err, result);
    sim_result_destroy(result);
    return SIM_EXIT_OK;
}

const struct sim_verb sim_verb_show = {
    .name = "show",
    .operands = "FILE",
    .about = "print the tables of a result again",
    .more = "Prints a result that -o or --json wrote, as it was printed when it was measured. "
            "Nothing runs, and nothing but the file is read.",
    .options = SIM_OPTION(QUIET) | SIM_OPTION(VERBOSE) | SIM_OPTION(COLOR),
    .operands_min = 1,
    .operands_max = 1,
    .run = show,
};
