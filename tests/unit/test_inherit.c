#include <criterion/criterion.h>

#include "config.h"
#include "endpoint.h"
#include "fake_machine.h"
#include "inherit.h"
#include "seeded.h"

#define CHAIN (K_CHAIN_MAX + 4)

static struct fake_machine fake;
static struct k_cpu *cpu;
static struct k_process *process;

static void set_up_with(uint32_t flags)
{
    fake_init(&fake, 1, flags);
    cpu = fake_cpu(&fake);
    process = fake_process(&fake, NULL, FAKE_QUOTA);
}

static void set_up(void)
{
    set_up_with(0);
}

static void tear_down(void)
{
    fake_fini(&fake);
}

TestSuite(inherit, .init = set_up, .fini = tear_down);

/* A thread that is blocked in a call that nobody has yet. */
static struct k_thread *blocked(uint32_t priority)
{
    struct k_thread *thread = fake_thread(&fake, process, priority);
    cr_assert_eq(fake_enter(&fake), thread);
    k_request_begin(thread->request);
    thread->request->caller = thread;
    cr_assert_null(fake_park(&fake, K_WAIT_CALL));
    return thread;
}

/* The server holds the caller's call. */
static void serve(struct k_thread *server, struct k_thread *caller)
{
    k_request_hold(caller->request, server);
    k_request_become(caller->request, K_REQUEST_HELD);
    k_inherit_note(cpu, server);
}

static void answer(struct k_thread *caller)
{
    struct k_thread *server = atomic_load(&caller->request->server);
    k_request_unhold(cpu, caller->request);
    k_request_become(caller->request, K_REQUEST_BUSY);
    k_inherit_note(cpu, server);
}

static void set_base(struct k_thread *thread, uint32_t priority)
{
    atomic_store(&thread->base, priority);
    k_inherit_note(cpu, thread);
}

static uint32_t effective(const struct k_thread *thread)
{
    k_inherit_run(cpu);
    return k_thread_effective(thread);
}

Test(inherit, a_server_is_as_good_as_the_best_caller_it_holds)
{
    struct k_thread *server = blocked(10), *a = blocked(50), *b = blocked(80), *c = blocked(5);
    serve(server, a);
    serve(server, b);
    serve(server, c);
    cr_assert_eq(effective(server), 80);
    answer(b);
    cr_assert_eq(effective(server), 50);
    answer(a);
    cr_assert_eq(effective(server), 10, "never below its own");
}

Test(inherit, nobody_inherits_if_the_kernel_was_made_so)
{
    fake_fini(&fake);
    set_up_with(K_CONFIG_NO_INHERIT);
    struct k_thread *server = blocked(10), *caller = blocked(50);
    serve(server, caller);
    cr_assert_eq(effective(server), 10);
}

Test(inherit, a_chain_of_calls_passes_it_on)
{
    struct k_thread *chain[5];
    for (uint32_t i = 0; i < 5; i++)
        chain[i] = blocked(10 + i);
    for (uint32_t i = 0; i < 4; i++)
        serve(chain[i], chain[i + 1]);
    cr_assert_eq(effective(chain[0]), 14);
    set_base(chain[4], 200);
    cr_assert_eq(effective(chain[0]), 200);
    cr_assert_eq(effective(chain[2]), 200);
    set_base(chain[4], 0);
    cr_assert_eq(effective(chain[0]), 13);
    cr_assert_eq(effective(chain[3]), 13);
}

Test(inherit, a_chain_is_followed_as_far_as_the_limit_says)
{
    struct k_thread *chain[CHAIN];
    for (uint32_t i = 0; i < CHAIN; i++)
        chain[i] = blocked(10);
    for (uint32_t i = 0; i < CHAIN - 1; i++)
        serve(chain[i], chain[i + 1]);
    k_inherit_run(cpu);
    set_base(chain[CHAIN - 1], 200);
    k_inherit_run(cpu);
    for (uint32_t hop = 0; hop < CHAIN; hop++)
        cr_assert_eq(k_thread_effective(chain[CHAIN - 1 - hop]), hop <= K_CHAIN_MAX ? 200 : 10,
                     "hop %u", hop);
}

Test(inherit, who_is_queued_at_an_endpoint_raises_those_who_serve_it)
{
    struct k_endpoint *endpoint;
    struct k_thread *server = blocked(10), *held = blocked(5), *queued = blocked(90);
    cr_assert_eq(k_endpoint_create(cpu, process, 0, &endpoint), SLIP_OK);
    k_lock_take(cpu, &endpoint->object.lock);
    cr_assert_eq(k_endpoint_give(cpu, endpoint, held->request, server), 1);
    queued->request->entry.node.kind = K_ENTRY_CALL;
    k_endpoint_enqueue(cpu, endpoint, &queued->request->entry, 90, endpoint->arrivals++);
    k_lock_drop(cpu, &endpoint->object.lock);
    cr_assert_eq(effective(server), 90);
    cr_assert(k_endpoint_withdraw(cpu, endpoint, &queued->request->entry));
    cr_assert_eq(effective(server), 10);
}

Test(inherit, a_priority_that_changes_moves_a_queued_caller)
{
    struct k_endpoint *endpoint;
    struct k_thread *callers[3];
    cr_assert_eq(k_endpoint_create(cpu, process, 0, &endpoint), SLIP_OK);
    for (uint32_t i = 0; i < 3; i++) {
        struct k_request *request = (callers[i] = blocked(50))->request;
        k_object_ref(&endpoint->object);
        atomic_store(&request->endpoint, endpoint);
        request->entry.node.kind = K_ENTRY_CALL;
        k_lock_take(cpu, &endpoint->object.lock);
        k_endpoint_enqueue(cpu, endpoint, &request->entry, 50, endpoint->arrivals++);
        k_request_become(request, K_REQUEST_QUEUED);
        k_lock_drop(cpu, &endpoint->object.lock);
    }
    set_base(callers[2], 60);
    k_inherit_run(cpu);
    cr_assert_eq(k_prio_list_first(&endpoint->queue), &callers[2]->request->entry.node);
    set_base(callers[2], 50);
    k_inherit_run(cpu);
    cr_assert_eq(k_prio_list_first(&endpoint->queue), &callers[0]->request->entry.node,
                 "it keeps its age");
}

Test(inherit, a_call_that_comes_back_to_its_caller_is_a_cycle)
{
    struct k_endpoint *endpoint;
    struct k_thread *a = blocked(10), *b = blocked(10), *client = blocked(10);
    cr_assert_eq(k_endpoint_create(cpu, process, 0, &endpoint), SLIP_OK);
    k_lock_take(cpu, &endpoint->object.lock);
    k_endpoint_give(cpu, endpoint, client->request, a); /* a serves the endpoint */
    k_lock_drop(cpu, &endpoint->object.lock);
    cr_assert(!k_inherit_cycle(cpu, b, endpoint), "a waits for nobody that b holds");
    serve(b, a); /* a's own call is held by b */
    cr_assert(k_inherit_cycle(cpu, b, endpoint));
    cr_assert(k_inherit_cycle(cpu, a, endpoint), "a call to one's own endpoint");
    answer(a);
    cr_assert(!k_inherit_cycle(cpu, b, endpoint));
}

Test(inherit, nobody_is_stuck_while_another_thread_can_serve)
{
    struct k_endpoint *endpoint;
    struct k_thread *a = blocked(10), *other = blocked(10), *caller = blocked(10);
    struct k_thread *clients[2] = {blocked(10), blocked(10)};
    cr_assert_eq(k_endpoint_create(cpu, process, 0, &endpoint), SLIP_OK);
    k_lock_take(cpu, &endpoint->object.lock);
    k_endpoint_give(cpu, endpoint, clients[0]->request, a);
    k_endpoint_give(cpu, endpoint, clients[1]->request, other);
    k_lock_drop(cpu, &endpoint->object.lock);
    serve(caller, a);
    cr_assert(!k_inherit_cycle(cpu, caller, endpoint), "the other one may answer yet");
    serve(caller, other);
    cr_assert(k_inherit_cycle(cpu, caller, endpoint));
}

/* What the definition says, from scratch: repeated until nothing changes. */
static uint32_t defined(struct k_thread *threads[], const int server_of[], int count, int which)
{
    uint32_t best = atomic_load(&threads[which]->base);
    for (int i = 0; i < count; i++)
        if (server_of[i] == which) {
            uint32_t inherited = defined(threads, server_of, count, i);
            best = inherited > best ? inherited : best;
        }
    return best;
}

Test(inherit, is_what_its_definition_says_whatever_happens)
{
    enum { THREADS = 12 };
    struct sim_random random;
    uint64_t seed = seeded(&random, "inherit");
    struct k_thread *threads[THREADS];
    int server_of[THREADS]; /* of lower number, so there is no cycle; -1: not in a call */
    for (int i = 0; i < THREADS; i++) {
        threads[i] = blocked((uint32_t)sim_random_below(&random, 256));
        server_of[i] = -1;
    }
    for (int step = 0; step < 5000; step++) {
        int i = (int)sim_random_below(&random, THREADS);
        if (sim_random_below(&random, 3) == 0) {
            set_base(threads[i], (uint32_t)sim_random_below(&random, 256));
        } else if (server_of[i] >= 0) {
            answer(threads[i]);
            server_of[i] = -1;
        } else if (i > 0) {
            server_of[i] = (int)sim_random_below(&random, (uint64_t)i);
            serve(threads[server_of[i]], threads[i]);
        }
        k_inherit_run(cpu);
        for (int t = 0; t < THREADS; t++)
            cr_assert_eq(k_thread_effective(threads[t]), defined(threads, server_of, THREADS, t),
                         "seed %lu, step %d, thread %d", seed, step, t);
    }
}
