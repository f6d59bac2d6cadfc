/* The invariant walk: what must hold between objects while no CPU is in the kernel. */
#include <slipway/kernel.h>

#include "buffer.h"
#include "endpoint.h"
#include "hook.h"
#include "instance.h"
#include "port.h"
#include "process.h"
#include "thread.h"

#define CHECK(condition, text)                                                                     \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return text;                                                                           \
    } while (0)

static uint32_t length(const struct k_list *list)
{
    uint32_t count = 0;
    for (const struct k_list *link = list->next; link != list; link = link->next)
        count++;
    return count;
}

static const char *check_prio_list(const struct k_prio_list *list)
{
    const struct k_prio_node *before = NULL;
    uint32_t count = 0;
    for (const struct k_prio_node *node = k_prio_list_first(list); node != NULL;
         before = node, node = k_prio_list_next(list, node), count++) {
        int leads = before == NULL || before->priority != node->priority;
        CHECK(before == NULL || k_prio_node_before(before, node), "a queue is out of order");
        CHECK(k_list_linked(&node->leader) == leads, "a queue's leaders are wrong");
    }
    CHECK(count == list->count, "a queue's count is wrong");
    return NULL;
}

static const char *check_queued_request(const struct k_request *request,
                                        const struct k_endpoint *endpoint)
{
    enum k_request_state state = K_REQUEST_STATE(k_request_word(request));
    CHECK(state == K_REQUEST_QUEUED || state == K_REQUEST_ENDING,
          "a request in a queue is not queued");
    CHECK(atomic_load_explicit(&request->endpoint, memory_order_relaxed) == endpoint,
          "a queued request names another endpoint");
    return NULL;
}

static const char *check_endpoint(struct k_endpoint *endpoint)
{
    uint32_t counted = 0, words = 0, messages = 0, calls = 0;
    int best = -1;
    const char *broken = check_prio_list(&endpoint->queue);
    if (broken == NULL)
        broken = check_prio_list(&endpoint->blocked);
    if (broken == NULL)
        broken = check_prio_list(&endpoint->receivers);
    struct k_prio_node *node = k_prio_list_first(&endpoint->queue);
    for (; broken == NULL && node != NULL; node = k_prio_list_next(&endpoint->queue, node)) {
        struct k_entry *entry = K_CONTAINER(node, struct k_entry, node);
        struct k_request *request = K_CONTAINER(entry, struct k_request, entry);
        switch (entry->node.kind) {
        case K_ENTRY_WORDS:
            words++;
            counted++;
            messages++;
            break;
        case K_ENTRY_MESSAGE:
            counted++;
            messages++;
            break;
        case K_ENTRY_SUBMIT:
        case K_ENTRY_CALL:
        case K_ENTRY_PASSED:
            broken = check_queued_request(request, endpoint);
            counted += request->depth_counted;
            if (request->caller != NULL) {
                calls++;
                int priority = (int)k_thread_effective(request->caller);
                best = priority > best ? priority : best;
            }
            break;
        case K_ENTRY_PULSE:
        case K_ENTRY_CANCEL:
            break;
        }
    }
    if (broken != NULL)
        return broken;
    counted += endpoint->lifted;
    CHECK(counted == endpoint->counted && counted <= endpoint->depth,
          "an endpoint counts its queue wrong");
    CHECK(words == endpoint->words, "an endpoint counts its messages of words wrong");
    CHECK(calls == endpoint->calls, "an endpoint counts its calls wrong");
    CHECK(messages + endpoint->lifted + length(&endpoint->free_blocks) == endpoint->depth,
          "an endpoint lost a message block");
    CHECK(best == atomic_load_explicit(&endpoint->donation, memory_order_relaxed),
          "an endpoint donates the wrong priority");
    CHECK(endpoint->blocked.count == 0 || endpoint->counted == endpoint->depth,
          "a sender waits though there is room");
    CHECK(!endpoint->closed || (endpoint->queue.count == 0 && endpoint->blocked.count == 0),
          "a closed endpoint is not empty");
    return NULL;
}

static const char *check_port(struct k_port *port)
{
    uint32_t slots = length(&port->free) + length(&port->outstanding), queued = 0, events = 0;
    for (struct k_list *link = port->queue.next; link != &port->queue; link = link->next) {
        struct k_completion *completion = K_CONTAINER(link, struct k_completion, link);
        queued++;
        events += !k_completion_is_slot(completion);
    }
    slots += queued - events;
    CHECK(slots == port->depth, "a port lost a slot");
    CHECK(queued == port->queued && events == port->events, "a port counts its queue wrong");
    CHECK(k_list_empty(&port->lifted) && port->marked == 0,
          "a port did not put back what it lifted");
    CHECK(k_list_empty(&port->cancels), "a cancel by key left something at a port");
    CHECK(!port->closed || queued == 0, "a closed port is not empty");
    return NULL;
}

static const char *check_held(struct k_thread *thread, struct k_request *request, int *best)
{
    enum k_request_state state = K_REQUEST_STATE(k_request_word(request));
    CHECK(state == K_REQUEST_HELD || state == K_REQUEST_ENDING,
          "a thread holds a request that is not held");
    CHECK(atomic_load_explicit(&request->server, memory_order_relaxed) == thread,
          "a held request names another thread");
    if (request->caller == NULL)
        return NULL;
    struct k_endpoint *endpoint = atomic_load_explicit(&request->endpoint, memory_order_relaxed);
    int caller = (int)k_thread_effective(request->caller);
    int queued =
        endpoint == NULL ? -1 : atomic_load_explicit(&endpoint->donation, memory_order_relaxed);
    *best = caller > *best ? caller : *best;
    *best = queued > *best ? queued : *best;
    return NULL;
}

static const char *check_thread(struct k_kernel *kernel, struct k_thread *thread)
{
    enum k_thread_state state = k_thread_state(thread);
    int best = (int)atomic_load_explicit(&thread->base, memory_order_relaxed);
    CHECK(k_list_linked(&thread->run_link) == (state == K_THREAD_READY),
          "a thread is in a run queue and not ready, or the other way round");
    struct k_request *call = atomic_load_explicit(&thread->wait.call, memory_order_relaxed);
    const char *broken = call == NULL ? NULL : check_held(thread, call, &best);
    for (struct k_list *link = thread->holds.next; broken == NULL && link != &thread->holds;
         link = link->next)
        broken = check_held(thread, K_CONTAINER(link, struct k_request, hold_link), &best);
    if (broken != NULL)
        return broken;
    CHECK((kernel->config.flags & K_CONFIG_NO_INHERIT) != 0 ||
              best == (int)k_thread_effective(thread),
          "a thread has the wrong effective priority");
    CHECK(thread->wait.kind == K_WAIT_NONE || state != K_THREAD_RUNNING ||
              k_list_empty(&thread->wait.link),
          "a running thread is still among those that wait");
    return NULL;
}

static const char *check_process(struct k_process *process)
{
    CHECK(length(&process->threads) == process->thread_count, "a process counts its threads wrong");
    CHECK(process->quota.used <= process->quota.limit, "a process is over its quota");
    CHECK(process->handles.live + process->handles.reserved <= process->handles.made,
          "a handle table counts wrong");
    return NULL;
}

static const char *check_queues(struct k_cpu *cpu)
{
    uint32_t count = 0;
    int top = -1;
    for (int p = 0; p <= SLIP_PRIORITY_MAX; p++) {
        uint32_t here = length(&cpu->run[p]);
        int mapped = (cpu->run_map[p / 64] >> p % 64 & 1) != 0;
        CHECK(mapped == (here != 0), "a run queue's map is wrong");
        count += here;
        top = here != 0 ? p : top;
    }
    CHECK(count == cpu->run_count, "a run queue counts wrong");
    CHECK(top == atomic_load_explicit(&cpu->run_top, memory_order_relaxed),
          "a run queue's top is wrong");
    CHECK(cpu->inherit == NULL, "a priority was not computed");
    return NULL;
}

static int live(const struct k_object *object)
{
    return object->item.in_use &&
           atomic_load_explicit(&object->references, memory_order_relaxed) != 0;
}

const char *k_kernel_check(struct k_kernel *kernel)
{
    const char *broken = NULL;
    for (uint32_t i = 0; broken == NULL && i < kernel->config.cpus; i++)
        broken = check_queues(&kernel->cpus[i]);
    for (uint32_t i = 0; broken == NULL && i < kernel->endpoints.made; i++) {
        struct k_endpoint *endpoint = k_pool_at(&kernel->endpoints, i);
        broken = live(&endpoint->object) ? check_endpoint(endpoint) : NULL;
    }
    for (uint32_t i = 0; broken == NULL && i < kernel->ports.made; i++) {
        struct k_port *port = k_pool_at(&kernel->ports, i);
        broken = live(&port->object) ? check_port(port) : NULL;
    }
    for (uint32_t i = 0; broken == NULL && i < kernel->threads.made; i++) {
        struct k_thread *thread = k_pool_at(&kernel->threads, i);
        int alive = live(&thread->object) && k_thread_state(thread) != K_THREAD_DEAD;
        broken = alive ? check_thread(kernel, thread) : NULL;
    }
    for (uint32_t i = 0; broken == NULL && i < kernel->processes.made; i++) {
        struct k_process *process = k_pool_at(&kernel->processes, i);
        broken = live(&process->object) ? check_process(process) : NULL;
    }
    return broken;
}
