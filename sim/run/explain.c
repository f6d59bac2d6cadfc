/* Why a slice failed, in words. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/run/handles.h"
#include "sim/run/tally.h"
#include "sim/scenario/script.h"

/* Every slice of a design tends to fail alike: each reason is told once. */
static void tell(struct sim_result *result, struct sim_result_texts *failures, const char *text)
{
    for (uint32_t i = 0; i < failures->count; i++)
        if (strcmp(failures->text[i], text) == 0)
            return;
    sim_result_add(result, failures, "%s", text);
}

static void describe(const struct sim_slice_failure *failure, char *text, size_t bytes)
{
    char name[SLIP_NAME_BYTES_MAX + 1] = "the first process";
    if (failure->process != NULL)
        sim_handle_name(failure->process->plan, failure->process->instance, name);
    if (failure->status != SLIP_OK)
        snprintf(text, bytes, "%s: %s: %s, %s", name, failure->what,
                 slip_status_name(failure->status), slip_status_text(failure->status));
    else if (failure->code == SLIP_EXIT_KILLED)
        snprintf(text, bytes, "%s was killed", name);
    else
        snprintf(text, bytes, "%s ended with %s %" PRIu64, name, failure->what, failure->code);
}

static uint32_t explain_inside(const struct sim_slice *slice, struct sim_result *result,
                               struct sim_result_texts *failures)
{
    char text[SIM_SLICE_TEXT_BYTES];
    const struct sim_script *script = slice->options.plan->script;
    if (script != NULL && sim_script_failures(script, text, sizeof text) > 0) {
        tell(result, failures, text);
        return 1;
    }
    /* What the host ended has no story of its own to tell. */
    if (atomic_load(&slice->failure.claimed) == 0 || slice->stopped)
        return 0;
    describe(&slice->failure, text, sizeof text);
    tell(result, failures, text);
    return 1;
}

/* The first error of the first client that had one. */
static void describe_trouble(const struct sim_slice *slice, char *text, size_t bytes)
{
    snprintf(text, bytes, "operations ended with a status or a result that was not expected");
    for (uint32_t i = 0; i < slice->thread_count; i++) {
        const struct sim_slice_thread *thread = &slice->threads[i];
        const struct sim_recorder *recorder = thread->context.recorder;
        char name[SLIP_NAME_BYTES_MAX + 1];
        if (recorder == NULL || recorder->trouble == NULL)
            continue;
        sim_handle_name(thread->process->plan, thread->process->instance, name);
        snprintf(text, bytes, "%s: %s: %s%s%s", name, recorder->trouble,
                 recorder->trouble_status == SLIP_OK ? "not the result that was expected"
                                                     : slip_status_name(recorder->trouble_status),
                 recorder->trouble_status == SLIP_OK ? "" : ", ",
                 recorder->trouble_status == SLIP_OK ? ""
                                                     : slip_status_text(recorder->trouble_status));
        return;
    }
}

uint32_t sim_slice_explain(const struct sim_slice *slice, struct sim_result *result,
                           struct sim_result_texts *failures)
{
    char text[SIM_SLICE_TEXT_BYTES];
    uint64_t errors = 0, mismatches = 0;
    uint32_t reasons = explain_inside(slice, result, failures);
    for (uint32_t i = 0; i < slice->recorder_count; i++) {
        errors += slice->recorders[i].errors;
        mismatches += slice->recorders[i].mismatches;
    }
    if (slice->outcome != 0) {
        tell(result, failures, slice->error);
        reasons++;
    }
    if (mismatches > 0) {
        tell(result, failures, "blocks arrived with other contents than the file has");
        reasons++;
    }
    /* Clients that were killed at their work, or lost their server to a failure, have errors too. */
    if (errors > 0 && reasons == 0 && !slice->stopped) {
        describe_trouble(slice, text, sizeof text);
        tell(result, failures, text);
        reasons++;
    }
    return reasons;
}
