#include <criterion/criterion.h>

#include <string.h>
#include "fake_machine.h"
#include "sched.h"
#include "seeded.h"

static struct fake_machine fake;
static struct k_process *process;

static void set_up_with(uint32_t cpus, uint32_t flags)
{
    fake_init(&fake, cpus, flags);
    process = fake_process(&fake, NULL, FAKE_QUOTA);
}

static void set_up(void)
{
    set_up_with(2, 0);
}

static void tear_down(void)
{
    fake_fini(&fake);
}

TestSuite(sched, .init = set_up, .fini = tear_down);

static struct k_cpu *cpu(uint32_t index)
{
    return &fake.kernel->cpus[index];
}

static struct k_thread *ready(uint32_t priority)
{
    return fake_thread(&fake, process, priority);
}

static int top(uint32_t index)
{
    return atomic_load(&cpu(index)->run_top);
}

static uint32_t where(const struct k_thread *thread)
{
    return atomic_load(&thread->cpu)->index;
}

/* A CPU that idles, or runs something of a priority. */
static void idles(uint32_t index)
{
    atomic_store(&cpu(index)->idle, 1);
}

static void runs(uint32_t index, uint32_t priority)
{
    static struct k_thread running[2];
    atomic_store(&running[index].effective, priority);
    atomic_store(&cpu(index)->running, &running[index]);
}

/* A thread that is in no queue, as one that was claimed. */
static struct k_thread *blocked(uint32_t priority)
{
    struct k_thread *thread = ready(priority);
    cr_assert_eq(fake_enter(&fake), thread, "nothing better may be ready");
    cr_assert_null(fake_park(&fake, K_WAIT_SLEEP));
    return thread;
}

/* ---- order --------------------------------------------------------------------------------- */

Test(sched, the_best_runs_first_and_equals_in_the_order_they_came)
{
    struct k_thread *low = ready(0), *first = ready(100), *second = ready(100), *high = ready(255);
    struct k_thread *order[] = {high, first, second, low};
    cr_assert_eq(fake_enter(&fake), order[0]);
    for (int i = 1; i < 4; i++)
        cr_assert_eq(fake_exit(&fake), order[i]);
}

Test(sched, any_crowd_runs_in_the_order_of_priority_and_arrival)
{
    enum { MANY = 200 };
    struct sim_random random;
    uint64_t seed = seeded(&random, "sched");
    uint64_t last_id = 0;
    uint32_t last = SLIP_PRIORITY_MAX;
    for (int i = 0; i < MANY; i++)
        ready((uint32_t)sim_random_below(&random, i % 2 ? 4 : 256));
    for (int i = 0; i < MANY; i++) {
        struct k_thread *thread = i == 0 ? fake_enter(&fake) : fake_exit(&fake);
        uint32_t priority = k_thread_effective(thread);
        cr_assert(priority < last || (priority == last && thread->object.id > last_id) || i == 0,
                  "seed %lu", seed);
        last = priority;
        last_id = thread->object.id;
    }
    cr_assert_eq(top(0), -1);
    cr_assert_eq(cpu(0)->run_count, 0);
}

Test(sched, the_hint_of_the_best_follows_the_queue)
{
    cr_assert_eq(top(0), -1);
    ready(5);
    cr_assert_eq(top(0), 5);
    ready(200);
    cr_assert_eq(top(0), 200);
    fake_enter(&fake);
    cr_assert_eq(top(0), 5);
}

/* Plays whoever was switched to: it yields as well. */
static void yield_back(struct fake_machine *machine)
{
    k_sched_yield(fake_cpu(machine));
}

Test(sched, a_yield_lets_equals_go_first)
{
    struct k_thread *a = ready(50), *b = ready(50);
    cr_assert_eq(fake_enter(&fake), a);
    fake.on_switch = yield_back;
    fake.switches = 0;
    k_sched_yield(cpu(0));
    cr_assert_eq(cpu(0)->current, a);
    cr_assert_eq(fake.switches, 2, "to the other, and back");
    cr_assert_eq(k_thread_state(b), K_THREAD_READY);
}

Test(sched, a_yield_does_not_let_lower_ones_go_first)
{
    struct k_thread *a = ready(50);
    ready(49);
    cr_assert_eq(fake_enter(&fake), a);
    fake.switches = 0;
    k_sched_yield(cpu(0));
    cr_assert_eq(fake.switches, 0);
    cr_assert_eq(k_thread_state(a), K_THREAD_RUNNING);
}

Test(sched, one_that_was_preempted_stays_in_front_of_its_equals)
{
    struct k_thread *a = ready(50), *equal = ready(50);
    cr_assert_eq(fake_enter(&fake), a);
    cr_assert(!k_sched_preempting(cpu(0)));
    fake.on_switch = yield_back; /* never: an equal does not preempt */
    k_sched_preempt(cpu(0));
    cr_assert_eq(cpu(0)->current, a);
    cr_assert_eq(k_thread_state(equal), K_THREAD_READY);
    cr_assert_eq(a->counters.preemptions, 1);
}

static void exit_of_the_better(struct fake_machine *machine)
{
    cr_assert_eq(k_thread_effective(fake_cpu(machine)->current), 60);
    k_thread_exit(fake_cpu(machine));
}

Test(sched, a_better_one_preempts_and_the_first_goes_on_after_it)
{
    struct k_thread *a = ready(50);
    ready(50);
    cr_assert_eq(fake_enter(&fake), a);
    ready(60);
    cr_assert(k_sched_preempting(cpu(0)));
    fake.on_switch = exit_of_the_better;
    k_sched_preempt(cpu(0));
    cr_assert_eq(cpu(0)->current, a);
    cr_assert_eq(process->thread_count, 2);
}

Test(sched, a_priority_that_changes_moves_a_ready_thread)
{
    struct k_thread *a = ready(10), *b = ready(20);
    atomic_store(&a->effective, 30);
    k_sched_reprioritize(cpu(0), a);
    cr_assert_eq(top(0), 30);
    cr_assert_eq(fake_enter(&fake), a);
    cr_assert_eq(fake_exit(&fake), b);
}

/* ---- where a thread goes ------------------------------------------------------------------- */

Test(sched, a_thread_goes_to_a_cpu_that_idles_and_kicks_it)
{
    struct k_thread *thread = blocked(50);
    runs(0, 100);
    idles(1);
    k_sched_ready(cpu(0), thread);
    cr_assert_eq(where(thread), 1);
    cr_assert_eq(fake.kicks[1], 1);
}

Test(sched, a_thread_goes_back_to_where_it_ran_if_nobody_idles)
{
    struct k_thread *thread = blocked(50);
    k_sched_ready(cpu(1), thread);
    cr_assert_eq(where(thread), 0);
    cr_assert_eq(fake.kicks[0], 1, "nothing runs there");
}

Test(sched, a_cpu_that_runs_something_better_is_not_kicked)
{
    struct k_thread *thread = blocked(50);
    runs(0, 50);
    k_sched_ready(cpu(1), thread);
    cr_assert_eq(fake.kicks[0], 0);
    cr_assert_eq(top(0), 50);
}

Test(sched, a_thread_that_may_run_on_one_cpu_goes_there)
{
    struct k_thread *thread = blocked(50);
    atomic_store(&thread->affinity, 1);
    idles(0);
    runs(1, 200);
    k_sched_ready(cpu(0), thread);
    cr_assert_eq(where(thread), 1);
    cr_assert_eq(fake.kicks[0] + fake.kicks[1], 0);
}

Test(sched, a_thread_whose_context_is_not_saved_yet_stays_where_it_is)
{
    struct k_thread *thread = blocked(50);
    atomic_store(&thread->on_cpu, 1);
    atomic_store(&thread->affinity, 1);
    idles(1);
    k_sched_ready(cpu(1), thread);
    cr_assert_eq(where(thread), 0);
    atomic_store(&thread->on_cpu, 0);
}

Test(sched, a_cpu_with_nothing_to_do_takes_from_another)
{
    struct k_thread *thread = ready(50);
    fake.cpu = 1;
    cr_assert_eq(fake_enter(&fake), thread);
    cr_assert_eq(thread->counters.migrations, 1);
    cr_assert_eq(top(0), -1);
}

Test(sched, nobody_takes_what_may_not_leave_or_is_not_saved)
{
    struct k_thread *bound = ready(200), *leaving = ready(150), *free = ready(50);
    atomic_store(&bound->affinity, 0);
    atomic_store(&leaving->on_cpu, 1);
    fake.cpu = 1;
    cr_assert_eq(fake_enter(&fake), free);
    atomic_store(&leaving->on_cpu, 0);
}

Test(sched, one_that_is_bound_elsewhere_meanwhile_is_sent_on)
{
    struct k_thread *sent = ready(200), *stays = ready(50);
    atomic_store(&sent->affinity, 1);
    cr_assert_eq(fake_enter(&fake), stays);
    cr_assert_eq(where(sent), 1);
    cr_assert_eq(top(1), 200);
    cr_assert_eq(fake.kicks[1], 1);
}

Test(sched, who_runs_where_it_may_not_is_to_be_preempted)
{
    struct k_thread *self = ready(50);
    cr_assert_eq(fake_enter(&fake), self);
    atomic_store(&self->affinity, 1);
    cr_assert(k_sched_preempting(cpu(0)));
}

Test(sched, a_kill_makes_the_cpu_look_that_a_thread_was_woken_for)
{
    struct k_thread *woken_by_another = blocked(50);
    cr_assert(k_wait_claim(woken_by_another)); /* not to be seen running yet */
    k_thread_kill(cpu(1), woken_by_another);
    cr_assert_eq(fake.kicks[0], 1);
    k_thread_kill(cpu(0), woken_by_another);
    cr_assert_eq(fake.kicks[0], 1, "it looks by itself");
    k_wait_wake(cpu(0), woken_by_another, SLIP_OK);
}

/* The call was being passed on; it has arrived, and was answered at once. */
static void arrive_and_be_answered(struct fake_machine *machine)
{
    struct k_thread *caller = machine->argument;
    machine->on_relax = NULL;
    k_request_become(caller->request, K_REQUEST_HELD);
    cr_assert(
        k_request_win_call(caller->request, K_REQUEST_GENERATION(k_request_word(caller->request))));
    k_wait_settle(caller, SLIP_OK);
    k_sched_ready(cpu(0), caller);
    fake.kicks[0] = 0;
    k_lock_drop(cpu(0), &caller->request->lock);
}

Test(sched, a_kill_makes_the_cpu_look_whose_thread_was_answered_meanwhile)
{
    struct k_thread *caller = ready(50);
    cr_assert_eq(fake_enter(&fake), caller);
    k_request_begin(caller->request);
    k_request_become(caller->request, K_REQUEST_MOVING);
    cr_assert_null(fake_park(&fake, K_WAIT_CALL));
    fake.argument = caller;
    fake.on_relax = arrive_and_be_answered;
    k_lock_take(cpu(0), &caller->request->lock);
    k_thread_kill(cpu(1), caller);
    cr_assert_eq(fake.relaxes, 1);
    cr_assert_eq(fake.kicks[0], 1);
    k_request_free(caller->request);
}

/* ---- hand-over ----------------------------------------------------------------------------- */

/* Blocks the thread that runs and hands over to another, which wakes it again. */
static struct k_thread *woken;

static void wake_and_end(struct fake_machine *machine)
{
    struct k_cpu *on = fake_cpu(machine);
    if (k_wait_claim(woken))
        k_wait_wake(on, woken, SLIP_OK);
    k_thread_exit(on);
}

static void hand_over(uint32_t other_ready)
{
    struct k_thread *partner = blocked(100), *self = ready(100);
    cr_assert_eq(fake_enter(&fake), self);
    if (other_ready != 0)
        ready(other_ready);
    woken = self;
    fake.on_switch = wake_and_end;
    k_wait_begin(cpu(0), K_WAIT_PORT, NULL);
    k_wait_settle(partner, SLIP_OK);
    k_wait_block(cpu(0), SLIP_NEVER, partner);
}

Test(sched, a_hand_over_goes_straight_to_the_partner)
{
    hand_over(0);
    cr_assert_eq(woken->counters.direct_switches, 1);
    cr_assert_eq(woken->counters.wakes, 1);
}

Test(sched, a_hand_over_passes_its_equals)
{
    hand_over(100);
    cr_assert_eq(woken->counters.direct_switches, 1);
}

Test(sched, a_hand_over_does_not_pass_a_better_one)
{
    hand_over(101);
    cr_assert_eq(woken->counters.direct_switches, 0);
    cr_assert_eq(woken->counters.wakes, 1);
}

Test(sched, nobody_is_handed_to_on_a_cpu_where_it_may_not_run)
{
    struct k_thread *partner = blocked(100);
    cr_assert(k_sched_may_hand(cpu(0), partner));
    atomic_store(&partner->affinity, 1);
    cr_assert_not(k_sched_may_hand(cpu(0), partner));
    cr_assert(k_sched_may_hand(cpu(1), partner));
}

Test(sched, no_hand_over_is_direct_if_the_kernel_was_made_so)
{
    fake_fini(&fake);
    set_up_with(1, K_CONFIG_NO_DIRECT);
    hand_over(0);
    cr_assert_eq(woken->counters.direct_switches, 0);
}

/* ---- times --------------------------------------------------------------------------------- */

static void sleep_and_wake(struct fake_machine *machine)
{
    machine->now += 700;
    cr_assert(k_wait_claim(woken));
    k_wait_wake(fake_cpu(machine), woken, SLIP_OK);
    machine->now += 11;
}

Test(sched, keeps_the_time_of_each_state)
{
    fake_fini(&fake);
    set_up_with(1, K_CONFIG_ACCOUNT_TIME);
    struct k_thread *self = woken = ready(50);
    fake.now += 30;
    fake_enter(&fake);
    fake.now += 4000;
    fake.on_idle = sleep_and_wake;
    k_wait_begin(cpu(0), K_WAIT_PORT, NULL);
    k_wait_block(cpu(0), SLIP_NEVER, NULL);
    cr_assert_eq(self->counters.busy_ns, 4000);
    cr_assert_eq(self->counters.waiting_ns, 700);
    cr_assert_eq(self->counters.ready_ns, 30 + 11);
    cr_assert_eq(self->counters.blocked_ns, 0);
}

Test(sched, keeps_no_time_unless_it_is_to)
{
    struct k_thread *self = ready(50);
    fake_enter(&fake);
    fake.now += 4000;
    k_sched_yield(cpu(0));
    cr_assert_eq(self->counters.busy_ns + self->counters.ready_ns, 0);
}

Test(sched, a_thread_that_ended_is_disposed_of_by_who_comes_next)
{
    ready(50);
    fake_enter(&fake);
    cr_assert_eq(fake.contexts, 1);
    cr_assert_null(fake_exit(&fake));
    cr_assert_eq(fake.contexts, 0);
    cr_assert_eq(process->thread_count, 0);
    cr_assert_eq(k_process_state(process), K_PROCESS_GONE, "the reaper had nothing else to do");
}
