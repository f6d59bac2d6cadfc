/* What the semantic tests stand on: scenes.
 *
 * A scene is one run of a whole kernel: its root is the first process, which makes what it needs by
 * system calls and says what must hold. An assertion of the test library leaves the flow that makes
 * it, and a simulated thread must not be left like that. So EXPECT only notes what went wrong in the
 * scene's own memory, and the host judges after the run: no note, a run that ended by itself, a
 * kernel that passes its invariant walk, nothing left behind.
 *
 * Order without sleeping: a thread of higher priority runs at once, until it blocks, so "start it
 * above" means "it has got to where it waits". On one CPU the kernel's own order sees to that; with
 * more, every EXPECT and every short form asks the kernel until nothing above the calling thread
 * runs or is ready on any CPU (settle). Equals and lower ones run beside the caller then: who needs
 * them in the order of one CPU ties them to one.
 *
 * Scenes run on each machine, on `cores` with 1, 2 and 4 CPUs, and in those of one CPU the invariant
 * walk is made at every EXPECT.
 * For two things at once on several CPUs see explore.h.
 */
#ifndef TESTS_SEMANTICS_SUPPORT_H
#define TESTS_SEMANTICS_SUPPORT_H

#include <stdatomic.h>
#include <criterion/criterion.h>
#include <slipway/sim.h>
#include <slipway/slipway.h>
#include "sim/instance.h"
#include "sim/poison.h"

/* The thread sanitizer sees nothing where one host thread plays all CPUs: with it, scenes run on the
 * other machines alone. */
#define LOOKS_FOR_RACES SIM_THREAD_SANITIZER

#define SCENE_CELLS 64
#define SCENE_TEXT_BYTES 4096

#define BELOW 50U /* priorities: root has SLIP_PRIORITY_DEFAULT */
#define ABOVE 150U
#define TOP 250U

/* A line that no scene's device has, for interrupts that a test fires itself. */
#define SCENE_LINE 7U

struct scene {
    _Atomic uint64_t
        cell[SCENE_CELLS]; /* what threads of all processes tell each other and the host */
    atomic_int failures;
    int walk;               /* 1: walk the kernel at each EXPECT */
    int settles;            /* 1: there are more CPUs than the test needs */
    int one_cpu;            /* 1: threads are tied to CPU 0, see stay_on_one_cpu */
    struct race_plan *plan; /* explore.c; or NULL */
    char failure[SCENE_TEXT_BYTES];
    char error[SCENE_TEXT_BYTES]; /* of the run */
    struct sim_counters counters;
};

struct scene_options {
    const char *machine; /* NULL: all */
    const char *costs;   /* set by who goes through the machines */
    int exact;           /* 1: only those whose time is simulated */
    int fast;            /* 1: not with the fast paths off */
    uint32_t cpus;       /* that the test needs; `cores` runs it with 2 and 4, too */
    uint64_t seed;
    uint32_t flags; /* K_CONFIG_x */
    uint64_t quota;
};

/* ---- host ---------------------------------------------------------------------------------- */

/* Runs `root` on each machine, the model machine with two cost files, and with the fast paths off,
 * and asserts. */
void scene(uint32_t cpus, void (*root)(void));

/* The same on those that simulate time: what is about exact time or exact order. */
void scene_exact(uint32_t cpus, void (*root)(void));

void scene_with(const struct scene_options *options, void (*root)(void));

/* One run; 0 if all is well. `choice` may be NULL. */
int scene_once(struct scene *scene, const struct scene_options *options,
               const struct sim_choice *choice, void (*root)(void));

/* ---- inside of simulated threads ------------------------------------------------------------ */

#define EXPECT(claim) scene_expect(!!(claim), __FILE__, __LINE__, #claim)
#define EXPECT_STATUS(call, status)                                                                \
    scene_expect_status((call), SLIP_##status, __FILE__, __LINE__, #call)
#define EXPECT_OK(call) EXPECT_STATUS(call, OK)
#define EXPECT_EQ(is, wanted)                                                                      \
    scene_expect_equal((uint64_t)(is), (uint64_t)(wanted), __FILE__, __LINE__, #is)

void scene_expect(int holds, const char *file, int line, const char *claim);
void scene_expect_status(int32_t is, int32_t wanted, const char *file, int line, const char *call);
void scene_expect_equal(uint64_t is, uint64_t wanted, const char *file, int line, const char *what);

/* Waits until no thread above the calling one runs or is ready: each has got to where it waits. */
void settle(void);

/* Lets those above the calling thread, and its equals, run until they wait. */
void give_way(void);

/* Root: lets all others run until they wait, those below it, too. */
void stand_back(void);

/* For what is about the order of one CPU. Root, first: it and all that thread_at and process_at start
 * run on CPU 0, however many there are. */
void stay_on_one_cpu(void);

static inline struct scene *scene_now(void)
{
    return sim_argument();
}

static inline void put(uint32_t cell, uint64_t value)
{
    atomic_store(&scene_now()->cell[cell], value);
}

static inline uint64_t get(uint32_t cell)
{
    return atomic_load(&scene_now()->cell[cell]);
}

/* Counts in a cell: its value before. */
static inline uint64_t count(uint32_t cell)
{
    return atomic_fetch_add(&scene_now()->cell[cell], 1);
}

struct k_kernel *scene_kernel(void);

/* Where the calling thread runs; how many CPUs there are. */
uint32_t cpu_now(void);
uint32_t cpu_count(void);

/* Of the calling process: bytes of its quota in use, open handles, living threads. */
struct k_process_info scene_process(void);

/* Sums over all processes: system calls, switches. */
struct k_counters scene_counters(void);

/* Objects of one type that the kernel has now. */
uint32_t scene_objects(const char *type);

/* Priority and effective priority of the one thread of the process of that name. */
struct k_thread_info scene_thread(const char *process);

/* ---- short forms; each expects OK ---- */

slip_handle_t new_endpoint(uint32_t depth);
slip_handle_t new_port(uint32_t depth);
slip_handle_t new_buffer(uint64_t bytes, void **address);
slip_handle_t copy_of(slip_handle_t handle, uint32_t rights, uint64_t badge);
slip_handle_t connection(slip_handle_t endpoint, slip_handle_t port);
void drop(slip_handle_t handle);

/* A thread of the calling process: at a priority, or on a CPU. */
slip_handle_t thread_at(uint32_t priority, void (*entry)(uint64_t), uint64_t argument);
slip_handle_t thread_on(uint32_t cpu, void (*entry)(uint64_t), uint64_t argument);

/* A process with one thread, and one handle moved to it. */
slip_handle_t process_at(uint32_t priority, const char *name, void (*entry)(void),
                         slip_handle_t handle);
slip_handle_t process_on(uint32_t cpu, const char *name, void (*entry)(void), slip_handle_t handle);

/* Waits until a process is gone and closes the handle; its exit code. */
uint64_t reap(slip_handle_t process);
void kill_and_reap(slip_handle_t process);

/* A message of one word. */
static inline struct slip_message word(uint64_t value)
{
    return (struct slip_message){.word = {value}, .words = 1};
}

static inline struct slip_message carrying(slip_handle_t handle)
{
    return (struct slip_message){.handle = {handle}, .handles = 1};
}

static inline struct slip_message empty(void)
{
    return (struct slip_message){.words = 0};
}

slip_status_t send_word(slip_handle_t endpoint, uint64_t value);  /* deadline SLIP_NEVER */
slip_status_t call_word(slip_handle_t endpoint, uint64_t value);  /* deadline SLIP_NEVER */
slip_status_t submit_key(slip_handle_t connection, uint64_t key); /* an empty message, SLIP_NEVER */

/* Polls: takes what is there now. */
slip_status_t poll_endpoint(slip_handle_t endpoint, struct slip_message *m);

/* Polls a port: how many completions there were, at most 16; the first is in *c. */
uint32_t poll_port(slip_handle_t port, struct slip_completion *c);

/* An address inside of the process's range where no memory is: the guard of the thread's stack. */
void *faulting_page(void);

/* A device's interrupt on SCENE_LINE, taken by CPU 0 at its next entry: at the latest when this
 * returns, if the caller runs there, or the scene has more CPUs than it needs. */
void fire(uint32_t bits);

/* The calls' registers as they are, for what the typed functions cannot express. */
int32_t raw(uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
            uint64_t f);

/* ---- a device at work on memory; the operation is in the scene, one at a time ---------------- */

slip_status_t device_begin_request(slip_request_t request, uint32_t right);
slip_status_t device_begin_buffer(slip_handle_t buffer, uint32_t right);
void device_end(void);
void *device_address(void);

#endif
