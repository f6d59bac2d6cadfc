/* What a line of the model belongs to, found from where it is: no lock has a name of its own. */
#include <slipway/kernel.h>

#include "buffer.h"
#include "endpoint.h"
#include "instance.h"
#include "interrupt.h"
#include "port.h"
#include "process.h"
#include "request.h"
#include "thread.h"

#define LOCK_OF(line)                                                                              \
    ((const struct k_lock *)(const void *)((const char *)(line)-offsetof(struct k_lock, line)))
#define AROUND(lock, type, member)                                                                 \
    ((const type *)(const void *)((const char *)(lock)-offsetof(type, member)))

static struct k_line_info of_process(const char *what, const struct k_process *process)
{
    return (struct k_line_info){what, process->name, process->id};
}

static struct k_line_info of_object(const struct k_object *object)
{
    const char *owner = object->owner == NULL ? "" : K_PROCESS(object->owner)->name;
    return (struct k_line_info){object->type->name, owner, object->id};
}

static struct k_line_info of_cpu(const char *what, const struct k_cpu *cpu)
{
    return (struct k_line_info){what, "", cpu->index};
}

static struct k_line_info of_request(const struct k_request *request)
{
    const struct k_thread *caller = request->caller;
    return (struct k_line_info){"request", caller == NULL ? "" : caller->process->name,
                                request->item.index};
}

static struct k_line_info find(const struct k_lock *lock)
{
    switch ((enum k_lock_rank)lock->rank) {
    case K_RANK_KERNEL:
        return (struct k_line_info){"kernel", "", 0};
    case K_RANK_CYCLE:
        return (struct k_line_info){"cycles of callers", "", 0};
    case K_RANK_REAPER:
        return (struct k_line_info){"reaper", "", 0};
    case K_RANK_REQUEST:
        return of_request(AROUND(lock, struct k_request, lock));
    case K_RANK_PROCESS:
        return of_process("process", AROUND(lock, struct k_process, object.lock));
    case K_RANK_ORPHANS:
        return of_process("orphans", AROUND(lock, struct k_process, orphans_lock));
    case K_RANK_HANDLES:
        return of_process("handles", AROUND(lock, struct k_process, handles.lock));
    case K_RANK_QUOTA:
        return of_process("quota", AROUND(lock, struct k_process, quota.lock));
    case K_RANK_TIMER:
        return of_cpu("timers", AROUND(lock, struct k_cpu, timer_lock));
    case K_RANK_RUN_QUEUE:
        return of_cpu("run queue", AROUND(lock, struct k_cpu, run_lock));
    case K_RANK_POOL:
        return (struct k_line_info){AROUND(lock, struct k_pool, lock)->name, "free blocks", 0};
    case K_RANK_INTERRUPT:
    case K_RANK_ENDPOINT:
    case K_RANK_PORT:
    case K_RANK_BUFFER:
    case K_RANK_THREAD:
        return of_object(AROUND(lock, struct k_object, lock));
    }
    return (struct k_line_info){"?", "", 0};
}

void k_line_info(struct k_kernel *kernel, const struct slip_line *line, struct k_line_info *info)
{
    (void)kernel;
    *info = find(LOCK_OF(line));
}

uint64_t k_handle_number(struct k_kernel *kernel, slip_handle_t handle)
{
    struct k_cpu *cpu = k_cpu_now(kernel);
    struct k_capability capability;
    if (k_handle_look_up(cpu, &cpu->current->process->handles, handle, NULL, 0, &capability) !=
        SLIP_OK)
        return 0;
    uint64_t number = capability.object->id;
    k_capability_drop(cpu, &capability);
    return number;
}
