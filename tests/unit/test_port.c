/* What leaves a port, where the memory that it goes to faults. */
#include <criterion/criterion.h>

#include "endpoint.h"
#include "fake_machine.h"
#include "fast.h"
#include "port.h"

#define MANY 1000U

static struct fake_machine fake;
static struct k_cpu *cpu;
static struct k_thread *self;

static slip_handle_t new_port(uint32_t depth)
{
    uint64_t out[3];
    cr_assert_eq(k_call_port_create(cpu, self, (uint64_t[6]){depth}, out), SLIP_OK);
    return out[0];
}

static void post(slip_handle_t port, uint32_t count)
{
    uint64_t out[3];
    for (uint32_t i = 0; i < count; i++)
        cr_assert_eq(k_call_port_post(cpu, self, (uint64_t[6]){port, i}, out), SLIP_OK);
}

static void close_handle(slip_handle_t handle)
{
    uint64_t out[3];
    cr_assert_eq(k_call_handle_close(cpu, self, (uint64_t[6]){handle}, out), SLIP_OK);
}

static struct k_port *port_of(slip_handle_t handle)
{
    struct k_handle_entry *middle;
    return K_PORT(k_handle_entry_of(&self->process->handles, handle, &middle)->object);
}

Test(port, a_wait_whose_memory_faults_late_copies_nothing_more_than_three_times)
{
    fake_init(&fake, 1, 0);
    self = fake_start(&fake);
    cpu = fake_cpu(&fake);
    struct slip_completion *all = fake_memory(self->process, MANY * sizeof *all);
    slip_handle_t port = new_port(MANY);
    uint64_t out[3];
    post(port, MANY);
    fake.fault = (uintptr_t)&all[MANY - 1];
    fake.copies = 0;
    uint64_t in[6] = {port, (uintptr_t)all, 1 | (uint64_t)MANY << 32};
    cr_assert_eq(k_call_port_wait(cpu, self, in, out), SLIP_BAD_ADDRESS);
    cr_assert_gt(out[0], 0);
    cr_assert_eq(port_of(port)->queued, MANY - out[0]);
    cr_assert_leq(fake.copies, 3 * MANY);
    fake.fault = 0;
    uint64_t rest = port_of(port)->queued;
    cr_assert_eq(k_call_port_wait(cpu, self, in, out), SLIP_OK);
    cr_assert_eq(out[0], rest);
    cr_assert_eq(all[0].key, MANY - rest);
    close_handle(port);
    fake_exit(&fake);
    fake_fini(&fake);
}

/* ---- a handle that is closed while completions are copied --------------------------------------- */

struct meanwhile {
    struct k_thread *other; /* which begins to wait for as many as there are */
    struct k_port *port;
    slip_handle_t handle; /* which is closed */
};

static void wait_and_close(struct fake_machine *machine)
{
    const struct meanwhile *meanwhile = machine->argument;
    machine->on_copy = NULL;
    meanwhile->other->wait_least = 8;
    k_list_push_head(&meanwhile->port->waiters, &meanwhile->other->wait.link);
    close_handle(meanwhile->handle);
}

Test(port, a_wait_that_faults_and_loses_its_handle_wakes_who_waits_for_what_it_puts_back)
{
    uint64_t out[3];
    fake_init(&fake, 1, 0);
    struct k_thread *other = fake_start(&fake);
    struct k_process *process = other->process;
    fake_thread(&fake, process, SLIP_PRIORITY_DEFAULT);
    self = fake_park(&fake, K_WAIT_PORT);
    cpu = fake_cpu(&fake);
    struct slip_completion *all = fake_memory(process, 8 * sizeof *all);
    slip_handle_t kept = new_port(8);
    cr_assert_eq(k_call_handle_duplicate(cpu, self, (uint64_t[6]){kept, SLIP_RIGHT_WAIT}, out),
                 SLIP_OK);
    struct meanwhile meanwhile = {.other = other, .port = port_of(kept), .handle = out[0]};
    post(kept, 8);
    fake.argument = &meanwhile;
    fake.on_copy = wait_and_close;
    fake.fault = (uintptr_t)&all[0];
    uint64_t in[6] = {meanwhile.handle, (uintptr_t)all, 1 | (uint64_t)8 << 32, SLIP_NEVER};
    cr_assert_eq(k_call_port_wait(cpu, self, in, out), SLIP_BAD_HANDLE);
    cr_assert_eq(meanwhile.port->queued, 8);
    cr_assert_eq(k_thread_state(other), K_THREAD_READY);
}

/* ---- a handle that is closed while the lock is waited for ----------------------------------------- */

static void close_and_release(struct fake_machine *machine)
{
    const struct meanwhile *meanwhile = machine->argument;
    machine->on_relax = NULL;
    close_handle(meanwhile->handle);
    k_lock_drop(&machine->kernel->cpus[1], &meanwhile->port->object.lock);
}

Test(port, a_wait_by_a_handle_that_is_closed_while_it_waits_for_the_lock_takes_nothing)
{
    uint64_t out[3];
    fake_init(&fake, 2, 0);
    self = fake_start(&fake);
    cpu = fake_cpu(&fake);
    struct slip_completion *one = fake_memory(self->process, sizeof *one);
    slip_handle_t kept = new_port(1);
    cr_assert_eq(k_call_handle_duplicate(cpu, self, (uint64_t[6]){kept, SLIP_RIGHT_WAIT}, out),
                 SLIP_OK);
    struct meanwhile meanwhile = {.port = port_of(kept), .handle = out[0]};
    post(kept, 1);
    fake.argument = &meanwhile;
    fake.on_relax = close_and_release;
    k_lock_take(&fake.kernel->cpus[1], &meanwhile.port->object.lock);
    uint64_t in[6] = {meanwhile.handle, (uintptr_t)one, 1 | (uint64_t)1 << 32};
    cr_assert_eq(k_call_port_wait(cpu, self, in, out), SLIP_BAD_HANDLE);
    cr_assert_eq(meanwhile.port->queued, 1);
}
