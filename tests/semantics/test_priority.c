/* Priority inheritance: who is raised, how far, and until when. */
#include "tests/semantics/support.h"

/* ---- short forms: servers are processes, so that the kernel can be asked for them by name ------------- */

static uint32_t effective(const char *process)
{
    return scene_thread(process).effective;
}

static void call_once(void)
{
    call_word(slip_start_handle(), 1);
    count(40);
}

static slip_handle_t caller_at(uint32_t priority, const char *name, slip_handle_t endpoint)
{
    return process_at(priority, name, call_once, copy_of(endpoint, SLIP_RIGHT_SEND, 0));
}

/* Takes one call, then waits at a gate until it may answer. */
static void serve_gated(void)
{
    slip_handle_t endpoint = slip_start_handle();
    struct slip_message gate = empty(), m = empty();
    EXPECT_OK(slip_endpoint_wait(endpoint, &gate, SLIP_NEVER));
    EXPECT_OK(slip_endpoint_wait(endpoint, &m, SLIP_NEVER));
    struct slip_message go = empty();
    EXPECT_OK(slip_endpoint_wait(gate.handle[0], &go, SLIP_NEVER));
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
    EXPECT_OK(slip_endpoint_wait(gate.handle[0], &go, SLIP_NEVER));
}

/* A server of low priority and the gate that it answers at. */
static slip_handle_t server_at(uint32_t priority, const char *name, slip_handle_t endpoint,
                               slip_handle_t *gate)
{
    *gate = new_endpoint(4);
    slip_handle_t process =
        process_at(TOP, name, serve_gated, copy_of(endpoint, SLIP_RIGHT_RECEIVE, 0));
    struct slip_message m = carrying(copy_of(*gate, SLIP_RIGHT_RECEIVE, 0));
    EXPECT_OK(slip_endpoint_send(endpoint, &m, SLIP_NEVER));
    (void)priority;
    return process;
}

/* ---- TH-11, TH-14: one caller --------------------------------------------------------------------------- */

static void one_caller(void)
{
    slip_handle_t endpoint = new_endpoint(1), gate;
    slip_handle_t server = server_at(TOP, "server", endpoint, &gate);
    EXPECT_EQ(effective("server"), TOP);
    slip_handle_t low = caller_at(ABOVE, "low", endpoint);
    EXPECT_EQ(effective("server"), TOP); /* never lowered */
    EXPECT_OK(send_word(gate, 1));
    EXPECT_EQ(effective("server"), TOP);
    reap(low);
    kill_and_reap(server);
}

Test(priority, a_caller_never_lowers_its_server)
{
    scene(1, one_caller);
}

/* A server that runs below everybody, and tells by cells: 0 takes, 1 replied. */
static void low_server(uint64_t endpoint)
{
    struct slip_message m = empty();
    EXPECT_OK(slip_thread_priority(SLIP_SELF, BELOW, NULL));
    EXPECT_OK(slip_endpoint_wait(endpoint, &m, SLIP_NEVER));
    uint32_t priority = 0;
    EXPECT_OK(slip_thread_priority(SLIP_SELF, BELOW, &priority));
    put(0, priority);
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
    EXPECT_OK(slip_thread_priority(SLIP_SELF, BELOW, &priority));
    put(1, priority);
}

static void raised(void)
{
    slip_handle_t endpoint = new_endpoint(0);
    stay_on_one_cpu();
    drop(thread_at(ABOVE, low_server, endpoint));
    EXPECT_OK(call_word(endpoint, 1));
    EXPECT_EQ(get(0), SLIP_PRIORITY_DEFAULT); /* it held the call of root */
    EXPECT_EQ(get(1), 0);                     /* and fell behind when it had answered */
    stand_back();
    EXPECT_EQ(get(1), BELOW);
}

Test(priority, a_server_inherits_its_callers_while_it_holds_the_call)
{
    scene(1, raised);
}

/* ---- TH-13: callers in the queue --------------------------------------------------------------------------- */

static void serve_two(uint64_t endpoint)
{
    struct slip_message a = empty(), b = empty();
    uint32_t priority = 0;
    /* It lowers itself only when it has the call, or it would not get as far as to wait for it. */
    EXPECT_OK(slip_endpoint_wait(endpoint, &a, SLIP_NEVER));
    EXPECT_OK(slip_thread_priority(SLIP_SELF, BELOW, NULL));
    EXPECT_OK(slip_thread_priority(SLIP_SELF, BELOW, &priority));
    put(0, priority);
    struct slip_message go = empty();
    EXPECT_OK(slip_endpoint_wait(get(10), &go, SLIP_NEVER)); /* meanwhile others queue */
    EXPECT_OK(slip_thread_priority(SLIP_SELF, BELOW, &priority));
    put(1, priority);
    EXPECT_OK(slip_request_reply(a.request, SLIP_OK, 0));
    EXPECT_OK(slip_thread_priority(SLIP_SELF, BELOW, &priority));
    put(2, priority);
    EXPECT_OK(slip_endpoint_wait(endpoint, &b, SLIP_NEVER));
    EXPECT_OK(slip_request_reply(b.request, SLIP_OK, 0));
}

static void call_here(uint64_t endpoint)
{
    EXPECT_OK(call_word(endpoint, 1));
    count(40);
}

static void queued_callers(void)
{
    slip_handle_t endpoint = new_endpoint(0);
    put(10, new_endpoint(1));
    slip_handle_t server = thread_at(ABOVE, serve_two, endpoint);
    EXPECT_OK(slip_thread_priority(server, BELOW, NULL)); /* now that it waits */
    drop(thread_at(ABOVE, call_here, endpoint));          /* held */
    drop(thread_at(TOP, call_here, endpoint));            /* queued, and nobody waits to receive */
    EXPECT_OK(send_word(get(10), 1));
    stand_back();
    EXPECT_EQ(get(0), ABOVE);
    EXPECT_EQ(get(1), TOP);
    EXPECT_EQ(get(2), BELOW); /* it serves nobody now; the queued caller waits for any receiver */
    EXPECT_EQ(get(40), 2);
}

Test(priority, a_queued_caller_raises_who_serves_the_endpoint)
{
    scene(1, queued_callers);
}

static void cancelled_falls_back(void)
{
    slip_handle_t endpoint = new_endpoint(1), gate;
    slip_handle_t server = server_at(TOP, "server", endpoint, &gate);
    slip_handle_t held = caller_at(ABOVE, "held", endpoint);
    EXPECT_EQ(effective("server"), TOP);
    slip_handle_t queued = caller_at(TOP + 2, "queued", endpoint);
    EXPECT_EQ(effective("server"), TOP + 2);
    kill_and_reap(queued);
    EXPECT_EQ(effective("server"), TOP);
    kill_and_reap(held);
    EXPECT_EQ(effective("server"), TOP);
    kill_and_reap(server);
}

Test(priority, it_falls_back_when_the_caller_goes_away)
{
    scene(1, cancelled_falls_back);
}

/* ---- TH-12: chains --------------------------------------------------------------------------------------------- */

/* Serves one call by calling the next one; the last one waits at the gate. */
static void link_of_chain(uint64_t index)
{
    slip_handle_t mine = get((uint32_t)index), next = get((uint32_t)index + 1);
    struct slip_message m = empty(), go = empty();
    EXPECT_OK(slip_thread_priority(SLIP_SELF, 10, NULL));
    EXPECT_OK(slip_endpoint_wait(mine, &m, SLIP_NEVER));
    if (index + 1 < get(30)) {
        EXPECT_OK(call_word(next, 1));
    } else {
        EXPECT_OK(slip_endpoint_wait(get(31), &go, SLIP_NEVER));
        uint32_t priority = 0;
        EXPECT_OK(slip_thread_priority(SLIP_SELF, 10, &priority));
        put(32, priority);
    }
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
    count(33);
}

static void chain_of(uint32_t length)
{
    put(30, length);
    put(31, new_endpoint(1));
    put(33, 0);
    for (uint32_t i = 0; i < length; i++)
        put(i, new_endpoint(0));
    for (uint32_t i = 0; i < length; i++)
        drop(thread_at(ABOVE, link_of_chain, i));
    stand_back();
    slip_handle_t caller = thread_at(ABOVE, call_here, get(0));
    stand_back();
    /* A change at the far end runs along the whole chain. */
    uint32_t before = 0;
    EXPECT_OK(slip_thread_priority(caller, TOP, &before));
    EXPECT_EQ(before, ABOVE);
    EXPECT_OK(send_word(get(31), 1));
    stand_back();
    EXPECT_EQ(get(32), TOP);
    EXPECT_EQ(get(33), length);
}

static void chain_of_two(void)
{
    chain_of(2);
}

static void chain_of_sixteen(void)
{
    chain_of(16);
}

Test(priority, is_inherited_along_a_chain_of_two)
{
    scene(1, chain_of_two);
}

Test(priority, is_inherited_along_a_chain_of_sixteen)
{
    scene(1, chain_of_sixteen);
}

/* ---- TH-15: changes in the queue ---------------------------------------------------------------------------------- */

static void call_number(uint64_t number)
{
    struct slip_message m = word(number);
    EXPECT_OK(slip_endpoint_call(get(0), &m, NULL, NULL, SLIP_NEVER));
    count(40);
}

static void send_number(uint64_t number)
{
    EXPECT_OK(send_word(get(0), number));
    count(40);
}

static void receive_number(uint64_t number)
{
    struct slip_message m = empty();
    EXPECT_OK(slip_endpoint_wait(get(1), &m, SLIP_NEVER));
    put(20 + (uint32_t)m.word[0], number);
}

static void repositioned(void)
{
    slip_handle_t endpoint = new_endpoint(0), other = new_endpoint(1);
    put(0, endpoint);
    put(1, other);
    slip_handle_t first = thread_at(ABOVE, call_number, 1);
    slip_handle_t second = thread_at(ABOVE, call_number, 2);
    slip_handle_t third = thread_at(ABOVE, send_number, 3);
    EXPECT_OK(slip_thread_priority(second, ABOVE + 1, NULL)); /* callers, senders ... */
    EXPECT_OK(slip_thread_priority(third, ABOVE + 2, NULL));
    static const uint64_t wanted[] = {3, 2, 1};
    for (uint32_t i = 0; i < 3; i++) {
        struct slip_message m;
        EXPECT_OK(poll_endpoint(endpoint, &m));
        EXPECT_EQ(m.word[0], wanted[i]);
        if (m.request != 0)
            EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
    }
    drop(thread_at(ABOVE, receive_number, 1));
    slip_handle_t better = thread_at(ABOVE, receive_number, 2);
    EXPECT_OK(slip_thread_priority(better, TOP, NULL)); /* ... and receivers move */
    EXPECT_OK(send_word(other, 1));
    EXPECT_OK(send_word(other, 2));
    EXPECT(get(21) == 2 && get(22) == 1);
    drop(first);
}

Test(priority, a_change_moves_who_is_queued)
{
    scene(1, repositioned);
}

static void changes(void)
{
    uint32_t before = 0;
    slip_handle_t endpoint = new_endpoint(0);
    EXPECT_STATUS(slip_thread_priority(SLIP_SELF, 256, &before), BAD_ARGUMENT);
    EXPECT_STATUS(slip_thread_priority(endpoint, 1, &before), WRONG_TYPE);
    EXPECT_STATUS(slip_thread_priority(~endpoint, 1, &before), BAD_HANDLE);
    slip_handle_t thread = thread_at(ABOVE, call_here, endpoint);
    slip_handle_t bare = copy_of(thread, 0, 0);
    EXPECT_STATUS(slip_thread_priority(bare, 1, &before), NO_RIGHT);
    EXPECT_STATUS(slip_thread_affinity(bare, 0), NO_RIGHT);
    EXPECT_OK(slip_thread_priority(thread, 7, &before));
    EXPECT_EQ(before, ABOVE);
    EXPECT_OK(slip_thread_priority(thread, 7, &before));
    EXPECT_EQ(before, 7);
    struct slip_message m;
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
}

Test(priority, a_change_tells_the_effective_one_before)
{
    scene(1, changes);
}

/* ---- TH-17: what does not raise ----------------------------------------------------------------------------------- */

static void submit_at_top(uint64_t link)
{
    EXPECT_OK(submit_key(link, 1));
    EXPECT_OK(submit_key(link, 2));
}

static void not_raised(void)
{
    slip_handle_t endpoint = new_endpoint(8), port = new_port(8), link = connection(endpoint, port);
    struct slip_message m;
    uint32_t priority = 0;
    drop(thread_at(TOP, submit_at_top, link));
    EXPECT_OK(poll_endpoint(endpoint, &m)); /* one held, one queued */
    EXPECT_OK(slip_thread_priority(SLIP_SELF, SLIP_PRIORITY_DEFAULT, &priority));
    EXPECT_EQ(priority, SLIP_PRIORITY_DEFAULT);
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
}

Test(priority, sends_and_submits_order_the_queue_and_raise_nobody)
{
    scene(1, not_raised);
}

static void without_inheritance(void)
{
    slip_handle_t endpoint = new_endpoint(1), gate;
    slip_handle_t server = server_at(TOP, "server", endpoint, &gate);
    slip_handle_t caller = caller_at(TOP + 3, "caller", endpoint);
    EXPECT_EQ(effective("server"), TOP);
    kill_and_reap(caller);
    kill_and_reap(server);
}

Test(priority, a_kernel_without_inheritance_raises_nobody)
{
    scene_with(&(struct scene_options){.cpus = 1, .seed = 1, .flags = K_CONFIG_NO_INHERIT},
               without_inheritance);
}

/* ---- EP-12: cycles ----------------------------------------------------------------------------------------------------- */

/* A member of a ring: serves one call, and calls the next one while it holds it. */
static void member(uint64_t index)
{
    struct slip_message m = empty();
    EXPECT_OK(slip_endpoint_wait(get((uint32_t)index), &m, SLIP_NEVER));
    slip_status_t status = call_word(get((uint32_t)index + 1), 1);
    EXPECT_OK(slip_request_reply(m.request, status, 0));
}

/* Root calls member 0, which calls member 1 ... and the last one calls member 0. */
static void ring_of(uint32_t length)
{
    for (uint32_t i = 0; i < length; i++)
        put(i, new_endpoint(0));
    put(length, get(0));
    for (uint32_t i = 0; i < length; i++)
        drop(thread_at(ABOVE, member, i));
    EXPECT_STATUS(call_word(get(0), 1), DEADLOCK);
}

static void ring_of_one(void)
{
    ring_of(1);
}

static void ring_of_two(void)
{
    ring_of(2);
}

static void ring_of_three(void)
{
    ring_of(3);
}

Test(priority, who_calls_itself_is_refused)
{
    scene(1, ring_of_one);
}

Test(priority, who_closes_a_cycle_of_two_is_refused)
{
    scene(1, ring_of_two);
}

Test(priority, who_closes_a_cycle_of_three_is_refused)
{
    scene(1, ring_of_three);
}

static void answer_other(uint64_t endpoint)
{
    struct slip_message m = empty();
    EXPECT_OK(slip_endpoint_wait(endpoint, &m, SLIP_NEVER));
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
}

/* Another thread waits at the same endpoint, so nobody is stuck. */
static void no_cycle(void)
{
    slip_handle_t endpoint = new_endpoint(0);
    put(0, endpoint);
    put(1, endpoint);
    drop(thread_at(ABOVE, member, 0));
    drop(thread_at(ABOVE, answer_other, endpoint));
    EXPECT_OK(call_word(endpoint, 1));
}

Test(priority, what_another_receiver_can_take_is_no_cycle)
{
    scene(1, no_cycle);
}
