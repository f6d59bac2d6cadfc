/* The file device: files below one directory of the host, through libuv. The only file that knows
 * libuv's file calls.
 *
 * An operation is started on the driver's simulated thread, travels to the loop's thread as a job,
 * and is carried out there or by libuv's workers, which read and write the pinned memory itself.
 * The table of open files is the loop thread's alone, so it needs no lock.
 * The descriptor of a closed file goes when the last operation on it is done.
 */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/device/loop.h"
#include "sim/device/open_table.h"
#include "sim/device/path.h"
#include "sim/device/queue.h"

#define FILE_CHUNK_BYTES ((uint64_t)1 << 30) /* that one call of the host moves at most */

struct file_work;

struct file_device {
    struct sim_device base;
    /* immutable after create */
    struct sim_loop *loop;
    struct sim_device_queue *queue;
    int root;
    enum sim_path_way way;
    /* the loop's thread */
    struct sim_open_table table;
    uint32_t active; /* operations under way */
    int ending;
    /* destroy */
    struct sim_loop_job end;
    uv_sem_t ended;
};

struct file_work {
    struct sim_device_work work;
    struct sim_loop_job job;
    struct file_device *device;
    enum sim_device_operation_kind kind;
    uint64_t owner, number, offset, length, flags;
    uint64_t moved; /* bytes, so far */
    struct sim_open_file *entry;
    /* open: what the worker found */
    slip_status_t opened;
    int fd;
    uint64_t volume, inode;
    union {
        uv_fs_t fs;
        uv_work_t worker;
    } uv;
    char path[sizeof((struct sim_device_operation *)0)->path];
};

_Static_assert(offsetof(struct file_work, work) == 0, "a work is the start of the device's own");

/* ---- on the loop's thread ------------------------------------------------------------------ */

static void file_end_if_idle(struct file_device *device)
{
    if (device->ending == 0 || device->active != 0)
        return;
    uv_sem_post(&device->ended);
}

static void file_end(struct sim_loop_job *job, uv_loop_t *loop)
{
    (void)loop;
    struct file_device *device =
        (struct file_device *)((char *)job - offsetof(struct file_device, end));
    device->ending = 1;
    file_end_if_idle(device);
}

static void file_finish(struct file_work *work, slip_status_t status, uint64_t result)
{
    struct file_device *device = work->device;
    device->active--;
    /* No CPU runs any more once the device ends, so nobody would take the answer. */
    if (device->ending == 0)
        sim_device_work_done(&work->work, status, result);
    file_end_if_idle(device);
}

static slip_status_t file_status(ssize_t result)
{
    return result >= 0 ? SLIP_OK : sim_path_status((int)-result);
}

static void file_closed(uv_fs_t *request)
{
    struct file_work *work = request->data;
    slip_status_t status = file_status(request->result);
    uv_fs_req_cleanup(request);
    work->entry->fd = -1;
    file_finish(work, status, 0);
}

static void file_close_now(struct file_work *work)
{
    struct sim_open_file *entry = work->entry;
    entry->closer = NULL;
    int error = uv_fs_close(work->uv.fs.loop, &work->uv.fs, entry->fd, file_closed);
    if (error == 0)
        return;
    /* libuv had no memory for an asynchronous close. */
    close(entry->fd);
    entry->fd = -1;
    file_finish(work, SLIP_OK, 0);
}

/* An operation on an entry is over. */
static void file_release(struct sim_open_file *entry)
{
    if (--entry->busy == 0 && entry->closer != NULL)
        file_close_now(entry->closer);
}

/* On one of libuv's workers: opening may take long. */
static void file_open_work(uv_work_t *request)
{
    struct file_work *work = request->data;
    struct file_device *device = work->device;
    work->opened = sim_path_open(device->root, device->way, work->path, work->flags, &work->fd);
    if (work->opened == SLIP_OK)
        work->opened = sim_path_identity(work->fd, &work->volume, &work->inode);
}

static void file_opened(uv_work_t *request, int error)
{
    struct file_work *work = request->data;
    struct file_device *device = work->device;
    slip_status_t status = error != 0 ? SLIP_IO_ERROR : work->opened;
    struct sim_open_file *entry = NULL;
    work->flags &= SIM_DEVICE_OPEN_READ | SIM_DEVICE_OPEN_WRITE;
    if (status == SLIP_OK) {
        struct sim_open_file opened = {.owner = work->owner,
                                       .flags = work->flags,
                                       .volume = work->volume,
                                       .inode = work->inode};
        entry = sim_open_add(&device->table, &opened, &work->fd);
        status = entry == NULL ? SLIP_NO_QUOTA : SLIP_OK;
    }
    if (work->fd >= 0)
        close(work->fd);
    uint64_t number = entry == NULL ? 0 : sim_open_number(&device->table, entry);
    file_finish(work, status, number);
}

static void file_stated(uv_fs_t *request)
{
    struct file_work *work = request->data;
    slip_status_t status = file_status(request->result);
    uint64_t length = status == SLIP_OK ? request->statbuf.st_size : 0;
    uv_fs_req_cleanup(request);
    file_release(work->entry);
    file_finish(work, status, length);
}

static void file_moved(uv_fs_t *request);

static void file_move(struct file_work *work, uv_loop_t *loop)
{
    uint64_t left = work->length - work->moved;
    if (left > FILE_CHUNK_BYTES)
        left = FILE_CHUNK_BYTES;
    char *address = work->work.access.address;
    uv_buf_t range = uv_buf_init(address + work->moved, (unsigned)left);
    int64_t offset = (int64_t)(work->offset + work->moved);
    int error =
        work->kind == SIM_DEVICE_READ
            ? uv_fs_read(loop, &work->uv.fs, work->entry->fd, &range, 1, offset, file_moved)
            : uv_fs_write(loop, &work->uv.fs, work->entry->fd, &range, 1, offset, file_moved);
    if (error == 0)
        return;
    file_release(work->entry);
    file_finish(work, sim_path_status(-error), 0);
}

/* A read that got less than it asked for has met the end of the file; a write goes on. */
static void file_moved(uv_fs_t *request)
{
    struct file_work *work = request->data;
    uv_loop_t *loop = request->loop;
    ssize_t result = request->result;
    uv_fs_req_cleanup(request);
    slip_status_t status = file_status(result);
    if (result > 0) {
        uint64_t asked = work->length - work->moved;
        if (asked > FILE_CHUNK_BYTES)
            asked = FILE_CHUNK_BYTES;
        work->moved += (uint64_t)result;
        if (work->moved < work->length &&
            (work->kind == SIM_DEVICE_WRITE || (uint64_t)result == asked)) {
            file_move(work, loop);
            return;
        }
    }
    file_release(work->entry);
    file_finish(work, status, status == SLIP_OK ? work->moved : 0);
}

static slip_status_t file_allowed(const struct file_work *work)
{
    uint64_t needed = work->kind == SIM_DEVICE_READ    ? SIM_DEVICE_OPEN_READ
                      : work->kind == SIM_DEVICE_WRITE ? SIM_DEVICE_OPEN_WRITE
                                                       : 0;
    return (work->entry->flags & needed) == needed ? SLIP_OK : SLIP_REFUSED;
}

static void file_close(struct file_work *work)
{
    struct sim_open_file *entry = work->entry;
    if (--entry->opens != 0)
        file_finish(work, SLIP_OK, 0);
    else if (entry->busy != 0)
        entry->closer = work;
    else
        file_close_now(work);
}

static void file_begin_open(struct file_work *work, uv_loop_t *loop)
{
    work->uv.worker.data = work;
    work->fd = -1;
    if (uv_queue_work(loop, &work->uv.worker, file_open_work, file_opened) != 0)
        file_finish(work, SLIP_NO_QUOTA, 0);
}

static void file_begin(struct sim_loop_job *job, uv_loop_t *loop)
{
    struct file_work *work = (struct file_work *)((char *)job - offsetof(struct file_work, job));
    struct file_device *device = work->device;
    device->active++;
    work->moved = 0;
    if (work->kind == SIM_DEVICE_OPEN) {
        file_begin_open(work, loop);
        return;
    }
    work->entry = sim_open_find(&device->table, work->number, work->owner);
    slip_status_t status = work->entry == NULL ? SLIP_NOT_FOUND : file_allowed(work);
    int moves = work->kind == SIM_DEVICE_READ || work->kind == SIM_DEVICE_WRITE;
    if (status != SLIP_OK || (moves && work->length == 0)) {
        file_finish(work, status, 0);
        return;
    }
    work->uv.fs.data = work;
    work->uv.fs.loop = loop;
    if (work->kind == SIM_DEVICE_CLOSE) {
        file_close(work);
        return;
    }
    work->entry->busy++;
    if (moves) {
        file_move(work, loop);
        return;
    }
    int error = uv_fs_fstat(loop, &work->uv.fs, work->entry->fd, file_stated);
    if (error != 0) {
        file_release(work->entry);
        file_finish(work, sim_path_status(-error), 0);
    }
}

/* ---- inside of a simulated thread ----------------------------------------------------------- */

static slip_status_t file_submit(struct sim_device_queue *queue,
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
    struct file_work *work = (struct file_work *)started;
    work->device = (struct file_device *)queue->device;
    work->kind = operation->kind;
    work->owner = operation->owner;
    work->number = operation->file;
    work->offset = operation->offset;
    work->length = operation->length;
    work->flags = operation->flags;
    if (operation->kind == SIM_DEVICE_OPEN)
        memcpy(work->path, operation->path, sizeof work->path);
    work->job.call = file_begin;
    sim_loop_submit(work->device->loop, &work->job);
    return SLIP_OK;
}

static struct sim_device_queue *file_queue(struct sim_device *base, uint32_t index)
{
    struct file_device *device = (struct file_device *)base;
    return index < base->queues ? &device->queue[index] : NULL;
}

/* ---- host ----------------------------------------------------------------------------------- */

static void file_free(struct file_device *device)
{
    if (device->root >= 0)
        close(device->root);
    free(device->queue);
    sim_open_table_fini(&device->table);
    free(device);
}

static struct sim_device *file_create(struct sim_machine *machine, const char *root,
                                      uint32_t queues, uint32_t line, char *error,
                                      size_t error_bytes)
{
    if (sim_device_lines_check("file", queues, line, error, error_bytes) != 0)
        return NULL;
    struct file_device *device = calloc(1, sizeof *device);
    if (device == NULL)
        goto no_memory;
    device->base = (struct sim_device){
        .kind = &sim_device_file, .machine = machine, .line = line, .queues = queues};
    device->root = -1;
    device->queue = calloc(queues, sizeof *device->queue);
    if (device->queue == NULL || sim_open_table_init(&device->table) != 0 ||
        uv_sem_init(&device->ended, 0) != 0)
        goto no_memory;
    slip_status_t status = sim_path_root(root, &device->root, &device->way);
    if (status == SLIP_OK)
        device->loop = sim_loop_take(error, error_bytes);
    else
        snprintf(error, error_bytes, "device file: root '%s' %s; accepted is a directory", root,
                 status == SLIP_NOT_FOUND ? "does not exist or is a file"
                                          : slip_status_text(status));
    if (device->loop == NULL) {
        uv_sem_destroy(&device->ended);
        file_free(device);
        return NULL;
    }
    for (uint32_t i = 0; i < queues; i++)
        sim_device_queue_init(&device->queue[i], &device->base, line + i, sizeof(struct file_work));
    return &device->base;

no_memory:
    if (device != NULL)
        file_free(device);
    snprintf(error, error_bytes, "device file: no memory");
    return NULL;
}

static void file_destroy(struct sim_device *base)
{
    struct file_device *device = (struct file_device *)base;
    device->end.call = file_end;
    sim_loop_submit(device->loop, &device->end);
    uv_sem_wait(&device->ended);
    sim_loop_drop(device->loop);
    uv_sem_destroy(&device->ended);
    for (uint32_t i = 0; i < base->queues; i++)
        sim_device_queue_fini(&device->queue[i]);
    file_free(device);
}

const struct sim_device_kind sim_device_file = {
    .name = "file",
    .about = "files below one directory of the host, read and written without a copy",
    .create = file_create,
    .destroy = file_destroy,
    .queue = file_queue,
    .submit = file_submit,
    .collect = sim_device_queue_collect,
};
