/* What a client asks for, and how it checks what comes. */
#include "sim/role/client.h"

#include <string.h>

#include "sim/role/checksum.h"
#include "sim/role/sample.h"

#define CLIENT_SPOIL_STEP 512U /* no device moves less at once */

char *client_memory(const struct client *client, const struct client_slot *slot)
{
    return client->links[slot->link].memory + slot->place;
}

void client_lend(const struct client *client, const struct client_slot *slot, uint64_t bytes,
                 uint64_t right, struct sim_operation *operation)
{
    if (bytes == 0)
        return;
    operation->lend.buffer = client->links[slot->link].buffer;
    operation->lend.offset = slot->place;
    operation->lend.length = bytes;
    operation->lend.right = right;
}

/* Changes a byte here and there, so that what was left from before cannot pass for what is to
 * come. */
static void client_spoil(char *memory, uint64_t bytes)
{
    for (uint64_t at = 0; at < bytes; at += CLIENT_SPOIL_STEP)
        memory[at] = (char)~memory[at];
    if (bytes > 1)
        memory[bytes - 1] = (char)~memory[bytes - 1];
}

static void client_verified(struct client *client, int same, uint64_t bytes)
{
    if (same)
        client->recorder->verified_bytes += bytes;
    else
        client->recorder->mismatches++;
}

/* ---- read, write ---------------------------------------------------------------------------- */

static uint64_t file_stride(const struct client *client)
{
    return client->bytes;
}

static void file_words(struct client *client, struct client_slot *slot, uint64_t command,
                       struct sim_operation *operation)
{
    uint64_t block;
    if (client->process->sequential) {
        block = client->block;
        client->block = block + 1 == client->blocks ? 0 : block + 1;
    } else {
        block = sim_random_below(&client->random, client->blocks);
    }
    slot->offset = block * client->bytes;
    slot->expected = client->length - slot->offset;
    if (slot->expected > client->bytes)
        slot->expected = client->bytes;
    operation->word[0] = command;
    operation->word[1] = client->links[slot->link].file;
    operation->word[2] = slot->offset;
    operation->word[3] = slot->expected;
    operation->words = 4;
}

static void read_prepare(struct client *client, struct client_slot *slot,
                         struct sim_operation *operation)
{
    file_words(client, slot, SIM_FILE_READ, operation);
    client_lend(client, slot, slot->expected, SLIP_LEND_WRITE, operation);
    if (client->process->verify)
        client_spoil(client_memory(client, slot), slot->expected);
}

static void read_check(struct client *client, struct client_slot *slot)
{
    if (!client->process->verify)
        return;
    uint64_t sum = sim_checksum(client_memory(client, slot), slot->expected);
    client_verified(client, sum == client->sums->sum[slot->offset / client->bytes], slot->expected);
}

static void write_prepare(struct client *client, struct client_slot *slot,
                          struct sim_operation *operation)
{
    file_words(client, slot, SIM_FILE_WRITE, operation);
    client_lend(client, slot, slot->expected, SLIP_LEND_READ, operation);
    sim_sample_fill(client->context->dataset->seed, slot->offset, client_memory(client, slot),
                    slot->expected);
}

slip_status_t client_read_back(struct client *client, struct client_slot *slot)
{
    struct sim_operation operation = {
        .word = {SIM_FILE_READ, client->links[slot->link].file, slot->offset, slot->expected},
        .words = 4,
        .key = (uint64_t)(slot - client->slots),
        .deadline = SLIP_NEVER};
    client_lend(client, slot, slot->expected, SLIP_LEND_WRITE, &operation);
    client_spoil(client_memory(client, slot), slot->expected);
    slip_status_t status = sim_link_submit(client->links[slot->link].link, &operation);
    if (status == SLIP_OK) {
        slot->state = CLIENT_READING_BACK;
        client->outstanding++;
    }
    return status;
}

/* ---- echo ----------------------------------------------------------------------------------- */

/* Up to 16 bytes travel in words. More are sent from the first half of the slot's memory and come
 * back in the second. */
static uint64_t echo_stride(const struct client *client)
{
    return client->bytes > 16 ? 2 * client->bytes : 0;
}

static void echo_prepare(struct client *client, struct client_slot *slot,
                         struct sim_operation *operation)
{
    uint64_t bytes = (uint64_t)sim_draw_next(&client->size, &client->random);
    slot->bytes = bytes;
    operation->word[0] = SIM_ECHO;
    operation->word[1] = bytes;
    operation->words = 2;
    slot->expected = bytes;
    if (bytes <= 16) {
        for (; (uint64_t)(operation->words - 2) * 8 < bytes; operation->words++)
            operation->word[operation->words] = sim_random_next(&client->random);
        return;
    }
    client_lend(client, slot, 2 * bytes, SLIP_LEND_READ | SLIP_LEND_WRITE, operation);
    if (!client->process->verify)
        return;
    char *memory = client_memory(client, slot);
    sim_sample_fill(sim_random_next(&client->random), 0, memory, bytes);
    memcpy(memory + bytes, memory, bytes);
    client_spoil(memory + bytes, bytes);
}

static void echo_check(struct client *client, struct client_slot *slot)
{
    if (!client->process->verify || slot->bytes <= 16)
        return;
    const char *memory = client_memory(client, slot);
    client_verified(client, memcmp(memory, memory + slot->bytes, slot->bytes) == 0, slot->bytes);
}

/* ---- send ----------------------------------------------------------------------------------- */

static uint64_t send_stride(const struct client *client)
{
    (void)client;
    return 0;
}

static void send_prepare(struct client *client, struct client_slot *slot,
                         struct sim_operation *operation)
{
    (void)slot;
    operation->words = client->process->send_words;
    for (uint32_t i = 0; i < operation->words; i++)
        operation->word[i] = (uint64_t)sim_draw_next(&client->send[i], &client->random);
}

static void send_check(struct client *client, struct client_slot *slot)
{
    (void)client;
    (void)slot;
}

const struct client_op *client_op_find(enum sim_op op)
{
    static const struct client_op read = {
        .files = 1,
        .flags = SIM_DEVICE_OPEN_READ,
        .stride = file_stride,
        .prepare = read_prepare,
        .check = read_check,
    };
    static const struct client_op write = {
        .files = 1,
        .reads_back = 1,
        .flags = SIM_DEVICE_OPEN_READ | SIM_DEVICE_OPEN_WRITE,
        .stride = file_stride,
        .prepare = write_prepare,
        .check = read_check, /* of what was read back */
    };
    static const struct client_op echo = {
        .stride = echo_stride,
        .prepare = echo_prepare,
        .check = echo_check,
    };
    static const struct client_op send = {
        .stride = send_stride,
        .prepare = send_prepare,
        .check = send_check,
    };
    switch (op) {
    case SIM_OP_READ:
        return &read;
    case SIM_OP_WRITE:
        return &write;
    case SIM_OP_ECHO:
    case SIM_OP_NONE: /* a client that says nothing more asks for an echo */
        return &echo;
    case SIM_OP_SEND:
        return &send;
    }
    return &echo;
}
