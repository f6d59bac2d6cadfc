#include "object.h"

#include "check.h"
#include "instance.h"

void k_object_init(struct k_cpu *cpu, struct k_object *object, const struct k_object_type *type,
                   enum k_lock_rank rank, struct k_object *owner)
{
    if (object->id == 0) /* once: somebody may still be at the lock who came for its last life */
        k_lock_init(&object->lock, rank);
    object->lock.line = (struct slip_line){0};
    if (object->type != type) /* once: fast paths read it of objects that may have gone */
        object->type = type;
    object->owner = owner;
    if (owner != NULL)
        k_object_ref(owner);
    object->id = 1 + atomic_fetch_add_explicit(&cpu->kernel->ids, 1, memory_order_relaxed);
    atomic_store_explicit(&object->holders, 0, memory_order_relaxed);
    /* Release: whoever tries a reference through a stale pointer finds the fields above. */
    atomic_store_explicit(&object->references, 1, memory_order_release);
}

void k_object_unref(struct k_cpu *cpu, struct k_object *object)
{
    unsigned before = atomic_fetch_sub_explicit(&object->references, 1, memory_order_acq_rel);
    K_ASSERT(cpu->kernel, before != 0);
    if (before != 1)
        return;
    struct k_object *owner = object->owner;
    object->type->free(cpu, object);
    if (owner != NULL)
        k_object_unref(cpu, owner);
}

static int is_holder(const struct k_object *object, uint32_t rights)
{
    return object->type->holder_right == 0 || (rights & object->type->holder_right) != 0;
}

void k_object_hold(struct k_object *object, uint32_t rights)
{
    k_object_ref(object);
    if (is_holder(object, rights))
        atomic_fetch_add_explicit(&object->holders, 1, memory_order_relaxed);
}

void k_object_release(struct k_cpu *cpu, struct k_object *object, uint32_t rights)
{
    if (is_holder(object, rights)) {
        unsigned before = atomic_fetch_sub_explicit(&object->holders, 1, memory_order_acq_rel);
        K_ASSERT(cpu->kernel, before != 0);
        if (before == 1 && object->type->close != NULL)
            object->type->close(cpu, object);
    }
    k_object_unref(cpu, object);
}
