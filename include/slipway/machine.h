/* The contract downwards: what the kernel object layer asks of the machine below it.
 *
 * A machine is a context pointer and a constant table, so that many kernels and several kinds of
 * machine live in one program, and a machine can wrap another one. On hardware the table is filled
 * once, with a few lines of assembly behind it (docs/PORTING.md); in the simulator, sim/machine/
 * has one file per kind.
 *
 * The table has two groups. The first is always called. The second, "modelled", is reached only
 * where the machine says so (slip_machine.modelled): a machine that simulates time charges costs
 * there, and a machine that explores schedules picks who goes next. On real hardware these entries
 * are never called and may be null.
 *
 * A CPU is a number from 0. Kernel code runs on a CPU between a trap and its return, in the three
 * entries of kernel.h that a machine makes from an interrupt, and around idle; it is never
 * interrupted there. Every entry below runs on the CPU that it names, or that is current, unless
 * its comment says otherwise.
 *
 * Switching. context_switch is called with no lock held. The kernel marks the thread that leaves as
 * being on its CPU until the context that was switched to has run its first instructions, so a
 * machine need not make the saving of a context atomic with anything.
 */
#ifndef SLIPWAY_MACHINE_H
#define SLIPWAY_MACHINE_H

#include <slipway/status.h>
#include <slipway/types.h>

#define SLIP_MACHINE_VERSION 1

/* X(name, text): the named costs that the kernel charges. Amounts are 1 unless the text says. */
#define SLIP_COST_MAP(X)                                                                           \
    X(entry, "kernel entry by a trap")                                                             \
    X(exit, "return from the kernel")                                                              \
    X(interrupt, "kernel entry by an interrupt")                                                   \
    X(thread_switch, "switch of threads")                                                          \
    X(space_switch, "switch of address spaces")                                                    \
    X(ipi_send, "interrupt sent to another CPU")                                                   \
    X(ipi_receive, "interrupt from another CPU taken")                                             \
    X(idle_exit, "wake of an idle CPU")                                                            \
    X(copy, "one copy between address spaces, fixed part")                                         \
    X(copy_byte, "bytes copied; amount: bytes")                                                    \
    X(word, "words of a short message, but those that travel free; amount: words")                 \
    X(map_page, "pages mapped; amount: pages")                                                     \
    X(unmap_page, "pages unmapped; amount: pages")                                                 \
    X(timer_arm, "timer armed")                                                                    \
    X(lookup, "handle looked up")                                                                  \
    X(queue, "entry put into or taken from a kernel queue")                                        \
    X(schedule, "choice of the next thread")                                                       \
    X(wake, "thread made ready, beside the queue that it goes into")                               \
    X(fast_path, "direct hand-over of a call or reply, beside entry, look-up, switch and exit")    \
    X(shootdown, "pages forgotten by other CPUs; amount: pages")

enum slip_cost {
#define SLIP_COST_ENUM(name, text) SLIP_COST_##name,
    SLIP_COST_MAP(SLIP_COST_ENUM)
#undef SLIP_COST_ENUM
        SLIP_COST_COUNT
};

/* X(name, a, b): the trace points and what their two arguments are: numbers of objects; of requests,
 * messages and slots the numbers of their blocks, where 2^32 - 1 is an entry that has none. */
#define SLIP_TRACE_MAP(X)                                                                          \
    X(call_enter, "call", "thread")                                                                \
    X(call_return, "call", "status")                                                               \
    X(thread_switch, "from thread", "to thread")                                                   \
    X(thread_ready, "thread", "cpu")                                                               \
    X(thread_block, "thread", "object")                                                            \
    X(thread_dead, "thread", "process")                                                            \
    X(priority, "thread", "effective")                                                             \
    X(request_queued, "request", "thread")                                                         \
    X(request_held, "request", "thread")                                                           \
    X(request_ended, "request", "status")                                                          \
    X(request_answered, "request", "caller")                                                       \
    X(message_queued, "message", "thread")                                                         \
    X(message_taken, "message", "thread")                                                          \
    X(message_handed, "from thread", "to thread")                                                  \
    X(completion_queued, "slot", "port")                                                           \
    X(completion_taken, "slot", "port")                                                            \
    X(interrupt, "line", "cpu")                                                                    \
    X(timer, "cpu", "deadline")                                                                    \
    X(access_begin, "object", "length")                                                            \
    X(access_end, "object", "length")                                                              \
    X(process_dead, "process", "code")

enum slip_trace {
#define SLIP_TRACE_ENUM(name, a, b) SLIP_TRACE_##name,
    SLIP_TRACE_MAP(SLIP_TRACE_ENUM)
#undef SLIP_TRACE_ENUM
        SLIP_TRACE_COUNT
};

/* A saved flow of control; the kernel embeds it in a thread, and in a CPU for its boot context.
 * Only the machine reads it. */
struct slip_context {
    void *state[4];
};

/* An address range; the kernel embeds it in a process. The machine fills it. */
struct slip_space {
    uint64_t base;   /* first byte; a user address is valid from here ... */
    uint64_t length; /* ... for so many bytes */
    void *state;     /* the machine's own */
};

/* What a new context is to do. */
struct slip_context_start {
    struct slip_space *space;
    uint64_t stack_bytes;
    void (*first)(void *argument); /* in the kernel, on the first switch to it; returns */
    void *first_argument;
    uint64_t entry;    /* then user code: called with `argument`; when it returns, the */
    uint64_t argument; /* machine traps SLIP_CALL_thread_exit for it */
    const char *name;  /* of the process, for debuggers; borrowed during the call */
};

/* Model state of a lock or a hot line; real machines never touch it. Zero at first. */
struct slip_line {
    uint64_t free_at;
    uint32_t cpu;         /* the one that had it last, plus 1 */
    uint32_t record;      /* of the machine's own, 0: none yet */
    uint32_t first, last; /* CPUs that wait for it, plus 1 */
};

enum slip_line_use { SLIP_LINE_READ, SLIP_LINE_WRITE };

struct slip_machine_ops {
    uint32_t version; /* SLIP_MACHINE_VERSION */
    uint32_t size;    /* of this struct */

    /* ---- always called ------------------------------------------------------------------- */

    /* The CPU that runs the caller. Cheap: called at every entry. */
    uint32_t (*cpu_current)(void *machine);

    /* Nanoseconds since the machine started; never goes back. Under any lock. */
    slip_time_t (*now)(void *machine);

    /* One shot, per CPU, absolute: k_kernel_timer(kernel, cpu) is to be called on that CPU at
     * `deadline` or as soon after it as it can. Arming again replaces; SLIP_NEVER disarms. Called
     * on that CPU only. */
    void (*timer_arm)(void *machine, uint32_t cpu, slip_time_t deadline);

    /* Prepares a context with a stack and a message area inside `start->space`; *area gets the
     * user address of a zeroed struct slip_message_area. start == NULL adopts the flow that calls,
     * which is a CPU's boot context, and area is NULL. NO_QUOTA if there is no memory. */
    slip_status_t (*context_init)(void *machine, struct slip_context *context,
                                  const struct slip_context_start *start, uint64_t *area);

    /* Drops a context that is on no CPU and never runs again, with its stack. */
    void (*context_fini)(void *machine, struct slip_context *context);

    /* Saves the running context into `from` and resumes `to`; returns when `from` is resumed,
     * maybe on another CPU. `space` is the address space of `to`, or NULL for a boot context. No
     * lock is held. */
    void (*context_switch)(void *machine, struct slip_context *from, struct slip_context *to,
                           struct slip_space *space);

    /* Waits on this CPU, in whatever context, until there may be something to do: a kick, an
     * interrupt, the armed time. Makes the entries of kernel.h that are due, then returns; it may
     * return early. A kick that came since the last return is not lost. No lock is held. */
    void (*idle)(void *machine, uint32_t cpu);

    /* NULL, or: waits on this CPU as idle does, but looks at *word all the time, and does not sleep.
     * Returns 1 soon after that is no longer `value`, or when there was anything else; 0 when it is
     * time to sleep. So whoever has something for this CPU may tell it by one write, which is all
     * that another CPU needs on hardware that can wait for a line, too. No lock is held. */
    int (*watch)(void *machine, uint32_t cpu, const _Atomic uint32_t *word, uint32_t value);

    /* Makes `cpu` look: k_kernel_kicked(kernel, cpu) is to be called there soon. May be called for
     * any CPU from any, under any lock; several may merge into one. */
    void (*kick)(void *machine, uint32_t cpu);

    /* Called in every turn of a spin. Under any lock. */
    void (*relax)(void *machine);

    /* Takes and gives back kernel memory, zeroed, page aligned; `bytes` is a multiple of
     * SLIP_PAGE_BYTES. NULL if there is none. */
    void *(*pages_get)(void *machine, uint64_t bytes);
    void (*pages_put)(void *machine, void *pages, uint64_t bytes);

    /* Makes an address range of at least `bytes`, and drops it with all that is mapped in it. */
    slip_status_t (*space_create)(void *machine, struct slip_space *space, uint64_t bytes,
                                  const char *name);
    void (*space_destroy)(void *machine, struct slip_space *space);

    /* Maps `bytes` of zeroed memory somewhere in a space, and unmaps them. */
    slip_status_t (*map)(void *machine, struct slip_space *space, uint64_t bytes,
                         uint64_t *address);
    void (*unmap)(void *machine, struct slip_space *space, uint64_t address, uint64_t bytes);

    /* Copies between two address spaces; NULL is the kernel's own. The ranges were checked to lie
     * inside; BAD_ADDRESS if the memory faults all the same, and then any part may have been
     * copied. */
    slip_status_t (*copy)(void *machine, struct slip_space *to_space, uint64_t to,
                          struct slip_space *from_space, uint64_t from, uint64_t bytes);

    /* Is this range inside of the program's read-only image (text, literals, constant tables),
     * which all processes share? 1 or 0. */
    int (*image_contains)(void *machine, uint64_t address, uint64_t bytes);

    /* Masks (on = 1) or unmasks the line of a device. An interrupt that came while it was masked
     * fires once when it is unmasked. Under any lock. */
    void (*interrupt_mask)(void *machine, uint32_t line, int on);

    /* Spends up to `duration` nanoseconds of this CPU in user code; returns how many were spent.
     * Returns early when k_kernel_preempting(kernel, cpu) says so after an interrupt. No lock is
     * held. */
    slip_time_t (*compute)(void *machine, uint32_t cpu, slip_time_t duration);

    /* Writes to the console. Under any lock. */
    void (*print)(void *machine, const char *text, uint64_t length);

    /* The kernel found itself broken. Does not return. */
    void (*panic)(void *machine, const char *file, int line, const char *what);

    /* ---- modelled ------------------------------------------------------------------------ */

    /* The CPU spends `amount` times the named cost. */
    void (*charge)(void *machine, uint32_t cpu, enum slip_cost cost, uint64_t amount);

    /* The CPU reads or writes a line that other CPUs write too. */
    void (*line)(void *machine, uint32_t cpu, struct slip_line *line, enum slip_line_use use);

    /* The CPU wants a lock: called before each try; returns when it may try. */
    void (*lock_wait)(void *machine, uint32_t cpu, struct slip_line *lock);

    /* The CPU has let go of a lock. */
    void (*lock_pass)(void *machine, uint32_t cpu, struct slip_line *lock);

    /* Something happened. Must not call back into the kernel. */
    void (*trace)(void *machine, uint32_t cpu, enum slip_trace point, uint64_t a, uint64_t b);
};

#define SLIP_PAGE_BYTES 4096

struct slip_machine {
    void *context;
    const struct slip_machine_ops *ops;
    uint32_t modelled; /* 1: call the second group; fixed while a kernel lives */
};

#endif
