/* What a device is to the drivers above it: a line that fires, and operations on memory that a
 * server names but never addresses.
 *
 * A driver (the file server role) runs in a simulated thread. It starts an operation, naming the
 * memory by a region; the device pins it through the kernel, works, and when it is done an item in
 * a CPU's inbox ends the pin, queues the answer, and fires the line. The driver, woken by the
 * pulse, collects its answers and acknowledges the interrupt.
 *
 *   driver's thread     submit: k_access_begin -> the host's thread: read, write straight into the
 *                       pinned memory -> sim_machine_kind.post
 *   CPU of the submit   k_access_end, answer queued, k_kernel_interrupt(line of the queue, bits 1)
 *   driver's thread     next: device event -> collect until fewer than max come -> acknowledge
 *
 * The line fires when an answer finds the queue empty, so one interrupt tells of all that are there;
 * that is why a driver collects until it gets fewer answers than it has room for.
 *
 * Who makes a device does this, in this order:
 *
 *   1. Make the instance. Choose lines: each driver thread has a queue, and each queue a line, so a
 *      device takes as many lines in a row as there are threads in all processes that name it; of
 *      K_LINES_MAX lines each belongs to one queue only.
 *   2. kind->create(machine, root, queues, first line). For a scenario's device the root is that of
 *      its dataset (sim/role/dataset.h).
 *   3. In the first process: slip_interrupt_create(line + n) for the n-th driver thread, and the
 *      handle moves to that thread's process. In the driver thread: kind->queue(device, n), and
 *      sim_party_device(party, interrupt, key) after serve; the key is free, since roles ask no
 *      more than that the event is one of the device.
 *   4. Run. An answer that is to come keeps an idle machine from being called hung, and a pin keeps
 *      a dying process from being gone, so no more is needed while it runs, kills included.
 *   5. After the run, before the instance is destroyed: kind->destroy. It waits for what the host
 *      still does, so that no one writes into memory that is unmapped. Items that a stopped machine
 *      has not called may still be in its inboxes; nobody may call them any more.
 */
#ifndef SIM_DEVICE_DEVICE_H
#define SIM_DEVICE_DEVICE_H

#include <slipway/design.h>
#include "sim/machine/machine.h"

struct sim_device;
struct sim_value;

enum sim_device_operation_kind {
    SIM_DEVICE_OPEN = 1, /* path: result is a file number */
    SIM_DEVICE_STAT,     /* file: result is its length in bytes */
    SIM_DEVICE_READ,     /* file, offset, length, region: result is bytes read, 0 at the end */
    SIM_DEVICE_WRITE,    /* file, offset, length, region: result is bytes written */
    SIM_DEVICE_CLOSE     /* file */
};

struct sim_device_operation {
    enum sim_device_operation_kind kind;
    uint64_t tag;    /* comes back with the answer */
    uint64_t owner;  /* who asks, any number: a file is there for the owner that opened it only */
    uint64_t file;   /* as an open answered */
    uint64_t offset; /* bytes, in the file */
    uint64_t length; /* bytes, at most region.length */
    uint64_t flags;  /* open: SIM_DEVICE_OPEN_x */
    char path[256];  /* open: below the device's root */
    struct sim_region region;
};

#define SIM_DEVICE_OPEN_READ 1U
#define SIM_DEVICE_OPEN_WRITE 2U
#define SIM_DEVICE_OPEN_CREATE 4U

struct sim_device_answer {
    uint64_t tag;
    slip_status_t status; /* OK NOT_FOUND REFUSED IO_ERROR BAD_ARGUMENT; NO_QUOTA for a limit of
                             the host: open files, space on its disk */
    uint64_t result;
};

/* Each driver thread opens a queue of its own on the device: answers come to who asked, and each
 * queue has its own line. It belongs to that one thread. */
struct sim_device_queue;

#define SIM_DISK_BYTES_PER_S UINT64_C(2000000000) /* of the simulated disk, if nothing is said */

#define SIM_DEVICE_OUTSTANDING_MAX 65536U /* operations of one queue, until their answer is taken */

/* What a device in simulated time is like; whoever makes one may tell before it is used. */
struct sim_device_tuning {
    uint64_t seed;                   /* of its own stream */
    const struct sim_value *service; /* ns for each operation; borrows, outlives the device */
    uint32_t channels;               /* operations that it works on at once */
    uint64_t bytes_per_s;            /* that each channel moves, beside that; 0: takes no time */
    uint32_t interrupt_cpu;          /* that gets its interrupts; SLIP_CPU_ANY: who submitted */
    slip_time_t poll_ns;             /* 0: it interrupts; else sim/device/poll.h */
    slip_time_t period_ns, first_ns; /* timer: between two ticks (0: one only), to the first */
};

struct sim_device_kind {
    const char *name; /* "file" */
    const char *about;
    int simulated; /* 1: its time is simulated, so it needs a machine that has post_at */
    /* HOST. `root` is a host directory, `queues` how many driver threads there will be, `line` the
     * first of `queues` interrupt lines that belong to it. NULL and a message on failure. */
    struct sim_device *(*create)(struct sim_machine *machine, const char *root, uint32_t queues,
                                 uint32_t line, char *error, size_t error_bytes);
    /* HOST, once, before any CPU runs: 0, or 1 if the host has no memory for it. NULL for devices that
     * the host has. */
    int (*tune)(struct sim_device *device, const struct sim_device_tuning *tuning);
    /* HOST, when no CPU runs. Waits for the host's own operations. */
    void (*destroy)(struct sim_device *device);
    /* Inside of a simulated thread. The index-th queue, from 0. */
    struct sim_device_queue *(*queue)(struct sim_device *device, uint32_t index);
    /* Inside of a simulated thread. Starts an operation; never blocks. Errors are answers at once:
     * those of k_access_begin; BAD_ARGUMENT for what no file could mean; NO_QUOTA if the host has
     * no memory; FULL if SIM_DEVICE_OUTSTANDING_MAX are outstanding on this queue. */
    slip_status_t (*submit)(struct sim_device_queue *queue,
                            const struct sim_device_operation *operation);
    /* Inside of a simulated thread. Takes up to max answers; how many there were. The line fires
     * again only after a call that returned fewer than max. */
    uint32_t (*collect)(struct sim_device_queue *queue, struct sim_device_answer *answers,
                        uint32_t max);
};

struct sim_device {
    const struct sim_device_kind *kind;
    struct sim_machine *machine;
    uint32_t line; /* of queue 0 */
    uint32_t queues;
};

/* The kind of that name, or NULL; the n-th from 0, or NULL. */
const struct sim_device_kind *sim_device_find(const char *name);
const struct sim_device_kind *sim_device_nth(uint32_t index);

extern const struct sim_device_kind sim_device_file;
extern const struct sim_device_kind sim_device_disk;
extern const struct sim_device_kind sim_device_timer;

#endif
