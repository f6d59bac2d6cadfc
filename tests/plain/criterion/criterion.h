/* The words of Criterion that the semantic tests use, without its library, which does not run under
 * the thread sanitizer. Found in place of Criterion's header in that build alone; a word that is
 * missing here is an error of that build.
 *
 * Each test runs in a process of its own, see tests/plain/main.c. An assertion that fails ends it.
 */
#ifndef TESTS_PLAIN_CRITERION_H
#define TESTS_PLAIN_CRITERION_H

#include <stdio.h>

struct plain_test {
    const char *suite, *name;
    void (*run)(void);
    struct plain_test *next;
};

/* Before main: in each file in the order of its tests, the files in the order of the linker. */
void plain_register(struct plain_test *test);

/* Prints where and why, and ends the process. */
_Noreturn void plain_fail(const char *file, int line, const char *claim, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
_Noreturn void plain_skip(const char *why);

#define Test(suite_, name_)                                                                        \
    static void suite_##_##name_##_test(void);                                                     \
    __attribute__((constructor)) static void suite_##_##name_##_register(void)                     \
    {                                                                                              \
        static struct plain_test test = {                                                          \
            .suite = #suite_, .name = #name_, .run = suite_##_##name_##_test};                     \
        plain_register(&test);                                                                     \
    }                                                                                              \
    static void suite_##_##name_##_test(void)

#define cr_assert_fail(...) plain_fail(__FILE__, __LINE__, "reached", __VA_ARGS__)
#define cr_assert(claim, ...)                                                                      \
    do {                                                                                           \
        if (!(claim))                                                                              \
            plain_fail(__FILE__, __LINE__, #claim, " " __VA_ARGS__);                               \
    } while (0)
#define cr_assert_eq(is, wanted, ...) cr_assert((is) == (wanted), __VA_ARGS__)
#define cr_skip_test(why) plain_skip(why)
#define cr_log_info(...) ((void)sizeof printf(__VA_ARGS__)) /* not said */

#endif
