#include <criterion/criterion.h>

#include <slipway/status.h>
#include <string.h>

#define COUNT(name, number, fault, text) +1
enum { STATUSES = 0 SLIP_STATUS_MAP(COUNT) };
#undef COUNT

Test(status, every_one_has_its_name_text_and_fault)
{
#define CHECK(name, number, fault, text_)                                                          \
    cr_assert_str_eq(slip_status_name(SLIP_##name), #name);                                        \
    cr_assert_str_eq(slip_status_text(SLIP_##name), text_);                                        \
    cr_assert_eq(strcasecmp(slip_status_fault(SLIP_##name), #fault), 0);
    SLIP_STATUS_MAP(CHECK)
#undef CHECK
}

Test(status, success_is_zero_and_errors_are_below_without_a_gap)
{
    cr_assert_eq(SLIP_OK, 0);
    for (int number = 1 - STATUSES; number <= 0; number++)
        cr_assert_str_neq(slip_status_name(number), "UNKNOWN", "%d", number);
}

Test(status, a_number_that_is_none_has_a_text_all_the_same)
{
    static const int32_t none[] = {1, -STATUSES, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        cr_assert_str_eq(slip_status_name(none[i]), "UNKNOWN");
        cr_assert_str_eq(slip_status_text(none[i]), "no status of this version");
        cr_assert_str_eq(slip_status_fault(none[i]), "none");
    }
}

Test(status, texts_are_phrases_and_no_two_are_the_same)
{
#define TEXT(name, number, fault, text_) text_,
    static const char *const texts[] = {SLIP_STATUS_MAP(TEXT)};
#undef TEXT
    for (int i = 0; i < STATUSES; i++) {
        cr_assert_neq(texts[i][strlen(texts[i]) - 1], '.');
        for (int j = 0; j < i; j++)
            cr_assert_str_neq(texts[i], texts[j]);
    }
}
