/* The echo server: one wait, some work, one answer. */
#include "sim/activity.h"
#include "sim/role/roles.h"

static slip_status_t echo_region(const struct sim_region *region, uint64_t bytes, void *chunk)
{
    if (region->kind == SIM_REGION_NONE || region->length < bytes)
        return SLIP_BAD_ARGUMENT;
    uint64_t back = region->length - bytes >= bytes ? bytes : 0;
    slip_status_t status = SLIP_OK;
    for (uint64_t at = 0; at < bytes && status == SLIP_OK; at += SIM_ECHO_CHUNK_BYTES) {
        size_t part = bytes - at < SIM_ECHO_CHUNK_BYTES ? bytes - at : SIM_ECHO_CHUNK_BYTES;
        status = sim_region_read(region, at, chunk, part);
        if (status == SLIP_OK)
            status = sim_region_write(region, back + at, chunk, part);
    }
    return status;
}

slip_status_t sim_echo_answer(const struct sim_event *request, void *chunk, uint64_t *result)
{
    *result = request->words > 0 ? request->word[0] : 0;
    if (*result != SIM_ECHO)
        return SLIP_OK;
    if (request->words < 2) {
        *result = 0;
        return SLIP_BAD_ARGUMENT;
    }
    *result = request->word[1];
    return *result <= 16 ? SLIP_OK : echo_region(&request->region, *result, chunk);
}

static void echo_server_run(struct sim_role_context *context)
{
    void *chunk = sim_alloc(SIM_ECHO_CHUNK_BYTES);
    if (chunk == NULL) {
        slip_process_exit(SIM_ROLE_EXIT_MEMORY);
        return;
    }
    struct sim_service service;
    sim_service_begin(&service, context);
    struct sim_event events[SIM_ROLE_BATCH];
    uint32_t count;
    while (sim_party_next(context->party, events, SIM_ROLE_BATCH, SLIP_NEVER, &count) == SLIP_OK) {
        for (uint32_t i = 0; i < count; i++) {
            if (events[i].kind != SIM_REQUEST)
                continue;
            uint64_t result;
            sim_activity_resume(events[i].activity);
            sim_service(&service);
            slip_status_t status = sim_echo_answer(&events[i], chunk, &result);
            /* STALE: the client has gone or given up, and nobody waits for this answer. */
            (void)sim_party_reply(context->party, events[i].request, status, result);
        }
    }
    sim_free(chunk);
}

const struct sim_role sim_role_echo_server = {
    .name = "echo_server",
    .about = "sends back what it gets, after its service time",
    .serves = 1,
    .connects = 0,
    .device = 0,
    .bounded = 0,
    .run = echo_server_run,
};
