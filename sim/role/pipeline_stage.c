/* A stage of a pipeline: server to the one before it, client to the one after it, with one wait for
 * both. It never waits for room on the link onward: requests that find none queue here, in the
 * order in which they came. */
#include "sim/activity.h"
#include "sim/role/roles.h"

struct stage_slot {
    uint64_t request;
    uint64_t activity;
    int busy;
    uint64_t word[SIM_OPERATION_WORDS];
    uint32_t words;
    struct sim_region region; /* what came with the request */
    slip_handle_t buffer;     /* memory of our own for it; stays with the slot */
    void *memory;
    uint64_t capacity;
    uint32_t next; /* free slot, or queued one, after this one */
};

struct stage {
    struct sim_role_context *context;
    struct sim_service service;
    struct stage_slot *slots;
    uint32_t slots_count; /* also stands for no slot */
    uint32_t free;
    uint32_t queue_first, queue_last; /* wait for room onward */
    uint32_t turn;                    /* link onward that is next */
    uint32_t outstanding;
    void *chunk; /* of the last stage */
};

static void stage_reply(struct stage *stage, uint64_t request, slip_status_t status,
                        uint64_t result)
{
    /* STALE: the one before has gone or given up, and nobody waits for this answer. */
    (void)sim_party_reply(stage->context->party, request, status, result);
}

static void stage_finish(struct stage *stage, uint32_t index, slip_status_t status, uint64_t result)
{
    struct stage_slot *slot = &stage->slots[index];
    slot->busy = 0;
    slot->next = stage->free;
    stage->free = index;
    sim_activity_resume(slot->activity);
    stage_reply(stage, slot->request, status, result);
}

/* Memory of our own, at least as long as the region. */
static slip_status_t stage_memory(struct stage_slot *slot)
{
    if (slot->capacity >= slot->region.length)
        return SLIP_OK;
    if (slot->buffer != SLIP_NO_HANDLE)
        (void)slip_buffer_unregister(slot->buffer, SLIP_NEVER);
    slot->buffer = SLIP_NO_HANDLE;
    slot->capacity = 0;
    slip_status_t status = slip_buffer_create(slot->region.length, &slot->buffer, &slot->memory);
    if (status == SLIP_OK)
        slot->capacity = slot->region.length;
    return status;
}

static slip_status_t stage_copy_in(struct stage_slot *slot)
{
    if (slot->region.kind == SIM_REGION_NONE || slot->region.length == 0)
        return SLIP_OK;
    slip_status_t status = stage_memory(slot);
    if (status == SLIP_OK && (slot->region.right & SLIP_LEND_READ) != 0)
        status = sim_region_read(&slot->region, 0, slot->memory, slot->region.length);
    return status;
}

static slip_status_t stage_copy_out(const struct stage_slot *slot)
{
    if (slot->region.kind == SIM_REGION_NONE || slot->region.length == 0 ||
        (slot->region.right & SLIP_LEND_WRITE) == 0)
        return SLIP_OK;
    return sim_region_write(&slot->region, 0, slot->memory, slot->region.length);
}

/* The next link in turn that has room, or NULL. */
static struct sim_link *stage_link(struct stage *stage)
{
    const struct sim_role_context *context = stage->context;
    for (uint32_t n = 0; n < context->link_count; n++) {
        struct sim_link *link = context->links[stage->turn];
        stage->turn = stage->turn + 1 == context->link_count ? 0 : stage->turn + 1;
        if (link->outstanding < link->depth)
            return link;
    }
    return NULL;
}

/* 1 if the request is on its way or was answered, 0 if there is no room for it now. */
static int stage_submit(struct stage *stage, uint32_t index)
{
    struct stage_slot *slot = &stage->slots[index];
    struct sim_link *link = stage_link(stage);
    if (link == NULL)
        return 0;
    sim_activity_resume(slot->activity);
    struct sim_operation operation = {.words = slot->words, .key = index, .deadline = SLIP_NEVER};
    for (uint32_t i = 0; i < slot->words; i++)
        operation.word[i] = slot->word[i];
    if (slot->region.kind != SIM_REGION_NONE && slot->region.length != 0)
        operation.lend =
            (struct slip_lend){.buffer = slot->buffer,
                               .length = slot->region.length,
                               .right = slot->region.right & (SLIP_LEND_READ | SLIP_LEND_WRITE)};
    slip_status_t status = sim_link_submit(link, &operation);
    if (status == SLIP_OK) {
        stage->outstanding++;
        return 1;
    }
    if ((status == SLIP_FULL || status == SLIP_NO_SLOT) && stage->outstanding != 0)
        return 0;
    stage_finish(stage, index, status, 0);
    return 1;
}

static void stage_queue(struct stage *stage, uint32_t index)
{
    stage->slots[index].next = stage->slots_count;
    if (stage->queue_first == stage->slots_count)
        stage->queue_first = index;
    else
        stage->slots[stage->queue_last].next = index;
    stage->queue_last = index;
}

static void stage_drain(struct stage *stage)
{
    while (stage->queue_first != stage->slots_count) {
        uint32_t index = stage->queue_first;
        uint32_t after = stage->slots[index].next;
        if (!stage_submit(stage, index))
            return;
        stage->queue_first = after;
    }
}

static void stage_take(struct stage *stage, const struct sim_event *event)
{
    uint64_t result;
    sim_activity_resume(event->activity);
    sim_service(&stage->service);
    if (stage->context->link_count == 0) {
        slip_status_t answer = sim_echo_answer(event, stage->chunk, &result);
        stage_reply(stage, event->request, answer, result);
        return;
    }
    uint32_t index = stage->free;
    if (index == stage->slots_count) { /* more than the depths of the links to it allow */
        stage_reply(stage, event->request, SLIP_FULL, 0);
        return;
    }
    struct stage_slot *slot = &stage->slots[index];
    stage->free = slot->next;
    slot->busy = 1;
    slot->request = event->request;
    slot->activity = event->activity;
    slot->region = event->region;
    slot->words = event->words < SIM_OPERATION_WORDS ? event->words : SIM_OPERATION_WORDS;
    for (uint32_t i = 0; i < slot->words; i++)
        slot->word[i] = event->word[i];
    slip_status_t status = stage_copy_in(slot);
    if (status != SLIP_OK)
        stage_finish(stage, index, status, 0);
    else if (stage->queue_first != stage->slots_count || !stage_submit(stage, index))
        stage_queue(stage, index);
}

static void stage_complete(struct stage *stage, const struct sim_event *event)
{
    if (event->key >= stage->slots_count || !stage->slots[event->key].busy)
        return; /* forged: nothing here waits for it */
    uint32_t index = (uint32_t)event->key;
    slip_status_t status = event->status;
    stage->outstanding--;
    sim_activity_resume(stage->slots[index].activity);
    if (status == SLIP_OK)
        status = stage_copy_out(&stage->slots[index]);
    stage_finish(stage, index, status, event->result);
}

static int stage_setup(struct stage *stage, struct sim_role_context *context)
{
    uint32_t count = sim_role_depth(context);
    *stage = (struct stage){.context = context};
    sim_service_begin(&stage->service, context);
    if (context->link_count == 0)
        stage->chunk = sim_alloc(SIM_ECHO_CHUNK_BYTES);
    else
        stage->slots = sim_alloc(count * sizeof *stage->slots);
    if (stage->chunk == NULL && stage->slots == NULL) {
        slip_process_exit(SIM_ROLE_EXIT_MEMORY);
        return 1;
    }
    if (stage->slots == NULL)
        return 0;
    for (uint32_t i = 0; i < count; i++)
        stage->slots[i].next = i + 1;
    stage->slots_count = count;
    stage->queue_first = count;
    return 0;
}

static void stage_run(struct sim_role_context *context)
{
    struct stage stage;
    if (stage_setup(&stage, context) != 0)
        return;
    struct sim_event events[SIM_ROLE_BATCH];
    uint32_t count;
    while (sim_party_next(context->party, events, SIM_ROLE_BATCH, SLIP_NEVER, &count) == SLIP_OK) {
        for (uint32_t i = 0; i < count; i++) {
            switch (events[i].kind) {
            case SIM_REQUEST:
                stage_take(&stage, &events[i]);
                break;
            case SIM_COMPLETION:
                stage_complete(&stage, &events[i]);
                break;
            case SIM_DEVICE: /* it drives none */
                break;
            }
        }
        stage_drain(&stage);
    }
    for (uint32_t i = 0; i < stage.slots_count; i++)
        if (stage.slots[i].buffer != SLIP_NO_HANDLE)
            (void)slip_buffer_unregister(stage.slots[i].buffer, SLIP_NEVER);
    if (stage.slots != NULL)
        sim_free(stage.slots);
    if (stage.chunk != NULL)
        sim_free(stage.chunk);
}

const struct sim_role sim_role_pipeline_stage = {
    .name = "pipeline_stage",
    .about =
        "works for its service time, hands on to the next stage, and answers with what comes back",
    .serves = 1,
    .connects = 2,
    .device = 0,
    .bounded = 0,
    .run = stage_run,
};
