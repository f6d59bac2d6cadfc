#include "sim/measure/calibrate_pair.h"

#include <stdatomic.h>
#include <slipway/sim.h>
#include <slipway/slipway.h>
#include "sim/measure/calibrate_loop.h"

#define FAR_NS 60000000000U /* a deadline that no slice reaches */
#define SETTLE_NS 20000U    /* until a thread that was woken waits again */
#define ASLEEP_NS 200000U   /* until a CPU that idles sleeps, well beyond what it polls */
#define SLEEP_NS 10000U     /* a sleep that a polling CPU sees through */
#define BASELINES 32U       /* pairs of readings of the clock */
#define HIGHER (SLIP_PRIORITY_DEFAULT + 1)
#define LOWER (SLIP_PRIORITY_DEFAULT - 1)

/* On the stack of the first thread, which is at work on CPU 0. */
struct pair {
    struct sim_loop_slice *slice;
    slip_handle_t to, from; /* ports, or one endpoint */
    slip_time_t deadline;
    uint32_t words;
    atomic_ullong woke; /* when the other one ran last; released by it, acquired in await */
    double sum;
};

static void ok(struct pair *pair, slip_status_t status)
{
    pair->slice->failed += status != SLIP_OK;
}

static void begin(struct pair *pair)
{
    pair->slice = sim_argument();
    pair->deadline = SLIP_NEVER;
    pair->words = 1;
    ok(pair, slip_thread_affinity(SLIP_SELF, 0));
}

/* The other one runs for ever; the process's end is its end. */
static void start(struct pair *pair, void (*entry)(uint64_t), uint32_t priority, uint32_t cpu)
{
    ok(pair, slip_thread_start(SLIP_SELF, entry, (uintptr_t)pair, priority, cpu, NULL));
}

/* Inlined where it is called, so that a round is but what it does. */
static inline __attribute__((always_inline)) void measure(struct pair *pair,
                                                          void (*round)(struct pair *))
{
    uint32_t rounds = pair->slice->rounds;
    if (pair->slice->failed != 0)
        return;
    for (uint32_t i = 0; i < rounds / 8 + 2; i++)
        round(pair);
    slip_time_t before = slip_clock_now();
    for (uint32_t i = 0; i < rounds; i++)
        round(pair);
    pair->slice->ns = (double)(slip_clock_now() - before) / rounds;
}

static inline __attribute__((always_inline)) void timed(struct pair *pair,
                                                        void (*round)(struct pair *))
{
    measure(pair, round);
    slip_process_exit(0);
}

/* ---- yielding, posting ------------------------------------------------------------------------- */

static void yielder(uint64_t argument)
{
    (void)argument;
    for (;;)
        slip_thread_yield();
}

static void yield_round(struct pair *pair)
{
    (void)pair;
    slip_thread_yield();
}

void sim_pair_yield(void)
{
    struct pair pair = {.slice = NULL};
    begin(&pair);
    start(&pair, yielder, SLIP_PRIORITY_DEFAULT, 0);
    timed(&pair, yield_round);
}

static slip_status_t take(slip_handle_t port, slip_time_t deadline)
{
    struct slip_completion completion;
    uint32_t count;
    return slip_port_wait(port, &completion, 1, 1, deadline, &count);
}

static void poster(uint64_t argument)
{
    struct pair *pair = (struct pair *)(uintptr_t)argument;
    while (take(pair->to, SLIP_NEVER) == SLIP_OK)
        ok(pair, slip_port_post(pair->from, 1, SLIP_OK, 0));
}

static void ports_round(struct pair *pair)
{
    ok(pair, slip_port_post(pair->to, 1, SLIP_OK, 0));
    ok(pair, take(pair->from, pair->deadline));
}

/* Each deadline is earlier than the one before, so that each is armed. */
static void ports_timed_round(struct pair *pair)
{
    pair->deadline--;
    ports_round(pair);
}

static void begin_ports(struct pair *pair)
{
    begin(pair);
    ok(pair, slip_port_create(4, &pair->to));
    ok(pair, slip_port_create(4, &pair->from));
    start(pair, poster, SLIP_PRIORITY_DEFAULT, 0);
}

void sim_pair_ports(void)
{
    struct pair pair = {.slice = NULL};
    begin_ports(&pair);
    timed(&pair, ports_round);
}

void sim_pair_ports_timed(void)
{
    struct pair pair = {.slice = NULL};
    begin_ports(&pair);
    pair.deadline = slip_clock_now() + FAR_NS;
    timed(&pair, ports_timed_round);
}

/* ---- calling ----------------------------------------------------------------------------------- */

static void answer(slip_handle_t endpoint)
{
    struct slip_message m = {.words = 0};
    slip_status_t status = slip_endpoint_wait(endpoint, &m, SLIP_NEVER);
    while (status == SLIP_OK)
        status = slip_endpoint_reply_wait(endpoint, m.request, SLIP_OK, 0, &m, SLIP_NEVER);
}

static void answerer(uint64_t argument)
{
    answer(((const struct pair *)(uintptr_t)argument)->to);
}

static void answering(void)
{
    answer(slip_start_handle());
}

static void call_round(struct pair *pair)
{
    struct slip_message m = {.words = pair->words};
    ok(pair, slip_endpoint_call(pair->to, &m, NULL, NULL, SLIP_NEVER));
}

static void call(uint32_t words, uint32_t cpu)
{
    struct pair pair = {.slice = NULL};
    begin(&pair);
    pair.words = words;
    ok(&pair, slip_endpoint_create(1, &pair.to));
    start(&pair, answerer, SLIP_PRIORITY_DEFAULT, cpu);
    timed(&pair, call_round);
}

void sim_pair_call_8(void)
{
    call(1, 0);
}

void sim_pair_call_64(void)
{
    call(8, 0);
}

void sim_pair_call_cpus(void)
{
    call(1, 1);
}

void sim_pair_call_spaces(void)
{
    struct pair pair = {.slice = NULL};
    slip_handle_t to_serve, server;
    begin(&pair);
    ok(&pair, slip_endpoint_create(1, &pair.to));
    ok(&pair, slip_handle_duplicate(pair.to, SLIP_RIGHT_RECEIVE, 0, &to_serve));
    ok(&pair, slip_process_create("server", &server));
    ok(&pair, slip_process_start_on(server, answering, to_serve, SLIP_PRIORITY_DEFAULT, 0));
    measure(&pair, call_round);
    ok(&pair, slip_process_kill(server));
}

/* ---- one wake at a time ------------------------------------------------------------------------ */

/* What two readings of the clock are apart: in each time that is taken between two. */
static double baseline(void)
{
    double least = FAR_NS;
    for (uint32_t i = 0; i < BASELINES; i++) {
        slip_time_t first = slip_clock_now(), then = slip_clock_now();
        if ((double)(then - first) < least)
            least = (double)(then - first);
    }
    return least;
}

static void waker(uint64_t argument)
{
    struct pair *pair = (struct pair *)(uintptr_t)argument;
    while (take(pair->to, SLIP_NEVER) == SLIP_OK)
        atomic_store_explicit(&pair->woke, slip_clock_now(), memory_order_release);
}

static void worker(uint64_t argument)
{
    (void)argument;
    for (;;)
        slip_thread_compute(SETTLE_NS);
}

/* When the other one ran, after it was woken at `before`. The host may be late by milliseconds, and the
 * model by what was measured on such a host: so the looks get rarer. On the model the other CPU may be
 * ahead, and what it stored lie in the future: it counts once the clock of this one is there, for the
 * next wake is to be later than all that was stored for this one. */
static slip_time_t await(struct pair *pair, slip_time_t before)
{
    slip_time_t woke = 0, waited = 0, step = SETTLE_NS;
    for (; (woke < before || slip_clock_now() < woke) && waited < pair->slice->patience;
         waited += step, step += SETTLE_NS / 8) {
        slip_thread_compute(step);
        woke = atomic_load_explicit(&pair->woke, memory_order_acquire);
    }
    pair->slice->failed += woke < before;
    return woke;
}

/* Wakes the other one once a round; `apart` is what passes between two wakes. */
static void wake(uint32_t busy, slip_time_t apart, int until_it_runs)
{
    struct pair pair = {.slice = NULL};
    begin(&pair);
    ok(&pair, slip_port_create(4, &pair.to));
    start(&pair, waker, HIGHER, 1);
    if (busy)
        start(&pair, worker, LOWER, 1);
    double unit = baseline();
    for (uint32_t i = 0; i < pair.slice->rounds + 1 && pair.slice->failed == 0; i++) {
        slip_thread_compute(apart);
        slip_time_t before = slip_clock_now();
        ok(&pair, slip_port_post(pair.to, 1, SLIP_OK, 0));
        slip_time_t after = slip_clock_now();
        slip_time_t woke = await(&pair, before);
        after = until_it_runs ? woke : after;
        if (i > 0) /* the first one warms up */
            pair.sum += (double)after - (double)before - unit;
    }
    pair.slice->ns = pair.sum / pair.slice->rounds;
    slip_process_exit(0);
}

void sim_pair_post_busy(void)
{
    wake(1, SETTLE_NS, 0);
}

void sim_pair_preempt(void)
{
    wake(1, SETTLE_NS, 1);
}

void sim_pair_wake_sleeper(void)
{
    wake(0, ASLEEP_NS, 1);
}

void sim_pair_timer(void)
{
    struct pair pair = {.slice = NULL};
    begin(&pair);
    double unit = baseline();
    for (uint32_t i = 0; i < pair.slice->rounds + 1; i++) {
        slip_time_t deadline = slip_clock_now() + SLEEP_NS;
        (void)slip_thread_sleep_until(deadline);
        if (i > 0)
            pair.sum += (double)(slip_clock_now() - deadline) - unit / 2;
    }
    pair.slice->ns = pair.sum / pair.slice->rounds;
    slip_process_exit(0);
}
