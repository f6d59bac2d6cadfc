#include "endpoint.h"
#include "fast.h"
#include "hot.h"
#include "user.h"

/* ---- send ---------------------------------------------------------------------------------- */

/* endpoint's lock. Queues words where nobody waits for them and there is room; 0: nothing happened. */
K_HOT int queue(struct k_cpu *cpu, struct k_thread *self, struct k_endpoint *endpoint,
                uint32_t bytes, uint64_t address, uint64_t badge)
{
    struct k_list *link = k_list_head(&endpoint->free_blocks);
    if (endpoint->receivers.count != 0 || endpoint->port != NULL ||
        endpoint->counted >= endpoint->depth || endpoint->counted + 1 >= endpoint->batch_goal ||
        K_UNLIKELY(link == NULL))
        return 0;
    struct k_message *message = K_FREE_BLOCK(link);
    k_message_expect(message);
    if (bytes != 0 &&
        K_UNLIKELY(cpu->ops->copy(cpu->machine, NULL, (uintptr_t)message->content.word,
                                  &self->process->space, address, bytes) != SLIP_OK))
        return 0;
    k_list_remove(link);
    k_message_fill(message, bytes, badge);
    endpoint->counted++;
    endpoint->words++;
    k_prio_list_insert(&endpoint->queue, &message->entry.node,
                       k_endpoint_order(cpu, k_thread_effective(self)), endpoint->arrivals++);
    return 1;
}

int32_t k_call_endpoint_send(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],
                             uint64_t out[3])
{
    struct k_handle_peek handle;
    uint64_t address = in[2] == 0 ? self->area : in[2];
    uint32_t tag = (uint32_t)in[1] & ~(uint32_t)(SLIP_SEND_FAIL_FULL << 28);
    /* A tag of a length alone is that length; what a full queue means is for the careful path. */
    if (cpu->fast != K_HOT_PLAIN || tag > SLIP_MESSAGE_BYTES_INLINE || in[1] >> 32 != 0 ||
        K_UNLIKELY(!k_user_writable(self->process, address, sizeof(struct slip_message_area))))
        return k_careful_send(cpu, self, in, out);
    if (K_UNLIKELY(k_hot_peek(self, in[0], &k_endpoint_type, SLIP_RIGHT_SEND, &handle) != SLIP_OK))
        return k_careful_send(cpu, self, in, out);
    k_handle_peek_badge(&handle);
    struct k_endpoint *endpoint = K_ENDPOINT(handle.object);
    k_hot_take(K_HOT_PLAIN, cpu, &endpoint->object.lock);
    int queued = k_hot_open(&handle, &endpoint->closed) &&
                 queue(cpu, self, endpoint, tag, address, handle.badge);
    k_hot_drop(K_HOT_PLAIN, cpu, &endpoint->object.lock);
    return queued ? SLIP_OK : k_careful_send(cpu, self, in, out);
}

/* ---- wait ---------------------------------------------------------------------------------- */

/* endpoint's lock. Takes the first message, if that is one of words alone; 0: nothing happened. */
K_HOT int take(struct k_cpu *cpu, struct k_thread *self, struct k_endpoint *endpoint,
               uint64_t address, uint64_t out[3])
{
    struct k_prio_node *node = k_prio_list_first(&endpoint->queue);
    struct k_entry *entry = K_CONTAINER(node, struct k_entry, node);
    if (node == NULL || entry->node.kind != K_ENTRY_WORDS || endpoint->blocked.count != 0)
        return 0;
    struct k_message *message = K_CONTAINER(entry, struct k_message, entry);
    uint32_t bytes = message->content.bytes;
    if (bytes != 0 &&
        K_UNLIKELY(cpu->ops->copy(cpu->machine, &self->process->space, address, NULL,
                                  (uintptr_t)message->content.word, bytes) != SLIP_OK))
        return 0;
    out[0] = message->content.badge;
    out[2] = k_got(bytes, 0, 0, 0);
    k_prio_list_remove(&endpoint->queue, node);
    k_list_push_head(&endpoint->free_blocks, &message->entry.node.node);
    endpoint->counted--;
    endpoint->words--;
    k_count(&self->counters.messages, 1);
    k_count(&self->counters.copied_bytes, bytes);
    return 1;
}

int32_t k_call_endpoint_wait(struct k_cpu *cpu, struct k_thread *self, const uint64_t in[6],
                             uint64_t out[3])
{
    struct k_handle_peek handle;
    uint64_t address = in[1] == 0 ? self->area : in[1];
    if (cpu->fast != K_HOT_PLAIN ||
        K_UNLIKELY(!k_user_writable(self->process, address, sizeof(struct slip_message_area))))
        return k_careful_wait(cpu, self, in, out);
    if (K_UNLIKELY(k_hot_peek(self, in[0], &k_endpoint_type, SLIP_RIGHT_RECEIVE, &handle) !=
                   SLIP_OK))
        return k_careful_wait(cpu, self, in, out);
    struct k_endpoint *endpoint = K_ENDPOINT(handle.object);
    k_hot_take(K_HOT_PLAIN, cpu, &endpoint->object.lock);
    int taken = k_handle_still(&handle) && take(cpu, self, endpoint, address, out);
    k_hot_drop(K_HOT_PLAIN, cpu, &endpoint->object.lock);
    return taken ? SLIP_OK : k_careful_wait(cpu, self, in, out);
}
