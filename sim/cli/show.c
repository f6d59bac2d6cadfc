#include <stdlib.h>
#include "sim/cli/measure.h"
#include "sim/cli/output.h"
#include "sim/cli/verbs.h"
#include "sim/report/json.h"
#include "sim/report/text_set.h"

static int show(const struct sim_cli *cli)
{
    size_t bytes;
    char error[512];
    struct sim_result_set set;
    char *text = sim_output_read(cli->operands[0], &bytes);
    if (text == NULL)
        return SIM_EXIT_USAGE;
    int failed = sim_json_read_set(text, bytes, &set, error, sizeof error);
    free(text);
    if (failed)
        return sim_cli_wrong("%s: %s", cli->operands[0], error);
    struct sim_paper out, err;
    sim_paper_init(&out, stdout, cli->color);
    sim_paper_init(&err, stderr, cli->color);
    sim_text_set(&out, &set, (enum sim_text_detail)sim_task_detail(cli));
    fflush(stdout);
    if (!sim_cli_given(cli, SIM_OPTION(QUIET)))
        sim_text_set_warnings(&err, &set);
    sim_result_set_fini(&set);
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
