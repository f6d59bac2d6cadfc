#include "sim/device/loop.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct sim_loop {
    uv_loop_t uv;
    uv_async_t wake;
    uv_thread_t thread;
    struct sim_loop_job end; /* of the last drop */
    /* atomic: release by sim_loop_submit, acquire by loop_run_jobs; newest first */
    _Atomic(struct sim_loop_job *) jobs;
};

/* loop_lock: */
static pthread_mutex_t loop_lock = PTHREAD_MUTEX_INITIALIZER;
static struct sim_loop *loop_shared;
static uint32_t loop_takers;

static void loop_run_jobs(uv_async_t *wake)
{
    struct sim_loop *loop = wake->data;
    struct sim_loop_job *job = atomic_exchange_explicit(&loop->jobs, NULL, memory_order_acquire);
    struct sim_loop_job *oldest = NULL;
    while (job != NULL) {
        struct sim_loop_job *next = job->next;
        job->next = oldest;
        oldest = job;
        job = next;
    }
    while (oldest != NULL) {
        job = oldest;
        oldest = job->next;
        job->call(job, &loop->uv);
    }
}

static void loop_end(struct sim_loop_job *job, uv_loop_t *uv)
{
    (void)job;
    struct sim_loop *loop = uv->data;
    /* Without the handle nothing but operations under way keeps uv_run from returning. */
    uv_close((uv_handle_t *)&loop->wake, NULL);
}

static void loop_thread(void *argument)
{
    struct sim_loop *loop = argument;
    uv_run(&loop->uv, UV_RUN_DEFAULT);
}

/* Threads inherit the mask of their maker, so it is set around the making. Signals that a fault
 * of the thread itself raises stay open. */
static int loop_thread_create(struct sim_loop *loop)
{
    sigset_t blocked, before;
    sigfillset(&blocked);
    sigdelset(&blocked, SIGSEGV);
    sigdelset(&blocked, SIGBUS);
    sigdelset(&blocked, SIGFPE);
    sigdelset(&blocked, SIGILL);
    sigdelset(&blocked, SIGABRT);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    int status = uv_thread_create(&loop->thread, loop_thread, loop);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

static struct sim_loop *loop_create(char *error, size_t error_bytes)
{
    struct sim_loop *loop = calloc(1, sizeof *loop);
    if (loop == NULL) {
        snprintf(error, error_bytes, "host loop: no memory");
        return NULL;
    }
    int status = uv_loop_init(&loop->uv);
    if (status != 0)
        goto no_loop;
    loop->uv.data = loop;
    status = uv_async_init(&loop->uv, &loop->wake, loop_run_jobs);
    if (status != 0)
        goto no_wake;
    loop->wake.data = loop;
    status = loop_thread_create(loop);
    if (status == 0)
        return loop;

    uv_close((uv_handle_t *)&loop->wake, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
no_wake:
    uv_loop_close(&loop->uv);
no_loop:
    snprintf(error, error_bytes, "host loop: %s", uv_strerror(status));
    free(loop);
    return NULL;
}

struct sim_loop *sim_loop_take(char *error, size_t error_bytes)
{
    pthread_mutex_lock(&loop_lock);
    if (loop_shared == NULL)
        loop_shared = loop_create(error, error_bytes);
    struct sim_loop *loop = loop_shared;
    if (loop != NULL)
        loop_takers++;
    pthread_mutex_unlock(&loop_lock);
    return loop;
}

void sim_loop_drop(struct sim_loop *loop)
{
    pthread_mutex_lock(&loop_lock);
    int last = --loop_takers == 0;
    if (last)
        loop_shared = NULL;
    pthread_mutex_unlock(&loop_lock);
    if (!last)
        return;
    loop->end.call = loop_end;
    sim_loop_submit(loop, &loop->end);
    uv_thread_join(&loop->thread);
    uv_loop_close(&loop->uv);
    free(loop);
}

void sim_loop_submit(struct sim_loop *loop, struct sim_loop_job *job)
{
    struct sim_loop_job *head = atomic_load_explicit(&loop->jobs, memory_order_relaxed);
    do
        job->next = head;
    while (!atomic_compare_exchange_weak_explicit(&loop->jobs, &head, job, memory_order_release,
                                                  memory_order_relaxed));
    /* Whoever put the first job into an empty queue wakes the loop for all that follow it. */
    if (head == NULL)
        uv_async_send(&loop->wake);
}
