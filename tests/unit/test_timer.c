#include <criterion/criterion.h>

#include "fake_machine.h"
#include "request.h"
#include "seeded.h"
#include "timer.h"
#include "wait.h"

#define THREADS 40

static struct fake_machine fake;
static struct k_cpu *cpu;
static struct k_process *process;
static struct k_thread *sleeper; /* has a wait that timers may end */

static void set_up(void)
{
    fake_init(&fake, 2, 0);
    cpu = fake_cpu(&fake);
    process = fake_process(&fake, NULL, FAKE_QUOTA);
    sleeper = fake_thread(&fake, process, 10);
}

static void tear_down(void)
{
    fake_fini(&fake);
}

TestSuite(timer, .init = set_up, .fini = tear_down);

/* Makes a thread's wait look as if the thread had begun it; the stamp of it. */
static uint64_t begin_wait(struct k_thread *thread)
{
    uint64_t stamp = (atomic_load(&thread->wait.word) >> 2) + 1;
    atomic_store(&thread->wait.word, stamp << 2 | K_WAIT_WAITING);
    thread->wait.outcome = 0;
    return stamp;
}

static int was_claimed(const struct k_thread *thread)
{
    return (atomic_load(&thread->wait.word) & 3) == K_WAIT_CLAIMED;
}

/* The machine's timer is one shot. */
static void run_at(slip_time_t now)
{
    fake.now = now;
    fake.armed[0] = fake.armed[0] <= now ? SLIP_NEVER : fake.armed[0];
    k_timer_run(cpu);
}

Test(timer, the_machine_is_set_to_the_earliest)
{
    struct k_timer timers[3];
    static const slip_time_t deadlines[3] = {5000, 3000, 4000};
    for (int i = 0; i < 3; i++) {
        k_timer_init(&timers[i], K_TIMER_WAIT);
        k_timer_arm(cpu, &timers[i], deadlines[i], 1);
    }
    cr_assert_eq(fake.armed[0], 3000);
    cr_assert_eq(fake.arms, 2, "a later one does not touch the machine");
    for (int i = 0; i < 3; i++)
        k_timer_disarm(cpu, &timers[i]);
}

Test(timer, never_arms_nothing)
{
    struct k_timer timer;
    k_timer_init(&timer, K_TIMER_WAIT);
    k_timer_arm(cpu, &timer, SLIP_NEVER, 1);
    cr_assert_eq(fake.arms, 0);
    k_timer_disarm(cpu, &timer);
}

Test(timer, fires_when_it_is_due_and_not_before)
{
    k_timer_arm(cpu, &sleeper->wait.timer, 2000, begin_wait(sleeper));
    run_at(1999);
    cr_assert(!was_claimed(sleeper));
    cr_assert_eq(fake.armed[0], 2000, "a machine that came early is set again");
    run_at(2000);
    cr_assert(was_claimed(sleeper));
    cr_assert_eq(sleeper->wait.outcome, SLIP_TIMED_OUT);
    cr_assert_eq(fake.armed[0], SLIP_NEVER);
}

Test(timer, one_that_was_disarmed_does_not_fire)
{
    k_timer_arm(cpu, &sleeper->wait.timer, 2000, begin_wait(sleeper));
    k_timer_disarm(cpu, &sleeper->wait.timer);
    run_at(3000);
    cr_assert(!was_claimed(sleeper));
    k_timer_disarm(cpu, &sleeper->wait.timer);
}

Test(timer, may_be_disarmed_from_another_cpu)
{
    k_timer_arm(cpu, &sleeper->wait.timer, 2000, begin_wait(sleeper));
    fake.cpu = 1;
    k_timer_disarm(fake_cpu(&fake), &sleeper->wait.timer);
    fake.cpu = 0;
    run_at(3000);
    cr_assert(!was_claimed(sleeper));
}

Test(timer, a_stamp_of_an_earlier_wait_ends_nothing)
{
    uint64_t old = begin_wait(sleeper);
    begin_wait(sleeper);
    k_timer_arm(cpu, &sleeper->wait.timer, 2000, old);
    run_at(2000);
    cr_assert(!was_claimed(sleeper));
}

Test(timer, an_old_generation_of_a_request_is_left_alone)
{
    struct k_request *request = sleeper->request;
    k_request_begin(request);
    request->caller = sleeper;
    uint32_t generation = K_REQUEST_GENERATION(k_request_word(request));
    k_timer_arm(cpu, &request->timer, 2000, generation + 1);
    k_request_become(request, K_REQUEST_QUEUED);
    run_at(2000);
    cr_assert_eq(K_REQUEST_STATE(k_request_word(request)), K_REQUEST_QUEUED);
}

Test(timer, each_cpu_has_deadlines_of_its_own)
{
    k_timer_arm(&fake.kernel->cpus[1], &sleeper->wait.timer, 2000, begin_wait(sleeper));
    cr_assert_eq(fake.armed[1], 2000);
    cr_assert_eq(fake.armed[0], SLIP_NEVER);
    run_at(3000);
    cr_assert(!was_claimed(sleeper), "CPU 0 has nothing to fire");
}

Test(timer, all_that_is_due_fires_and_the_rest_waits)
{
    struct sim_random random;
    uint64_t seed = seeded(&random, "timer");
    struct k_thread *threads[THREADS];
    slip_time_t deadline[THREADS], next = SLIP_NEVER;
    for (int i = 0; i < THREADS; i++) {
        threads[i] = fake_thread(&fake, process, 10);
        deadline[i] = 2000 + sim_random_below(&random, 1000);
        k_timer_arm(cpu, &threads[i]->wait.timer, deadline[i], begin_wait(threads[i]));
    }
    for (slip_time_t now = 2000; now < 3000; now += 100) {
        run_at(now);
        next = SLIP_NEVER;
        for (int i = 0; i < THREADS; i++) {
            cr_assert_eq(was_claimed(threads[i]), deadline[i] <= now, "seed %lu", seed);
            if (deadline[i] > now && deadline[i] < next)
                next = deadline[i];
        }
        cr_assert_eq(fake.armed[0], next, "seed %lu", seed);
    }
}
