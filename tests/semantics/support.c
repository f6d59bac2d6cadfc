#include "tests/semantics/support.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

#define STACK_IN_USE 65536 /* more than any flow of a test has on its stack */

/* ---- host ---------------------------------------------------------------------------------- */

int scene_once(struct scene *scene, const struct scene_options *options,
               const struct sim_choice *choice, void (*root)(void))
{
    struct sim_options make = {.machine = options->machine,
                               .cpus = options->cpus,
                               .seed = options->seed,
                               .flags = options->flags,
                               .quota = options->quota,
                               .costs = options->costs,
                               .argument = scene};
    struct sim_instance *instance =
        sim_instance_create(&make, choice, scene->error, sizeof scene->error);
    if (instance == NULL)
        return -1;
    int failed = sim_instance_run(instance, root, scene->error, sizeof scene->error);
    sim_instance_counters(instance, &scene->counters);
    sim_instance_destroy(instance);
    return failed != 0 || scene->failures != 0 || scene->counters.leaks != 0;
}

static void run_and_assert(const struct scene_options *options, int settles, void (*root)(void))
{
    static struct scene scene;
    memset(&scene, 0, sizeof scene);
    scene.walk = options->cpus == 1;
    scene.settles = settles;
    int failed = scene_once(&scene, options, NULL, root);
    cr_assert(!failed, "on %s %s with %u CPUs%s, seed %lu: %s\n%s", options->machine,
              options->costs == NULL ? "" : options->costs, options->cpus,
              options->flags & K_CONFIG_NO_DIRECT ? " and no fast path" : "", options->seed,
              scene.failure, scene.error);
}

static int has_host_threads(const char *machine)
{
    return strcmp(machine, "threads") == 0 || strcmp(machine, "cores") == 0;
}

void scene_with(const struct scene_options *options, void (*root)(void))
{
    static const struct {
        const char *name, *costs;
        int exact;
        uint32_t flags;
    } machines[] = {{"scripted", NULL, 1, 0},
                    {"scripted", NULL, 1, K_CONFIG_NO_DIRECT},
                    {"threads", NULL, 0, 0},
                    {"cores", NULL, 0, 0},
                    {"cores", NULL, 0, K_CONFIG_NO_DIRECT},
                    {"model", "skylake-64", 1, 0},
                    {"model", "free", 1, 0},
                    {"model", "free", 1, K_CONFIG_NO_DIRECT}};
    static const uint32_t more[] = {2, 4};
    int ran = 0;
    for (uint32_t i = 0; i < sizeof machines / sizeof *machines; i++) {
        struct scene_options one = *options;
        if (one.machine != NULL && strcmp(one.machine, machines[i].name) != 0)
            continue;
        if (one.exact && !machines[i].exact)
            continue;
        if (one.fast && machines[i].flags != 0)
            continue;
        if (LOOKS_FOR_RACES && !has_host_threads(machines[i].name))
            continue;
        ran = 1;
        one.machine = machines[i].name;
        one.costs = machines[i].costs;
        one.flags |= machines[i].flags;
        run_and_assert(&one, 0, root);
        for (uint32_t k = 0; k < sizeof more / sizeof *more; k++)
            if (strcmp(one.machine, "cores") == 0 && options->cpus < more[k]) {
                one.cpus = more[k];
                run_and_assert(&one, options->cpus == 1, root);
            }
    }
    if (!ran)
        cr_skip_test("not on the machines with threads of the host");
}

void scene(uint32_t cpus, void (*root)(void))
{
    scene_with(&(struct scene_options){.cpus = cpus, .seed = 1}, root);
}

void scene_exact(uint32_t cpus, void (*root)(void))
{
    scene_with(&(struct scene_options){.cpus = cpus, .seed = 1, .exact = 1}, root);
}

/* ---- expectations -------------------------------------------------------------------------- */

static void note(const char *file, int line, const char *format, const char *claim, const char *a,
                 const char *b)
{
    struct scene *scene = scene_now();
    if (atomic_fetch_add(&scene->failures, 1) != 0)
        return; /* the first one tells most */
    const char *name = strrchr(file, '/');
    int used = snprintf(scene->failure, sizeof scene->failure,
                        "%s:%d: ", name == NULL ? file : name + 1, line);
    snprintf(scene->failure + used, sizeof scene->failure - (size_t)used, format, claim, a, b);
}

/* Between two looks: the host may have fewer CPUs than the scene. */
static void let_host_run(void)
{
    sched_yield();
    slip_thread_checkpoint();
}

/* Asks for threads that are so much above the calling one. */
static int others_are_busy(uint32_t above)
{
    struct k_thread_info self;
    uint32_t cpu = cpu_now();
    return scene_now()->settles && k_kernel_thread_on(scene_kernel(), cpu, &self) &&
           k_kernel_busy_elsewhere(scene_kernel(), cpu, self.effective + above);
}

void settle(void)
{
    while (others_are_busy(1))
        let_host_run();
}

void give_way(void)
{
    slip_thread_yield();
    settle();
    while (others_are_busy(0)) {
        sched_yield();
        slip_thread_yield();
    }
}

static void walk(const char *file, int line)
{
    settle();
    if (!scene_now()->walk)
        return;
    const char *broken = k_kernel_check(scene_kernel());
    if (broken != NULL)
        note(file, line, "the kernel is broken: %s%s%s", broken, "", "");
}

void scene_expect(int holds, const char *file, int line, const char *claim)
{
    if (!holds)
        note(file, line, "does not hold: %s%s%s", claim, "", "");
    walk(file, line);
}

void scene_expect_status(int32_t is, int32_t wanted, const char *file, int line, const char *call)
{
    if (is != wanted)
        note(file, line, "%s is %s, not %s", call, slip_status_name(is), slip_status_name(wanted));
    walk(file, line);
}

void scene_expect_equal(uint64_t is, uint64_t wanted, const char *file, int line, const char *what)
{
    if (is != wanted) {
        char a[24], b[24];
        snprintf(a, sizeof a, "%#lx", is);
        snprintf(b, sizeof b, "%#lx", wanted);
        note(file, line, "%s is %s, not %s", what, a, b);
    }
    walk(file, line);
}

/* ---- asking the kernel --------------------------------------------------------------------- */

struct k_kernel *scene_kernel(void)
{
    return sim_instance_kernel(sim_instance_current());
}

uint32_t cpu_now(void)
{
    const struct slip_machine *machine = &sim_instance_machine(sim_instance_current())->base;
    return machine->ops->cpu_current(machine->context);
}

uint32_t cpu_count(void)
{
    return sim_instance_machine(sim_instance_current())->cpus;
}

struct wanted_process {
    uint64_t id;
    struct k_process_info info;
};

static void see_process(void *argument, const struct k_process_info *process)
{
    struct wanted_process *wanted = argument;
    if (process->id == wanted->id)
        wanted->info = *process;
}

/* Scenes ask for the first process only: it is the one that all quotas come from. */
struct k_process_info scene_process(void)
{
    struct wanted_process wanted = {.id = 1};
    k_kernel_each_process(scene_kernel(), see_process, &wanted);
    return wanted.info;
}

struct k_counters scene_counters(void)
{
    struct k_counters counters;
    k_kernel_counters(scene_kernel(), &counters);
    return counters;
}

uint32_t scene_objects(const char *type)
{
    struct k_type_info info;
    for (uint32_t i = 0; k_kernel_type(scene_kernel(), i, &info); i++)
        if (strcmp(info.name, type) == 0)
            return info.used;
    scene_expect(0, __FILE__, __LINE__, type);
    return 0;
}

struct wanted_thread {
    const char *process;
    struct k_thread_info info;
};

static void see_thread(void *argument, const struct k_thread_info *thread)
{
    struct wanted_thread *wanted = argument;
    if (strcmp(thread->process, wanted->process) == 0)
        wanted->info = *thread;
}

struct k_thread_info scene_thread(const char *process)
{
    struct wanted_thread wanted = {.process = process};
    k_kernel_each_thread(scene_kernel(), see_thread, &wanted);
    return wanted.info;
}

/* ---- short forms --------------------------------------------------------------------------- */

slip_handle_t new_endpoint(uint32_t depth)
{
    slip_handle_t endpoint = SLIP_NO_HANDLE;
    EXPECT_OK(slip_endpoint_create(depth, &endpoint));
    return endpoint;
}

slip_handle_t new_port(uint32_t depth)
{
    slip_handle_t port = SLIP_NO_HANDLE;
    EXPECT_OK(slip_port_create(depth, &port));
    return port;
}

slip_handle_t new_buffer(uint64_t bytes, void **address)
{
    slip_handle_t buffer = SLIP_NO_HANDLE;
    EXPECT_OK(slip_buffer_create(bytes, &buffer, address));
    return buffer;
}

slip_handle_t copy_of(slip_handle_t handle, uint32_t rights, uint64_t badge)
{
    slip_handle_t copy = SLIP_NO_HANDLE;
    EXPECT_OK(slip_handle_duplicate(handle, rights, badge, &copy));
    return copy;
}

slip_handle_t connection(slip_handle_t endpoint, slip_handle_t port)
{
    slip_handle_t made = SLIP_NO_HANDLE;
    EXPECT_OK(slip_endpoint_connect(endpoint, port, &made));
    return made;
}

void drop(slip_handle_t handle)
{
    EXPECT_OK(slip_handle_close(handle));
}

void stand_back(void)
{
    EXPECT_OK(slip_thread_priority(SLIP_SELF, 0, NULL));
    EXPECT_OK(slip_thread_priority(SLIP_SELF, SLIP_PRIORITY_DEFAULT, NULL));
}

void stay_on_one_cpu(void)
{
    scene_now()->one_cpu = 1;
    EXPECT_OK(slip_thread_affinity(SLIP_SELF, 0));
}

static uint32_t cpu_for_all(void)
{
    return scene_now()->one_cpu ? 0 : SLIP_CPU_ANY;
}

slip_handle_t thread_at(uint32_t priority, void (*entry)(uint64_t), uint64_t argument)
{
    slip_handle_t thread = SLIP_NO_HANDLE;
    EXPECT_OK(slip_thread_start(SLIP_SELF, entry, argument, priority, cpu_for_all(), &thread));
    return thread;
}

slip_handle_t thread_on(uint32_t cpu, void (*entry)(uint64_t), uint64_t argument)
{
    slip_handle_t thread = SLIP_NO_HANDLE;
    EXPECT_OK(slip_thread_start(SLIP_SELF, entry, argument, SLIP_PRIORITY_DEFAULT, cpu, &thread));
    return thread;
}

slip_handle_t process_at(uint32_t priority, const char *name, void (*entry)(void),
                         slip_handle_t handle)
{
    slip_handle_t process = SLIP_NO_HANDLE;
    EXPECT_OK(slip_process_create(name, &process));
    EXPECT_OK(slip_process_start_on(process, entry, handle, priority, cpu_for_all()));
    return process;
}

slip_handle_t process_on(uint32_t cpu, const char *name, void (*entry)(void), slip_handle_t handle)
{
    slip_handle_t process = SLIP_NO_HANDLE;
    EXPECT_OK(slip_process_create(name, &process));
    EXPECT_OK(slip_process_start_on(process, entry, handle, SLIP_PRIORITY_DEFAULT, cpu));
    return process;
}

uint64_t reap(slip_handle_t process)
{
    uint64_t code = ~0UL;
    EXPECT_OK(slip_process_wait_code(process, SLIP_NEVER, &code));
    drop(process);
    return code;
}

void kill_and_reap(slip_handle_t process)
{
    EXPECT_OK(slip_process_kill(process));
    EXPECT_EQ(reap(process), SLIP_EXIT_KILLED);
}

slip_status_t send_word(slip_handle_t endpoint, uint64_t value)
{
    struct slip_message m = word(value);
    return slip_endpoint_send(endpoint, &m, SLIP_NEVER);
}

slip_status_t call_word(slip_handle_t endpoint, uint64_t value)
{
    struct slip_message m = word(value);
    return slip_endpoint_call(endpoint, &m, NULL, NULL, SLIP_NEVER);
}

slip_status_t submit_key(slip_handle_t to, uint64_t key)
{
    struct slip_message m = empty();
    return slip_endpoint_submit(to, &m, NULL, key, SLIP_NEVER);
}

slip_status_t poll_endpoint(slip_handle_t endpoint, struct slip_message *m)
{
    *m = empty();
    return slip_endpoint_wait(endpoint, m, 0);
}

uint32_t poll_port(slip_handle_t port, struct slip_completion *c)
{
    struct slip_completion all[16] = {{.key = 0}};
    uint32_t taken = 0;
    slip_status_t status = slip_port_wait(port, all, 1, 16, 0, &taken);
    EXPECT(status == SLIP_OK || status == SLIP_WOULD_BLOCK);
    *c = all[0];
    return taken;
}

void *faulting_page(void)
{
    void *room;
    slip_handle_t buffer = new_buffer(1, &room);
    char *here = (char *)slip_message_area() - STACK_IN_USE;
    while (slip_buffer_write(buffer, 0, here, 1) == SLIP_OK)
        here -= SLIP_PAGE_BYTES;
    drop(buffer);
    return here;
}

int32_t raw(uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
    uint64_t in[6] = {a, b, c, d, e, f}, out[3];
    return slip_trap(number, in, out);
}

/* ---- devices ------------------------------------------------------------------------------- */

/* Any number may be under way. Each item is free again as soon as it was called. */
struct firing {
    struct sim_inbox_item item;
    atomic_uint bits;
    atomic_int taken;
};

static struct firing firing;

static void fire_now(struct sim_inbox_item *item, struct k_kernel *kernel, uint32_t cpu)
{
    struct firing *one = (struct firing *)item;
    k_kernel_interrupt(kernel, cpu, SCENE_LINE, atomic_exchange(&one->bits, 0));
    atomic_store(&one->taken, 1);
}

void fire(uint32_t bits)
{
    struct sim_machine *machine = sim_instance_machine(sim_instance_current());
    firing.item.call = fire_now;
    atomic_store(&firing.bits, bits);
    atomic_store(&firing.taken, 0);
    machine->kind->post(machine, 0, &firing.item);
    slip_thread_checkpoint();
    while (scene_now()->settles && !atomic_load(&firing.taken))
        let_host_run();
    settle();
}

static struct k_access access;

slip_status_t device_begin_request(slip_request_t request, uint32_t right)
{
    return k_access_begin(scene_kernel(), K_ACCESS_REQUEST, request, 0, 0, 8, right, &access);
}

slip_status_t device_begin_buffer(slip_handle_t buffer, uint32_t right)
{
    return k_access_begin(scene_kernel(), K_ACCESS_BUFFER, buffer, 0, 0, 8, right, &access);
}

void device_end(void)
{
    const struct slip_machine *machine = &sim_instance_machine(sim_instance_current())->base;
    k_access_end(scene_kernel(), machine->ops->cpu_current(machine->context), &access);
}

void *device_address(void)
{
    return access.address;
}
