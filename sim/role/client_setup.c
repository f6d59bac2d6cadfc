/* What a client does before it is measured, and after. */
#include "sim/role/client.h"

#include <string.h>

#define CLIENT_ALIGN 64U /* so that no two slots share a cache line */

void client_failed(struct client *client, const char *what, uint32_t link, slip_status_t status)
{
    struct sim_recorder *recorder = client->recorder;
    if (recorder->errors++ != 0)
        return;
    recorder->trouble = what;
    recorder->trouble_status = status;
    recorder->trouble_link = link;
}

/* ---- memory --------------------------------------------------------------------------------- */

/* Bytes of a link's buffer: a place for each slot, and room for the name of the file. 0 where no
 * operation needs memory; more than any buffer where the product overflows. */
static uint64_t client_buffer_bytes(const struct client *client, uint32_t depth)
{
    uint64_t bytes;
    if (__builtin_mul_overflow(client->stride, (uint64_t)depth, &bytes))
        return UINT64_MAX;
    uint64_t name = client->op->files ? strlen(client->context->file_name) : 0;
    return bytes > name ? bytes : name;
}

static slip_status_t client_buffer(struct client *client, struct client_link *link, uint32_t depth)
{
    uint64_t bytes = client_buffer_bytes(client, depth);
    void *memory;
    if (bytes == 0)
        return SLIP_OK;
    slip_status_t status = slip_buffer_create(bytes, &link->buffer, &memory);
    if (status == SLIP_OK)
        link->memory = memory;
    return status;
}

static int client_slots(struct client *client)
{
    struct sim_role_context *context = client->context;
    uint64_t slots = 0;
    for (uint32_t i = 0; i < context->link_count; i++)
        slots += context->links[i]->depth;
    client->links = sim_alloc(context->link_count * sizeof *client->links);
    client->slots = slots < UINT32_MAX ? sim_alloc(slots * sizeof *client->slots) : NULL;
    if (client->links == NULL || client->slots == NULL) {
        client_failed(client, "table of operations", 0, SLIP_NO_QUOTA);
        return 1;
    }
    client->links_count = context->link_count;
    client->slots_count = (uint32_t)slots;
    uint32_t slot = 0;
    for (uint32_t i = 0; i < client->links_count; i++) {
        struct client_link *link = &client->links[i];
        uint32_t depth = context->links[i]->depth;
        link->link = context->links[i];
        link->free = slot;
        slip_status_t status = client_buffer(client, link, depth);
        if (status != SLIP_OK) {
            client_failed(client, "buffer", i, status);
            return 1;
        }
        for (uint32_t n = 0; n < depth; n++, slot++) {
            client->slots[slot].link = i;
            client->slots[slot].place = n * client->stride;
            client->slots[slot].next = n + 1 < depth ? slot + 1 : client->slots_count;
        }
    }
    return 0;
}

/* ---- files ---------------------------------------------------------------------------------- */

/* Asks and waits; nothing else is outstanding. */
static slip_status_t client_ask(struct client *client, uint32_t link,
                                const struct sim_operation *operation, uint64_t *result)
{
    slip_status_t status = sim_link_submit(client->links[link].link, operation);
    while (status == SLIP_OK) {
        struct sim_event event;
        uint32_t count;
        status = sim_party_next(client->context->party, &event, 1, SLIP_NEVER, &count);
        if (status == SLIP_OK && count == 1 && event.kind == SIM_COMPLETION) {
            *result = event.result;
            return event.status;
        }
    }
    return status;
}

static int client_open(struct client *client, uint32_t index)
{
    struct client_link *link = &client->links[index];
    size_t length = strlen(client->context->file_name);
    memcpy(link->memory, client->context->file_name, length);
    struct sim_operation open = {.word = {SIM_FILE_OPEN, client->op->flags, length},
                                 .words = 3,
                                 .lend = {link->buffer, 0, length, SLIP_LEND_READ},
                                 .deadline = SLIP_NEVER};
    slip_status_t status = client_ask(client, index, &open, &link->file);
    if (status != SLIP_OK) {
        client_failed(client, "open", index, status);
        return 1;
    }
    struct sim_operation stat = {
        .word = {SIM_FILE_STAT, link->file}, .words = 2, .deadline = SLIP_NEVER};
    uint64_t bytes = 0;
    status = client_ask(client, index, &stat, &bytes);
    if (status == SLIP_OK && (bytes == 0 || (client->length != 0 && bytes != client->length)))
        status = SLIP_IO_ERROR;
    if (status != SLIP_OK) {
        client_failed(client, "length of the file", index, status);
        return 1;
    }
    client->length = bytes;
    return 0;
}

static int client_files(struct client *client)
{
    const struct sim_dataset *dataset = client->context->dataset;
    if (!client->op->files)
        return 0;
    if (*client->context->file_name == 0 || client->bytes == 0) {
        client_failed(client, "a file and a size of block are needed", 0, SLIP_BAD_ARGUMENT);
        return 1;
    }
    if (dataset != NULL)
        client->length = dataset->length;
    if (client->process->verify && dataset != NULL)
        client->sums = sim_dataset_sums(dataset, client->bytes);
    if ((client->process->verify && client->sums == NULL) ||
        (client->process->op == SIM_OP_WRITE && dataset == NULL)) {
        client_failed(client, "the contents of the file are not known", 0, SLIP_NOT_FOUND);
        return 1;
    }
    for (uint32_t i = 0; i < client->links_count; i++)
        if (client_open(client, i) != 0)
            return 1;
    client->blocks = (client->length - 1) / client->bytes + 1;
    return 0;
}

/* ---- the load ------------------------------------------------------------------------------- */

/* The exact part of `total` that falls to this one of `clients`. */
static uint64_t client_part(uint64_t total, uint64_t clients, uint64_t index)
{
    return total / clients + (index < total % clients);
}

static void client_load(struct client *client)
{
    const struct sim_plan *plan = client->context->plan;
    const struct sim_control *control = client->context->control;
    uint64_t clients = 0, index = 0;
    for (uint32_t i = 0; i < plan->process_count; i++) {
        const struct sim_plan_process *process = &plan->processes[i];
        if (process == client->process)
            index = clients + (client->context->instance - 1) * (uint64_t)process->threads +
                    client->context->thread;
        if (process->role != NULL && strcmp(process->role, sim_role_client.name) == 0)
            clients += (uint64_t)process->count * process->threads;
    }
    if (control->ops == 0)
        return;
    client->warmup = client_part(control->warmup_ops, clients, index);
    client->share = client_part(control->ops, clients, index) + client->warmup;
}

static void client_draws(struct client *client)
{
    const struct sim_plan_process *process = client->process;
    for (uint32_t i = 0; i < SIM_OPERATION_WORDS; i++)
        client->send[i] = sim_draw_of(&process->send[i]);
    client->size = sim_draw_of(&process->size);
    client->think = sim_draw_of(&process->think);
    client->pause = sim_draw_of(&process->pause);
    client->gap = sim_draw_of(&process->gap);
}

int client_setup(struct client *client, struct sim_role_context *context)
{
    *client = (struct client){.context = context,
                              .process = context->process,
                              .recorder = context->recorder,
                              .op = client_op_find(context->process->op),
                              .bytes = context->process->bytes};
    sim_random_init(&client->random, context->seed);
    client_draws(client);
    client->stride = client->op->stride(client);
    if (client->stride <= UINT64_MAX - CLIENT_ALIGN)
        client->stride = (client->stride + CLIENT_ALIGN - 1) & ~(uint64_t)(CLIENT_ALIGN - 1);
    client_load(client);
    return client_slots(client) != 0 || client_files(client) != 0;
}

void client_leave(struct client *client)
{
    for (uint32_t i = 0; client->links != NULL && i < client->links_count; i++) {
        struct client_link *link = &client->links[i];
        if (link->file != 0 && !link->gone && client->outstanding == 0) {
            struct sim_operation close = {
                .word = {SIM_FILE_CLOSE, link->file}, .words = 2, .deadline = SLIP_NEVER};
            uint64_t result;
            slip_status_t status = client_ask(client, i, &close, &result);
            if (status != SLIP_OK)
                client_failed(client, "close", i, status);
        }
        if (link->buffer != 0)
            (void)slip_buffer_unregister(link->buffer, SLIP_NEVER);
    }
    if (client->links != NULL)
        sim_free(client->links);
    if (client->slots != NULL)
        sim_free(client->slots);
}
