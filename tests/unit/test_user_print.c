#include <criterion/criterion.h>

#include <string.h>
#include <unistd.h>
#include <slipway/sim.h>
#include <slipway/slipway.h>

static char printed[8192];

/* What a run prints on the machine's console. */
static void run_and_read(void (*root)(void))
{
    int ends[2], before = dup(STDOUT_FILENO);
    cr_assert_eq(pipe(ends), 0);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[1]);
    int failed = sim_run(NULL, root);
    dup2(before, STDOUT_FILENO);
    close(before);
    ssize_t length = read(ends[0], printed, sizeof printed - 1);
    close(ends[0]);
    printed[length > 0 ? length : 0] = 0;
    cr_assert_eq(failed, 0);
}

static void print_some(void)
{
    slip_debug_print("%s %d of %#lx\n", "number", -5, 255UL);
    slip_debug_print("%%");
    slip_debug_print("%s", "");
    slip_debug_write("raw", 3);
}

Test(user_print, prints_as_printf_does)
{
    run_and_read(print_some);
    cr_assert_str_eq(printed, "number -5 of 0xff\n%raw");
}

static void print_long(void)
{
    slip_debug_print("%0600d", 1);
}

Test(user_print, is_cut_at_its_bound)
{
    run_and_read(print_long);
    cr_assert_eq(strlen(printed), SLIP_PRINT_BYTES_MAX);
    cr_assert_eq(strspn(printed, "0"), SLIP_PRINT_BYTES_MAX);
}
