/* Two assertion words, on in every build.
 *
 *   K_ASSERT   this file is broken: what it believes of its own data is false
 *   K_REQUIRE  the caller, in the kernel or below it, broke the contract of a function
 *
 * Both end in the machine's panic. Wrong arguments of user code are never asserted; they are
 * statuses.
 */
#ifndef K_CHECK_H
#define K_CHECK_H

struct k_kernel;

_Noreturn void k_panic(struct k_kernel *kernel, const char *file, int line, const char *what);

#define K_ASSERT(kernel, condition)                                                                \
    ((condition) ? (void)0 : k_panic((kernel), __FILE__, __LINE__, "broken: " #condition))
#define K_REQUIRE(kernel, condition)                                                               \
    ((condition) ? (void)0 : k_panic((kernel), __FILE__, __LINE__, "misused: " #condition))
#define K_UNREACHABLE(kernel) k_panic((kernel), __FILE__, __LINE__, "reached what cannot be")

#endif
