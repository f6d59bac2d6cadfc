/* What do the simulated kernel's own steps cost: a system call that does nothing, a look-up, posts
 * and waits, switches, timers, and each object's making and end?
 *
 * All run in one thread (switches: in two) on one CPU of the machine cores. A look-up is what a call
 * that does no more than one (a post by a handle without that right, which is refused as soon as the
 * entry was found and its rights were looked at) takes on top of a call that does nothing: the median
 * over short stretches of both in turns. */
#include <slipway/sim.h>
#include <slipway/slipway.h>

#include <stdlib.h>
#include "bench/harness/bench.h"
#include "bench/harness/fire.h"
#include "bench/harness/host.h"
#include "bench/harness/order.h"
#include "bench/peer/pair.h"

#define TABLE 1000000U
#define WORKING_SET 1000U
#define STRETCH 1000U /* calls */
#define STRETCHES_MAX 500U
#define THREADS 10000U
#define TIMER_NS 5000U
#define LINE 7U /* of a device that is this program */
#define NEVER_SOON ((slip_time_t)3600 * 1000000000U)

struct slice {
    uint32_t turns, wrong;
    double ns;
    double (*loop)(struct slice *slice); /* the figure */
};

static void check(struct slice *slice, slip_status_t status)
{
    slice->wrong += status != SLIP_OK;
}

static void null_calls(uint32_t turns)
{
    uint64_t in[6] = {0}, out[3];
    for (uint32_t i = 0; i < turns; i++)
        (void)slip_trap(SLIP_CALL_thread_area, in, out);
}

static double null_call(struct slice *slice)
{
    double before = bench_now();
    null_calls(slice->turns);
    return (bench_now() - before) / slice->turns;
}

/* ---- look-ups -------------------------------------------------------------------------------- */

struct table {
    slip_handle_t port, *handles;
    uint32_t count;
};

/* Handles that have only the right to wait. */
static int table_open(struct slice *slice, struct table *table, uint32_t count)
{
    table->count = count;
    table->handles = malloc(count * sizeof *table->handles);
    check(slice, table->handles == NULL ? SLIP_NO_QUOTA : slip_port_create(1, &table->port));
    for (uint32_t i = 0; i < count && slice->wrong == 0; i++)
        check(slice, slip_handle_duplicate(table->port, SLIP_RIGHT_WAIT, 0, &table->handles[i]));
    return slice->wrong == 0;
}

static void table_close(struct slice *slice, struct table *table)
{
    for (uint32_t i = 0; i < table->count && slice->wrong == 0; i++)
        check(slice, slip_handle_close(table->handles[i]));
    check(slice, slip_handle_close(table->port));
    free(table->handles);
}

/* So many calls, each with one of the handles at random: nanoseconds. */
static double stretch(struct slice *slice, uint32_t call, slip_status_t expected,
                      const slip_handle_t *handles, uint32_t used, uint32_t *seed)
{
    uint64_t in[6] = {0}, out[3];
    double before = bench_now();
    for (uint32_t i = 0; i < STRETCH; i++) {
        *seed = *seed * 1664525U + 1013904223U;
        in[0] = handles[(uint64_t)*seed * used >> 32];
        slice->wrong += slip_trap(call, in, out) != expected;
    }
    return (bench_now() - before) / STRETCH;
}

static double look_up(struct slice *slice, uint32_t handles, uint32_t used)
{
    struct table table = {0};
    uint32_t seed = 1, count = slice->turns / STRETCH;
    count = count < 1 ? 1 : count > STRETCHES_MAX ? STRETCHES_MAX : count;
    double with_less_without[STRETCHES_MAX];
    if (!table_open(slice, &table, handles))
        return BENCH_FAILED;
    const slip_handle_t *set = table.handles + (handles - used) / 2; /* in the table's middle */
    for (uint32_t i = 0; i < count; i++) {
        double with = stretch(slice, SLIP_CALL_port_post, SLIP_NO_RIGHT, set, used, &seed);
        with_less_without[i] =
            with - stretch(slice, SLIP_CALL_thread_area, SLIP_OK, set, used, &seed);
    }
    table_close(slice, &table);
    return bench_order(with_less_without, count).median;
}

static double look_up_few(struct slice *slice)
{
    return look_up(slice, TABLE, WORKING_SET);
}

static double look_up_all(struct slice *slice)
{
    return look_up(slice, TABLE, TABLE);
}

/* ---- ports, switches, timers ------------------------------------------------------------------- */

static double post_and_wait(struct slice *slice)
{
    slip_handle_t port;
    struct slip_completion taken;
    uint32_t count;
    check(slice, slip_port_create(8, &port));
    double before = bench_now();
    for (uint32_t i = 0; i < slice->turns; i++) {
        check(slice, slip_port_post(port, i, SLIP_OK, 0));
        check(slice, slip_port_wait(port, &taken, 1, 1, SLIP_NEVER, &count));
        slice->wrong += taken.key != i;
    }
    double ns = (bench_now() - before) / slice->turns;
    check(slice, slip_handle_close(port));
    return ns;
}

static void yield_for_ever(uint64_t argument)
{
    (void)argument;
    for (;;)
        slip_thread_yield();
}

static double yield_pair(struct slice *slice)
{
    slip_handle_t other;
    check(slice, slip_thread_start(SLIP_SELF, yield_for_ever, 0, SLIP_PRIORITY_DEFAULT, 0, &other));
    slip_thread_yield();
    double before = bench_now();
    for (uint32_t i = 0; i < slice->turns; i++)
        slip_thread_yield();
    double ns = (bench_now() - before) / slice->turns;
    check(slice, slip_handle_close(other)); /* it ends with the process */
    return ns;
}

/* How much later than it was armed for. */
static double timer_fires(struct slice *slice)
{
    double late = 0;
    for (uint32_t i = 0; i < slice->turns; i++) {
        slip_time_t at = slip_clock_now() + TIMER_NS;
        slice->wrong += slip_thread_sleep_until(at) != SLIP_OK;
        late += (double)(slip_clock_now() - at);
    }
    return late / slice->turns;
}

/* ---- making and dropping ------------------------------------------------------------------------- */

#define MAKING(name, make)                                                                         \
    static double name(struct slice *slice)                                                        \
    {                                                                                              \
        double before = bench_now();                                                               \
        for (uint32_t i = 0; i < slice->turns; i++) {                                              \
            slip_handle_t made;                                                                    \
            check(slice, make);                                                                    \
            check(slice, slip_handle_close(made));                                                 \
        }                                                                                          \
        return (bench_now() - before) / slice->turns;                                              \
    }

MAKING(make_endpoint, slip_endpoint_create(1, &made))
MAKING(make_port, slip_port_create(1, &made))
MAKING(make_process, slip_process_create("made", &made))
MAKING(make_interrupt, slip_interrupt_create(LINE, &made))

static double make_buffer(struct slice *slice)
{
    double before = bench_now();
    for (uint32_t i = 0; i < slice->turns; i++) {
        slip_handle_t made;
        void *address;
        check(slice, slip_buffer_create(4096, &made, &address));
        check(slice, slip_buffer_unregister(made, SLIP_NEVER));
    }
    return (bench_now() - before) / slice->turns;
}

static double register_buffer(struct slice *slice)
{
    void *memory = sim_alloc(4096);
    double before = bench_now();
    for (uint32_t i = 0; i < slice->turns; i++) {
        slip_handle_t made;
        check(slice, slip_buffer_register(memory, 4096, &made));
        check(slice, slip_buffer_unregister(made, SLIP_NEVER));
    }
    return (bench_now() - before) / slice->turns;
}

/* ---- interrupts --------------------------------------------------------------------------------- */

static double bind_interrupt(struct slice *slice)
{
    slip_handle_t interrupt, port;
    check(slice, slip_port_create(1, &port));
    check(slice, slip_interrupt_create(LINE, &interrupt));
    double before = bench_now();
    for (uint32_t i = 0; i < slice->turns; i++) {
        check(slice, slip_interrupt_bind(interrupt, port, 1));
        check(slice, slip_interrupt_unbind(interrupt, NULL));
    }
    return (bench_now() - before) / slice->turns;
}

/* From the device's post to the acknowledgement: the CPU takes the interrupt at its next entry. */
static double take_interrupt(struct slice *slice)
{
    slip_handle_t interrupt, port;
    struct slip_completion fired;
    uint32_t count;
    check(slice, slip_port_create(1, &port));
    check(slice, slip_interrupt_create(LINE, &interrupt));
    check(slice, slip_interrupt_bind(interrupt, port, 1));
    double before = bench_now();
    for (uint32_t i = 0; i < slice->turns; i++) {
        bench_fire(LINE, 1);
        check(slice, slip_port_wait(port, &fired, 1, 1, SLIP_NEVER, &count));
        slice->wrong += fired.source != SLIP_SOURCE_INTERRUPT || (uint32_t)fired.result != 1;
        check(slice, slip_interrupt_acknowledge(interrupt));
    }
    return (bench_now() - before) / slice->turns;
}

/* ---- what a call may have besides --------------------------------------------------------------- */

static void answer(uint64_t endpoint)
{
    struct slip_message m = {.words = 0};
    slip_status_t status = slip_endpoint_wait(endpoint, &m, SLIP_NEVER);
    while (status == SLIP_OK)
        status = slip_endpoint_reply_wait(endpoint, m.request, SLIP_OK, 0, &m, SLIP_NEVER);
}

struct extra {
    const struct slip_lend *lend;
    slip_time_t deadline;
};

static double calls(struct slice *slice, slip_handle_t endpoint, const struct extra *extra)
{
    double before = bench_now();
    for (uint32_t i = 0; i < STRETCH; i++) {
        struct slip_message m = {.word = {i}, .words = 1};
        check(slice, slip_endpoint_call(endpoint, &m, extra->lend, NULL, extra->deadline));
    }
    return (bench_now() - before) / STRETCH;
}

/* What it adds to a call to a thread that answers at once: the median over stretches with it and
 * without it in turns. */
static double on_top_of_a_call(struct slice *slice, const struct extra *extra)
{
    static const struct extra nothing = {NULL, SLIP_NEVER};
    double added[STRETCHES_MAX];
    uint32_t count = slice->turns / STRETCH;
    slip_handle_t endpoint, server;
    count = count < 1 ? 1 : count > STRETCHES_MAX ? STRETCHES_MAX : count;
    check(slice, slip_endpoint_create(1, &endpoint));
    check(slice, slip_thread_start(SLIP_SELF, answer, endpoint, SLIP_PRIORITY_DEFAULT, 0, &server));
    for (uint32_t i = 0; i < count && slice->wrong == 0; i++) {
        double with = calls(slice, endpoint, extra);
        added[i] = with - calls(slice, endpoint, &nothing);
    }
    return slice->wrong == 0 ? bench_order(added, count).median : BENCH_FAILED;
}

static double lend_page(struct slice *slice)
{
    struct slip_lend lend = {.length = 4096, .right = SLIP_LEND_WRITE};
    void *address;
    check(slice, slip_buffer_create(4096, &lend.buffer, &address));
    return on_top_of_a_call(slice, &(struct extra){&lend, SLIP_NEVER});
}

/* The caller's timer is armed as it blocks, and dropped when the answer comes long before. */
static double arm_timer(struct slice *slice)
{
    return on_top_of_a_call(slice, &(struct extra){NULL, slip_clock_now() + NEVER_SOON});
}

static void at_once(uint64_t argument)
{
    (void)argument;
}

static double make_thread(struct slice *slice)
{
    double before = bench_now();
    for (uint32_t i = 0; i < slice->turns; i++) {
        slip_handle_t made;
        check(slice, slip_thread_start(SLIP_SELF, at_once, 0, SLIP_PRIORITY_DEFAULT + 1, 0, &made));
        check(slice, slip_handle_close(made));
    }
    return (bench_now() - before) / slice->turns;
}

/* ---- memory ------------------------------------------------------------------------------------ */

static void wait_for_ever(uint64_t endpoint)
{
    struct slip_message m = {.words = 0};
    (void)slip_endpoint_wait(endpoint, &m, SLIP_NEVER);
}

static double idle_thread(struct slice *slice)
{
    slip_handle_t endpoint, thread;
    check(slice, slip_endpoint_create(0, &endpoint));
    long before = bench_resident_bytes();
    for (uint32_t i = 0; i < THREADS; i++) {
        check(slice, slip_thread_start(SLIP_SELF, wait_for_ever, endpoint,
                                       SLIP_PRIORITY_DEFAULT + 1, 0, &thread));
        check(slice, slip_handle_close(thread));
    }
    return (double)(bench_resident_bytes() - before) / 1024 / THREADS;
}

/* ---- running ------------------------------------------------------------------------------------- */

static void root(void)
{
    struct slice *slice = sim_argument();
    slice->ns = slice->loop(slice);
    slip_process_exit(0);
}

static double run(const struct bench_case *self, uint32_t turns)
{
    struct slice slice = {.turns = turns};
    slice.loop = *(double (*const *)(struct slice *))self->extra;
    struct sim_options options = {.machine = "cores", .argument = &slice};
    if (sim_run(&options, root) != 0 || slice.wrong != 0)
        return BENCH_FAILED;
    return slice.ns;
}

static double switches(const struct bench_case *self, uint32_t turns)
{
    (void)self;
    return peer_switch_pair(turns);
}

typedef double loop(struct slice *slice);
#define LOOP(name) static loop *const at_##name = name;
LOOP(null_call)
LOOP(look_up_few)
LOOP(look_up_all)
LOOP(post_and_wait)
LOOP(yield_pair)
LOOP(timer_fires)
LOOP(make_endpoint)
LOOP(make_port)
LOOP(make_process)
LOOP(make_interrupt)
LOOP(bind_interrupt)
LOOP(take_interrupt)
LOOP(make_buffer)
LOOP(register_buffer)
LOOP(lend_page)
LOOP(arm_timer)
LOOP(make_thread)
LOOP(idle_thread)
#define CASE(text, name, turns_)                                                                   \
    {                                                                                              \
        text, "ns", run, turns_, 0, 1, &at_##name, NULL                                            \
    }

static const struct bench_case cases[] = {
    CASE("null call", null_call, 500000),
    CASE("look-up and rights, 1000 of a million", look_up_few, 500000),
    CASE("look-up and rights, all of a million", look_up_all, 500000),
    CASE("port post + wait", post_and_wait, 200000),
    {"pair of bare switches", "ns", switches, 500000, 0, 1, NULL, "port post + wait"},
    CASE("yield there and back", yield_pair, 200000),
    CASE("deadline kept, on top of a call", arm_timer, 40000),
    CASE("timer: later than it was armed for", timer_fires, 2000),
    CASE("endpoint made and closed", make_endpoint, 50000),
    CASE("port made and closed", make_port, 50000),
    CASE("thread made, run and gone", make_thread, 5000),
    CASE("process made and closed", make_process, 1000),
    CASE("interrupt made and closed", make_interrupt, 50000),
    CASE("interrupt bound and unbound", bind_interrupt, 50000),
    CASE("interrupt fired, taken, acknowledged", take_interrupt, 50000),
    CASE("buffer of a page made and gone", make_buffer, 5000),
    CASE("page registered and unregistered", register_buffer, 50000),
    CASE("page lent, on top of a call", lend_page, 40000),
    {"resident, per idle thread", "KiB", run, 1, 0, 1, &at_idle_thread, NULL},
};

static const struct bench_claim claims[] = {
    {"look-up and rights, 1000 of a million", NULL, 3, 0, 0},
    {"port post + wait", "pair of bare switches", 3, 0, 0},
    {"resident, per idle thread", NULL, 6, 0, 0},
    {"yield there and back", "pair of bare switches", 0, 0, 0},
};

const struct bench_program bench_program = {
    .name = "objects",
    .about = "What the kernel's own steps cost",
    .cases = cases,
    .case_count = sizeof cases / sizeof cases[0],
    .claims = claims,
    .claim_count = sizeof claims / sizeof claims[0],
    .rounds = 11,
};
