#include "sim/scenario/host.h"

#include <stdlib.h>
#include <time.h>
#include "sim/scenario/script.h"

#define SECONDS_MAX 10 /* of CPU time: one instruction can be a long copy */

static void *resize(void *memory, void *old, size_t old_bytes, size_t bytes)
{
    (void)memory;
    (void)old_bytes;
    if (bytes > 0)
        return realloc(old, bytes);
    free(old);
    return NULL;
}

static void tick(struct sim_sandbox *box, lua_State *L)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    if (now.tv_sec - (time_t)box->started_s > SECONDS_MAX)
        sim_sandbox_end(L, "still at it after 10 s of CPU time");
}

int sim_host_open(struct sim_sandbox *box, const struct sim_script *script, enum sim_phase phase)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    *box = (struct sim_sandbox){.phase = phase,
                                .script = script,
                                .resize = resize,
                                .bytes_max = SIM_SCRIPT_STATE_BYTES,
                                .instructions_max = SIM_HOST_INSTRUCTIONS,
                                .tick = tick,
                                .started_s = now.tv_sec};
    return sim_sandbox_open(box);
}
