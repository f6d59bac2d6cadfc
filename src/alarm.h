/* What a deadline is of: embedded in a wait, in a request, and in a CPU for its time slice. */
#ifndef K_ALARM_H
#define K_ALARM_H

#include "deadline_tree.h"

struct k_cpu;

enum k_timer_kind { K_TIMER_WAIT = 1, K_TIMER_REQUEST, K_TIMER_SLICE };

struct k_timer {
    struct k_deadline_node node; /* timer_lock of `cpu` */
    struct k_cpu *cpu;           /* where it was armed last */
    enum k_timer_kind kind;
    uint64_t stamp; /* timer_lock */
};

#endif
