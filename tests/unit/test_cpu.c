#include <criterion/criterion.h>

#include <pthread.h>
#include <sched.h>
#include "sim/machine/cpu.h"

static slip_time_t no_time(void *machine)
{
    (void)machine;
    return 0;
}

static const struct slip_machine_ops ops = {.now = no_time};

struct note {
    struct sim_inbox_item item; /* first */
    uint32_t number, calls;
};

static uint32_t order[100], order_count;

static void called(struct sim_inbox_item *item, struct k_kernel *kernel, uint32_t cpu)
{
    struct note *note = (struct note *)item;
    cr_assert_null(kernel);
    cr_assert_eq(cpu, 3);
    order[order_count++] = note->number;
}

static void post(struct sim_cpu *cpu, struct note *note)
{
    sim_cpu_push(cpu, &note->item);
    atomic_fetch_or(&cpu->word, SIM_CPU_INBOX);
}

Test(cpu, items_are_called_in_the_order_of_their_posts)
{
    struct sim_machine machine = {.base.ops = &ops};
    struct sim_cpu cpu;
    struct note notes[10];
    sim_cpu_init(&cpu, 3);
    cr_assert_eq(sim_cpu_poll(&machine, &cpu), 0);
    for (uint32_t i = 0; i < 10; i++) {
        notes[i] = (struct note){.item.call = called, .number = i};
        post(&cpu, &notes[i]);
    }
    cr_assert(sim_cpu_pending(&cpu));
    cr_assert_eq(sim_cpu_poll(&machine, &cpu), 1);
    cr_assert_not(sim_cpu_pending(&cpu));
    cr_assert_eq(order_count, 10);
    for (uint32_t i = 0; i < 10; i++)
        cr_assert_eq(order[i], i);
    cr_assert_eq(sim_cpu_poll(&machine, &cpu), 0);
}

static struct sim_cpu *again_cpu;

static void post_again(struct sim_inbox_item *item, struct k_kernel *kernel, uint32_t cpu)
{
    struct note *note = (struct note *)item;
    (void)kernel;
    (void)cpu;
    if (++note->calls < 3)
        post(again_cpu, note);
}

Test(cpu, an_item_may_be_posted_again_in_its_call)
{
    struct sim_machine machine = {.base.ops = &ops};
    struct sim_cpu cpu;
    struct note first = {.item.call = post_again}, second = {.item.call = post_again};
    sim_cpu_init(&cpu, 0);
    again_cpu = &cpu;
    post(&cpu, &first);
    post(&cpu, &second);
    while (sim_cpu_poll(&machine, &cpu))
        ;
    cr_assert_eq(first.calls, 3);
    cr_assert_eq(second.calls, 3);
}

/* ---- many posters --------------------------------------------------------------------------- */

#define POSTERS 4U
#define POSTS 5000U

static struct sim_cpu shared_cpu;
static uint32_t last_of[POSTERS], calls;
static struct note all_notes[POSTERS][POSTS];

static void in_order(struct sim_inbox_item *item, struct k_kernel *kernel, uint32_t cpu)
{
    struct note *note = (struct note *)item;
    uint32_t poster = note->calls;
    (void)kernel;
    (void)cpu;
    cr_assert_eq(note->number, ++last_of[poster]);
    calls++;
}

static void *poster(void *argument)
{
    struct note *notes = argument;
    for (uint32_t i = 0; i < POSTS; i++)
        post(&shared_cpu, &notes[i]);
    return NULL;
}

Test(cpu, nothing_is_lost_whoever_posts)
{
    struct sim_machine machine = {.base.ops = &ops};
    pthread_t threads[POSTERS];
    sim_cpu_init(&shared_cpu, 0);
    for (uint32_t i = 0; i < POSTERS; i++) {
        for (uint32_t k = 0; k < POSTS; k++)
            all_notes[i][k] = (struct note){.item.call = in_order, .number = k + 1, .calls = i};
        pthread_create(&threads[i], NULL, poster, all_notes[i]);
    }
    while (calls < POSTERS * POSTS)
        if (!sim_cpu_poll(&machine, &shared_cpu))
            sched_yield();
    for (uint32_t i = 0; i < POSTERS; i++)
        pthread_join(threads[i], NULL);
}
