/* Quotas: who pays for what the kernel keeps.
 *
 * A process's limit was taken from its creator's quota and goes back when the process is gone. What
 * is still in use then (an endpoint that others hold) stays charged to the creator, and goes back
 * bit by bit; so no sum ever exceeds the first quota.
 */
#ifndef K_QUOTA_H
#define K_QUOTA_H

#include "lock.h"

struct k_quota {
    struct k_lock lock;
    /* lock */
    uint64_t limit, used, used_peak; /* bytes */
    struct k_quota *parent;          /* borrows: the process refs its creator; NULL for the first */
    int gone;                        /* 1: passes what it gets back on to the parent */
};

void k_quota_init(struct k_quota *quota, struct k_quota *parent, uint64_t limit);

/* Charges bytes; NO_QUOTA if they do not fit. */
slip_status_t k_quota_charge(struct k_cpu *cpu, struct k_quota *quota, uint64_t bytes);
/* Bytes that are not charged now. */
uint64_t k_quota_left(struct k_cpu *cpu, struct k_quota *quota);

void k_quota_uncharge(struct k_cpu *cpu, struct k_quota *quota, uint64_t bytes);

/* The process is gone: gives the unused part of the limit back to the parent. */
void k_quota_close(struct k_cpu *cpu, struct k_quota *quota);

#endif
