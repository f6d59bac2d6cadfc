#include "sim/scenario/body.h"

#include <string.h>
#include <lauxlib.h>
#include <slipway/slipway.h>
#include "sim/instance.h"
#include "sim/memory.h"
#include "sim/scenario/host.h"
#include "sim/scenario/loader.h"
#include "sim/scenario/script.h"
#include "sim/scenario/text.h"

#define CHECKPOINT_TICKS 10 /* thousands of instructions between two looks of the kernel */
/* The same where instructions take no simulated time: nobody else can ever go on meanwhile. */
#define TIMELESS_MAX 50000
#define QUIET_MAX 100000 /* thousands of instructions: then a server that is to stop is in a loop */

/* ---- stopping -------------------------------------------------------------------------------------- */

/* Nothing that happens can end such a loop, so the loop may not catch its end either. */
static void fail_timeless(lua_State *L)
{
    char why[224];
    struct sim_text text;
    sim_text_init(&text, why, sizeof why);
    sim_text_add_number(&text, TIMELESS_MAX / 1000);
    sim_text_add(
        &text, " million instructions without a call into the kernel: on a machine with simulated "
               "time they take none, so what this waits for can never come; compute(t) or "
               "sleep_until(t) lets time pass");
    sim_sandbox_end(L, why);
}

/* A loop without calls must still meet the kernel: to be preempted, to be killed, and to notice
 * that the run is to stop. Servers go on then, for clients wait for their last answers; only one
 * that makes no call for long is ended. */
static void tick(struct sim_sandbox *box, lua_State *L)
{
    struct sim_body *body = box->body;
    const struct sim_role_context *context = body->context;
    body->quiet++;
    body->ticks++;
    if (body->timeless && body->quiet > TIMELESS_MAX)
        fail_timeless(L);
    if (!body->timeless && body->ticks % CHECKPOINT_TICKS == 0)
        slip_thread_checkpoint();
    if (!atomic_load(&context->control->stop))
        return;
    if (context->process->bounded || body->quiet > QUIET_MAX) {
        body->stopped = 1;
        sim_sandbox_end(L, "stopped");
    }
}

/* ---- failing ---------------------------------------------------------------------------------------- */

/* Leaves the message for whoever runs the plan; the console belongs to what the bodies print. */
static void report(struct sim_body *body, int status)
{
    const struct sim_role_context *context = body->context;
    struct sim_script *script = context->plan->script;
    char message[SIM_SCRIPT_FAILURE_BYTES];
    struct sim_text text;
    int unclaimed = 0;
    sim_sandbox_describe(&body->box, status, message, sizeof message - 64);
    text = (struct sim_text){message, strlen(message), sizeof message};
    sim_text_add(&text, " (process '");
    sim_text_add(&text, context->process->name);
    if (context->process->count > 1) {
        sim_text_add(&text, "[");
        sim_text_add_number(&text, context->instance);
        sim_text_add(&text, "]");
    }
    sim_text_add(&text, "')");
    if (atomic_compare_exchange_strong(&script->claimed, &unclaimed, 1))
        memcpy(script->first, message, sizeof message);
    /* Pairs with the acquire in sim_script_failures: whoever sees the count sees the message. */
    atomic_fetch_add_explicit(&script->failures, 1, memory_order_release);
}

/* ---- running ------------------------------------------------------------------------------------------ */

static int load(lua_State *L)
{
    struct sim_body *body = lua_touserdata(L, 1);
    lua_settop(L, 0);
    sim_script_push(L, body->box.script);
    if (lua_istable(L, 1))
        lua_getfield(L, 1, "processes");
    if (lua_istable(L, -1))
        lua_getfield(L, -1, body->context->process->name);
    if (lua_istable(L, -1))
        lua_getfield(L, -1, "body");
    if (!lua_isfunction(L, -1))
        return luaL_error(L, "process '%s' has no body this time", body->context->process->name);
    lua_setfield(L, LUA_REGISTRYINDEX, "slipway.body");
    return 0;
}

static int run(lua_State *L)
{
    struct sim_body *body = lua_touserdata(L, 1);
    lua_getfield(L, LUA_REGISTRYINDEX, "slipway.body");
    sim_binding_me(L, body);
    lua_call(L, 1, 0);
    return 0;
}

/* Opens the state, loads the file and runs the body: LUA_OK or an error. */
static int run_body(struct sim_body *body)
{
    struct sim_sandbox *box = &body->box;
    int status = sim_sandbox_run(box, load, body);
    if (status != LUA_OK)
        return status;
    box->phase = SIM_PHASE_BODY;
    box->instructions_max = 0;
    return sim_sandbox_run(box, run, body);
}

void sim_script_run_body(struct sim_role_context *context)
{
    struct sim_body body = {.context = context};
    body.box = (struct sim_sandbox){.phase = SIM_PHASE_LOAD,
                                    .script = context->plan->script,
                                    .body = &body,
                                    .resize = sim_heap_realloc,
                                    .memory = sim_heap_current(),
                                    .bytes_max = SIM_SCRIPT_STATE_BYTES,
                                    .instructions_max = SIM_HOST_INSTRUCTIONS,
                                    .tick = tick};
    body.measured = sim_body_measured(context);
    body.timeless = sim_instance_machine(sim_instance_current())->kind->bills != NULL;
    sim_random_init(&body.box.random, context->seed);
    int status = LUA_ERRMEM;
    if (body.box.memory != NULL && sim_sandbox_open(&body.box) == 0)
        status = run_body(&body);
    if (status != LUA_OK && !body.stopped) {
        report(&body, status);
        slip_process_exit(1);
    }
    sim_sandbox_close(&body.box);
}
