#include <criterion/criterion.h>
#include <string.h>
#include "sim/scenario/spell.h"

static const char *const names[] = {"clients", "depth", "block", "order", "file_read", "fan_in"};
#define COUNT 6

Test(spell, one_wrong_letter_is_found)
{
    cr_assert_str_eq(sim_spell_nearest("depht", names, COUNT), "depth");
    cr_assert_str_eq(sim_spell_nearest("cleints", names, COUNT), "clients");
    cr_assert_str_eq(sim_spell_nearest("blok", names, COUNT), "block");
    cr_assert_str_eq(sim_spell_nearest("orderr", names, COUNT), "order");
}

Test(spell, case_and_dashes_do_not_count)
{
    cr_assert_str_eq(sim_spell_nearest("FILE-READ", names, COUNT), "file_read");
    cr_assert_str_eq(sim_spell_nearest("Clients", names, COUNT), "clients");
}

Test(spell, the_beginning_of_one_name_is_enough)
{
    cr_assert_str_eq(sim_spell_nearest("file", names, COUNT), "file_read");
    cr_assert_null(sim_spell_nearest("f", names, COUNT), "two names begin so");
}

Test(spell, dashes_before_an_option_are_no_letters_that_match)
{
    static const char *const options[] = {"-D", "--cpus", "--seed"};
    cr_assert_null(sim_spell_nearest("--bogus", options, 3));
    cr_assert_null(sim_spell_nearest("-x", options, 3));
    cr_assert_str_eq(sim_spell_nearest("-d", options, 3), "-D");
    cr_assert_str_eq(sim_spell_nearest("--cpu", options, 3), "--cpus");
}

Test(spell, what_is_far_from_all_has_no_nearest)
{
    cr_assert_null(sim_spell_nearest("zzz", names, COUNT));
    cr_assert_null(sim_spell_nearest("", names, COUNT));
    cr_assert_null(sim_spell_nearest("x", NULL, 0));
}

Test(spell, long_words_do_no_harm)
{
    char word[500];
    memset(word, 'a', sizeof word - 1);
    word[sizeof word - 1] = 0;
    cr_assert_null(sim_spell_nearest(word, names, COUNT));
}

Test(spell, explains_with_all_that_is_accepted)
{
    char out[200];
    sim_spell_explain(out, sizeof out, "dpth", names, COUNT);
    cr_assert_str_eq(out,
                     "did you mean 'depth'? accepted: clients, depth, block, order, file_read, "
                     "fan_in");
    sim_spell_explain(out, sizeof out, "zzz", names, 2);
    cr_assert_str_eq(out, "accepted: clients, depth");
    sim_spell_explain(out, sizeof out, "zzz", NULL, 0);
    cr_assert_str_eq(out, "accepted: none");
}

Test(spell, explanation_is_cut_to_its_buffer)
{
    char out[12];
    cr_assert_eq(sim_spell_explain(out, sizeof out, "zzz", names, COUNT), 11);
    cr_assert_str_eq(out, "accepted: c");
}
