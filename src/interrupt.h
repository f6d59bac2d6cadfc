/* Interrupts: a device's line, bound to an endpoint or a port.
 *
 * The object is the slot of its own delivery: while it is queued, further firings merge into it.
 */
#ifndef K_INTERRUPT_H
#define K_INTERRUPT_H

#include "endpoint.h"
#include "object.h"
#include "port.h"
#include "thread.h"

struct k_interrupt {
    struct k_object object; /* rank INTERRUPT */
    uint32_t line;          /* fixed */

    /* object.lock */
    struct k_endpoint *endpoint;       /* refs: bound to this, */
    struct k_port *port;               /* refs: or to this, or to none */
    _Atomic(struct k_thread *) binder; /* refs: who bound it to an endpoint, and gets its pulses;
                                          changed while it stands in no queue */
    uint64_t key;
    uint32_t bits, count; /* pending; count 0: none */
    int queued;           /* 1: it stands in the endpoint or port */
    int taken;            /* 1: to be acknowledged */

    struct k_entry entry;           /* lock of endpoint */
    struct k_completion completion; /* lock of port */
};

extern const struct k_object_type k_interrupt_type;

#define K_INTERRUPT(pointer) K_CONTAINER(pointer, struct k_interrupt, object)

slip_status_t k_interrupt_create(struct k_cpu *cpu, struct k_process *owner, uint32_t line,
                                 struct k_interrupt **interrupt);
slip_status_t k_interrupt_bind(struct k_cpu *cpu, struct k_interrupt *interrupt,
                               struct k_object *target, uint64_t key);
slip_status_t k_interrupt_unbind(struct k_cpu *cpu, struct k_interrupt *interrupt,
                                 uint32_t *withdrawn);
slip_status_t k_interrupt_acknowledge(struct k_cpu *cpu, struct k_interrupt *interrupt);

/* Does a pulse that stands in an endpoint go to this thread? It goes to the one that bound it, and
 * to anybody once that is dead. Caller holds the endpoint's lock. */
int k_interrupt_is_for(const struct k_interrupt *interrupt, const struct k_thread *thread);

/* A thread has ended: pulses of interrupts that it bound go to anybody. */
void k_interrupt_binder_gone(struct k_cpu *cpu, struct k_thread *thread);

/* The line fired. */
void k_interrupt_fire(struct k_cpu *cpu, uint32_t line, uint32_t bits);

/* It was taken from the endpoint or port it was bound to: what it says, and it is to be
 * acknowledged. A receiver calls this with no lock held. */
void k_interrupt_take(struct k_cpu *cpu, struct k_interrupt *interrupt, uint64_t *key,
                      uint32_t *bits, uint32_t *count);

/* What was taken did not arrive: it is pending again, where the interrupt is bound now. No lock. */
void k_interrupt_untake(struct k_cpu *cpu, struct k_interrupt *interrupt, uint32_t bits,
                        uint32_t count);

#endif
