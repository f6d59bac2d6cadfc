/* Runs the tests that plain_register was told of, one after the other, each in a process of its own:
 * what one test leaves behind, and a report of a sanitizer, are its own.
 *
 *     semantic_tests [--filter PATTERN]
 *
 * PATTERN is of the shell's kind, for SUITE/NAME. The exit code is 0 if no test failed.
 */
#include <criterion/criterion.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS_MAX 120U /* for one test; the slowest takes a tenth of it */
#define SKIPPED 77       /* exit code; a sanitizer's own is 66 */

static struct plain_test *first, **last = &first;

void plain_register(struct plain_test *test)
{
    *last = test;
    last = &test->next;
}

void plain_fail(const char *file, int line, const char *claim, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s:%d: %s:", file, line, claim);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

void plain_skip(const char *why)
{
    (void)why;
    exit(SKIPPED);
}

/* Its wait status. */
static int run(const struct plain_test *test)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(SECONDS_MAX);
        test->run();
        exit(0);
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror("semantic_tests: cannot run a test");
        exit(2);
    }
    return status;
}

static void tell(const char *name, int status)
{
    if (WIFEXITED(status))
        printf("FAILED %s: exit code %d\n", name, WEXITSTATUS(status));
    else if (WTERMSIG(status) == SIGALRM)
        printf("FAILED %s: not done after %u s\n", name, SECONDS_MAX);
    else
        printf("FAILED %s: %s\n", name, strsignal(WTERMSIG(status)));
}

int main(int count, char **arguments)
{
    const char *pattern = count == 1 ? "*" : arguments[count - 1];
    if (count != 1 && (count != 3 || strcmp(arguments[1], "--filter") != 0)) {
        fprintf(stderr, "usage: %s [--filter PATTERN]\n", arguments[0]);
        return 2;
    }
    unsigned passed = 0, failed = 0, skipped = 0;
    for (const struct plain_test *test = first; test != NULL; test = test->next) {
        char name[200];
        snprintf(name, sizeof name, "%s/%s", test->suite, test->name);
        if (fnmatch(pattern, name, 0) != 0)
            continue;
        int status = run(test);
        if (status == 0) {
            passed++;
        } else if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
            skipped++;
        } else {
            failed++;
            tell(name, status);
        }
    }
    printf("%u passed, %u failed, %u have nothing to run in this build\n", passed, failed, skipped);
    if (passed + failed + skipped == 0)
        fprintf(stderr, "no test ran: '%s'\n", pattern);
    return failed != 0 || passed + skipped == 0;
}
