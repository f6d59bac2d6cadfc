#include <criterion/criterion.h>

#include "fake_machine.h"
#include "sched.h"
#include "timer.h"
#include "wait.h"

static struct fake_machine fake;
static struct k_cpu *cpu;
static struct k_thread *self;

static void set_up(void)
{
    fake_init(&fake, 2, 0);
    self = fake_start(&fake);
    cpu = fake_cpu(&fake);
}

static void tear_down(void)
{
    fake_fini(&fake);
}

TestSuite(wait, .init = set_up, .fini = tear_down);

static uint64_t stamp_of(const struct k_thread *thread)
{
    return atomic_load(&thread->wait.word) >> 2;
}

/* Somebody ends the wait, with what the test chose. */
static void wake(struct fake_machine *machine)
{
    cr_assert(k_wait_claim(self));
    k_wait_wake(cpu, self, *(int32_t *)machine->argument);
}

static void time_passes(struct fake_machine *machine)
{
    machine->now = machine->armed[0];
    k_timer_run(cpu);
}

Test(wait, a_thread_that_does_not_wait_is_not_claimed)
{
    cr_assert(!k_wait_claim(self));
    cr_assert(!k_wait_claim_stamp(self, stamp_of(self)));
}

Test(wait, one_claim_wins_and_the_next_one_fails)
{
    k_wait_begin(cpu, K_WAIT_SLEEP, NULL);
    cr_assert(k_wait_claim(self));
    cr_assert(!k_wait_claim(self));
    cr_assert(!k_wait_claim_stamp(self, stamp_of(self)));
}

Test(wait, beginning_to_wait_twice_panics)
{
    k_wait_begin(cpu, K_WAIT_SLEEP, NULL);
    cr_assert_str_eq(FAKE_PANICS(&fake, k_wait_begin(cpu, K_WAIT_SLEEP, NULL)),
                     "misused: (word & 3) == K_WAIT_IDLE");
}

Test(wait, returns_what_the_one_who_claimed_says)
{
    int32_t outcome = SLIP_REFUSED;
    fake.argument = &outcome;
    fake.on_idle = wake;
    k_wait_begin(cpu, K_WAIT_PORT, NULL);
    cr_assert_eq(k_wait_block(cpu, SLIP_NEVER, NULL), SLIP_REFUSED);
    cr_assert_eq(k_thread_state(self), K_THREAD_RUNNING);
    cr_assert_eq(self->wait.kind, K_WAIT_NONE);
    cr_assert_eq(fake.switches, 1, "it idled on its own context: the switch was the first one");
}

Test(wait, one_that_ended_before_it_blocked_does_not_sleep)
{
    k_wait_begin(cpu, K_WAIT_PORT, NULL);
    cr_assert(k_wait_claim(self));
    k_wait_wake(cpu, self, K_OUTCOME_AGAIN);
    cr_assert_eq(k_wait_block(cpu, SLIP_NEVER, NULL), K_OUTCOME_AGAIN);
    cr_assert_eq(fake.idles, 0);
}

Test(wait, times_out_at_its_deadline)
{
    fake.on_idle = time_passes;
    k_wait_begin(cpu, K_WAIT_PORT, NULL);
    cr_assert_eq(k_wait_block(cpu, 7000, NULL), SLIP_TIMED_OUT);
    cr_assert_eq(fake.now, 7000);
}

Test(wait, leaves_no_timer_behind)
{
    int32_t outcome = SLIP_OK;
    fake.argument = &outcome;
    fake.on_idle = wake;
    k_wait_begin(cpu, K_WAIT_PORT, NULL);
    k_wait_block(cpu, 7000, NULL);
    cr_assert_null(k_deadline_tree_first(&cpu->deadlines));
}

Test(wait, a_stamp_of_the_last_one_does_not_claim_the_next)
{
    int32_t outcome = SLIP_OK;
    fake.argument = &outcome;
    fake.on_idle = wake;
    k_wait_begin(cpu, K_WAIT_PORT, NULL);
    uint64_t first = stamp_of(self);
    k_wait_block(cpu, SLIP_NEVER, NULL);
    k_wait_begin(cpu, K_WAIT_PORT, NULL);
    cr_assert(!k_wait_claim_stamp(self, first));
    cr_assert(k_wait_claim_stamp(self, stamp_of(self)));
}

Test(wait, a_thread_that_was_killed_does_not_sleep)
{
    atomic_store(&self->killed, 1);
    k_wait_begin(cpu, K_WAIT_PORT, NULL);
    cr_assert_eq(k_wait_block(cpu, SLIP_NEVER, NULL), K_OUTCOME_KILLED);
    cr_assert_eq(fake.idles, 0);
}

static void kill_it(struct fake_machine *machine)
{
    (void)machine;
    k_thread_kill(cpu, self);
}

Test(wait, a_kill_wakes_a_sleeper)
{
    fake.on_idle = kill_it;
    k_wait_begin(cpu, K_WAIT_PORT, NULL);
    cr_assert_eq(k_wait_block(cpu, SLIP_NEVER, NULL), K_OUTCOME_KILLED);
    cr_assert(k_thread_doomed(self));
}

Test(wait, a_kill_that_comes_second_changes_nothing)
{
    k_wait_begin(cpu, K_WAIT_PORT, NULL);
    cr_assert(k_wait_claim(self));
    k_thread_kill(cpu, self);
    k_wait_wake(cpu, self, SLIP_OK);
    cr_assert_eq(k_wait_block(cpu, SLIP_NEVER, NULL), SLIP_OK, "it ends at its next step");
}

Test(wait, a_call_can_only_be_ended_by_its_request)
{
    k_wait_begin(cpu, K_WAIT_CALL, NULL);
    cr_assert(!k_wait_claim(self));
}

Test(wait, who_wakes_counts_it)
{
    int32_t outcome = SLIP_OK;
    fake.argument = &outcome;
    fake.on_idle = wake;
    k_wait_begin(cpu, K_WAIT_PORT, NULL);
    k_wait_block(cpu, SLIP_NEVER, NULL);
    cr_assert_eq(cpu->counters.wakes, 1, "the CPU did, while it idled");
    cr_assert_eq(self->counters.wakes, 0);
}
