#include <criterion/criterion.h>
#include <slipway/kernel.h>
#include <stdio.h>
#include <string.h>
#include "sim/kernel_options.h"

static struct sim_kernel_options parsed(const char *text)
{
    struct sim_kernel_options options;
    char error[512] = "";
    memset(&options, 0x55, sizeof options);
    cr_assert_eq(sim_kernel_options_parse(text, &options, error, sizeof error), 0, "%s: %s", text,
                 error);
    return options;
}

static void refused(const char *text, const char *const *words)
{
    struct sim_kernel_options options;
    char error[512] = "";
    cr_assert_eq(sim_kernel_options_parse(text, &options, error, sizeof error), -1, "%s", text);
    for (; *words != NULL; words++)
        cr_assert_not_null(strstr(error, *words), "%s: '%s' lacks '%s'", text, error, *words);
}

#define REFUSED(text, ...) refused(text, (const char *const[]){__VA_ARGS__, NULL})

Test(kernel_options, nothing_given_is_all_defaults)
{
    struct sim_kernel_options options = parsed("");
    cr_assert_eq(options.flags, 0);
    cr_assert_eq(options.slice_ns, 0);
    cr_assert_eq(options.isolation, 0);
    cr_assert_eq(options.idle_exit_ps, -1);
}

Test(kernel_options, each_default_said_aloud_changes_nothing)
{
    const char *name, *initial;
    char text[128];
    for (uint32_t i = 0; (name = sim_kernel_option(i, NULL, &initial, NULL)) != NULL; i++) {
        snprintf(text, sizeof text, "%s=%s", name, initial);
        struct sim_kernel_options options = parsed(text);
        cr_assert_eq(options.flags, 0, "%s", text);
        cr_assert_eq(options.slice_ns, 0, "%s", text);
        cr_assert_eq(options.isolation, 0, "%s", text);
        cr_assert_eq(options.idle_exit_ps, -1, "%s", text);
    }
}

Test(kernel_options, each_word_sets_its_own_flag_and_no_other)
{
    static const struct {
        const char *text;
        uint32_t flags;
    } words[] = {
        {"locking=big", K_CONFIG_BIG_LOCK},        {"fast_path=off", K_CONFIG_NO_DIRECT},
        {"spaces=always", K_CONFIG_SPACES_ALWAYS}, {"spaces=shared", K_CONFIG_SPACES_SHARED},
        {"idle=poll", K_CONFIG_IDLE_POLL},         {"wake=same", K_CONFIG_WAKE_SAME},
        {"inherit=none", K_CONFIG_NO_INHERIT},     {"order=arrival", K_CONFIG_ARRIVAL_ORDER}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct sim_kernel_options options = parsed(words[i].text);
        cr_assert_eq(options.flags, words[i].flags, "%s: %u", words[i].text, options.flags);
        cr_assert_eq(options.idle_exit_ps, -1);
        cr_assert_eq(options.isolation, 0);
        cr_assert_eq(options.slice_ns, 0);
    }
    cr_assert_eq(parsed("isolation=on").isolation, 1);
    cr_assert_eq(parsed("isolation=on").flags, 0);
}

Test(kernel_options, several_are_separated_by_commas_and_later_ones_win)
{
    struct sim_kernel_options options =
        parsed("locking=big,order=arrival,slice=1ms,locking=object");
    cr_assert_eq(options.flags, K_CONFIG_ARRIVAL_ORDER);
    cr_assert_eq(options.slice_ns, 1000000);
    cr_assert_eq(parsed("spaces=always,spaces=shared").flags, K_CONFIG_SPACES_SHARED);
    cr_assert_eq(parsed("spaces=shared,spaces=lazy").flags, 0);
    cr_assert_eq(parsed("slice=1ms,slice=off").slice_ns, 0);
    options = parsed("idle=poll,idle=5us");
    cr_assert_eq(options.flags, 0, "a time to wake is that of a halt");
    cr_assert_eq(options.idle_exit_ps, 5000000);
    options = parsed("idle=5us,idle=poll");
    cr_assert_eq(options.flags, K_CONFIG_IDLE_POLL);
    cr_assert_eq(options.idle_exit_ps, -1);
}

Test(kernel_options, times_have_units_and_come_out_whole)
{
    cr_assert_eq(parsed("idle=10us").idle_exit_ps, 10000000);
    cr_assert_eq(parsed("idle=2.5us").idle_exit_ps, 2500000);
    cr_assert_eq(parsed("idle=1.234567us").idle_exit_ps, 1234567);
    cr_assert_eq(parsed("idle=7ps").idle_exit_ps, 7);
    cr_assert_eq(parsed("idle=130ns").idle_exit_ps, 130000);
    cr_assert_eq(parsed("idle=0").idle_exit_ps, 0, "nothing needs no unit");
    cr_assert_eq(parsed("idle=0.0us").idle_exit_ps, 0);
    cr_assert_eq(parsed("slice=1ns").slice_ns, 1);
    cr_assert_eq(parsed("slice=2000ps").slice_ns, 2);
    cr_assert_eq(parsed("slice=0.5ms").slice_ns, 500000);
    cr_assert_eq(parsed("slice=1000s").slice_ns, UINT64_C(1000000000000));
}

Test(kernel_options, what_is_no_time_is_refused)
{
    static const char *const wrong[] = {"idle=",
                                        "idle=10",
                                        "idle=us",
                                        "idle=-1us",
                                        "idle=.us",
                                        "idle=1.2.3us",
                                        "idle=10 us",
                                        "idle=1e3s",
                                        "idle=0.5ps",
                                        "idle=TIME",
                                        "idle=10US",
                                        "idle=1001s",
                                        "idle=99999999999999999999999999999999s",
                                        "idle=0.00000000000000000000001s",
                                        "slice=0us",
                                        "slice=0",
                                        "slice=999ps",
                                        "slice=1500ps",
                                        "slice=poll",
                                        "slice=1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        REFUSED(wrong[i], "is not accepted", "a time like 10us", "1000s");
}

Test(kernel_options, messages_name_the_nearest_and_what_is_accepted)
{
    REFUSED("lokcing=big", "'lokcing'", "did you mean 'locking'?", "fast_path", "slice");
    REFUSED("locking=bgi", "option locking", "'bgi'", "did you mean 'big'?", "object, big");
    REFUSED("fast-path=off", "did you mean 'fast_path'?");
    REFUSED("idle=pol", "did you mean 'poll'?", "halt, poll, or a time");
    REFUSED("locking=", "option locking", "object, big");
    REFUSED("locking=Big", "did you mean 'big'?");
    REFUSED("locking", "'locking'", "name=value");
    REFUSED("=big", "''");
    REFUSED(",", "name=value");
    REFUSED("locking=big,,order=arrival", "name=value");
    REFUSED("locking=object|big", "object, big");
    REFUSED("locking=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "too long", "name=value");
}

Test(kernel_options, messages_fit_their_room)
{
    struct sim_kernel_options options;
    char error[16];
    memset(error, '#', sizeof error);
    cr_assert_eq(sim_kernel_options_parse("nonsense=1", &options, error, 8), -1);
    cr_assert_eq(strlen(error), 7);
    cr_assert_eq(error[8], '#');
}

Test(kernel_options, all_of_them_are_listed_with_their_defaults_among_their_values)
{
    const char *name, *values, *initial, *text;
    uint32_t count = 0;
    for (; (name = sim_kernel_option(count, &values, &initial, &text)) != NULL; count++) {
        cr_assert(sim_kernel_options_has(name));
        cr_assert_not_null(strstr(values, initial), "%s", name);
        cr_assert_gt(strlen(text), 0);
    }
    cr_assert_eq(count, 9);
    cr_assert_not(sim_kernel_options_has("clients"));
    cr_assert_not(sim_kernel_options_has(""));
    cr_assert_null(sim_kernel_option(UINT32_MAX, NULL, NULL, NULL));
}
