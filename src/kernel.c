/* One kernel instance: making, starting, running, statistics, dropping. */
#include <slipway/kernel.h>

#include "access.h"
#include "check.h"
#include "config.h"
#include "endpoint.h"
#include "hot.h"
#include "instance.h"
#include "interrupt.h"
#include "port.h"
#include "process.h"
#include "sched.h"
#include "timer.h"

_Noreturn void k_panic(struct k_kernel *kernel, const char *file, int line, const char *what)
{
    kernel->machine.ops->panic(kernel->machine.context, file, line, what);
    for (;;) /* the machine's contract is not to come back */
        ;
}

/* ---- making and dropping ------------------------------------------------------------------- */

/* What is asked at each call is decided once. */
static void choose_paths(struct k_cpu *cpu)
{
    const struct k_kernel *kernel = cpu->kernel;
    int plain = !kernel->machine.modelled && kernel->config.slice_ns == 0 &&
                (cpu->flags & K_CONFIG_ACCOUNT_TIME) == 0;
    cpu->fast = cpu->flags & K_CONFIG_NO_DIRECT ? 0 : plain ? K_HOT_PLAIN : K_HOT_FULL;
    cpu->careful = kernel->machine.modelled || (cpu->flags & K_CONFIG_BIG_LOCK) != 0;
}

static void init_cpu(struct k_kernel *kernel, uint32_t index)
{
    struct k_cpu *cpu = &kernel->cpus[index];
    cpu->kernel = kernel;
    cpu->ops = kernel->machine.ops;
    cpu->machine = kernel->machine.context;
    cpu->index = index;
    cpu->flags = kernel->config.flags;
    choose_paths(cpu);
    cpu->modelled = kernel->machine.modelled;
    cpu->armed = SLIP_NEVER;
    k_lock_init(&cpu->run_lock, K_RANK_RUN_QUEUE);
    k_lock_init(&cpu->timer_lock, K_RANK_TIMER);
    k_deadline_tree_init(&cpu->deadlines);
    k_timer_init(&cpu->slice, K_TIMER_SLICE);
    for (uint32_t p = 0; p <= SLIP_PRIORITY_MAX; p++)
        k_list_init(&cpu->run[p]);
    atomic_init(&cpu->run_top, -1);
    atomic_init(&cpu->rests, 0);
    atomic_init(&cpu->running, NULL);
}

static void init_pools(struct k_kernel *kernel)
{
    k_pool_init(&kernel->processes, "process", sizeof(struct k_process));
    k_pool_init(&kernel->threads, "thread", sizeof(struct k_thread));
    k_pool_init(&kernel->endpoints, "endpoint", sizeof(struct k_endpoint));
    k_pool_init(&kernel->ports, "port", sizeof(struct k_port));
    k_pool_init(&kernel->buffers, "buffer", sizeof(struct k_buffer));
    k_pool_init(&kernel->interrupts, "interrupt", sizeof(struct k_interrupt));
    k_pool_init(&kernel->requests, "request", sizeof(struct k_request));
    k_pool_init(&kernel->messages, "message", sizeof(struct k_message));
}

static uint64_t whole_pages(uint64_t bytes)
{
    return (bytes + SLIP_PAGE_BYTES - 1) / SLIP_PAGE_BYTES * SLIP_PAGE_BYTES;
}

slip_status_t k_kernel_create(const struct slip_machine *machine, const struct k_config *config,
                              struct k_kernel **out)
{
    const struct slip_machine_ops *ops = machine->ops;
    if (ops->version != SLIP_MACHINE_VERSION || ops->size != sizeof(*ops))
        return SLIP_BAD_ARGUMENT;
    if (config->cpus == 0 || config->cpus > K_CPUS_MAX || (config->flags & ~K_CONFIG_ALL) != 0)
        return SLIP_BAD_ARGUMENT;
    if (config->stack_bytes != 0 && config->stack_bytes < K_STACK_LEAST)
        return SLIP_BAD_ARGUMENT;
    uint64_t head = whole_pages(sizeof(struct k_kernel));
    uint64_t bytes = head + whole_pages(config->cpus * sizeof(struct k_cpu));
    struct k_kernel *kernel = ops->pages_get(machine->context, bytes);
    if (kernel == NULL)
        return SLIP_NO_QUOTA;
    kernel->machine = *machine;
    kernel->config = *config;
    kernel->pages_bytes = bytes;
    if (config->quota == 0)
        kernel->config.quota = K_QUOTA_ROOT_DEFAULT;
    kernel->config.stack_bytes =
        config->stack_bytes == 0 ? K_STACK_DEFAULT : whole_pages(config->stack_bytes);
    kernel->cpus = (void *)((char *)kernel + head);
    for (uint32_t i = 0; i < config->cpus; i++)
        init_cpu(kernel, i);
    init_pools(kernel);
    k_lock_init(&kernel->big_lock, K_RANK_KERNEL);
    k_lock_init(&kernel->cycle_lock, K_RANK_CYCLE);
    k_lock_init(&kernel->reap_lock, K_RANK_REAPER);
    k_list_init(&kernel->reap);
    *out = kernel;
    return SLIP_OK;
}

static struct k_pool *pools(struct k_kernel *kernel, uint32_t index)
{
    struct k_pool *all[] = {&kernel->processes, &kernel->threads, &kernel->endpoints,
                            &kernel->ports,     &kernel->buffers, &kernel->interrupts,
                            &kernel->requests,  &kernel->messages};
    return index < sizeof(all) / sizeof(all[0]) ? all[index] : NULL;
}

/* Of a kernel that did not come to its end: what the machine gave it. */
static void drop_leftovers(struct k_kernel *kernel, struct k_cpu *cpu)
{
    for (uint32_t i = 0; i < kernel->threads.made; i++) {
        struct k_thread *thread = k_pool_at(&kernel->threads, i);
        if (thread->object.item.in_use && k_list_linked(&thread->process_link))
            cpu->ops->context_fini(cpu->machine, &thread->context);
    }
    for (uint32_t i = 0; i < kernel->processes.made; i++) {
        struct k_process *process = k_pool_at(&kernel->processes, i);
        if (!process->object.item.in_use || k_process_state(process) == K_PROCESS_GONE)
            continue;
        process->handles.live = 0;
        k_handle_table_fini(&process->handles, cpu);
        cpu->ops->space_destroy(cpu->machine, &process->space);
    }
}

void k_kernel_destroy(struct k_kernel *kernel)
{
    struct slip_machine machine = kernel->machine;
    struct k_cpu *cpu = &kernel->cpus[0];
    cpu->modelled = 0; /* no CPU runs any more */
#if K_CHECK_LOCKS
    cpu->held_count = 0;
#endif
    drop_leftovers(kernel, cpu);
    for (uint32_t i = 0; pools(kernel, i) != NULL; i++)
        k_pool_fini(pools(kernel, i), cpu);
    machine.ops->pages_put(machine.context, kernel, kernel->pages_bytes);
}

/* ---- starting and running ------------------------------------------------------------------ */

static slip_status_t start(struct k_cpu *cpu, const char *name, uint64_t entry, uint64_t quota)
{
    struct k_process *process;
    struct k_thread *thread;
    struct k_thread_start how = {
        .entry = entry, .priority = SLIP_PRIORITY_DEFAULT, .cpu = SLIP_CPU_ANY};
    slip_status_t status = k_process_create(cpu, NULL, name, quota, &process);
    if (status != SLIP_OK)
        return status;
    status = k_process_begin(cpu, process);
    if (status == SLIP_OK) {
        status = k_thread_create(cpu, process, &how, &thread);
        k_process_leave(cpu, process);
    }
    if (status == SLIP_OK)
        k_object_unref(cpu, &thread->object);
    else
        k_process_kill(cpu, process, SLIP_EXIT_KILLED); /* it goes with the kernel */
    atomic_store_explicit(&cpu->kernel->first, process, memory_order_release);
    k_object_unref(cpu, &process->object);
    return status;
}

slip_status_t k_kernel_start(struct k_kernel *kernel, const char *name, void (*entry)(void),
                             uint64_t quota)
{
    struct k_cpu *cpu = &kernel->cpus[0];
    uint64_t address = (uintptr_t)entry;
    if (!cpu->ops->image_contains(cpu->machine, address, 1))
        return SLIP_BAD_ADDRESS;
    cpu->modelled = 0; /* the host makes this, before any CPU runs */
    slip_status_t status = start(cpu, name, address, quota == 0 ? kernel->config.quota : quota);
    cpu->modelled = kernel->machine.modelled;
    return status;
}

struct k_cpu *k_kernel_cpu(struct k_kernel *kernel, uint32_t index)
{
    K_REQUIRE(kernel, index < kernel->config.cpus);
    return &kernel->cpus[index];
}

void k_kernel_cpu_run(struct k_kernel *kernel, uint32_t index)
{
    struct k_cpu *cpu = &kernel->cpus[index];
    slip_status_t status = cpu->ops->context_init(cpu->machine, &cpu->boot, NULL, NULL);
    K_REQUIRE(kernel, status == SLIP_OK);
    k_kernel_lock(cpu);
    k_sched_run(cpu);
    k_kernel_unlock(&kernel->cpus[index]);
}

void k_kernel_interrupt(struct k_kernel *kernel, uint32_t index, uint32_t line, uint32_t bits)
{
    struct k_cpu *cpu = &kernel->cpus[index];
    K_REQUIRE(kernel, line < K_LINES_MAX);
    k_kernel_lock(cpu);
    k_charge(cpu, SLIP_COST_interrupt, 1);
    k_interrupt_fire(cpu, line, bits);
    k_kernel_unlock(cpu);
}

void k_kernel_timer(struct k_kernel *kernel, uint32_t index)
{
    struct k_cpu *cpu = &kernel->cpus[index];
    k_kernel_lock(cpu);
    k_charge(cpu, SLIP_COST_interrupt, 1);
    k_timer_run(cpu);
    k_kernel_unlock(cpu);
}

void k_kernel_kicked(struct k_kernel *kernel, uint32_t index)
{
    k_charge(&kernel->cpus[index], SLIP_COST_ipi_receive, 1);
}

int k_kernel_preempting(struct k_kernel *kernel, uint32_t index)
{
    struct k_cpu *cpu = &kernel->cpus[index];
    return cpu->current != NULL && k_thread_state(cpu->current) == K_THREAD_RUNNING &&
           (k_thread_doomed(cpu->current) || k_sched_preempting(cpu));
}

void k_kernel_kill_all(struct k_kernel *kernel, uint32_t index)
{
    struct k_cpu *cpu = &kernel->cpus[index];
    struct k_process *first = atomic_load_explicit(&kernel->first, memory_order_acquire);
    k_kernel_lock(cpu);
    for (uint32_t i = 0; i < kernel->processes.made; i++) {
        struct k_process *process = k_pool_at(&kernel->processes, i);
        if (process == first || !k_object_ref_live(&process->object))
            continue;
        k_process_kill(cpu, process, SLIP_EXIT_KILLED);
        k_object_unref(cpu, &process->object);
    }
    k_kernel_unlock(cpu);
}

int k_kernel_halted(struct k_kernel *kernel)
{
    return atomic_load_explicit(&kernel->halted, memory_order_acquire);
}

/* ---- devices ------------------------------------------------------------------------------- */

slip_status_t k_access_begin(struct k_kernel *kernel, enum k_access_kind kind, uint64_t what,
                             uint32_t lend, uint64_t offset, uint64_t length, uint32_t right,
                             struct k_access *access)
{
    struct k_cpu *cpu = k_cpu_now(kernel);
    struct k_process *process = cpu->current->process;
    struct k_entrance entrance = {.buffer = NULL};
    slip_status_t status = SLIP_BAD_ARGUMENT;
    k_kernel_lock(cpu);
    if (kind == K_ACCESS_REQUEST)
        status = k_access_request(cpu, process, what, lend, offset, length, right, &entrance);
    else if (kind == K_ACCESS_BUFFER)
        status = k_access_buffer(cpu, process, what, offset, length, right, &entrance);
    k_kernel_unlock(cpu);
    if (status != SLIP_OK)
        return status;
    k_trace(cpu, SLIP_TRACE_access_begin, entrance.buffer->object.id, length);
    access->address = (void *)(uintptr_t)entrance.address;
    access->length = length;
    access->pin[0] = (uintptr_t)entrance.buffer;
    access->pin[1] = (uintptr_t)entrance.request;
    access->pin[2] = entrance.lend;
    return SLIP_OK;
}

void k_access_end(struct k_kernel *kernel, uint32_t index, struct k_access *access)
{
    struct k_cpu *cpu = &kernel->cpus[index];
    struct k_entrance entrance = {.buffer = (void *)(uintptr_t)access->pin[0],
                                  .request = (void *)(uintptr_t)access->pin[1],
                                  .lend = (uint32_t)access->pin[2]};
    k_trace(cpu, SLIP_TRACE_access_end, entrance.buffer->object.id, access->length);
    k_kernel_lock(cpu);
    k_access_leave(cpu, &entrance);
    k_kernel_unlock(cpu);
    access->address = NULL;
}

/* ---- memory -------------------------------------------------------------------------------- */

void k_kernel_memory(struct k_kernel *kernel, struct k_memory_info *memory)
{
    *memory = (struct k_memory_info){.kernel_bytes = kernel->pages_bytes};
    for (uint32_t i = 0; pools(kernel, i) != NULL; i++) {
        struct k_pool *pool = pools(kernel, i);
        memory->kernel_bytes += __atomic_load_n(&pool->pages_bytes, __ATOMIC_RELAXED);
        memory->kernel_bytes_used +=
            pool->item_bytes * __atomic_load_n(&pool->used, __ATOMIC_RELAXED);
        memory->kernel_bytes_peak +=
            pool->item_bytes * __atomic_load_n(&pool->used_peak, __ATOMIC_RELAXED);
    }
}

int k_kernel_type(struct k_kernel *kernel, uint32_t index, struct k_type_info *type)
{
    struct k_pool *pool = pools(kernel, index);
    if (pool == NULL)
        return 0;
    *type = (struct k_type_info){.name = pool->name,
                                 .bytes = pool->item_bytes,
                                 .used = __atomic_load_n(&pool->used, __ATOMIC_RELAXED),
                                 .used_peak = __atomic_load_n(&pool->used_peak, __ATOMIC_RELAXED)};
    return 1;
}

uint64_t k_kernel_leaks(struct k_kernel *kernel)
{
    uint64_t leaks = 0;
    for (uint32_t i = 0; pools(kernel, i) != NULL; i++)
        leaks += pools(kernel, i)->used;
    return leaks;
}
