/* The fast path of the batched wait. Messages are lifted out of the queue under the lock and copied
 * without it, so that a sender on another CPU goes on meanwhile; then their blocks are given back,
 * all at once. So the lock and the lines beside it move twice for a batch, however long it is. */
#include "endpoint.h"
#include "fast.h"
#include "hot.h"
#include "inherit.h"
#include "user.h"

#define MESSAGE(link) K_CONTAINER(link, struct k_message, entry.node.node)

/* endpoint's lock. Takes up to `most` messages of words alone off the queue, if that makes enough;
 * how many. A reference on the endpoint keeps their blocks from now on. */
K_HOT uint32_t lift(struct k_endpoint *endpoint, uint32_t least, uint32_t most,
                    struct k_list *lifted)
{
    struct k_list *queue = &endpoint->queue.nodes, *link = queue->next;
    uint32_t count = 0;
    if (K_UNLIKELY(endpoint->closed) || endpoint->blocked.count != 0)
        return 0;
    if (endpoint->words == endpoint->queue.count && endpoint->words <= most) {
        count = endpoint->words; /* all of it: none has to be looked at */
        link = queue;
    }
    for (; count < most && link != queue; count++, link = link->next) {
        uint32_t kind = K_CONTAINER(link, struct k_prio_node, node)->kind;
        /* A pulse or news may be for others, and no end of this batch; what is one stays, and may be
         * the end of other waits, too. */
        if (kind == K_ENTRY_PULSE || kind == K_ENTRY_CANCEL ||
            (kind != K_ENTRY_WORDS && endpoint->batchers.count != 0))
            return 0;
        if (kind != K_ENTRY_WORDS)
            break;
        k_message_expect_read(MESSAGE(link));
    }
    if (count == 0 || (count < least && count < endpoint->depth))
        return 0;
    k_prio_list_cut(&endpoint->queue, K_CONTAINER(link->prev, struct k_prio_node, node), count,
                    lifted);
    endpoint->words -= count;
    endpoint->lifted += count;
    k_object_ref(&endpoint->object);
    return count;
}

/* Copies lifted messages to the user's; how many it took. */
K_HOT uint32_t copy(enum k_hot kind, struct k_cpu *cpu, struct k_thread *self,
                    const struct k_list *lifted, uint64_t address)
{
    uint32_t count = 0;
    uint64_t bytes = 0;
    for (const struct k_list *link = lifted->next; link != lifted; link = link->next, count++) {
        const struct slip_short_message *content = &MESSAGE(link)->content;
        k_message_expect_read(MESSAGE(link));
        uint64_t length = offsetof(struct slip_short_message, word) + content->bytes;
        if (K_UNLIKELY(cpu->ops->copy(cpu->machine, &self->process->space,
                                      address + count * sizeof(*content), NULL, (uintptr_t)content,
                                      length) != SLIP_OK))
            break;
        bytes += content->bytes;
        k_hot_charge(kind, cpu, SLIP_COST_word, content->words);
        k_hot_trace(kind, cpu, SLIP_TRACE_message_taken, MESSAGE(link)->item.index,
                    self->object.id);
    }
    k_count(&self->counters.messages, count);
    k_count(&self->counters.copied_bytes, bytes);
    return count;
}

/* endpoint's lock. What could not be copied is queued where it was, and whoever began to wait for
 * such a message since is woken to look. */
static __attribute__((noinline)) void put_back(struct k_cpu *cpu, struct k_endpoint *endpoint,
                                               struct k_list *lifted, uint32_t copied)
{
    for (struct k_list *link; (link = k_list_pop_head(lifted)) != NULL;) {
        struct k_message *message = MESSAGE(link);
        if (copied != 0 || endpoint->closed) {
            copied -= copied != 0;
            endpoint->counted--;
            k_list_push_tail(&endpoint->free_blocks, link);
            continue;
        }
        struct k_prio_node *node = &message->entry.node;
        k_endpoint_enqueue(cpu, endpoint, &message->entry, node->priority, node->arrival);
        struct k_thread *receiver = k_endpoint_claim_receiver(endpoint, message->content.badge);
        if (receiver != NULL)
            k_wait_wake(cpu, receiver, K_OUTCOME_AGAIN);
    }
}

/* The blocks of `count` lifted messages, `copied` of which the user has, belong to the endpoint
 * again. */
K_HOT void give_back(enum k_hot kind, struct k_cpu *cpu, struct k_endpoint *endpoint,
                     struct k_list *lifted, uint32_t count, uint32_t copied)
{
    k_hot_take(kind, cpu, &endpoint->object.lock);
    endpoint->lifted -= count;
    if (K_UNLIKELY(copied != count)) {
        put_back(cpu, endpoint, lifted, copied);
    } else {
        endpoint->counted -= count;
        k_list_append(&endpoint->free_blocks, lifted);
    }
    int others = endpoint->blocked.count != 0; /* they came while all places were taken */
    if (K_UNLIKELY(others))
        k_endpoint_admit(cpu, endpoint);
    k_hot_drop(kind, cpu, &endpoint->object.lock);
    if (K_UNLIKELY(others))
        k_inherit_run(cpu);
    k_object_unref(cpu, &endpoint->object);
}

K_HOT int batch(enum k_hot kind, struct k_cpu *cpu, struct k_thread *self,
                struct k_endpoint *endpoint, const struct k_batch *wanted, uint32_t *count)
{
    struct k_list lifted;
    uint32_t found = lift(endpoint, wanted->least, wanted->most, &lifted);
    k_hot_drop(kind, cpu, &endpoint->object.lock);
    if (found == 0)
        return 0;
    *count = copy(kind, cpu, self, &lifted, wanted->address);
    give_back(kind, cpu, endpoint, &lifted, found, *count);
    return 1;
}

int k_fast_batch(struct k_cpu *cpu, struct k_endpoint *endpoint, const struct k_batch *wanted,
                 uint32_t *count)
{
    if (cpu->fast == K_HOT_PLAIN)
        return batch(K_HOT_PLAIN, cpu, cpu->current, endpoint, wanted, count);
    return batch(K_HOT_FULL, cpu, cpu->current, endpoint, wanted, count);
}

int32_t k_call_endpoint_wait_batch(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],
                                   uint64_t out[3])
{
    struct k_handle_peek handle;
    struct k_batch wanted;
    uint32_t count;
    if (cpu->fast == 0 || k_batch_decode(self, in, &wanted) != SLIP_OK ||
        k_hot_peek(self, in[0], &k_endpoint_type, SLIP_RIGHT_RECEIVE, &handle) != SLIP_OK)
        return k_careful_wait_batch(cpu, self, in, out);
    struct k_endpoint *endpoint = K_ENDPOINT(handle.object);
    k_lock_take(cpu, &endpoint->object.lock);
    if (!k_handle_still(&handle)) {
        k_lock_drop(cpu, &endpoint->object.lock);
        return k_careful_wait_batch(cpu, self, in, out);
    }
    if (!k_fast_batch(cpu, endpoint, &wanted, &count))
        return k_careful_wait_batch(cpu, self, in, out);
    k_charge(cpu, SLIP_COST_lookup, 1);
    out[0] = count;
    return count == 0 ? SLIP_BAD_ADDRESS : SLIP_OK;
}
