#include <criterion/criterion.h>

#include "fake_machine.h"

static struct fake_machine fake;
static struct k_thread *self;

static void set_up(void)
{
    fake_init(&fake, 1, 0);
    self = fake_start(&fake);
}

static void tear_down(void)
{
    fake_fini(&fake);
}

TestSuite(statistics, .init = set_up, .fini = tear_down);

static void take(void *argument, const struct k_process_info *process)
{
    *(uint64_t *)argument += process->counters.system_calls;
}

static uint64_t system_calls(void)
{
    uint64_t sum = 0;
    k_kernel_each_process(fake.kernel, take, &sum);
    return sum;
}

Test(statistics, skip_a_thread_that_another_cpu_is_making)
{
    self->counters.system_calls = 3;
    struct k_thread *half_made = k_pool_get(&fake.kernel->threads, fake_cpu(&fake));
    cr_assert_eq(half_made->process, NULL);
    cr_assert_eq(system_calls(), 3);
    k_pool_put(&fake.kernel->threads, fake_cpu(&fake), half_made);
}
