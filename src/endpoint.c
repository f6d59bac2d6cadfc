#include "endpoint.h"

#include "check.h"
#include "config.h"
#include "hook.h"
#include "inherit.h"
#include "instance.h"
#include "interrupt.h"
#include "port.h"
#include "process.h"
#include "sched.h"
#include "user.h"

#define ENTRY(pointer) K_CONTAINER(pointer, struct k_entry, node)
#define WAITER(pointer) K_CONTAINER(pointer, struct k_thread, wait.place)

static void close_endpoint(struct k_cpu *cpu, struct k_object *object);
static void free_endpoint(struct k_cpu *cpu, struct k_object *object);

const struct k_object_type k_endpoint_type = {
    .name = "endpoint",
    .holder_right = SLIP_RIGHT_RECEIVE,
    .close = close_endpoint,
    .free = free_endpoint,
};

static uint64_t bytes_of(struct k_kernel *kernel, uint32_t depth)
{
    return kernel->endpoints.item_bytes + depth * kernel->messages.item_bytes;
}

static void return_blocks(struct k_cpu *cpu, struct k_endpoint *endpoint)
{
    for (struct k_list *link; (link = k_list_pop_head(&endpoint->free_blocks)) != NULL;)
        k_pool_put(&cpu->kernel->messages, cpu, K_FREE_BLOCK(link));
}

static slip_status_t take_blocks(struct k_cpu *cpu, struct k_endpoint *endpoint, uint32_t depth)
{
    for (uint32_t i = 0; i < depth; i++) {
        struct k_message *message = k_pool_get(&cpu->kernel->messages, cpu);
        if (message == NULL)
            return SLIP_NO_QUOTA;
        k_prio_node_init(&message->entry.node);
        message->cargo.count = 0;
        k_list_push_tail(&endpoint->free_blocks, &message->entry.node.node);
    }
    return SLIP_OK;
}

slip_status_t k_endpoint_create(struct k_cpu *cpu, struct k_process *owner, uint32_t depth,
                                struct k_endpoint **out)
{
    struct k_kernel *kernel = cpu->kernel;
    if (k_quota_charge(cpu, &owner->quota, bytes_of(kernel, depth)) != SLIP_OK)
        return SLIP_NO_QUOTA;
    struct k_endpoint *endpoint = k_pool_get(&kernel->endpoints, cpu);
    if (endpoint == NULL)
        goto no_endpoint;
    k_list_init(&endpoint->free_blocks);
    if (take_blocks(cpu, endpoint, depth) != SLIP_OK)
        goto no_blocks;
    endpoint->depth = depth;
    k_prio_list_init(&endpoint->queue);
    k_prio_list_init(&endpoint->blocked);
    k_prio_list_init(&endpoint->receivers);
    k_prio_list_init(&endpoint->batchers);
    k_endpoint_set_goal(endpoint);
    endpoint->serving.first = NULL;
    endpoint->arrivals = 0;
    endpoint->counted = endpoint->words = endpoint->calls = endpoint->lifted = 0;
    __atomic_store_n(&endpoint->closed, 0, __ATOMIC_RELEASE); /* see k_hot_open */
    endpoint->port = NULL;
    k_list_init(&endpoint->ready.link);
    endpoint->ready.content = (struct slip_completion){.source = SLIP_SOURCE_ENDPOINT};
    k_list_init(&endpoint->taken_link);
    atomic_store_explicit(&endpoint->donation, -1, memory_order_relaxed);
    atomic_store_explicit(&endpoint->request_waiters, 0, memory_order_relaxed);
    k_count(&k_counters_now(cpu)->allocations, 1 + depth);
    k_object_init(cpu, &endpoint->object, &k_endpoint_type, K_RANK_ENDPOINT, &owner->object);
    *out = endpoint;
    return SLIP_OK;

no_blocks:
    return_blocks(cpu, endpoint);
    k_pool_put(&kernel->endpoints, cpu, endpoint);
no_endpoint:
    k_quota_uncharge(cpu, &owner->quota, bytes_of(kernel, depth));
    return SLIP_NO_QUOTA;
}

static void free_endpoint(struct k_cpu *cpu, struct k_object *object)
{
    struct k_endpoint *endpoint = K_ENDPOINT(object);
    uint64_t bytes = bytes_of(cpu->kernel, endpoint->depth);
    K_ASSERT(cpu->kernel, endpoint->queue.count == 0 && endpoint->port == NULL);
    return_blocks(cpu, endpoint);
    k_quota_uncharge(cpu, &K_PROCESS(object->owner)->quota, bytes);
    k_pool_put(&cpu->kernel->endpoints, cpu, endpoint);
}

/* ---- the queue ----------------------------------------------------------------------------- */

/* With queues in order of arrival all wait with the same priority. */
uint32_t k_endpoint_order(const struct k_cpu *cpu, uint32_t priority)
{
    return cpu->flags & K_CONFIG_ARRIVAL_ORDER ? 0 : priority;
}

static int is_call(const struct k_entry *entry)
{
    return entry->node.kind == K_ENTRY_CALL ||
           (entry->node.kind == K_ENTRY_PASSED &&
            K_CONTAINER(entry, struct k_request, entry)->caller != NULL);
}

void k_endpoint_donate(struct k_cpu *cpu, struct k_endpoint *endpoint)
{
    int best = -1, sorted = (cpu->flags & K_CONFIG_ARRIVAL_ORDER) == 0;
    struct k_prio_node *node = endpoint->calls == 0 ? NULL : k_prio_list_first(&endpoint->queue);
    for (; node != NULL; node = k_prio_list_next(&endpoint->queue, node))
        if (is_call(ENTRY(node))) {
            const struct k_request *request = K_CONTAINER(ENTRY(node), struct k_request, entry);
            int priority = sorted ? (int)node->priority : (int)k_thread_effective(request->caller);
            best = priority > best ? priority : best;
            if (sorted)
                break;
        }
    if (best == atomic_load_explicit(&endpoint->donation, memory_order_relaxed))
        return;
    atomic_store_explicit(&endpoint->donation, best, memory_order_relaxed);
    k_inherit_note_servers(cpu, endpoint);
}

void k_endpoint_enqueue(struct k_cpu *cpu, struct k_endpoint *endpoint, struct k_entry *entry,
                        uint32_t priority, uint64_t arrival)
{
    k_charge(cpu, SLIP_COST_queue, 1);
    k_line(cpu, &endpoint->object.lock.line, SLIP_LINE_WRITE);
    k_prio_list_insert(&endpoint->queue, &entry->node, k_endpoint_order(cpu, priority), arrival);
    endpoint->words += entry->node.kind == K_ENTRY_WORDS;
    if (is_call(entry)) {
        endpoint->calls++;
        k_endpoint_donate(cpu, endpoint);
    }
    k_port_arrival(cpu, endpoint);
    if (entry->node.kind != K_ENTRY_PULSE && entry->node.kind != K_ENTRY_CANCEL)
        k_endpoint_wake_batcher(cpu, endpoint,
                                entry); /* those two are offered to receivers first */
}

/* object.lock. Takes an entry out of the queue, with all that follows; 1 if it was in it. */
static int dequeue(struct k_cpu *cpu, struct k_endpoint *endpoint, struct k_entry *entry)
{
    if (!k_prio_node_linked(&entry->node))
        return 0;
    k_charge(cpu, SLIP_COST_queue, 1);
    k_prio_list_remove(&endpoint->queue, &entry->node);
    endpoint->words -= entry->node.kind == K_ENTRY_WORDS;
    if (is_call(entry)) {
        endpoint->calls--;
        k_endpoint_donate(cpu, endpoint);
    }
    return 1;
}

void k_endpoint_unqueue(struct k_cpu *cpu, struct k_endpoint *endpoint, struct k_request *request)
{
    if (dequeue(cpu, endpoint, &request->entry) && request->depth_counted)
        endpoint->counted--;
    request->depth_counted = 0;
}

int k_endpoint_is_closed(struct k_cpu *cpu, struct k_endpoint *endpoint)
{
    k_lock_take(cpu, &endpoint->object.lock);
    int closed = endpoint->closed;
    k_lock_drop(cpu, &endpoint->object.lock);
    return closed;
}

int k_endpoint_withdraw(struct k_cpu *cpu, struct k_endpoint *endpoint, struct k_entry *entry)
{
    k_lock_take(cpu, &endpoint->object.lock);
    int was = dequeue(cpu, endpoint, entry);
    k_lock_drop(cpu, &endpoint->object.lock);
    return was;
}

int k_endpoint_is_for(const struct k_entry *entry, const struct k_thread *thread)
{
    if (thread->window.kind != K_FROM_ANY && thread->window.kind != K_FROM_ANY_WORDS)
        return 0;
    if (entry->node.kind == K_ENTRY_PULSE)
        return k_interrupt_is_for(K_CONTAINER(entry, struct k_interrupt, entry), thread);
    if (entry->node.kind == K_ENTRY_CANCEL)
        return K_CONTAINER(entry, struct k_request, entry)->holder == thread->process;
    return 1;
}

void k_endpoint_set_goal(struct k_endpoint *endpoint)
{
    uint32_t goal = UINT32_MAX;
    struct k_prio_node *node = k_prio_list_first(&endpoint->batchers);
    for (; node != NULL; node = k_prio_list_next(&endpoint->batchers, node))
        goal = WAITER(node)->wait_least < goal ? WAITER(node)->wait_least : goal;
    endpoint->batch_goal = goal;
}

int k_endpoint_wake_again(struct k_cpu *cpu, struct k_endpoint *endpoint, struct k_thread *thread)
{
    if (!k_wait_claim(thread))
        return 0;
    k_prio_list_remove(thread->wait.list, &thread->wait.place);
    k_endpoint_set_goal(endpoint);
    k_wait_wake(cpu, thread, K_OUTCOME_AGAIN);
    return 1;
}

void k_endpoint_wake_batcher(struct k_cpu *cpu, struct k_endpoint *endpoint,
                             const struct k_entry *entry)
{
    struct k_prio_node *node = k_prio_list_first(&endpoint->batchers);
    while (node != NULL) {
        struct k_thread *thread = WAITER(node);
        node = k_prio_list_next(&endpoint->batchers, node);
        int due = 1;
        if (entry != NULL && entry->node.kind == K_ENTRY_WORDS)
            due = endpoint->counted >= thread->wait_least;
        else if (entry != NULL)
            due = k_endpoint_is_for(entry, thread);
        if (due && k_endpoint_wake_again(cpu, endpoint, thread))
            return;
    }
}

/* Makes one receiver look that an entry is for, if one waits. */
static void wake_receiver(struct k_cpu *cpu, struct k_endpoint *endpoint,
                          const struct k_entry *entry)
{
    struct k_prio_node *node = k_prio_list_first(&endpoint->receivers);
    while (node != NULL) {
        struct k_thread *thread = WAITER(node);
        node = k_prio_list_next(&endpoint->receivers, node);
        if (k_endpoint_is_for(entry, thread) && k_endpoint_wake_again(cpu, endpoint, thread))
            return;
    }
    k_endpoint_wake_batcher(cpu, endpoint, entry);
}

int k_endpoint_put(struct k_cpu *cpu, struct k_endpoint *endpoint, struct k_entry *entry)
{
    k_lock_take(cpu, &endpoint->object.lock);
    int open = !endpoint->closed;
    if (open && !k_prio_node_linked(&entry->node)) {
        k_endpoint_enqueue(cpu, endpoint, entry, SLIP_PRIORITY_MAX, endpoint->arrivals++);
        wake_receiver(cpu, endpoint, entry);
    }
    k_lock_drop(cpu, &endpoint->object.lock);
    return open;
}

void k_endpoint_look_again(struct k_cpu *cpu, struct k_endpoint *endpoint,
                           const struct k_entry *entry)
{
    k_lock_take(cpu, &endpoint->object.lock);
    if (k_prio_node_linked(&entry->node))
        wake_receiver(cpu, endpoint, entry);
    k_lock_drop(cpu, &endpoint->object.lock);
}

/* Closed waits for the news of this request hear it: how many did. */
static int tell_request_waiters(struct k_cpu *cpu, struct k_endpoint *endpoint,
                                slip_request_t token, int32_t status)
{
    int told = 0;
    uint64_t word = (uint64_t)(int64_t)status;
    struct k_prio_node *node = k_prio_list_first(&endpoint->receivers);
    while (node != NULL) {
        struct k_thread *thread = WAITER(node);
        node = k_prio_list_next(&endpoint->receivers, node);
        if (thread->window.kind != K_FROM_REQUEST || thread->window.from != token ||
            !k_wait_claim(thread))
            continue;
        k_prio_list_remove(&endpoint->receivers, &thread->wait.place);
        slip_status_t wrote =
            k_user_write(cpu, thread->process, thread->window.address, &word, sizeof(word));
        thread->wait.out[0] = 0;
        thread->wait.out[1] = token;
        thread->wait.out[2] = k_got(sizeof(word), 0, 0, SLIP_GOT_CANCEL);
        k_wait_wake(cpu, thread, wrote);
        told++;
    }
    return told;
}

/* object.lock. */
static void put_news(struct k_cpu *cpu, struct k_endpoint *endpoint, struct k_request *request)
{
    /* A winner sets ENDING first, looks whether a cancel was asked, and takes this lock to withdraw
     * the entry: so either it is seen here, or it finds the entry. */
    atomic_thread_fence(memory_order_seq_cst);
    if (endpoint->closed || K_REQUEST_STATE(k_request_word(request)) != K_REQUEST_HELD)
        return;
    if (tell_request_waiters(cpu, endpoint, k_request_token(request), SLIP_CANCELLED) != 0)
        return;
    request->entry.node.kind = K_ENTRY_CANCEL;
    k_endpoint_enqueue(cpu, endpoint, &request->entry, SLIP_PRIORITY_MAX, endpoint->arrivals++);
    wake_receiver(cpu, endpoint, &request->entry);
}

void k_endpoint_put_news(struct k_cpu *cpu, struct k_endpoint *endpoint, struct k_request *request)
{
    k_lock_take(cpu, &endpoint->object.lock);
    put_news(cpu, endpoint, request);
    k_lock_drop(cpu, &endpoint->object.lock);
}

void k_endpoint_withdraw_request(struct k_cpu *cpu, struct k_endpoint *endpoint,
                                 struct k_request *request, enum k_request_state was)
{
    /* The request is ENDING. Pairs with the fences in k_endpoint_wait and k_endpoint_put_news:
     * either this sees the waiter, or the question, or they see ENDING. */
    atomic_thread_fence(memory_order_seq_cst);
    int told = atomic_load_explicit(&request->cancel_asked, memory_order_relaxed) != 0;
    int waited = atomic_load_explicit(&endpoint->request_waiters, memory_order_relaxed) != 0;
    if (was == K_REQUEST_HELD && request->caller == NULL && !told && !waited)
        return; /* it is in no list of the endpoint */
    k_lock_take(cpu, &endpoint->object.lock);
    k_endpoint_unqueue(cpu, endpoint, request);
    k_endpoint_admit(cpu, endpoint);
    k_chain_remove(&request->serve_link);
    if (was == K_REQUEST_HELD) {
        struct k_thread *server = atomic_load_explicit(&request->server, memory_order_acquire);
        if (request->caller != NULL && server != NULL &&
            k_thread_effective(server) != atomic_load_explicit(&server->base, memory_order_relaxed))
            k_inherit_note(cpu, server);
        if (waited)
            tell_request_waiters(cpu, endpoint, k_request_token(request), request->status);
    }
    k_lock_drop(cpu, &endpoint->object.lock);
}

int k_endpoint_give(struct k_cpu *cpu, struct k_endpoint *endpoint, struct k_request *request,
                    struct k_thread *server)
{
    struct k_thread *caller = request->caller; /* once it is held, a submit may end at any moment */
    if (atomic_load_explicit(&request->endpoint, memory_order_relaxed) == NULL) {
        k_object_ref(&endpoint->object);
        atomic_store_explicit(&request->endpoint, endpoint, memory_order_relaxed);
    }
    k_lock_take(cpu, &server->object.lock);
    k_request_hold(request, server);
    uint64_t word = k_request_word(request);
    /* Asked of the server that passed it on: the next one is to hear it as well. */
    int asked = atomic_load_explicit(&request->cancel_asked, memory_order_relaxed) != 0;
    int given = 1;
    if (K_REQUEST_STATE(word) != K_REQUEST_QUEUED && K_REQUEST_STATE(word) != K_REQUEST_ENDING) {
        k_request_become(request, K_REQUEST_HELD);
    } else {
        unsigned long long queued = word >> 32 << 32 | K_REQUEST_QUEUED;
        given = atomic_compare_exchange_strong_explicit(&request->word, &queued,
                                                        word >> 32 << 32 | K_REQUEST_HELD,
                                                        memory_order_acq_rel, memory_order_relaxed);
    }
    if (!given)
        k_request_let_go(request, server);
    k_lock_drop(cpu, &server->object.lock);
    if (!given)
        return 0;
    k_count(&server->counters.requests, 1);
    k_trace(cpu, SLIP_TRACE_request_held, request->item.index, server->object.id);
    if (asked)
        put_news(cpu, endpoint, request);
    if (caller == NULL)
        return 1;
    k_chain_push(&endpoint->serving, &request->serve_link);
    int donated = atomic_load_explicit(&endpoint->donation, memory_order_relaxed);
    uint32_t effective = k_thread_effective(server);
    if (k_thread_effective(caller) > effective || donated > (int)effective)
        k_inherit_note(cpu, server);
    return 1;
}

struct k_thread *k_endpoint_claim_receiver(struct k_endpoint *endpoint, uint64_t badge)
{
    struct k_prio_node *node = k_prio_list_first(&endpoint->receivers);
    while (node != NULL) {
        struct k_thread *thread = WAITER(node);
        node = k_prio_list_next(&endpoint->receivers, node);
        const struct k_window *window = &thread->window;
        int matches =
            window->kind == K_FROM_ANY || (window->kind == K_FROM_BADGE && window->from == badge);
        if (!matches || !k_wait_claim(thread))
            continue;
        k_prio_list_remove(&endpoint->receivers, &thread->wait.place);
        return thread;
    }
    return NULL;
}

void k_endpoint_reposition(struct k_cpu *cpu, struct k_endpoint *endpoint, struct k_thread *thread)
{
    uint32_t priority = k_endpoint_order(cpu, k_thread_effective(thread));
    k_lock_take(cpu, &endpoint->object.lock);
    struct k_request *request = thread->request;
    struct k_entry *entry = &request->entry;
    if (atomic_load_explicit(&request->endpoint, memory_order_relaxed) == endpoint &&
        is_call(entry) && k_prio_node_linked(&entry->node)) {
        uint64_t arrival = entry->node.arrival;
        k_prio_list_remove(&endpoint->queue, &entry->node);
        k_prio_list_insert(&endpoint->queue, &entry->node, priority, arrival);
        k_endpoint_donate(cpu, endpoint);
    }
    struct k_prio_node *place = &thread->wait.place;
    if (atomic_load_explicit(&thread->waits_at, memory_order_relaxed) == endpoint &&
        k_prio_node_linked(place)) {
        struct k_prio_list *list = thread->wait.list;
        uint64_t arrival = place->arrival;
        k_prio_list_remove(list, place);
        k_prio_list_insert(list, place, priority, arrival);
    }
    k_lock_drop(cpu, &endpoint->object.lock);
}

/* ---- closing ------------------------------------------------------------------------------- */

static void close_waiters(struct k_cpu *cpu, struct k_prio_list *list)
{
    for (struct k_prio_node *node; (node = k_prio_list_first(list)) != NULL;) {
        struct k_thread *thread = WAITER(node);
        k_prio_list_remove(list, node);
        if (k_wait_claim(thread))
            k_wait_wake(cpu, thread, SLIP_PEER_CLOSED);
    }
}

/* Takes the first entry of the queue apart. The lock is dropped and taken again. */
static void close_entry(struct k_cpu *cpu, struct k_endpoint *endpoint, struct k_entry *entry)
{
    dequeue(cpu, endpoint, entry);
    if (entry->node.kind == K_ENTRY_MESSAGE || entry->node.kind == K_ENTRY_WORDS) {
        struct k_message *message = K_CONTAINER(entry, struct k_message, entry);
        struct k_cargo cargo = message->cargo;
        message->cargo.count = 0;
        endpoint->counted--;
        k_list_push_tail(&endpoint->free_blocks, &message->entry.node.node);
        k_lock_drop(cpu, &endpoint->object.lock);
        k_cargo_close(cpu, &cargo);
    } else if (entry->node.kind == K_ENTRY_PULSE || entry->node.kind == K_ENTRY_CANCEL) {
        k_lock_drop(cpu, &endpoint->object.lock);
    } else {
        struct k_request *request = K_CONTAINER(entry, struct k_request, entry);
        uint32_t generation = K_REQUEST_GENERATION(k_request_word(request));
        if (request->depth_counted)
            endpoint->counted--;
        request->depth_counted = 0;
        k_lock_drop(cpu, &endpoint->object.lock);
        /* If somebody else wins it, fine: it ends. */
        k_request_end(cpu, request, generation, 1U << K_REQUEST_QUEUED, SLIP_PEER_CLOSED, 0, NULL);
    }
    k_lock_take(cpu, &endpoint->object.lock);
}

static void close_endpoint(struct k_cpu *cpu, struct k_object *object)
{
    struct k_endpoint *endpoint = K_ENDPOINT(object);
    k_lock_take(cpu, &object->lock);
    endpoint->closed = 1;
    close_waiters(cpu, &endpoint->receivers);
    close_waiters(cpu, &endpoint->batchers);
    k_endpoint_set_goal(endpoint);
    close_waiters(cpu, &endpoint->blocked);
    for (struct k_prio_node *node; (node = k_prio_list_first(&endpoint->queue)) != NULL;)
        close_entry(cpu, endpoint, ENTRY(node));
    struct k_port *port = endpoint->port;
    if (port != NULL)
        k_object_ref(k_port_object(port));
    k_lock_drop(cpu, &object->lock);
    if (port != NULL) {
        uint32_t withdrawn;
        k_port_detach(cpu, port, endpoint, &withdrawn);
        k_object_unref(cpu, k_port_object(port));
    }
    k_inherit_run(cpu);
}
