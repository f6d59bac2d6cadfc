#include <criterion/criterion.h>

#include "buffer.h"
#include "fake_machine.h"
#include "seeded.h"

static struct fake_machine fake;
static struct k_cpu *cpu;
static struct k_process *process;
static struct k_buffer *buffer; /* of 4096 bytes, with one reference */
static uint32_t epoch;

static void set_up(void)
{
    fake_init(&fake, 1, 0);
    process = fake_start(&fake)->process;
    cpu = fake_cpu(&fake);
    cr_assert_eq(k_buffer_create(cpu, process, 4096, &buffer), SLIP_OK);
    epoch = k_buffer_epoch(buffer);
}

static void tear_down(void)
{
    fake_fini(&fake);
}

TestSuite(buffer, .init = set_up, .fini = tear_down);

static uint32_t pins(void)
{
    return K_BUFFER_PINS(atomic_load(&buffer->word));
}

Test(buffer, is_charged_in_whole_pages_and_given_back)
{
    struct k_buffer *other;
    uint64_t before = process->quota.used;
    cr_assert_eq(k_buffer_create(cpu, process, 4097, &other), SLIP_OK);
    cr_assert_eq(process->quota.used - before, 8192 + fake.kernel->buffers.item_bytes);
    cr_assert_eq(other->length, 4097);
    k_object_unref(cpu, &other->object);
    cr_assert_eq(process->quota.used, before);
    cr_assert_eq(fake.unmaps, 1);
}

Test(buffer, what_cannot_be_made_leaves_nothing)
{
    struct k_buffer *other;
    uint64_t before = process->quota.used;
    uint32_t used = fake.kernel->buffers.used;
    fake.map_left = 4096;
    cr_assert_eq(k_buffer_create(cpu, process, 8192, &other), SLIP_NO_QUOTA, "the machine says no");
    cr_assert_eq(k_buffer_create(cpu, process, SLIP_BUFFER_BYTES_MAX, &other), SLIP_NO_QUOTA);
    process->quota.limit = before + 100;
    cr_assert_eq(k_buffer_create(cpu, process, 1, &other), SLIP_NO_QUOTA);
    cr_assert_eq(process->quota.used, before);
    cr_assert_eq(fake.kernel->buffers.used, used);
}

Test(buffer, registered_memory_lies_in_the_process_and_is_not_unmapped)
{
    struct k_buffer *other;
    uint64_t base = process->space.base, length = process->space.length;
    cr_assert_eq(k_buffer_register(cpu, process, base, length + 1, &other), SLIP_BAD_ADDRESS);
    cr_assert_eq(k_buffer_register(cpu, process, base - 1, 1, &other), SLIP_BAD_ADDRESS);
    cr_assert_eq(k_buffer_register(cpu, process, base + 8, UINT64_MAX, &other), SLIP_BAD_ADDRESS);
    cr_assert_eq(k_buffer_register(cpu, process, base, length, &other), SLIP_OK);
    k_object_unref(cpu, &other->object);
    cr_assert_eq(fake.unmaps, 0);
}

Test(buffer, a_revoke_ends_what_was_given_and_waits_for_what_is_there)
{
    cr_assert_eq(k_buffer_pin(buffer, epoch), SLIP_OK);
    k_buffer_revoke(buffer, 0);
    cr_assert_eq(k_buffer_pin(buffer, epoch), SLIP_STALE);
    cr_assert_eq(k_buffer_drain(cpu, buffer, 0), SLIP_WOULD_BLOCK);
    cr_assert_eq(k_buffer_pin(buffer, k_buffer_epoch(buffer)), SLIP_OK, "the owner keeps access");
    k_buffer_unpin(cpu, buffer);
    k_buffer_unpin(cpu, buffer);
    cr_assert_eq(k_buffer_drain(cpu, buffer, 0), SLIP_OK);
}

Test(buffer, a_dead_one_is_never_pinned_again)
{
    k_buffer_revoke(buffer, 1);
    cr_assert_eq(k_buffer_pin(buffer, k_buffer_epoch(buffer)), SLIP_STALE);
    k_buffer_revoke(buffer, 0);
    cr_assert_eq(k_buffer_pin(buffer, k_buffer_epoch(buffer)), SLIP_STALE);
}

Test(buffer, a_pin_keeps_it_until_the_last_one_goes)
{
    cr_assert_eq(k_buffer_pin(buffer, epoch), SLIP_OK);
    k_object_unref(cpu, &buffer->object);
    cr_assert_eq(fake.unmaps, 0);
    k_buffer_unpin(cpu, buffer);
    cr_assert_eq(fake.unmaps, 1);
    cr_assert_eq(fake.kernel->buffers.used, 0);
}

Test(buffer, memory_of_one_that_is_gone_has_another_epoch)
{
    k_object_unref(cpu, &buffer->object);
    struct k_buffer *next;
    cr_assert_eq(k_buffer_create(cpu, process, 4096, &next), SLIP_OK);
    cr_assert_eq(next, buffer, "the pool gives the same memory");
    cr_assert_neq(k_buffer_epoch(next), epoch);
}

/* The device is done. */
static void unpin(struct fake_machine *machine)
{
    (void)machine;
    k_buffer_unpin(cpu, buffer);
}

Test(buffer, draining_sleeps_until_the_last_pin_goes)
{
    cr_assert_eq(k_buffer_pin(buffer, epoch), SLIP_OK);
    cr_assert_eq(k_buffer_pin(buffer, epoch), SLIP_OK);
    fake.on_idle = unpin;
    cr_assert_eq(k_buffer_drain(cpu, buffer, SLIP_NEVER), SLIP_OK);
    cr_assert_eq(fake.idles, 2);
    cr_assert_eq(pins(), 0);
}

static void time_passes(struct fake_machine *machine)
{
    machine->now = machine->armed[0];
    k_timer_run(cpu);
}

Test(buffer, draining_gives_up_at_its_deadline)
{
    cr_assert_eq(k_buffer_pin(buffer, epoch), SLIP_OK);
    fake.on_idle = time_passes;
    cr_assert_eq(k_buffer_drain(cpu, buffer, 5000), SLIP_TIMED_OUT);
    cr_assert(k_list_empty(&buffer->waiters));
    k_buffer_unpin(cpu, buffer);
}

Test(buffer, pins_and_epochs_do_not_touch_each_other)
{
    struct sim_random random;
    uint64_t seed = seeded(&random, "buffer");
    uint32_t mine = 0;
    for (int step = 0; step < 20000; step++) {
        uint64_t what = sim_random_below(&random, 4);
        if (what == 0) {
            k_buffer_revoke(buffer, 0);
            epoch++;
        } else if (what == 1 && mine > 0) {
            k_buffer_unpin(cpu, buffer);
            mine--;
        } else if (what == 2) {
            cr_assert_eq(k_buffer_pin(buffer, epoch - 1), SLIP_STALE);
        } else {
            cr_assert_eq(k_buffer_pin(buffer, epoch), SLIP_OK);
            mine++;
        }
        cr_assert_eq(k_buffer_epoch(buffer), epoch, "seed %lu, step %d", seed, step);
        cr_assert_eq(pins(), mine, "seed %lu, step %d", seed, step);
    }
    while (mine-- > 0)
        k_buffer_unpin(cpu, buffer);
}
