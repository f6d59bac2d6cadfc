#include "sim/measure/window.h"

#include <string.h>

void sim_window_init(struct sim_window *window, struct k_kernel *kernel,
                     const struct slip_machine *machine, struct sim_window_group *groups,
                     uint32_t group_count, uint32_t clients)
{
    memset(window, 0, sizeof *window);
    window->kernel = kernel;
    window->machine = machine;
    window->groups = groups;
    window->group_count = group_count;
    atomic_init(&window->state, SIM_WINDOW_NEW);
    atomic_init(&window->clients, clients);
}

static void add_counters(struct k_counters *sum, const struct k_counters *more)
{
#define ADD(name, text) sum->name += more->name;
    K_COUNTER_MAP(ADD)
#undef ADD
}

static struct sim_window_group *group_of(struct sim_window *window,
                                         const struct k_process_info *process)
{
    if (process->id == 1) /* the first process only starts the others */
        return NULL;
    size_t length = strcspn(process->name, "["); /* "client[2]" is one of "client" */
    for (uint32_t i = 0; i < window->group_count; i++)
        if (strncmp(window->groups[i].name, process->name, length) == 0 &&
            window->groups[i].name[length] == 0)
            return &window->groups[i];
    return NULL;
}

static void add_opened(void *argument, const struct k_process_info *process)
{
    struct sim_window_group *group = group_of(argument, process);
    if (group == NULL)
        return;
    add_counters(&group->opened, &process->counters);
    group->instances++;
    group->threads += process->threads;
}

static void add_closed(void *argument, const struct k_process_info *process)
{
    struct sim_window_group *group = group_of(argument, process);
    if (group == NULL)
        return;
    add_counters(&group->closed, &process->counters);
    group->used_peak += process->used_peak;
}

static uint64_t count_operations(struct sim_window *window, uint64_t *requested)
{
    return window->operations == NULL ? 0 : window->operations(window->argument, requested);
}

void sim_window_open(struct sim_window *window, slip_time_t now)
{
    unsigned expected = SIM_WINDOW_NEW;
    if (atomic_load_explicit(&window->state, memory_order_relaxed) != SIM_WINDOW_NEW ||
        !atomic_compare_exchange_strong(&window->state, &expected, SIM_WINDOW_OPENING))
        return;
    k_kernel_each_process(window->kernel, add_opened, window);
    window->opened_completed = count_operations(window, window->opened_requested);
    window->opened_at = now;
    atomic_store_explicit(&window->state, SIM_WINDOW_OPEN, memory_order_release);
}

void sim_window_read(struct sim_window *window)
{
    for (uint32_t i = 0; i < window->group_count; i++) {
        struct sim_window_group *group = &window->groups[i];
        memset(&group->closed, 0, sizeof group->closed);
        group->used_peak = 0;
    }
    k_kernel_each_process(window->kernel, add_closed, window);
    k_kernel_memory(window->kernel, &window->memory);
}

void sim_window_leave(struct sim_window *window, slip_time_t now)
{
    if (atomic_fetch_sub_explicit(&window->clients, 1, memory_order_acq_rel) != 1)
        return;
    /* The last client can be here while another one is still opening only if that one has left
     * already, and it opened before it left. */
    if (atomic_load_explicit(&window->state, memory_order_acquire) != SIM_WINDOW_OPEN)
        return;
    sim_window_read(window);
    window->closed_completed = count_operations(window, window->closed_requested);
    window->closed_at = now;
    atomic_store_explicit(&window->state, SIM_WINDOW_CLOSED, memory_order_release);
}

int sim_window_complete(struct sim_window *window)
{
    return atomic_load_explicit(&window->state, memory_order_acquire) == SIM_WINDOW_CLOSED;
}

int sim_window_is_open(struct sim_window *window)
{
    return atomic_load_explicit(&window->state, memory_order_acquire) == SIM_WINDOW_OPEN;
}

void sim_window_difference(const struct sim_window_group *group, struct k_counters *difference)
{
#define SUBTRACT(name, text) difference->name = group->closed.name - group->opened.name;
    K_COUNTER_MAP(SUBTRACT)
#undef SUBTRACT
}
