#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sim/machine/cost.h"

#define TEXT_BYTES 8192

/* A whole file: each cost is 10 cycles at 1 GHz, with lines of a test's own. */
static char *whole(char text[TEXT_BYTES], const char *without, const char *line)
{
    static const char *const names[] = {
#define NAME(name, about) #name,
        SLIP_COST_MAP(NAME) SIM_COST_MAP(NAME)
#undef NAME
    };
    static const char *const head[] = {"about a test", "clock 1 GHz", "topology 1 x 1 x 2 x 1",
                                       "words 4 free"};
    size_t used = 0;
    text[0] = 0;
    for (size_t i = 0; i < sizeof head / sizeof *head; i++)
        if (strncmp(head[i], without, strlen(without)) != 0 || without[0] == 0)
            used += (size_t)snprintf(text + used, TEXT_BYTES - used, "%s\n", head[i]);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], without) != 0)
            used += (size_t)snprintf(text + used, TEXT_BYTES - used, "%s 10 cycles 5%% a test\n",
                                     names[i]);
    snprintf(text + used, TEXT_BYTES - used, "%s\n", line);
    return text;
}

static struct sim_costs *parsed(const char *text)
{
    char error[1024] = "";
    struct sim_costs *costs = sim_costs_parse("t.cost", text, error, sizeof error);
    cr_assert_not_null(costs, "%s", error);
    return costs;
}

static void refused(const char *text, const char *const *words)
{
    char error[1024] = "";
    struct sim_costs *costs = sim_costs_parse("t.cost", text, error, sizeof error);
    cr_assert_null(costs, "accepted: %s", text);
    for (; *words != NULL; words++)
        cr_assert_not_null(strstr(error, *words), "'%s' lacks '%s'", error, *words);
}

#define REFUSED(text, ...) refused(text, (const char *const[]){__VA_ARGS__, NULL})

/* The file with its line about `without` replaced, at the end: line 32 in place of one of 32. */
#define REPLACED(without, line, ...)                                                               \
    do {                                                                                           \
        char replaced[TEXT_BYTES];                                                                 \
        REFUSED(whole(replaced, without, line), "t.cost:32: ", __VA_ARGS__);                       \
    } while (0)

static uint64_t entry_of(const char *line)
{
    char text[TEXT_BYTES];
    struct sim_costs *costs = parsed(whole(text, "entry", line));
    uint64_t ps = costs->kernel[SLIP_COST_entry].ps;
    sim_costs_free(costs);
    return ps;
}

/* ---- what is read ------------------------------------------------------------------------------ */

Test(cost, a_whole_file_is_read)
{
    char text[TEXT_BYTES];
    struct sim_costs *costs =
        parsed(whole(text, "lookup", "  lookup \t 2.5   us\t10%   somebody's,  with 2 blanks  "));
    cr_assert_str_eq(costs->name, "t.cost");
    cr_assert_str_eq(costs->about, "a test");
    cr_assert_str_eq(costs->text, text);
    cr_assert_eq(costs->clock_hz, 1000000000);
    cr_assert_eq(costs->shape.sockets, 1);
    cr_assert_eq(costs->shape.clusters, 1);
    cr_assert_eq(costs->shape.cores, 2);
    cr_assert_eq(costs->shape.threads, 1);
    cr_assert_eq(costs->words_free, 4);
    const struct sim_cost *lookup = &costs->kernel[SLIP_COST_lookup];
    cr_assert_eq(lookup->ps, 2500000);
    cr_assert_eq(lookup->uncertainty, 10);
    cr_assert_str_eq(lookup->value, "2.5 us");
    cr_assert_str_eq(lookup->source, "somebody's,  with 2 blanks");
    const struct sim_cost *far = &costs->machine[SIM_COST_ipi_far];
    cr_assert_eq(far->ps, 10000);
    cr_assert_str_eq(far->value, "10 cycles");
    cr_assert_str_eq(far->source, "a test");
    sim_costs_free(costs);
}

Test(cost, comments_empty_lines_and_ends_of_lines_of_other_systems_are_fine)
{
    char text[TEXT_BYTES], other[2 * TEXT_BYTES];
    size_t used = 0;
    whole(text, "", "# the end");
    for (const char *at = text; *at != 0; at++)
        used += (size_t)snprintf(other + used, sizeof other - used,
                                 *at == '\n' ? "\r\n#x\r\n\r\n" : "%c", *at);
    sim_costs_free(parsed(other));
    used = strlen(text);
    text[used - strlen("\n# the end\n")] = 0; /* the last line ends with the file */
    sim_costs_free(parsed(text));
}

Test(cost, units_are_rounded_once_to_picoseconds)
{
    cr_assert_eq(entry_of("entry 1 ps 0% t"), 1);
    cr_assert_eq(entry_of("entry 43.9 ps 0% t"), 44);
    cr_assert_eq(entry_of("entry 0.5 ps 0% t"), 1);
    cr_assert_eq(entry_of("entry 1.4999 ps 0% t"), 1);
    cr_assert_eq(entry_of("entry 7 ns 0% t"), 7000);
    cr_assert_eq(entry_of("entry .5 ns 0% t"), 500);
    cr_assert_eq(entry_of("entry 2 us 0% t"), 2000000);
    cr_assert_eq(entry_of("entry 3 ms 0% t"), UINT64_C(3000000000));
    cr_assert_eq(entry_of("entry 1.5 cycles 0% t"), 1500);
    cr_assert_eq(entry_of("entry free t"), 0);
    char text[TEXT_BYTES], *clock;
    whole(text, "", "");
    clock = strstr(text, "1 GHz");
    memcpy(clock, "3 GHz", 5);
    struct sim_costs *costs = parsed(text);
    cr_assert_eq(costs->kernel[SLIP_COST_exit].ps, 3333);
    cr_assert_eq(costs->clock_hz, UINT64_C(3000000000));
    sim_costs_free(costs);
}

Test(cost, isolation_alone_may_be_missing_and_shows_it)
{
    char text[TEXT_BYTES];
    struct sim_costs *costs = parsed(whole(text, "isolation", ""));
    cr_assert_null(costs->machine[SIM_COST_isolation].value);
    cr_assert_eq(costs->machine[SIM_COST_isolation].ps, 0);
    sim_costs_free(costs);
    costs = parsed(whole(text, "isolation", "isolation free it is in entry and exit"));
    cr_assert_str_eq(costs->machine[SIM_COST_isolation].value, "free");
    sim_costs_free(costs);
}

Test(cost, a_file_without_cycles_needs_no_clock)
{
    char text[TEXT_BYTES], timed[TEXT_BYTES] = "";
    whole(text, "clock", "");
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        char *unit = strstr(line, "10 cycles");
        if (unit != NULL)
            memcpy(unit, "10.100 ns", 9);
        strcat(strcat(timed, line), "\n");
    }
    struct sim_costs *costs = parsed(timed);
    cr_assert_eq(costs->clock_hz, 0);
    cr_assert_eq(costs->kernel[SLIP_COST_entry].ps, 10100);
    sim_costs_free(costs);
}

Test(cost, a_topology_may_say_what_it_multiplies_out_to)
{
    char text[TEXT_BYTES];
    struct sim_costs *costs = parsed(whole(text, "topology", "topology 2x4 x 16 x2=256"));
    cr_assert_eq(costs->shape.sockets, 2);
    cr_assert_eq(costs->shape.clusters, 4);
    cr_assert_eq(costs->shape.cores, 16);
    cr_assert_eq(costs->shape.threads, 2);
    sim_costs_free(costs);
    sim_costs_free(parsed(whole(text, "topology", "topology 1 x 1 x 1024 x 1")));
}

Test(cost, the_hash_is_of_the_text)
{
    char text[TEXT_BYTES];
    struct sim_costs *one = parsed(whole(text, "", ""));
    struct sim_costs *same = parsed(text);
    struct sim_costs *other = parsed(whole(text, "", "#"));
    cr_assert_eq(strlen(one->hash), 16);
    cr_assert_eq(strspn(one->hash, "0123456789abcdef"), 16);
    cr_assert_str_eq(one->hash, same->hash);
    cr_assert_str_neq(one->hash, other->hash);
    sim_costs_free(one);
    sim_costs_free(same);
    sim_costs_free(other);
}

/* ---- what is refused --------------------------------------------------------------------------- */

Test(cost, unknown_names_get_the_nearest)
{
    REPLACED("entry", "entyr 10 cycles 5% t", "'entyr'", "did you mean 'entry'?", "thread_switch");
    REPLACED("about", "abuot x", "did you mean 'about'?");
}

Test(cost, all_missing_lines_are_named)
{
    REFUSED("clock 1 GHz\nentry 10 cycles 5% t\n", "t.cost: lines are missing: ", "exit",
            "line_local", "ipi_far", "about", "topology", "words", "shootdown");
    char text[TEXT_BYTES];
    REFUSED(whole(text, "ipi_near", ""), "t.cost: lines are missing: ipi_near");
    REFUSED(whole(text, "words", ""), "lines are missing: words");
    REFUSED("", "entry");
}

Test(cost, a_name_given_twice_says_where_first)
{
    char text[TEXT_BYTES];
    REFUSED(whole(text, "", "entry 10 cycles 5% t"), "t.cost:33: ", "entry is given twice",
            "line 5");
    REFUSED(whole(text, "", "words 4 free"), "words is given twice", "line 4");
}

Test(cost, values_that_are_none_are_refused)
{
    REPLACED("entry", "entry", "entry has no value", "cycles", "free");
    REPLACED("entry", "entry 10", "entry has no unit", "cycles, ps, ns, us, ms");
    REPLACED("entry", "entry 10 5% t", "unit '5%'", "cycles");
    REPLACED("entry", "entry 10 cycle 5% t", "unit 'cycle'", "cycles");
    REPLACED("entry", "entry 10 s 5% t", "unit 's'");
    REPLACED("entry", "entry -10 cycles 5% t", "-10 is negative");
    REPLACED("entry", "entry ten cycles 5% t", "'ten' is no number");
    REPLACED("entry", "entry 1e3 cycles 5% t", "'1e3' is no number");
    REPLACED("entry", "entry nan ns 5% t", "'nan' is no number");
    REPLACED("entry", "entry 1.2.3 ns 5% t", "is no number");
    REPLACED("entry", "entry 0 cycles 5% t", "what costs nothing is written free");
    REPLACED("entry", "entry 0.4 ps 5% t", "0 picoseconds");
    REPLACED("entry", "entry 99999999 ms 5% t", "more than any primitive takes");
    REPLACED("entry", "entry 99999999999999999999999999 ms 5% t", "is no number");
}

Test(cost, uncertainty_and_source_are_required)
{
    REPLACED("entry", "entry 10 cycles", "uncertainty in percent");
    REPLACED("entry", "entry 10 cycles a test", "uncertainty in percent");
    REPLACED("entry", "entry 10 cycles 5 a test", "uncertainty in percent");
    REPLACED("entry", "entry 10 cycles -5% a test", "uncertainty in percent");
    REPLACED("entry", "entry 10 cycles 1001% a test", "uncertainty in percent");
    REPLACED("entry", "entry 10 cycles 4294967301% a test", "uncertainty in percent");
    REPLACED("entry", "entry 10 cycles 5%", "does not say where its number comes from");
    REPLACED("entry", "entry 10 cycles 5%   ", "does not say where its number comes from");
    REPLACED("entry", "entry free", "does not say where its number comes from");
}

Test(cost, cycles_need_a_clock_before_them)
{
    char text[TEXT_BYTES];
    REFUSED(whole(text, "clock", ""), "t.cost:4: ", "needs the clock", "clock 3.4 GHz");
    REFUSED(whole(text, "clock", "clock 1 GHz"), "t.cost:4: ", "needs the clock");
    static const char *const wrong[] = {
        "clock",        "clock 1",     "clock GHz",      "clock 1 Hz",    "clock 1 GHz x",
        "clock -1 GHz", "clock 0 GHz", "clock 1000 GHz", "clock 1e9 GHz", "clock 0.1 MHz"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(text, sizeof text, "%s\n", wrong[i]);
        REFUSED(text, "t.cost:1: ", "frequency like 3.4 GHz");
    }
}

Test(cost, topologies_that_are_none_are_refused)
{
    static const struct {
        const char *line, *word;
    } wrong[] = {{"topology", "sockets x clusters x cores x threads"},
                 {"topology 64", "sockets x clusters x cores x threads"},
                 {"topology 2 x 1 x 16", "sockets x clusters x cores x threads"},
                 {"topology 2 x -1 x 16 x 1", "sockets x clusters x cores x threads"},
                 {"topology 1.5 x 1 x 1 x 1", "sockets x clusters x cores x threads"},
                 {"topology 2 x 1 x 16 x 2 x 3", "'x 3' is too much"},
                 {"topology 2 x 1 x 16 x 2 CPUs", "'CPUs' is too much"},
                 {"topology 2 x 0 x 16 x 1", "part of 0"},
                 {"topology 2000 x 1 x 1 x 1", "from 1 to 1024"},
                 {"topology 4294967297 x 1 x 1 x 1", "sockets x clusters x cores x threads"},
                 {"topology 2 x 1 x 16 x 2 = 32", "multiplies out to 64 CPUs, not to 32"},
                 {"topology 2 x 1 x 16 x 2 = 0", "multiplies out to 64 CPUs, not to 0"},
                 {"topology 2 x 1 x 16 x 2 =", "number of its CPUs"},
                 {"topology 5 x 5 x 41 x 1", "1025 CPUs; at most 1024"},
                 {"topology 1024 x 1024 x 1024 x 1024", "at most 1024"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        REPLACED("topology", wrong[i].line, wrong[i].word);
}

Test(cost, other_lines_of_the_head_are_checked)
{
    REPLACED("about", "about  ", "about is empty");
    REPLACED("words", "words", "words 4 free");
    REPLACED("words", "words 4", "words 4 free");
    REPLACED("words", "words -4 free", "words 4 free");
    REPLACED("words", "words 65 free", "from 0 to 64");
    REPLACED("words", "words 4 freee", "words 4 free");
}

Test(cost, nothing_that_moves_a_terminal_gets_through)
{
    REPLACED("about", "about \033[2J", "control character");
    REPLACED("about",
             "about \302\233"
             "2J",
             "control character");
    REPLACED("entry", "entry 10 cycles 5% a\rb", "control character");
    REPLACED("entry", "entry 10 cycles 5% \177", "control character");
    char text[TEXT_BYTES];
    sim_costs_free(parsed(whole(text, "about", "about gr\303\266\303\237er")));
}

Test(cost, what_is_no_utf_8_would_not_come_back_from_a_result)
{
    static const char *const wrong[] = {"about caf\351",
                                        "about \200",
                                        "about \303",
                                        "about \300\257",
                                        "about \340\200\257",
                                        "about \342\202x",
                                        "about \355\240\200",
                                        "about \360\200\200\257",
                                        "about \364\220\200\200",
                                        "about \365\200\200\200",
                                        "about \377"};
    char text[TEXT_BYTES];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        REPLACED("about", wrong[i], "that is no UTF-8");
    sim_costs_free(parsed(whole(text, "about", "about \302\265s, \342\202\254, \360\237\230\200")));
}

Test(cost, messages_fit_their_room)
{
    char error[16];
    for (size_t room = 1; room < 12; room++) {
        memset(error, '#', sizeof error);
        cr_assert_null(sim_costs_parse("t.cost", "nonsense", error, room));
        cr_assert_eq(strlen(error), room - 1);
        cr_assert_eq(error[room], '#');
    }
}

/* ---- files ------------------------------------------------------------------------------------- */

static void not_loaded(const char *name, const char *message)
{
    char error[1024] = "";
    cr_assert_null(sim_costs_load(name, error, sizeof error), "%s", name);
    cr_assert_not_null(strstr(error, message), "'%s' lacks '%s'", error, message);
}

Test(cost, presets_are_found_by_name_in_order)
{
    const char *before = "", *name;
    char error[1024];
    uint32_t count = 0;
    for (; (name = sim_costs_name(count)) != NULL; count++, before = name) {
        cr_assert_lt(strcmp(before, name), 0);
        struct sim_costs *costs = sim_costs_load(name, error, sizeof error);
        cr_assert_not_null(costs, "%s", error);
        cr_assert_str_eq(costs->name, name);
        cr_assert_gt(strlen(costs->about), 0);
        sim_costs_free(costs);
    }
    cr_assert_geq(count, 9);
}

Test(cost, names_and_paths_that_lead_nowhere_are_told)
{
    not_loaded("skylake-46", "no costs 'skylake-46': did you mean 'skylake-64'?");
    not_loaded("", "a preset or by the path");
    not_loaded(NULL, "a preset or by the path");
    not_loaded("/nowhere/x.cost", "/nowhere/x.cost: No such file");
    not_loaded("x.cost", "x.cost: No such file");
    not_loaded("/tmp/", "is a directory");
    not_loaded("/dev/null", "is no regular file");
    char *longest = calloc(1, 1 << 20);
    cr_assert_not_null(longest);
    memset(longest, 'a', (1 << 20) - 1);
    not_loaded(longest, "a preset or by the path");
    free(longest);
}

Test(cost, files_that_are_no_text_of_costs_are_told)
{
    char path[] = "/tmp/slipway-test-XX"
                  "XX"
                  "XX";
    int file = mkstemp(path);
    cr_assert_geq(file, 0);
    not_loaded(path, "lines are missing");
    cr_assert_eq(write(file, "about\0x", 7), 7);
    not_loaded(path, "zero bytes");
    cr_assert_eq(pwrite(file, "entry 1", 7, 0), 7);
    char expected[64];
    snprintf(expected, sizeof expected, "%s:1: entry has no unit", path);
    not_loaded(path, expected);
    cr_assert_eq(ftruncate(file, 1 << 20), 0);
    not_loaded(path, "longer than 256 KiB");
    close(file);
    unlink(path);
}

/* ---- the presets against what was published ----------------------------------------------------- */

/* Cycles; 0: not published, or not reproducible, which the file says. */
struct published {
    const char *preset;
    uint32_t null, call, space, send, signal, yield, page;
};

static uint64_t sum(const struct sim_costs *costs, const enum slip_cost *names, uint32_t count)
{
    uint64_t ps = 0;
    for (uint32_t i = 0; i < count; i++)
        ps += costs->kernel[names[i]].ps;
    return ps;
}

/* As many cycles, but for what each of its parts was rounded by. */
static void expect_cycles(const struct sim_costs *costs, const char *what, uint64_t ps,
                          uint32_t cycles)
{
    double exact = cycles * 1e12 / (double)costs->clock_hz;
    if (cycles != 0)
        cr_assert_float_eq((double)ps, exact, 8, "%s: %s takes %lu ps, not %f", costs->name, what,
                           (unsigned long)ps, exact);
}

#define SUM(...)                                                                                   \
    sum(costs, (const enum slip_cost[]){__VA_ARGS__},                                              \
        sizeof((const enum slip_cost[]){__VA_ARGS__}) / sizeof(enum slip_cost))
#define NULL_CALL SLIP_COST_entry, SLIP_COST_exit

Test(cost, presets_compose_to_what_was_published)
{
    static const struct published all[] = {
        {"haswell-64", 129, 376, 211, 809, 205, 422, 906},
        {"skylake-64", 135, 503, 278, 1243, 218, 483, 1025},
        {"cortex-a9", 114, 406, 0, 861, 429, 582, 685},
        {"cortex-a53", 132, 264, 0, 671, 372, 0, 778},
        {"cortex-a57", 249, 413, 0, 709, 419, 662, 545},
        {"riscv-u54", 0, 343, 337, 1546, 454, 664, 882},
    };
    char error[1024];
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct sim_costs *costs = sim_costs_load(all[i].preset, error, sizeof error);
        cr_assert_not_null(costs, "%s", error);
        expect_cycles(costs, "null", SUM(NULL_CALL), all[i].null);
        expect_cycles(
            costs, "call",
            SUM(NULL_CALL, SLIP_COST_lookup, SLIP_COST_fast_path, SLIP_COST_thread_switch),
            all[i].call);
        expect_cycles(costs, "space", SUM(SLIP_COST_space_switch), all[i].space);
        expect_cycles(costs, "send",
                      SUM(NULL_CALL, SLIP_COST_lookup, SLIP_COST_queue, SLIP_COST_wake,
                          SLIP_COST_schedule, SLIP_COST_thread_switch),
                      all[i].send);
        expect_cycles(costs, "signal", SUM(NULL_CALL, SLIP_COST_lookup, SLIP_COST_queue),
                      all[i].signal);
        expect_cycles(costs, "yield",
                      SUM(NULL_CALL, SLIP_COST_queue, SLIP_COST_schedule, SLIP_COST_thread_switch),
                      all[i].yield);
        expect_cycles(costs, "page", SUM(SLIP_COST_map_page), all[i].page);
        cr_assert_eq(costs->words_free, 4);
        sim_costs_free(costs);
    }
}

Test(cost, isolation_adds_the_same_as_a_preset_and_as_an_option)
{
    static const struct {
        const char *plain, *isolated;
        uint32_t null;
    } pairs[] = {{"skylake-64", "skylake-64-pti", 630}, {"haswell-64", "haswell-64-pti", 511}};
    char error[1024];
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct sim_costs *costs = sim_costs_load(pairs[i].plain, error, sizeof error);
        uint64_t added = costs->machine[SIM_COST_isolation].ps;
        cr_assert_not_null(costs->machine[SIM_COST_isolation].value);
        expect_cycles(costs, "as an option", SUM(NULL_CALL) + added, pairs[i].null);
        sim_costs_free(costs);
        costs = sim_costs_load(pairs[i].isolated, error, sizeof error);
        expect_cycles(costs, "as a preset", SUM(NULL_CALL), pairs[i].null);
        cr_assert_null(costs->machine[SIM_COST_isolation].value);
        sim_costs_free(costs);
    }
}

Test(cost, in_the_preset_free_everything_is)
{
    char error[1024];
    struct sim_costs *costs = sim_costs_load("free", error, sizeof error);
    cr_assert_not_null(costs, "%s", error);
    for (uint32_t i = 0; i < SLIP_COST_COUNT; i++)
        cr_assert_eq(costs->kernel[i].ps, 0);
    for (uint32_t i = 0; i < SIM_COST_COUNT; i++) {
        cr_assert_eq(costs->machine[i].ps, 0);
        cr_assert_str_eq(costs->machine[i].value, "free");
    }
    sim_costs_free(costs);
}
