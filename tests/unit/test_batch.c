/* A batched wait on its two paths. */
#include <criterion/criterion.h>
#include <string.h>

#include "endpoint.h"
#include "fake_machine.h"
#include "fast.h"

static struct fake_machine fake;

/* What it charges to take two messages. */
static void take_two(uint32_t fast, uint32_t charged[SLIP_COST_COUNT])
{
    struct k_cpu *cpu = fake_cpu(&fake);
    struct k_thread *self = cpu->current;
    struct slip_short_message *m = fake_memory(self->process, 4 * sizeof(*m));
    uint64_t out[3];
    cr_assert_eq(k_call_endpoint_create(cpu, self, (uint64_t[6]){4}, out), SLIP_OK);
    uint64_t endpoint = out[0];
    for (uint32_t i = 0; i < 2; i++)
        cr_assert_eq(k_call_endpoint_send(cpu, self, (uint64_t[6]){endpoint, 9, self->area}, out),
                     SLIP_OK);
    cpu->fast = fast;
    memset(fake.charged, 0, sizeof fake.charged);
    uint64_t in[6] = {endpoint, (uintptr_t)m, 2 | (uint64_t)4 << 32};
    cr_assert_eq(k_call_endpoint_wait_batch(cpu, self, in, out), SLIP_OK);
    cr_assert_eq(out[0], 2);
    memcpy(charged, fake.charged, sizeof fake.charged);
    cr_assert_eq(k_call_handle_close(cpu, self, (uint64_t[6]){endpoint}, out), SLIP_OK);
}

Test(batch, costs_the_same_on_the_fast_path_and_on_the_careful_one)
{
    uint32_t fast[SLIP_COST_COUNT], careful[SLIP_COST_COUNT];
    fake_init_modelled(&fake, 1);
    fake_start(&fake);
    take_two(fake_cpu(&fake)->fast, fast);
    take_two(0, careful);
    cr_assert_eq(fast[SLIP_COST_word], 4);
    for (uint32_t i = 0; i < SLIP_COST_COUNT; i++)
        cr_expect_eq(fast[i], careful[i], "cost %u: %u, not %u", i, fast[i], careful[i]);
    fake_exit(&fake);
    fake_fini(&fake);
}
