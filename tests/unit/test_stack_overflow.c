/* Threads that use more than their stack, or that touch what is nobody's. */
#include <criterion/criterion.h>

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <slipway/sim.h>
#include "sim/poison.h"

static const char *const machines[] = {"cores", "model", "scripted"};

static __attribute__((noinline)) uint64_t deeper(uint64_t depth)
{
    volatile unsigned char frame[512];
    frame[depth % sizeof frame] = (unsigned char)depth;
    return depth == 0 ? frame[0] : deeper(depth - 1) + frame[depth % sizeof frame];
}

static void overflow(void)
{
    deeper(1U << 20);
}

static void wild(void)
{
    volatile uintptr_t nowhere = 8;
    *(volatile int *)nowhere = 1;
}

/* What a child that does that says; the signal that it died of. */
static int signal_of(const char *machine, void (*root)(void), char *said, size_t room)
{
    int ends[2], status = 0;
    cr_assert_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        signal(SIGSEGV, SIG_DFL);
        _exit(sim_run(&(struct sim_options){.machine = machine}, root));
    }
    close(ends[1]);
    size_t used = 0;
    for (ssize_t got; used + 1 < room && (got = read(ends[0], said + used, room - 1 - used)) > 0;)
        used += (size_t)got;
    said[used] = 0;
    close(ends[0]);
    cr_assert_eq(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

Test(stack_overflow, names_the_thread_and_what_to_do)
{
    if (SIM_ADDRESS_SANITIZER)
        cr_skip_test("the sanitizer tells it in its own way");
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++) {
        char said[2000];
        cr_assert_eq(signal_of(machines[i], overflow, said, sizeof said), SIGSEGV, "%s: %s",
                     machines[i], said);
        cr_assert(strstr(said, "stack overflow: thread ") != NULL, "%s: %s", machines[i], said);
        cr_assert(strstr(said, "of process 'root' (1)") != NULL, "%s: %s", machines[i], said);
        cr_assert(strstr(said, "sim_options.stack_bytes") != NULL, "%s: %s", machines[i], said);
    }
}

Test(stack_overflow, another_fault_is_left_as_it_was)
{
    if (SIM_ADDRESS_SANITIZER)
        cr_skip_test("the sanitizer tells it in its own way");
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++) {
        char said[2000];
        cr_assert_eq(signal_of(machines[i], wild, said, sizeof said), SIGSEGV);
        cr_assert_str_empty(said);
    }
}

static void nothing(void)
{
}

static void ours(int number)
{
    (void)number;
}

Test(stack_overflow, the_handler_that_was_there_is_back_after_a_run)
{
    signal(SIGSEGV, ours);
    cr_assert_eq(sim_run(&(struct sim_options){.machine = "cores"}, nothing), 0);
    struct sigaction now;
    cr_assert_eq(sigaction(SIGSEGV, NULL, &now), 0);
    cr_assert(now.sa_handler == ours);
}
