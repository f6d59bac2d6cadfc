/* What a device is to the drivers above it: a line that fires, and operations on memory that a
 * server names but never addresses.
 *
 * A driver (the file server role) runs in a simulated thread. It starts an operation, naming the
 * memory by a region; the device pins it through the kernel, works, and when it is done an item in
 * a CPU's inbox ends the pin, queues the answer, and fires the line. The driver, woken by the
 * pulse, collects its answers and acknowledges the interrupt.
 */
#ifndef SIM_DEVICE_DEVICE_H
#define SIM_DEVICE_DEVICE_H

#include <slipway/design.h>
#include "sim/machine/machine.h"

struct sim_device;

enum sim_device_operation_kind {
    SIM_DEVICE_OPEN = 1, /* path: result is a file number */
    SIM_DEVICE_STAT,     /* file: result is its length in bytes */
    SIM_DEVICE_READ,     /* file, offset, length, region: result is bytes read, 0 at the end */
    SIM_DEVICE_WRITE,    /* file, offset, length, region: result is bytes written */
    SIM_DEVICE_CLOSE     /* file */
};

struct sim_device_operation {
    enum sim_device_operation_kind kind;
    uint64_t tag; /* comes back with the answer */
    uint64_t file;
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
    slip_status_t status; /* OK NOT_FOUND REFUSED IO_ERROR BAD_ARGUMENT, or of the access */
    uint64_t result;
};

/* Each driver thread opens a queue of its own on the device: answers come to who asked, and each
 * queue has its own line. */
struct sim_device_queue;

struct sim_device_kind {
    const char *name;  /* "file" */
    const char *about;
    /* HOST. `root` is a host directory, `queues` how many driver threads there will be, `line` the
     * first of `queues` interrupt lines that belong to it. NULL and a message on failure. */
    struct sim_device *(*create)(struct sim_machine *machine, const char *root, uint32_t queues,
                                 uint32_t line, char *error, size_t error_bytes);
    /* HOST, when no CPU runs. Waits for the host's own operations. */
    void (*destroy)(struct sim_device *device);
    /* Inside of a simulated thread. The index-th queue, from 0. */
    struct sim_device_queue *(*queue)(struct sim_device *device, uint32_t index);
    /* Inside of a simulated thread. Starts an operation; never blocks. Errors are answers at once:
     * those of k_access_begin; FULL if more than 65536 are outstanding on this queue. */
    slip_status_t (*submit)(struct sim_device_queue *queue,
                            const struct sim_device_operation *operation);
    /* Inside of a simulated thread. Takes up to max answers; how many there were. */
    uint32_t (*collect)(struct sim_device_queue *queue, struct sim_device_answer *answers,
                        uint32_t max);
};

struct sim_device {
    const struct sim_device_kind *kind;
    struct sim_machine *machine;
    uint32_t line;   /* of queue 0 */
    uint32_t queues;
};

extern const struct sim_device_kind sim_device_file;

#endif
