/* The clock, printing, and calls that are none. */
#include "tests/semantics/support.h"

#include <string.h>

static void monotonic(void)
{
    slip_time_t last = slip_clock_now();
    for (uint32_t i = 0; i < 100; i++) {
        slip_time_t now = slip_clock_now();
        EXPECT(now >= last);
        last = now;
    }
}

Test(clock, never_goes_back)
{
    scene(1, monotonic);
}

static void printing(void)
{
    char text[SLIP_PRINT_BYTES_MAX + 1];
    memset(text, 0, sizeof text);
    EXPECT_STATUS(slip_debug_write(text, SLIP_PRINT_BYTES_MAX + 1), TOO_LONG);
    EXPECT_STATUS(slip_debug_write(text, ~0UL), TOO_LONG);
    EXPECT_STATUS(slip_debug_write(NULL, 1), BAD_ADDRESS);
    EXPECT_STATUS(slip_debug_write(sim_argument(), 1), BAD_ADDRESS);
    EXPECT_STATUS(slip_debug_write(faulting_page(), 1), BAD_ADDRESS);
    EXPECT_OK(slip_debug_write(NULL, 0));
    EXPECT_OK(slip_debug_write("", 0));
    EXPECT_OK(slip_debug_print("%s", ""));
}

Test(clock, printing_is_bounded_and_takes_readable_memory_only)
{
    scene(1, printing);
}

static void no_such_call(void)
{
    EXPECT_EQ(raw(0, 0, 0, 0, 0, 0, 0), SLIP_BAD_OPERATION);
    EXPECT_EQ(raw(SLIP_CALL_COUNT, 0, 0, 0, 0, 0, 0), SLIP_BAD_OPERATION);
    EXPECT_EQ(raw(~0UL, 0, 0, 0, 0, 0, 0), SLIP_BAD_OPERATION);
    EXPECT_EQ(raw((uint64_t)SLIP_CALL_clock_now | (uint64_t)1 << 32, 0, 0, 0, 0, 0, 0),
              SLIP_BAD_OPERATION);
}

Test(clock, a_number_that_is_no_call_is_refused)
{
    scene(1, no_such_call);
}
