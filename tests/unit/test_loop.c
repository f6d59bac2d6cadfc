/* The loop's thread: jobs of many submitters run once each, in order. */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <criterion/criterion.h>
#include "sim/device/loop.h"

#define SUBMITTERS 4
#define JOBS 5000

struct numbered_job {
    struct sim_loop_job job;
    int number;
    struct submitter *submitter;
};

struct submitter {
    struct sim_loop *loop;
    struct numbered_job jobs[JOBS];
    atomic_int next; /* number of the job that is to run next */
    atomic_int wrong;
};

static void count_job(struct sim_loop_job *job, uv_loop_t *loop)
{
    struct numbered_job *numbered = (struct numbered_job *)job;
    (void)loop;
    if (atomic_fetch_add(&numbered->submitter->next, 1) != numbered->number)
        atomic_fetch_add(&numbered->submitter->wrong, 1);
}

static void *submit_all(void *argument)
{
    struct submitter *submitter = argument;
    for (int i = 0; i < JOBS; i++) {
        submitter->jobs[i] =
            (struct numbered_job){.job.call = count_job, .number = i, .submitter = submitter};
        sim_loop_submit(submitter->loop, &submitter->jobs[i].job);
    }
    return NULL;
}

Test(loop, jobs_run_once_each_in_the_order_of_their_submitter, .timeout = 30)
{
    static struct submitter submitters[SUBMITTERS];
    pthread_t threads[SUBMITTERS];
    char error[200];
    struct sim_loop *loop = sim_loop_take(error, sizeof error);
    cr_assert_not_null(loop, "%s", error);
    for (int i = 0; i < SUBMITTERS; i++) {
        submitters[i].loop = loop;
        pthread_create(&threads[i], NULL, submit_all, &submitters[i]);
    }
    for (int i = 0; i < SUBMITTERS; i++)
        pthread_join(threads[i], NULL);
    sim_loop_drop(loop); /* returns after all jobs have run */
    for (int i = 0; i < SUBMITTERS; i++) {
        cr_expect_eq(submitters[i].next, JOBS);
        cr_expect_eq(submitters[i].wrong, 0);
    }
}

Test(loop, there_is_one_while_anybody_has_it_and_a_new_one_later, .timeout = 30)
{
    char error[200];
    for (int round = 0; round < 20; round++) {
        struct sim_loop *a = sim_loop_take(error, sizeof error);
        struct sim_loop *b = sim_loop_take(error, sizeof error);
        cr_assert_not_null(a);
        cr_assert_eq(a, b);
        sim_loop_drop(a);
        static struct submitter submitter;
        submitter = (struct submitter){.loop = b};
        submit_all(&submitter);
        sim_loop_drop(b);
        cr_assert_eq(submitter.next, JOBS);
    }
}
