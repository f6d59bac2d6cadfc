#include <criterion/criterion.h>

#include <string.h>
#include "fake_machine.h"
#include "user.h"

static struct fake_machine fake;
static struct k_cpu *cpu;
static struct k_process *process;
static uint64_t base, end; /* of its range */

static void set_up(void)
{
    fake_init(&fake, 1, 0);
    fake_start(&fake);
    cpu = fake_cpu(&fake);
    process = cpu->current->process;
    base = process->space.base;
    end = base + process->space.length;
}

static void tear_down(void)
{
    fake_fini(&fake);
}

TestSuite(user, .init = set_up, .fini = tear_down);

Test(user, the_range_is_writable_to_its_last_byte)
{
    cr_assert(k_user_writable(process, base, 1));
    cr_assert(k_user_writable(process, base, end - base));
    cr_assert(k_user_writable(process, end - 1, 1));
    cr_assert(!k_user_writable(process, end - 1, 2));
    cr_assert(!k_user_writable(process, base - 1, 1));
    cr_assert(!k_user_writable(process, base - 1, 2));
    cr_assert(!k_user_writable(process, end, 1));
    cr_assert(!k_user_writable(process, 0, 1));
}

Test(user, no_length_wraps_around)
{
    cr_assert(!k_user_writable(process, base, UINT64_MAX));
    cr_assert(!k_user_writable(process, base + 8, UINT64_MAX - 7));
    cr_assert(!k_user_writable(process, UINT64_MAX, 2));
    cr_assert(!k_user_writable(process, base, 0 - base), "a length that ends at address 0");
    cr_assert(!k_user_readable(cpu, process, UINT64_MAX - 3, 8));
}

Test(user, the_image_can_be_read_and_not_written)
{
    char text[8];
    cr_assert(k_user_readable(cpu, process, FAKE_ENTRY, sizeof(fake_image)));
    cr_assert(!k_user_readable(cpu, process, FAKE_ENTRY, sizeof(fake_image) + 1));
    cr_assert(!k_user_writable(process, FAKE_ENTRY, 1));
    cr_assert_eq(k_user_read(cpu, process, FAKE_ENTRY, text, 4), SLIP_OK);
    cr_assert_eq(memcmp(text, fake_image, 4), 0);
    cr_assert_eq(k_user_write(cpu, process, FAKE_ENTRY, text, 4), SLIP_BAD_ADDRESS);
}

Test(user, reads_and_writes_copy)
{
    char *memory = fake_memory(process, 64), back[6];
    cr_assert_eq(k_user_write(cpu, process, (uintptr_t)memory, "hello", 6), SLIP_OK);
    cr_assert_str_eq(memory, "hello");
    cr_assert_eq(k_user_read(cpu, process, (uintptr_t)memory, back, 6), SLIP_OK);
    cr_assert_str_eq(back, "hello");
}

Test(user, no_bytes_need_no_address)
{
    char byte = 1;
    fake.copies = 0;
    cr_assert_eq(k_user_read(cpu, process, 0, &byte, 0), SLIP_OK);
    cr_assert_eq(k_user_write(cpu, process, 0, &byte, 0), SLIP_OK);
    cr_assert_eq(k_user_copy(cpu, process, 0, process, 0, 0), SLIP_OK);
    cr_assert_eq(fake.copies, 0);
}

Test(user, another_process_s_memory_is_a_bad_address)
{
    struct k_process *other = fake_process(&fake, process, 1 << 20);
    char *theirs = fake_memory(other, 64), byte;
    cr_assert_eq(k_user_read(cpu, process, (uintptr_t)theirs, &byte, 1), SLIP_BAD_ADDRESS);
    cr_assert_eq(k_user_write(cpu, process, (uintptr_t)theirs, "x", 1), SLIP_BAD_ADDRESS);
}

Test(user, a_fault_of_the_machine_is_a_bad_address)
{
    char *memory = fake_memory(process, 64), bytes[64];
    fake.fault = (uintptr_t)memory + 40;
    cr_assert_eq(k_user_read(cpu, process, (uintptr_t)memory, bytes, 40), SLIP_OK);
    cr_assert_eq(k_user_read(cpu, process, (uintptr_t)memory, bytes, 41), SLIP_BAD_ADDRESS);
    cr_assert_eq(k_user_write(cpu, process, (uintptr_t)memory, bytes, 64), SLIP_BAD_ADDRESS);
}

Test(user, copies_between_processes_are_counted)
{
    struct k_process *other = fake_process(&fake, process, 1 << 20);
    char *from = fake_memory(process, 64), *to = fake_memory(other, 64);
    strcpy(from, "across");
    cr_assert_eq(k_user_copy(cpu, other, (uintptr_t)to, process, (uintptr_t)from, 7), SLIP_OK);
    cr_assert_str_eq(to, "across");
    cr_assert_eq(cpu->current->counters.copied_bytes, 7);
}
