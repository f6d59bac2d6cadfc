/* The batched wait: several messages of words alone for one system call, in the order in which
 * single waits would take them. The fast path of it is in fast_batch.c. */
#include "fast.h"
#include "hot.h"
#include "inherit.h"
#include "receive.h"
#include "user.h"

#define PLACE(pointer) K_CONTAINER(pointer, struct k_entry, node)

slip_status_t k_batch_decode(const struct k_thread *thread, const uint64_t in[6],
                             struct k_batch *wanted)
{
    *wanted = (struct k_batch){
        .address = in[1], .least = (uint32_t)in[2], .most = (uint32_t)(in[2] >> 32)};
    if (wanted->least == 0 || wanted->least > wanted->most || wanted->most > SLIP_MESSAGE_BATCH_MAX)
        return SLIP_BAD_ARGUMENT;
    return k_user_writable(thread->process, wanted->address,
                           wanted->most * (uint64_t)sizeof(struct slip_short_message))
               ? SLIP_OK
               : SLIP_BAD_ADDRESS;
}

/* endpoint's lock. Is there enough to take, or is there no use in waiting for more? */
static int is_time(const struct k_endpoint *endpoint, const struct k_thread *self)
{
    if (endpoint->blocked.count != 0)
        return 1;
    uint32_t count = 0;
    const struct k_prio_node *node = k_prio_list_first(&endpoint->queue);
    for (; node != NULL; node = k_prio_list_next(&endpoint->queue, node))
        if (node->kind == K_ENTRY_WORDS ? ++count >= self->wait_least
                                        : k_endpoint_is_for(PLACE(node), self))
            return 1;
    return count != 0 && endpoint->counted >= endpoint->depth;
}

/* endpoint's lock. The running thread has looked and is through. It may have been woken for something
 * that it leaves, or has no memory for: then the next one of those who wait is to look. */
static void wake_next(struct k_cpu *cpu, struct k_endpoint *endpoint)
{
    struct k_prio_node *node = k_prio_list_first(&endpoint->batchers);
    while (node != NULL) {
        struct k_thread *thread = K_CONTAINER(node, struct k_thread, wait.place);
        node = k_prio_list_next(&endpoint->batchers, node);
        if (is_time(endpoint, thread) && k_endpoint_wake_again(cpu, endpoint, thread))
            return;
    }
}

/* Writes badge and length of a message of the batch; those of none: tries the memory. */
static slip_status_t describe(struct k_cpu *cpu, uint64_t address, uint64_t badge, uint64_t got)
{
    struct slip_short_message head = {.badge = badge, .bytes = (uint32_t)(got & 0xfffff)};
    head.words = (head.bytes + 7) / 8;
    return k_user_write(cpu, cpu->current->process, address, &head,
                        offsetof(struct slip_short_message, word));
}

/* endpoint's lock. Takes messages until there are `most`; says what ended it. */
static enum k_next take(struct k_cpu *cpu, struct k_endpoint *endpoint,
                        const struct k_batch *wanted, uint32_t *count, slip_status_t *status)
{
    struct k_thread *self = cpu->current;
    enum k_next next = K_NEXT_TAKEN;
    while (next == K_NEXT_TAKEN && *count < wanted->most) {
        uint64_t out[3], at = wanted->address + *count * sizeof(struct slip_short_message);
        *status = describe(cpu, at, 0, 0); /* what may fail is tried before anything is taken */
        if (*status != SLIP_OK)
            return K_NEXT_FAILED;
        self->window.address = at + offsetof(struct slip_short_message, word);
        next = k_receive_next(cpu, endpoint, out, status);
        if (next == K_NEXT_TAKEN) {
            (void)describe(cpu, at, out[0], out[2]);
            ++*count;
        }
    }
    return next;
}

slip_status_t k_endpoint_wait_batch(struct k_cpu *cpu, struct k_endpoint *endpoint,
                                    const struct k_batch *wanted, slip_time_t deadline,
                                    uint32_t *count)
{
    struct k_kernel *kernel = cpu->kernel;
    struct k_thread *self = cpu->current;
    slip_status_t late = deadline == 0 ? SLIP_WOULD_BLOCK : SLIP_OK;
    *count = 0;
    for (;;) {
        slip_status_t status = SLIP_OK;
        enum k_next next = K_NEXT_NOTHING;
        self->window = (struct k_window){.kind = K_FROM_ANY_WORDS};
        /* More than the queue holds never come together. */
        self->wait_least = wanted->least < endpoint->depth ? wanted->least : endpoint->depth;
        self->wait_least += self->wait_least == 0;
        k_lock_take(cpu, &endpoint->object.lock);
        if (endpoint->closed) {
            k_lock_drop(cpu, &endpoint->object.lock);
            return SLIP_PEER_CLOSED;
        }
        if (late != SLIP_OK || is_time(endpoint, self))
            next = take(cpu, endpoint, wanted, count, &status);
        if (*count == 0 && next == K_NEXT_NOTHING && late == SLIP_OK) {
            int32_t outcome = k_receive_block(cpu, endpoint, &endpoint->batchers, deadline, NULL);
            cpu = k_cpu_now(kernel);
            if (outcome == SLIP_TIMED_OUT)
                late = SLIP_TIMED_OUT;
            else if (outcome != K_OUTCOME_AGAIN)
                return outcome == K_OUTCOME_KILLED ? SLIP_CANCELLED : (slip_status_t)outcome;
            if (late != SLIP_OK || cpu->fast == 0)
                continue;
            k_lock_take(cpu, &endpoint->object.lock);
            if (k_fast_batch(cpu, endpoint, wanted, count))
                return *count == 0 ? SLIP_BAD_ADDRESS : SLIP_OK;
            continue;
        }
        wake_next(cpu, endpoint);
        k_lock_drop(cpu, &endpoint->object.lock);
        k_inherit_run(cpu);
        if (*count == 0 && next == K_NEXT_OTHER)
            return SLIP_TOO_LONG;
        if (*count == 0 && next == K_NEXT_FAILED)
            return status;
        return next == K_NEXT_NOTHING && *count < self->wait_least ? late : SLIP_OK;
    }
}
