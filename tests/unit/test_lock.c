#include <criterion/criterion.h>

#include "fake_machine.h"

static struct fake_machine fake;
static struct k_cpu *cpu;

static void set_up(void)
{
    fake_init(&fake, 1, 0);
    cpu = fake_cpu(&fake);
}

static void tear_down(void)
{
    fake_fini(&fake);
}

TestSuite(lock, .init = set_up, .fini = tear_down);

Test(lock, is_taken_until_it_is_dropped)
{
    struct k_lock lock;
    k_lock_init(&lock, K_RANK_PORT);
    cr_assert(!k_lock_taken(&lock));
    k_lock_take(cpu, &lock);
    cr_assert(k_lock_taken(&lock));
    k_lock_drop(cpu, &lock);
    cr_assert(!k_lock_taken(&lock));
}

Test(lock, dropping_a_free_one_panics)
{
    struct k_lock lock;
    k_lock_init(&lock, K_RANK_PORT);
    cr_assert_str_eq(FAKE_PANICS(&fake, k_lock_drop(cpu, &lock)), "misused: k_lock_taken(lock)");
}

/* The other CPU lets go at the third look. */
static void drop_at_the_third_look(struct fake_machine *machine)
{
    if (machine->relaxes == 3)
        atomic_store(&((struct k_lock *)machine->argument)->word, 0);
}

Test(lock, waits_for_another_cpu_and_counts_that)
{
    struct k_lock lock;
    k_lock_init(&lock, K_RANK_PORT);
    atomic_store(&lock.word, 1);
    fake.argument = &lock;
    fake.on_relax = drop_at_the_third_look;
    k_lock_take(cpu, &lock);
    cr_assert_eq(fake.relaxes, 3);
    cr_assert_eq(cpu->counters.lock_waits, 1);
    cr_assert(k_lock_taken(&lock));
    k_lock_drop(cpu, &lock);
}

Test(lock, a_free_one_is_no_wait)
{
    struct k_lock lock;
    k_lock_init(&lock, K_RANK_PORT);
    k_lock_take(cpu, &lock);
    k_lock_drop(cpu, &lock);
    cr_assert_eq(cpu->counters.lock_waits, 0);
    cr_assert_eq(fake.lock_waits + fake.lock_passes, 0, "the modelled hooks are off");
}

Test(lock, tells_a_machine_that_models)
{
    struct fake_machine modelled;
    struct k_lock lock;
    fake_init_modelled(&modelled, 1);
    k_lock_init(&lock, K_RANK_PORT);
    k_lock_take(fake_cpu(&modelled), &lock);
    cr_assert_eq(modelled.lock_waits, 1);
    cr_assert_eq(modelled.lock_passes, 0);
    k_lock_drop(fake_cpu(&modelled), &lock);
    cr_assert_eq(modelled.lock_passes, 1);
    fake_fini(&modelled);
}

#if K_CHECK_LOCKS

Test(lock, ranks_may_be_taken_upwards_and_dropped_in_any_order)
{
    struct k_lock locks[3];
    static const enum k_lock_rank ranks[3] = {K_RANK_PROCESS, K_RANK_PORT, K_RANK_POOL};
    for (int i = 0; i < 3; i++) {
        k_lock_init(&locks[i], ranks[i]);
        k_lock_take(cpu, &locks[i]);
    }
    k_lock_drop(cpu, &locks[1]);
    k_lock_drop(cpu, &locks[0]);
    k_lock_drop(cpu, &locks[2]);
    cr_assert_eq(cpu->held_count, 0);
}

Test(lock, a_rank_may_be_taken_again_after_a_higher_one_was_dropped)
{
    struct k_lock low, high;
    k_lock_init(&low, K_RANK_ENDPOINT);
    k_lock_init(&high, K_RANK_THREAD);
    k_lock_take(cpu, &low);
    k_lock_take(cpu, &high);
    k_lock_drop(cpu, &high);
    k_lock_take(cpu, &high);
    k_lock_drop(cpu, &high);
    k_lock_drop(cpu, &low);
}

/* Takes one of rank `second` while one of `first` is held: what does the kernel say? */
static const char *take_two(enum k_lock_rank first, enum k_lock_rank second)
{
    static struct k_lock a, b; /* a longjmp comes by */
    k_lock_init(&a, first);
    k_lock_init(&b, second);
    k_lock_take(cpu, &a);
    const char *said = FAKE_PANICS(&fake, k_lock_take(cpu, &b));
    cpu->held_count = 0;
    return said;
}

Test(lock, every_order_of_ranks_but_upwards_panics)
{
    for (int first = K_RANK_CYCLE; first <= K_RANK_POOL; first++)
        for (int second = K_RANK_CYCLE; second <= K_RANK_POOL; second++) {
            const char *said = take_two((enum k_lock_rank)first, (enum k_lock_rank)second);
            cr_assert_eq(said == NULL, second > first, "rank %d after %d", second, first);
        }
}

Test(lock, the_breach_names_what_was_broken)
{
    cr_assert_str_eq(take_two(K_RANK_PORT, K_RANK_ENDPOINT),
                     "misused: cpu->held[cpu->held_count - 1] < lock->rank");
}

Test(lock, dropping_one_that_another_cpu_took_panics)
{
    static struct k_lock lock;
    k_lock_init(&lock, K_RANK_PORT);
    atomic_store(&lock.word, 1);
    cr_assert_str_eq(FAKE_PANICS(&fake, k_lock_drop(cpu, &lock)), "misused: i > 0");
}

Test(lock, each_cpu_has_ranks_of_its_own)
{
    struct fake_machine two;
    struct k_lock a, b;
    fake_init(&two, 2, 0);
    k_lock_init(&a, K_RANK_PORT);
    k_lock_init(&b, K_RANK_ENDPOINT);
    k_lock_take(&two.kernel->cpus[0], &a);
    k_lock_take(&two.kernel->cpus[1], &b);
    k_lock_drop(&two.kernel->cpus[0], &a);
    k_lock_drop(&two.kernel->cpus[1], &b);
    fake_fini(&two);
}

#endif
