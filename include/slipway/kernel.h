/* The contract upwards: one kernel, as the machine and the host see it.
 *
 * A kernel is an instance: everything that it knows hangs on struct k_kernel, and several live in
 * one program. Life:
 *
 *   k_kernel_create, k_kernel_start (the first process), then on each CPU's own flow of control
 *   k_kernel_cpu_run, which returns when the last process is gone; k_kernel_check, k_kernel_leaks,
 *   k_kernel_destroy.
 *
 * Three kinds of caller, and each function says which it is for:
 *   HOST       any host thread, while no CPU runs
 *   CPU        the flow that runs on a simulated CPU: from a trap, or from idle
 *   INTERRUPT  on a CPU, before a trap's call or inside of idle or compute; never switches
 *   ANY        any host thread at any time; reads single words, so sums may be a little apart
 */
#ifndef SLIPWAY_KERNEL_H
#define SLIPWAY_KERNEL_H

#include <slipway/machine.h>
#include <slipway/status.h>
#include <slipway/types.h>

struct k_kernel;
struct k_cpu;

#define K_CPUS_MAX 1024
#define K_LINES_MAX 4096
#define K_STACK_BYTES_LEAST 16384U /* of k_config.stack_bytes, unless it is 0 */

/* k_config.flags */
#define K_CONFIG_ACCOUNT_TIME                                                                      \
    1U                         /* keep busy, blocked and waiting times: reads the clock at each
                                    switch */
#define K_CONFIG_NO_DIRECT 2U  /* no direct switch: every hand-over goes through a run queue */
#define K_CONFIG_NO_INHERIT 4U /* no priority inheritance */
#define K_CONFIG_BIG_LOCK 8U   /* one lock around each kernel entry, instead of trusting objects' */
#define K_CONFIG_IDLE_POLL 16U /* idle CPUs look by themselves: no interrupt wakes them */
#define K_CONFIG_WAKE_SAME 32U /* a woken thread goes to where it ran, not to an idle CPU */
#define K_CONFIG_ARRIVAL_ORDER 64U  /* queues of endpoints in order of arrival, not of priority */
#define K_CONFIG_SPACES_ALWAYS 128U /* an idle CPU leaves the address space, too */
#define K_CONFIG_ALL 511U           /* all of these */
#define K_CONFIG_SPACES_SHARED 256U /* one address space for all: switches between them are none */

struct k_config {
    uint32_t cpus;        /* 1 to K_CPUS_MAX */
    uint32_t flags;       /* K_CONFIG_x */
    uint64_t quota;       /* bytes, of the first process and so of all; 0 is a default */
    uint64_t stack_bytes; /* of each thread; 0 is a default */
    slip_time_t slice_ns; /* time slice among threads of one priority; 0: none */
};

/* What a lock or hot line belongs to, for reports of what was waited for. */
struct k_line_info {
    const char *what; /* "endpoint", "run queue", "handles", "kernel", ... */
    const char
        *process;    /* that it belongs to, valid while that is; "free blocks" of a pool; or "" */
    uint64_t number; /* of the object, of the process or of the CPU; 0 for the kernel's own */
};

/* A machine's hook on a CPU, with the line that it was given. */
void k_line_info(struct k_kernel *kernel, const struct slip_line *line, struct k_line_info *info);

/* CPU. The number of the object that a handle of the running thread's process names, as in
 * k_line_info and in traces; 0 if it names none. */
uint64_t k_handle_number(struct k_kernel *kernel, slip_handle_t handle);

/* HOST. Makes a kernel on a machine. The machine must outlive it.
 * Errors: BAD_ARGUMENT for the configuration or a machine of another version; NO_QUOTA. */
slip_status_t k_kernel_create(const struct slip_machine *machine, const struct k_config *config,
                              struct k_kernel **kernel);

/* HOST. Frees everything, whatever is left in it. */
void k_kernel_destroy(struct k_kernel *kernel);

/* HOST. Makes the first process and its first thread, ready on CPU 0.
 * Errors: NO_QUOTA; BAD_ADDRESS for an entry outside of the program. */
slip_status_t k_kernel_start(struct k_kernel *kernel, const char *name, void (*entry)(void),
                             uint64_t quota);

/* Runs a CPU on the calling flow, its boot context; returns when the last process is gone. */
void k_kernel_cpu_run(struct k_kernel *kernel, uint32_t cpu);

/* ANY. The kernel's part of a CPU, for as long as the kernel is there: the machine keeps it where the
 * CPU finds it at once, as in a register, for each system call. */
struct k_cpu *k_kernel_cpu(struct k_kernel *kernel, uint32_t cpu);

/* CPU, the one of `cpu`. A system call of the thread that runs on it. Does not return if the thread
 * ends; may return on another CPU. */
int32_t k_kernel_syscall(struct k_cpu *cpu, uint64_t number, const uint64_t in[6], uint64_t out[3]);

/* INTERRUPT. The line of a device fired; `bits` says what happened and is merged by or. */
void k_kernel_interrupt(struct k_kernel *kernel, uint32_t cpu, uint32_t line, uint32_t bits);

/* INTERRUPT. The armed time has come on this CPU. */
void k_kernel_timer(struct k_kernel *kernel, uint32_t cpu);

/* INTERRUPT. Another CPU kicked this one. */
void k_kernel_kicked(struct k_kernel *kernel, uint32_t cpu);

/* CPU. Must user code that runs here stop for the kernel (a thread of higher priority is ready, or
 * this one was killed)? 1 or 0. */
int k_kernel_preempting(struct k_kernel *kernel, uint32_t cpu);

/* INTERRUPT. Kills every process but the first; for a host that wants to end a run. */
void k_kernel_kill_all(struct k_kernel *kernel, uint32_t cpu);

/* ANY. 1 when the last process is gone. */
int k_kernel_halted(struct k_kernel *kernel);

/* ---- devices ------------------------------------------------------------------------------- */

/* How a server names memory to a device. */
enum k_access_kind {
    K_ACCESS_REQUEST = 1, /* what: token of a request it holds; range: lend 0 or 1 */
    K_ACCESS_BUFFER = 2   /* what: handle of a buffer, its own or shared with it */
};

struct k_access {
    void *address;   /* for the device, until k_access_end */
    uint64_t length; /* bytes */
    uint64_t pin[3]; /* the kernel's own */
};

/* CPU, called by the driver of a device in the thread that starts an operation: checks the range
 * as for a read or write by that thread, and pins it. `right` is SLIP_LEND_READ if the device
 * reads the memory, SLIP_LEND_WRITE if it writes it.
 * Errors: STALE, BAD_HANDLE, WRONG_TYPE, NO_RIGHT, BAD_ARGUMENT. */
slip_status_t k_access_begin(struct k_kernel *kernel, enum k_access_kind kind, uint64_t what,
                             uint32_t lend, uint64_t offset, uint64_t length, uint32_t right,
                             struct k_access *access);

/* INTERRUPT or CPU. The device is done with it. Whoever waited for the pin goes on. */
void k_access_end(struct k_kernel *kernel, uint32_t cpu, struct k_access *access);

/* ---- statistics ---------------------------------------------------------------------------- */

/* X(name, text) */
#define K_COUNTER_MAP(X)                                                                           \
    X(system_calls, "traps into the kernel")                                                       \
    X(switches, "switches away from its threads")                                                  \
    X(wakes, "blocked threads that its threads made ready")                                        \
    X(direct_switches, "switches that went straight to the partner")                               \
    X(copied_bytes, "bytes copied between processes")                                              \
    X(allocations, "objects and blocks taken from the kernel's pools")                             \
    X(requests, "calls and submits that its threads took")                                         \
    X(messages, "one-way messages that its threads took")                                          \
    X(completions, "completions that its threads took")                                            \
    X(lock_waits, "times that a lock was found taken")                                             \
    X(preemptions, "switches away that its threads did not ask for")                               \
    X(migrations, "times that one of its threads changed CPU")                                     \
    X(busy_ns, "time its threads ran")                                                             \
    X(ready_ns, "time its threads were ready and did not run")                                     \
    X(blocked_ns, "time its threads were blocked in a call, waiting for the reply")                \
    X(waiting_ns, "time its threads waited for anything else")

struct k_counters {
#define K_COUNTER_FIELD(name, text) uint64_t name;
    K_COUNTER_MAP(K_COUNTER_FIELD)
#undef K_COUNTER_FIELD
};

struct k_process_info {
    const char *name;   /* valid while the process is */
    uint64_t id;        /* 1 is the first process */
    uint32_t threads;   /* alive */
    uint32_t handles;   /* open */
    uint64_t quota;     /* bytes */
    uint64_t used;      /* bytes, with the quotas of processes it made */
    uint64_t used_peak; /* bytes */
    struct k_counters counters;
};

/* ANY, but no process may be created or end meanwhile if all are to be seen. */
void k_kernel_each_process(struct k_kernel *kernel,
                           void (*visit)(void *argument, const struct k_process_info *process),
                           void *argument);

/* ANY. Sums over all processes, gone ones too. */
void k_kernel_counters(struct k_kernel *kernel, struct k_counters *counters);

struct k_memory_info {
    uint64_t kernel_bytes;      /* pages taken for objects */
    uint64_t kernel_bytes_peak; /* objects in use at the most */
    uint64_t kernel_bytes_used; /* objects in use */
};

/* ANY. */
void k_kernel_memory(struct k_kernel *kernel, struct k_memory_info *memory);

/* One type of thing that a kernel keeps. */
struct k_type_info {
    const char *name;   /* "endpoint" */
    uint64_t bytes;     /* of one */
    uint32_t used;      /* now */
    uint32_t used_peak; /* at the most at once */
};

/* ANY. The index-th type from 0: 1, or 0 past the last. */
int k_kernel_type(struct k_kernel *kernel, uint32_t index, struct k_type_info *type);

/* What a thread is doing, for a message about a run that hangs. */
struct k_thread_info {
    const char *process;
    uint64_t process_id;
    uint64_t id;
    const char *state;  /* "running", "ready", "blocked in call", "blocked in wait", ... */
    const char *object; /* type of what it is blocked on, or "" */
    uint64_t object_id; /* 0 if none */
    uint32_t priority, effective;
    uint64_t holder_id; /* thread that holds its call; 0 if none */
};

/* HOST, or on a CPU while all CPUs are idle. */
void k_kernel_each_thread(struct k_kernel *kernel,
                          void (*visit)(void *argument, const struct k_thread_info *thread),
                          void *argument);

/* On that CPU, whatever it is in the middle of. 1, or 0 if no thread runs there. */
int k_kernel_thread_on(struct k_kernel *kernel, uint32_t cpu, struct k_thread_info *thread);

/* On that CPU. 1 if a thread of this priority or a higher one is running or ready on another CPU, or
 * may be; 0 if none is, and then only a thread that is below, a device or a deadline makes one. */
int k_kernel_busy_elsewhere(struct k_kernel *kernel, uint32_t cpu, uint32_t priority);

/* HOST, or on a CPU while all CPUs are idle. Walks every object and checks what must hold between
 * them. NULL if all is well, else what is broken. */
const char *k_kernel_check(struct k_kernel *kernel);

/* HOST, after the last process is gone: objects and blocks that were not given back. 0 is right. */
uint64_t k_kernel_leaks(struct k_kernel *kernel);

/* ---- the table of calls, for tools ---------------------------------------------------------- */

struct k_call_info {
    const char *name; /* "endpoint_submit" */
    uint32_t number;
    const char *arguments; /* as in calls.h */
    const char *results;
};

/* ANY. The n-th call from 0, or NULL past the last. */
const struct k_call_info *k_call_info(uint32_t index);

#endif
