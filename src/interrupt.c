#include "interrupt.h"

#include "check.h"
#include "hook.h"
#include "instance.h"
#include "process.h"

static void close_interrupt(struct k_cpu *cpu, struct k_object *object);
static void free_interrupt(struct k_cpu *cpu, struct k_object *object);

const struct k_object_type k_interrupt_type = {
    .name = "interrupt",
    .holder_right = 0,
    .close = close_interrupt,
    .free = free_interrupt,
};

static void send_pending(struct k_cpu *cpu, struct k_interrupt *interrupt);

/* No lock. What the line said while nobody was there is the object's. Whoever fires adds to
 * line_bits and looks for an object then; whoever makes one does it the other way round. */
static void adopt(struct k_cpu *cpu, struct k_interrupt *interrupt)
{
    atomic_uint *line_bits = &cpu->kernel->line_bits[interrupt->line];
    k_lock_take(cpu, &interrupt->object.lock);
    uint32_t bits = atomic_exchange_explicit(line_bits, 0, memory_order_seq_cst);
    interrupt->bits |= bits;
    interrupt->count += bits != 0;
    send_pending(cpu, interrupt);
    k_lock_drop(cpu, &interrupt->object.lock);
}

slip_status_t k_interrupt_create(struct k_cpu *cpu, struct k_process *owner, uint32_t line,
                                 struct k_interrupt **out)
{
    struct k_kernel *kernel = cpu->kernel;
    if (k_quota_charge(cpu, &owner->quota, kernel->interrupts.item_bytes) != SLIP_OK)
        return SLIP_NO_QUOTA;
    struct k_interrupt *interrupt = k_pool_get(&kernel->interrupts, cpu);
    struct k_interrupt *none = NULL;
    slip_status_t status = interrupt == NULL ? SLIP_NO_QUOTA : SLIP_OK;
    if (interrupt != NULL) {
        interrupt->line = line;
        interrupt->endpoint = NULL;
        interrupt->port = NULL;
        atomic_store_explicit(&interrupt->binder, NULL, memory_order_relaxed);
        interrupt->bits = interrupt->count = 0;
        interrupt->queued = interrupt->taken = 0;
        k_prio_node_init(&interrupt->entry.node);
        interrupt->entry.node.kind = K_ENTRY_PULSE;
        k_list_init(&interrupt->completion.link);
        interrupt->completion.content = (struct slip_completion){.source = SLIP_SOURCE_INTERRUPT};
        k_object_init(cpu, &interrupt->object, &k_interrupt_type, K_RANK_INTERRUPT, &owner->object);
        if (!atomic_compare_exchange_strong_explicit(&kernel->lines[line], &none, interrupt,
                                                     memory_order_seq_cst, memory_order_relaxed)) {
            k_object_unref(cpu, &interrupt->object);
            return SLIP_ALREADY;
        }
        cpu->ops->interrupt_mask(cpu->machine, line, 1);
        /* What fired before there was an object is pending. */
        adopt(cpu, interrupt);
        k_count(&k_counters_now(cpu)->allocations, 1);
        *out = interrupt;
        return SLIP_OK;
    }
    k_quota_uncharge(cpu, &owner->quota, kernel->interrupts.item_bytes);
    return status;
}

static void close_interrupt(struct k_cpu *cpu, struct k_object *object)
{
    struct k_interrupt *interrupt = K_INTERRUPT(object);
    uint32_t withdrawn;
    k_interrupt_unbind(cpu, interrupt, &withdrawn);
}

static void free_interrupt(struct k_cpu *cpu, struct k_object *object)
{
    struct k_interrupt *interrupt = K_INTERRUPT(object);
    struct k_interrupt *self = interrupt;
    atomic_compare_exchange_strong_explicit(&cpu->kernel->lines[interrupt->line], &self, NULL,
                                            memory_order_acq_rel, memory_order_relaxed);
    k_quota_uncharge(cpu, &K_PROCESS(object->owner)->quota, cpu->kernel->interrupts.item_bytes);
    k_pool_put(&cpu->kernel->interrupts, cpu, interrupt);
}

/* object.lock. Sends what is pending to what it is bound to. */
static void send_pending(struct k_cpu *cpu, struct k_interrupt *interrupt)
{
    if (interrupt->count == 0 || interrupt->queued || interrupt->taken)
        return;
    cpu->ops->interrupt_mask(cpu->machine, interrupt->line, 1);
    if (interrupt->endpoint != NULL)
        interrupt->queued = k_endpoint_put(cpu, interrupt->endpoint, &interrupt->entry);
    else if (interrupt->port != NULL)
        interrupt->queued = k_port_put(cpu, interrupt->port, &interrupt->completion);
}

/* The object of a line, with a reference, or NULL. */
static struct k_interrupt *object_of(struct k_kernel *kernel, uint32_t line)
{
    struct k_interrupt *interrupt =
        atomic_load_explicit(&kernel->lines[line], memory_order_seq_cst);
    return interrupt != NULL && k_object_ref_live(&interrupt->object) ? interrupt : NULL;
}

void k_interrupt_fire(struct k_cpu *cpu, uint32_t line, uint32_t bits)
{
    struct k_kernel *kernel = cpu->kernel;
    struct k_interrupt *interrupt = object_of(kernel, line);
    k_trace(cpu, SLIP_TRACE_interrupt, line, cpu->index);
    if (interrupt == NULL) {
        atomic_fetch_or_explicit(&kernel->line_bits[line], bits, memory_order_seq_cst);
        interrupt = object_of(kernel, line);
        if (interrupt != NULL) {
            adopt(cpu, interrupt);
            k_object_unref(cpu, &interrupt->object);
        }
        return;
    }
    k_lock_take(cpu, &interrupt->object.lock);
    interrupt->bits |= bits;
    interrupt->count++;
    send_pending(cpu, interrupt);
    k_lock_drop(cpu, &interrupt->object.lock);
    k_object_unref(cpu, &interrupt->object);
}

slip_status_t k_interrupt_bind(struct k_cpu *cpu, struct k_interrupt *interrupt,
                               struct k_object *target, uint64_t key)
{
    int is_endpoint = target->type == &k_endpoint_type;
    int closed = is_endpoint ? k_endpoint_is_closed(cpu, K_ENDPOINT(target))
                             : k_port_is_closed(cpu, K_PORT(target));
    if (closed)
        return SLIP_PEER_CLOSED;
    slip_status_t status = SLIP_OK;
    k_lock_take(cpu, &interrupt->object.lock);
    if (interrupt->endpoint != NULL || interrupt->port != NULL) {
        status = SLIP_ALREADY;
    } else {
        k_object_ref(target);
        interrupt->endpoint = is_endpoint ? K_ENDPOINT(target) : NULL;
        interrupt->port = is_endpoint ? NULL : K_PORT(target);
        if (is_endpoint) {
            k_object_ref(&cpu->current->object);
            atomic_store_explicit(&interrupt->binder, cpu->current, memory_order_relaxed);
            atomic_store_explicit(&cpu->current->bound, 1, memory_order_relaxed);
        }
        interrupt->key = key;
        interrupt->taken = 0;
        cpu->ops->interrupt_mask(cpu->machine, interrupt->line, 0);
        send_pending(cpu, interrupt);
    }
    k_lock_drop(cpu, &interrupt->object.lock);
    return status;
}

slip_status_t k_interrupt_unbind(struct k_cpu *cpu, struct k_interrupt *interrupt,
                                 uint32_t *withdrawn)
{
    *withdrawn = 0;
    k_lock_take(cpu, &interrupt->object.lock);
    struct k_endpoint *endpoint = interrupt->endpoint;
    struct k_port *port = interrupt->port;
    interrupt->endpoint = NULL;
    interrupt->port = NULL;
    if (endpoint != NULL)
        *withdrawn = (uint32_t)k_endpoint_withdraw(cpu, endpoint, &interrupt->entry);
    if (port != NULL)
        *withdrawn = (uint32_t)k_port_withdraw(cpu, port, &interrupt->completion);
    interrupt->queued = interrupt->taken = 0;
    if (*withdrawn)
        interrupt->bits = interrupt->count = 0;
    if (endpoint != NULL || port != NULL)
        cpu->ops->interrupt_mask(cpu->machine, interrupt->line, 1);
    struct k_thread *binder =
        atomic_exchange_explicit(&interrupt->binder, NULL, memory_order_relaxed);
    k_lock_drop(cpu, &interrupt->object.lock);
    if (binder != NULL)
        k_object_unref(cpu, &binder->object);
    if (endpoint != NULL)
        k_object_unref(cpu, &endpoint->object);
    if (port != NULL)
        k_object_unref(cpu, &port->object);
    return endpoint != NULL || port != NULL ? SLIP_OK : SLIP_STALE;
}

slip_status_t k_interrupt_acknowledge(struct k_cpu *cpu, struct k_interrupt *interrupt)
{
    slip_status_t status = SLIP_STALE;
    k_lock_take(cpu, &interrupt->object.lock);
    if (interrupt->taken) {
        interrupt->taken = 0;
        status = SLIP_OK;
        cpu->ops->interrupt_mask(cpu->machine, interrupt->line, 0);
        send_pending(cpu, interrupt);
    }
    k_lock_drop(cpu, &interrupt->object.lock);
    return status;
}

int k_interrupt_is_for(const struct k_interrupt *interrupt, const struct k_thread *thread)
{
    const struct k_thread *binder = atomic_load_explicit(&interrupt->binder, memory_order_relaxed);
    return binder == NULL || binder == thread || k_thread_state(binder) == K_THREAD_DEAD;
}

void k_interrupt_binder_gone(struct k_cpu *cpu, struct k_thread *thread)
{
    for (uint32_t line = 0; line < K_LINES_MAX; line++) {
        struct k_interrupt *interrupt =
            atomic_load_explicit(&cpu->kernel->lines[line], memory_order_acquire);
        if (interrupt == NULL || !k_object_ref_live(&interrupt->object))
            continue;
        struct k_thread *mine = thread;
        k_lock_take(cpu, &interrupt->object.lock);
        int was = atomic_compare_exchange_strong_explicit(
            &interrupt->binder, &mine, NULL, memory_order_relaxed, memory_order_relaxed);
        if (was && interrupt->queued)
            k_endpoint_look_again(cpu, interrupt->endpoint, &interrupt->entry);
        k_lock_drop(cpu, &interrupt->object.lock);
        if (was)
            k_object_unref(cpu, &thread->object);
        k_object_unref(cpu, &interrupt->object);
    }
}

void k_interrupt_take(struct k_cpu *cpu, struct k_interrupt *interrupt, uint64_t *key,
                      uint32_t *bits, uint32_t *count)
{
    k_lock_take(cpu, &interrupt->object.lock);
    *key = interrupt->key;
    *bits = interrupt->bits;
    *count = interrupt->count;
    interrupt->bits = interrupt->count = 0;
    if (interrupt->queued)
        interrupt->taken = 1;
    interrupt->queued = 0;
    k_lock_drop(cpu, &interrupt->object.lock);
}

void k_interrupt_untake(struct k_cpu *cpu, struct k_interrupt *interrupt, uint32_t bits,
                        uint32_t count)
{
    k_lock_take(cpu, &interrupt->object.lock);
    interrupt->bits |= bits;
    interrupt->count += count;
    interrupt->taken = 0;
    send_pending(cpu, interrupt);
    k_lock_drop(cpu, &interrupt->object.lock);
}
