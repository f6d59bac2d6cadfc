#include "inherit.h"

#include "config.h"
#include "endpoint.h"
#include "hot.h"
#include "instance.h"
#include "sched.h"

#define SERVERS_LOOK 16U /* threads of one endpoint that a search for cycles follows */
#define STEPS_LOOK 64U   /* threads that it looks at in all */

void k_inherit_note(struct k_cpu *cpu, struct k_thread *thread)
{
    /* Who finds it noted leaves it to the other, who clears the mark before it computes. */
    if (atomic_exchange_explicit(&thread->inherit_pending, 1, memory_order_seq_cst) != 0)
        return;
    thread->inherit_hop = 0;
    thread->inherit_next = cpu->inherit;
    cpu->inherit = thread;
}

void k_inherit_note_servers(struct k_cpu *cpu, struct k_endpoint *endpoint)
{
    for (struct k_chain_link *link = endpoint->serving.first; link != NULL; link = link->next) {
        struct k_request *request = K_CONTAINER(link, struct k_request, serve_link);
        struct k_thread *server = atomic_load_explicit(&request->server, memory_order_acquire);
        if (server != NULL)
            k_inherit_note(cpu, server);
    }
}

/* What a held request asks for, or `best` if that is more. */
static int asked_by(const struct k_request *request, int best)
{
    const struct k_thread *caller = k_request_caller(request);
    if (caller == NULL)
        return best;
    struct k_endpoint *endpoint = atomic_load_explicit(&request->endpoint, memory_order_relaxed);
    int effective = (int)k_thread_effective(caller);
    int queued =
        endpoint == NULL ? -1 : atomic_load_explicit(&endpoint->donation, memory_order_relaxed);
    best = effective > best ? effective : best;
    return queued > best ? queued : best;
}

/* thread->object.lock. */
static uint32_t compute(struct k_cpu *cpu, struct k_thread *thread, const struct k_request *call)
{
    int best = (int)k_thread_base(thread);
    if (cpu->flags & K_CONFIG_NO_INHERIT)
        return (uint32_t)best;
    if (call != NULL)
        best = asked_by(call, best);
    for (struct k_list *link = thread->holds.next; link != &thread->holds; link = link->next)
        best = asked_by(K_CONTAINER(link, struct k_request, hold_link), best);
    return (uint32_t)best;
}

/* thread->object.lock. Gives the thread the priority that it has now. A call that was handed over
 * directly comes and goes without the lock: it is looked for again when the new priority is there.
 * Who answers it takes it away first and looks at its priority then, with a fence between the two as
 * there is here: so one of them sees the other. *seen: the call that was found. */
static uint32_t settle(struct k_cpu *cpu, struct k_thread *thread, const struct k_request **seen)
{
    for (;;) {
        struct k_request *call = atomic_load_explicit(&thread->wait.call, memory_order_acquire);
        *seen = call;
        uint32_t effective = compute(cpu, thread, call);
        atomic_store_explicit(&thread->effective, effective, memory_order_relaxed);
        atomic_thread_fence(memory_order_seq_cst);
        if (atomic_load_explicit(&thread->wait.call, memory_order_acquire) == call)
            return effective;
    }
}

void k_inherit_follow(struct k_cpu *cpu, struct k_thread *thread)
{
    /* The new priority is there; now look where the thread is. Who publishes where it is (k_wait_block,
     * k_pass) has a fence behind that, too, and looks at the priority then: one sees the other. */
    atomic_thread_fence(memory_order_seq_cst);
    if (k_thread_state(thread) != K_THREAD_BLOCKED)
        return;
    struct k_request *request = thread->request;
    uint64_t word = k_request_word(request);
    if (K_REQUEST_STATE(word) == K_REQUEST_HELD) {
        struct k_thread *server = atomic_load_explicit(&request->server, memory_order_acquire);
        if (server != NULL)
            k_inherit_note(cpu, server);
    } else if (K_REQUEST_STATE(word) == K_REQUEST_QUEUED) {
        struct k_endpoint *endpoint =
            atomic_load_explicit(&request->endpoint, memory_order_relaxed);
        if (endpoint != NULL)
            k_endpoint_reposition(cpu, endpoint, thread);
    } else {
        struct k_endpoint *endpoint = atomic_load_explicit(&thread->waits_at, memory_order_relaxed);
        if (endpoint != NULL)
            k_endpoint_reposition(cpu, endpoint, thread);
    }
}

void k_inherit_run(struct k_cpu *cpu)
{
    while (cpu->inherit != NULL) {
        struct k_thread *thread = cpu->inherit;
        uint32_t hop = thread->inherit_hop;
        cpu->inherit = thread->inherit_next;
        atomic_store_explicit(&thread->inherit_pending, 0, memory_order_seq_cst);
        k_lock_take(cpu, &thread->object.lock);
        uint32_t before = k_thread_effective(thread);
        const struct k_request *seen;
        uint32_t after = settle(cpu, thread, &seen);
        k_lock_drop(cpu, &thread->object.lock);
        if (after == before)
            continue;
        k_trace(cpu, SLIP_TRACE_priority, thread->object.id, after);
        k_sched_reprioritize(cpu, thread);
        if (hop == K_CHAIN_MAX)
            continue;
        struct k_thread *rest = cpu->inherit;
        k_inherit_follow(cpu, thread);
        /* Who handed a call over to a receiver looked at its priority before, and published the call
         * since, both under the endpoint's lock, which was taken to follow: so here it is seen. */
        if (K_UNLIKELY(atomic_load_explicit(&thread->wait.call, memory_order_acquire) != seen))
            k_inherit_note(cpu, thread);
        for (struct k_thread *noted = cpu->inherit; noted != rest; noted = noted->inherit_next)
            noted->inherit_hop = hop + 1;
    }
}

/* The threads that serve an endpoint, up to SERVERS_LOOK; 0 if somebody waits to receive from it,
 * or if there are more, for then nobody can be said to be stuck. */
static uint32_t servers_of(struct k_cpu *cpu, struct k_endpoint *endpoint,
                           struct k_thread *servers[])
{
    uint32_t count = 0;
    k_lock_take(cpu, &endpoint->object.lock);
    int open = endpoint->receivers.count == 0 && !endpoint->closed;
    for (struct k_chain_link *link = endpoint->serving.first; open && link != NULL;
         link = link->next) {
        struct k_request *request = K_CONTAINER(link, struct k_request, serve_link);
        struct k_thread *server = atomic_load_explicit(&request->server, memory_order_acquire);
        open = server != NULL && count < SERVERS_LOOK;
        if (open)
            servers[count++] = server;
    }
    k_lock_drop(cpu, &endpoint->object.lock);
    return open ? count : 0;
}

static int waits_for(struct k_cpu *cpu, struct k_thread *thread, struct k_thread *caller,
                     uint32_t hops, uint32_t *steps);

static int all_wait_for(struct k_cpu *cpu, struct k_endpoint *endpoint, struct k_thread *caller,
                        uint32_t hops, uint32_t *steps)
{
    struct k_thread *servers[SERVERS_LOOK];
    uint32_t count = servers_of(cpu, endpoint, servers);
    for (uint32_t i = 0; i < count; i++)
        if (!waits_for(cpu, servers[i], caller, hops, steps))
            return 0;
    return count > 0;
}

static int waits_for(struct k_cpu *cpu, struct k_thread *thread, struct k_thread *caller,
                     uint32_t hops, uint32_t *steps)
{
    if (thread == caller)
        return 1;
    if (hops == K_CHAIN_MAX || ++*steps > STEPS_LOOK || k_thread_state(thread) != K_THREAD_BLOCKED)
        return 0;
    struct k_request *request = thread->request;
    uint64_t word = k_request_word(request);
    if (K_REQUEST_STATE(word) == K_REQUEST_HELD) {
        struct k_thread *server = atomic_load_explicit(&request->server, memory_order_acquire);
        return server != NULL && waits_for(cpu, server, caller, hops + 1, steps);
    }
    struct k_endpoint *endpoint = atomic_load_explicit(&request->endpoint, memory_order_relaxed);
    return K_REQUEST_STATE(word) == K_REQUEST_QUEUED && endpoint != NULL &&
           all_wait_for(cpu, endpoint, caller, hops + 1, steps);
}

int k_inherit_cycle(struct k_cpu *cpu, struct k_thread *caller, struct k_endpoint *endpoint)
{
    uint32_t steps = 0;
    return all_wait_for(cpu, endpoint, caller, 0, &steps);
}
