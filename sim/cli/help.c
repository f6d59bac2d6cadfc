#include "sim/cli/verbs.h"

#include <string.h>

static void print_verbs(const struct sim_paper *paper)
{
    sim_paper_text(paper, SIM_INK_TITLE, "slipway");
    printf(": one workload over every design of microkernel IPC, side by side\n\n");
    printf("usage: slipway COMMAND [OPTION...]\n\n");
    const struct sim_verb *verb;
    for (uint32_t i = 0; (verb = sim_verb_nth(i)) != NULL; i++)
        printf("  %-10s%-12s%s\n", verb->name, verb->operands, verb->about);
    printf("\nTo begin with:\n"
           "  slipway compare file_read                  the designs on a file, side by side\n"
           "  slipway compare file_read -D depth=32      the same with more reads in flight\n"
           "  slipway compare file_read --machine model --cpus 64     on 64 modelled CPUs\n"
           "  slipway scale file_read -D clients=cpus    the same on 1, 2, 4, ... of them\n"
           "  slipway list                               scenarios, designs, machines, roles\n"
           "  slipway help compare                       options of one command\n"
           "\nExit status: 0 ok, 1 failed (errors, wrong data, leaks, an expectation, a hang),\n"
           "2 usage, 130 interrupted (what was measured is printed).\n");
}

static int help(const struct sim_cli *cli)
{
    struct sim_paper paper;
    sim_paper_init(&paper, stdout, cli->color);
    if (cli->operand_count == 0) {
        print_verbs(&paper);
        return SIM_EXIT_OK;
    }
    const struct sim_verb *verb = sim_verb_find(cli->operands[0]);
    if (verb == NULL)
        return SIM_EXIT_USAGE;
    printf("usage: slipway %s%s%s%s\n\n", verb->name, verb->operands[0] != 0 ? " " : "",
           verb->operands, verb->options != 0 ? " [OPTION...]" : "");
    sim_paper_wrap(&paper, SIM_INK_PLAIN, 0, 0, verb->more);
    if (verb->options != 0) {
        printf("\n");
        sim_cli_print_options(&paper, verb);
    }
    return SIM_EXIT_OK;
}

const struct sim_verb sim_verb_help = {
    .name = "help",
    .operands = "[COMMAND]",
    .about = "this list, or the options of one command",
    .more = "Prints the commands, or what one of them does and which options it takes.",
    .options = SIM_OPTION(COLOR),
    .operands_max = 1,
    .run = help,
};
