#include "one_cpu.h"

#include <slipway/calls.h>
#include <slipway/kernel.h>

/* Two host system calls stand in for a serial port and a power switch: write and exit. */
static long host(long number, long a, long b, long c)
{
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return result;
}

void one_cpu_print(const char *text)
{
    long length = 0;
    while (text[length] != 0)
        length++;
    host(1, 1, (long)(uintptr_t)text, length);
}

_Noreturn void one_cpu_end(int code)
{
    for (;;)
        host(60, code, 0, 0);
}

/* ---- memory: one static block, handed out from the bottom ---------------------------------- */

#define MEMORY_BYTES (24UL << 20)

static _Alignas(4096) char memory[MEMORY_BYTES];
static uint64_t memory_used;

static void *take(uint64_t bytes)
{
    bytes = (bytes + SLIP_PAGE_BYTES - 1) / SLIP_PAGE_BYTES * SLIP_PAGE_BYTES;
    if (bytes > MEMORY_BYTES - memory_used)
        return NULL;
    void *pages = memory + memory_used;
    memory_used += bytes;
    return pages;
}

static void *pages_get(void *machine, uint64_t bytes)
{
    (void)machine;
    return take(bytes);
}

static void pages_put(void *machine, void *pages, uint64_t bytes)
{
    (void)machine;
    (void)pages;
    (void)bytes; /* static memory: the program ends soon */
}

/* A space is a slice of the block; its `state` counts what was handed out of it. */
static slip_status_t space_create(void *machine, struct slip_space *space, uint64_t bytes,
                                  const char *name)
{
    (void)machine;
    (void)name;
    void *pages = take(bytes);
    if (pages == NULL)
        return SLIP_NO_QUOTA;
    *space = (struct slip_space){.base = (uintptr_t)pages, .length = bytes};
    return SLIP_OK;
}

static void space_destroy(void *machine, struct slip_space *space)
{
    (void)machine;
    (void)space;
}

static slip_status_t map(void *machine, struct slip_space *space, uint64_t bytes, uint64_t *address)
{
    (void)machine;
    uint64_t used = (uintptr_t)space->state;
    if (bytes > space->length - used)
        return SLIP_NO_QUOTA;
    *address = space->base + used;
    space->state = (void *)(uintptr_t)(used + bytes);
    return SLIP_OK;
}

static void unmap(void *machine, struct slip_space *space, uint64_t address, uint64_t bytes)
{
    (void)machine;
    (void)space;
    (void)address;
    (void)bytes;
}

static slip_status_t copy(void *machine, struct slip_space *to_space, uint64_t to,
                          struct slip_space *from_space, uint64_t from, uint64_t bytes)
{
    (void)machine;
    (void)to_space;
    (void)from_space;
    char *t = (char *)(uintptr_t)to;
    const char *f = (const char *)(uintptr_t)from;
    for (uint64_t i = 0; i < bytes; i++)
        t[i] = f[i];
    return SLIP_OK;
}

extern const char __executable_start[], __data_start[] __attribute__((weak));
extern const char edata[];

static int image_contains(void *machine, uint64_t address, uint64_t bytes)
{
    (void)machine;
    uint64_t start = (uintptr_t)__executable_start, end = (uintptr_t)edata;
    return address >= start && address <= end && bytes <= end - address;
}

/* ---- contexts: the stack pointer is all there is to save ------------------------------------ */

/* Saves the six callee-saved registers of this architecture's calls on the stack, and changes it. */
__attribute__((naked)) static void swap_stacks(void **from, void *to)
{
    (void)from;
    (void)to;
    __asm__ volatile("push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n"
                     "mov %rsp, (%rdi)\n"
                     "mov %rsi, %rsp\n"
                     "pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n"
                     "ret\n");
}

static struct k_kernel *kernel;
static const struct slip_context_start *starting; /* of the context that runs for the first time */

int32_t slip_trap(uint64_t number, const uint64_t in[6], uint64_t out[3])
{
    return k_kernel_syscall(k_kernel_cpu(kernel, 0), number, in, out);
}

static void begin(void)
{
    struct slip_context_start start = *starting;
    start.first(start.first_argument);
    ((void (*)(uint64_t))(uintptr_t)start.entry)(start.argument);
    uint64_t in[6] = {0}, out[3];
    slip_trap(SLIP_CALL_thread_exit, in, out);
}

static slip_status_t context_init(void *machine, struct slip_context *context,
                                  const struct slip_context_start *start, uint64_t *area)
{
    context->state[1] = NULL;
    if (start == NULL)
        return SLIP_OK;
    uint64_t stack, kept;
    if (map(machine, start->space, start->stack_bytes, &stack) != SLIP_OK ||
        map(machine, start->space, SLIP_PAGE_BYTES, area) != SLIP_OK ||
        map(machine, start->space, SLIP_PAGE_BYTES, &kept) != SLIP_OK)
        return SLIP_NO_QUOTA;
    *(struct slip_context_start *)(uintptr_t)kept = *start;
    context->state[1] = (void *)(uintptr_t)kept;
    uint64_t *top = (uint64_t *)(uintptr_t)(stack + start->stack_bytes);
    top[-2] = (uintptr_t)begin; /* where swap_stacks returns to, the stack aligned as by a call */
    context->state[0] = top - 8;
    return SLIP_OK;
}

static void context_fini(void *machine, struct slip_context *context)
{
    (void)machine;
    (void)context;
}

static void context_switch(void *machine, struct slip_context *from, struct slip_context *to,
                           struct slip_space *space)
{
    (void)machine;
    (void)space;
    if (to->state[1] != NULL) {
        starting = to->state[1];
        to->state[1] = NULL;
    }
    swap_stacks(&from->state[0], to->state[0]);
}

/* ---- time: a counter that moves when it is read -------------------------------------------- */

static slip_time_t time_now;
static slip_time_t time_armed = SLIP_NEVER;

static uint32_t cpu_current(void *machine)
{
    (void)machine;
    return 0;
}

static slip_time_t now(void *machine)
{
    (void)machine;
    return ++time_now;
}

static void timer_arm(void *machine, uint32_t cpu, slip_time_t deadline)
{
    (void)machine;
    (void)cpu;
    time_armed = deadline;
}

static void idle(void *machine, uint32_t cpu)
{
    (void)machine;
    if (time_armed == SLIP_NEVER) {
        one_cpu_print("every thread waits, and nothing can wake one\n");
        one_cpu_end(1);
    }
    if (time_now < time_armed)
        time_now = time_armed;
    k_kernel_timer(kernel, cpu);
}

static slip_time_t compute(void *machine, uint32_t cpu, slip_time_t duration)
{
    (void)machine;
    (void)cpu;
    time_now += duration;
    return duration;
}

/* ---- the rest ------------------------------------------------------------------------------ */

static void kick(void *machine, uint32_t cpu)
{
    (void)machine;
    (void)cpu; /* there is nobody else */
}

static void relax(void *machine)
{
    (void)machine;
}

static void interrupt_mask(void *machine, uint32_t line, int on)
{
    (void)machine;
    (void)line;
    (void)on; /* no device */
}

static void print(void *machine, const char *text, uint64_t length)
{
    (void)machine;
    host(1, 1, (long)(uintptr_t)text, (long)length);
}

static void panic(void *machine, const char *file, int line, const char *what)
{
    (void)machine;
    (void)line;
    one_cpu_print(file);
    one_cpu_print(": ");
    one_cpu_print(what);
    one_cpu_print("\n");
    one_cpu_end(1);
}

static const struct slip_machine_ops ops = {
    .version = SLIP_MACHINE_VERSION,
    .size = sizeof(struct slip_machine_ops),
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
};

const struct slip_machine one_cpu = {.ops = &ops};

void one_cpu_serve(struct k_kernel *served)
{
    kernel = served;
}
