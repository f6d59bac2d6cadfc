/* The simulated disk: the real contents of a host's files, in simulated time.
 *
 * Operations are taken in the order in which they come, by the channel that is free first; each
 * takes a drawn service time, and what it asks to move at the bandwidth of its channel. An operation
 * comes to the disk as an item of the CPU that asks: so one CPU that is ahead of another in
 * simulated time does not come first. Contents are read and written in the moment that an operation
 * is done, when that is on the CPU that gets the interrupt, so no host thread has a part in it, and
 * the same seed gives the same run.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "sim/activity.h"
#include "sim/device/open_table.h"
#include "sim/device/path.h"
#include "sim/device/poll.h"
#include "sim/device/queue.h"
#include "sim/role/draw.h"

/* Assumed where a scenario says nothing: what makers of NVMe disks state for a random read of 4 KiB,
 * the bandwidth of a sequential one (SIM_DISK_BYTES_PER_S), and a queue that a disk takes. */
#define DISK_SERVICE_NS 80000
#define DISK_CHANNELS 32U
#define NS_PER_S UINT64_C(1000000000)

struct disk_device {
    struct sim_device base;
    struct disk_queue *queue;
    int root;
    enum sim_path_way way;
    struct sim_open_table table;
    struct sim_device_tuning tuning;
    struct sim_random random;
    struct sim_draw service;
    slip_time_t *free_at; /* owns; of each channel: a heap, the first to be free on top */
};

struct disk_queue {
    struct sim_device_queue queue; /* first */
    struct sim_device_poll poll;
};

struct disk_work {
    struct sim_device_work work;
    struct sim_inbox_item step; /* it comes to the disk, then it is done */
    struct disk_device *device;
    uint64_t activity;
    enum sim_device_operation_kind kind;
    uint64_t owner, number, offset, length, flags;
    char path[sizeof((struct sim_device_operation *)0)->path];
};

_Static_assert(offsetof(struct disk_work, work) == 0, "a work is the start of the device's own");

static const struct sim_value default_service = {.low = DISK_SERVICE_NS, .high = DISK_SERVICE_NS};

/* ---- when it is done ------------------------------------------------------------------------- */

static slip_status_t disk_open(struct disk_device *device, struct disk_work *work, uint64_t *result)
{
    struct sim_open_file opened = {.owner = work->owner,
                                   .flags = work->flags &
                                            (SIM_DEVICE_OPEN_READ | SIM_DEVICE_OPEN_WRITE)};
    int fd = -1;
    slip_status_t status = sim_path_open(device->root, device->way, work->path, work->flags, &fd);
    if (status == SLIP_OK)
        status = sim_path_identity(fd, &opened.volume, &opened.inode);
    if (status == SLIP_OK) {
        struct sim_open_file *file = sim_open_add(&device->table, &opened, &fd);
        status = file == NULL ? SLIP_NO_QUOTA : SLIP_OK;
        *result = file == NULL ? 0 : sim_open_number(&device->table, file);
    }
    if (fd >= 0)
        close(fd);
    return status;
}

/* All of it, or up to the end of the file. */
static slip_status_t disk_move(const struct disk_work *work, int fd, uint64_t *moved)
{
    char *address = work->work.access.address;
    while (*moved < work->length) {
        off_t offset = (off_t)(work->offset + *moved);
        size_t left = (size_t)(work->length - *moved);
        ssize_t got = work->kind == SIM_DEVICE_READ ? pread(fd, address + *moved, left, offset)
                                                    : pwrite(fd, address + *moved, left, offset);
        if (got < 0)
            return sim_path_status(errno);
        if (got == 0)
            break;
        *moved += (uint64_t)got;
    }
    return SLIP_OK;
}

static slip_status_t disk_on_file(struct disk_device *device, struct disk_work *work,
                                  uint64_t *result)
{
    struct sim_open_file *file = sim_open_find(&device->table, work->number, work->owner);
    if (file == NULL)
        return SLIP_NOT_FOUND;
    struct stat status;
    switch (work->kind) {
    case SIM_DEVICE_STAT:
        if (fstat(file->fd, &status) != 0)
            return sim_path_status(errno);
        *result = (uint64_t)status.st_size;
        return SLIP_OK;
    case SIM_DEVICE_READ:
        return file->flags & SIM_DEVICE_OPEN_READ ? disk_move(work, file->fd, result)
                                                  : SLIP_REFUSED;
    case SIM_DEVICE_WRITE:
        return file->flags & SIM_DEVICE_OPEN_WRITE ? disk_move(work, file->fd, result)
                                                   : SLIP_REFUSED;
    case SIM_DEVICE_CLOSE:
        if (--file->opens == 0) {
            close(file->fd);
            file->fd = -1;
        }
        return SLIP_OK;
    case SIM_DEVICE_OPEN:
        break;
    }
    return SLIP_BAD_ARGUMENT;
}

static void disk_done(struct sim_inbox_item *item, struct k_kernel *kernel, uint32_t cpu)
{
    struct disk_work *work = (struct disk_work *)((char *)item - offsetof(struct disk_work, step));
    uint64_t result = 0;
    (void)kernel;
    slip_status_t status = work->kind == SIM_DEVICE_OPEN
                               ? disk_open(work->device, work, &result)
                               : disk_on_file(work->device, work, &result);
    sim_activity_device(work->activity); /* which is no longer with the device */
    work->work.cpu = cpu;
    sim_device_work_done(&work->work, status, status == SLIP_OK ? result : 0);
}

/* ---- when it comes ----------------------------------------------------------------------------- */

/* The channel that is free first is free at another time. */
static void disk_take_channel(struct disk_device *device, slip_time_t until)
{
    slip_time_t *heap = device->free_at;
    uint32_t place = 0;
    for (uint32_t next; (next = place * 2 + 1) < device->tuning.channels; place = next) {
        if (next + 1 < device->tuning.channels && heap[next + 1] < heap[next])
            next++;
        if (heap[next] >= until)
            break;
        heap[place] = heap[next];
    }
    heap[place] = until;
}

/* When an operation that comes now is done; its channel is taken until then. */
static slip_time_t disk_schedule(struct disk_device *device, const struct disk_work *work)
{
    struct sim_machine *machine = device->base.machine;
    slip_time_t now = machine->base.ops->now(machine->base.context);
    int64_t service = sim_draw_next(&device->service, &device->random);
    uint64_t taken = service > 0 ? (uint64_t)service : 0;
    int moves = work->kind == SIM_DEVICE_READ || work->kind == SIM_DEVICE_WRITE;
    if (moves && device->tuning.bytes_per_s != 0)
        taken +=
            (uint64_t)((unsigned __int128)work->length * NS_PER_S / device->tuning.bytes_per_s);
    slip_time_t begin = device->free_at[0] > now ? device->free_at[0] : now;
    disk_take_channel(device, begin + taken);
    return begin + taken;
}

static void disk_come(struct sim_inbox_item *item, struct k_kernel *kernel, uint32_t here)
{
    struct disk_work *work = (struct disk_work *)((char *)item - offsetof(struct disk_work, step));
    struct disk_device *device = work->device;
    struct sim_machine *machine = device->base.machine;
    uint32_t cpu = device->tuning.interrupt_cpu;
    (void)kernel;
    work->step.call = disk_done;
    machine->kind->post_at(machine, cpu < machine->cpus ? cpu : here, &work->step,
                           disk_schedule(device, work));
}

/* ---- inside of a simulated thread ------------------------------------------------------------- */

static slip_status_t disk_submit(struct sim_device_queue *queue,
                                 const struct sim_device_operation *operation)
{
    uint32_t right;
    slip_status_t status = sim_device_operation_check(operation, &right);
    if (status != SLIP_OK)
        return status;
    struct sim_device_work *started;
    status = sim_device_queue_start(queue, operation, right, &started);
    if (status != SLIP_OK)
        return status;
    struct disk_device *device = (struct disk_device *)queue->device;
    struct disk_work *work = (struct disk_work *)started;
    work->device = device;
    work->kind = operation->kind;
    work->owner = operation->owner;
    work->number = operation->file;
    work->offset = operation->offset;
    work->length = operation->length;
    work->flags = operation->flags;
    if (operation->kind == SIM_DEVICE_OPEN)
        memcpy(work->path, operation->path, sizeof work->path);
    work->activity = sim_activity_now();
    sim_activity_device(work->activity);
    work->step.call = disk_come;
    struct sim_machine *machine = device->base.machine;
    machine->kind->post_at(machine, work->work.cpu, &work->step,
                           machine->base.ops->now(machine->base.context));
    sim_device_poll_begin(&((struct disk_queue *)queue)->poll);
    return SLIP_OK;
}

static uint32_t disk_collect(struct sim_device_queue *queue, struct sim_device_answer *answers,
                             uint32_t max)
{
    return sim_device_poll_collect(&((struct disk_queue *)queue)->poll, answers, max);
}

static struct sim_device_queue *disk_queue(struct sim_device *base, uint32_t index)
{
    struct disk_device *device = (struct disk_device *)base;
    return index < base->queues ? &device->queue[index].queue : NULL;
}

/* ---- host --------------------------------------------------------------------------------------- */

static void disk_free(struct disk_device *device)
{
    if (device->root >= 0)
        close(device->root);
    if (device->table.files != NULL)
        sim_open_table_fini(&device->table);
    free(device->free_at);
    free(device->queue);
    free(device);
}

static int disk_tune(struct sim_device *base, const struct sim_device_tuning *tuning)
{
    struct disk_device *device = (struct disk_device *)base;
    uint32_t channels = tuning->channels == 0 ? DISK_CHANNELS : tuning->channels;
    slip_time_t *free_at = calloc(channels, sizeof *free_at);
    if (free_at == NULL)
        return 1;
    free(device->free_at);
    device->free_at = free_at;
    device->tuning = *tuning;
    device->tuning.channels = channels;
    device->random = (struct sim_random){tuning->seed};
    device->service = sim_draw_of(tuning->service == NULL ? &default_service : tuning->service);
    for (uint32_t i = 0; i < base->queues; i++)
        sim_device_poll_init(&device->queue[i].poll, &device->queue[i].queue, tuning->poll_ns,
                             tuning->interrupt_cpu);
    return 0;
}

static struct sim_device *disk_create(struct sim_machine *machine, const char *root,
                                      uint32_t queues, uint32_t line, char *error,
                                      size_t error_bytes)
{
    if (machine->kind->post_at == NULL) {
        snprintf(error, error_bytes,
                 "device disk: its time is simulated, and that of machine %s is not; accepted "
                 "there: kind file, or machine model",
                 machine->kind->name);
        return NULL;
    }
    if (sim_device_lines_check("disk", queues, line, error, error_bytes) != 0)
        return NULL;
    struct disk_device *device = calloc(1, sizeof *device);
    if (device == NULL)
        goto no_memory;
    device->base = (struct sim_device){
        .kind = &sim_device_disk, .machine = machine, .line = line, .queues = queues};
    device->root = -1;
    device->queue = calloc(queues, sizeof *device->queue);
    if (device->queue == NULL || sim_open_table_init(&device->table) != 0)
        goto no_memory;
    for (uint32_t i = 0; i < queues; i++)
        sim_device_queue_init(&device->queue[i].queue, &device->base, line + i,
                              sizeof(struct disk_work));
    struct sim_device_tuning plain = {.bytes_per_s = SIM_DISK_BYTES_PER_S,
                                      .interrupt_cpu = SLIP_CPU_ANY};
    if (disk_tune(&device->base, &plain) != 0)
        goto no_memory;
    slip_status_t status = sim_path_root(root, &device->root, &device->way);
    if (status == SLIP_OK)
        return &device->base;
    snprintf(error, error_bytes, "device disk: root '%s' %s; accepted is a directory", root,
             status == SLIP_NOT_FOUND ? "does not exist or is a file" : slip_status_text(status));
    disk_free(device);
    return NULL;

no_memory:
    if (device != NULL)
        disk_free(device);
    snprintf(error, error_bytes, "device disk: no memory");
    return NULL;
}

static void disk_destroy(struct sim_device *base)
{
    struct disk_device *device = (struct disk_device *)base;
    for (uint32_t i = 0; i < base->queues; i++)
        sim_device_queue_fini(&device->queue[i].queue);
    disk_free(device);
}

const struct sim_device_kind sim_device_disk = {
    .name = "disk",
    .about = "a disk in simulated time, with the contents of files of the host",
    .simulated = 1,
    .create = disk_create,
    .tune = disk_tune,
    .destroy = disk_destroy,
    .queue = disk_queue,
    .submit = disk_submit,
    .collect = disk_collect,
};
