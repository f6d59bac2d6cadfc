#include "fake_machine.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "sched.h"

const char fake_image[64] = "the program";

struct fake_frame {
    struct slip_context *from;
    struct fake_frame *below;
    jmp_buf back;
};

/* What slip_space.state points to. */
struct fake_space {
    uint64_t used;
    char memory[];
};

#define FAKE(machine) ((struct fake_machine *)(machine))

/* ---- the table: what is always called ------------------------------------------------------ */

static uint32_t cpu_current(void *machine)
{
    return FAKE(machine)->cpu;
}

static slip_time_t now(void *machine)
{
    return FAKE(machine)->now;
}

static void timer_arm(void *machine, uint32_t cpu, slip_time_t deadline)
{
    FAKE(machine)->armed[cpu] = deadline;
    FAKE(machine)->arms++;
}

static uint64_t take(struct slip_space *space, uint64_t bytes)
{
    struct fake_space *own = space->state;
    bytes = (bytes + 63) / 64 * 64;
    if (bytes > space->length - own->used)
        return 0;
    uint64_t address = space->base + own->used;
    own->used += bytes;
    return address;
}

static slip_status_t context_init(void *machine, struct slip_context *context,
                                  const struct slip_context_start *start, uint64_t *area)
{
    memset(context, 0, sizeof(*context));
    if (start == NULL)
        return SLIP_OK;
    if (FAKE(machine)->contexts_left == 0)
        return SLIP_NO_QUOTA;
    *area = take(start->space, sizeof(struct slip_message_area));
    if (*area == 0)
        return SLIP_NO_QUOTA;
    FAKE(machine)->contexts_left--;
    FAKE(machine)->contexts++;
    return SLIP_OK;
}

static void context_fini(void *machine, struct slip_context *context)
{
    (void)context;
    cr_assert_neq(FAKE(machine)->contexts, 0, "a context is dropped twice");
    FAKE(machine)->contexts--;
}

/* Goes back to who switched away from `to`, if it did on this stack. */
static void unwind(struct fake_machine *fake, const struct slip_context *to)
{
    for (struct fake_frame *frame = fake->frames; frame != NULL; frame = frame->below)
        if (frame->from == to) {
            fake->frames = frame->below;
            longjmp(frame->back, 1);
        }
}

/* The test is whoever runs now. */
static _Noreturn void leave(struct fake_machine *fake)
{
    fake->leaving = 0;
    fake->frames = NULL;
    longjmp(fake->left, 1);
}

static void context_switch(void *machine, struct slip_context *from, struct slip_context *to,
                           struct slip_space *space)
{
    struct fake_machine *fake = machine;
    struct k_cpu *cpu = fake_cpu(fake);
    (void)space;
    fake->switches++;
    if (fake->leaving && to != &cpu->boot)
        leave(fake);
    unwind(fake, to);
    struct fake_frame frame = {.from = from, .below = fake->frames};
    if (setjmp(frame.back) != 0)
        return;
    fake->frames = &frame;
    if (to == &cpu->boot) {
        k_sched_arrive(cpu);
        k_sched_run(cpu);
        cr_assert(fake->leaving, "the kernel halts, and nobody expected it");
        leave(fake);
    }
    cr_assert(fake->on_switch != NULL, "a switch to a thread that nobody plays");
    k_sched_arrive(cpu);
    fake->on_switch(fake);
    cr_assert_fail("the script of a thread came to its end while it runs");
}

static void idle(void *machine, uint32_t cpu)
{
    struct fake_machine *fake = machine;
    fake->idles++;
    if (fake->leaving) { /* as if it had gone to its boot context first */
        struct k_cpu *on = &fake->kernel->cpus[cpu];
        on->previous = on->current;
        on->current = NULL;
        atomic_store(&on->idle, 0);
        leave(fake);
    }
    cr_assert(fake->on_idle != NULL, "a CPU idles, and nothing is to come");
    fake->on_idle(fake);
}

static void kick(void *machine, uint32_t cpu)
{
    FAKE(machine)->kicks[cpu]++;
}

static void relax(void *machine)
{
    struct fake_machine *fake = machine;
    fake->relaxes++;
    cr_assert(fake->on_relax != NULL, "a spin that nobody ends");
    fake->on_relax(fake);
}

static void *pages_get(void *machine, uint64_t bytes)
{
    struct fake_machine *fake = machine;
    cr_assert_eq(bytes % SLIP_PAGE_BYTES, 0, "not whole pages");
    if (bytes > fake->pages_left)
        return NULL;
    void *pages = aligned_alloc(SLIP_PAGE_BYTES, bytes);
    cr_assert(pages != NULL);
    memset(pages, 0, bytes);
    fake->pages_left -= bytes;
    fake->pages_out += bytes;
    return pages;
}

static void pages_put(void *machine, void *pages, uint64_t bytes)
{
    FAKE(machine)->pages_left += bytes;
    FAKE(machine)->pages_out -= bytes;
    free(pages);
}

static slip_status_t space_create(void *machine, struct slip_space *space, uint64_t bytes,
                                  const char *name)
{
    (void)name;
    uint64_t length = bytes < FAKE_SPACE_BYTES ? bytes : FAKE_SPACE_BYTES;
    struct fake_space *own = calloc(1, sizeof(*own) + length);
    cr_assert(own != NULL);
    *space = (struct slip_space){.base = (uintptr_t)own->memory, .length = length, .state = own};
    FAKE(machine)->spaces++;
    return SLIP_OK;
}

static void space_destroy(void *machine, struct slip_space *space)
{
    cr_assert_neq(FAKE(machine)->spaces, 0, "a space is dropped twice");
    FAKE(machine)->spaces--;
    free(space->state);
    space->state = NULL;
}

static slip_status_t map(void *machine, struct slip_space *space, uint64_t bytes, uint64_t *address)
{
    struct fake_machine *fake = machine;
    if (bytes > fake->map_left)
        return SLIP_NO_QUOTA;
    *address = take(space, bytes);
    if (*address == 0)
        return SLIP_NO_QUOTA;
    fake->map_left -= bytes;
    fake->maps++;
    return SLIP_OK;
}

static void unmap(void *machine, struct slip_space *space, uint64_t address, uint64_t bytes)
{
    cr_assert(space->state != NULL, "an unmap in a space that is gone");
    memset((void *)(uintptr_t)address, 0xdd, bytes); /* whoever still reads it finds out */
    FAKE(machine)->map_left += bytes;
    FAKE(machine)->unmaps++;
}

static slip_status_t copy(void *machine, struct slip_space *to_space, uint64_t to,
                          struct slip_space *from_space, uint64_t from, uint64_t bytes)
{
    struct fake_machine *fake = machine;
    (void)to_space;
    (void)from_space;
    fake->copies++;
    if (fake->on_copy != NULL)
        fake->on_copy(fake);
    if (fake->fault != 0 && (fake->fault - to < bytes || fake->fault - from < bytes))
        return SLIP_BAD_ADDRESS;
    memcpy((void *)(uintptr_t)to, (const void *)(uintptr_t)from, bytes);
    return SLIP_OK;
}

static int image_contains(void *machine, uint64_t address, uint64_t bytes)
{
    (void)machine;
    uint64_t offset = address - FAKE_ENTRY;
    return offset <= sizeof(fake_image) && bytes <= sizeof(fake_image) - offset;
}

static void interrupt_mask(void *machine, uint32_t line, int on)
{
    FAKE(machine)->masked[line] = (uint8_t)on;
}

static slip_time_t compute(void *machine, uint32_t cpu, slip_time_t duration)
{
    (void)cpu;
    FAKE(machine)->now += duration;
    return duration;
}

static void print(void *machine, const char *text, uint64_t length)
{
    (void)text;
    (void)length;
    FAKE(machine)->prints++;
}

static void panic(void *machine, const char *file, int line, const char *what)
{
    struct fake_machine *fake = machine;
    fake->panic = what;
    if (fake->panic_expected)
        longjmp(fake->panicked, 1);
    cr_assert_fail("the kernel panics, %s:%d: %s", file, line, what);
}

/* ---- the table: what is modelled ----------------------------------------------------------- */

static void charge(void *machine, uint32_t cpu, enum slip_cost cost, uint64_t amount)
{
    (void)cpu;
    FAKE(machine)->charged[cost] += (uint32_t)amount;
}

static void line(void *machine, uint32_t cpu, struct slip_line *touched, enum slip_line_use use)
{
    (void)cpu;
    (void)touched;
    (void)use;
    FAKE(machine)->lines++;
}

static void lock_wait(void *machine, uint32_t cpu, struct slip_line *lock)
{
    (void)cpu;
    (void)lock;
    FAKE(machine)->lock_waits++;
}

static void lock_pass(void *machine, uint32_t cpu, struct slip_line *lock)
{
    (void)cpu;
    (void)lock;
    FAKE(machine)->lock_passes++;
}

static void trace(void *machine, uint32_t cpu, enum slip_trace point, uint64_t a, uint64_t b)
{
    (void)cpu;
    (void)a;
    (void)b;
    FAKE(machine)->traces[point]++;
}

static const struct slip_machine_ops ops = {
    .version = SLIP_MACHINE_VERSION,
    .size = sizeof(ops),
    .cpu_current = cpu_current,
    .now = now,
    .timer_arm = timer_arm,
    .context_init = context_init,
    .context_fini = context_fini,
    .context_switch = context_switch,
    .idle = idle,
    .kick = kick,
    .relax = relax,
    .pages_get = pages_get,
    .pages_put = pages_put,
    .space_create = space_create,
    .space_destroy = space_destroy,
    .map = map,
    .unmap = unmap,
    .copy = copy,
    .image_contains = image_contains,
    .interrupt_mask = interrupt_mask,
    .compute = compute,
    .print = print,
    .panic = panic,
    .charge = charge,
    .line = line,
    .lock_wait = lock_wait,
    .lock_pass = lock_pass,
    .trace = trace,
};

/* ---- making and dropping ------------------------------------------------------------------- */

static void init(struct fake_machine *fake, uint32_t cpus, uint32_t flags, uint32_t modelled)
{
    cr_assert_leq(cpus, FAKE_CPUS);
    memset(fake, 0, sizeof(*fake));
    fake->machine = (struct slip_machine){.context = fake, .ops = &ops, .modelled = modelled};
    fake->now = 1000;
    fake->pages_left = fake->map_left = (uint64_t)64 << 20;
    fake->contexts_left = UINT32_MAX;
    for (uint32_t i = 0; i < FAKE_CPUS; i++)
        fake->armed[i] = SLIP_NEVER;
    struct k_config config = {.cpus = cpus, .flags = flags, .stack_bytes = K_STACK_BYTES_LEAST};
    cr_assert_eq(k_kernel_create(&fake->machine, &config, &fake->kernel), SLIP_OK);
}

void fake_init(struct fake_machine *fake, uint32_t cpus, uint32_t config_flags)
{
    init(fake, cpus, config_flags, 0);
}

void fake_init_modelled(struct fake_machine *fake, uint32_t cpus)
{
    init(fake, cpus, 0, 1);
}

void fake_fini(struct fake_machine *fake)
{
    k_kernel_destroy(fake->kernel);
    cr_assert_eq(fake->pages_out, 0, "%lu bytes of pages were not given back", fake->pages_out);
    cr_assert_eq(fake->contexts, 0, "%u contexts were not dropped", fake->contexts);
    cr_assert_eq(fake->spaces, 0, "%u spaces were not dropped", fake->spaces);
}

struct k_cpu *fake_cpu(struct fake_machine *fake)
{
    return &fake->kernel->cpus[fake->cpu];
}

struct k_process *fake_process(struct fake_machine *fake, struct k_process *creator, uint64_t quota)
{
    struct k_process *process;
    struct k_cpu *cpu = fake_cpu(fake);
    cr_assert_eq(k_process_create(cpu, creator, "fake", quota, &process), SLIP_OK);
    cr_assert_eq(k_process_begin(cpu, process), SLIP_OK);
    k_process_leave(cpu, process);
    return process;
}

void *fake_memory(struct k_process *process, uint64_t bytes)
{
    uint64_t address = take(&process->space, bytes);
    cr_assert_neq(address, 0, "a fake space holds no more than %u bytes", FAKE_SPACE_BYTES);
    return (void *)(uintptr_t)address;
}

/* ---- threads ------------------------------------------------------------------------------- */

struct k_thread *fake_thread(struct fake_machine *fake, struct k_process *process,
                             uint32_t priority)
{
    struct k_thread_start start = {.entry = FAKE_ENTRY, .priority = priority, .cpu = SLIP_CPU_ANY};
    struct k_thread *thread;
    struct k_cpu *cpu = fake_cpu(fake);
    cr_assert_eq(k_thread_create(cpu, process, &start, &thread), SLIP_OK);
    k_object_unref(cpu, &thread->object);
    return thread;
}

/* What the test is now, and the first act of that. */
static struct k_thread *arrive(struct fake_machine *fake)
{
    k_sched_arrive(fake_cpu(fake));
    return fake_cpu(fake)->current;
}

struct k_thread *fake_enter(struct fake_machine *fake)
{
    cr_assert(fake_cpu(fake)->current == NULL, "the test is a thread already");
    fake->leaving = 1;
    if (setjmp(fake->left) == 0)
        k_sched_run(fake_cpu(fake));
    return arrive(fake);
}

struct k_thread *fake_start(struct fake_machine *fake)
{
    fake_thread(fake, fake_process(fake, NULL, FAKE_QUOTA), SLIP_PRIORITY_DEFAULT);
    return fake_enter(fake);
}

struct k_thread *fake_exit(struct fake_machine *fake)
{
    cr_assert(fake_cpu(fake)->current != NULL, "the test is no thread");
    fake->leaving = 1;
    if (setjmp(fake->left) == 0)
        k_thread_exit(fake_cpu(fake));
    return arrive(fake);
}

struct k_thread *fake_park(struct fake_machine *fake, enum k_wait_kind kind)
{
    cr_assert(fake_cpu(fake)->current != NULL, "the test is no thread");
    fake->leaving = 1;
    if (setjmp(fake->left) == 0) {
        k_wait_begin(fake_cpu(fake), kind, NULL);
        k_wait_block(fake_cpu(fake), SLIP_NEVER, NULL);
    }
    return arrive(fake);
}
