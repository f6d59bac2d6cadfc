/* The file server: one wait for what clients ask and for what the device answers. It touches no
 * data: what a client lends is named to the device, which reads and writes it in place. */
#include "sim/activity.h"
#include "sim/role/roles.h"

#include <string.h>

/* An operation at the device; the tag is its number in the table. */
struct file_slot {
    uint64_t request;
    uint64_t activity;
    uint32_t next; /* free slot after this one */
};

struct file_server {
    struct sim_role_context *context;
    struct sim_service service;
    struct file_slot *slots;
    uint32_t slots_count;
    uint32_t free; /* first free slot; slots_count: none */
};

/* Words that each command needs, itself included. */
static uint32_t file_words(uint64_t command)
{
    switch (command) {
    case SIM_FILE_OPEN:
        return 3;
    case SIM_FILE_READ:
    case SIM_FILE_WRITE:
        return 4;
    case SIM_FILE_STAT:
    case SIM_FILE_CLOSE:
        return 2;
    default:
        return 0;
    }
}

static slip_status_t file_decode_open(const struct sim_event *event,
                                      struct sim_device_operation *operation)
{
    uint64_t length = event->word[2];
    operation->kind = SIM_DEVICE_OPEN;
    operation->flags = event->word[1];
    if (length == 0 || length >= sizeof operation->path || event->region.kind == SIM_REGION_NONE ||
        length > event->region.length)
        return SLIP_BAD_ARGUMENT;
    slip_status_t status = sim_region_read(&event->region, 0, operation->path, length);
    if (status != SLIP_OK)
        return status;
    operation->path[length] = 0;
    return memchr(operation->path, 0, length) == NULL ? SLIP_OK : SLIP_BAD_ARGUMENT;
}

/* What a client asks, as an operation of the device. */
static slip_status_t file_decode(const struct sim_role_context *context,
                                 const struct sim_event *event,
                                 struct sim_device_operation *operation)
{
    uint64_t command = event->words > 0 ? event->word[0] : 0;
    uint32_t words = file_words(command);
    if (words == 0)
        return SLIP_BAD_OPERATION;
    if (event->words < words)
        return SLIP_BAD_ARGUMENT;
    operation->owner =
        (uint64_t)(context->process - context->plan->processes) << 32 | context->instance;
    operation->file = event->word[1];
    switch ((enum sim_file_command)command) {
    case SIM_FILE_OPEN:
        return file_decode_open(event, operation);
    case SIM_FILE_STAT:
        operation->kind = SIM_DEVICE_STAT;
        return SLIP_OK;
    case SIM_FILE_CLOSE:
        operation->kind = SIM_DEVICE_CLOSE;
        return SLIP_OK;
    case SIM_FILE_READ:
    case SIM_FILE_WRITE:
        operation->kind = command == SIM_FILE_READ ? SIM_DEVICE_READ : SIM_DEVICE_WRITE;
        operation->offset = event->word[2];
        operation->length = event->word[3];
        operation->region = event->region;
        return operation->length == 0 || (event->region.kind != SIM_REGION_NONE &&
                                          operation->length <= event->region.length)
                   ? SLIP_OK
                   : SLIP_BAD_ARGUMENT;
    }
    return SLIP_BAD_OPERATION;
}

static void file_answer(struct file_server *server, uint64_t request, slip_status_t status,
                        uint64_t result)
{
    /* STALE: the client has gone or given up, and nobody waits for this answer. */
    (void)sim_party_reply(server->context->party, request, status, result);
}

static void file_take(struct file_server *server, const struct sim_event *event)
{
    const struct sim_role_context *context = server->context;
    struct sim_device_operation operation;
    /* The path alone is left as it is, since an open fills it. */
    memset(&operation, 0, offsetof(struct sim_device_operation, path));
    memset(&operation.region, 0, sizeof operation.region);
    sim_activity_resume(event->activity);
    sim_service(&server->service);
    slip_status_t status = file_decode(context, event, &operation);
    uint32_t index = server->free;
    if (status == SLIP_OK && index == server->slots_count)
        status = SLIP_FULL;
    if (status == SLIP_OK) {
        operation.tag = index;
        status = context->device_kind->submit(context->queue, &operation);
    }
    if (status != SLIP_OK) {
        file_answer(server, event->request, status, 0);
        return;
    }
    server->slots[index].request = event->request;
    server->slots[index].activity = event->activity;
    server->free = server->slots[index].next;
}

static void file_collect(struct file_server *server)
{
    const struct sim_role_context *context = server->context;
    struct sim_device_answer answers[SIM_ROLE_BATCH];
    uint32_t count;
    do {
        count = context->device_kind->collect(context->queue, answers, SIM_ROLE_BATCH);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t index = (uint32_t)answers[i].tag;
            struct file_slot *slot = &server->slots[index];
            uint64_t request = slot->request;
            slot->next = server->free;
            server->free = index;
            sim_activity_resume(slot->activity);
            file_answer(server, request, answers[i].status, answers[i].result);
        }
    } while (count == SIM_ROLE_BATCH);
}

/* As many slots as clients may have outstanding, or as the quota allows. 0 if not even one. */
static uint32_t file_slots(struct file_server *server)
{
    uint32_t count = sim_role_depth(server->context);
    while (count > 0 && (server->slots = sim_alloc(count * sizeof *server->slots)) == NULL)
        count /= 2;
    for (uint32_t i = 0; i < count; i++)
        server->slots[i].next = i + 1;
    server->slots_count = count;
    server->free = 0;
    return count;
}

static void file_server_run(struct sim_role_context *context)
{
    struct file_server server = {.context = context};
    if (file_slots(&server) == 0) {
        slip_process_exit(SIM_ROLE_EXIT_MEMORY);
        return;
    }
    sim_service_begin(&server.service, context);
    struct sim_event events[SIM_ROLE_BATCH];
    uint32_t count;
    while (sim_party_next(context->party, events, SIM_ROLE_BATCH, SLIP_NEVER, &count) == SLIP_OK) {
        for (uint32_t i = 0; i < count; i++) {
            switch (events[i].kind) {
            case SIM_REQUEST:
                file_take(&server, &events[i]);
                break;
            case SIM_DEVICE:
                file_collect(&server);
                (void)slip_interrupt_acknowledge(context->interrupt);
                break;
            case SIM_COMPLETION: /* it has no links */
                break;
            }
        }
    }
    sim_free(server.slots);
}

const struct sim_role sim_role_file_server = {
    .name = "file_server",
    .about = "open, stat, read, write and close of files below the device's root",
    .serves = 1,
    .connects = 0,
    .device = 1,
    .bounded = 0,
    .run = file_server_run,
};
