/* A port of the kernel layer, to be filled in: every function of slipway/machine.h, with what real
 * hardware does there. It compiles, so that it keeps up with the contract; each function that has
 * nothing to do yet panics with its name. docs/PORTING.md tells in which order to fill them.
 *
 * tests/freestanding/one_cpu.c is the same table for one CPU, filled, in a hundred lines.
 */
#include <slipway/kernel.h>
#include <slipway/machine.h>

/* What this machine knows; hang your own on it. It is the `machine` of every function below. */
struct port_machine {
    struct k_kernel *kernel;
};

_Noreturn void port_panic(void *machine, const char *file, int line, const char *what);
const struct slip_machine_ops *port_machine_ops(void);

#define EMPTY(machine) port_panic((machine), __FILE__, __LINE__, __func__)

/* ---- always called ------------------------------------------------------------------------- */

/* The number of this CPU: a per-CPU register (TPIDR_EL1, GS base, mhartid, tp). One load. */
static uint32_t port_cpu_current(void *machine)
{
    EMPTY(machine);
}

/* A free-running counter, scaled to nanoseconds (CNTVCT_EL0, rdtsc, time). It must not go back when
 * a thread changes CPU, so counters of several CPUs have to be in step. */
static slip_time_t port_now(void *machine)
{
    EMPTY(machine);
}

/* The one-shot timer of this CPU (CNTV_CVAL_EL0, TSC deadline, stimecmp). Its interrupt handler
 * calls k_kernel_timer(kernel, cpu). SLIP_NEVER disables it. */
static void port_timer_arm(void *machine, uint32_t cpu, slip_time_t deadline)
{
    (void)cpu;
    (void)deadline;
    EMPTY(machine);
}

/* Reserves a kernel stack for the context and fills its first frame, so that the first switch to it
 * calls start->first(first_argument) on that stack, and then leaves the kernel for user mode at
 * start->entry with start->argument in the first argument register, on a user stack of
 * stack_bytes in start->space, whose return address is code that traps SLIP_CALL_thread_exit. Maps
 * one page for the message area, at a fixed place of each thread, and stores its user address.
 * start == NULL: nothing to prepare, the first switch away saves the flow that runs. */
static slip_status_t port_context_init(void *machine, struct slip_context *context,
                                       const struct slip_context_start *start, uint64_t *area)
{
    (void)context;
    (void)start;
    (void)area;
    EMPTY(machine);
}

/* Gives the kernel stack, the user stack and the message area back. */
static void port_context_fini(void *machine, struct slip_context *context)
{
    (void)context;
    EMPTY(machine);
}

/* Saves the callee-saved registers and the stack pointer into `from`, loads the address space of
 * `space` unless it is loaded (TTBR0 and ASID, CR3 and PCID, satp), and restores from `to`. Runs
 * with interrupts off, on the kernel stacks. User registers were saved by the trap. */
static void port_context_switch(void *machine, struct slip_context *from, struct slip_context *to,
                                struct slip_space *space)
{
    (void)from;
    (void)to;
    (void)space;
    EMPTY(machine);
}

/* Interrupts on and wait, in one step, so that a kick in between is not lost (sti; hlt / wfi with
 * interrupts masked, then unmask). The handlers call k_kernel_timer, k_kernel_interrupt and
 * k_kernel_kicked; then interrupts off again, and return. */
static void port_idle(void *machine, uint32_t cpu)
{
    (void)cpu;
    EMPTY(machine);
}

/* Waits for a write to one line (monitor, mwait; ldxr, wfe), for a bounded time, with interrupts as in
 * port_idle. Leave it out of the table where the CPU has nothing of that kind. */
static int port_watch(void *machine, uint32_t cpu, const _Atomic uint32_t *word, uint32_t value)
{
    (void)cpu;
    (void)word;
    (void)value;
    EMPTY(machine);
}

/* An interprocessor interrupt (ICR, SGI, CLINT); its handler calls k_kernel_kicked(kernel, cpu). */
static void port_kick(void *machine, uint32_t cpu)
{
    (void)cpu;
    EMPTY(machine);
}

/* The spin hint of the CPU: pause, yield, wfe. */
static void port_relax(void *machine)
{
    EMPTY(machine);
}

/* Physical pages that the kernel sees at an address of its own, zeroed. A bump allocator over the
 * memory that the boot loader left is enough: the kernel gives pages back only when it is dropped,
 * a process its handle table when it ends. */
static void *port_pages_get(void *machine, uint64_t bytes)
{
    (void)bytes;
    EMPTY(machine);
}

static void port_pages_put(void *machine, void *pages, uint64_t bytes)
{
    (void)pages;
    (void)bytes;
    EMPTY(machine);
}

/* An empty translation table, and the range of user addresses that the process may use. */
static slip_status_t port_space_create(void *machine, struct slip_space *space, uint64_t bytes,
                                       const char *name)
{
    (void)space;
    (void)bytes;
    (void)name;
    EMPTY(machine);
}

/* Unmaps all of it, gives the tables back, and shoots down what other CPUs have cached. */
static void port_space_destroy(void *machine, struct slip_space *space)
{
    (void)space;
    EMPTY(machine);
}

/* Zeroed pages somewhere in the range, writable by the user. */
static slip_status_t port_map(void *machine, struct slip_space *space, uint64_t bytes,
                              uint64_t *address)
{
    (void)space;
    (void)bytes;
    (void)address;
    EMPTY(machine);
}

static void port_unmap(void *machine, struct slip_space *space, uint64_t address, uint64_t bytes)
{
    (void)space;
    (void)address;
    (void)bytes;
    EMPTY(machine);
}

/* Both sides may be in spaces that are not loaded: go through the kernel's own mapping of physical
 * memory, page by page. A page that is not there is BAD_ADDRESS, found by walking the tables or by
 * a fault handler that comes back here. */
static slip_status_t port_copy(void *machine, struct slip_space *to_space, uint64_t to,
                               struct slip_space *from_space, uint64_t from, uint64_t bytes)
{
    (void)to_space;
    (void)to;
    (void)from_space;
    (void)from;
    (void)bytes;
    EMPTY(machine);
}

/* 1 for text and read-only data that every process has mapped; 0 for all else if there is no such
 * thing, and then entries of threads must lie in each space instead. */
static int port_image_contains(void *machine, uint64_t address, uint64_t bytes)
{
    (void)address;
    (void)bytes;
    EMPTY(machine);
}

/* The interrupt controller's mask of a line (GICD_ISENABLER, I/O APIC, PLIC). */
static void port_interrupt_mask(void *machine, uint32_t line, int on)
{
    (void)line;
    (void)on;
    EMPTY(machine);
}

/* On hardware user code spends its own time, and nobody makes this call; a kernel that offers it
 * for tests spins until `now` has moved, with interrupts on, and looks at k_kernel_preempting. */
static slip_time_t port_compute(void *machine, uint32_t cpu, slip_time_t duration)
{
    (void)cpu;
    (void)duration;
    EMPTY(machine);
}

/* The serial port. */
static void port_print(void *machine, const char *text, uint64_t length)
{
    (void)text;
    (void)length;
    EMPTY(machine);
}

/* Interrupts off, the text to the serial port, the other CPUs stopped, and wait for ever. */
_Noreturn void port_panic(void *machine, const char *file, int line, const char *what)
{
    (void)machine;
    (void)file;
    (void)line;
    (void)what;
    for (;;)
        ;
}

/* The modelled group stays NULL: slip_machine.modelled is 0, and the kernel never calls it. */
static const struct slip_machine_ops ops = {
    .version = SLIP_MACHINE_VERSION,
    .size = sizeof(struct slip_machine_ops),
    .cpu_current = port_cpu_current,
    .now = port_now,
    .timer_arm = port_timer_arm,
    .context_init = port_context_init,
    .context_fini = port_context_fini,
    .context_switch = port_context_switch,
    .idle = port_idle,
    .watch = port_watch,
    .kick = port_kick,
    .relax = port_relax,
    .pages_get = port_pages_get,
    .pages_put = port_pages_put,
    .space_create = port_space_create,
    .space_destroy = port_space_destroy,
    .map = port_map,
    .unmap = port_unmap,
    .copy = port_copy,
    .image_contains = port_image_contains,
    .interrupt_mask = port_interrupt_mask,
    .compute = port_compute,
    .print = port_print,
    .panic = port_panic,
};

const struct slip_machine_ops *port_machine_ops(void)
{
    return &ops;
}
