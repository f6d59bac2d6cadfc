/* Processes, and the reaper that takes dead ones apart.
 *
 *   CREATED -> STARTED -> DYING -> GONE
 *
 *   creator <-refs- process <-refs- thread
 *
 * A process that is DYING is in the reaper's list. Each kernel entry, and each idle CPU, makes one
 * step of bounded size on the first one of the list; a step that finds nothing to do (a thread is
 * still on its way out, a device holds a pin) moves on to the next.
 */
#ifndef K_PROCESS_H
#define K_PROCESS_H

#include <slipway/process.h>
#include "handle.h"
#include "object.h"

struct k_thread;

enum k_process_state {
    K_PROCESS_NEW, /* not set up yet */
    K_PROCESS_CREATED,
    K_PROCESS_STARTED,
    K_PROCESS_DYING,
    K_PROCESS_GONE
};

struct k_process {
    struct k_object object; /* rank PROCESS */

    /* Fixed after create. */
    char name[SLIP_NAME_BYTES_MAX + 1];
    uint64_t id;
    struct slip_space space;
    struct k_process *creator; /* refs; NULL for the first */

    struct k_quota quota;
    struct k_handle_table handles;
    atomic_ullong start_handle;

    /* object.lock */
    struct k_list threads;      /* k_thread.process_link: those that are not disposed of */
    uint32_t thread_count;      /* alive */
    struct k_list buffers;      /* k_buffer.process_link */
    struct k_list waiters;      /* k_wait.link: for it to be gone */
    struct k_counters counters; /* of threads that are gone */
    uint32_t reap_left;         /* threads that the reaper has not looked at */
    uint32_t visitors;          /* threads of others that bring it a handle or a thread */
    uint64_t code;
    atomic_uint state; /* enum k_process_state; read by anyone */

    /* orphans_lock */
    struct k_lock orphans_lock;
    struct k_list orphans; /* k_request.hold_link */

    /* the kernel's reap_lock */
    struct k_list reap_link;

    /* whoever reaps it: one CPU at a time, see reaper.c */
    uint32_t reap_stage;
    uint32_t reap_handle;
};

extern const struct k_object_type k_process_type;

#define K_PROCESS(pointer) K_CONTAINER(pointer, struct k_process, object)

/* Makes a process; creator NULL for the first one. */
slip_status_t k_process_create(struct k_cpu *cpu, struct k_process *creator, const char *name,
                               uint64_t quota, struct k_process **process);

/* CREATED to STARTED: ALREADY if it is past that. The running thread then visits it. */
slip_status_t k_process_begin(struct k_cpu *cpu, struct k_process *process);

/* STARTED to CREATED again, if its first thread could not be made; the visit ends. */
void k_process_unbegin(struct k_cpu *cpu, struct k_process *process);

/* The running thread brings something into a process that has begun: as long as it visits, what the
 * process has is not taken apart. ALREADY if it is dying or has not begun. */
slip_status_t k_process_visit(struct k_cpu *cpu, struct k_process *process);
void k_process_leave(struct k_cpu *cpu, struct k_process *process);

/* A live process becomes DYING, its threads are killed, and the reaper gets it. Idempotent. */
void k_process_kill(struct k_cpu *cpu, struct k_process *process, uint64_t code);

/* A thread has ended: its counters are kept; with the last one the process dies. */
void k_process_thread_gone(struct k_cpu *cpu, struct k_process *process, struct k_thread *thread);

slip_status_t k_process_wait(struct k_cpu *cpu, struct k_process *process, slip_time_t deadline,
                             uint64_t *code);

static inline enum k_process_state k_process_state(const struct k_process *process)
{
    return (enum k_process_state)atomic_load_explicit(&process->state, memory_order_acquire);
}

/* One bounded step of the reaper, if there is something to reap; 1 if it did something. */
int k_reaper_step(struct k_cpu *cpu);

/* A process that began to die goes to the reaper. */
void k_reaper_add(struct k_cpu *cpu, struct k_process *process);

#endif
