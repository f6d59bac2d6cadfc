#include "quota.h"

#include "check.h"
#include "counters.h"
#include "instance.h"

void k_quota_init(struct k_quota *quota, struct k_quota *parent, uint64_t limit)
{
    k_lock_init(&quota->lock, K_RANK_QUOTA);
    quota->limit = limit;
    quota->used = quota->used_peak = 0;
    quota->parent = parent;
    quota->gone = 0;
}

slip_status_t k_quota_charge(struct k_cpu *cpu, struct k_quota *quota, uint64_t bytes)
{
    slip_status_t status = SLIP_NO_QUOTA;
    k_lock_take(cpu, &quota->lock);
    if (bytes <= quota->limit - quota->used) {
        K_PUBLISH(quota->used, quota->used + bytes);
        if (quota->used > quota->used_peak)
            K_PUBLISH(quota->used_peak, quota->used);
        status = SLIP_OK;
    }
    k_lock_drop(cpu, &quota->lock);
    return status;
}

uint64_t k_quota_left(struct k_cpu *cpu, struct k_quota *quota)
{
    k_lock_take(cpu, &quota->lock);
    uint64_t left = quota->limit - quota->used;
    k_lock_drop(cpu, &quota->lock);
    return left;
}

void k_quota_uncharge(struct k_cpu *cpu, struct k_quota *quota, uint64_t bytes)
{
    while (quota != NULL) {
        k_lock_take(cpu, &quota->lock);
        K_ASSERT(cpu->kernel, quota->used >= bytes);
        K_PUBLISH(quota->used, quota->used - bytes);
        struct k_quota *next = quota->gone ? quota->parent : NULL;
        k_lock_drop(cpu, &quota->lock);
        quota = next;
    }
}

void k_quota_close(struct k_cpu *cpu, struct k_quota *quota)
{
    k_lock_take(cpu, &quota->lock);
    uint64_t unused = quota->limit - quota->used;
    K_PUBLISH(quota->limit, quota->used);
    quota->gone = 1;
    struct k_quota *parent = quota->parent;
    k_lock_drop(cpu, &quota->lock);
    if (parent != NULL)
        k_quota_uncharge(cpu, parent, unused);
}
