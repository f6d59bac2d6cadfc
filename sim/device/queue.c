#include "sim/device/queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/instance.h"

#define QUEUE_CHUNK 32U /* works made at once */

struct queue_chunk {
    struct queue_chunk *next;
    _Alignas(max_align_t) char works[];
};

slip_status_t sim_device_operation_check(const struct sim_device_operation *operation,
                                         uint32_t *right)
{
    *right = 0;
    switch (operation->kind) {
    case SIM_DEVICE_OPEN:
        return memchr(operation->path, 0, sizeof operation->path) != NULL ? SLIP_OK
                                                                          : SLIP_BAD_ARGUMENT;
    case SIM_DEVICE_READ:
    case SIM_DEVICE_WRITE:
        *right = operation->kind == SIM_DEVICE_READ ? SLIP_LEND_WRITE : SLIP_LEND_READ;
        return operation->offset <= INT64_MAX && operation->length <= INT64_MAX - operation->offset
                   ? SLIP_OK
                   : SLIP_BAD_ARGUMENT;
    case SIM_DEVICE_STAT:
    case SIM_DEVICE_CLOSE:
        return SLIP_OK;
    }
    return SLIP_BAD_ARGUMENT;
}

int sim_device_lines_check(const char *kind, uint32_t queues, uint32_t line, char *error,
                           size_t error_bytes)
{
    if (queues != 0 && line < K_LINES_MAX && queues <= K_LINES_MAX - line)
        return 0;
    snprintf(error, error_bytes,
             "device %s: its %u driver threads need an interrupt line each, from line %u on; "
             "at least 1 is accepted, and no more than there are lines, 0 to %d",
             kind, queues, line, K_LINES_MAX - 1);
    return 1;
}

void sim_device_queue_init(struct sim_device_queue *queue, struct sim_device *device, uint32_t line,
                           size_t work_bytes)
{
    size_t align = _Alignof(max_align_t);
    *queue = (struct sim_device_queue){
        .device = device, .line = line, .work_bytes = (work_bytes + align - 1) & ~(align - 1)};
}

void sim_device_queue_fini(struct sim_device_queue *queue)
{
    struct queue_chunk *chunk = queue->chunks;
    while (chunk != NULL) {
        struct queue_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
    queue->chunks = NULL;
}

static struct sim_device_work *queue_take_free(struct sim_device_queue *queue)
{
    if (queue->free == NULL) {
        struct queue_chunk *chunk = calloc(1, sizeof *chunk + QUEUE_CHUNK * queue->work_bytes);
        if (chunk == NULL)
            return NULL;
        chunk->next = queue->chunks;
        queue->chunks = chunk;
        for (uint32_t i = QUEUE_CHUNK; i-- > 0;) {
            void *place = chunk->works + i * queue->work_bytes;
            struct sim_device_work *work = place;
            work->queue = queue;
            work->next = queue->free;
            queue->free = work;
        }
    }
    struct sim_device_work *work = queue->free;
    queue->free = work->next;
    return work;
}

static void queue_put_free(struct sim_device_queue *queue, struct sim_device_work *work)
{
    work->next = queue->free;
    queue->free = work;
}

/* On the CPU that started the work, as an interrupt. */
static void work_answer(struct sim_inbox_item *item, struct k_kernel *kernel, uint32_t cpu)
{
    struct sim_device_work *work = (struct sim_device_work *)item;
    struct sim_device_queue *queue = work->queue;
    struct sim_machine *machine = queue->device->machine;
    if (work->pinned)
        k_access_end(kernel, cpu, &work->access);
    struct sim_device_work *head = atomic_load_explicit(&queue->answered, memory_order_relaxed);
    do
        work->next = head;
    while (!atomic_compare_exchange_weak_explicit(&queue->answered, &head, work,
                                                  memory_order_release, memory_order_relaxed));
    /* From here on the driver may have the work. */
    if (head == NULL && !queue->polled)
        k_kernel_interrupt(kernel, cpu, queue->line, 1);
    machine->kind->expect(machine, -1);
}

_Static_assert(offsetof(struct sim_device_work, item) == 0, "an item is the start of its work");

static slip_status_t queue_pin(struct k_kernel *kernel, struct sim_device_work *work,
                               const struct sim_device_operation *operation, uint32_t right)
{
    const struct sim_region *region = &operation->region;
    work->pinned = 0;
    if (right == 0 || operation->length == 0)
        return SLIP_OK;
    if (region->kind == SIM_REGION_NONE || operation->length > region->length)
        return SLIP_BAD_ARGUMENT;
    slip_status_t status = k_access_begin(
        kernel, region->kind == SIM_REGION_REQUEST ? K_ACCESS_REQUEST : K_ACCESS_BUFFER,
        region->what, 0, region->offset, operation->length, right, &work->access);
    work->pinned = status == SLIP_OK;
    return status;
}

slip_status_t sim_device_queue_start(struct sim_device_queue *queue,
                                     const struct sim_device_operation *operation, uint32_t right,
                                     struct sim_device_work **started)
{
    if (queue->outstanding >= SIM_DEVICE_OUTSTANDING_MAX)
        return SLIP_FULL;
    struct sim_device_work *work = queue_take_free(queue);
    if (work == NULL)
        return SLIP_NO_QUOTA;
    struct k_kernel *kernel = sim_instance_kernel(sim_instance_current());
    slip_status_t status = queue_pin(kernel, work, operation, right);
    if (status != SLIP_OK) {
        queue_put_free(queue, work);
        return status;
    }
    struct sim_machine *machine = queue->device->machine;
    queue->outstanding++;
    work->answer.tag = operation->tag;
    work->cpu = machine->base.ops->cpu_current(machine->base.context);
    work->item.call = work_answer;
    machine->kind->expect(machine, 1);
    *started = work;
    return SLIP_OK;
}

void sim_device_work_done(struct sim_device_work *work, slip_status_t status, uint64_t result)
{
    struct sim_machine *machine = work->queue->device->machine;
    work->answer.status = status;
    work->answer.result = result;
    machine->kind->post(machine, work->cpu, &work->item);
}

/* Takes all that was answered, and turns it around: oldest first. */
static struct sim_device_work *queue_take_answered(struct sim_device_queue *queue)
{
    struct sim_device_work *work =
        atomic_exchange_explicit(&queue->answered, NULL, memory_order_acquire);
    struct sim_device_work *oldest = NULL;
    while (work != NULL) {
        struct sim_device_work *next = work->next;
        work->next = oldest;
        oldest = work;
        work = next;
    }
    return oldest;
}

uint32_t sim_device_queue_collect(struct sim_device_queue *queue, struct sim_device_answer *answers,
                                  uint32_t max)
{
    uint32_t count = 0;
    while (count < max) {
        if (queue->waiting == NULL && (queue->waiting = queue_take_answered(queue)) == NULL)
            break;
        struct sim_device_work *work = queue->waiting;
        queue->waiting = work->next;
        answers[count++] = work->answer;
        queue_put_free(queue, work);
        queue->outstanding--;
    }
    return count;
}
