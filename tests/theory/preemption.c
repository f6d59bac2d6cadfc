/* Preemption is exact: at zero cost, who has the CPU at which nanosecond follows from priorities and
 * times alone. */
#include <slipway/sim.h>
#include <slipway/slipway.h>
#include "tests/theory/theory.h"

#define US 1000U
#define LONG (1000 * US)
#define SHORT (10 * US)
#define AT 123457U /* on no round number, so that no rounding could hide */
#define SHARERS_MAX 4U

enum { COMMON = 50, URGENT = 150 };

struct scene {
    slip_time_t start;
    uint32_t priority; /* of the one that comes later */
    slip_handle_t endpoint;
    slip_time_t came, left, ended; /* since start: the later one; the one that computes LONG */
    slip_time_t work[SHARERS_MAX], done[SHARERS_MAX];
    int failed;
};

static slip_time_t since_start(const struct scene *scene)
{
    return slip_clock_now() - scene->start;
}

static void begin(struct scene *scene, void (*entry)(uint64_t), uint64_t argument,
                  uint32_t priority, uint32_t cpu)
{
    scene->failed |= slip_thread_start(SLIP_SELF, entry, argument, priority, cpu, NULL) != SLIP_OK;
}

static void run(void (*root)(void), struct scene *scene, uint32_t cpus, const char *kernel)
{
    struct sim_bills bills;
    const struct theory_program program = {root, scene, cpus, "free", kernel};
    theory_run(&program, &bills);
    THEORY_EXPECT(!scene->failed, "a call failed");
}

static void computes(uint64_t argument)
{
    struct scene *scene = sim_argument();
    (void)argument;
    slip_thread_sleep_until(scene->start);
    slip_thread_compute(LONG);
    scene->ended = since_start(scene);
}

/* ---- a timer ----------------------------------------------------------------------------------- */

static void by_timer(uint64_t argument)
{
    struct scene *scene = sim_argument();
    (void)argument;
    slip_thread_sleep_until(scene->start + AT);
    scene->came = since_start(scene);
    slip_thread_compute(SHORT);
    scene->left = since_start(scene);
}

static void timer_root(void)
{
    struct scene *scene = sim_argument();
    scene->start = slip_clock_now() + 100 * US;
    begin(scene, computes, 0, COMMON, 0);
    begin(scene, by_timer, 0, scene->priority, 0);
    slip_thread_sleep_until(scene->start + 10 * LONG);
    slip_process_exit(0);
}

static void a_timer_interrupts_at_its_nanosecond(void)
{
    struct scene scene = {.priority = URGENT};
    run(timer_root, &scene, 1, "");
    THEORY_EXPECT(scene.came == AT && scene.left == AT + SHORT && scene.ended == LONG + SHORT,
                  "%lu, %lu, %lu", scene.came, scene.left, scene.ended);
}

static void who_is_not_above_waits(void)
{
    for (uint32_t below = 0; below <= 1; below++) {
        struct scene scene = {.priority = COMMON - below};
        run(timer_root, &scene, 1, "");
        THEORY_EXPECT(scene.came == LONG && scene.left == LONG + SHORT && scene.ended == LONG,
                      "%lu, %lu, %lu", scene.came, scene.left, scene.ended);
    }
}

/* ---- a message from another CPU ----------------------------------------------------------------- */

static void sends(uint64_t argument)
{
    struct scene *scene = sim_argument();
    struct slip_message m = {.words = 0};
    (void)argument;
    slip_thread_sleep_until(scene->start);
    slip_thread_compute(AT);
    scene->failed |= slip_endpoint_send(scene->endpoint, &m, SLIP_NEVER) != SLIP_OK;
}

static void by_message(uint64_t argument)
{
    struct scene *scene = sim_argument();
    struct slip_message m;
    (void)argument;
    scene->failed |= slip_endpoint_wait(scene->endpoint, &m, SLIP_NEVER) != SLIP_OK;
    scene->came = since_start(scene);
    slip_thread_compute(SHORT);
    scene->left = since_start(scene);
}

static void message_root(void)
{
    struct scene *scene = sim_argument();
    scene->start = slip_clock_now() + 100 * US;
    scene->failed |= slip_endpoint_create(1, &scene->endpoint) != SLIP_OK;
    begin(scene, computes, 0, COMMON, 0);
    begin(scene, by_message, 0, URGENT, 0);
    begin(scene, sends, 0, COMMON, 1);
    slip_thread_sleep_until(scene->start + 10 * LONG);
    slip_process_exit(0);
}

static void a_message_from_another_cpu_interrupts_at_its_nanosecond(void)
{
    struct scene scene = {0};
    run(message_root, &scene, 2, "");
    THEORY_EXPECT(scene.came == AT && scene.left == AT + SHORT && scene.ended == LONG + SHORT,
                  "%lu, %lu, %lu", scene.came, scene.left, scene.ended);
}

/* ---- slices ------------------------------------------------------------------------------------- */

static void shares(uint64_t number)
{
    struct scene *scene = sim_argument();
    slip_thread_sleep_until(scene->start);
    slip_thread_compute(scene->work[number]);
    scene->done[number] = since_start(scene);
}

static void shares_root(void)
{
    struct scene *scene = sim_argument();
    scene->start = slip_clock_now() + 100 * US;
    for (uint32_t i = 0; i < SHARERS_MAX; i++)
        if (scene->work[i] != 0)
            begin(scene, shares, i, COMMON, 0);
    slip_thread_sleep_until(scene->start + 10 * LONG);
    slip_process_exit(0);
}

/* What round robin is, played with nothing but subtraction. Whose work ends together with its slice
 * has to wait for its next turn to say so. */
static void round_robin(const slip_time_t *work, slip_time_t slice, slip_time_t *done)
{
    slip_time_t left[SHARERS_MAX], now = 0;
    uint32_t going = 0;
    for (uint32_t i = 0; i < SHARERS_MAX; i++) {
        left[i] = work[i];
        going += work[i] != 0;
    }
    for (uint32_t i = 0; going != 0; i = (i + 1) % SHARERS_MAX) {
        if (work[i] == 0 || done[i] != 0)
            continue;
        slip_time_t turn = left[i] < slice ? left[i] : slice;
        now += turn;
        left[i] -= turn;
        if (turn < slice) {
            done[i] = now;
            going--;
        }
    }
}

static void slices_are_turns_of_exactly_their_length(void)
{
    static const struct {
        const char *kernel;
        slip_time_t slice;
        slip_time_t work[SHARERS_MAX];
    } cases[] = {
        {"slice=100us", 100 * US, {LONG, LONG}},
        {"slice=100us", 100 * US, {250 * US, LONG}},
        {"slice=100us", 100 * US, {LONG, 250 * US}},
        {"slice=70us", 70 * US, {LONG, LONG + 1, 3 * US}},
        {"slice=33us", 33 * US, {500 * US, 32999, 33001, 777777}},
        {"slice=2ms", 2 * LONG, {LONG, LONG}},
        {"slice=off", 10 * LONG, {LONG, SHORT, LONG}},
    };
    for (uint32_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene scene = {0};
        slip_time_t done[SHARERS_MAX] = {0};
        for (uint32_t n = 0; n < SHARERS_MAX; n++)
            scene.work[n] = cases[i].work[n];
        round_robin(cases[i].work, cases[i].slice, done);
        run(shares_root, &scene, 1, cases[i].kernel);
        for (uint32_t n = 0; n < SHARERS_MAX; n++)
            THEORY_EXPECT(scene.done[n] == done[n],
                          "case %u, %s: thread %u is done at %lu, not %lu", i, cases[i].kernel, n,
                          scene.done[n], done[n]);
    }
}

int main(void)
{
    a_timer_interrupts_at_its_nanosecond();
    who_is_not_above_waits();
    a_message_from_another_cpu_interrupts_at_its_nanosecond();
    slices_are_turns_of_exactly_their_length();
    return theory_end();
}
