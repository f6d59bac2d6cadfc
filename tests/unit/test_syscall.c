/* What is true of every system call, whatever it does. */
#include <criterion/criterion.h>

#include "fake_machine.h"
#include "syscall.h"

static struct fake_machine fake;
static struct k_thread *self;

static void set_up(void)
{
    fake_init_modelled(&fake, 2);
    self = fake_start(&fake);
}

static void tear_down(void)
{
    fake_fini(&fake);
}

TestSuite(syscall, .init = set_up, .fini = tear_down);

static int32_t call(uint64_t number, uint64_t argument, uint64_t out[3])
{
    const uint64_t in[6] = {argument};
    return k_kernel_syscall(fake_cpu(&fake), number, in, out);
}

static slip_handle_t new_port(void)
{
    uint64_t out[3];
    cr_assert_eq(call(SLIP_CALL_port_create, 4, out), SLIP_OK);
    return out[0];
}

Test(syscall, a_number_of_no_call_is_refused)
{
    const uint64_t numbers[] = {0, SLIP_CALL_COUNT, SLIP_CALL_COUNT + 1, (uint64_t)1 << 32 | 1,
                                UINT64_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        uint64_t out[3] = {1, 1, 1};
        cr_assert_eq(call(numbers[i], 0, out), SLIP_BAD_OPERATION);
        cr_assert_eq(out[0] | out[1] | out[2], 0);
    }
    fake_exit(&fake);
}

Test(syscall, a_thread_of_a_dead_process_makes_no_more_calls)
{
    slip_handle_t port = new_port();
    k_process_kill(&fake.kernel->cpus[1], self->process, SLIP_EXIT_KILLED);
    uint64_t out[3];
    FAKE_ENDS(&fake, call(SLIP_CALL_port_post, port, out));
    cr_assert_eq(fake.traces[SLIP_TRACE_thread_dead], 1);
    cr_assert_eq(fake.traces[SLIP_TRACE_completion_queued], 0);
}

Test(syscall, a_call_that_kills_its_own_process_does_not_return)
{
    uint64_t out[3];
    FAKE_ENDS(&fake, call(SLIP_CALL_process_exit, 7, out));
    cr_assert_eq(fake.traces[SLIP_TRACE_thread_dead], 1);
    cr_assert_eq(self->counters.system_calls, 1);
}
